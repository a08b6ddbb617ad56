import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.channel.ChannelProcessor;
import org.apache.flume.channel.ReplicatingChannelSelector;
import org.apache.flume.interceptor.Interceptor;
import org.apache.flume.interceptor.InterceptorBuilderFactory;

/**
 * {@code config} is an interceptor's (with its {@code type}), or, where it has {@code interceptors}, a source's. Each
 * event goes through by itself, then all as one list. Values that depend on clock, host and chance are masked.
 */
final class Interceptors {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

  private final Interceptor interceptor;
  private final boolean namesHost;
  private final long begin = System.currentTimeMillis();

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Interceptors run;
    try {
      run = new Interceptors(config);
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    JsonArray out = new JsonArray();
    for (JsonElement element : Json.array(input, "events")) {
      out.add(run.one(element.getAsJsonObject(), Json.string(input, "made", "builder")));
    }
    JsonObject output = new JsonObject();
    output.add("events", out);
    JsonElement list = run.list(input);
    if (!list.equals(survivors(out))) {
      output.add("as_list", list);
    }
    return output;
  }

  private Interceptors(JsonObject config) throws Exception {
    interceptor = create(config);
    namesHost = config.has("useIP") && !Boolean.parseBoolean(config.get("useIP").getAsString());
  }

  private static Interceptor create(JsonObject config) throws Exception {
    Context context = Json.context(config);
    if (config.has("interceptors")) {
      ChannelProcessor processor = new ChannelProcessor(new ReplicatingChannelSelector());
      processor.configure(context);
      processor.initialize();
      return (Interceptor) Reflection.get(processor, "interceptorChain");
    }
    Interceptor.Builder builder = InterceptorBuilderFactory.newInstance(context.getString("type"));
    builder.configure(context);
    Interceptor interceptor = builder.build();
    interceptor.initialize();
    return interceptor;
  }

  private JsonElement one(JsonObject json, String made) throws Exception {
    Event event = Json.event(json, made);
    Map<String, String> before = new HashMap<>(event.getHeaders());
    try {
      return Json.event(masked(interceptor.intercept(event), before));
    } catch (Exception e) {
      return Json.thrown("throws", e);
    }
  }

  private JsonElement list(JsonObject input) throws Exception {
    List<Event> events = Json.events(input);
    Map<Event, Map<String, String>> before = new IdentityHashMap<>();
    for (Event event : events) {
      before.put(event, new HashMap<>(event.getHeaders()));
    }
    try {
      JsonArray out = new JsonArray();
      for (Event event : interceptor.intercept(new ArrayList<>(events))) {
        out.add(Json.event(masked(event, before.get(event))));
      }
      return out;
    } catch (Exception e) {
      return Json.thrown("throws", e);
    }
  }

  private static JsonArray survivors(JsonArray events) {
    JsonArray survivors = new JsonArray();
    for (JsonElement event : events) {
      if (!event.isJsonNull()) {
        survivors.add(event);
      }
    }
    return survivors;
  }

  private Event masked(Event event, Map<String, String> before) throws Exception {
    if (event == null) {
      return null;
    }
    for (Map.Entry<String, String> header : event.getHeaders().entrySet()) {
      String value = header.getValue();
      if (value != null && !value.equals(before.get(header.getKey()))) {
        header.setValue(masked(value));
      }
    }
    return event;
  }

  private String masked(String value) throws Exception {
    InetAddress local = InetAddress.getLocalHost();
    if (value.equals(local.getHostAddress()) || value.equals(local.getCanonicalHostName())) {
      return namesHost ? "{hostname}" : "{ip}";
    }
    if (value.matches("\\d{13}") && Long.parseLong(value) >= begin
        && Long.parseLong(value) <= System.currentTimeMillis()) {
      return "{now}";
    }
    return UUID.matcher(value).replaceAll("{uuid}");
  }
}
