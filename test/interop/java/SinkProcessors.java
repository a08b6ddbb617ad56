import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flume.EventDeliveryException;
import org.apache.flume.Sink;
import org.apache.flume.SinkProcessor;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.sink.AbstractSink;
import org.apache.flume.sink.AbstractSinkProcessor;
import org.apache.flume.sink.SinkProcessorFactory;
import org.apache.flume.util.SpecificOrderIterator;

/**
 * Sinks that do what they are told: {@code input.sinks[].outcomes} is READY, BACKOFF, throw or error, a call each; the
 * last one repeats. {@code input.steps}: {@code "process"}, or a number of ms by which the time goes on, which stands
 * still otherwise.
 */
final class SinkProcessors {
  /** Two failures within one millisecond would be ordered by chance. */
  private static final long BETWEEN_FAILURES_MS = 2;

  static {
    try {
      ClockStandsStill.giveTo(AbstractSinkProcessor.class, "FailoverSinkProcessor$FailedSink");
      ClockStandsStill.giveTo(AbstractSinkProcessor.class, "FailoverSinkProcessor");
      ClockStandsStill.giveTo(SpecificOrderIterator.class, "OrderSelector");
    } catch (IOException | IllegalAccessException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

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
        ClockStandsStill.advance(step.getAsLong());
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
          ClockStandsStill.advance(BETWEEN_FAILURES_MS);
          throw new EventDeliveryException(getName() + " failed");
        case "runtime":
          ClockStandsStill.advance(BETWEEN_FAILURES_MS);
          throw new IllegalStateException(getName() + " is broken");
        case "error":
          throw new AssertionError(getName() + " erred");
        default:
          return Status.valueOf(outcome);
      }
    }
  }

  private SinkProcessors() {}
}
