import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The time for those of Flume's classes that were given it: it goes on only when it is told to, so what Flume answers
 * does not depend on how fast the machine is. Its name is as long as that of {@code java.lang.System}, see
 * {@link #giveTo}.
 */
public final class ClockStandsStill {
  private static long now = 1_700_000_000_000L;

  /** What the classes call that were given this clock. */
  public static long currentTimeMillis() {
    return now;
  }

  static void advance(long ms) {
    now += ms;
  }

  /**
   * Loads Flume's own bytes of a class, with this class in the place of {@code java.lang.System} among its constants.
   * To be called before anything else loads that class.
   *
   * @param neighbour any other class of the same package.
   */
  static void giveTo(Class<?> neighbour, String simpleName) throws IOException, IllegalAccessException {
    byte[] bytes;
    try (InputStream in = neighbour.getResourceAsStream(simpleName + ".class")) {
      bytes = in.readAllBytes();
    }
    int place = indexOf(bytes, constant("java/lang/System"));
    if (place < 0) {
      throw new IllegalArgumentException(simpleName + " has no clock");
    }
    byte[] own = constant(ClockStandsStill.class.getName());
    System.arraycopy(own, 0, bytes, place, own.length);
    MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup()).defineClass(bytes);
  }

  /** A text as class files hold it (JVM specification 4.4.7): a tag, the length in two bytes, the text. */
  private static byte[] constant(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[bytes.length + 3];
    all[0] = 1;
    all[2] = (byte) bytes.length;
    System.arraycopy(bytes, 0, all, 3, bytes.length);
    return all;
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; at + part.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    return -1;
  }

  private ClockStandsStill() {}
}
