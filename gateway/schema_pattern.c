#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "gateway/schema_parts.h"

enum { LAST = 0x10ffff, MOST_RANGES = 256, MOST_NESTING = 32, MOST_COUNT = 20000 };

struct range {
    int32_t low, high;
};

struct set {
    struct range ranges[MOST_RANGES];
    size_t count;
};

struct pattern {
    const uint8_t *p, *end;
    struct buf *out;
    const char *problem;
    unsigned depth;
};

static int cannot(struct pattern *x, const char *why)
{
    if (x->problem == NULL)
        x->problem = why;
    return ERR_UNSUPPORTED;
}

/* ---- sets of characters ---- */

static int add_range(struct pattern *x, struct set *set, int32_t low, int32_t high)
{
    if (set->count + 8 > MOST_RANGES) /* room to turn it inside out */
        return cannot(x, "too many characters in one class");
    set->ranges[set->count++] = (struct range){low, high};
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return (x->low > y->low) - (x->low < y->low);
}

static void invert(struct set *set)
{
    struct set out = {.count = 0};
    int32_t from = 0;
    qsort(set->ranges, set->count, sizeof(*set->ranges), compare_ranges);
    for (size_t i = 0; i < set->count; i++) {
        if (set->ranges[i].low > from)
            out.ranges[out.count++] = (struct range){from, set->ranges[i].low - 1};
        if (set->ranges[i].high + 1 > from)
            from = set->ranges[i].high + 1;
    }
    if (from <= LAST)
        out.ranges[out.count++] = (struct range){from, LAST};
    *set = out;
}

/* \d \w \s and, in capitals, all others. */
static int add_shorthand(struct pattern *x, struct set *set, uint8_t letter)
{
    static const struct range digits[] = {{'0', '9'}},
                              words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
                              spaces[] = {{'\t', '\r'}, {' ', ' '}};
    uint8_t lower = letter | 0x20;
    const struct range *ranges = lower == 'd' ? digits : lower == 'w' ? words : spaces;
    struct set own = {.count = lower == 'd' ? 1 : lower == 'w' ? 4 : 2};
    memcpy(own.ranges, ranges, own.count * sizeof(*ranges));
    if (letter != lower)
        invert(&own);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < own.count; i++)
        rc = add_range(x, set, own.ranges[i].low, own.ranges[i].high);
    return rc;
}

static bool holds(const struct set *set, int32_t c)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->ranges[i].low <= c && c <= set->ranges[i].high)
            return true;
    return false;
}

/* What of a set stands in a JSON string as itself; the rest by its escape. */
static int write_set(struct pattern *x, const struct set *set)
{
    static const struct range plain[] = {
        {' ', '!'}, {'#', '['}, {']', 0x7e}, {0x80, 0xd7ff}, {0xe000, LAST}};
    static const struct {
        char character;
        const char *escape;
    } escaped[] = {{'"', "\"\\\\\\\"\""}, {'\\', "\"\\\\\\\\\""}, {'\n', "\"\\\\n\""},
                   {'\r', "\"\\\\r\""},   {'\t', "\"\\\\t\""},    {'\f', "\"\\\\f\""}};
    const char *bar = "";
    int rc = buf_append_str(x->out, "(");
    bool open = false;
    for (size_t i = 0; rc == 0 && i < set->count; i++) {
        for (size_t k = 0; rc == 0 && k < sizeof(plain) / sizeof(*plain); k++) {
            int32_t low = set->ranges[i].low > plain[k].low ? set->ranges[i].low : plain[k].low;
            int32_t high =
                set->ranges[i].high < plain[k].high ? set->ranges[i].high : plain[k].high;
            if (low > high)
                continue;
            rc = buf_printf(x->out, "%s\\U%08x-\\U%08x", open ? "" : "[", (unsigned)low,
                            (unsigned)high);
            open = true;
            bar = " | ";
        }
    }
    if (rc == 0 && open)
        rc = buf_append_str(x->out, "]");
    for (size_t i = 0; rc == 0 && i < sizeof(escaped) / sizeof(*escaped); i++) {
        if (!holds(set, escaped[i].character))
            continue;
        rc = buf_printf(x->out, "%s%s", bar, escaped[i].escape);
        bar = " | ";
    }
    if (rc == 0 && bar[0] == '\0')
        return cannot(x, "a class holds no character that a JSON text can hold");
    return rc != 0 ? rc : buf_append_str(x->out, ")");
}

/* ---- reading ---- */

static bool next_is(const struct pattern *x, char c)
{
    return x->p < x->end && *x->p == (uint8_t)c;
}

static int read_plain(struct pattern *x, int32_t *out)
{
    utf8proc_ssize_t n = utf8proc_iterate(x->p, x->end - x->p, out);
    if (n <= 0)
        return cannot(x, "the pattern ends too early");
    x->p += n;
    return 0;
}

static int read_hex(struct pattern *x, size_t digits, int32_t *out)
{
    int32_t value = 0;
    for (size_t i = 0; i < digits; i++, x->p++) {
        if (x->p == x->end || strchr("0123456789abcdefABCDEF", *x->p) == NULL || *x->p == '\0')
            return cannot(x, "hexadecimal digits are missing behind \\x or \\u");
        value = value * 16 + (*x->p <= '9' ? *x->p - '0' : (*x->p | 0x20) - 'a' + 10);
    }
    *out = value;
    return value >= 0xd800 && value <= 0xdfff ? cannot(x, "half a surrogate pair") : 0;
}

/* Behind a backslash: a character (*letter 0) or a set (*letter names it). */
static int read_escape(struct pattern *x, int32_t *character, uint8_t *letter)
{
    static const char controls[] = "nrtf", meanings[] = "\n\r\t\f";
    *letter = 0;
    if (x->p == x->end)
        return cannot(x, "the pattern ends too early");
    uint8_t c = *x->p;
    if (c >= 0x80)
        return read_plain(x, character);
    x->p++;
    const char *control = c != 0 ? strchr(controls, c) : NULL;
    if (c != 0 && strchr("dwsDWS", c) != NULL) {
        *letter = c;
        return 0;
    }
    if (control != NULL) {
        *character = meanings[control - controls];
        return 0;
    }
    if (c == 'x' || c == 'u')
        return read_hex(x, c == 'x' ? 2 : 4, character);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return cannot(x,
                      "of escapes, \\d \\w \\s \\D \\W \\S \\n \\r \\t \\f \\x \\u are supported");
    *character = c;
    return 0;
}

static int parse_class(struct pattern *x)
{
    struct set set = {.count = 0};
    bool inverted = next_is(x, '^');
    x->p += inverted;
    int rc = 0;
    while (rc == 0 && !next_is(x, ']')) {
        int32_t low = 0, high;
        uint8_t letter = 0;
        bool escaped = next_is(x, '\\');
        x->p += escaped;
        rc = escaped ? read_escape(x, &low, &letter) : read_plain(x, &low);
        if (rc == 0 && letter != 0) {
            rc = add_shorthand(x, &set, letter);
            continue;
        }
        high = low;
        if (rc == 0 && next_is(x, '-') && x->end - x->p > 1 && x->p[1] != ']') {
            x->p++;
            escaped = next_is(x, '\\');
            x->p += escaped;
            rc = escaped ? read_escape(x, &high, &letter) : read_plain(x, &high);
            if (rc == 0 && (letter != 0 || high < low))
                rc = cannot(x, "a range in a class runs backwards");
        }
        if (rc == 0)
            rc = add_range(x, &set, low, high);
    }
    x->p += rc == 0;
    if (rc == 0 && inverted)
        invert(&set);
    return rc != 0 ? rc : write_set(x, &set);
}

static int write_character(struct pattern *x, int32_t c)
{
    struct set set = {.ranges = {{c, c}}, .count = 1};
    return write_set(x, &set);
}

static int parse_alternatives(struct pattern *x);

static int parse_group(struct pattern *x)
{
    if (next_is(x, '?')) {
        x->p++;
        if (!next_is(x, ':'))
            return cannot(x, "of groups that begin with (? only (?: is supported");
        x->p++;
    }
    if (++x->depth > MOST_NESTING)
        return cannot(x, "groups are nested too deep");
    int rc = parse_alternatives(x);
    if (rc == 0 && !next_is(x, ')'))
        rc = cannot(x, "a closing parenthesis is missing");
    x->p += rc == 0;
    x->depth--;
    return rc;
}

static int parse_atom(struct pattern *x)
{
    int32_t c = 0;
    uint8_t letter;
    struct set set = {.count = 0};
    switch (*x->p) {
    case '[':
        x->p++;
        return parse_class(x);
    case '(':
        x->p++;
        return parse_group(x);
    case '.':
        x->p++;
        set = (struct set){.ranges = {{'\n', '\n'}, {'\r', '\r'}}, .count = 2};
        invert(&set);
        return write_set(x, &set);
    case '\\':
        x->p++;
        if (read_escape(x, &c, &letter) != 0)
            return ERR_UNSUPPORTED;
        if (letter == 0)
            return write_character(x, c);
        return add_shorthand(x, &set, letter) != 0 ? ERR_UNSUPPORTED : write_set(x, &set);
    case '^':
    case '$':
        return cannot(x, "^ and $ are supported at the pattern's ends alone");
    case '*':
    case '+':
    case '?':
    case '{':
        return cannot(x, "a repetition of nothing");
    default:
        return read_plain(x, &c) != 0 ? ERR_UNSUPPORTED : write_character(x, c);
    }
}

static int read_count(struct pattern *x, unsigned *out)
{
    const uint8_t *start = x->p;
    for (*out = 0; x->p < x->end && *x->p >= '0' && *x->p <= '9'; x->p++) {
        *out = *out * 10 + (unsigned)(*x->p - '0');
        if (*out > MOST_COUNT)
            return cannot(x, "more than 20000 repetitions");
    }
    return x->p > start ? 0 : cannot(x, "a number is missing between braces");
}

static int parse_repetition(struct pattern *x)
{
    unsigned least = 0, most = 0;
    uint8_t c = x->p < x->end ? *x->p : 0;
    int rc = 0;
    if (c == '*' || c == '+' || c == '?') {
        x->p++;
        rc = buf_append(x->out, &c, 1);
    } else if (c == '{') {
        x->p++;
        rc = read_count(x, &least);
        bool comma = rc == 0 && next_is(x, ','), bound = false;
        x->p += comma;
        if (rc == 0 && comma && !next_is(x, '}')) {
            rc = read_count(x, &most);
            bound = true;
        }
        if (rc == 0 && (!next_is(x, '}') || (bound && most < least)))
            rc = cannot(x, "a repetition between braces is not right");
        x->p += rc == 0;
        if (rc == 0)
            rc = bound ? buf_printf(x->out, "{%u,%u}", least, most)
                       : buf_printf(x->out, comma ? "{%u,}" : "{%u}", least);
    } else {
        return 0;
    }
    x->p += next_is(x, '?'); /* lazy or not, the same texts match */
    return rc;
}

static bool at_last_dollar(const struct pattern *x)
{
    return next_is(x, '$') && x->p + 1 == x->end && x->depth == 0;
}

static int parse_alternatives(struct pattern *x)
{
    int rc = buf_append_str(x->out, "(");
    while (rc == 0 && x->p < x->end && *x->p != ')' && !at_last_dollar(x)) {
        if (*x->p == '|') {
            x->p++;
            rc = buf_append_str(x->out, " | ");
            continue;
        }
        rc = parse_atom(x);
        if (rc == 0)
            rc = parse_repetition(x);
        if (rc == 0)
            rc = buf_append_str(x->out, " ");
    }
    return rc != 0 ? rc : buf_append_str(x->out, ")");
}

int schema_write_pattern(struct buf *out, struct content pattern, const char **problem)
{
    struct pattern x = {.p = content_bytes(pattern), .out = out};
    x.end = x.p + content_len(pattern);
    bool from_start = next_is(&x, '^');
    x.p += from_start;
    int rc = buf_append_str(out, from_start ? "(\"\\\"\" " : "(\"\\\"\" json-char* ");
    if (rc == 0)
        rc = parse_alternatives(&x);
    bool to_end = rc == 0 && at_last_dollar(&x);
    x.p += to_end;
    if (rc == 0 && x.p < x.end)
        rc = cannot(&x, "a closing parenthesis too many");
    if (rc == 0)
        rc = buf_append_str(out, to_end ? " \"\\\"\")" : " json-char* \"\\\"\")");
    *problem = x.problem;
    return rc;
}

bool schema_find_format(struct content name, const char **expression)
{
#define DATE                                                                                       \
    "[0-9]{4} \"-\" (\"0\" [1-9] | \"1\" [0-2]) \"-\" (\"0\" [1-9] | [12] [0-9] | \"3\" [01])"
#define TIME                                                                                       \
    "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]{1,9})? "          \
    "(\"Z\" | [+-] ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9])"
#define LABEL "[a-zA-Z0-9] ([a-zA-Z0-9-]{0,61} [a-zA-Z0-9])?"
#define BYTE "(\"25\" [0-5] | \"2\" [0-4] [0-9] | \"1\" [0-9] [0-9] | [1-9]? [0-9])"
#define QUOTED(x) "(\"\\\"\" " x " \"\\\"\")"
    static const struct {
        const char *name, *expression;
    } formats[] = {
        {"date", QUOTED(DATE)},
        {"time", QUOTED(TIME)},
        {"date-time", QUOTED(DATE " \"T\" " TIME)},
        {"uuid", QUOTED("[0-9a-fA-F]{8} (\"-\" [0-9a-fA-F]{4}){3} \"-\" [0-9a-fA-F]{12}")},
        {"email",
         QUOTED("[a-zA-Z0-9_+-]+ (\".\" [a-zA-Z0-9_+-]+)* \"@\" " LABEL " (\".\" " LABEL ")*")},
        {"hostname", QUOTED(LABEL " (\".\" " LABEL ")*")},
        {"ipv4", QUOTED(BYTE " (\".\" " BYTE "){3}")},
        {"uri", QUOTED("[a-zA-Z] [a-zA-Z0-9+.-]* \":\" ([a-zA-Z0-9._~:/?#@!$&'()*+,;=-] | \"[\" | "
                       "\"]\" | \"%\" [0-9a-fA-F]{2})+")},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        size_t len = strlen(formats[i].name);
        if (content_len(name) == len && memcmp(content_bytes(name), formats[i].name, len) == 0) {
            *expression = formats[i].expression;
            return true;
        }
    }
    return false;
}
