#include "engine_test.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "engine/gguf.h"
#include "engine/sha256.h"

static void hex(char out[65], const uint8_t hash[32])
{
    for (size_t i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void test_sha256(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *hash;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char text[65];
    uint8_t hash[32];
    for (size_t i = 0; i < 3; i++) {
        sha256_of(cases[i].text, strlen(cases[i].text), hash);
        hex(text, hash);
        assert_string_equal(text, cases[i].hash);
    }
    /* A million 'a' in odd pieces, and the plain compression against the one chosen. */
    static char a[1000];
    struct sha256 h;
    memset(a, 'a', sizeof(a));
    sha256_init(&h);
    for (size_t left = 1000000, n = 1; left > 0; left -= n) {
        n = n * 7 % 997 < left ? n * 7 % 997 : left;
        sha256_update(&h, a, n);
    }
    sha256_final(&h, hash);
    hex(text, hash);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    struct sha256 plain;
    sha256_init(&plain);
    sha256_init(&h);
    sha256_compress_plain(plain.state, (const uint8_t *)a, 15);
    sha256_update(&h, a, 15 * 64);
    assert_memory_equal(plain.state, h.state, sizeof(h.state));
}

static void test_reads_a_model(void **unused)
{
    (void)unused;
    char path[512], text[65];
    golden_path(path, sizeof(path), "llama-linear.gguf");
    struct engine_source source = {.path = path};
    struct engine_error error;
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, &error), 0);
    assert_string_equal(gguf_string(file, "general.architecture", NULL), "llama");
    uint32_t n = 0;
    assert_true(gguf_u32(file, "llama.block_count", &n));
    assert_int_equal(n, 2);
    float f = 0;
    assert_true(gguf_f32(file, "llama.rope.scaling.factor", &f));
    assert_true(f == 4);
    assert_false(gguf_u32(file, "no.such.key", &n));
    assert_false(gguf_u32(file, "general.architecture", &n));
    assert_null(gguf_string(file, "llama.block_count", NULL));
    struct gguf_array tokens;
    assert_true(gguf_array(file, "tokenizer.ggml.tokens", &tokens));
    assert_int_equal(tokens.count, 512);
    size_t offset = 0, len = 0;
    const char *first = gguf_array_next(&tokens, &offset, &len);
    assert_int_equal(len, 5);
    assert_memory_equal(first, "<unk>", 5);
    const struct gguf_tensor *t = gguf_tensor(file, "token_embd.weight");
    assert_non_null(t);
    assert_int_equal(t->type, GGUF_F16);
    assert_int_equal(t->dims[0], 64);
    assert_int_equal(t->dims[1], 512);
    assert_int_equal(t->size, 64 * 512 * 2);
    assert_null(gguf_tensor(file, "token_embd"));
    assert_true(gguf_intact(file));
    hex(text, gguf_sha256(file));
    gguf_free(file);
    source.sha256 = text;
    assert_int_equal(gguf_open(&file, &source, &error), 0);
    gguf_free(file);
    text[5] = text[5] == '0' ? '1' : '0';
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_CHECKSUM);
    assert_null(file);
}

static bool stop_at_the_third(void *context)
{
    return ++*(int *)context == 3;
}

static void test_given_up(void **unused)
{
    (void)unused;
    char path[] = "/tmp/penstock-gguf-XXXXXX";
    int asked = 0, fd = mkostemp(path, O_CLOEXEC);
    struct engine_source source = {.path = path, .stop = stop_at_the_third, .context = &asked};
    struct engine_error error;
    struct gguf *file = NULL;
    assert_int_equal(ftruncate(fd, 20 << 20), 0); /* would be no GGUF, had it been read */
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_STOPPED);
    assert_int_equal(asked, 3);
    assert_null(file);
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_FORMAT);
    assert_int_equal(asked, 3 + 5);
    close(fd);
    (void)unlink(path);
}

static void test_damaged_files(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        enum engine_status status;
    } cases[] = {
        {"good", ENGINE_OK},
        {"empty", ENGINE_ERR_FORMAT},
        {"magic", ENGINE_ERR_FORMAT},
        {"version1", ENGINE_ERR_UNSUPPORTED},
        {"bigendian", ENGINE_ERR_UNSUPPORTED},
        {"huge-kv", ENGINE_ERR_FORMAT},
        {"huge-tensors", ENGINE_ERR_FORMAT},
        {"huge-string", ENGINE_ERR_FORMAT},
        {"huge-array", ENGINE_ERR_FORMAT},
        {"huge-strings", ENGINE_ERR_FORMAT},
        {"nested", ENGINE_ERR_FORMAT},
        {"dims-overflow", ENGINE_ERR_FORMAT},
        {"dims-zero", ENGINE_ERR_FORMAT},
        {"dims-five", ENGINE_ERR_FORMAT},
        {"offset-wrap", ENGINE_ERR_FORMAT},
        {"offset-odd", ENGINE_ERR_FORMAT},
        {"overlap", ENGINE_ERR_FORMAT},
        {"twice", ENGINE_ERR_FORMAT},
        {"key-twice", ENGINE_ERR_FORMAT},
        {"type-unknown", ENGINE_ERR_UNSUPPORTED},
        {"block-odd", ENGINE_ERR_FORMAT},
        {"alignment-zero", ENGINE_ERR_FORMAT},
        {"alignment-huge", ENGINE_ERR_FORMAT},
        {"past-end", ENGINE_ERR_FORMAT},
        {"cut", ENGINE_ERR_FORMAT},
        {"cut-data", ENGINE_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[512];
        size_t size = 0;
        snprintf(path, sizeof(path), TEST_SOURCE_DIR "/tests/fuzz/corpus/gguf/%s", cases[i].name);
        char *bytes = read_file(path, &size);
        struct engine_source from_path = {.path = path};
        struct engine_source from_bytes = {.bytes = bytes, .size = size};
        struct engine_error error = {ENGINE_OK, ""};
        struct gguf *file = NULL;
        int status = gguf_open(&file, &from_bytes, &error);
        if (status != (int)cases[i].status)
            fail_msg("%s: status %d, %s", cases[i].name, status, error.text);
        gguf_free(file);
        assert_int_equal(gguf_open(&file, &from_path, &error), cases[i].status);
        gguf_free(file);
        free(bytes);
    }
}

static void test_unaligned_bytes(void **unused)
{
    (void)unused;
    size_t size = 0;
    char *bytes = read_file(TEST_SOURCE_DIR "/tests/fuzz/corpus/gguf/good", &size);
    char *moved = malloc(size + 1);
    assert_non_null(moved);
    memcpy(moved + 1, bytes, size);
    struct engine_source source = {.bytes = moved + 1, .size = size};
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, NULL), 0);
    assert_int_equal((uintptr_t)gguf_tensor(file, "b")->data % 8, 0);
    gguf_free(file);
    free(moved);
    free(bytes);
}

static void test_notices_a_cut(void **unused)
{
    (void)unused;
    char path[] = "/tmp/penstock-gguf-XXXXXX";
    size_t size = 0;
    char *bytes = read_file(TEST_SOURCE_DIR "/tests/fuzz/corpus/gguf/good", &size);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    struct engine_source source = {.path = path};
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, NULL), 0);
    assert_true(gguf_intact(file));
    assert_int_equal(ftruncate(fd, 10), 0);
    assert_false(gguf_intact(file));
    gguf_free(file);
    close(fd);
    unlink(path);
    free(bytes);
}

/* What a cut file has no more reads as zeroes, and is noticed. */
static void test_reads_behind_a_cut(void **unused)
{
    (void)unused;
    char path[] = "/tmp/penstock-gguf-XXXXXX", from[512];
    size_t size = 0, zeroes = 0;
    golden_path(from, sizeof(from), "llama-linear.gguf");
    char *bytes = read_file(from, &size);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    const off_t padded = 20 << 20; /* room for huge pages */
    assert_int_equal(ftruncate(fd, padded), 0);
    struct engine_source source = {.path = path};
    struct gguf *file = NULL, *other = NULL;
    assert_int_equal(gguf_open(&file, &source, NULL), 0);
    source.path = from;
    assert_int_equal(gguf_open(&other, &source, NULL), 0);
    assert_int_equal(ftruncate(fd, 10000), 0);
    for (size_t i = 0; i < gguf_tensor_count(file); i++) {
        const struct gguf_tensor *tensor = gguf_tensor_at(file, i);
        const volatile uint8_t *data = tensor->data;
        for (size_t at = 0; at < tensor->size; at += 64)
            zeroes += data[at] == 0;
    }
    assert_true(zeroes > size / 64 / 2);
    assert_int_equal(ftruncate(fd, padded), 0); /* is no cure */
    assert_false(gguf_intact(file));
    assert_true(gguf_intact(other));
    gguf_free(file);
    gguf_free(other);
    close(fd);
    unlink(path);
    free(bytes);
}

/* What the kernel knows of the map around that address: smaps's VmFlags. */
static void flags_of_map(const void *address, char *out, size_t cap)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool here = false;
    assert_non_null(maps);
    out[0] = 0;
    while (out[0] == 0 && fgets(line, sizeof(line), maps) != NULL) {
        char *end = NULL;
        unsigned long first = strtoul(line, &end, 16);
        if (*end == '-')
            here = (uintptr_t)address >= first && (uintptr_t)address < strtoul(end + 1, NULL, 16);
        if (here && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(out, cap, "%s", line);
    }
    (void)fclose(maps);
}

/* Kernels without huge pages do not, nor does qemu's picture of a process. */
static bool tells_of_huge_pages(void)
{
    enum { SIZE = 4 << 20 };
    char flags[512] = "";
    void *map = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    if (madvise(map, SIZE, MADV_HUGEPAGE) == 0)
        flags_of_map(map, flags, sizeof(flags));
    munmap(map, SIZE);
    return strstr(flags, " hg ") != NULL;
}

/* The kernel is asked for huge pages, where it has any. */
static void test_huge_pages(void **unused)
{
    (void)unused;
    char path[512], flags[512];
    if (!tells_of_huge_pages())
        skip();
    golden_path(path, sizeof(path), "llama-linear.gguf");
    struct engine_source source = {.path = path};
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, NULL), 0);
    flags_of_map(gguf_tensor_at(file, 0)->data, flags, sizeof(flags));
    assert_non_null(strstr(flags, " hg "));
    gguf_free(file);
}

static void test_missing_file(void **unused)
{
    (void)unused;
    struct engine_source source = {.path = "/nonexistent/x.gguf"};
    struct engine_error error;
    struct gguf *file = NULL;
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_IO);
    assert_non_null(strstr(error.text, "/nonexistent/x.gguf"));
    source.path = "/tmp";
    assert_int_equal(gguf_open(&file, &source, &error), ENGINE_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_reads_a_model),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_unaligned_bytes),
        cmocka_unit_test(test_notices_a_cut),
        cmocka_unit_test(test_reads_behind_a_cut),
        cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
