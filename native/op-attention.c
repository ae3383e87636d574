/*
 * Causal attention without the masked half: scores, probabilities and their gradients exist up to the diagonal only.
 * A block is one sequence. d is contiguous everywhere; heads and positions have any stride.
 */
#include <string.h>

#include "gemm.h"
#include "ops.h"
#include "rows.h"
#include "elementwise.h"
#include "reduce.h"

typedef struct {
  float *at;
  int64_t head, position;
} View;

static View view_of(const Op *op, const Task *task, int operand, const int32_t *strides) {
  return (View){operand_at(op, operand, task), strides[0], strides[1]};
}

/* C = alpha A B or A B^T of one head; T rows each. */
static Gemm product(const float *A, int64_t rsA, int64_t csA, const float *B, int64_t rsB, int64_t csB, float *C, int64_t ldc) {
  return (Gemm){.A = A, .rsA = rsA, .csA = csA, .B = B, .rsB = rsB, .csB = csB, .C = C, .ldc = ldc, .alpha = 1};
}

/* ints: sequences in the block, H, T, d, their strides in probs and (head, position) strides of q, k, v, mixed, sequence strides of these. */
void KERNEL(causal_attention)(const Op *op, const Task *task) {
  const int32_t *in = op->ints;
  int64_t B = in[0], H = in[1], T = in[2], d = in[3];
  View q = view_of(op, task, 0, in + 4), k = view_of(op, task, 1, in + 6), v = view_of(op, task, 2, in + 8);
  View mixed = view_of(op, task, 3, in + 10);
  const int32_t *sequence = in + 12;
  float *probs = operand_at(op, 4, task);
  for (int64_t b = 0; b < B; b++) {
    for (int64_t h = 0; h < H; h++) {
      float *p = probs + (b * H + h) * T * T;
      Gemm scores = product(q.at + b * sequence[0] + h * q.head, q.position, 1, k.at + b * sequence[1] + h * k.head, 1,
                            k.position, p, T);
      scores.M = scores.N = T;
      scores.K = d;
      scores.alpha = op->floats[0];
      scores.form = GEMM_LOWER_C;
      KERNEL(gemm)(&scores, task->workspace);
      for (int64_t i = 0; i < T; i++) {
        KERNEL(softmax_row)(p + i * T, p + i * T, i + 1, 1);
        memset(p + i * T + i + 1, 0, (size_t)(T - i - 1) * 4);
      }
      Gemm mix = product(p, T, 1, v.at + b * sequence[2] + h * v.head, v.position, 1,
                         mixed.at + b * sequence[3] + h * mixed.head, mixed.position);
      mix.M = mix.K = T;
      mix.N = d;
      mix.form = GEMM_LOWER_A;
      KERNEL(gemm)(&mix, task->workspace);
    }
  }
}

/*
 * Operands dy, q, k, v, mixed, probs, dq, dk, dv. ints: B, H, T, d, (head, position) strides of dy, q, k, v, mixed, dq, dk, dv,
 * then their sequence strides, then the floats of workspace that the multiplies take. dscores lie behind these.
 */
void KERNEL(causal_attention_gradient)(const Op *op, const Task *task) {
  static const int operands[8] = {0, 1, 2, 3, 4, 6, 7, 8};
  const int32_t *in = op->ints;
  int64_t B = in[0], H = in[1], T = in[2], d = in[3];
  const int32_t *sequence = in + 20;
  const float *probs = operand_at(op, 5, task);
  float *dscores = task->workspace + in[28];
  float scale = op->floats[0];
  for (int64_t b = 0; b < B; b++) {
    for (int64_t h = 0; h < H; h++) {
      View view[8];
      for (int i = 0; i < 8; i++) {
        view[i] = view_of(op, task, operands[i], in + 4 + 2 * i);
        view[i].at += b * sequence[i] + h * view[i].head;
      }
      View dy = view[0], q = view[1], k = view[2], v = view[3], mixed = view[4], dq = view[5], dk = view[6], dv = view[7];
      const float *p = probs + (b * H + h) * T * T;
      Gemm g = product(dy.at, dy.position, 1, v.at, 1, v.position, dscores, T);
      g.M = g.N = T;
      g.K = d;
      g.form = GEMM_LOWER_C;
      KERNEL(gemm)(&g, task->workspace);
      for (int64_t i = 0; i < T; i++) {
        float along = KERNEL(dot_n)(dy.at + i * dy.position, mixed.at + i * mixed.position, d);
        float *row = dscores + i * T;
        const float *pRow = p + i * T;
        for (int64_t j = 0; j <= i; j++) row[j] = pRow[j] * (row[j] - along);
      }
      g = product(dscores, T, 1, k.at, k.position, 1, dq.at, dq.position);
      g.M = g.K = T;
      g.N = d;
      g.alpha = scale;
      g.form = GEMM_LOWER_A;
      KERNEL(gemm)(&g, task->workspace);
      g = product(dscores, 1, T, q.at, q.position, 1, dk.at, dk.position);
      g.M = g.K = T;
      g.N = d;
      g.alpha = scale;
      g.form = GEMM_UPPER_A;
      KERNEL(gemm)(&g, task->workspace);
      g = product(p, 1, T, dy.at, dy.position, 1, dv.at, dv.position);
      g.M = g.K = T;
      g.N = d;
      g.form = GEMM_UPPER_A;
      KERNEL(gemm)(&g, task->workspace);
    }
  }
}
