/*
 * upstream_multi.h - libcurl's multi handle on a libevent loop; for upstream.c, not for others.
 *
 * libcurl may be entered from the loop only while it is not already running: `inside` says so.
 * Whoever calls it directly (add, remove, pause) sets it around the call. One thread.
 */
#ifndef PENSTOCK_UPSTREAM_MULTI_H
#define PENSTOCK_UPSTREAM_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>

#include "gateway/base/err.h"

struct event;
struct event_base;

struct upstream_multi {
    CURLM *curl;
    struct event_base *base;
    struct event *timer;
    bool inside;
    bool acting;            /* inside because of a socket or timer */
    struct watch **watches; /* by descriptor, NULL where there is none */
    size_t watch_count;
    void (*on_activity)(void *user); /* libcurl did something and has returned */
    void *user;
};

MUST_CHECK int upstream_multi_init(struct upstream_multi *multi, struct event_base *base,
                                   void (*on_activity)(void *user), void *user);
/* Every easy handle must have been removed. */
void upstream_multi_release(struct upstream_multi *multi);

/*
 * A socket that libcurl asked for, or gives back: CURLOPT_OPENSOCKETFUNCTION's and
 * CURLOPT_CLOSESOCKETFUNCTION's work. Sockets made here stay registered with the loop while libcurl
 * keeps them idle: two system calls less for each request.
 */
curl_socket_t upstream_multi_open(struct upstream_multi *multi,
                                  const struct curl_sockaddr *address);
int upstream_multi_close(void *multi, curl_socket_t fd);

#endif
