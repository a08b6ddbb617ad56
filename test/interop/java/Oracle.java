import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs Apache Flume's own classes over a list of cases: one case a line of JSON on standard input
 * ({@code {"kind": …, "config": …, "input": …}}), one output a line on standard output, in the same order.
 */
public final class Oracle {
  /** What one kind of case does; a Throwable that it lets out is an error of this harness or of the case. */
  interface Kind {
    JsonObject run(JsonObject config, JsonObject input) throws Exception;
  }

  private static final Map<String, Kind> KINDS = Map.ofEntries(
      Map.entry("interceptor", Interceptors::run),
      Map.entry("logger", LoggerLines::run),
      Map.entry("serializer", Serializers::run),
      Map.entry("file_roll", FileRolls::run),
      Map.entry("netcat", Conversations::run),
      Map.entry("netcatudp", Datagrams::run),
      Map.entry("properties", PropertiesFiles::run),
      Map.entry("substitution", Substitutions::run),
      Map.entry("selector", Selectors::run),
      Map.entry("validation", Validations::run),
      Map.entry("memory_channel", MemoryChannels::run),
      Map.entry("sink_processor", SinkProcessors::run),
      Map.entry("embedded_agent", EmbeddedAgents::run));

  /** Conversations mostly wait for silence; the other kinds share the process's state and run one by one. */
  private static final int CONVERSATIONS_AT_ONCE = 6;

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err);
    ExecutorService many = Executors.newFixedThreadPool(CONVERSATIONS_AT_ONCE);
    ExecutorService one = Executors.newSingleThreadExecutor();
    List<Future<String>> results = new ArrayList<>();
    for (String line : readLines()) {
      JsonObject test = JsonParser.parseString(line).getAsJsonObject();
      boolean isConversation = test.get("kind").getAsString().equals("netcat");
      Callable<String> work = () -> Json.write(answer(test));
      results.add((isConversation ? many : one).submit(work));
    }
    for (Future<String> result : results) {
      out.print(result.get());
      out.print('\n');
    }
    out.flush();
    // Netty, timers and dead handlers leave threads behind.
    Runtime.getRuntime().halt(0);
  }

  private static List<String> readLines() throws Exception {
    try (var reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.isBlank()).toList();
    }
  }

  private static JsonElement answer(JsonObject test) {
    String name = test.get("kind").getAsString();
    try {
      Kind kind = KINDS.get(name);
      if (kind == null) {
        throw new IllegalArgumentException("no such kind: " + name);
      }
      return kind.run(Json.object(test, "config"), Json.object(test, "input"));
    } catch (Throwable failure) {
      failure.printStackTrace();
      JsonObject broken = new JsonObject();
      broken.addProperty("harness_error", failure.toString());
      return broken;
    }
  }

  static JsonArray strings(Iterable<String> values) {
    JsonArray array = new JsonArray();
    for (String value : values) {
      array.add(value);
    }
    return array;
  }

  private Oracle() {}
}
