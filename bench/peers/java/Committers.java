import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flume.Channel;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.Transaction;
import org.apache.flume.api.RpcClient;
import org.apache.flume.api.RpcClientFactory;
import org.apache.flume.channel.file.FileChannel;
import org.apache.flume.conf.Configurables;
import org.apache.flume.event.EventBuilder;

/**
 * Threads that commit batches to Apache Flume, each on its own, for a length of time.
 *
 * <p>{@code Committers PORT rpc AVRO_PORT}: to the Avro source of an agent, through Flume's own client.
 * {@code Committers PORT channel DIRECTORY CAPACITY TRANSACTION_CAPACITY}: to a file channel in this process, from which
 * one more thread takes batches of 1,000. Requests come over PORT as bench/peers/request.ts says; the events of a thread
 * are made once.
 */
public final class Committers {
  private static final int TAKE = 1000;

  private interface Committer {
    void commit(List<Event> events) throws Exception;

    default void close() {}
  }

  private interface Target {
    Committer connect(int batch) throws Exception;

    /** Waits until what was committed has been taken, where this process takes it. */
    default void drained(long events) throws Exception {}
  }

  public static void main(String[] words) throws Exception {
    Target target = words[1].equals("rpc") ? rpc(Integer.parseInt(words[2])) : channel(words[2], words[3], words[4]);
    try (ServerSocket server = new ServerSocket(Integer.parseInt(words[0]), 50, InetAddress.getByName("127.0.0.1"))) {
      for (;;) answer(server.accept(), target);
    }
  }

  private static void answer(Socket socket, Target target) throws IOException {
    try (socket) {
      var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String request = reader.readLine();
      if (request == null) return;
      socket.getOutputStream().write((resultOf(request.split(" "), target) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String resultOf(String[] request, Target target) {
    int threads = Integer.parseInt(request[0]);
    int batch = Integer.parseInt(request[1]);
    int bytes = Integer.parseInt(request[2]);
    long length = (long) (Double.parseDouble(request[3]) * 1e6);
    try {
      return measure(target, threads, batch, bytes, length);
    } catch (Exception error) {
      return "failed: " + error;
    }
  }

  private static String measure(Target target, int threads, int batch, int bytes, long length) throws Exception {
    List<Committer> committers = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) committers.add(target.connect(batch));
    CountDownLatch start = new CountDownLatch(1);
    AtomicLong commits = new AtomicLong();
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<Thread> running = new ArrayList<>();
    for (Committer committer : committers) {
      Thread thread = new Thread(() -> {
        try {
          List<Event> events = eventsOf(batch, bytes);
          start.await();
          long end = System.nanoTime() + length;
          long count = 0;
          for (; System.nanoTime() < end; count++) committer.commit(events);
          commits.addAndGet(count);
        } catch (Exception error) {
          failure.set(error);
        }
      });
      thread.start();
      running.add(thread);
    }
    long begin = System.nanoTime();
    start.countDown();
    for (Thread thread : running) thread.join();
    double elapsed = (System.nanoTime() - begin) / 1e6;
    for (Committer committer : committers) committer.close();
    if (failure.get() != null) throw failure.get();
    target.drained(commits.get() * batch);
    return commits.get() + " " + elapsed;
  }

  private static List<Event> eventsOf(int batch, int bytes) {
    List<Event> events = new ArrayList<>(batch);
    for (int event = 0; event < batch; event++) {
      byte[] body = new byte[bytes];
      for (int at = 0; at < bytes; at++) body[at] = (byte) ('a' + (at + event) % 26);
      events.add(EventBuilder.withBody(body));
    }
    return events;
  }

  private static Target rpc(int port) {
    return batch -> {
      RpcClient client = RpcClientFactory.getDefaultInstance("127.0.0.1", port, Math.max(1, batch));
      return new Committer() {
        @Override
        public void commit(List<Event> events) throws Exception {
          if (events.size() == 1) client.append(events.get(0));
          else client.appendBatch(events);
        }

        @Override
        public void close() {
          client.close();
        }
      };
    };
  }

  private static Target channel(String directory, String capacity, String transactionCapacity) {
    Context context = new Context();
    context.put("checkpointDir", directory + "/checkpoint");
    context.put("dataDirs", directory + "/data");
    context.put("capacity", capacity);
    context.put("transactionCapacity", transactionCapacity);
    FileChannel channel = new FileChannel();
    channel.setName("c1");
    Configurables.configure(channel, context);
    channel.start();
    AtomicLong taken = new AtomicLong();
    Thread taker = new Thread(() -> takeAll(channel, taken));
    taker.setDaemon(true);
    taker.start();
    AtomicLong before = new AtomicLong();
    return new Target() {
      @Override
      public Committer connect(int batch) {
        return events -> put(channel, events);
      }

      @Override
      public void drained(long events) throws InterruptedException {
        long all = before.addAndGet(events);
        while (taken.get() < all) Thread.sleep(1);
      }
    };
  }

  private static void put(Channel channel, List<Event> events) {
    Transaction transaction = channel.getTransaction();
    transaction.begin();
    try {
      for (Event event : events) channel.put(event);
      transaction.commit();
    } catch (RuntimeException error) {
      transaction.rollback();
      throw error;
    } finally {
      transaction.close();
    }
  }

  private static void takeAll(Channel channel, AtomicLong taken) {
    for (;;) {
      Transaction transaction = channel.getTransaction();
      transaction.begin();
      int count = 0;
      while (count < TAKE && channel.take() != null) count++;
      transaction.commit();
      transaction.close();
      taken.addAndGet(count);
      if (count > 0) continue;
      try {
        Thread.sleep(1);
      } catch (InterruptedException end) {
        return;
      }
    }
  }
}
