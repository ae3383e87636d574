#include "cpu.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#endif

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

#if defined(__x86_64__) || defined(_M_X64)
/*
 * The level of x86-64 (1, 3 or 4) whose instructions the processor has, all of them, and whose registers the operating
 * system keeps. By hand: __builtin_cpu_supports answers no to everything where zig links it.
 */
__attribute__((unused)) static int x86_level(void) {
  enum { FMA = 1 << 12, MOVBE = 1 << 22, OSXSAVE = 1 << 27, AVX = 1 << 28, F16C = 1 << 29 };
  enum { BMI1 = 1 << 3, AVX2 = 1 << 5, BMI2 = 1 << 8, LZCNT = 1 << 5 };
  const unsigned int avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; /* F, DQ, CD, BW, VL */
  const unsigned int first = FMA | MOVBE | OSXSAVE | AVX | F16C, second = BMI1 | AVX2 | BMI2;
  unsigned int a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first) return 1;
  unsigned int kept, high;
  __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
  if ((kept & 0x6) != 0x6) return 1;
  if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || (c & LZCNT) == 0) return 1;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & second) != second) return 1;
  return (b & avx512) == avx512 && (kept & 0xe6) == 0xe6 ? 4 : 3;
}
#endif

/* What the processor and the operating system can do, best first. */
static int available(const Kernels **list) {
  int count = 0;
#ifdef MOE_HAS_avx512
  if (x86_level() >= 4) list[count++] = &moe_avx512_kernels;
#endif
#ifdef MOE_HAS_avx2
  if (x86_level() >= 3) list[count++] = &moe_avx2_kernels;
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
