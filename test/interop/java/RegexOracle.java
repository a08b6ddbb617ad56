import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Says what java.util.regex does, so that Flumen can be compared with it.
 * Run with `java RegexOracle.java`, questions on stdin, one JSON object a line on stdout.
 *
 * A question is tab-separated; in a field `\t`, `\n`, `\r`, `\\` and `\\uXXXX` are escapes:
 *   M pattern text...               find, matches and replaceAll with "<$0>" for each text
 *   R pattern replacement text...   replaceAll for each text
 */
public class RegexOracle {
  private static final int MAX_READS = 2_000_000;

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] fields = line.split("\t", -1);
      for (int i = 0; i < fields.length; i++) fields[i] = unescape(fields[i]);
      StringBuilder json = new StringBuilder("{\"pattern\":").append(quote(fields[1]));
      try {
        Pattern pattern = Pattern.compile(fields[1]);
        if (fields[0].equals("M")) match(pattern, fields, json);
        else replace(pattern, fields, json);
      } catch (PatternSyntaxException e) {
        json.append(",\"error\":").append(quote(e.getDescription())).append(",\"index\":").append(e.getIndex());
      } catch (StackOverflowError | RuntimeException e) {
        json.append(",\"crash\":").append(quote(String.valueOf(e)));
      }
      out.println(json.append('}'));
    }
    out.flush();
  }

  private static void match(Pattern pattern, String[] fields, StringBuilder json) {
    json.append(",\"groups\":").append(pattern.matcher("").groupCount()).append(",\"cases\":[");
    for (int i = 2; i < fields.length; i++) {
      if (i > 2) json.append(',');
      json.append("{\"text\":").append(quote(fields[i]));
      int answerAt = json.length();
      try {
        Matcher matcher = pattern.matcher(new Metered(fields[i]));
        json.append(",\"find\":");
        if (matcher.find()) groups(matcher, json.append('[').append(matcher.start()).append(',')).append(']');
        else json.append("null");
        boolean full = pattern.matcher(new Metered(fields[i])).matches();
        json.append(",\"full\":").append(full);
        String all = pattern.matcher(new Metered(fields[i])).replaceAll("<$0>");
        json.append(",\"all\":").append(quote(all));
      } catch (StackOverflowError | RuntimeException e) {
        json.setLength(answerAt);
        json.append(",\"crash\":true");
      }
      json.append('}');
    }
    json.append(']');
  }

  private static StringBuilder groups(Matcher matcher, StringBuilder json) {
    for (int g = 0; g <= matcher.groupCount(); g++) json.append(g > 0 ? "," : "").append(quote(matcher.group(g)));
    return json;
  }

  private static void replace(Pattern pattern, String[] fields, StringBuilder json) {
    json.append(",\"replacement\":").append(quote(fields[2])).append(",\"cases\":[");
    for (int i = 3; i < fields.length; i++) {
      if (i > 3) json.append(',');
      json.append("{\"text\":").append(quote(fields[i]));
      try {
        json.append(",\"result\":").append(quote(pattern.matcher(fields[i]).replaceAll(fields[2])));
      } catch (RuntimeException e) {
        json.append(",\"refused\":").append(quote(e.getMessage()));
      }
      json.append('}');
    }
    json.append(']');
  }

  /** Gives up on exponential backtracking. */
  private static final class Metered implements CharSequence {
    private final String text;
    private int reads;

    Metered(String text) {
      this.text = text;
    }

    public char charAt(int index) {
      if (++reads > MAX_READS) throw new IllegalStateException("too many reads");
      return text.charAt(index);
    }

    public int length() {
      return text.length();
    }

    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    public String toString() {
      return text;
    }
  }

  private static String unescape(String field) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char kind = field.charAt(++i);
      if (kind == 'u') {
        text.append((char) Integer.parseInt(field.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(kind == 't' ? '\t' : kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind);
      }
    }
    return text.toString();
  }

  private static String quote(String text) {
    if (text == null) return "null";
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < 0x20 || c > 0x7e) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}
