// Tells ThreadSanitizer of g++ about the fences of the vendored queue, which it cannot see: included before every file
// of that flavour. The queue brings such annotations for clang alone. One marker for all queues: a race between data
// that pass through two different queues can stay unseen, but nothing is reported that is none.
#pragma once

extern "C" void AnnotateHappensBefore(const char* file, int line, const volatile void* address);
extern "C" void AnnotateHappensAfter(const char* file, int line, const volatile void* address);

namespace heartwire::test {
inline int queue_fence = 0;
}

#define AE_TSAN_ANNOTATE_RELEASE() AnnotateHappensBefore(__FILE__, __LINE__, &::heartwire::test::queue_fence)
#define AE_TSAN_ANNOTATE_ACQUIRE() AnnotateHappensAfter(__FILE__, __LINE__, &::heartwire::test::queue_fence)
