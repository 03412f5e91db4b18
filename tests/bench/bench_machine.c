/*
 * What one core of this machine can do at most, beside which `penstock bench` is to be read: bytes
 * read from memory and 8-bit multiply-adds a second, as one JSON line. See README.md.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One thread reading memory far larger than the caches. */
static double bandwidth(void)
{
    size_t n = (size_t)512 << 20;
    uint64_t *memory = malloc(n), sum = 0;
    if (memory == NULL)
        return 0;
    memset(memory, 1, n);
    double best = 1e30;
    for (int round = 0; round < 5; round++) {
        double start = now();
        uint64_t s[8] = {0};
        for (size_t i = 0; i < n / 8; i += 8) {
            for (size_t j = 0; j < 8; j++)
                s[j] += memory[i + j];
        }
        for (size_t j = 0; j < 8; j++)
            sum += s[j];
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    free(memory);
    return sum != 0 ? (double)n / best : 0;
}

#if defined(__x86_64__)
#include <immintrin.h>
/* In assembly, since compilers copy the sums about when they may. */
__attribute__((target("avx512f,avx512vnni"))) static double int8_peak(void)
{
    enum { STEPS = 10000 };
    __m512i word = _mm512_set1_epi32(1);
    double best = 1e30;
    for (int round = 0; round < 2000; round++) {
        double start = now();
        for (int i = 0; i < STEPS; i++)
            __asm__ volatile("vpdpbusd %0, %0, %%zmm20\n\tvpdpbusd %0, %0, %%zmm21\n\t"
                             "vpdpbusd %0, %0, %%zmm22\n\tvpdpbusd %0, %0, %%zmm23\n\t"
                             "vpdpbusd %0, %0, %%zmm24\n\tvpdpbusd %0, %0, %%zmm25\n\t"
                             "vpdpbusd %0, %0, %%zmm26\n\tvpdpbusd %0, %0, %%zmm27\n\t"
                             "vpdpbusd %0, %0, %%zmm28\n\tvpdpbusd %0, %0, %%zmm29\n\t"
                             "vpdpbusd %0, %0, %%zmm30\n\tvpdpbusd %0, %0, %%zmm31"
                             :
                             : "v"(word)
                             : "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
                               "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
        double seconds = now() - start;
        best = seconds < best ? seconds : best;
    }
    return 12.0 * STEPS * 64 / best;
}
#endif

static void report_machine(void)
{
    double peak = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vnni"))
        peak = int8_peak();
#endif
    double load[3] = {0};
    if (getloadavg(load, 3) < 1)
        load[0] = -1;
    printf("{\"machine\": \"one thread\", \"kernels\": \"%s\", \"read_gigabytes_per_second\": "
           "%.1f, \"int8_giga_multiply_adds_per_second\": %.0f, \"load\": %.2f}\n",
           engine_kernels(), bandwidth() / 1e9, peak / 1e9, load[0]);
}

int main(void)
{
    report_machine();
    return 0;
}
