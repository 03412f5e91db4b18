#include "gateway/admin.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/json.h"
#include "gateway/base/log.h"

static const char *const mode_names[] = {"normal", "degraded", "offline"};

const char *admin_mode_name(enum admin_mode mode)
{
    return mode_names[mode];
}

enum admin_mode admin_mode_of(const struct admin_target *targets, size_t count)
{
    size_t down = 0, remote = 0, remote_up = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_remote = targets[i].placement != PLACEMENT_IN_PROCESS;
        down += !targets[i].up;
        remote += is_remote;
        remote_up += is_remote && targets[i].up;
    }
    if (remote != 0 && remote_up == 0)
        return ADMIN_MODE_OFFLINE;
    return down != 0 ? ADMIN_MODE_DEGRADED : ADMIN_MODE_NORMAL;
}

/* A JSON string; names are the configuration's and may hold what must be escaped. */
static int put_name(struct buf *out, const char *name)
{
    int rc = buf_append_str(out, "\"");
    for (; rc == 0 && *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;
        if (c == '"' || c == '\\')
            rc = buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            rc = buf_printf(out, "\\u%04x", c);
        else
            rc = buf_append(out, name, 1);
    }
    return rc == 0 ? buf_append_str(out, "\"") : rc;
}

/* Why the gateway does not take requests, or NULL when it does. */
static const char *not_ready_reason(const struct admin_view *view)
{
    if (!view->started)
        return "starting";
    if (view->draining)
        return "draining";
    if (view->policy_hash == NULL)
        return "no_policy";
    if (view->log != NULL && !decision_log_accepting(view->log))
        return "decision_log";
    return NULL;
}

static int put_targets(const struct admin_view *view, struct buf *out)
{
    int rc = buf_append_str(out, ",\"targets\":[");
    for (size_t i = 0; rc == 0 && i < view->target_count; i++) {
        const struct admin_target *target = &view->targets[i];
        rc = buf_append_str(out, i != 0 ? ",{\"name\":" : "{\"name\":");
        if (rc == 0)
            rc = put_name(out, target->name);
        if (rc == 0)
            rc = buf_printf(out, ",\"placement\":\"%s\",\"up\":%s",
                            placement_name(target->placement), target->up ? "true" : "false");
        if (rc == 0 && target->model != NULL)
            rc = buf_printf(out,
                            ",\"model\":\"%s\",\"bytes\":%zu,\"answering\":%" PRIu32
                            ",\"waiting\":%" PRIu32,
                            target->model, target->model_bytes, target->answering, target->waiting);
        if (rc == 0)
            rc = buf_append_str(out, "}");
    }
    return rc == 0 ? buf_append_str(out, "]") : rc;
}

static int put_log(const struct decision_log *log, struct buf *out)
{
    struct decision_log_stats stats;
    if (log == NULL)
        return buf_append_str(out, ",\"decision_log\":null");
    decision_log_stats(log, &stats);
    return buf_printf(out,
                      ",\"decision_log\":{\"accepting\":%s,\"failing\":%s,\"records\":%" PRIu64
                      ",\"gaps\":%" PRIu64 "}",
                      stats.accepting ? "true" : "false", stats.failing ? "true" : "false",
                      stats.records, stats.gaps);
}

/* Answers as long as the process does: what it says is for people and dashboards. */
static int put_health(const struct admin_view *view, struct buf *out)
{
    const char *reason = not_ready_reason(view);
    int rc = buf_printf(
        out, "{\"status\":\"%s\",\"mode\":\"%s\",\"version\":\"%s\",\"uptime_ms\":%" PRIu64,
        reason != NULL ? reason : "ok",
        admin_mode_name(admin_mode_of(view->targets, view->target_count)), PENSTOCK_VERSION,
        view->uptime_ms);
    if (rc == 0 && view->policy_hash != NULL)
        rc = buf_printf(out, ",\"policy\":\"%s\"", view->policy_hash);
    if (rc == 0)
        rc = put_targets(view, out);
    if (rc == 0)
        rc = put_log(view->log, out);
    return rc == 0 ? buf_append_str(out, "}\n") : rc;
}

static int put_ready(const struct admin_view *view, struct buf *out, struct admin_reply *reply)
{
    const char *reason = not_ready_reason(view);
    if (reason == NULL) {
        int rc = buf_append_str(out, "{\"ready\":true");
        if (rc == 0)
            rc = put_targets(view, out);
        return rc == 0 ? buf_append_str(out, "}\n") : rc;
    }
    reply->status = 503;
    return buf_printf(out, "{\"ready\":false,\"reason\":\"%s\"}\n", reason);
}

static bool is(const char *text, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(text, name, len) == 0;
}

/* Whose conversation is to be forgotten: 0 for everybody's. */
static bool read_lowering(const struct admin_view *view, uint64_t *conversation)
{
    struct json_doc doc;
    struct err err;
    bool all = false, good = false;
    if (view->content_type == NULL || strcasecmp(view->content_type, "application/json") != 0 ||
        json_parse(&doc, view->body, NULL, &err) != 0)
        return false;
    uint32_t id = json_get(&doc, 0, "conversation"), every = json_get(&doc, 0, "all");
    if (id != JSON_NONE && every == JSON_NONE && doc.nodes[id].type == JSON_TYPE_STRING) {
        good = ratchet_id_read((const char *)doc.bytes + doc.nodes[id].start,
                               doc.nodes[id].end - doc.nodes[id].start, conversation);
    } else if (id == JSON_NONE && every != JSON_NONE) {
        *conversation = 0;
        good = json_bool(&doc, every, &all) && all;
    }
    json_release(&doc);
    return good;
}

static int lower_ratchet(const struct admin_view *view, struct buf *out, struct admin_reply *reply)
{
    uint64_t conversation;
    char id[RATCHET_ID_CHARS];
    if (!read_lowering(view, &conversation)) {
        reply->status = 400;
        return buf_append_str(out, "{\"error\":\"send application/json: {\\\"conversation\\\":"
                                   "\\\"16 hex digits\\\"} or {\\\"all\\\":true}\"}\n");
    }
    size_t messages = ratchet_lower(view->ratchet, conversation);
    if (view->placeholders != NULL)
        (void)placeholders_forget(view->placeholders, conversation);
    ratchet_id_write(conversation, id);
    LOG(LOG_LEVEL_WARN, "ratchet_lowered", LOG_NAME("conversation", conversation != 0 ? id : "all"),
        LOG_NUMBER("messages", messages));
    return buf_printf(out, "{\"messages\":%zu}\n", messages);
}

int admin_handle(const struct admin_view *view, const char *method, size_t method_len,
                 const char *path, size_t path_len, struct buf *out, struct admin_reply *reply)
{
    const char *query = memchr(path, '?', path_len);
    size_t len = query != NULL ? (size_t)(query - path) : path_len;
    bool health = is(path, len, "/healthz"), ready = is(path, len, "/readyz");
    bool page = is(path, len, "/metrics") && view->metrics != NULL;
    *reply = (struct admin_reply){.status = 200, .content_type = "application/json"};
    if (is(path, len, "/ratchet/lower") && view->ratchet != NULL && is(method, method_len, "POST"))
        return lower_ratchet(view, out, reply);
    if (!health && !ready && !page) {
        reply->status = 404;
        return buf_append_str(out, "{\"error\":\"not found\"}\n");
    }
    if (!is(method, method_len, "GET") && !is(method, method_len, "HEAD")) {
        reply->status = 405;
        return buf_append_str(out, "{\"error\":\"method not allowed\"}\n");
    }
    if (health)
        return put_health(view, out);
    if (ready)
        return put_ready(view, out, reply);
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return metrics_render(view->metrics, view->log, view->clients, out);
}
