/*
 * bench_time.h - the CPU time that the process has spent, and how times are put in order.
 */
#ifndef PENSTOCK_BENCH_TIME_H
#define PENSTOCK_BENCH_TIME_H

#include <time.h>

static inline double cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* For qsort() over doubles. */
static inline int by_time(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

#endif
