/*
 * GFLOP/s of the multiply at the shapes of the models, packing counted ("gemm") and B packed before ("packed"),
 * beside the core's peak of multiply-adds. One thread; best and median of the rounds, all shapes in turn each round.
 * cc -O3 -std=c11 -ffp-contract=off -fno-math-errno -march=x86-64-v3 -DMOE_ISA=avx2 
 * native/test/bench.c native/gemm.c native/elementwise.c native/rows.c native/reduce.c -lm
 */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "../elementwise.h"
#include "../gemm.h"
#include "../rows.h"
#include "../simd.h"
#include "check.h"

enum { ROUNDS = 101 };

/* At the start of a line of the cache, as the engine's memory is; elsewhere a tile's row of C is in two lines. */
static float *lines(int64_t n) {
  float *p = floats(n + 16);
  while ((uintptr_t)p % 64) p++;
  return p;
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A transposed (TN), B transposed (NT) or none (NN). */
typedef enum { NN, NT, TN } Kind;
static const char *const KINDS[] = {"NN", "NT", "TN"};

typedef struct {
  const char *what;
  Kind kind;
  int64_t M, N, K;
  int accumulate;
  GemmForm form;
  /* Row stride of both operands when they are views of heads, else 0. */
  int64_t stride;
} Shape;

static const Shape SHAPES[] = {
    {"projection", NN, 64, 64, 64, 0, GEMM_FULL, 0},
    {"projection", NN, 64, 128, 128, 0, GEMM_FULL, 0},
    {"projection", NN, 128, 128, 128, 0, GEMM_FULL, 0},
    {"qkv", NN, 64, 192, 64, 0, GEMM_FULL, 0},
    {"qkv", NN, 128, 384, 128, 0, GEMM_FULL, 0},
    {"expert up", NN, 64, 256, 64, 0, GEMM_FULL, 0},
    {"expert up", NN, 64, 256, 128, 0, GEMM_FULL, 0},
    {"expert up", NN, 64, 512, 128, 0, GEMM_FULL, 0},
    {"expert down", NN, 64, 128, 256, 0, GEMM_FULL, 0},
    {"expert down", NN, 64, 128, 512, 0, GEMM_FULL, 0},
    {"small", NN, 64, 512, 256, 0, GEMM_FULL, 0},
    {"small", NN, 64, 256, 512, 0, GEMM_FULL, 0},
    {"router", NN, 64, 8, 64, 0, GEMM_FULL, 0},
    {"router", NN, 128, 8, 128, 0, GEMM_FULL, 0},
    {"logits", NN, 128, 256, 128, 0, GEMM_FULL, 0},
    {"dX", NT, 64, 64, 64, 0, GEMM_FULL, 0},
    {"dX", NT, 64, 128, 128, 0, GEMM_FULL, 0},
    {"dX", NT, 64, 128, 256, 0, GEMM_FULL, 0},
    {"dX", NT, 64, 128, 512, 0, GEMM_FULL, 0},
    {"dX", NT, 128, 128, 256, 0, GEMM_FULL, 0},
    {"dW", TN, 64, 64, 64, 1, GEMM_FULL, 0},
    {"dW", TN, 128, 256, 64, 1, GEMM_FULL, 0},
    {"dW", TN, 256, 128, 64, 1, GEMM_FULL, 0},
    {"dW", TN, 128, 128, 128, 1, GEMM_FULL, 0},
    {"dW", TN, 128, 512, 64, 1, GEMM_FULL, 0},
    {"dW", TN, 512, 128, 64, 1, GEMM_FULL, 0},
    {"dW", TN, 512, 512, 64, 1, GEMM_FULL, 0},
    {"scores", NT, 64, 64, 16, 0, GEMM_FULL, 192},
    {"scores", NT, 64, 64, 16, 0, GEMM_LOWER_C, 192},
    {"scores", NT, 128, 128, 32, 0, GEMM_FULL, 384},
    {"scores", NT, 128, 128, 32, 0, GEMM_LOWER_C, 384},
    {"values", NN, 64, 16, 64, 0, GEMM_FULL, 0},
    {"values", NN, 64, 16, 64, 0, GEMM_LOWER_A, 0},
    {"values", NN, 128, 32, 128, 0, GEMM_FULL, 0},
    {"values", NN, 128, 32, 128, 0, GEMM_LOWER_A, 0},
    {"d values", TN, 64, 16, 64, 0, GEMM_UPPER_A, 0},
    {"d values", TN, 128, 32, 128, 0, GEMM_UPPER_A, 0},
};
enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES };

/* Multiply-adds that count: the triangles' half. */
static double flops(const Shape *s) {
  const double all = 2.0 * (double)s->M * (double)s->N * (double)s->K;
  if (s->form == GEMM_FULL) return all;
  return all * (double)(s->M + 1) / (2.0 * (double)s->M);
}

/* GFLOP/s of independent multiply-adds in registers. */
static double peak(void) {
  vf acc[12];
  const vf x = v_splat(0.999f), y = v_splat(1e-3f);
  for (int i = 0; i < 12; i++) acc[i] = v_splat((float)i);
  const int64_t turns = 60000;
  const double start = seconds();
  for (int64_t n = 0; n < turns; n++) {
    _Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) acc[i] = v_fma(acc[i], x, y);
#if defined(__x86_64__)
    __asm__ volatile("" : "+x"(acc[0]), "+x"(acc[6]));
#endif
  }
  const double taken = seconds() - start;
  float sink = 0;
  for (int i = 0; i < 12; i++) sink += acc[i][0];
  if (sink == 12345.0f) printf("!");
  return 2.0 * 12 * LANES * (double)turns / taken * 1e-9;
}

static Gemm gemm_of(const Shape *s, const float *a, const float *b, float *c) {
  Gemm p = {.M = s->M, .N = s->N, .K = s->K, .alpha = 1, .A = a, .B = b, .C = c, .ldc = s->N};
  p.accumulate = s->accumulate;
  p.form = s->form;
  p.rsA = s->kind == TN ? 1 : s->stride ? s->stride : s->K;
  p.csA = s->kind == TN ? s->M : 1;
  p.rsB = s->kind == NT ? 1 : s->N;
  p.csB = s->kind == NT ? (s->stride ? s->stride : s->K) : 1;
  return p;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ns a number of what runs over rows that lie in the first cache. */
static void rows(float *y, float *x) {
  typedef void Array(float *y, const float *x, int64_t n);
  static const struct {
    const char *name;
    Array *f;
  } ARRAYS[] = {{"exp", KERNEL(exp_n)},   {"sigmoid", KERNEL(sigmoid_n)}, {"log", KERNEL(log_n)}, {"tanh", KERNEL(tanh_n)},
                {"erf", KERNEL(erf_n)},   {"sin", KERNEL(sin_n)}};
  enum { N = 2048, CALLS = 50 };
  for (size_t i = 0; i < sizeof ARRAYS / sizeof *ARRAYS; i++) {
    double best = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      const double start = seconds();
      for (int call = 0; call < CALLS; call++) ARRAYS[i].f(y, x, N);
      best = fmin(best, seconds() - start);
    }
    printf("%-8s %.2f ns a number\n", ARRAYS[i].name, best / N / CALLS * 1e9);
  }
  for (int64_t n = 64; n <= 128; n += 64) {
    double whole = INFINITY, causal = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      const double start = seconds();
      for (int64_t i = 0; i < 20 * n; i++) KERNEL(softmax_row)(y, x, n, 0.25f);
      const double between = seconds();
      for (int64_t i = 0; i < 20 * n; i++) KERNEL(softmax_row)(y, x, i % n + 1, 0.25f);
      whole = fmin(whole, between - start);
      causal = fmin(causal, seconds() - between);
    }
    printf("softmax of rows of %d: %.2f ns a number, causal %.2f\n", (int)n, whole / (20.0 * (double)(n * n)) * 1e9,
           causal / (10.0 * (double)(n * (n + 1))) * 1e9);
  }
}

int main(void) {
  const int64_t size = 1 << 19;
  float *a = lines(size), *b = lines(size), *c = lines(size), *scratch = lines(size), *packed = lines(size);
  uint64_t seed = 7;
  for (int64_t i = 0; i < size; i++) a[i] = random_float(&seed), b[i] = random_float(&seed), c[i] = 0;
  static double times[SHAPE_COUNT][2][ROUNDS], peaks[ROUNDS * SHAPE_COUNT];
  for (int round = 0; round < ROUNDS; round++) {
    for (int s = 0; s < SHAPE_COUNT; s++) {
      peaks[round * SHAPE_COUNT + s] = peak();
      const Gemm p = gemm_of(&SHAPES[s], a, b, c);
      const int64_t calls = 1 + (int64_t)(2.5e-4 * 80e9 / flops(&SHAPES[s]));
      KERNEL(gemm_pack_b)(&p, packed);
      for (int before = 0; before < 2; before++) {
        const double start = seconds();
        for (int64_t n = 0; n < calls; n++) {
          if (before) KERNEL(gemm_packed)(&p, packed);
          else KERNEL(gemm)(&p, scratch);
        }
        times[s][before][round] = (seconds() - start) / (double)calls;
      }
    }
  }
  qsort(peaks, ROUNDS * SHAPE_COUNT, sizeof *peaks, by_size);
  const double best_peak = peaks[ROUNDS * SHAPE_COUNT - 1];
  printf("peak %.1f (median %.1f) GFLOP/s, %d lanes\n", best_peak, peaks[ROUNDS * SHAPE_COUNT / 2], LANES);
  printf("%-12s %-4s %-16s %8s %8s %6s   %8s %8s\n", "what", "", "M x N x K", "gemm", "median", "peak", "packed",
         "median");
  for (int s = 0; s < SHAPE_COUNT; s++) {
    double rate[2][2];
    for (int before = 0; before < 2; before++) {
      qsort(times[s][before], ROUNDS, sizeof(double), by_size);
      rate[before][0] = flops(&SHAPES[s]) / times[s][before][0] * 1e-9;
      rate[before][1] = flops(&SHAPES[s]) / times[s][before][ROUNDS / 2] * 1e-9;
    }
    char shape[40];
    snprintf(shape, sizeof shape, "%dx%dx%d%s", (int)SHAPES[s].M, (int)SHAPES[s].N, (int)SHAPES[s].K,
             SHAPES[s].form ? " tri" : "");
    printf("%-12s %-4s %-16s %8.1f %8.1f %5.0f%%   %8.1f %8.1f\n", SHAPES[s].what, KINDS[SHAPES[s].kind], shape,
           rate[0][0], rate[0][1], 100 * rate[0][0] / best_peak, rate[1][0], rate[1][1]);
  }
  rows(c, a);
  return 0;
}
