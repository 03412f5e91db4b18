/*
 * A long answer that is not streamed, where the policy wants answers scanned: the classifier pool
 * does it, so that the event loop goes on. What streams is scanned as it comes, in small pieces.
 *
 * It fails closed: a pool that is full, takes too long or fails ends the request with an error, and
 * nothing of the answer goes out.
 */
#include "gateway/request.h"

static void refuse_answer(struct request *r)
{
    request_finish(r, DECISION_OUTCOME_PARTIAL, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
}

static void on_scanned(void *user, struct classify_done *done)
{
    struct request *r = request_find(user, done->request);
    if (r == NULL || r->classify_ticket != done->ticket)
        return;
    r->classify_ticket = 0;
    if (done->facts.unclassified != UNCLASSIFIED_NONE) {
        refuse_answer(r);
        return;
    }
    classify_spans_release(&r->found);
    r->found = done->spans;
    done->spans = (struct classify_spans){.items = NULL};
    r->scan.read = &r->found;
    r->scan.window = r->scan.span = 0;
    request_answer_scanned(r);
}

/* The windows that the scan of the answer would read. */
static int collect(const struct request *r, struct reply_windows *windows)
{
    struct buf unused = BUF_INIT;
    struct reply_scan scan = r->scan;
    scan.collect = windows;
    struct restore *walk = restore_new(NULL, &scan);
    int rc = walk != NULL ? restore_body(walk, r->whole.data, r->whole.len, &unused) : ERR_MEMORY;
    restore_free(walk);
    buf_release(&unused);
    reply_windows_close(windows);
    return rc;
}

static int submit(struct request *r, const struct reply_windows *windows)
{
    struct pii_set all = pii_set_all();
    struct classify_input input = {.texts = windows->items,
                                   .text_count = windows->count,
                                   .skip_complexity = true,
                                   .once = true,
                                   .wanted = &all};
    struct classify_job_options job = {.request = r->number,
                                       .generation = r->number,
                                       .worker = r->desk->worker,
                                       .on_done = on_scanned,
                                       .user = r->desk};
    return classify_pool_submit(r->desk->services->pool, &input, &job, &r->classify_ticket);
}

bool request_scan_apart(struct request *r, const void *bytes, size_t len)
{
    if (r->chat.stream || !r->scans || r->desk->services->pool == NULL ||
        len <= r->site->config->classifiers.large_prompt_bytes)
        return false;
    struct reply_windows windows = {.items = NULL};
    r->scan.read = NULL;
    buf_clear(&r->whole);
    int rc = buf_append(&r->whole, bytes, len);
    if (rc == 0)
        rc = collect(r, &windows);
    r->scan.window_count = windows.count;
    if (rc == 0)
        rc = submit(r, &windows);
    reply_windows_release(&windows);
    if (rc != 0)
        refuse_answer(r);
    return true;
}

void request_stop_scan(struct request *r)
{
    if (r->classify_ticket != 0)
        classify_pool_cancel(r->desk->services->pool, r->classify_ticket);
    r->classify_ticket = 0;
}
