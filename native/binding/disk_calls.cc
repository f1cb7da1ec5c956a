// See disk_calls.h.
#include "binding/disk_calls.h"

#include "binding/arguments.h"
#include "binding/node_options.h"

namespace heartwire::binding {

namespace {

// prepareDisk(path, clusterName, [id, id], force): why not, or null.
Napi::Value prepare_disk(const Napi::CallbackInfo& info) {
  const std::string path = read_string(info[0], "path");
  const auto ids = read_node_ids(info[2], "nodes", 2);
  if (ids.size() != 2 || ids[0] == ids[1]) throw bad_argument(info.Env(), "nodes", "two different ids");
  const DiskIdentity identity{cluster_id_of(read_string(info[1], "clusterName")), ids[0], ids[1]};
  const std::string error = DiskDevice::prepare(path, identity, read_boolean(info[3], "force"));
  return error.empty() ? info.Env().Null() : Napi::Value(Napi::String::New(info.Env(), error));
}

}  // namespace

Napi::Object health_object(Napi::Env env, const DiskHealth& health) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("error", health.error.empty() ? env.Null() : Napi::Value(Napi::String::New(env, health.error)));
  result.Set("worstIoUs", static_cast<double>(health.worst_io_us));
  result.Set("waitingUs", static_cast<double>(health.waiting_us));
  return result;
}

void export_disk_calls(Napi::Env env, Napi::Object exports) { exports.Set("prepareDisk", Napi::Function::New(env, prepare_disk)); }

}  // namespace heartwire::binding
