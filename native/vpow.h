/* x to the power y for a vector, in double inside. Errors are measured by test/math-test.c. */
#ifndef MOE_VPOW_H
#define MOE_VPOW_H

#include <math.h>

#include "vtrig.h"

typedef int64_t vl __attribute__((vector_size(4 * LANES)));
typedef uint64_t vul __attribute__((vector_size(4 * LANES)));

/* log2 of positive finite numbers that are normal as doubles: series of artanh, relative error below 1e-11. */
MOE_INLINE vd v_log2_wide(vd x) {
  const int64_t sqrt_half = 0x3fe6a09e667f3bcd;
  const vl bits = (vl)x - sqrt_half;
  /* The exponent, by way of a double's low bits: not every instruction set converts 64-bit integers. */
  const vd magic = (vd){0} + 6755399441055744.0;
  const vl exponent = (vl)(((vul)bits >> 52) & 0x7ff);
  const vl sign = exponent > 1023;
  const vl wrapped = exponent - (sign & 2048);
  const vd e = (vd)((vl)magic + wrapped) - magic;
  const vd m = (vd)((bits & 0x000fffffffffffff) + sqrt_half);
  const vd s = (m - 1.0) / (m + 1.0), z = s * s;
  vd p = z * (1.0 / 15) + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  return e + (p * z * s + s) * 2.88539008177792681472;
}

/* 2^t, |t| <= 200, relative error below 1e-10. */
MOE_INLINE vd v_exp2_wide(vd t) {
  const vd magic = (vd){0} + 6755399441055744.0;
  const vd sum = t + magic;
  const vl n = (vl)sum - (vl)magic;
  const vd r = (t - (sum - magic)) * 0.69314718055994530942;
  vd p = r * (1.0 / 362880) + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  return p * (vd)(((vul)n + 1023) << 52);
}

MOE_INLINE vf_half v_pow_half(vf_half x, vf_half y) {
  vd t = v_log2_wide(__builtin_convertvector(x, vd)) * __builtin_convertvector(y, vd);
  const vd limit = (vd){0} + 200.0;
  const vl above = t > limit, below = t < -limit;
  t = (vd)((above & (vl)limit) | (below & (vl)-limit) | (~(above | below) & (vl)t));
  return __builtin_convertvector(v_exp2_wide(t), vf_half);
}

/* One lane that is zero or not finite, as JavaScript has it (ECMA-262, Number::exponentiate). */
MOE_INLINE float pow_special(float x, float y) {
  if (y != y) return y;
  if (fabsf(x) == 1.0f && fabsf(y) == INFINITY) return NAN;
  return powf(x, y);
}

/*
 * x^y, at most 0.6 ulp off. A negative x with a whole y has the sign of its parity, else gives NaN; zeros,
 * infinities and NaN as JavaScript's Math.pow (tfjs): unlike C's pow, 1 to an infinity or NaN is NaN.
 */
MOE_INLINE vf v_pow(vf x, vf y) {
  const vf size = v_abs(x);
  const vi usual = (size > v_splat(0)) & (size < v_splat(INFINITY)) & (v_abs(y) < v_splat(INFINITY));
  const vf base = v_select(usual, size, v_splat(1)), power = v_select(usual, y, v_splat(1));
  vf result = v_join(v_pow_half(v_low(base), v_low(power)), v_pow_half(v_high(base), v_high(power)));
  /* Above 2^24 every float is even. */
  const vi bounded = v_abs(power) < v_splat(16777216.0f);
  const vi whole = __builtin_convertvector(v_select(bounded, power, v_splat(0)), vi);
  const vi is_whole = (__builtin_convertvector(whole, vf) == power) | ~bounded;
  const vi negative = x < v_splat(0);
  result = (vf)((vu)result ^ ((vu)whole << 31 & (vu)negative));
  result = v_select(negative & ~is_whole, v_splat(NAN), result);
  if (vi_any(~usual)) {
    for (int i = 0; i < LANES; i++)
      if (!usual[i]) result[i] = pow_special(x[i], y[i]);
  }
  return result;
}

#endif
