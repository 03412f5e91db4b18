#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/listener_conn.h"

struct listener_tls {
    enum listener_tls_version least;
    pthread_mutex_t lock; /* over the two below; held for a pointer copy only */
    SSL_CTX *ctx;         /* each session holds a reference of its own */
    int64_t expiry;
};

/*
 * Takes the first reason that OpenSSL gave, the last being "PEM lib" and the like; its texts name
 * no bytes of the files.
 */
static int tls_error(struct err *e, const char *file)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    int rc = err_set(e, ERR_SYNTAX, "%s: %s", file, reason != NULL ? reason : "cannot be used");
    ERR_clear_error();
    return rc;
}

/* Instead of asking on the terminal. */
static int no_passphrase(char *out, int cap, int writing, void *ctx)
{
    (void)out;
    (void)cap;
    (void)writing;
    (void)ctx;
    return -1;
}

/* A client that offers protocols but not this one speaks only HTTP/2: it learns so at once. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned int in_len, void *ctx)
{
    static const unsigned char http_1_1[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl;
    (void)ctx;
    if (SSL_select_next_proto(&chosen, out_len, http_1_1, sizeof(http_1_1) - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int64_t certificate_expiry(SSL_CTX *ctx)
{
    struct tm end;
    const X509 *certificate = SSL_CTX_get0_certificate(ctx);
    if (certificate == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
        return 0;
    return (int64_t)timegm(&end);
}

static SSL_CTX *ctx_new(const char *certificate_file, const char *key_file,
                        enum listener_tls_version least, struct err *e)
{
    static const unsigned char session_context[] = "penstock";
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL) {
        err_set(e, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    (void)SSL_CTX_set_min_proto_version(ctx, least == LISTENER_TLS_1_3 ? TLS1_3_VERSION
                                                                       : TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_CLEANSE_PLAINTEXT);
    /* Idle connections keep no record buffers; a moved or shortened write may be tried again. */
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_id_context(ctx, session_context, sizeof(session_context) - 1);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
    if (SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        (void)tls_error(e, "TLS ciphers");
    } else if (SSL_CTX_use_certificate_chain_file(ctx, certificate_file) != 1) {
        (void)tls_error(e, certificate_file);
    } else if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
               SSL_CTX_check_private_key(ctx) != 1) {
        (void)tls_error(e, key_file);
    } else {
        return ctx;
    }
    SSL_CTX_free(ctx);
    return NULL;
}

struct listener_tls *listener_tls_new(const char *certificate_file, const char *key_file,
                                      enum listener_tls_version least, struct err *e)
{
    struct listener_tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL) {
        err_set(e, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    tls->least = least;
    tls->ctx = ctx_new(certificate_file, key_file, least, e);
    if (tls->ctx == NULL) {
        free(tls);
        return NULL;
    }
    tls->expiry = certificate_expiry(tls->ctx);
    (void)pthread_mutex_init(&tls->lock, NULL);
    return tls;
}

int listener_tls_reload(struct listener_tls *tls, const char *certificate_file,
                        const char *key_file, struct err *e)
{
    struct err failure = {.code = ERR_NONE};
    SSL_CTX *ctx = ctx_new(certificate_file, key_file, tls->least, &failure);
    if (ctx == NULL) {
        if (e != NULL)
            *e = failure;
        return failure.code;
    }
    (void)pthread_mutex_lock(&tls->lock);
    SSL_CTX *old = tls->ctx;
    tls->ctx = ctx;
    tls->expiry = certificate_expiry(ctx);
    (void)pthread_mutex_unlock(&tls->lock);
    SSL_CTX_free(old);
    return 0;
}

int64_t listener_tls_expiry(struct listener_tls *tls)
{
    (void)pthread_mutex_lock(&tls->lock);
    int64_t expiry = tls->expiry;
    (void)pthread_mutex_unlock(&tls->lock);
    return expiry;
}

void listener_tls_free(struct listener_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->ctx);
    (void)pthread_mutex_destroy(&tls->lock);
    free(tls);
}

struct ssl_st *tls_session_new(struct listener_tls *tls, int fd)
{
    (void)pthread_mutex_lock(&tls->lock);
    SSL *ssl = SSL_new(tls->ctx);
    (void)pthread_mutex_unlock(&tls->lock);
    if (ssl == NULL)
        return NULL;
    if (SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}

void tls_session_free(struct ssl_st *ssl)
{
    SSL_free(ssl);
}

static ssize_t tls_result(SSL *ssl, int rc)
{
    switch (SSL_get_error(ssl, rc)) {
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return IO_AGAIN;
    default:
        ERR_clear_error();
        return IO_ERROR;
    }
}

ssize_t tls_read(struct ssl_st *ssl, void *bytes, size_t len)
{
    ERR_clear_error();
    int rc = SSL_read(ssl, bytes, len < INT_MAX ? (int)len : INT_MAX);
    return rc > 0 ? rc : tls_result(ssl, rc);
}

ssize_t tls_write(struct ssl_st *ssl, const void *bytes, size_t len)
{
    ERR_clear_error();
    int rc = SSL_write(ssl, bytes, len < INT_MAX ? (int)len : INT_MAX);
    if (rc > 0)
        return rc;
    ssize_t result = tls_result(ssl, rc);
    return result == 0 ? IO_ERROR : result;
}

bool tls_is_open(const struct ssl_st *ssl)
{
    return SSL_is_init_finished(ssl) != 0;
}

void tls_close(struct ssl_st *ssl)
{
    ERR_clear_error();
    (void)SSL_shutdown(ssl);
    ERR_clear_error();
}
