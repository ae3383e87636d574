/* What works along rows that lie contiguous: softmax, norms, rotary positions, cross-entropy. First int: rows. */
#include <math.h>
#include <string.h>

#include "ops.h"
#include "rows.h"
#include "elementwise.h"
#include "reduce.h"

/* x, y [rows, N]. ints: rows, N. */
void KERNEL(softmax)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *x = operand_at(op, 0, task);
  float *y = operand_at(op, 1, task);
  for (int64_t r = 0; r < rows; r++) KERNEL(softmax_row)(y + r * n, x + r * n, n, 1);
}

/*
 * Log of the sum of exp(x - largest); the largest is taken out, so that nothing overflows, and stays apart, since a small
 * log-probability is a difference of large logits. 0 where the largest is no finite number.
 */
static float log_sum_exp_row(const float *x, int64_t n, float *largest, float *scratch) {
  *largest = KERNEL(max_n)(x, n);
  if (!isfinite(*largest)) return 0;
  float sum = 0;
  for (int64_t begin = 0; begin < n; begin += 512) {
    int64_t count = n - begin < 512 ? n - begin : 512;
    for (int64_t i = 0; i < count; i++) scratch[i] = x[begin + i] - *largest;
    KERNEL(exp_n)(scratch, scratch, count);
    sum += KERNEL(sum_n)(scratch, count);
  }
  float log;
  KERNEL(log_n)(&log, &sum, 1);
  return log;
}

/* x [rows, N], y [rows]. ints: rows, N. */
void KERNEL(log_sum_exp)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *x = operand_at(op, 0, task);
  float *y = operand_at(op, 1, task);
  for (int64_t r = 0; r < rows; r++) {
    float largest, log = log_sum_exp_row(x + r * n, n, &largest, task->workspace);
    y[r] = largest + log;
  }
}

/* x [rows, D], gain [D], y [rows, D], 1/rms [rows]. ints: rows, D. floats: eps. */
void KERNEL(rms_norm)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *x = operand_at(op, 0, task), *gain = operand_at(op, 1, task);
  float *y = operand_at(op, 2, task), *inverse = operand_at(op, 3, task);
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float scale = 1.0f / sqrtf(KERNEL(dot_n)(x, x, n) / (float)n + op->floats[0]);
    inverse[r] = scale;
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * scale * gain[i];
  }
}

/*
 * dy, x [rows, D], gain [D], 1/rms [rows], dx [rows, D], parts [rows / length, D]: dx = r dy gain - x r^3 mean(dy gain x), and of
 * each run of length rows the sum of dy x r. ints: rows, D, length.
 */
void KERNEL(rms_norm_gradient)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1], length = op->ints[2];
  const float *restrict dy = operand_at(op, 0, task), *restrict x = operand_at(op, 1, task);
  const float *restrict gain = operand_at(op, 2, task), *inverse = operand_at(op, 3, task);
  float *restrict dx = operand_at(op, 4, task), *restrict part = operand_at(op, 5, task);
  for (int64_t r = 0; r < rows; r++, dy += n, x += n, dx += n) {
    if (r > 0 && r % length == 0) part += n;
    if (r % length == 0) memset(part, 0, (size_t)n * 4);
    float scale = inverse[r];
    for (int64_t i = 0; i < n; i++) dx[i] = dy[i] * gain[i];
    float along = scale * (scale * scale) * (KERNEL(dot_n)(dx, x, n) / (float)n);
    for (int64_t i = 0; i < n; i++) {
      dx[i] = dx[i] * scale - x[i] * along;
      part[i] += dy[i] * x[i] * scale;
    }
  }
}

/* x [rows, D], gain [D], y [rows, D], mean [rows], 1/std [rows]. ints: rows, D. floats: eps. */
void KERNEL(layer_norm)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *x = operand_at(op, 0, task), *gain = operand_at(op, 1, task);
  float *y = operand_at(op, 2, task), *means = operand_at(op, 3, task), *inverse = operand_at(op, 4, task);
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float mean = KERNEL(sum_n)(x, n) / (float)n;
    for (int64_t i = 0; i < n; i++) y[i] = x[i] - mean;
    float scale = 1.0f / sqrtf(KERNEL(dot_n)(y, y, n) / (float)n + op->floats[0]);
    means[r] = mean;
    inverse[r] = scale;
    for (int64_t i = 0; i < n; i++) y[i] = y[i] * scale * gain[i];
  }
}

/* x, y [rows, heads * d]; cos, sin [T, d/2]. ints: rows, heads, d, T. Rows of a block begin at a position 0. */
void KERNEL(rotary)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), heads = op->ints[1], half = op->ints[2] / 2, T = op->ints[3];
  const float *x = operand_at(op, 0, task), *cosines = operand_at(op, 1, task), *sines = operand_at(op, 2, task);
  float *y = operand_at(op, 3, task);
  for (int64_t r = 0; r < rows; r++) {
    const float *c = cosines + r % T * half, *s = sines + r % T * half;
    for (int64_t h = 0; h < heads; h++, x += 2 * half, y += 2 * half) {
      for (int64_t i = 0; i < half; i++) {
        y[i] = x[i] * c[i] - x[half + i] * s[i];
        y[half + i] = x[half + i] * c[i] + x[i] * s[i];
      }
    }
  }
}

/* logits [rows, V], targets [rows], losses [rows], log-probabilities [rows, V]. ints: rows, V. */
void KERNEL(cross_entropy)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *logits = operand_at(op, 0, task);
  const i32 *targets = (const i32 *)operand_at(op, 1, task);
  float *losses = operand_at(op, 2, task), *logProbs = operand_at(op, 3, task);
  for (int64_t r = 0; r < rows; r++, logits += n, logProbs += n) {
    float largest, log = log_sum_exp_row(logits, n, &largest, task->workspace);
    for (int64_t i = 0; i < n; i++) logProbs[i] = (logits[i] - largest) - log;
    /* No such target: nothing is picked, as in the definition. */
    losses[r] = targets[r] >= 0 && targets[r] < n ? -logProbs[targets[r]] : 0;
  }
}

/* dy [rows] or one number, targets [rows], log-probabilities [rows, V], dlogits [rows, V]. ints: rows, V, stride of dy. */
void KERNEL(cross_entropy_gradient)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1];
  const float *dy = operand_at(op, 0, task), *logProbs = operand_at(op, 2, task);
  const i32 *targets = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 3, task);
  for (int64_t r = 0; r < rows; r++, logProbs += n, y += n) {
    float upstream = dy[r * op->ints[2]];
    KERNEL(exp_n)(y, logProbs, n);
    if (targets[r] >= 0 && targets[r] < n) y[targets[r]] -= 1;
    for (int64_t i = 0; i < n; i++) y[i] *= upstream;
  }
}
