import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;

/** Reads the Avro containers named as arguments with Avro's own reader; a line of JSON for each. */
public final class AvroContainers {
  public static void main(String[] paths) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String path : paths) {
      out.print(read(new File(path)));
      out.print('\n');
    }
    out.flush();
  }

  private static JsonObject read(File file) throws Exception {
    JsonObject container = new JsonObject();
    try (var reader = new DataFileReader<>(file, new GenericDatumReader<GenericRecord>())) {
      container.addProperty("codec", reader.getMetaString("avro.codec"));
      container.addProperty("schema", reader.getSchema().toString());
      JsonArray blocks = new JsonArray();
      while (reader.hasNext()) {
        JsonArray block = new JsonArray();
        for (long left = reader.getBlockCount(); left > 0; left--) {
          block.add(event(reader.next()));
        }
        blocks.add(block);
      }
      container.add("blocks", blocks);
    }
    return container;
  }

  private static JsonObject event(GenericRecord event) {
    JsonObject headers = new JsonObject();
    Map<String, String> sorted = new TreeMap<>();
    ((Map<?, ?>) event.get("headers")).forEach((name, value) -> sorted.put(name.toString(), value.toString()));
    sorted.forEach(headers::addProperty);
    ByteBuffer body = (ByteBuffer) event.get("body");
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    JsonObject json = new JsonObject();
    json.add("headers", headers);
    json.addProperty("body_b64", Base64.getEncoder().encodeToString(bytes));
    return json;
  }

  private AvroContainers() {}
}
