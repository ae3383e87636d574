/* Copies a panel of B, up to TILE_COLUMNS columns, so that the tile reads it front to back. */
#ifndef MOE_GEMM_PACK_H
#define MOE_GEMM_PACK_H

#include "gemm-tile.h"

#if LANES == 16
#define PACK_LOW 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define PACK_HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define PACK_FIRST 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define PACK_SECOND 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#elif LANES == 8
#define PACK_LOW 0, 8, 1, 9, 4, 12, 5, 13
#define PACK_HIGH 2, 10, 3, 11, 6, 14, 7, 15
#define PACK_FIRST 0, 1, 8, 9, 4, 5, 12, 13
#define PACK_SECOND 2, 3, 10, 11, 6, 7, 14, 15
#else
#define PACK_LOW 0, 4, 1, 5
#define PACK_HIGH 2, 6, 3, 7
#define PACK_FIRST 0, 1, 4, 5
#define PACK_SECOND 2, 3, 6, 7
#endif

MOE_INLINE vf4 pack_four(const float *p) { return *(const vf4_anywhere *)p; }

/* Four floats from each of the rows 0, 4, 8 .. (stride floats apart), side by side. */
MOE_INLINE vf pack_fours(const float *p, int64_t stride) {
#if LANES == 4
  (void)stride;
  return pack_four(p);
#else
  typedef float vf8 __attribute__((vector_size(32)));
  const vf8 low = __builtin_shufflevector(pack_four(p), pack_four(p + 4 * stride), 0, 1, 2, 3, 4, 5, 6, 7);
#if LANES == 8
  return low;
#else
  const vf8 high =
      __builtin_shufflevector(pack_four(p + 8 * stride), pack_four(p + 12 * stride), 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
#endif
}

/* Transposes LANES rows of K floats at b (stride floats apart) into K rows of LANES floats, step floats apart. */
MOE_INLINE void pack_transposed(const float *b, int64_t stride, int64_t K, float *panel, int64_t step) {
  int64_t k = 0;
  for (; k + 4 <= K; k += 4) {
    const vf q0 = pack_fours(b + k, stride), q1 = pack_fours(b + k + stride, stride);
    const vf q2 = pack_fours(b + k + 2 * stride, stride), q3 = pack_fours(b + k + 3 * stride, stride);
    const vf low01 = __builtin_shufflevector(q0, q1, PACK_LOW), high01 = __builtin_shufflevector(q0, q1, PACK_HIGH);
    const vf low23 = __builtin_shufflevector(q2, q3, PACK_LOW), high23 = __builtin_shufflevector(q2, q3, PACK_HIGH);
    float *to = panel + k * step;
    v_store(to, __builtin_shufflevector(low01, low23, PACK_FIRST));
    v_store(to + step, __builtin_shufflevector(low01, low23, PACK_SECOND));
    v_store(to + 2 * step, __builtin_shufflevector(high01, high23, PACK_FIRST));
    v_store(to + 3 * step, __builtin_shufflevector(high01, high23, PACK_SECOND));
  }
  for (; k < K; k++) {
    for (int lane = 0; lane < LANES; lane++) panel[k * step + lane] = b[k + lane * stride];
  }
}

/* Columns that the tile works on for this many: whole vectors. */
MOE_INLINE int64_t panel_width(int64_t columns) { return (columns + LANES - 1) / LANES * LANES; }

/* A whole panel of rows that lie in one piece: every line of B is read once. */
MOE_INLINE void pack_rows(const float *b, int64_t rs, int64_t K, float *panel) {
  for (int64_t k = 0; k < K; k++, b += rs, panel += TILE_COLUMNS) {
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) v_store(panel + v * LANES, v_load(b + v * LANES));
  }
}

/*
 * Packs K rows and the given columns of B into K rows of panel_width(columns) floats; what is over is zero, so that a
 * tile may work on it.
 */
MOE_INLINE void pack_panel(const float *b, int64_t rs, int64_t cs, int64_t K, int64_t columns, float *panel) {
  const int64_t width = panel_width(columns);
  if (cs == 1 && columns == TILE_COLUMNS) {
    pack_rows(b, rs, K, panel);
    return;
  }
  int64_t j = 0;
  if (rs == 1) {
    for (; j + LANES <= columns; j += LANES) pack_transposed(b + j * cs, cs, K, panel + j, width);
    if (j == width) return;
  }
  for (int64_t k = 0; k < K; k++) {
    for (int64_t column = j; column < width; column++)
      panel[k * width + column] = column < columns ? b[k * rs + column * cs] : 0;
  }
}

#endif
