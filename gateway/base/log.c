#include "gateway/base/log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int least_level = LOG_LEVEL_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

struct line {
    char text[1024];
    size_t len;
};

/* Quotes what would break the key=value form; control characters become '?'. */
static void line_add(struct line *l, const char *text)
{
    for (; *text != '\0' && l->len < sizeof(l->text) - 2; text++) {
        char c = *text;
        if ((unsigned char)c < 0x20 || c == 0x7f)
            c = '?';
        l->text[l->len++] = c == '"' ? '\'' : c;
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if ((int)level < atomic_load(&least_level))
        return;
    struct line l = {.len = 0};
    struct timespec now;
    struct tm parts;
    char stamp[48];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t n = strftime(stamp, sizeof(stamp) - 8, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(stamp + n, sizeof(stamp) - n, ".%03ldZ", now.tv_nsec / 1000000);
    line_add(&l, stamp);
    line_add(&l, " level=");
    line_add(&l, level_names[level]);
    line_add(&l, " event=");
    line_add(&l, event);
    for (; fields->key != NULL; fields++) {
        char number[32];
        line_add(&l, " ");
        line_add(&l, fields->key);
        line_add(&l, "=");
        if (fields->kind == LOG_FIELD_NUMBER) {
            (void)snprintf(number, sizeof(number), "%" PRId64, fields->number);
            line_add(&l, number);
        } else {
            const char *name = fields->name != NULL ? fields->name : "";
            bool quote = name[strcspn(name, " =")] != '\0';
            if (quote && l.len < sizeof(l.text) - 3)
                l.text[l.len++] = '"';
            line_add(&l, name);
            if (quote && l.len < sizeof(l.text) - 2)
                l.text[l.len++] = '"';
        }
    }
    l.text[l.len++] = '\n';
    ssize_t done = write(STDERR_FILENO, l.text, l.len);
    (void)done; /* nowhere left to report it */
}
