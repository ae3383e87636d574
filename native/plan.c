/* Reads plans and runs them: groups one after the other, the blocks of a group on whichever thread is free. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "cpu.h"
#include "plan.h"
#include "threads.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* In the order of GROUPS in src/engine/native/kinds.ts. */
enum { GROUP_SLICES, GROUP_EXPERTS, GROUP_WHOLE };

enum { MAGIC = 0x314d4f45, HEADER = 7, OPERAND = 4, ALIGNMENT = 64, MAX_EXTERNALS = 1 << 20 };

typedef struct {
  int32_t kind;
  /* Slices: how many. Experts: how many. Whole: parts of all operations together. */
  int32_t blocks;
  /* Experts: the most rows of a block, and where the counts are. */
  int32_t rows;
  Operand counts;
  int32_t opCount;
  Op *ops;
} Group;

typedef struct {
  const Kernels *kernels;
  Pool *pool;
  int threads;
  int32_t externals, groupCount, opCount, operandCount;
  int64_t scratch, workspace;
  int32_t *words;
  Operand *operands;
  Op *ops;
  Group *groups;
  float *arena, *constants, **scratches;
  /* For each thread a list of where the roots are. */
  int32_t rootCount;
  float **roots;
  /* The group that runs now, and its next block. */
  const Group *running;
  atomic_int next;
} Plan;

void *moe_alloc(size_t bytes) {
  size_t size = (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
#ifdef _WIN32
  void *memory = _aligned_malloc(size, ALIGNMENT);
#else
  void *memory = NULL;
  if (posix_memalign(&memory, ALIGNMENT, size) != 0) memory = NULL;
#endif
  if (memory != NULL) memset(memory, 0, size);
  return memory;
}

void moe_free(void *memory) {
#ifdef _WIN32
  _aligned_free(memory);
#else
  free(memory);
#endif
}

/* Denormals count as zero while a plan runs; returns what was before. */
static unsigned flush_denormals(void) {
#if defined(__SSE2__)
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  return before;
#elif defined(__aarch64__)
  unsigned long before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ul << 24)));
  return (unsigned)before;
#else
  return 0;
#endif
}

static void restore_denormals(unsigned before) {
#if defined(__SSE2__)
  _mm_setcsr(before);
#elif defined(__aarch64__)
  unsigned long value = before;
  __asm__ volatile("msr fpcr, %0" : : "r"(value));
#else
  (void)before;
#endif
}

/* A reader of words that never goes past the end. */
typedef struct {
  const int32_t *at;
  int64_t left;
  int failed;
} Reader;

static int32_t next_word(Reader *r) {
  if (r->left < 1) {
    r->failed = 1;
    return 0;
  }
  r->left--;
  return *r->at++;
}

static const int32_t *next_words(Reader *r, int64_t n) {
  if (n < 0 || r->left < n) {
    r->failed = 1;
    return r->at;
  }
  const int32_t *at = r->at;
  r->at += n;
  r->left -= n;
  return at;
}

static Operand next_operand(Reader *r, const Plan *plan) {
  const int32_t *w = next_words(r, OPERAND);
  if (r->failed) return (Operand){0};
  Operand operand = {.root = w[0], .offset = w[1], .perBlock = w[2], .perExpert = w[3]};
  if (operand.root < 0 || operand.root >= ROOT_EXTERNALS + plan->externals) r->failed = 1;
  return operand;
}

static void read_op(Reader *r, Plan *plan, Op *op, Operand **operands) {
  op->kind = next_word(r);
  op->parts = next_word(r);
  op->operandCount = next_word(r);
  int32_t ints = next_word(r), floats = next_word(r);
  const Operand *end = plan->operands + plan->operandCount;
  if (r->failed || op->kind < 0 || op->kind >= OP_COUNT || op->parts < 1 || op->operandCount < 0 ||
      op->operandCount > end - *operands) {
    r->failed = 1;
    return;
  }
  op->operands = *operands;
  for (int32_t i = 0; i < op->operandCount && !r->failed; i++) *(*operands)++ = next_operand(r, plan);
  op->ints = next_words(r, ints);
  op->floats = (const float *)(const void *)next_words(r, floats);
}

static void read_group(Reader *r, Plan *plan, Group *group, Op **ops, Operand **operands) {
  group->kind = next_word(r);
  group->blocks = next_word(r);
  group->rows = next_word(r);
  group->counts = next_operand(r, plan);
  group->opCount = next_word(r);
  group->ops = *ops;
  if (group->kind < GROUP_SLICES || group->kind > GROUP_WHOLE || group->blocks < 0 || group->rows < 1 ||
      group->opCount < 0 || group->opCount > plan->ops + plan->opCount - *ops)
    r->failed = 1;
  int64_t parts = 0;
  for (int32_t i = 0; i < group->opCount && !r->failed; i++) {
    read_op(r, plan, *ops, operands);
    parts += (*ops)++->parts;
  }
  if (group->kind == GROUP_WHOLE && group->blocks != parts) r->failed = 1;
}

void moe_plan_destroy(void *given) {
  Plan *plan = given;
  if (plan == NULL) return;
  if (plan->scratches != NULL)
    for (int t = 0; t < plan->threads; t++) moe_free(plan->scratches[t]);
  free(plan->scratches);
  free(plan->words);
  free(plan->operands);
  free(plan->ops);
  free(plan->groups);
  free(plan->roots);
  moe_free(plan->arena);
  moe_free(plan->constants);
  free(plan);
}

/* The words: header (magic, externals, operations, operands, floats of arena, of a thread's scratch, of its workspace), groups. */
static int read_plan(Plan *plan, int64_t count, const float *constants, int64_t constantCount) {
  Reader r = {plan->words, count, 0};
  const int32_t *header = next_words(&r, HEADER);
  if (r.failed || header[0] != MAGIC) return 0;
  plan->externals = header[1];
  plan->opCount = header[2];
  plan->operandCount = header[3];
  plan->groupCount = next_word(&r);
  /* What is counted takes words: no count is larger than theirs. */
  for (int i = 2; i < 4; i++)
    if (header[i] < 0 || header[i] > count) return 0;
  if (plan->externals < 0 || plan->externals > MAX_EXTERNALS) return 0;
  if (r.failed || plan->groupCount < 0 || plan->groupCount > count || header[4] < 0 || header[5] < 0 || header[6] < 0) return 0;
  plan->scratch = header[5];
  plan->workspace = header[6];
  plan->ops = calloc((size_t)plan->opCount + 1, sizeof(Op));
  plan->operands = calloc((size_t)plan->operandCount + 1, sizeof(Operand));
  plan->groups = calloc((size_t)plan->groupCount + 1, sizeof(Group));
  plan->rootCount = plan->externals + ROOT_EXTERNALS;
  plan->roots = calloc((size_t)plan->rootCount * (size_t)plan->threads, sizeof(float *));
  plan->scratches = calloc((size_t)plan->threads, sizeof(float *));
  plan->arena = moe_alloc((size_t)header[4] * 4);
  plan->constants = moe_alloc((size_t)constantCount * 4);
  if (!plan->ops || !plan->operands || !plan->groups || !plan->roots || !plan->scratches || !plan->arena || !plan->constants)
    return 0;
  if (constantCount > 0) memcpy(plan->constants, constants, (size_t)constantCount * 4);
  for (int t = 0; t < plan->threads; t++) {
    plan->scratches[t] = moe_alloc((size_t)(plan->scratch + plan->workspace) * 4);
    if (plan->scratches[t] == NULL) return 0;
  }
  Op *ops = plan->ops;
  Operand *operands = plan->operands;
  for (int32_t g = 0; g < plan->groupCount && !r.failed; g++) read_group(&r, plan, &plan->groups[g], &ops, &operands);
  return !r.failed && r.left == 0 && ops == plan->ops + plan->opCount && operands == plan->operands + plan->operandCount;
}

void *moe_plan_create(const int32_t *words, int64_t count, const float *constants, int64_t constantCount, void *pool) {
  Plan *plan = calloc(1, sizeof *plan);
  if (plan == NULL) return NULL;
  plan->kernels = cpu_kernels();
  plan->pool = pool;
  plan->threads = pool_threads(plan->pool);
  plan->words = malloc((size_t)count * 4 + 4);
  if (plan->words != NULL) memcpy(plan->words, words, (size_t)count * 4);
  if (plan->kernels == NULL || plan->words == NULL || !read_plan(plan, count, constants, constantCount)) {
    moe_plan_destroy(plan);
    return NULL;
  }
  return plan;
}

static void run_experts(const Plan *plan, const Group *group, Task *task, int32_t expert) {
  const Operand *o = &group->counts;
  const i32 *counts = (const i32 *)(task->roots[o->root] + o->offset);
  int64_t first = 0;
  for (int32_t e = 0; e < expert; e++) first += counts[e];
  task->expert = expert;
  task->isFirst = 1;
  for (int64_t done = 0; done < counts[expert]; done += group->rows) {
    task->block = first + done;
    task->rows = counts[expert] - done < group->rows ? counts[expert] - done : group->rows;
    for (int32_t i = 0; i < group->opCount; i++) plan->kernels->run[group->ops[i].kind](&group->ops[i], task);
    task->isFirst = 0;
  }
}

static void run_part(const Plan *plan, const Group *group, Task *task, int32_t part) {
  int32_t i = 0;
  while (part >= group->ops[i].parts) part -= group->ops[i++].parts;
  task->part = part;
  plan->kernels->run[group->ops[i].kind](&group->ops[i], task);
}

static void work_on_group(void *context, int thread) {
  Plan *plan = context;
  const Group *group = plan->running;
  unsigned before = flush_denormals();
  Task task = {
      .roots = plan->roots + thread * plan->rootCount,
      .workspace = plan->scratches[thread] + plan->scratch,
      .isFirst = 1,
  };
  for (;;) {
    int32_t block = atomic_fetch_add(&plan->next, 1);
    if (block >= group->blocks) break;
    if (group->kind == GROUP_EXPERTS) {
      run_experts(plan, group, &task, block);
    } else if (group->kind == GROUP_WHOLE) {
      run_part(plan, group, &task, block);
    } else {
      task.block = block;
      for (int32_t i = 0; i < group->opCount; i++) plan->kernels->run[group->ops[i].kind](&group->ops[i], &task);
      task.isFirst = 0;
    }
  }
  restore_denormals(before);
}

int moe_plan_run(void *given, void *const *pointers) {
  Plan *plan = given;
  for (int t = 0; t < plan->threads; t++) {
    float **roots = plan->roots + t * plan->rootCount;
    roots[ROOT_SCRATCH] = plan->scratches[t];
    roots[ROOT_ARENA] = plan->arena;
    roots[ROOT_CONSTANTS] = plan->constants;
    for (int32_t i = 0; i < plan->externals; i++) roots[ROOT_EXTERNALS + i] = pointers[i];
  }
  for (int32_t g = 0; g < plan->groupCount; g++) {
    plan->running = &plan->groups[g];
    atomic_store(&plan->next, 0);
    pool_run(plan->running->blocks > 1 ? plan->pool : NULL, work_on_group, plan);
  }
  return 0;
}
