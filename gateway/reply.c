#include "gateway/reply.h"

#include <stdio.h>
#include <string.h>

#include "gateway/listener_conn.h"

static const struct {
    int status;
    const char *line;
} status_lines[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {202, "HTTP/1.1 202 Accepted\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {402, "HTTP/1.1 402 Payment Required\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
};

enum { HEAD_AT_FIRST = 512, REFUSAL_BODY_BYTES = 1024 };

static int add_status_line(struct buf *out, int status)
{
    for (size_t i = 0; i < sizeof(status_lines) / sizeof(status_lines[0]); i++) {
        if (status_lines[i].status == status)
            return buf_append_str(out, status_lines[i].line);
    }
    return buf_printf(out, "HTTP/1.1 %03d \r\n", status); /* the reason may be empty */
}

/* A header that came from elsewhere must not become two. */
static int add_header(struct buf *out, const char *name, const char *value)
{
    size_t name_len = strlen(name), value_len = strlen(value);
    if (buf_reserve(out, name_len + value_len + 4) != 0)
        return ERR_MEMORY;
    int rc = buf_append(out, name, name_len);
    rc |= buf_append(out, ": ", 2);
    size_t at = out->len;
    rc |= buf_append(out, value, value_len);
    for (size_t i = at; i < out->len; i++) {
        if (out->data[i] < 0x20 || out->data[i] == 0x7f)
            out->data[i] = ' ';
    }
    rc |= buf_append(out, "\r\n", 2);
    return rc;
}

static int add_length(struct buf *out, uint64_t length)
{
    char text[48];
    int n = snprintf(text, sizeof(text), "Content-Length: %llu\r\n", (unsigned long long)length);
    return buf_append(out, text, (size_t)n);
}

static int add_head(struct http_exchange *ex, int status, const struct reply_header *headers,
                    size_t header_count, int64_t content_length)
{
    struct buf *out = &ex->out;
    int rc = buf_reserve(out, HEAD_AT_FIRST);
    rc |= add_status_line(out, status);
    rc |= buf_append_str(out, "Date: ");
    rc |= buf_append_str(out, listener_date(ex->conn->listener));
    rc |= buf_append_str(out, "\r\n");
    for (size_t i = 0; i < header_count; i++)
        rc |= add_header(out, headers[i].name, headers[i].value);
    if (ex->chunked)
        rc |= buf_append_str(out, "Transfer-Encoding: chunked\r\n");
    else if (content_length >= 0 && status != 204 && status != 304)
        rc |= add_length(out, (uint64_t)content_length);
    if (!ex->keep_alive)
        rc |= buf_append_str(out, "Connection: close\r\n");
    else if (ex->gate.http_1_0)
        rc |= buf_append_str(out, "Connection: keep-alive\r\n");
    rc |= buf_append_str(out, "\r\n");
    return rc;
}

/* Out of memory in the middle of an answer: the client must see that it is cut. */
static void give_up(struct http_exchange *ex)
{
    conn_close(ex->conn);
}

static void flush(struct http_exchange *ex)
{
    struct conn *conn = ex->conn;
    conn_flush(conn);
    if (!conn->dead && conn->exchange == ex && ex->out.len - ex->out_sent > REPLY_LOW_WATER)
        ex->drain_wanted = true;
}

/* The exchange may be over, and its memory in use by another request, when the turn ends. */
static void flush_conn_head(void *ptr)
{
    struct conn *conn = ptr;
    struct http_exchange *ex = conn->exchange;
    if (!conn->dead && ex != NULL && ex->flush_queued) {
        ex->flush_queued = false;
        flush(ex);
    }
}

/* Composes the head; does not send it. */
static int start(struct http_exchange *ex, int status, const struct reply_header *headers,
                 size_t header_count, int64_t content_length)
{
    ex->started = true;
    if (status == 204 || status == 304)
        ex->no_body = true;
    if (ex->conn->listener->stopping)
        ex->keep_alive = false;
    if (content_length == REPLY_CHUNKED) {
        ex->chunked = !ex->gate.http_1_0 && status != 204 && status != 304;
        ex->until_close = ex->gate.http_1_0;
        if (ex->until_close)
            ex->keep_alive = false;
    }
    ex->length_left = content_length;
    return add_head(ex, status, headers, header_count, content_length);
}

static bool is_over(const struct http_exchange *ex)
{
    return ex->aborted || ex->ended;
}

/* The handler ends its reply on a connection that is lost already: it must not hear of that. */
static bool end_if_over(struct http_exchange *ex)
{
    if (!is_over(ex))
        return false;
    ex->ended = true;
    return true;
}

void reply_start(struct http_exchange *exchange, int status, const struct reply_header *headers,
                 size_t header_count, int64_t content_length)
{
    if (is_over(exchange) || exchange->started)
        return;
    if (start(exchange, status, headers, header_count, content_length) != 0) {
        give_up(exchange);
        return;
    }
    if (content_length == REPLY_CHUNKED) {
        exchange->flush_queued = true;
        worker_defer(exchange->conn->listener->worker, flush_conn_head, exchange->conn);
    }
}

static int add_chunk(struct buf *out, const void *bytes, size_t len)
{
    char size[24];
    int n = snprintf(size, sizeof(size), "%zx\r\n", len);
    if (buf_reserve(out, (size_t)n + len + 2) != 0)
        return ERR_MEMORY;
    int rc = buf_append(out, size, (size_t)n);
    rc |= buf_append(out, bytes, len);
    rc |= buf_append(out, "\r\n", 2);
    return rc;
}

static int add_data(struct http_exchange *ex, const void *bytes, size_t len)
{
    if (ex->no_body)
        return 0;
    if (ex->chunked)
        return add_chunk(&ex->out, bytes, len);
    if (ex->length_left >= 0) {
        if (len > (uint64_t)ex->length_left)
            len = (size_t)ex->length_left;
        ex->length_left -= (int64_t)len;
    }
    return buf_append(&ex->out, bytes, len);
}

void reply_data(struct http_exchange *exchange, const void *bytes, size_t len)
{
    if (is_over(exchange) || !exchange->started || len == 0)
        return;
    exchange->flush_queued = false;
    if (add_data(exchange, bytes, len) != 0)
        give_up(exchange);
    else if (exchange->length_left != 0) /* else reply_end comes next, and sends it */
        flush(exchange);
}

void reply_end(struct http_exchange *exchange)
{
    if (end_if_over(exchange))
        return;
    if (!exchange->started ||
        (!exchange->no_body && !exchange->chunked && exchange->length_left > 0)) {
        reply_abort(exchange);
        return;
    }
    if (exchange->chunked && !exchange->no_body &&
        buf_append_str(&exchange->out, "0\r\n\r\n") != 0) {
        exchange->cut = true;
    }
    conn_end_reply(exchange->conn);
}

void reply_abort(struct http_exchange *exchange)
{
    if (end_if_over(exchange))
        return;
    exchange->cut = true;
    exchange->keep_alive = false;
    conn_end_reply(exchange->conn);
}

void reply_whole(struct http_exchange *exchange, int status, const struct reply_header *headers,
                 size_t header_count, const void *bytes, size_t len)
{
    if (end_if_over(exchange) || exchange->started)
        return;
    if (start(exchange, status, headers, header_count, (int64_t)len) != 0 ||
        (len != 0 && add_data(exchange, bytes, len) != 0)) {
        exchange->ended = true; /* the caller is done with it: no on_abort */
        give_up(exchange);
        return;
    }
    conn_end_reply(exchange->conn);
}

void reply_simple(struct http_exchange *exchange, int status, const char *content_type,
                  const void *bytes, size_t len)
{
    struct reply_header header = {.name = "Content-Type", .value = content_type};
    reply_whole(exchange, status, &header, content_type != NULL ? 1 : 0, bytes, len);
}

size_t reply_pending(const struct http_exchange *exchange)
{
    return exchange->out.len - exchange->out_sent;
}

int reply_started(const struct http_exchange *exchange)
{
    return exchange->started;
}

void reply_close_after(struct http_exchange *exchange)
{
    exchange->keep_alive = false;
}

static size_t default_refusal_body(const struct http_refusal *refusal, char *out, size_t cap)
{
    int n = snprintf(out, cap,
                     "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,"
                     "\"code\":\"%s\"}}",
                     refusal->message,
                     strncmp(refusal->code, "internal_", 9) == 0 ? "server_error"
                                                                 : "invalid_request_error",
                     refusal->code);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

void reply_refusal(struct http_exchange *exchange, const struct http_refusal *refusal)
{
    static const struct reply_header json = {.name = "Content-Type", .value = "application/json"};
    const struct listener_handler *handler = &exchange->conn->listener->handler;
    char body[REFUSAL_BODY_BYTES];
    size_t len = handler->refusal_body != NULL
                     ? handler->refusal_body(handler->ctx, refusal, body, sizeof(body))
                     : default_refusal_body(refusal, body, sizeof(body));
    exchange->chunked = false;
    int rc = add_head(exchange, refusal->status, &json, 1, (int64_t)len);
    if (rc != 0 || buf_append(&exchange->out, body, len) != 0) {
        buf_clear(&exchange->out); /* nothing is better than half of it */
        exchange->out_sent = 0;
    }
}
