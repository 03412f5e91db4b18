/*
 * What a worker's desk does beside chat requests: who asks, where to, and the short replies.
 */
#include "gateway/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_feedback.h"
#include "gateway/api_models.h"
#include "gateway/request.h"

bool desk_authenticate(const struct site *site, const struct http_exchange *exchange,
                       struct principal *principal, struct err *err)
{
    size_t count;
    const char *header = http_exchange_header_counted(exchange, "authorization", &count);
    if (count > 1) {
        err_set(err, ERR_DENIED, "more than one Authorization header");
        return false;
    }
    return identity_authenticate(site->identities, header, header != NULL ? strlen(header) : 0,
                                 principal, err) == IDENTITY_OK;
}

void desk_refuse(struct http_exchange *exchange, enum api_error error, const char *param,
                 const char *detail, struct reply_header *headers, size_t count, int retry_after)
{
    const struct api_error_row *row = api_error_row(error);
    struct buf body = BUF_INIT;
    char seconds[16];
    if (row->status == 401)
        headers[count++] = (struct reply_header){"www-authenticate", "Bearer"};
    /* OpenAI's libraries ask again at every 5xx unless told: the target would refuse it again. */
    if (error == API_ERROR_TARGET_REFUSED)
        headers[count++] = (struct reply_header){"x-should-retry", "false"};
    if (row->status == 503 || row->status == 429) {
        (void)snprintf(seconds, sizeof(seconds), "%d", retry_after > 0 ? retry_after : 1);
        headers[count++] = (struct reply_header){"retry-after", seconds};
    }
    if (api_error_write(&body, error, param, detail) == 0)
        reply_whole(exchange, row->status, headers, count, body.data, body.len);
    else
        reply_abort(exchange);
    buf_release(&body);
}

static void serve_models(struct desk *desk, struct http_exchange *exchange)
{
    struct principal principal;
    struct err err;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    if (!desk_authenticate(desk->site, exchange, &principal, &err)) {
        desk_refuse(exchange, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text, headers, 1, 1);
        return;
    }
    struct buf body = BUF_INIT;
    enum api_error error =
        api_models_write(&body, desk->site->config, http_exchange_path(exchange));
    if (error == API_ERROR_NONE)
        reply_whole(exchange, 200, headers, 1, body.data, body.len);
    else
        desk_refuse(exchange, error, NULL, NULL, headers, 1, 1);
    buf_release(&body);
}

static void serve_feedback(struct desk *desk, struct http_exchange *exchange)
{
    struct principal principal;
    struct err err;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    struct outcomes *outcomes = desk->services->outcomes;
    if (!desk_authenticate(desk->site, exchange, &principal, &err)) {
        desk_refuse(exchange, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text, headers, 1, 1);
        return;
    }
    char request_id[REQUEST_ID_CHARS];
    enum feedback feedback = FEEDBACK_GOOD;
    const char *param = NULL, *detail = NULL;
    struct buf body = BUF_INIT;
    enum api_error error = outcomes == NULL ? API_ERROR_CALLER_NOT_FOUND
                                            : api_feedback_read(http_exchange_body(exchange),
                                                                request_id, &feedback, &param);
    if (error == API_ERROR_NONE)
        error = api_feedback_write(
            &body, outcomes_tell(outcomes, request_id, principal.id, feedback), &detail);
    if (error == API_ERROR_NONE)
        reply_whole(exchange, 200, headers, 1, body.data, body.len);
    else
        desk_refuse(exchange, error, param, detail, headers, 1, 1);
    buf_release(&body);
}

void desk_on_request(void *ctx, struct http_exchange *exchange)
{
    struct desk *desk = ctx;
    const char *method = http_exchange_method(exchange);
    const char *path = http_exchange_path(exchange);
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    const char *needed = NULL;
    bool feedback = strcmp(path, API_FEEDBACK_PATH) == 0;
    if (feedback || strcmp(path, "/v1/chat/completions") == 0)
        needed = "POST";
    else if (strcmp(path, API_MODELS_PATH) == 0 ||
             strncmp(path, API_MODELS_PATH "/", sizeof(API_MODELS_PATH)) == 0)
        needed = "GET";
    if (needed == NULL) {
        desk_refuse(exchange, API_ERROR_CALLER_NOT_FOUND, NULL, NULL, headers, 1, 1);
    } else if (strcmp(method, needed) != 0) {
        headers[1] = (struct reply_header){"allow", needed};
        desk_refuse(exchange, API_ERROR_CALLER_METHOD_NOT_ALLOWED, NULL, NULL, headers, 2, 1);
    } else if (feedback) {
        serve_feedback(desk, exchange);
    } else if (needed[0] == 'P') {
        request_begin(desk, exchange);
    } else {
        serve_models(desk, exchange);
    }
}

/* ---- the desk ---- */

int desk_new(struct desk **out, struct worker *worker, unsigned shard, struct services *services,
             struct site *site, struct err *err)
{
    *out = NULL;
    struct desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    desk->worker = worker;
    desk->shard = shard;
    desk->services = services;
    desk->site = site_ref(site);
    int rc = request_id_source_init(&desk->ids, err);
    if (rc == 0)
        rc = classify_scratch_new(site->config->classifiers.cache_texts, &desk->scratch, err);
    if (rc == 0) {
        desk->upstream = upstream_pool_new(worker_base(worker));
        if (desk->upstream == NULL)
            rc = err_set(err, ERR_MEMORY, "out of memory");
    }
    if (rc != 0) {
        desk_free(desk);
        return rc;
    }
    *out = desk;
    return 0;
}

void desk_free(struct desk *desk)
{
    if (desk == NULL)
        return;
    if (desk->upstream != NULL)
        upstream_pool_free(desk->upstream);
    classify_scratch_free(desk->scratch);
    site_unref(desk->site);
    explicit_bzero(desk->model_asked, sizeof(desk->model_asked));
    free(desk);
}

void desk_set_site(struct desk *desk, struct site *site)
{
    struct site *old = desk->site;
    desk->site = site_ref(site);
    site_unref(old);
}

const struct site *desk_site(const struct desk *desk)
{
    return desk->site;
}

size_t desk_load(const struct desk *desk)
{
    return atomic_load(&desk->load);
}
