#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/admin.h"
#include "gateway/listener.h"

static char body[65536];

static struct admin_reply ask(const struct admin_view *view, const char *method, const char *path)
{
    struct buf out = BUF_INIT;
    struct admin_reply reply;
    assert_int_equal(admin_handle(view, method, strlen(method), path, strlen(path), &out, &reply),
                     0);
    assert_true(out.len < sizeof(body));
    memcpy(body, out.data, out.len);
    body[out.len] = '\0';
    buf_release(&out);
    return reply;
}

static json_t *parsed(void)
{
    json_t *root = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    return root;
}

static void expect_text(const char *key, const char *value)
{
    json_t *root = parsed();
    assert_string_equal(json_string_value(json_object_get(root, key)), value);
    json_decref(root);
}

static void test_modes(void **state)
{
    (void)state;
    struct admin_target targets[3] = {
        {.name = "local", .placement = PLACEMENT_IN_PROCESS, .up = true},
        {.name = "prem", .placement = PLACEMENT_ON_PREMISES, .up = true},
        {.name = "cloud", .placement = PLACEMENT_CLOUD, .up = true}};
    assert_int_equal(admin_mode_of(targets, 3), ADMIN_MODE_NORMAL);
    targets[2].up = false;
    assert_int_equal(admin_mode_of(targets, 3), ADMIN_MODE_DEGRADED);
    targets[1].up = false;
    assert_int_equal(admin_mode_of(targets, 3), ADMIN_MODE_OFFLINE);
    targets[0].up = false;
    assert_int_equal(admin_mode_of(targets, 1), ADMIN_MODE_DEGRADED);
    targets[0].up = true;
    assert_int_equal(admin_mode_of(targets, 1), ADMIN_MODE_NORMAL); /* local only by choice */
    assert_int_equal(admin_mode_of(NULL, 0), ADMIN_MODE_NORMAL);
}

static void test_health_and_readiness(void **state)
{
    (void)state;
    struct admin_target targets[2] = {{.name = "lo\"cal",
                                       .placement = PLACEMENT_IN_PROCESS,
                                       .up = true,
                                       .model = "open",
                                       .model_bytes = 5000000000,
                                       .answering = 2,
                                       .waiting = 3},
                                      {.name = "cloud", .placement = PLACEMENT_CLOUD}};
    struct admin_view view = {.targets = targets, .target_count = 2, .uptime_ms = 77};
    /* alive, but not ready */
    assert_int_equal(ask(&view, "GET", "/healthz").status, 200);
    expect_text("status", "starting");
    assert_int_equal(ask(&view, "GET", "/readyz").status, 503);
    expect_text("reason", "starting");
    view.started = true;
    assert_int_equal(ask(&view, "GET", "/readyz").status, 503);
    expect_text("reason", "no_policy");
    view.policy_hash = "00ff";
    assert_int_equal(ask(&view, "GET", "/readyz?verbose=1").status, 200);
    struct admin_reply reply = ask(&view, "GET", "/healthz");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "application/json");
    expect_text("status", "ok");
    expect_text("mode", "offline");
    expect_text("policy", "00ff");
    json_t *root = parsed();
    const json_t *first = json_array_get(json_object_get(root, "targets"), 0);
    const json_t *second = json_array_get(json_object_get(root, "targets"), 1);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "lo\"cal");
    assert_string_equal(json_string_value(json_object_get(first, "model")), "open");
    assert_int_equal(json_integer_value(json_object_get(first, "bytes")), 5000000000);
    assert_int_equal(json_integer_value(json_object_get(first, "answering")), 2);
    assert_int_equal(json_integer_value(json_object_get(first, "waiting")), 3);
    assert_int_equal(json_object_size(second), 3);
    json_decref(root);
    view.draining = true;
    assert_int_equal(ask(&view, "GET", "/readyz").status, 503);
    expect_text("reason", "draining");
    assert_int_equal(ask(&view, "GET", "/healthz").status, 200);
}

static void test_metrics_and_other_paths(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    struct decision_log *log = NULL;
    struct decision_log_options options = {.path = "/dev/null"};
    assert_int_equal(metrics_new(1, &m, NULL), 0);
    assert_int_equal(decision_log_open(&options, &log, NULL), 0);
    struct listener_counts clients = {.accepted = 1};
    struct admin_view view = {.metrics = m,
                              .log = log,
                              .clients = &clients,
                              .started = true,
                              .policy_hash = "00",
                              .uptime_ms = 1};
    struct admin_reply reply = ask(&view, "GET", "/metrics");
    assert_int_equal(reply.status, 200);
    assert_memory_equal(reply.content_type, "text/plain; version=0.0.4", 25);
    assert_non_null(strstr(body, "\npenstock_decision_log_records_total 0\n"));
    assert_int_equal(ask(&view, "HEAD", "/metrics").status, 200);
    assert_int_equal(ask(&view, "POST", "/metrics").status, 405);
    assert_int_equal(ask(&view, "GET", "/").status, 404);
    assert_int_equal(ask(&view, "GET", "/healthzz").status, 404);
    assert_int_equal(ask(&view, "GET", "").status, 404);
    /* what was asked for does not come back */
    assert_int_equal(ask(&view, "GET", "/my-secret-path").status, 404);
    assert_null(strstr(body, "secret"));
    assert_int_equal(ask(&view, "GET", "/healthz").status, 200);
    json_t *root = parsed();
    assert_true(json_is_true(json_object_get(json_object_get(root, "decision_log"), "accepting")));
    json_decref(root);
    assert_int_equal(decision_log_close(log), 0);
    metrics_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_health_and_readiness),
        cmocka_unit_test(test_metrics_and_other_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
