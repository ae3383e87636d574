/* What happens between two runs of a plan: the norm of the gradient, and AdamW over all parameters, dealt out in chunks. */
#include <stdatomic.h>

#include "api.h"
#include "cpu.h"
#include "threads.h"

/* Numbers of a chunk: with its gradient and moments it fits a core's second cache; more only where chunks would be too many. */
enum { CHUNK = 16384, MAX_CHUNKS = 1024 };

typedef struct {
  float *parameter, *first, *second;
  const float *gradient;
  int64_t n, size;
  AdamW step;
  atomic_int next;
  double squares[MAX_CHUNKS];
} Job;

/* The size depends on n alone, and so does every sum. */
static void deal(Job *job, int64_t n) {
  job->n = n;
  job->size = CHUNK;
  while (job->size * MAX_CHUNKS < n) job->size *= 2;
  atomic_init(&job->next, 0);
}

/* The next chunk's first number and how many it has; 0 where none is left. */
static int64_t take(Job *job, int64_t *first, int32_t *chunk) {
  *chunk = atomic_fetch_add(&job->next, 1);
  *first = *chunk * job->size;
  if (*first >= job->n) return 0;
  return job->n - *first < job->size ? job->n - *first : job->size;
}

static void square(void *context, int thread) {
  (void)thread;
  Job *job = context;
  int64_t first, size;
  int32_t chunk;
  while ((size = take(job, &first, &chunk)) > 0)
    job->squares[chunk] = cpu_kernels()->sum_of_squares(job->gradient + first, size);
}

static void update(void *context, int thread) {
  (void)thread;
  Job *job = context;
  int64_t first, size;
  int32_t chunk;
  while ((size = take(job, &first, &chunk)) > 0)
    cpu_kernels()->adamw(job->parameter + first, job->gradient + first, job->first + first, job->second + first, size, &job->step);
}

/* Few chunks are sooner done than a thread is awake. */
static Pool *pool_for(void *pool, const Job *job) { return job->n > 2 * job->size ? pool : NULL; }

double moe_sum_of_squares(void *pool, const float *x, int64_t n) {
  Job job = {.gradient = x};
  deal(&job, n);
  pool_run(pool_for(pool, &job), square, &job);
  double sum = 0;
  for (int64_t chunk = 0; chunk * job.size < n; chunk++) sum += job.squares[chunk];
  return sum;
}

void moe_adamw(void *pool, float *parameter, const float *gradient, float *first, float *second, int64_t n,
               const float *factors) {
  Job job = {.parameter = parameter, .gradient = gradient, .first = first, .second = second};
  job.step = (AdamW){factors[0], factors[1], factors[2], factors[3], factors[4],
                     factors[5], factors[6], factors[7], factors[8]};
  deal(&job, n);
  pool_run(pool_for(pool, &job), update, &job);
}
