/* The floor: what a takeover costs when nothing but the takeover is done. No votes, no authentication, no
 * membership, one successor - a beat, a deadline, one netlink request, one gratuitous ARP. It promises
 * nothing (two owners after any partition); it is here so that the failover bench can say how far above
 * the bare cost of the kernel and the wire Heartwire stands.
 *
 *   floor beat  --interval-us 1000 --port 7500 --to 10.1.0.2 --to 10.2.0.2
 *   floor watch --timeout-us 3000  --port 7500 --address 10.1.0.100 --prefix 24 --interface net0
 *
 * Both take --priority N (SCHED_FIFO). After its takeover `watch` says when it did what, and waits to be ended. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 16

struct options {
  long interval_us, timeout_us;
  unsigned short port;
  int prefix, priority, target_count;
  const char *address, *interface;
  struct sockaddr_in targets[TARGETS_MAX];
};

struct taker {
  int netlink, packet;
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg address;
    char attributes[64];
  } add;
  struct {
    struct ether_header ethernet;
    struct ether_arp arp;
  } __attribute__((packed)) announcement;
  struct sockaddr_ll link;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void become_real_time(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  if (priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) perror("SCHED_FIFO refused");
  if (mlockall(MCL_CURRENT) != 0) perror("mlockall refused");
}

static void parse(int argc, char **argv, struct options *out) {
  static const struct option known[] = {
      {"interval-us", 1, 0, 'i'}, {"timeout-us", 1, 0, 't'}, {"port", 1, 0, 'p'},      {"to", 1, 0, 'o'}, {"address", 1, 0, 'a'},
      {"prefix", 1, 0, 'x'},      {"interface", 1, 0, 'n'},  {"priority", 1, 0, 'r'}, {0, 0, 0, 0}};
  for (int found; (found = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (found) {
      case 'i': out->interval_us = atol(optarg); break;
      case 't': out->timeout_us = atol(optarg); break;
      case 'p': out->port = (unsigned short)atoi(optarg); break;
      case 'a': out->address = optarg; break;
      case 'x': out->prefix = atoi(optarg); break;
      case 'n': out->interface = optarg; break;
      case 'r': out->priority = atoi(optarg); break;
      case 'o':
        if (out->target_count < TARGETS_MAX) inet_pton(AF_INET, optarg, &out->targets[out->target_count++].sin_addr);
        break;
      default: exit(2);
    }
}

static int open_udp(unsigned short port) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (handle < 0 || bind(handle, (struct sockaddr *)&any, sizeof any) != 0) fail("udp socket");
  const int priority = 6;
  setsockopt(handle, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
  return handle;
}

static void beat(struct options *options) {
  const int handle = open_udp(options->port);
  for (int k = 0; k < options->target_count; k++) {
    options->targets[k].sin_family = AF_INET;
    options->targets[k].sin_port = htons(options->port);
  }
  become_real_time(options->priority);
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  char frame[64] = "floor";
  for (;;) {
    for (int k = 0; k < options->target_count; k++)
      sendto(handle, frame, sizeof frame, 0, (struct sockaddr *)&options->targets[k], sizeof options->targets[k]);
    next.tv_nsec += options->interval_us * 1000;
    for (; next.tv_nsec >= 1000000000; next.tv_nsec -= 1000000000) next.tv_sec++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}

/* Everything that can be done before the fault is done before it. */
static void prepare(const struct options *options, struct taker *taker) {
  struct in_addr address;
  inet_pton(AF_INET, options->address, &address);
  const int index = (int)if_nametoindex(options->interface);
  taker->netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  taker->packet = socket(AF_PACKET, SOCK_RAW, 0);
  if (index == 0 || taker->netlink < 0 || taker->packet < 0) fail("netlink, packet socket or interface");

  taker->add.header.nlmsg_type = RTM_NEWADDR;
  taker->add.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
  taker->add.header.nlmsg_len = NLMSG_LENGTH(sizeof taker->add.address) + RTA_LENGTH(4);
  taker->add.address.ifa_family = AF_INET;
  taker->add.address.ifa_prefixlen = (unsigned char)options->prefix;
  taker->add.address.ifa_index = (unsigned)index;
  struct rtattr *local = (struct rtattr *)taker->add.attributes;
  local->rta_type = IFA_LOCAL;
  local->rta_len = RTA_LENGTH(4);
  memcpy(RTA_DATA(local), &address, 4);

  struct ifreq request = {0};
  strncpy(request.ifr_name, options->interface, IFNAMSIZ - 1);
  if (ioctl(taker->packet, SIOCGIFHWADDR, &request) != 0) fail("SIOCGIFHWADDR");
  taker->link = (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6};
  memset(taker->link.sll_addr, 0xff, 6);
  memset(taker->announcement.ethernet.ether_dhost, 0xff, 6);
  memcpy(taker->announcement.ethernet.ether_shost, request.ifr_hwaddr.sa_data, 6);
  taker->announcement.ethernet.ether_type = htons(ETHERTYPE_ARP);
  taker->announcement.arp.ea_hdr =
      (struct arphdr){htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(ARPOP_REPLY)};
  memcpy(taker->announcement.arp.arp_sha, request.ifr_hwaddr.sa_data, 6);
  memcpy(taker->announcement.arp.arp_tha, request.ifr_hwaddr.sa_data, 6);
  memcpy(taker->announcement.arp.arp_spa, &address, 4);
  memcpy(taker->announcement.arp.arp_tpa, &address, 4);
}

static void take_over(struct taker *taker, long long heard_ns) {
  const long long decided_ns = now_ns();
  char answer[256];
  if (send(taker->netlink, &taker->add, taker->add.header.nlmsg_len, 0) < 0) fail("netlink send");
  if (recv(taker->netlink, answer, sizeof answer, 0) < 0) fail("netlink answer");
  const int error = ((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
  const long long added_ns = now_ns();
  sendto(taker->packet, &taker->announcement, sizeof taker->announcement, 0, (struct sockaddr *)&taker->link, sizeof taker->link);
  const long long announced_ns = now_ns();
  printf("{\"event\":\"taken\",\"error\":%d,\"heardNs\":%lld,\"decidedNs\":%lld,\"addedNs\":%lld,\"announcedNs\":%lld}\n", error,
         heard_ns, decided_ns, added_ns, announced_ns);
  fflush(stdout);
}

static void watch(const struct options *options) {
  const int handle = open_udp(options->port);
  struct taker taker = {0};
  prepare(options, &taker);
  become_real_time(options->priority);
  struct pollfd wait = {handle, POLLIN, 0};
  char frame[64];
  ppoll(&wait, 1, NULL, NULL); /* nobody is silent before he has spoken */
  for (long long heard_ns = now_ns();;) {
    while (recv(handle, frame, sizeof frame, 0) >= 0) heard_ns = now_ns();
    const long long left_ns = heard_ns + options->timeout_us * 1000 - now_ns();
    if (left_ns <= 0) {
      take_over(&taker, heard_ns);
      return;
    }
    const struct timespec patience = {left_ns / 1000000000, left_ns % 1000000000};
    ppoll(&wait, 1, &patience, NULL);
  }
}

int main(int argc, char **argv) {
  struct options options = {.interval_us = 1000, .timeout_us = 3000, .port = 7500, .prefix = 24};
  if (argc < 2) return 2;
  parse(argc - 1, argv + 1, &options);
  if (strcmp(argv[1], "beat") == 0) beat(&options);
  if (strcmp(argv[1], "watch") == 0 && options.address != NULL && options.interface != NULL) {
    watch(&options);
    pause();
    return 0;
  }
  fprintf(stderr, "usage: see the head of floor.c\n");
  return 2;
}
