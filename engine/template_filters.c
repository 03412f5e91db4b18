/* Filters and tests of the template language, and the methods of lists and mappings. */
#include "engine/template_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t integer_or(struct value v, int64_t otherwise)
{
    return v.kind == V_INT ? v.as.integer : v.kind == V_BOOL ? v.as.boolean : otherwise;
}

/* ---- what items are looked at by ---- */

/* One step of a path: a member, or the item of that number. */
static struct value member(struct pool *a, struct value v, struct str name)
{
    uint64_t number = 0;
    if (v.kind == V_UNDEFINED)
        pool_fail(a, "a member of something undefined");
    if (v.kind == V_DICT) {
        const struct value *found = dict_find(v.as.dict, name);
        return found != NULL ? *found : value_undefined(name);
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned digit = (name.units[i] & 0xffu) - '0';
        if (digit > 9 || number > 1000000)
            return value_undefined(name);
        number = number * 10 + digit;
    }
    if (v.kind == V_LIST && name.len > 0 && number < v.as.list->count)
        return v.as.list->items[number];
    return value_undefined(name);
}

/* The part of *rest before that sign, which is taken off; all of it where there is no sign. */
static struct str cut(struct str *rest, char sign)
{
    size_t end = 0;
    while (end < rest->len && (rest->units[end] & 0xff) != (uint8_t)sign)
        end++;
    struct str part = str_part(*rest, 0, end);
    size_t used = end < rest->len ? end + 1 : end;
    *rest = str_part(*rest, used, rest->len - used);
    return part;
}

/* By "function.name" or a number; undefined when it is not there. */
static struct value attribute_of(struct pool *a, struct value v, struct value path)
{
    if (path.kind == V_INT) {
        bool there = v.kind == V_LIST && path.as.integer >= 0 &&
                     (uint64_t)path.as.integer < v.as.list->count;
        return there ? v.as.list->items[path.as.integer] : value_undefined((struct str){NULL, 0});
    }
    if (path.kind != V_STRING)
        pool_fail(a, "an attribute named by %s", value_kind_name(path));
    struct str rest = path.as.string;
    do
        v = member(a, v, cut(&rest, '.'));
    while (rest.len > 0);
    return v;
}

/* What to sort, group and compare items by. */
struct key {
    struct value attribute; /* undefined: the item itself */
    bool exact;             /* capitals count */
};

static struct value fold(struct pool *a, struct value v, bool exact)
{
    static const unit lower[] = {'l', 'o', 'w', 'e', 'r'};
    const struct arguments none = {NULL, NULL, 0};
    struct value out = v;
    if (exact || v.kind != V_STRING || !text_filter(a, (struct str){lower, 5}, v, &none, &out))
        return v;
    return out;
}

/* Of an attribute with commas: a list of what each names. */
static struct value key_of(struct pool *a, const struct key *key, struct value item)
{
    if (key->attribute.kind == V_UNDEFINED)
        return fold(a, item, key->exact);
    if (key->attribute.kind != V_STRING)
        return fold(a, attribute_of(a, item, key->attribute), key->exact);
    struct value parts = value_list(a, 1);
    struct str rest = key->attribute.as.string;
    do {
        struct value name = value_string(cut(&rest, ','));
        list_add(a, parts.as.list, fold(a, attribute_of(a, item, name), key->exact));
    } while (rest.len > 0);
    return parts.as.list->count > 1 ? parts : parts.as.list->items[0];
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
        pair.as.list->tuple = true;
        list_add(a, pair.as.list, v.as.dict->keys[i]);
        list_add(a, pair.as.list, v.as.dict->values[i]);
        list_add(a, out.as.list, pair);
    }
    return out;
}

/* The arguments behind the first n positional ones. */
static struct arguments rest_of(const struct arguments *args, size_t n)
{
    return n >= args->count
               ? (struct arguments){NULL, NULL, 0}
               : (struct arguments){args->values + n, args->names + n, args->count - n};
}

/* As Jinja2's own: what is false, none among it, has no items. */
static struct list *items_to_pass(struct pool *a, struct value v)
{
    return value_true(v) ? value_iterate(a, v) : value_list(a, 0).as.list;
}

/* select, reject, and the same on an attribute */
static struct value choose(struct pool *a, struct value v, const struct arguments *args,
                           bool by_attribute, bool keep)
{
    struct list *items = items_to_pass(a, v);
    struct value out = value_list(a, 4);
    out.as.list->generator = true;
    size_t used = by_attribute ? 1 : 0;
    struct value test = argument(args, used, NULL);
    struct arguments rest = rest_of(args, used + 1);
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        struct value subject = by_attribute ? attribute_of(a, item, argument(args, 0, NULL)) : item;
        bool passes = test.kind == V_STRING ? apply_test(a, test.as.string, subject, &rest)
                                            : value_true(subject);
        if (passes == keep)
            list_add(a, out.as.list, item);
    }
    return out;
}

static struct value map(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = items_to_pass(a, v);
    struct value out = value_list(a, items->count), name = value_undefined((struct str){NULL, 0});
    struct value otherwise = name;
    out.as.list->generator = true;
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
            item = attribute_of(a, item, name);
            item = item.kind == V_UNDEFINED ? otherwise : item;
        } else if (filter.kind == V_STRING) {
            item = apply_filter(a, filter.as.string, item, &rest);
        }
        list_add(a, out.as.list, item);
    }
    return out;
}

static struct value join(struct pool *a, struct value v, struct str between, struct value attribute)
{
    struct list *items = value_iterate(a, v);
    struct builder b = {0};
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        if (attribute.kind != V_UNDEFINED)
            item = attribute_of(a, item, attribute);
        struct str text = value_to_str(a, item);
        if (i > 0)
            builder_add(a, &b, between.units, between.len);
        builder_add(a, &b, text.units, text.len);
    }
    return value_string(builder_str(&b));
}

struct value value_join(struct pool *a, struct value v, struct str between)
{
    return join(a, v, between, value_undefined((struct str){NULL, 0}));
}

static struct value sorted_by(struct pool *a, struct value v, const struct key *key, bool reverse)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, items->count), keys = value_list(a, items->count);
    struct list *to = out.as.list, *by = keys.as.list;
    if (items->count > 2000)
        pool_fail(a, "a list too long to sort");
    for (size_t i = 0; i < items->count; i++) {
        struct value k = key_of(a, key, items->items[i]);
        size_t at = i;
        list_add(a, to, items->items[i]);
        list_add(a, by, k);
        for (; at > 0; at--) {
            int order = value_compare(a, by->items[at - 1], k);
            if (reverse ? order >= 0 : order <= 0)
                break;
            to->items[at] = to->items[at - 1];
            by->items[at] = by->items[at - 1];
        }
        to->items[at] = items->items[i];
        by->items[at] = k;
    }
    return out;
}

static struct value sorted(struct pool *a, struct value v, const struct arguments *args)
{
    struct key key = {argument(args, 2, "attribute"),
                      value_true(argument(args, 1, "case_sensitive"))};
    return sorted_by(a, v, &key, value_true(argument(args, 0, "reverse")));
}

static struct value dict_sorted(struct pool *a, struct value v, const struct arguments *args)
{
    struct value by = argument(args, 1, "by");
    bool values = by.kind == V_STRING && str_is(by.as.string, "value");
    struct key key = {value_int(values), value_true(argument(args, 0, "case_sensitive"))};
    return sorted_by(a, pairs(a, v), &key, value_true(argument(args, 2, "reverse")));
}

/* Pairs of what a group has in common and its items, sorted by it. */
static struct value groups(struct pool *a, struct value v, const struct arguments *args)
{
    struct value attribute = argument(args, 0, "attribute"), out = value_list(a, 4);
    struct key key = {attribute, value_true(argument(args, 2, "case_sensitive"))};
    struct list *items = sorted_by(a, v, &key, false).as.list, *group = NULL;
    struct value last = {.kind = V_NONE};
    for (size_t i = 0; i < items->count; i++) {
        struct value at = key_of(a, &key, items->items[i]);
        if (group == NULL || !value_equal(at, last)) {
            struct value pair = value_list(a, 2), members = value_list(a, 4);
            pair.as.list->tuple = true;
            list_add(a, pair.as.list, attribute_of(a, items->items[i], attribute));
            list_add(a, pair.as.list, members);
            list_add(a, out.as.list, pair);
            group = members.as.list;
        }
        list_add(a, group, items->items[i]);
        last = at;
    }
    return out;
}

static size_t need_count(struct pool *a, struct value v)
{
    int64_t n = integer_or(v, 0);
    if (n < 1 || n > 100000)
        pool_fail(a, "a number of items that is impossible");
    return (size_t)n;
}

/* Lists of n items each; the last is filled up if there is something to fill it with. */
static struct value batches(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, 4), fill = argument(args, 1, "fill_with"), batch = out;
    size_t n = need_count(a, argument(args, 0, "linecount"));
    for (size_t i = 0; i < items->count; i++) {
        if (i % n == 0) {
            batch = value_list(a, 4);
            list_add(a, out.as.list, batch);
        }
        list_add(a, batch.as.list, items->items[i]);
    }
    bool fills = fill.kind != V_UNDEFINED && fill.kind != V_NONE && items->count > 0;
    while (fills && batch.as.list->count < n)
        list_add(a, batch.as.list, fill);
    return out;
}

/* n lists of about the same length. */
static struct value slices(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, 4), fill = argument(args, 1, "fill_with");
    size_t n = need_count(a, argument(args, 0, "slices")), at = 0;
    bool fills = fill.kind != V_UNDEFINED && fill.kind != V_NONE;
    for (size_t i = 0; i < n; i++) {
        struct value slice = value_list(a, 4);
        size_t longer = i < items->count % n, count = items->count / n + longer;
        for (size_t k = 0; k < count; k++)
            list_add(a, slice.as.list, items->items[at++]);
        if (fills && !longer)
            list_add(a, slice.as.list, fill);
        list_add(a, out.as.list, slice);
    }
    return out;
}

static struct value reversed(struct pool *a, struct value v)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, items->count);
    out.as.list->generator = true;
    struct builder text = {0};
    for (size_t i = items->count; i-- > 0;) {
        list_add(a, out.as.list, items->items[i]);
        if (v.kind == V_STRING)
            builder_add(a, &text, items->items[i].as.string.units, items->items[i].as.string.len);
    }
    return v.kind == V_STRING ? value_string(builder_str(&text)) : out;
}

static struct value unique(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value out = value_list(a, 4), seen = value_list(a, 4);
    out.as.list->generator = true;
    struct key key = {argument(args, 1, "attribute"),
                      value_true(argument(args, 0, "case_sensitive"))};
    for (size_t i = 0; i < items->count; i++) {
        struct value by = key_of(a, &key, items->items[i]);
        size_t k = 0;
        while (k < seen.as.list->count && !value_equal(seen.as.list->items[k], by))
            k++;
        if (k < seen.as.list->count)
            continue;
        list_add(a, seen.as.list, by);
        list_add(a, out.as.list, items->items[i]);
    }
    return out;
}

static struct value extreme(struct pool *a, struct value v, const struct arguments *args, int sign)
{
    struct list *items = value_iterate(a, v);
    struct value best = value_undefined((struct str){NULL, 0});
    struct key key = {argument(args, 1, "attribute"),
                      value_true(argument(args, 0, "case_sensitive"))};
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        if (i == 0 || value_compare(a, key_of(a, &key, item), key_of(a, &key, best)) * sign > 0)
            best = item;
    }
    return best;
}

static struct value sum(struct pool *a, struct value v, const struct arguments *args)
{
    struct list *items = value_iterate(a, v);
    struct value attribute = argument(args, 0, "attribute"), start = argument(args, 1, "start");
    double total = value_is_number(start) ? value_number(start) : 0;
    bool whole = start.kind != V_REAL;
    for (size_t i = 0; i < items->count; i++) {
        struct value item = items->items[i];
        if (attribute.kind != V_UNDEFINED)
            item = attribute_of(a, item, attribute);
        if (!value_is_number(item))
            pool_fail(a, "sum of %s", value_kind_name(item));
        whole = whole && item.kind != V_REAL;
        total += value_number(item);
    }
    return whole && fabs(total) < 0x1p53 ? value_int((int64_t)total) : value_real(total);
}

static bool read_number(struct str s, int base, double *x)
{
    char text[64], *end = text;
    s = str_trim(s, NULL, true, true);
    if (s.len == 0 || s.len >= sizeof(text))
        return false;
    for (size_t i = 0; i < s.len; i++)
        text[i] = (char)(s.units[i] & 0xff);
    text[s.len] = '\0';
    *x = base != 10 ? (double)strtoll(text, &end, base) : strtod(text, &end);
    return *end == '\0' && end != text;
}

static struct value to_number(struct value v, const struct arguments *args, bool real)
{
    struct value otherwise = argument(args, 0, "default");
    int64_t base = real ? 10 : integer_or(argument(args, 1, "base"), 10);
    double x = 0;
    bool fine = value_is_number(v);
    if (fine)
        x = value_number(v);
    else if (v.kind == V_STRING)
        fine = read_number(v.as.string, base == 2 || base == 8 || base == 16 ? (int)base : 10, &x);
    if (!fine && argument_given(otherwise))
        return otherwise;
    x = fine ? x : 0;
    if (real)
        return value_real(x);
    return v.kind == V_INT ? v : value_int(fabs(x) < 0x1p62 ? (int64_t)x : 0);
}

static struct value rounded(struct pool *a, struct value v, const struct arguments *args)
{
    struct value method = argument(args, 1, "method");
    if (!value_is_number(v))
        pool_fail(a, "%s is no number", value_kind_name(v));
    double scale = pow(10, (double)integer_or(argument(args, 0, "precision"), 0));
    double x = value_number(v) * scale;
    if (method.kind == V_STRING && str_is(method.as.string, "ceil"))
        return value_real(ceil(x) / scale);
    if (method.kind == V_STRING && str_is(method.as.string, "floor"))
        return value_real(floor(x) / scale);
    return v.kind == V_REAL ? value_real(nearbyint(x) / scale) : v;
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

/* Its arguments are those that transformers gives it. */
static struct value to_json(struct pool *a, struct value v, const struct arguments *args)
{
    struct value indent = argument(args, 1, "indent"), signs = argument(args, 2, "separators");
    int64_t width = integer_or(indent, -1);
    struct json_style style = {.ascii = value_true(argument(args, 0, "ensure_ascii")),
                               .sorted = value_true(argument(args, 3, "sort_keys")),
                               .indent = width > 32 ? 32 : (int)(width < 0 ? -1 : width)};
    if (signs.kind == V_LIST && signs.as.list->count == 2 &&
        signs.as.list->items[0].kind == V_STRING && signs.as.list->items[1].kind == V_STRING) {
        style.between = signs.as.list->items[0].as.string;
        style.behind_key = signs.as.list->items[1].as.string;
    }
    return value_string(value_to_json(a, v, &style));
}

static struct value otherwise_of(struct pool *a, struct value v, const struct arguments *args)
{
    struct value otherwise = argument(args, 0, "default_value");
    bool missing =
        v.kind == V_UNDEFINED || (value_true(argument(args, 1, "boolean")) && !value_true(v));
    if (!missing)
        return v;
    return argument_given(otherwise) ? otherwise : value_text(a, "");
}

static struct value join_filter(struct pool *a, struct value v, const struct arguments *args)
{
    struct value between = argument(args, 0, "d");
    return join(a, v, argument_given(between) ? value_to_str(a, between) : (struct str){0},
                argument(args, 1, "attribute"));
}

static struct value as_list(struct pool *a, struct value v)
{
    struct value out = value_list(a, 4);
    struct list *items = value_iterate(a, v);
    for (size_t i = 0; i < items->count; i++)
        list_add(a, out.as.list, items->items[i]);
    return out;
}

static struct value absolute(struct pool *a, struct value v)
{
    if (!value_is_number(v))
        pool_fail(a, "%s is no number", value_kind_name(v));
    int64_t i = integer_or(v, INT64_MIN);
    return i == INT64_MIN ? value_real(fabs(value_number(v))) : value_int(llabs(i));
}

struct value apply_filter(struct pool *a, struct str name, struct value v,
                          const struct arguments *args)
{
    struct value out;
    if (text_filter(a, name, v, args, &out))
        return out;
    if (str_is(name, "default") || str_is(name, "d"))
        return otherwise_of(a, v, args);
    if (str_is(name, "tojson"))
        return to_json(a, v, args);
    if (str_is(name, "length") || str_is(name, "count"))
        return length(a, v);
    if (str_is(name, "join"))
        return join_filter(a, v, args);
    if (str_is(name, "items"))
        return pairs(a, v);
    if (str_is(name, "first") || str_is(name, "last"))
        return edge(a, v, str_is(name, "last"));
    if (str_is(name, "list"))
        return as_list(a, v);
    if (str_is(name, "select") || str_is(name, "reject"))
        return choose(a, v, args, false, str_is(name, "select"));
    if (str_is(name, "selectattr") || str_is(name, "rejectattr"))
        return choose(a, v, args, true, str_is(name, "selectattr"));
    if (str_is(name, "map"))
        return map(a, v, args);
    if (str_is(name, "sort"))
        return sorted(a, v, args);
    if (str_is(name, "dictsort"))
        return dict_sorted(a, v, args);
    if (str_is(name, "groupby"))
        return groups(a, v, args);
    if (str_is(name, "batch"))
        return batches(a, v, args);
    if (str_is(name, "slice"))
        return slices(a, v, args);
    if (str_is(name, "reverse"))
        return reversed(a, v);
    if (str_is(name, "unique"))
        return unique(a, v, args);
    if (str_is(name, "max") || str_is(name, "min"))
        return extreme(a, v, args, str_is(name, "max") ? 1 : -1);
    if (str_is(name, "sum"))
        return sum(a, v, args);
    if (str_is(name, "int") || str_is(name, "float"))
        return to_number(v, args, str_is(name, "float"));
    if (str_is(name, "round"))
        return rounded(a, v, args);
    if (str_is(name, "abs"))
        return absolute(a, v);
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
        return v.kind == V_DICT;
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
    if (str_is(name, "in"))
        return value_contains(a, other, v);
    if (str_is(name, "lower") || str_is(name, "upper"))
        return v.kind == V_STRING &&
               (str_is(name, "lower") ? str_is_lower : str_is_upper)(v.as.string);
    if (str_is(name, "odd") || str_is(name, "even") || str_is(name, "divisibleby"))
        return test_number(a, name, v, other);
    pool_fail(a, "test %s is not supported", str_name(a, name));
}

/* ---- methods ---- */

bool method_known(struct value self, struct str name)
{
    static const char *const of_dict[] = {"items", "keys", "values", "get", "copy", NULL};
    static const char *const of_list[] = {"index", "count", "copy", NULL};
    static const char *const of_loop[] = {"cycle", "changed", NULL};
    const char *const *names = self.kind == V_DICT   ? of_dict
                               : self.kind == V_LIST ? of_list
                               : self.kind == V_LOOP ? of_loop
                                                     : NULL;
    if (self.kind == V_STRING)
        return text_method_known(name);
    for (; names != NULL && *names != NULL; names++) {
        if (str_is(name, *names))
            return true;
    }
    return false;
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

static struct value loop_method(struct pool *a, struct loop *loop, struct str name,
                                const struct arguments *args)
{
    if (str_is(name, "cycle")) {
        if (args->count == 0)
            pool_fail(a, "a cycle of nothing");
        return args->values[loop->index % args->count];
    }
    struct value now = value_list(a, args->count);
    for (size_t i = 0; i < args->count; i++)
        list_add(a, now.as.list, args->values[i]);
    bool changed = loop->seen.kind != V_LIST || !value_equal(loop->seen, now);
    loop->seen = now;
    return value_bool(changed);
}

struct value apply_method(struct pool *a, const struct method *m, const struct arguments *args)
{
    if (m->self.kind == V_STRING)
        return text_method(a, m->self.as.string, m->name, args);
    if (m->self.kind == V_DICT)
        return dict_method(a, m->self, m->name, args);
    if (m->self.kind == V_LOOP)
        return loop_method(a, m->self.as.loop, m->name, args);
    return list_method(a, m->self, m->name, args);
}
