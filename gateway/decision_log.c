#include "gateway/decision_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/hash.h"
#include "gateway/base/log.h"
#include "gateway/base/thread.h"
#include "gateway/decision_file.h"

enum {
    BATCH_RECORDS = 128,
    DEFAULT_CAPACITY = 2048,
    DEFAULT_GATHER_MS = 5,
    DEFAULT_SYNC_MS = 1000,
    DEFAULT_RETRY_MS = 250,
    DEFAULT_STOP_MS = 3000,
};

struct decision_log {
    enum decision_on_full on_full;
    unsigned capacity, gather_ms, sync_ms, retry_ms, stop_ms;
    uint8_t hash_key[HASH_SIZE];
    pthread_t thread;

    /*
     * A ring. Senders write behind its end under the lock; the thread reads the `count` records
     * from `head` without it, since nobody else moves head and no sender reaches them.
     */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct decision_record *ring;
    unsigned head, count;
    uint64_t dropped; /* did not fit; not yet said in the file */
    bool idle;        /* the thread sleeps until somebody signals */
    bool stopping, reopen;

    /* Read by any thread. */
    atomic_bool accepting, failing;
    atomic_uint_fast64_t records, gaps, last_seq;

    /* The thread's own. */
    struct decision_file file;
    struct buf batch;
    size_t ends[BATCH_RECORDS + DECISION_GAP_COUNT];
    struct decision_gap gap[DECISION_GAP_COUNT];
    uint64_t unsynced; /* records written since the last fsync */
    int64_t sync_due_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value != 0 ? value : otherwise;
}

/* Under the lock. Between the two marks the answer stays what it was, so that it does not flap. */
static void judge_accepting(struct decision_log *log)
{
    if (log->on_full == DECISION_ON_FULL_COUNT)
        return;
    if (atomic_load(&log->failing) || log->count > log->capacity / 4 * 3)
        atomic_store(&log->accepting, false);
    else if (log->count <= log->capacity / 2)
        atomic_store(&log->accepting, true);
}

/* ---- senders ---- */

void decision_log_submit(struct decision_log *log, const struct decision_record *record)
{
    pthread_mutex_lock(&log->lock);
    if (log->count == log->capacity) {
        log->dropped++;
        atomic_fetch_add(&log->gaps, 1);
    } else {
        decision_record_copy(&log->ring[(log->head + log->count) % log->capacity], record);
        log->count++;
        /* While it gathers, only a ring that fills up wakes it early. */
        if (log->idle || log->count == log->capacity / 2)
            pthread_cond_signal(&log->wake);
        log->idle = false;
    }
    judge_accepting(log);
    pthread_mutex_unlock(&log->lock);
}

bool decision_log_accepting(const struct decision_log *log)
{
    return atomic_load_explicit(&log->accepting, memory_order_relaxed);
}

void decision_log_reopen(struct decision_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->reopen = true;
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
}

void decision_log_stats(const struct decision_log *log, struct decision_log_stats *out)
{
    /* The lock is not part of what the caller sees as constant. */
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&log->lock;
    pthread_mutex_lock(lock);
    out->waiting = log->count;
    pthread_mutex_unlock(lock);
    out->records = atomic_load(&log->records);
    out->gaps = atomic_load(&log->gaps);
    out->last_seq = atomic_load(&log->last_seq);
    out->failing = atomic_load(&log->failing);
    out->accepting = atomic_load(&log->accepting);
}

void decision_log_model_name(const struct decision_log *log, const char *known, const void *asked,
                             size_t len, char out[DECISION_NAME_CHARS])
{
    static const char prefix[] = "unknown:";
    uint8_t hash[HASH_SIZE];
    if (known != NULL) {
        decision_name_set(out, DECISION_NAME_CHARS, known);
    } else if (asked == NULL || len == 0) {
        out[0] = '\0';
    } else if (hash_hmac_sha256(log->hash_key, sizeof(log->hash_key), asked, len, hash) != 0) {
        decision_name_set(out, DECISION_NAME_CHARS, "unknown");
    } else {
        memcpy(out, prefix, sizeof(prefix) - 1);
        hash_to_hex(hash, 8, out + sizeof(prefix) - 1);
    }
}

/* ---- the thread ---- */

/* Sleeps under the lock until signalled or until the time; true when the time is up. */
static bool sleep_until(struct decision_log *log, int64_t until_ms)
{
    struct timespec at = {.tv_sec = (time_t)(until_ms / 1000),
                          .tv_nsec = (long)(until_ms % 1000) * 1000000};
    return pthread_cond_timedwait(&log->wake, &log->lock, &at) == ETIMEDOUT;
}

static bool gap_waits(const struct decision_log *log)
{
    for (unsigned i = 0; i < DECISION_GAP_COUNT; i++)
        if (log->gap[i].waits)
            return true;
    return false;
}

/* Under the lock: returns when there is something to do. */
static void wait_for_work(struct decision_log *log)
{
    while (log->count == 0 && log->dropped == 0 && !log->stopping && !log->reopen &&
           !gap_waits(log)) {
        log->idle = true;
        if (log->unsynced == 0) {
            pthread_cond_wait(&log->wake, &log->lock);
        } else if (sleep_until(log, log->sync_due_ms)) {
            log->idle = false;
            return;
        }
    }
    log->idle = false;
    /* A record waits a little for others: one write for many, and one wake-up. */
    int64_t until = now_ms() + log->gather_ms;
    while (log->count < log->capacity / 2 && !log->stopping && !log->reopen)
        if (sleep_until(log, until))
            break;
}

static void add_gap(struct decision_log *log, enum decision_gap_reason reason, uint64_t lost)
{
    log->gap[reason].waits = true;
    log->gap[reason].lost += lost;
}

/*
 * Lines for the n oldest records, then for the gaps when nothing older than them stays behind.
 * ends[i] is where line i ends. Returns the number of lines.
 */
static size_t encode_batch(struct decision_log *log, unsigned head, unsigned n, bool with_gaps)
{
    uint64_t seq = atomic_load(&log->last_seq);
    size_t lines = 0;
    buf_clear(&log->batch);
    for (unsigned i = 0; i < n; i++, lines++) {
        if (decision_record_encode(&log->ring[(head + i) % log->capacity], seq + 1 + lines,
                                   &log->batch) != 0)
            return lines;
        log->ends[lines] = log->batch.len;
    }
    for (unsigned i = 0; with_gaps && i < DECISION_GAP_COUNT; i++) {
        if (!log->gap[i].waits)
            continue;
        if (decision_gap_encode(&log->gap[i], (enum decision_gap_reason)i, seq + 1 + lines,
                                &log->batch) != 0)
            return lines;
        log->ends[lines++] = log->batch.len;
    }
    return lines;
}

/* What the written lines stood for is done with. */
static void settle(struct decision_log *log, unsigned n, size_t lines_written)
{
    unsigned records = lines_written < n ? (unsigned)lines_written : n;
    size_t gaps_written = lines_written - records;
    for (unsigned i = 0; i < DECISION_GAP_COUNT && gaps_written != 0; i++) {
        if (!log->gap[i].waits)
            continue;
        log->gap[i] = (struct decision_gap){.waits = false};
        gaps_written--;
    }
    if (log->unsynced == 0 && lines_written != 0)
        log->sync_due_ms = now_ms() + log->sync_ms;
    log->unsynced += lines_written;
    atomic_fetch_add(&log->last_seq, lines_written);
    atomic_fetch_add(&log->records, records);
    pthread_mutex_lock(&log->lock);
    log->head = (log->head + records) % log->capacity;
    log->count -= records;
    judge_accepting(log);
    pthread_mutex_unlock(&log->lock);
}

static void set_failing(struct decision_log *log, bool failing, int error)
{
    if (atomic_exchange(&log->failing, failing) == failing)
        return;
    if (failing)
        LOG(LOG_LEVEL_ERROR, "decision_log_cannot_write", LOG_NAME("file", log->file.path),
            LOG_NAME("reason", strerrordesc_np(error)));
    else
        LOG(LOG_LEVEL_WARN, "decision_log_writes_again", LOG_NAME("file", log->file.path));
    pthread_mutex_lock(&log->lock);
    judge_accepting(log);
    pthread_mutex_unlock(&log->lock);
}

static void reopen_file(struct decision_log *log)
{
    struct err err;
    if (decision_file_reopen(&log->file, atomic_load(&log->last_seq), &err) != 0)
        LOG(LOG_LEVEL_ERROR, "decision_log_reopen_failed", LOG_ERR(&err));
    else
        LOG(LOG_LEVEL_INFO, "decision_log_reopened", LOG_NAME("file", log->file.path));
}

static void sync_file(struct decision_log *log)
{
    if (log->unsynced == 0)
        return;
    if (decision_file_sync(&log->file, atomic_load(&log->last_seq)) != 0) {
        /* The kernel may have dropped the pages and called them clean: asking again would say yes
         * to data that is gone. Say in the file what is in doubt, and go on with a fresh one. */
        LOG(LOG_LEVEL_ERROR, "decision_log_sync_failed", LOG_NAME("file", log->file.path),
            LOG_NUMBER("records_in_doubt", log->unsynced));
        add_gap(log, DECISION_GAP_SYNC, log->unsynced);
        atomic_fetch_add(&log->gaps, log->unsynced);
        reopen_file(log);
    }
    log->unsynced = 0;
}

/* Under the lock, while the disk refuses. */
static void wait_for_retry(struct decision_log *log, int64_t give_up_ms)
{
    int64_t until = now_ms() + log->retry_ms;
    if (log->stopping && give_up_ms < until)
        until = give_up_ms;
    bool stopping = log->stopping;
    while (log->stopping == stopping && !log->reopen)
        if (sleep_until(log, until))
            break;
}

static void *log_main(void *arg)
{
    struct decision_log *log = arg;
    int64_t give_up_ms = INT64_MAX;
    for (;;) {
        pthread_mutex_lock(&log->lock);
        wait_for_work(log);
        unsigned head = log->head;
        unsigned n = log->count < BATCH_RECORDS ? log->count : BATCH_RECORDS;
        bool with_gaps = n == log->count;
        if (with_gaps && log->dropped != 0) {
            add_gap(log, DECISION_GAP_FULL, log->dropped);
            log->dropped = 0;
        }
        bool reopen = log->reopen, stopping = log->stopping;
        log->reopen = false;
        pthread_mutex_unlock(&log->lock);

        if (stopping && give_up_ms == INT64_MAX)
            give_up_ms = now_ms() + log->stop_ms;
        if (reopen) {
            sync_file(log);
            reopen_file(log);
        }
        size_t lines = encode_batch(log, head, n, with_gaps);
        size_t written = 0;
        int error = 0;
        if (lines != 0)
            error = decision_file_append(&log->file, &log->batch, log->ends, lines, &written);
        else if (n != 0)
            error = ENOMEM;
        settle(log, n, written);
        bool full = error == EAGAIN; /* nobody reads for now: the queue is there for that */
        if (!full)
            set_failing(log, error != 0, error);
        if (log->unsynced != 0 && now_ms() >= log->sync_due_ms)
            sync_file(log);

        pthread_mutex_lock(&log->lock);
        if (error != 0 && !full && now_ms() < give_up_ms) {
            wait_for_retry(log, give_up_ms);
            /* Perhaps the path leads to a file that can be written by now. */
            log->reopen = log->reopen || error == EIO || error == EROFS;
        }
        bool empty = log->count == 0 && log->dropped == 0 && !gap_waits(log);
        bool end = log->stopping && (empty || now_ms() >= give_up_ms);
        pthread_mutex_unlock(&log->lock);
        if (end)
            break;
    }
    sync_file(log);
    return NULL;
}

/* ---- open and close ---- */

static int init_waiting(struct decision_log *log)
{
    pthread_condattr_t monotonic;
    if (pthread_mutex_init(&log->lock, NULL) != 0)
        return ERR_MEMORY;
    int rc = pthread_condattr_init(&monotonic);
    if (rc == 0) {
        rc = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        if (rc == 0)
            rc = pthread_cond_init(&log->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
    }
    if (rc != 0) {
        pthread_mutex_destroy(&log->lock);
        return ERR_MEMORY;
    }
    return 0;
}

int decision_log_open(const struct decision_log_options *options, struct decision_log **out,
                      struct err *err)
{
    int rc = 0;
    *out = NULL;
    struct decision_log *log = calloc(1, sizeof(*log));
    if (log == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    log->on_full = options->on_full;
    log->capacity = or_default(options->capacity, DEFAULT_CAPACITY);
    log->gather_ms = or_default(options->gather_ms, DEFAULT_GATHER_MS);
    log->sync_ms = or_default(options->sync_ms, DEFAULT_SYNC_MS);
    log->retry_ms = or_default(options->retry_ms, DEFAULT_RETRY_MS);
    log->stop_ms = or_default(options->stop_ms, DEFAULT_STOP_MS);
    if (log->capacity < 4)
        log->capacity = 4;
    atomic_init(&log->accepting, true);
    log->file = (struct decision_file)DECISION_FILE_INIT;
    memcpy(log->hash_key, options->hash_key, sizeof(log->hash_key));
    if (!options->has_hash_key && hash_random(log->hash_key, sizeof(log->hash_key)) != 0) {
        rc = err_set(err, ERR_BAD_STATE, "no random numbers for the decision log");
        goto fail;
    }
    log->ring = calloc(log->capacity, sizeof(*log->ring));
    if (log->ring == NULL) {
        rc = err_set(err, ERR_MEMORY, "out of memory for the decision log's queue");
        goto fail;
    }
    struct decision_file_state found;
    rc = decision_file_open(&log->file, options->path, &found, err);
    if (rc != 0)
        goto fail;
    atomic_init(&log->last_seq, found.last_seq);
    if (found.unclean) {
        add_gap(log, DECISION_GAP_UNCLEAN, 0);
        atomic_init(&log->gaps, 1);
    } else if (found.torn_bytes != 0) {
        add_gap(log, DECISION_GAP_TORN, 1);
        atomic_init(&log->gaps, 1);
    }
    if (found.torn_bytes != 0)
        LOG(LOG_LEVEL_WARN, "decision_log_tail_mended", LOG_NAME("file", log->file.path),
            LOG_NUMBER("bytes_removed", found.torn_bytes));
    if (init_waiting(log) != 0) {
        rc = err_set(err, ERR_MEMORY, "out of memory for the decision log");
        goto fail;
    }
    if (thread_start(&log->thread, "decision-log", log_main, log, false) != 0) {
        rc = err_set(err, ERR_MEMORY, "cannot start the decision log's thread");
        pthread_cond_destroy(&log->wake);
        pthread_mutex_destroy(&log->lock);
        goto fail;
    }
    *out = log;
    return 0;
fail:
    decision_file_release(&log->file, 0, false);
    free(log->ring);
    free(log);
    return rc;
}

uint64_t decision_log_close(struct decision_log *log)
{
    if (log == NULL)
        return 0;
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    uint64_t lost = log->count + log->dropped + log->gap[DECISION_GAP_FULL].lost;
    bool clean = lost == 0 && !gap_waits(log);
    if (!clean)
        LOG(LOG_LEVEL_ERROR, "decision_log_lost_records", LOG_NAME("file", log->file.path),
            LOG_NUMBER("records", lost));
    decision_file_release(&log->file, atomic_load(&log->last_seq), clean);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    explicit_bzero(log->hash_key, sizeof(log->hash_key));
    buf_release(&log->batch);
    free(log->ring);
    free(log);
    return lost;
}
