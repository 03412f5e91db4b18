#include "gateway/placeholders.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"

struct value {
    enum pii_type type;
    uint32_t number;
    uint32_t at, len; /* in the session's bytes */
};

struct session {
    struct placeholders_key key;
    struct session *chain;         /* of its bucket */
    struct session *older, *newer; /* by use */
    uint64_t expires_ms;
    struct value *values;
    size_t count, cap;
    struct buf bytes;
};

struct placeholders {
    uint8_t secret[32];
    struct placeholders_options options;
    pthread_mutex_t lock;
    struct session **buckets;
    size_t bucket_count; /* a power of two */
    struct session *oldest, *newest;
    size_t count, bytes;
};

int placeholders_new(const struct placeholders_options *options, struct placeholders **out,
                     struct err *err)
{
    *out = NULL;
    struct placeholders *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    p->options = *options;
    p->bucket_count = 16;
    while (p->bucket_count < options->conversations)
        p->bucket_count *= 2;
    p->buckets = calloc(p->bucket_count, sizeof(struct session *));
    if (p->buckets == NULL || pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p->buckets);
        free(p);
        return err_set(err, ERR_MEMORY, "out of memory for the names of values");
    }
    if (hash_random(p->secret, sizeof(p->secret)) != 0) {
        placeholders_free(p);
        return err_set(err, ERR_BAD_STATE, "no random bytes for the keys of conversations");
    }
    *out = p;
    return 0;
}

/* ---- under the lock ---- */

static struct session **bucket_of(struct placeholders *p, const struct placeholders_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->bytes, sizeof(hash));
    return &p->buckets[hash & (p->bucket_count - 1)];
}

static void unlink_use(struct placeholders *p, struct session *s)
{
    if (s->older != NULL)
        s->older->newer = s->newer;
    else
        p->oldest = s->newer;
    if (s->newer != NULL)
        s->newer->older = s->older;
    else
        p->newest = s->older;
}

static void link_newest(struct placeholders *p, struct session *s)
{
    s->older = p->newest;
    s->newer = NULL;
    if (p->newest != NULL)
        p->newest->newer = s;
    else
        p->oldest = s;
    p->newest = s;
}

static void drop(struct placeholders *p, struct session *s)
{
    struct session **at = bucket_of(p, &s->key);
    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
    unlink_use(p, s);
    p->count--;
    p->bytes -= s->bytes.len;
    buf_release(&s->bytes);
    free(s->values);
    free(s);
}

static void drop_over(struct placeholders *p, uint64_t now_ms)
{
    while (p->oldest != NULL && p->oldest->expires_ms <= now_ms)
        drop(p, p->oldest);
}

/* NULL when there is none. What is found counts as used. */
static struct session *find(struct placeholders *p, const struct placeholders_key *key,
                            uint64_t now_ms)
{
    drop_over(p, now_ms);
    struct session *s = *bucket_of(p, key);
    while (s != NULL && memcmp(s->key.bytes, key->bytes, sizeof(key->bytes)) != 0)
        s = s->chain;
    if (s == NULL)
        return NULL;
    unlink_use(p, s);
    link_newest(p, s);
    s->expires_ms = now_ms + p->options.lifetime_ms;
    return s;
}

static struct session *add(struct placeholders *p, const struct placeholders_key *key,
                           uint64_t now_ms)
{
    struct session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    if (p->count >= p->options.conversations)
        drop(p, p->oldest);
    struct session **bucket = bucket_of(p, key);
    *s = (struct session){
        .key = *key, .chain = *bucket, .expires_ms = now_ms + p->options.lifetime_ms};
    *bucket = s;
    link_newest(p, s);
    p->count++;
    return s;
}

/* Does it call another value that, or this value otherwise? */
static bool is_taken(const struct session *s, const struct redact_value *value)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct value *v = &s->values[i];
        bool same = v->len == content_len(value->text) &&
                    memcmp(s->bytes.data + v->at, content_bytes(value->text), v->len) == 0;
        if (same || (v->type == value->type && v->number == value->number))
            return true;
    }
    return false;
}

static bool add_value(struct placeholders *p, struct session *s, const struct redact_value *value)
{
    size_t len = content_len(value->text);
    if (s->count == PLACEHOLDERS_MAX_VALUES || len > PLACEHOLDERS_MAX_BYTES - s->bytes.len)
        return false;
    if (s->count == s->cap) {
        size_t cap = s->cap != 0 ? s->cap * 2 : 8;
        struct value *values = reallocarray(s->values, cap, sizeof(*values));
        if (values == NULL)
            return false;
        s->values = values;
        s->cap = cap;
    }
    uint32_t at = (uint32_t)s->bytes.len;
    if (buf_append(&s->bytes, content_bytes(value->text), len) != 0)
        return false;
    s->values[s->count++] = (struct value){
        .type = value->type, .number = value->number, .at = at, .len = (uint32_t)len};
    p->bytes += len;
    return true;
}

static int copy_known(const struct session *s, struct placeholders_known *out)
{
    out->items = calloc(s->count + 1, sizeof(*out->items));
    if (out->items == NULL || buf_append(&out->bytes, s->bytes.data, s->bytes.len) != 0) {
        placeholders_known_release(out);
        return ERR_MEMORY;
    }
    out->count = s->count;
    for (size_t i = 0; i < s->count; i++)
        out->items[i] = (struct redact_known){
            .text = content_of(out->bytes.data + s->values[i].at, s->values[i].len),
            .type = s->values[i].type,
            .number = s->values[i].number};
    return 0;
}

/* ---- from outside ---- */

void placeholders_free(struct placeholders *placeholders)
{
    if (placeholders == NULL)
        return;
    while (placeholders->oldest != NULL)
        drop(placeholders, placeholders->oldest);
    pthread_mutex_destroy(&placeholders->lock);
    free(placeholders->buckets);
    explicit_bzero(placeholders->secret, sizeof(placeholders->secret));
    free(placeholders);
}

bool placeholders_key_of(const struct placeholders *placeholders, const char *principal,
                         const char *named, uint64_t conversation, struct placeholders_key *key)
{
    enum { PRINCIPAL_MAX = 256 };
    /* A length apart, so that a principal does not run into a key. */
    uint8_t bytes[sizeof(uint64_t) + PRINCIPAL_MAX + 1 + PLACEHOLDERS_MAX_KEY];
    uint8_t digest[HASH_SIZE];
    uint64_t length = strnlen(principal, PRINCIPAL_MAX);
    size_t used = sizeof(length);
    if (named != NULL && (*named == '\0' || strlen(named) > PLACEHOLDERS_MAX_KEY))
        return false;
    if (named == NULL && conversation == 0)
        return false;
    memcpy(bytes, &length, sizeof(length));
    memcpy(bytes + used, principal, length);
    used += length;
    bytes[used++] = named != NULL ? 'n' : 'c';
    const void *rest = named != NULL ? (const void *)named : &conversation;
    size_t rest_len = named != NULL ? strlen(named) : sizeof(conversation);
    memcpy(bytes + used, rest, rest_len);
    used += rest_len;
    if (hash_hmac_sha256(placeholders->secret, sizeof(placeholders->secret), bytes, used, digest) !=
        0)
        return false;
    memcpy(key->bytes, digest, sizeof(key->bytes));
    key->conversation = named != NULL ? 0 : conversation;
    return true;
}

void placeholders_known_release(struct placeholders_known *known)
{
    free(known->items);
    buf_release(&known->bytes);
    *known = (struct placeholders_known){.items = NULL};
}

int placeholders_recall(struct placeholders *placeholders, const struct placeholders_key *key,
                        uint64_t now_ms, struct placeholders_known *out)
{
    *out = (struct placeholders_known){.items = NULL};
    pthread_mutex_lock(&placeholders->lock);
    const struct session *s = find(placeholders, key, now_ms);
    int rc = s != NULL ? copy_known(s, out) : 0;
    pthread_mutex_unlock(&placeholders->lock);
    return rc;
}

void placeholders_remember(struct placeholders *placeholders, const struct placeholders_key *key,
                           uint64_t now_ms, const struct redact_map *map)
{
    pthread_mutex_lock(&placeholders->lock);
    struct session *s = find(placeholders, key, now_ms);
    for (size_t i = 0; i < map->count; i++) {
        const struct redact_value *value = &map->values[i];
        if (value->masked || !value->present)
            continue;
        if (s == NULL)
            s = add(placeholders, key, now_ms);
        if (s == NULL || (!is_taken(s, value) && !add_value(placeholders, s, value)))
            break;
    }
    while (placeholders->bytes > placeholders->options.bytes)
        drop(placeholders, placeholders->oldest);
    pthread_mutex_unlock(&placeholders->lock);
}

size_t placeholders_forget(struct placeholders *placeholders, uint64_t conversation)
{
    size_t dropped = 0;
    pthread_mutex_lock(&placeholders->lock);
    for (struct session *s = placeholders->oldest; s != NULL;) {
        struct session *next = s->newer;
        if (conversation == 0 || s->key.conversation == conversation) {
            drop(placeholders, s);
            dropped++;
        }
        s = next;
    }
    pthread_mutex_unlock(&placeholders->lock);
    return dropped;
}

void placeholders_expire(struct placeholders *placeholders, uint64_t now_ms)
{
    pthread_mutex_lock(&placeholders->lock);
    drop_over(placeholders, now_ms);
    pthread_mutex_unlock(&placeholders->lock);
}
