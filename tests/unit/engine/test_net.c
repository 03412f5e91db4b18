/* Nets: a small one made here equals a computation by hand; kernels agree; hostile files. */
#include "engine_test.h"

#include <math.h>
#include <stdbool.h>

#include "engine/engine_net.h"
#include "engine/net_kernels.h"

/* ---- a GGUF in memory ---- */

enum { FILE_MAX = 1 << 16 };

enum kind { KIND_F32 = 0, KIND_I8 = 24 };

struct file {
    uint8_t meta[4096], data[FILE_MAX], bytes[FILE_MAX * 2];
    size_t meta_len, data_len, len;
    uint64_t keys, tensors;
    uint8_t infos[4096];
    size_t infos_len;
};

static void put(uint8_t *to, size_t *at, const void *bytes, size_t len)
{
    memcpy(to + *at, bytes, len);
    *at += len;
}

static void put_text(uint8_t *to, size_t *at, const char *text)
{
    uint64_t len = strlen(text);
    put(to, at, &len, sizeof len);
    put(to, at, text, len);
}

static void add_key(struct file *file, const char *key, uint32_t type, const void *value,
                    size_t len)
{
    put_text(file->meta, &file->meta_len, key);
    put(file->meta, &file->meta_len, &type, sizeof type);
    put(file->meta, &file->meta_len, value, len);
    file->keys++;
}

static void add_string(struct file *file, const char *key, const char *value)
{
    uint8_t text[256];
    size_t len = 0;
    put_text(text, &len, value);
    add_key(file, key, 8, text, len);
}

static void add_numbers(struct file *file, const char *key, uint32_t type, const void *values,
                        uint64_t count)
{
    uint8_t array[256];
    size_t len = 0;
    put(array, &len, &type, sizeof type);
    put(array, &len, &count, sizeof count);
    put(array, &len, values, count * 4);
    add_key(file, key, 9, array, len);
}

static void add_tensor(struct file *file, const char *name, enum kind kind, uint64_t row,
                       uint64_t rows, const void *values)
{
    uint32_t dims = rows ? 2 : 1, type = kind;
    uint64_t offset = file->data_len, size = row * (rows ? rows : 1) * (kind == KIND_F32 ? 4 : 1);
    put_text(file->infos, &file->infos_len, name);
    put(file->infos, &file->infos_len, &dims, sizeof dims);
    put(file->infos, &file->infos_len, &row, sizeof row);
    if (rows) {
        put(file->infos, &file->infos_len, &rows, sizeof rows);
    }
    put(file->infos, &file->infos_len, &type, sizeof type);
    put(file->infos, &file->infos_len, &offset, sizeof offset);
    put(file->data, &file->data_len, values, size);
    file->data_len = (file->data_len + 31) / 32 * 32;
    file->tensors++;
}

static void finish(struct file *file)
{
    uint32_t version = 3;
    file->len = 0;
    put(file->bytes, &file->len, "GGUF", 4);
    put(file->bytes, &file->len, &version, sizeof version);
    put(file->bytes, &file->len, &file->tensors, sizeof file->tensors);
    put(file->bytes, &file->len, &file->keys, sizeof file->keys);
    put(file->bytes, &file->len, file->meta, file->meta_len);
    put(file->bytes, &file->len, file->infos, file->infos_len);
    while (file->len % 32) {
        file->bytes[file->len++] = 0;
    }
    put(file->bytes, &file->len, file->data, file->data_len);
}

/* ---- the small net ---- */

enum {
    BUCKETS = 11,
    CHANNELS = 16,
    DENSE = 2,
    WIDE = 32,
    OUTPUTS = 3,
    DILATION = 2,
    POSITIONS = 9,
};

static const float EMBED_CLIP = 3.0f, FIRST_CLIP = 4.0f, SECOND_CLIP = 5.0f, POOL_CLIP = 3.5f;

struct weights {
    int8_t table[BUCKETS * CHANNELS], first[CHANNELS * 3 * CHANNELS], second[WIDE * CHANNELS];
    int8_t head[OUTPUTS * WIDE];
    float embed_scale[CHANNELS], embed_bias[CHANNELS], dense[DENSE * CHANNELS];
    float first_scale[CHANNELS], first_bias[CHANNELS], second_scale[WIDE], second_bias[WIDE];
    float head_scale[OUTPUTS], head_bias[OUTPUTS];
};

static uint32_t random_state = 1;

static uint32_t random_next(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static void random_int8(int8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (int8_t)((int)(random_next() % 255) - 127);
    }
}

static void random_floats(float *out, size_t count, float least, float most)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = least + (most - least) * (float)(random_next() % 10000) / 10000.0f;
    }
}

static void make_weights(struct weights *w)
{
    random_state = 42;
    random_int8(w->table, sizeof w->table);
    random_int8(w->first, sizeof w->first);
    random_int8(w->second, sizeof w->second);
    random_int8(w->head, sizeof w->head);
    random_floats(w->embed_scale, CHANNELS, 0.005f, 0.02f);
    random_floats(w->embed_bias, CHANNELS, -0.2f, 0.8f);
    random_floats(w->dense, DENSE * CHANNELS, -0.5f, 0.5f);
    random_floats(w->first_scale, CHANNELS, 0.001f, 0.003f);
    random_floats(w->first_bias, CHANNELS, -0.2f, 0.5f);
    random_floats(w->second_scale, WIDE, 0.001f, 0.004f);
    random_floats(w->second_bias, WIDE, -0.2f, 0.5f);
    random_floats(w->head_scale, OUTPUTS, 0.001f, 0.01f);
    random_floats(w->head_bias, OUTPUTS, -1, 1);
}

struct options {
    const char *architecture, *bag, *pool, *left_out;
    uint32_t version, dilation, pool_after;
    float clip;
    float bias; /* one of the second layer's */
    uint64_t head_row;
};

static const struct options GOOD = {.architecture = "penstock-net",
                                    .bag = "sqrt",
                                    .pool = "none",
                                    .left_out = "",
                                    .version = 1,
                                    .dilation = DILATION,
                                    .clip = 4.0f,
                                    .head_row = WIDE};

static void make_file(struct file *file, struct weights *w, const struct options *options)
{
    static const uint32_t widths[] = {3, 1}, residual[] = {1, 0};
    const uint32_t dilations[] = {options->dilation, 1};
    const float clips[] = {options->clip, SECOND_CLIP}, note[] = {0.25f, 0.5f};
    memset(file, 0, sizeof *file);
    if (options->bias != 0) {
        w->second_bias[3] = options->bias;
    }
    add_string(file, "general.architecture", options->architecture);
    add_string(file, "general.name", "small");
    add_key(file, "penstock-net.version", 4, &options->version, 4);
    add_string(file, "penstock-net.bag", options->bag);
    add_key(file, "penstock-net.embed_clip", 6, &EMBED_CLIP, 4);
    add_numbers(file, "penstock-net.width", 4, widths, 2);
    add_numbers(file, "penstock-net.dilation", 4, dilations, 2);
    add_numbers(file, "penstock-net.residual", 4, residual, 2);
    add_numbers(file, "penstock-net.clip", 6, clips, 2);
    add_string(file, "penstock-net.pool", options->pool);
    add_key(file, "penstock-net.pool_after", 4, &options->pool_after, 4);
    add_key(file, "penstock-net.pool_clip", 6, &POOL_CLIP, 4);
    add_string(file, "labels", "a b c");
    const struct {
        const char *name;
        enum kind kind;
        uint64_t row, rows;
        const void *values;
    } tensors[] = {
        {"embed.weight", KIND_I8, CHANNELS, BUCKETS, w->table},
        {"embed.scale", KIND_F32, CHANNELS, 0, w->embed_scale},
        {"embed.bias", KIND_F32, CHANNELS, 0, w->embed_bias},
        {"dense.weight", KIND_F32, CHANNELS, DENSE, w->dense},
        {"layer.0.weight", KIND_I8, 3 * CHANNELS, CHANNELS, w->first},
        {"layer.0.scale", KIND_F32, CHANNELS, 0, w->first_scale},
        {"layer.0.bias", KIND_F32, CHANNELS, 0, w->first_bias},
        {"layer.1.weight", KIND_I8, CHANNELS, WIDE, w->second},
        {"layer.1.scale", KIND_F32, WIDE, 0, w->second_scale},
        {"layer.1.bias", KIND_F32, WIDE, 0, w->second_bias},
        {"head.weight", KIND_I8, options->head_row, OUTPUTS, w->head},
        {"head.scale", KIND_F32, OUTPUTS, 0, w->head_scale},
        {"head.bias", KIND_F32, OUTPUTS, 0, w->head_bias},
        {"thresholds", KIND_F32, 2, 0, note},
    };
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        if (strcmp(tensors[i].name, options->left_out)) {
            add_tensor(file, tensors[i].name, tensors[i].kind, tensors[i].row, tensors[i].rows,
                       tensors[i].values);
        }
    }
    finish(file);
}

static int open_file(struct engine_net **net, const struct file *file, struct engine_error *error)
{
    struct engine_source source = {.bytes = file->bytes, .size = file->len};
    return engine_net_open(net, &source, error);
}

/* Opens or fails the test. */
static struct engine_net *opened(struct file *file, struct weights *w,
                                 const struct options *options)
{
    struct engine_net *net = NULL;
    struct engine_error error = {0};
    make_weights(w);
    make_file(file, w, options);
    if (open_file(&net, file, &error)) {
        print_error("%s\n", error.text);
        fail();
    }
    return net;
}

static const uint32_t IDS[] = {3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46, 26, 43, 38, 32, 79, 5, 0};
static const uint32_t STARTS[POSITIONS + 1] = {0, 2, 2, 5, 6, 10, 11, 14, 15, 18};
static float dense_inputs[POSITIONS * DENSE];

static void run(const struct engine_net *net, const struct engine_net_input *input, float *out)
{
    size_t size = engine_net_scratch(net, input->positions);
    uint8_t *scratch = malloc(size + 1);
    assert_non_null(scratch);
    memset(scratch, 0xA5, size + 1); /* what was there before must not matter */
    struct engine_error error = {0};
    /* An odd address: the caller owes no alignment. */
    assert_int_equal(engine_net_run(net, input, scratch + 1, size, out, &error), 0);
    free(scratch);
}

static struct engine_net_input whole_input(void)
{
    random_state = 7;
    random_floats(dense_inputs, POSITIONS * DENSE, -1, 1);
    return (struct engine_net_input){
        .ids = IDS, .starts = STARTS, .dense = dense_inputs, .positions = POSITIONS};
}

/* ---- the same by hand ---- */

static double stepped(double value, double clip)
{
    double level = rint(value * 127 / clip);
    level = level < 0 ? 0 : level > 127 ? 127 : level;
    return level * clip / 127;
}

static void layers_by_hand(const struct weights *w, const char *pool,
                           double out[POSITIONS][OUTPUTS])
{
    static double x[POSITIONS][CHANNELS], y[POSITIONS][CHANNELS];
    for (size_t p = 0; p < POSITIONS; p++) {
        size_t count = STARTS[p + 1] - STARTS[p];
        for (size_t c = 0; c < CHANNELS; c++) {
            double sum = 0;
            for (uint32_t i = STARTS[p]; i < STARTS[p + 1]; i++) {
                sum += w->table[(size_t)(IDS[i] % BUCKETS) * CHANNELS + c] * w->embed_scale[c];
            }
            sum = (count ? sum / sqrt((double)count) : 0) + w->embed_bias[c];
            for (size_t d = 0; d < DENSE; d++) {
                sum += dense_inputs[p * DENSE + d] * w->dense[d * CHANNELS + c];
            }
            x[p][c] = stepped(sum, EMBED_CLIP);
        }
    }
    for (int p = 0; p < POSITIONS; p++) {
        for (size_t o = 0; o < CHANNELS; o++) {
            double sum = w->first_bias[o] + x[p][o];
            for (int t = 0; t < 3; t++) {
                int from = p + (t - 1) * DILATION;
                for (size_t c = 0; c < CHANNELS && from >= 0 && from < POSITIONS; c++) {
                    sum += x[from][c] * w->first[(o * 3 + (size_t)t) * CHANNELS + c] *
                           w->first_scale[o];
                }
            }
            y[p][o] = stepped(sum, FIRST_CLIP);
        }
    }
    size_t positions = POSITIONS;
    if (strcmp(pool, "none")) {
        positions = 1;
        for (size_t c = 0; c < CHANNELS; c++) {
            double mean = 0, most = 0;
            for (size_t p = 0; p < POSITIONS; p++) {
                mean += y[p][c] / POSITIONS;
                most = y[p][c] > most ? y[p][c] : most;
            }
            y[0][c] = stepped(!strcmp(pool, "max") ? most : mean, POOL_CLIP);
        }
    }
    for (size_t p = 0; p < positions; p++) {
        double wide[WIDE];
        for (size_t o = 0; o < WIDE; o++) {
            double sum = w->second_bias[o];
            for (size_t c = 0; c < CHANNELS; c++) {
                sum += y[p][c] * w->second[o * CHANNELS + c] * w->second_scale[o];
            }
            wide[o] = stepped(sum, SECOND_CLIP);
        }
        for (size_t o = 0; o < OUTPUTS; o++) {
            out[p][o] = w->head_bias[o];
            for (size_t c = 0; c < WIDE; c++) {
                out[p][o] += wide[c] * w->head[o * WIDE + c] * w->head_scale[o];
            }
        }
    }
}

/* One step of a 7-bit activation, through a head weight: what a rounding tie may cost. */
static const double TOLERANCE = 1e-3;

static void equals_the_hand_computation(void **state)
{
    (void)state;
    static struct file file;
    struct weights w;
    struct engine_net *net = opened(&file, &w, &GOOD);
    struct engine_net_info info;
    engine_net_describe(net, &info);
    assert_int_equal(info.buckets, BUCKETS);
    assert_int_equal(info.dense_inputs, DENSE);
    assert_int_equal(info.outputs, OUTPUTS);
    assert_false(info.pooled);
    assert_string_equal(info.name, "small");
    struct engine_net_input input = whole_input();
    float out[POSITIONS * OUTPUTS];
    double expected[POSITIONS][OUTPUTS];
    run(net, &input, out);
    layers_by_hand(&w, "none", expected);
    for (size_t p = 0; p < POSITIONS; p++) {
        for (size_t o = 0; o < OUTPUTS; o++) {
            assert_true(fabs(out[p * OUTPUTS + o] - expected[p][o]) < TOLERANCE);
        }
    }
    engine_net_free(net);
}

static void pools_to_one_row(void **state)
{
    (void)state;
    static struct file file;
    static const char *const pools[] = {"mean", "max"};
    for (size_t i = 0; i < 2; i++) {
        struct weights w;
        struct options options = GOOD;
        options.pool = pools[i];
        options.pool_after = 1;
        struct engine_net *net = opened(&file, &w, &options);
        struct engine_net_info info;
        engine_net_describe(net, &info);
        assert_true(info.pooled);
        struct engine_net_input input = whole_input();
        float out[OUTPUTS];
        double expected[POSITIONS][OUTPUTS];
        run(net, &input, out);
        layers_by_hand(&w, pools[i], expected);
        for (size_t o = 0; o < OUTPUTS; o++) {
            assert_true(fabs(out[o] - expected[0][o]) < TOLERANCE);
        }
        input.positions = 0;
        run(net, &input, out); /* a text without a token has an answer, too */
        engine_net_free(net);
    }
}

/* A window with its neighbours gives the same bytes as the whole. */
static void windows_are_exact(void **state)
{
    (void)state;
    static struct file file;
    struct weights w;
    struct engine_net *net = opened(&file, &w, &GOOD);
    struct engine_net_input input = whole_input();
    float whole[POSITIONS * OUTPUTS], part[POSITIONS * OUTPUTS];
    run(net, &input, whole);
    for (size_t first = 0; first + 5 <= POSITIONS; first++) {
        struct engine_net_input window = {.ids = IDS,
                                          .starts = STARTS + first,
                                          .dense = dense_inputs + first * DENSE,
                                          .positions = 5};
        run(net, &window, part);
        assert_memory_equal(part + DILATION * OUTPUTS, whole + (first + DILATION) * OUTPUTS,
                            OUTPUTS * sizeof(float));
    }
    engine_net_free(net);
}

static void notes_come_with_the_weights(void **state)
{
    (void)state;
    static struct file file;
    struct weights w;
    struct engine_net *net = opened(&file, &w, &GOOD);
    size_t count = 0;
    assert_string_equal(engine_net_string(net, "labels"), "a b c");
    assert_null(engine_net_string(net, "other"));
    const float *thresholds = engine_net_floats(net, "thresholds", &count);
    assert_non_null(thresholds);
    assert_int_equal(count, 2);
    assert_true(thresholds[1] == 0.5f);
    assert_null(engine_net_floats(net, "other", &count));
    assert_null(engine_net_floats(net, "embed.weight", &count));
    engine_net_free(net);
}

static void kernels_agree(void **state)
{
    (void)state;
    const struct net_kernels *plain = net_kernels_plain();
    const struct net_kernels *others[] = {net_kernels_avx2(), net_kernels_avx512(),
                                          net_kernels_neon()};
    enum { DIM = 176, ROWS = 50, COUNT = 700, OUTS = 112, INS = 20, TAPS = 3, AT = 7 };
    static int8_t table[ROWS * DIM], packed[TAPS * INS * OUTS];
    static uint32_t ids[COUNT];
    static uint8_t x[(AT + TAPS) * INS];
    static int32_t a[AT * OUTS + DIM], b[AT * OUTS + DIM];
    uint8_t left[OUTS], right[OUTS], kept[OUTS];
    float scale[OUTS], bias[OUTS];
    random_state = 3;
    random_int8(table, sizeof table);
    memset(table, 127, DIM); /* a sum that 16 bits could not hold */
    random_int8(packed, sizeof packed);
    for (size_t i = 0; i < COUNT; i++) {
        ids[i] = i % 3 ? random_next() : 0;
    }
    for (size_t i = 0; i < sizeof x; i++) {
        x[i] = (uint8_t)(random_next() % 128);
    }
    for (size_t i = 0; i < OUTS; i++) {
        kept[i] = (uint8_t)(random_next() % 128);
    }
    random_floats(scale, OUTS, -0.01f, 0.01f);
    random_floats(bias, OUTS, -2, 2);
    for (size_t k = 0; k < 3; k++) {
        if (!others[k]) {
            print_message("skipped: this machine lacks one set\n");
            continue;
        }
        for (size_t dim = 16; dim <= DIM; dim += 16) {
            for (size_t count = 0; count <= COUNT; count += count < 5 ? 1 : 139) {
                plain->bag(a, table, dim, ROWS, ids, count);
                others[k]->bag(b, table, dim, ROWS, ids, count);
                assert_memory_equal(a, b, dim * sizeof *a);
            }
        }
        for (size_t outs = 16; outs <= OUTS; outs += 16) {
            for (size_t positions = 1; positions <= AT; positions++) {
                struct net_taps taps = {
                    .packed = packed, .channels = INS, .taps = TAPS, .outs = outs, .step = INS};
                plain->convolve(a, &taps, x, positions);
                others[k]->convolve(b, &taps, x, positions);
                assert_memory_equal(a, b, positions * outs * sizeof *a);
            }
            plain->activate(left, a, scale, bias, kept, 0.03f, 12.7f, outs);
            others[k]->activate(right, a, scale, bias, kept, 0.03f, 12.7f, outs);
            assert_memory_equal(left, right, outs);
            plain->activate(left, a, scale, bias, NULL, 0, 31.3f, outs);
            others[k]->activate(right, a, scale, bias, NULL, 0, 31.3f, outs);
            assert_memory_equal(left, right, outs);
        }
    }
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    static struct file file;
    static const char *const tensors[] = {
        "embed.weight",  "embed.scale",  "embed.bias",     "layer.0.weight",
        "layer.0.scale", "layer.0.bias", "layer.1.weight", "layer.1.scale",
        "layer.1.bias",  "head.weight",  "head.scale",     "head.bias",
    };
    struct options cases[32];
    size_t count = 0;
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        cases[count] = GOOD;
        cases[count++].left_out = tensors[i];
    }
    for (size_t i = 0; i < 12; i++) {
        cases[count + i] = GOOD;
    }
    cases[count++].architecture = "llama";
    cases[count++].version = 2;
    cases[count++].bag = "product";
    cases[count++].pool = "median";
    cases[count++].dilation = 0;
    cases[count++].dilation = 1000000;
    cases[count++].clip = 0;
    cases[count++].clip = NAN;
    cases[count++].clip = -1;
    cases[count++].bias = INFINITY;
    cases[count++].head_row = WIDE - 16;
    cases[count].pool = "mean"; /* before a convolution */
    cases[count++].pool_after = 0;
    for (size_t i = 0; i < count; i++) {
        struct weights w;
        struct engine_net *net = NULL;
        struct engine_error error = {0};
        make_weights(&w);
        make_file(&file, &w, &cases[i]);
        int status = open_file(&net, &file, &error);
        if (status >= 0) {
            print_error("case %zu was taken\n", i);
            fail();
        }
        assert_null(net);
        assert_int_equal(error.status, status);
        assert_true(error.text[0] != 0);
    }
}

/* Cut anywhere or with any byte changed: refused, or run within bounds (the sanitizers look on). */
static void broken_files_do_no_harm(void **state)
{
    (void)state;
    static struct file good, bad;
    struct weights w;
    struct engine_net *net = opened(&good, &w, &GOOD);
    engine_net_free(net);
    for (size_t len = 0; len + 32 < good.len; len += 1 + len / 200) {
        uint8_t *exact = malloc(len ? len : 1);
        assert_non_null(exact);
        memcpy(exact, good.bytes, len);
        struct engine_source source = {.bytes = exact, .size = len};
        assert_true(engine_net_open(&net, &source, NULL) < 0);
        free(exact);
    }
    random_state = 99;
    struct engine_net_input input = whole_input();
    for (size_t i = 0; i < 3000; i++) {
        memcpy(&bad, &good, sizeof bad);
        size_t at = random_next() % (i % 2 ? 1400 : good.len);
        bad.bytes[at] = (uint8_t)random_next();
        if (open_file(&net, &bad, NULL) == 0) {
            struct engine_net_info info;
            engine_net_describe(net, &info);
            float *out = calloc((size_t)info.outputs * POSITIONS, sizeof *out);
            assert_non_null(out);
            run(net, &input, out);
            free(out);
            engine_net_free(net);
        }
    }
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    static struct file file;
    struct weights w;
    struct engine_net *net = opened(&file, &w, &GOOD);
    struct engine_net_input input = whole_input();
    float out[POSITIONS * OUTPUTS];
    size_t size = engine_net_scratch(net, POSITIONS);
    void *scratch = malloc(size);
    assert_non_null(scratch);
    assert_int_equal(engine_net_run(net, &input, scratch, size - 1, out, NULL),
                     ENGINE_ERR_ARGUMENT);
    static const uint32_t back[POSITIONS + 1] = {0, 5, 3};
    input.starts = back;
    assert_int_equal(engine_net_run(net, &input, scratch, size, out, NULL), ENGINE_ERR_ARGUMENT);
    input = whole_input();
    input.dense = NULL;
    assert_int_equal(engine_net_run(net, &input, scratch, size, out, NULL), ENGINE_ERR_ARGUMENT);
    free(scratch);
    engine_net_free(net);
    engine_net_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_hand_computation),
        cmocka_unit_test(pools_to_one_row),
        cmocka_unit_test(windows_are_exact),
        cmocka_unit_test(notes_come_with_the_weights),
        cmocka_unit_test(kernels_agree),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(broken_files_do_no_harm),
        cmocka_unit_test(wrong_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
