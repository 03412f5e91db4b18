#include <stdlib.h>
#include <string.h>

#include "gateway/listener_conn.h"

enum {
    SPARES_MAX = 256,               /* exchanges kept for the next requests */
    SPARE_BUFFER_BYTES = 16 * 1024, /* larger buffers go back to the system */
    FIRST_HEADERS = 16,
};

/* --- exchanges --- */

static void buf_recycle(struct buf *b)
{
    if (b->cap > SPARE_BUFFER_BYTES)
        buf_release(b);
    else
        buf_clear(b);
}

void exchange_free(struct http_exchange *exchange)
{
    if (exchange == NULL)
        return;
    buf_release(&exchange->head);
    buf_release(&exchange->body);
    buf_release(&exchange->out);
    free(exchange->headers);
    free(exchange);
}

struct http_exchange *exchange_take(struct conn *conn)
{
    struct listener *l = conn->listener;
    struct http_exchange *ex = SLIST_FIRST(&l->spares);
    if (ex != NULL) {
        SLIST_REMOVE_HEAD(&l->spares, spare);
        l->spare_count--;
    } else {
        ex = calloc(1, sizeof(*ex));
        if (ex == NULL)
            return NULL;
    }
    ex->conn = conn;
    ex->began_us = worker_now_us(l->worker);
    conn->exchange = ex;
    return ex;
}

/* The bytes are wiped, the storage is kept for the next request. */
void exchange_give_back(struct conn *conn)
{
    struct listener *l = conn->listener;
    struct http_exchange *ex = conn->exchange;
    if (ex == NULL)
        return;
    conn->exchange = NULL;
    if (l->spare_count >= SPARES_MAX) {
        exchange_free(ex);
        return;
    }
    buf_recycle(&ex->head);
    buf_recycle(&ex->body);
    buf_recycle(&ex->out);
    struct http_exchange clean = {.head = ex->head,
                                  .body = ex->body,
                                  .out = ex->out,
                                  .headers = ex->headers,
                                  .header_cap = ex->header_cap};
    *ex = clean;
    SLIST_INSERT_HEAD(&l->spares, ex, spare);
    l->spare_count++;
}

/* --- what the parser says --- */

static int add(struct http_exchange *ex, struct buf *to, const void *bytes, size_t len)
{
    if (buf_append(to, bytes, len) == 0)
        return 0;
    ex->no_memory = true;
    return -1;
}

static int parsed_target(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *ex = parser->data;
    return add(ex, &ex->head, at, len);
}

static int parsed_target_end(llhttp_t *parser)
{
    struct http_exchange *ex = parser->data;
    size_t len = ex->head.len;
    if (add(ex, &ex->head, "", 1) != 0)
        return -1;
    const uint8_t *mark = memchr(ex->head.data, '?', len);
    size_t path_len = mark != NULL ? (size_t)(mark - ex->head.data) : len;
    ex->path = 0;
    if (mark != NULL) {
        ex->query = (uint32_t)path_len + 1;
        ex->path = (uint32_t)ex->head.len;
        if (buf_reserve(&ex->head, path_len + 1) != 0) { /* the append must not move its source */
            ex->no_memory = true;
            return -1;
        }
        if (add(ex, &ex->head, ex->head.data, path_len) != 0)
            return -1;
        return add(ex, &ex->head, "", 1);
    }
    return 0;
}

static int parsed_name(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *ex = parser->data;
    struct buf *head = &ex->head;
    /* A name may come in pieces; the last byte of a finished string is its NUL. */
    if (ex->header_count == ex->header_cap) {
        size_t cap = ex->header_cap != 0 ? ex->header_cap * 2 : FIRST_HEADERS;
        struct header_span *grown = realloc(ex->headers, cap * sizeof(*grown));
        if (grown == NULL) {
            ex->no_memory = true;
            return -1;
        }
        ex->headers = grown;
        ex->header_cap = cap;
    }
    struct header_span *span = &ex->headers[ex->header_count];
    if (head->len == 0 || head->data[head->len - 1] == '\0')
        span->name = (uint32_t)head->len;
    if (add(ex, head, at, len) != 0)
        return -1;
    for (size_t i = head->len - len; i < head->len; i++) {
        if (head->data[i] >= 'A' && head->data[i] <= 'Z')
            head->data[i] |= 0x20;
    }
    return 0;
}

static int parsed_name_end(llhttp_t *parser)
{
    struct http_exchange *ex = parser->data;
    if (add(ex, &ex->head, "", 1) != 0)
        return -1;
    ex->headers[ex->header_count].value = (uint32_t)ex->head.len;
    return 0;
}

static int parsed_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *ex = parser->data;
    return add(ex, &ex->head, at, len);
}

static int parsed_value_end(llhttp_t *parser)
{
    struct http_exchange *ex = parser->data;
    struct buf *head = &ex->head;
    size_t start = ex->headers[ex->header_count].value;
    while (head->len > start &&
           (head->data[head->len - 1] == ' ' || head->data[head->len - 1] == '\t'))
        head->len--;
    ex->header_count++;
    return add(ex, head, "", 1);
}

static int parsed_head(llhttp_t *parser)
{
    struct http_exchange *ex = parser->data;
    /* An offer of h2c passed the gate and is ignored: the parser must not stop for it. */
    parser->upgrade = 0;
    ex->keep_alive = llhttp_should_keep_alive(parser) != 0;
    ex->no_body = parser->method == HTTP_HEAD;
    return 0;
}

static int parsed_body(llhttp_t *parser, const char *at, size_t len)
{
    struct http_exchange *ex = parser->data;
    return add(ex, &ex->body, at, len);
}

static int parsed_end(llhttp_t *parser)
{
    struct http_exchange *ex = parser->data;
    ex->parsed = true;
    return 0;
}

static const llhttp_settings_t parser_settings = {
    .on_url = parsed_target,
    .on_url_complete = parsed_target_end,
    .on_header_field = parsed_name,
    .on_header_field_complete = parsed_name_end,
    .on_header_value = parsed_value,
    .on_header_value_complete = parsed_value_end,
    .on_headers_complete = parsed_head,
    .on_body = parsed_body,
    .on_message_complete = parsed_end,
};

void exchange_begin(struct http_exchange *exchange, const struct http_gate_limits *limits)
{
    http_gate_init(&exchange->gate, limits);
    llhttp_init(&exchange->parser, HTTP_REQUEST, &parser_settings);
    exchange->parser.data = exchange;
}

/* --- the request's accessors --- */

static const char *head_at(const struct http_exchange *exchange, uint32_t offset)
{
    return (const char *)exchange->head.data + offset;
}

const char *http_exchange_method(const struct http_exchange *exchange)
{
    return llhttp_method_name((llhttp_method_t)exchange->parser.method);
}

const char *http_exchange_target(const struct http_exchange *exchange)
{
    return head_at(exchange, 0);
}

const char *http_exchange_path(const struct http_exchange *exchange)
{
    return head_at(exchange, exchange->path);
}

const char *http_exchange_query(const struct http_exchange *exchange)
{
    return exchange->query != 0 ? head_at(exchange, exchange->query) : NULL;
}

const char *http_exchange_header_counted(const struct http_exchange *exchange,
                                         const char *lower_name, size_t *count)
{
    const char *first = NULL;
    *count = 0;
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (strcmp(head_at(exchange, exchange->headers[i].name), lower_name) != 0)
            continue;
        if ((*count)++ == 0)
            first = head_at(exchange, exchange->headers[i].value);
    }
    return first;
}

const char *http_exchange_header(const struct http_exchange *exchange, const char *lower_name)
{
    size_t count;
    return http_exchange_header_counted(exchange, lower_name, &count);
}

size_t http_exchange_header_total(const struct http_exchange *exchange)
{
    return exchange->header_count;
}

void http_exchange_header_at(const struct http_exchange *exchange, size_t index, const char **name,
                             const char **value)
{
    *name = head_at(exchange, exchange->headers[index].name);
    *value = head_at(exchange, exchange->headers[index].value);
}

struct content http_exchange_body(const struct http_exchange *exchange)
{
    return content_of(exchange->body.data, exchange->body.len);
}

struct buf http_exchange_take_body(struct http_exchange *exchange)
{
    struct buf body = exchange->body;
    exchange->body = (struct buf)BUF_INIT;
    return body;
}

const char *http_exchange_peer(const struct http_exchange *exchange)
{
    return exchange->conn->peer;
}

bool http_exchange_is_tls(const struct http_exchange *exchange)
{
    return exchange->conn->ssl != NULL;
}

int64_t http_exchange_began_us(const struct http_exchange *exchange)
{
    return exchange->began_us;
}

void *http_exchange_user(const struct http_exchange *exchange)
{
    return exchange->user;
}

void http_exchange_set_user(struct http_exchange *exchange, void *user)
{
    exchange->user = user;
}
