#include "gateway/correction.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/hash.h"

static const char format[] = "penstock correction 1";

enum { FILE_MODE = 0600 };

/* ---- reading ---- */

static bool read_hex(const json_t *root, const char *name, void *out, size_t len)
{
    const char *hex = json_string_value(json_object_get(root, name));
    return hex != NULL && strlen(hex) == 2 * len && hash_from_hex(hex, out, len);
}

static bool read_float(const json_t *root, const char *name, float *out)
{
    const json_t *value = json_object_get(root, name);
    if (!json_is_number(value))
        return false;
    *out = (float)json_number_value(value);
    return true;
}

static bool read_root(struct correction_file *out, const json_t *root)
{
    struct correction *c = &out->correction;
    const char *is = json_string_value(json_object_get(root, "format"));
    const char *hash = json_string_value(json_object_get(root, "complexity"));
    if (is == NULL || strcmp(is, format) != 0 || hash == NULL ||
        strlen(hash) + 1 != sizeof(out->complexity_hash))
        return false;
    memcpy(out->complexity_hash, hash, sizeof(out->complexity_hash));
    out->outcomes = (uint32_t)json_integer_value(json_object_get(root, "outcomes"));
    return read_hex(root, "key", out->key.word, sizeof(out->key.word)) &&
           read_float(root, "offset", &c->offset) && read_float(root, "slope", &c->slope) &&
           read_float(root, "bucket_scale", &c->bucket_scale) &&
           read_float(root, "dense_scale", &c->dense_scale) &&
           read_hex(root, "buckets", c->buckets, sizeof(c->buckets)) &&
           read_hex(root, "dense", c->dense, sizeof(c->dense));
}

int correction_load(struct correction_file *out, const char *path, struct err *err)
{
    json_error_t problem;
    memset(out, 0, sizeof(*out));
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &problem);
    (void)fclose(file);
    bool good = root != NULL && read_root(out, root);
    json_decref(root);
    if (good)
        return 0;
    return err_set(err, ERR_SYNTAX, "%s: is no correction; make one with \"penstock learn\"", path);
}

bool correction_fits(const struct correction_file *file, const char *complexity_hash,
                     const struct learn_key *key)
{
    return file != NULL && strcmp(file->complexity_hash, complexity_hash) == 0 &&
           (key == NULL || memcmp(key, &file->key, sizeof(*key)) == 0);
}

/* ---- writing ---- */

static json_t *hex_json(const void *bytes, size_t len)
{
    char *hex = malloc(2 * len + 1);
    if (hex == NULL)
        return NULL;
    hash_to_hex(bytes, len, hex);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}

static json_t *file_json(const struct correction_file *file)
{
    const struct correction *c = &file->correction;
    return json_pack(
        "{s:s, s:s, s:o, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "format", format, "complexity",
        file->complexity_hash, "key", hex_json(file->key.word, sizeof(file->key.word)), "outcomes",
        (json_int_t)file->outcomes, "offset", (double)c->offset, "slope", (double)c->slope,
        "bucket_scale", (double)c->bucket_scale, "dense_scale", (double)c->dense_scale, "dense",
        hex_json(c->dense, sizeof(c->dense)), "buckets", hex_json(c->buckets, sizeof(c->buckets)));
}

static int sync_folder(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof(copy), "%s", path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    int rc = fsync(folder);
    close(folder);
    return rc;
}

static int io_error(struct err *err, const char *path)
{
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static int previous_of(const char *path, char out[PATH_MAX], struct err *err)
{
    if (strlen(path) + sizeof(".previous") > PATH_MAX)
        return err_set(err, ERR_IO, "the path is too long");
    (void)snprintf(out, PATH_MAX, "%s.previous", path);
    return 0;
}

int correction_save(const struct correction_file *file, const char *path, struct err *err)
{
    char temporary[PATH_MAX], previous[PATH_MAX];
    int rc = previous_of(path, previous, err);
    if (rc != 0)
        return rc;
    (void)snprintf(temporary, sizeof(temporary), "%s.new", path);
    json_t *root = file_json(file);
    if (root == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (fd < 0 || json_dumpfd(root, fd, JSON_INDENT(1)) != 0 || fsync(fd) != 0)
        rc = io_error(err, temporary);
    if (fd >= 0 && close(fd) != 0 && rc == 0)
        rc = io_error(err, temporary);
    json_decref(root);
    if (rc == 0) {
        /* A link rather than a rename: there is never a moment without the file. */
        (void)unlink(previous);
        if (link(path, previous) != 0 && errno != ENOENT)
            rc = io_error(err, previous);
    }
    if (rc == 0 && (rename(temporary, path) != 0 || sync_folder(path) != 0))
        rc = io_error(err, path);
    if (rc != 0)
        (void)unlink(temporary);
    return rc;
}

static int move(const char *from, const char *to, struct err *err)
{
    return rename(from, to) != 0 || sync_folder(to) != 0 ? io_error(err, from) : 0;
}

int correction_withdraw(const char *path, struct err *err)
{
    char previous[PATH_MAX];
    int rc = previous_of(path, previous, err);
    return rc != 0 ? rc : move(path, previous, err);
}

int correction_roll_back(const char *path, struct err *err)
{
    char previous[PATH_MAX];
    int rc = previous_of(path, previous, err);
    return rc != 0 ? rc : move(previous, path, err);
}
