/* The logarithm and what is made from it, for a vector. Errors are measured over all floats by test/math-test.c. */
#ifndef MOE_VLOG_H
#define MOE_VLOG_H

#include <math.h>

#include "vexp.h"

/* Where the mantissa's interval begins: sqrt(1/2). */
#define MOE_SQRT_HALF_BITS 0x3f3504f3

/*
 * Natural logarithm, at most 1 ulp off (polynomial: Moshier's logf in Cephes). -Infinity for 0 (and for denormals
 * when those count as zero), NaN below zero.
 */
MOE_INLINE vf v_log(vf x) {
  const vi tiny = x < v_splat(1.17549435e-38f);
  const vi bits = (vi)((vu)v_select(tiny, x * 33554432.0f, x) - MOE_SQRT_HALF_BITS);
  const vi exponent = (bits >> 23) - (tiny & 25);
  const vf f = v_from_bits((bits & 0x007fffff) + MOE_SQRT_HALF_BITS) - 1.0f;
  const vf e = __builtin_convertvector(exponent, vf), z = f * f;
  vf p = v_splat(7.0376836292e-2f);
  p = v_fma(p, f, v_splat(-1.1514610310e-1f));
  p = v_fma(p, f, v_splat(1.1676998740e-1f));
  p = v_fma(p, f, v_splat(-1.2420140846e-1f));
  p = v_fma(p, f, v_splat(1.4249322787e-1f));
  p = v_fma(p, f, v_splat(-1.6668057665e-1f));
  p = v_fma(p, f, v_splat(2.0000714765e-1f));
  p = v_fma(p, f, v_splat(-2.4999993993e-1f));
  p = v_fma(p, f, v_splat(3.3333331174e-1f));
  vf y = p * f * z;
  y = v_fma(e, v_splat(-2.12194440e-4f), y);
  y = v_fma(z, v_splat(-0.5f), y);
  vf result = v_fma(e, v_splat(0.693359375f), f + y);
  /* Infinity and NaN stay; zero and below. */
  result = v_select(x < v_splat(INFINITY), result, x);
  result = v_select(x == v_splat(0), v_splat(-INFINITY), result);
  return v_select(x < v_splat(0), v_splat(NAN), result);
}

/* log(1 + x), also where x is small: the rounding of 1 + x is put right to first order. */
MOE_INLINE vf v_log1p(vf x) {
  const vf u = x + 1.0f;
  const vf y = v_log(u) + (x - (u - 1.0f)) / u;
  const vf finite = v_select(u == v_splat(1), x, y);
  /* At -1 and at infinity the correction is not a number. */
  return v_select((u == v_splat(0)) | (u == v_splat(INFINITY)), v_log(u), finite);
}

/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|), without overflow or loss. */
MOE_INLINE vf v_softplus(vf x) {
  return v_select(x < v_splat(0), v_splat(0), x) + v_log1p(v_exp(-v_abs(x)));
}

#endif
