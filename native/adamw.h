/* AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one parameter, in one pass over memory. */
#ifndef MOE_ADAMW_H
#define MOE_ADAMW_H

#include <stdint.h>

#include "isa.h"

#ifndef MOE_ADAMW_TYPES
#define MOE_ADAMW_TYPES
/* The numbers of one step: clip factor, betas and 1 - betas, sqrt(1 - beta2^t), eps, lr / (1 - beta1^t), 1 - lr * decay. */
typedef struct {
  float clip, beta1, rest1, beta2, rest2, correction2, eps, rate, decay;
} AdamW;
#endif

/*
 * Updates parameter and moments in place. The order of operations is that of assembly/adamw.ts, none fused: the same
 * bits (where denormals are flushed, moments below 1.2e-38 are zero instead, far below what eps lets through).
 */
void KERNEL(adamw)(float *parameter, const float *gradient, float *first, float *second, int64_t n, const AdamW *step);

#endif
