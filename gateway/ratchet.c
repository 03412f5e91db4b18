#include "gateway/ratchet.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"

enum { WAYS = 8, LOCKS = 64, LEAST_ENTRIES = WAYS * LOCKS, VALIDATED_WORDS = PII_SET_WORDS };

/* The strongest of each signal, in steps of 1/255 and rounded up. 0: never seen. */
struct signals {
    uint8_t score[PII_TYPE_COUNT];
    uint8_t topic[PII_TOPIC_COUNT];
    uint8_t identifying, sensitive;
    uint8_t unclassified; /* an enum unclassified */
    uint64_t validated[VALIDATED_WORDS];
};

struct entry {
    struct ratchet_key key;
    uint64_t expires_ms; /* 0: free */
    uint64_t conversation;
    struct signals signals;
};

struct ratchet {
    uint8_t secret[32];
    uint64_t lifetime_ms;
    size_t buckets; /* a power of two, of WAYS entries each */
    struct entry *entries;
    pthread_mutex_t locks[LOCKS]; /* by bucket */
    unsigned lock_count;          /* initialised ones */
};

int ratchet_new(const struct ratchet_options *options, struct ratchet **out, struct err *err)
{
    *out = NULL;
    struct ratchet *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    r->lifetime_ms = options->lifetime_ms;
    size_t entries = LEAST_ENTRIES;
    while (entries < options->entries)
        entries *= 2;
    r->buckets = entries / WAYS;
    /* Zeroes that are not touched yet: pages come as they are used. */
    r->entries = calloc(entries, sizeof(*r->entries));
    int rc = r->entries != NULL ? 0 : ERR_MEMORY;
    while (rc == 0 && r->lock_count < LOCKS) {
        rc = pthread_mutex_init(&r->locks[r->lock_count], NULL) == 0 ? 0 : ERR_MEMORY;
        r->lock_count += rc == 0;
    }
    if (rc != 0) {
        ratchet_free(r);
        return err_set(err, ERR_MEMORY, "out of memory for remembered conversations");
    }
    if (hash_random(r->secret, sizeof(r->secret)) != 0) {
        ratchet_free(r);
        return err_set(err, ERR_BAD_STATE, "no random bytes for the hashes of conversations");
    }
    *out = r;
    return 0;
}

void ratchet_free(struct ratchet *ratchet)
{
    if (ratchet == NULL)
        return;
    for (unsigned i = 0; i < ratchet->lock_count; i++)
        pthread_mutex_destroy(&ratchet->locks[i]);
    free(ratchet->entries);
    explicit_bzero(ratchet->secret, sizeof(ratchet->secret));
    free(ratchet);
}

/* ---- keys ---- */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The part of a message that counts: clients trim what models wrote. */
static struct content sample_of(struct content text)
{
    const uint8_t *p = content_bytes(text);
    size_t len = content_len(text);
    while (len > 0 && is_blank(*p)) {
        p++;
        len--;
    }
    if (len > RATCHET_SAMPLE_BYTES)
        return content_of(p, RATCHET_SAMPLE_BYTES);
    while (len > 0 && is_blank(p[len - 1]))
        len--;
    return content_of(p, len);
}

static void add_key(const struct ratchet *r, const char *principal, struct content before,
                    struct content text, bool recall_only, struct ratchet_keys *keys)
{
    /* Principal, a message before it or none, the message; a length apart, so that none runs into
     * the next. */
    uint8_t bytes[2 * RATCHET_SAMPLE_BYTES + 512];
    uint8_t digest[HASH_SIZE];
    uint32_t lengths[2] = {(uint32_t)strnlen(principal, 256), (uint32_t)content_len(before)};
    size_t at = 0;
    if (keys->count == RATCHET_MAX_KEYS)
        return;
    memcpy(bytes, lengths, sizeof(lengths));
    at += sizeof(lengths);
    memcpy(bytes + at, principal, lengths[0]);
    at += lengths[0];
    memcpy(bytes + at, content_bytes(before), content_len(before));
    at += content_len(before);
    memcpy(bytes + at, content_bytes(text), content_len(text));
    at += content_len(text);
    if (hash_hmac_sha256(r->secret, sizeof(r->secret), bytes, at, digest) == 0) {
        struct ratchet_key *key = &keys->items[keys->count++];
        memcpy(key->bytes, digest, sizeof(key->bytes));
        key->recall_only = recall_only;
    }
    explicit_bzero(bytes, at);
}

/* before: the message in front of it, empty for the first. */
static void add_message(const struct ratchet *r, const char *principal, struct content before,
                        struct content text, struct ratchet_keys *keys)
{
    struct content none = content_of("", 0);
    bool first = content_len(before) == 0;
    if (content_len(text) >= RATCHET_LEAST_BYTES)
        add_key(r, principal, none, text, !first && content_len(text) < RATCHET_OWN_BYTES, keys);
    if (!first && content_len(text) != 0 &&
        content_len(before) + content_len(text) >= RATCHET_LEAST_BYTES)
        add_key(r, principal, before, text, false, keys);
}

static bool is_message(const struct classify_text *text)
{
    return text->turn && text->role != COMPLEXITY_SYSTEM;
}

void ratchet_keys_of(const struct ratchet *ratchet, const char *principal,
                     const struct classify_text *texts, size_t count, struct ratchet_keys *out)
{
    /* Two keys a message at most; of a long conversation its beginning and its end. */
    enum { FIRST = RATCHET_MAX_KEYS / 8, LAST = RATCHET_MAX_KEYS / 2 - FIRST };
    struct content before = content_of("", 0);
    size_t messages = 0, number = 0;
    *out = (struct ratchet_keys){.count = 0};
    for (size_t i = 0; i < count; i++)
        messages += is_message(&texts[i]);
    for (size_t i = 0; i < count; i++) {
        if (!is_message(&texts[i]))
            continue;
        struct content text = sample_of(texts[i].text);
        if (number < FIRST || number + LAST >= messages)
            add_message(ratchet, principal, before, text, out);
        before = text;
        number++;
    }
}

void ratchet_keys_of_answer(const struct ratchet *ratchet, const char *principal,
                            const struct classify_text *texts, size_t count, struct content answer,
                            struct ratchet_keys *keys)
{
    struct content before = content_of("", 0);
    *keys = (struct ratchet_keys){.conversation = keys->conversation};
    for (size_t i = count; i > 0 && content_len(before) == 0; i--)
        if (is_message(&texts[i - 1]))
            before = sample_of(texts[i - 1].text);
    add_message(ratchet, principal, before, sample_of(answer), keys);
}

/* ---- signals ---- */

static uint8_t step_of(float value)
{
    if (isnan(value))
        return 255;
    float steps = ceilf(value * 255 - 0.001F);
    return steps <= 0 ? 0 : steps >= 255 ? 255 : (uint8_t)steps;
}

static struct signals signals_of(const struct facts *facts)
{
    const struct pii_facts *pii = &facts->pii;
    struct signals s = {.identifying = step_of(pii->identifying),
                        .sensitive = step_of(pii->sensitive),
                        .unclassified = facts->unclassified == UNCLASSIFIED_OFF
                                            ? UNCLASSIFIED_NONE
                                            : (uint8_t)facts->unclassified};
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        bool seen = pii->count[i] != 0 || pii->validated[i] != 0;
        uint8_t step = step_of(pii->best_score[i]);
        s.score[i] = !seen ? 0 : step > 0 ? step : 1;
        if (pii->validated[i] != 0)
            s.validated[i / 64] |= (uint64_t)1 << (i % 64);
    }
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        s.topic[i] = step_of(pii->topic[i]);
    return s;
}

static bool is_validated(const struct signals *s, int type)
{
    return (s->validated[type / 64] >> (type % 64) & 1) != 0;
}

/* Whether there is anything that a policy could keep a request for. */
static bool says_anything(const struct signals *s)
{
    enum { SENSITIVE_LEAST = 26 }; /* a tenth */
    bool any = s->sensitive >= SENSITIVE_LEAST || s->unclassified != UNCLASSIFIED_NONE;
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        any = any || s->score[i] != 0;
    return any;
}

static void raise(uint8_t *to, uint8_t by)
{
    if (by > *to)
        *to = by;
}

static void merge(struct signals *to, const struct signals *by)
{
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        raise(&to->score[i], by->score[i]);
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        raise(&to->topic[i], by->topic[i]);
    for (int i = 0; i < VALIDATED_WORDS; i++)
        to->validated[i] |= by->validated[i];
    raise(&to->identifying, by->identifying);
    raise(&to->sensitive, by->sensitive);
    raise(&to->unclassified, by->unclassified);
}

static bool raise_score(float *to, uint8_t by)
{
    if (by <= step_of(*to))
        return false;
    *to = (float)by / 255;
    return true;
}

static bool raise_facts(struct facts *facts, const struct signals *by)
{
    struct pii_facts *pii = &facts->pii;
    bool raised = raise_score(&pii->sensitive, by->sensitive);
    raised = raise_score(&pii->identifying, by->identifying) || raised;
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        bool seen = pii->count[i] != 0;
        if (by->score[i] != 0 && !seen) {
            pii->count[i] = 1;
            raised = true;
        }
        /* The least score stands for none at all: then the span alone is known. */
        if (by->score[i] > 1 || !seen)
            raised = raise_score(&pii->best_score[i], by->score[i]) || raised;
        if (is_validated(by, i) && pii->validated[i] == 0) {
            pii->validated[i] = 1;
            raised = true;
        }
    }
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        raised = raise_score(&pii->topic[i], by->topic[i]) || raised;
    if (by->unclassified != UNCLASSIFIED_NONE && facts->unclassified == UNCLASSIFIED_NONE) {
        facts->unclassified = (enum unclassified)by->unclassified;
        raised = true;
    }
    return raised;
}

/* ---- the table ---- */

static size_t bucket_of(const struct ratchet *r, const struct ratchet_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->bytes, sizeof(hash));
    return (size_t)hash & (r->buckets - 1);
}

static struct entry *find(struct entry *ways, const struct ratchet_key *key, uint64_t now_ms)
{
    for (int i = 0; i < WAYS; i++)
        if (ways[i].expires_ms > now_ms &&
            memcmp(ways[i].key.bytes, key->bytes, sizeof(key->bytes)) == 0)
            return &ways[i];
    return NULL;
}

/* A free entry or the one that would go first. */
static struct entry *oldest(struct entry *ways)
{
    struct entry *found = &ways[0];
    for (int i = 1; i < WAYS; i++)
        if (ways[i].expires_ms < found->expires_ms)
            found = &ways[i];
    return found;
}

bool ratchet_recall(struct ratchet *ratchet, struct ratchet_keys *keys, uint64_t now_ms,
                    struct facts *facts)
{
    struct signals earlier = {.sensitive = 0};
    for (size_t i = 0; i < keys->count; i++) {
        size_t bucket = bucket_of(ratchet, &keys->items[i]);
        pthread_mutex_t *lock = &ratchet->locks[bucket % LOCKS];
        pthread_mutex_lock(lock);
        struct entry *entry = find(ratchet->entries + bucket * WAYS, &keys->items[i], now_ms);
        if (entry != NULL) {
            entry->expires_ms = now_ms + ratchet->lifetime_ms;
            merge(&earlier, &entry->signals);
            if (keys->conversation == 0)
                keys->conversation = entry->conversation;
        }
        pthread_mutex_unlock(lock);
    }
    return raise_facts(facts, &earlier);
}

bool ratchet_remember(struct ratchet *ratchet, struct ratchet_keys *keys, uint64_t now_ms,
                      const struct facts *facts)
{
    struct signals signals = signals_of(facts);
    if (!says_anything(&signals))
        return false;
    if (keys->conversation == 0 && keys->count != 0)
        memcpy(&keys->conversation, keys->items[0].bytes + 7, sizeof(keys->conversation));
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->items[i].recall_only)
            continue;
        size_t bucket = bucket_of(ratchet, &keys->items[i]);
        pthread_mutex_t *lock = &ratchet->locks[bucket % LOCKS];
        pthread_mutex_lock(lock);
        struct entry *ways = ratchet->entries + bucket * WAYS;
        struct entry *entry = find(ways, &keys->items[i], now_ms);
        if (entry == NULL) {
            entry = oldest(ways);
            *entry = (struct entry){.key = keys->items[i]};
        }
        entry->expires_ms = now_ms + ratchet->lifetime_ms;
        entry->conversation = keys->conversation;
        merge(&entry->signals, &signals);
        pthread_mutex_unlock(lock);
    }
    return true;
}

size_t ratchet_lower(struct ratchet *ratchet, uint64_t conversation)
{
    size_t lowered = 0;
    for (size_t bucket = 0; bucket < ratchet->buckets; bucket++) {
        pthread_mutex_t *lock = &ratchet->locks[bucket % LOCKS];
        pthread_mutex_lock(lock);
        struct entry *ways = ratchet->entries + bucket * WAYS;
        for (int i = 0; i < WAYS; i++) {
            if (ways[i].expires_ms == 0 ||
                (conversation != 0 && ways[i].conversation != conversation))
                continue;
            ways[i] = (struct entry){.expires_ms = 0};
            lowered++;
        }
        pthread_mutex_unlock(lock);
    }
    return lowered;
}

void ratchet_id_write(uint64_t conversation, char out[RATCHET_ID_CHARS])
{
    out[0] = '\0';
    if (conversation != 0)
        (void)snprintf(out, RATCHET_ID_CHARS, "%016" PRIx64, conversation);
}

bool ratchet_id_read(const char *text, size_t len, uint64_t *out)
{
    char hex[RATCHET_ID_CHARS];
    uint8_t bytes[8];
    if (len != RATCHET_ID_CHARS - 1)
        return false;
    memcpy(hex, text, len);
    hex[len] = '\0';
    if (!hash_from_hex(hex, bytes, sizeof(bytes)))
        return false;
    *out = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        *out = *out << 8 | bytes[i];
    return *out != 0;
}
