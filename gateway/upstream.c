#include "gateway/upstream.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/answer.h"
#include "gateway/base/buf.h"
#include "gateway/base/log.h"
#include "gateway/sse.h"
#include "gateway/upstream_handle.h"
#include "gateway/upstream_head.h"
#include "gateway/upstream_lookups.h"
#include "gateway/upstream_multi.h"

enum {
    SMALL_BODY = 16 * 1024,         /* leaves in one write with its head */
    MAX_TRAILER_BYTES = 128 * 1024, /* with the head */
    MAX_ERROR_BODY = 64 * 1024,     /* read, so that the connection can be kept */
    MAX_EVENT_BYTES = 1024 * 1024,  /* one server-sent event */
    MAX_UNSTREAMED = 16 * 1024 * 1024,
    MAX_STREAMED = 64 * 1024 * 1024,
    TURN_BYTES = 128 * 1024, /* of one answer, then the loop serves others */
    LINGER_MS = 250,         /* for what may follow when all is known already */
    MAX_REQUEST_ID = 128,
};

/* What a job waits for; each has a time-out of its own. */
enum phase {
    PHASE_RESOLVE, /* an address, or a free connection */
    PHASE_CONNECT, /* TCP */
    PHASE_TLS,
    PHASE_SENT, /* the first line of the answer */
    PHASE_ANSWER,
    PHASE_LINGER, /* nothing that matters any more */
};

struct upstream_job {
    struct backend_job base;
    struct upstream_pool *pool;
    const struct upstream_target *target;
    struct backend_events events;
    void *user;
    struct upstream_handle *handle;
    struct upstream_job *prev, *next; /* in pool->jobs */
    struct upstream_job *next_todo;
    struct event timer;

    /* What is to be done when libcurl is not running. */
    bool queued, to_add, to_remove, to_resume;

    bool added; /* to the multi handle */
    bool over;  /* libcurl says so */
    bool cancelled;
    bool ending; /* inside finish_job */
    bool paused;
    enum phase phase;
    int64_t deadline_us; /* of the whole */
    int64_t phase_us;    /* when the phase began, or the last piece came */
    int64_t timer_us;    /* when the timer fires; 0: it does not run */

    /* The request. */
    struct content pieces[UPSTREAM_MAX_PIECES];
    size_t piece_count, total;
    size_t piece, offset; /* next byte to send */
    struct buf small;     /* the whole body, when it is small */
    struct curl_slist accept_header, id_header;
    char id_line[sizeof("x-request-id: ") + MAX_REQUEST_ID];
    bool stream;

    /* The answer. */
    enum backend_outcome verdict; /* set inside libcurl before it is told to stop */
    int status;                   /* 0 until the head is whole */
    struct upstream_head head;
    size_t body_bytes, max_bytes;
    uint64_t turn; /* in which turn_bytes came */
    uint64_t resume_turn;
    size_t turn_bytes;
    struct sse sse;
    struct buf body; /* unstreamed */
    struct answer_facts facts;
};

struct upstream_pool {
    struct upstream_multi multi;
    struct event *kick; /* something is on the todo list */
    struct upstream_job *jobs, *todo;
    uint64_t turn; /* counts the times that libcurl returned */
    struct upstream_handles handles;
    struct upstream_lookups lookups;
    struct upstream_counts counts;
};

static int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct upstream_job *job_of(struct backend_job *base)
{
    return (struct upstream_job *)(void *)base;
}

/* ---- what is put off until libcurl has returned ---- */

static void put_off(struct upstream_job *job)
{
    if (job->queued)
        return;
    job->queued = true;
    job->next_todo = job->pool->todo;
    job->pool->todo = job;
    /* In the next turn: pausing and resuming in one would keep the loop from everybody else. */
    event_add(job->pool->kick, &(struct timeval){0});
}

static void drop_from_todo(struct upstream_job *job)
{
    if (!job->queued)
        return;
    struct upstream_job **at = &job->pool->todo;
    while (*at != job)
        at = &(*at)->next_todo;
    *at = job->next_todo;
    job->queued = false;
}

/* ---- the body that goes up ---- */

static size_t on_read(char *out, size_t size, size_t count, void *arg)
{
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    size_t room = size * count, done = 0;
    /* Whoever cancelled may have freed the bytes already. */
    if (job->cancelled)
        return CURL_READFUNC_ABORT;
    while (done < room && job->piece < job->piece_count) {
        struct content piece = job->pieces[job->piece];
        size_t n = content_len(piece) - job->offset;
        if (n > room - done)
            n = room - done;
        if (n > 0)
            memcpy(out + done, (const char *)content_bytes(piece) + job->offset, n);
        done += n;
        job->offset += n;
        if (job->offset == content_len(piece)) {
            job->piece++;
            job->offset = 0;
        }
    }
    return done;
}

/* Only back to the start: a kept connection turned out dead and the request goes out afresh. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    if (origin != SEEK_SET || offset != 0)
        return CURL_SEEKFUNC_FAIL;
    job->piece = 0;
    job->offset = 0;
    return CURL_SEEKFUNC_OK;
}

static int set_body(struct upstream_job *job, const struct upstream_request *request)
{
    CURL *easy = job->handle->easy;
    for (size_t i = 0; i < request->piece_count; i++) {
        job->pieces[i] = request->pieces[i];
        job->total += content_len(request->pieces[i]);
    }
    job->piece_count = request->piece_count;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->total);
    if (job->total > SMALL_BODY) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
        return 0;
    }
    if (buf_reserve(&job->small, job->total + 1) != 0)
        return ERR_MEMORY;
    for (size_t i = 0; i < job->piece_count; i++)
        if (buf_append(&job->small, content_bytes(job->pieces[i]), content_len(job->pieces[i])) !=
            0)
            return ERR_MEMORY;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->small.data);
    return 0;
}

static bool is_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

/* The nodes are in the job; libcurl only reads the list. */
static void set_headers(struct upstream_job *job, const char *request_id)
{
    static char accept_json[] = "Accept: application/json";
    static char accept_events[] = "Accept: text/event-stream";
    static const char id_name[] = "x-request-id: ";
    job->accept_header = (struct curl_slist){.data = job->stream ? accept_events : accept_json,
                                             .next = job->target->headers};
    struct curl_slist *first = &job->accept_header;
    size_t n = 0;
    while (request_id != NULL && n < MAX_REQUEST_ID && is_id_char(request_id[n]))
        n++;
    if (n > 0 && request_id[n] == '\0') {
        memcpy(job->id_line, id_name, sizeof(id_name) - 1);
        memcpy(job->id_line + sizeof(id_name) - 1, request_id, n + 1);
        job->id_header = (struct curl_slist){.data = job->id_line, .next = first};
        first = &job->id_header;
    }
    curl_easy_setopt(job->handle->easy, CURLOPT_HTTPHEADER, first);
}

/* ---- time ---- */

static int64_t ms(uint32_t milliseconds)
{
    return (int64_t)milliseconds * 1000;
}

/* The deadline of what the job waits for, and what it means to miss it. */
static int64_t phase_deadline(const struct upstream_job *job, enum backend_outcome *missed)
{
    const struct upstream_target *t = job->target;
    switch (job->phase) {
    case PHASE_RESOLVE:
        *missed = BACKEND_ERR_RESOLVE;
        return job->phase_us + ms(t->connect_ms);
    case PHASE_CONNECT:
        *missed = BACKEND_ERR_CONNECT;
        return job->phase_us + ms(t->connect_ms);
    case PHASE_TLS:
        *missed = BACKEND_ERR_TLS;
        return job->phase_us + ms(t->tls_ms);
    case PHASE_SENT:
        *missed = BACKEND_ERR_FIRST_BYTE;
        return job->phase_us + ms(t->first_byte_ms);
    case PHASE_ANSWER:
        *missed = BACKEND_ERR_IDLE;
        return job->paused ? job->deadline_us : job->phase_us + ms(t->idle_ms);
    case PHASE_LINGER:
        break;
    }
    *missed = BACKEND_OK;
    return job->phase_us + ms(LINGER_MS);
}

/*
 * The timer is not moved for every phase and piece of an answer: one that fires too early looks
 * again, so only an earlier deadline needs a new one.
 */
static void watch_time(struct upstream_job *job)
{
    enum backend_outcome missed;
    int64_t at = phase_deadline(job, &missed);
    if (at > job->deadline_us)
        at = job->deadline_us;
    if (job->timer_us != 0 && job->timer_us <= at)
        return;
    job->timer_us = at;
    int64_t delay = at - clock_us();
    if (delay < 0)
        delay = 0;
    struct timeval tv = {.tv_sec = delay / 1000000, .tv_usec = delay % 1000000};
    event_add(&job->timer, &tv);
}

static void enter_phase(struct upstream_job *job, enum phase phase)
{
    job->phase = phase;
    job->phase_us = clock_us();
    watch_time(job);
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    if (job->phase != PHASE_CONNECT) { /* else: another address of the same name */
        if (job->phase == PHASE_SENT)
            job->handle->resent = true;
        int64_t since = job->phase_us;
        bool looked_up = job->phase == PHASE_RESOLVE;
        enter_phase(job, PHASE_CONNECT);
        if (looked_up) /* one time-out for both */
            job->phase_us = since;
        job->pool->counts.connections++;
    }
    return upstream_multi_open(&job->pool->multi, address);
}

/* Called with TCP connected and the handshake about to begin. */
static CURLcode on_tls(CURL *easy, void *context, void *arg)
{
    (void)easy;
    (void)context;
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    if (job->phase == PHASE_CONNECT)
        enter_phase(job, PHASE_TLS);
    return CURLE_OK;
}

static int on_ready_to_send(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    if (job->cancelled)
        return CURL_PREREQFUNC_ABORT;
    if (job->phase == PHASE_RESOLVE)
        job->pool->counts.reused++;
    else if (job->phase == PHASE_SENT)
        job->handle->resent = true;
    enter_phase(job, PHASE_SENT);
    return CURL_PREREQFUNC_OK;
}

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
        enter_phase(job, PHASE_LINGER);
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
        enter_phase(job, PHASE_ANSWER);
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
        enter_phase(job, PHASE_LINGER);
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
    job->phase_us = clock_us();
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
    curl_easy_pause(job->handle->easy, CURLPAUSE_RECV);
    job->to_resume = true;
    put_off(job);
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

static void set_callbacks(struct upstream_handle *handle)
{
    CURL *c = handle->easy;
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, handle);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, handle);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, handle);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, handle);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, handle);
    curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, handle);
    curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_ready_to_send);
    curl_easy_setopt(c, CURLOPT_PREREQDATA, handle);
}

/* ---- endings ---- */

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
        return job->facts.error ? BACKEND_ERR_GARBAGE : BACKEND_OK;
    /* Without a length the end of the connection is the end of the body, wherever it was cut. */
    bool framed = job->head.content_length >= 0 || job->head.is_chunked;
    return framed ? BACKEND_ERR_GARBAGE : BACKEND_ERR_CUT;
}

/* The transfer is over: code is libcurl's, or missed says which time-out it was. */
static enum backend_outcome judge(struct upstream_job *job, CURLcode code,
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

/* Takes the job out of everything but memory. Not while libcurl runs. */
static void detach(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    drop_from_todo(job);
    event_del(&job->timer);
    if (job->added) {
        if (job->phase == PHASE_RESOLVE && !job->over)
            upstream_lookups_abandon(&pool->lookups, job->target, clock_us());
        pool->multi.inside = true;
        curl_multi_remove_handle(pool->multi.curl, job->handle->easy);
        pool->multi.inside = false;
        job->added = false;
    }
    if (job->handle != NULL)
        upstream_handles_keep(&pool->handles, job->handle);
    job->handle = NULL;
    if (job->prev != NULL)
        job->prev->next = job->next;
    else
        pool->jobs = job->next;
    if (job->next != NULL)
        job->next->prev = job->prev;
    pool->counts.running--;
}

static void free_job(struct upstream_job *job)
{
    sse_release(&job->sse);
    buf_release(&job->small);
    buf_release(&job->body);
    free(job);
}

static void log_failure(const struct upstream_job *job, enum backend_outcome outcome, CURLcode code)
{
    /* Where the verdict is ours, libcurl's reason is only that we stopped it. */
    bool its_own = code != CURLE_OK && outcome != BACKEND_ERR_GARBAGE && job->verdict == BACKEND_OK;
    long verify = 0;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        curl_easy_getinfo(job->handle->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    LOG(LOG_LEVEL_WARN, "target_failed", LOG_NAME("target", job->target->name),
        LOG_NAME("outcome", backend_outcome_name(outcome)), LOG_NUMBER("status", job->status),
        LOG_NAME("reason", its_own ? curl_easy_strerror(code) : "none"),
        LOG_NUMBER("certificate_error", verify));
}

static void finish_job(struct upstream_job *job, CURLcode code, enum backend_outcome missed)
{
    struct backend_result result = {.outcome = judge(job, code, missed),
                                    .status = job->status,
                                    .retry_after = job->head.retry_after};
    if (result.outcome != BACKEND_OK && result.outcome != BACKEND_ERR_STATUS)
        log_failure(job, result.outcome, code);
    detach(job);
    job->ending = true;
    if (result.outcome == BACKEND_OK && !job->stream)
        job->events.on_data(job->user, job->body.data, job->body.len);
    const struct answer_facts *facts = job->stream ? &job->sse.facts : &job->facts;
    result.finish = facts->finish;
    result.prompt_tokens = facts->prompt_tokens;
    result.completion_tokens = facts->completion_tokens;
    if (!job->cancelled)
        job->events.on_end(job->user, &result);
    free_job(job);
}

static void on_job_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct upstream_job *job = arg;
    enum backend_outcome missed;
    int64_t now = clock_us();
    job->timer_us = 0;
    if (now >= job->deadline_us)
        finish_job(job, CURLE_OK, BACKEND_ERR_TOTAL);
    else if (now >= phase_deadline(job, &missed))
        finish_job(job, CURLE_OK, missed);
    else
        watch_time(job);
}

/* ---- after libcurl has returned ---- */

static bool add_to_multi(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    job->to_add = false;
    pool->multi.inside = true;
    job->added = curl_multi_add_handle(pool->multi.curl, job->handle->easy) == CURLM_OK;
    pool->multi.inside = false;
    return job->added;
}

static void do_todo(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    if (job->to_remove) {
        detach(job);
        free_job(job);
        return;
    }
    if (job->to_add && !add_to_multi(job)) {
        job->verdict = BACKEND_ERR_INTERNAL;
        finish_job(job, CURLE_OK, BACKEND_OK);
        return;
    }
    if (job->to_resume) {
        job->to_resume = false;
        job->phase_us = clock_us();
        watch_time(job);
        /*
         * Delivers what libcurl held back from in here. When that is refused, libcurl says so here
         * and nowhere else, and does not go on with the transfer.
         */
        pool->multi.inside = true;
        CURLcode code = curl_easy_pause(job->handle->easy, CURLPAUSE_CONT);
        pool->multi.inside = false;
        if (code != CURLE_OK && !job->cancelled)
            finish_job(job, code, BACKEND_OK);
    }
}

/*
 * The next job that something can be done for now. Resumes wait for the kick, and each for one of
 * its own, so that bytes which keep coming do not make an endless turn.
 */
static struct upstream_job *take_todo(struct upstream_pool *pool, bool kicked)
{
    for (struct upstream_job *job = pool->todo; job != NULL; job = job->next_todo) {
        if (job->to_remove || job->to_add || (kicked && job->resume_turn != pool->turn)) {
            job->resume_turn = pool->turn;
            drop_from_todo(job);
            return job;
        }
    }
    return NULL;
}

static void settle(struct upstream_pool *pool, bool kicked)
{
    CURLMsg *message;
    int left;
    pool->turn++;
    do {
        struct upstream_job *job;
        while ((job = take_todo(pool, kicked)) != NULL)
            do_todo(job);
        message = curl_multi_info_read(pool->multi.curl, &left);
        if (message != NULL && message->msg == CURLMSG_DONE) {
            struct upstream_handle *handle = NULL;
            CURLcode code = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
            handle->job->over = true;
            if (handle->job->cancelled) {
                detach(handle->job);
                free_job(handle->job);
            } else {
                finish_job(handle->job, code, BACKEND_OK);
            }
        }
    } while (message != NULL);
}

static void on_activity(void *user)
{
    settle(user, false);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    settle(arg, true);
}

/* ---- verbs ---- */

static void job_cancel(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    job->cancelled = true;
    if (job->ending)
        return; /* finish_job sees it */
    if (job->pool->multi.inside) {
        job->to_remove = true;
        put_off(job);
        return;
    }
    detach(job);
    free_job(job);
}

static void job_pause(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    if (job->paused || job->ending)
        return;
    job->paused = true;
    job->to_resume = false;
    if (job->added)
        curl_easy_pause(job->handle->easy, CURLPAUSE_RECV);
}

static void job_resume(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    if (!job->paused || job->ending)
        return;
    job->paused = false;
    job->to_resume = true;
    put_off(job);
}

static const struct backend_ops ops = {
    .cancel = job_cancel, .pause = job_pause, .resume = job_resume};

static enum backend_outcome prepare(struct upstream_job *job,
                                    const struct upstream_request *request)
{
    struct upstream_pool *pool = job->pool;
    const struct upstream_target *t = job->target;
    const char *path = request->path != NULL ? request->path : "/chat/completions";
    job->handle = upstream_handles_take(&pool->handles, t, path);
    if (job->handle == NULL)
        return BACKEND_ERR_INTERNAL;
    job->handle->job = job;
    if (set_body(job, request) != 0)
        return BACKEND_ERR_INTERNAL;
    set_headers(job, request->request_id);
    uint32_t total = t->total_ms;
    if (request->total_ms != 0 && request->total_ms < total)
        total = request->total_ms;
    job->phase_us = clock_us();
    job->deadline_us = job->phase_us + ms(total);
    watch_time(job);
    if (pool->multi.inside) {
        job->to_add = true;
        put_off(job);
        return BACKEND_OK;
    }
    return add_to_multi(job) ? BACKEND_OK : BACKEND_ERR_INTERNAL;
}

enum backend_outcome upstream_start(struct upstream_pool *pool,
                                    const struct upstream_target *target,
                                    const struct upstream_request *request,
                                    const struct backend_events *events, void *user,
                                    struct backend_job **out)
{
    *out = NULL;
    if (target->key_missing)
        return BACKEND_ERR_NO_KEY;
    if (upstream_lookups_full(&pool->lookups, target, clock_us()))
        return BACKEND_ERR_RESOLVE;
    if (request->piece_count > UPSTREAM_MAX_PIECES)
        return BACKEND_ERR_INTERNAL;
    struct upstream_job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return BACKEND_ERR_INTERNAL;
    job->base.ops = &ops;
    job->pool = pool;
    job->target = target;
    job->events = *events;
    job->user = user;
    job->stream = request->stream;
    upstream_head_init(&job->head);
    job->max_bytes = target->max_answer_bytes != 0 ? target->max_answer_bytes
                     : job->stream                 ? (size_t)MAX_STREAMED
                                                   : (size_t)MAX_UNSTREAMED;
    sse_init(&job->sse, MAX_EVENT_BYTES, on_events, job);
    evtimer_assign(&job->timer, pool->multi.base, on_job_timer, job);
    job->next = pool->jobs;
    if (job->next != NULL)
        job->next->prev = job;
    pool->jobs = job;
    pool->counts.running++;
    enum backend_outcome outcome = prepare(job, request);
    if (outcome != BACKEND_OK) {
        detach(job);
        free_job(job);
        return outcome;
    }
    pool->counts.started++;
    *out = &job->base;
    return BACKEND_OK;
}

struct upstream_pool *upstream_pool_new(struct event_base *base)
{
    struct upstream_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return NULL;
    pool->handles.set_callbacks = set_callbacks;
    pool->handles.multi = &pool->multi;
    if (upstream_curl_init(NULL) != 0 ||
        upstream_multi_init(&pool->multi, base, on_activity, pool) != 0 ||
        (pool->kick = evtimer_new(base, on_kick, pool)) == NULL) {
        upstream_pool_free(pool);
        return NULL;
    }
    return pool;
}

void upstream_pool_free(struct upstream_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->jobs != NULL) {
        struct upstream_job *job = pool->jobs;
        detach(job);
        free_job(job);
    }
    upstream_handles_release(&pool->handles);
    upstream_multi_release(&pool->multi);
    if (pool->kick != NULL)
        event_free(pool->kick);
    free(pool);
}

void upstream_pool_counts(const struct upstream_pool *pool, struct upstream_counts *out)
{
    *out = pool->counts;
}
