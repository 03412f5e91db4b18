/* Corrections: what can be learned is learned, what cannot leaves the score alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "router/learn.h"

static const struct learn_key key = {{UINT64_C(0x1234567890abcdef), UINT64_C(0xfedcba0987654321)}};

enum { COUNT = 1200, TRAIN = COUNT * 3 / 4, WORDS = 12 };

static uint32_t random_state = 7;

static const float silent[SKETCH_OUTPUTS]; /* a net that says nothing */

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Requests of a dozen words each; the one word 77 decides, the shipped score knows nothing. */
static void make_outcomes(struct outcome *outcomes, bool telling)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct complexity_features features = {.id_count = WORDS};
        bool hard = next_random() % 2 == 0;
        for (size_t w = 0; w < WORDS; w++)
            features.ids[w] = 1000 + next_random() % 500;
        if (hard && telling)
            features.ids[0] = 77;
        outcomes[i] = (struct outcome){.score = 0.2f + (float)(next_random() % 100) / 200,
                                       .needed = hard ? 1 : 0};
        sketch_add(&outcomes[i].sketch, &key, &features, silent);
    }
}

static struct learn_quality learned_quality(bool telling, struct learn_quality *before)
{
    struct outcome *outcomes = calloc(COUNT, sizeof(*outcomes));
    const struct outcome *views[COUNT];
    float scores[COUNT];
    struct correction correction;
    struct learn_quality after;
    struct err err = {0};
    assert_non_null(outcomes);
    make_outcomes(outcomes, telling);
    for (size_t i = 0; i < COUNT; i++)
        views[i] = &outcomes[i];
    assert_int_equal(learn_fit(&correction, views, TRAIN, &err), 0);
    for (size_t i = TRAIN; i < COUNT; i++)
        scores[i] = outcomes[i].score;
    assert_int_equal(learn_measure(before, views + TRAIN, scores + TRAIN, COUNT - TRAIN, &err), 0);
    for (size_t i = TRAIN; i < COUNT; i++)
        scores[i] = correction_apply(&correction, &outcomes[i].sketch, outcomes[i].score);
    assert_int_equal(learn_measure(&after, views + TRAIN, scores + TRAIN, COUNT - TRAIN, &err), 0);
    free(outcomes);
    return after;
}

static void what_tells_is_learned(void **state)
{
    struct learn_quality before, after;
    (void)state;
    after = learned_quality(true, &before);
    assert_true(before.auc > 0.4 && before.auc < 0.6);
    assert_true(after.auc > 0.95);
    assert_true(after.apgr > 0.7);
    assert_true(after.loss < before.loss);
    assert_true(after.ece < 0.2);
}

static void noise_is_not(void **state)
{
    struct learn_quality before, after;
    (void)state;
    after = learned_quality(false, &before);
    assert_true(after.auc < 0.6);
    assert_true(after.loss < 0.8);
}

static void measures_are_what_they_say(void **state)
{
    struct outcome outcomes[4] = {{.needed = 1}, {.needed = 1}, {.needed = 0}, {.needed = 0}};
    const struct outcome *views[4] = {&outcomes[0], &outcomes[1], &outcomes[2], &outcomes[3]};
    const float right[4] = {0.9f, 0.8f, 0.2f, 0.1f}, same[4] = {0.5f, 0.5f, 0.5f, 0.5f};
    const float wrong[4] = {0.1f, 0.2f, 0.8f, 0.9f};
    struct learn_quality q;
    struct err err = {0};
    (void)state;
    assert_int_equal(learn_measure(&q, views, right, 4, &err), 0);
    assert_true(fabs(q.auc - 1) < 1e-9 && q.apgr > 0.74);
    assert_int_equal(learn_measure(&q, views, same, 4, &err), 0);
    assert_true(fabs(q.auc - 0.5) < 1e-9 && fabs(q.ece) < 1e-6);
    assert_true(fabs(q.loss - log(2)) < 1e-6);
    assert_int_equal(learn_measure(&q, views, wrong, 4, &err), 0);
    assert_true(fabs(q.auc) < 1e-9 && q.apgr < 0.26 && q.ece > 0.8);
}

static void another_key_gives_another_sketch(void **state)
{
    const struct learn_key other = {{1, 2}};
    struct complexity_features features = {.id_count = 3, .ids = {5, 6, 7}};
    struct complexity_sketch a = {.count = 0}, b = {.count = 0}, again = {.count = 0};
    (void)state;
    sketch_add(&a, &key, &features, silent);
    sketch_add(&b, &other, &features, silent);
    sketch_add(&again, &key, &features, silent);
    sketch_add(&again, &key, &features, silent); /* said twice is said once */
    assert_memory_not_equal(a.bits, b.bits, sizeof(a.bits));
    assert_memory_equal(&a, &again, sizeof(a));
    assert_int_equal(a.count, 3 + SKETCH_STRUCTURE); /* and a level of each number */
}

/* The words are the same in all requests; only what the shipped net says of them tells. */
static void what_the_net_says_is_learned(void **state)
{
    static struct outcome outcomes[COUNT];
    static const struct outcome *views[COUNT];
    struct complexity_features features = {.id_count = 3, .ids = {5, 6, 7}};
    struct correction correction;
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        bool hard = next_random() % 2 == 0;
        float outputs[SKETCH_OUTPUTS] = {[7] = hard ? 1.5f : -1.5f, [9] = 1e9f};
        outcomes[i] = (struct outcome){.score = 0.4f, .needed = hard ? 1 : 0};
        sketch_add(&outcomes[i].sketch, &key, &features, outputs);
        views[i] = &outcomes[i];
    }
    assert_int_equal(learn_fit(&correction, views, TRAIN, &err), 0);
    for (size_t i = TRAIN; i < COUNT; i++) {
        float score = correction_apply(&correction, &outcomes[i].sketch, 0.4f);
        assert_true(outcomes[i].needed > 0.5f ? score > 0.7f : score < 0.3f);
    }
}

/* Neither few nor many of something are hard, only the middle: no straight line tells that. */
static void what_a_middle_level_says_is_learned(void **state)
{
    static struct outcome outcomes[COUNT];
    static const struct outcome *views[COUNT];
    float scores[COUNT];
    struct complexity_features features = {.id_count = 3, .ids = {5, 6, 7}};
    struct correction correction;
    struct learn_quality after;
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        features.dense[3] = (float)(next_random() % 3) / 2;
        outcomes[i] = (struct outcome){.score = 0.4f,
                                       .needed = fabsf(features.dense[3] - 0.5f) < 0.1f ? 1 : 0};
        sketch_add(&outcomes[i].sketch, &key, &features, silent);
        views[i] = &outcomes[i];
    }
    assert_int_equal(learn_fit(&correction, views, TRAIN, &err), 0);
    for (size_t i = TRAIN; i < COUNT; i++)
        scores[i] = correction_apply(&correction, &outcomes[i].sketch, 0.4f);
    assert_int_equal(learn_measure(&after, views + TRAIN, scores + TRAIN, COUNT - TRAIN, &err), 0);
    assert_true(after.auc > 0.99);
}

static void the_first_segment_may_say_less_than_nothing(void **state)
{
    struct complexity_features features = {.id_count = 1, .ids = {5}};
    struct complexity_sketch sketch = {.count = 0};
    (void)state;
    sketch_add(&sketch, &key, &features, (float[SKETCH_OUTPUTS]){[0] = -2, [1] = -1e9f});
    assert_int_equal(sketch.dense[SKETCH_STRUCTURE], -64);
    assert_int_equal(sketch.dense[SKETCH_STRUCTURE + 1], -127);
    sketch_add(&sketch, &key, &features, (float[SKETCH_OUTPUTS]){[0] = -3, [1] = 0.5f});
    assert_int_equal(sketch.dense[SKETCH_STRUCTURE], -64);
    assert_int_equal(sketch.dense[SKETCH_STRUCTURE + 1], 16);
}

static void nothing_read_is_nothing_known(void **state)
{
    static struct correction correction = {.offset = 3, .slope = 2};
    struct complexity_sketch none = {.count = 0};
    (void)state;
    assert_true(fabsf(correction_apply(&correction, &none, 0.3f) - 0.3f) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_tells_is_learned),
        cmocka_unit_test(noise_is_not),
        cmocka_unit_test(measures_are_what_they_say),
        cmocka_unit_test(another_key_gives_another_sketch),
        cmocka_unit_test(what_the_net_says_is_learned),
        cmocka_unit_test(what_a_middle_level_says_is_learned),
        cmocka_unit_test(the_first_segment_may_say_less_than_nothing),
        cmocka_unit_test(nothing_read_is_nothing_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
