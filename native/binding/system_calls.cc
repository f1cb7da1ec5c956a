// See system_calls.h.
#include "binding/system_calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "binding/arguments.h"
#include "core/net/interface_info.h"
#include "core/rt/clock.h"

namespace heartwire::binding {

namespace {

// As a number, at once: asked at every step of the protocol.
Napi::Value boot_time_ms(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), static_cast<double>(boot_time_ns() / 1000) / 1000); }

Napi::Value boot_time(const Napi::CallbackInfo& info) { return Napi::BigInt::New(info.Env(), boot_time_ns()); }

Napi::Value info_of_interface(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto found = interface_info(read_string(info[0], "name"));
  if (!found) return env.Null();
  char mac[18];
  std::snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", found->mac[0], found->mac[1], found->mac[2], found->mac[3], found->mac[4], found->mac[5]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", static_cast<double>(found->index));
  result.Set("mac", mac);
  result.Set("carrier", found->carrier);
  Napi::Array addresses = Napi::Array::New(env);
  std::uint32_t count = 0;
  for (const InterfaceAddress& each : found->addresses) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(each.address.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET, each.address.bytes.data(), text, sizeof text);
    Napi::Object address = Napi::Object::New(env);
    address.Set("address", text);
    address.Set("prefixLength", static_cast<double>(each.prefix_length));
    addresses[count++] = address;
  }
  result.Set("addresses", addresses);
  return result;
}

Napi::Value peer_credentials(const Napi::CallbackInfo& info) {
  ucred peer{};
  socklen_t length = sizeof peer;
  const int descriptor = read_integer<int>(info[0], "fd", 0, 1 << 30);
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    throw system_error(info.Env(), {errno, "SO_PEERCRED"});
  }
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("uid", static_cast<double>(peer.uid));
  result.Set("gid", static_cast<double>(peer.gid));
  result.Set("pid", static_cast<double>(peer.pid));
  return result;
}

// The lock belongs to the open file: it ends when the descriptor is closed, at the latest with the process.
Napi::Value lock_file(const Napi::CallbackInfo& info) {
  const std::string path = read_string(info[0], "path");
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) throw coded_error(info.Env(), "HW_STATE_DIRECTORY", path + ": " + std::strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Napi::Number::New(info.Env(), descriptor);
  const int error = errno;
  close(descriptor);
  if (error == EWOULDBLOCK) return info.Env().Null();
  throw coded_error(info.Env(), "HW_STATE_DIRECTORY", path + ": flock: " + std::strerror(error));
}

// sd_notify(3): a datagram to the socket that systemd names; the protocol is the interface.
Napi::Value sd_notify(const Napi::CallbackInfo& info) {
  const std::string message = read_string(info[0], "message");
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return Napi::Boolean::New(info.Env(), false);
  std::strcpy(address.sun_path, path);
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  const bool sent = descriptor >= 0 && sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), length) >= 0;
  if (descriptor >= 0) close(descriptor);
  return Napi::Boolean::New(info.Env(), sent);
}

}  // namespace

void export_system_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("bootTimeMs", Napi::Function::New(env, boot_time_ms));
  exports.Set("bootTimeNs", Napi::Function::New(env, boot_time));
  exports.Set("interfaceInfo", Napi::Function::New(env, info_of_interface));
  exports.Set("peerCredentials", Napi::Function::New(env, peer_credentials));
  exports.Set("lockFile", Napi::Function::New(env, lock_file));
  exports.Set("sdNotify", Napi::Function::New(env, sd_notify));
}

}  // namespace heartwire::binding
