/* What is done to one row of numbers at once. Outputs may be the inputs themselves. */
#ifndef MOE_ROWS_H
#define MOE_ROWS_H

#include <stdint.h>

#include "isa.h"

/*
 * y = softmax(scale * x) over n numbers, n >= 1; the greatest is subtracted before exp. A NaN, or the infinity that is
 * the greatest, makes the row NaN, as in tfjs.
 */
void KERNEL(softmax_row)(float *y, const float *x, int64_t n, float scale);

/* dx = y * (dy - sum of dy * y): the gradient at what was exponentiated (not yet times scale). */
void KERNEL(softmax_backward_row)(float *dx, const float *dy, const float *y, int64_t n);

/*
 * RMSNorm (Zhang and Sennrich, arXiv 1910.07467): y = (x / rms) * gain with rms = sqrt(mean(x^2) + eps), over n
 * numbers; returns 1 / rms. gain NULL: no gain.
 */
float KERNEL(rmsnorm_row)(float *y, const float *x, const float *gain, int64_t n, float eps);

#endif
