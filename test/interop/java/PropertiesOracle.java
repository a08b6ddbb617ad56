import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;
import java.util.TreeSet;

/**
 * What java.util.Properties makes of a file. Reads one file a line from standard input, in base64; writes one line
 * each: {@code {"text_b64": text, "pairs": [[key, value]]}} or {@code {"text_b64": text, "throws": message}}.
 * Run: {@code java PropertiesOracle.java < inputs > outputs}.
 */
public final class PropertiesOracle {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    StringBuilder output = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.append("{\"text_b64\":").append(quoted(line)).append(',').append(answer(line)).append("}\n");
    }
    System.out.write(output.toString().getBytes(StandardCharsets.US_ASCII));
    System.out.flush();
  }

  private static String answer(String base64) throws Exception {
    Properties properties = new Properties();
    try {
      properties.load(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
    } catch (IllegalArgumentException e) {
      return "\"throws\":" + quoted(e.getMessage());
    }
    StringBuilder pairs = new StringBuilder();
    for (String key : new TreeSet<>(properties.stringPropertyNames())) {
      if (pairs.length() > 0) {
        pairs.append(',');
      }
      pairs.append('[').append(quoted(key)).append(',').append(quoted(properties.getProperty(key))).append(']');
    }
    return "\"pairs\":[" + pairs + "]";
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private PropertiesOracle() {}
}
