/* Models in several files, made here from the small one. */
#include "engine_test.h"

#include "engine/gguf.h"
#include "engine/sha256.h"

enum { PARTS = 3 };

/* What a part of the split is to hold. */
struct part {
    size_t first, last; /* tensors of the whole model */
    uint16_t number, count;
    int32_t tensors; /* split.tensors.count */
};

struct scene {
    char folder[64], paths[PARTS][128];
    char *whole;
    size_t whole_len, metadata_end;
    struct gguf *original;
    struct part parts[PARTS];
};

static void put(FILE *f, const void *bytes, size_t len)
{
    assert_int_equal(fwrite(bytes, 1, len, f), len);
}

static void put_u32(FILE *f, uint32_t n)
{
    put(f, &n, sizeof(n));
}

static void put_u64(FILE *f, uint64_t n)
{
    put(f, &n, sizeof(n));
}

static void put_key(FILE *f, const char *key, uint32_t type)
{
    put_u64(f, strlen(key));
    put(f, key, strlen(key));
    put_u32(f, type);
}

static void pad(FILE *f)
{
    while (ftell(f) % 32 != 0)
        put(f, "", 1);
}

/* The first part carries the model's metadata, as llama.cpp's own tool writes it. */
static void write_part(const struct scene *s, size_t i)
{
    const struct part *p = &s->parts[i];
    uint64_t values = 0, offset = 0;
    memcpy(&values, s->whole + 16, sizeof(values));
    FILE *f = fopen(s->paths[i], "wb");
    assert_non_null(f);
    put(f, "GGUF", 4);
    put_u32(f, 3);
    put_u64(f, p->last - p->first);
    put_u64(f, i == 0 ? values + 3 : 3);
    if (i == 0)
        put(f, s->whole + 24, s->metadata_end - 24);
    put_key(f, "split.no", GGUF_VALUE_U16);
    put(f, &p->number, sizeof(p->number));
    put_key(f, "split.count", GGUF_VALUE_U16);
    put(f, &p->count, sizeof(p->count));
    put_key(f, "split.tensors.count", GGUF_VALUE_I32);
    put(f, &p->tensors, sizeof(p->tensors));
    for (size_t t = p->first; t < p->last; t++) {
        const struct gguf_tensor *tensor = gguf_tensor_at(s->original, t);
        put_key(f, tensor->name, tensor->dim_count);
        put(f, tensor->dims, tensor->dim_count * sizeof(tensor->dims[0]));
        put_u32(f, tensor->type);
        put_u64(f, offset);
        offset += (tensor->size + 31) / 32 * 32;
    }
    pad(f);
    for (size_t t = p->first; t < p->last; t++) {
        put(f, gguf_tensor_at(s->original, t)->data, gguf_tensor_at(s->original, t)->size);
        pad(f);
    }
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    static struct scene s;
    char path[512];
    s = (struct scene){.folder = "/tmp/penstock-split-XXXXXX"};
    assert_non_null(mkdtemp(s.folder));
    golden_path(path, sizeof(path), "llama-linear.gguf");
    s.whole = read_file(path, &s.whole_len);
    /* The tensor table begins with the length of its first name. */
    char *table = memmem(s.whole, s.whole_len, "token_embd.weight", 17);
    assert_non_null(table);
    s.metadata_end = (size_t)(table - s.whole) - 8;
    struct engine_source source = {.bytes = s.whole, .size = s.whole_len};
    assert_int_equal(gguf_open(&s.original, &source, NULL), 0);
    size_t n = gguf_tensor_count(s.original);
    for (uint16_t i = 0; i < PARTS; i++) {
        snprintf(s.paths[i], sizeof(s.paths[i]), "%s/m-%05d-of-%05d.gguf", s.folder, i + 1, PARTS);
        s.parts[i] = (struct part){n * i / PARTS, n * (i + 1) / PARTS, i, PARTS, (int32_t)n};
        write_part(&s, i);
    }
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < PARTS; i++)
        (void)unlink(s->paths[i]);
    (void)rmdir(s->folder);
    gguf_free(s->original);
    free(s->whole);
    return 0;
}

static int try_open(const char *path, const char *sha256, struct engine_error *error)
{
    struct engine_source source = {.path = path, .sha256 = sha256};
    struct gguf *file = NULL;
    int status = gguf_open(&file, &source, error);
    gguf_free(file);
    return status;
}

static void test_reads_all_files(void **state)
{
    struct scene *s = *state;
    struct engine_source source = {.path = s->paths[0]};
    struct engine_error error;
    struct gguf *file = NULL;
    if (gguf_open(&file, &source, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(gguf_tensor_count(file), gguf_tensor_count(s->original));
    for (size_t i = 0; i < gguf_tensor_count(file); i++) {
        const struct gguf_tensor *want = gguf_tensor_at(s->original, i);
        const struct gguf_tensor *got = gguf_tensor(file, want->name);
        assert_non_null(got);
        assert_int_equal(got->size, want->size);
        assert_memory_equal(got->data, want->data, want->size);
    }
    assert_true(gguf_intact(file));
    assert_int_equal(truncate(s->paths[2], 100), 0);
    assert_false(gguf_intact(file));
    gguf_free(file);
}

static void test_runs_as_one_model(void **state)
{
    struct scene *s = *state;
    struct engine_source source = {.path = s->paths[0]};
    struct engine_model *model = NULL;
    struct engine_model_info info;
    assert_int_equal(engine_model_open(&model, &source, NULL), 0);
    engine_model_describe(model, &info);
    assert_string_equal(info.name, "llama-linear");
    engine_model_free(model);
}

/* The SHA-256 of a split model is that of its files' bytes in order. */
static void test_checksum(void **state)
{
    struct scene *s = *state;
    struct engine_error error;
    struct sha256 hash;
    uint8_t bytes[32];
    char text[65];
    sha256_init(&hash);
    for (size_t i = 0; i < PARTS; i++) {
        size_t len = 0;
        char *part = read_file(s->paths[i], &len);
        sha256_update(&hash, part, len);
        free(part);
    }
    sha256_final(&hash, bytes);
    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    assert_int_equal(try_open(s->paths[0], text, &error), 0);
    text[5] = text[5] == '0' ? '1' : '0';
    assert_int_equal(try_open(s->paths[0], text, &error), ENGINE_ERR_CHECKSUM);
}

static void test_refusals(void **state)
{
    struct scene *s = *state;
    struct engine_error error;
    char other[160];
    /* not the first; bytes; another name */
    assert_int_equal(try_open(s->paths[1], NULL, &error), ENGINE_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "00001-of-00003"));
    size_t len = 0;
    char *bytes = read_file(s->paths[0], &len);
    struct engine_source source = {.bytes = bytes, .size = len};
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_UNSUPPORTED);
    free(bytes);
    snprintf(other, sizeof(other), "%s/renamed.gguf", s->folder);
    assert_int_equal(rename(s->paths[0], other), 0);
    assert_int_equal(try_open(other, NULL, &error), ENGINE_ERR_ARGUMENT);
    assert_int_equal(rename(other, s->paths[0]), 0);
    /* a part is missing */
    assert_int_equal(unlink(s->paths[2]), 0);
    assert_int_equal(try_open(s->paths[0], NULL, &error), ENGINE_ERR_IO);
    assert_non_null(strstr(error.text, "00003-of-00003"));
}

static void test_parts_must_fit(void **state)
{
    struct scene *s = *state;
    struct engine_error error;
    const struct part good = s->parts[1];
    const struct part bad[] = {
        {good.first, good.last, 2, PARTS, good.tensors},         /* another place */
        {good.first, good.last, 1, PARTS + 1, good.tensors},     /* another split */
        {good.first, good.last - 1, 1, PARTS, good.tensors},     /* a tensor is missing */
        {good.first - 1, good.last, 1, PARTS, good.tensors},     /* one too many */
        {good.first - 1, good.last - 1, 1, PARTS, good.tensors}, /* one twice */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s->parts[1] = bad[i];
        write_part(s, 1);
        assert_int_equal(try_open(s->paths[0], NULL, &error), ENGINE_ERR_FORMAT);
    }
    s->parts[1] = good;
    write_part(s, 1);
    assert_int_equal(try_open(s->paths[0], NULL, &error), 0);
    /* a part that is cut */
    assert_int_equal(truncate(s->paths[1], 1000), 0);
    assert_int_equal(try_open(s->paths[0], NULL, &error), ENGINE_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_all_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_runs_as_one_model, setup, teardown),
        cmocka_unit_test_setup_teardown(test_checksum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parts_must_fit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
