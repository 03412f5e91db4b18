/*
 * http_gate.h - judges the raw bytes of HTTP/1.x requests before the parser sees them.
 *
 * A parser is made to read what is out there; this gate is made to refuse whatever two programs
 * could read in two ways. It follows one request at a time through its bytes, byte by byte where
 * framing is decided and by length inside a body, keeps no bytes, and allocates nothing. Any split
 * of the input gives the same verdict.
 *
 * Accepted: `METHOD /target HTTP/1.1` (or 1.0), CRLF everywhere, token names right before the
 * colon, one Host on 1.1, at most one of Content-Length (plain digits) and `Transfer-Encoding:
 * chunked` (exactly so), chunks without extensions, no trailers. `Upgrade: h2c` is an offer that
 * common clients make with every request on clear text and is ignored, as RFC 9110 allows; any
 * other upgrade is refused.
 */
#ifndef PENSTOCK_HTTP_GATE_H
#define PENSTOCK_HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * reason, status, code (of api_error.def), label for metrics, message for a person. None of them
 * holds words of the request.
 */
#define HTTP_REFUSALS(X)                                                                           \
    X(BAD_REQUEST_LINE, 400, "caller_bad_request", "request_line",                                 \
      "The request line is malformed.")                                                            \
    X(BAD_METHOD, 501, "caller_bad_request", "method", "The request method is not known.")         \
    X(BAD_TARGET, 400, "caller_bad_request", "target",                                             \
      "The request target must be a path of visible ASCII characters that begins with a slash.")   \
    X(TARGET_TOO_LONG, 414, "caller_headers_too_large", "target_too_long",                         \
      "The request target is too long.")                                                           \
    X(BAD_VERSION, 505, "caller_bad_request", "version",                                           \
      "Only HTTP/1.1 and HTTP/1.0 are spoken here.")                                               \
    X(BAD_LINE_END, 400, "caller_bad_request", "line_end", "Lines must end with CR LF.")           \
    X(BAD_HEADER_NAME, 400, "caller_bad_request", "header_name", "A header name is malformed.")    \
    X(BAD_HEADER_VALUE, 400, "caller_bad_request", "header_value",                                 \
      "A header value holds a control character.")                                                 \
    X(FOLDED_HEADER, 400, "caller_bad_request", "header_folded",                                   \
      "Folded header lines are not accepted.")                                                     \
    X(HEADERS_TOO_LARGE, 431, "caller_headers_too_large", "headers_too_large",                     \
      "The headers are too large.")                                                                \
    X(TOO_MANY_HEADERS, 431, "caller_headers_too_large", "too_many_headers",                       \
      "There are too many headers.")                                                               \
    X(BAD_HOST, 400, "caller_bad_request", "host",                                                 \
      "Exactly one well-formed Host header is needed.")                                            \
    X(BAD_CONTENT_LENGTH, 400, "caller_bad_request", "content_length",                             \
      "Content-Length must be given at most once, as plain decimal digits.")                       \
    X(BAD_TRANSFER_ENCODING, 400, "caller_bad_request", "transfer_encoding",                       \
      "The only Transfer-Encoding accepted is chunked, once, and on HTTP/1.1.")                    \
    X(LENGTH_AND_CHUNKED, 400, "caller_bad_request", "length_and_chunked",                         \
      "Content-Length and Transfer-Encoding exclude each other.")                                  \
    X(BAD_CHUNK, 400, "caller_bad_request", "chunk",                                               \
      "A chunk is malformed; sizes are plain hexadecimal digits without extensions.")              \
    X(TRAILERS, 400, "caller_bad_request", "trailers", "Trailers are not accepted.")               \
    X(BODY_TOO_LARGE, 413, "caller_body_too_large", "body_too_large",                              \
      "The body is larger than this server allows.")                                               \
    X(BAD_EXPECT, 417, "caller_bad_request", "expect",                                             \
      "The only expectation accepted is 100-continue.")                                            \
    X(UPGRADE, 400, "caller_bad_request", "upgrade", "No protocol upgrade is available here.")     \
    X(PARSER, 400, "caller_bad_request", "malformed", "The request is not well-formed HTTP/1.1.")  \
    X(HEADER_TIMEOUT, 408, "caller_timeout", "header_timeout",                                     \
      "The request headers did not arrive in time.")                                               \
    X(BODY_TIMEOUT, 408, "caller_timeout", "body_timeout",                                         \
      "The request body did not arrive in time.")                                                  \
    X(TOO_MANY_CONNECTIONS, 503, "internal_overloaded", "too_many_connections",                    \
      "The server has too many connections open.")                                                 \
    X(NO_MEMORY, 503, "internal_overloaded", "no_memory",                                          \
      "The server has no memory for this request.")

enum http_refusal_reason {
    HTTP_REFUSAL_NONE = 0,
#define X(reason, status, code, label, message) HTTP_REFUSAL_##reason,
    HTTP_REFUSALS(X)
#undef X
        HTTP_REFUSAL_COUNT
};

struct http_refusal {
    int status;
    const char *code;    /* what the client is told, from the closed list */
    const char *label;   /* what the metrics are told */
    const char *message; /* for a person */
};

/* Static; reason must not be HTTP_REFUSAL_NONE. */
const struct http_refusal *http_refusal_of(enum http_refusal_reason reason);

struct http_gate_limits {
    uint32_t target_bytes;
    uint32_t header_bytes; /* request line and all header lines together */
    uint32_t header_count;
    uint64_t body_bytes;
};

enum http_gate_step {
    HTTP_GATE_MORE,    /* all bytes used, the message goes on */
    HTTP_GATE_HEAD,    /* used up to the end of the headers; the facts below are known */
    HTTP_GATE_END,     /* used up to the end of the message; init again for the next one */
    HTTP_GATE_REFUSED, /* see refusal; the connection cannot go on */
};

struct http_gate {
    /* Facts, valid from HTTP_GATE_HEAD on. */
    enum http_refusal_reason refusal;
    bool http_1_0;
    bool chunked;
    bool has_length;
    bool expect_continue; /* and a body is to come */
    uint64_t content_length;

    /* The rest is private. */
    const struct http_gate_limits *_limits;
    uint64_t _left; /* bytes to come of the body, or of the present chunk */
    uint64_t _seen; /* announced by chunks so far */
    uint32_t _head_bytes, _target_bytes, _header_count;
    uint8_t _state, _header, _digits, _held_len;
    bool _host, _encoding, _expect;
    char _held[24]; /* the method, a header's name, or the value of a header that matters here */
};

/* For the first byte of a message. The limits are referenced, not copied. */
void http_gate_init(struct http_gate *gate, const struct http_gate_limits *limits);
/*
 * Reads on until the bytes are used up, the head ends or the message ends. *used (<= len) is what
 * was accepted; after HTTP_GATE_HEAD call again with the rest (also when it is empty: a message
 * without body ends by that call). After HTTP_GATE_REFUSED and HTTP_GATE_END it must not be fed.
 */
enum http_gate_step http_gate_feed(struct http_gate *gate, const void *bytes, size_t len,
                                   size_t *used);

#endif
