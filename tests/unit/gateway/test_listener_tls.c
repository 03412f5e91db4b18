/* listener.h over TLS: versions, protocols, hang-up, and certificates replaced while it runs. */
#include <signal.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/unit/gateway/listener_scene.h"

static struct scene scene;
static struct listener_tls *tls;
static char folder[] = "/tmp/penstock-tls-XXXXXX";

struct files {
    char certificate[64], key[64];
};

static struct files files_of(const char *name)
{
    struct files f;
    (void)snprintf(f.certificate, sizeof(f.certificate), "%s/%s.pem", folder, name);
    (void)snprintf(f.key, sizeof(f.key), "%s/%s.key", folder, name);
    return f;
}

static void make_certificate(const char *name)
{
    char command[512];
    struct files f = files_of(name);
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=%s -keyout %s -out %s 2>/dev/null",
                   name, f.key, f.certificate);
    assert_int_equal(system(command), 0);
}

static int make_files(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    struct files broken = files_of("broken");
    make_certificate("one");
    make_certificate("two");
    int fd = open(broken.certificate, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "-----BEGIN CERTIFICATE-----\nMIIB", 32), 32);
    close(fd);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    static const char *const names[] = {"one", "two", "broken"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct files f = files_of(names[i]);
        (void)unlink(f.certificate);
        (void)unlink(f.key);
    }
    return rmdir(folder);
}

static int open_scene(void **state)
{
    (void)state;
    struct err e = {.code = ERR_NONE};
    struct files one = files_of("one");
    struct listener_limits limits = scene_limits();
    limits.header_timeout_ms = 1000;
    tls = listener_tls_new(one.certificate, one.key, LISTENER_TLS_1_2, &e);
    if (tls == NULL)
        fail_msg("%s", e.text);
    scene_open(&scene, "127.0.0.1:0", tls, limits);
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close(&scene);
    listener_tls_free(tls);
    return 0;
}

struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static bool client_tls(struct client *c, int version, const char *protocols)
{
    c->fd = client_open(&scene);
    c->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(c->ctx, 0); /* so that it is the server who refuses */
    (void)SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION);
    if (version != 0)
        (void)SSL_CTX_set_max_proto_version(c->ctx, version);
    c->ssl = SSL_new(c->ctx);
    if (protocols != NULL)
        (void)SSL_set_alpn_protos(c->ssl, (const unsigned char *)protocols,
                                  (unsigned)strlen(protocols));
    (void)SSL_set_fd(c->ssl, c->fd);
    bool done = SSL_connect(c->ssl) == 1;
    ERR_clear_error();
    return done;
}

static void client_free(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
}

static bool client_asks(struct client *c, const char *request, const char *expects)
{
    char text[4096] = "";
    size_t len = 0;
    if (SSL_write(c->ssl, request, (int)strlen(request)) <= 0)
        return false;
    while (strstr(text, expects) == NULL) {
        int n = SSL_read(c->ssl, text + len, (int)(sizeof(text) - 1 - len));
        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
    }
    return true;
}

static bool client_sees(const struct client *c, const char *name)
{
    char subject[64] = "";
    X509 *certificate = SSL_get1_peer_certificate(c->ssl);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, subject,
                                    sizeof(subject));
    X509_free(certificate);
    return strcmp(subject, name) == 0;
}

static void test_requests(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        struct client c;
        assert_true(client_tls(&c, versions[i], "\x02h2\x08http/1.1"));
        const unsigned char *chosen;
        unsigned len;
        SSL_get0_alpn_selected(c.ssl, &chosen, &len);
        assert_int_equal(len, 8);
        assert_memory_equal(chosen, "http/1.1", 8);
        assert_true(client_asks(&c, HELLO, "\r\n\r\n"));
        assert_true(client_asks(&c, ASK("/later") ASK("/later"), "laterHTTP/1.1 200"));
        assert_true(client_asks(&c, ASK("/chunks"), "\r\n0\r\n\r\n"));
        assert_true(client_asks(&c, "GET /x HTTP/1.1\r\nHost : a\r\n\r\n", " 400 "));
        client_free(&c);
    }
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        bool says_goodbye;
    } rows[] = {{ASK("/close"), true}, {ASK("/cut-chunked"), false}};
    for (size_t i = 0; i < 2; i++) {
        struct client c;
        char text[4096];
        int n;
        assert_true(client_tls(&c, 0, NULL));
        assert_true(SSL_write(c.ssl, rows[i].request, (int)strlen(rows[i].request)) > 0);
        do {
            n = SSL_read(c.ssl, text, sizeof(text));
        } while (n > 0);
        /* A cut answer must not look ended. */
        assert_int_equal(SSL_get_error(c.ssl, n) == SSL_ERROR_ZERO_RETURN, rows[i].says_goodbye);
        client_free(&c);
    }
}

static void test_large_body_both_ways(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    static char body[SIZE], text[SIZE + 4096];
    char head[128];
    struct client c;
    size_t len = 0;
    memset(body, 'x', SIZE);
    int n = snprintf(
        head, sizeof(head),
        "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", SIZE);
    assert_true(client_tls(&c, 0, NULL));
    assert_int_equal(SSL_write(c.ssl, head, n), n);
    assert_int_equal(SSL_write(c.ssl, body, SIZE), SIZE);
    while ((n = SSL_read(c.ssl, text + len, (int)(sizeof(text) - len))) > 0)
        len += (size_t)n;
    assert_true(len > SIZE);
    assert_memory_equal(text + len - SIZE, body, SIZE);
    client_free(&c);
}

static void test_back_pressure(void **state)
{
    (void)state;
    static char text[65536];
    struct client c;
    size_t len = 0;
    int n;
    assert_true(client_tls(&c, 0, NULL));
    static const char ask[] = "GET /flood HTTP/1.0\r\n\r\n";
    assert_true(SSL_write(c.ssl, ask, sizeof(ask) - 1) > 0);
    await_held_up(&scene);
    while ((n = SSL_read(c.ssl, text, sizeof(text))) > 0)
        len += (size_t)n;
    assert_true(len > FLOOD_BYTES);
    assert_true(atomic_load(&scene.drains) > 0);
    assert_true(atomic_load(&scene.most_pending) <= REPLY_HIGH_WATER + FLOOD_PIECE + 64);
    client_free(&c);
}

static void test_hang_up(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 3; variant++) {
        struct client c;
        assert_true(client_tls(&c, 0, NULL));
        assert_true(SSL_write(c.ssl, ASK("/hold"), sizeof(ASK("/hold")) - 1) > 0);
        await(&scene.requests, variant + 1);
        assert_int_equal(atomic_load(&scene.aborts), variant);
        if (variant == 0)
            (void)SSL_shutdown(c.ssl); /* close_notify, TCP stays open */
        else if (variant == 1)
            (void)shutdown(c.fd, SHUT_WR);
        else
            client_reset(c.fd);
        await(&scene.aborts, variant + 1);
        if (variant == 2)
            c.fd = -1;
        client_free(&c);
    }
}

static void test_refused_clients(void **state)
{
    (void)state;
    struct client c;
    assert_false(client_tls(&c, TLS1_1_VERSION, NULL));
    client_free(&c);
    assert_false(client_tls(&c, 0, "\x02h2"));
    client_free(&c);
    /* Clear text on the TLS port; silence on it. */
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, HELLO);
    (void)client_hear(fd, &heard, NULL);
    assert_null(strstr(heard.text, "HTTP/1.1"));
    close(fd);
    fd = client_open(&scene);
    (void)client_hear(fd, &heard, NULL);
    close(fd);
    assert_int_equal(atomic_load(&scene.requests), 0);
    assert_true(scene_counts(&scene).tls_failed >= 3);
}

static void test_reload(void **state)
{
    (void)state;
    struct files two = files_of("two"), one = files_of("one"), broken = files_of("broken");
    struct files missing = files_of("missing");
    struct err e = {.code = ERR_NONE};
    struct client old, fresh;

    assert_true(client_tls(&old, 0, NULL));
    assert_true(client_sees(&old, "one"));
    assert_true(listener_tls_expiry(tls) > time(NULL) + 86400);

    assert_int_not_equal(listener_tls_reload(tls, broken.certificate, one.key, &e), 0);
    assert_non_null(strstr(e.text, broken.certificate));
    assert_int_not_equal(listener_tls_reload(tls, missing.certificate, one.key, &e), 0);
    assert_int_not_equal(listener_tls_reload(tls, two.certificate, one.key, &e), 0); /* no pair */
    assert_non_null(strstr(e.text, one.key));
    assert_true(client_tls(&fresh, 0, NULL));
    assert_true(client_sees(&fresh, "one"));
    assert_true(client_asks(&fresh, HELLO, " 200 "));
    client_free(&fresh);

    assert_int_equal(listener_tls_reload(tls, two.certificate, two.key, &e), 0);
    assert_true(client_tls(&fresh, 0, NULL));
    assert_true(client_sees(&fresh, "two"));
    assert_true(client_asks(&fresh, HELLO, " 200 "));
    client_free(&fresh);
    assert_true(client_asks(&old, HELLO, " 200 ")); /* old sessions live on */
    client_free(&old);
}

/* Reloading is for another thread than the worker's; tsan looks here. */
static void test_reload_under_load(void **state)
{
    (void)state;
    struct files files[] = {files_of("one"), files_of("two")};
    for (int i = 0; i < 30; i++) {
        struct client c;
        assert_int_equal(listener_tls_reload(tls, files[i % 2].certificate, files[i % 2].key, NULL),
                         0);
        assert_true(client_tls(&c, 0, NULL));
        assert_true(client_asks(&c, HELLO, " 200 "));
        client_free(&c);
    }
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* of the clients here */
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)
    const struct CMUnitTest tests[] = {
        TEST(test_requests),      TEST(test_ends),
        TEST(test_hang_up),       TEST(test_large_body_both_ways),
        TEST(test_back_pressure), TEST(test_refused_clients),
        TEST(test_reload),        TEST(test_reload_under_load),
    };
#undef TEST
    return cmocka_run_group_tests_name("listener tls", tests, make_files, remove_files);
}
