/* How fast a multiply is on this machine. */
#ifndef MOE_SPEED_H
#define MOE_SPEED_H

#include "isa.h"

/* GFLOP/s of multiplies of 128 x 128 matrices on one thread: the best tenth of about so many seconds; 0 without memory. */
double KERNEL(speed)(double seconds);

#endif
