/*
 * A plan: groups of operations that src/engine/native makes from a traced graph. Every number, also of integers and
 * truth values, takes four bytes; sizes and strides count those.
 */
#ifndef MOE_PLAN_H
#define MOE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "adamw-step.h"

/* An integer in memory that is otherwise read as floats. */
typedef int32_t i32 __attribute__((may_alias));

/* Where an operand lies: in a root, at offset + block * perBlock + expert * perExpert. */
typedef struct {
  int32_t root;
  int32_t perBlock, perExpert;
  int64_t offset;
} Operand;

/* Roots; external arrays follow. */
enum { ROOT_SCRATCH, ROOT_ARENA, ROOT_CONSTANTS, ROOT_EXTERNALS };

typedef struct {
  int32_t kind;
  /* In how many parts a group of whole operations may deal it out. */
  int32_t parts;
  int32_t operandCount;
  const Operand *operands;
  const int32_t *ints;
  const float *floats;
} Op;

/* What an operation works on: one block of one group, by one thread. */
typedef struct {
  float *const *roots;
  /* The thread's own, of the size that the plan's largest wish asks for. */
  float *workspace;
  /* Slices: which. Expert rows: the first one. */
  int64_t block;
  /* Expert rows: how many, of which expert. */
  int64_t rows, expert;
  int32_t part;
  /* Whether it is this thread's first block in this group, or of this expert. */
  int32_t isFirst;
} Task;

typedef void (*OpFunction)(const Op *op, const Task *task);

/* The pointer of an operand. */
static inline float *operand_at(const Op *op, int index, const Task *task) {
  const Operand *o = &op->operands[index];
  return task->roots[o->root] + o->offset + task->block * o->perBlock + task->expert * o->perExpert;
}

/* A size in a plan: -1 stands for the rows of the block of an expert. */
static inline int64_t size_of(int32_t size, const Task *task) { return size < 0 ? task->rows : size; }

/* Kinds of operations, in the order of src/engine/native/kinds.ts; a test holds the two lists against each other. */
#define MOE_OPS(OP) \
  OP(elementwise)   \
  OP(reduce)        \
  OP(matmul)        \
  OP(grouped_outer) \
  OP(causal_attention)     \
  OP(causal_attention_gradient) \
  OP(softmax)       \
  OP(log_sum_exp)   \
  OP(rms_norm)      \
  OP(rms_norm_gradient) \
  OP(layer_norm)    \
  OP(rotary)        \
  OP(cross_entropy) \
  OP(cross_entropy_gradient) \
  OP(top_k)         \
  OP(take_along_last) \
  OP(put_along_last) \
  OP(sort_by_expert) \
  OP(count_by_expert) \
  OP(rows_of_tokens) \
  OP(gather)        \
  OP(scatter_rows)  \
  OP(combine_rows)  \
  OP(weighted_combine) \
  OP(weighted_dispatch) \
  OP(gate_gradient) \
  OP(cumsum)        \
  OP(pad)           \
  OP(one_hot)

#define MOE_OP_ENUM(name) OP_##name,
enum { MOE_OPS(MOE_OP_ENUM) OP_COUNT };

/* The functions of one instruction set. */
typedef struct {
  const char *isa;
  OpFunction run[OP_COUNT];
  double (*sum_of_squares)(const float *x, int64_t n);
  void (*adamw)(float *parameter, const float *gradient, float *first, float *second, int64_t n, const AdamW *step);
  double (*speed)(double seconds);
} Kernels;

#endif
