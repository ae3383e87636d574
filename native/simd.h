/* Vectors of MOE_LANES floats or 32-bit integers in GCC's and Clang's vector extensions, and their memory access. */
#ifndef MOE_SIMD_H
#define MOE_SIMD_H

#include <stdint.h>
#include <string.h>

#include "isa.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
/* Every function that takes a vector is inlined: no calling convention is concerned. */
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#define LANES MOE_LANES

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef float vf_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t vi_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
/* Half as many floats, and as many doubles: one register each. */
typedef float vf_half __attribute__((vector_size(2 * LANES)));
typedef double vd __attribute__((vector_size(4 * LANES)));
/* Four floats, the unit in which transposes work. */
typedef float vf4 __attribute__((vector_size(16)));
typedef float vf4_anywhere __attribute__((vector_size(16), aligned(4), may_alias));

#if LANES == 16
#define MOE_LOW_HALF 0, 1, 2, 3, 4, 5, 6, 7
#define MOE_HIGH_HALF 8, 9, 10, 11, 12, 13, 14, 15
#elif LANES == 8
#define MOE_LOW_HALF 0, 1, 2, 3
#define MOE_HIGH_HALF 4, 5, 6, 7
#elif LANES == 4
#define MOE_LOW_HALF 0, 1
#define MOE_HIGH_HALF 2, 3
#else
#error "MOE_LANES is 4, 8 or 16"
#endif

MOE_INLINE vf v_splat(float x) { return x - (vf){0}; }
MOE_INLINE vi vi_splat(int32_t x) { return x - (vi){0}; }
MOE_INLINE vf v_load(const float *p) { return *(const vf_anywhere *)p; }
MOE_INLINE void v_store(float *p, vf x) { *(vf_anywhere *)p = x; }

/* Ones in the first n lanes, 0 <= n <= LANES. */
MOE_INLINE vi v_first(int64_t n) {
#if LANES == 16
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7};
#else
  const vi lane = {0, 1, 2, 3};
#endif
  return lane < vi_splat((int32_t)n);
}

/* The first n floats at p, 0 <= n < LANES, and zeros; reads nothing else. */
MOE_INLINE vf v_load_part(const float *p, int64_t n) {
#if defined(__AVX512F__) && LANES == 16
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif defined(__AVX2__) && LANES == 8
  return (vf)_mm256_maskload_ps(p, (__m256i)v_first(n));
#else
  float buffer[LANES] = {0};
  for (int64_t i = 0; i < n; i++) buffer[i] = p[i];
  return v_load(buffer);
#endif
}

/* Writes the first n lanes, 0 <= n < LANES. (AMD's masked store of AVX2 takes longer than the loop.) */
MOE_INLINE void v_store_part(float *p, vf x, int64_t n) {
#if defined(__AVX512F__) && LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
#else
  float buffer[LANES];
  v_store(buffer, x);
  for (int64_t i = 0; i < n; i++) p[i] = buffer[i];
#endif
}

MOE_INLINE vi v_bits(vf x) { return (vi)x; }
MOE_INLINE vf v_from_bits(vi x) { return (vf)x; }
/* Lane by lane a where the mask (all ones or all zeros) is set, else b. */
MOE_INLINE vf v_select(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
MOE_INLINE vi vi_select(vi mask, vi a, vi b) { return (mask & a) | (~mask & b); }
MOE_INLINE vf v_abs(vf x) { return (vf)((vi)x & vi_splat(0x7fffffff)); }

MOE_INLINE vf_half v_low(vf x) { return __builtin_shufflevector(x, x, MOE_LOW_HALF); }
MOE_INLINE vf_half v_high(vf x) { return __builtin_shufflevector(x, x, MOE_HIGH_HALF); }
MOE_INLINE vf v_join(vf_half low, vf_half high) {
  return __builtin_shufflevector(low, high, MOE_LOW_HALF, MOE_HIGH_HALF);
}

/* Sum and maximum of the lanes, in pairs. */
MOE_INLINE float v_sum(vf x) {
  float lane[LANES];
  v_store(lane, x);
  for (int n = LANES / 2; n; n /= 2)
    for (int i = 0; i < n; i++) lane[i] += lane[i + n];
  return lane[0];
}
MOE_INLINE float v_greatest(vf x) {
  float lane[LANES];
  v_store(lane, x);
  for (int n = LANES / 2; n; n /= 2)
    for (int i = 0; i < n; i++) lane[i] = lane[i] > lane[i + n] ? lane[i] : lane[i + n];
  return lane[0];
}

/*
 * The vector extensions have no fused multiply-add, square root, maximum or minimum; these four are therefore
 * intrinsics where the instruction set has them. v_max and v_min give the second where a lane is NaN (x86) or NaN
 * (NEON): callers that care select for themselves.
 */
#if defined(__AVX512F__) && LANES == 16
MOE_INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
MOE_INLINE vf v_sqrt(vf x) { return (vf)_mm512_sqrt_ps((__m512)x); }
MOE_INLINE vf v_max(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
MOE_INLINE vf v_min(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
#elif defined(__AVX2__) && LANES == 8
MOE_INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
MOE_INLINE vf v_sqrt(vf x) { return (vf)_mm256_sqrt_ps((__m256)x); }
MOE_INLINE vf v_max(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
MOE_INLINE vf v_min(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
#elif defined(__SSE2__) && LANES == 4
MOE_INLINE vf v_fma(vf a, vf b, vf c) { return a * b + c; }
MOE_INLINE vf v_sqrt(vf x) { return (vf)_mm_sqrt_ps((__m128)x); }
MOE_INLINE vf v_max(vf a, vf b) { return (vf)_mm_max_ps((__m128)a, (__m128)b); }
MOE_INLINE vf v_min(vf a, vf b) { return (vf)_mm_min_ps((__m128)a, (__m128)b); }
#elif defined(__ARM_NEON) && LANES == 4
MOE_INLINE vf v_fma(vf a, vf b, vf c) {
  return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
MOE_INLINE vf v_sqrt(vf x) { return (vf)vsqrtq_f32((float32x4_t)x); }
MOE_INLINE vf v_max(vf a, vf b) { return (vf)vmaxq_f32((float32x4_t)a, (float32x4_t)b); }
MOE_INLINE vf v_min(vf a, vf b) { return (vf)vminq_f32((float32x4_t)a, (float32x4_t)b); }
#elif defined(__AVX2__) && LANES == 16
/* Tests only: wide vectors in two halves. */
#define MOE_HALVES(call)                    \
  union { vf whole; __m256 half[2]; } r;    \
  for (int h = 0; h < 2; h++) r.half[h] = call; \
  return r.whole
typedef union { vf whole; __m256 half[2]; } moe_two;
MOE_INLINE vf v_fma(vf a, vf b, vf c) {
  moe_two x = {a}, y = {b}, z = {c};
  MOE_HALVES(_mm256_fmadd_ps(x.half[h], y.half[h], z.half[h]));
}
MOE_INLINE vf v_sqrt(vf a) {
  moe_two x = {a};
  MOE_HALVES(_mm256_sqrt_ps(x.half[h]));
}
MOE_INLINE vf v_max(vf a, vf b) {
  moe_two x = {a}, y = {b};
  MOE_HALVES(_mm256_max_ps(x.half[h], y.half[h]));
}
MOE_INLINE vf v_min(vf a, vf b) {
  moe_two x = {a}, y = {b};
  MOE_HALVES(_mm256_min_ps(x.half[h], y.half[h]));
}
#else
#error "no vectors of this width on this instruction set"
#endif

#endif
