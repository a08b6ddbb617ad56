import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Flume's resolver over {@code input.properties}, with {@code input.system} set as system properties. The environment
 * is the process's. Where a clock is asked, {@code output.clock} is its second, the same before and after.
 */
final class Substitutions {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Map<String, String> system = Json.map(Json.object(input, "system"));
    system.forEach(System::setProperty);
    try {
      return resolve(Json.map(Json.object(input, "properties")));
    } finally {
      system.keySet().forEach(System::clearProperty);
    }
  }

  private static JsonObject resolve(Map<String, String> map) throws Exception {
    Properties properties = new Properties();
    properties.putAll(map);
    boolean asksClock = map.values().stream().anyMatch(value -> value.toLowerCase().contains("${date:"));
    while (true) {
      long second = System.currentTimeMillis() / 1000;
      JsonObject output = resolve(properties);
      if (second != System.currentTimeMillis() / 1000) {
        continue;
      }
      if (asksClock) {
        output.addProperty("clock", second * 1000);
      }
      return output;
    }
  }

  private static JsonObject resolve(Properties properties) throws Exception {
    JsonObject resolved = new JsonObject();
    try {
      new TreeMap<>(resolved(properties)).forEach(resolved::addProperty);
    } catch (RuntimeException e) {
      return Json.thrown("throws", e);
    }
    JsonObject output = new JsonObject();
    output.add("properties", resolved);
    return output;
  }

  static Map<String, String> resolved(Properties properties) throws Exception {
    @SuppressWarnings("unchecked")
    var map = (Map<String, String>) Reflection.callStatic(
        "org.apache.flume.node.MapResolver", "resolveProperties", Properties.class, properties);
    return map;
  }

  private Substitutions() {}
}
