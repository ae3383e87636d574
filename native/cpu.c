#include "cpu.h"

#include <stdio.h>
#include <string.h>

/* The build defines MOE_HAS_.. for each instruction set that it compiled the kernels for. */
#ifdef MOE_HAS_avx512
extern const Kernels moe_avx512_kernels;
#endif
#ifdef MOE_HAS_avx2
extern const Kernels moe_avx2_kernels;
#endif
#ifdef MOE_HAS_sse2
extern const Kernels moe_sse2_kernels;
#endif
#ifdef MOE_HAS_neon
extern const Kernels moe_neon_kernels;
#endif

/* What the processor and the operating system can do, best first; all of x86-64-v4 and -v3 must be there. */
static int available(const Kernels **list) {
  int count = 0;
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
#ifdef MOE_HAS_avx512
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    list[count++] = &moe_avx512_kernels;
#endif
#ifdef MOE_HAS_avx2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
    list[count++] = &moe_avx2_kernels;
#endif
#endif
#ifdef MOE_HAS_sse2
  list[count++] = &moe_sse2_kernels;
#endif
#ifdef MOE_HAS_neon
  list[count++] = &moe_neon_kernels;
#endif
  return count;
}

static const Kernels *chosen;

const Kernels *cpu_kernels(void) {
  if (chosen == NULL) {
    const Kernels *list[4];
    if (available(list) > 0) chosen = list[0];
  }
  return chosen;
}

int cpu_choose(const char *name) {
  const Kernels *list[4];
  int count = available(list);
  for (int i = 0; i < count; i++) {
    if (strcmp(list[i]->isa, name) != 0) continue;
    chosen = list[i];
    return 0;
  }
  return -1;
}

const char *cpu_available(void) {
  static char names[64];
  const Kernels *list[4];
  int count = available(list), used = 0;
  for (int i = 0; i < count; i++)
    used += snprintf(names + used, sizeof names - (size_t)used, "%s%s", i > 0 ? " " : "", list[i]->isa);
  return names;
}
