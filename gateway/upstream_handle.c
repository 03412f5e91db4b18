#include "gateway/upstream_handle.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/upstream_multi.h"

enum {
    MAX_KEPT = 256,
    CONNECTION_IDLE_S = 60,
    CONNECTION_LIFE_S = 3600, /* so that an expired certificate is noticed */
    CA_CACHE_S = 600,
    /* libcurl takes such a buffer for each transfer, which is wiped in the end: a page with what
     * stands around it. */
    READ_BYTES = 4 * 1024 - 64,
};

static void configure(CURL *c, const struct upstream_target *t)
{
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    /* Without it, dropping a handle waits for its resolver thread: up to 20 s. */
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* not from the environment either */
    curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
                     (long)(t->https && t->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_S);
    curl_easy_setopt(c, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFE_S);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_S);
    /* libcurl keeps the parsed certificates only when there is no folder of them beside. */
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
    if (t->ca_file != NULL)
        curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
    if (t->ca_file != NULL || (built->cainfo != NULL && access(built->cainfo, R_OK) == 0))
        curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    /* The timers here tell the phases apart; libcurl's shares the time among several addresses. */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)t->connect_ms + (long)t->tls_ms);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
    curl_easy_setopt(c, CURLOPT_POST, 1L);
}

static struct upstream_handle *new_handle(const struct upstream_handles *handles,
                                          const struct upstream_target *target)
{
    struct upstream_handle *handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return NULL;
    handle->easy = curl_easy_init();
    if (handle->easy == NULL) {
        free(handle);
        return NULL;
    }
    handle->target_id = target->id;
    curl_easy_setopt(handle->easy, CURLOPT_PRIVATE, handle);
    configure(handle->easy, target);
    /* A connection outlives the handle that it was made for. */
    curl_easy_setopt(handle->easy, CURLOPT_CLOSESOCKETFUNCTION, upstream_multi_close);
    curl_easy_setopt(handle->easy, CURLOPT_CLOSESOCKETDATA, handles->multi);
    handles->set_callbacks(handle);
    return handle;
}

static void free_handle(struct upstream_handle *handle)
{
    curl_easy_cleanup(handle->easy);
    curl_url_cleanup(handle->url);
    free(handle->path);
    free(handle);
}

static struct upstream_handle *take_kept(struct upstream_handles *handles, uint64_t target_id)
{
    for (struct upstream_handle **at = &handles->kept; *at != NULL; at = &(*at)->next) {
        struct upstream_handle *handle = *at;
        if (handle->target_id == target_id) {
            *at = handle->next;
            handles->count--;
            return handle;
        }
    }
    return NULL;
}

/*
 * The address is taken apart here, once: given as text, libcurl would do it for each request. What
 * it would check on the way is checked here.
 */
static int set_path(struct upstream_handle *handle, const struct upstream_target *target,
                    const char *path)
{
    if (handle->path != NULL && strcmp(handle->path, path) == 0)
        return 0;
    struct buf text = BUF_INIT;
    int rc = ERR_MEMORY;
    CURLU *url = curl_url();
    char *copy = strdup(path);
    if (url == NULL || copy == NULL || buf_append_str(&text, target->url) != 0 ||
        buf_append(&text, path, strlen(path) + 1) != 0 ||
        curl_url_set(url, CURLUPART_URL, (const char *)text.data, CURLU_DISALLOW_USER) !=
            CURLUE_OK ||
        curl_easy_setopt(handle->easy, CURLOPT_CURLU, url) != CURLE_OK)
        goto out;
    rc = 0;
    curl_url_cleanup(handle->url);
    free(handle->path);
    handle->url = url;
    handle->path = copy;
    url = NULL;
    copy = NULL;
out:
    curl_url_cleanup(url);
    free(copy);
    buf_release(&text);
    return rc;
}

struct upstream_handle *upstream_handles_take(struct upstream_handles *handles,
                                              const struct upstream_target *target,
                                              const char *path)
{
    struct upstream_handle *handle = take_kept(handles, target->id);
    if (handle == NULL)
        handle = new_handle(handles, target);
    if (handle != NULL && set_path(handle, target, path) != 0) {
        free_handle(handle);
        handle = NULL;
    }
    return handle;
}

/* What was not used for long, say of a target that is gone, falls off the end. */
void upstream_handles_keep(struct upstream_handles *handles, struct upstream_handle *handle)
{
    if (handle->resent) {
        /* libcurl 7.88 counts these over the handle's life and fails at the sixth. */
        free_handle(handle);
        return;
    }
    handle->job = NULL;
    handle->next = handles->kept;
    handles->kept = handle;
    if (++handles->count <= MAX_KEPT)
        return;
    struct upstream_handle **at = &handles->kept;
    while ((*at)->next != NULL)
        at = &(*at)->next;
    free_handle(*at);
    *at = NULL;
    handles->count--;
}

void upstream_handles_release(struct upstream_handles *handles)
{
    while (handles->kept != NULL) {
        struct upstream_handle *handle = handles->kept;
        handles->kept = handle->next;
        free_handle(handle);
    }
    handles->count = 0;
}
