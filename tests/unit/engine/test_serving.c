/* What sessions do beyond answering: cached prefixes, shifted contexts, guesses, small caches. */
#include "session_test.h"

/* A prompt of the small model's plain tokens. */
static void make_prompt(int32_t *tokens, size_t count, int32_t kind)
{
    for (size_t t = 0; t < count; t++)
        tokens[t] = (int32_t)(260 + (t * 11 + (size_t)kind * 37) % 200);
}

static uint32_t cached_of(struct engine_session *session, struct answer *answer)
{
    struct engine_event events[16];
    size_t n = 0;
    uint32_t cached = 0;
    int going = 1;
    memset(answer, 0, sizeof(*answer));
    while (going > 0) {
        going = engine_session_step(session, events, &n, NULL);
        for (size_t i = 0; i < n; i++) {
            cached = events[i].cached_tokens;
            take_event(answer, 1, &events[i]);
        }
    }
    assert_int_equal(going, 0);
    return cached;
}

/* An answer from the cache is the answer that comes without it, and another tenant finds nothing.
 */
static void test_prefix_cache(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer alone, first, again;
    int32_t prompt[100];
    make_prompt(prompt, 100, 1);
    struct engine_submission s = {.prompt = prompt, .prompt_count = 100, .max_tokens = 50};
    answer_alone(model, s, &alone);
    for (int lookup = 0; lookup < 2; lookup++) {
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.prefix_cache = true,
                                                               .lookup_tokens = lookup ? 6 : 0});
        s.tenant = 11;
        submit(session, s);
        assert_int_equal(cached_of(session, &first), 0);
        assert_string_equal(first.text, alone.text);
        submit(session, s);
        assert_int_equal(cached_of(session, &again), 99);
        assert_string_equal(again.text, alone.text);
        s.tenant = 12;
        submit(session, s);
        assert_int_equal(cached_of(session, &again), 0);
        s.tenant = 0;
        submit(session, s);
        assert_int_equal(cached_of(session, &again), 0);
        assert_string_equal(again.text, alone.text);
        engine_session_free(session);
    }
    /* Switched off. */
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    s.tenant = 11;
    for (int i = 0; i < 2; i++) {
        submit(session, s);
        assert_int_equal(cached_of(session, &again), 0);
    }
    engine_session_free(session);
    engine_model_free(model);
}

/* The cached prompt costs one pass until its first token, an unknown one several. */
static void test_cached_first_token(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_session *session = new_session(
        model, (struct engine_session_options){.prefix_cache = true, .prefill_chunk_tokens = 8});
    struct engine_event events[8];
    int32_t prompt[200];
    make_prompt(prompt, 200, 3);
    struct engine_submission s = {
        .prompt = prompt, .prompt_count = 200, .max_tokens = 2, .tenant = 5};
    for (int i = 0; i < 2; i++) {
        unsigned steps = 0;
        uint32_t said = 0;
        submit(session, s);
        for (size_t n = 0; said == 0; steps++) {
            assert_true(engine_session_step(session, events, &n, NULL) >= 0);
            for (size_t e = 0; e < n; e++)
                said = events[e].completion_tokens;
            said = steps > 100 ? 1 : said;
        }
        engine_session_cancel(session, 0);
        assert_true(i == 0 ? steps >= 25 : steps <= 2);
    }
    engine_session_free(session);
    engine_model_free(model);
}

/* Many prompts through a small store: never above the limit, and nothing lost. */
static void test_prefix_cache_is_bounded(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    const size_t limit = 400 << 10;
    struct engine_session *session =
        new_session(model, (struct engine_session_options){
                               .prefix_cache = true, .kv_bytes_limit = limit, .max_sequences = 4});
    static struct answer answers[4];
    int32_t prompt[200];
    struct engine_memory memory;
    for (int round = 0; round < 40; round++) {
        memset(answers, 0, sizeof(answers));
        for (uint64_t i = 0; i < 4; i++) {
            size_t count = 40 + (size_t)(round * 7 + (int)i * 13) % 100;
            make_prompt(prompt, count, (int32_t)i * round % 5);
            submit(session, (struct engine_submission){.prompt = prompt,
                                                       .prompt_count = count,
                                                       .max_tokens = 20,
                                                       .tag = i,
                                                       .tenant = 1 + i % 2});
        }
        run_all(session, answers, 4);
        for (int i = 0; i < 4; i++)
            assert_int_not_equal(answers[i].finish, ENGINE_FINISH_NONE);
        engine_session_memory(session, &memory);
        assert_true(memory.kv <= limit);
    }
    engine_session_free(session);
    engine_model_free(model);
}

static void test_q8_cache(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_memory f16, q8;
    for (int i = 0; i < 2; i++) {
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.kv_type = (enum engine_kv_type)i});
        static struct answer answer;
        memset(&answer, 0, sizeof(answer));
        submit(session, plain);
        run_all(session, &answer, 1);
        assert_int_equal(answer.completion, plain.max_tokens);
        engine_session_memory(session, i == 0 ? &f16 : &q8);
        engine_session_free(session);
    }
    assert_true(q8.kv < f16.kv * 6 / 10);
    engine_model_free(model);
}

/* With guesses or without, greedy or drawn, alone or beside others: the same answers. */
static void test_lookup(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer without[4], with[4];
    int32_t prompts[4][120];
    struct engine_submission s[4];
    for (size_t i = 0; i < 4; i++) {
        for (size_t t = 0; t < 120; t++)
            prompts[i][t] = (int32_t)(300 + t % (5 + i)); /* the same over and over */
        s[i] = (struct engine_submission){
            .prompt = prompts[i],
            .prompt_count = 120,
            .max_tokens = 100,
            .sampling = {.temperature = i % 2 == 0 ? 0 : 0.3f, .seed = i, .presence_penalty = 0},
            .credit = i == 3 ? 7 : 0,
            .tag = i};
    }
    unsigned steps[2];
    for (unsigned lookup = 0; lookup < 2; lookup++) {
        struct answer *answers = lookup ? with : without;
        memset(without, 0, lookup ? 0 : sizeof(without));
        memset(answers, 0, sizeof(with));
        struct engine_session *session = new_session(
            model, (struct engine_session_options){.threads = 2, .lookup_tokens = lookup * 4});
        for (size_t i = 0; i < 4; i++)
            submit(session, s[i]);
        steps[lookup] = 0;
        for (int round = 0; round < 100; round++) {
            steps[lookup] += run_all(session, answers, 4);
            assert_true(answers[3].completion <= 7 + (uint32_t)round);
            engine_session_credit(session, 3, 1);
        }
        engine_session_free(session);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(with[i].text, without[i].text);
        assert_int_equal(with[i].completion, without[i].completion);
        assert_int_equal(with[i].finish, without[i].finish);
    }
    engine_model_free(model);
}

static struct engine_model *open_stories(void)
{
    char path[512];
    return shared_path(path, sizeof(path), "stories260K/stories260K-f32.gguf") ? open_model(path)
                                                                               : NULL;
}

/* A story that repeats itself takes fewer passes when what it said before is tried first. */
static void test_lookup_saves_passes(void **unused)
{
    (void)unused;
    struct engine_model *model = open_stories();
    if (model == NULL)
        skip();
    static struct answer answers[2];
    unsigned steps[2];
    int32_t tokens[256];
    size_t count = 0;
    static const char text[] = "Once upon a time, there was a little girl named Lily. She loved to "
                               "play outside in the park. Once upon a time, there was a little";
    assert_int_equal(
        engine_tokenize(model, text, strlen(text), ENGINE_TOKENIZE_BOS, tokens, 256, &count, NULL),
        0);
    for (unsigned lookup = 0; lookup < 2; lookup++) {
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.lookup_tokens = lookup * 6});
        memset(&answers[lookup], 0, sizeof(answers[lookup]));
        submit(session, (struct engine_submission){
                            .prompt = tokens, .prompt_count = count, .max_tokens = 200});
        steps[lookup] = run_all(session, &answers[lookup], 1);
        engine_session_free(session);
    }
    assert_string_equal(answers[0].text, answers[1].text);
    print_message("passes: %u without guesses, %u with\n", steps[0], steps[1]);
    assert_true(steps[1] < steps[0]);
    engine_model_free(model);
}

static unsigned words_in(const char *text)
{
    unsigned words = 0;
    for (const char *p = text; *p != '\0'; p++)
        words += *p == ' ';
    return words;
}

/* The story goes on behind the end of the context, again and again. */
static void test_shift(void **unused)
{
    (void)unused;
    struct engine_model *model = open_stories();
    if (model == NULL)
        skip();
    int32_t tokens[256];
    size_t count = 0;
    static const char text[] = "Once upon a time, there was a little girl named Lily.";
    assert_int_equal(
        engine_tokenize(model, text, strlen(text), ENGINE_TOKENIZE_BOS, tokens, 256, &count, NULL),
        0);
    for (int cached = 0; cached < 2; cached++) {
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.context_length = 128,
                                                               .prefix_cache = cached != 0,
                                                               .lookup_tokens = cached ? 5 : 0});
        static struct answer refused, shifted;
        memset(&refused, 0, sizeof(refused));
        memset(&shifted, 0, sizeof(shifted));
        struct engine_submission s = {
            .prompt = tokens, .prompt_count = count, .max_tokens = 600, .tenant = 3};
        submit(session, s);
        run_all(session, &refused, 1);
        assert_int_equal(refused.finish, ENGINE_FINISH_LENGTH);
        assert_int_equal(refused.completion, 128 - count);
        s.shift = true;
        s.shift_keep = (uint32_t)count;
        submit(session, s);
        run_all(session, &shifted, 1);
        assert_memory_equal(refused.text, shifted.text, refused.len);
        assert_true(shifted.finish == ENGINE_FINISH_STOP || shifted.completion == 600);
        print_message("%u tokens in a context of 128, %u words\n", shifted.completion,
                      words_in(shifted.text));
        /* Words, not noise: a broken context babbles single letters or one token for ever. */
        assert_true(shifted.completion > 200);
        assert_true(words_in(shifted.text) * 10 > shifted.len);
        assert_null(strstr(shifted.text, "\xef\xbf\xbd"));
        /* A prompt that is too long is refused or cut, as asked. */
        int32_t many[400];
        for (size_t i = 0; i < 400; i++)
            many[i] = i < count ? tokens[i] : tokens[1 + i % (count - 1)];
        s.prompt = many;
        s.prompt_count = 400;
        s.max_tokens = 20;
        memset(&shifted, 0, sizeof(shifted));
        submit(session, s);
        run_all(session, &shifted, 1);
        assert_true(shifted.completion > 0);
        s.shift = false;
        assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_CONTEXT);
        engine_session_free(session);
    }
    engine_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_cache),
        cmocka_unit_test(test_cached_first_token),
        cmocka_unit_test(test_prefix_cache_is_bounded),
        cmocka_unit_test(test_q8_cache),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_lookup_saves_passes),
        cmocka_unit_test(test_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
