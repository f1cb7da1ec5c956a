// NativeNodeOptions of lib/native.ts, checked and in C++ terms; boot and salt belong to a start.
#pragma once
#include <napi.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/address/address_thread.h"
#include "core/disk/disk_thread.h"
#include "core/guard/kernel_guard.h"
#include "core/heartbeat/beat_thread.h"
#include "core/message/message_thread.h"

namespace heartwire::binding {

struct LinkPorts { std::uint16_t beat = 0, message = 0, broadcast = 0; std::uint32_t busy_poll_us = 0; std::uint64_t cluster_id = 0; };

// What the threads need to carry one link.
struct NodeLink {
  BeatLink beat;
  std::optional<LinkOptions> message, discovery;  // none: it carries beats only, or is absent
};

struct NodeOptions {
  BeatOptions beat;
  AddressOptions address;
  MessageOptions message;
  DiskOptions disk;
  EngineCommand timing;
  GuardOptions guard;
  std::uint32_t liveness_timeout_ms = 0;
  bool release_stalled = false;
  bool keep_awake = false;  // CPUs, while messages are dense: message.awake_us
  std::shared_ptr<KeyRing> keys;
  LinkPorts ports;
};

// What a cluster is called on the wire and on a disk.
std::uint64_t cluster_id_of(const std::string& name);

// Throws HW_BAD_ARGUMENT.
NodeOptions read_node_options(const Napi::CallbackInfo& info, const Napi::Object& options);

// An element of NativeNodeOptions.links; null or undefined: an absent link. Throws HW_BAD_ARGUMENT.
NodeLink read_link(const Napi::Value& value, std::uint8_t link_id, const LinkPorts& ports);

// [{ id, key }] as a ring; null for an empty list.
std::shared_ptr<KeyRing> read_keys(Napi::Env env, const Napi::Value& value);

// "10.0.0.1" or "fd00::1". Throws HW_BAD_ARGUMENT.
LinkAddress read_host(Napi::Env env, const std::string& text, const std::string& name);

}  // namespace heartwire::binding
