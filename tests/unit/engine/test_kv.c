/* Pages: promises, sharing, the prefix cache and what it may not do. */
#include "engine_test.h"

#include "engine/prefix.h"

enum { LIMIT = 8 };

static const struct arch tiny = {.kv_heads = 1, .head_size = 32, .layers = 1};

static void store_open(struct kv_store *store, size_t pages)
{
    struct kv_store probe;
    assert_int_equal(kv_store_init(&probe, &tiny, 1 << 20, GGUF_F16, NULL), 0);
    assert_int_equal(kv_store_init(store, &tiny, pages * probe.page_bytes, GGUF_F16, NULL), 0);
    assert_int_equal(store->limit, pages);
    assert_int_equal(prefix_init(store, NULL), 0);
}

/* A conversation: its tokens depend on where it leaves the common path. */
static void fill(int32_t *tokens, size_t count, size_t same, int32_t other)
{
    for (size_t i = 0; i < count; i++)
        tokens[i] = (int32_t)i % 50 + (i < same ? 0 : other);
}

/* Opens a sequence as a session does; returns how many positions the cache had. */
static size_t begin(struct kv_store *store, struct kv_sequence *q, uint64_t tenant,
                    const int32_t *tokens, size_t count, size_t positions)
{
    size_t shared = prefix_shared(store, tenant, tokens, count - 1);
    assert_int_equal(kv_sequence_open(q, store, positions, shared, 0, NULL), 0);
    return prefix_attach(store, q, tenant, tokens, count - 1);
}

/* "Computes" positions: the first row of a page says which token stands there. */
static void compute(struct kv_store *store, struct kv_sequence *q, const int32_t *tokens,
                    size_t from, size_t count)
{
    assert_int_equal(kv_sequence_grow(q, store, count, NULL), 0);
    for (size_t i = from; i < count; i++)
        memcpy((char *)q->pages[i / KV_PAGE] + i % KV_PAGE * store->row_bytes, &tokens[i],
               sizeof(*tokens));
}

static void check_rows(const struct kv_store *store, const struct kv_sequence *q,
                       const int32_t *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *row = (const char *)q->pages[i / KV_PAGE] + i % KV_PAGE * store->row_bytes;
        int32_t token = 0;
        memcpy(&token, row, sizeof(token));
        assert_int_equal(token, tokens[i]);
    }
}

static size_t run(struct kv_store *store, uint64_t tenant, const int32_t *tokens, size_t count)
{
    struct kv_sequence q;
    size_t had = begin(store, &q, tenant, tokens, count, count);
    check_rows(store, &q, tokens, had);
    compute(store, &q, tokens, had, count);
    prefix_keep(store, &q, tokens, count, true);
    kv_sequence_close(&q, store);
    assert_int_equal(store->promised, 0);
    assert_true(store->allocated <= store->limit);
    return had;
}

static void test_found_again(void **unused)
{
    (void)unused;
    struct kv_store store;
    int32_t tokens[200], other[200];
    store_open(&store, LIMIT);
    fill(tokens, 200, 200, 0);
    assert_int_equal(run(&store, 7, tokens, 100), 0);
    /* All but the last token, whose logits are wanted; also from a page that is not full. */
    assert_int_equal(run(&store, 7, tokens, 100), 99);
    assert_int_equal(run(&store, 7, tokens, 98), 97);
    assert_int_equal(run(&store, 7, tokens, 40), 39);
    /* The conversation goes on. */
    assert_int_equal(run(&store, 7, tokens, 150), 100);
    assert_int_equal(run(&store, 7, tokens, 150), 149);
    /* Another one leaves the path, inside a page and at its edge. */
    fill(other, 200, 70, 1000);
    assert_int_equal(run(&store, 7, other, 90), 70);
    fill(other, 200, 64, 2000);
    assert_int_equal(run(&store, 7, other, 90), 64);
    kv_store_release(&store);
}

static void test_tenants(void **unused)
{
    (void)unused;
    struct kv_store store;
    int32_t tokens[100];
    store_open(&store, LIMIT);
    fill(tokens, 100, 100, 0);
    assert_int_equal(run(&store, 7, tokens, 100), 0);
    assert_int_equal(run(&store, 8, tokens, 100), 0);
    assert_int_equal(run(&store, 0, tokens, 100), 0);
    assert_int_equal(run(&store, 0, tokens, 100), 0);
    assert_int_equal(run(&store, 8, tokens, 100), 99);
    kv_store_release(&store);
}

/* Nobody's pages stay when nobody is named, and what is given back is wiped. */
static void test_wiped(void **unused)
{
    (void)unused;
    struct kv_store store;
    int32_t tokens[64];
    store_open(&store, LIMIT);
    fill(tokens, 64, 0, 1);
    run(&store, 0, tokens, 64);
    assert_int_equal(store.cached, 0);
    size_t spare = 0;
    for (struct kv_page *page = store.spare.first; page != NULL; page = page->next, spare++) {
        for (size_t i = 0; i < store.page_bytes - sizeof(*page); i++)
            assert_int_equal(page->rows[i], 0);
        for (size_t i = 0; i < KV_PAGE; i++)
            assert_int_equal(page->tokens[i], 0);
    }
    assert_int_equal(spare, 2);
    kv_store_release(&store);
}

/* Two that run at once hold the pages of their common beginning once. */
static void test_shared_while_running(void **unused)
{
    (void)unused;
    struct kv_store store;
    struct kv_sequence a, b, c;
    int32_t tokens[160];
    store_open(&store, LIMIT);
    fill(tokens, 160, 160, 0);
    assert_int_equal(begin(&store, &a, 7, tokens, 128, 160), 0);
    compute(&store, &a, tokens, 0, 128);
    prefix_keep(&store, &a, tokens, 128, false);
    assert_int_equal(store.promised, 5);
    assert_int_equal(begin(&store, &b, 7, tokens, 130, 192), 128);
    assert_int_equal(store.promised, 7); /* 5 and two of its own: there is no room for 6 */
    assert_int_equal(kv_sequence_open(&c, &store, 64, 0, 0, NULL), ENGINE_ERR_BUSY);
    compute(&store, &b, tokens, 128, 160);
    check_rows(&store, &b, tokens, 160);
    assert_ptr_equal(a.pages[3], b.pages[3]);
    kv_sequence_close(&a, &store);
    check_rows(&store, &b, tokens, 160);
    assert_int_equal(store.promised, 6);
    kv_sequence_close(&b, &store);
    assert_int_equal(store.promised, 0);
    kv_store_release(&store);
}

/* Two that computed the same side by side end with one copy. */
static void test_same_side_by_side(void **unused)
{
    (void)unused;
    struct kv_store store;
    struct kv_sequence a, b;
    int32_t tokens[96];
    store_open(&store, LIMIT);
    fill(tokens, 96, 96, 0);
    assert_int_equal(begin(&store, &a, 7, tokens, 96, 96), 0);
    assert_int_equal(begin(&store, &b, 7, tokens, 96, 96), 0);
    compute(&store, &a, tokens, 0, 96);
    compute(&store, &b, tokens, 0, 96);
    prefix_keep(&store, &a, tokens, 96, false);
    assert_int_equal(store.promised, 6);
    prefix_keep(&store, &b, tokens, 96, false);
    assert_int_equal(store.promised, 3);
    assert_int_equal(store.cached, 3);
    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(a.pages[i], b.pages[i]);
    kv_sequence_close(&b, &store);
    check_rows(&store, &a, tokens, 96);
    kv_sequence_close(&a, &store);
    assert_int_equal(store.promised, 0);
    assert_int_equal(run(&store, 7, tokens, 96), 95);
    kv_store_release(&store);
}

/* The limit holds whatever is kept; what was used longest ago goes, the ends before beginnings. */
static void test_room(void **unused)
{
    (void)unused;
    struct kv_store store;
    int32_t a[128], b[128], c[256];
    store_open(&store, LIMIT);
    fill(a, 128, 0, 1000);
    fill(b, 128, 0, 2000);
    fill(c, 256, 0, 3000);
    run(&store, 7, a, 128);
    run(&store, 7, b, 128);
    assert_int_equal(store.allocated, LIMIT);
    assert_int_equal(run(&store, 7, a, 128), 127);
    run(&store, 7, c, 64); /* pages of b's must go: its last ones */
    assert_int_equal(run(&store, 7, a, 128), 127);
    assert_int_equal(run(&store, 7, b, 33), 32);
    /* One that needs it all gets it all, a part of it from the cache. */
    assert_int_equal(run(&store, 7, c, 256), 64);
    assert_int_equal(run(&store, 7, c, 256), 255);
    assert_int_equal(run(&store, 7, a, 128), 0);
    assert_int_equal(store.allocated, LIMIT);
    kv_store_release(&store);
}

/* What is promised of a prompt that several wait for is promised once, whoever goes first. */
static void test_awaited(void **unused)
{
    (void)unused;
    struct kv_store store;
    int32_t tokens[100];
    fill(tokens, 100, 0, 0);
    for (int order = 0; order < 6; order++) {
        struct kv_sequence q[3];
        store_open(&store, 6);
        assert_int_equal(kv_sequence_open(&q[0], &store, 100, 0, 0, NULL), 0);
        for (int i = 1; i < 3; i++)
            assert_int_equal(kv_sequence_open(&q[i], &store, 100, 0, 3, NULL), 0);
        assert_int_equal(store.promised, 6);
        compute(&store, &q[0], tokens, 0, 97);
        for (int i = 1; i < 3 && order % 2 == 0; i++) {
            assert_int_equal(kv_sequence_share(&q[i], &store, &q[0], 97, NULL), 0);
            check_rows(&store, &q[i], tokens, 97);
        }
        assert_int_equal(store.promised, 6);
        for (int i = 0; i < 3; i++) {
            int which =
                order % 2 == 0 ? (i + order) % 3 : 2 - i; /* the leader last: it is needed */
            kv_sequence_close(&q[which], &store);
        }
        assert_int_equal(store.promised, 0);
        assert_int_equal(store.allocated, order % 2 == 0 ? 6 : 4);
        kv_store_release(&store);
    }
}

/* A long random life: the sums hold, and every row is the one of its token. */
static void test_many_lives(void **unused)
{
    (void)unused;
    enum { MOST = 4, TURNS = 20000 };
    struct kv_store store;
    struct {
        bool open;
        struct kv_sequence q;
        int32_t tokens[200];
        size_t at, count;
    } lives[MOST] = {0};
    uint32_t seed = 1;
    size_t found = 0;
    store_open(&store, 12);
    for (int turn = 0; turn < TURNS; turn++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned draw = seed >> 8, i = draw % MOST;
        if (!lives[i].open) {
            size_t count = 1 + draw / 8 % 199;
            uint64_t tenant = draw / 4 % 3;
            fill(lives[i].tokens, 200, draw / 16 % 180, (int32_t)(draw / 32 % 4) * 100);
            size_t shared = prefix_shared(&store, tenant, lives[i].tokens, count - 1);
            if (kv_sequence_open(&lives[i].q, &store, count, shared, 0, NULL) != 0)
                continue;
            lives[i].open = true;
            lives[i].count = count;
            lives[i].at = prefix_attach(&store, &lives[i].q, tenant, lives[i].tokens, count - 1);
            found += lives[i].at;
        } else if (lives[i].at < lives[i].count && draw % 7 != 0) {
            size_t to = lives[i].at + 1 + draw / 64 % 40;
            to = to < lives[i].count ? to : lives[i].count;
            compute(&store, &lives[i].q, lives[i].tokens, lives[i].at, to);
            lives[i].at = to;
            prefix_keep(&store, &lives[i].q, lives[i].tokens, to, false);
        } else {
            check_rows(&store, &lives[i].q, lives[i].tokens, lives[i].at);
            prefix_keep(&store, &lives[i].q, lives[i].tokens, lives[i].at, true);
            kv_sequence_close(&lives[i].q, &store);
            lives[i].open = false;
        }
        assert_true(store.promised <= store.limit);
        assert_true(store.allocated <= store.limit);
    }
    assert_true(found > TURNS);
    for (unsigned i = 0; i < MOST; i++) {
        if (lives[i].open)
            kv_sequence_close(&lives[i].q, &store);
    }
    assert_int_equal(store.promised, 0);
    kv_store_release(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_again),
        cmocka_unit_test(test_tenants),
        cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_shared_while_running),
        cmocka_unit_test(test_same_side_by_side),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_awaited),
        cmocka_unit_test(test_many_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
