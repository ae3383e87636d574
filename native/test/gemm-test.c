/*
 * The multiply against sums in double, over shapes that no tile divides, all strides and forms. Arrays have their
 * exact size, so that -fsanitize=address sees a step too far; what must not be read is NaN.
 */
#include "../gemm.h"
#include "check.h"

static uint64_t seed = 20251;

enum { LAYOUTS = 4 };

/* Layouts: rows contiguous, columns contiguous, rows within a wider matrix, both strides large. */
static void strides(int layout, int64_t rows, int64_t columns, int64_t *rs, int64_t *cs, int64_t *size) {
  *rs = layout == 0 ? columns : layout == 1 ? 1 : layout == 2 ? columns + 5 : 3 * columns;
  *cs = layout == 0 ? 1 : layout == 1 ? rows : layout == 2 ? 1 : 2;
  *size = rows && columns ? (rows - 1) * *rs + (columns - 1) * *cs + 1 : 0;
}

static int left_out(GemmForm form, int64_t i, int64_t k) {
  return (form == GEMM_LOWER_A && k > i) || (form == GEMM_UPPER_A && k < i);
}

static float *random_matrix(int64_t size) {
  float *p = floats(size);
  for (int64_t i = 0; i < size; i++) p[i] = random_float(&seed);
  return p;
}

/*
 * Greatest |C - exact| over the sum of the magnitudes of its terms, in units of 2^-24; infinite where something was
 * written that must not be, or where packed and unpacked differ in a bit.
 */
static double error_of(Gemm p, int layout_a, int layout_b) {
  int64_t size_a, size_b;
  strides(layout_a, p.M, p.K, &p.rsA, &p.csA, &size_a);
  strides(layout_b, p.K, p.N, &p.rsB, &p.csB, &size_b);
  const int64_t size_c = p.M && p.N ? (p.M - 1) * p.ldc + p.N : 0;
  float *a = random_matrix(size_a), *b = random_matrix(size_b), *before = random_matrix(size_c);
  for (int64_t i = 0; i < p.M; i++)
    for (int64_t k = 0; k < p.K; k++)
      if (left_out(p.form, i, k)) a[i * p.rsA + k * p.csA] = NAN;
  float *c = floats(size_c), *again = floats(size_c);
  memcpy(c, before, (size_t)size_c * sizeof(float));
  memcpy(again, before, (size_t)size_c * sizeof(float));
  float *scratch = floats((int64_t)KERNEL(gemm_scratch)(&p)), *packed = floats((int64_t)KERNEL(gemm_packed_size)(&p));
  p.A = a;
  p.B = b;
  p.C = c;
  KERNEL(gemm)(&p, scratch);
  KERNEL(gemm_pack_b)(&p, packed);
  p.B = NULL;
  p.C = again;
  KERNEL(gemm_packed)(&p, packed);
  double worst = memcmp(c, again, (size_t)size_c * sizeof(float)) ? INFINITY : 0;
  for (int64_t i = 0; i < p.M; i++) {
    for (int64_t j = 0; j < p.N; j++) {
      if (p.form == GEMM_LOWER_C && j > i) continue;
      double exact = p.accumulate ? (double)before[i * p.ldc + j] : 0, size = fabs(exact);
      for (int64_t k = 0; k < p.K; k++) {
        if (left_out(p.form, i, k)) continue;
        const double term = (double)p.alpha * a[i * p.rsA + k * p.csA] * b[k * p.rsB + j * p.csB];
        exact += term;
        size += fabs(term);
      }
      const double difference = fabs(c[i * p.ldc + j] - exact);
      const double error = size == 0 ? (difference == 0 ? 0 : INFINITY) : difference / size * 0x1p24;
      if (!(error <= worst)) worst = error;
    }
    for (int64_t j = p.N; j < p.ldc && (i + 1) * p.ldc <= size_c; j++)
      if (c[i * p.ldc + j] != before[i * p.ldc + j]) worst = INFINITY;
  }
  free(a), free(b), free(c), free(again), free(before), free(scratch), free(packed);
  return worst;
}

static const char *const FORMS[] = {"full", "lower C", "lower A", "upper A"};

/* Every form, layout and way to end for a few rows and columns; the error of K terms is at most K + 2 half units. */
static void small_shapes(void) {
  static const int64_t SIZES[] = {0, 1, 2, 5, 7, 8, 13, 16, 17, 33, 40};
  enum { COUNT = sizeof SIZES / sizeof *SIZES };
  for (int form = 0; form < 4; form++) {
    double worst = 0;
    for (int m = 0; m < COUNT; m++)
      for (int n = 0; n < COUNT; n++)
        for (int k = 0; k < COUNT; k++) {
          const int mix = m + 3 * n + 5 * k;
          Gemm p = {.M = SIZES[m], .N = SIZES[n], .K = SIZES[k], .form = (GemmForm)form};
          if (form == GEMM_LOWER_C) p.N = p.M;
          p.alpha = mix % 2 ? 1.0f : 0.25f;
          p.accumulate = mix % 3 == 0;
          p.ldc = p.N + (mix % 4 == 0 ? 3 : 0);
          for (int layout = 0; layout < LAYOUTS * LAYOUTS; layout++) {
            const double error = error_of(p, layout % LAYOUTS, layout / LAYOUTS) / (double)(p.K + 2);
            if (!(error <= worst)) worst = error;
          }
        }
    char name[80];
    snprintf(name, sizeof name, "%s, 0 to 40 rows and columns, error over bound", FORMS[form]);
    check(name, worst, 1);
  }
}

/* Random shapes up to the sizes in use, K across the blocks. */
static void random_shapes(void) {
  double worst = 0;
  for (int trial = 0; trial < 60; trial++) {
    Gemm p = {.M = (int64_t)(random_bits(&seed) >> 40) % 140, .N = (int64_t)(random_bits(&seed) >> 40) % 300};
    p.K = (int64_t)(random_bits(&seed) >> 40) % 600;
    p.alpha = random_float(&seed);
    p.accumulate = trial % 2;
    p.form = (GemmForm)(trial % 4);
    if (p.form == GEMM_LOWER_C) p.N = p.M;
    p.ldc = p.N + trial % 5;
    const double error = error_of(p, trial % LAYOUTS, trial / 4 % LAYOUTS);
    if (!(error <= worst)) worst = error;
  }
  /* A plain float32 sum of 600 terms of one size errs by some sqrt(600) / 2 units against the sum of magnitudes. */
  check("random shapes, error in 2^-24 of the terms' magnitudes", worst, 12);
}

/* A NaN in B below the triangle reaches only the rows that use it. */
static void no_leak(void) {
  enum { T = 21, N = 19 };
  float a[T * T], b[T * N], c[T * N];
  float scratch[T * 64];
  for (int i = 0; i < T * T; i++) a[i] = 1;
  for (int i = 0; i < T * N; i++) b[i] = i / N == 10 ? NAN : 1;
  int good = 1;
  for (int form = GEMM_LOWER_A; form <= GEMM_UPPER_A; form++) {
    Gemm p = {.M = T, .N = N, .K = T, .alpha = 1, .A = a, .rsA = T, .csA = 1, .B = b, .rsB = N, .csB = 1, .C = c,
              .ldc = N, .form = (GemmForm)form};
    KERNEL(gemm)(&p, scratch);
    for (int i = 0; i < T; i++) {
      const float expected = form == GEMM_LOWER_A ? (float)(i + 1) : (float)(T - i);
      const int sees = form == GEMM_LOWER_A ? i >= 10 : i <= 10;
      for (int j = 0; j < N; j++) good &= sees ? isnan(c[i * N + j]) : c[i * N + j] == expected;
    }
  }
  check_that("a NaN outside a row's terms stays outside", good);
}

/* Rows, one at a time and together, give the same bits. */
static void same_bits(void) {
  enum { M = 67, N = 45, K = 300 };
  float *a = random_matrix(M * K), *b = random_matrix(K * N), *c = floats(M * N), *one = floats(M * N);
  Gemm p = {.M = M, .N = N, .K = K, .alpha = 0.3f, .A = a, .rsA = K, .csA = 1, .B = b, .rsB = N, .csB = 1, .C = c,
            .ldc = N};
  float *scratch = floats((int64_t)KERNEL(gemm_scratch)(&p));
  KERNEL(gemm)(&p, scratch);
  p.M = 1;
  for (int i = 0; i < M; i++) {
    p.A = a + i * K;
    p.C = one + i * N;
    KERNEL(gemm)(&p, scratch);
  }
  check_that("rows one by one give the bits of rows together", memcmp(c, one, M * N * sizeof(float)) == 0);
  free(a), free(b), free(c), free(one), free(scratch);
}

int main(void) {
  small_shapes();
  random_shapes();
  no_leak();
  same_bits();
  return finish();
}
