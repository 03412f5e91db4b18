#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/listener.h"
#include "gateway/metrics.h"

static char page[512 * 1024];
static struct listener_counts clients;

static void render(const struct metrics *m, const struct decision_log *log)
{
    struct buf out = BUF_INIT;
    assert_int_equal(metrics_render(m, log, &clients, &out), 0);
    assert_true(out.len < sizeof(page));
    memcpy(page, out.data, out.len);
    page[out.len] = '\0';
    buf_release(&out);
}

/* The value of a line of the page, or -1 when there is no such line. */
static double value_of(const char *series)
{
    size_t len = strlen(series);
    for (const char *at = page; (at = strstr(at, series)) != NULL; at += len)
        if ((at == page || at[-1] == '\n') && at[len] == ' ')
            return strtod(at + len + 1, NULL);
    return -1;
}

#define EXPECT(series, value)                                                                      \
    do {                                                                                           \
        double got_ = value_of(series);                                                            \
        if (got_ < (value)-1e-9 || got_ > (value) + 1e-9)                                          \
            fail_msg("%s is %g, expected %g", series, got_, (double)(value));                      \
    } while (0)

static struct decision_record sample(uint16_t first, uint16_t second)
{
    struct decision_record r;
    decision_record_init(&r);
    r.classified = r.scanned = r.decided = r.answered = true;
    r.pii = (struct pii_facts){.count[PII_US_SSN] = 2};
    r.classifiers = (struct classify_times){.pii_us = 90, .complexity_us = 210};
    r.decide_us = 400;
    r.first_byte_us = 3000;
    r.total_us = 500000;
    r.prompt_tokens = 100;
    r.completion_tokens = 5;
    struct decision_try *one = decision_record_add_try(&r, "cloud", PLACEMENT_CLOUD);
    one->metrics_id = first;
    one->outcome = BACKEND_ERR_CONNECT;
    one = decision_record_add_try(&r, "local", PLACEMENT_IN_PROCESS);
    one->metrics_id = second;
    r.placement = PLACEMENT_IN_PROCESS;
    return r;
}

static void test_a_record(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    char series[256];
    assert_int_equal(metrics_new(3, &m, NULL), 0);
    uint16_t route = metrics_route_id(m, "easy");
    uint16_t cloud = metrics_target_id(m, "cloud"), local = metrics_target_id(m, "local");
    assert_int_equal(metrics_route_id(m, "easy"), route);
    assert_int_not_equal(cloud, local);
    metrics_set_policy(m, "abc123");
    metrics_set_target_state(m, cloud, METRICS_TARGET_DOWN);
    metrics_set_target_state(m, local, METRICS_TARGET_UP);
    struct decision_record r = sample(cloud, local);
    metrics_count_record(m, 0, &r, route);
    metrics_count_record(m, 2, &r, route);
    metrics_count_record(m, 99, &r, 60000); /* wild numbers do no harm */
    metrics_set_load(m, 2, 1);
    clients =
        (struct listener_counts){.accepted = 9, .aborted = 4, .accept_paused = 3, .tls_failed = 1};
    clients.refused[HTTP_REFUSAL_BAD_CHUNK] = 7;
    metrics_count_reload(m, true);
    metrics_count_log_refusal(m, 1);
    render(m, NULL);
    EXPECT("penstock_requests_total{route=\"easy\",placement=\"in_process\",outcome=\"ok\"}", 2);
    EXPECT("penstock_requests_total{route=\"overflow\",placement=\"in_process\",outcome=\"ok\"}",
           1);
    EXPECT("penstock_overhead_seconds_count", 3);
    EXPECT("penstock_overhead_seconds_sum", 0.0012);
    EXPECT("penstock_overhead_seconds_bucket{le=\"0.0003\"}", 0);
    EXPECT("penstock_overhead_seconds_bucket{le=\"0.0005\"}", 3);
    EXPECT("penstock_overhead_seconds_bucket{le=\"+Inf\"}", 3);
    EXPECT("penstock_classifier_duration_seconds_count{classifier=\"pii\"}", 3);
    EXPECT("penstock_classifier_duration_seconds_bucket{classifier=\"complexity\",le=\"0.0002\"}",
           0);
    EXPECT("penstock_classifier_duration_seconds_bucket{classifier=\"complexity\",le=\"0.0003\"}",
           3);
    /* it went to the cloud first, although the answer came from here */
    EXPECT("penstock_pii_events_total{type=\"US_SSN\",action=\"forwarded\"}", 6);
    (void)snprintf(series, sizeof(series),
                   "penstock_fallbacks_total{from=\"cloud\",to=\"local\",outcome=\"%s\"}",
                   backend_outcome_name(BACKEND_ERR_CONNECT));
    EXPECT(series, 3);
    EXPECT("penstock_target_state{target=\"cloud\"}", 0);
    EXPECT("penstock_target_state{target=\"local\"}", 1);
    EXPECT("penstock_connections", 2);
    EXPECT("penstock_requests_in_flight", 1);
    EXPECT("penstock_http_connections_total", 9);
    EXPECT("penstock_http_refused_total{reason=\"chunk\"}", 7);
    EXPECT("penstock_http_refused_total{reason=\"host\"}", 0);
    EXPECT("penstock_http_aborted_total", 4);
    EXPECT("penstock_http_accept_pauses_total", 3);
    EXPECT("penstock_tls_failures_total", 1);
    EXPECT("penstock_policy_info{hash=\"abc123\"}", 1);
    EXPECT("penstock_build_info{version=\"" PENSTOCK_VERSION "\"}", 1);
    EXPECT("penstock_reloads_total{result=\"accepted\"}", 1);
    EXPECT("penstock_decision_log_refusals_total", 1);
    EXPECT("gen_ai_server_request_duration_seconds_count{gen_ai_operation_name=\"chat\",target="
           "\"local\"}",
           3);
    EXPECT("gen_ai_server_time_to_first_token_seconds_sum{gen_ai_operation_name=\"chat\",target="
           "\"local\"}",
           0.009);
    EXPECT("gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_token_type="
           "\"input\",target=\"local\"}",
           300);
    EXPECT("gen_ai_client_token_usage_bucket{gen_ai_operation_name=\"chat\",gen_ai_token_type="
           "\"output\",target=\"local\",le=\"16\"}",
           3);
    assert_true(value_of("process_resident_memory_bytes") > 1e6);
    assert_true(value_of("process_open_fds") >= 3);
    metrics_free(m);
}

static void test_unanswered(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    struct decision_record r;
    assert_int_equal(metrics_new(0, &m, NULL), 0);
    uint16_t cloud = metrics_target_id(m, "cloud");
    decision_record_init(&r); /* a malformed body */
    r.outcome = DECISION_OUTCOME_REFUSED;
    metrics_count_record(m, 0, &r, METRICS_NONE);
    decision_record_init(&r); /* blocked */
    r.classified = r.scanned = r.decided = true;
    r.pii = (struct pii_facts){.count[PII_PERSON] = 1};
    r.outcome = DECISION_OUTCOME_BLOCKED;
    metrics_count_record(m, 0, &r, METRICS_NONE);
    decision_record_init(&r); /* every target failed */
    r.outcome = DECISION_OUTCOME_FAILED;
    struct decision_try *one = decision_record_add_try(&r, "cloud", PLACEMENT_CLOUD);
    one->metrics_id = cloud;
    one->outcome = BACKEND_ERR_RESOLVE;
    metrics_count_record(m, 0, &r, METRICS_NONE);
    render(m, NULL);
    EXPECT("penstock_requests_total{route=\"none\",placement=\"none\",outcome=\"refused\"}", 1);
    EXPECT("penstock_requests_total{route=\"none\",placement=\"none\",outcome=\"failed\"}", 1);
    EXPECT("penstock_pii_events_total{type=\"PERSON\",action=\"blocked\"}", 1);
    EXPECT("penstock_overhead_seconds_count", 0);
    char series[160];
    (void)snprintf(series, sizeof(series),
                   "penstock_fallbacks_total{from=\"cloud\",to=\"none\",outcome=\"%s\"}",
                   backend_outcome_name(BACKEND_ERR_RESOLVE));
    EXPECT(series, 1);
    metrics_free(m);
}

static void test_tables_are_bounded(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    char name[32];
    assert_int_equal(metrics_new(1, &m, NULL), 0);
    for (unsigned i = 0; i < 2 * METRICS_ROUTES; i++) {
        (void)snprintf(name, sizeof(name), "route%u", i);
        uint16_t id = metrics_route_id(m, name);
        if (i < METRICS_ROUTES - 2)
            assert_int_equal(id, i + 2);
        else
            assert_int_equal(id, METRICS_OVERFLOW);
        (void)snprintf(name, sizeof(name), "target%u", i);
        id = metrics_target_id(m, name);
        assert_true((id == METRICS_OVERFLOW) == (i >= METRICS_TARGETS - 2));
    }
    assert_int_equal(metrics_route_id(m, "none"), METRICS_NONE);
    assert_int_equal(metrics_route_id(m, "route3"), 5);
    render(m, NULL);
    metrics_free(m);
}

/* Every line is a comment or a sample, each family is announced once, histograms never fall. */
static void test_format(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    assert_int_equal(metrics_new(2, &m, NULL), 0);
    uint16_t odd = metrics_target_id(m, "a\"b\\c\nd");
    uint16_t route = metrics_route_id(m, "x");
    struct decision_record r = sample(odd, odd);
    for (uint64_t us = 1; us < 200000000; us *= 3) {
        r.decide_us = r.total_us = r.first_byte_us = us;
        metrics_count_record(m, (unsigned)(us % 2), &r, route);
    }
    render(m, NULL);
    assert_non_null(strstr(page, "a\\\"b\\\\c\\nd"));
    char *save = NULL, last[256] = "", families[64][96];
    unsigned family_count = 0;
    double below = 0;
    for (char *line = strtok_r(page, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "# TYPE ", 7) == 0) {
            char *end = strchr(line + 7, ' ');
            assert_non_null(end);
            size_t len = (size_t)(end - line) - 7;
            assert_true(len < sizeof(families[0]) && family_count < 64);
            memcpy(families[family_count], line + 7, len);
            families[family_count][len] = '\0';
            for (unsigned i = 0; i < family_count; i++)
                assert_string_not_equal(families[i], families[family_count]);
            family_count++;
            continue;
        }
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        char *space = strrchr(line, ' '), *end = NULL;
        assert_non_null(space);
        double value = strtod(space + 1, &end);
        assert_int_equal(*end, '\0');
        assert_true(strncmp(line, families[family_count - 1], strlen(families[family_count - 1])) ==
                    0);
        char *le = strstr(line, "le=\"");
        if (le == NULL)
            continue;
        size_t prefix = (size_t)(le - line);
        if (strncmp(last, line, prefix) == 0 && strlen(last) == prefix)
            assert_true(value >= below);
        assert_true(prefix < sizeof(last));
        memcpy(last, line, prefix);
        last[prefix] = '\0';
        below = value;
    }
    assert_true(family_count > 15);
    metrics_free(m);
}

static struct metrics *shared;
static void *count_many(void *arg)
{
    struct decision_record r = sample(2, 3);
    for (unsigned i = 0; i < 5000; i++)
        metrics_count_record(shared, *(unsigned *)arg, &r, 2);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t ids[4];
    unsigned shards[4] = {0, 1, 2, 2}; /* the last shard is shared */
    assert_int_equal(metrics_new(3, &shared, NULL), 0);
    (void)metrics_route_id(shared, "r");
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, count_many, &shards[i]), 0);
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "t%u", i);
        (void)metrics_target_id(shared, name);
        metrics_set_policy(shared, name);
        render(shared, NULL);
    }
    for (unsigned i = 0; i < 4; i++)
        pthread_join(ids[i], NULL);
    render(shared, NULL);
    EXPECT("penstock_requests_total{route=\"r\",placement=\"in_process\",outcome=\"ok\"}", 20000);
    metrics_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_tables_are_bounded),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
