import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.flume.EventDeliveryException;
import org.apache.flume.Sink;
import org.apache.flume.SinkProcessor;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.sink.AbstractSink;
import org.apache.flume.sink.FailoverSinkProcessor;
import org.apache.flume.sink.LoadBalancingSinkProcessor;
import org.apache.flume.sink.SinkProcessorFactory;

/**
 * Sinks that do what they are told: {@code input.sinks[].outcomes} is READY, BACKOFF, throw or error, a call each; the
 * last one repeats. {@code input.steps}: {@code "process"}, or a number of ms by which all penalties age.
 */
final class SinkProcessors {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    List<String> calls = new ArrayList<>();
    List<Sink> sinks = new ArrayList<>();
    for (JsonElement element : Json.array(input, "sinks")) {
      JsonObject json = element.getAsJsonObject();
      Scripted sink = new Scripted(Json.strings(Json.array(json, "outcomes")), calls);
      sink.setName(json.get("name").getAsString());
      sink.setChannel(new MemoryChannel());
      sinks.add(sink);
    }
    SinkProcessor processor;
    try {
      processor = SinkProcessorFactory.getProcessor(Json.context(config), sinks);
      processor.start();
    } catch (Exception e) {
      return Json.thrown("configure_throws", e);
    }
    boolean anyOrder = input.has("any_order");
    JsonArray results = new JsonArray();
    for (JsonElement step : Json.array(input, "steps")) {
      if (step.getAsJsonPrimitive().isNumber()) {
        age(processor, step.getAsLong());
      } else {
        results.add(process(processor, calls, anyOrder));
      }
    }
    JsonObject output = new JsonObject();
    output.add("process", results);
    return output;
  }

  private static JsonObject process(SinkProcessor processor, List<String> calls, boolean anyOrder) {
    calls.clear();
    JsonObject result = new JsonObject();
    try {
      result.addProperty("result", processor.process().name());
    } catch (Throwable e) {
      Json.addThrown(result, "throws", e);
    }
    if (anyOrder) {
      Collections.sort(calls);
    }
    result.add("called", Oracle.strings(calls));
    return result;
  }

  private static void age(SinkProcessor processor, long ms) throws Exception {
    if (processor instanceof FailoverSinkProcessor) {
      for (Object failed : (Queue<?>) Reflection.get(processor, "failedSinks")) {
        Reflection.set(failed, "refresh", (Long) Reflection.get(failed, "refresh") - ms);
      }
    } else if (processor instanceof LoadBalancingSinkProcessor) {
      Object order = Reflection.get(Reflection.get(processor, "selector"), "selector");
      Collection<?> states = ((Map<?, ?>) Reflection.get(order, "stateMap")).values();
      for (Object state : states) {
        Reflection.set(state, "lastFail", (long) Reflection.get(state, "lastFail") - ms);
        Reflection.set(state, "restoreTime", (long) Reflection.get(state, "restoreTime") - ms);
      }
    }
  }

  private static final class Scripted extends AbstractSink {
    private final List<String> outcomes;
    private final List<String> calls;
    private int next;

    Scripted(List<String> outcomes, List<String> calls) {
      this.outcomes = outcomes;
      this.calls = calls;
    }

    @Override
    public Status process() throws EventDeliveryException {
      calls.add(getName());
      String outcome = outcomes.get(Math.min(next++, outcomes.size() - 1));
      switch (outcome) {
        case "throw":
          nextMillisecond();
          throw new EventDeliveryException(getName() + " failed");
        case "runtime":
          nextMillisecond();
          throw new IllegalStateException(getName() + " is broken");
        case "error":
          throw new AssertionError(getName() + " erred");
        default:
          return Status.valueOf(outcome);
      }
    }
  }

  /** Two failures within one millisecond would be ordered by chance. */
  private static void nextMillisecond() {
    long now = System.currentTimeMillis();
    while (System.currentTimeMillis() <= now + 1) {
      Thread.onSpinWait();
    }
  }

  private SinkProcessors() {}
}
