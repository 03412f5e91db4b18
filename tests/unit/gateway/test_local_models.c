/*
 * The model behind the jobs: its context and defaults, its failures, and opening it on demand.
 */
#include "local_scene.h"

static void test_context(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.max_tokens = 1000000};
    fixture_open(&f, (struct local_options){0});
    assert_int_equal(start_with(&f, &s, &params, CONTEXT - 4), BACKEND_OK);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_ERR_CONTEXT);
    assert_int_equal(s.heads, 0);

    memset(&s, 0, sizeof(s));
    assert_int_equal(start_with(&f, &s, &params, CONTEXT - 14), BACKEND_OK);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.completion_tokens, 10); /* what there was room for */
    assert_int_equal(s.finish[0], BACKEND_FINISH_LENGTH);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_default_max_tokens(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){.default_max_tokens = 7});
    start(&f, &s, 0, false);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.completion_tokens, 7);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_engine_fails(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s[2] = {0};
    fixture_open(&f, (struct local_options){0});
    fake.template_fails = true;
    start(&f, &s[0], 10, true);
    run_until(&f, &s[0].ends, 1);
    assert_int_equal(s[0].result.outcome, BACKEND_ERR_INTERNAL);
    fake.template_fails = false;

    fake.fail_step = fake.steps + 10;
    memset(s, 0, sizeof(s));
    start(&f, &s[0], 100, true);
    start(&f, &s[1], 100, true);
    run_until(&f, &s[0].ends, 1);
    run_until(&f, &s[1].ends, 1);
    assert_int_equal(s[0].result.outcome, BACKEND_ERR_INTERNAL);
    assert_int_equal(s[1].result.outcome, BACKEND_ERR_INTERNAL);
    buf_release(&s[0].text);
    buf_release(&s[1].text);

    memset(s, 0, sizeof(s)); /* and goes on */
    start(&f, &s[0], 10, true);
    run_until(&f, &s[0].ends, 1);
    assert_int_equal(s[0].result.outcome, BACKEND_OK);
    fixture_close(&f);
    buf_release(&s[0].text);
}

static void test_description(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, (struct local_options){0});
    const struct local_description *d = local_engine_describe(f.engine);
    assert_string_equal(d->name, "fake");
    assert_string_equal(d->architecture, "llama");
    assert_int_equal(d->context_length, CONTEXT);
    assert_int_equal(d->parameters, 42);
    fixture_close(&f);

    struct err err = {0};
    struct local_options options = {.source.path = "/nonexistent.gguf"};
    assert_int_equal(local_engine_new(&f.engine, &options, &err), ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent.gguf"));
}

/* A model whose file was changed under it is not asked again. */
static void test_model_that_broke(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.stream = true};
    fixture_open(&f, (struct local_options){0});
    fake.fail_status = ENGINE_ERR_IO;
    fake.fail_step = 3;
    start(&f, &s, 100, true);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_ERR_INTERNAL);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_ERR_MODEL);
    fixture_close(&f);
    buf_release(&s.text);
}

static bool never(void *owner)
{
    (void)owner;
    return false;
}

static bool always(void *owner)
{
    (void)owner;
    return true;
}

static void hear(void *owner)
{
    atomic_fetch_add((atomic_int *)owner, 1);
}

/* The engine gives up its own hold of the model after it has told the room. */
static void run_until_closed(struct fixture *f)
{
    for (int i = 0; i < PATIENCE_MS && fake.opened > 0; i++)
        run_for(f, 1);
    assert_int_equal(fake.opened, 0);
}

/* Looked at when it is made, open from its first job on, gone when another needs the room. */
static void test_on_demand(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    atomic_int asked = 0;
    struct local_guest other = {.ask = hear, .wants = always, .owner = &asked};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    const struct local_options options = {
        .room = room, .on_demand = true, .session = {.kv_bytes_limit = 40}, .source.sha256 = "ab"};
    fixture_open(&f, options);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    assert_true(fake.last_source.unread);
    for (int round = 0; round < 3; round++) {
        struct seen s = {.pause_on_data = round == 2};
        start(&f, &s, 5, round != 1);
        run_until(&f, round == 2 ? &s.pieces : &s.ends, 1);
        assert_memory_equal(s.head.model_sha256, "abcd0000", 8);
        assert_int_equal(local_engine_state(f.engine), LOCAL_OPEN);
        assert_false(fake.last_source.unread);
        assert_int_equal(fake.opened, 1);
        /* Also a client that has not read all of its answer yet keeps nothing of it. */
        assert_true(local_room_take(room, &other, 70, 60000));
        assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
        run_until_closed(&f);
        local_room_give(room, &other, 0);
        s.pause_on_data = false;
        if (s.job != NULL) /* where the worker came late, all of it was one piece */
            s.job->ops->resume(s.job);
        run_until(&f, &s.ends, 1);
        assert_int_equal(s.result.outcome, BACKEND_OK);
        assert_counts_up(&s, 5);
        buf_release(&s.text);
    }
    /* One that waits for room waits no longer than its time, and one that is gone not at all. */
    assert_true(local_room_take(room, &other, 70, 60000));
    local_room_note(room, &other, false);
    struct seen s = {0};
    start(&f, &s, 5, true);
    for (int i = 0; i < PATIENCE_MS && asked == 0; i++)
        run_for(&f, 1);
    run_for(&f, 20);
    assert_int_equal(s.pieces + s.ends, 0);
    assert_int_equal(local_engine_state(f.engine), LOCAL_OPENING);
    assert_int_equal(asked, 1);
    cancel(&s);
    for (int i = 0; i < PATIENCE_MS && local_engine_state(f.engine) != LOCAL_CLOSED; i++)
        run_for(&f, 1);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    local_room_give(room, &other, 0);
    /* A busy one finishes what it began. */
    struct seen slow = {.pause_on_data = true}, next = {0};
    start(&f, &slow, 1000, true);
    run_until(&f, &slow.pieces, 1);
    other.wants = never;
    assert_false(local_room_take(room, &other, 70, 0));
    start(&f, &next, 5, true);
    run_for(&f, 20);
    assert_int_equal(next.pieces, 0);
    slow.pause_on_data = false;
    slow.job->ops->resume(slow.job);
    run_until(&f, &slow.ends, 1);
    assert_int_equal(slow.result.completion_tokens, 1000);
    run_until(&f, &next.ends, 1);
    assert_int_equal(next.result.outcome, BACKEND_OK);
    local_model_unref(slow.model);
    local_model_unref(next.model);
    buf_release(&slow.text);
    buf_release(&next.text);
    fixture_close(&f);
    struct err err = {0};
    local_room_set_limit(room, 39);
    assert_int_equal(local_engine_new(&f.engine, &options, &err), ERR_LIMIT);
    assert_non_null(strstr(err.text, "models_limit"));
    local_room_free(room);
}

/* Log-probabilities are written from the model's vocabulary: until they are, its weights count. */
static void test_weights_that_are_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    atomic_int asked = 0;
    struct local_guest other = {.ask = hear, .wants = never, .owner = &asked};
    struct local_params params = {.stream = true, .max_tokens = 5, .sampling.logprobs = 1};
    struct seen s = {.keeps_model = true};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    fake.weight_bytes = 40;
    fixture_open(&f, (struct local_options){
                         .room = room, .on_demand = true, .session = {.kv_bytes_limit = 40}});
    assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
    run_until(&f, &s.ends, 1);
    assert_false(local_room_take(room, &other, 70, 0));
    for (int i = 0; i < PATIENCE_MS && local_engine_state(f.engine) != LOCAL_CLOSED; i++)
        run_for(&f, 1);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    assert_int_equal(fake.opened, 1);
    assert_false(local_room_take(room, &other, 61, 0));
    other.wants = always;
    assert_true(local_room_take(room, &other, 60, 0));
    local_room_give(room, &other, 0);
    local_model_unref(s.model);
    run_until_closed(&f);
    assert_true(local_room_take(room, &other, 100, 0));
    local_room_give(room, &other, 0);
    buf_release(&s.text);
    fixture_close(&f);
    fake.weight_bytes = 0;
    local_room_free(room);
}

/* Whoever ends an engine does not wait for a file to be read. */
static void test_stopped_while_opening(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    struct seen s = {0};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    fixture_open(&f, (struct local_options){.room = room, .on_demand = true});
    fake.opens_forever = true;
    start(&f, &s, 5, true);
    for (int i = 0; i < PATIENCE_MS && local_engine_state(f.engine) != LOCAL_OPENING; i++)
        run_for(&f, 1);
    local_engine_end(f.engine);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_ERR_INTERNAL);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    fake.opens_forever = false;
    fixture_close(&f);
    assert_int_equal(fake.opened, 0);
    local_room_free(room);
}

/* A file that cannot be opened ends the requests that wait for it; later it is tried again. */
static void test_on_demand_fails(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    struct seen s = {0}, again = {0};
    struct local_params params = {.stream = true, .max_tokens = 5};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    fixture_open(&f, (struct local_options){.room = room, .on_demand = true});
    fake.open_fails = ENGINE_ERR_CHECKSUM;
    start(&f, &s, 5, true);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_ERR_MODEL);
    assert_int_equal(s.heads + s.pieces, 0);
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &again, &params, 10), BACKEND_ERR_MODEL);
    fake.open_fails = 0;
    for (int i = 0; i < PATIENCE_MS && !local_engine_ready(f.engine); i++)
        run_for(&f, 1);
    start(&f, &again, 5, true);
    run_until(&f, &again.ends, 1);
    assert_int_equal(again.result.outcome, BACKEND_OK);
    assert_int_equal(local_engine_state(f.engine), LOCAL_OPEN);
    local_model_unref(again.model);
    buf_release(&again.text);
    fixture_close(&f);
    assert_int_equal(fake.opened, 0);
    /* Another file in its place may not take more room than was taken for the first. */
    struct seen larger = {0};
    fake.weight_bytes = 60;
    fixture_open(&f, (struct local_options){.room = room, .on_demand = true});
    fake.weight_bytes = 61;
    start(&f, &larger, 5, true);
    run_until(&f, &larger.ends, 1);
    assert_int_equal(larger.result.outcome, BACKEND_ERR_MODEL);
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    fixture_close(&f);
    fake.weight_bytes = 0;
    assert_int_equal(fake.opened, 0);
    local_room_free(room);
}

static void test_context_shift(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.max_tokens = 20, .principal = "a", .share_prefixes = true};
    fixture_open(&f, (struct local_options){.context_shift = true, .context_keep = 33});
    assert_int_equal(start_with(&f, &s, &params, CONTEXT), BACKEND_OK);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.completion_tokens, 20);
    assert_true(fake.last.shift);
    assert_int_equal(fake.last.shift_keep, 33);
    /* A caller's prompts are found again by that caller only, and only if they may be. */
    uint64_t tenant = fake.last.tenant;
    assert_true(tenant != 0);
    for (int i = 0; i < 3; i++) {
        static const char *const who[] = {"a", "b", "a"};
        params.principal = who[i];
        params.share_prefixes = i < 2;
        memset(&s.result, 0, sizeof(s.result));
        s.heads = s.ends = s.pieces = 0;
        s.ended[0] = false;
        assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
        run_until(&f, &s.ends, 1);
        assert_true(i == 0 ? fake.last.tenant == tenant : fake.last.tenant != tenant);
        assert_true(i < 2 ? fake.last.tenant != 0 : fake.last.tenant == 0);
    }
    fixture_close(&f);
    buf_release(&s.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_default_max_tokens),
        cmocka_unit_test(test_engine_fails),
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_model_that_broke),
        cmocka_unit_test(test_on_demand),
        cmocka_unit_test(test_weights_that_are_kept),
        cmocka_unit_test(test_stopped_while_opening),
        cmocka_unit_test(test_on_demand_fails),
        cmocka_unit_test(test_context_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
