import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.log4j.Level;
import org.apache.log4j.LogManager;
import org.apache.log4j.Logger;
import org.apache.log4j.PropertyConfigurator;

/**
 * Logs through the appenders of a configuration of log4j 1.2: {@code Log4jAppenders PROPERTIES_FILE}. Each line of the
 * input is a command, and is answered by a line: done, or what was thrown. The messages are those of log4j.test.ts.
 */
public final class Log4jAppenders {
  private static final Level[] LEVELS = {Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL};
  private static final int LARGE_EVERY = 20_000;
  private static final int LARGE_CHARACTERS = 5 * 1024 * 1024;

  /** What the appender turns into Avro. */
  public static final class Reading {
    public String place;
    public int degrees;
  }

  public static void main(String[] words) throws Exception {
    PropertyConfigurator.configure(words[0]);
    System.out.println("ready " + InetAddress.getLocalHost().getHostAddress());
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      try {
        run(line.split(" ", 3));
        System.out.println("done");
      } catch (RuntimeException error) {
        System.out.println(error.getClass().getSimpleName() + " " + error.getMessage());
      }
    }
    LogManager.shutdown();
  }

  private static void run(String[] command) {
    switch (command[0]) {
      case "messages" -> messages(Integer.parseInt(command[1]), Integer.parseInt(command[2]));
      case "reading" -> {
        Reading reading = new Reading();
        reading.place = command[1];
        reading.degrees = Integer.parseInt(command[2]);
        Logger.getLogger("org.example.readings").info(reading);
      }
      default -> Logger.getLogger("org.example.said").info(command[1]);
    }
  }

  /** So many messages; each call has one, or a list. */
  private static void messages(int count, int list) {
    for (int from = 0; from < count; from += list) {
      Object message = list == 1 ? text(from) : texts(from, Math.min(from + list, count));
      Logger.getLogger("org.example.service" + from % 5).log(LEVELS[from % LEVELS.length], message);
    }
  }

  private static List<String> texts(int from, int to) {
    List<String> texts = new ArrayList<>();
    for (int index = from; index < to; index++) texts.add(text(index));
    return texts;
  }

  private static String text(int index) {
    int size = index % LARGE_EVERY == LARGE_EVERY - 1 ? LARGE_CHARACTERS : index % 97 == 0 ? 0 : index * 37 % 300;
    char[] text = new char[size];
    for (int at = 0; at < size; at++) text[at] = (char) (' ' + (at * 31 + index) % 95);
    return new String(text) + (index % 50 == 3 ? "valu\u00e9\n\t\u65e5\u672c \ud83d\ude00" : "");
  }
}
