/* The circuit breaker on a clock that the test turns. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/breaker.h"

static const struct breaker_options plain = {.failures = 3,
                                             .window = 8,
                                             .failure_percent = 50,
                                             .open_ms = 1000,
                                             .open_max_ms = 8000,
                                             .retry_after_max_s = 60,
                                             .seed = 7};

static void ask(struct breaker *b, uint64_t now, enum breaker_mark mark, int retry_after)
{
    struct breaker_ticket ticket;
    assert_int_equal(breaker_allow(b, now, &ticket), BREAKER_ALLOWED);
    breaker_report(b, &ticket, mark, retry_after, now);
}

static void assert_refused(struct breaker *b, uint64_t now)
{
    struct breaker_ticket ticket;
    assert_int_equal(breaker_allow(b, now, &ticket), BREAKER_REFUSED);
    assert_false(ticket.held);
    assert_false(breaker_up(b, now));
}

/* First millisecond at which the circuit is no longer open. */
static uint64_t open_period(struct breaker *b, uint64_t from)
{
    uint64_t now = from;
    while (breaker_state(b, now) == BREAKER_OPEN)
        now += 10;
    return now - from;
}

static void test_failures_in_a_row_open(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    ask(b, 0, BREAKER_FAILURE, -1);
    ask(b, 0, BREAKER_FAILURE, -1);
    ask(b, 0, BREAKER_NEUTRAL, -1);
    ask(b, 0, BREAKER_SUCCESS, -1); /* breaks the row */
    ask(b, 0, BREAKER_FAILURE, -1);
    ask(b, 0, BREAKER_FAILURE, -1);
    assert_int_equal(breaker_state(b, 0), BREAKER_CLOSED);
    assert_true(breaker_up(b, 0));
    assert_int_equal(breaker_retry_after(b, 0), 0);
    ask(b, 0, BREAKER_FAILURE, -1);
    assert_int_equal(breaker_state(b, 0), BREAKER_OPEN);
    assert_refused(b, 0);
    assert_refused(b, 999);
    assert_in_range(breaker_retry_after(b, 0), 1, 2);
    assert_in_range(open_period(b, 0), 1000, 1260);
    breaker_free(b);
}

static void test_failure_share_opens(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    for (int i = 0; i < 3; i++) {
        ask(b, 0, BREAKER_SUCCESS, -1);
        ask(b, 0, BREAKER_FAILURE, -1);
    }
    ask(b, 0, BREAKER_SUCCESS, -1);
    assert_int_equal(breaker_state(b, 0), BREAKER_CLOSED); /* the window is not full */
    ask(b, 0, BREAKER_FAILURE, -1);
    assert_int_equal(breaker_state(b, 0), BREAKER_OPEN);
    breaker_free(b);
}

static void test_half_open_lets_one_probe_through(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    struct breaker_ticket probe;
    for (int i = 0; i < 3; i++)
        ask(b, 0, BREAKER_FAILURE, -1);
    assert_true(breaker_up(b, 1300));
    assert_int_equal(breaker_allow(b, 1300, &probe), BREAKER_ALLOWED);
    assert_true(probe.probe);
    assert_int_equal(breaker_state(b, 1300), BREAKER_HALF_OPEN);
    assert_refused(b, 1300);
    assert_int_equal(breaker_retry_after(b, 1300), 1);

    breaker_report(b, &probe, BREAKER_NEUTRAL, -1, 1310); /* its client left: no verdict */
    assert_int_equal(breaker_allow(b, 1310, &probe), BREAKER_ALLOWED);
    breaker_report(b, &probe, BREAKER_SUCCESS, -1, 1320);
    assert_int_equal(breaker_state(b, 1320), BREAKER_CLOSED);
    breaker_free(b);
}

static void test_probe_closes_when_it_begins_to_answer(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    struct breaker_ticket probe, other;
    for (int i = 0; i < 3; i++)
        ask(b, 0, BREAKER_FAILURE, -1);
    assert_int_equal(breaker_allow(b, 2000, &probe), BREAKER_ALLOWED);
    breaker_answered(b, &probe, 2001);
    assert_int_equal(breaker_allow(b, 2001, &other), BREAKER_ALLOWED);
    assert_false(other.probe);
    /* Cut off later: its generation is over, so it does not open the circuit by itself. */
    breaker_report(b, &probe, BREAKER_FAILURE, -1, 2002);
    assert_int_equal(breaker_state(b, 2002), BREAKER_CLOSED);
    breaker_report(b, &other, BREAKER_SUCCESS, -1, 2003);
    breaker_free(b);
}

static void test_late_failures_do_not_count(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    struct breaker_ticket late[3], probe;
    for (int i = 0; i < 3; i++)
        assert_int_equal(breaker_allow(b, 0, &late[i]), BREAKER_ALLOWED);
    for (int i = 0; i < 3; i++)
        ask(b, 0, BREAKER_FAILURE, -1);
    assert_int_equal(breaker_allow(b, 1300, &probe), BREAKER_ALLOWED);
    for (int i = 0; i < 3; i++)
        breaker_report(b, &late[i], BREAKER_FAILURE, 50, 1301);
    assert_int_equal(breaker_state(b, 1301), BREAKER_HALF_OPEN);
    breaker_report(b, &probe, BREAKER_SUCCESS, -1, 1302);
    assert_int_equal(breaker_state(b, 1302), BREAKER_CLOSED);
    struct breaker_counts counts;
    breaker_counts(b, &counts);
    assert_int_equal(counts.in_flight, 0);
    assert_int_equal(counts.failures, 6);
    assert_int_equal(counts.opened, 1);
    breaker_report(b, &probe, BREAKER_FAILURE, -1, 1303); /* a second time: not held any more */
    breaker_counts(b, &counts);
    assert_int_equal(counts.in_flight, 0);
    breaker_free(b);
}

static void test_open_periods_double_and_are_forgotten(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    uint64_t now = 0;
    for (int i = 0; i < 3; i++)
        ask(b, now, BREAKER_FAILURE, -1);
    static const uint64_t periods[] = {1000, 2000, 4000, 8000, 8000};
    for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
        uint64_t period = open_period(b, now);
        assert_in_range(period, periods[i], periods[i] * 5 / 4 + 10);
        now += period;
        ask(b, now, BREAKER_FAILURE, -1); /* the probe */
    }
    now += open_period(b, now);
    ask(b, now, BREAKER_SUCCESS, -1);

    /* A line that flaps: good for a moment only, so the period stays long. */
    now += 2000;
    for (int i = 0; i < 3; i++)
        ask(b, now, BREAKER_FAILURE, -1);
    assert_true(open_period(b, now) >= 8000);
    now += open_period(b, now);
    ask(b, now, BREAKER_SUCCESS, -1);

    now += 8001; /* good for long: as new */
    for (int i = 0; i < 3; i++)
        ask(b, now, BREAKER_FAILURE, -1);
    assert_in_range(open_period(b, now), 1000, 1260);
    breaker_free(b);
}

static void test_retry_after_is_honoured_and_capped(void **state)
{
    (void)state;
    struct breaker *b = breaker_new(&plain);
    ask(b, 0, BREAKER_FAILURE, 20);
    assert_in_range(open_period(b, 0), 20000, 25010);
    uint64_t now = 30000;
    ask(b, now, BREAKER_FAILURE, 1000000000);
    assert_in_range(open_period(b, now), 60000, 75010);
    now += 100000;
    ask(b, now, BREAKER_SUCCESS, -1);
    ask(b, now, BREAKER_FAILURE, 0); /* "now": one failure like others */
    assert_int_equal(breaker_state(b, now), BREAKER_CLOSED);
    breaker_free(b);
}

static void test_in_flight_is_capped(void **state)
{
    (void)state;
    struct breaker_options options = plain;
    options.max_in_flight = 2;
    struct breaker *b = breaker_new(&options);
    struct breaker_ticket t[3];
    assert_int_equal(breaker_allow(b, 0, &t[0]), BREAKER_ALLOWED);
    assert_int_equal(breaker_allow(b, 0, &t[1]), BREAKER_ALLOWED);
    assert_int_equal(breaker_allow(b, 0, &t[2]), BREAKER_FULL);
    assert_true(breaker_up(b, 0)); /* busy is not down */
    breaker_report(b, &t[0], BREAKER_SUCCESS, -1, 0);
    assert_int_equal(breaker_allow(b, 0, &t[2]), BREAKER_ALLOWED);
    breaker_report(b, &t[1], BREAKER_NEUTRAL, -1, 0);
    breaker_report(b, &t[2], BREAKER_NEUTRAL, -1, 0);
    breaker_free(b);
}

static void test_marks(void **state)
{
    (void)state;
    static const struct {
        enum backend_outcome outcome;
        int status;
        enum breaker_mark mark;
    } rows[] = {
        {BACKEND_OK, 200, BREAKER_SUCCESS},           {BACKEND_ERR_STATUS, 400, BREAKER_SUCCESS},
        {BACKEND_ERR_STATUS, 401, BREAKER_SUCCESS},   {BACKEND_ERR_STATUS, 404, BREAKER_SUCCESS},
        {BACKEND_ERR_STATUS, 429, BREAKER_FAILURE},   {BACKEND_ERR_STATUS, 500, BREAKER_FAILURE},
        {BACKEND_ERR_STATUS, 503, BREAKER_FAILURE},   {BACKEND_ERR_RESOLVE, 0, BREAKER_FAILURE},
        {BACKEND_ERR_CONNECT, 0, BREAKER_FAILURE},    {BACKEND_ERR_TLS, 0, BREAKER_FAILURE},
        {BACKEND_ERR_FIRST_BYTE, 0, BREAKER_FAILURE}, {BACKEND_ERR_IDLE, 200, BREAKER_FAILURE},
        {BACKEND_ERR_TOTAL, 200, BREAKER_FAILURE},    {BACKEND_ERR_CUT, 200, BREAKER_FAILURE},
        {BACKEND_ERR_GARBAGE, 200, BREAKER_FAILURE},  {BACKEND_ERR_NO_KEY, 0, BREAKER_NEUTRAL},
        {BACKEND_ERR_BUSY, 0, BREAKER_NEUTRAL},       {BACKEND_ERR_CONTEXT, 0, BREAKER_NEUTRAL},
        {BACKEND_ERR_INTERNAL, 0, BREAKER_NEUTRAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct backend_result result = {.outcome = rows[i].outcome, .status = rows[i].status};
        assert_int_equal(breaker_mark_of(&result), rows[i].mark);
    }
}

static void test_names_are_distinct(void **state)
{
    (void)state;
    for (int a = 0; a < BACKEND_OUTCOME_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(backend_outcome_name((enum backend_outcome)a),
                                    backend_outcome_name((enum backend_outcome)b));
    assert_string_equal(backend_outcome_name(BACKEND_OUTCOME_COUNT), "unknown");
    assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half_open");
}

enum { THREADS = 4, ROUNDS = 20000, CAP = 3 };

struct shared {
    struct breaker *breaker;
    _Atomic int in_flight;
};

static void *hammer(void *arg)
{
    struct shared *shared = arg;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct breaker_ticket ticket;
        if (breaker_allow(shared->breaker, i, &ticket) != BREAKER_ALLOWED)
            continue;
        if (++shared->in_flight > CAP)
            return shared;
        shared->in_flight--;
        breaker_report(shared->breaker, &ticket, i % 3 == 0 ? BREAKER_FAILURE : BREAKER_SUCCESS, -1,
                       i);
        (void)breaker_up(shared->breaker, i);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct breaker_options options = plain;
    options.max_in_flight = CAP;
    struct shared shared = {.breaker = breaker_new(&options)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, &shared), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    struct breaker_counts counts;
    breaker_counts(shared.breaker, &counts);
    assert_int_equal(counts.in_flight, 0);
    breaker_free(shared.breaker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_in_a_row_open),
        cmocka_unit_test(test_failure_share_opens),
        cmocka_unit_test(test_half_open_lets_one_probe_through),
        cmocka_unit_test(test_probe_closes_when_it_begins_to_answer),
        cmocka_unit_test(test_late_failures_do_not_count),
        cmocka_unit_test(test_open_periods_double_and_are_forgotten),
        cmocka_unit_test(test_retry_after_is_honoured_and_capped),
        cmocka_unit_test(test_in_flight_is_capped),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_names_are_distinct),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
