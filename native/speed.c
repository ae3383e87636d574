#include "speed.h"

#include <stdlib.h>
#include <time.h>

#include "gemm.h"

enum { SIZE = 128, REPEATS = 20, SLICES = 10 };

static double now(void) {
  struct timespec time;
  timespec_get(&time, TIME_UTC);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double KERNEL(speed)(double seconds) {
  Gemm g = {.M = SIZE, .N = SIZE, .K = SIZE, .alpha = 1, .rsA = SIZE, .csA = 1, .rsB = SIZE, .csB = 1, .ldc = SIZE};
  float *numbers = calloc(3 * SIZE * SIZE + KERNEL(gemm_scratch)(&g), sizeof(float));
  if (numbers == NULL) return 0;
  for (int i = 0; i < 2 * SIZE * SIZE; i++) numbers[i] = (float)(i % 7) - 3;
  g.A = numbers;
  g.B = numbers + SIZE * SIZE;
  g.C = numbers + 2 * SIZE * SIZE;
  double best = 0, start = now();
  for (int slice = 0; slice < SLICES; slice++) {
    double begin = now(), flops = 0;
    do {
      for (int i = 0; i < REPEATS; i++) KERNEL(gemm)(&g, numbers + 3 * SIZE * SIZE);
      flops += 2.0 * REPEATS * SIZE * SIZE * SIZE;
    } while (now() < start + seconds * (slice + 1) / SLICES);
    double rate = flops / (now() - begin) / 1e9;
    if (rate > best) best = rate;
  }
  free(numbers);
  return best;
}
