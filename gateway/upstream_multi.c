#include "gateway/upstream_multi.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IDLE_CONNECTIONS = 128 };

struct watch {
    struct event event;
    struct upstream_multi *multi;
    int what;  /* that the loop watches for; CURL_POLL_NONE: not registered */
    bool ours; /* made by upstream_multi_open: its end will be told */
    bool idle; /* libcurl does not wait for it */
};

static void unregister(struct watch *watch)
{
    if (watch->what != CURL_POLL_NONE)
        event_del(&watch->event);
    watch->what = CURL_POLL_NONE;
}

static struct watch *find_watch(const struct upstream_multi *m, curl_socket_t fd)
{
    return fd >= 0 && (size_t)fd < m->watch_count ? m->watches[fd] : NULL;
}

static struct watch *add_watch(struct upstream_multi *m, curl_socket_t fd)
{
    if ((size_t)fd >= m->watch_count) {
        size_t count = ((size_t)fd + 1) * 2;
        struct watch **grown = realloc(m->watches, count * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        for (size_t i = m->watch_count; i < count; i++)
            grown[i] = NULL;
        m->watches = grown;
        m->watch_count = count;
    }
    struct watch *watch = calloc(1, sizeof(*watch));
    if (watch != NULL)
        watch->multi = m;
    m->watches[fd] = watch;
    return watch;
}

static void drop_watch(struct upstream_multi *m, curl_socket_t fd)
{
    struct watch *watch = find_watch(m, fd);
    if (watch == NULL)
        return;
    unregister(watch);
    free(watch);
    m->watches[fd] = NULL;
}

static void on_socket_event(evutil_socket_t fd, short what, void *arg);

static int register_for(struct watch *watch, curl_socket_t fd, int what)
{
    short mask = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
                         (what & CURL_POLL_OUT ? EV_WRITE : 0));
    watch->what = what;
    event_assign(&watch->event, watch->multi->base, fd, mask, on_socket_event, watch);
    return event_add(&watch->event, NULL);
}

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
    if (watch->idle) { /* most likely its end, which libcurl sees before it uses it again */
        unregister(watch);
        return;
    }
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
    (void)socket_user;
    struct upstream_multi *m = user;
    struct watch *watch = find_watch(m, fd);
    if (what == CURL_POLL_REMOVE) {
        if (watch == NULL || !watch->ours) {
            drop_watch(m, fd);
            return 0;
        }
        watch->idle = true;
        if (watch->what != CURL_POLL_IN) /* it would always be ready for writing */
            unregister(watch);
        return 0;
    }
    if (watch == NULL && (watch = add_watch(m, fd)) == NULL)
        return -1;
    watch->idle = false;
    if (watch->what == what)
        return 0;
    unregister(watch);
    return register_for(watch, fd, what);
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

curl_socket_t upstream_multi_open(struct upstream_multi *m, const struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    struct watch *watch = find_watch(m, fd);
    if (watch != NULL) {
        /*
         * A socket that never got connected is closed without a word. libcurl takes this one with
         * the same number for watched if it wants the same of it.
         */
        int what = watch->what;
        unregister(watch);
        if (what != CURL_POLL_NONE && register_for(watch, fd, what) != 0)
            goto fail;
    } else if ((watch = add_watch(m, fd)) == NULL) {
        goto fail;
    }
    watch->ours = true;
    watch->idle = false;
    return fd;
fail:
    close(fd);
    return CURL_SOCKET_BAD;
}

int upstream_multi_close(void *multi, curl_socket_t fd)
{
    drop_watch(multi, fd);
    return close(fd);
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
    for (size_t fd = 0; fd < m->watch_count; fd++)
        drop_watch(m, (curl_socket_t)fd);
    free(m->watches);
    if (m->timer != NULL)
        event_free(m->timer);
    *m = (struct upstream_multi){0};
}
