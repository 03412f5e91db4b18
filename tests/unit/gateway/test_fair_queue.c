/* Turns, bounds, and the sums that must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/fair_queue.h"

enum { ITEMS = 64 };

struct scene {
    struct fair_queue queue;
    struct fair_item items[ITEMS];
};

static void scene_open(struct scene *s, size_t capacity, size_t places)
{
    assert_int_equal(fair_queue_init(&s->queue, capacity, places), 0);
}

static void push(struct scene *s, size_t item, uint64_t owner)
{
    assert_true(fair_queue_push(&s->queue, &s->items[item], owner, 1));
}

static size_t next(struct scene *s)
{
    struct fair_item *item = fair_queue_next(&s->queue);
    assert_non_null(item);
    return (size_t)(item - s->items);
}

static void done(struct scene *s, size_t item)
{
    fair_queue_done(&s->queue, &s->items[item]);
}

static void test_one_owner_is_in_order(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 8, 2);
    for (size_t i = 0; i < 8; i++)
        push(&s, i, 1);
    assert_false(fair_queue_push(&s.queue, &s.items[8], 1, 1));
    assert_false(fair_queue_push(&s.queue, &s.items[8], 2, 1));
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(next(&s), i);
        done(&s, i);
    }
    assert_null(fair_queue_next(&s.queue));
    assert_int_equal(s.queue.owner_count, 0);
    fair_queue_release(&s.queue);
}

/* Who takes more places at a time has its turn less often. */
static void test_places_count(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 8, 8);
    assert_true(fair_queue_push(&s.queue, &s.items[0], 1, 3));
    push(&s, 1, 1);
    for (size_t i = 2; i < 6; i++)
        push(&s, i, 2);
    static const size_t order[] = {0, 2, 3, 4};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(next(&s), order[i]);
    done(&s, 0);
    assert_int_equal(next(&s), 1);
    fair_queue_release(&s.queue);
}

/* One with a long backlog does not keep others waiting behind it. */
static void test_turns(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 32, 1);
    for (size_t i = 0; i < 20; i++)
        push(&s, i, 1);
    assert_int_equal(next(&s), 0); /* at work when the others come */
    push(&s, 20, 2);
    push(&s, 21, 3);
    push(&s, 22, 2);
    done(&s, 0);
    assert_int_equal(next(&s), 20);
    done(&s, 20);
    assert_int_equal(next(&s), 21);
    done(&s, 21);
    assert_int_equal(next(&s), 1);
    done(&s, 1);
    assert_int_equal(next(&s), 22);
    done(&s, 22);
    assert_int_equal(next(&s), 2);
    fair_queue_release(&s.queue);
}

/* Places are shared: who holds most of them waits for those who hold fewer. */
static void test_shares(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 32, 4);
    for (size_t i = 0; i < 10; i++)
        push(&s, i, 1);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(next(&s), i);
    for (size_t i = 10; i < 20; i++)
        push(&s, i, 2);
    done(&s, 0);
    assert_int_equal(next(&s), 10);
    done(&s, 1);
    assert_int_equal(next(&s), 11);
    done(&s, 2); /* one and two at work: the first owner's turn */
    assert_int_equal(next(&s), 4);
    done(&s, 10);
    assert_int_equal(next(&s), 12);
    fair_queue_release(&s.queue);
}

static void test_back_and_out(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 8, 2);
    for (size_t i = 0; i < 3; i++)
        push(&s, i, 1);
    push(&s, 3, 2);
    assert_int_equal(next(&s), 0);
    fair_queue_put_back(&s.queue, &s.items[0]);
    assert_int_equal(s.queue.waiting, 4);
    assert_int_equal(next(&s), 0);
    fair_queue_remove(&s.queue, &s.items[2]); /* the last of the line */
    push(&s, 4, 1);
    fair_queue_remove(&s.queue, &s.items[1]); /* the first */
    assert_int_equal(next(&s), 3);
    done(&s, 3);
    done(&s, 0);
    assert_int_equal(next(&s), 4);
    done(&s, 4);
    assert_int_equal(s.queue.owner_count, 0);
    assert_int_equal(s.queue.waiting, 0);
    fair_queue_release(&s.queue);
}

/* Who fills the queue gives up places to those who have fewer in it. */
static void test_excess(void **unused)
{
    (void)unused;
    struct scene s;
    scene_open(&s, 6, 2);
    for (size_t i = 0; i < 6; i++)
        push(&s, i, 1);
    assert_null(fair_queue_excess(&s.queue, 1));
    for (size_t i = 6; i < 8; i++) {
        assert_false(fair_queue_push(&s.queue, &s.items[i], 2, 1));
        assert_ptr_equal(fair_queue_excess(&s.queue, 2), &s.items[11 - i]);
        fair_queue_remove(&s.queue, &s.items[11 - i]);
        push(&s, i, 2);
    }
    assert_ptr_equal(fair_queue_excess(&s.queue, 2), &s.items[3]);
    fair_queue_remove(&s.queue, &s.items[3]);
    push(&s, 8, 2);
    assert_null(fair_queue_excess(&s.queue, 2)); /* three each */
    assert_non_null(fair_queue_excess(&s.queue, 3));
    fair_queue_release(&s.queue);
}

/* A random life: nothing is lost, nothing comes twice. */
static void test_sums(void **unused)
{
    (void)unused;
    enum { FREE, WAITING, WORKING };
    struct scene s;
    int state[ITEMS] = {0};
    uint32_t seed = 7;
    size_t waiting = 0, working = 0;
    scene_open(&s, 20, 5);
    for (int turn = 0; turn < 100000; turn++) {
        seed = seed * 1664525u + 1013904223u;
        size_t i = (seed >> 8) % ITEMS;
        if (state[i] == FREE && fair_queue_push(&s.queue, &s.items[i], seed >> 16 & 7, 1)) {
            state[i] = WAITING;
            waiting++;
        } else if (state[i] == WAITING && (seed >> 20) % 4 == 0) {
            fair_queue_remove(&s.queue, &s.items[i]);
            state[i] = FREE;
            waiting--;
        } else if (state[i] == WORKING) {
            bool back = waiting < 20 && (seed >> 20) % 4 == 0;
            if (back)
                fair_queue_put_back(&s.queue, &s.items[i]);
            else
                done(&s, i);
            state[i] = back ? WAITING : FREE;
            waiting += back;
            working--;
        }
        if (working < 5 && waiting > 0) {
            size_t n = next(&s);
            assert_int_equal(state[n], WAITING);
            state[n] = WORKING;
            waiting--;
            working++;
        }
        assert_int_equal(s.queue.waiting, waiting);
        assert_true(s.queue.owner_count <= 8);
    }
    fair_queue_release(&s.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_owner_is_in_order),
        cmocka_unit_test(test_places_count),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_back_and_out),
        cmocka_unit_test(test_excess),
        cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
