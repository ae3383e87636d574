/* e^x and what is made from it, for a vector. Errors are measured over all floats by test/math-test.c. */
#ifndef MOE_VEXP_H
#define MOE_VEXP_H

#include "simd.h"

/* The next whole number, as float and as integer; |x| < 2^22. Ties to even; NaN gives NaN and any integer. */
MOE_INLINE vf v_round(vf x, vi *whole) {
  /* 1.5 * 2^23: adding it leaves the whole number in the low bits. */
  const vf magic = v_splat(12582912.0f);
  const vf sum = x + magic;
  *whole = (vi)((vu)sum - (vu)magic);
  return sum - magic;
}

/* 2^n for -126 <= n <= 127. */
MOE_INLINE vf v_power_of_two(vi n) { return (vf)(((vu)n + 127) << 23); }

MOE_INLINE vf v_clamp(vf x, float low, float high) {
  const vf upper = v_select(x > v_splat(high), v_splat(high), x);
  return v_select(upper < v_splat(low), v_splat(low), upper);
}

/*
 * x = n ln 2 + r with |r| <= 0.347; returns e^r - 1 and n. ln 2 in two parts of which the first has so few bits that
 * n times it is exact. Polynomial: Moshier's expf in the Cephes library.
 */
MOE_INLINE vf v_exp_reduced(vf x, vi *n) {
  const vf whole = v_round(x * 1.44269504088896341f, n);
  const vf r = v_fma(whole, v_splat(2.12194440e-4f), v_fma(whole, v_splat(-0.693359375f), x));
  vf p = v_splat(1.9875691500e-4f);
  p = v_fma(p, r, v_splat(1.3981999507e-3f));
  p = v_fma(p, r, v_splat(8.3334519073e-3f));
  p = v_fma(p, r, v_splat(4.1665795894e-2f));
  p = v_fma(p, r, v_splat(1.6666665459e-1f));
  p = v_fma(p, r, v_splat(5.0000001201e-1f));
  return v_fma(p, r * r, r);
}

/*
 * e^x, at most 1.1 ulp off (1.7 without fused multiply-add). Infinite above 88.72, denormal below -87.33 (zero when
 * denormals are flushed), NaN for NaN.
 */
MOE_INLINE vf v_exp(vf x) {
  vi n;
  const vf p = v_exp_reduced(v_clamp(x, -104.0f, 89.0f), &n) + 1.0f;
  /* In two steps: 2^n itself may be out of range. */
  const vi half = n >> 1;
  return p * v_power_of_two(half) * v_power_of_two(n - half);
}

/* e^x - 1, also where x is small. Infinite above 88.72, -1 far below, x for tiny x. */
MOE_INLINE vf v_expm1(vf x) {
  vi n;
  const vf p = v_exp_reduced(v_clamp(x, -20.0f, 89.0f), &n);
  /* 2 (2^(n-1) (p + 1) - 1/2), since 2^128 is out of range. */
  const vf half = v_power_of_two(n - 1);
  const vf y = (p * half + (half - 0.5f)) * 2.0f;
  return v_select(v_abs(x) < v_splat(1e-8f), x, y);
}

/* 1 / (1 + e^-x) without overflow: down to the denormals for very negative x. */
MOE_INLINE vf v_sigmoid(vf x) {
  const vf e = v_exp(-v_abs(x));
  return v_select(x < v_splat(0), e, v_splat(1)) / (e + 1.0f);
}

/* tanh; polynomial below 0.625 (Cephes), above by e^2x. */
MOE_INLINE vf v_tanh(vf x) {
  const vf size = v_abs(x), z = x * x;
  vf p = v_splat(-5.70498872745e-3f);
  p = v_fma(p, z, v_splat(2.06390887954e-2f));
  p = v_fma(p, z, v_splat(-5.37397155531e-2f));
  p = v_fma(p, z, v_splat(1.33314422036e-1f));
  p = v_fma(p, z, v_splat(-3.33332819422e-1f));
  const vf small = v_fma(p * z, x, x);
  const vf large = 1.0f - 2.0f / (v_exp(size + size) + 1.0f);
  const vi sign = v_bits(x) & vi_splat(INT32_MIN);
  const vf y = v_select(size < v_splat(0.625f), small, v_from_bits(v_bits(large) | sign));
  return v_select(x == v_splat(0), x, y);
}

/* The error function. Polynomials: N. Juffa's single precision erf. 1 above 4. */
MOE_INLINE vf v_erf(vf x) {
  const vf t = v_clamp(v_abs(x), 0.0f, 4.0f), s = t * t;
  vf r = v_fma(v_splat(-1.72853470e-5f), t, v_splat(3.83197126e-4f));
  r = v_fma(r, s, v_fma(v_splat(-3.88396438e-3f), t, v_splat(2.42546219e-2f)));
  r = v_fma(r, t, v_splat(-1.06777877e-1f));
  r = v_fma(r, t, v_splat(-6.34846687e-1f));
  r = v_fma(r, t, v_splat(-1.28717512e-1f));
  const vf large = 1.0f - v_exp(v_fma(r, t, -t));
  vf p = v_splat(-5.96761703e-4f);
  p = v_fma(p, s, v_splat(4.99119423e-3f));
  p = v_fma(p, s, v_splat(-2.67681349e-2f));
  p = v_fma(p, s, v_splat(1.12819925e-1f));
  p = v_fma(p, s, v_splat(-3.76125336e-1f));
  p = v_fma(p, s, v_splat(1.28379166e-1f));
  const vf small = v_fma(p, x, x);
  const vi sign = v_bits(x) & vi_splat(INT32_MIN);
  const vf y = v_select(t > v_splat(0.927734375f), v_from_bits(v_bits(large) | sign), small);
  return v_select(x != x, x, y);
}

#endif
