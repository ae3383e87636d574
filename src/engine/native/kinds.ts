/** Names shared with the C library, in its order: a test reads native/plan.h and the files beside it. */

/** Operations, as MOE_OPS in native/plan.h. */
export const OPS = [
  "elementwise",
  "reduce",
  "matmul",
  "grouped_outer",
  "causal_attention",
  "causal_attention_gradient",
  "softmax",
  "log_sum_exp",
  "rms_norm",
  "rms_norm_gradient",
  "layer_norm",
  "rotary",
  "cross_entropy",
  "cross_entropy_gradient",
  "top_k",
  "take_along_last",
  "put_along_last",
  "sort_by_expert",
  "count_by_expert",
  "rows_of_tokens",
  "gather",
  "scatter_rows",
  "combine_rows",
  "weighted_combine",
  "weighted_dispatch",
  "gate_gradient",
  "cumsum",
  "pad",
  "one_hot",
] as const;

export type OpName = (typeof OPS)[number];

/** How the work of a group is cut, as in native/plan.c. */
export const GROUPS = ["slices", "experts", "whole"] as const;

/** What a reduction does, as in native/op-reduce.c. */
export const REDUCTIONS = ["sum", "max", "min", "prod", "sum_int", "max_int", "min_int", "prod_int"] as const;

/** What an element-wise program can do, as MOE_INSTRUCTIONS in native/instructions.h. */
export const INSTRUCTIONS = [
  "copy",
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "pow",
  "mod",
  "squared_difference",
  "floor_div",
  "greater",
  "greater_equal",
  "less",
  "less_equal",
  "equal",
  "not_equal",
  "neg",
  "abs",
  "square",
  "sign",
  "clip",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sqrt",
  "rsqrt",
  "reciprocal",
  "sigmoid",
  "tanh",
  "relu",
  "softplus",
  "sin",
  "cos",
  "erf",
  "floor",
  "step",
  "add_int",
  "sub_int",
  "mul_int",
  "div_int",
  "max_int",
  "min_int",
  "pow_int",
  "mod_int",
  "squared_difference_int",
  "floor_div_int",
  "greater_int",
  "greater_equal_int",
  "less_int",
  "less_equal_int",
  "equal_int",
  "not_equal_int",
  "neg_int",
  "abs_int",
  "square_int",
  "sign_int",
  "clip_int",
  "logical_and",
  "logical_or",
  "logical_not",
  "select",
  "int_to_float",
  "float_to_int",
  "float_to_bool",
  "int_to_bool",
] as const;

export type InstructionName = (typeof INSTRUCTIONS)[number];

/** Floats in a row register of an element-wise program, and how many of these there are. */
export const TILE = 512;
export const MAX_REGISTERS = 48;
