#include "api.h"

#include "cpu.h"

#ifndef MOE_BUILD
#define MOE_BUILD "unknown"
#endif

int moe_abi(void) { return MOE_ABI; }

const char *moe_build(void) { return MOE_BUILD; }

const char *moe_isa(void) { return cpu_kernels() == NULL ? "none" : cpu_kernels()->isa; }

int moe_use_isa(const char *name) { return cpu_choose(name); }

uintptr_t moe_address(const void *array) { return (uintptr_t)array; }

double moe_sum_of_squares(const float *x, int64_t n) { return cpu_kernels()->sum_of_squares(x, n); }

void moe_adamw(float *parameter, const float *gradient, float *first, float *second, int64_t n, const float *factors) {
  const AdamW step = {factors[0], factors[1], factors[2], factors[3], factors[4],
                      factors[5], factors[6], factors[7], factors[8]};
  cpu_kernels()->adamw(parameter, gradient, first, second, n, &step);
}

double moe_speed(double seconds) { return cpu_kernels()->speed(seconds); }
