/* Tokenizers against llama.cpp's cases, and by hand where there are none. */
#include "engine_test.h"

#include "engine/vocab.h"

struct opened {
    struct gguf *file;
    struct vocab vocab;
};

static void open_vocab(struct opened *o, const char *path)
{
    struct engine_source source = {.path = path};
    struct engine_error error;
    if (gguf_open(&o->file, &source, &error) != 0 || vocab_load(&o->vocab, o->file, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

static void close_vocab(struct opened *o)
{
    vocab_release(&o->vocab);
    gguf_free(o->file);
}

static struct token_list tokens_of(const struct vocab *v, const char *text, size_t len,
                                   bool markers, const uint8_t *content)
{
    struct token_list out = {0};
    struct vocab_text t = {.bytes = text, .len = len, .markers = markers, .content = content};
    assert_int_equal(vocab_tokenize(v, &t, &out, NULL), 0);
    return out;
}

static char *text_of(const struct vocab *v, const struct token_list *list, size_t *len)
{
    size_t cap = 16, n = 0;
    for (size_t i = 0; i < list->count; i++)
        cap += vocab_bytes(v, list->ids[i], NULL, 0);
    char *out = malloc(cap);
    assert_non_null(out);
    for (size_t i = 0; i < list->count; i++)
        n += vocab_bytes(v, list->ids[i], out + n, cap - n);
    *len = n;
    return out;
}

static void check_ids(const struct vocab *v, const char *text, bool markers, const int32_t *want,
                      size_t count)
{
    struct token_list got = tokens_of(v, text, strlen(text), markers, NULL);
    if (got.count != count || memcmp(got.ids, want, count * sizeof(*want)) != 0) {
        print_message("'%s':", text);
        for (size_t i = 0; i < got.count; i++)
            print_message(" %d", got.ids[i]);
        fail_msg("%zu tokens, not %zu, or others", got.count, count);
    }
    token_list_release(&got);
}

/* Every case of NAME.inp against its line of NAME.out, and back to text. */
static void check_cases(const char *name)
{
    static const char separator[] = "\n__ggml_vocab_test__\n";
    char relative[128], path[512];
    size_t len = 0, out_len = 0, cases = 0, wrong = 0;
    struct opened o = {0};
    snprintf(relative, sizeof(relative), "vocab/ggml-vocab-%s.gguf", name);
    if (!shared_path(path, sizeof(path), relative))
        skip();
    open_vocab(&o, path);
    snprintf(relative, sizeof(relative), "vocab/ggml-vocab-%s.gguf.inp", name);
    assert_true(shared_path(path, sizeof(path), relative));
    char *inputs = read_file(path, &len);
    snprintf(relative, sizeof(relative), "vocab/ggml-vocab-%s.gguf.out", name);
    assert_true(shared_path(path, sizeof(path), relative));
    char *outputs = read_file(path, &out_len);
    char *line = outputs;
    for (char *text = inputs; text < inputs + len; cases++) {
        char *end = strstr(text, separator);
        if (end == NULL)
            break;
        size_t n = (size_t)(end - text), back = 0, got = 0;
        struct token_list list = tokens_of(&o.vocab, text, n, false, NULL);
        char *again = text_of(&o.vocab, &list, &back);
        bool fine = true;
        for (char *stop = strchr(line, '\n'); line < stop;) {
            char *next = NULL;
            long id = strtol(line, &next, 10);
            if (next == line || next > stop)
                break;
            fine = fine && got < list.count && list.ids[got] == id;
            got++;
            line = next;
        }
        line = strchr(line, '\n') + 1;
        size_t prefix = o.vocab.space_prefix && n > 0;
        if (!fine || got != list.count || back != n + prefix ||
            memcmp(again + prefix, text, n) != 0) {
            print_message("%s, case %zu: %zu tokens, not %zu, or others\n", name, cases, list.count,
                          got);
            wrong++;
        }
        free(again);
        token_list_release(&list);
        text = end + strlen(separator);
    }
    assert_true(cases > 20);
    assert_int_equal(wrong, 0);
    free(inputs);
    free(outputs);
    close_vocab(&o);
}

static void test_spm_cases(void **unused)
{
    (void)unused;
    check_cases("llama-spm");
}

static void test_gpt2_cases(void **unused)
{
    (void)unused;
    check_cases("gpt-2");
}

/* What is known of these families: their published ids for common texts. */
static void test_llama_bpe(void **unused)
{
    (void)unused;
    char path[512];
    struct opened o = {0};
    if (!shared_path(path, sizeof(path), "vocab/ggml-vocab-llama-bpe.gguf"))
        skip();
    open_vocab(&o, path);
    assert_true(o.vocab.add_bos);
    check_ids(&o.vocab, "Hello world", false, (int32_t[]){9906, 1917}, 2);
    check_ids(&o.vocab, " Hello world", false, (int32_t[]){22691, 1917}, 2);
    check_ids(&o.vocab, "Hello, y'all! How are you", false,
              (int32_t[]){9906, 11, 379, 65948, 0, 2650, 527, 499}, 8);
    check_ids(&o.vocab, "3333333", false, (int32_t[]){8765, 8765, 18}, 3);
    check_ids(&o.vocab, "\n\n\n\n", false, (int32_t[]){1038}, 1);
    check_ids(&o.vocab, "<|eot_id|>", true, (int32_t[]){128009}, 1);
    struct token_list list = tokens_of(&o.vocab, "<|eot_id|>", 10, false, NULL);
    assert_true(list.count > 1);
    token_list_release(&list);
    assert_true(o.vocab.tokens[128009].ends && o.vocab.tokens[128001].ends);
    close_vocab(&o);
}

static void test_qwen2(void **unused)
{
    (void)unused;
    char path[512];
    struct opened o = {0};
    if (!shared_path(path, sizeof(path), "vocab/ggml-vocab-qwen2.gguf"))
        skip();
    open_vocab(&o, path);
    assert_false(o.vocab.add_bos);
    check_ids(&o.vocab, "Hello world", false, (int32_t[]){9707, 1879}, 2);
    check_ids(&o.vocab, "123", false, (int32_t[]){16, 17, 18}, 3);
    check_ids(&o.vocab, "<|im_start|>user\n", true, (int32_t[]){151644, 872, 198}, 3);
    close_vocab(&o);
}

static void test_phi3(void **unused)
{
    (void)unused;
    char path[512];
    struct opened o = {0};
    if (!shared_path(path, sizeof(path), "vocab/ggml-vocab-phi-3.gguf"))
        skip();
    open_vocab(&o, path);
    /* Markers swallow the spaces behind them, and text behind one starts with a space. */
    check_ids(&o.vocab, "<|user|>\nHello<|end|>", true, (int32_t[]){32010, 15043, 32007}, 3);
    close_vocab(&o);
}

static void test_markers_in_content(void **unused)
{
    (void)unused;
    char path[512];
    struct opened o = {0};
    golden_path(path, sizeof(path), "llama-linear.gguf");
    open_vocab(&o, path);
    assert_int_equal(vocab_find(&o.vocab, "</s>", 4), 2);
    struct token_list marker = tokens_of(&o.vocab, "a</s>b", 6, true, NULL);
    struct token_list text = tokens_of(&o.vocab, "a</s>b", 6, false, NULL);
    size_t markers = 0;
    for (size_t i = 0; i < marker.count; i++)
        markers += marker.ids[i] == 2;
    assert_int_equal(markers, 1);
    for (size_t i = 0; i < text.count; i++)
        assert_int_not_equal(text.ids[i], 2);
    /* One byte of content is enough to make it text. */
    for (size_t i = 1; i < 5; i++) {
        uint8_t content[6] = {0};
        content[i] = 1;
        struct token_list mixed = tokens_of(&o.vocab, "a</s>b", 6, true, content);
        assert_int_equal(mixed.count, text.count);
        assert_memory_equal(mixed.ids, text.ids, text.count * sizeof(*text.ids));
        token_list_release(&mixed);
    }
    token_list_release(&marker);
    token_list_release(&text);
    close_vocab(&o);
}

static void test_any_bytes_come_back(void **unused)
{
    (void)unused;
    char path[512], all[1024];
    struct opened o = {0};
    golden_path(path, sizeof(path), "llama-linear.gguf");
    open_vocab(&o, path);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)(i * 167 + i / 256);
    size_t len = 0;
    struct token_list list = tokens_of(&o.vocab, all, sizeof(all), false, NULL);
    char *back = text_of(&o.vocab, &list, &len);
    assert_int_equal(len, sizeof(all) + 1);
    assert_memory_equal(back + 1, all, sizeof(all));
    free(back);
    token_list_release(&list);
    close_vocab(&o);
}

static size_t cut(enum vocab_words rules, const char *text, size_t at)
{
    uint32_t cps[64];
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        cps[i] = (uint8_t)text[i];
    return words_next(rules, cps, n, at);
}

static void test_words(void **unused)
{
    (void)unused;
    static const struct {
        enum vocab_words rules;
        const char *text;
        size_t ends[12];
    } cases[] = {
        {WORDS_GPT2, "I'll go  to 1234!!", {1, 4, 7, 8, 11, 16, 18}},
        {WORDS_GPT2, "a   ", {1, 4}},
        {WORDS_GPT2, "a\n\nb", {1, 2, 3, 4}},
        {WORDS_LLAMA3, "I'LL go  to 1234!!\n\n x", {1, 4, 7, 8, 11, 12, 15, 16, 20, 22}},
        {WORDS_LLAMA3, "a \n\n  b", {1, 4, 5, 7}},
        {WORDS_LLAMA3, "(abc", {4}},
        {WORDS_QWEN2, "x 12", {1, 2, 3, 4}},
        {WORDS_SMOLLM, "x 12 y", {1, 2, 3, 4, 6}},
        {WORDS_SMOLLM, "x  12", {1, 3, 4, 5}},
        {WORDS_GPT4O, "HelloWorld FOO's a/b", {5, 10, 16, 18, 20}},
        {WORDS_TEKKEN, "aB 12", {1, 2, 3, 4, 5}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t at = 0;
        for (size_t w = 0; cases[i].ends[w] > 0; w++) {
            at = cut(cases[i].rules, cases[i].text, at);
            if (at != cases[i].ends[w])
                fail_msg("'%s': word %zu ends at %zu, not %zu", cases[i].text, w, at,
                         cases[i].ends[w]);
        }
        assert_int_equal(at, strlen(cases[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spm_cases),
        cmocka_unit_test(test_gpt2_cases),
        cmocka_unit_test(test_llama_bpe),
        cmocka_unit_test(test_qwen2),
        cmocka_unit_test(test_phi3),
        cmocka_unit_test(test_markers_in_content),
        cmocka_unit_test(test_any_bytes_come_back),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
