#include "engine/unpack.h"

#include "engine/kernels.h"

#include <math.h>
#include <string.h>

static uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void unpack_f16(const uint8_t *row, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = half_to_float(load_u16(row + 2 * i));
}

static void unpack_q8_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 34, out += 32) {
        float scale = half_to_float(load_u16(row));
        for (size_t i = 0; i < 32; i++)
            out[i] = scale * (float)(int8_t)row[2 + i];
    }
}

static void unpack_bf16(const uint8_t *row, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)load_u16(row + 2 * i) << 16;
        memcpy(&out[i], &bits, sizeof(bits));
    }
}

/* The 4-bit types: element i of a block is the low half of byte i, i + 16 the high half. */
static void unpack_q4_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 18, out += 32) {
        float scale = half_to_float(load_u16(row));
        for (size_t i = 0; i < 16; i++) {
            out[i] = scale * (float)((row[2 + i] & 15) - 8);
            out[i + 16] = scale * (float)((row[2 + i] >> 4) - 8);
        }
    }
}

static void unpack_q4_1(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 20, out += 32) {
        float scale = half_to_float(load_u16(row)), least = half_to_float(load_u16(row + 2));
        for (size_t i = 0; i < 16; i++) {
            out[i] = scale * (float)(row[4 + i] & 15) + least;
            out[i + 16] = scale * (float)(row[4 + i] >> 4) + least;
        }
    }
}

/* The 5-bit types keep the fifth bits of a block in one word. */
static int fifth_bit(const uint8_t *bits, size_t i)
{
    return (bits[i / 8] >> (i % 8) & 1) << 4;
}

static void unpack_q5_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 22, out += 32) {
        float scale = half_to_float(load_u16(row));
        for (size_t i = 0; i < 16; i++) {
            int low = (row[6 + i] & 15) | fifth_bit(row + 2, i);
            int high = row[6 + i] >> 4 | fifth_bit(row + 2, i + 16);
            out[i] = scale * (float)(low - 16);
            out[i + 16] = scale * (float)(high - 16);
        }
    }
}

static void unpack_q5_1(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 24, out += 32) {
        float scale = half_to_float(load_u16(row)), least = half_to_float(load_u16(row + 2));
        for (size_t i = 0; i < 16; i++) {
            int low = (row[8 + i] & 15) | fifth_bit(row + 4, i);
            int high = row[8 + i] >> 4 | fifth_bit(row + 4, i + 16);
            out[i] = scale * (float)low + least;
            out[i + 16] = scale * (float)high + least;
        }
    }
}

static const int8_t iq4_levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};

static void unpack_iq4_nl(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 18, out += 32) {
        float scale = half_to_float(load_u16(row));
        for (size_t i = 0; i < 16; i++) {
            out[i] = scale * (float)iq4_levels[row[2 + i] & 15];
            out[i + 16] = scale * (float)iq4_levels[row[2 + i] >> 4];
        }
    }
}

/* F16 scale, then eight 6-bit scales of 32 in two places, then the levels. */
static void unpack_iq4_xs(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 256, row += 136) {
        float scale = half_to_float(load_u16(row));
        unsigned high = load_u16(row + 2);
        for (size_t g = 0; g < 8; g++, out += 32) {
            unsigned bits =
                ((unsigned)row[4 + g / 2] >> (4 * (g % 2)) & 15u) | (high >> (2 * g) & 3u) << 4;
            float d = scale * (float)((int)bits - 32);
            for (size_t i = 0; i < 16; i++) {
                uint8_t q = row[8 + 16 * g + i];
                out[i] = d * (float)iq4_levels[q & 15];
                out[i + 16] = d * (float)iq4_levels[q >> 4];
            }
        }
    }
}

/* E8M0 scale and 4-bit floats of two exponent bits and one of fraction. */
static void unpack_mxfp4(const uint8_t *row, float *out, size_t n)
{
    static const int8_t doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    for (; n > 0; n -= 32, row += 17, out += 32) {
        float scale = ldexpf(1, (int)row[0] - 128);
        for (size_t i = 0; i < 16; i++) {
            out[i] = scale * (float)doubled[row[1 + i] & 15];
            out[i + 16] = scale * (float)doubled[row[1 + i] >> 4];
        }
    }
}

static unpack_row *const functions[GGUF_TYPE_COUNT] = {
    [GGUF_F16] = unpack_f16,     [GGUF_BF16] = unpack_bf16,     [GGUF_Q8_0] = unpack_q8_0,
    [GGUF_Q4_0] = unpack_q4_0,   [GGUF_Q4_1] = unpack_q4_1,     [GGUF_Q5_0] = unpack_q5_0,
    [GGUF_Q5_1] = unpack_q5_1,   [GGUF_IQ4_NL] = unpack_iq4_nl, [GGUF_IQ4_XS] = unpack_iq4_xs,
    [GGUF_MXFP4] = unpack_mxfp4, [GGUF_Q2_K] = unpack_q2_k,     [GGUF_Q3_K] = unpack_q3_k,
    [GGUF_Q4_K] = unpack_q4_k,   [GGUF_Q5_K] = unpack_q5_k,     [GGUF_Q6_K] = unpack_q6_k,
    [GGUF_TQ1_0] = unpack_tq1_0, [GGUF_TQ2_0] = unpack_tq2_0,
};

unpack_row *unpack_for(enum gguf_type type)
{
    return (unsigned)type < GGUF_TYPE_COUNT ? functions[type] : NULL;
}
