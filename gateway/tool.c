#include "gateway/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/models/builtin.h"
#include "gateway/base/cores.h"

int tool_usage(const char *command, const char *text)
{
    (void)fprintf(stderr, "penstock %s: %s\nTry 'penstock %s --help'.\n", command, text, command);
    return TOOL_USAGE;
}

int tool_fail(const char *command, const char *text)
{
    (void)fprintf(stderr, "penstock %s: %s\n", command, text);
    return TOOL_NO;
}

bool tool_number(const char *text, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > most)
        return false;
    *out = value;
    return true;
}

bool tool_real(const char *text, float most, float *out)
{
    char *end = NULL;
    *out = strtof(text, &end);
    return end != text && *end == '\0' && *out >= 0 && *out <= most;
}

unsigned tool_threads(void)
{
    unsigned cores = cores_available();
    return cores < 64 ? cores : 64;
}

struct engine_source tool_source(const char *path)
{
    struct engine_source source = {.path = path};
    if (path == NULL)
        source.bytes = engine_builtin_chat(&source.size);
    return source;
}

static int read_all(int fd, size_t most, struct buf *out)
{
    for (;;) {
        if (out->len > most)
            return ERR_LIMIT;
        if (buf_reserve(out, 65536) != 0)
            return ERR_MEMORY;
        ssize_t n = read(fd, out->data + out->len, 65536);
        if (n < 0 && errno != EINTR)
            return ERR_IO;
        if (n == 0)
            return 0;
        out->len += n > 0 ? (size_t)n : 0;
    }
}

int tool_read(const char *path, size_t most, struct buf *out, struct err *err)
{
    bool standard = path == NULL || strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd >= 0 ? read_all(fd, most, out) : ERR_IO;
    if (rc == ERR_LIMIT)
        rc = err_set(err, ERR_LIMIT, "%s is longer than %zu bytes", name, most);
    else if (rc != 0)
        rc = err_set(err, rc, "cannot read %s: %s", name, strerror(errno));
    if (!standard && fd >= 0)
        close(fd);
    return rc;
}

int tool_print_json(const char *command, json_t *root)
{
    int rc = root != NULL ? json_dumpf(root, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) : -1;
    json_decref(root);
    if (rc != 0 || putchar('\n') < 0 || fflush(stdout) != 0)
        return tool_fail(command, "cannot print the result");
    return TOOL_DONE;
}
