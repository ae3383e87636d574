/*
 * Elementary functions of vectors. They are right also for denormals; where the processor flushes denormals to zero
 * (and reads them as zero), so do they. Errors over the whole range: test/math-test.c.
 */
#ifndef MOE_VMATH_H
#define MOE_VMATH_H

#include <math.h>

#include "vexp.h"
#include "vlog.h"
#include "vpow.h"
#include "vtrig.h"

#endif
