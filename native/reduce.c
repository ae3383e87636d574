#include "reduce.h"

#include <math.h>

#include "simd.h"

#define REDUCE_BLOCK 1024

float KERNEL(max_n)(const float *x, int64_t n) {
  vf greatest = v_splat(-INFINITY);
  vi nan = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const vf a = v_load(x + i);
    greatest = v_max(a, greatest);
    nan |= a != a;
  }
  if (i < n) {
    const vf a = v_select(v_first(n - i), v_load_part(x + i, n - i), greatest);
    greatest = v_max(a, greatest);
    nan |= a != a;
  }
  /* A NaN lane adds NaN, the others zero. */
  return v_greatest(greatest) + v_sum(v_select(nan, v_splat(NAN), v_splat(0)));
}

/* Sum of at most REDUCE_BLOCK products; y NULL: of the numbers. */
MOE_INLINE float block_sum(const float *x, const float *y, int64_t n) {
  vf acc[4] = {{0}, {0}, {0}, {0}};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES)
    for (int v = 0; v < 4; v++) {
      const vf a = v_load(x + i + v * LANES);
      acc[v] = y ? v_fma(a, v_load(y + i + v * LANES), acc[v]) : acc[v] + a;
    }
  for (; i + LANES <= n; i += LANES) acc[0] = y ? v_fma(v_load(x + i), v_load(y + i), acc[0]) : acc[0] + v_load(x + i);
  if (i < n) {
    const vf a = v_load_part(x + i, n - i);
    acc[1] = y ? v_fma(a, v_load_part(y + i, n - i), acc[1]) : acc[1] + a;
  }
  return v_sum((acc[0] + acc[1]) + (acc[2] + acc[3]));
}

/* Half of n, in whole blocks. */
static int64_t half_of(int64_t n) { return (n / 2 + REDUCE_BLOCK - 1) / REDUCE_BLOCK * REDUCE_BLOCK; }

float KERNEL(sum_n)(const float *x, int64_t n) {
  if (n <= REDUCE_BLOCK) return block_sum(x, 0, n);
  const int64_t half = half_of(n);
  return KERNEL(sum_n)(x, half) + KERNEL(sum_n)(x + half, n - half);
}

float KERNEL(dot_n)(const float *x, const float *y, int64_t n) {
  if (n <= REDUCE_BLOCK) return block_sum(x, y, n);
  const int64_t half = half_of(n);
  return KERNEL(dot_n)(x, y, half) + KERNEL(dot_n)(x + half, y + half, n - half);
}

double KERNEL(sum_of_squares)(const float *x, int64_t n) {
  vd acc[4] = {{0}, {0}, {0}, {0}};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES)
    for (int v = 0; v < 2; v++) {
      const vf a = v_load(x + i + v * LANES);
      const vd low = __builtin_convertvector(v_low(a), vd), high = __builtin_convertvector(v_high(a), vd);
      acc[2 * v] += low * low;
      acc[2 * v + 1] += high * high;
    }
  double rest = 0;
  for (; i < n; i++) rest += (double)x[i] * (double)x[i];
  const vd all = (acc[0] + acc[1]) + (acc[2] + acc[3]);
  for (int lane = 0; lane < LANES / 2; lane++) rest += all[lane];
  return rest;
}
