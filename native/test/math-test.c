/*
 * Elementary functions against the C library in double, over all floats: every 499th bit pattern, or every
 * n-th with the argument n (1: some half a minute a function). Errors in units in the last place of the exact result.
 */
#include "../elementwise.h"
#include "check.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__FMA__) || defined(__ARM_NEON)
#define FUSED 1
#else
#define FUSED 0
#endif

enum { CHUNK = 4096 };

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

static float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* |got - exact| in the spacing of floats at exact; infinite where one is NaN and not the other. */
static double ulps(float got, double exact) {
  if (isnan(exact)) return isnan(got) ? 0 : INFINITY;
  const double rounded = (double)(float)exact;
  if (isinf(rounded)) {
    /* Just below infinity either side of the border is one unit off. */
    if ((double)got == rounded) return 0;
    return isfinite(exact) && fabs((double)got) > 0x1.fffffcp127 && (got > 0) == (exact > 0) ? 1 : INFINITY;
  }
  if (isinf(got)) return fabs(exact) > 0x1.fffffdp127 && (got > 0) == (exact > 0) ? 1 : INFINITY;
  int exponent;
  frexp(exact, &exponent);
  if (exponent < -125) exponent = -125;
  return fabs((double)got - exact) / ldexp(1, exponent - 24);
}

typedef void Array(float *y, const float *x, int64_t n);
typedef double Exact(double x);

/* Greatest error over the floats whose bit patterns lie step apart. */
static double sweep(Array *f, Exact *exact, uint64_t step, float *where) {
  static float x[CHUNK], y[CHUNK];
  double worst = 0;
  for (uint64_t bits = 0; bits < 0x100000000ull;) {
    int n = 0;
    for (; n < CHUNK && bits < 0x100000000ull; bits += step) x[n++] = from_bits((uint32_t)bits);
    f(y, x, n);
    for (int i = 0; i < n; i++) {
      const double error = ulps(y[i], exact((double)x[i]));
      if (!(error <= worst)) worst = error, *where = x[i];
    }
  }
  return worst;
}

typedef struct {
  const char *name;
  Array *f;
  Exact *exact;
  /* Limits with and without fused multiply-add, ulp. */
  double fused, plain;
} Case;

static const Case CASES[] = {
    {"exp", KERNEL(exp_n), exp, 1.1, 1.7},
    {"expm1", KERNEL(expm1_n), expm1, 2, 2.5},
    {"log", KERNEL(log_n), log, 1, 1.5},
    {"log1p", KERNEL(log1p_n), log1p, 2, 2},
    {"sigmoid", KERNEL(sigmoid_n), sigmoid, 2.5, 3},
    {"softplus", KERNEL(softplus_n), softplus, 2.5, 3},
    {"tanh", KERNEL(tanh_n), tanh, 2, 2.5},
    {"erf", KERNEL(erf_n), erf, 1.5, 2},
    {"sin", KERNEL(sin_n), sin, 1.7, 2},
    {"cos", KERNEL(cos_n), cos, 1.7, 2},
};

static void all_floats(uint64_t step) {
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    float where = 0;
    const double worst = sweep(CASES[i].f, CASES[i].exact, step, &where);
    char name[80];
    snprintf(name, sizeof name, "%s over all floats, ulp (worst at %.9g)", CASES[i].name, (double)where);
    check(name, worst, FUSED ? CASES[i].fused : CASES[i].plain);
  }
}

/* Bit for bit, but any NaN is as good as another. */
static int same(float a, float b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }

static void special(void) {
  static const struct {
    const char *name;
    Array *f;
    float x, y;
  } POINTS[] = {
      {"exp(0)", KERNEL(exp_n), 0, 1},
      {"exp(-inf)", KERNEL(exp_n), -INFINITY, 0},
      {"exp(inf)", KERNEL(exp_n), INFINITY, INFINITY},
      {"exp(nan)", KERNEL(exp_n), NAN, NAN},
      {"exp(-104)", KERNEL(exp_n), -104, 0},
      {"exp(89)", KERNEL(exp_n), 89, INFINITY},
      {"expm1(-0)", KERNEL(expm1_n), -0.0f, -0.0f},
      {"expm1(-inf)", KERNEL(expm1_n), -INFINITY, -1},
      {"expm1(inf)", KERNEL(expm1_n), INFINITY, INFINITY},
      {"log(1)", KERNEL(log_n), 1, 0},
      {"log(0)", KERNEL(log_n), 0, -INFINITY},
      {"log(-0)", KERNEL(log_n), -0.0f, -INFINITY},
      {"log(-1)", KERNEL(log_n), -1, NAN},
      {"log(-inf)", KERNEL(log_n), -INFINITY, NAN},
      {"log(inf)", KERNEL(log_n), INFINITY, INFINITY},
      {"log1p(-1)", KERNEL(log1p_n), -1, -INFINITY},
      {"log1p(-0)", KERNEL(log1p_n), -0.0f, -0.0f},
      {"log1p(inf)", KERNEL(log1p_n), INFINITY, INFINITY},
      {"log1p(-2)", KERNEL(log1p_n), -2, NAN},
      {"sigmoid(0)", KERNEL(sigmoid_n), 0, 0.5f},
      {"sigmoid(inf)", KERNEL(sigmoid_n), INFINITY, 1},
      {"sigmoid(-inf)", KERNEL(sigmoid_n), -INFINITY, 0},
      {"sigmoid(nan)", KERNEL(sigmoid_n), NAN, NAN},
      {"softplus(-inf)", KERNEL(softplus_n), -INFINITY, 0},
      {"softplus(inf)", KERNEL(softplus_n), INFINITY, INFINITY},
      {"tanh(-0)", KERNEL(tanh_n), -0.0f, -0.0f},
      {"tanh(-inf)", KERNEL(tanh_n), -INFINITY, -1},
      {"tanh(nan)", KERNEL(tanh_n), NAN, NAN},
      {"erf(-0)", KERNEL(erf_n), -0.0f, -0.0f},
      {"erf(inf)", KERNEL(erf_n), INFINITY, 1},
      {"erf(nan)", KERNEL(erf_n), NAN, NAN},
      {"sin(-0)", KERNEL(sin_n), -0.0f, -0.0f},
      {"sin(inf)", KERNEL(sin_n), INFINITY, NAN},
      {"cos(0)", KERNEL(cos_n), 0, 1},
      {"cos(nan)", KERNEL(cos_n), NAN, NAN},
  };
  for (size_t i = 0; i < sizeof POINTS / sizeof *POINTS; i++) {
    /* In place, in a whole vector and in a tail: every lane the same. */
    float x[19];
    int good = 1;
    for (int n = 0; n < 19; n++) x[n] = POINTS[i].x;
    POINTS[i].f(x, x, 19);
    for (int n = 0; n < 19; n++) good &= same(x[n], POINTS[i].y);
    check_that(POINTS[i].name, good);
  }
}

/* Powers where the result is a finite float, from bases and exponents of all sizes. */
static void powers(void) {
  static float x[CHUNK], y[CHUNK], z[CHUNK];
  uint64_t seed = 99;
  double worst = 0;
  for (int round = 0; round < 500; round++) {
    for (int i = 0; i < CHUNK; i++) {
      const double log2_x = ldexp(random_float(&seed), (int)(random_bits(&seed) >> 40) % 31 - 23);
      x[i] = (float)exp2(log2_x);
      y[i] = (float)(150.0 * random_float(&seed) / (log2_x == 0 ? 1 : log2_x));
    }
    KERNEL(pow_n)(z, x, y, CHUNK);
    for (int i = 0; i < CHUNK; i++) {
      if (x[i] == 0 || isinf(x[i]) || isinf(y[i])) continue;
      const double error = ulps(z[i], pow((double)x[i], (double)y[i]));
      if (!(error <= worst)) worst = error;
    }
  }
  check("pow over its range, ulp", worst, 0.6);
  for (int i = 0; i < CHUNK; i++) {
    x[i] = 4 * random_float(&seed);
    y[i] = (float)((int)(random_bits(&seed) >> 50) % 41 - 20);
  }
  KERNEL(pow_n)(z, x, y, CHUNK);
  worst = 0;
  for (int i = 0; i < CHUNK; i++) {
    const double error = ulps(z[i], pow((double)x[i], (double)y[i]));
    if (!(error <= worst)) worst = error;
  }
  check("pow of negative bases to whole powers, ulp", worst, 0.6);
  static const float POINTS[][3] = {
      {0, 0, 1},         {NAN, 0, 1},         {1, NAN, NAN},          {1, INFINITY, NAN},      {-1, -INFINITY, NAN},
      {0, -1, INFINITY}, {-0.0f, 3, -0.0f},   {-0.0f, -3, -INFINITY}, {-8, 1.0f / 3, NAN},     {-2, 3, -8},
      {-2, 16777218, INFINITY}, {2, INFINITY, INFINITY}, {2, -INFINITY, 0}, {INFINITY, -2, 0}, {-INFINITY, 3, -INFINITY},
      {1e-42f, 1, 1e-42f}, {3, 2, 9}, {0.5f, INFINITY, 0},
  };
  for (size_t i = 0; i < sizeof POINTS / sizeof *POINTS; i++) {
    float got;
    KERNEL(pow_n)(&got, &POINTS[i][0], &POINTS[i][1], 1);
    char name[60];
    snprintf(name, sizeof name, "pow(%g, %g)", (double)POINTS[i][0], (double)POINTS[i][1]);
    check_that(name, same(got, POINTS[i][2]));
  }
}

/* What the header says of denormals where the processor flushes them. */
static void flushed(void) {
#if defined(__SSE2__)
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  static const float TINY = 1e-40f;
  float y[4], x[4] = {-90, TINY, -TINY, -100};
  KERNEL(exp_n)(y, x, 4);
  int good = y[0] == 0 && y[1] == 1 && y[2] == 1 && y[3] == 0;
  KERNEL(log_n)(y, x, 4);
  good &= isnan(y[0]) && y[1] == -INFINITY && y[2] == -INFINITY;
  KERNEL(sigmoid_n)(y, x, 4);
  good &= y[0] == 0 && y[1] == 0.5f;
  _mm_setcsr(before);
  check_that("denormals flushed: exp(-90) is 0, log(1e-40) is -Infinity", good);
#endif
}

int main(int count, char **arguments) {
  const int step = count > 1 ? atoi(arguments[1]) : 499;
  all_floats(step > 0 ? (uint64_t)step : 499);
  special();
  powers();
  flushed();
  return finish();
}
