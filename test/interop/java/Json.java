import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.event.EventBuilder;
import org.apache.flume.event.SimpleEvent;

/** The JSON forms that cases and outputs share. */
final class Json {
  private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  /** One line; lone surrogates are escaped, as UTF-8 cannot carry them. */
  static String write(JsonElement element) {
    String text = GSON.toJson(element);
    StringBuilder line = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        line.append(c).append(text.charAt(++i));
      } else if (Character.isSurrogate(c)) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }

  static JsonObject object(JsonObject parent, String name) {
    return parent.has(name) ? parent.getAsJsonObject(name) : new JsonObject();
  }

  static JsonArray array(JsonObject parent, String name) {
    return parent.has(name) ? parent.getAsJsonArray(name) : new JsonArray();
  }

  static String string(JsonObject parent, String name, String other) {
    return parent.has(name) ? parent.get(name).getAsString() : other;
  }

  /** In the order written. */
  static Map<String, String> map(JsonObject object) {
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> member : object.entrySet()) {
      map.put(member.getKey(), member.getValue().isJsonNull() ? null : member.getValue().getAsString());
    }
    return map;
  }

  static Context context(JsonObject config) {
    return new Context(new HashMap<>(map(config)));
  }

  static List<String> strings(JsonArray array) {
    List<String> strings = new ArrayList<>();
    for (JsonElement element : array) {
      strings.add(element.getAsString());
    }
    return strings;
  }

  static byte[] bytes(JsonObject holder, String name) {
    if (holder.has(name + "_b64")) {
      return Base64.getDecoder().decode(holder.get(name + "_b64").getAsString());
    }
    return string(holder, name, "").getBytes(StandardCharsets.UTF_8);
  }

  /** As text where the bytes are UTF-8, else in base64. */
  static void addBytes(JsonObject holder, String name, byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      holder.addProperty(name, text);
    } catch (CharacterCodingException e) {
      holder.addProperty(name + "_b64", Base64.getEncoder().encodeToString(bytes));
    }
  }

  /**
   * As most of Flume's sources make it: EventBuilder copies the headers into a map of just the size needed. With
   * {@code "made": "puts"} the headers are put one by one into an empty event, as others and interceptors do.
   */
  static Event event(JsonObject json, String made) {
    Map<String, String> headers = map(object(json, "headers"));
    if (!made.equals("puts")) {
      return EventBuilder.withBody(bytes(json, "body"), headers);
    }
    Event event = new SimpleEvent();
    event.setBody(bytes(json, "body"));
    headers.forEach((name, value) -> event.getHeaders().put(name, value));
    return event;
  }

  static List<Event> events(JsonObject input) {
    String made = string(input, "made", "builder");
    List<Event> events = new ArrayList<>();
    for (JsonElement element : array(input, "events")) {
      events.add(event(element.getAsJsonObject(), made));
    }
    return events;
  }

  /** Headers in sorted order; a null name (netcatudp makes one) apart from them. */
  static JsonElement event(Event event) {
    if (event == null) {
      return JsonNull.INSTANCE;
    }
    JsonObject json = new JsonObject();
    Map<String, String> headers = new HashMap<>(event.getHeaders());
    boolean hasNullName = headers.containsKey(null);
    String ofNullName = headers.remove(null);
    JsonObject sorted = new JsonObject();
    new TreeMap<>(headers).forEach((name, value) -> sorted.addProperty(name, value));
    json.add("headers", sorted);
    if (hasNullName) {
      json.addProperty("header_with_null_name", ofNullName);
    }
    addBytes(json, "body", event.getBody());
    return json;
  }

  /** Class and message, and those of the cause where there is one. */
  static JsonObject thrown(String name, Throwable thrown) {
    JsonObject json = new JsonObject();
    addThrown(json, name, thrown);
    return json;
  }

  static void addThrown(JsonObject json, String name, Throwable thrown) {
    json.addProperty(name, thrown.toString());
    if (thrown.getCause() != null) {
      json.addProperty("cause", thrown.getCause().toString());
    }
  }

  private Json() {}
}
