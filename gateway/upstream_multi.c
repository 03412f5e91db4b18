#include "gateway/upstream_multi.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

enum { IDLE_CONNECTIONS = 128 };

struct watch {
    struct event event;
    struct upstream_multi *multi;
    int what;
};

static void enter(struct upstream_multi *m, curl_socket_t fd, int mask)
{
    int running;
    m->inside = m->acting = true;
    curl_multi_socket_action(m->curl, fd, mask, &running);
    m->inside = m->acting = false;
    m->on_activity(m->user);
}

static void on_socket_event(evutil_socket_t fd, short what, void *arg)
{
    struct watch *watch = arg;
    enter(watch->multi, fd,
          (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    enter(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl says which sockets it waits for. Called from inside it. */
static int on_watch(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    (void)easy;
    struct upstream_multi *m = user;
    struct watch *watch = socket_user;
    if (watch != NULL && watch->what == what)
        return 0;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            event_del(&watch->event);
            free(watch);
            curl_multi_assign(m->curl, fd, NULL);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = calloc(1, sizeof(*watch));
        if (watch == NULL)
            return -1;
        watch->multi = m;
        curl_multi_assign(m->curl, fd, watch);
    } else {
        event_del(&watch->event);
    }
    watch->what = what;
    short mask = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
                         (what & CURL_POLL_OUT ? EV_WRITE : 0));
    event_assign(&watch->event, m->base, fd, mask, on_socket_event, watch);
    return event_add(&watch->event, NULL);
}

static int on_timeout_change(CURLM *curl, long timeout_ms, void *user)
{
    (void)curl;
    struct upstream_multi *m = user;
    if (timeout_ms < 0)
        return event_del(m->timer);
    if (timeout_ms == 0 && !m->acting) {
        /*
         * A new transfer: within this turn, without a round through the kernel. Not when libcurl
         * wants to go on by itself, as it does while bytes keep coming: that would be one endless
         * turn, in which nobody else is served.
         */
        event_del(m->timer);
        event_active(m->timer, EV_TIMEOUT, 0);
        return 0;
    }
    struct timeval delay = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    return event_add(m->timer, &delay);
}

int upstream_multi_init(struct upstream_multi *m, struct event_base *base,
                        void (*on_activity)(void *user), void *user)
{
    *m = (struct upstream_multi){.base = base, .on_activity = on_activity, .user = user};
    m->curl = curl_multi_init();
    m->timer = evtimer_new(base, on_timer, m);
    if (m->curl == NULL || m->timer == NULL) {
        upstream_multi_release(m);
        return ERR_MEMORY;
    }
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_watch);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timeout_change);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
    return 0;
}

void upstream_multi_release(struct upstream_multi *m)
{
    if (m->curl != NULL)
        curl_multi_cleanup(m->curl);
    if (m->timer != NULL)
        event_free(m->timer);
    *m = (struct upstream_multi){0};
}
