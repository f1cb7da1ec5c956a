// The bpf() system call, as much of it as the guard needs: maps in shared memory, programs, and their place on an interface.
// No library: users need none, and a library would bring a loader for objects that we do not have.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heartwire::bpf {

// Each returns a descriptor (close-on-exec), or -1 with errno.
int create_shared_array(const char* name, std::uint32_t entries);  // of 8 bytes each; can be mapped
int create_address_map(const char* name, std::uint32_t entries);   // 16 bytes -> 8 bytes

// 0 or -1 with errno.
int set_element(int map, const void* key, std::uint64_t value);
int remove_element(int map, const void* key);
int get_element(int array, std::uint32_t index, std::uint64_t& value);

// What may stand in an instruction in place of a map.
struct MapReference { std::uint64_t number; int map; };

// For traffic control. On failure `log` has what the kernel's verifier says.
int load_program(const char* name, std::span<const std::uint64_t> instructions, std::span<const MapReference> maps, std::string& log);
// Tries it on a packet that begins with its Ethernet header.
int run_program(int program, std::span<const std::uint8_t> packet, std::uint32_t& verdict);
std::uint32_t program_id(int program);  // 0: none

enum class Direction : std::uint8_t { in, out };

// tcx (Linux 6.6): by program, without a link descriptor, since a link goes with its last descriptor and a killed daemon has
// none. First of all programs.
int attach_first(int interface_index, Direction direction, int program);
int detach(int interface_index, Direction direction, int program);
// Programs of this interface in their order.
int query(int interface_index, Direction direction, std::vector<std::uint32_t>& programs);
// The program that follows that one.
int detach_after(int interface_index, Direction direction, std::uint32_t program_before);

}  // namespace heartwire::bpf
