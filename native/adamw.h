/* AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one parameter, in one pass over memory. */
#ifndef MOE_ADAMW_H
#define MOE_ADAMW_H

#include <stdint.h>

#include "adamw-step.h"
#include "isa.h"

/*
 * Updates parameter and moments in place. The order of operations is that of assembly/adamw.ts, none fused: the same
 * bits (where denormals are flushed, moments below 1.2e-38 are zero instead, far below what eps lets through).
 */
void KERNEL(adamw)(float *parameter, const float *gradient, float *first, float *second, int64_t n, const AdamW *step);

#endif
