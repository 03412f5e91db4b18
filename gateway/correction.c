#include "gateway/correction.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/file_swap.h"
#include "gateway/base/hash.h"

static const char format[] = "penstock correction 1";

#define PREVIOUS ".previous"

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
    return isfinite(*out);
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

static int previous_of(const char *path, char out[PATH_MAX], struct err *err)
{
    if (strlen(path) + sizeof(PREVIOUS ".new") > PATH_MAX)
        return err_set(err, ERR_IO, "the path is too long");
    (void)snprintf(out, PATH_MAX, "%s" PREVIOUS, path);
    return 0;
}

/* By a link, so that there is never a moment without the file, nor one without the previous. */
static int keep_previous(const struct file_swap *swap, struct err *err)
{
    char previous[PATH_MAX], next[PATH_MAX + sizeof(".new")];
    int rc = previous_of(swap->path, previous, err);
    if (rc != 0)
        return rc;
    if (!swap->existed) {
        (void)unlink(previous); /* of an earlier one that was taken away */
        return 0;
    }
    (void)snprintf(next, sizeof(next), "%s.new", previous);
    (void)unlink(next);
    if (link(swap->path, next) != 0 || rename(next, previous) != 0)
        rc = err_set(err, ERR_IO, "%s: %s", previous, strerror(errno));
    (void)unlink(next); /* still there where it was the same file already */
    return rc;
}

int correction_save(const struct correction_file *file, const char *path, struct err *err)
{
    struct file_swap swap = FILE_SWAP_INIT;
    json_t *root = file_json(file);
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
    int rc = text != NULL ? file_swap_begin(&swap, path, err)
                          : err_set(err, ERR_MEMORY, "out of memory");
    if (rc == 0)
        rc = file_swap_write(&swap, text, strlen(text), err);
    if (rc == 0)
        rc = keep_previous(&swap, err);
    if (rc == 0)
        rc = file_swap_commit(&swap, err);
    file_swap_end(&swap);
    free(text);
    json_decref(root);
    return rc;
}

int correction_withdraw(const char *path, struct err *err)
{
    struct file_swap swap = FILE_SWAP_INIT;
    char previous[PATH_MAX];
    int rc = previous_of(path, previous, err);
    if (rc == 0)
        rc = file_swap_begin(&swap, path, err);
    if (rc == 0)
        rc = file_swap_rename(&swap, path, previous, err);
    file_swap_end(&swap);
    return rc;
}

int correction_roll_back(const char *path, struct err *err)
{
    struct file_swap swap = FILE_SWAP_INIT;
    char previous[PATH_MAX];
    int rc = previous_of(path, previous, err);
    if (rc == 0)
        rc = file_swap_begin(&swap, path, err);
    if (rc == 0 && access(previous, F_OK) != 0)
        rc = err_set(err, ERR_IO,
                     "there is no %s to put back; without %s requests are scored as shipped",
                     previous, path);
    if (rc == 0)
        rc = file_swap_rename(&swap, previous, path, err);
    file_swap_end(&swap);
    return rc;
}
