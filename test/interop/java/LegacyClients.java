import com.cloudera.flume.handlers.avro.AvroFlumeOGEvent;
import com.cloudera.flume.handlers.avro.FlumeOGEventAvroServer;
import com.cloudera.flume.handlers.thrift.Priority;
import com.cloudera.flume.handlers.thrift.ThriftFlumeEvent;
import com.cloudera.flume.handlers.thrift.ThriftFlumeEventServer;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.ipc.HttpTransceiver;
import org.apache.avro.ipc.specific.SpecificRequestor;
import org.apache.flume.source.scribe.LogEntry;
import org.apache.flume.source.scribe.Scribe;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TSocket;
import org.apache.thrift.transport.TTransport;
import org.apache.thrift.transport.layered.TFramedTransport;

/**
 * Clients of the sources for Scribe and for Flume 0.9: {@code LegacyClients scribe|thrift|avro PORT EVENTS}. Prints what
 * each call was answered with, once for answers that follow each other and are the same.
 */
public final class LegacyClients {
  private static final int SCRIBE_BATCH = 50;
  private static String lastAnswer = "";

  public static void main(String[] words) throws Exception {
    int port = Integer.parseInt(words[1]);
    int events = Integer.parseInt(words[2]);
    switch (words[0]) {
      case "scribe" -> scribe(port, events);
      case "thrift" -> thrift(port, events);
      case "avro" -> avro(port, events);
      default -> throw new IllegalArgumentException(words[0]);
    }
    System.out.println("done");
  }

  private static void scribe(int port, int events) throws Exception {
    try (TTransport transport = new TFramedTransport(new TSocket("127.0.0.1", port))) {
      transport.open();
      Scribe.Client client = new Scribe.Client(new TBinaryProtocol(transport, false, false));
      for (int from = 0; from < events; from += SCRIBE_BATCH) {
        List<LogEntry> entries = new ArrayList<>();
        for (int index = from; index < Math.min(from + SCRIBE_BATCH, events); index++) entries.add(entry(index));
        answered(client.Log(entries).toString());
      }
      answered("empty " + client.Log(new ArrayList<>()));
      answered("no list " + client.Log(null));
      List<LogEntry> entries = new ArrayList<>();
      entries.add(new LogEntry().setCategory("no message"));
      answered("no message " + client.Log(entries));
    }
  }

  private static LogEntry entry(int index) {
    LogEntry entry = new LogEntry();
    if (index % 7 != 0) entry.setCategory(index % 5 == 0 ? "k\u00e9y \u65e5\u672c" : "web");
    return entry.setMessage(text(index));
  }

  private static void thrift(int port, int events) throws Exception {
    try (TTransport transport = new TSocket("127.0.0.1", port)) {
      transport.open();
      ThriftFlumeEventServer.Client client = new ThriftFlumeEventServer.Client(new TBinaryProtocol(transport));
      for (int index = 0; index < events; index++) {
        ThriftFlumeEvent event = new ThriftFlumeEvent();
        event.setTimestamp(index * 1_000_000_007L).setNanos(Long.MAX_VALUE - index);
        event.setPriority(Priority.values()[index % Priority.values().length]);
        event.setHost("host-" + index % 3).setBody(ByteBuffer.wrap(body(index))).setFields(fields(index));
        client.append(event);
      }
      client.close();
      answered("closed");
      ThriftFlumeEvent bare = new ThriftFlumeEvent().setBody(ByteBuffer.wrap("bare".getBytes()));
      client.append(bare);
      client.close();
      answered("closed after an event with a body alone");
      client.append(null);
      client.close();
      answered("closed after no event");
    }
  }

  private static void avro(int port, int events) throws Exception {
    HttpTransceiver transceiver = new HttpTransceiver(new URL("http://127.0.0.1:" + port + "/"));
    FlumeOGEventAvroServer client = SpecificRequestor.getClient(FlumeOGEventAvroServer.class, transceiver);
    for (int index = 0; index < events; index++) {
      AvroFlumeOGEvent event = new AvroFlumeOGEvent();
      event.setTimestamp(index % 2 == 0 ? index : -index * 1_000_000_000_000_007L);
      event.setNanos(Long.MAX_VALUE - index);
      event.setPriority(
          com.cloudera.flume.handlers.avro.Priority.values()[index % Priority.values().length]);
      event.setHost("host-" + index % 3);
      event.setBody(ByteBuffer.wrap(body(index)));
      event.setFields(new HashMap<CharSequence, ByteBuffer>(fields(index)));
      try {
        client.append(event);
        answered("stored");
      } catch (Exception error) {
        answered("failed " + error.getMessage());
      }
    }
  }

  private static void answered(String answer) {
    if (!answer.equals(lastAnswer)) System.out.println(answer);
    lastAnswer = answer;
  }

  private static String text(int index) {
    return index % 97 == 0 ? "" : index % 50 == 3 ? "gr\u00f6\u00dfe \ud83d\ude00 " + index : "message " + index;
  }

  private static byte[] body(int index) {
    byte[] body = new byte[index % 97 == 0 ? 0 : index % 500 == 7 ? 100_000 : index * 37 % 300];
    for (int at = 0; at < body.length; at++) body[at] = (byte) (at * 31 + index);
    return body;
  }

  private static Map<String, ByteBuffer> fields(int index) {
    Map<String, ByteBuffer> fields = new TreeMap<>();
    if (index % 7 != 0) fields.put("number", ByteBuffer.wrap(String.valueOf(index).getBytes()));
    if (index % 50 == 3) fields.put("host", ByteBuffer.wrap("other".getBytes()));
    if (index % 91 == 0) for (int at = 0; at < 40; at++) fields.put("name " + at, ByteBuffer.wrap(new byte[0]));
    return fields;
  }
}
