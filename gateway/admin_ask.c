#include "gateway/admin_ask.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, PATIENCE_MS = 2000 };

static size_t on_body(char *data, size_t size, size_t count, void *out)
{
    struct buf *body = out;
    if (body->len + size * count > MOST_BYTES || buf_append(body, data, size * count) != 0)
        return 0;
    return size * count;
}

/* An address that listens for everybody is asked from here. */
static void write_url(const struct config_address *admin, const char *path, char *out, size_t size)
{
    const char *host = admin->path != NULL || admin->host[0] == '\0' ? "localhost" : admin->host;
    bool v6 = strchr(host, ':') != NULL;
    (void)snprintf(out, size, v6 ? "http://[%s]:%u%s" : "http://%s:%u%s", host,
                   admin->path != NULL ? 80 : admin->port, path);
}

int admin_ask(const struct config_address *admin, const char *path, struct buf *out,
              struct err *err)
{
    char url[512];
    long status = 0;
    if (admin->path == NULL && admin->host == NULL)
        return err_set(err, ERR_NOT_FOUND, "the configuration names no admin address");
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    write_url(admin, path, url, sizeof(url));
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, url);
    if (rc == CURLE_OK && admin->path != NULL)
        rc = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, admin->path);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (rc != CURLE_OK)
        return err_set(err, ERR_NOT_FOUND, "no gateway answers at %s: %s", admin->text,
                       curl_easy_strerror(rc));
    if (status != 200)
        return err_set(err, ERR_BAD_STATE, "%s answers with status %ld", admin->text, status);
    return 0;
}
