/*
 * reply_scan.h - look for entities in what a target says, and mask them where the policy wants it.
 *
 * A text is scanned in blocks at fixed places, each together with some bytes around it, so that a
 * stream gives what the whole text would have, however it is cut. While masking, a block waits for
 * the bytes behind it: at most REPLY_SCAN_HELD_BYTES are held back. Placeholders are left alone.
 * Belongs to a request; the worker's thread.
 *
 * A long answer is scanned elsewhere: a first walk over it notes the windows that would be scanned,
 * and a second, over the same bytes, takes what was found in them.
 */
#ifndef PENSTOCK_REPLY_SCAN_H
#define PENSTOCK_REPLY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/classify.h"
#include "router/policy.h"

enum { REPLY_SCAN_BLOCK = 128, REPLY_SCAN_AROUND = 96 };
enum { REPLY_SCAN_HELD_BYTES = REPLY_SCAN_BLOCK + REPLY_SCAN_AROUND + 4 };

/* One text under way. Zero is a beginning. */
struct reply_scan_text {
    struct buf bytes;  /* the block under way, with what was before it */
    size_t before;     /* of them, bytes that are done */
    size_t mask_until; /* place in bytes up to which an entity still goes on */
};
void reply_scan_text_release(struct reply_scan_text *text); /* wipes */

/* What a scan would read, window by window. */
struct reply_windows {
    struct buf bytes;
    struct classify_text *items; /* places in bytes until reply_windows_close() */
    size_t count, cap;
};
void reply_windows_close(struct reply_windows *windows); /* the items' texts are views from here */
void reply_windows_release(struct reply_windows *windows); /* wipes */

struct reply_scan {
    const struct classifiers *classifiers;
    struct classify_scratch *scratch;
    const struct policy *policy;
    size_t rule;
    bool mask;                      /* else only count */
    uint16_t found[PII_TYPE_COUNT]; /* saturating */
    uint32_t masked;
    struct reply_windows *collect;     /* NULL, or: only note the windows */
    const struct classify_spans *read; /* NULL, or: what is in them, by window */
    size_t window_count;               /* of what was noted; more is not passed on */
    size_t window, span;               /* the next ones to read */
};

/*
 * The next piece of a text: appends to *out what may be passed on. nested: the text is JSON. ERR_…
 * when it could not be scanned: then nothing more of it may be passed on.
 */
MUST_CHECK int reply_scan_feed(struct reply_scan *scan, struct reply_scan_text *text,
                               struct content piece, bool last, bool nested, struct buf *out);

#endif
