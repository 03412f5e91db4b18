#include "gateway/config_address.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "gateway/base/yaml_value.h"

enum { HOST_MAX_BYTES = 253 };

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* A name or a numeric address; brackets are off already. */
static bool is_host(const char *host, bool bracketed)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    struct in_addr four;
    struct in6_addr six;
    size_t len = strlen(host);
    if (bracketed)
        return inet_pton(AF_INET6, host, &six) == 1;
    if (len == 0 || len > HOST_MAX_BYTES || strspn(host, allowed) != len)
        return false;
    /* Digits and dots only, and no address: 127.1 or 0177.1, which resolvers read differently. */
    return strspn(host, "0123456789.") != len || inet_pton(AF_INET, host, &four) == 1;
}

static bool read_port(const char *text, uint16_t *out)
{
    uint64_t port;
    if (!yaml_value_count(text, &port) || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* Splits host[:port] in place. *port is NULL when there is none. False: not of that form. */
static bool split_host(char *text, char **host, bool *bracketed, char **port)
{
    *bracketed = text[0] == '[';
    char *after;
    if (*bracketed) {
        *host = text + 1;
        after = strchr(text, ']');
        if (after == NULL)
            return false;
        *after++ = '\0';
        if (*after != '\0' && *after != ':')
            return false;
    } else {
        *host = text;
        after = text + strcspn(text, ":");
        if (*after == ':' && strchr(after + 1, ':') != NULL)
            return false; /* an IPv6 address needs brackets */
    }
    *port = *after == ':' ? after + 1 : NULL;
    *after = '\0';
    return true;
}

static bool read_unix(struct config_reader *reader, const struct yaml_node *node, const char *path,
                      struct config_address *out)
{
    const char *full = path[0] != '\0' ? config_resolve(reader, path) : "";
    size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);
    if (full[0] == '\0' || strlen(full) >= room) {
        yaml_problem(reader->problems, node, "the path of a unix socket has 1 to %zu characters",
                     room - 1);
        return false;
    }
    out->path = full;
    out->host = "";
    out->loopback = true;
    return true;
}

bool config_address_read(struct config_reader *reader, const struct yaml_node *node,
                         struct config_address *out)
{
    char copy[HOST_MAX_BYTES + 16];
    char *host, *port;
    bool bracketed;
    size_t len = strlen(node->text);
    *out = (struct config_address){.text = "", .host = ""};
    if (node->broken)
        return false;
    if (node->kind != YAML_KIND_SCALAR || len == 0) {
        yaml_problem(reader->problems, node, "must be an address: host:port or a path");
        return false;
    }
    out->text = config_copy(reader, node->text);
    if (strncmp(node->text, "unix:", 5) == 0)
        return read_unix(reader, node, node->text + 5, out);
    if (node->text[0] == '/')
        return read_unix(reader, node, node->text, out);
    if (len >= sizeof(copy))
        goto bad;
    memcpy(copy, node->text, len + 1);
    if (!split_host(copy, &host, &bracketed, &port) || port == NULL || !read_port(port, &out->port))
        goto bad;
    bool every = !bracketed && (host[0] == '\0' || strcmp(host, "*") == 0);
    if (!every && !is_host(host, bracketed))
        goto bad;
    out->host = every ? "" : config_copy(reader, host);
    out->loopback = !every && is_loopback(host);
    return true;
bad:
    yaml_problem(reader->problems, node,
                 "\"%.80s\" is no address: write host:port, [v6]:port, :port or a path", node->raw);
    return false;
}

bool config_address_clashes(const struct config_address *a, const struct config_address *b)
{
    if (a->path != NULL || b->path != NULL)
        return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0;
    return a->port != 0 && a->port == b->port &&
           (a->host[0] == '\0' || b->host[0] == '\0' || strcasecmp(a->host, b->host) == 0);
}

void config_url_check(struct config_reader *reader, const struct yaml_node *node,
                      struct config_target *target)
{
    struct problems *problems = reader->problems;
    char authority[HOST_MAX_BYTES + 16];
    char *host, *port;
    bool bracketed;
    uint16_t number = 1;
    bool tls = strncmp(target->url, "https://", 8) == 0;
    if (!tls && strncmp(target->url, "http://", 7) != 0) {
        yaml_problem(problems, node, "must begin with https:// or http://");
        return;
    }
    const char *start = target->url + (tls ? 8 : 7);
    size_t len = strcspn(start, "/?#");
    if (memchr(start, '@', len) != NULL) {
        yaml_problem(problems, node, "must not hold a user or password; use api_key_env");
        return;
    }
    for (const char *at = target->url; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f || strchr("?#\\\"<>^`{|}", *at) != NULL) {
            yaml_problem(problems, node, "must be a plain URL without query, fragment or spaces");
            return;
        }
    }
    if (len >= sizeof(authority)) {
        yaml_problem(problems, node, "has no valid host");
        return;
    }
    memcpy(authority, start, len);
    authority[len] = '\0';
    if (!split_host(authority, &host, &bracketed, &port) || !is_host(host, bracketed) ||
        (port != NULL && (!read_port(port, &number) || number == 0))) {
        yaml_problem(problems, node, "has no valid host and port");
        return;
    }
    if (!tls && target->placement == PLACEMENT_CLOUD && !is_loopback(host))
        yaml_problem(problems, node,
                     "must be https: http would send prompts in the clear (it is allowed for "
                     "on_premises targets and loopback addresses)");
    size_t end = strlen(target->url);
    while (end > 0 && target->url[end - 1] == '/')
        end--;
    const char *trimmed = region_copy(reader->region, target->url, end);
    if (trimmed == NULL)
        reader->out_of_memory = true;
    else
        target->url = trimmed;
}
