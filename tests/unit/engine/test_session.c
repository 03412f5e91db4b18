/* The public interface: opening, tokens, chat, sessions. */
#include "session_test.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "engine/kv.h"

static size_t tokenize(const struct engine_model *model, const char *text, unsigned flags,
                       int32_t out[512])
{
    size_t count = 0;
    assert_int_equal(engine_tokenize(model, text, strlen(text), flags, out, 512, &count, NULL), 0);
    return count;
}

/* The stories: text in, the golden text out, alone and beside others. */
static void check_stories(const char *name)
{
    char path[512], relative[128];
    json_error_t parse_error;
    snprintf(relative, sizeof(relative), "stories260K/stories260K-%s.gguf", name);
    if (!shared_path(path, sizeof(path), relative))
        skip();
    struct engine_model *model = open_model(path);
    snprintf(relative, sizeof(relative), "stories260K/stories260K-%s.golden.json", name);
    assert_true(shared_path(path, sizeof(path), relative));
    json_t *golden = json_load_file(path, 0, &parse_error);
    assert_non_null(golden);
    const json_t *prompts = json_object_get(golden, "prompts");
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct engine_session *session = new_session(
            model, (struct engine_session_options){.threads = threads, .prefill_chunk_tokens = 5});
        static struct answer answers[3];
        memset(answers, 0, sizeof(answers));
        for (size_t i = 0; i < 3; i++) {
            const json_t *prompt = json_array_get(prompts, i);
            int32_t tokens[512];
            size_t count = tokenize(model, json_string_value(json_object_get(prompt, "text")),
                                    ENGINE_TOKENIZE_BOS, tokens);
            const json_t *want = json_object_get(prompt, "tokens");
            assert_int_equal(count, json_array_size(want));
            for (size_t t = 0; t < count; t++)
                assert_int_equal(tokens[t], json_integer_value(json_array_get(want, t)));
            submit(session,
                   (struct engine_submission){
                       .prompt = tokens, .prompt_count = count, .max_tokens = 128, .tag = i});
        }
        run_all(session, answers, 3);
        for (size_t i = 0; i < 3; i++) {
            const char *want =
                json_string_value(json_object_get(json_array_get(prompts, i), "greedy_text"));
            const char *got = answers[i].text;
            assert_int_equal(answers[i].completion, 128);
            assert_int_equal(answers[i].finish, ENGINE_FINISH_LENGTH);
            assert_string_equal(got[0] == ' ' ? got + 1 : got, want);
        }
        engine_session_free(session);
    }
    json_decref(golden);
    engine_model_free(model);
}

static void test_stories_f32(void **unused)
{
    (void)unused;
    check_stories("f32");
}

static void test_stories_f16(void **unused)
{
    (void)unused;
    check_stories("f16");
}

static void test_stories_q8_0(void **unused)
{
    (void)unused;
    check_stories("q8_0");
}

static void test_text_prompts(void **unused)
{
    (void)unused;
    static const char *const names[] = {"llama-gqa", "llama3-rope", "llama-linear", "mistral",
                                        "qwen2",     "phi3",        "gemma2"};
    for (size_t m = 0; m < sizeof(names) / sizeof(names[0]); m++) {
        char relative[128], path[512];
        json_error_t parse_error;
        snprintf(relative, sizeof(relative), "tiny/%s.gguf", names[m]);
        if (!shared_path(path, sizeof(path), relative))
            skip();
        struct engine_model *model = open_model(path);
        snprintf(relative, sizeof(relative), "tiny/%s.golden.json", names[m]);
        assert_true(shared_path(path, sizeof(path), relative));
        json_t *golden = json_load_file(path, 0, &parse_error), *prompt;
        size_t i = 0, texts = 0;
        json_array_foreach(json_object_get(golden, "prompts"), i, prompt)
        {
            const char *text = json_string_value(json_object_get(prompt, "text"));
            const json_t *want = json_object_get(prompt, "tokens");
            int32_t tokens[512];
            if (text == NULL)
                continue;
            size_t count = tokenize(model, text, ENGINE_TOKENIZE_BOS, tokens);
            assert_int_equal(count, json_array_size(want));
            for (size_t t = 0; t < count; t++)
                assert_int_equal(tokens[t], json_integer_value(json_array_get(want, t)));
            texts++;
        }
        assert_true(texts > 0);
        json_decref(golden);
        engine_model_free(model);
    }
}

static void test_describe(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_model_info info;
    engine_model_describe(model, &info);
    assert_string_equal(info.name, "llama-linear");
    assert_string_equal(info.architecture, "llama");
    assert_int_equal(info.context_length, 512);
    assert_int_equal(info.vocab_size, 512);
    assert_true(info.parameters > 100000 && info.weight_bytes > 200000);
    int32_t two[2];
    size_t count = 0;
    assert_int_equal(engine_tokenize(model, "Once upon a time", 16, 0, NULL, 0, &count, NULL), 0);
    assert_true(count > 2);
    assert_int_equal(engine_tokenize(model, "Once upon a time", 16, 0, two, 2, &count, NULL),
                     ENGINE_ERR_ARGUMENT);
    engine_model_free(model);
}

static void test_refusals(void **unused)
{
    (void)unused;
    OWN_BACKEND_ONLY(); /* it runs more architectures */
    static const char key[] = "general.architecture";
    static const char *const names[] = {"mamba", "abert"}; /* a decoder, an encoder */
    char path[512];
    size_t len = 0;
    golden_path(path, sizeof(path), "llama-linear.gguf");
    char *bytes = read_file(path, &len);
    char *value = memmem(bytes, len, key, strlen(key));
    assert_non_null(value);
    for (size_t i = 0; i < 2; i++) {
        memcpy(value + strlen(key) + 12, names[i], 5); /* behind the type and length of "llama" */
        struct engine_source source = {.bytes = bytes, .size = len};
        struct engine_error error;
        struct engine_model *model = NULL;
        assert_int_equal(engine_model_open(&model, &source, &error), ENGINE_ERR_UNSUPPORTED);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "llama-server"));
    }
    free(bytes);
}

static void test_sampling(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer a, b, c;
    struct engine_submission s = plain;
    s.sampling = (struct engine_sampling){.temperature = 1.5f, .top_p = 0.95f, .seed = 7};
    answer_alone(model, s, &a);
    answer_alone(model, s, &b);
    assert_string_equal(a.text, b.text);
    s.sampling.seed = 8;
    answer_alone(model, s, &c);
    assert_string_not_equal(a.text, c.text);
    /* Choosing among one is greedy. */
    answer_alone(model, plain, &a);
    s.sampling.top_k = 1;
    answer_alone(model, s, &b);
    assert_string_equal(a.text, b.text);
    s.sampling = (struct engine_sampling){.temperature = 1, .top_p = 1e-6f, .seed = 3};
    answer_alone(model, s, &b);
    assert_string_equal(a.text, b.text);
    s.sampling = (struct engine_sampling){.temperature = 1, .min_p = 1, .seed = 3};
    answer_alone(model, s, &b);
    assert_string_equal(a.text, b.text);
    s.sampling = (struct engine_sampling){.frequency_penalty = 50};
    answer_alone(model, s, &b);
    assert_string_not_equal(a.text, b.text);
    s.sampling = (struct engine_sampling){.temperature = -1};
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
    engine_session_free(session);
    engine_model_free(model);
}

static bool is_utf8(const char *text, size_t len)
{
    json_t *s = json_stringn(text, len);
    json_decref(s);
    return s != NULL;
}

/* Bytes of the tokens whose log-probabilities came, beside the text that they came with. */
static size_t collect_logprobs(const struct engine_model *model, struct engine_submission s,
                               struct answer *out, char *bytes, size_t cap)
{
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    struct engine_event event;
    size_t n = 0, len = 0, rows = 0;
    memset(out, 0, sizeof(*out));
    submit(session, s);
    while (out->finish == ENGINE_FINISH_NONE) {
        assert_true(engine_session_step(session, &event, &n, NULL) >= 0);
        if (n == 0)
            continue;
        take_event(out, 1, &event);
        rows += event.logprob_tokens;
        for (size_t i = 0; i < event.logprob_tokens; i++) {
            const struct engine_logprob *row = &event.logprobs[i * s.sampling.logprobs];
            assert_true(row[0].logprob <= 0 && row[0].logprob <= row[1].logprob);
            assert_true(row[2].logprob <= row[1].logprob);
            len += engine_token_bytes(model, row[0].token, bytes + len, cap - len);
        }
    }
    bytes[len] = '\0';
    engine_session_free(session);
    return rows;
}

static void test_logprobs(void **unused)
{
    (void)unused;
    OWN_BACKEND_ONLY(); /* its rounding gives another text, which the stop strings do not suit */
    struct engine_model *model = open_small();
    static struct answer a, b;
    char bytes[1024], stop[4] = "";
    struct engine_submission s = plain;
    struct engine_bias no_bytes[128]; /* of half a character */
    for (int32_t i = 0; i < 128; i++)
        no_bytes[i] = (struct engine_bias){.token = 3 + 128 + i, .bias = -1000};
    s.sampling = (struct engine_sampling){
        .temperature = 1, .seed = 5, .bias = no_bytes, .bias_count = 128, .logprobs = 3};
    size_t rows = collect_logprobs(model, s, &a, bytes, sizeof(bytes));
    assert_int_equal(rows, 40);
    answer_alone(model, s, &b);
    assert_string_equal(a.text, b.text);
    assert_string_equal(a.text, bytes);
    /* What a stop string takes away takes its tokens along, but for one that it cuts in two. */
    size_t taken_along = 0;
    for (size_t at = 5; at < 25; at++) {
        if ((a.text[at] & 0xc0) == 0x80) /* within a character: what is left of it is no text */
            continue;
        memcpy(stop, a.text + at, 3);
        s.stop = (const char *const[]){stop};
        s.stop_count = 1;
        rows = collect_logprobs(model, s, &b, bytes, sizeof(bytes));
        assert_int_equal(b.finish, ENGINE_FINISH_STOP);
        assert_true(rows <= b.completion);
        assert_memory_equal(bytes, b.text, b.len);
        taken_along += b.completion - rows;
    }
    assert_true(taken_along > 0);
    engine_model_free(model);
}

static void test_grammar(void **unused)
{
    (void)unused;
    static const char text[] = "root ::= (\"yes\" | \"no\") \" \" [0-9]{3} \"\\u00e9\"?";
    struct engine_model *model = open_small();
    struct engine_grammar *grammar = NULL;
    static struct answer a;
    assert_int_equal(engine_grammar_new(&grammar, text, strlen(text), NULL), 0);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct engine_submission s = plain;
        s.sampling = (struct engine_sampling){.temperature = 2, .seed = seed, .grammar = grammar};
        answer_alone(model, s, &a);
        const char *p = a.text + (a.text[0] == 'y' ? 3 : 2);
        assert_memory_equal(a.text, a.text[0] == 'y' ? "yes" : "no", (size_t)(p - a.text));
        assert_int_equal(*p++, ' ');
        assert_int_equal(strspn(p, "0123456789"), 3);
        assert_true(p[3] == '\0' || strcmp(p + 3, "\xc3\xa9") == 0);
        assert_int_equal(a.finish, ENGINE_FINISH_STOP);
    }
    engine_grammar_free(grammar);
    engine_model_free(model);
}

/* Neighbours, chunks and threads change nothing in what a sequence says. */
static void test_many_sequences(void **unused)
{
    (void)unused;
    OWN_BACKEND_ONLY(); /* its rounding depends on the neighbours */
    struct engine_model *model = open_small();
    static struct answer alone[6], together[6];
    int32_t prompts[6][100];
    struct engine_submission s[6];
    for (size_t i = 0; i < 6; i++) {
        for (size_t t = 0; t < 100; t++)
            prompts[i][t] = (int32_t)(260 + (i * 37 + t * 11) % 200);
        s[i] =
            (struct engine_submission){.prompt = prompts[i],
                                       .prompt_count = 10 + i * 18,
                                       .max_tokens = 20 + (uint32_t)i * 3,
                                       .sampling = {.temperature = i % 2 == 0 ? 0 : 1, .seed = i},
                                       .tag = i};
        answer_alone(model, s[i], &alone[i]);
    }
    struct engine_session *session = new_session(
        model, (struct engine_session_options){.threads = 2, .prefill_chunk_tokens = 7});
    memset(together, 0, sizeof(together));
    for (size_t i = 0; i < 6; i++)
        submit(session, s[i]);
    run_all(session, together, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(together[i].text, alone[i].text);
        assert_int_equal(together[i].finish, alone[i].finish);
        assert_true(is_utf8(together[i].text, together[i].len));
    }
    engine_session_free(session);
    engine_model_free(model);
}

/* Every stop string, wherever it falls across tokens, ends the text just before it. */
static void test_stop_strings(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer whole, stopped;
    answer_alone(model, plain, &whole);
    assert_true(whole.len > 30);
    unsigned tried = 0;
    for (size_t at = 1; at + 5 < whole.len && at < 60; at++) {
        char stop[6] = {0};
        memcpy(stop, whole.text + at, 5);
        /* U+FFFD stands for bytes that were something else when stop strings were looked for. */
        if (!is_utf8(stop, 5) || strlen(stop) != 5 || strstr(stop, "\xef\xbf\xbd") != NULL)
            continue;
        tried++;
        size_t first = (size_t)(strstr(whole.text, stop) - whole.text);
        const char *stops[] = {"\x01never", stop};
        struct engine_submission s = plain;
        s.stop = stops;
        s.stop_count = 2;
        answer_alone(model, s, &stopped);
        assert_int_equal(stopped.finish, ENGINE_FINISH_STOP);
        assert_int_equal(stopped.len, first);
        assert_memory_equal(stopped.text, whole.text, first);
    }
    assert_true(tried > 10);
    engine_model_free(model);
}

static void test_credit(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    static struct answer slow, whole;
    answer_alone(model, plain, &whole);
    memset(&slow, 0, sizeof(slow));
    struct engine_submission s = plain;
    s.credit = 3;
    submit(session, s);
    run_all(session, &slow, 1);
    assert_int_equal(slow.completion, 3);
    assert_int_equal(slow.finish, ENGINE_FINISH_NONE);
    engine_session_credit(session, 99, 5); /* nobody */
    engine_session_credit(session, 0, 2);
    run_all(session, &slow, 1);
    assert_int_equal(slow.completion, 5);
    engine_session_credit(session, 0, 1000);
    run_all(session, &slow, 1);
    assert_string_equal(slow.text, whole.text);
    engine_session_free(session);
    engine_model_free(model);
}

static void test_cancel_and_slots(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_session *session =
        new_session(model, (struct engine_session_options){.max_sequences = 2});
    struct engine_submission s = plain;
    struct engine_event events[2];
    struct engine_memory memory;
    size_t count = 0;
    for (s.tag = 0; s.tag < 2; s.tag++)
        submit(session, s);
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_BUSY);
    assert_int_equal(engine_session_step(session, events, &count, NULL), 2);
    engine_session_cancel(session, 0);
    assert_int_equal(engine_session_step(session, events, &count, NULL), 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(events[i].tag, 1);
    submit(session, s);
    engine_session_cancel(session, 1);
    engine_session_cancel(session, 2);
    engine_session_cancel(session, 77);
    assert_int_equal(engine_session_step(session, events, &count, NULL), 0);
    assert_int_equal(count, 0);
    engine_session_memory(session, &memory);
    assert_true(memory.kv > 0 && memory.scratch > 0 && memory.weights > 0);
    engine_session_free(session);
    engine_model_free(model);
}

/* One page of this model: 32 positions, 2 layers, 2 heads of 32, keys and values, 2 bytes. */
enum { PAGE = sizeof(struct kv_page) + 32 * 2 * 2 * 32 * 2 * 2 };

static void test_kv_limit(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_session *session = NULL;
    struct engine_session_options options = {.kv_bytes_limit = PAGE - 1};
    assert_int_equal(engine_session_new(&session, model, &options, NULL), ENGINE_ERR_ARGUMENT);
    options.kv_bytes_limit = 4 * PAGE + 5;
    session = new_session(model, options);
    struct engine_submission s = plain;
    s.max_tokens = 90; /* 95 positions: three pages */
    submit(session, s);
    s.tag = 1;
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_BUSY);
    s.max_tokens = 20;
    submit(session, s);
    static struct answer answers[2];
    struct engine_memory memory;
    memset(answers, 0, sizeof(answers));
    run_all(session, answers, 2);
    engine_session_memory(session, &memory);
    assert_true(memory.kv <= 4 * PAGE);
    assert_int_equal(answers[0].completion, 90);
    /* The limit bounds the context too: what does not fit is refused, what fills it ends. */
    int32_t long_prompt[200];
    for (size_t i = 0; i < 200; i++)
        long_prompt[i] = 300;
    s = (struct engine_submission){.prompt = long_prompt, .prompt_count = 200, .max_tokens = 1};
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_CONTEXT);
    s.prompt_count = 100;
    s.max_tokens = 0;
    submit(session, s);
    memset(answers, 0, sizeof(answers));
    run_all(session, answers, 1);
    assert_int_equal(answers[0].finish, ENGINE_FINISH_LENGTH);
    assert_int_equal(answers[0].completion, 28);
    engine_session_free(session);
    engine_model_free(model);
}

static void test_bad_submissions(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    struct engine_submission s = plain;
    s.prompt_count = 0;
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
    s.prompt_count = 1;
    s.prompt = (const int32_t[]){512};
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
    s.prompt = (const int32_t[]){-1};
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
    s = plain;
    s.stop = (const char *const[]){""};
    s.stop_count = 1;
    assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
    engine_session_free(session);
    engine_model_free(model);
}

static void test_file_cut_while_open(void **unused)
{
    (void)unused;
    char path[] = "/tmp/penstock-model-XXXXXX", from[512];
    size_t size = 0;
    golden_path(from, sizeof(from), "llama-linear.gguf");
    char *bytes = read_file(from, &size);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    struct engine_model *model = open_model(path);
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    struct engine_event events[8];
    size_t count = 0;
    submit(session, plain);
    assert_int_equal(engine_session_step(session, events, &count, NULL), 1);
    assert_int_equal(ftruncate(fd, 5000), 0);
    assert_int_equal(engine_session_step(session, events, &count, NULL), ENGINE_ERR_IO);
    engine_session_free(session);
    engine_model_free(model);
    close(fd);
    unlink(path);
    free(bytes);
}

struct cutter {
    const char *path;
    atomic_bool cut;
};

static void *cut_soon(void *argument)
{
    struct cutter *c = argument;
    const struct timespec wait = {.tv_nsec = 3 * 1000 * 1000};
    nanosleep(&wait, NULL);
    assert_int_equal(truncate(c->path, 5000), 0);
    c->cut = true;
    return NULL;
}

/* Cut at any moment, with helpers at work: the step says so, and nobody dies of it. */
static void test_file_cut_in_a_step(void **unused)
{
    (void)unused;
    OWN_BACKEND_ONLY(); /* it reads the file by a map of its own */
    char from[512];
    size_t size = 0;
    golden_path(from, sizeof(from), "llama-linear.gguf");
    char *bytes = read_file(from, &size);
    for (int round = 0; round < 10; round++) {
        char path[] = "/tmp/penstock-model-XXXXXX";
        int fd = mkstemp(path), status = 0;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, size), size);
        struct engine_model *model = open_model(path);
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.threads = 3, .prefix_cache = true});
        struct engine_event events[8];
        size_t count = 0;
        struct engine_submission s = plain;
        s.max_tokens = 1000000;
        s.shift = true;
        s.tenant = 4;
        submit(session, s);
        struct cutter cutter = {.path = path};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, cut_soon, &cutter), 0);
        while (status >= 0) {
            bool was_cut = cutter.cut;
            status = engine_session_step(session, events, &count, NULL);
            assert_true(status < 0 || !was_cut);
        }
        assert_int_equal(status, ENGINE_ERR_IO);
        assert_int_equal(engine_session_step(session, events, &count, NULL), ENGINE_ERR_IO);
        pthread_join(thread, NULL);
        engine_session_free(session);
        engine_model_free(model);
        close(fd);
        unlink(path);
    }
    free(bytes);
}

static void test_chat(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    /* No template in the file: Llama 2's, by name. "</s>" in a message stays text. */
    const struct engine_message messages[] = {{"system", "Be brief.", 9, NULL},
                                              {"user", "Hi</s>", 6, NULL},
                                              {"assistant", "Yo", 2, NULL},
                                              {"user", "Bye", 3, NULL}};
    int32_t *tokens = NULL, want[512];
    size_t count = 0, ends = 0, begins = 0;
    struct engine_error error;
    assert_int_equal(engine_chat_tokens(model, messages, 4, NULL, true, &tokens, &count, &error),
                     0);
    for (size_t i = 0; i < count; i++) {
        ends += tokens[i] == 2;
        begins += tokens[i] == 1;
    }
    assert_int_equal(ends, 1);
    assert_int_equal(begins, 2);
    engine_tokens_free(tokens, count);
    assert_int_equal(
        engine_chat_tokens(model, messages + 3, 1, NULL, true, &tokens, &count, &error), 0);
    size_t n = tokenize(model, "<s>[INST] Bye [/INST]", ENGINE_TOKENIZE_SPECIAL, want);
    assert_int_equal(n, count);
    assert_memory_equal(tokens, want, n * sizeof(*want));
    engine_tokens_free(tokens, count);
    engine_model_free(model);
}

static void test_chat_in_file(void **unused)
{
    (void)unused;
    char path[512];
    if (!shared_path(path, sizeof(path), "tiny/qwen2.gguf"))
        skip();
    struct engine_model *model = open_model(path);
    const struct engine_message message = {"user", "<|im_end|>", 10, NULL};
    int32_t *tokens = NULL;
    size_t count = 0, starts = 0, ends = 0;
    struct engine_error error;
    assert_int_equal(engine_chat_tokens(model, &message, 1, NULL, true, &tokens, &count, &error),
                     0);
    for (size_t i = 0; i < count; i++) {
        starts += tokens[i] == 507;
        ends += tokens[i] == 508;
    }
    assert_int_equal(starts, 2);
    assert_int_equal(ends, 1);
    engine_tokens_free(tokens, count);
    engine_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories_f32),
        cmocka_unit_test(test_stories_f16),
        cmocka_unit_test(test_stories_q8_0),
        cmocka_unit_test(test_text_prompts),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_logprobs),
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_many_sequences),
        cmocka_unit_test(test_stop_strings),
        cmocka_unit_test(test_credit),
        cmocka_unit_test(test_cancel_and_slots),
        cmocka_unit_test(test_kv_limit),
        cmocka_unit_test(test_bad_submissions),
        cmocka_unit_test(test_file_cut_while_open),
        cmocka_unit_test(test_file_cut_in_a_step),
        cmocka_unit_test(test_chat),
        cmocka_unit_test(test_chat_in_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
