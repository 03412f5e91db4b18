/*
 * Memory that runs out inside a request: of all allocations that a request makes here and in
 * libcurl, each fails once, and once all from it on. The client gets the answer, an error or a cut
 * connection; the next request is served as ever. Leaks are the address sanitizer's to find.
 *
 * Where libcurl 7.88 has no memory to note a socket it says so and goes on: the transfer is then
 * ended by its time-out, which is short here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/gateway_scene.h"

/* ---- the allocator: see the link options of this test in tests/CMakeLists.txt ---- */

static atomic_long countdown; /* the allocation that fails; 0: none */
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool sticky; /* those behind it fail, too */
static atomic_bool failed;
static _Thread_local bool spared; /* the test's own threads, and the decision log's */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static bool fails(void)
{
    if (spared || atomic_load(&countdown) == 0)
        return false;
    char thread[16] = "";
    (void)pthread_getname_np(pthread_self(), thread, sizeof(thread));
    if (strcmp(thread, "decision-log") == 0) {
        spared = true; /* it keeps what it cannot write yet, and says no to requests meanwhile */
        return false;
    }
    pthread_mutex_lock(&counting);
    long now = atomic_load(&countdown);
    bool fail_now = now == 1;
    if (now > 1 || (fail_now && !atomic_load(&sticky)))
        atomic_store(&countdown, now - 1);
    if (fail_now)
        atomic_store(&failed, true);
    pthread_mutex_unlock(&counting);
    return fail_now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails() ? NULL : __real_strndup(text, len);
}

/* ---- the upstream ---- */

#define ANSWER                                                                                     \
    "{\"id\":\"x\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"    \
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Write to <EMAIL_ADDRESS_1>.\"}" \
    ",\"finish_reason\":\"stop\"}]}"
#define EVENT                                                                                      \
    "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","      \
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Write to <EMAIL_ADDRESS_1>.\"}}]}\n\n"

#define LATE "\"user\":\"late\""

static void answer(struct server *s)
{
    char head[256];
    spared = true;
    while (server_read_request(s)) {
        bool stream = strstr(s->request, "\"stream\":true") != NULL;
        if (strstr(s->request, LATE) != NULL)
            usleep(20000); /* time for an acknowledgement */
        const char *body = stream ? EVENT EVENT "data: [DONE]\n\n" : ANSWER;
        (void)snprintf(head, sizeof(head),
                       "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                       stream ? "text/event-stream" : "application/json", strlen(body));
        if (!server_say(s, head) || !server_say(s, body))
            break;
    }
}

/* ---- requests ---- */

/* Nothing is right as well, and so is what breaks off visibly. */
static void judge(const struct heard *heard, long n)
{
    const char *text = heard->text;
    if (heard->len == 0 || !is_whole(heard))
        return;
    bool ok = strncmp(text, "HTTP/1.1 200 ", 13) == 0 &&
              (strstr(text, "[DONE]") != NULL || strstr(text, "\"error\":") != NULL ||
               strstr(text, "\"finish_reason\":\"") != NULL);
    bool refused =
        (strncmp(text, "HTTP/1.1 50", 11) == 0 && strstr(text, "\"error\":") != NULL) ||
        (strncmp(text, "HTTP/1.1 403 ", 13) == 0 && strstr(text, "policy_unscannable") != NULL);
    if (!ok && !refused)
        fail_msg("allocation %ld: %s", n, text);
}

/* Soon: on a slow machine the time-outs above may end a request that nothing was wrong with. */
static void expect_service(const struct gateway *g, const char *body, long n)
{
    struct heard heard;
    int64_t until = worker_clock_us() + (int64_t)PATIENCE_MS * 1000;
    do {
        ask(g, body, &heard);
        if (strncmp(heard.text, "HTTP/1.1 200 ", 13) == 0 && is_whole(&heard))
            return;
    } while (worker_clock_us() < until);
    fail_msg("after allocation %ld: %s", n, heard.text);
}

static void run_out(const char *body, const char *config)
{
    static struct gateway g;
    struct heard heard;
    gateway_open(&g, answer, config);
    ask(&g, body, &heard); /* what is made once is there from now on */
    for (int all = 0; all <= 1; all++) {
        long n = 0;
        bool was_reached = true;
        while (was_reached) {
            n++;
            atomic_store(&failed, false);
            atomic_store(&sticky, all != 0);
            atomic_store(&countdown, n);
            ask(&g, body, &heard);
            atomic_store(&countdown, 0);
            was_reached = atomic_load(&failed);
            judge(&heard, n);
            expect_service(&g, body, n);
        }
        assert_true(n > 20);
    }
    gateway_close(&g);
}

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"user\",\"content\":\"Hello,\\nwrite to jane.roe@example.org.\"}]"

static void test_upstream_whole(void **state)
{
    (void)state;
    run_out("{\"model\":\"m\"," MESSAGES "}", "");
}

static void test_upstream_whole_read_apart(void **state)
{
    (void)state;
    run_out("{\"model\":\"m\"," MESSAGES "}", "classifiers: {large_prompt_bytes: 0}\n");
}

static void test_upstream_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"m\",\"stream\":true," MESSAGES "}", "");
}

static void test_engine_whole(void **state)
{
    (void)state;
    run_out("{\"model\":\"own\"," MESSAGES "}", "");
}

static void test_engine_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"own\",\"stream\":true," MESSAGES "}", "");
}

static void test_acknowledged_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"both\",\"stream\":true," LATE "," MESSAGES "}", "");
}

int main(void)
{
    spared = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upstream_whole),
        cmocka_unit_test(test_upstream_stream),
        cmocka_unit_test(test_engine_whole),
        cmocka_unit_test(test_engine_stream),
        cmocka_unit_test(test_acknowledged_stream),
        cmocka_unit_test(test_upstream_whole_read_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
