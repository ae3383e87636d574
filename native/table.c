/* The functions of one instruction set, for native/cpu.c to choose from. */
#include "ops.h"
#include "adamw.h"
#include "reduce.h"
#include "speed.h"

#define MOE_OP_ENTRY(name) [OP_##name] = KERNEL(name),
#define MOE_NAME_(isa) #isa
#define MOE_NAME(isa) MOE_NAME_(isa)

extern const Kernels KERNEL(kernels);
const Kernels KERNEL(kernels) = {
    .isa = MOE_NAME(MOE_ISA),
    .run = {MOE_OPS(MOE_OP_ENTRY)},
    .sum_of_squares = KERNEL(sum_of_squares),
    .adamw = KERNEL(adamw),
    .speed = KERNEL(speed),
};
