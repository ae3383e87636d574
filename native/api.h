/* What src/engine/native/library.ts calls. Everything else is hidden. */
#ifndef MOE_API_H
#define MOE_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define MOE_API __declspec(dllexport)
#else
#define MOE_API __attribute__((visibility("default")))
#endif

/* Raised by any change of a function here or of the words of a plan. */
#define MOE_ABI 2

MOE_API int moe_abi(void);
/* Hash of the sources, compiler, and the instruction sets contained. */
MOE_API const char *moe_build(void);
/* The instruction set in use. */
MOE_API const char *moe_isa(void);
/* 0, or -1 where the library or the processor lacks it. For plans made from now on. */
MOE_API int moe_use_isa(const char *name);

/* Where an array lies, as a number. */
MOE_API uintptr_t moe_address(const void *array);

/* Zeros, beginning on a cache line; NULL where there is no memory. */
MOE_API void *moe_alloc(size_t bytes);
MOE_API void moe_free(void *memory);

/* Threads that wait for work, the caller's counted; NULL where it is alone. For one caller at a time. */
MOE_API void *moe_pool_create(int threads);
/* After all that uses it. */
MOE_API void moe_pool_destroy(void *pool);

/* NULL where the words are no plan or there is no memory. Words and constants are copied. */
MOE_API void *moe_plan_create(const int32_t *words, int64_t count, const float *constants, int64_t constantCount, void *pool);
/* Runs once; pointers are those of the plan's external arrays, in order. Not reentrant. */
MOE_API int moe_plan_run(void *plan, void *const *pointers);
MOE_API void moe_plan_destroy(void *plan);

/* On the threads of a pool; no number depends on how many these are. */
MOE_API double moe_sum_of_squares(void *pool, const float *x, int64_t n);
/* factors: clip, beta1, 1 - beta1, beta2, 1 - beta2, square root of the second correction, eps, step size, decay. */
MOE_API void moe_adamw(void *pool, float *parameter, const float *gradient, float *first, float *second, int64_t n,
                       const float *factors);

/* GFLOP/s of multiplies of 128 x 128 matrices for about so many seconds. */
MOE_API double moe_speed(double seconds);

#endif
