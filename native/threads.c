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

/*
 * The state of a round of work is one word: how many helpers are in it, whether it is still open to them, and above that its
 * number. Who comes after the caller has closed it has nothing to do, and nobody waits for a helper that the machine has
 * not let run: where others want the processors, the caller does all by itself.
 */
enum { IN_ROUND = 0xffff, OPEN = 1 << 16, NEXT_ROUND = 1 << 17 };

struct Pool {
  int threads;
  Mutex mutex;
  Condition wake, done;
  atomic_uint round; /* IN_ROUND, OPEN and NEXT_ROUND */
  atomic_int stop;
  void (*work)(void *context, int thread);
  void *context;
  Thread handles[MAX_THREADS];
  Helper helpers[MAX_THREADS];
};

static int is_new(Pool *pool, unsigned seen) {
  const unsigned round = atomic_load(&pool->round);
  return (round & OPEN) != 0 && round / NEXT_ROUND != seen;
}

/* Whether there is work for a helper that was last in the round `seen`; if so, it is counted in. */
static int enter(Pool *pool, unsigned *seen) {
  unsigned round = atomic_load(&pool->round);
  while ((round & OPEN) != 0 && round / NEXT_ROUND != *seen)
    if (atomic_compare_exchange_weak(&pool->round, &round, round + 1)) {
      *seen = round / NEXT_ROUND;
      return 1;
    }
  return 0;
}

static void await_work(Pool *pool, unsigned seen) {
  for (int look = 0; look < LOOKS; look++) {
    if (is_new(pool, seen) || atomic_load(&pool->stop)) return;
    yield_processor();
  }
  lock(&pool->mutex);
  while (!is_new(pool, seen) && !atomic_load(&pool->stop)) sleep_on(&pool->wake, &pool->mutex);
  unlock(&pool->mutex);
}

static void help(Helper *helper) {
  Pool *pool = helper->pool;
  unsigned seen = 0;
  for (;;) {
    await_work(pool, seen);
    if (atomic_load(&pool->stop)) return;
    if (!enter(pool, &seen)) continue;
    pool->work(pool->context, helper->thread);
    if ((atomic_fetch_sub(&pool->round, 1) & IN_ROUND) == 1) {
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
  lock(&pool->mutex);
  atomic_fetch_add(&pool->round, NEXT_ROUND | OPEN);
  wake_all(&pool->wake);
  unlock(&pool->mutex);
  work(context, 0);
  atomic_fetch_sub(&pool->round, OPEN);
  for (int look = 0; look < LOOKS && (atomic_load(&pool->round) & IN_ROUND) != 0; look++) yield_processor();
  if ((atomic_load(&pool->round) & IN_ROUND) == 0) return;
  lock(&pool->mutex);
  while ((atomic_load(&pool->round) & IN_ROUND) != 0) sleep_on(&pool->done, &pool->mutex);
  unlock(&pool->mutex);
}

int pool_threads(const Pool *pool) { return pool == NULL ? 1 : pool->threads; }
