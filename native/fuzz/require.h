// What a fuzzer's oracle says when it is wronged: stop here, so that libFuzzer keeps the input.
#pragma once
#include <cstdio>
#include <cstdlib>

#define REQUIRE(condition)                                                       \
  do {                                                                           \
    if (!(condition)) {                                                          \
      std::fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                              \
    }                                                                            \
  } while (false)
