/* Sine and cosine of a vector. Errors are measured over all floats by test/math-test.c. */
#ifndef MOE_VTRIG_H
#define MOE_VTRIG_H

#include <math.h>

#include "simd.h"

/* Up to here the reduction below is exact enough; beyond, and for what is not finite, the C library works. */
#define MOE_TRIG_LIMIT 1048576.0f

MOE_INLINE int vi_any(vi mask) {
  int32_t any = 0;
  for (int i = 0; i < LANES; i++) any |= mask[i];
  return any != 0;
}

/* x - n pi / 2 in double, n the nearest whole number; pi / 2 in two parts, n times the first (33 bits) is exact. */
MOE_INLINE vf_half v_trig_reduce(vf_half x, vf_half *n) {
  const vd magic = (vd){0} + 6755399441055744.0;
  const vd wide = __builtin_convertvector(x, vd);
  const vd whole = (wide * 0.63661977236758134308 + magic) - magic;
  *n = __builtin_convertvector(whole, vf_half);
  const vd r = (wide - whole * 1.57079632673412561417) - whole * 6.07710050650619224932e-11;
  return __builtin_convertvector(r, vf_half);
}

/* sin(x + quarters pi / 2); at most 1.6 ulp off. Polynomials: Moshier's sinf in Cephes. */
MOE_INLINE vf v_trig(vf x, int32_t quarters) {
  vf_half n_low, n_high;
  const vf_half low = v_trig_reduce(v_low(x), &n_low), high = v_trig_reduce(v_high(x), &n_high);
  const vf r = v_join(low, high);
  const vi quarter = __builtin_convertvector(v_join(n_low, n_high), vi) + quarters;
  const vf z = r * r;
  vf s = v_splat(-1.9515295891e-4f);
  s = v_fma(s, z, v_splat(8.3321608736e-3f));
  s = v_fma(s, z, v_splat(-1.6666654611e-1f));
  const vf sine = v_fma(s * z, r, r);
  vf c = v_splat(2.443315711809948e-5f);
  c = v_fma(c, z, v_splat(-1.388731625493765e-3f));
  c = v_fma(c, z, v_splat(4.166664568298827e-2f));
  const vf cosine = v_fma(c, z * z, v_fma(z, v_splat(-0.5f), v_splat(1)));
  const vi odd = (quarter & 1) != vi_splat(0);
  const vu sign = ((vu)quarter & 2) << 30;
  return (vf)((vu)v_select(odd, cosine, sine) ^ sign);
}

/* Lane by lane f where the vector form does not hold. */
MOE_INLINE vf v_trig_checked(vf x, int32_t quarters, float (*f)(float)) {
  const vi within = v_abs(x) <= v_splat(MOE_TRIG_LIMIT);
  vf y = v_trig(v_select(within, x, v_splat(0)), quarters);
  if (vi_any(~within)) {
    for (int i = 0; i < LANES; i++)
      if (!within[i]) y[i] = f(x[i]);
  }
  return y;
}

/* Sine; -0 for -0, NaN for an infinity. */
MOE_INLINE vf v_sin(vf x) { return v_select(x == v_splat(0), x, v_trig_checked(x, 0, sinf)); }
/* Cosine; NaN for an infinity. */
MOE_INLINE vf v_cos(vf x) { return v_trig_checked(x, 1, cosf); }

#endif
