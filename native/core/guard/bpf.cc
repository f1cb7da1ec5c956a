// See bpf.h.
#include "core/guard/bpf.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

// Kernel headers older than the kernel: the numbers are the kernel's for good.
#ifndef BPF_F_BEFORE
#define BPF_F_BEFORE (1U << 3)
#define BPF_F_AFTER (1U << 4)
#define BPF_F_ID (1U << 5)
#endif

namespace heartwire::bpf {

namespace {

constexpr std::uint32_t kTcxIngress = 46, kTcxEgress = 47;  // BPF_TCX_*
constexpr std::uint64_t kLoadWide = 0x18;                   // the first of two instructions that carry 64 bits

int call(int command, bpf_attr& attributes, std::size_t size) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, size));
}

std::uint64_t pointer(const void* to) { return reinterpret_cast<std::uint64_t>(to); }

void set_name(char (&field)[BPF_OBJ_NAME_LEN], const char* name) { std::strncpy(field, name, sizeof field - 1); }

int create_map(const char* name, std::uint32_t type, std::uint32_t key_bytes, std::uint32_t entries, std::uint32_t flags) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = key_bytes;
  attributes.value_size = 8;
  attributes.max_entries = entries;
  attributes.map_flags = flags;
  set_name(attributes.map_name, name);
  return call(BPF_MAP_CREATE, attributes, sizeof attributes);
}

// The fields of BPF_PROG_ATTACH, _DETACH and _QUERY since Linux 6.6, which older headers do not have.
struct Place {
  std::uint32_t interface_index = 0, program = 0, type = 0, flags = 0, replaced = 0, relative = 0;
  std::uint64_t revision = 0;
};

struct Query {
  std::uint32_t interface_index = 0, type = 0, query_flags = 0, attach_flags = 0;
  std::uint64_t programs = 0;
  std::uint32_t count = 0, padding = 0;
  std::uint64_t program_flags = 0, links = 0, link_flags = 0, revision = 0;
};

std::uint32_t type_of(Direction direction) { return direction == Direction::in ? kTcxIngress : kTcxEgress; }

template <typename T>
int call_raw(int command, T& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

}  // namespace

int create_shared_array(const char* name, std::uint32_t entries) {
  return create_map(name, BPF_MAP_TYPE_ARRAY, 4, entries, BPF_F_MMAPABLE);
}

int create_address_map(const char* name, std::uint32_t entries) { return create_map(name, BPF_MAP_TYPE_HASH, 16, entries, 0); }

int set_element(int map, const void* key, std::uint64_t value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = pointer(key);
  attributes.value = pointer(&value);
  return call(BPF_MAP_UPDATE_ELEM, attributes, sizeof attributes);
}

int remove_element(int map, const void* key) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = pointer(key);
  return call(BPF_MAP_DELETE_ELEM, attributes, sizeof attributes);
}

int get_element(int array, std::uint32_t index, std::uint64_t& value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(array);
  attributes.key = pointer(&index);
  attributes.value = pointer(&value);
  return call(BPF_MAP_LOOKUP_ELEM, attributes, sizeof attributes);
}

int load_program(const char* name, std::span<const std::uint64_t> instructions, std::span<const MapReference> maps, std::string& log) {
  std::vector<std::uint64_t> code(instructions.begin(), instructions.end());
  for (std::size_t at = 0; at + 1 < code.size(); ++at) {
    if ((code[at] & 0xff) != kLoadWide) continue;
    const std::uint64_t number = (code[at] >> 32) | (code[at + 1] & 0xffffffff00000000);
    for (const MapReference& reference : maps) {
      if (reference.number != number) continue;
      code[at] = (code[at] & 0xffff0fff & 0xffffffff) | (std::uint64_t{BPF_PSEUDO_MAP_FD} << 12) | (std::uint64_t(reference.map) << 32);
      code[at + 1] = 0;
    }
    ++at;
  }
  std::array<char, 16384> text{};
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attributes.insns = pointer(code.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
  attributes.license = pointer("Apache-2.0");
  set_name(attributes.prog_name, name);
  const int program = call(BPF_PROG_LOAD, attributes, sizeof attributes);
  if (program >= 0 || errno == EPERM) return program;
  attributes.log_level = 1;
  attributes.log_buf = pointer(text.data());
  attributes.log_size = static_cast<std::uint32_t>(text.size());
  const int again = call(BPF_PROG_LOAD, attributes, sizeof attributes);
  const int error = errno;
  log = text.data();
  errno = error;
  return again;
}

int run_program(int program, std::span<const std::uint8_t> packet, std::uint32_t& verdict) {
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program);
  attributes.test.data_in = pointer(packet.data());
  attributes.test.data_size_in = static_cast<std::uint32_t>(packet.size());
  attributes.test.repeat = 1;
  const int ran = call(BPF_PROG_TEST_RUN, attributes, sizeof attributes);
  verdict = attributes.test.retval;
  return ran;
}

std::uint32_t program_id(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<std::uint32_t>(program);
  attributes.info.info = pointer(&info);
  attributes.info.info_len = sizeof info;
  return call(BPF_OBJ_GET_INFO_BY_FD, attributes, sizeof attributes) == 0 ? info.id : 0;
}

int attach_first(int interface_index, Direction direction, int program) {
  Place place{static_cast<std::uint32_t>(interface_index), static_cast<std::uint32_t>(program), type_of(direction), BPF_F_BEFORE};
  return call_raw(BPF_PROG_ATTACH, place);
}

int detach(int interface_index, Direction direction, int program) {
  Place place{static_cast<std::uint32_t>(interface_index), static_cast<std::uint32_t>(program), type_of(direction)};
  return call_raw(BPF_PROG_DETACH, place);
}

int query(int interface_index, Direction direction, std::vector<std::uint32_t>& programs) {
  programs.assign(64, 0);
  Query asked{static_cast<std::uint32_t>(interface_index), type_of(direction)};
  asked.programs = pointer(programs.data());
  asked.count = static_cast<std::uint32_t>(programs.size());
  const int done = call_raw(BPF_PROG_QUERY, asked);
  programs.resize(done == 0 ? asked.count : 0);
  return done;
}

int detach_after(int interface_index, Direction direction, std::uint32_t program_before) {
  Place place{static_cast<std::uint32_t>(interface_index), 0, type_of(direction), BPF_F_AFTER | BPF_F_ID};
  place.relative = program_before;
  return call_raw(BPF_PROG_DETACH, place);
}

}  // namespace heartwire::bpf
