#include "gateway/upstream_target.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/wiping.h"

/* ---- libcurl: requests and answers go through its buffers ---- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_status;

static void init_curl(void)
{
    curl_status = curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_malloc, wiping_free,
                                       wiping_realloc, wiping_strdup, wiping_calloc);
}

int upstream_curl_init(struct err *err)
{
    pthread_once(&curl_once, init_curl);
    if (curl_status != CURLE_OK)
        return err_set(err, ERR_BAD_STATE, "libcurl: %s", curl_easy_strerror(curl_status));
    return 0;
}

/* ---- targets ---- */

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

static bool is_address(const char *host)
{
    unsigned char address[16];
    return host[0] == '[' || inet_pton(AF_INET, host, address) == 1;
}

static int read_url(struct upstream_target *t, const char *url, struct err *err)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL, *host = NULL, *other = NULL;
    int rc = 0;
    if (parsed == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        rc = err_set(err, ERR_SYNTAX, "target %s: url is not a URL such as https://host/v1",
                     t->name);
        goto out;
    }
    t->https = strcmp(scheme, "https") == 0;
    if (!t->https && strcmp(scheme, "http") != 0) {
        rc =
            err_set(err, ERR_SYNTAX, "target %s: url must begin with https:// or http://", t->name);
        goto out;
    }
    if (curl_url_get(parsed, CURLUPART_USER, &other, 0) == CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_PASSWORD, &other, 0) == CURLUE_OK) {
        rc = err_set(err, ERR_SYNTAX,
                     "target %s: url must not hold a user or password; use api_key_env or "
                     "api_key_file",
                     t->name);
        goto out;
    }
    if (strpbrk(url, "?#") != NULL) {
        rc = err_set(err, ERR_SYNTAX, "target %s: url must not have a query or fragment", t->name);
        goto out;
    }
    t->numeric = is_address(host);
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    t->url = strndup(url, len);
    if (t->url == NULL)
        rc = err_set(err, ERR_MEMORY, "out of memory");
out:
    curl_free(scheme);
    curl_free(host);
    curl_free(other);
    curl_url_cleanup(parsed);
    return rc;
}

static int add_header(struct upstream_target *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (longer == NULL)
        return ERR_MEMORY;
    t->headers = longer;
    return 0;
}

static int add_key(struct upstream_target *t, const char *key, struct err *err)
{
    static const char prefix[] = "Authorization: Bearer ";
    size_t len = strlen(key);
    for (size_t i = 0; i < len; i++)
        if (key[i] <= ' ' || key[i] > '~')
            return err_set(err, ERR_SYNTAX,
                           "target %s: the API key holds a space, line end or control character",
                           t->name);
    char *line = malloc(sizeof(prefix) + len);
    if (line == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(line, prefix, sizeof(prefix) - 1);
    memcpy(line + sizeof(prefix) - 1, key, len + 1);
    int rc = add_header(t, line);
    explicit_bzero(line, sizeof(prefix) + len);
    free(line);
    return rc != 0 ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}

static int fill(struct upstream_target *t, const struct upstream_options *o, struct err *err)
{
    static _Atomic uint64_t last_id;
    t->id = ++last_id;
    t->name = strdup(o->name);
    t->model = strdup(o->model != NULL ? o->model : o->name);
    if (t->name == NULL || t->model == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = read_url(t, o->url, err);
    if (rc != 0)
        return rc;
    if (o->ca_file != NULL) {
        if (access(o->ca_file, R_OK) != 0)
            return err_set(err, ERR_NOT_FOUND, "target %s: ca_file %s cannot be read", t->name,
                           o->ca_file);
        t->ca_file = strdup(o->ca_file);
        if (t->ca_file == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
    }
    bool has_key = o->api_key != NULL && o->api_key[0] != '\0';
    t->key_missing = o->wants_key && !has_key;
    if (has_key && (rc = add_key(t, o->api_key, err)) != 0)
        return rc;
    /* An empty Expect: keeps libcurl from waiting for "100 Continue" with large bodies. Given as
     * CURLOPT_USERAGENT, libcurl would compose that line twice for each request. */
    if (add_header(t, "Content-Type: application/json") != 0 ||
        add_header(t, "User-Agent: penstock/" PENSTOCK_VERSION) != 0 ||
        add_header(t, "Expect:") != 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    t->http2 = o->http2;
    t->connect_ms = or_default(o->connect_timeout_ms, 5000);
    t->tls_ms = or_default(o->tls_timeout_ms, t->connect_ms);
    t->first_byte_ms = or_default(o->first_byte_timeout_ms, 60000);
    t->idle_ms = or_default(o->idle_timeout_ms, 60000);
    t->total_ms = or_default(o->total_timeout_ms, 600000);
    t->max_answer_bytes = o->max_answer_bytes;
    return 0;
}

int upstream_target_new(struct upstream_target **out, const struct upstream_options *options,
                        struct err *err)
{
    *out = NULL;
    int rc = upstream_curl_init(err);
    if (rc != 0)
        return rc;
    struct upstream_target *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    rc = fill(t, options, err);
    if (rc != 0)
        upstream_target_free(t);
    else
        *out = t;
    return rc;
}

void upstream_target_free(struct upstream_target *target)
{
    if (target == NULL)
        return;
    curl_slist_free_all(target->headers); /* through wiping_free */
    free(target->name);
    free(target->model);
    free(target->url);
    free(target->ca_file);
    free(target);
}
