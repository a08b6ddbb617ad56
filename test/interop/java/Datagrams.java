import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.CounterGroup;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.source.NetcatUdpSource;

/** The netcatudp source: each of {@code input.datagrams} is sent alone, the next one when it was handled. */
final class Datagrams {
  private static final long HANDLED_WITHIN_MS = 10_000;

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    MemoryChannel channel = Channels.memory("c1", Json.object(input, "channel"));
    NetcatUdpSource source = new NetcatUdpSource();
    source.setName("r1");
    try {
      source.configure(context(config));
      source.setChannelProcessor(Conversations.processor(channel, config));
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    source.start();
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      CounterGroup counters = (CounterGroup) Reflection.get(source, "counterGroup");
      for (JsonElement datagram : Json.array(input, "datagrams")) {
        byte[] bytes = Json.bytes(datagram.getAsJsonObject(), "text");
        send(socket, source.getSourcePort(), bytes, counters);
      }
      JsonObject output = new JsonObject();
      output.addProperty("stored", counters.get("events.success"));
      output.addProperty("dropped", counters.get("events.dropped"));
      String client = "/127.0.0.1:" + socket.getLocalPort();
      String events = Json.write(Channels.drain(channel)).replace(client, "/127.0.0.1:{port}");
      output.add("events", com.google.gson.JsonParser.parseString(events));
      return output;
    } finally {
      source.stop();
    }
  }

  private static Context context(JsonObject config) {
    Map<String, String> properties = new HashMap<>(Json.map(config));
    if (!properties.containsKey("bind") && !properties.containsKey("port")) {
      properties.put("bind", "127.0.0.1");
      properties.put("port", "0");
    }
    return new Context(properties);
  }

  private static void send(DatagramSocket socket, int port, byte[] bytes, CounterGroup counters) throws Exception {
    long handled = handled(counters);
    socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
    long end = System.currentTimeMillis() + HANDLED_WITHIN_MS;
    while (handled(counters) == handled) {
      if (System.currentTimeMillis() > end) {
        throw new IllegalStateException("a datagram was not handled");
      }
      Thread.sleep(1);
    }
  }

  private static long handled(CounterGroup counters) {
    return counters.get("events.success") + counters.get("events.dropped");
  }

  private Datagrams() {}
}
