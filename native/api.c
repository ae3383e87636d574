#include "api.h"

#include "cpu.h"
#include "threads.h"

#ifndef MOE_BUILD
#define MOE_BUILD "unknown"
#endif

int moe_abi(void) { return MOE_ABI; }

const char *moe_build(void) { return MOE_BUILD; }

const char *moe_isa(void) { return cpu_kernels() == NULL ? "none" : cpu_kernels()->isa; }

int moe_use_isa(const char *name) { return cpu_choose(name); }

void *moe_pool_create(int threads) { return pool_create(threads); }

void moe_pool_destroy(void *pool) { pool_destroy(pool); }

uintptr_t moe_address(const void *array) { return (uintptr_t)array; }

double moe_speed(double seconds) { return cpu_kernels()->speed(seconds); }
