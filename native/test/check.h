/* One line for each check, with what was measured; exit code 1 if one failed. */
#ifndef MOE_CHECK_H
#define MOE_CHECK_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

/* Passes if measured <= limit (NaN fails). */
static inline void check(const char *name, double measured, double limit) {
  const int good = measured <= limit;
  printf("%s %s: %.4g (limit %.4g)\n", good ? "ok  " : "FAIL", name, measured, limit);
  failures += !good;
}

static inline void check_that(const char *name, int good) {
  printf("%s %s\n", good ? "ok  " : "FAIL", name);
  failures += !good;
}

static inline int finish(void) {
  if (failures) printf("%d checks failed\n", failures);
  return failures != 0;
}

/* xorshift64*: the same numbers everywhere. */
static inline uint64_t random_bits(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * 0x2545f4914f6cdd1dull;
}

/* Uniform in [-1, 1). */
static inline float random_float(uint64_t *state) {
  return (float)((double)(random_bits(state) >> 40) * 0x1p-23 - 1.0);
}

/* Of the exact size, so that the sanitizer sees the first byte too far. */
static inline float *floats(int64_t n) {
  float *p = malloc((size_t)(n > 0 ? n : 1) * sizeof(float));
  if (!p) abort();
  return p;
}

#endif
