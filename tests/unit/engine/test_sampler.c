/* From logits to tokens, against a plain way of saying which tokens may be drawn and how often. */
#include "engine_test.h"

#include <math.h>

#include "engine/logprobs.h"
#include "engine/sampler.h"

enum { VOCAB = 3000, DRAWS = 4000 };

static struct sampler_candidate scratch[VOCAB];

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Peaked like a model's, with a few equal ones. */
static void make_logits(float *out, uint32_t seed)
{
    for (size_t i = 0; i < VOCAB; i++)
        out[i] = (float)(noise(&seed) % 4000) / 1000 - 4;
    for (size_t i = 0; i < 12; i++)
        out[noise(&seed) % VOCAB] += 4 + (float)(i % 6);
    out[17] = out[2001] = 5.5f;
}

static struct sampler make(struct engine_sampling settings)
{
    struct sampler s;
    struct engine_error error;
    if (sampler_init(&s, &settings, VOCAB, NULL, 0, &error) != 0)
        fail_msg("%s", error.text);
    return s;
}

/* ---- the plain way ---- */

struct entry {
    int32_t id;
    double p, key;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key) - (x->key > y->key) : x->id - y->id;
}

static size_t cut(struct entry *e, size_t n, double share)
{
    double total = 0, sum = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        total += e[i].p;
    qsort(e, n, sizeof(*e), by_key);
    while (kept < n && sum < share * total)
        sum += e[kept++].p;
    return kept;
}

/* Probabilities by token after all filters; 0 for what may not be drawn. */
static void expect(const float *logits, const struct engine_sampling *s, double *out)
{
    static struct entry e[VOCAB];
    double best = -INFINITY, total = 0, entropy = 0;
    size_t n = VOCAB;
    for (int32_t i = 0; i < VOCAB; i++)
        best = fmax(best, (double)logits[i]);
    for (int32_t i = 0; i < VOCAB; i++) {
        e[i].id = i;
        e[i].p = exp(((double)logits[i] - best) / (double)s->temperature);
        e[i].key = e[i].p;
    }
    qsort(e, n, sizeof(*e), by_key);
    while (n > 0 && e[n - 1].p < (s->min_p > 0 ? (double)s->min_p : 2e-9))
        n--;
    if (s->top_k > 0 && n > s->top_k)
        n = s->top_k;
    for (size_t i = 0; i < n; i++)
        total += e[i].p;
    if (s->typical_p > 0) {
        for (size_t i = 0; i < n; i++)
            entropy -= e[i].p / total * log(e[i].p / total);
        for (size_t i = 0; i < n; i++)
            e[i].key = -fabs(-log(e[i].p / total) - entropy);
        n = cut(e, n, (double)s->typical_p);
    }
    for (size_t i = 0; i < n; i++)
        e[i].key = e[i].p;
    if (s->top_p > 0)
        n = cut(e, n, (double)s->top_p);
    memset(out, 0, VOCAB * sizeof(*out));
    total = 0;
    for (size_t i = 0; i < n; i++)
        total += e[i].p;
    for (size_t i = 0; i < n; i++)
        out[e[i].id] = e[i].p / total;
}

static void test_filters_and_frequencies(void **unused)
{
    (void)unused;
    static const struct engine_sampling cases[] = {
        {.temperature = 1},
        {.temperature = 0.3f},
        {.temperature = 1, .top_k = 1},
        {.temperature = 2, .top_k = 7},
        {.temperature = 1, .top_k = 2900},
        {.temperature = 1, .top_p = 0.1f},
        {.temperature = 1.5f, .top_p = 0.7f},
        {.temperature = 1, .top_p = 0.999f},
        {.temperature = 1, .min_p = 0.05f},
        {.temperature = 1, .min_p = 1},
        {.temperature = 1, .typical_p = 0.2f},
        {.temperature = 1.3f, .typical_p = 0.9f},
        {.temperature = 1.3f, .typical_p = 0.9f, .top_k = 100, .top_p = 0.9f, .min_p = 0.001f},
    };
    static float logits[VOCAB], before[VOCAB];
    static double want[VOCAB];
    static unsigned got[VOCAB];
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        make_logits(logits, (uint32_t)c + 1);
        memcpy(before, logits, sizeof(before));
        expect(logits, &cases[c], want);
        memset(got, 0, sizeof(got));
        struct sampler s = make(cases[c]);
        for (size_t i = 0; i < DRAWS; i++) {
            int32_t token = sampler_choose(&s, logits, scratch);
            assert_in_range(token, 0, VOCAB - 1);
            got[token]++;
        }
        for (size_t i = 0; i < VOCAB; i++) {
            double mean = want[i] * DRAWS, slack = 6 * sqrt(mean) + 6;
            if ((want[i] == 0 && got[i] > 0) || fabs(mean - got[i]) > slack)
                fail_msg("case %zu: token %zu drawn %u times, not %.1f", c, i, got[i], mean);
        }
        assert_memory_equal(before, logits, sizeof(before));
        sampler_release(&s);
    }
}

static void test_seeds(void **unused)
{
    (void)unused;
    static float logits[VOCAB];
    int32_t first[64], other[64];
    make_logits(logits, 3);
    for (unsigned round = 0; round < 3; round++) {
        struct sampler s = make((struct engine_sampling){
            .temperature = 1.5f, .top_p = 0.95f, .seed = round < 2 ? 5 : 6});
        int32_t *out = round == 0 ? first : other;
        for (size_t i = 0; i < 64; i++)
            out[i] = sampler_choose(&s, logits, scratch);
        if (round == 1)
            assert_memory_equal(first, other, sizeof(first));
        sampler_release(&s);
    }
    assert_memory_not_equal(first, other, sizeof(first));
}

static void test_greedy(void **unused)
{
    (void)unused;
    static float logits[VOCAB];
    make_logits(logits, 4);
    struct sampler s = make((struct engine_sampling){0});
    logits[900] = logits[1100] = 50;
    assert_int_equal(sampler_choose(&s, logits, scratch), 900);
    logits[5] = NAN;
    assert_int_equal(sampler_choose(&s, logits, scratch), 900);
    logits[VOCAB - 1] = 60;
    assert_int_equal(sampler_choose(&s, logits, scratch), VOCAB - 1);
    for (size_t i = 0; i < VOCAB; i++)
        logits[i] = i % 2 == 0 ? NAN : -INFINITY;
    assert_int_equal(sampler_choose(&s, logits, scratch), -1);
    logits[3] = INFINITY;
    assert_int_equal(sampler_choose(&s, logits, scratch), -1);
    sampler_release(&s);
}

static void test_bias(void **unused)
{
    (void)unused;
    static float logits[VOCAB];
    make_logits(logits, 5);
    logits[40] = 20;
    struct engine_bias bias[] = {{.token = 40, .bias = -100}, {.token = 41, .bias = 100}};
    struct sampler s = make(
        (struct engine_sampling){.temperature = 1, .bias = bias, .bias_count = 2, .logprobs = 2});
    bias[0].bias = 0; /* it was copied */
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(sampler_choose(&s, logits, scratch), 41);
    assert_int_equal(s.logprobs[0].token, 41); /* of the model's own distribution */
    assert_int_equal(s.logprobs[1].token, 40);
    assert_true(s.logprobs[0].logprob < -10 && s.logprobs[1].logprob > -1);
    sampler_release(&s);
}

static void test_penalties(void **unused)
{
    (void)unused;
    static float logits[VOCAB];
    static const int32_t prompt[] = {10, 11, 10};
    struct engine_error error;
    struct sampler s;
    for (size_t i = 0; i < VOCAB; i++)
        logits[i] = -9;
    logits[10] = 4;
    logits[11] = -1;
    logits[12] = 3;
    /* The prompt counts for repetition: 4 / 2 and -1 * 2 lie below 3, which then becomes 1.5. */
    struct engine_sampling settings = {.repetition_penalty = 2};
    assert_int_equal(sampler_init(&s, &settings, VOCAB, prompt, 3, &error), 0);
    assert_int_equal(sampler_choose(&s, logits, scratch), 12);
    assert_int_equal(sampler_choose(&s, logits, scratch), 10);
    sampler_release(&s);
    /* It does not for the other two, and frequency adds up. */
    settings = (struct engine_sampling){.frequency_penalty = 0.75f};
    assert_int_equal(sampler_init(&s, &settings, VOCAB, prompt, 3, &error), 0);
    static const int32_t by_frequency[] = {10, 10, 12, 10, 12};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(sampler_choose(&s, logits, scratch), by_frequency[i]);
    sampler_release(&s);
    settings = (struct engine_sampling){.presence_penalty = 2};
    assert_int_equal(sampler_init(&s, &settings, VOCAB, prompt, 3, &error), 0);
    static const int32_t by_presence[] = {10, 12, 10, 10};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(sampler_choose(&s, logits, scratch), by_presence[i]);
    sampler_release(&s);
}

static void test_logprobs(void **unused)
{
    (void)unused;
    static float logits[VOCAB];
    make_logits(logits, 6);
    struct sampler s =
        make((struct engine_sampling){.temperature = 3, .top_p = 0.5f, .logprobs = 21, .seed = 1});
    int32_t chosen = sampler_choose(&s, logits, scratch);
    double total = 0;
    for (size_t i = 0; i < VOCAB; i++)
        total += exp((double)logits[i]);
    assert_int_equal(s.logprobs[0].token, chosen);
    bool taken[VOCAB] = {false};
    for (size_t k = 0; k < 21; k++) {
        int32_t token = s.logprobs[k].token;
        assert_true(fabs((double)s.logprobs[k].logprob - ((double)logits[token] - log(total))) <
                    1e-4);
        if (k == 0)
            continue;
        for (int32_t i = 0; i < VOCAB; i++)
            if (!taken[i] &&
                (logits[i] > logits[token] || (logits[i] == logits[token] && i < token)))
                fail_msg("%d stands before %d", token, i);
        taken[token] = true;
    }
    sampler_release(&s);
    struct engine_sampling few = {.logprobs = 5};
    assert_int_equal(sampler_init(&s, &few, 2, NULL, 0, NULL), 0);
    assert_int_equal(sampler_choose(&s, (float[]){1, 2}, scratch), 1);
    assert_int_equal(s.logprobs[1].token, 1);
    assert_int_equal(s.logprobs[2].token, 0);
    assert_int_equal(s.logprobs[3].token, -1);
    assert_int_equal(s.logprobs[4].token, -1);
    sampler_release(&s);
}

static void test_settings_out_of_range(void **unused)
{
    (void)unused;
    static const struct engine_bias odd[] = {{.token = VOCAB, .bias = 1},
                                             {.token = 1, .bias = NAN}};
    const struct engine_sampling cases[] = {
        {.temperature = -1},
        {.temperature = NAN},
        {.temperature = INFINITY},
        {.top_p = 1.5f},
        {.min_p = -0.1f},
        {.typical_p = NAN},
        {.repetition_penalty = -1},
        {.presence_penalty = NAN},
        {.frequency_penalty = INFINITY},
        {.logprobs = 22},
        {.bias = odd, .bias_count = 1},
        {.bias = odd + 1, .bias_count = 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sampler s;
        struct engine_error error = {0};
        assert_int_equal(sampler_init(&s, &cases[i], VOCAB, NULL, 0, &error), ENGINE_ERR_ARGUMENT);
        assert_int_not_equal(error.text[0], '\0');
        sampler_release(&s);
    }
}

/* Rows come out with the bytes they stand for, also when a token is given out in two parts. */
static void test_rows_wait_for_their_text(void **unused)
{
    (void)unused;
    struct logprobs q = {.width = 2};
    size_t n = 9;
    assert_null(logprobs_give(&q, 0, &n));
    assert_int_equal(n, 0);
    static const size_t sizes[] = {3, 1, 0, 2, 4};
    for (int32_t i = 0; i < 5; i++)
        assert_true(
            logprobs_add(&q, (struct engine_logprob[]){{.token = i}, {.token = -i}}, sizes[i]));
    static const struct {
        size_t bytes, rows;
        int32_t first;
    } steps[] = {{2, 1, 0}, {0, 0, 0}, {1, 0, 0}, {1, 2, 1}, {3, 2, 3}, {3, 0, 0}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        const struct engine_logprob *rows = logprobs_give(&q, steps[i].bytes, &n);
        assert_int_equal(n, steps[i].rows);
        if (n > 0) {
            assert_int_equal(rows[0].token, steps[i].first);
            assert_int_equal(rows[2 * n - 1].token, -(steps[i].first + (int32_t)n - 1));
        }
    }
    for (int32_t i = 0; i < 1000; i++)
        assert_true(logprobs_add(&q, (struct engine_logprob[]){{.token = i}, {0}}, 1));
    assert_int_equal(logprobs_give(&q, 1000, &n)[2 * 999].token, 999);
    assert_int_equal(n, 1000);
    logprobs_release(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters_and_frequencies),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_bias),
        cmocka_unit_test(test_penalties),
        cmocka_unit_test(test_logprobs),
        cmocka_unit_test(test_settings_out_of_range),
        cmocka_unit_test(test_rows_wait_for_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
