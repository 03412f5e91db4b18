#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/log.h"
#include "gateway/base/thread.h"

enum { FIRST_DEFERRED = 256 };

struct deferred {
    void (*fn)(void *ptr);
    void *ptr;
};

struct worker {
    struct event_base *base;
    struct inbox inbox;
    struct event *inbox_event;
    struct deferred *deferred;
    size_t deferred_len, deferred_cap;
    int64_t now_us;
    bool now_known;
    bool started;
    unsigned index;
    void *user;
    pthread_t thread;
    atomic_bool stop;
    struct inbox_message wake; /* gets a sleeping loop to look at stop */
    atomic_flag wake_sent;
};

struct worker_timer {
    struct event *event;
    struct worker *worker;
    void (*on_timer)(void *ptr);
    void *ptr;
};

static void on_wake(struct inbox_message *message)
{
    (void)message;
}

static void on_inbox(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct worker *worker = ctx;
    (void)inbox_run(&worker->inbox);
}

struct worker *worker_new(unsigned index, struct err *e)
{
    struct event_config *config = event_config_new();
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL || config == NULL) {
        err_set(e, ERR_MEMORY, "no memory for a worker");
        goto fail;
    }
    worker->index = index;
    worker->inbox.fd = -1;
    worker->wake.run = on_wake;
    atomic_init(&worker->stop, false);
    atomic_flag_clear(&worker->wake_sent);
    /* A base is touched by its own thread only; what others have to say comes by the inbox. */
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    (void)event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
    worker->base = event_base_new_with_config(config);
    if (worker->base == NULL) {
        err_set(e, ERR_IO, "cannot make an event loop on epoll");
        goto fail;
    }
    if (inbox_init(&worker->inbox, e) != 0)
        goto fail;
    worker->deferred = malloc(FIRST_DEFERRED * sizeof(*worker->deferred));
    worker->deferred_cap = FIRST_DEFERRED;
    worker->inbox_event =
        event_new(worker->base, worker->inbox.fd, EV_READ | EV_PERSIST, on_inbox, worker);
    if (worker->deferred == NULL || worker->inbox_event == NULL ||
        event_add(worker->inbox_event, NULL) != 0) {
        err_set(e, ERR_MEMORY, "no memory for a worker");
        goto fail;
    }
    event_config_free(config);
    return worker;
fail:
    if (config != NULL)
        event_config_free(config);
    worker_free(worker);
    return NULL;
}

static void run_deferred(struct worker *worker)
{
    /* By index: a function run here may defer more, and the array may move. */
    for (size_t i = 0; i < worker->deferred_len; i++) {
        struct deferred d = worker->deferred[i];
        d.fn(d.ptr);
    }
    worker->deferred_len = 0;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    run_deferred(worker);
    if (worker->inbox_event != NULL)
        event_free(worker->inbox_event);
    inbox_release(&worker->inbox);
    if (worker->base != NULL)
        event_base_free(worker->base);
    free(worker->deferred);
    free(worker);
}

void worker_run(struct worker *worker)
{
    sigset_t pipe_signal;

    /* OpenSSL writes with write(2); threads of worker_start() have it blocked already. */
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
    while (!atomic_load(&worker->stop)) {
        worker->now_known = false;
        if (event_base_loop(worker->base, EVLOOP_ONCE) < 0) {
            LOG(LOG_LEVEL_ERROR, "worker_loop_failed", LOG_NUMBER("worker", worker->index),
                LOG_NUMBER("errno", errno));
            break;
        }
        run_deferred(worker);
    }
}

static void *thread_main(void *ctx)
{
    worker_run(ctx);
    return NULL;
}

int worker_start(struct worker *worker, struct err *e)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "worker-%u", worker->index % 100000);
    int rc = thread_start(&worker->thread, name, thread_main, worker, false);
    if (rc != 0)
        return err_set(e, ERR_IO, "cannot start a worker thread: %s", strerror(rc));
    worker->started = true;
    return 0;
}

void worker_stop(struct worker *worker)
{
    atomic_store(&worker->stop, true);
    if (!atomic_flag_test_and_set(&worker->wake_sent))
        inbox_send(&worker->inbox, &worker->wake);
}

void worker_join(struct worker *worker)
{
    if (worker->started)
        (void)pthread_join(worker->thread, NULL);
    worker->started = false;
    worker->now_known = false;
    while (inbox_run(&worker->inbox) != 0)
        ;
    run_deferred(worker);
}

unsigned worker_index(const struct worker *worker)
{
    return worker->index;
}

void *worker_user(const struct worker *worker)
{
    return worker->user;
}

void worker_set_user(struct worker *worker, void *user)
{
    worker->user = user;
}

struct event_base *worker_base(const struct worker *worker)
{
    return worker->base;
}

void worker_post(struct worker *worker, struct inbox_message *message)
{
    inbox_send(&worker->inbox, message);
}

void worker_defer(struct worker *worker, void (*fn)(void *ptr), void *ptr)
{
    if (worker->deferred_len == worker->deferred_cap) {
        size_t cap = worker->deferred_cap * 2;
        struct deferred *grown = realloc(worker->deferred, cap * sizeof(*grown));
        if (grown == NULL) {
            LOG(LOG_LEVEL_ERROR, "worker_defer_no_memory", LOG_NUMBER("worker", worker->index));
            return;
        }
        worker->deferred = grown;
        worker->deferred_cap = cap;
    }
    worker->deferred[worker->deferred_len++] = (struct deferred){.fn = fn, .ptr = ptr};
}

int64_t worker_clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t worker_now_us(struct worker *worker)
{
    if (!worker->now_known) {
        worker->now_us = worker_clock_us();
        worker->now_known = true;
    }
    return worker->now_us;
}

static void on_event_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct worker_timer *timer = ctx;
    timer->on_timer(timer->ptr);
}

struct worker_timer *worker_timer_new(struct worker *worker, void (*on_timer)(void *ptr), void *ptr)
{
    struct worker_timer *timer = malloc(sizeof(*timer));
    if (timer == NULL)
        return NULL;
    *timer = (struct worker_timer){.worker = worker, .on_timer = on_timer, .ptr = ptr};
    timer->event = evtimer_new(worker->base, on_event_timer, timer);
    if (timer->event == NULL) {
        free(timer);
        return NULL;
    }
    return timer;
}

void worker_timer_start(struct worker_timer *timer, int64_t delay_ms)
{
    if (delay_ms < 0)
        delay_ms = 0;
    struct timeval delay = {.tv_sec = delay_ms / 1000, .tv_usec = (delay_ms % 1000) * 1000};
    if (evtimer_add(timer->event, &delay) != 0)
        LOG(LOG_LEVEL_ERROR, "worker_timer_no_memory", LOG_NUMBER("worker", timer->worker->index));
}

void worker_timer_stop(struct worker_timer *timer)
{
    (void)evtimer_del(timer->event);
}

static void timer_release(void *ptr)
{
    struct worker_timer *timer = ptr;
    event_free(timer->event);
    free(timer);
}

void worker_timer_free(struct worker_timer *timer)
{
    if (timer == NULL)
        return;
    worker_timer_stop(timer);
    worker_defer(timer->worker, timer_release, timer);
}
