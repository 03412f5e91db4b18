/* Filters, tests and methods of the template language. */
#include "engine/template_parts.h"

#include "engine/unicode.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct str need_string(struct pool *a, struct value v, const char *what)
{
    if (v.kind != V_STRING)
        pool_fail(a, "%s needs a string, not %s", what, value_kind_name(v));
    return v.as.string;
}

static int64_t integer_or(struct value v, int64_t otherwise)
{
    return v.kind == V_INT ? v.as.integer : v.kind == V_BOOL ? v.as.boolean : otherwise;
}

/* ---- text ---- */

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

enum letter_case { CASE_UPPER, CASE_LOWER, CASE_CAPITAL, CASE_TITLE };

/* ASCII only: templates change the case of names, not of languages. */
static struct value change_case(struct pool *a, struct str s, enum letter_case to)
{
    struct builder b = {0};
    bool inside = false;
    for (size_t i = 0; i < s.len; i++) {
        unit flag = s.units[i] & CONTENT, u = s.units[i] & 0xff;
        bool upper = to == CASE_UPPER || (to != CASE_LOWER && !inside);
        if (u < 0x80)
            u = (unit)(upper ? toupper(u) : tolower(u));
        inside = to == CASE_TITLE ? u >= 0x80 || isalpha(u) : true;
        u |= flag;
        builder_add(a, &b, &u, 1);
    }
    return value_string(builder_str(&b));
}

static struct value replace(struct pool *a, struct str s, struct str from, struct str to,
                            int64_t most)
{
    struct builder b = {0};
    size_t at = 0;
    while (most != 0) {
        size_t found = from.len > 0 ? str_find(s, from, at) : SIZE_MAX;
        if (found == SIZE_MAX)
            break;
        builder_add(a, &b, s.units + at, found - at);
        builder_add(a, &b, to.units, to.len);
        at = found + from.len;
        most -= most > 0;
    }
    builder_add(a, &b, s.units + at, s.len - at);
    return value_string(builder_str(&b));
}

static struct value split_space(struct pool *a, struct str s)
{
    struct value out = value_list(a, 4);
    uint32_t cp = 0;
    size_t from = SIZE_MAX, n = 0;
    for (size_t at = 0; at < s.len; at += n) {
        n = str_char(s, at, &cp);
        if (unicode_is_space(cp) && from != SIZE_MAX) {
            list_add(a, out.as.list, value_string(str_part(s, from, at - from)));
            from = SIZE_MAX;
        } else if (!unicode_is_space(cp) && from == SIZE_MAX) {
            from = at;
        }
    }
    if (from != SIZE_MAX)
        list_add(a, out.as.list, value_string(str_part(s, from, s.len - from)));
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

static struct value split_lines(struct pool *a, struct str s)
{
    struct value out = value_list(a, 4);
    size_t from = 0;
    for (size_t at = 0; at < s.len; at++) {
        char c = (char)(s.units[at] & 0xff);
        if (c != '\n' && c != '\r')
            continue;
        list_add(a, out.as.list, value_string(str_part(s, from, at - from)));
        if (c == '\r' && at + 1 < s.len && (s.units[at + 1] & 0xff) == '\n')
            at++;
        from = at + 1;
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

static struct value join(struct pool *a, struct value v, struct str between, struct value attribute)
{
    struct list *items = value_iterate(a, v);
    struct builder b = {0};
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        if (attribute.kind == V_STRING && item.kind == V_DICT) {
            const struct value *found = dict_find(item.as.dict, attribute.as.string);
            item = found != NULL ? *found : value_undefined(attribute.as.string);
        }
        struct str text = value_to_str(a, item);
        if (i > 0)
            builder_add(a, &b, between.units, between.len);
        builder_add(a, &b, text.units, text.len);
    }
    return value_string(builder_str(&b));
}

static struct value indent(struct pool *a, struct str s, const struct arguments *args)
{
    int64_t width = integer_or(argument(args, 0, "width"), 4);
    bool first = value_true(argument(args, 1, "first"));
    bool blank = value_true(argument(args, 2, "blank"));
    struct builder b = {0};
    for (size_t at = 0, line = 0; at < s.len; line++) {
        size_t end = at;
        while (end < s.len && (s.units[end] & 0xff) != '\n')
            end++;
        for (int64_t i = 0; (line > 0 || first) && (end > at || blank) && i < width; i++)
            builder_text(a, &b, " ");
        builder_add(a, &b, s.units + at, (end < s.len ? end + 1 : end) - at);
        at = end < s.len ? end + 1 : end;
    }
    return value_string(builder_str(&b));
}

/* ---- lists ---- */

static struct value pairs(struct pool *a, struct value v)
{
    struct value out = value_list(a, 4);
    if (v.kind == V_UNDEFINED)
        return out;
    if (v.kind != V_DICT && v.kind != V_NAMESPACE)
        pool_fail(a, "items of %s", value_kind_name(v));
    for (size_t i = 0; i < v.as.dict->count; i++) {
        struct value pair = value_list(a, 2);
        list_add(a, pair.as.list, v.as.dict->keys[i]);
        list_add(a, pair.as.list, v.as.dict->values[i]);
        list_add(a, out.as.list, pair);
    }
    return out;
}

static struct value attribute_of(struct value v, struct value name)
{
    if (v.kind == V_DICT && name.kind == V_STRING) {
        const struct value *found = dict_find(v.as.dict, name.as.string);
        if (found != NULL)
            return *found;
    }
    if (v.kind == V_LIST && name.kind == V_INT && name.as.integer >= 0 &&
        (size_t)name.as.integer < v.as.list->count)
        return v.as.list->items[name.as.integer];
    return value_undefined((struct str){NULL, 0});
}

/* The arguments behind the first n positional ones. */
static struct arguments rest_of(const struct arguments *args, size_t n)
{
    return n >= args->count
               ? (struct arguments){NULL, NULL, 0}
               : (struct arguments){args->values + n, args->names + n, args->count - n};
}

/* select, reject, and the same on an attribute */
static struct value choose(struct pool *a, struct value v, const struct arguments *args,
                           bool by_attribute, bool keep)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, 4);
    size_t used = by_attribute ? 1 : 0;
    struct value test = argument(args, used, NULL);
    struct arguments rest = rest_of(args, used + 1);
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        struct value subject = by_attribute ? attribute_of(item, argument(args, 0, NULL)) : item;
        bool passes = test.kind == V_STRING ? apply_test(a, test.as.string, subject, &rest)
                                            : value_true(subject);
        if (passes == keep)
            list_add(a, out.as.list, item);
    }
    return out;
}

static struct value map(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, items->count), name = value_undefined((struct str){NULL, 0});
    struct value otherwise = name;
    for (size_t i = 0; i < args->count; i++) {
        if (args->names[i].units != NULL && str_is(args->names[i], "attribute"))
            name = args->values[i];
        if (args->names[i].units != NULL && str_is(args->names[i], "default"))
            otherwise = args->values[i];
    }
    struct value filter = argument(args, 0, NULL);
    struct arguments rest = rest_of(args, 1);
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        if (name.kind != V_UNDEFINED) {
            item = attribute_of(item, name);
            item = item.kind == V_UNDEFINED ? otherwise : item;
        } else if (filter.kind == V_STRING) {
            item = apply_filter(a, filter.as.string, item, &rest);
        }
        list_add(a, out.as.list, item);
    }
    return out;
}

static struct value sorted(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, items->count);
    bool reverse = value_true(argument(args, 0, "reverse"));
    struct value attribute = argument(args, 2, "attribute");
    if (items->count > 2000)
        pool_fail(a, "a list too long to sort");
    for (size_t i = 0; i < items->count; i++) {
        struct list *to = out.as.list;
        list_add(a, to, items->items[i]);
        for (size_t at = to->count - 1; at > 0; at--) {
            struct value x = to->items[at - 1], y = to->items[at];
            bool by = attribute.kind != V_UNDEFINED;
            int order = value_compare(a, by ? attribute_of(x, attribute) : x,
                                      by ? attribute_of(y, attribute) : y);
            if (reverse ? order >= 0 : order <= 0)
                break;
            to->items[at - 1] = y;
            to->items[at] = x;
        }
    }
    return out;
}

static struct value reversed(struct pool *a, struct value v)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, items->count);
    struct builder text = {0};
    for (size_t i = items->count; i-- > 0;) {
        list_add(a, out.as.list, items->items[i]);
        if (v.kind == V_STRING)
            builder_add(a, &text, items->items[i].as.string.units, items->items[i].as.string.len);
    }
    return v.kind == V_STRING ? value_string(builder_str(&text)) : out;
}

static struct value unique(struct pool *a, struct value v)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, 4);
    for (size_t i = 0; i < items->count; i++) {
        bool seen = false;
        for (size_t k = 0; k < out.as.list->count && !seen; k++)
            seen = value_equal(out.as.list->items[k], items->items[i]);
        if (!seen)
            list_add(a, out.as.list, items->items[i]);
    }
    return out;
}

static struct value extreme(struct pool *a, struct value v, int sign)
{
    struct list *items = value_iterate(a, v);
    struct value best = value_undefined((struct str){NULL, 0});
    for (size_t i = 0; i < items->count; i++) {
        if (i == 0 || value_compare(a, items->items[i], best) * sign > 0)
            best = items->items[i];
    }
    return best;
}

static struct value sum(struct pool *a, struct value v)
{
    struct list *items = value_iterate(a, v);
    double total = 0;
    bool whole = true;
    for (size_t i = 0; i < items->count; i++) {
        if (!value_is_number(items->items[i]))
            pool_fail(a, "sum of %s", value_kind_name(items->items[i]));
        whole = whole && items->items[i].kind != V_REAL;
        total += value_number(items->items[i]);
    }
    return whole && fabs(total) < 0x1p53 ? value_int((int64_t)total) : value_real(total);
}

static struct value to_number(struct pool *a, struct value v, bool real)
{
    char text[64] = "0", *end = text;
    double x = 0;
    if (v.kind == V_STRING) {
        struct str s = str_trim(v.as.string, NULL, true, true);
        for (size_t i = 0; i < s.len && i < sizeof(text) - 1; i++) {
            text[i] = (char)(s.units[i] & 0xff);
            text[i + 1] = '\0';
        }
        x = strtod(text, &end);
        if (s.len >= sizeof(text) || *end != '\0')
            x = 0;
    } else if (value_is_number(v)) {
        x = value_number(v);
    } else {
        pool_fail(a, "%s is no number", value_kind_name(v));
    }
    if (real)
        return value_real(x);
    return value_int(fabs(x) < 0x1p62 ? (int64_t)x : 0);
}

static struct value rounded(struct pool *a, struct value v, const struct arguments *args)
{
    if (!value_is_number(v))
        pool_fail(a, "%s is no number", value_kind_name(v));
    double scale = pow(10, (double)integer_or(argument(args, 0, "precision"), 0));
    return value_real(nearbyint(value_number(v) * scale) / scale);
}

static struct value length(struct pool *a, struct value v)
{
    if (v.kind == V_STRING)
        return value_int((int64_t)str_length(v.as.string));
    return value_int((int64_t)value_iterate(a, v)->count);
}

static struct value edge(struct pool *a, struct value v, bool last)
{
    struct list *items = value_iterate(a, v);
    if (items->count == 0)
        return value_undefined((struct str){NULL, 0});
    return items->items[last ? items->count - 1 : 0];
}

static struct value to_json(struct pool *a, struct value v, const struct arguments *args)
{
    int64_t width = -1;
    for (size_t i = 0; i < args->count; i++) {
        if (args->names[i].units == NULL || str_is(args->names[i], "indent"))
            width = integer_or(args->values[i], -1);
    }
    return value_string(value_to_json(a, v, width > 32 ? 32 : (int)(width < 0 ? -1 : width)));
}

struct value apply_filter(struct pool *a, struct str name, struct value v,
                          const struct arguments *args)
{
    if (str_is(name, "default") || str_is(name, "d")) {
        bool missing =
            v.kind == V_UNDEFINED || (value_true(argument(args, 1, "boolean")) && !value_true(v));
        struct value otherwise = argument(args, 0, "default_value");
        if (!missing)
            return v;
        return argument_given(otherwise) ? otherwise : value_text(a, "");
    }
    if (str_is(name, "tojson"))
        return to_json(a, v, args);
    if (str_is(name, "length") || str_is(name, "count"))
        return length(a, v);
    if (str_is(name, "trim")) {
        struct value set = argument(args, 0, "chars");
        return value_string(
            str_trim(value_to_str(a, v), set.kind == V_STRING ? &set.as.string : NULL, true, true));
    }
    if (str_is(name, "string") || str_is(name, "safe"))
        return value_string(value_to_str(a, v));
    if (str_is(name, "upper"))
        return change_case(a, value_to_str(a, v), CASE_UPPER);
    if (str_is(name, "lower"))
        return change_case(a, value_to_str(a, v), CASE_LOWER);
    if (str_is(name, "capitalize"))
        return change_case(a, value_to_str(a, v), CASE_CAPITAL);
    if (str_is(name, "title"))
        return change_case(a, value_to_str(a, v), CASE_TITLE);
    if (str_is(name, "replace"))
        return replace(a, value_to_str(a, v), need_string(a, argument(args, 0, "old"), "replace"),
                       need_string(a, argument(args, 1, "new"), "replace"),
                       integer_or(argument(args, 2, "count"), -1));
    if (str_is(name, "join")) {
        struct value between = argument(args, 0, "d");
        return join(a, v, argument_given(between) ? value_to_str(a, between) : (struct str){0},
                    argument(args, 1, "attribute"));
    }
    if (str_is(name, "indent"))
        return indent(a, value_to_str(a, v), args);
    if (str_is(name, "items"))
        return pairs(a, v);
    if (str_is(name, "first") || str_is(name, "last"))
        return edge(a, v, str_is(name, "last"));
    if (str_is(name, "list")) {
        struct value out = value_list(a, 4);
        struct list *items = value_iterate(a, v);
        for (size_t i = 0; i < items->count; i++)
            list_add(a, out.as.list, items->items[i]);
        return out;
    }
    if (str_is(name, "select") || str_is(name, "reject"))
        return choose(a, v, args, false, str_is(name, "select"));
    if (str_is(name, "selectattr") || str_is(name, "rejectattr"))
        return choose(a, v, args, true, str_is(name, "selectattr"));
    if (str_is(name, "map"))
        return map(a, v, args);
    if (str_is(name, "sort"))
        return sorted(a, v, args);
    if (str_is(name, "dictsort"))
        return sorted(a, pairs(a, v),
                      &(struct arguments){
                          (struct value[]){value_bool(false), value_bool(false), value_int(0)},
                          (struct str[3]){{0}}, 3});
    if (str_is(name, "reverse"))
        return reversed(a, v);
    if (str_is(name, "unique"))
        return unique(a, v);
    if (str_is(name, "max") || str_is(name, "min"))
        return extreme(a, v, str_is(name, "max") ? 1 : -1);
    if (str_is(name, "sum"))
        return sum(a, v);
    if (str_is(name, "int") || str_is(name, "float"))
        return to_number(a, v, str_is(name, "float"));
    if (str_is(name, "round"))
        return rounded(a, v, args);
    if (str_is(name, "abs") && value_is_number(v))
        return v.kind == V_INT && v.as.integer > INT64_MIN ? value_int(llabs(v.as.integer))
                                                           : value_real(fabs(value_number(v)));
    pool_fail(a, "filter %s is not supported", str_name(a, name));
}

/* ---- tests ---- */

static bool is_iterable(struct value v)
{
    return v.kind == V_STRING || v.kind == V_LIST || v.kind == V_DICT || v.kind == V_UNDEFINED;
}

static bool test_number(struct pool *a, struct str name, struct value v, struct value other)
{
    if (v.kind != V_INT)
        pool_fail(a, "test %s of %s", str_name(a, name), value_kind_name(v));
    if (str_is(name, "odd") || str_is(name, "even"))
        return (v.as.integer % 2 != 0) == str_is(name, "odd");
    int64_t by = integer_or(other, 0);
    return by != 0 && by != -1 ? v.as.integer % by == 0 : by == -1;
}

bool apply_test(struct pool *a, struct str name, struct value v, const struct arguments *args)
{
    struct value other = argument(args, 0, NULL);
    if (str_is(name, "defined"))
        return v.kind != V_UNDEFINED;
    if (str_is(name, "undefined"))
        return v.kind == V_UNDEFINED;
    if (str_is(name, "none"))
        return v.kind == V_NONE;
    if (str_is(name, "string"))
        return v.kind == V_STRING;
    if (str_is(name, "mapping"))
        return v.kind == V_DICT || v.kind == V_NAMESPACE;
    if (str_is(name, "iterable"))
        return is_iterable(v);
    if (str_is(name, "sequence"))
        return is_iterable(v);
    if (str_is(name, "number"))
        return value_is_number(v);
    if (str_is(name, "integer"))
        return v.kind == V_INT;
    if (str_is(name, "float"))
        return v.kind == V_REAL;
    if (str_is(name, "boolean"))
        return v.kind == V_BOOL;
    if (str_is(name, "true") || str_is(name, "false"))
        return v.kind == V_BOOL && v.as.boolean == str_is(name, "true");
    if (str_is(name, "callable"))
        return v.kind == V_MACRO || v.kind == V_FUNCTION || v.kind == V_METHOD;
    if (str_is(name, "equalto") || str_is(name, "eq") || str_is(name, "==") ||
        str_is(name, "sameas"))
        return value_equal(v, other);
    if (str_is(name, "ne") || str_is(name, "!="))
        return !value_equal(v, other);
    if (str_is(name, "lt") || str_is(name, "<"))
        return value_compare(a, v, other) < 0;
    if (str_is(name, "le") || str_is(name, "<="))
        return value_compare(a, v, other) <= 0;
    if (str_is(name, "gt") || str_is(name, ">"))
        return value_compare(a, v, other) > 0;
    if (str_is(name, "ge") || str_is(name, ">="))
        return value_compare(a, v, other) >= 0;
    if (str_is(name, "in")) {
        if (other.kind == V_STRING && v.kind == V_STRING)
            return str_find(other.as.string, v.as.string, 0) != SIZE_MAX;
        struct list *items = value_iterate(a, other);
        for (size_t i = 0; i < items->count; i++) {
            if (value_equal(items->items[i], v))
                return true;
        }
        return false;
    }
    if (str_is(name, "odd") || str_is(name, "even") || str_is(name, "divisibleby"))
        return test_number(a, name, v, other);
    pool_fail(a, "test %s is not supported", str_name(a, name));
}

/* ---- methods ---- */

bool method_known(struct value self, struct str name)
{
    static const char *const of_string[] = {
        "strip",    "lstrip",  "rstrip", "split",      "rsplit",       "startswith",
        "endswith", "replace", "upper",  "lower",      "title",        "capitalize",
        "find",     "count",   "join",   "splitlines", "removeprefix", "removesuffix",
        "isdigit",  "isalpha", "isspace"};
    static const char *const of_dict[] = {"items", "keys", "values", "get", "copy"};
    static const char *const of_list[] = {"index", "count", "copy"};
    const char *const *names = of_string;
    size_t count = sizeof(of_string) / sizeof(of_string[0]);
    if (self.kind == V_DICT) {
        names = of_dict;
        count = sizeof(of_dict) / sizeof(of_dict[0]);
    } else if (self.kind == V_LIST) {
        names = of_list;
        count = sizeof(of_list) / sizeof(of_list[0]);
    } else if (self.kind != V_STRING) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (str_is(name, names[i]))
            return true;
    }
    return false;
}

static bool all_of(struct str s, const char *what)
{
    for (size_t at = 0; at < s.len;) {
        uint32_t cp = 0;
        at += str_char(s, at, &cp);
        enum unicode_kind k = unicode_kind_of(cp);
        bool fits = strcmp(what, "isdigit") == 0   ? k == UNICODE_NUMBER
                    : strcmp(what, "isalpha") == 0 ? k >= UNICODE_UPPER && k <= UNICODE_LETTER
                                                   : unicode_is_space(cp);
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

static struct value find(struct str s, struct str part)
{
    size_t at = str_find(s, part, 0);
    return value_int(at == SIZE_MAX ? -1 : (int64_t)str_length(str_part(s, 0, at)));
}

static struct value string_method(struct pool *a, struct str s, struct str name,
                                  const struct arguments *args)
{
    struct value first = argument(args, 0, NULL), second = argument(args, 1, NULL);
    if (str_is(name, "strip") || str_is(name, "lstrip") || str_is(name, "rstrip"))
        return value_string(str_trim(s, first.kind == V_STRING ? &first.as.string : NULL,
                                     !str_is(name, "rstrip"), !str_is(name, "lstrip")));
    if (str_is(name, "split") || str_is(name, "rsplit")) {
        struct value by = argument(args, 0, "sep"), most = argument(args, 1, "maxsplit");
        if (by.kind != V_STRING)
            return split_space(a, s);
        return (str_is(name, "split") ? split : split_from_right)(a, s, by.as.string,
                                                                  integer_or(most, -1));
    }
    if (str_is(name, "startswith") || str_is(name, "endswith"))
        return value_bool(has_edge(a, s, first, str_is(name, "endswith")));
    if (str_is(name, "replace"))
        return replace(a, s, need_string(a, first, "replace"), need_string(a, second, "replace"),
                       integer_or(argument(args, 2, "count"), -1));
    if (str_is(name, "upper"))
        return change_case(a, s, CASE_UPPER);
    if (str_is(name, "lower"))
        return change_case(a, s, CASE_LOWER);
    if (str_is(name, "title"))
        return change_case(a, s, CASE_TITLE);
    if (str_is(name, "capitalize"))
        return change_case(a, s, CASE_CAPITAL);
    if (str_is(name, "find"))
        return find(s, need_string(a, first, "find"));
    if (str_is(name, "count"))
        return count_of(s, need_string(a, first, "count"));
    if (str_is(name, "join"))
        return join(a, first, s, value_undefined((struct str){NULL, 0}));
    if (str_is(name, "splitlines"))
        return split_lines(a, s);
    if (str_is(name, "removeprefix") || str_is(name, "removesuffix")) {
        bool end = str_is(name, "removesuffix");
        struct str part = need_string(a, first, "removing a prefix or suffix");
        size_t n = has_edge(a, s, first, end) ? part.len : 0;
        return value_string(str_part(s, end ? 0 : n, s.len - n));
    }
    return value_bool(all_of(s, str_is(name, "isdigit")   ? "isdigit"
                                : str_is(name, "isalpha") ? "isalpha"
                                                          : "isspace"));
}

static struct value dict_method(struct pool *a, struct value self, struct str name,
                                const struct arguments *args)
{
    if (str_is(name, "items"))
        return pairs(a, self);
    if (str_is(name, "copy"))
        return self;
    if (str_is(name, "get")) {
        struct value key = argument(args, 0, "key"), otherwise = argument(args, 1, "default");
        const struct value *found =
            key.kind == V_STRING ? dict_find(self.as.dict, key.as.string) : NULL;
        if (found != NULL)
            return *found;
        return argument_given(otherwise) ? otherwise : (struct value){.kind = V_NONE};
    }
    struct value out = value_list(a, self.as.dict->count);
    for (size_t i = 0; i < self.as.dict->count; i++)
        list_add(a, out.as.list,
                 str_is(name, "keys") ? self.as.dict->keys[i] : self.as.dict->values[i]);
    return out;
}

static struct value list_method(struct pool *a, struct value self, struct str name,
                                const struct arguments *args)
{
    int64_t count = 0;
    struct value wanted = argument(args, 0, NULL);
    if (str_is(name, "copy"))
        return self;
    for (size_t i = 0; i < self.as.list->count; i++) {
        bool same = value_equal(self.as.list->items[i], wanted);
        if (same && str_is(name, "index"))
            return value_int((int64_t)i);
        count += same;
    }
    if (str_is(name, "index"))
        pool_fail(a, "index of something that is not in the list");
    return value_int(count);
}

struct value apply_method(struct pool *a, const struct method *m, const struct arguments *args)
{
    if (m->self.kind == V_STRING)
        return string_method(a, m->self.as.string, m->name, args);
    if (m->self.kind == V_DICT)
        return dict_method(a, m->self, m->name, args);
    return list_method(a, m->self, m->name, args);
}
