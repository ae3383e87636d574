/*
 * Reductions, rows and AdamW against double, for every length up to 70 and some long ones; arrays have their exact
 * size, so that -fsanitize=address sees a step too far.
 */
#include "../rows.h"

#include "../adamw.h"
#include "../reduce.h"
#include "check.h"

static uint64_t seed = 5;

static float *random_row(int64_t n) {
  float *x = floats(n);
  for (int64_t i = 0; i < n; i++) x[i] = random_float(&seed);
  return x;
}

static const int64_t LONG[] = {71, 127, 1000, 1024, 1025, 5000, 100003};
/* The turn-th length: 0 .. 70, then the long ones; -1 at the end. */
static int64_t length(int turn) {
  if (turn <= 70) return turn;
  return turn - 71 < (int)(sizeof LONG / sizeof *LONG) ? LONG[turn - 71] : -1;
}

static void keep(double *worst, double error) {
  if (!(error <= *worst)) *worst = error;
}

static void reductions(void) {
  double sums = 0, dots = 0, squares = 0;
  int greatest = 1;
  for (int turn = 0; length(turn) >= 0; turn++) {
    const int64_t n = length(turn);
    float *x = random_row(n), *y = random_row(n);
    double sum = 0, dot = 0, square = 0, size = 1e-30, size_dot = 1e-30;
    float most = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
      sum += x[i], size += fabsf(x[i]);
      dot += (double)x[i] * y[i], size_dot += fabs((double)x[i] * y[i]);
      square += (double)x[i] * x[i];
      most = x[i] > most ? x[i] : most;
    }
    keep(&sums, fabs(KERNEL(sum_n)(x, n) - sum) / size * 0x1p24);
    keep(&dots, fabs(KERNEL(dot_n)(x, y, n) - dot) / size_dot * 0x1p24);
    keep(&squares, fabs(KERNEL(sum_of_squares)(x, n) - square) / (square + 1e-30));
    greatest &= KERNEL(max_n)(x, n) == most;
    if (n > 0) {
      x[n * 5 / 7] = NAN;
      greatest &= isnan(KERNEL(max_n)(x, n)) != 0;
    }
    free(x), free(y);
  }
  check("sum, error in 2^-24 of the magnitudes", sums, 4);
  check("dot product, likewise", dots, 4);
  check("sum of squares, relative", squares, 1e-12);
  check_that("maximum, NaN included, and -Infinity of none", greatest);
}

static void softmaxes(void) {
  double worst = 0, backward = 0;
  int in_place = 1;
  for (int turn = 1; length(turn) >= 0 && length(turn) <= 5000; turn++) {
    const int64_t n = length(turn);
    const float scale = turn % 2 ? 0.25f : 9.0f;
    float *x = random_row(n), *y = floats(n), *dy = random_row(n), *dx = floats(n);
    KERNEL(softmax_row)(y, x, n, scale);
    double top = -INFINITY, total = 0, along = 0;
    for (int64_t i = 0; i < n; i++) top = fmax(top, (double)scale * x[i]);
    for (int64_t i = 0; i < n; i++) total += exp((double)scale * x[i] - top);
    for (int64_t i = 0; i < n; i++) {
      const double exact = exp((double)scale * x[i] - top) / total;
      keep(&worst, fabs(y[i] - exact) / exact);
      along += (double)dy[i] * y[i];
    }
    KERNEL(softmax_backward_row)(dx, dy, y, n);
    for (int64_t i = 0; i < n; i++) keep(&backward, fabs(dx[i] - y[i] * (dy[i] - along)) / y[i]);
    KERNEL(softmax_row)(x, x, n, scale);
    in_place &= memcmp(x, y, (size_t)n * sizeof(float)) == 0;
    x[n / 2] = NAN;
    KERNEL(softmax_row)(y, x, n, scale);
    for (int64_t i = 0; i < n; i++) in_place &= isnan(y[i]) != 0;
    free(x), free(y), free(dy), free(dx);
  }
  /* Two products up to 9 and a difference up to 18 are rounded: 2^-21 + 2^-21 + 2^-20; the rest is some 2^-21. */
  check("softmax, relative", worst, 2.4e-6);
  check("softmax backward, over y", backward, 1e-6);
  check_that("softmax in place gives the same bits; a NaN takes the row", in_place);
  float far[3] = {1e30f, -1e30f, 0};
  KERNEL(softmax_row)(far, far, 3, 1);
  check_that("softmax of numbers far apart", far[0] == 1 && far[1] == 0 && far[2] == 0);
  float masked[20];
  for (int i = 0; i < 20; i++) masked[i] = i < 17 ? 0.0f : -INFINITY;
  KERNEL(softmax_row)(masked, masked, 20, 1);
  check_that("softmax of masked numbers", masked[0] == 1.0f / 17 && masked[19] == 0);
}

static void norms(void) {
  double worst = 0;
  for (int turn = 1; length(turn) >= 0; turn++) {
    const int64_t n = length(turn);
    float *x = random_row(n), *gain = random_row(n), *y = floats(n);
    double square = 0;
    for (int64_t i = 0; i < n; i++) square += (double)x[i] * x[i];
    const double inverse = 1 / sqrt(square / (double)n + 1e-5);
    keep(&worst, fabs(KERNEL(rmsnorm_row)(y, x, gain, n, 1e-5f) - inverse) / inverse);
    for (int64_t i = 0; i < n; i++)
      keep(&worst, fabs(y[i] - x[i] * inverse * gain[i]) / (fabs(x[i] * inverse * gain[i]) + 1e-30));
    free(x), free(gain), free(y);
  }
  check("RMSNorm, relative", worst, 6e-7);
}

/* The same operations one by one; each is correctly rounded, so that the bits must agree. */
static void adamw(void) {
  int same = 1;
  const AdamW s = {0.7f, 0.9f, 0.1f, 0.95f, 0.05f, 0.3f, 1e-8f, 3e-3f, 0.9999f};
  for (int turn = 0; length(turn) >= 0; turn++) {
    const int64_t n = length(turn);
    float *p = random_row(n), *g = random_row(n), *m = random_row(n), *v = random_row(n);
    float *expected = floats(3 * n);
    for (int64_t i = 0; i < n; i++) {
      v[i] = v[i] * v[i];
      const float clipped = g[i] * s.clip;
      const float kept1 = m[i] * s.beta1, new1 = clipped * s.rest1, first = kept1 + new1;
      const float square = clipped * clipped, kept2 = v[i] * s.beta2, new2 = square * s.rest2, second = kept2 + new2;
      const float root = sqrtf(second), corrected = root / s.correction2, below = corrected + s.eps;
      const float ratio = first / below, update = ratio * s.rate, kept = p[i] * s.decay;
      expected[3 * i] = kept - update;
      expected[3 * i + 1] = first;
      expected[3 * i + 2] = second;
    }
    KERNEL(adamw)(p, g, m, v, n, &s);
    for (int64_t i = 0; i < n; i++)
      same &= p[i] == expected[3 * i] && m[i] == expected[3 * i + 1] && v[i] == expected[3 * i + 2];
    free(p), free(g), free(m), free(v), free(expected);
  }
  check_that("AdamW, bit for bit", same);
}

int main(void) {
  reductions();
  softmaxes();
  norms();
  adamw();
  return finish();
}
