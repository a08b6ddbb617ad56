import com.google.gson.Gson;
import java.io.File;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.apache.flume.Channel;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.Transaction;
import org.apache.flume.channel.file.FileChannel;
import org.apache.flume.conf.Configurables;
import org.apache.flume.event.EventBuilder;

/**
 * Makes directories of file channels by chance and tells what Flume takes from them: arguments are a folder, the key
 * store, its password file, the key's password file, and seeds. Each seed gives `<folder>/<seed>/`: checkpoint, backup
 * and data directories as a kill left them, or a stop; and a line of JSON.
 */
public final class FileChannelDirectories {
  private static final int WORKERS = 4;
  private final Path home;
  private final Random random;
  private final String[] keyFiles;
  private final boolean encrypted;
  private final boolean dual;
  private final int directories;
  private final boolean calm;
  private final TreeSet<Integer> truth = new TreeSet<>();
  private final List<Worker> workers = new ArrayList<>();
  private int events = 0;

  /** A thread, for Flume has one transaction a thread. */
  private final class Worker {
    final ExecutorService thread = Executors.newSingleThreadExecutor();
    Transaction transaction;
    boolean puts;
    final List<Integer> numbers = new ArrayList<>();

    <T> T run(Callable<T> work) throws Exception {
      return thread.submit(work).get();
    }
  }

  private FileChannelDirectories(Path home, int seed, String[] keyFiles) {
    this.home = home;
    this.keyFiles = keyFiles;
    random = new Random(seed);
    encrypted = seed % 3 == 2;
    dual = seed % 4 == 3;
    directories = 1 + seed % 3;
    calm = seed % 2 == 0;
  }

  public static void main(String[] args) throws Exception {
    watch();
    String[] keyFiles = {args[1], args[2], args[3]};
    for (int index = 4; index < args.length; index++) {
      int seed = Integer.parseInt(args[index]);
      Path home = Path.of(args[0], args[index]);
      System.out.println(new Gson().toJson(new FileChannelDirectories(home, seed, keyFiles).make(seed)));
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  /** A hang must say where: after five minutes all stacks are printed and the process ends. */
  private static void watch() {
    Thread watcher = new Thread(() -> {
      try {
        Thread.sleep(Integer.getInteger("hang.ms", 300_000));
      } catch (InterruptedException e) {
        return;
      }
      Thread.getAllStackTraces().forEach((thread, stack) -> {
        System.err.println(thread);
        for (StackTraceElement frame : stack) {
          System.err.println("  " + frame);
        }
      });
      Runtime.getRuntime().halt(3);
    });
    watcher.setDaemon(true);
    watcher.start();
  }

  private Map<String, Object> make(int seed) throws Exception {
    Path running = home.resolve("running");
    FileChannel channel = open(running);
    for (int index = 0; index < WORKERS; index++) {
      workers.add(new Worker());
    }
    for (int step = 0; step < 250; step++) {
      step(channel);
    }
    boolean stopped = seed % 5 == 0;
    if (stopped) {
      for (Worker worker : workers) {
        end(channel, worker);
      }
      channel.stop();
    }
    Path left = home.resolve("left");
    copy(running, left);
    if (dual && seed % 8 == 3) {
      spoilCheckpoint(left);
    }
    Map<String, Object> made = new LinkedHashMap<>();
    made.put("seed", seed);
    made.put("encrypted", encrypted);
    made.put("dual", dual);
    made.put("stopped", stopped);
    made.put("calm", calm);
    made.put("truth", truth);
    made.put("fromCheckpoint", takenFrom(left, true));
    made.put("fromLogs", takenFrom(left, false));
    for (Worker worker : workers) {
      worker.thread.shutdownNow();
    }
    return made;
  }

  private void step(FileChannel channel) throws Exception {
    int choice = random.nextInt(100);
    Worker worker = workers.get(calm ? random.nextInt(2) : random.nextInt(WORKERS));
    if (choice < 4) {
      checkpoint(channel);
    } else if (worker.transaction == null) {
      worker.puts = calm ? worker == workers.get(0) : random.nextInt(5) < 3;
      worker.transaction = worker.run(() -> {
        Transaction transaction = channel.getTransaction();
        transaction.begin();
        return transaction;
      });
    } else if (choice < 70) {
      some(channel, worker, 1 + random.nextInt(8));
    } else {
      end(channel, worker);
    }
  }

  private void some(FileChannel channel, Worker worker, int count) throws Exception {
    worker.run(() -> {
      for (int index = 0; index < count; index++) {
        if (worker.puts) {
          int number = events++;
          channel.put(event(number));
          worker.numbers.add(number);
        } else {
          Event event = channel.take();
          if (event == null) {
            return null;
          }
          worker.numbers.add(numberOf(event));
        }
      }
      return null;
    });
  }

  private void end(Channel channel, Worker worker) throws Exception {
    if (worker.transaction == null) {
      return;
    }
    boolean commits = random.nextInt(4) > 0;
    worker.run(() -> {
      if (commits) {
        worker.transaction.commit();
      } else {
        worker.transaction.rollback();
      }
      worker.transaction.close();
      return null;
    });
    if (commits && worker.puts) {
      truth.addAll(worker.numbers);
    } else if (commits) {
      truth.removeAll(worker.numbers);
    }
    worker.numbers.clear();
    worker.transaction = null;
  }

  /** A calm channel has nothing in flight at a checkpoint: then Flume keeps every order. */
  private void checkpoint(FileChannel channel) throws Exception {
    if (calm) {
      for (Worker worker : workers) {
        end(channel, worker);
      }
    }
    Object log = member(FileChannel.class, channel, "log");
    Method write = log.getClass().getDeclaredMethod("writeCheckpoint", Boolean.class);
    write.setAccessible(true);
    awaitBackup(log);
    write.invoke(log, true);
    awaitBackup(log);
  }

  /**
   * Flume makes the backup in a thread of its own, and refuses a checkpoint as long as that runs. The first one is that of
   * the channel's start.
   */
  private void awaitBackup(Object log) throws Exception {
    if (dual) {
      Object queue = member(log.getClass(), log, "queue");
      Object store = member(queue.getClass(), queue, "backingStore");
      Semaphore done = (Semaphore) member(store.getClass().getSuperclass(), store, "backupCompletedSema");
      done.acquire();
      done.release();
    }
  }

  private static Object member(Class<?> type, Object owner, String name) throws Exception {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  private List<Integer> takenFrom(Path left, boolean withCheckpoint) throws Exception {
    Path copy = home.resolve(withCheckpoint ? "with" : "without");
    copy(left, copy);
    if (!withCheckpoint) {
      delete(copy.resolve("checkpoint"));
      delete(copy.resolve("backup"));
    }
    FileChannel channel = open(copy);
    List<Integer> taken = new ArrayList<>();
    for (boolean more = true; more; ) {
      Transaction transaction = channel.getTransaction();
      transaction.begin();
      Event event = null;
      for (int index = 0; index < 100 && (event = channel.take()) != null; index++) {
        taken.add(numberOf(event));
      }
      transaction.commit();
      transaction.close();
      more = event != null;
    }
    channel.stop();
    delete(copy);
    return taken;
  }

  private FileChannel open(Path folder) {
    Context context = new Context();
    StringBuilder data = new StringBuilder();
    for (int index = 0; index < directories; index++) {
      data.append(index == 0 ? "" : ",").append(folder.resolve("data" + index));
    }
    context.put("checkpointDir", folder.resolve("checkpoint").toString());
    context.put("dataDirs", data.toString());
    context.put("capacity", "2000");
    context.put("transactionCapacity", "500");
    context.put("checkpointInterval", "3600000");
    context.put("maxFileSize", "9000");
    context.put("minimumRequiredSpace", "1048576");
    context.put("keep-alive", "0");
    if (dual) {
      context.put("useDualCheckpoints", "true");
      context.put("backupCheckpointDir", folder.resolve("backup").toString());
    }
    if (encrypted) {
      context.put("encryption.activeKey", "key-0");
      context.put("encryption.cipherProvider", "AESCTRNOPADDING");
      context.put("encryption.keyProvider", "JCEKSFILE");
      context.put("encryption.keyProvider.keyStoreFile", keyFiles[0]);
      context.put("encryption.keyProvider.keyStorePasswordFile", keyFiles[1]);
      context.put("encryption.keyProvider.keys", "key-0");
      context.put("encryption.keyProvider.keys.key-0.passwordFile", keyFiles[2]);
    }
    FileChannel channel = new FileChannel();
    channel.setName("c" + folder.getFileName());
    Configurables.configure(channel, context);
    channel.start();
    if (!channel.isOpen()) {
      throw new IllegalStateException("The channel in " + folder + " did not open.");
    }
    return channel;
  }

  private static Event event(int number) {
    String body = number + ":" + "x".repeat(number * 37 % 200);
    Map<String, String> headers = number % 3 == 0 ? Map.of() : Map.of("n", String.valueOf(number), "ü", "");
    return EventBuilder.withBody(body, StandardCharsets.UTF_8, headers);
  }

  private static int numberOf(Event event) {
    String body = new String(event.getBody(), StandardCharsets.UTF_8);
    return Integer.parseInt(body.substring(0, body.indexOf(':')));
  }

  private static void spoilCheckpoint(Path folder) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("checkpoint/checkpoint").toFile(), "rw")) {
      file.seek(4 * 8);
      file.writeLong(1);
    }
  }

  /** As a kill leaves it: what was written, without the locks. */
  private static void copy(Path from, Path to) throws Exception {
    try (var paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (path.toString().contains("queueset") || path.endsWith("in_use.lock")) {
          continue;
        }
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }

  private static void delete(Path folder) throws Exception {
    File[] files = folder.toFile().listFiles();
    if (files != null) {
      for (File file : files) {
        delete(file.toPath());
      }
    }
    Files.deleteIfExists(folder);
  }
}
