#include "gateway/http_gate.h"

#include <string.h>

enum state {
    AT_METHOD,
    AT_TARGET,
    AT_VERSION,
    AT_REQUEST_LINE_CR,
    AT_LINE_LF,
    AT_LINE_START,
    AT_NAME,
    AT_VALUE_START,
    AT_VALUE,
    AT_HEAD_LF,
    AT_HEAD_END,
    AT_BODY,
    AT_CHUNK_SIZE,
    AT_CHUNK_SIZE_LF,
    AT_CHUNK_DATA,
    AT_CHUNK_CR,
    AT_CHUNK_LF,
    AT_LAST_CR,
    AT_LAST_LF,
};

/* The headers that decide framing, or that promise something. */
enum header { PLAIN, HOST, CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT, UPGRADE };

static const struct {
    const char *name;
    enum header header;
} framing_headers[] = {
    {"host", HOST},
    {"content-length", CONTENT_LENGTH},
    {"transfer-encoding", TRANSFER_ENCODING},
    {"expect", EXPECT},
    {"upgrade", UPGRADE},
};

/* CONNECT has no path, TRACE echoes credentials; llhttp's other 40 mean nothing here. */
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

enum { CHUNK_DIGITS_MAX = 8, LENGTH_DIGITS_MAX = 15 };

static const struct http_refusal refusals[] = {[HTTP_REFUSAL_NONE] = {0, "", "", ""},
#define X(reason, status, code, label, message)                                                    \
    [HTTP_REFUSAL_##reason] = {status, code, label, message},
                                               HTTP_REFUSALS(X)
#undef X
};

const struct http_refusal *http_refusal_of(enum http_refusal_reason reason)
{
    return &refusals[reason];
}

/* RFC 9110 token characters; a table, since names are most of a head. */
static const uint8_t token_char[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
    ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1, ['0'] = 1,
    ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,  ['7'] = 1, ['8'] = 1,
    ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1,
    ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1,
    ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1,
    ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1,
    ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1,
    ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1,
    ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* What may stand in host:port, with or without brackets. No '/', '@', '\\' or space. */
static bool is_host_char(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           (c != '\0' && strchr("-._~%:[]!$&'()*+,;=", c) != NULL);
}

static bool held_is(const struct http_gate *g, const char *text)
{
    return strlen(text) == g->_held_len && memcmp(text, g->_held, g->_held_len) == 0;
}

/* False when it is longer than anything that is looked for. */
static bool hold(struct http_gate *g, uint8_t c)
{
    if (g->_held_len == sizeof(g->_held))
        return false;
    g->_held[g->_held_len++] = (char)c;
    return true;
}

void http_gate_init(struct http_gate *gate, const struct http_gate_limits *limits)
{
    *gate = (struct http_gate){._limits = limits, ._state = AT_METHOD};
}

/* Refused at the first byte that no method has there, which is where the parser would stop. */
static enum http_refusal_reason take_method_byte(struct http_gate *g, uint8_t c)
{
    bool ends = c == ' ' && g->_held_len != 0;
    if (!ends && !token_char[c])
        return HTTP_REFUSAL_BAD_REQUEST_LINE;
    if (!ends)
        (void)hold(g, c);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strncmp(methods[i], g->_held, g->_held_len) != 0)
            continue;
        if (!ends)
            return HTTP_REFUSAL_NONE;
        if (methods[i][g->_held_len] == '\0') {
            g->_state = AT_TARGET;
            return HTTP_REFUSAL_NONE;
        }
    }
    return HTTP_REFUSAL_BAD_METHOD;
}

static enum http_refusal_reason end_name(struct http_gate *g)
{
    g->_header = PLAIN;
    for (size_t i = 0; i < sizeof(framing_headers) / sizeof(framing_headers[0]); i++) {
        if (held_is(g, framing_headers[i].name))
            g->_header = (uint8_t)framing_headers[i].header;
    }
    g->_held_len = 0;
    g->_digits = 0;
    g->_state = g->_header == PLAIN ? AT_VALUE : AT_VALUE_START;
    if (g->_header == HOST && g->_host)
        return HTTP_REFUSAL_BAD_HOST;
    if (g->_header == CONTENT_LENGTH && g->has_length)
        return HTTP_REFUSAL_BAD_CONTENT_LENGTH;
    if (g->_header == TRANSFER_ENCODING && g->_encoding)
        return HTTP_REFUSAL_BAD_TRANSFER_ENCODING;
    return HTTP_REFUSAL_NONE;
}

/* One byte of a framing header's value. */
static enum http_refusal_reason take_framing_byte(struct http_gate *g, uint8_t c)
{
    switch ((enum header)g->_header) {
    case HOST:
        g->_host = true;
        return is_host_char(c) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_HOST;
    case CONTENT_LENGTH:
        /* A second digit after a zero would be octal to somebody. */
        if (!is_digit(c) || g->_digits == LENGTH_DIGITS_MAX ||
            (g->_digits != 0 && g->content_length == 0))
            return HTTP_REFUSAL_BAD_CONTENT_LENGTH;
        g->_digits++;
        g->content_length = g->content_length * 10 + (uint64_t)(c - '0');
        return HTTP_REFUSAL_NONE;
    case TRANSFER_ENCODING:
        return hold(g, c) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_TRANSFER_ENCODING;
    case EXPECT:
        return hold(g, lower(c)) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_EXPECT;
    case UPGRADE:
        return hold(g, lower(c)) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_UPGRADE;
    case PLAIN:
        break;
    }
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason end_framing_value(struct http_gate *g)
{
    switch ((enum header)g->_header) {
    case HOST:
        return g->_host ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_HOST;
    case CONTENT_LENGTH:
        g->has_length = true;
        return g->_digits != 0 ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_CONTENT_LENGTH;
    case TRANSFER_ENCODING:
        g->_encoding = true;
        return held_is(g, "chunked") ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_TRANSFER_ENCODING;
    case EXPECT:
        g->_expect = true;
        return held_is(g, "100-continue") ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_EXPECT;
    case UPGRADE:
        return held_is(g, "h2c") ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_UPGRADE;
    case PLAIN:
        break;
    }
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason end_head(struct http_gate *g)
{
    g->_state = AT_HEAD_END;
    if (!g->http_1_0 && !g->_host)
        return HTTP_REFUSAL_BAD_HOST;
    if (g->_encoding && g->has_length)
        return HTTP_REFUSAL_LENGTH_AND_CHUNKED;
    if (g->_encoding && g->http_1_0)
        return HTTP_REFUSAL_BAD_TRANSFER_ENCODING;
    if (g->content_length > g->_limits->body_bytes)
        return HTTP_REFUSAL_BODY_TOO_LARGE;
    g->chunked = g->_encoding;
    g->expect_continue = g->_expect && !g->http_1_0 && (g->chunked || g->content_length != 0);
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason take_version_byte(struct http_gate *g, uint8_t c)
{
    static const char version[] = "HTTP/1.";
    if (g->_held_len < 7) {
        if (c == (uint8_t)version[g->_held_len]) {
            g->_held_len++;
            return HTTP_REFUSAL_NONE;
        }
        return g->_held_len == 5 && is_digit(c) ? HTTP_REFUSAL_BAD_VERSION
                                                : HTTP_REFUSAL_BAD_REQUEST_LINE;
    }
    if (c != '0' && c != '1')
        return is_digit(c) ? HTTP_REFUSAL_BAD_VERSION : HTTP_REFUSAL_BAD_REQUEST_LINE;
    g->http_1_0 = c == '0';
    g->_state = AT_REQUEST_LINE_CR;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason take_target_byte(struct http_gate *g, uint8_t c)
{
    if (c == ' ' && g->_target_bytes != 0) {
        g->_state = AT_VERSION;
        g->_held_len = 0;
        return HTTP_REFUSAL_NONE;
    }
    if (c == '\r' || c == '\n')
        return HTTP_REFUSAL_BAD_REQUEST_LINE; /* HTTP/0.9, or a bare line end */
    if (c <= ' ' || c >= 0x7f || c == '#' || (g->_target_bytes == 0 && c != '/'))
        return HTTP_REFUSAL_BAD_TARGET;
    if (++g->_target_bytes > g->_limits->target_bytes)
        return HTTP_REFUSAL_TARGET_TOO_LONG;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason take_line_start(struct http_gate *g, uint8_t c)
{
    if (c == '\r') {
        g->_state = AT_HEAD_LF;
        return HTTP_REFUSAL_NONE;
    }
    if (c == '\n')
        return HTTP_REFUSAL_BAD_LINE_END;
    if (c == ' ' || c == '\t')
        return HTTP_REFUSAL_FOLDED_HEADER;
    if (!token_char[c])
        return HTTP_REFUSAL_BAD_HEADER_NAME;
    if (++g->_header_count > g->_limits->header_count)
        return HTTP_REFUSAL_TOO_MANY_HEADERS;
    g->_held_len = 0;
    (void)hold(g, lower(c));
    g->_state = AT_NAME;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason take_name_byte(struct http_gate *g, uint8_t c)
{
    if (c == ':')
        return end_name(g);
    if (!token_char[c])
        return HTTP_REFUSAL_BAD_HEADER_NAME;
    /* A full hold is longer than every name looked for, so that it equals none. */
    (void)hold(g, lower(c));
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason take_value_byte(struct http_gate *g, uint8_t c)
{
    if (c == '\r') {
        g->_state = AT_LINE_LF;
        return end_framing_value(g);
    }
    if (c == '\n')
        return HTTP_REFUSAL_BAD_LINE_END;
    if ((c < ' ' && c != '\t') || c == 0x7f)
        return HTTP_REFUSAL_BAD_HEADER_VALUE;
    return g->_header == PLAIN ? HTTP_REFUSAL_NONE : take_framing_byte(g, c);
}

static enum http_refusal_reason take_head_byte(struct http_gate *g, uint8_t c)
{
    switch ((enum state)g->_state) {
    case AT_METHOD:
        return take_method_byte(g, c);
    case AT_TARGET:
        return take_target_byte(g, c);
    case AT_VERSION:
        return take_version_byte(g, c);
    case AT_REQUEST_LINE_CR:
        if (c != '\r')
            return c == '\n' ? HTTP_REFUSAL_BAD_LINE_END : HTTP_REFUSAL_BAD_REQUEST_LINE;
        g->_state = AT_LINE_LF;
        return HTTP_REFUSAL_NONE;
    case AT_LINE_LF:
        g->_state = AT_LINE_START;
        return c == '\n' ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_LINE_END;
    case AT_LINE_START:
        return take_line_start(g, c);
    case AT_NAME:
        return take_name_byte(g, c);
    case AT_VALUE_START:
        g->_state = AT_VALUE;
        return c == ' ' ? HTTP_REFUSAL_NONE : take_value_byte(g, c);
    case AT_VALUE:
        return take_value_byte(g, c);
    case AT_HEAD_LF:
        return c == '\n' ? end_head(g) : HTTP_REFUSAL_BAD_LINE_END;
    default:
        return HTTP_REFUSAL_PARSER;
    }
}

static enum http_gate_step refuse(struct http_gate *g, enum http_refusal_reason reason)
{
    g->refusal = reason;
    return HTTP_GATE_REFUSED;
}

static enum http_gate_step feed_head(struct http_gate *g, const uint8_t *bytes, size_t len,
                                     size_t *used)
{
    uint32_t budget = g->_limits->header_bytes - g->_head_bytes;
    size_t end = len < budget ? len : budget;
    size_t i = 0;
    while (i < end) {
        /* Most bytes of a head are in values that do not matter here. */
        if (g->_state == AT_VALUE && g->_header == PLAIN) {
            while (i < end && ((bytes[i] >= ' ' && bytes[i] != 0x7f) || bytes[i] == '\t'))
                i++;
            if (i == end)
                break;
        }
        enum http_refusal_reason reason = take_head_byte(g, bytes[i++]);
        if (reason != HTTP_REFUSAL_NONE)
            return refuse(g, reason);
        if (g->_state == AT_HEAD_END) {
            *used = i;
            return HTTP_GATE_HEAD;
        }
    }
    g->_head_bytes += (uint32_t)i;
    *used = i;
    return i < len ? refuse(g, HTTP_REFUSAL_HEADERS_TOO_LARGE) : HTTP_GATE_MORE;
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum http_refusal_reason take_chunk_size_byte(struct http_gate *g, uint8_t c)
{
    if (c == '\r' && g->_digits != 0) {
        g->_state = AT_CHUNK_SIZE_LF;
        return HTTP_REFUSAL_NONE;
    }
    int value = hex_value(c);
    if (value < 0 || g->_digits == CHUNK_DIGITS_MAX)
        return HTTP_REFUSAL_BAD_CHUNK;
    g->_digits++;
    g->_left = g->_left * 16 + (uint64_t)value;
    return HTTP_REFUSAL_NONE;
}

static enum http_refusal_reason end_chunk_size(struct http_gate *g)
{
    g->_state = g->_left == 0 ? AT_LAST_CR : AT_CHUNK_DATA;
    g->_seen += g->_left;
    return g->_seen > g->_limits->body_bytes ? HTTP_REFUSAL_BODY_TOO_LARGE : HTTP_REFUSAL_NONE;
}

/* A byte around the chunks' data. */
static enum http_refusal_reason take_chunk_byte(struct http_gate *g, uint8_t c)
{
    switch ((enum state)g->_state) {
    case AT_CHUNK_SIZE:
        return take_chunk_size_byte(g, c);
    case AT_CHUNK_SIZE_LF:
        return c == '\n' ? end_chunk_size(g) : HTTP_REFUSAL_BAD_CHUNK;
    case AT_CHUNK_CR:
        g->_state = AT_CHUNK_LF;
        return c == '\r' ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_CHUNK;
    case AT_CHUNK_LF:
        g->_state = AT_CHUNK_SIZE;
        g->_digits = 0;
        return c == '\n' ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_CHUNK;
    case AT_LAST_CR:
        g->_state = AT_LAST_LF;
        if (c != '\r')
            return token_char[c] ? HTTP_REFUSAL_TRAILERS : HTTP_REFUSAL_BAD_CHUNK;
        return HTTP_REFUSAL_NONE;
    default:
        return HTTP_REFUSAL_PARSER;
    }
}

static enum http_gate_step feed_body(struct http_gate *g, const uint8_t *bytes, size_t len,
                                     size_t *used)
{
    size_t i = 0;
    while (i < len) {
        if (g->_state == AT_BODY || g->_state == AT_CHUNK_DATA) {
            size_t take = len - i < g->_left ? len - i : (size_t)g->_left;
            i += take;
            g->_left -= take;
            if (g->_left != 0)
                break;
            if (g->_state == AT_BODY) {
                *used = i;
                return HTTP_GATE_END;
            }
            g->_state = AT_CHUNK_CR;
            continue;
        }
        if (g->_state == AT_LAST_LF) {
            *used = i + 1;
            return bytes[i] == '\n' ? HTTP_GATE_END : refuse(g, HTTP_REFUSAL_BAD_CHUNK);
        }
        enum http_refusal_reason reason = take_chunk_byte(g, bytes[i++]);
        if (reason != HTTP_REFUSAL_NONE)
            return refuse(g, reason);
    }
    *used = i;
    return HTTP_GATE_MORE;
}

enum http_gate_step http_gate_feed(struct http_gate *gate, const void *bytes, size_t len,
                                   size_t *used)
{
    *used = 0;
    if (gate->_state < AT_HEAD_END)
        return feed_head(gate, bytes, len, used);
    if (gate->_state == AT_HEAD_END) {
        gate->_left = 0;
        gate->_digits = 0;
        if (gate->chunked) {
            gate->_state = AT_CHUNK_SIZE;
        } else if (gate->content_length != 0) {
            gate->_state = AT_BODY;
            gate->_left = gate->content_length;
        } else {
            return HTTP_GATE_END;
        }
    }
    return feed_body(gate, bytes, len, used);
}
