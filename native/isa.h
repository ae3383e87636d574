/*
 * Every kernel file is compiled once for each instruction set, with -DMOE_ISA=avx512, avx2, sse2 or neon and the
 * flags of that set; KERNEL(gemm) is then moe_avx2_gemm, so that all of them live in one library.
 *
 * Compile with -O3 -std=c11 -ffp-contract=off -fno-math-errno -fno-trapping-math (never -ffast-math): a fused
 * multiply-add happens where v_fma says so and nowhere else, so that compilers agree in the bits.
 */
#ifndef MOE_ISA_H
#define MOE_ISA_H

#ifndef MOE_ISA
#error "define MOE_ISA: avx512, avx2, sse2 or neon"
#endif

#define MOE_JOIN_(isa, name) moe_##isa##_##name
#define MOE_JOIN(isa, name) MOE_JOIN_(isa, name)
#define KERNEL(name) MOE_JOIN(MOE_ISA, name)

/* Floats in a vector. Given by hand only in tests (wide vectors on a machine without AVX-512). */
#ifndef MOE_LANES
#if defined(__AVX512F__)
#define MOE_LANES 16
#elif defined(__AVX2__)
#define MOE_LANES 8
#else
#define MOE_LANES 4
#endif
#endif

#define MOE_INLINE static inline __attribute__((always_inline, unused))

#endif
