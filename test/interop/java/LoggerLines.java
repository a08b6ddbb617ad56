import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.apache.flume.Event;
import org.apache.flume.channel.MemoryChannel;
import org.apache.flume.sink.LoggerSink;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/** What LoggerSink logs: the message without its leading {@code "Event: "}. */
final class LoggerLines {
  private static Capture capture;

  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Capture lines = capture();
    MemoryChannel channel = Channels.memory("c1", new JsonObject());
    LoggerSink sink = new LoggerSink();
    sink.setName("k1");
    sink.setChannel(channel);
    JsonObject output = new JsonObject();
    JsonArray out = new JsonArray();
    output.add("lines", out);
    sink.configure(Json.context(config));
    for (Event event : Json.events(input)) {
      lines.messages.clear();
      Channels.put(channel, List.of(event));
      try {
        sink.process();
        out.add(lines.messages.get(0).substring("Event: ".length()));
      } catch (Exception e) {
        JsonObject thrown = Json.thrown("throws", e);
        thrown.addProperty("throws", e.getClass().getName());
        out.add(thrown);
        Channels.drain(channel);
      }
    }
    return output;
  }

  private static synchronized Capture capture() {
    if (capture == null) {
      capture = new Capture();
      capture.start();
      LoggerContext context = (LoggerContext) LogManager.getContext(false);
      LoggerConfig logger = new LoggerConfig(LoggerSink.class.getName(), Level.INFO, false);
      logger.addAppender(capture, Level.INFO, null);
      context.getConfiguration().addLogger(LoggerSink.class.getName(), logger);
      context.updateLoggers();
    }
    return capture;
  }

  private static final class Capture extends AbstractAppender {
    private final List<String> messages = new ArrayList<>();

    Capture() {
      super("capture", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      String message = event.getMessage().getFormattedMessage();
      if (message.startsWith("Event: ")) {
        messages.add(message);
      }
    }
  }

  private LoggerLines() {}
}
