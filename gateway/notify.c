#include "gateway/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/err.h"
#include "gateway/base/log.h"

static int notify_fd = -1;
static uint64_t watchdog_interval_us;

/* The watchdog is for us only when WATCHDOG_PID is missing or names this process. */
static uint64_t watchdog_from_environment(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    const char *usec = getenv("WATCHDOG_USEC");
    if (usec == NULL || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
        return 0;
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(usec, &end, 10);
    return errno == 0 && end != usec && *end == '\0' ? value / 2 : 0;
}

/* An absolute path, or "@name" for the abstract namespace. Connected once, so that a later chroot
 * or a tightened sandbox does not matter. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (connect(fd, (const struct sockaddr *)&address, size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void notify_init(void)
{
    notify_release();
    const char *path = getenv("NOTIFY_SOCKET");
    if (path != NULL) {
        notify_fd = connect_to(path);
        if (notify_fd < 0)
            LOG(LOG_LEVEL_WARN, "notify_socket_unusable");
        watchdog_interval_us = notify_fd >= 0 ? watchdog_from_environment() : 0;
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_release(void)
{
    if (notify_fd >= 0)
        close(notify_fd);
    notify_fd = -1;
    watchdog_interval_us = 0;
}

static void send_text(const char *text)
{
    if (notify_fd < 0)
        return;
    ssize_t done = send(notify_fd, text, strlen(text), MSG_NOSIGNAL);
    (void)done; /* the service manager's loss; a request must not suffer for it */
}

void notify_ready(const char *status)
{
    char text[512];
    (void)snprintf(text, sizeof(text), "READY=1\nSTATUS=%s\nMAINPID=%ld\n", status, (long)getpid());
    send_text(text);
}

void notify_reloading(void)
{
    char text[128];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    (void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n", us);
    send_text(text);
}

void notify_stopping(void)
{
    send_text("STOPPING=1\n");
}

void notify_status(const char *status)
{
    char text[512];
    (void)snprintf(text, sizeof(text), "STATUS=%s\n", status);
    send_text(text);
}

uint64_t notify_watchdog_interval_us(void)
{
    return watchdog_interval_us;
}

void notify_watchdog(void)
{
    send_text("WATCHDOG=1\n");
}
