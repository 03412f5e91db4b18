#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/listener_conn.h"

struct listener_socket {
    int fd;
    _Atomic uint32_t open;
    char address[INET6_ADDRSTRLEN + sizeof(struct sockaddr_un)];
    struct sockaddr_un unix_address; /* sun_path empty: not a unix socket */
    dev_t device;                    /* of the socket file, to remove no other */
    ino_t inode;
};

static const char unix_prefix[] = "unix:";

static int socket_in_use(struct err *e, const char *address)
{
    return err_set(e, ERR_BUSY,
                   "cannot listen on %s: the address is in use; is another instance running?",
                   address);
}

/* True when the file is a socket that nobody listens on any more. */
static bool unix_is_stale(const struct sockaddr_un *address)
{
    struct stat file;
    if (lstat(address->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    bool stale = rc != 0 && errno == ECONNREFUSED;
    close(fd);
    return stale;
}

static int open_unix(struct listener_socket *s, const char *address, struct err *e)
{
    const char *path = address + strlen(unix_prefix);
    struct sockaddr_un *to = &s->unix_address;
    struct stat file;

    if (*path == '\0' || strlen(path) >= sizeof(to->sun_path))
        return err_set(e, ERR_SYNTAX, "%s: the path of a unix socket has 1 to %zu bytes", address,
                       sizeof(to->sun_path) - 1);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return err_set(e, ERR_IO, "cannot make a unix socket: %s", strerror(errno));
    struct sockaddr_un wanted = {.sun_family = AF_UNIX};
    memcpy(wanted.sun_path, path, strlen(path) + 1);
    /* On Linux the file gets the socket's mode less the umask: there is no moment of mode 0777. */
    if (fchmod(s->fd, 0660) != 0)
        return err_set(e, ERR_IO, "cannot set the mode of %s: %s", address, strerror(errno));
    int rc = bind(s->fd, (struct sockaddr *)&wanted, sizeof(wanted));
    if (rc != 0 && errno == EADDRINUSE) {
        if (lstat(path, &file) == 0 && !S_ISSOCK(file.st_mode))
            return err_set(e, ERR_BUSY, "cannot listen on %s: the file there is no socket",
                           address);
        if (!unix_is_stale(&wanted))
            return socket_in_use(e, address);
        (void)unlink(path);
        rc = bind(s->fd, (struct sockaddr *)&wanted, sizeof(wanted));
    }
    if (rc != 0)
        return err_set(e, ERR_IO, "cannot listen on %s: %s", address, strerror(errno));
    *to = wanted;
    if (lstat(path, &file) == 0) {
        s->device = file.st_dev;
        s->inode = file.st_ino;
    }
    (void)snprintf(s->address, sizeof(s->address), "%s", address);
    return 0;
}

/* Splits "host:port", "[v6]:port", ":port". */
static int split_address(const char *address, char *host, size_t host_cap, const char **port,
                         struct err *e)
{
    const char *colon = strrchr(address, ':');
    const char *from = address;
    if (colon == NULL)
        return err_set(e, ERR_SYNTAX, "%s: an address is host:port or unix:/path", address);
    size_t len = (size_t)(colon - address);
    if (*from == '[') {
        if (len < 2 || from[len - 1] != ']')
            return err_set(e, ERR_SYNTAX, "%s: a bracket is not closed", address);
        from++;
        len -= 2;
    } else if (memchr(from, ':', len) != NULL) {
        return err_set(e, ERR_SYNTAX, "%s: put an IPv6 address in brackets", address);
    }
    if (len >= host_cap)
        return err_set(e, ERR_SYNTAX, "the host of a listen address is too long");
    memcpy(host, from, len);
    host[len] = '\0';
    *port = colon + 1;
    size_t digits = strspn(*port, "0123456789");
    if (digits == 0 || digits > 5 || (*port)[digits] != '\0' || strtoul(*port, NULL, 10) > 65535)
        return err_set(e, ERR_SYNTAX, "%s: the port is a number from 0 to 65535", address);
    return 0;
}

static void name_bound(struct listener_socket *s)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    char host[INET6_ADDRSTRLEN] = "";

    if (getsockname(s->fd, (struct sockaddr *)&bound, &len) != 0)
        return;
    if (bound.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&bound;
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        (void)snprintf(s->address, sizeof(s->address), "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&bound;
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        (void)snprintf(s->address, sizeof(s->address), "%s:%u", host, ntohs(v4->sin_port));
    }
}

/* Of a name's addresses the IPv4 one, which is what people then type; of all, both families. */
static int first_family(const char *host)
{
    return host[0] != '\0' ? AF_INET : AF_INET6;
}

/* 0, or errno of what failed. */
static int bind_tcp(struct listener_socket *s, const struct addrinfo *to)
{
    int on = 1, off = 0;
    s->fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return errno;
    /*
     * Accepted sockets inherit these. REUSEADDR is only about connections of a former instance in
     * TIME_WAIT; a second listener is refused with it too (with SO_REUSEPORT it would not be).
     */
    (void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (to->ai_family == AF_INET6)
        (void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(s->fd, to->ai_addr, to->ai_addrlen) == 0)
        return 0;
    int problem = errno;
    close(s->fd);
    s->fd = -1;
    return problem;
}

static int open_tcp(struct listener_socket *s, const char *address, struct err *e)
{
    char host[256];
    const char *port = NULL;
    struct addrinfo *found = NULL;
    int rc = split_address(address, host, sizeof(host), &port, e);
    if (rc != 0)
        return rc;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    int failed = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &found);
    if (failed != 0)
        return err_set(e, ERR_NOT_FOUND, "cannot listen on %s: %s", address, gai_strerror(failed));

    int problem = EADDRNOTAVAIL;
    for (int round = 0; round < 2 && problem != 0 && problem != EADDRINUSE; round++) {
        const struct addrinfo *to = found;
        while (to != NULL && (to->ai_family == first_family(host)) != (round == 0))
            to = to->ai_next;
        if (to != NULL)
            problem = bind_tcp(s, to);
    }
    freeaddrinfo(found);
    if (problem == EADDRINUSE)
        return socket_in_use(e, address);
    if (problem != 0)
        return err_set(e, ERR_IO, "cannot listen on %s: %s", address, strerror(problem));
    name_bound(s);
    return 0;
}

struct listener_socket *listener_socket_open(const char *address, struct err *e)
{
    struct listener_socket *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        err_set(e, ERR_MEMORY, "no memory for a listening socket");
        return NULL;
    }
    s->fd = -1;
    bool is_unix = strncmp(address, unix_prefix, strlen(unix_prefix)) == 0;
    if ((is_unix ? open_unix(s, address, e) : open_tcp(s, address, e)) != 0)
        goto fail;
    if (listen(s->fd, SOMAXCONN) != 0) {
        if (errno == EADDRINUSE)
            (void)socket_in_use(e, address);
        else
            err_set(e, ERR_IO, "cannot listen on %s: %s", address, strerror(errno));
        goto fail;
    }
    return s;
fail:
    listener_socket_close(s);
    return NULL;
}

const char *listener_socket_address(const struct listener_socket *socket)
{
    return socket->address;
}

void listener_socket_close(struct listener_socket *socket)
{
    struct stat file;
    if (socket == NULL)
        return;
    if (socket->unix_address.sun_path[0] != '\0' &&
        lstat(socket->unix_address.sun_path, &file) == 0 && file.st_dev == socket->device &&
        file.st_ino == socket->inode)
        (void)unlink(socket->unix_address.sun_path);
    if (socket->fd >= 0)
        close(socket->fd);
    free(socket);
}

int listener_socket_fd(const struct listener_socket *socket)
{
    return socket->fd;
}

bool listener_socket_enter(struct listener_socket *socket, uint32_t limit, uint32_t *open)
{
    *open = atomic_fetch_add_explicit(&socket->open, 1, memory_order_relaxed) + 1;
    return *open <= limit;
}

void listener_socket_leave(struct listener_socket *socket)
{
    (void)atomic_fetch_sub_explicit(&socket->open, 1, memory_order_relaxed);
}
