#include "engine/gguf_parts.h"

#include "engine/error.h"
#include "engine/fault.h"
#include "engine/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Files of one model; more are a mistake of whoever wrote the number. */
enum { MOST_FILES = 1000 };
/* Bytes: some milliseconds of hashing, where they are in memory. */
enum { HASHED_AT_A_TIME = 4 << 20 };

static int map_path(struct gguf *file, const char *path, struct engine_error *error)
{
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &file->opened) != 0)
        return engine_fail(error, ENGINE_ERR_IO, "cannot open %.120s: %s", path, strerror(errno));
    if (!S_ISREG(file->opened.st_mode))
        return engine_fail(error, ENGINE_ERR_IO, "%.120s is no regular file", path);
    if (file->opened.st_size < 24)
        return engine_fail(error, ENGINE_ERR_FORMAT, "%.120s is not a GGUF file", path);
    file->size = (size_t)file->opened.st_size;
    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (map == MAP_FAILED)
        return engine_fail(error, ENGINE_ERR_IO, "cannot map %.120s: %s", path, strerror(errno));
    file->base = map;
    file->mapped = true;
    /*
     * For speed, where the kernel can: what is not in memory yet is read into huge pages, and
     * decode walks through all of it for each token.
     */
    (void)madvise(map, file->size, MADV_HUGEPAGE);
    if (!fault_guard(map, file->size, &file->lost))
        return engine_fail(error, ENGINE_ERR_IO, "too many model files are open");
    return 0;
}

static int take_bytes(struct gguf *file, const void *bytes, size_t size, struct engine_error *error)
{
    if (bytes == NULL || size < 24)
        return engine_fail(error, ENGINE_ERR_FORMAT, "these bytes are not a GGUF file");
    file->base = bytes;
    file->size = size;
    if ((uintptr_t)bytes % 8 != 0) {
        file->copy = malloc(size);
        if (file->copy == NULL)
            return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the model's bytes");
        memcpy(file->copy, bytes, size);
        file->base = file->copy;
    }
    return 0;
}

/* False: nobody waits for it any more. */
static bool hash_part(struct sha256 *hash, const struct gguf *part,
                      const struct engine_source *source)
{
    for (size_t at = 0; at < part->size; at += HASHED_AT_A_TIME) {
        size_t left = part->size - at;
        if (source->stop != NULL && source->stop(source->context))
            return false;
        sha256_update(hash, part->base + at, left < HASHED_AT_A_TIME ? left : HASHED_AT_A_TIME);
    }
    return true;
}

/* The SHA-256 of all the files' bytes, one after another. */
static int check_sum(struct gguf *file, const struct engine_source *source,
                     struct engine_error *error)
{
    const char *expected = source->sha256;
    static const char digits[] = "0123456789abcdef";
    struct sha256 hash;
    sha256_init(&hash);
    bool read = hash_part(&hash, file, source);
    for (size_t i = 0; read && i < file->rest_count; i++)
        read = hash_part(&hash, file->rest[i], source);
    if (!read)
        return engine_fail(error, ENGINE_ERR_STOPPED, "the model is not wanted any more");
    sha256_final(&hash, file->sha256);
    if (expected == NULL)
        return 0;
    if (strlen(expected) != 64)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the SHA-256 expected has no 64 digits");
    for (size_t i = 0; i < 64; i++) {
        char digit = digits[file->sha256[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
        char lower =
            expected[i] >= 'A' && expected[i] <= 'F' ? (char)(expected[i] + 32) : expected[i];
        if (digit != lower)
            return engine_fail(error, ENGINE_ERR_CHECKSUM,
                               "the model's SHA-256 differs from the one expected");
    }
    return 0;
}

/* ---- models in several files: NAME-00001-of-00003.gguf and so on ---- */

static bool is_number(const char *text)
{
    return strspn(text, "0123456789") == 5;
}

/*
 * The two numbers at the end of such a name, and the bytes before them; 0 when it is another name.
 */
static size_t split_name(const char *path, uint32_t *number, uint32_t *count)
{
    static const char shape[] = "-00000-of-00000.gguf";
    size_t len = path != NULL ? strlen(path) : 0, prefix = len - (sizeof(shape) - 1);
    if (len <= sizeof(shape) - 1 || strcmp(path + len - 5, ".gguf") != 0 ||
        strncmp(path + prefix + 6, "-of-", 4) != 0 || path[prefix] != '-')
        return 0;
    if (!is_number(path + prefix + 1) || !is_number(path + prefix + 10))
        return 0;
    *number = (uint32_t)strtoul(path + prefix + 1, NULL, 10);
    *count = (uint32_t)strtoul(path + prefix + 10, NULL, 10);
    return prefix;
}

static int open_part(struct gguf **out, const char *path, uint32_t number, uint32_t count,
                     struct engine_error *error)
{
    uint32_t says_number = 0, says_count = 0;
    struct gguf *part = calloc(1, sizeof(*part));
    if (part == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory");
    *out = part;
    part->fd = -1;
    int status = map_path(part, path, error);
    if (status == 0)
        status = gguf_parse(part, error);
    if (status != 0)
        return status;
    if (!gguf_u32(part, "split.no", &says_number) || !gguf_u32(part, "split.count", &says_count) ||
        says_number != number || says_count != count)
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "%.120s is not part %u of %u of this model, which its name says", path,
                           (unsigned)number + 1, (unsigned)count);
    return 0;
}

/* One list of all files' tensors. */
static int merge_tensors(struct gguf *file, struct engine_error *error)
{
    size_t total = file->tensor_count;
    uint32_t expected = 0;
    for (size_t i = 0; i < file->rest_count; i++)
        total += file->rest[i]->tensor_count;
    struct gguf_tensor *all = calloc(total + 1, sizeof(*all));
    if (all == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the file's tables");
    memcpy(all, file->tensors, file->tensor_count * sizeof(*all));
    for (size_t i = 0, at = file->tensor_count; i < file->rest_count; i++) {
        memcpy(all + at, file->rest[i]->tensors, file->rest[i]->tensor_count * sizeof(*all));
        at += file->rest[i]->tensor_count;
    }
    free(file->tensors);
    file->tensors = all;
    file->tensor_count = total;
    if (gguf_u32(file, "split.tensors.count", &expected) && expected != total)
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "the model's files hold %zu tensors together, not %u", total,
                           (unsigned)expected);
    return gguf_sort_tensors(file, error);
}

/* The other files, where the first one says that there are any. */
static int open_rest(struct gguf *file, const char *path, struct engine_error *error)
{
    uint32_t count = 0, number = 0, named_number = 0, named_count = 0;
    if (!gguf_u32(file, "split.count", &count) || count < 2)
        return 0;
    gguf_u32(file, "split.no", &number);
    if (path == NULL)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "a model in %u files can be opened by its path only", (unsigned)count);
    if (number != 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "%.100s is part %u of %u; name the first, ...-00001-of-%05u.gguf", path,
                           (unsigned)number + 1, (unsigned)count, (unsigned)count);
    size_t prefix = split_name(path, &named_number, &named_count);
    if (prefix == 0 || named_number != 1 || named_count != count || count > MOST_FILES)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "%.100s is the first of %u files: give them back their names, "
                           "NAME-00001-of-%05u.gguf and so on",
                           path, (unsigned)count, (unsigned)count);
    char *name = malloc(prefix + 32);
    file->rest = calloc(count, sizeof(struct gguf *));
    int status = 0;
    if (name == NULL || file->rest == NULL)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the model's files");
    for (uint32_t i = 1; status == 0 && i < count; i++) {
        snprintf(name, prefix + 32, "%.*s-%05u-of-%05u.gguf", (int)prefix, path, (unsigned)i + 1,
                 (unsigned)count);
        status = open_part(&file->rest[file->rest_count++], name, i, count, error);
    }
    free(name);
    return status == 0 ? merge_tensors(file, error) : status;
}

static int open_file(struct gguf **out, const struct engine_source *source, bool hashed,
                     struct engine_error *error)
{
    *out = NULL;
    struct gguf *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory");
    file->fd = -1;
    int status = source->path != NULL ? map_path(file, source->path, error)
                                      : take_bytes(file, source->bytes, source->size, error);
    uint32_t number = 0, count = 0;
    bool maybe_split = split_name(source->path, &number, &count) > 0;
    /* A single file is compared before anything in it is believed. */
    if (status == 0 && hashed && !maybe_split)
        status = check_sum(file, source, error);
    if (status == 0)
        status = gguf_parse(file, error);
    if (status == 0)
        status = open_rest(file, source->path, error);
    if (status == 0 && hashed && maybe_split)
        status = check_sum(file, source, error);
    if (status == 0 && !gguf_intact(file))
        status = engine_fail(error, ENGINE_ERR_IO, "the file was changed while it was read");
    if (status != 0) {
        gguf_free(file);
        return status;
    }
    *out = file;
    return 0;
}

int gguf_open(struct gguf **out, const struct engine_source *source, struct engine_error *error)
{
    return open_file(out, source, !source->unread, error);
}

int gguf_peek(struct gguf **out, const struct engine_source *source, struct engine_error *error)
{
    return open_file(out, source, false, error);
}

void gguf_free(struct gguf *file)
{
    if (file == NULL)
        return;
    for (size_t i = 0; i < file->rest_count; i++)
        gguf_free(file->rest[i]);
    free(file->rest);
    if (file->mapped) {
        fault_release(file->base);
        munmap((void *)(uintptr_t)file->base, file->size);
    }
    if (file->fd >= 0)
        close(file->fd);
    free(file->copy);
    free(file->names);
    free(file->values);
    free(file->tensors);
    free(file);
}

size_t gguf_size(const struct gguf *file)
{
    size_t size = file->size;
    for (size_t i = 0; i < file->rest_count; i++)
        size += file->rest[i]->size;
    return size;
}

const uint8_t *gguf_sha256(const struct gguf *file)
{
    return file->sha256;
}

bool gguf_intact(const struct gguf *file)
{
    struct stat now;
    for (size_t i = 0; i < file->rest_count; i++) {
        if (!gguf_intact(file->rest[i]))
            return false;
    }
    if (file->fd < 0)
        return true;
    return !atomic_load(&file->lost) && fstat(file->fd, &now) == 0 &&
           now.st_size == file->opened.st_size &&
           now.st_mtim.tv_sec == file->opened.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->opened.st_mtim.tv_nsec;
}
