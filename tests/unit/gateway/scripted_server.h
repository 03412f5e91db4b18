/*
 * scripted_server.h - a TCP (or TLS) server on loopback that does what a test says; for tests only.
 *
 * Connections are served one after the other on the server's thread.
 */
#ifndef PENSTOCK_TEST_SCRIPTED_SERVER_H
#define PENSTOCK_TEST_SCRIPTED_SERVER_H

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
    int listener;
    uint16_t port;
    pthread_t thread;
    void (*serve)(struct server *server);
    const void *script;
    SSL_CTX *tls; /* NULL: plain */
    atomic_int accepted;
    atomic_int requests; /* that were read whole */
    atomic_int hung_up;  /* connections whose client closed first */
    atomic_bool stop;
    /* Of the connection being served. */
    int fd;
    SSL *ssl;
    /* Of the last request. */
    pthread_mutex_t lock;
    char *request;
    size_t request_len, body_at;
};

static inline ssize_t server_recv(struct server *s, void *out, size_t cap)
{
    return s->ssl != NULL ? SSL_read(s->ssl, out, (int)cap) : recv(s->fd, out, cap, 0);
}

static inline bool server_send(struct server *s, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n =
            s->ssl != NULL ? SSL_write(s->ssl, p, (int)len) : send(s->fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static inline bool server_say(struct server *s, const char *text)
{
    return server_send(s, text, strlen(text));
}

/* Reads one request with its Content-Length; false when the client went away. */
static inline bool server_read_request(struct server *s)
{
    size_t cap = 4 << 20, len = 0, need = 0, body_at = 0;
    char *text = malloc(cap + 1);
    while (text != NULL && (need == 0 || len < need) && len < cap) {
        ssize_t n = server_recv(s, text + len, cap - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
        char *end = strstr(text, "\r\n\r\n");
        if (need == 0 && end != NULL) {
            const char *length = strcasestr(text, "content-length:");
            body_at = (size_t)(end - text) + 4;
            need = body_at + (length != NULL ? strtoul(length + 15, NULL, 10) : 0);
        }
    }
    bool whole = need > 0 && len >= need;
    pthread_mutex_lock(&s->lock);
    free(s->request);
    s->request = text;
    s->request_len = len;
    s->body_at = body_at;
    pthread_mutex_unlock(&s->lock);
    s->requests += whole;
    return whole;
}

/* Waits until the client closes. */
static inline void server_wait_for_close(struct server *s)
{
    char drop[4096];
    while (recv(s->fd, drop, sizeof(drop), 0) > 0)
        ;
    s->hung_up++;
}

/* Waits until the client has read all that was sent, by the kernel's table of its socket. */
static inline void server_wait_until_read(struct server *s)
{
    struct sockaddr_in client;
    socklen_t len = sizeof(client);
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    char wanted[32], line[256];
    if (getpeername(s->fd, (struct sockaddr *)&client, &len) != 0)
        return;
    snprintf(wanted, sizeof(wanted), ":%04X 0100007F:%04X ", ntohs(client.sin_port), s->port);
    for (bool all = false; !all;) {
        FILE *table = fopen("/proc/net/tcp", "r");
        int unacknowledged = 0;
        unsigned unread = 0;
        if (table == NULL || ioctl(s->fd, SIOCOUTQ, &unacknowledged) != 0)
            abort();
        while (fgets(line, sizeof(line), table) != NULL) {
            const char *row = strstr(line, wanted);
            if (row != NULL)
                (void)sscanf(row + strlen(wanted), "%*x %*x:%x", &unread);
        }
        fclose(table);
        all = unacknowledged == 0 && unread == 0;
        nanosleep(&wait, NULL);
    }
}

static inline void server_reset(struct server *s)
{
    struct linger hard = {.l_onoff = 1};
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void *server_main(void *arg)
{
    struct server *s = arg;
    for (;;) {
        s->fd = accept(s->listener, NULL, NULL);
        if (s->fd < 0 || s->stop)
            break;
        s->accepted++;
        s->ssl = NULL;
        if (s->tls != NULL) {
            s->ssl = SSL_new(s->tls);
            SSL_set_fd(s->ssl, s->fd);
        }
        if (s->ssl == NULL || SSL_accept(s->ssl) == 1)
            s->serve(s);
        if (s->ssl != NULL)
            SSL_free(s->ssl);
        close(s->fd);
    }
    if (s->fd >= 0)
        close(s->fd);
    return NULL;
}

static inline void server_start(struct server *s, void (*serve)(struct server *),
                                const void *script)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    s->serve = serve;
    s->script = script;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->listener, (struct sockaddr *)&address, len) != 0 || listen(s->listener, 64) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&s->thread, NULL, server_main, s) != 0)
        abort();
    s->port = ntohs(address.sin_port);
}

static inline void server_stop(struct server *s)
{
    s->stop = true;
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    pthread_mutex_destroy(&s->lock);
    free(s->request);
    SSL_CTX_free(s->tls);
}

/* ---- a certificate of its own, for 127.0.0.1 or another name ---- */

static inline SSL_CTX *server_tls(const char *subject_alt_name, long valid_s, const char *pem_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
    X509_gmtime_adj(X509_getm_notAfter(cert), valid_s);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"penstock test", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, subject_alt_name);
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    if (X509_sign(cert, key, EVP_sha256()) == 0)
        abort();
    FILE *pem = fopen(pem_path, "w");
    if (pem == NULL || PEM_write_X509(pem, cert) != 1 || fclose(pem) != 0)
        abort();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
        abort();
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

#endif
