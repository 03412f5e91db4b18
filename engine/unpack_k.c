#include "engine/unpack.h"

#include "engine/kernels.h"

#include <string.h>

static float load_half(const uint8_t *p)
{
    return half_to_float((uint16_t)(p[0] | p[1] << 8));
}

void unpack_scale_min(const uint8_t *packed, unsigned i, uint8_t *scale, uint8_t *least)
{
    if (i < 4) {
        *scale = packed[i] & 63;
        *least = packed[i + 4] & 63;
        return;
    }
    *scale = (uint8_t)((packed[i + 4] & 15) | packed[i - 4] >> 6 << 4);
    *least = (uint8_t)(packed[i + 4] >> 4 | packed[i] >> 6 << 4);
}

/* 16 bytes of scales and minima, 64 of 2-bit values, F16 scale of each. */
void unpack_q2_k(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 84) {
        float d = load_half(row + 80), dmin = load_half(row + 82);
        const uint8_t *q = row + 16;
        for (unsigned g = 0; g < 16; g++) {
            /* Sixteens alternate within 32 bytes; four bit planes share them. */
            const uint8_t *from = q + g / 8 * 32 + g % 2 * 16;
            unsigned shift = g % 8 / 2 * 2;
            float scale = d * (float)(row[g] & 15), least = dmin * (float)(row[g] >> 4);
            for (unsigned i = 0; i < 16; i++)
                *out++ = scale * (float)(from[i] >> shift & 3) - least;
        }
    }
}

/* 32 bytes of high bits, 64 of 2-bit values, 12 of 6-bit scales, F16 scale. */
void unpack_q3_k(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 110) {
        const uint8_t *high = row, *q = row + 32, *packed = row + 96;
        float d = load_half(row + 108);
        for (unsigned g = 0; g < 16; g++) {
            const uint8_t *from = q + g / 8 * 32 + g % 2 * 16;
            unsigned shift = g % 8 / 2 * 2;
            unsigned low4 = g < 8 ? packed[g] & 15u : (unsigned)packed[g - 8] >> 4;
            unsigned high2 = (unsigned)packed[8 + g % 4] >> (g / 4 * 2) & 3u;
            float scale = d * (float)((int)(low4 | high2 << 4) - 32);
            for (unsigned i = 0; i < 16; i++) {
                int bit = high[g % 2 * 16 + i] >> (g / 2) & 1;
                *out++ = scale * (float)((from[i] >> shift & 3) - (bit ? 0 : 4));
            }
        }
    }
}

/* F16 scales, 12 bytes of 6-bit scales and minima, 128 bytes: each 32 hold two groups of 32. */
void unpack_q4_k(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 144) {
        float d = load_half(row), dmin = load_half(row + 2);
        for (unsigned g = 0; g < 8; g++) {
            const uint8_t *from = row + 16 + g / 2 * 32;
            unsigned shift = g % 2 * 4;
            uint8_t scale = 0, least = 0;
            unpack_scale_min(row + 4, g, &scale, &least);
            float s = d * (float)scale, m = dmin * (float)least;
            for (unsigned i = 0; i < 32; i++)
                *out++ = s * (float)(from[i] >> shift & 15) - m;
        }
    }
}

/* As Q4_K, with 32 bytes of fifth bits before the 128: bit g of byte i belongs to group g. */
void unpack_q5_k(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 176) {
        float d = load_half(row), dmin = load_half(row + 2);
        const uint8_t *high = row + 16;
        for (unsigned g = 0; g < 8; g++) {
            const uint8_t *from = row + 48 + g / 2 * 32;
            unsigned shift = g % 2 * 4;
            uint8_t scale = 0, least = 0;
            unpack_scale_min(row + 4, g, &scale, &least);
            float s = d * (float)scale, m = dmin * (float)least;
            for (unsigned i = 0; i < 32; i++) {
                int value = (from[i] >> shift & 15) | (high[i] >> g & 1) << 4;
                *out++ = s * (float)value - m;
            }
        }
    }
}

/* 128 bytes of low halves, 64 of high pairs, 16 signed scales, F16 scale. */
void unpack_q6_k(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 210) {
        const int8_t *scales = (const int8_t *)row + 192;
        float d = load_half(row + 208);
        for (unsigned i = 0; i < 256; i++) {
            unsigned half = i / 128, quarter = i % 128 / 32, at = i % 32;
            uint8_t low = row[half * 64 + quarter % 2 * 32 + at];
            uint8_t high = row[128 + half * 32 + at];
            int value = (low >> (quarter / 2 * 4) & 15) | (high >> (quarter * 2) & 3) << 4;
            *out++ = d * (float)scales[i / 16] * (float)(value - 32);
        }
    }
}

/* Digits of base 3: five to a byte, as 256/243 of a fraction; the last four bytes hold four. */
static float ternary(uint8_t byte, unsigned digit)
{
    static const uint8_t powers[5] = {1, 3, 9, 27, 81};
    uint8_t q = (uint8_t)(byte * powers[digit]);
    return (float)((q * 3 >> 8) - 1);
}

void unpack_tq1_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 54) {
        float d = load_half(row + 52);
        for (unsigned digit = 0; digit < 5; digit++) {
            for (unsigned i = 0; i < 32; i++)
                *out++ = d * ternary(row[i], digit);
        }
        for (unsigned digit = 0; digit < 5; digit++) {
            for (unsigned i = 0; i < 16; i++)
                *out++ = d * ternary(row[32 + i], digit);
        }
        for (unsigned digit = 0; digit < 4; digit++) {
            for (unsigned i = 0; i < 4; i++)
                *out++ = d * ternary(row[48 + i], digit);
        }
    }
}

void unpack_tq2_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 66) {
        float d = load_half(row + 64);
        for (unsigned half = 0; half < 2; half++) {
            for (unsigned plane = 0; plane < 4; plane++) {
                for (unsigned i = 0; i < 32; i++)
                    *out++ = d * (float)((row[32 * half + i] >> (2 * plane) & 3) - 1);
            }
        }
    }
}
