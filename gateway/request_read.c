/*
 * Reading the body of a request: a short one at once, a long one on the pool's thread, so that the
 * event loop goes on. However large it is and whatever is in it, the loop only takes its bytes in
 * and sends them on.
 */
#include <stdlib.h>

#include "gateway/request.h"

/* A body that is being read elsewhere. It is nobody's but the pool's until it comes back: the
 * request may have ended by then. */
struct reading {
    struct classify_task task;
    struct desk *desk;
    uint64_t number; /* of the request */
    struct buf body;
    struct chat_request chat;
    struct chat_problem problem;
    int rc;
    bool done;
};

static void run_reading(struct classify_task *task)
{
    struct reading *reading = inbox_container_of(task, struct reading, task);
    struct content body = content_of(reading->body.data, reading->body.len);
    reading->rc = chat_request_decode(&reading->chat, body, &reading->problem);
    reading->done = true;
}

static void on_read(struct inbox_message *message)
{
    struct reading *reading = inbox_container_of(message, struct reading, task.message);
    struct request *r = request_find(reading->desk, reading->number);
    if (r != NULL && reading->done) {
        r->body = reading->body;
        r->chat = reading->chat;
        request_decoded(r, reading->rc, &reading->problem);
    } else {
        if (reading->done && reading->rc == 0)
            chat_request_release(&reading->chat);
        buf_release(&reading->body);
    }
    free(reading);
}

bool request_read_apart(struct request *r)
{
    struct classify_pool *pool = r->desk->services->pool;
    struct reading *reading;
    if (pool == NULL || content_len(http_exchange_body(r->exchange)) <=
                            r->site->config->classifiers.large_prompt_bytes)
        return false;
    reading = calloc(1, sizeof(*reading));
    if (reading == NULL)
        return false;
    reading->task.worker = r->desk->worker;
    reading->task.run = run_reading;
    reading->task.message.run = on_read;
    reading->desk = r->desk;
    reading->number = r->number;
    reading->body = http_exchange_take_body(r->exchange);
    classify_pool_run(pool, &reading->task);
    return true;
}

struct content request_body(const struct request *r)
{
    return r->body.data != NULL ? content_of(r->body.data, r->body.len)
                                : http_exchange_body(r->exchange);
}
