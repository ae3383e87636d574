/* Matrix multiply in float32 on one thread. See gemm.c for how. */
#ifndef MOE_GEMM_H
#define MOE_GEMM_H

#include <stddef.h>
#include <stdint.h>

#include "isa.h"

#ifndef MOE_GEMM_TYPES
#define MOE_GEMM_TYPES
/*
 * GEMM_LOWER_C: C is square and only its elements j <= i are made; those above may be written with anything or left.
 * GEMM_LOWER_A: the terms k > i are left out, whatever A and B hold there (A of causal attention's values).
 * GEMM_UPPER_A: the terms k < i are left out (the transposed matrix of GEMM_LOWER_A).
 */
typedef enum { GEMM_FULL, GEMM_LOWER_C, GEMM_LOWER_A, GEMM_UPPER_A } GemmForm;

/*
 * C[i, j] = alpha * sum over k of A[i, k] * B[k, j], plus C[i, j] if accumulate.
 * A: [M, K], element i, k at A[i * rsA + k * csA]; B: [K, N], likewise; C: [M, N], rows contiguous, ldc floats
 * apart. Strides count floats and may be anything. C overlaps neither A nor B.
 */
typedef struct {
  int64_t M, N, K;
  float alpha;
  const float *A;
  int64_t rsA, csA;
  const float *B;
  int64_t rsB, csB;
  float *C;
  int64_t ldc;
  int accumulate;
  GemmForm form;
} Gemm;
#endif

/* Floats of scratch that gemm needs for this product; depends on N, K and the form only. */
size_t KERNEL(gemm_scratch)(const Gemm *product);

/*
 * The product. K = 0 gives zeros (or leaves C when accumulating); M = 0 or N = 0 does nothing. scratch: gemm_scratch
 * floats of the calling thread's own. Each element is one chain of multiply-adds in the order of k (in blocks of
 * GEMM_BLOCK_K terms, added in order), whatever M, N and the strides are: equal inputs give equal bits.
 */
void KERNEL(gemm)(const Gemm *product, float *scratch);

/* Floats of a packed B for products of this K, N and form. */
size_t KERNEL(gemm_packed_size)(const Gemm *product);

/* Packs product->B once (reads K, N, B, rsB, csB, form; the rest may be unset) into gemm_packed_size floats. */
void KERNEL(gemm_pack_b)(const Gemm *product, float *packed);

/* As gemm, with B packed before by gemm_pack_b; B and its strides are not read. Same bits as gemm. */
void KERNEL(gemm_packed)(const Gemm *product, const float *packed);

#endif
