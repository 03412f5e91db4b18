#include "gateway/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/log.h"
#include "gateway/listener_conn.h"

enum {
    ACCEPTS_PER_TURN = 16, /* then the other workers and the other events have a chance */
    ACCEPT_PAUSE_MS = 100,
    REFUSED_MAX = 64, /* connections above the limit that are told so; more are just closed */
};

static int reserve_open(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

const char *listener_date(struct listener *listener)
{
    struct timespec now;
    struct tm parts;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != listener->date_second) {
        (void)gmtime_r(&now.tv_sec, &parts);
        (void)strftime(listener->date, sizeof(listener->date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        listener->date_second = now.tv_sec;
    }
    return listener->date;
}

static void accepted(struct listener *l, int fd, const struct sockaddr *peer)
{
    uint32_t open;
    bool welcome = listener_socket_enter(l->socket, l->limits.connections, &open);
    COUNT(l->counts.accepted);
    /* Over TLS a refusal would cost a handshake, which is what is to be saved. */
    bool tell = l->tls == NULL && open <= l->limits.connections + REFUSED_MAX;
    struct conn *conn = welcome || tell ? conn_new(l, fd, peer) : NULL;
    if (conn == NULL) {
        if (!welcome)
            COUNT(l->counts.refused[HTTP_REFUSAL_TOO_MANY_CONNECTIONS]);
        else
            COUNT(l->counts.refused[HTTP_REFUSAL_NO_MEMORY]);
        listener_socket_leave(l->socket);
        close(fd);
        return;
    }
    if (!welcome)
        conn_refuse(conn, HTTP_REFUSAL_TOO_MANY_CONNECTIONS);
}

/* Out of descriptors or kernel memory: a level-triggered accept event would spin. */
static void accept_pause(struct listener *l)
{
    COUNT(l->counts.accept_paused);
    (void)event_del(l->accept_event);
    worker_timer_start(l->pause_timer, ACCEPT_PAUSE_MS);
}

static void on_accept_pause_over(void *ptr)
{
    struct listener *l = ptr;
    if (l->stopping)
        return;
    if (l->reserve_fd < 0)
        l->reserve_fd = reserve_open();
    /* As long as there is not even a descriptor for the reserve, there is none for a client. */
    if (l->reserve_fd < 0 || event_add(l->accept_event, NULL) != 0)
        worker_timer_start(l->pause_timer, ACCEPT_PAUSE_MS);
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct listener *l)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t peer_len = sizeof(peer);
    int fd = accept4(l->fd, (struct sockaddr *)&peer, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int problem = fd < 0 ? errno : 0;

    if ((problem == EMFILE || problem == ENFILE) && l->reserve_fd >= 0) {
        /* The reserve serves one more client, so that an operator gets through to see why. */
        close(l->reserve_fd);
        l->reserve_fd = -1;
        LOG(LOG_LEVEL_WARN, "accept_out_of_descriptors",
            LOG_NAME("listener", listener_socket_address(l->socket)));
        fd = accept4(l->fd, (struct sockaddr *)&peer, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN)
            l->reserve_fd = reserve_open(); /* another worker was quicker */
        else
            accept_pause(l);
        if (fd >= 0)
            accepted(l, fd, (const struct sockaddr *)&peer);
        return false;
    }
    switch (problem) {
    case 0:
        accepted(l, fd, (const struct sockaddr *)&peer);
        return true;
    case EAGAIN:
        return false;
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
        return true; /* the fault of that one connection, says accept(2) */
    default:
        accept_pause(l);
        return false;
    }
}

static void on_accept(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct listener *l = ctx;
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(l); i++)
        ;
}

static void on_resume(void *ptr)
{
    struct listener *l = ptr;
    struct conn *conn;
    size_t waiting = 0;

    TAILQ_FOREACH(conn, &l->resume, resume)
    waiting++;
    /* One round: who asks again in here is for the next turn. */
    while (waiting-- != 0 && (conn = TAILQ_FIRST(&l->resume)) != NULL) {
        TAILQ_REMOVE(&l->resume, conn, resume);
        conn->resume_queued = false;
        conn_run(conn);
    }
    if (!TAILQ_EMPTY(&l->resume))
        worker_timer_start(l->resume_timer, 0);
}

static void listener_release(void *ptr)
{
    struct listener *l = ptr;
    struct http_exchange *ex;
    while ((ex = SLIST_FIRST(&l->spares)) != NULL) {
        SLIST_REMOVE_HEAD(&l->spares, spare);
        exchange_free(ex);
    }
    if (l->accept_event != NULL)
        event_free(l->accept_event);
    if (l->fd >= 0)
        close(l->fd);
    if (l->reserve_fd >= 0)
        close(l->reserve_fd);
    free(l->scratch);
    free(l);
}

struct listener *listener_start(struct worker *worker, struct listener_socket *socket,
                                struct listener_tls *tls, const struct listener_limits *limits,
                                const struct listener_handler *handler, struct err *e)
{
    struct listener *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        err_set(e, ERR_MEMORY, "no memory for a listener");
        return NULL;
    }
    l->worker = worker;
    l->socket = socket;
    l->tls = tls;
    l->limits = *limits;
    l->handler = *handler;
    TAILQ_INIT(&l->conns);
    TAILQ_INIT(&l->resume);
    TAILQ_INIT(&l->leaving);
    SLIST_INIT(&l->spares);
    l->reserve_fd = -1;
    l->fd = fcntl(listener_socket_fd(socket), F_DUPFD_CLOEXEC, 0);
    if (l->fd < 0) {
        err_set(e, ERR_IO, "cannot listen on %s: %s", listener_socket_address(socket),
                strerror(errno));
        goto fail;
    }
    l->reserve_fd = reserve_open();
    l->scratch = malloc(CONN_READ_BYTES);
    l->pause_timer = worker_timer_new(worker, on_accept_pause_over, l);
    l->resume_timer = worker_timer_new(worker, on_resume, l);
    l->accept_event = event_new(worker_base(worker), l->fd, EV_READ | EV_PERSIST, on_accept, l);
    if (l->scratch == NULL || l->pause_timer == NULL || l->resume_timer == NULL ||
        l->accept_event == NULL || event_add(l->accept_event, NULL) != 0) {
        err_set(e, ERR_MEMORY, "no memory for a listener");
        goto fail;
    }
    return l;
fail:
    worker_timer_free(l->pause_timer);
    worker_timer_free(l->resume_timer);
    listener_release(l);
    return NULL;
}

void listener_stop_accepting(struct listener *listener)
{
    struct conn *conn, *next;
    if (listener->stopping)
        return;
    /* Clients in the backlog believe to be connected. */
    while (accept_one(listener))
        ;
    listener->stopping = true;
    worker_timer_stop(listener->pause_timer);
    (void)event_del(listener->accept_event);
    /* The socket itself, which others hold too: who connects now is refused, not kept waiting. */
    (void)shutdown(listener->fd, SHUT_RDWR);
    close(listener->fd);
    listener->fd = -1;
    for (conn = TAILQ_FIRST(&listener->conns); conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, all);
        conn_stop(conn);
    }
}

uint64_t listener_connections(const struct listener *listener)
{
    return atomic_load_explicit(&listener->counts.open, memory_order_relaxed);
}

void listener_free(struct listener *listener)
{
    struct conn *conn;
    if (listener == NULL)
        return;
    (void)event_del(listener->accept_event);
    while ((conn = TAILQ_FIRST(&listener->conns)) != NULL) {
        conn_close(conn);
        conn_abort_now(conn);
    }
    worker_timer_free(listener->pause_timer);
    worker_timer_free(listener->resume_timer);
    worker_defer(listener->worker, listener_release, listener);
}

void listener_count(const struct listener *listener, struct listener_counts *counts)
{
#define ADD(name) counts->name += atomic_load_explicit(&listener->counts.name, memory_order_relaxed)
    ADD(accepted);
    ADD(open);
    ADD(requests);
    ADD(aborted);
    ADD(accept_paused);
    ADD(tls_failed);
    for (size_t i = 0; i < HTTP_REFUSAL_COUNT; i++)
        ADD(refused[i]);
#undef ADD
}
