// Clients that each send a line, wait for the answer, and send the next: ask PORT CLIENTS MILLISECONDS
// Prints: answers, milliseconds, CPU milliseconds. In C, so that the server is what is measured and not the clients.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char line[] =
    "10.20.30.40 - user4711 [21/Nov/2025:08:00:00 +0000] \"GET /api/v1/orders/271828 HTTP/1.1\" 200 5120 "
    "\"https://shop.example.com/x1y2z3\" \"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101\"\n";

static void fail(const char *what) {
  fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void send_line(int fd) {
  if (write(fd, line, sizeof line - 1) != sizeof line - 1) fail("write");
}

static int open_connection(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int port = atoi(arguments[1]), clients = atoi(arguments[2]), epoll = epoll_create1(0);
  double length = atof(arguments[3]);
  for (int client = 0; client < clients; client++) {
    int fd = open_connection(port);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted) < 0) fail("epoll_ctl");
    send_line(fd);
  }
  struct epoll_event ready[256];
  char answer[256];
  long answers = 0;
  double begin = milliseconds(), end = begin;
  while (end - begin < length) {
    int found = epoll_wait(epoll, ready, 256, 1000);
    if (found == 0) {
      fprintf(stderr, "ask: no answer for a second\n");
      return 1;
    }
    for (int each = 0; each < found; each++) {
      ssize_t got = read(ready[each].data.fd, answer, sizeof answer);
      if (got <= 0) fail("read");
      if (answer[got - 1] != '\n') continue;
      answers++;
      send_line(ready[each].data.fd);
    }
    end = milliseconds();
  }
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
  printf("%ld %.3f %.3f\n", answers, end - begin, cpu);
  return 0;
}
