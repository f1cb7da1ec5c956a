// See start_report.h.
#include "binding/start_report.h"

#include "binding/errors.h"

namespace heartwire::binding {

namespace {

Napi::Value text_or_null(Napi::Env env, const std::string& text) {
  if (text.empty()) return env.Null();
  return Napi::String::New(env, text);
}

Napi::Object scheduling_object(Napi::Env env, const BeatReport& beat) {
  Napi::Object scheduling = Napi::Object::New(env);
  scheduling.Set("policy", beat.policy);
  scheduling.Set("priority", static_cast<double>(beat.priority));
  scheduling.Set("reason", text_or_null(env, beat.policy_reason));
  scheduling.Set("isolationReason", text_or_null(env, beat.isolation_reason));
  scheduling.Set("secondThread", beat.second);
  return scheduling;
}

Napi::Object memory_object(Napi::Env env, const BeatReport& beat) {
  Napi::Object memory = Napi::Object::New(env);
  memory.Set("locked", beat.memory_locked);
  memory.Set("reason", text_or_null(env, beat.memory_reason));
  return memory;
}

Napi::Array link_array(Napi::Env env, const BeatReport& beat, const std::vector<BeatLink>& links) {
  Napi::Array array = Napi::Array::New(env, links.size());
  for (std::uint32_t index = 0; index < links.size(); ++index) {
    const std::string reason = links[index].absent ? "" : describe(beat.link_errors[index]);
    Napi::Object link = Napi::Object::New(env);
    link.Set("link", static_cast<double>(index));
    link.Set("open", !links[index].absent && reason.empty());
    link.Set("reason", text_or_null(env, reason));
    array[index] = link;
  }
  return array;
}

}  // namespace

Napi::Object guard_object(Napi::Env env, const GuardReport& guard, const GuardianReport& stands_by) {
  Napi::Array uncovered = Napi::Array::New(env, guard.uncovered.size());
  for (std::uint32_t index = 0; index < guard.uncovered.size(); ++index) uncovered[index] = Napi::String::New(env, guard.uncovered[index].why);
  Napi::Object guardian = Napi::Object::New(env);
  guardian.Set("reason", text_or_null(env, stands_by.reason));
  guardian.Set("restarts", static_cast<double>(stands_by.restarts));
  guardian.Set("ownGroup", stands_by.has_own_group);
  Napi::Object object = Napi::Object::New(env);
  object.Set("enforcement", guard.enforcement);
  object.Set("reason", text_or_null(env, guard.reason));
  object.Set("uncovered", uncovered);
  object.Set("displaced", static_cast<double>(guard.displaced));
  object.Set("guardian", guardian);
  return object;
}

Napi::Object report_object(Napi::Env env, const StartReport& report, const std::vector<BeatLink>& links) {
  Napi::Array problems = Napi::Array::New(env, report.problems.size());
  for (std::uint32_t index = 0; index < report.problems.size(); ++index) problems[index] = Napi::String::New(env, report.problems[index]);
  Napi::Object object = Napi::Object::New(env);
  object.Set("beat", scheduling_object(env, report.beat));
  object.Set("memory", memory_object(env, report.beat));
  object.Set("links", link_array(env, report.beat, links));
  object.Set("awakeReason", text_or_null(env, report.awake_reason));
  object.Set("problems", problems);
  object.Set("guard", guard_object(env, report.guard, report.guardian));
  return object;
}

}  // namespace heartwire::binding
