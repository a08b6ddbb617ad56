import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.channel.ChannelProcessor;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.channel.ReplicatingChannelSelector;
import org.apache.flume.source.NetcatSource;

/** The netcat source: {@code input.conversation} lists what the client does; the answers stand between. */
final class Conversations {
  private static final int FIRST_BYTE_MS = 1000;
  private static final int SILENCE_MS = 250;

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    MemoryChannel channel = Channels.memory("c1", Json.object(input, "channel"));
    NetcatSource source = new NetcatSource();
    source.setName("r1");
    try {
      source.configure(context(config));
      source.setChannelProcessor(processor(channel, config));
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    source.start();
    try {
      JsonObject output = new JsonObject();
      output.add("conversation", converse(portOf(source), Json.array(input, "conversation")));
      output.add("events", Channels.drain(channel));
      return output;
    } finally {
      source.stop();
    }
  }

  /** A case that names bind or port gets only what it names. */
  private static Context context(JsonObject config) {
    Map<String, String> properties = new HashMap<>(Json.map(config));
    if (!properties.containsKey("bind") && !properties.containsKey("port")) {
      properties.put("bind", "127.0.0.1");
      properties.put("port", "0");
    }
    return new Context(properties);
  }

  static ChannelProcessor processor(MemoryChannel channel, JsonObject config) {
    ReplicatingChannelSelector selector = new ReplicatingChannelSelector();
    selector.setChannels(List.of(channel));
    ChannelProcessor processor = new ChannelProcessor(selector);
    processor.configure(Json.context(config));
    processor.initialize();
    return processor;
  }

  private static int portOf(NetcatSource source) throws Exception {
    var socket = (ServerSocketChannel) Reflection.get(source, "serverSocket");
    return ((InetSocketAddress) socket.getLocalAddress()).getPort();
  }

  private static JsonArray converse(int port, JsonArray steps) throws Exception {
    JsonArray conversation = new JsonArray();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      for (JsonElement step : steps) {
        conversation.add(step);
        send(socket, step.getAsJsonObject().get("client"));
        JsonObject answer = answer(socket);
        conversation.add(answer);
        if (answer.get("server_closed").getAsBoolean()) {
          break;
        }
      }
    }
    return conversation;
  }

  private static void send(Socket socket, JsonElement client) throws IOException {
    if (client.isJsonPrimitive()) {
      socket.shutdownOutput();
      return;
    }
    socket.getOutputStream().write(Json.bytes(client.getAsJsonObject(), "text"));
    socket.getOutputStream().flush();
  }

  private static JsonObject answer(Socket socket) throws IOException {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean closed = false;
    byte[] buffer = new byte[8192];
    socket.setSoTimeout(FIRST_BYTE_MS);
    try {
      while (!closed) {
        int count = socket.getInputStream().read(buffer);
        closed = count < 0;
        received.write(buffer, 0, Math.max(count, 0));
        socket.setSoTimeout(SILENCE_MS);
      }
    } catch (SocketTimeoutException e) {
      // Silence: the answer is complete.
    } catch (SocketException e) {
      closed = true;
    }
    JsonObject server = new JsonObject();
    Json.addBytes(server, "text", received.toByteArray());
    JsonObject answer = new JsonObject();
    answer.add("server", server);
    answer.addProperty("server_closed", closed);
    return answer;
  }

  private Conversations() {}
}
