import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.apache.flume.Channel;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.Transaction;
import org.apache.flume.channel.MemoryChannel;

/** Memory channels for the other kinds. */
final class Channels {
  /** capacity 1000, transactionCapacity 1000, keep-alive 0, unless the configuration says otherwise. */
  static MemoryChannel memory(String name, JsonObject config) {
    Context context = new Context(Map.of("capacity", "1000", "transactionCapacity", "1000", "keep-alive", "0"));
    context.putAll(Json.map(config));
    MemoryChannel channel = new MemoryChannel();
    channel.setName(name);
    channel.configure(context);
    channel.start();
    return channel;
  }

  static void put(Channel channel, List<Event> events) {
    Transaction transaction = channel.getTransaction();
    transaction.begin();
    for (Event event : events) {
      channel.put(event);
    }
    transaction.commit();
    transaction.close();
  }

  /** Takes all that is there. */
  static JsonArray drain(Channel channel) {
    JsonArray events = new JsonArray();
    while (true) {
      Transaction transaction = channel.getTransaction();
      transaction.begin();
      Event event = channel.take();
      transaction.commit();
      transaction.close();
      if (event == null) {
        return events;
      }
      events.add(Json.event(event));
    }
  }

  private Channels() {}
}
