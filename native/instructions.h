/* What an element-wise program can do to whole registers of numbers. */
#ifndef MOE_INSTRUCTIONS_H
#define MOE_INSTRUCTIONS_H

#include <stdint.h>

#include "isa.h"

/* In the order of INSTRUCTIONS in src/engine/native/kinds.ts; a test holds the two lists against each other. */
#define MOE_INSTRUCTIONS(I) \
  I(copy) I(add) I(sub) I(mul) I(div) I(max) I(min) I(pow) I(mod) I(squared_difference) I(floor_div) \
  I(greater) I(greater_equal) I(less) I(less_equal) I(equal) I(not_equal) \
  I(neg) I(abs) I(square) I(sign) I(clip) I(exp) I(expm1) I(log) I(log1p) I(sqrt) I(rsqrt) I(reciprocal) \
  I(sigmoid) I(tanh) I(relu) I(softplus) I(sin) I(cos) I(erf) I(floor) I(step) \
  I(add_int) I(sub_int) I(mul_int) I(div_int) I(max_int) I(min_int) I(pow_int) I(mod_int) \
  I(squared_difference_int) I(floor_div_int) \
  I(greater_int) I(greater_equal_int) I(less_int) I(less_equal_int) I(equal_int) I(not_equal_int) \
  I(neg_int) I(abs_int) I(square_int) I(sign_int) I(clip_int) \
  I(logical_and) I(logical_or) I(logical_not) I(select) I(int_to_float) I(float_to_int) I(float_to_bool) I(int_to_bool)

#define MOE_INSTRUCTION_ENUM(name) I_##name,
enum { MOE_INSTRUCTIONS(MOE_INSTRUCTION_ENUM) I_COUNT };

/* y = f(a, b, c) over n numbers; what it does not need it does not look at. y overlaps none of them. */
typedef void (*Instruction)(float *y, const float *a, const float *b, const float *c, int64_t n);

extern const Instruction KERNEL(instructions)[I_COUNT];

#endif
