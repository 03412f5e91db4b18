/*
 * The decoder against llama.cpp's answers: the exact path (plain kernels, nothing rounded) by the
 * tight row, the fast path by the row of the file's type.
 */
#include "golden.h"

#include "engine/forward.h"

struct decoder {
    struct gguf *file;
    struct arch arch;
    struct weights weights;
    struct kv_store store;
    struct forward *forward;
};

/* What decoders opened from now on run on; NULL: the fastest. */
static const struct kernels *forced;

static void decoder_open(struct decoder *d, const char *path, bool exact, enum gguf_type cache,
                         unsigned threads)
{
    struct engine_source source = {.path = path};
    struct engine_error error;
    struct forward_options options = {.context = 256,
                                      .batch = 40,
                                      .most_logits = 2,
                                      .threads = threads,
                                      .exact = exact,
                                      .kernels = forced};
    if (gguf_open(&d->file, &source, &error) != 0 || arch_read(&d->arch, d->file, &error) != 0 ||
        weights_load(&d->weights, &d->arch, d->file, &error) != 0 ||
        kv_store_init(&d->store, &d->arch, 64 << 20, cache, &error) != 0 ||
        forward_new(&d->forward, &d->arch, &d->weights, &d->store, &options, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

static void decoder_close(struct decoder *d)
{
    forward_free(d->forward);
    kv_store_release(&d->store);
    weights_release(&d->weights);
    gguf_free(d->file);
}

/* Tokens in passes of at most `chunk`; gives the logits of the last. */
static float *feed(struct decoder *d, struct kv_sequence *sequence, const int32_t *tokens,
                   size_t from, size_t count, size_t chunk)
{
    struct forward_item items[40];
    for (size_t at = 0; at < count;) {
        size_t n = count - at < chunk ? count - at : chunk;
        assert_int_equal(kv_sequence_grow(sequence, &d->store, from + at + n, NULL), 0);
        for (size_t i = 0; i < n; i++)
            items[i] = (struct forward_item){.token = tokens[at + i],
                                             .position = (uint32_t)(from + at + i),
                                             .sequence = sequence,
                                             .wants_logits = at + i + 1 == count};
        forward_run(d->forward, items, n);
        at += n;
    }
    return forward_logits(d->forward, 0);
}

static int32_t best_of(const float *logits, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (logits[i] > logits[best])
            best = i;
    }
    return (int32_t)best;
}

static void check_greedy(struct decoder *d, struct kv_sequence *sequence, const float *logits,
                         size_t position, const json_t *prompt, const char *suffix, double noise,
                         const char *what)
{
    char key[32];
    snprintf(key, sizeof(key), "greedy%s", suffix);
    const json_t *greedy = json_object_get(prompt, key);
    snprintf(key, sizeof(key), "margins%s", suffix);
    const json_t *margins = json_object_get(prompt, key);
    for (size_t i = 0; i < json_array_size(greedy); i++) {
        int32_t want = (int32_t)json_integer_value(json_array_get(greedy, i));
        int32_t got = best_of(logits, d->weights.output->rows);
        if (got != want) {
            double margin = json_number_value(json_array_get(margins, i));
            if (margin > noise)
                fail_msg("%s: greedy token %zu is %d, not %d (margin %g)", what, i, got, want,
                         margin);
            return;
        }
        logits = feed(d, sequence, &got, position + i, 1, 1);
    }
}

/* Returns the largest difference in sigmas, for the record. */
static double check_golden(const char *model, const char *golden, bool exact, enum gguf_type cache,
                           unsigned threads, struct tolerance tolerance)
{
    struct decoder d = {0};
    json_error_t parse_error;
    json_t *root = json_load_file(golden, 0, &parse_error);
    assert_non_null(root);
    decoder_open(&d, model, exact, cache, threads);
    size_t index = 0;
    double worst = 0;
    json_t *prompt;
    json_array_foreach(json_object_get(root, "prompts"), index, prompt)
    {
        int32_t tokens[512];
        const json_t *ids = json_object_get(prompt, "tokens");
        size_t count = json_array_size(ids);
        assert_true(count > 0 && count <= 512);
        for (size_t i = 0; i < count; i++)
            tokens[i] = (int32_t)json_integer_value(json_array_get(ids, i));
        struct kv_sequence sequence;
        assert_int_equal(kv_sequence_open(&sequence, &d.store, 256, 0, 0, NULL), 0);
        float *logits = feed(&d, &sequence, tokens, 0, count, 40);
        const char *suffix = "_f32";
        struct distance distance = golden_distance(json_object_get(prompt, "logits_f32"), logits);
        if (!golden_within(distance, tolerance)) {
            struct distance other = golden_distance(json_object_get(prompt, "logits"), logits);
            if (other.difference < distance.difference) {
                distance = other;
                suffix = "";
            }
        }
        worst = fmax(worst, distance.difference);
        if (!golden_within(distance, tolerance))
            fail_msg("%s, prompt %s%s, %s cache: difference %g sigma, 1 - cosine %g, KL %g", model,
                     json_string_value(json_object_get(prompt, "name")), exact ? ", exact" : "",
                     gguf_type_name(cache), distance.difference, distance.cosine, distance.kl);
        double noise = fmax(4 * distance.raw, tolerance.difference / 2 * distance.sigma);
        /* Where anything is rounded an expert may tip, which changes a token at any margin. */
        if (d.arch.experts > 0 &&
            (cache != GGUF_F32 || tolerance.difference > within_f16.difference))
            noise = INFINITY;
        check_greedy(&d, &sequence, logits, count, prompt, suffix, noise, model);
        kv_sequence_close(&sequence, &d.store);
    }
    assert_true(index >= 3);
    assert_int_equal(d.store.promised, 0);
    decoder_close(&d);
    json_decref(root);
    return worst;
}

/* Keys, values and queries of eight bits each add up to more than activations of eight bits. */
static struct tolerance with_q8_cache(struct tolerance t)
{
    return (struct tolerance){fmax(t.difference, 0.40), fmax(t.cosine, 5e-3), fmax(t.kl, 5e-2)};
}

/* Heads that are no whole blocks of 32 are refused such a cache. */
static bool q8_fits(const char *path)
{
    struct engine_source source = {.path = path};
    struct engine_error error;
    struct gguf *file = NULL;
    struct arch arch;
    struct kv_store store;
    assert_int_equal(gguf_open(&file, &source, &error), 0);
    assert_int_equal(arch_read(&arch, file, &error), 0);
    int status = kv_store_init(&store, &arch, 64 << 20, GGUF_Q8_0, &error);
    assert_int_equal(status, arch.head_size % 32 == 0 ? 0 : ENGINE_ERR_ARGUMENT);
    kv_store_release(&store);
    gguf_free(file);
    return status == 0;
}

static void check_model(const char *model, const char *golden, struct tolerance exact,
                        struct tolerance fast)
{
    double a = check_golden(model, golden, true, GGUF_F32, 1, exact);
    double b = check_golden(model, golden, false, GGUF_F32, 1, fast);
    double c = check_golden(model, golden, false, GGUF_F16, 3, fast);
    double d = -1;
    if (q8_fits(model))
        d = check_golden(model, golden, false, GGUF_Q8_0, 2, with_q8_cache(fast));
    forced = kernels_avx2();
    double e = forced != NULL ? check_golden(model, golden, false, GGUF_F16, 2, fast) : -1;
    forced = NULL;
    print_message("%s: %.2g sigma exact, %.2g fast, %.2g with F16 cache, %.2g with Q8_0 cache, "
                  "%.2g on AVX2\n",
                  strrchr(model, '/') + 1, a, b, c, d, e);
}

static void test_model_in_tree(void **unused)
{
    (void)unused;
    char model[512], golden[512];
    golden_path(model, sizeof(model), "llama-linear.gguf");
    golden_path(golden, sizeof(golden), "llama-linear.golden.json");
    check_model(model, golden, within_exact, within_f16);
    /* What few files have (tests/golden/variants.py). */
    golden_path(model, sizeof(model), "variant-llama.gguf");
    golden_path(golden, sizeof(golden), "variant-llama.golden.json");
    check_model(model, golden, within_exact, within_f16);
    golden_path(model, sizeof(model), "variant-gemma3.gguf");
    golden_path(golden, sizeof(golden), "variant-gemma3.golden.json");
    check_model(model, golden, within_gelu, within_f16);
}

static void test_shared(void **unused)
{
    (void)unused;
    const struct {
        const char *name;
        struct tolerance exact, fast;
    } cases[] = {
        {"tiny/llama-gqa", within_exact, within_f16},
        {"tiny/llama3-rope", within_exact, within_f16},
        {"tiny/llama-linear", within_exact, within_f16},
        {"tiny/mistral", within_exact, within_f16},
        {"tiny/mixtral", within_exact, within_f16},
        {"tiny/qwen2", within_exact, within_f16},
        {"tiny/qwen2-yarn", within_exact, within_f16},
        {"tiny/qwen3", within_exact, within_f16},
        {"tiny/qwen3moe", within_exact, within_f16},
        {"tiny/gemma2", within_gelu, within_f16},
        {"tiny/gemma3", within_gelu, within_f16},
        {"tiny/phi3", within_exact, within_f16},
        {"tiny/phi3-longrope", within_exact, within_f16},
        {"quant/pure-F16", within_exact, within_f16},
        {"quant/pure-Q8_0", within_exact, within_blocks_32},
        {"quant/pure-BF16", within_exact, within_bf16},
        {"quant/pure-Q4_0", within_exact, within_blocks_32},
        {"quant/pure-Q4_1", within_exact, within_blocks_32},
        {"quant/pure-Q5_0", within_exact, within_blocks_32},
        {"quant/pure-Q5_1", within_exact, within_blocks_32},
        {"quant/pure-IQ4_NL", within_exact, within_blocks_32},
        {"quant/pure-IQ4_XS", within_exact, within_blocks_256},
        {"quant/pure-Q2_K", within_exact, within_blocks_256},
        {"quant/pure-Q3_K", within_exact, within_blocks_256},
        {"quant/pure-Q4_K", within_exact, within_blocks_256},
        {"quant/pure-Q5_K", within_exact, within_blocks_256},
        {"quant/pure-Q6_K", within_exact, within_blocks_256},
        {"quant/pure-TQ1_0", within_exact, within_blocks_256},
        {"quant/pure-TQ2_0", within_exact, within_blocks_256},
        {"quant/mix-Q4_K_M", within_exact, within_blocks_256},
        {"quant/moe-Q4_K_M", within_exact, within_experts},
        {"stories260K/stories260K-f32", within_exact, within_f16},
        {"stories260K/stories260K-f16", within_exact, within_f16},
        {"stories260K/stories260K-q8_0", within_exact, within_blocks_32},
    };
    size_t found = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[128], model[512], golden[512];
        snprintf(name, sizeof(name), "%s.gguf", cases[i].name);
        if (!shared_path(model, sizeof(model), name))
            continue;
        snprintf(name, sizeof(name), "%s.golden.json", cases[i].name);
        assert_true(shared_path(golden, sizeof(golden), name));
        check_model(model, golden, cases[i].exact, cases[i].fast);
        found++;
    }
    if (found == 0)
        skip();
}

/* Two sequences in one pass must not see each other, and chunking must not matter. */
static void test_passes(void **unused)
{
    (void)unused;
    char model[512];
    struct decoder d = {0};
    golden_path(model, sizeof(model), "llama-linear.gguf");
    decoder_open(&d, model, true, GGUF_F32, 1);
    static const int32_t tokens[9] = {1, 300, 301, 302, 303, 304, 305, 306, 307};
    static float whole[512], single[512];
    struct kv_sequence a, b;
    assert_int_equal(kv_sequence_open(&a, &d.store, 64, 0, 0, NULL), 0);
    assert_int_equal(kv_sequence_open(&b, &d.store, 64, 0, 0, NULL), 0);
    memcpy(whole, feed(&d, &a, tokens, 0, 9, 40), sizeof(whole));
    memcpy(single, feed(&d, &b, tokens, 0, 9, 2), sizeof(single));
    assert_memory_equal(whole, single, sizeof(whole));
    struct forward_item items[2] = {{400, 9, &a, true}, {401, 9, &b, true}};
    forward_run(d.forward, items, 2);
    memcpy(whole, forward_logits(d.forward, 0), sizeof(whole));
    memcpy(single, forward_logits(d.forward, 1), sizeof(single));
    forward_run(d.forward, items + 1, 1);
    assert_memory_equal(single, forward_logits(d.forward, 0), sizeof(single));
    forward_run(d.forward, items, 1);
    assert_memory_equal(whole, forward_logits(d.forward, 0), sizeof(whole));
    kv_sequence_close(&a, &d.store);
    kv_sequence_close(&b, &d.store);
    decoder_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_in_tree),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
