#include "gateway/upstream_head.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum { MAX_HEAD_BYTES = 64 * 1024, RETRY_AFTER_MAX = 3600 };

static bool has_name(const char *line, size_t len, const char *name, const char **value,
                     size_t *value_len)
{
    size_t n = strlen(name);
    if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
        return false;
    const char *p = line + n + 1, *end = line + len;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (unsigned char)end[-1] <= ' ')
        end--;
    *value = p;
    *value_len = (size_t)(end - p);
    return true;
}

static bool value_is(const char *value, size_t len, const char *text)
{
    return len == strlen(text) && strncasecmp(value, text, len) == 0;
}

/* A media type, with or without parameters. */
static bool is_type(const char *value, size_t len, const char *type)
{
    size_t n = strlen(type);
    return len >= n && strncasecmp(value, type, n) == 0 &&
           (len == n || value[n] == ';' || value[n] == ' ');
}

/* False: two lengths that differ, or none that is a number. libcurl would take one of them. */
static bool note_length(struct upstream_head *head, const char *value, size_t len)
{
    int64_t length = 0;
    if (len == 0 || len > 15)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        length = length * 10 + (value[i] - '0');
    }
    bool fits = head->content_length < 0 || head->content_length == length;
    head->content_length = length;
    return fits;
}

static bool note_field(struct upstream_head *head, const char *line, size_t len, int64_t now)
{
    const char *value;
    size_t n;
    if (has_name(line, len, "content-type", &value, &n))
        head->is_event_stream = is_type(value, n, "text/event-stream");
    else if (has_name(line, len, "content-length", &value, &n))
        return note_length(head, value, n);
    else if (has_name(line, len, "transfer-encoding", &value, &n))
        head->is_chunked = true;
    else if (has_name(line, len, "content-encoding", &value, &n))
        head->is_encoded = !value_is(value, n, "identity");
    else if (has_name(line, len, "retry-after", &value, &n))
        head->retry_after = upstream_retry_after(value, n, now);
    return true;
}

static void start_afresh(struct upstream_head *head)
{
    *head = (struct upstream_head){.bytes = head->bytes, .content_length = -1, .retry_after = -1};
}

void upstream_head_init(struct upstream_head *head)
{
    head->bytes = 0;
    start_afresh(head);
}

enum upstream_line upstream_head_line(struct upstream_head *head, const char *line, size_t len,
                                      int64_t now)
{
    head->bytes += len;
    if (head->bytes > MAX_HEAD_BYTES)
        return UPSTREAM_LINE_BAD;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        start_afresh(head);
        return UPSTREAM_LINE_FIELD;
    }
    if (len == 0 || line[0] == '\r' || line[0] == '\n')
        return UPSTREAM_LINE_END;
    return note_field(head, line, len, now) ? UPSTREAM_LINE_FIELD : UPSTREAM_LINE_BAD;
}

int upstream_retry_after(const char *value, size_t len, int64_t now)
{
    char text[64];
    while (len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }
    while (len > 0 && (value[len - 1] <= ' '))
        len--;
    if (len == 0)
        return -1;
    size_t digits = 0;
    int seconds = 0;
    while (digits < len && value[digits] >= '0' && value[digits] <= '9') {
        seconds = seconds * 10 + (value[digits] - '0');
        if (seconds > RETRY_AFTER_MAX)
            seconds = RETRY_AFTER_MAX;
        digits++;
    }
    if (digits == len)
        return seconds;
    if (digits > 0 || len >= sizeof(text))
        return -1;
    memcpy(text, value, len);
    text[len] = '\0';
    struct tm date = {0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (end == NULL || *end != '\0')
        return -1;
    int64_t then = timegm(&date);
    if (then <= now)
        return 0;
    return then - now > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (int)(then - now);
}
