/*
 * B is taken in panels of TILE_COLUMNS columns and GEMM_BLOCK_K rows, which stay in the first cache while all rows of
 * A pass by (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008, with A
 * read in place: its blocks here are small enough for the second cache, and its two strides need no copy).
 */
#include "gemm.h"

#include "gemm-pack.h"
#include "gemm-tile.h"

/* Rows of B in a panel: 16 kB with AVX2, 32 kB with AVX-512. */
#define GEMM_BLOCK_K 256

MOE_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Rows of B in a block. The triangles take all at once: their limits run through the blocks. */
static int64_t block_k(const Gemm *p) {
  const int triangle = p->form == GEMM_LOWER_A || p->form == GEMM_UPPER_A;
  return triangle ? p->K : smaller(p->K, GEMM_BLOCK_K);
}

/* Rows of the next tile when this many are left: the last two tiles share alike, so that none is thin. */
static int64_t next_rows(int64_t left) {
  if (left <= TILE_ROWS) return left;
  return left < 2 * TILE_ROWS ? (left + 1) / 2 : TILE_ROWS;
}

/* A tile of which only some columns are in C: it is made aside. */
static void ragged(TileFunction *tile, const Tile *t, int64_t rows, int64_t columns) {
  float aside[TILE_ROWS * TILE_COLUMNS];
  Tile whole = *t;
  whole.c = aside;
  whole.ldc = TILE_COLUMNS;
  whole.accumulate = 0;
  tile(&whole);
  for (int64_t i = 0; i < rows; i++) {
    float *c = t->c + i * t->ldc;
    const float *from = aside + i * TILE_COLUMNS;
    for (int64_t j = 0; j < columns; j++) c[j] = t->accumulate ? c[j] + from[j] : from[j];
  }
}

/* All rows of C by one panel: the given columns from j on, terms from k on. */
static void multiply_panel(const Gemm *p, Tile t, int64_t k, int64_t j, int64_t columns) {
  TileFunction *const(*tiles)[TILE_VECTORS] = p->form == GEMM_LOWER_A   ? TILES_LOWER_A
                                              : p->form == GEMM_UPPER_A ? TILES_UPPER_A
                                                                        : TILES_FULL;
  int64_t rows;
  for (int64_t i = 0; i < p->M; i += rows) {
    rows = next_rows(p->M - i);
    /* Up to the diagonal, the lower triangle needs a part of the panel only. */
    const int64_t needed = p->form == GEMM_LOWER_C ? smaller(columns, i + rows - j) : columns;
    if (needed <= 0) continue;
    const int64_t width = panel_width(needed);
    TileFunction *const tile = tiles[rows - 1][width / LANES - 1];
    t.row = i;
    t.a = p->A + i * p->rsA + k * p->csA;
    t.c = p->C + i * p->ldc + j;
    if (width <= columns) tile(&t);
    else ragged(tile, &t, rows, needed);
  }
}

static void clear(const Gemm *p) {
  if (p->accumulate) return;
  for (int64_t i = 0; i < p->M; i++) memset(p->C + i * p->ldc, 0, (size_t)p->N * sizeof(float));
}

/* The most floats from the first to the last row of a panel that is read where it lies: half of a first-level cache. */
#define GEMM_IN_PLACE 4096

/*
 * Whether a panel need not be packed: whole vectors, so close together that they share the first cache. Up to a tenth
 * faster for attention's values; with wider rows (128 x 256 x 64) packing is the faster by a tenth.
 */
static int in_place(const Gemm *p, int64_t K, int64_t columns) {
  return p->csB == 1 && columns % LANES == 0 && p->rsB >= 0 && K * p->rsB <= GEMM_IN_PLACE;
}

/* Runs the product; B packed before, or packed panel by panel into scratch. */
static void run(const Gemm *p, const float *packed, float *scratch) {
  if (p->M <= 0 || p->N <= 0) return;
  if (p->K <= 0) {
    clear(p);
    return;
  }
  const int64_t block = block_k(p);
  Tile t = {.rsA = p->rsA, .csA = p->csA, .ldc = p->ldc, .alpha = p->alpha, .accumulate = p->accumulate};
  for (int64_t k = 0; k < p->K; k += block) {
    t.K = smaller(block, p->K - k);
    for (int64_t j = 0; j < p->N; j += TILE_COLUMNS) {
      const int64_t columns = smaller(TILE_COLUMNS, p->N - j);
      t.rsB = panel_width(columns);
      if (packed) {
        t.b = packed;
        packed += t.K * t.rsB;
      } else if (in_place(p, t.K, columns)) {
        t.b = p->B + k * p->rsB + j;
        t.rsB = p->rsB;
      } else {
        pack_panel(p->B + k * p->rsB + j * p->csB, p->rsB, p->csB, t.K, columns, scratch);
        t.b = scratch;
      }
      multiply_panel(p, t, k, j, columns);
    }
    t.accumulate = 1;
  }
}

size_t KERNEL(gemm_scratch)(const Gemm *p) { return (size_t)(block_k(p) * smaller(TILE_COLUMNS, panel_width(p->N))); }

void KERNEL(gemm)(const Gemm *p, float *scratch) { run(p, NULL, scratch); }

size_t KERNEL(gemm_packed_size)(const Gemm *p) { return (size_t)(p->K * panel_width(p->N)); }

void KERNEL(gemm_pack_b)(const Gemm *p, float *packed) {
  const int64_t block = block_k(p);
  for (int64_t k = 0; k < p->K; k += block) {
    const int64_t rows = smaller(block, p->K - k);
    for (int64_t j = 0; j < p->N; j += TILE_COLUMNS) {
      const int64_t columns = smaller(TILE_COLUMNS, p->N - j);
      pack_panel(p->B + k * p->rsB + j * p->csB, p->rsB, p->csB, rows, columns, packed);
      packed += rows * panel_width(columns);
    }
  }
}

void KERNEL(gemm_packed)(const Gemm *p, const float *packed) { run(p, packed, NULL); }
