/* Matrix multiplies of operands with any strides, batched; and the weight gradients of experts. */
#include <string.h>

#include "gemm.h"
#include "ops.h"
#include "elementwise.h"
#include "reduce.h"

/* y[i] = alpha * A[i] . b for rows that lie contiguous: what RMSNorm's backward pass does. */
static void rows_dot(const Gemm *g) {
  for (int64_t i = 0; i < g->M; i++) {
    float product = g->alpha * KERNEL(dot_n)(g->A + i * g->rsA, g->B, g->K);
    g->C[i * g->ldc] = product;
  }
}

/* Columns that a part of C has; a multiple of every tile's. */
enum { STRIPE = 32 };

/*
 * ints: batches outer and inner, M, N, K; of A: outer, inner, row and column strides; of B likewise; of C: outer, inner,
 * row strides; where in the thread's scratch B is kept packed from block to block, or -1. -1 for M means the rows of
 * the block. floats: alpha. Parts, in groups of whole operations, are stripes of columns of C: B is laid out once.
 */
void KERNEL(matmul)(const Op *op, const Task *task) {
  const int32_t *in = op->ints;
  int64_t outer = size_of(in[0], task), inner = in[1];
  Gemm g = {
      .M = size_of(in[2], task),
      .N = in[3],
      .K = in[4],
      .alpha = op->floats[0],
      .rsA = in[7],
      .csA = in[8],
      .rsB = in[11],
      .csB = in[12],
      .ldc = in[15],
      .form = GEMM_FULL,
  };
  const float *A = operand_at(op, 0, task), *B = operand_at(op, 1, task);
  float *C = operand_at(op, 2, task);
  int isDot = g.N == 1 && (g.csA == 1 || g.K == 1) && (g.rsB == 1 || g.K == 1);
  if (op->parts > 1) {
    int64_t first = task->part * STRIPE;
    if (first >= g.N) return;
    g.N = g.N - first < STRIPE ? g.N - first : STRIPE;
    B += first * g.csB;
    C += first;
  }
  if (in[16] >= 0 && !isDot) {
    float *packed = task->roots[ROOT_SCRATCH] + in[16];
    g.A = A;
    g.B = B;
    g.C = C;
    if (task->isFirst) KERNEL(gemm_pack_b)(&g, packed);
    KERNEL(gemm_packed)(&g, packed);
    return;
  }
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i++) {
      g.A = A + o * in[5] + i * in[6];
      g.B = B + o * in[9] + i * in[10];
      g.C = C + o * in[13] + i * in[14];
      if (isDot) rows_dot(&g);
      else KERNEL(gemm)(&g, task->workspace);
    }
  }
}

/*
 * Of each expert: its rows of x, transposed, times its rows of y. ints: E, D, F, row strides of x and y, stripes of F.
 * Operands x [R, D], y [R, F], counts [E], out [E, D, F]. Parts: experts times stripes.
 */
void KERNEL(grouped_outer)(const Op *op, const Task *task) {
  const int32_t *in = op->ints;
  int64_t E = in[0], D = in[1], F = in[2], stripes = in[5];
  const i32 *counts = (const i32 *)operand_at(op, 2, task);
  for (int64_t part = task->part; part < E * stripes; part += op->parts) {
    int64_t expert = part / stripes, stripe = part % stripes, row = 0;
    for (int64_t e = 0; e < expert; e++) row += counts[e];
    int64_t width = (F + stripes - 1) / stripes, first = stripe * width;
    if (first >= F) continue;
    Gemm g = {
        .M = D,
        .N = F - first < width ? F - first : width,
        .K = counts[expert],
        .alpha = 1,
        .A = operand_at(op, 0, task) + row * in[3],
        .rsA = 1,
        .csA = in[3],
        .B = operand_at(op, 1, task) + row * in[4] + first,
        .rsB = in[4],
        .csB = 1,
        .C = operand_at(op, 3, task) + expert * D * F + first,
        .ldc = F,
        .form = GEMM_FULL,
    };
    KERNEL(gemm)(&g, task->workspace);
  }
}
