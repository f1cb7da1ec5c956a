// A CPU that stalls, as a virtual one does when its host takes it away: at the highest real-time priority this program keeps
// one CPU for a while, again and again. Nothing else runs there meanwhile; the other CPUs go on. Ends with its standard input.
//
//   stall CPU EVERY_MS MS [MS ...]      the durations by turns; prints one line each: begin and end, ns of CLOCK_BOOTTIME
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int count, char** words) {
  if (count < 4) return 2;
  cpu_set_t cpu;
  CPU_ZERO(&cpu);
  CPU_SET(atoi(words[1]), &cpu);
  const struct sched_param highest = {.sched_priority = 99};
  if (sched_setaffinity(0, sizeof cpu, &cpu) != 0 || sched_setscheduler(0, SCHED_FIFO, &highest) != 0) {
    perror("stall");
    return 1;
  }
  const int every_ms = atoi(words[2]);
  for (int turn = 0;; turn = (turn + 1) % (count - 3)) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    char ignored[64];
    if (poll(&input, 1, every_ms) > 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return 0;
    const long long begin_ns = now_ns(), end_ns = begin_ns + atoi(words[3 + turn]) * 1000000LL;
    while (now_ns() < end_ns) continue;
    printf("%lld %lld\n", begin_ns, now_ns());
    fflush(stdout);
  }
}
