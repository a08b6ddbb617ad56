import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flume.Event;
import org.apache.flume.Transaction;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.event.EventBuilder;
import org.apache.flume.instrumentation.ChannelCounter;

/**
 * {@code input.steps}: {@code [thread, operation, argument]}, one after the other, each on its named thread (a
 * transaction belongs to a thread). Results: {@code "ok"}, the body taken, null, or what was thrown.
 */
final class MemoryChannels {
  private final MemoryChannel channel = new MemoryChannel();
  private final Map<String, Transaction> transactions = new HashMap<>();

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    return new MemoryChannels().script(config, input);
  }

  private JsonObject script(JsonObject config, JsonObject input) throws Exception {
    channel.setName("c1");
    try {
      channel.configure(Json.context(config));
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    channel.start();
    Map<String, ExecutorService> threads = new HashMap<>();
    JsonArray results = new JsonArray();
    try {
      for (JsonElement step : Json.array(input, "steps")) {
        JsonArray words = step.getAsJsonArray();
        String thread = words.get(0).getAsString();
        var executor = threads.computeIfAbsent(thread, name -> Executors.newSingleThreadExecutor());
        results.add(executor.submit(() -> result(thread, words)).get());
      }
    } finally {
      threads.values().forEach(ExecutorService::shutdown);
      channel.stop();
    }
    JsonObject output = new JsonObject();
    output.add("results", results);
    return output;
  }

  private JsonElement result(String thread, JsonArray words) {
    try {
      return perform(thread, words.get(1).getAsString(), words.size() > 2 ? words.get(2) : JsonNull.INSTANCE);
    } catch (Throwable e) {
      return Json.thrown("throws", e);
    }
  }

  private JsonElement perform(String thread, String operation, JsonElement argument) throws Exception {
    switch (operation) {
      case "get" -> {
        Transaction before = transactions.put(thread, channel.getTransaction());
        return new JsonPrimitive(before == transactions.get(thread) ? "same" : "new");
      }
      case "begin" -> transactions.get(owner(thread, argument)).begin();
      case "commit" -> transactions.get(owner(thread, argument)).commit();
      case "rollback" -> transactions.get(owner(thread, argument)).rollback();
      case "close" -> transactions.get(owner(thread, argument)).close();
      case "put" -> channel.put(event(argument));
      case "take" -> {
        Event event = channel.take();
        return event == null ? JsonNull.INSTANCE : new JsonPrimitive(text(event));
      }
      case "configure" -> channel.configure(Json.context(argument.getAsJsonObject()));
      case "counters" -> {
        return counters();
      }
      default -> throw new IllegalArgumentException("no such operation: " + operation);
    }
    return new JsonPrimitive("ok");
  }

  /** Another thread's transaction where the step names it. */
  private static String owner(String thread, JsonElement argument) {
    return argument.isJsonNull() ? thread : argument.getAsString();
  }

  /** Text is the body, a number its length, null no event at all. */
  private static Event event(JsonElement argument) {
    if (argument.isJsonNull()) {
      return null;
    }
    if (argument.getAsJsonPrimitive().isNumber()) {
      return EventBuilder.withBody(new byte[argument.getAsInt()]);
    }
    return EventBuilder.withBody(argument.getAsString().getBytes());
  }

  private static String text(Event event) {
    byte[] body = event.getBody();
    boolean isSized = body.length > 0 && body[0] == 0;
    return isSized ? body.length + " bytes" : new String(body);
  }

  private JsonObject counters() throws Exception {
    ChannelCounter counter = (ChannelCounter) Reflection.get(channel, "channelCounter");
    JsonObject json = new JsonObject();
    json.addProperty("ChannelCapacity", counter.getChannelCapacity());
    json.addProperty("ChannelSize", counter.getChannelSize());
    json.addProperty("ChannelFillPercentage", counter.getChannelFillPercentage());
    json.addProperty("EventPutAttemptCount", counter.getEventPutAttemptCount());
    json.addProperty("EventPutSuccessCount", counter.getEventPutSuccessCount());
    json.addProperty("EventTakeAttemptCount", counter.getEventTakeAttemptCount());
    json.addProperty("EventTakeSuccessCount", counter.getEventTakeSuccessCount());
    return json;
  }

  private MemoryChannels() {}
}
