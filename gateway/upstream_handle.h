/*
 * upstream_handle.h - libcurl's easy handles, configured once per target and used again; for
 * upstream.c, not for others. One thread.
 */
#ifndef PENSTOCK_UPSTREAM_HANDLE_H
#define PENSTOCK_UPSTREAM_HANDLE_H

#include "gateway/upstream_target.h"

struct upstream_job;

struct upstream_handle {
    CURL *easy; /* CURLOPT_PRIVATE leads back here */
    uint64_t target_id;
    char *path;               /* as last set, or NULL */
    CURLU *url;               /* with it; libcurl reads it for each request */
    struct upstream_job *job; /* NULL while it is kept */
    bool resent;              /* libcurl sent a request again; see upstream_handles_keep */
    struct upstream_handle *next;
};

struct upstream_handles {
    struct upstream_handle *kept; /* the last used first */
    size_t count;
    struct upstream_multi *multi; /* that the handles are used with */
    void (*set_callbacks)(struct upstream_handle *handle);
};

/* A handle for the target and path, or NULL: no memory. */
struct upstream_handle *upstream_handles_take(struct upstream_handles *handles,
                                              const struct upstream_target *target,
                                              const char *path);
/* Gives it back; it must not be in a multi handle. */
void upstream_handles_keep(struct upstream_handles *handles, struct upstream_handle *handle);
void upstream_handles_release(struct upstream_handles *handles);

#endif
