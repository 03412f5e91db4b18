/* Tokenizers against llama.cpp's cases, and by hand where there are none. */
#include "engine_test.h"

#include "engine/unicode.h"
#include "engine/vocab.h"

#include <jansson.h>

struct opened {
    struct gguf *file;
    struct vocab vocab;
    char *bytes; /* of the file, where it is a changed copy */
};

static void open_vocab(struct opened *o, const char *path)
{
    struct engine_source source = {.path = path};
    struct engine_error error;
    if (gguf_open(&o->file, &source, &error) != 0 || vocab_load(&o->vocab, o->file, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

/* The same with another pre-tokenizer named in the file. */
static void open_with_rule(struct opened *o, const char *path, const char *rule)
{
    static const char key[] = "tokenizer.ggml.pre";
    struct engine_error error;
    size_t len = 0, rule_len = strlen(rule);
    char *file = read_file(path, &len);
    char *value = memmem(file, len, key, strlen(key));
    assert_non_null(value);
    value += strlen(key) + 4;
    uint64_t old = 0, now = rule_len;
    memcpy(&old, value, sizeof(old));
    size_t before = (size_t)(value - file), after = before + 8 + (size_t)old;
    o->bytes = malloc(len + rule_len);
    assert_non_null(o->bytes);
    memcpy(o->bytes, file, before);
    memcpy(o->bytes + before, &now, sizeof(now));
    memcpy(o->bytes + before + 8, rule, rule_len);
    memcpy(o->bytes + before + 8 + rule_len, file + after, len - after);
    struct engine_source source = {.bytes = o->bytes, .size = len + rule_len - (size_t)old};
    if (gguf_open(&o->file, &source, &error) != 0 || vocab_load(&o->vocab, o->file, &error) != 0)
        fail_msg("%s as %s: %s", path, rule, error.text);
    free(file);
}

static void close_vocab(struct opened *o)
{
    vocab_release(&o->vocab);
    gguf_free(o->file);
    free(o->bytes);
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
    if (got.count != count || (count > 0 && memcmp(got.ids, want, count * sizeof(*want)) != 0)) {
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
        bool same = back == n + prefix && memcmp(again + prefix, text, n) == 0;
        if (!fine || got != list.count || !(same || o.vocab.kind == VOCAB_WORDPIECE)) {
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

/* One row of tokenizer_cases.json: the ids of each text, with what the model adds. */
static size_t check_row(const struct vocab *v, const json_t *texts, const json_t *row)
{
    size_t wrong = 0, i = 0;
    json_t *ids;
    json_array_foreach(json_object_get(row, "ids"), i, ids)
    {
        const json_t *text = json_array_get(texts, i);
        struct token_list list =
            tokens_of(v, json_string_value(text), json_string_length(text), false, NULL);
        size_t first = v->add_bos && v->bos >= 0, last = v->add_eos && v->eos >= 0;
        bool fine = json_array_size(ids) == first + list.count + last;
        for (size_t t = 0; fine && t < list.count; t++)
            fine = json_integer_value(json_array_get(ids, first + t)) == list.ids[t];
        if (fine && first)
            fine = json_integer_value(json_array_get(ids, 0)) == v->bos;
        if (fine && last)
            fine = json_integer_value(json_array_get(ids, json_array_size(ids) - 1)) == v->eos;
        if (!fine) {
            const char *rule = json_string_value(json_object_get(row, "rule"));
            print_message("%s %s: text %zu differs\n",
                          json_string_value(json_object_get(row, "vocab")),
                          rule != NULL ? rule : "", i);
            wrong++;
        }
        token_list_release(&list);
    }
    assert_true(i > 20);
    return wrong;
}

static void test_llama_cpp_cases(void **unused)
{
    (void)unused;
    json_t *root = json_load_file(TEST_SOURCE_DIR "/tests/golden/tokenizer_cases.json", 0, NULL),
           *row;
    size_t i = 0, wrong = 0, rows = 0;
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "cases"), i, row)
    {
        char relative[128], path[512];
        struct opened o = {0};
        snprintf(relative, sizeof(relative), "vocab/ggml-vocab-%s.gguf",
                 json_string_value(json_object_get(row, "vocab")));
        if (!shared_path(path, sizeof(path), relative))
            continue;
        const char *rule = json_string_value(json_object_get(row, "rule"));
        if (rule != NULL)
            open_with_rule(&o, path, rule);
        else
            open_vocab(&o, path);
        wrong += check_row(&o.vocab, json_object_get(root, "texts"), row);
        close_vocab(&o);
        rows++;
    }
    json_decref(root);
    assert_int_equal(wrong, 0);
    if (rows == 0)
        skip();
}

static const char unigram[] = TEST_SOURCE_DIR "/tests/golden/unigram.gguf";

/* A file without weights tokenises, where nothing else is asked of it. */
static void test_words_only(void **unused)
{
    (void)unused;
    struct engine_source source = {.path = unigram};
    struct engine_model *model = NULL;
    struct engine_session *session = NULL;
    struct engine_error error;
    struct engine_model_info info;
    int32_t tokens[8];
    float vector[8];
    size_t count = 0;
    assert_int_not_equal(engine_model_open(&model, &source, &error), 0);
    source.words_only = true;
    assert_int_equal(engine_model_open(&model, &source, &error), 0);
    engine_model_describe(model, &info);
    assert_string_not_equal(info.architecture, "");
    assert_true(info.vocab_size > 0 && info.weight_bytes == 0);
    assert_int_equal(engine_tokenize(model, "a", 1, 0, tokens, 8, &count, &error), 0);
    assert_true(count > 0);
    assert_int_equal(engine_session_new(&session, model, NULL, &error), ENGINE_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "words alone"));
    const struct engine_text text = {tokens, count};
    assert_int_equal(engine_embed(model, &text, 1, 1, vector, &error), ENGINE_ERR_ARGUMENT);
    engine_model_free(model);
}

/* With each way of treating spaces; the file was trained with the first. */
static void test_unigram(void **unused)
{
    (void)unused;
    json_t *root = json_load_file(TEST_SOURCE_DIR "/tests/golden/unigram_cases.json", 0, NULL);
    json_t *row;
    size_t i = 0, wrong = 0;
    struct opened o = {0};
    assert_non_null(root);
    open_vocab(&o, unigram);
    assert_true(o.vocab.space_prefix && o.vocab.unigram.merges_spaces);
    json_array_foreach(json_object_get(root, "cases"), i, row)
    {
        o.vocab.space_prefix = json_is_true(json_object_get(row, "prefix"));
        o.vocab.unigram.merges_spaces = json_is_true(json_object_get(row, "merges"));
        wrong += check_row(&o.vocab, json_object_get(root, "texts"), row);
    }
    assert_int_equal(i, 4);
    assert_int_equal(wrong, 0);
    json_decref(root);
    close_vocab(&o);
}

/* Somebody's content never becomes a marker, and back to text spaces are spaces. */
static void test_unigram_content(void **unused)
{
    (void)unused;
    static const char text[] = "river <extra> </s>";
    const uint8_t content[sizeof(text)] = {[6] = 1, [14] = 1};
    size_t len = 0;
    struct opened o = {0};
    open_vocab(&o, unigram);
    int32_t extra = vocab_find(&o.vocab, "<extra>", 7);
    for (int pass = 0; pass < 2; pass++) {
        struct token_list list =
            tokens_of(&o.vocab, text, strlen(text), true, pass == 0 ? NULL : content);
        size_t markers = 0;
        for (size_t i = 0; i < list.count; i++)
            markers += list.ids[i] == extra || list.ids[i] == o.vocab.eos;
        assert_int_equal(markers, pass == 0 ? 2 : 0);
        char *back = text_of(&o.vocab, &list, &len);
        assert_memory_equal(back, " river", 6);
        free(back);
        token_list_release(&list);
    }
    close_vocab(&o);
}

/* A map that points outside itself is a map that replaces nothing there. */
static void test_unigram_map_is_cut(void **unused)
{
    (void)unused;
    static const char key[] = "tokenizer.ggml.precompiled_charsmap";
    size_t len = 0;
    char *file = read_file(unigram, &len);
    char *map = memmem(file, len, key, strlen(key));
    assert_non_null(map);
    map += strlen(key) + 4 + 4 + 8;
    uint32_t units = 0;
    memcpy(&units, map, sizeof(units));
    for (uint32_t i = 0; i < units; i += 4)
        map[4 + i + 2] = (char)(i * 37);
    struct opened o = {.bytes = file};
    struct engine_source source = {.bytes = file, .size = len};
    struct engine_error error;
    assert_int_equal(gguf_open(&o.file, &source, &error), 0);
    assert_int_equal(vocab_load(&o.vocab, o.file, &error), 0);
    for (unsigned c = 1; c < 0x3000; c++) {
        char text[8];
        struct token_list list = tokens_of(&o.vocab, text, unicode_encode(c, text), false, NULL);
        token_list_release(&list);
    }
    vocab_release(&o.vocab);
    units *= 2;
    memcpy(map, &units, sizeof(units));
    assert_int_equal(vocab_load(&o.vocab, o.file, &error), ENGINE_ERR_FORMAT);
    assert_non_null(strstr(error.text, "precompiled_charsmap"));
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

/* WordPiece forgets case, accents and spaces, so only the ids are compared. */
static void test_wordpiece_cases(void **unused)
{
    (void)unused;
    check_cases("bert-bge");
}

static void test_wordpiece(void **unused)
{
    (void)unused;
    char path[512];
    struct opened o = {0};
    golden_path(path, sizeof(path), "bert.gguf");
    open_vocab(&o, path);
    const struct vocab *v = &o.vocab;
    assert_true(v->add_bos && v->add_eos);
    assert_int_equal(v->bos, 2);
    assert_int_equal(v->eos, 3);
    /* letters lose case and accents; punctuation and ideographs stand alone; unknown words are one
     */
    struct token_list plain = tokens_of(v, "the cafe , a", 12, false, NULL);
    static const char same[] = "  The CAF\xc3\x89\t,\xc2\xa0\xe2\x80\x8b"
                               "A\n";
    struct token_list odd = tokens_of(v, same, strlen(same), false, NULL);
    assert_true(plain.count > 3);
    assert_int_equal(odd.count, plain.count);
    assert_memory_equal(odd.ids, plain.ids, plain.count * sizeof(*plain.ids));
    token_list_release(&plain);
    token_list_release(&odd);
    check_ids(v, "\xe6\x97\xa5\xe6\x9c\xac", false, (int32_t[]){1, 1}, 2);
    check_ids(v, "a\xd7\x90 b", false, (int32_t[]){1, 6}, 2);
    check_ids(v, "[SEP]", true, (int32_t[]){3}, 1);
    check_ids(v, " \n\t", false, NULL, 0);
    close_vocab(&o);
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
        {WORDS_STARCODER, "x 12 y", {1, 2, 3, 4, 6}},
        {WORDS_STARCODER, "x  12", {1, 3, 4, 5}},
        {WORDS_GPT4O, "HelloWorld FOO's a/b", {5, 10, 16, 18, 20}},
        {WORDS_TEKKEN, "aB 12", {1, 2, 3, 4, 5}},
        {WORDS_FALCON, "a!? 12345 b", {1, 3, 4, 7, 9, 11}},
        {WORDS_DEEPSEEK, "Hi  you, 123\n  ", {2, 3, 7, 8, 9, 12, 13, 15}},
        {WORDS_DEEPSEEK_CODER, "a +1.5", {1, 3, 4, 5, 6}},
        {WORDS_DEEPSEEK3, "(abc) 12345 ~\nb", {4, 5, 6, 9, 11, 14, 15}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct words words;
        uint32_t cps[64];
        size_t n = strlen(cases[i].text);
        for (size_t c = 0; c < n; c++)
            cps[c] = (uint8_t)cases[i].text[c];
        words_begin(&words, cases[i].rules, cps, n);
        for (size_t w = 0; cases[i].ends[w] > 0; w++) {
            size_t at = words_next(&words);
            if (at != cases[i].ends[w])
                fail_msg("'%s': word %zu ends at %zu, not %zu", cases[i].text, w, at,
                         cases[i].ends[w]);
        }
        assert_int_equal(words.at, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spm_cases),
        cmocka_unit_test(test_gpt2_cases),
        cmocka_unit_test(test_wordpiece_cases),
        cmocka_unit_test(test_unigram),
        cmocka_unit_test(test_words_only),
        cmocka_unit_test(test_unigram_content),
        cmocka_unit_test(test_unigram_map_is_cut),
        cmocka_unit_test(test_wordpiece),
        cmocka_unit_test(test_llama_cpp_cases),
        cmocka_unit_test(test_llama_bpe),
        cmocka_unit_test(test_qwen2),
        cmocka_unit_test(test_phi3),
        cmocka_unit_test(test_markers_in_content),
        cmocka_unit_test(test_any_bytes_come_back),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
