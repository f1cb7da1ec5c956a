// The kernel guard: packets of a virtual address pass only while the lease of this node's seat runs (safety.md, 'The kernel
// guard'). One program for each direction, on every layer-3 interface. It needs nobody: when the daemon is stopped or dead
// the time goes on, and the address falls silent.
//
//   addresses: address -> seat (IPv4 as ::ffff:a.b.c.d)    seats: 0 not held, 1 closed, 2 + cell: open    cells: expiry
//
// Maps are named by magic numbers, which the loader replaces (guard_program.cc), so that the object is nothing but
// instructions. Bounds are the kernel's: bpf_skb_load_bytes_relative() fails where a packet is too short, and such a packet
// is nobody's address. Compiled by scripts/generate-guard.mjs into guard_instructions.h.
#include <linux/bpf.h>
#include <linux/types.h>

#define ADDRESSES 0x6877000000000001ll
#define SEATS 0x6877000000000002ll
#define CELLS 0x6877000000000003ll
#define CLOCK 0x6877000000000004ll
// TC_ACT_UNSPEC and TC_ACT_SHOT: the same under tcx and under clsact.
#define NEXT -1
#define DROP 2

static void *(*const map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static __u64 (*const boot_time_ns)(void) = (void *)BPF_FUNC_ktime_get_boot_ns;
static long (*const load)(const void *skb, __u32 offset, void *to, __u32 length, __u32 start) = (void *)BPF_FUNC_skb_load_bytes_relative;

#define map(number) ({ void *found; asm volatile("%0 = %1 ll" : "=r"(found) : "i"(number)); found; })
#define FORCE_INLINE static __attribute__((always_inline)) inline

struct address { __u32 word[4]; };

enum direction { IN, OUT };

FORCE_INLINE int refused(const struct address *key) {
  const __u64 *seat = map_lookup(map(ADDRESSES), key);
  if (!seat) return 0;
  const __u32 index = *seat;
  const __u64 *state = map_lookup(map(SEATS), &index);
  if (!state || *state == 0) return 0;
  if (*state == 1) return 1;
  const __u32 cell = *state - 2;
  const __u64 *expiry = map_lookup(map(CELLS), &cell);
  return !expiry || boot_time_ns() >= *expiry;
}

FORCE_INLINE int refused_ipv4(const struct __sk_buff *packet, __u32 offset) {
  struct address key = {{0, 0, __builtin_bswap32(0xffff), 0}};
  if (load(packet, offset, &key.word[3], 4, BPF_HDR_START_NET) != 0) return 0;
  return refused(&key);
}

FORCE_INLINE int refused_ipv6(const struct __sk_buff *packet, __u32 offset) {
  struct address key;
  if (load(packet, offset, &key, 16, BPF_HDR_START_NET) != 0) return 0;
  return refused(&key);
}

// A neighbour solicitation for the address comes in; an advertisement of it goes out.
FORCE_INLINE int refused_neighbour(const struct __sk_buff *packet, enum direction direction) {
  __u8 next = 0, type = 0;
  if (load(packet, 6, &next, 1, BPF_HDR_START_NET) != 0 || next != 58) return 0;
  if (load(packet, 40, &type, 1, BPF_HDR_START_NET) != 0 || type != (direction == IN ? 135 : 136)) return 0;
  return refused_ipv6(packet, 48);
}

FORCE_INLINE int verdict(const struct __sk_buff *packet, enum direction direction) {
  switch (packet->protocol) {
    case __builtin_bswap16(0x0800): return refused_ipv4(packet, direction == IN ? 16 : 12) ? DROP : NEXT;
    case __builtin_bswap16(0x0806): return refused_ipv4(packet, direction == IN ? 24 : 14) ? DROP : NEXT;
    case __builtin_bswap16(0x86dd):
      if (refused_ipv6(packet, direction == IN ? 24 : 8)) return DROP;
      return refused_neighbour(packet, direction) ? DROP : NEXT;
    default: return NEXT;
  }
}

__attribute__((section("in"), used)) int ingress(struct __sk_buff *packet) { return verdict(packet, IN); }
__attribute__((section("out"), used)) int egress(struct __sk_buff *packet) { return verdict(packet, OUT); }

// Run once at start: is the programs' clock the one that leases are counted by?
__attribute__((section("time"), used)) int clock(struct __sk_buff *packet) {
  const __u32 first = 0;
  (void)packet;
  __u64 *now = map_lookup(map(CLOCK), &first);
  if (now) *now = boot_time_ns();
  return NEXT;
}
