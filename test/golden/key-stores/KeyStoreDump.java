import java.io.FileInputStream;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/** Prints what Java itself finds in key stores, as JSON. Arguments: file, type, password and key password of each. */
class KeyStoreDump {
  public static void main(String[] arguments) throws Exception {
    List<String> stores = new ArrayList<>();
    for (int i = 0; i < arguments.length; i += 4)
      stores.add(dump(arguments[i], arguments[i + 1], arguments[i + 2], arguments[i + 3]));
    System.out.println("[\n" + String.join(",\n", stores) + "\n]");
  }

  static String dump(String file, String type, String password, String keyPassword) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (FileInputStream in = new FileInputStream(file)) {
      store.load(in, password.toCharArray());
    }
    List<String> aliases = Collections.list(store.aliases());
    Collections.sort(aliases);
    List<String> entries = new ArrayList<>();
    for (String alias : aliases) entries.add(entry(store, alias, keyPassword));
    return String.format("{\"file\": %s, \"type\": %s, \"password\": %s, \"keyPassword\": %s, \"entries\": [\n  %s\n]}",
        quoted(Path.of(file).getFileName().toString()), quoted(type), quoted(password), quoted(keyPassword),
        String.join(",\n  ", entries));
  }

  static String entry(KeyStore store, String alias, String keyPassword) throws Exception {
    if (store.isCertificateEntry(alias))
      return String.format("{\"alias\": %s, \"kind\": \"certificate\", \"sha256\": %s}", quoted(alias),
          quoted(sha256(store.getCertificate(alias).getEncoded())));
    Key key = store.getKey(alias, keyPassword.toCharArray());
    if (!(key instanceof PrivateKey))
      return String.format("{\"alias\": %s, \"kind\": \"secret key\", \"algorithm\": %s, \"hex\": %s}", quoted(alias),
          quoted(key.getAlgorithm()), quoted(HexFormat.of().formatHex(key.getEncoded())));
    List<String> chain = new ArrayList<>();
    for (Certificate each : store.getCertificateChain(alias)) chain.add(quoted(sha256(each.getEncoded())));
    return String.format("{\"alias\": %s, \"kind\": \"private key\", \"sha256\": %s, \"chain\": [%s]}", quoted(alias),
        quoted(sha256(key.getEncoded())), String.join(", ", chain));
  }

  static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  static String quoted(String text) {
    StringBuilder result = new StringBuilder("\"");
    for (char c : text.toCharArray())
      if (c < ' ' || c > '~' || c == '"' || c == '\\') result.append(String.format("\\u%04x", (int) c));
      else result.append(c);
    return result.append('"').toString();
  }
}
