// See wire_probe_object.h.
#include "binding/wire_probe_object.h"

#include <arpa/inet.h>

#include <cstdio>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/node_options.h"

namespace heartwire::binding {

namespace {

Napi::Object claim_object(Napi::Env env, const NeighbourClaim& claim) {
  char host[INET6_ADDRSTRLEN] = "";
  inet_ntop(claim.address.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET, claim.address.bytes.data(), host, sizeof host);
  char mac[18];
  std::snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", claim.mac[0], claim.mac[1], claim.mac[2], claim.mac[3], claim.mac[4],
                claim.mac[5]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("address", host);
  result.Set("mac", mac);
  return result;
}

}  // namespace

WireProbeObject::WireProbeObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<WireProbeObject>(info) {
  const std::string interface = read_string(info[0], "interface");
  int error = 0;
  probe_ = WireProbe::open(interface, error);
  if (probe_ == nullptr) throw system_error(info.Env(), {error, interface});
}

Napi::Value WireProbeObject::ethernet(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), opened(info.Env()).ethernet()); }

void WireProbeObject::ask(const Napi::CallbackInfo& info) {
  opened(info.Env()).ask(read_host(info.Env(), read_string(info[0], "address"), "address"));
}

Napi::Value WireProbeObject::heard(const Napi::CallbackInfo& info) {
  Napi::Array result = Napi::Array::New(info.Env());
  std::uint32_t count = 0;
  for (const NeighbourClaim& claim : opened(info.Env()).heard()) result[count++] = claim_object(info.Env(), claim);
  return result;
}

void WireProbeObject::close(const Napi::CallbackInfo&) { probe_.reset(); }

WireProbe& WireProbeObject::opened(Napi::Env env) const {
  if (probe_ == nullptr) throw coded_error(env, "HW_NOT_RUNNING", "the probe is closed");
  return *probe_;
}

Napi::Function WireProbeObject::define(Napi::Env env) {
  return DefineClass(env, "WireProbe", {
      InstanceMethod<&WireProbeObject::ethernet>("ethernet"), InstanceMethod<&WireProbeObject::ask>("ask"),
      InstanceMethod<&WireProbeObject::heard>("heard"), InstanceMethod<&WireProbeObject::close>("close"),
  });
}

}  // namespace heartwire::binding
