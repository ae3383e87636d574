/* Which instruction set the kernels are taken from. */
#ifndef MOE_CPU_H
#define MOE_CPU_H

#include "plan.h"

/* The kernels in use: the best that this library has and this processor can run, unless another was asked for. */
const Kernels *cpu_kernels(void);

/* Asks for an instruction set by name; 0, or -1 where the library or the processor lacks it. */
int cpu_choose(const char *name);

/* Names of the instruction sets in this library that this processor can run, best first, with spaces between. */
const char *cpu_available(void);

#endif
