/* Everything discrete: choosing, sorting, counting. Integers are int32. */
#include <string.h>

#include "ops.h"

/* Whether a score comes before another: larger first, a tie to the lower index; NaN before all, as in tfjs. */
static int comes_before(float a, float b) { return a > b || (a != a && b == b); }

/* scores [rows, N], indices [rows, k]. ints: rows, N, k. */
void KERNEL(top_k)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1], k = op->ints[2];
  const float *scores = operand_at(op, 0, task);
  i32 *indices = (i32 *)operand_at(op, 1, task);
  for (int64_t r = 0; r < rows; r++, scores += n, indices += k) {
    int64_t held = 0;
    for (int64_t i = 0; i < n; i++) {
      if (held == k && !comes_before(scores[i], scores[indices[k - 1]])) continue;
      int64_t at = held < k ? held++ : k - 1;
      for (; at > 0 && comes_before(scores[i], scores[indices[at - 1]]); at--) indices[at] = indices[at - 1];
      indices[at] = (int32_t)i;
    }
  }
}

/* x [rows, N], index [rows, k], y [rows, k]. ints: rows, N, k. */
void KERNEL(take_along_last)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1], k = op->ints[2];
  const float *x = operand_at(op, 0, task);
  const i32 *index = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 2, task);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < k; j++) {
      int32_t i = index[r * k + j];
      y[r * k + j] = i >= 0 && i < n ? x[r * n + i] : 0;
    }
}

/* values [rows, k], index [rows, k], y [rows, N]. ints: rows, N, k. */
void KERNEL(put_along_last)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), n = op->ints[1], k = op->ints[2];
  const float *values = operand_at(op, 0, task);
  const i32 *index = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 2, task);
  memset(y, 0, (size_t)(rows * n) * 4);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < k; j++) {
      int32_t i = index[r * k + j];
      if (i >= 0 && i < n) y[r * n + i] += values[r * k + j];
    }
}

/* expert [R], slotOfRow [R], rowOfSlot [R], counts [E]. ints: R, E. A stable counting sort. A slot whose expert is none of 0 to E - 1 goes last and has row R. */
void KERNEL(sort_by_expert)(const Op *op, const Task *task) {
  int64_t R = op->ints[0], E = op->ints[1];
  const i32 *expert = (const i32 *)operand_at(op, 0, task);
  i32 *slotOfRow = (i32 *)operand_at(op, 1, task), *rowOfSlot = (i32 *)operand_at(op, 2, task);
  i32 *counts = (i32 *)operand_at(op, 3, task);
  memset(counts, 0, (size_t)E * 4);
  for (int64_t slot = 0; slot < R; slot++)
    if (expert[slot] >= 0 && expert[slot] < E) counts[expert[slot]]++;
  int32_t row = 0;
  for (int64_t e = 0; e < E; e++) {
    int32_t count = counts[e];
    counts[e] = row;
    row += count;
  }
  for (int64_t slot = 0; slot < R; slot++) {
    int inside = expert[slot] >= 0 && expert[slot] < E;
    int32_t at = inside ? counts[expert[slot]]++ : row++;
    slotOfRow[at] = (int32_t)slot;
    rowOfSlot[slot] = inside ? at : (int32_t)R;
  }
  for (int64_t e = E - 1; e > 0; e--) counts[e] -= counts[e - 1];
}

/* expert [R], counts [E] as floats. ints: R, E. */
void KERNEL(count_by_expert)(const Op *op, const Task *task) {
  int64_t R = op->ints[0], E = op->ints[1];
  const i32 *expert = (const i32 *)operand_at(op, 0, task);
  float *counts = operand_at(op, 1, task);
  for (int64_t e = 0; e < E; e++) counts[e] = 0;
  for (int64_t slot = 0; slot < R; slot++)
    if (expert[slot] >= 0 && expert[slot] < E) counts[expert[slot]] += 1;
}

/* token [E, C], rows [S, E]; E*C where there is none. ints: E, C, S. */
void KERNEL(rows_of_tokens)(const Op *op, const Task *task) {
  int64_t E = op->ints[0], C = op->ints[1], S = op->ints[2];
  const i32 *token = (const i32 *)operand_at(op, 0, task);
  i32 *rows = (i32 *)operand_at(op, 1, task);
  for (int64_t i = 0; i < S * E; i++) rows[i] = (int32_t)(E * C);
  for (int64_t row = 0; row < E * C; row++)
    if (token[row] >= 0 && token[row] < S) rows[token[row] * E + row / C] = (int32_t)row;
}

/* indices [rows], y [rows, depth], of floats or integers as on and off say. ints: rows, depth, on bits, off bits. */
void KERNEL(one_hot)(const Op *op, const Task *task) {
  int64_t rows = size_of(op->ints[0], task), depth = op->ints[1];
  const i32 *index = (const i32 *)operand_at(op, 0, task);
  i32 *y = (i32 *)operand_at(op, 1, task);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < depth; i++) y[r * depth + i] = index[r] == i ? op->ints[2] : op->ints[3];
}
