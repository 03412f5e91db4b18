/*
 * decision_file.h - the decision log's file: whole lines or nothing, one writer, a mended tail.
 * Belongs to the log's thread (decision_log.c); nobody else uses it.
 */
#ifndef PENSTOCK_DECISION_FILE_H
#define PENSTOCK_DECISION_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct decision_file {
    char *path;
    int fd;
    int lock_fd;  /* PATH.lock, or -1 when the file is no regular one */
    bool regular; /* can be cut and synced */
    bool waits;   /* a pipe, socket or terminal: has room only while somebody reads */
    bool torn;    /* part of a line may stand at the end */
};

#define DECISION_FILE_INIT                                                                         \
    {                                                                                              \
        .fd = -1, .lock_fd = -1                                                                    \
    }

struct decision_file_state {
    uint64_t last_seq;
    size_t torn_bytes; /* were cut off */
    bool unclean;      /* the last writer did not close it */
};

MUST_CHECK int decision_file_open(struct decision_file *file, const char *path,
                                  struct decision_file_state *found, struct err *err);
/* Notes in the lock file how it ended. */
void decision_file_release(struct decision_file *file, uint64_t last_seq, bool clean);
/* Opens the path anew; keeps the old file when that fails. */
MUST_CHECK int decision_file_reopen(struct decision_file *file, uint64_t last_seq, struct err *err);
/*
 * Appends `count` lines; ends[i] is the offset behind line i. *written is how many whole lines are
 * in the file now; a part of a line is taken back. Returns 0 or an errno value: EAGAIN when there
 * is no room for now, which has been waited for a little; it never waits for long.
 */
MUST_CHECK int decision_file_append(struct decision_file *file, const struct buf *lines,
                                    const size_t *ends, size_t count, size_t *written);
/* 0 or -1. Also notes last_seq in the lock file. */
MUST_CHECK int decision_file_sync(struct decision_file *file, uint64_t last_seq);

/* ---- lines that say what is missing ---- */

enum decision_gap_reason {
    DECISION_GAP_FULL,    /* more records than could wait */
    DECISION_GAP_SYNC,    /* written, but the disk did not confirm */
    DECISION_GAP_UNCLEAN, /* the last process ended without closing the log; number unknown */
    DECISION_GAP_TORN,    /* a broken line was cut off */
    DECISION_GAP_COUNT
};

struct decision_gap {
    bool waits; /* to be written */
    uint64_t lost;
};

MUST_CHECK int decision_gap_encode(const struct decision_gap *gap, enum decision_gap_reason reason,
                                   uint64_t seq, struct buf *out);

#endif
