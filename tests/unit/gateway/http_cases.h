/*
 * http_cases.h - bytes that a client may send, and what must come of them. test_http_gate feeds
 * them to the gate in every split; test_listener sends them to a real socket and counts answers.
 */
#ifndef PENSTOCK_TEST_HTTP_CASES_H
#define PENSTOCK_TEST_HTTP_CASES_H

#include <stddef.h>

#include "gateway/http_gate.h"

static const struct http_gate_limits case_limits = {
    .target_bytes = 64, .header_bytes = 1024, .header_count = 10, .body_bytes = 100};

struct http_case {
    const char *name;
    const char *bytes;
    size_t len;
    unsigned requests;                /* complete ones, before the refusal */
    enum http_refusal_reason refusal; /* HTTP_REFUSAL_NONE: the rest, if any, waits for more */
};

#define OK(name, bytes) {name, bytes, sizeof(bytes) - 1, 1, HTTP_REFUSAL_NONE},
#define OKS(name, bytes, requests) {name, bytes, sizeof(bytes) - 1, requests, HTTP_REFUSAL_NONE},
#define BAD(name, bytes, refusal) {name, bytes, sizeof(bytes) - 1, 0, HTTP_REFUSAL_##refusal},
#define BAD2(name, bytes, refusal) {name, bytes, sizeof(bytes) - 1, 1, HTTP_REFUSAL_##refusal},

#define GET "GET /x HTTP/1.1\r\n"
#define POST "POST /x HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define HEAD POST HOST
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

/* clang-format off */
static const struct http_case http_cases[] = {
    /* What is fine. */
    OK("plain get", GET HOST "\r\n")
    OK("host with port", GET "Host: a.example:8080\r\n\r\n")
    OK("host in brackets", GET "Host: [::1]:80\r\n\r\n")
    OK("host without space", GET "Host:a\r\n\r\n")
    OK("query", "GET /x?y=%20z&q=/?:@ HTTP/1.1\r\n" HOST "\r\n")
    OK("only a slash", "GET / HTTP/1.1\r\n" HOST "\r\n")
    OK("head", "HEAD /x HTTP/1.1\r\n" HOST "\r\n")
    OK("put", "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na")
    OK("delete", "DELETE /x HTTP/1.1\r\n" HOST "\r\n")
    OK("options", "OPTIONS /x HTTP/1.1\r\n" HOST "\r\n")
    OK("patch", "PATCH /x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na")
    OK("target at its limit", "GET /" TEN TEN TEN TEN TEN TEN "123 HTTP/1.1\r\n" HOST "\r\n")
    OK("empty value", GET HOST "X:\r\n\r\n")
    OK("blank value", GET HOST "X:   \r\n\r\n")
    OK("tab in value", GET HOST "X: a\tb\r\n\r\n")
    OK("trailing space in value", GET HOST "X: a \t \r\n\r\n")
    OK("utf-8 in value", GET HOST "X: \xc3\xa9\r\n\r\n")
    OK("all token characters in a name", GET HOST "!#$%&'*+-.^_`|~09AZaz: a\r\n\r\n")
    OK("long name", GET HOST "Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz: a\r\n\r\n")
    OK("ten headers", GET HOST "A:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\nF:6\r\nG:7\r\nH:8\r\nI:9\r\n\r\n")
    OK("length", HEAD "Content-Length: 5\r\n\r\nhello")
    OK("length without space", HEAD "Content-Length:5\r\n\r\nhello")
    OK("length zero", HEAD "Content-Length: 0\r\n\r\n")
    OK("length in other case", HEAD "cOnTeNt-lEnGtH: 5\r\n\r\nhello")
    OK("post without length", HEAD "\r\n")
    OK("body at its limit", HEAD "Content-Length: 100\r\n\r\n" HUNDRED)
    OK("body of line ends", HEAD "Content-Length: 8\r\n\r\n\r\n\r\n\n\n\r\r")
    OK("body with NUL", HEAD "Content-Length: 3\r\n\r\na\0b")
    OK("chunked empty", CHUNKED "0\r\n\r\n")
    OK("one chunk", CHUNKED "5\r\nhello\r\n0\r\n\r\n")
    OK("two chunks", CHUNKED "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
    OK("chunk in upper-case hex", CHUNKED "A\r\n" TEN "\r\n0\r\n\r\n")
    OK("chunk in lower-case hex", CHUNKED "a\r\n" TEN "\r\n0\r\n\r\n")
    OK("chunk with padded size", CHUNKED "00000005\r\nhello\r\n0\r\n\r\n")
    OK("chunk of line ends", CHUNKED "4\r\n\r\n\r\n\r\n0\r\n\r\n")
    OK("chunks at the body's limit", CHUNKED "63\r\n" TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678"
       "\r\n1\r\n9\r\n0\r\n\r\n")
    OK("1.0 without host", "GET /x HTTP/1.0\r\n\r\n")
    OK("1.0 with length", "POST /x HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
    OK("offer of h2c", GET HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
       "HTTP2-Settings: AAMAAABkAAQ\r\n\r\n")
    OK("offer of h2c with a body", HEAD "Connection: Upgrade\r\nUpgrade: h2c\r\n"
       "Content-Length: 2\r\n\r\nhi")
    OK("connection close", GET HOST "Connection: close\r\n\r\n")
    OKS("two pipelined", GET HOST "\r\n" GET HOST "\r\n", 2)
    OKS("three pipelined with bodies", HEAD "Content-Length: 2\r\n\r\nhi" CHUNKED "2\r\nhi\r\n0\r\n\r\n"
        HEAD "Content-Length: 2\r\n\r\nhi", 3)
    OKS("a body that looks like a request", HEAD "Content-Length: 35\r\n\r\n" SMUGGLED, 1)
    OKS("a request and a half", GET HOST "\r\n" GET "Ho", 1)
    OKS("unfinished head", GET HOST, 0)
    OKS("unfinished body", HEAD "Content-Length: 9\r\n\r\nhello", 0)
    OKS("unfinished chunk", CHUNKED "5\r\nhel", 0)
    OKS("no last chunk", CHUNKED "5\r\nhello\r\n", 0)
    OKS("no line end after the last chunk", CHUNKED "0\r\n", 0)

    /* Request line. */
    BAD("nothing but a line end", "\r\n" GET HOST "\r\n", BAD_REQUEST_LINE)
    BAD("leading space", " " GET HOST "\r\n", BAD_REQUEST_LINE)
    BAD("leading LF", "\n" GET HOST "\r\n", BAD_REQUEST_LINE)
    BAD("leading NUL", "\0" GET HOST "\r\n", BAD_REQUEST_LINE)
    BAD("tls on clear text", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD_REQUEST_LINE)
    BAD("http/0.9", "GET /x\r\n", BAD_REQUEST_LINE)
    BAD("http/0.9 with LF", "GET /x\n", BAD_REQUEST_LINE)
    BAD("version only", "HTTP/1.1 200 OK\r\n\r\n", BAD_METHOD)
    BAD("lower-case method", "get /x HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("unknown method", "BREW /x HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("method with a digit", "GE7 /x HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("endless method", "GETGETGETGETGETGETGETGETGETGETGET /x HTTP/1.1\r\n", BAD_METHOD)
    BAD("method cut short", "GE /x HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("method with a colon", "GET: /x HTTP/1.1\r\n", BAD_REQUEST_LINE)
    BAD("connect", "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("trace", "TRACE /x HTTP/1.1\r\n" HOST "\r\n", BAD_METHOD)
    BAD("h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD_METHOD)
    BAD("tab after method", "GET\t/x HTTP/1.1\r\n", BAD_REQUEST_LINE)
    BAD("two spaces after method", "GET  /x HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("absolute form", "GET http://a/x HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("authority form", "GET a:443 HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("asterisk form", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("relative target", "GET x HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("fragment in target", "GET /x#y HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("tab in target", "GET /x\ty HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("NUL in target", "GET /x\0y HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("escape in target", "GET /x\x1by HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("delete in target", "GET /x\x7f HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("utf-8 in target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", BAD_TARGET)
    BAD("CR in target", "GET /x\ry HTTP/1.1\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("space in target", "GET /x y HTTP/1.1\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("two spaces before version", "GET /x  HTTP/1.1\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("target above its limit", "GET /" TEN TEN TEN TEN TEN TEN "1234 HTTP/1.1\r\n", TARGET_TOO_LONG)
    BAD("http/2.0", "GET /x HTTP/2.0\r\n" HOST "\r\n", BAD_VERSION)
    BAD("http/1.2", "GET /x HTTP/1.2\r\n" HOST "\r\n", BAD_VERSION)
    BAD("http/0.9 spelled out", "GET /x HTTP/0.9\r\n" HOST "\r\n", BAD_VERSION)
    BAD("http/11", "GET /x HTTP/11\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("http/1.10", "GET /x HTTP/1.10\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("lower-case version", "GET /x http/1.1\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("other protocol", "GET /x RTSP/1.0\r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("no version", "GET /x \r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("space after version", "GET /x HTTP/1.1 \r\n" HOST "\r\n", BAD_REQUEST_LINE)
    BAD("bare LF after request line", "GET /x HTTP/1.1\n" HOST "\r\n", BAD_LINE_END)
    BAD("bare CR after request line", "GET /x HTTP/1.1\r" HOST "\r\n", BAD_LINE_END)
    BAD("CR CR LF after request line", "GET /x HTTP/1.1\r\r\n" HOST "\r\n", BAD_LINE_END)

    /* Header lines. */
    BAD("bare LF after header", GET "Host: a\n\r\n", BAD_LINE_END)
    BAD("bare LF for the blank line", GET HOST "\n", BAD_LINE_END)
    BAD("bare CR in a value", GET HOST "X: a\rb\r\n\r\n", BAD_LINE_END)
    BAD("bare CR hides a header", GET HOST "X: a\rContent-Length: 5\r\n\r\n", BAD_LINE_END)
    BAD("CR CR LF after header", GET "Host: a\r\r\n\r\n", BAD_LINE_END)
    BAD("CR without LF at the end", GET HOST "\rX", BAD_LINE_END)
    BAD("LF in a value", GET HOST "X: a\nb: c\r\n\r\n", BAD_LINE_END)
    BAD("fold with space", GET HOST "X: a\r\n b\r\n\r\n", FOLDED_HEADER)
    BAD("fold with tab", GET HOST "X: a\r\n\tb\r\n\r\n", FOLDED_HEADER)
    BAD("fold on the first line", GET " Host: a\r\n\r\n", FOLDED_HEADER)
    BAD("folded transfer-encoding", HEAD "Transfer-Encoding:\r\n chunked\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("space before colon", GET "Host : a\r\n\r\n", BAD_HEADER_NAME)
    BAD("tab before colon", GET "Host\t: a\r\n\r\n", BAD_HEADER_NAME)
    BAD("space before colon of a length", HEAD "Content-Length : 5\r\n\r\nhello", BAD_HEADER_NAME)
    BAD("space in a name", GET "Ho st: a\r\n\r\n", BAD_HEADER_NAME)
    BAD("empty name", GET HOST ": a\r\n\r\n", BAD_HEADER_NAME)
    BAD("no colon", GET HOST "Xa\r\n\r\n", BAD_HEADER_NAME)
    BAD("NUL in a name", GET HOST "X\0Y: a\r\n\r\n", BAD_HEADER_NAME)
    BAD("utf-8 in a name", GET HOST "X\xc3\xa9: a\r\n\r\n", BAD_HEADER_NAME)
    BAD("bracket in a name", GET HOST "X[1]: a\r\n\r\n", BAD_HEADER_NAME)
    BAD("NUL in a value", GET HOST "X: a\0b\r\n\r\n", BAD_HEADER_VALUE)
    BAD("vertical tab in a value", GET HOST "X: a\vb\r\n\r\n", BAD_HEADER_VALUE)
    BAD("form feed in a value", GET HOST "X: a\fb\r\n\r\n", BAD_HEADER_VALUE)
    BAD("delete in a value", GET HOST "X: a\x7f" "b\r\n\r\n", BAD_HEADER_VALUE)
    BAD("escape in a value", GET HOST "X: a\x1b" "b\r\n\r\n", BAD_HEADER_VALUE)
    BAD("eleven headers",
        GET HOST "A:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\nF:6\r\nG:7\r\nH:8\r\nI:9\r\nJ:0\r\n\r\n",
        TOO_MANY_HEADERS)
    BAD("1 KiB of headers", GET HOST "X: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
        HUNDRED HUNDRED HUNDRED "\r\n\r\n", HEADERS_TOO_LARGE)

    /* Host. */
    BAD("no host", GET "\r\n", BAD_HOST)
    BAD("two hosts", GET "Host: a\r\nHost: a\r\n\r\n", BAD_HOST)
    BAD("two hosts on 1.0", "GET /x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", BAD_HOST)
    BAD("empty host", GET "Host:\r\n\r\n", BAD_HOST)
    BAD("blank host", GET "Host:  \r\n\r\n", BAD_HOST)
    BAD("host with a user", GET "Host: a@b\r\n\r\n", BAD_HOST)
    BAD("host with a path", GET "Host: a/b\r\n\r\n", BAD_HOST)
    BAD("host with a space", GET "Host: a b\r\n\r\n", BAD_HOST)
    BAD("host with a trailing space", GET "Host: a \r\n\r\n", BAD_HOST)

    /* Length. */
    BAD("plus sign", HEAD "Content-Length: +5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("minus sign", HEAD "Content-Length: -5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("hexadecimal", HEAD "Content-Length: 0x5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("leading zero", HEAD "Content-Length: 05\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("list of one value", HEAD "Content-Length: 5, 5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("list of two values", HEAD "Content-Length: 5,6\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("two spaces", HEAD "Content-Length:  5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("tab before", HEAD "Content-Length:\t5\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("trailing space", HEAD "Content-Length: 5 \r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("inner space", HEAD "Content-Length: 1 1\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("fraction", HEAD "Content-Length: 5.0\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("exponent", HEAD "Content-Length: 1e1\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("underscore", HEAD "Content-Length: 1_0\r\n\r\n" TEN, BAD_CONTENT_LENGTH)
    BAD("semicolon", HEAD "Content-Length: 5;\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("quotes", HEAD "Content-Length: \"5\"\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("empty length", HEAD "Content-Length:\r\n\r\n", BAD_CONTENT_LENGTH)
    BAD("blank length", HEAD "Content-Length: \r\n\r\n", BAD_CONTENT_LENGTH)
    BAD("2^64", HEAD "Content-Length: 18446744073709551616\r\n\r\n", BAD_CONTENT_LENGTH)
    BAD("2^64+5", HEAD "Content-Length: 18446744073709551621\r\n\r\nhello", BAD_CONTENT_LENGTH)
    BAD("same length twice", HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        BAD_CONTENT_LENGTH)
    BAD("two lengths", HEAD "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
        BAD_CONTENT_LENGTH)
    BAD("length zero, then five", HEAD "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
        BAD_CONTENT_LENGTH)
    BAD("body above its limit", HEAD "Content-Length: 101\r\n\r\n", BODY_TOO_LARGE)
    BAD("body far above its limit", HEAD "Content-Length: 999999999999999\r\n\r\n", BODY_TOO_LARGE)
    BAD("get with a body above its limit", GET HOST "Content-Length: 101\r\n\r\n", BODY_TOO_LARGE)

    /* Transfer-Encoding. */
    BAD("length and chunked", HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n", LENGTH_AND_CHUNKED)
    BAD("chunked and length", HEAD "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        "0\r\n\r\n", LENGTH_AND_CHUNKED)
    BAD("chunked and length zero", HEAD "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"
        "0\r\n\r\n", LENGTH_AND_CHUNKED)
    BAD("chunked twice", HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked and identity lines", HEAD
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("identity", HEAD "Transfer-Encoding: identity\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("gzip", HEAD "Transfer-Encoding: gzip\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("gzip, chunked", HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("chunked, identity", HEAD "Transfer-Encoding: chunked, identity\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked, chunked", HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("xchunked", HEAD "Transfer-Encoding: xchunked\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("chunkedx", HEAD "Transfer-Encoding: chunkedx\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("chunked with parameter", HEAD "Transfer-Encoding: chunked;q=1\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("upper-case chunked", HEAD "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("quoted chunked", HEAD "Transfer-Encoding: \"chunked\"\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("chunked after two spaces", HEAD "Transfer-Encoding:  chunked\r\n\r\n0\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked after a tab", HEAD "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked before a space", HEAD "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked after a vertical tab", HEAD "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
        BAD_HEADER_VALUE)
    BAD("comma before chunked", HEAD "Transfer-Encoding: ,chunked\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("empty transfer-encoding", HEAD "Transfer-Encoding:\r\n\r\n", BAD_TRANSFER_ENCODING)
    BAD("endless transfer-encoding", HEAD "Transfer-Encoding: " HUNDRED "\r\n\r\n",
        BAD_TRANSFER_ENCODING)
    BAD("chunked on 1.0", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        BAD_TRANSFER_ENCODING)

    /* Chunks. */
    BAD("chunk extension", CHUNKED "5;a=b\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("empty chunk extension", CHUNKED "5;\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("extension on the last chunk", CHUNKED "0;a\r\n\r\n", BAD_CHUNK)
    BAD("space after a chunk size", CHUNKED "5 \r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("space before a chunk size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("tab after a chunk size", CHUNKED "5\t\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("0x chunk size", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("plus chunk size", CHUNKED "+5\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("minus chunk size", CHUNKED "-5\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("underscored chunk size", CHUNKED "1_0\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("chunk size without digits", CHUNKED "\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("chunk size not hexadecimal", CHUNKED "g\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("chunk size of nine digits", CHUNKED "000000005\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("chunk size of 2^64", CHUNKED "10000000000000000\r\n", BAD_CHUNK)
    BAD("chunk size of 2^64+5", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("bare LF after a chunk size", CHUNKED "5\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("bare CR after a chunk size", CHUNKED "5\rhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("CR CR LF after a chunk size", CHUNKED "5\r\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("bare LF after a chunk", CHUNKED "5\r\nhello\n0\r\n\r\n", BAD_CHUNK)
    BAD("no line end after a chunk", CHUNKED "5\r\nhello0\r\n\r\n", BAD_CHUNK)
    BAD("two bytes instead of a line end", CHUNKED "5\r\nhelloXX0\r\n\r\n", BAD_CHUNK)
    BAD("chunk longer than said", CHUNKED "4\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("chunk shorter than said", CHUNKED "6\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("NUL in a chunk size", CHUNKED "5\0\r\nhello\r\n0\r\n\r\n", BAD_CHUNK)
    BAD("bare LF after the last chunk", CHUNKED "0\n\n", BAD_CHUNK)
    BAD("bare LF at the end", CHUNKED "0\r\n\n", BAD_CHUNK)
    BAD("CR without LF at the very end", CHUNKED "0\r\n\rX", BAD_CHUNK)
    BAD("trailer", CHUNKED "0\r\nX: a\r\n\r\n", TRAILERS)
    BAD("trailer that frames", CHUNKED "0\r\nContent-Length: 5\r\n\r\n", TRAILERS)
    BAD("folded trailer", CHUNKED "0\r\n a\r\n\r\n", BAD_CHUNK)
    BAD("one chunk above the body's limit", CHUNKED "65\r\n", BODY_TOO_LARGE)
    BAD("chunks above the body's limit", CHUNKED "64\r\n" HUNDRED "\r\n1\r\n", BODY_TOO_LARGE)
    BAD("chunk of 4 GiB", CHUNKED "ffffffff\r\n", BODY_TOO_LARGE)

    /* Promises. */
    BAD("other expectation", HEAD "Expect: 200-ok\r\n\r\n", BAD_EXPECT)
    BAD("two expectations", HEAD "Expect: 100-continue, x\r\n\r\n", BAD_EXPECT)
    BAD("websocket", GET HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", UPGRADE)
    BAD("upgrade to TLS", GET HOST "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n", UPGRADE)
    BAD("list of upgrades", GET HOST "Upgrade: h2c, websocket\r\n\r\n", UPGRADE)

    /* One request, then something else. */
    BAD2("garbage after a request", GET HOST "\r\n" "\0\0\0", BAD_REQUEST_LINE)
    BAD2("line end after a body", HEAD "Content-Length: 2\r\n\r\nhi\r\n", BAD_REQUEST_LINE)
    BAD2("body longer than said", HEAD "Content-Length: 2\r\n\r\nhi!!!! /x HTTP/1.1\r\n\r\n",
         BAD_METHOD)
    BAD2("bad second request", GET HOST "\r\n" GET "\r\n", BAD_HOST)
    BAD2("get with a body that was not announced", GET HOST "\r\nhello", BAD_METHOD)
};
/* clang-format on */

enum { HTTP_CASES = sizeof(http_cases) / sizeof(http_cases[0]) };

#endif
