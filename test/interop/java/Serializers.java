import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Base64;
import org.apache.avro.file.DataFileConstants;
import org.apache.flume.Context;
import org.apache.flume.serialization.EventSerializer;
import org.apache.flume.serialization.EventSerializerFactory;

/** {@code input.batches}: lists of events; flush after each, beforeClose at the end. */
final class Serializers {
  private static final int SYNC_LENGTH = DataFileConstants.SYNC_SIZE;

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Context context = Json.context(config);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    EventSerializer serializer;
    try {
      serializer = EventSerializerFactory.getInstance(context.getString("type"), context, out);
      serializer.afterCreate();
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    JsonObject output = new JsonObject();
    output.addProperty("supportsReopen", serializer.supportsReopen());
    try {
      for (JsonElement batch : Json.array(input, "batches")) {
        writeBatch(serializer, batch.getAsJsonObject());
      }
      serializer.beforeClose();
    } catch (Exception e) {
      Json.addThrown(output, "throws", e);
    }
    output.addProperty("bytes_b64", Base64.getEncoder().encodeToString(withoutSync(out.toByteArray())));
    return output;
  }

  private static void writeBatch(EventSerializer serializer, JsonObject batch) throws Exception {
    for (var event : Json.events(batch)) {
      serializer.write(event);
    }
    serializer.flush();
  }

  /** An Avro container's sync marker is random: all its occurrences become zeros. */
  static byte[] withoutSync(byte[] bytes) {
    byte[] magic = DataFileConstants.MAGIC;
    if (bytes.length < magic.length || !Arrays.equals(magic, Arrays.copyOf(bytes, magic.length))) {
      return bytes;
    }
    byte[] sync = null;
    try (var reader = new org.apache.avro.file.DataFileStream<>(
        new java.io.ByteArrayInputStream(bytes), new org.apache.avro.generic.GenericDatumReader<>())) {
      sync = (byte[]) Reflection.get(Reflection.get(reader, "header"), "sync");
    } catch (Exception e) {
      throw new IllegalStateException("not an Avro container", e);
    }
    byte[] masked = bytes.clone();
    for (int i = 0; i + SYNC_LENGTH <= masked.length; i++) {
      if (Arrays.equals(sync, 0, SYNC_LENGTH, masked, i, i + SYNC_LENGTH)) {
        Arrays.fill(masked, i, i + SYNC_LENGTH, (byte) 0);
      }
    }
    return masked;
  }

  private Serializers() {}
}
