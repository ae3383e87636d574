/* What every file of operations needs: its own name for each, and the kernels that they call. */
#ifndef MOE_OPS_H
#define MOE_OPS_H

#include "isa.h"
#include "plan.h"

#define MOE_OP_DECLARE(name) void KERNEL(name)(const Op *op, const Task *task);
MOE_OPS(MOE_OP_DECLARE)

#endif
