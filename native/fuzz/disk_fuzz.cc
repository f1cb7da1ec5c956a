// A block of a shared disk: whatever stands on it, it is refused or means exactly itself. The last bytes of the input make the
// checksum right, or the fuzzer would never get past it.
#include <algorithm>

#include "core/disk/disk_record.h"
#include "fuzz/require.h"

#include <openssl/evp.h>

using namespace heartwire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  DiskBlock block{};
  std::copy(data, data + std::min(size, block.size()), block.begin());
  if (size % 2 == 0) {
    unsigned length = 32;
    EVP_Digest(block.data(), 480, block.data() + 480, &length, EVP_sha256(), nullptr);
  }
  for (const DiskKind kind : {DiskKind::header, DiskKind::record}) {
    DiskRecord record;
    if (decode_disk_record(block, kind, 7, 0, record) != DiskFlaw::none) continue;
    REQUIRE(record.kind == kind && record.cluster_id == 7);
    DiskBlock again;
    encode_disk_record(record, again);
    REQUIRE(again == block);
  }
  return 0;
}
