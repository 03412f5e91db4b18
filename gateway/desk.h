/*
 * desk.h - a worker's side of the requests: what their stages need, and those that are under way.
 * All of it belongs to the worker's thread. Chat requests go to request.c; what is answered at once
 * (models, feedback, errors of the address) is answered here.
 */
#ifndef PENSTOCK_DESK_H
#define PENSTOCK_DESK_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/listener.h"
#include "gateway/services.h"
#include "gateway/site.h"

struct worker;
struct desk;

/* Before the worker starts. Takes its own reference to the site. */
MUST_CHECK int desk_new(struct desk **out, struct worker *worker, unsigned shard,
                        struct services *services, struct site *site, struct err *err);
/* After the worker's end and after its listeners are freed. NULL is fine. */
void desk_free(struct desk *desk);

/* Requests from now on see this generation; takes its own reference. */
void desk_set_site(struct desk *desk, struct site *site);
const struct site *desk_site(const struct desk *desk);

/* Callbacks for listener_handler; ctx is the desk. */
void desk_on_request(void *ctx, struct http_exchange *exchange);
void desk_on_abort(void *user);
void desk_on_drain(void *user);

/* Requests under way here. Any thread. */
size_t desk_load(const struct desk *desk);

#endif
