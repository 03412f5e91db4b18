/*
 * What goes up: the body and headers of a request, and libcurl's steps on the way to sending them.
 */
#include <string.h>

#include "gateway/upstream_job.h"
#include "gateway/upstream_target.h"

enum {
    SMALL_BODY = 16 * 1024, /* leaves in one write with its head */
    MAX_SENDS = 2,          /* of one request to one target */
};

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
    while (request_id != NULL && n < UPSTREAM_MAX_ID && is_id_char(request_id[n]))
        n++;
    if (n > 0 && request_id[n] == '\0') {
        memcpy(job->id_line, id_name, sizeof(id_name) - 1);
        memcpy(job->id_line + sizeof(id_name) - 1, request_id, n + 1);
        job->id_header = (struct curl_slist){.data = job->id_line, .next = first};
        first = &job->id_header;
    }
    curl_easy_setopt(job->handle->easy, CURLOPT_HTTPHEADER, first);
}

int upstream_send_prepare(struct upstream_job *job, const struct upstream_request *request)
{
    curl_easy_setopt(job->handle->easy, CURLOPT_FRESH_CONNECT, 0L);
    set_headers(job, request->request_id);
    return set_body(job, request);
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
        upstream_job_enter(job, PHASE_CONNECT);
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
        upstream_job_enter(job, PHASE_TLS);
    return CURLE_OK;
}

/*
 * libcurl sends a request again, up to five times and whatever its method, when a kept connection
 * ends without an answer or the target refuses the HTTP/2 stream. An answer may be billed and is
 * not the same twice: once more, over a connection of its own, is for the server that closed as we
 * sent; whoever drops it then has failed.
 */
static bool may_send(struct upstream_job *job)
{
    if (job->sends == MAX_SENDS) {
        job->verdict = BACKEND_ERR_CUT;
        return false;
    }
    job->sends++;
    curl_easy_setopt(job->handle->easy, CURLOPT_FRESH_CONNECT, 1L); /* for the next one */
    return true;
}

static int on_ready_to_send(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct upstream_job *job = ((struct upstream_handle *)arg)->job;
    if (job->cancelled || !may_send(job))
        return CURL_PREREQFUNC_ABORT;
    if (job->phase == PHASE_RESOLVE)
        job->pool->counts.reused++;
    upstream_job_enter(job, PHASE_SENT);
    return CURL_PREREQFUNC_OK;
}

void upstream_send_set_callbacks(struct upstream_handle *handle)
{
    CURL *c = handle->easy;
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
