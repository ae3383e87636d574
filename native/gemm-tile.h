/*
 * The register tile of the multiply: TILE_ROWS rows by TILE_VECTORS vectors of C stay in registers while k runs.
 * One function for each number of rows, number of vectors and form, made from one inlined body.
 */
#ifndef MOE_GEMM_TILE_H
#define MOE_GEMM_TILE_H

#include "gemm.h"
#include "simd.h"

/* AVX-512 and NEON have 32 registers, SSE2 and AVX2 16. */
#if LANES == 16
#define TILE_ROWS 8
#define TILE_VECTORS 2
#elif defined(__ARM_NEON)
#define TILE_ROWS 6
#define TILE_VECTORS 4
#elif LANES == 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#else
#define TILE_ROWS 4
#define TILE_VECTORS 2
#endif
#define TILE_COLUMNS (TILE_VECTORS * LANES)

/* What a tile needs: where its first row of A, its panel of B (rsB floats between rows) and its corner of C are. */
typedef struct {
  int64_t K;
  const float *a;
  int64_t rsA, csA;
  const float *b;
  int64_t rsB;
  float *c;
  int64_t ldc;
  /* The row of A that the tile begins with (for the triangles). */
  int64_t row;
  float alpha;
  int accumulate;
} Tile;

typedef void TileFunction(const Tile *);

#define UNROLL _Pragma("GCC unroll 16")

/* Adds the term k = a step of A and B to rows first .. last - 1. */
#define TILE_STEP(first, last)                                                   \
  do {                                                                           \
    vf bs[TILE_VECTORS];                                                         \
    UNROLL for (int v = 0; v < vectors; v++) bs[v] = v_load(b + v * LANES);      \
    UNROLL for (int r = (first); r < (last); r++) {                              \
      const vf x = v_splat(rows_of_a[r][at]);                                    \
      UNROLL for (int v = 0; v < vectors; v++) acc[r][v] = v_fma(x, bs[v], acc[r][v]); \
    }                                                                            \
    at += csA;                                                                   \
    b += rsB;                                                                    \
  } while (0)

MOE_INLINE void tile_store(const Tile *t, const int rows, const int vectors, vf acc[TILE_ROWS][TILE_VECTORS]) {
  const vf alpha = v_splat(t->alpha);
  const int64_t ldc = t->ldc;
  float *c = t->c;
  if (t->accumulate) {
    UNROLL for (int r = 0; r < rows; r++, c += ldc) {
      UNROLL for (int v = 0; v < vectors; v++)
        v_store(c + v * LANES, v_load(c + v * LANES) + acc[r][v] * alpha);
    }
  } else {
    UNROLL for (int r = 0; r < rows; r++, c += ldc) {
      UNROLL for (int v = 0; v < vectors; v++) v_store(c + v * LANES, acc[r][v] * alpha);
    }
  }
}

MOE_INLINE void tile_body(const Tile *t, const int rows, const int vectors, const GemmForm form) {
  vf acc[TILE_ROWS][TILE_VECTORS];
  const float *rows_of_a[TILE_ROWS];
  const int64_t csA = t->csA, rsB = t->rsB;
  const float *b = t->b;
  int64_t K = t->K, at = 0;
  UNROLL for (int r = 0; r < rows; r++) {
    rows_of_a[r] = t->a + r * t->rsA;
    UNROLL for (int v = 0; v < vectors; v++) acc[r][v] = (vf){0};
    if (t->accumulate) __builtin_prefetch(t->c + r * t->ldc, 1);
  }
  int64_t whole = K;
  if (form == GEMM_LOWER_A && whole > t->row + 1) whole = t->row + 1;
  if (form == GEMM_UPPER_A) {
    /* Terms row .. row + rows - 2 belong to the upper rows only; the rest to all. */
    int64_t k = t->row < K ? t->row : K;
    at = k * csA;
    b += k * rsB;
    UNROLL for (int s = 1; s < rows; s++) {
      if (k < K) TILE_STEP(0, s);
      k++;
    }
    whole = K - k;
  }
  for (int64_t k = 0; k < whole; k++) TILE_STEP(0, rows);
  if (form == GEMM_LOWER_A) {
    /* Term row + s belongs to rows s and after. */
    UNROLL for (int s = 1; s < rows; s++) {
      if (t->row + s < K) TILE_STEP(s, rows);
    }
  }
  tile_store(t, rows, vectors, acc);
}

#define TILE_FUNCTION(rows, vectors)                                                                          \
  static void tile_full_##rows##_##vectors(const Tile *t) { tile_body(t, rows, vectors, GEMM_FULL); }         \
  static void tile_lower_##rows##_##vectors(const Tile *t) { tile_body(t, rows, vectors, GEMM_LOWER_A); }     \
  static void tile_upper_##rows##_##vectors(const Tile *t) { tile_body(t, rows, vectors, GEMM_UPPER_A); }

#if TILE_VECTORS == 4
#define TILE_ROW(rows) TILE_FUNCTION(rows, 1) TILE_FUNCTION(rows, 2) TILE_FUNCTION(rows, 3) TILE_FUNCTION(rows, 4)
#define TILE_NAMES(form, rows) \
  {tile_##form##_##rows##_1, tile_##form##_##rows##_2, tile_##form##_##rows##_3, tile_##form##_##rows##_4}
#else
#define TILE_ROW(rows) TILE_FUNCTION(rows, 1) TILE_FUNCTION(rows, 2)
#define TILE_NAMES(form, rows) {tile_##form##_##rows##_1, tile_##form##_##rows##_2}
#endif

TILE_ROW(1)
TILE_ROW(2)
TILE_ROW(3)
TILE_ROW(4)
#if TILE_ROWS >= 6
TILE_ROW(5)
TILE_ROW(6)
#endif
#if TILE_ROWS >= 8
TILE_ROW(7)
TILE_ROW(8)
#endif

#if TILE_ROWS == 8
#define TILE_TABLE(form)                                                                              \
  {TILE_NAMES(form, 1), TILE_NAMES(form, 2), TILE_NAMES(form, 3), TILE_NAMES(form, 4),                \
   TILE_NAMES(form, 5), TILE_NAMES(form, 6), TILE_NAMES(form, 7), TILE_NAMES(form, 8)}
#elif TILE_ROWS == 6
#define TILE_TABLE(form)                                                                              \
  {TILE_NAMES(form, 1), TILE_NAMES(form, 2), TILE_NAMES(form, 3), TILE_NAMES(form, 4),                \
   TILE_NAMES(form, 5), TILE_NAMES(form, 6)}
#else
#define TILE_TABLE(form) {TILE_NAMES(form, 1), TILE_NAMES(form, 2), TILE_NAMES(form, 3), TILE_NAMES(form, 4)}
#endif

/* The tile of r rows and v vectors is at [r - 1][v - 1]. */
static TileFunction *const TILES_FULL[TILE_ROWS][TILE_VECTORS] = TILE_TABLE(full);
static TileFunction *const TILES_LOWER_A[TILE_ROWS][TILE_VECTORS] = TILE_TABLE(lower);
static TileFunction *const TILES_UPPER_A[TILE_ROWS][TILE_VECTORS] = TILE_TABLE(upper);

#endif
