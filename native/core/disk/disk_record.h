// What stands on a shared disk (X9): a header that says whose it is, and one record a node, each in a block of its own that
// only that node writes. All of a record lies in the first 512 bytes of its block, which no disk tears; a checksum refuses
// what is torn or foreign all the same.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace heartwire {

inline constexpr std::size_t kDiskBlockBytes = 4096;
inline constexpr std::size_t kDiskBlocks = 3;  // header, node, node

enum class DiskKind : std::uint8_t { header = 1, record = 2 };

struct DiskRecord {
  DiskKind kind = DiskKind::record;
  bool wants = false;            // it asks for the seat, or holds it by the disk; else the disk is free for the other
  std::uint16_t node_id = 0;
  std::uint64_t cluster_id = 0;
  std::uint64_t boot = 0;        // of the writer's start ...
  std::uint64_t counter = 0;     // ... and its writes since: a reader sees that it lives
  std::uint64_t epoch = 0;       // the epoch it asks for or holds; at rest the highest that it has held by the disk
  std::uint32_t lease_us = 0;    // how long a reader must see no change before it may take it for dead
  bool operator==(const DiskRecord&) const = default;
};

using DiskBlock = std::array<std::uint8_t, kDiskBlockBytes>;

enum class DiskFlaw : std::uint8_t { none = 0, empty, checksum, version, cluster, node };

void encode_disk_record(const DiskRecord& record, std::span<std::uint8_t, kDiskBlockBytes> out);
// `node_id` 0: any. On anything but `none` the record is unspecified.
DiskFlaw decode_disk_record(std::span<const std::uint8_t, kDiskBlockBytes> block, DiskKind kind, std::uint64_t cluster_id,
                            std::uint16_t node_id, DiskRecord& record);
const char* describe(DiskFlaw flaw);

}  // namespace heartwire
