#include "elementwise.h"

#include "vmath.h"

#define MOE_DEFINE(f)                                                       \
  void KERNEL(f##_n)(float *y, const float *x, int64_t n) {                 \
    int64_t i = 0;                                                          \
    for (; i + LANES <= n; i += LANES) v_store(y + i, v_##f(v_load(x + i))); \
    if (i < n) v_store_part(y + i, v_##f(v_load_part(x + i, n - i)), n - i); \
  }

MOE_ELEMENTWISE(MOE_DEFINE)

void KERNEL(pow_n)(float *z, const float *x, const float *y, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) v_store(z + i, v_pow(v_load(x + i), v_load(y + i)));
  if (i < n) v_store_part(z + i, v_pow(v_load_part(x + i, n - i), v_load_part(y + i, n - i)), n - i);
}
