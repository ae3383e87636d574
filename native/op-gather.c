/* Rows taken from and summed into tables, and other moves. */
#include <string.h>

#include "ops.h"
#include "elementwise.h"
#include "reduce.h"

/*
 * y[o, i, :] = x[o, index[i], :]; a row that is not there is zero. Operands x, index, y.
 * ints: outer, indices, inner, extent of the gathered axis.
 */
void KERNEL(gather)(const Op *op, const Task *task) {
  int64_t outer = op->ints[0], count = size_of(op->ints[1], task), inner = op->ints[2], extent = op->ints[3];
  const float *x = operand_at(op, 0, task);
  const i32 *index = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 2, task);
  for (int64_t o = 0; o < outer; o++, x += extent * inner)
    for (int64_t i = 0; i < count; i++, y += inner) {
      int32_t row = index[i];
      if (row >= 0 && row < extent) memcpy(y, x + row * inner, (size_t)inner * 4);
      else memset(y, 0, (size_t)inner * 4);
    }
}

/* y[index[s]] += dy[s] over zeros, in order. Operands dy [S, D], index [S], y [V, D]. ints: S, D, V. Parts: stripes of columns. */
void KERNEL(scatter_rows)(const Op *op, const Task *task) {
  int64_t S = op->ints[0], D = op->ints[1], V = op->ints[2];
  int64_t width = (D + op->parts - 1) / op->parts, first = task->part * width;
  int64_t n = first + width < D ? width : D - first;
  if (n <= 0) return;
  const float *dy = operand_at(op, 0, task) + first;
  const i32 *index = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 2, task) + first;
  for (int64_t v = 0; v < V; v++) memset(y + v * D, 0, (size_t)n * 4);
  for (int64_t s = 0; s < S; s++) {
    if (index[s] < 0 || index[s] >= V) continue;
    float *row = y + index[s] * D;
    for (int64_t i = 0; i < n; i++) row[i] += dy[s * D + i];
  }
}

/* y[s] = sum over j of rows[table[s, j]], where R means none. Operands rows [R, D], table [S, J], y. ints: S, D, J, R. */
void KERNEL(combine_rows)(const Op *op, const Task *task) {
  int64_t S = size_of(op->ints[0], task), D = op->ints[1], J = op->ints[2], R = op->ints[3];
  const float *rows = operand_at(op, 0, task);
  const i32 *table = (const i32 *)operand_at(op, 1, task);
  float *y = operand_at(op, 2, task);
  for (int64_t s = 0; s < S; s++, y += D) {
    int any = 0;
    for (int64_t j = 0; j < J; j++) {
      int32_t r = table[s * J + j];
      if (r < 0 || r >= R) continue;
      const float *row = rows + r * D;
      if (any) for (int64_t i = 0; i < D; i++) y[i] += row[i];
      else memcpy(y, row, (size_t)D * 4);
      any = 1;
    }
    if (!any) memset(y, 0, (size_t)D * 4);
  }
}

/* y[s] = sum over k of gate[s, k] rows[table[s, k]]. Operands rows [R, D], gate [S, K], table [S, K], y. ints: S, D, K, R. */
void KERNEL(weighted_combine)(const Op *op, const Task *task) {
  int64_t S = size_of(op->ints[0], task), D = op->ints[1], K = op->ints[2], R = op->ints[3];
  const float *rows = operand_at(op, 0, task), *gate = operand_at(op, 1, task);
  const i32 *table = (const i32 *)operand_at(op, 2, task);
  float *y = operand_at(op, 3, task);
  for (int64_t s = 0; s < S; s++, y += D) {
    memset(y, 0, (size_t)D * 4);
    for (int64_t k = 0; k < K; k++) {
      int32_t r = table[s * K + k];
      if (r < 0 || r >= R) continue;
      float g = gate[s * K + k];
      const float *row = rows + r * D;
      if (k == 0) for (int64_t i = 0; i < D; i++) y[i] = g * row[i];
      else for (int64_t i = 0; i < D; i++) y[i] += g * row[i];
    }
  }
}

/* y[r] = gate[slot] dy[slot / K] for slot = slotOfRow[r]. Operands dy [S, D], gate [S, K], slotOfRow [R], y. ints: R, D, K, S. */
void KERNEL(weighted_dispatch)(const Op *op, const Task *task) {
  int64_t R = size_of(op->ints[0], task), D = op->ints[1], K = op->ints[2], S = op->ints[3];
  const float *dy = operand_at(op, 0, task), *gate = operand_at(op, 1, task);
  const i32 *slotOfRow = (const i32 *)operand_at(op, 2, task);
  float *y = operand_at(op, 3, task);
  for (int64_t r = 0; r < R; r++, y += D) {
    int32_t slot = slotOfRow[r];
    if (slot < 0 || slot >= S * K) continue;
    float g = gate[slot];
    const float *row = dy + slot / K * D;
    for (int64_t i = 0; i < D; i++) y[i] = g * row[i];
  }
}

/* y[s, k] = dy[s] . rows[table[s, k]]. Operands dy [S, D], rows [R, D], table [S, K], y [S, K]. ints: S, D, K, R. */
void KERNEL(gate_gradient)(const Op *op, const Task *task) {
  int64_t S = size_of(op->ints[0], task), D = op->ints[1], K = op->ints[2], R = op->ints[3];
  const float *dy = operand_at(op, 0, task), *rows = operand_at(op, 1, task);
  const i32 *table = (const i32 *)operand_at(op, 2, task);
  float *y = operand_at(op, 3, task);
  for (int64_t s = 0; s < S; s++)
    for (int64_t k = 0; k < K; k++) {
      int32_t r = table[s * K + k];
      y[s * K + k] = r >= 0 && r < R ? KERNEL(dot_n)(dy + s * D, rows + r * D, D) : 0;
    }
}

/* Running sums. ints: outer, extent, inner, exclusive, reverse, whether of integers. Operands x, y. */
void KERNEL(cumsum)(const Op *op, const Task *task) {
  int64_t outer = op->ints[0], n = op->ints[1], inner = op->ints[2];
  int exclusive = op->ints[3], reverse = op->ints[4], ints = op->ints[5];
  const float *x = operand_at(op, 0, task);
  float *y = operand_at(op, 1, task);
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++) {
      float total = 0;
      int32_t totalInt = 0;
      for (int64_t j = 0; j < n; j++) {
        int64_t at = (o * n + (reverse ? n - 1 - j : j)) * inner + i;
        if (ints) {
          int32_t next = totalInt + ((const i32 *)x)[at];
          ((i32 *)y)[at] = exclusive ? totalInt : next;
          totalInt = next;
        } else {
          float next = total + x[at];
          y[at] = exclusive ? total : next;
          total = next;
        }
      }
    }
}

/* Copies x into y, which is larger and filled before. ints: rank, dims of x, strides of y, offset in y, size of y, filler bits. */
void KERNEL(pad)(const Op *op, const Task *task) {
  enum { MAX_RANK = 8 };
  int rank = op->ints[0];
  const int32_t *dims = op->ints + 1, *strides = dims + rank, *rest = strides + rank;
  const i32 *x = (const i32 *)operand_at(op, 0, task);
  i32 *y = (i32 *)operand_at(op, 1, task);
  for (int64_t i = 0; i < rest[1]; i++) y[i] = rest[2];
  y += rest[0];
  int64_t index[MAX_RANK] = {0}, total = 1;
  for (int a = 0; a < rank; a++) total *= dims[a];
  for (int64_t i = 0; i < total; i++) {
    int64_t at = 0;
    for (int a = 0; a < rank; a++) at += index[a] * strides[a];
    y[at] = x[i];
    for (int a = rank - 1; a >= 0 && ++index[a] == dims[a]; a--) index[a] = 0;
  }
}
