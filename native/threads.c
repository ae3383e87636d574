#include "threads.h"

#include <stdatomic.h>
#include <stdlib.h>

#ifdef _WIN32
#include <windows.h>
typedef HANDLE Thread;
typedef CRITICAL_SECTION Mutex;
typedef CONDITION_VARIABLE Condition;
#define mutex_init(m) InitializeCriticalSection(m)
#define mutex_free(m) DeleteCriticalSection(m)
#define lock(m) EnterCriticalSection(m)
#define unlock(m) LeaveCriticalSection(m)
#define condition_init(c) InitializeConditionVariable(c)
#define condition_free(c) ((void)(c))
#define sleep_on(c, m) SleepConditionVariableCS(c, m, INFINITE)
#define wake_all(c) WakeAllConditionVariable(c)
#define yield_processor() SwitchToThread()
#else
#include <pthread.h>
#include <sched.h>
#include <signal.h>
typedef pthread_t Thread;
typedef pthread_mutex_t Mutex;
typedef pthread_cond_t Condition;
#define mutex_init(m) pthread_mutex_init(m, NULL)
#define mutex_free(m) pthread_mutex_destroy(m)
#define lock(m) pthread_mutex_lock(m)
#define unlock(m) pthread_mutex_unlock(m)
#define condition_init(c) pthread_cond_init(c, NULL)
#define condition_free(c) pthread_cond_destroy(c)
#define sleep_on(c, m) pthread_cond_wait(c, m)
#define wake_all(c) pthread_cond_broadcast(c)
#define yield_processor() sched_yield()
#endif

/*
 * Helpers look for work a little while before they sleep: groups of a step follow each other within microseconds. They
 * yield between looks, so that on a busy machine somebody else runs meanwhile.
 */
enum { LOOKS = 200, MAX_THREADS = 64 };

typedef struct {
  Pool *pool;
  int thread;
} Helper;

struct Pool {
  int threads;
  Mutex mutex;
  Condition wake, done;
  atomic_uint round; /* how often there was work */
  atomic_int busy;   /* helpers that have not ended this round */
  atomic_int stop;
  void (*work)(void *context, int thread);
  void *context;
  Thread handles[MAX_THREADS];
  Helper helpers[MAX_THREADS];
};

static void await_round(Pool *pool, unsigned seen) {
  for (int look = 0; look < LOOKS; look++) {
    if (atomic_load(&pool->round) != seen || atomic_load(&pool->stop)) return;
    yield_processor();
  }
  lock(&pool->mutex);
  while (atomic_load(&pool->round) == seen && !atomic_load(&pool->stop)) sleep_on(&pool->wake, &pool->mutex);
  unlock(&pool->mutex);
}

static void help(Helper *helper) {
  Pool *pool = helper->pool;
  unsigned seen = 0;
  for (;;) {
    await_round(pool, seen);
    if (atomic_load(&pool->stop)) return;
    seen = atomic_load(&pool->round);
    pool->work(pool->context, helper->thread);
    if (atomic_fetch_sub(&pool->busy, 1) == 1) {
      lock(&pool->mutex);
      wake_all(&pool->done);
      unlock(&pool->mutex);
    }
  }
}

#ifdef _WIN32
static DWORD WINAPI begin(LPVOID helper) {
  help(helper);
  return 0;
}
static int start(Thread *thread, Helper *helper) {
  *thread = CreateThread(NULL, 0, begin, helper, 0, NULL);
  return *thread != NULL;
}
static void join(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}
#else
static void *begin(void *helper) {
  help(helper);
  return NULL;
}
/* Signals are for the threads of the host program. */
static int start(Thread *thread, Helper *helper) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  int failed = pthread_create(thread, NULL, begin, helper);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return !failed;
}
static void join(Thread thread) { pthread_join(thread, NULL); }
#endif

Pool *pool_create(int threads) {
  if (threads < 2) return NULL;
  Pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  mutex_init(&pool->mutex);
  condition_init(&pool->wake);
  condition_init(&pool->done);
  pool->threads = 1;
  while (pool->threads < threads && pool->threads < MAX_THREADS) {
    Helper *helper = &pool->helpers[pool->threads];
    *helper = (Helper){pool, pool->threads};
    if (!start(&pool->handles[pool->threads], helper)) break;
    pool->threads++;
  }
  return pool;
}

void pool_destroy(Pool *pool) {
  if (pool == NULL) return;
  lock(&pool->mutex);
  atomic_store(&pool->stop, 1);
  wake_all(&pool->wake);
  unlock(&pool->mutex);
  for (int t = 1; t < pool->threads; t++) join(pool->handles[t]);
  condition_free(&pool->wake);
  condition_free(&pool->done);
  mutex_free(&pool->mutex);
  free(pool);
}

void pool_run(Pool *pool, void (*work)(void *context, int thread), void *context) {
  if (pool == NULL || pool->threads == 1) {
    work(context, 0);
    return;
  }
  pool->work = work;
  pool->context = context;
  atomic_store(&pool->busy, pool->threads - 1);
  lock(&pool->mutex);
  atomic_fetch_add(&pool->round, 1);
  wake_all(&pool->wake);
  unlock(&pool->mutex);
  work(context, 0);
  for (int look = 0; look < LOOKS && atomic_load(&pool->busy) > 0; look++) yield_processor();
  lock(&pool->mutex);
  while (atomic_load(&pool->busy) > 0) sleep_on(&pool->done, &pool->mutex);
  unlock(&pool->mutex);
}

int pool_threads(const Pool *pool) { return pool == NULL ? 1 : pool->threads; }
