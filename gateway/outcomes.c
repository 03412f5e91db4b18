#include "gateway/outcomes.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/hash.h"
#include "gateway/base/log.h"
#include "gateway/identity.h"
#include "gateway/request_id.h"

enum {
    FILE_MODE = 0600,
    SLOTS_PER_ENTRY = 2,
    NONE = -1,
    LINE_CHARS = 2048,
    OUTCOMES_AT_MOST = 65536, /* read for learning: the newest */
};
#define FORMAT "penstock outcomes 2"
static const char header_start[] = "{\"format\":\"" FORMAT "\",\"key\":\"";

/* A waiting request is found by its id, or by what was asked in it. */
enum chain { BY_ID, BY_CONVERSATION, CHAINS };

struct waiting {
    char request_id[REQUEST_ID_CHARS];
    char principal[PRINCIPAL_ID_CHARS];
    struct complexity_sketch sketch;
    float score;
    bool local;
    bool used;
    uint64_t answered_ms;
    uint64_t hashes[CHAINS];
    int next[CHAINS], previous[CHAINS]; /* in its slot's chain */
};

struct outcomes {
    pthread_mutex_t lock;
    char *path;
    int fd;
    struct learn_key key;
    char complexity_hash[HASH_HEX_SIZE];
    struct waiting *entries; /* a ring: the next one to be overwritten is at `oldest` */
    uint32_t capacity, oldest;
    int *slots; /* of each chain */
    uint32_t slot_count;
};

/* ---- the file ---- */

/* How much of it was written. */
static size_t write_all(int fd, const char *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

static bool read_key(const char *line, size_t len, struct learn_key *key)
{
    json_error_t problem;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &problem);
    const char *is = json_string_value(json_object_get(root, "format"));
    const char *hex = json_string_value(json_object_get(root, "key"));
    bool good = is != NULL && strcmp(is, FORMAT) == 0 && hex != NULL &&
                strlen(hex) == 2 * sizeof(key->word) &&
                hash_from_hex(hex, (uint8_t *)key->word, sizeof(key->word));
    json_decref(root);
    return good;
}

static int begin_file(int fd, const struct learn_key *key, const char *path, struct err *err)
{
    char hex[2 * sizeof(key->word) + 1], line[256];
    hash_to_hex((const uint8_t *)key->word, sizeof(key->word), hex);
    size_t len = (size_t)snprintf(line, sizeof(line), "%s%s\"}\n", header_start, hex);
    if (write_all(fd, line, len) != len || fsync(fd) != 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return 0;
}

/* A kill in the middle of a write leaves half a line: what comes next must not be glued to it. */
static int cut_torn_line(int fd, off_t size)
{
    char byte = '\n';
    while (size > 0 && pread(fd, &byte, 1, size - 1) == 1 && byte != '\n')
        size--;
    return byte == '\n' ? ftruncate(fd, size) : 0;
}

/* Neither does a full disk: what went in of a line is taken out again. */
static int write_line(struct outcomes *o, const char *line, size_t len)
{
    struct stat info;
    size_t done = write_all(o->fd, line, len);
    int problem = errno;
    if (done == len)
        return 0;
    if (done != 0 && fstat(o->fd, &info) == 0)
        (void)!ftruncate(o->fd, info.st_size - (off_t)done);
    return problem != 0 ? problem : EIO;
}

/* Begun and not finished, as by a full disk: nothing stands in it but the beginning of a header. */
static bool is_torn_header(const char *line, size_t len)
{
    size_t known = sizeof(header_start) - 1;
    return len <= known + 2 * sizeof(struct learn_key) + sizeof("\"}") - 1 &&
           memcmp(line, header_start, len < known ? len : known) == 0;
}

/* Of an open file: its key is read, or *key is that of a new one. Another file is not touched. */
static int prepare_file(int fd, struct learn_key *key, const char *path, struct err *err)
{
    char line[256];
    struct stat info;
    ssize_t n = fstat(fd, &info) == 0 ? pread(fd, line, sizeof(line), 0) : -1;
    if (n < 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    const char *end = memchr(line, '\n', (size_t)n);
    bool torn = end == NULL && is_torn_header(line, (size_t)n);
    if (!torn && (end == NULL || !read_key(line, (size_t)(end - line), key)))
        return err_set(err, ERR_SYNTAX, "%s: is no file of outcomes", path);
    if (torn ? ftruncate(fd, 0) != 0 : cut_torn_line(fd, info.st_size) != 0)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return torn ? begin_file(fd, key, path, err) : 0;
}

static int open_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        (void)err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    return fd;
}

int outcomes_open(struct outcomes **out, const char *path, uint32_t waiting,
                  const char *complexity_hash, struct err *err)
{
    *out = NULL;
    struct outcomes *o = calloc(1, sizeof(*o));
    if (o == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    o->fd = -1;
    pthread_mutex_init(&o->lock, NULL);
    (void)snprintf(o->complexity_hash, sizeof(o->complexity_hash), "%s", complexity_hash);
    o->capacity = waiting;
    o->slot_count = waiting * SLOTS_PER_ENTRY;
    o->entries = calloc(waiting, sizeof(*o->entries));
    o->slots = malloc((size_t)CHAINS * o->slot_count * sizeof(*o->slots));
    o->path = strdup(path);
    int rc = o->entries != NULL && o->slots != NULL && o->path != NULL
                 ? 0
                 : err_set(err, ERR_MEMORY, "out of memory");
    if (rc == 0 && hash_random(o->key.word, sizeof(o->key.word)) != 0)
        rc = err_set(err, ERR_BAD_STATE, "no random numbers to be had");
    if (rc == 0 && (o->fd = open_file(path, err)) < 0)
        rc = ERR_IO;
    if (rc == 0)
        rc = prepare_file(o->fd, &o->key, path, err);
    for (uint32_t i = 0; o->slots != NULL && i < CHAINS * o->slot_count; i++)
        o->slots[i] = NONE;
    if (rc != 0) {
        outcomes_close(o);
        return rc;
    }
    *out = o;
    return 0;
}

void outcomes_close(struct outcomes *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        close(o->fd);
    pthread_mutex_destroy(&o->lock);
    free(o->path);
    free(o->entries);
    free(o->slots);
    free(o);
}

int outcomes_reopen(struct outcomes *o, struct err *err)
{
    struct stat old, now;
    struct learn_key key = o->key;
    int fd = open_file(o->path, err);
    if (fd < 0)
        return ERR_IO;
    bool same = fstat(fd, &now) == 0 && fstat(o->fd, &old) == 0 && now.st_dev == old.st_dev &&
                now.st_ino == old.st_ino;
    int rc = same ? 0 : prepare_file(fd, &key, o->path, err);
    if (rc == 0 && memcmp(&key, &o->key, sizeof(key)) != 0)
        rc =
            err_set(err, ERR_BAD_STATE, "%s: has another key than the requests that wait", o->path);
    if (rc == 0 && !same) {
        pthread_mutex_lock(&o->lock);
        int was = o->fd;
        o->fd = fd;
        fd = was;
        pthread_mutex_unlock(&o->lock);
    }
    close(fd);
    return rc;
}

const struct learn_key *outcomes_key(const struct outcomes *outcomes)
{
    return &outcomes->key;
}

/* ---- waiting requests ---- */

static uint64_t hash_of_id(const char *id)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *c = id; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * 1099511628211u;
    return hash;
}

uint64_t outcomes_conversation(const struct outcomes *o, const struct classify_text *texts,
                               size_t count)
{
    uint8_t chained[sizeof(uint8_t) + 2 * HASH_SIZE] = {0};
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++) {
        chained[0] = (uint8_t)texts[i].role;
        if (hash_hmac_sha256(o->key.word, sizeof(o->key.word), content_bytes(texts[i].text),
                             content_len(texts[i].text), chained + 1 + HASH_SIZE) != 0 ||
            hash_hmac_sha256(o->key.word, sizeof(o->key.word), chained, sizeof(chained),
                             chained + 1) != 0)
            return 0;
    }
    memcpy(&hash, chained + 1, sizeof(hash));
    return hash;
}

static int *slot_of(struct outcomes *o, enum chain chain, uint64_t hash)
{
    return &o->slots[(size_t)chain * o->slot_count + hash % o->slot_count];
}

/* At the head of its chains: the newest comes first. */
static void link_entry(struct outcomes *o, int index)
{
    struct waiting *entry = &o->entries[index];
    for (int chain = 0; chain < CHAINS; chain++) {
        int *slot = slot_of(o, (enum chain)chain, entry->hashes[chain]);
        entry->previous[chain] = NONE;
        entry->next[chain] = *slot;
        if (*slot != NONE)
            o->entries[*slot].previous[chain] = index;
        *slot = index;
    }
    entry->used = true;
}

/* Takes the entry out of its chains, however many ask the same: nothing is searched. */
static void forget(struct outcomes *o, int index)
{
    struct waiting *entry = &o->entries[index];
    for (int chain = 0; chain < CHAINS; chain++) {
        int next = entry->next[chain], previous = entry->previous[chain];
        if (previous != NONE)
            o->entries[previous].next[chain] = next;
        else
            *slot_of(o, (enum chain)chain, entry->hashes[chain]) = next;
        if (next != NONE)
            o->entries[next].previous[chain] = previous;
    }
    entry->used = false;
}

/* One caller's: that others ask the same makes no chain longer. */
static uint64_t hash_of_asking(uint64_t conversation, const char *principal)
{
    return conversation ^ hash_of_id(principal);
}

void outcomes_expect(struct outcomes *o, const struct outcomes_answer *answer)
{
    if (answer->facts->sketch.count == 0)
        return;
    pthread_mutex_lock(&o->lock);
    int index = (int)o->oldest;
    struct waiting *entry = &o->entries[index];
    o->oldest = (o->oldest + 1) % o->capacity;
    if (entry->used)
        forget(o, index);
    (void)snprintf(entry->request_id, sizeof(entry->request_id), "%s", answer->request_id);
    (void)snprintf(entry->principal, sizeof(entry->principal), "%s", answer->principal);
    entry->sketch = answer->facts->sketch;
    entry->score = answer->facts->shipped_score;
    entry->local = answer->local;
    entry->answered_ms = answer->now_ms;
    entry->hashes[BY_ID] = hash_of_id(entry->request_id);
    /* Where nobody asks for it, somewhere: in one chain all of these would stand in the way. */
    entry->hashes[BY_CONVERSATION] = answer->conversation != 0
                                         ? hash_of_asking(answer->conversation, entry->principal)
                                         : entry->hashes[BY_ID];
    link_entry(o, index);
    pthread_mutex_unlock(&o->lock);
}

static enum feedback_result write_outcome(struct outcomes *o, const struct waiting *entry,
                                          bool needed, const char *by)
{
    char line[LINE_CHARS], bits[2 * sizeof(entry->sketch.bits) + 1],
        dense[2 * sizeof(entry->sketch.dense) + 1];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    hash_to_hex((const uint8_t *)entry->sketch.bits, sizeof(entry->sketch.bits), bits);
    hash_to_hex((const uint8_t *)entry->sketch.dense, sizeof(entry->sketch.dense), dense);
    int len = snprintf(line, sizeof(line),
                       "{\"time\":%lld,\"request_id\":\"%s\",\"by\":\"%s\",\"needed\":%d,"
                       "\"score\":%.5f,\"complexity_hash\":\"%s\",\"dense\":\"%s\","
                       "\"bits\":\"%s\"}\n",
                       (long long)now.tv_sec, entry->request_id, by, needed ? 1 : 0,
                       (double)entry->score, o->complexity_hash, dense, bits);
    int problem = write_line(o, line, (size_t)len);
    if (problem == 0)
        return FEEDBACK_TAKEN;
    LOG(LOG_LEVEL_ERROR, "outcome_not_written", LOG_NUMBER("errno", problem));
    return FEEDBACK_NOT_WRITTEN;
}

enum feedback_result outcomes_tell(struct outcomes *o, const char *request_id,
                                   const char *principal, enum feedback feedback)
{
    enum feedback_result result = FEEDBACK_UNKNOWN;
    pthread_mutex_lock(&o->lock);
    int index = *slot_of(o, BY_ID, hash_of_id(request_id));
    while (index != NONE && strcmp(o->entries[index].request_id, request_id) != 0)
        index = o->entries[index].next[BY_ID];
    if (index != NONE && strcmp(o->entries[index].principal, principal) == 0) {
        struct waiting *entry = &o->entries[index];
        bool compared = feedback == FEEDBACK_AGREES || feedback == FEEDBACK_DIFFERS;
        bool of_local =
            compared || feedback == FEEDBACK_LOCAL_OK || feedback == FEEDBACK_LOCAL_FAILED;
        bool needed = feedback == FEEDBACK_BAD || feedback == FEEDBACK_LOCAL_FAILED ||
                      feedback == FEEDBACK_DIFFERS;
        const char *by = compared ? "dual_call" : "feedback";
        result =
            entry->local || of_local ? write_outcome(o, entry, needed, by) : FEEDBACK_TELLS_NOTHING;
        if (result == FEEDBACK_TAKEN)
            forget(o, index);
    }
    pthread_mutex_unlock(&o->lock);
    return result;
}

bool outcomes_asked_again(struct outcomes *o, uint64_t conversation, const char *principal,
                          uint64_t now_ms, uint64_t within_ms)
{
    bool told = false;
    if (conversation == 0)
        return false;
    pthread_mutex_lock(&o->lock);
    uint64_t hash = hash_of_asking(conversation, principal);
    int index = *slot_of(o, BY_CONVERSATION, hash);
    while (index != NONE && (o->entries[index].hashes[BY_CONVERSATION] != hash ||
                             strcmp(o->entries[index].principal, principal) != 0))
        index = o->entries[index].next[BY_CONVERSATION];
    if (index != NONE && o->entries[index].local &&
        now_ms <= o->entries[index].answered_ms + within_ms) {
        told = write_outcome(o, &o->entries[index], true, "asked_again") == FEEDBACK_TAKEN;
        if (told)
            forget(o, index);
    }
    pthread_mutex_unlock(&o->lock);
    return told;
}

/* ---- reading for learning ---- */

static bool read_sketch(const json_t *root, struct complexity_sketch *sketch)
{
    const char *bits = json_string_value(json_object_get(root, "bits"));
    const char *dense = json_string_value(json_object_get(root, "dense"));
    if (bits == NULL || dense == NULL || strlen(bits) != 2 * sizeof(sketch->bits) ||
        strlen(dense) != 2 * sizeof(sketch->dense) ||
        !hash_from_hex(bits, (uint8_t *)sketch->bits, sizeof(sketch->bits)) ||
        !hash_from_hex(dense, (uint8_t *)sketch->dense, sizeof(sketch->dense)))
        return false;
    for (size_t i = 0; i < sizeof(sketch->bits) / sizeof(sketch->bits[0]); i++)
        sketch->count = (uint16_t)(sketch->count + __builtin_popcountll(sketch->bits[i]));
    return true;
}

enum line { LINE_BAD, LINE_OF_OTHERS, LINE_GOOD };

/*
 * Lines of before there were hashes have none, and are of weights that nobody knows. What others'
 * sketches hold may be of another size than ours: it is not looked at.
 */
static enum line read_outcome(const char *line, size_t len, const char *complexity_hash,
                              struct outcome *out)
{
    json_error_t problem;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &problem);
    const json_t *needed = json_object_get(root, "needed"), *score = json_object_get(root, "score");
    const char *hash = json_string_value(json_object_get(root, "complexity_hash"));
    enum line result = LINE_BAD;
    memset(out, 0, sizeof(*out));
    if (json_is_number(needed) && json_is_number(score)) {
        out->needed = (float)json_number_value(needed);
        out->score = (float)json_number_value(score);
        bool sane = out->needed >= 0 && out->needed <= 1 && out->score >= 0 && out->score <= 1;
        if (sane && (hash == NULL || strcmp(hash, complexity_hash) != 0))
            result = LINE_OF_OTHERS;
        else if (sane && read_sketch(root, &out->sketch))
            result = LINE_GOOD;
    }
    json_decref(root);
    return result;
}

/* Once there are as many as are read, over the oldest: `total` were kept before. */
static int keep_outcome(struct outcomes_told *out, size_t total, size_t *room,
                        const struct outcome *outcome)
{
    if (*room < OUTCOMES_AT_MOST && out->count == *room) {
        size_t more = *room != 0 ? *room * 2 : 1024;
        struct outcome *grown = reallocarray(out->items, more, sizeof(*grown));
        if (grown == NULL)
            return ERR_MEMORY;
        out->items = grown;
        *room = more;
    }
    out->items[total % *room] = *outcome;
    out->count += out->count < *room;
    return 0;
}

static int read_lines(struct outcomes_told *out, FILE *file, const char *path,
                      const char *complexity_hash, struct err *err)
{
    char *line = NULL;
    size_t cap = 0, room = 0, number = 0, total = 0;
    ssize_t len;
    int rc = 0;
    while (rc == 0 && (len = getline(&line, &cap, file)) > 0) {
        number++;
        if (number == 1) {
            if (!read_key(line, (size_t)len, &out->key))
                rc = err_set(err, ERR_SYNTAX, "%s: is no file of outcomes", path);
            continue;
        }
        if (line[len - 1] != '\n')
            break; /* being written just now, or torn */
        struct outcome outcome;
        enum line is = read_outcome(line, (size_t)len, complexity_hash, &outcome);
        if (is == LINE_BAD)
            rc = err_set(err, ERR_SYNTAX, "%s:%zu: is no outcome", path, number);
        else if (is == LINE_OF_OTHERS)
            out->left_out++;
        else if (keep_outcome(out, total++, &room, &outcome) != 0)
            rc = err_set(err, ERR_MEMORY, "out of memory for the outcomes of %s", path);
    }
    free(line);
    if (rc == 0 && number == 0)
        rc = err_set(err, ERR_SYNTAX, "%s: is no file of outcomes", path);
    return rc;
}

int outcomes_read(struct outcomes_told *out, const char *path, const char *complexity_hash,
                  struct err *err)
{
    *out = (struct outcomes_told){.items = NULL};
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    int rc = read_lines(out, file, path, complexity_hash, err);
    if (rc == 0 && ferror(file))
        rc = err_set(err, ERR_IO, "%s: cannot be read", path);
    (void)fclose(file);
    if (rc != 0) {
        free(out->items);
        *out = (struct outcomes_told){.items = NULL};
    }
    return rc;
}
