import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Collections;
import org.apache.flume.agent.embedded.EmbeddedAgent;
import org.apache.flume.event.EventBuilder;

/**
 * Scripts on an embedded agent: {@code config} holds its properties; each step is {@code configure}, {@code start},
 * {@code stop} or {@code put N}, which is putAll of N events. A step's answer is null, or what it threw.
 */
final class EmbeddedAgents {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    EmbeddedAgent agent = new EmbeddedAgent(Json.string(input, "name", "app"));
    JsonArray answers = new JsonArray();
    boolean started = false;
    for (JsonElement step : Json.array(input, "steps")) {
      String[] words = step.getAsString().split(" ");
      try {
        switch (words[0]) {
          case "configure" -> agent.configure(Json.map(config));
          case "start" -> {
            agent.start();
            started = true;
          }
          case "stop" -> {
            agent.stop();
            started = false;
          }
          case "put" -> agent.putAll(
              Collections.nCopies(Integer.parseInt(words[1]), EventBuilder.withBody(new byte[1])));
          default -> throw new IllegalArgumentException("no such step: " + step);
        }
        answers.add((String) null);
      } catch (IllegalArgumentException e) {
        throw e;
      } catch (Exception e) {
        JsonObject thrown = new JsonObject();
        thrown.addProperty("throws", e.getClass().getName());
        thrown.addProperty("message", e.getMessage());
        answers.add(thrown);
      }
    }
    if (started) {
      agent.stop();
    }
    JsonObject output = new JsonObject();
    output.add("steps", answers);
    return output;
  }

  private EmbeddedAgents() {}
}
