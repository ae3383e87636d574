/*
 * Sums, means, extremes and products over some axes.
 * ints: what, rank, dims[rank], input strides[rank], output strides[rank], reduced[rank] (0 or 1). floats: scale.
 */
#include <string.h>

#include "ops.h"
#include "elementwise.h"
#include "reduce.h"

enum { MAX_RANK = 8, RUN = 64, WIDTH = 256 };

/* In the order of REDUCTIONS in src/engine/native/kinds.ts. */
enum { SUM, MAX, MIN, PROD, SUM_INT, MAX_INT, MIN_INT, PROD_INT };

typedef union {
  float f;
  int32_t i;
} Number;

static Number start_of(int what) {
  static const Number starts[] = {
      [SUM] = {.f = 0},         [MAX] = {.f = -__builtin_inff()}, [MIN] = {.f = __builtin_inff()}, [PROD] = {.f = 1},
      [SUM_INT] = {.i = 0},     [MAX_INT] = {.i = INT32_MIN},     [MIN_INT] = {.i = INT32_MAX},    [PROD_INT] = {.i = 1},
  };
  return starts[what];
}

static Number together(int what, Number a, Number b) {
  switch (what) {
    case SUM: return (Number){.f = a.f + b.f};
    case MAX: return (Number){.f = b.f > a.f || b.f != b.f ? b.f : a.f};
    case MIN: return (Number){.f = b.f < a.f || b.f != b.f ? b.f : a.f};
    case PROD: return (Number){.f = a.f * b.f};
    case SUM_INT: return (Number){.i = a.i + b.i};
    case MAX_INT: return (Number){.i = b.i > a.i ? b.i : a.i};
    case MIN_INT: return (Number){.i = b.i < a.i ? b.i : a.i};
    default: return (Number){.i = a.i * b.i};
  }
}

/* n numbers, in runs whose results are put together pairwise enough: the error grows with n / RUN, not with n. */
static Number reduce_row(int what, const float *x, int64_t stride, int64_t n) {
  if (what == SUM && stride == 1) return (Number){.f = KERNEL(sum_n)(x, n)};
  Number total = start_of(what);
  for (int64_t begin = 0; begin < n; begin += RUN) {
    int64_t end = begin + RUN < n ? begin + RUN : n;
    Number run = start_of(what);
    for (int64_t i = begin; i < end; i++) {
      Number one;
      memcpy(&one, x + i * stride, 4);
      run = together(what, run, one);
    }
    total = together(what, total, run);
  }
  return total;
}

typedef struct {
  int rank;
  int64_t dims[MAX_RANK], from[MAX_RANK], to[MAX_RANK];
} Loops;

/* The next index of some loops; 0 at the end. Moves the pointers along. */
static int advance(const Loops *l, int64_t *index, const float **from, float **to) {
  for (int a = l->rank - 1; a >= 0; a--) {
    *from += l->from[a];
    if (to != NULL) *to += l->to[a];
    if (++index[a] < l->dims[a]) return 1;
    *from -= l->from[a] * l->dims[a];
    if (to != NULL) *to -= l->to[a] * l->dims[a];
    index[a] = 0;
  }
  return 0;
}

static void finish(int what, Number value, float scale, float *y) {
  if (what == SUM) value.f *= scale;
  memcpy(y, &value, 4);
}

/* The innermost axis is reduced: an output at a time. */
static void reduce_inner(int what, float scale, const Loops *kept, const Loops *reduced, int64_t n, int64_t stride,
                         const float *x, float *y) {
  int64_t outer[MAX_RANK] = {0};
  do {
    Number total = start_of(what);
    int64_t inner[MAX_RANK] = {0};
    const float *from = x;
    do {
      total = together(what, total, reduce_row(what, from, stride, n));
    } while (advance(reduced, inner, &from, NULL));
    finish(what, total, scale, y);
  } while (advance(kept, outer, &x, &y));
}

/* The innermost axis stays: rows are put together element by element, in runs of RUN rows. */
static void reduce_rows(int what, float scale, const Loops *kept, const Loops *reduced, const int64_t *last,
                        const float *x, float *y) {
  int64_t n = last[0], from = last[1], to = last[2];
  int64_t outer[MAX_RANK] = {0};
  do {
    for (int64_t c = 0; c < n; c += WIDTH) {
      int64_t width = n - c < WIDTH ? n - c : WIDTH;
      Number total[WIDTH], run[WIDTH];
      for (int64_t i = 0; i < width; i++) total[i] = run[i] = start_of(what);
      int64_t inner[MAX_RANK] = {0};
      const float *row = x + c * from;
      int64_t inRun = 0;
      int more;
      do {
        if (what == SUM && from == 1) {
          for (int64_t i = 0; i < width; i++) run[i].f += row[i];
        } else {
          for (int64_t i = 0; i < width; i++) {
            Number one;
            memcpy(&one, row + i * from, 4);
            run[i] = together(what, run[i], one);
          }
        }
        more = advance(reduced, inner, &row, NULL);
        if (++inRun == RUN || !more) {
          for (int64_t i = 0; i < width; i++) {
            total[i] = together(what, total[i], run[i]);
            run[i] = start_of(what);
          }
          inRun = 0;
        }
      } while (more);
      for (int64_t i = 0; i < width; i++) finish(what, total[i], scale, y + (c + i) * to);
    }
  } while (advance(kept, outer, &x, &y));
}

void KERNEL(reduce)(const Op *op, const Task *task) {
  const int32_t *in = op->ints;
  int what = in[0], rank = in[1];
  const int32_t *dims = in + 2, *from = dims + rank, *to = from + rank, *flags = to + rank;
  Loops kept = {0}, reduced = {0};
  int64_t outputs = 1, inputs = 1;
  for (int a = 0; a < rank; a++) {
    int64_t n = size_of(dims[a], task);
    if (flags[a]) inputs *= n;
    else outputs *= n;
    if (a == rank - 1) break;
    Loops *l = flags[a] ? &reduced : &kept;
    l->dims[l->rank] = n;
    l->from[l->rank] = from[a];
    l->to[l->rank++] = to[a];
  }
  if (outputs == 0) return;
  const float *x = operand_at(op, 0, task);
  float *y = operand_at(op, 1, task);
  float scale = op->floats[0];
  if (rank == 0) {
    Number one;
    memcpy(&one, x, 4);
    finish(what, one, scale, y);
    return;
  }
  int64_t last[3] = {size_of(dims[rank - 1], task), from[rank - 1], to[rank - 1]};
  if (inputs == 0) { /* nothing to reduce */
    int64_t index[MAX_RANK] = {0};
    do {
      int64_t n = flags[rank - 1] ? 1 : last[0];
      for (int64_t i = 0; i < n; i++) finish(what, start_of(what), scale, y + i * last[2]);
    } while (advance(&kept, index, &x, &y));
    return;
  }
  if (flags[rank - 1]) reduce_inner(what, scale, &kept, &reduced, last[0], last[1], x, y);
  else reduce_rows(what, scale, &kept, &reduced, last, x, y);
}
