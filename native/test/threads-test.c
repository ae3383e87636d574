/* The pool: every block of every round is done once, by threads that sleep, come late, or never come. */
#include "../threads.h"

#include <stdatomic.h>

#include "check.h"

enum { BLOCKS = 37, ROUNDS = 10000 };

typedef struct {
  atomic_int next;
  int blocks;
  /* Not atomic: the sanitizer for threads sees two that write one at once, or one that reads before the round is over. */
  int done[BLOCKS];
} Work;

static void work(void *context, int thread) {
  (void)thread;
  Work *w = context;
  for (int block; (block = atomic_fetch_add(&w->next, 1)) < w->blocks;) {
    w->done[block]++;
    /* Long enough for others to come. */
    for (volatile int i = 0; i < 300; i++);
  }
}

static int rounds(int threads) {
  Pool *pool = pool_create(threads);
  Work w = {.blocks = 0};
  int wanted[BLOCKS] = {0}, right = pool_threads(pool) == threads;
  for (int round = 0; round < ROUNDS; round++) {
    w.blocks = round % (BLOCKS + 1);
    atomic_store(&w.next, 0);
    pool_run(pool, work, &w);
    for (int block = 0; block < w.blocks; block++) right &= w.done[block] == ++wanted[block];
  }
  pool_destroy(pool);
  return right;
}

int main(void) {
  check_that("one thread", rounds(1));
  check_that("two threads", rounds(2));
  check_that("seven threads, more than there are processors", rounds(7));
  Pool *idle = pool_create(3);
  pool_destroy(idle);
  pool_destroy(NULL);
  check_that("a pool that never had work ends", 1);
  return finish();
}
