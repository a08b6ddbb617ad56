import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.Locale;
import java.util.TimeZone;
import org.joda.time.DateTimeZone;
import org.joda.time.format.DateTimeFormat;

/** Says for each line of JSON what Joda-Time parses ("text") or SimpleDateFormat prints ("ms") in a zone. */
public final class DatesOracle {
  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject each = new JsonParser().parse(line).getAsJsonObject();
      String pattern = each.get("pattern").getAsString();
      String zone = each.get("zone").getAsString();
      try {
        if (each.has("text")) {
          long ms = DateTimeFormat.forPattern(pattern).withLocale(Locale.US).withZone(DateTimeZone.forID(zone))
              .parseMillis(each.get("text").getAsString());
          each.addProperty("result", ms);
        } else {
          SimpleDateFormat format = new SimpleDateFormat(pattern, Locale.US);
          format.setTimeZone(TimeZone.getTimeZone(zone));
          each.addProperty("result", format.format(new Date(each.get("ms").getAsLong())));
        }
      } catch (RuntimeException e) {
        each.addProperty("throws", e.getMessage());
      }
      out.println(new Gson().toJson(each));
    }
    out.flush();
  }
}
