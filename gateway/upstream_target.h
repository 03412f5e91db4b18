/*
 * upstream_target.h - a remote target as upstream.c uses it; not for others. Immutable, any thread.
 */
#ifndef PENSTOCK_UPSTREAM_TARGET_H
#define PENSTOCK_UPSTREAM_TARGET_H

#include <curl/curl.h>

#include "gateway/upstream.h"

struct upstream_target {
    uint64_t id; /* never used twice: configured handles are kept under it */
    char *name;
    char *model;
    char *url;                  /* without a trailing slash */
    char *ca_file;              /* or NULL */
    struct curl_slist *headers; /* sent with every request; holds the key */
    bool https, http2;
    bool numeric; /* the host is an address: nothing to resolve */
    bool key_missing;
    uint32_t connect_ms, tls_ms, first_byte_ms, idle_ms, total_ms;
    size_t max_answer_bytes; /* 0: the defaults */
};

/* libcurl, once per process, with memory that is wiped when freed. */
MUST_CHECK int upstream_curl_init(struct err *err);

#endif
