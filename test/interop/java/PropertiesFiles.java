import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.util.Properties;
import java.util.TreeSet;

/** java.util.Properties.load on the bytes of {@code input.file}; pairs sorted by key. */
final class PropertiesFiles {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Properties properties = new Properties();
    try {
      properties.load(new ByteArrayInputStream(Json.bytes(input, "file")));
    } catch (IllegalArgumentException e) {
      return Json.thrown("throws", e);
    }
    JsonArray pairs = new JsonArray();
    for (String key : new TreeSet<>(properties.stringPropertyNames())) {
      JsonArray pair = new JsonArray();
      pair.add(key);
      pair.add(properties.getProperty(key));
      pairs.add(pair);
    }
    JsonObject output = new JsonObject();
    output.add("pairs", pairs);
    return output;
  }

  private PropertiesFiles() {}
}
