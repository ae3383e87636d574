#include "rows.h"

#include <math.h>

#include "reduce.h"
#include "vexp.h"

void KERNEL(softmax_row)(float *y, const float *x, int64_t n, float scale) {
  const int64_t whole = n / LANES * LANES, rest = n - whole;
  const vi kept = v_first(rest);
  vf greatest = v_splat(-INFINITY), total = {0};
  for (int64_t i = 0; i < whole; i += LANES) greatest = v_max(v_load(x + i) * scale, greatest);
  if (rest) greatest = v_max(v_select(kept, v_load_part(x + whole, rest) * scale, greatest), greatest);
  const vf top = v_splat(v_greatest(greatest));
  for (int64_t i = 0; i < whole; i += LANES) {
    const vf e = v_exp(v_load(x + i) * scale - top);
    v_store(y + i, e);
    total += e;
  }
  if (!rest) {
    const float inverse = 1.0f / v_sum(total);
    for (int64_t i = 0; i < whole; i += LANES) v_store(y + i, v_load(y + i) * inverse);
    return;
  }
  const vf last = v_exp(v_load_part(x + whole, rest) * scale - top);
  total += v_select(kept, last, v_splat(0));
  const float inverse = 1.0f / v_sum(total);
  for (int64_t i = 0; i < whole; i += LANES) v_store(y + i, v_load(y + i) * inverse);
  v_store_part(y + whole, last * inverse, rest);
}

void KERNEL(softmax_backward_row)(float *dx, const float *dy, const float *y, int64_t n) {
  const float along = KERNEL(dot_n)(dy, y, n);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) v_store(dx + i, v_load(y + i) * (v_load(dy + i) - along));
  if (i < n) v_store_part(dx + i, v_load_part(y + i, n - i) * (v_load_part(dy + i, n - i) - along), n - i);
}

float KERNEL(rmsnorm_row)(float *y, const float *x, const float *gain, int64_t n, float eps) {
  const float inverse = 1.0f / sqrtf(KERNEL(dot_n)(x, x, n) / (float)n + eps);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const vf a = v_load(x + i) * inverse;
    v_store(y + i, gain ? a * v_load(gain + i) : a);
  }
  if (i < n) {
    const vf a = v_load_part(x + i, n - i) * inverse;
    v_store_part(y + i, gain ? a * v_load_part(gain + i, n - i) : a, n - i);
  }
  return inverse;
}
