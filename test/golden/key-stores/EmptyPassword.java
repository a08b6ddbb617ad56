import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;

/** Writes a PKCS12 store again, under an empty password without the two zeros that else stand behind one. */
class EmptyPassword {
  public static void main(String[] arguments) throws Exception {
    System.setProperty("keystore.pkcs12.legacy", "true");
    char[] empty = {0};
    char[] old = arguments[2].toCharArray();
    KeyStore from = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(arguments[0])) {
      from.load(in, old);
    }
    KeyStore to = KeyStore.getInstance("PKCS12");
    to.load(null, null);
    for (String alias : java.util.Collections.list(from.aliases()))
      to.setEntry(alias, from.getEntry(alias, new KeyStore.PasswordProtection(old)), new KeyStore.PasswordProtection(empty));
    try (FileOutputStream out = new FileOutputStream(arguments[1])) {
      to.store(out, empty);
    }
  }
}
