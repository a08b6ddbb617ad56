import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flume.Event;
import org.apache.flume.api.RpcClient;
import org.apache.flume.api.RpcClientFactory;
import org.apache.flume.event.EventBuilder;

/**
 * Sends numbered events through Flume's own client: {@code RpcClients PROPERTIES_FILE EVENTS}. The events are those of
 * client-events.ts.
 */
public final class RpcClients {
  private static final int LIST = 5000;
  private static final int LARGE_EVERY = 20_000;
  private static final int LARGE_BYTES = 5 * 1024 * 1024;

  public static void main(String[] words) throws Exception {
    int count = Integer.parseInt(words[1]);
    RpcClient client = RpcClientFactory.getInstance(new File(words[0]));
    try {
      for (int from = 0; from < count; from += LIST) {
        List<Event> events = new ArrayList<>();
        for (int index = from; index < Math.min(from + LIST, count); index++) events.add(event(index));
        client.appendBatch(events);
      }
      System.out.println(count + " sent");
    } finally {
      client.close();
    }
  }

  private static Event event(int index) {
    int size = index % LARGE_EVERY == LARGE_EVERY - 1 ? LARGE_BYTES : index % 97 == 0 ? 0 : index * 37 % 300;
    byte[] body = new byte[size];
    for (int at = 0; at < size; at++) body[at] = (byte) (at * 31 + index);
    Map<String, String> headers = new HashMap<>();
    if (index % 7 != 0) headers.put("number", String.valueOf(index));
    if (index % 7 != 0) headers.put("host", "web-1");
    if (index % 50 == 3) headers.put("k\u00e9y \u65e5\u672c \ud83d\ude00", "valu\u00e9\n\t");
    if (index % 91 == 0) for (int number = 0; number < 40; number++) headers.put("name " + number, "");
    return EventBuilder.withBody(body, headers);
  }
}
