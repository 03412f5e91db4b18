/* Strings of the template language: their filters and methods. */
#include "engine/template_parts.h"

#include "engine/unicode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct str need_string(struct pool *a, struct value v, const char *what)
{
    if (v.kind != V_STRING)
        pool_fail(a, "%s needs a string, not %s", what, value_kind_name(v));
    return v.as.string;
}

static void add_cp(struct pool *a, struct builder *b, uint32_t cp, unit flag)
{
    char bytes[4];
    size_t n = unicode_encode(cp, bytes);
    for (size_t i = 0; i < n; i++) {
        unit u = (unit)((uint8_t)bytes[i] | flag);
        builder_add(a, b, &u, 1);
    }
}

static void add_fill(struct pool *a, struct builder *b, struct str fill, int64_t count)
{
    static const unit space = ' ';
    for (int64_t i = 0; i < count; i++)
        builder_add(a, b, fill.len > 0 ? fill.units : &space, fill.len > 0 ? fill.len : 1);
}

static bool trims(struct str s, size_t at, size_t n, uint32_t cp, const struct str *set)
{
    if (set == NULL)
        return unicode_is_space(cp) || (cp >= 0x1c && cp <= 0x1f);
    return str_find(*set, str_part(s, at, n), 0) != SIZE_MAX;
}

struct str str_trim(struct str s, const struct str *set, bool left, bool right)
{
    size_t from = 0, to = s.len;
    uint32_t cp = 0;
    while (left && from < to) {
        size_t n = str_char(s, from, &cp);
        if (!trims(s, from, n, cp, set))
            break;
        from += n;
    }
    while (right && to > from) {
        size_t start = to - 1;
        while (start > from && to - start < 4 && (s.units[start] & 0xc0) == 0x80)
            start--;
        if (!trims(s, start, to - start, (str_char(s, start, &cp), cp), set))
            break;
        to = start;
    }
    return str_part(s, from, to - from);
}

enum letter_case { CASE_UPPER, CASE_LOWER, CASE_CAPITAL, CASE_TITLE, CASE_WORDS, CASE_SWAP };

static bool is_letter(uint32_t cp)
{
    enum unicode_kind k = unicode_kind_of(cp);
    return k >= UNICODE_UPPER && k <= UNICODE_LETTER;
}

/*
 * Character by character: what becomes several (as the German sharp s) stays. TITLE begins a word
 * behind all that is no letter, WORDS behind spaces, dashes and brackets.
 */
static struct value change_case(struct pool *a, struct str s, enum letter_case to)
{
    struct builder b = {0};
    bool inside = false;
    uint32_t cp = 0;
    for (size_t at = 0, n = 0; at < s.len; at += n) {
        n = str_char(s, at, &cp);
        bool upper = to == CASE_UPPER || (to != CASE_LOWER && !inside);
        if (to == CASE_SWAP)
            upper = unicode_kind_of(cp) != UNICODE_UPPER;
        if (cp == 0xfffd) /* perhaps a byte that is no character */
            builder_add(a, &b, s.units + at, n);
        else
            add_cp(a, &b, upper ? unicode_upper(cp) : unicode_lower(cp), s.units[at] & CONTENT);
        inside = to == CASE_TITLE ? is_letter(cp)
                 : to == CASE_WORDS
                     ? !unicode_is_space(cp) && strchr("-({[<", (int)(cp & 0x7f)) == NULL
                     : true;
    }
    return value_string(builder_str(&b));
}

static struct value replace(struct pool *a, struct str s, struct str from, struct str to,
                            int64_t most)
{
    struct builder b = {0};
    size_t at = 0;
    uint32_t cp = 0;
    for (; most != 0; most -= most > 0) {
        size_t found = str_find(s, from, at);
        if (found == SIZE_MAX)
            break;
        builder_add(a, &b, s.units + at, found - at);
        builder_add(a, &b, to.units, to.len);
        at = found + from.len;
        if (from.len == 0) { /* between all characters */
            size_t n = at < s.len ? str_char(s, at, &cp) : 0;
            builder_add(a, &b, s.units + at, n);
            at += n;
            if (n == 0)
                break;
        }
    }
    builder_add(a, &b, s.units + at, s.len - at);
    return value_string(builder_str(&b));
}

/* At most `most` cuts from the left; the rest keeps its spaces. */
static struct value split_space(struct pool *a, struct str s, int64_t most)
{
    struct value out = value_list(a, 4);
    for (s = str_trim(s, NULL, true, false); s.len > 0; most -= most > 0) {
        uint32_t cp = 0;
        size_t end = most == 0 ? s.len : 0;
        while (end < s.len) {
            size_t n = str_char(s, end, &cp);
            if (unicode_is_space(cp))
                break;
            end += n;
        }
        list_add(a, out.as.list, value_string(str_part(s, 0, end)));
        s = str_trim(str_part(s, end, s.len - end), NULL, true, false);
    }
    return out;
}

static struct value split_space_from_right(struct pool *a, struct str s, int64_t most)
{
    struct value all = split_space(a, s, -1), out = value_list(a, 4);
    size_t count = all.as.list->count;
    if (most < 0 || (size_t)most >= count)
        return all;
    struct str last = all.as.list->items[count - 1 - (size_t)most].as.string;
    const unit *start = str_trim(s, NULL, true, false).units;
    list_add(a, out.as.list,
             value_string((struct str){start, (size_t)(last.units - start) + last.len}));
    for (size_t i = count - (size_t)most; i < count; i++)
        list_add(a, out.as.list, all.as.list->items[i]);
    return out;
}

static struct value split(struct pool *a, struct str s, struct str by, int64_t most)
{
    struct value out = value_list(a, 4);
    size_t at = 0;
    if (by.len == 0)
        pool_fail(a, "split by an empty string");
    for (; most != 0; most -= most > 0) {
        size_t found = str_find(s, by, at);
        if (found == SIZE_MAX)
            break;
        list_add(a, out.as.list, value_string(str_part(s, at, found - at)));
        at = found + by.len;
    }
    list_add(a, out.as.list, value_string(str_part(s, at, s.len - at)));
    return out;
}

static struct value split_from_right(struct pool *a, struct str s, struct str by, int64_t most)
{
    struct value all = split(a, s, by, -1), out = value_list(a, 4);
    size_t count = all.as.list->count;
    if (most < 0 || (size_t)most + 1 >= count)
        return all;
    size_t joined = count - (size_t)most, len = (joined - 1) * by.len;
    for (size_t i = 0; i < joined; i++)
        len += all.as.list->items[i].as.string.len;
    list_add(a, out.as.list, value_string(str_part(s, 0, len)));
    for (size_t i = joined; i < count; i++)
        list_add(a, out.as.list, all.as.list->items[i]);
    return out;
}

static bool ends_line(uint32_t cp)
{
    return (cp >= '\n' && cp <= '\r') || (cp >= 0x1c && cp <= 0x1e) || cp == 0x85 || cp == 0x2028 ||
           cp == 0x2029;
}

static struct value split_lines(struct pool *a, struct str s)
{
    struct value out = value_list(a, 4);
    size_t from = 0;
    uint32_t cp = 0;
    for (size_t at = 0, n = 0; at < s.len; at += n) {
        n = str_char(s, at, &cp);
        if (!ends_line(cp))
            continue;
        list_add(a, out.as.list, value_string(str_part(s, from, at - from)));
        if (cp == '\r' && at + 1 < s.len && (s.units[at + 1] & 0xff) == '\n')
            n = 2;
        from = at + n;
    }
    if (from < s.len)
        list_add(a, out.as.list, value_string(str_part(s, from, s.len - from)));
    return out;
}

static bool has_edge(struct pool *a, struct str s, struct value part, bool end)
{
    if (part.kind == V_LIST) {
        for (size_t i = 0; i < part.as.list->count; i++) {
            if (has_edge(a, s, part.as.list->items[i], end))
                return true;
        }
        return false;
    }
    struct str p = need_string(a, part, end ? "endswith" : "startswith");
    return p.len <= s.len && str_equal(str_part(s, end ? s.len - p.len : 0, p.len), p);
}

static struct value indent(struct pool *a, struct str s, const struct arguments *args)
{
    struct value width = argument(args, 0, "width");
    struct str with = width.kind == V_STRING ? width.as.string : (struct str){NULL, 0};
    int64_t count = width.kind == V_STRING ? 1 : integer_or(width, 4);
    bool first = value_true(argument(args, 1, "first"));
    bool blank = value_true(argument(args, 2, "blank"));
    static const unit newline = '\n';
    struct builder b = {0}, whole = {0};
    builder_add(a, &whole, s.units, s.len);
    builder_add(a, &whole, &newline, 1); /* so that a last empty line is one */
    const struct list *lines = split_lines(a, builder_str(&whole)).as.list;
    for (size_t i = 0; i < lines->count; i++) {
        struct str line = lines->items[i].as.string;
        if (i > 0)
            builder_add(a, &b, &newline, 1);
        if (i == 0 ? first : line.len > 0 || blank)
            add_fill(a, &b, with, count);
        builder_add(a, &b, line.units, line.len);
    }
    return value_string(builder_str(&b));
}

/* ---- padding and formats ---- */

enum side { SIDE_LEFT, SIDE_RIGHT, SIDE_BOTH };

/* s with `fill` on one side or both until it is width characters long. */
static struct value pad(struct pool *a, struct str s, int64_t width, struct str fill,
                        enum side side)
{
    struct builder b = {0};
    int64_t missing = width - (int64_t)str_length(s);
    int64_t left = missing <= 0 || side == SIDE_RIGHT ? 0 : missing;
    if (side == SIDE_BOTH && missing > 0)
        left = missing / 2 + (missing & width & 1);
    add_fill(a, &b, fill, left);
    builder_add(a, &b, s.units, s.len);
    add_fill(a, &b, fill, missing - left);
    return value_string(builder_str(&b));
}

static struct value zero_fill(struct pool *a, struct str s, int64_t width)
{
    static const unit zero = '0';
    struct builder b = {0};
    bool sign = s.len > 0 && ((s.units[0] & 0xff) == '+' || (s.units[0] & 0xff) == '-');
    builder_add(a, &b, s.units, sign);
    add_fill(a, &b, (struct str){&zero, 1}, width - (int64_t)str_length(s));
    builder_add(a, &b, s.units + sign, s.len - sign);
    return value_string(builder_str(&b));
}

struct directive {
    bool left, zeros, plus;
    int64_t width, precision; /* precision < 0: not said */
    char kind;
};

static int64_t read_count(struct str s, size_t *at, int64_t otherwise)
{
    if (*at >= s.len || (s.units[*at] & 0xff) < '0' || (s.units[*at] & 0xff) > '9')
        return otherwise;
    int64_t n = 0;
    for (; *at < s.len && (s.units[*at] & 0xff) >= '0' && (s.units[*at] & 0xff) <= '9'; ++*at)
        n = n < 10000 ? n * 10 + (s.units[*at] & 0xff) - '0' : n;
    return n;
}

/* What stands behind a per cent sign. */
static struct directive read_directive(struct str s, size_t *at)
{
    struct directive d = {.precision = -1};
    for (; *at < s.len; ++*at) {
        char c = (char)(s.units[*at] & 0xff);
        if (c == '-')
            d.left = true;
        else if (c == '0')
            d.zeros = true;
        else if (c == '+')
            d.plus = true;
        else
            break;
    }
    d.width = read_count(s, at, 0);
    if (*at < s.len && (s.units[*at] & 0xff) == '.') {
        ++*at;
        d.precision = read_count(s, at, 0);
    }
    if (*at < s.len)
        d.kind = (char)(s.units[(*at)++] & 0xff);
    return d;
}

static struct value shown_number(struct pool *a, struct directive d, struct value v)
{
    char text[400];
    if (!value_is_number(v))
        pool_fail(a, "a number's format with %s", value_kind_name(v));
    double x = value_number(v);
    const char *sign = d.plus && x >= 0 ? "+" : "";
    if (d.kind == 'f')
        snprintf(text, sizeof(text), "%s%.*f", sign, d.precision < 0 ? 6 : (int)d.precision, x);
    else if (v.kind == V_INT)
        snprintf(text, sizeof(text), "%s%lld", sign, (long long)v.as.integer);
    else
        snprintf(text, sizeof(text), "%s%.0f", sign, trunc(x));
    struct value out = value_text(a, text);
    return d.zeros && !d.left ? zero_fill(a, out.as.string, d.width) : out;
}

static void format_one(struct pool *a, struct builder *b, struct directive d, struct value v)
{
    enum { MOST_WIDTH = 1000, MOST_DIGITS = 40 };
    struct value shown;
    if (d.width > MOST_WIDTH || d.precision > MOST_DIGITS)
        pool_fail(a, "a format that is too wide");
    if (d.kind == 's' && d.precision < 0)
        shown = value_string(value_to_str(a, v));
    else if (d.kind == 'd' || d.kind == 'i' || d.kind == 'f')
        shown = shown_number(a, d, v);
    else
        pool_fail(a, "a format that is not supported");
    shown =
        pad(a, shown.as.string, d.width, (struct str){NULL, 0}, d.left ? SIDE_RIGHT : SIDE_LEFT);
    builder_add(a, b, shown.as.string.units, shown.as.string.len);
}

struct value str_format(struct pool *a, struct str s, const struct list *values)
{
    struct builder b = {0};
    size_t used = 0;
    for (size_t at = 0; at < s.len;) {
        if ((s.units[at] & 0xff) != '%') {
            builder_add(a, &b, &s.units[at++], 1);
            continue;
        }
        size_t sign = at++;
        struct directive d = read_directive(s, &at);
        if (d.kind == '%')
            builder_add(a, &b, &s.units[sign], 1);
        else if (used == values->count)
            pool_fail(a, "too few values for a format");
        else
            format_one(a, &b, d, values->items[used++]);
    }
    if (used < values->count)
        pool_fail(a, "too many values for a format");
    return value_string(builder_str(&b));
}

static struct value format_filter(struct pool *a, struct str s, const struct arguments *args)
{
    struct value values = value_list(a, args->count);
    for (size_t i = 0; i < args->count; i++)
        list_add(a, values.as.list, args->values[i]);
    return str_format(a, s, values.as.list);
}

/* The value for what stands between brackets: nothing, a number or a name. */
static struct value format_field(struct pool *a, struct str field, const struct arguments *args,
                                 size_t *next)
{
    char key[64];
    size_t digits = 0;
    int64_t place = read_count(field, &digits, -1);
    if (field.len >= sizeof(key))
        pool_fail(a, "a format that is not supported");
    for (size_t i = 0; i < field.len; i++)
        key[i] = (char)(field.units[i] & 0xff);
    key[field.len] = '\0';
    if (field.len == 0)
        place = (int64_t)(*next)++;
    struct value v = argument(args, place < 0 ? SIZE_MAX : (size_t)place, key);
    if (!argument_given(v) || (place >= 0 && digits < field.len))
        pool_fail(a, "a format that is not supported");
    return v;
}

/* "{} {0} {name}" with values in their places. */
static struct value format_braces(struct pool *a, struct str s, const struct arguments *args)
{
    struct builder b = {0};
    size_t next = 0;
    for (size_t at = 0; at < s.len; at++) {
        char c = (char)(s.units[at] & 0xff);
        bool bracket = c == '{' || c == '}';
        bool twice = bracket && at + 1 < s.len && (s.units[at + 1] & 0xff) == (uint8_t)c;
        at += twice;
        if (!bracket || twice) {
            builder_add(a, &b, &s.units[at], 1);
            continue;
        }
        size_t end = at + 1;
        while (end < s.len && (s.units[end] & 0xff) != '}')
            end++;
        if (c == '}' || end == s.len)
            pool_fail(a, "a format with a bracket too many");
        struct value v = format_field(a, str_part(s, at + 1, end - at - 1), args, &next);
        struct str text = value_to_str(a, v);
        builder_add(a, &b, text.units, text.len);
        at = end;
    }
    return value_string(builder_str(&b));
}

/* ---- filters ---- */

static struct value escape(struct pool *a, struct str s)
{
    static const char signs[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&#34;", "&#39;"};
    struct builder b = {0};
    for (size_t i = 0; i < s.len; i++) {
        const char *sign = strchr(signs, s.units[i] & 0xff);
        if (sign == NULL || *sign == '\0')
            builder_add(a, &b, &s.units[i], 1);
        else
            builder_text(a, &b, names[sign - signs]);
    }
    return value_string(builder_str(&b));
}

static struct value replace_filter(struct pool *a, struct str s, const struct arguments *args)
{
    return replace(a, s, value_to_str(a, argument(args, 0, "old")),
                   value_to_str(a, argument(args, 1, "new")),
                   integer_or(argument(args, 2, "count"), -1));
}

static struct value trim_filter(struct str s, const struct arguments *args)
{
    struct value set = argument(args, 0, "chars");
    return value_string(str_trim(s, set.kind == V_STRING ? &set.as.string : NULL, true, true));
}

bool text_filter(struct pool *a, struct str name, struct value v, const struct arguments *args,
                 struct value *out)
{
    static const char *const names[] = {"trim",  "string",  "safe",   "upper",    "lower",
                                        "title", "replace", "indent", "format",   "capitalize",
                                        "e",     "escape",  "center", "wordcount"};
    size_t which = 0, count = sizeof(names) / sizeof(names[0]);
    while (which < count && !str_is(name, names[which]))
        which++;
    if (which == count)
        return false;
    struct str s = value_to_str(a, v);
    if (str_is(name, "trim"))
        *out = trim_filter(s, args);
    else if (str_is(name, "upper"))
        *out = change_case(a, s, CASE_UPPER);
    else if (str_is(name, "lower"))
        *out = change_case(a, s, CASE_LOWER);
    else if (str_is(name, "capitalize"))
        *out = change_case(a, s, CASE_CAPITAL);
    else if (str_is(name, "title"))
        *out = change_case(a, s, CASE_WORDS);
    else if (str_is(name, "replace"))
        *out = replace_filter(a, s, args);
    else if (str_is(name, "indent"))
        *out = indent(a, s, args);
    else if (str_is(name, "format"))
        *out = format_filter(a, s, args);
    else if (str_is(name, "e") || str_is(name, "escape"))
        *out = escape(a, s);
    else if (str_is(name, "center"))
        *out =
            pad(a, s, integer_or(argument(args, 0, "width"), 80), (struct str){NULL, 0}, SIDE_BOTH);
    else if (str_is(name, "wordcount"))
        *out = value_int((int64_t)split_space(a, s, -1).as.list->count);
    else
        *out = value_string(s);
    return true;
}

/* ---- methods ---- */

/* Python's isupper and islower: letters of that case and none of the other. */
static bool has_case(struct str s, enum unicode_kind kind)
{
    bool any = false;
    uint32_t cp = 0;
    for (size_t at = 0; at < s.len;) {
        at += str_char(s, at, &cp);
        enum unicode_kind k = unicode_kind_of(cp);
        if (k == (kind == UNICODE_UPPER ? UNICODE_LOWER : UNICODE_UPPER) || k == UNICODE_TITLE)
            return false;
        any = any || k == kind;
    }
    return any;
}

bool str_is_upper(struct str s)
{
    return has_case(s, UNICODE_UPPER);
}

bool str_is_lower(struct str s)
{
    return has_case(s, UNICODE_LOWER);
}

static bool all_of(struct str s, struct str question)
{
    uint32_t cp = 0;
    bool space = str_is(question, "isspace"), letters = str_is(question, "isalpha");
    bool both = str_is(question, "isalnum");
    for (size_t at = 0; at < s.len;) {
        at += str_char(s, at, &cp);
        bool number = unicode_kind_of(cp) == UNICODE_NUMBER;
        bool fits = space     ? unicode_is_space(cp)
                    : letters ? is_letter(cp)
                              : number || (both && is_letter(cp));
        if (!fits)
            return false;
    }
    return s.len > 0;
}

static struct value count_of(struct str s, struct str part)
{
    int64_t count = 0;
    if (part.len == 0)
        return value_int((int64_t)str_length(s) + 1);
    for (size_t at = str_find(s, part, 0); at != SIZE_MAX; at = str_find(s, part, at + part.len))
        count++;
    return value_int(count);
}

/* Units before the character of that number, which counts from the end when it is negative. */
static size_t place_of(struct str s, int64_t number)
{
    size_t at = 0;
    uint32_t cp = 0;
    if (number < 0)
        number += (int64_t)str_length(s);
    for (int64_t i = 0; i < number && at < s.len; i++)
        at += str_char(s, at, &cp);
    return at;
}

static size_t find_last(struct str s, struct str part, size_t from)
{
    size_t found = SIZE_MAX;
    for (size_t at = str_find(s, part, from); at != SIZE_MAX; at = str_find(s, part, at + 1))
        found = at;
    return found;
}

static struct value find(struct pool *a, struct str s, struct str name,
                         const struct arguments *args)
{
    struct str part = need_string(a, argument(args, 0, NULL), "finding");
    size_t from = place_of(s, integer_or(argument(args, 1, NULL), 0));
    size_t at = str_is(name, "rfind") ? find_last(s, part, from) : str_find(s, part, from);
    if (at == SIZE_MAX && str_is(name, "index"))
        pool_fail(a, "index of something that is not in the string");
    return value_int(at == SIZE_MAX ? -1 : (int64_t)str_length(str_part(s, 0, at)));
}

static struct value partition(struct pool *a, struct str s, struct str by, bool right)
{
    struct value out = value_list(a, 3);
    if (by.len == 0)
        pool_fail(a, "a partition by an empty string");
    size_t at = right ? find_last(s, by, 0) : str_find(s, by, 0);
    size_t behind = at + by.len;
    if (at == SIZE_MAX)
        at = behind = right ? 0 : s.len;
    out.as.list->tuple = true;
    list_add(a, out.as.list, value_string(str_part(s, 0, at)));
    list_add(a, out.as.list, value_string(str_part(s, at, behind - at)));
    list_add(a, out.as.list, value_string(str_part(s, behind, s.len - behind)));
    return out;
}

static struct value split_method(struct pool *a, struct str s, const struct arguments *args,
                                 bool right)
{
    struct value by = argument(args, 0, "sep");
    int64_t most = integer_or(argument(args, 1, "maxsplit"), -1);
    if (by.kind != V_STRING)
        return (right ? split_space_from_right : split_space)(a, s, most);
    return (right ? split_from_right : split)(a, s, by.as.string, most);
}

static struct value remove_edge(struct pool *a, struct str s, struct value part, bool end)
{
    size_t n = has_edge(a, s, part, end) ? need_string(a, part, "removing").len : 0;
    return value_string(str_part(s, end ? 0 : n, s.len - n));
}

static struct value pad_method(struct pool *a, struct str s, struct str name,
                               const struct arguments *args)
{
    struct value fill = argument(args, 1, "fillchar");
    int64_t width = integer_or(argument(args, 0, "width"), 0);
    enum side side = str_is(name, "ljust")   ? SIDE_RIGHT
                     : str_is(name, "rjust") ? SIDE_LEFT
                                             : SIDE_BOTH;
    return pad(a, s, width, fill.kind == V_STRING ? fill.as.string : (struct str){NULL, 0}, side);
}

bool text_method_known(struct str name)
{
    static const char *const names[] = {
        "strip",        "lstrip",     "rstrip",    "split",   "rsplit",  "startswith",
        "endswith",     "replace",    "upper",     "lower",   "title",   "capitalize",
        "swapcase",     "casefold",   "find",      "rfind",   "index",   "count",
        "join",         "splitlines", "partition", "isupper", "islower", "removeprefix",
        "removesuffix", "isdigit",    "isalpha",   "isspace", "isalnum", "isnumeric",
        "isdecimal",    "zfill",      "ljust",     "rjust",   "center",  "rpartition",
        "format"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_is(name, names[i]))
            return true;
    }
    return false;
}

struct value text_method(struct pool *a, struct str s, struct str name,
                         const struct arguments *args)
{
    struct value first = argument(args, 0, NULL), second = argument(args, 1, NULL);
    if (str_is(name, "strip") || str_is(name, "lstrip") || str_is(name, "rstrip"))
        return value_string(str_trim(s, first.kind == V_STRING ? &first.as.string : NULL,
                                     !str_is(name, "rstrip"), !str_is(name, "lstrip")));
    if (str_is(name, "split") || str_is(name, "rsplit"))
        return split_method(a, s, args, str_is(name, "rsplit"));
    if (str_is(name, "startswith") || str_is(name, "endswith")) {
        size_t from = place_of(s, integer_or(second, 0));
        s = str_part(s, from, s.len - from);
        return value_bool(has_edge(a, s, first, str_is(name, "endswith")));
    }
    if (str_is(name, "replace"))
        return replace(a, s, need_string(a, first, "replace"), need_string(a, second, "replace"),
                       integer_or(argument(args, 2, "count"), -1));
    if (str_is(name, "upper"))
        return change_case(a, s, CASE_UPPER);
    if (str_is(name, "lower") || str_is(name, "casefold"))
        return change_case(a, s, CASE_LOWER);
    if (str_is(name, "title"))
        return change_case(a, s, CASE_TITLE);
    if (str_is(name, "capitalize"))
        return change_case(a, s, CASE_CAPITAL);
    if (str_is(name, "swapcase"))
        return change_case(a, s, CASE_SWAP);
    if (str_is(name, "find") || str_is(name, "rfind") || str_is(name, "index"))
        return find(a, s, name, args);
    if (str_is(name, "count"))
        return count_of(s, need_string(a, first, "count"));
    if (str_is(name, "join"))
        return value_join(a, first, s);
    if (str_is(name, "splitlines"))
        return split_lines(a, s);
    if (str_is(name, "partition") || str_is(name, "rpartition"))
        return partition(a, s, need_string(a, first, "partition"), str_is(name, "rpartition"));
    if (str_is(name, "removeprefix") || str_is(name, "removesuffix"))
        return remove_edge(a, s, first, str_is(name, "removesuffix"));
    if (str_is(name, "ljust") || str_is(name, "rjust") || str_is(name, "center"))
        return pad_method(a, s, name, args);
    if (str_is(name, "zfill"))
        return zero_fill(a, s, integer_or(first, 0));
    if (str_is(name, "format"))
        return format_braces(a, s, args);
    if (str_is(name, "isupper") || str_is(name, "islower"))
        return value_bool(str_is(name, "isupper") ? str_is_upper(s) : str_is_lower(s));
    return value_bool(all_of(s, name));
}
