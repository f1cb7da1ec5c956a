// A crash that dumps core is reported to the guardian only when the dump is written, which may take seconds (safety.md, 'The
// guardian'). So the signal of a crash first leaves a mark in the guardian's page and wakes it; the crash then takes its course.
// A mark alone is no death: the guardian waits until the kernel has stopped all threads (parked_threads.h).
#pragma once
#include "core/guard/guardian_page.h"

namespace heartwire {

class CrashMark {
 public:
  // From now on a crash of this process marks the page. Signal handlers that were there before still get the signal.
  explicit CrashMark(GuardianPage& page);
  ~CrashMark();
  CrashMark(const CrashMark&) = delete;
  CrashMark& operator=(const CrashMark&) = delete;

 private:
  GuardianPage& page_;
};

}  // namespace heartwire
