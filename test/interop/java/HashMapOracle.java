import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Prints for each line of tab-separated names the order in which a HashMap filled with them walks them, as JSON. */
public final class HashMapOracle {
  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Map<String, Integer> map = new HashMap<>();
      for (String name : line.split("\t", -1)) map.put(name, 0);
      System.out.println("{\"put\":" + json(line.split("\t", -1)) + ",\"order\":" + json(map.keySet().toArray(new String[0])) + "}");
    }
  }

  private static String json(String[] names) {
    StringBuilder text = new StringBuilder("[");
    for (String name : names) {
      text.append(text.length() > 1 ? "," : "").append('"');
      for (char c : name.toCharArray()) text.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : c);
      text.append('"');
    }
    return text.append(']').toString();
  }
}
