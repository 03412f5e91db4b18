#include "gateway/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_ID_DIGITS = 12,
    SECRET_DIGITS = 64,
    FILE_BYTES_MAX = 8 * 1024 * 1024,
};

struct entry {
    uint64_t id;
    uint8_t salt[IDENTITY_SALT_BYTES];
    uint8_t hash[HASH_SIZE];
    char name[PRINCIPAL_ID_CHARS];
};

struct identity_set {
    atomic_uint references;
    bool anonymous;
    bool has_file;
    size_t count;
    struct entry *entries;
    /* Open addressing over the ids; a slot holds an index into entries plus one, 0 is free. Ids
     * come from the operator's file and are random, so nobody can aim at one slot. */
    uint32_t *slots;
    size_t slot_mask;
    /* What an unknown id is compared with, so that it takes as long as a known one. */
    struct entry decoy;
};

/* ---- lines ---- */

static bool name_char_ok(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
}

static bool name_ok(const char *name, size_t len)
{
    static const char reserved[] = "anonymous";
    if (len == 0 || len >= PRINCIPAL_ID_CHARS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!name_char_ok(name[i]))
            return false;
    return len != sizeof(reserved) - 1 || strncasecmp(name, reserved, len) != 0;
}

bool identity_name_is_valid(const char *name)
{
    return name_ok(name, strlen(name));
}

/* Lower-case digits only: one key has one spelling. */
static bool hex_field(const char *text, uint8_t *out, size_t bytes)
{
    char digits[2 * HASH_SIZE + 1];
    size_t len = 2 * bytes;
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    bool ok = hash_from_hex(digits, out, bytes);
    explicit_bzero(digits, sizeof(digits));
    return ok;
}

static bool id_field(const char *text, uint64_t *out)
{
    uint8_t bytes[KEY_ID_DIGITS / 2];
    if (!hex_field(text, bytes, sizeof(bytes)))
        return false;
    *out = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        *out = *out << 8 | bytes[i];
    return true;
}

static enum identity_line_kind bad(const char **reason, const char *text)
{
    *reason = text;
    return IDENTITY_LINE_BAD;
}

enum identity_line_kind identity_line_parse(const char *line, size_t len, struct identity_line *out,
                                            const char **reason)
{
    enum { FIELDS = 5 };
    struct {
        const char *text;
        size_t len;
    } field[FIELDS];
    size_t count = 0;

    while (len != 0 && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
        len--;
    if (len == 0 || line[0] == '#')
        return IDENTITY_LINE_EMPTY;
    if (memchr(line, '\0', len) != NULL)
        return bad(reason, "holds a NUL byte");
    for (size_t start = 0;; count++) {
        if (count == FIELDS)
            return bad(reason, "has more than five fields");
        const char *colon = memchr(line + start, ':', len - start);
        /* The last field may hold colons: it is a time. */
        size_t end = colon == NULL || count == FIELDS - 1 ? len : (size_t)(colon - line);
        field[count].text = line + start;
        field[count].len = end - start;
        if (end == len) {
            count++;
            break;
        }
        start = end + 1;
    }
    if (count < FIELDS - 1)
        return bad(reason, "should be name:id:salt:hash[:created]");
    if (!name_ok(field[0].text, field[0].len))
        return bad(reason, "the name should be 1 to 63 of A-Z a-z 0-9 . _ - @ and not 'anonymous'");
    if (field[1].len != KEY_ID_DIGITS || !id_field(field[1].text, &out->id))
        return bad(reason, "the id should be 12 lower-case hex digits");
    if (field[2].len != (size_t)2 * IDENTITY_SALT_BYTES ||
        !hex_field(field[2].text, out->salt, sizeof(out->salt)))
        return bad(reason, "the salt should be 32 lower-case hex digits");
    if (field[3].len != (size_t)2 * HASH_SIZE ||
        !hex_field(field[3].text, out->hash, sizeof(out->hash)))
        return bad(reason, "the hash should be 64 lower-case hex digits");
    memcpy(out->name, field[0].text, field[0].len);
    out->name[field[0].len] = '\0';
    out->created[0] = '\0';
    if (count == FIELDS) {
        if (field[4].len >= sizeof(out->created))
            return bad(reason, "the time of creation is too long");
        memcpy(out->created, field[4].text, field[4].len);
        out->created[field[4].len] = '\0';
    }
    return IDENTITY_LINE_KEY;
}

/* ---- the file ---- */

int identity_file_check(const char *path, const struct stat *status, struct err *err)
{
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_DENIED, "%s is not a regular file", path);
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return err_set(err, ERR_DENIED,
                       "%s belongs to user %lu; it must belong to root or to the user that reads "
                       "it (chown)",
                       path, (unsigned long)status->st_uid);
    if ((status->st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        return err_set(err, ERR_DENIED,
                       "%s has mode %04o; only its owner may write it and others may not read it "
                       "(chmod 0600 or 0640)",
                       path, (unsigned)(status->st_mode & 07777));
    return 0;
}

int identity_file_read(const char *path, struct buf *out, struct err *err)
{
    int rc = 0;
    struct stat status;
    /* O_NONBLOCK: a fifo in its place must not hang a reload. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        enum err_code code = errno == ENOENT   ? ERR_NOT_FOUND
                             : errno == EACCES ? ERR_DENIED
                                               : ERR_IO;
        return err_set(err, code, "cannot open %s: %s", path, strerror(errno));
    }
    if (fstat(fd, &status) != 0) {
        rc = err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
        goto out;
    }
    rc = identity_file_check(path, &status, err);
    if (rc != 0)
        goto out;
    if (status.st_size > FILE_BYTES_MAX) {
        rc = err_set(err, ERR_LIMIT, "%s is larger than 8 MiB", path);
        goto out;
    }
    size_t left = (size_t)status.st_size;
    if (buf_reserve(out, left + 1) != 0) {
        rc = err_set(err, ERR_MEMORY, "out of memory");
        goto out;
    }
    while (left != 0) {
        ssize_t n = read(fd, out->data + out->len, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
            goto out;
        }
        if (n == 0)
            break;
        out->len += (size_t)n;
        left -= (size_t)n;
    }
out:
    close(fd);
    return rc;
}

static size_t slot_of(const struct identity_set *set, uint64_t id)
{
    return (size_t)(id * 0x9e3779b97f4a7c15u >> 20) & set->slot_mask;
}

static const struct entry *find(const struct identity_set *set, uint64_t id)
{
    if (set->count == 0)
        return NULL;
    for (size_t i = slot_of(set, id);; i = (i + 1) & set->slot_mask) {
        if (set->slots[i] == 0)
            return NULL;
        const struct entry *entry = &set->entries[set->slots[i] - 1];
        if (entry->id == id)
            return entry;
    }
}

static int index_entries(struct identity_set *set)
{
    size_t slots = 8;
    while (slots < set->count * 2)
        slots *= 2;
    set->slots = calloc(slots, sizeof(*set->slots));
    if (set->slots == NULL)
        return ERR_MEMORY;
    set->slot_mask = slots - 1;
    return 0;
}

/* False when the id is there already. */
static bool add_to_index(struct identity_set *set, size_t index)
{
    size_t i = slot_of(set, set->entries[index].id);
    for (; set->slots[i] != 0; i = (i + 1) & set->slot_mask)
        if (set->entries[set->slots[i] - 1].id == set->entries[index].id)
            return false;
    set->slots[i] = (uint32_t)index + 1;
    return true;
}

static int parse_file(struct identity_set *set, const char *path, const char *text, size_t len,
                      struct problems *problems)
{
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    set->entries = calloc(lines, sizeof(*set->entries));
    set->count = lines;
    if (set->entries == NULL || index_entries(set) != 0) {
        set->count = 0;
        problems_add(problems, path, 0, "", "out of memory");
        return ERR_MEMORY;
    }
    set->count = 0;
    uint32_t number = 0;
    for (size_t start = 0; start < len;) {
        const char *newline = memchr(text + start, '\n', len - start);
        size_t end = newline != NULL ? (size_t)(newline - text) : len;
        struct identity_line line;
        const char *reason = "";
        number++;
        enum identity_line_kind kind =
            identity_line_parse(text + start, end - start, &line, &reason);
        if (kind == IDENTITY_LINE_BAD) {
            problems_add(problems, path, number, "", "%s", reason);
        } else if (kind == IDENTITY_LINE_KEY) {
            struct entry *entry = &set->entries[set->count];
            entry->id = line.id;
            memcpy(entry->salt, line.salt, sizeof(entry->salt));
            memcpy(entry->hash, line.hash, sizeof(entry->hash));
            memcpy(entry->name, line.name, sizeof(entry->name));
            if (add_to_index(set, set->count))
                set->count++;
            else
                problems_add(problems, path, number, "", "an earlier line has the same id");
        }
        start = end + 1;
    }
    return 0;
}

int identity_set_load(const struct identity_options *options, struct identity_set **out,
                      struct problems *problems)
{
    struct err err = {.code = ERR_NONE};
    size_t before = problems_count(problems);
    struct buf text = BUF_INIT;
    int rc = 0;
    *out = NULL;
    struct identity_set *set = calloc(1, sizeof(*set));
    if (set == NULL) {
        problems_add(problems, options->keys_file != NULL ? options->keys_file : "", 0, "",
                     "out of memory");
        return ERR_MEMORY;
    }
    atomic_init(&set->references, 1);
    set->anonymous = options->anonymous;
    set->has_file = options->keys_file != NULL;
    if (set->has_file) {
        rc = identity_file_read(options->keys_file, &text, &err);
        if (rc == 0 && hash_random(&set->decoy, sizeof(set->decoy)) != 0)
            rc = err_set(&err, ERR_BAD_STATE, "no random numbers");
        if (rc != 0) {
            problems_add(problems, options->keys_file, 0, "", "%s", err.text);
            goto out;
        }
        rc = parse_file(set, options->keys_file, (const char *)text.data, text.len, problems);
        if (rc == 0 && problems_count(problems) != before)
            rc = ERR_SYNTAX;
    }
out:
    buf_release(&text);
    if (rc != 0) {
        identity_set_unref(set);
        return rc;
    }
    *out = set;
    return 0;
}

struct identity_set *identity_set_ref(struct identity_set *set)
{
    atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

void identity_set_unref(struct identity_set *set)
{
    if (set == NULL || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
        return;
    if (set->entries != NULL)
        explicit_bzero(set->entries, set->count * sizeof(*set->entries));
    free(set->entries);
    free(set->slots);
    free(set);
}

size_t identity_set_count(const struct identity_set *set)
{
    return set->count;
}

/* ---- a request ---- */

static void set_anonymous(struct principal *out)
{
    *out = (struct principal){.id = "anonymous"};
}

/* `Bearer` in any case, one or more spaces, and the key; nothing after it. */
static bool split_bearer(const char *value, size_t len, const char **key, size_t *key_len)
{
    static const char scheme[] = "bearer";
    size_t i = sizeof(scheme) - 1;
    while (len != 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    if (len <= i || strncasecmp(value, scheme, i) != 0 || value[i] != ' ')
        return false;
    while (i < len && value[i] == ' ')
        i++;
    *key = value + i;
    *key_len = len - i;
    return *key_len != 0;
}

static bool secret_matches(const struct entry *entry, const char *secret)
{
    uint8_t hash[HASH_SIZE];
    bool same =
        hash_hmac_sha256(entry->salt, sizeof(entry->salt), secret, SECRET_DIGITS, hash) == 0 &&
        hash_equal(hash, entry->hash, sizeof(hash));
    explicit_bzero(hash, sizeof(hash));
    return same;
}

enum identity_result identity_authenticate(const struct identity_set *set,
                                           const void *authorization, size_t len,
                                           struct principal *out, struct err *err)
{
    const char *key = NULL;
    size_t key_len = 0;
    uint64_t id = 0;
    uint8_t secret[SECRET_DIGITS / 2];

    *out = (struct principal){.id = ""};
    if (set->anonymous && (!set->has_file || authorization == NULL)) {
        set_anonymous(out);
        return IDENTITY_OK;
    }
    if (authorization == NULL) {
        (void)err_set(err, ERR_DENIED,
                      "No API key was sent: expected the header Authorization: Bearer <key>");
        return IDENTITY_MISSING;
    }
    bool shaped = split_bearer(authorization, len, &key, &key_len) &&
                  key_len == IDENTITY_KEY_CHARS - 1 && memcmp(key, "pk-", 3) == 0 &&
                  id_field(key + 3, &id) && key[3 + KEY_ID_DIGITS] == '-' &&
                  hex_field(key + 4 + KEY_ID_DIGITS, secret, sizeof(secret));
    explicit_bzero(secret, sizeof(secret));
    if (!shaped) {
        (void)err_set(err, ERR_DENIED,
                      "The Authorization header holds no API key of this gateway: expected "
                      "Bearer pk-<id>-<secret>");
        return IDENTITY_MALFORMED;
    }
    const struct entry *entry = find(set, id);
    bool same = secret_matches(entry != NULL ? entry : &set->decoy, key + 4 + KEY_ID_DIGITS);
    if (entry == NULL || !same) {
        (void)err_set(err, ERR_DENIED, "The API key is not known to this gateway");
        return IDENTITY_UNKNOWN;
    }
    memcpy(out->id, entry->name, sizeof(out->id));
    memcpy(out->key_id, key + 3, KEY_ID_DIGITS);
    out->key_id[KEY_ID_DIGITS] = '\0';
    return IDENTITY_OK;
}

/* A '*' at the end stands for any rest. Lower case, with '-' for '_'. */
static const char *const reserved_headers[] = {
    "x-penstock-*",
    /* identity as trusted proxies spell it */
    "remote-user",
    "remote-groups",
    "remote-name",
    "remote-email",
    "x-remote-*",
    "x-user",
    "x-user-*",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "x-forwarded-client-cert",
    "x-forwarded-tls-client-cert*",
    "x-auth-request-*",
    "x-authenticated-*",
    "x-authentik-*",
    "x-webauth-*",
    "x-vouch-*",
    "x-pomerium-*",
    "x-goog-authenticated-user-*",
    "x-goog-iap-*",
    "x-ms-client-principal*",
    "x-ms-token-*",
    "x-amzn-oidc-*",
    "x-consumer-*",
    "x-credential-identifier",
    "x-anonymous-consumer",
    "cf-access-*",
    "x-ssl-*",
    "ssl-client-*",
    "x-client-cert*",
    "x-client-dn",
    "x-client-verify",
    "client-cert",
    "client-cert-chain",
    "x-tenant-id",
    "x-org-id",
    "x-token-claims*",
    "x-jwt-*",
    "x-userinfo",
    "oidc-*",
    "mellon-*",
    "shib-*",
};

static char header_char(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static bool header_matches(const char *pattern, const char *name, size_t len)
{
    size_t i = 0;
    for (; pattern[i] != '\0' && pattern[i] != '*'; i++)
        if (i == len || header_char(name[i]) != pattern[i])
            return false;
    return pattern[i] == '*' || i == len;
}

bool identity_header_is_reserved(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(reserved_headers) / sizeof(reserved_headers[0]); i++)
        if (header_matches(reserved_headers[i], name, len))
            return true;
    return false;
}

/* ---- making keys ---- */

int identity_key_new(struct identity_key *out, struct err *err)
{
    uint8_t id[KEY_ID_DIGITS / 2], salt[IDENTITY_SALT_BYTES], secret[SECRET_DIGITS / 2];
    uint8_t hash[HASH_SIZE];
    char digits[SECRET_DIGITS + 1];
    int rc = 0;
    if (hash_random(id, sizeof(id)) != 0 || hash_random(salt, sizeof(salt)) != 0 ||
        hash_random(secret, sizeof(secret)) != 0) {
        rc = err_set(err, ERR_BAD_STATE, "no random numbers");
        goto out;
    }
    hash_to_hex(id, sizeof(id), out->id);
    hash_to_hex(salt, sizeof(salt), out->salt);
    hash_to_hex(secret, sizeof(secret), digits);
    if (hash_hmac_sha256(salt, sizeof(salt), digits, SECRET_DIGITS, hash) != 0) {
        rc = err_set(err, ERR_BAD_STATE, "cannot compute the key's hash");
        goto out;
    }
    hash_to_hex(hash, sizeof(hash), out->hash);
    (void)snprintf(out->text, sizeof(out->text), "pk-%s-%s", out->id, digits);
out:
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(digits, sizeof(digits));
    return rc;
}
