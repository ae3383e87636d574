/* A pool of threads that is kept between steps and asleep when there is nothing to do. */
#ifndef MOE_THREADS_H
#define MOE_THREADS_H

typedef struct Pool Pool;

/* Starts threads - 1 helpers; NULL where none are wanted or none can be had. */
Pool *pool_create(int threads);
void pool_destroy(Pool *pool);

/* Calls work(context, thread) on every thread, the caller's being 0, and returns when all have ended. */
void pool_run(Pool *pool, void (*work)(void *context, int thread), void *context);

/* How many threads there are, the caller's included. */
int pool_threads(const Pool *pool);

#endif
