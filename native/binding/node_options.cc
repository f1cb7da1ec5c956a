// See node_options.h.
#include "binding/node_options.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

#include <algorithm>

#include "binding/arguments.h"
#include "binding/engine_commands.h"
#include "core/net/group_address.h"

namespace heartwire::binding {

namespace {

std::uint16_t read_port(const Napi::Object& options, const char* name) {
  return read_integer<std::uint16_t>(options.Get(name), name, 1, 65535);
}

struct PathKind { LinkKind kind; AddressFamily family; };

PathKind read_kind(const Napi::Object& from) {
  constexpr PathKind kKinds[] = {{LinkKind::udp, AddressFamily::ipv4},
                                 {LinkKind::udp, AddressFamily::ipv6},
                                 {LinkKind::ethernet, AddressFamily::none},
                                 {LinkKind::serial, AddressFamily::none}};
  return kKinds[read_choice(from.Get("kind"), "kind", {"udp", "udp6", "ethernet", "serial"})];
}

Napi::Object read_link_object(const Napi::Value& value, std::uint8_t link_id) {
  return read_object(value, "links[" + std::to_string(link_id) + "]");
}

void read_serial_link(const Napi::Object& from, BeatLink& link) {
  link.options.device = read_string(from.Get("device"), "device");
  if (from.Has("baud")) link.options.baud = read_integer<std::uint32_t>(from.Get("baud"), "baud", 9600, 4'000'000);
  link.peer = read_integer<std::uint16_t>(from.Get("peer"), "peer", 1, 65535);
}

void read_links(const Napi::Object& options, NodeOptions& result) {
  const Napi::Object isolation = read_object(options.Get("isolation"), "isolation");
  result.ports = {read_port(options, "beatPort"), read_port(options, "messagePort"), read_port(options, "broadcastPort"),
                  read_integer<std::uint32_t>(isolation.Get("busyPollUs"), "isolation.busyPollUs", 0, 1e6), result.message.cluster_id};
  const Napi::Array links = read_array(options.Get("links"), "links", kLinksMax);
  for (std::uint32_t index = 0; index < links.Length(); ++index) {
    const auto link_id = static_cast<std::uint8_t>(index);
    const NodeLink link = read_link(read_link_object(links.Get(index), link_id), link_id, result.ports);
    result.beat.links.push_back(link.beat);
    if (link.message) result.message.message_links.push_back(*link.message);
    if (link.discovery) result.message.discovery_links.push_back(*link.discovery);
    if (link.beat.peer != 0) result.message.beat_links = static_cast<std::uint8_t>(result.message.beat_links | 1u << link_id);
  }
  result.message.self.beat_port = result.ports.beat;
  result.message.self.message_port = result.ports.message;
}

void read_disk(const Napi::Object& options, NodeOptions& result) {
  if (!options.Has("disk")) return;
  const Napi::Object from = read_object(options.Get("disk"), "disk");
  const EngineIdentity& identity = result.beat.identity;
  result.disk.path = read_string(from.Get("path"), "disk.path");
  result.disk.identity = {identity.cluster_id, identity.node_id, read_integer<std::uint16_t>(from.Get("other"), "disk.other", 1, 65535)};
  result.disk.lease_us = read_integer<std::uint32_t>(from.Get("leaseUs"), "disk.leaseUs", 1000, 3.6e9);
}

}  // namespace

NodeLink read_link(const Napi::Value& value, std::uint8_t link_id, const LinkPorts& ports) {
  NodeLink link;
  LinkOptions& options = link.beat.options;
  options.link_id = link_id;
  options.port = ports.beat;
  link.beat.absent = value.IsNull() || value.IsUndefined();
  if (link.beat.absent) return link;
  const Napi::Object from = read_link_object(value, link_id);
  const PathKind path = read_kind(from);
  options.kind = path.kind;
  options.family = path.family;
  link.beat.network = read_integer<std::uint8_t>(from.Get("network"), "network", 0, 255);
  if (from.Has("standbyFor")) link.beat.standby_for = read_integer<std::uint8_t>(from.Get("standbyFor"), "standbyFor", 0, kLinksMax - 1);
  const bool serial = options.kind == LinkKind::serial;
  link.beat.absent = !from.Has(serial ? "device" : "interface");
  if (link.beat.absent) return link;
  if (serial) {
    read_serial_link(from, link.beat);
    return link;
  }
  options.interface = read_string(from.Get("interface"), "interface");
  link.message = options;
  link.message->port = ports.message;
  link.message->ether_type = 0x88B6;
  link.message->priority = 5;
  link.message->segmentation = true;
  if (from.Has("multicast") && read_boolean(from.Get("multicast"), "multicast")) {
    link.message->group = group_address(options.kind, options.family, ports.cluster_id, ports.message);
  }
  if (options.kind == LinkKind::udp) {
    link.discovery = link.message;
    link.discovery->port = ports.broadcast;
    link.discovery->broadcast = true;
    link.discovery->group = {};
  }
  options.busy_poll_us = ports.busy_poll_us;
  return link;
}

// First 64 bits of SHA-256 of the name: other clusters on the wire are told apart before any key is tried.
std::uint64_t cluster_id_of(const std::string& name) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(name.data(), name.size(), digest, &length, EVP_sha256(), nullptr);
  std::uint64_t id = 0;
  for (int byte = 0; byte < 8; ++byte) id = id << 8 | digest[byte];
  return id;
}

LinkAddress read_host(Napi::Env env, const std::string& text, const std::string& name) {
  LinkAddress address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.family = AddressFamily::ipv4;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.family = AddressFamily::ipv6;
  } else {
    throw bad_argument(env, name, "an IPv4 or IPv6 address");
  }
  return address;
}

std::shared_ptr<KeyRing> read_keys(Napi::Env env, const Napi::Value& value) {
  const Napi::Array list = read_array(value, "keys", 8);
  if (list.Length() == 0) return nullptr;
  std::vector<std::vector<std::uint8_t>> keys;
  std::vector<std::uint8_t> ids;
  for (std::uint32_t index = 0; index < list.Length(); ++index) {
    const Napi::Object entry = read_object(list.Get(index), "key");
    ids.push_back(read_integer<std::uint8_t>(entry.Get("id"), "key id", 1, 255));
    keys.push_back(read_bytes(entry.Get("key"), "key"));
  }
  std::vector<KeyRing::Entry> entries;
  for (std::size_t index = 0; index < keys.size(); ++index) entries.push_back({ids[index], keys[index]});
  std::string why;
  std::shared_ptr<KeyRing> ring = KeyRing::build(entries, why);
  for (auto& key : keys) OPENSSL_cleanse(key.data(), key.size());
  if (ring == nullptr) throw coded_error(env, "HW_BAD_ARGUMENT", "keys: " + why);
  return ring;
}

NodeOptions read_node_options(const Napi::CallbackInfo& info, const Napi::Object& options) {
  NodeOptions result;
  EngineIdentity& identity = result.beat.identity;
  identity.cluster_id = cluster_id_of(read_string(options.Get("clusterName"), "clusterName"));
  identity.node_id = read_integer<std::uint16_t>(options.Get("nodeId"), "nodeId", 1, 65535);
  identity.xml = read_choice(options.Get("beatFormat"), "beatFormat", {"binary", "xml"}) == 1;
  if (!options.Get("relays").IsUndefined()) identity.relays = read_boolean(options.Get("relays"), "relays");
  result.message.relays = identity.relays;
  result.message.cluster_id = identity.cluster_id;
  result.keep_awake = options.Has("awakeUs");
  if (result.keep_awake) result.message.awake_us = read_integer<std::int32_t>(options.Get("awakeUs"), "awakeUs", 0, 10'000);
  result.message.node_id = identity.node_id;
  read_links(options, result);
  read_disk(options, result);
  result.message.plain = read_choice(options.Get("authentication"), "authentication", {"required", "none-insecure"}) == 1;
  result.keys = read_keys(info.Env(), options.Get("keys"));
  if (result.keys == nullptr && !result.message.plain) throw bad_argument(info.Env(), "keys", "at least one key (or authentication none-insecure)");
  result.liveness_timeout_ms = read_integer<std::uint32_t>(options.Get("livenessTimeoutMs"), "livenessTimeoutMs", 0, 3'600'000);
  result.release_stalled = read_boolean(options.Get("releaseStalled"), "releaseStalled");
  result.timing.kind = CommandKind::set_timing;
  const auto interval_us = read_integer<std::uint32_t>(options.Get("intervalUs"), "intervalUs", 200, 3.6e9);
  const auto timeout_us = read_integer<std::uint32_t>(options.Get("timeoutUs"), "timeoutUs", 2.0 * interval_us, 3.6e9);
  const NicPolicy policy = read_choice(options.Get("nicPolicy"), "nicPolicy", {"first", "last"}) == 0 ? NicPolicy::first : NicPolicy::last;
  result.timing.timing = {interval_us, timeout_us, result.liveness_timeout_ms, policy, result.release_stalled};
  result.beat.priority = read_integer<int>(options.Get("beatPriority"), "beatPriority", 0, 99);
  const Napi::Object isolation = read_object(options.Get("isolation"), "isolation");
  result.beat.second = read_boolean(isolation.Get("secondThread"), "isolation.secondThread");
  result.beat.spin = read_boolean(isolation.Get("spin"), "isolation.spin");
  if (!isolation.Get("cpuLatencyUs").IsNull()) result.beat.cpu_latency_us = read_integer<std::int32_t>(isolation.Get("cpuLatencyUs"), "isolation.cpuLatencyUs", 0, 1e6);
  result.beat.lock_memory = read_boolean(options.Get("lockMemory"), "lockMemory");
  if (options.Has("affinity")) {
    const Napi::Array cpus = read_array(options.Get("affinity"), "affinity", 64);
    for (std::uint32_t index = 0; index < cpus.Length(); ++index) result.beat.affinity.push_back(read_integer<int>(cpus.Get(index), "cpu", 0, 1023));
  }
  result.address.priority = std::max(result.beat.priority - 1, 0);
  result.address.probe_ms = read_integer<std::uint32_t>(options.Get("probeMs"), "probeMs", 0, 10'000);
  const Napi::Object guard = read_object(options.Get("guard"), "guard");
  result.guard.wanted = read_boolean(guard.Get("wanted"), "guard.wanted");
  result.guard.memory = read_string(guard.Get("memory"), "guard.memory");
  result.address.arp_strict = read_boolean(options.Get("arpStrict"), "arpStrict");
  return result;
}

}  // namespace heartwire::binding
