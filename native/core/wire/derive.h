// HKDF-SHA256 (RFC 5869) by OpenSSL, and the one place that says what a derived key is bound to.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "core/wire/seal.h"

namespace heartwire {

// Fills `out`; false when the library refuses (it never should).
bool hkdf_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> salt, std::span<const std::uint8_t> info,
                 std::span<std::uint8_t> out);

// version u8 | key id u8 | role u8 | sender u16 | receiver u16 | link u8 | sender boot u64 | sender salt | receiver boot u64
inline constexpr std::size_t kKeyInfoBytes = 1 + 1 + 1 + 2 + 2 + 1 + 8 + kSaltBytes + 8;
std::array<std::uint8_t, kKeyInfoBytes> key_info(std::uint8_t key_id, const KeyContext& context);

}  // namespace heartwire
