#include "instructions.h"

#include <math.h>
#include <string.h>

#include "elementwise.h"
#include "plan.h"

#define DEFINE(name) \
  static void run_##name(float *restrict y, const float *a, const float *b, const float *c, int64_t n)
#define UNUSED (void)a, (void)b, (void)c

/* Of floats, of integers, of floats to truth values, and by a function on arrays. */
#define FLOATS(name, expression)                              \
  DEFINE(name) {                                              \
    UNUSED;                                                   \
    for (int64_t i = 0; i < n; i++) y[i] = (expression);      \
  }
#define INTS_TO(name, expression)                             \
  DEFINE(name) {                                              \
    const i32 *ia = (const i32 *)a, *ib = (const i32 *)b, *ic = (const i32 *)c; \
    i32 *iy = (i32 *)y;                                       \
    (void)ia, (void)ib, (void)ic;                             \
    for (int64_t i = 0; i < n; i++) iy[i] = (expression);     \
  }
#define COMPARE(name, operator) INTS_TO(name, a[i] operator b[i])
#define ARRAY(name)                                           \
  DEFINE(name) {                                              \
    UNUSED;                                                   \
    KERNEL(name##_n)(y, a, n);                                \
  }

static int32_t floor_quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  int64_t q = (int64_t)a / b;
  return (int32_t)(q - (((int64_t)a % b != 0) && ((a < 0) != (b < 0))));
}

static int32_t floor_remainder(int32_t a, int32_t b) {
  if (b == 0) return 0;
  int64_t r = (int64_t)a % b;
  return (int32_t)(r != 0 && ((r < 0) != (b < 0)) ? r + b : r);
}

/* The sign is the divisor's, as in tfjs. */
static float float_remainder(float a, float b) {
  float r = fmodf(a, b);
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

static int32_t int_power(int32_t a, int32_t b) { return (int32_t)pow(a, b); }

/* Rounds towards zero; what does not fit becomes the smallest integer on every machine. */
static int32_t truncated(float x) { return x > -2147483904.0f && x < 2147483648.0f ? (int32_t)x : INT32_MIN; }

/* NaN wins, as in tfjs. */
#define FLOAT_MAX(a, b) ((a) > (b) || (a) != (a) ? (a) : (b))
#define FLOAT_MIN(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))

DEFINE(copy) {
  UNUSED;
  memcpy(y, a, (size_t)n * 4);
}
DEFINE(pow) {
  UNUSED;
  KERNEL(pow_n)(y, a, b, n);
}
FLOATS(add, a[i] + b[i])
FLOATS(sub, a[i] - b[i])
FLOATS(mul, a[i] * b[i])
FLOATS(div, a[i] / b[i])
FLOATS(max, FLOAT_MAX(a[i], b[i]))
FLOATS(min, FLOAT_MIN(a[i], b[i]))
FLOATS(mod, float_remainder(a[i], b[i]))
FLOATS(squared_difference, (a[i] - b[i]) * (a[i] - b[i]))
COMPARE(greater, >)
COMPARE(greater_equal, >=)
COMPARE(less, <)
COMPARE(less_equal, <=)
COMPARE(equal, ==)
COMPARE(not_equal, !=)
FLOATS(neg, -a[i])
FLOATS(abs, fabsf(a[i]))
FLOATS(square, a[i] * a[i])
FLOATS(sign, a[i] > 0 ? 1.0f : a[i] < 0 ? -1.0f : a[i] != a[i] ? a[i] : 0.0f)
ARRAY(exp)
ARRAY(expm1)
ARRAY(log)
ARRAY(log1p)
FLOATS(sqrt, sqrtf(a[i]))
FLOATS(rsqrt, 1.0f / sqrtf(a[i]))
FLOATS(reciprocal, 1.0f / a[i])
ARRAY(sigmoid)
ARRAY(tanh)
FLOATS(relu, a[i] < 0 ? 0.0f : a[i])
ARRAY(softplus)
ARRAY(sin)
ARRAY(cos)
ARRAY(erf)
FLOATS(floor, floorf(a[i]))
FLOATS(step, a[i] > 0 ? 1.0f : a[i] != a[i] ? a[i] : b[i])
INTS_TO(add_int, ia[i] + ib[i])
INTS_TO(sub_int, ia[i] - ib[i])
INTS_TO(mul_int, ia[i] * ib[i])
INTS_TO(div_int, ib[i] == 0 ? 0 : (int32_t)((double)ia[i] / ib[i]))
INTS_TO(max_int, ia[i] > ib[i] ? ia[i] : ib[i])
INTS_TO(min_int, ia[i] < ib[i] ? ia[i] : ib[i])
INTS_TO(pow_int, int_power(ia[i], ib[i]))
INTS_TO(mod_int, floor_remainder(ia[i], ib[i]))
INTS_TO(squared_difference_int, (ia[i] - ib[i]) * (ia[i] - ib[i]))
INTS_TO(floor_div_int, floor_quotient(ia[i], ib[i]))
INTS_TO(greater_int, ia[i] > ib[i])
INTS_TO(greater_equal_int, ia[i] >= ib[i])
INTS_TO(less_int, ia[i] < ib[i])
INTS_TO(less_equal_int, ia[i] <= ib[i])
INTS_TO(equal_int, ia[i] == ib[i])
INTS_TO(not_equal_int, ia[i] != ib[i])
INTS_TO(neg_int, -ia[i])
INTS_TO(abs_int, ia[i] < 0 ? -ia[i] : ia[i])
INTS_TO(square_int, ia[i] * ia[i])
INTS_TO(sign_int, (ia[i] > 0) - (ia[i] < 0))
INTS_TO(logical_and, ia[i] && ib[i])
INTS_TO(logical_or, ia[i] || ib[i])
INTS_TO(logical_not, !ia[i])
INTS_TO(int_to_bool, ia[i] != 0)
FLOATS(clip, a[i] < b[i] ? b[i] : a[i] > c[i] ? c[i] : a[i])
INTS_TO(clip_int, ia[i] < ib[i] ? ib[i] : ia[i] > ic[i] ? ic[i] : ia[i])
INTS_TO(floor_div, truncated(floorf(a[i] / b[i])))
INTS_TO(select, ia[i] ? ib[i] : ic[i])
INTS_TO(float_to_int, truncated(a[i]))
INTS_TO(float_to_bool, a[i] != 0)
FLOATS(int_to_float, (float)((const i32 *)a)[i])

#define MOE_INSTRUCTION_ENTRY(name) [I_##name] = run_##name,
const Instruction KERNEL(instructions)[I_COUNT] = {MOE_INSTRUCTIONS(MOE_INSTRUCTION_ENTRY)};
