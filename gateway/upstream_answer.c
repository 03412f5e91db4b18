/*
 * What comes down: the head and the body of an answer, and what they are worth once it is over.
 */
#include <time.h>

#include "gateway/upstream_job.h"
#include "gateway/upstream_target.h"

enum {
    MAX_TRAILER_BYTES = 128 * 1024, /* with the head */
    MAX_ERROR_BODY = 64 * 1024,     /* read, so that the connection can be kept */
    MAX_EVENT_BYTES = 1024 * 1024,  /* one server-sent event */
    MAX_UNSTREAMED = 16 * 1024 * 1024,
    MAX_STREAMED = 64 * 1024 * 1024,
    TURN_BYTES = 128 * 1024, /* of one answer, then the loop serves others */
};

/* ---- the head ---- */

/* Inside libcurl: the transfer ends with this outcome. */
static bool refuse(struct upstream_job *job, enum backend_outcome outcome)
{
    if (job->verdict == BACKEND_OK)
        job->verdict = outcome;
    return false;
}

static bool end_head(struct upstream_job *job)
{
    long status = 0;
    curl_easy_getinfo(job->handle->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return true; /* 1xx: the real one follows */
    job->status = (int)status;
    if (status >= 300) {
        upstream_job_enter(job, PHASE_LINGER);
        return true;
    }
    if (status == 204 || status == 205 || (job->head.is_chunked && job->head.content_length >= 0) ||
        job->head.is_encoded || job->head.is_event_stream != job->stream ||
        job->head.content_length > (int64_t)job->max_bytes)
        return refuse(job, BACKEND_ERR_GARBAGE);
    struct backend_head head = {.status = job->status,
                                .event_stream = job->head.is_event_stream,
                                .retry_after = job->head.retry_after,
                                .model = job->target->model};
    job->events.on_head(job->user, &head);
    return !job->cancelled;
}

static bool read_header(struct upstream_job *job, const char *line, size_t len)
{
    if (job->phase < PHASE_ANSWER)
        upstream_job_enter(job, PHASE_ANSWER);
    if (job->status != 0) { /* a trailer: only its size matters */
        job->head.bytes += len;
        return job->head.bytes <= MAX_TRAILER_BYTES || refuse(job, BACKEND_ERR_GARBAGE);
    }
    switch (upstream_head_line(&job->head, line, len, (int64_t)time(NULL))) {
    case UPSTREAM_LINE_FIELD:
        return true;
    case UPSTREAM_LINE_END:
        return end_head(job);
    case UPSTREAM_LINE_BAD:
        break;
    }
    return refuse(job, BACKEND_ERR_GARBAGE);
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    size_t len = size * count;
    return !job->cancelled && read_header(job, line, len) ? len : 0;
}

/* ---- the body that comes down ---- */

static void on_events(void *user, const void *bytes, size_t len)
{
    struct upstream_job *job = user;
    if (!job->cancelled)
        job->events.on_data(job->user, bytes, len);
}

static bool read_stream(struct upstream_job *job, const void *bytes, size_t len)
{
    switch (sse_feed(&job->sse, bytes, len)) {
    case SSE_OK:
        return true;
    case SSE_DONE:
        upstream_job_enter(job, PHASE_LINGER);
        return true;
    case SSE_FAILED:
        return refuse(job, BACKEND_ERR_CUT);
    case SSE_GARBAGE:
    case SSE_TOO_LARGE:
        return refuse(job, BACKEND_ERR_GARBAGE);
    case SSE_MEMORY:
        break;
    }
    return refuse(job, BACKEND_ERR_INTERNAL);
}

static bool read_body(struct upstream_job *job, const void *bytes, size_t len)
{
    job->body_bytes += len;
    if (job->status >= 300)
        return job->body_bytes <= MAX_ERROR_BODY; /* more is not worth the connection */
    if (job->phase == PHASE_LINGER)
        return false; /* behind [DONE]: not read, the connection is not kept */
    if (job->body_bytes > job->max_bytes)
        return refuse(job, BACKEND_ERR_GARBAGE);
    job->phase_us = upstream_clock_us();
    if (job->stream)
        return read_stream(job, bytes, len) && !job->cancelled;
    return buf_append(&job->body, bytes, len) == 0 || refuse(job, BACKEND_ERR_INTERNAL);
}

/* libcurl reads on as long as bytes keep coming: a fast target would hold up the whole loop. */
static void yield_after_much(struct upstream_job *job, size_t len)
{
    if (job->turn != job->pool->turn) {
        job->turn = job->pool->turn;
        job->turn_bytes = 0;
    }
    job->turn_bytes += len;
    if (job->turn_bytes < TURN_BYTES || job->paused || job->cancelled)
        return;
    upstream_job_yield(job);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    size_t len = size * count;
    if (job->cancelled)
        return CURL_WRITEFUNC_ERROR;
    /* Paused before there was a transfer to pause: libcurl keeps the bytes and gives them again. */
    if (job->paused && job->status < 300 && job->phase == PHASE_ANSWER)
        return CURL_WRITEFUNC_PAUSE;
    if (!read_body(job, bytes, len))
        return CURL_WRITEFUNC_ERROR;
    yield_after_much(job, len);
    return len;
}

void upstream_answer_set_callbacks(struct upstream_handle *handle)
{
    CURL *c = handle->easy;
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, handle);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, handle);
}

void upstream_answer_init(struct upstream_job *job)
{
    size_t most = job->target->max_answer_bytes;
    upstream_head_init(&job->head);
    job->max_bytes = most != 0 ? most : job->stream ? (size_t)MAX_STREAMED : (size_t)MAX_UNSTREAMED;
    sse_init(&job->sse, MAX_EVENT_BYTES, on_events, job);
}

/* ---- the end ---- */

static enum backend_outcome outcome_of_failure(const struct upstream_job *job, CURLcode code)
{
    /* A header line above libcurl's 100 kB is "out of memory" to it. */
    if (code == CURLE_OUT_OF_MEMORY && job->phase >= PHASE_SENT && job->status == 0)
        return BACKEND_ERR_GARBAGE;
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_WRITE_ERROR: /* a refusal of ours has a verdict */
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return BACKEND_ERR_INTERNAL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return BACKEND_ERR_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return BACKEND_ERR_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
        return BACKEND_ERR_TLS;
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return BACKEND_ERR_GARBAGE;
    default:
        break;
    }
    if (job->phase == PHASE_RESOLVE)
        return BACKEND_ERR_RESOLVE;
    if (job->phase == PHASE_CONNECT)
        return BACKEND_ERR_CONNECT;
    if (job->phase == PHASE_TLS)
        return BACKEND_ERR_TLS;
    return BACKEND_ERR_CUT;
}

static enum backend_outcome judge_unstreamed(struct upstream_job *job)
{
    if (answer_scan(job->body.data, job->body.len, &job->facts))
        return job->facts.error || !job->facts.choices ? BACKEND_ERR_GARBAGE : BACKEND_OK;
    /* Without a length the end of the connection is the end of the body, wherever it was cut. */
    bool framed = job->head.content_length >= 0 || job->head.is_chunked;
    return framed ? BACKEND_ERR_GARBAGE : BACKEND_ERR_CUT;
}

enum backend_outcome upstream_answer_judge(struct upstream_job *job, CURLcode code,
                                           enum backend_outcome missed)
{
    if (job->verdict != BACKEND_OK)
        return job->verdict;
    if (job->status >= 300)
        return BACKEND_ERR_STATUS;
    if (job->stream && job->sse.ended == SSE_DONE)
        return BACKEND_OK;
    if (missed != BACKEND_OK)
        return missed;
    if (code != CURLE_OK)
        return outcome_of_failure(job, code);
    if (job->status == 0)
        return BACKEND_ERR_GARBAGE;
    return job->stream ? BACKEND_ERR_CUT : judge_unstreamed(job);
}
