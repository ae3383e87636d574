#include "adamw.h"

#include "simd.h"

void KERNEL(adamw)(float *parameter, const float *gradient, float *first, float *second, int64_t n, const AdamW *step) {
  const AdamW s = *step;
  for (int64_t i = 0; i < n; i += LANES) {
    const int64_t left = n - i;
    const int part = left < LANES;
    const vf before = part ? v_load_part(parameter + i, left) : v_load(parameter + i);
    const vf g = (part ? v_load_part(gradient + i, left) : v_load(gradient + i)) * s.clip;
    const vf m = (part ? v_load_part(first + i, left) : v_load(first + i)) * s.beta1 + g * s.rest1;
    const vf v = (part ? v_load_part(second + i, left) : v_load(second + i)) * s.beta2 + g * g * s.rest2;
    const vf after = before * s.decay - m / (v_sqrt(v) / s.correction2 + s.eps) * s.rate;
    if (part) {
      v_store_part(parameter + i, after, left);
      v_store_part(first + i, m, left);
      v_store_part(second + i, v, left);
    } else {
      v_store(parameter + i, after);
      v_store(first + i, m);
      v_store(second + i, v);
    }
  }
}
