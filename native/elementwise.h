/* The elementary functions of vmath.h over arrays. y may be x itself; else they do not overlap. */
#ifndef MOE_ELEMENTWISE_H
#define MOE_ELEMENTWISE_H

#include <stdint.h>

#include "isa.h"

#define MOE_ELEMENTWISE(each) \
  each(exp) each(expm1) each(log) each(log1p) each(sigmoid) each(softplus) each(tanh) each(erf) each(sin) each(cos)

/* y[i] = f(x[i]) for n numbers. */
#define MOE_DECLARE(f) void KERNEL(f##_n)(float *y, const float *x, int64_t n);
MOE_ELEMENTWISE(MOE_DECLARE)
#undef MOE_DECLARE

/* z[i] = x[i] to the power y[i]. */
void KERNEL(pow_n)(float *z, const float *x, const float *y, int64_t n);

#endif
