// Buckets cover every value without a gap, and quantiles are right within their width.
#include "core/rt/histogram.h"

#include <gtest/gtest.h>

#include <memory>

namespace heartwire::test {
namespace {

TEST(Histogram, BucketsCoverAllValues) {
  for (std::size_t bucket = 0; bucket < Histogram::kBuckets; ++bucket) {
    ASSERT_EQ(Histogram::bucket_of(Histogram::value_of(bucket)), bucket);
    const std::uint64_t last = bucket + 1 < Histogram::kBuckets ? Histogram::value_of(bucket + 1) - 1 : UINT64_MAX;
    ASSERT_EQ(Histogram::bucket_of(last), bucket);
  }
}

TEST(Histogram, QuantilesAreWithinAnEighth) {
  const auto histogram = std::make_unique<Histogram>();
  for (std::uint64_t value = 1; value <= 10'000; ++value) histogram->add(value * 1000);
  for (const double share : {0.01, 0.5, 0.99, 0.999}) {
    const auto exact = share * 10'000'000;
    const auto got = static_cast<double>(histogram->quantile(share));
    EXPECT_LE(got, exact);
    EXPECT_GE(got, exact * 7 / 8);
  }
  EXPECT_EQ(histogram->count(), 10'000u);
  EXPECT_EQ(histogram->max(), 10'000'000u);
  EXPECT_EQ(histogram->sum(), std::uint64_t{10'000} * 10'001 / 2 * 1000);
}

TEST(Histogram, AnEmptyOneIsAllZero) { EXPECT_EQ(std::make_unique<Histogram>()->quantile(0.5), 0u); }

TEST(Histogram, OneValueIsEveryQuantile) {
  const auto histogram = std::make_unique<Histogram>();
  histogram->add(1024);
  EXPECT_EQ(histogram->quantile(0.001), 1024u);
  EXPECT_EQ(histogram->quantile(1), 1024u);
}

}  // namespace
}  // namespace heartwire::test
