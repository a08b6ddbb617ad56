import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flume.Context;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.sink.RollingFileSink;

/**
 * {@code input.steps}: {@code {"put": [events]}}, {@code "process"}, {@code "roll"} (the roll timer fires),
 * {@code "make directory"}. In the configuration and in messages {@code {directory}} stands for the directory.
 */
final class FileRolls {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Path directory = Files.createTempDirectory("flumen-oracle-");
    try {
      return run(config, input, directory);
    } finally {
      remove(directory);
    }
  }

  private static JsonObject run(JsonObject config, JsonObject input, Path directory) throws Exception {
    RollingFileSink sink = new RollingFileSink();
    sink.setName("k1");
    MemoryChannel channel = Channels.memory("c1", Json.object(input, "channel"));
    sink.setChannel(channel);
    try {
      sink.configure(context(config, directory));
      sink.start();
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    JsonObject output = new JsonObject();
    JsonArray results = new JsonArray();
    output.add("process", results);
    for (JsonElement step : Json.array(input, "steps")) {
      step(sink, channel, step, directory, results);
    }
    try {
      sink.stop();
    } catch (Exception e) {
      Json.addThrown(output, "stop_throws", e);
    }
    output.add("files", files(directory));
    return output;
  }

  private static Context context(JsonObject config, Path directory) {
    Map<String, String> properties = new HashMap<>(Json.map(config));
    properties.putIfAbsent("sink.directory", "{directory}");
    properties.replaceAll((key, value) -> value.replace("{directory}", directory.toString()));
    if (properties.get("sink.directory").equals("{absent}")) {
      properties.remove("sink.directory");
    }
    return new Context(properties);
  }

  private static void step(
      RollingFileSink sink, MemoryChannel channel, JsonElement step, Path directory, JsonArray results)
      throws Exception {
    if (step.isJsonObject()) {
      JsonObject put = new JsonObject();
      put.add("events", step.getAsJsonObject().get("put"));
      Channels.put(channel, Json.events(put));
      return;
    }
    switch (step.getAsString()) {
      case "roll" -> Reflection.set(sink, "shouldRotate", true);
      case "make directory" -> Files.createDirectories(sink.getDirectory().toPath());
      case "process" -> results.add(process(sink, directory));
      default -> throw new IllegalArgumentException("no such step: " + step);
    }
  }

  private static JsonElement process(RollingFileSink sink, Path directory) {
    try {
      return new JsonPrimitive(sink.process().name());
    } catch (Exception e) {
      JsonObject thrown = Json.thrown("throws", e);
      thrown.entrySet().forEach(
          member -> member.setValue(new JsonPrimitive(masked(member.getValue().getAsString(), directory))));
      return thrown;
    }
  }

  private static JsonArray files(Path directory) throws Exception {
    JsonArray array = new JsonArray();
    for (Path path : walk(directory).filter(Files::isRegularFile).sorted(byIndex()).toList()) {
      JsonObject file = new JsonObject();
      file.addProperty("name", masked(directory.relativize(path).toString(), directory));
      Json.addBytes(file, "content", Serializers.withoutSync(Files.readAllBytes(path)));
      array.add(file);
    }
    return array;
  }

  /** The names of one sink differ in their last number only. */
  private static Comparator<Path> byIndex() {
    return Comparator.comparing((Path path) -> path.toString().length()).thenComparing(Path::toString);
  }

  private static String masked(String text, Path directory) {
    return text.replace(directory.toString(), "{directory}")
        .replaceAll("(?<!\\d)20\\d{12}(?!\\d)", "{yyyyMMddHHmmss}")
        .replaceAll("(?<!\\d)\\d{13}(?!\\d)", "{millis}");
  }

  private static List<Path> remove(Path directory) throws Exception {
    List<Path> paths = walk(directory).sorted(Comparator.reverseOrder()).toList();
    paths.stream().map(Path::toFile).forEach(File::delete);
    return paths;
  }

  private static Stream<Path> walk(Path directory) throws Exception {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.toList().stream();
    }
  }

  private FileRolls() {}
}
