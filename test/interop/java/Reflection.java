import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Flume keeps some of what a test must see or set private. */
final class Reflection {
  static Object get(Object holder, String name) throws ReflectiveOperationException {
    return field(holder.getClass(), name).get(holder);
  }

  static void set(Object holder, String name, Object value) throws ReflectiveOperationException {
    field(holder.getClass(), name).set(holder, value);
  }

  /** Calls a static method of one parameter, with the exceptions it throws. */
  static Object callStatic(String className, String name, Class<?> parameter, Object argument) throws Exception {
    Method method = Class.forName(className).getDeclaredMethod(name, parameter);
    method.setAccessible(true);
    try {
      return method.invoke(null, argument);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static Field field(Class<?> type, String name) throws NoSuchFieldException {
    for (Class<?> owner = type; owner != null; owner = owner.getSuperclass()) {
      for (Field field : owner.getDeclaredFields()) {
        if (field.getName().equals(name)) {
          field.setAccessible(true);
          return field;
        }
      }
    }
    throw new NoSuchFieldException(type + "." + name);
  }

  private Reflection() {}
}
