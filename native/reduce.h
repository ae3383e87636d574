/* Reductions of an array to a number, in an order that depends on n and the vector width only. */
#ifndef MOE_REDUCE_H
#define MOE_REDUCE_H

#include <stdint.h>

#include "isa.h"

/* The greatest; NaN if one is NaN (as tfjs), -Infinity of none. */
float KERNEL(max_n)(const float *x, int64_t n);

/* The sum: blocks of REDUCE_BLOCK numbers in four vectors, then pairwise. 0 of none. */
float KERNEL(sum_n)(const float *x, int64_t n);

/* Sum of x[i] * y[i], in the order of sum_n. */
float KERNEL(dot_n)(const float *x, const float *y, int64_t n);

/* Sum of squares, squared and added in double. */
double KERNEL(sum_of_squares)(const float *x, int64_t n);

#endif
