import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.ThreadContext;

/** Logs so many messages through the configuration of log4j 2: {@code Log4j2Appenders MESSAGES}. */
public final class Log4j2Appenders {
  private static final Level[] LEVELS = {Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL};

  public static void main(String[] words) {
    int count = Integer.parseInt(words[0]);
    for (int index = 0; index < count; index++) {
      ThreadContext.put("number", String.valueOf(index));
      LogManager.getLogger("org.example.service" + index % 5).log(LEVELS[index % LEVELS.length], text(index));
    }
    LogManager.shutdown();
    System.out.println(count + " logged");
  }

  private static String text(int index) {
    return "line " + index + (index % 50 == 3 ? " valu\u00e9 \u65e5\u672c \ud83d\ude00" : "");
  }
}
