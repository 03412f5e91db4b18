#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "gateway/base/thread.h"

static void *tell_mask(void *arg)
{
    pthread_sigmask(SIG_BLOCK, NULL, arg);
    return arg;
}

static void test_signals_are_blocked(void **state)
{
    (void)state;
    for (int takes_sigbus = 0; takes_sigbus <= 1; takes_sigbus++) {
        pthread_t thread;
        sigset_t mask, own;
        void *back = NULL;
        assert_int_equal(thread_start(&thread, "test", tell_mask, &mask, takes_sigbus != 0), 0);
        assert_int_equal(pthread_join(thread, &back), 0);
        assert_ptr_equal(back, &mask);
        assert_true(sigismember(&mask, SIGTERM));
        assert_int_equal(sigismember(&mask, SIGBUS), takes_sigbus == 0);
        pthread_sigmask(SIG_BLOCK, NULL, &own); /* the caller's is as it was */
        assert_false(sigismember(&own, SIGTERM));
    }
}

static void *wait_for_release(void *arg)
{
    pthread_mutex_lock(arg);
    pthread_mutex_unlock(arg);
    return NULL;
}

/* What a thread needs it has before anybody goes on: afterwards memory may be out. */
static void test_it_has_begun(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        pthread_t thread;
        pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
        char name[16] = "";
        pthread_mutex_lock(&held);
        assert_int_equal(thread_start(&thread, "named at once", wait_for_release, &held, false), 0);
        assert_int_equal(pthread_getname_np(thread, name, sizeof(name)), 0);
        assert_string_equal(name, "named at once");
        pthread_mutex_unlock(&held);
        assert_int_equal(pthread_join(thread, NULL), 0);
        pthread_mutex_destroy(&held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_are_blocked),
        cmocka_unit_test(test_it_has_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
