/*
 * Bytes of a connection. The gate alone gives one verdict in whatever pieces they come (the first
 * byte chooses). Through a listener on a socket, the handler sees the requests that the gate saw,
 * or fewer where the parser refused one or a request ended the connection; and each gets one
 * answer.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/listener.h"
#include "gateway/reply.h"
#include "gateway/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char answer[] = "\x01"; /* a byte that no head and no refusal has */

static struct listener *listener;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct listener_limits limits = LISTENER_LIMITS_DEFAULT;

static void on_request(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    reply_simple(exchange, 200, NULL, answer, 1);
}

static void on_abort(void *user)
{
    (void)user;
}

static void remove_socket(void)
{
    (void)unlink(address.sun_path);
    address.sun_path[strlen(address.sun_path) - 2] = '\0'; /* the folder */
    (void)rmdir(address.sun_path);
}

static void start(void)
{
    char folder[] = "/tmp/penstock-fuzz-XXXXXX", name[64];
    struct listener_handler handler = {.on_request = on_request, .on_abort = on_abort};
    struct worker *worker = worker_new(0, NULL);
    limits.request = (struct http_gate_limits){
        .target_bytes = 64, .header_bytes = 1024, .header_count = 10, .body_bytes = 4096};
    if (mkdtemp(folder) == NULL || worker == NULL)
        abort();
    (void)snprintf(name, sizeof(name), "unix:%s/s", folder);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
    struct listener_socket *listening = listener_socket_open(name, NULL);
    if (listening == NULL)
        abort();
    (void)atexit(remove_socket);
    listener = listener_start(worker, listening, NULL, &limits, &handler, NULL);
    if (listener == NULL || worker_start(worker, NULL) != 0)
        abort();
}

struct verdict {
    unsigned requests;
    enum http_refusal_reason refusal;
};

static struct verdict judge(const uint8_t *data, size_t size, size_t piece)
{
    struct verdict v = {.requests = 0};
    struct http_gate gate;
    http_gate_init(&gate, &limits.request);
    bool more = false;
    for (size_t at = 0; at < size || more;) {
        size_t give = size - at < piece ? size - at : piece, used;
        uint8_t *copy = malloc(give != 0 ? give : 1);
        if (copy == NULL)
            abort();
        memcpy(copy, data + at, give);
        enum http_gate_step step = http_gate_feed(&gate, copy, give, &used);
        free(copy);
        if (used > give || (step == HTTP_GATE_MORE && used != give))
            abort();
        at += used;
        more = step == HTTP_GATE_HEAD;
        if (step == HTTP_GATE_REFUSED) {
            v.refusal = gate.refusal;
            break;
        }
        if (step == HTTP_GATE_END) {
            v.requests++;
            http_gate_init(&gate, &limits.request);
        }
    }
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (listener == NULL)
        start();
    if (size == 0)
        return 0;
    size_t piece = 1 + data[0] % 32;
    data++;
    size--;

    struct verdict whole = judge(data, size, SIZE_MAX), cut = judge(data, size, piece);
    if (whole.requests != cut.requests || whole.refusal != cut.refusal)
        abort();

    struct listener_counts before = {.accepted = 0}, after = {.accepted = 0};
    listener_count(listener, &before);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        abort();
    for (size_t at = 0; at < size; at += piece) {
        size_t give = size - at < piece ? size - at : piece;
        if (send(fd, data + at, give, MSG_NOSIGNAL) < 0)
            break;
    }
    (void)shutdown(fd, SHUT_WR);
    char heard[4096];
    ssize_t n;
    unsigned heads = 0;
    bool line_start = true;
    while ((n = recv(fd, heard, sizeof(heard), 0)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            heads += line_start && heard[i] == 'D'; /* of "Date: " */
            line_start = heard[i] == '\n';
        }
    }
    close(fd);
    listener_count(listener, &after);
    uint64_t requests = after.requests - before.requests, refused = 0;
    for (size_t i = 0; i < HTTP_REFUSAL_COUNT; i++)
        refused += after.refused[i] - before.refused[i];
    if (refused > 1 || heads != requests + refused)
        abort();
    /* A request may end the connection, and what follows it is not read. */
    if (requests > whole.requests)
        abort();
    return 0;
}
