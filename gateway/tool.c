#include "gateway/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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

static int usage_about(const char *command, const char *text, const char *argument)
{
    (void)fprintf(stderr, "penstock %s: %s \"%s\"\nTry 'penstock %s --help'.\n", command, text,
                  argument, command);
    return TOOL_USAGE;
}

int tool_unexpected(const char *command, const char *argument)
{
    return usage_about(command, "unexpected argument", argument);
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

static bool read_real(const char *text, float most, float *out)
{
    char *end = NULL;
    *out = strtof(text, &end);
    return end != text && *end == '\0' && *out >= 0 && *out <= most;
}

/* Take one option's value; says what is wrong with it. */
static int take_option(const char *command, const struct tool_option *o, const char *text)
{
    char problem[160];
    uint64_t number = 0;
    float real = 0;
    switch (o->kind) {
    case TOOL_FLAG:
        *(bool *)o->value = true;
        return -1;
    case TOOL_TEXT:
        *(const char **)o->value = text;
        return -1;
    case TOOL_NUMBER:
        if (tool_number(text, o->most, &number) && number >= o->least) {
            *(uint64_t *)o->value = number;
            return -1;
        }
        break;
    case TOOL_REAL:
        if (read_real(text, (float)o->most, &real)) {
            *(float *)o->value = real;
            return -1;
        }
        break;
    }
    (void)snprintf(problem, sizeof(problem), "--%s is a %snumber from %llu to %llu", o->name,
                   o->kind == TOOL_NUMBER ? "whole " : "", (unsigned long long)o->least,
                   (unsigned long long)o->most);
    return tool_usage(command, problem);
}

/* `word` is where getopt stands; it holds the option unless that is one of several letters. */
static int wrong_option(const char *command, bool known, const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    return usage_about(command, known ? "a value is missing after" : "no such option as",
                       optopt > 0 && optopt < 256 ? letter : word);
}

int tool_options(const char *command, const char *usage, int argc, char **argv,
                 const struct tool_option *options, int *rest)
{
    enum { MOST_OPTIONS = 24 };
    struct option list[MOST_OPTIONS + 2] = {{"help", no_argument, NULL, 'h'}};
    char letters[2 * MOST_OPTIONS + 3] = ":h"; /* the colon: a missing value is told apart */
    size_t count = 0, letter = 2;
    for (; options[count].name != NULL && count < MOST_OPTIONS; count++) {
        const struct tool_option *o = &options[count];
        int argument = o->kind == TOOL_FLAG ? no_argument : required_argument;
        /* Values from 256: no letter. */
        list[count + 1] = (struct option){o->name, argument, NULL, 256 + (int)count};
        if (strchr(letters, o->name[0]) != NULL)
            continue;
        letters[letter++] = o->name[0];
        if (argument == required_argument)
            letters[letter++] = ':';
    }
    optind = 0; /* glibc: start anew, also when called twice */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, letters, list, NULL)) != -1;) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            return fflush(stdout) == 0 ? TOOL_DONE : TOOL_NO;
        }
        if (option == '?' || option == ':')
            return wrong_option(command, option == ':', argv[optind - 1]);
        size_t i = option >= 256 ? (size_t)option - 256 : 0;
        while (option < 256 && i < count && options[i].name[0] != option)
            i++;
        int code = take_option(command, &options[i], optarg);
        if (code >= 0)
            return code;
    }
    *rest = optind;
    return -1;
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
