/* The operators of the template language. */
#include "engine/template_parts.h"

#include <math.h>

static struct str joined(struct pool *pool, struct str x, struct str y)
{
    struct builder out = {0};
    builder_add(pool, &out, x.units, x.len);
    builder_add(pool, &out, y.units, y.len);
    return builder_str(&out);
}

bool value_contains(struct pool *pool, struct value v, struct value item)
{
    if (v.kind == V_STRING && item.kind == V_STRING)
        return str_find(v.as.string, item.as.string, 0) != SIZE_MAX;
    if (v.kind == V_STRING)
        pool_fail(pool, "%s cannot be in a string", value_kind_name(item));
    struct list *items = value_iterate(pool, v);
    for (size_t i = 0; i < items->count; i++) {
        pool_step(pool);
        if (value_equal(items->items[i], item))
            return true;
    }
    return false;
}

static int64_t floored(struct pool *pool, int64_t a, int64_t b, bool remainder)
{
    if (b == 0)
        pool_fail(pool, "a division by zero");
    if (b == -1) /* INT64_MIN / -1 has no answer */
        return remainder ? 0 : (int64_t)(0 - (uint64_t)a);
    int64_t quotient = a / b, rest = a % b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
        quotient--;
        rest += b;
    }
    return remainder ? rest : quotient;
}

static struct value arithmetic(struct pool *pool, enum operator_kind op, struct value a,
                               struct value b)
{
    if (!value_is_number(a) || !value_is_number(b))
        pool_fail(pool, "arithmetic with %s and %s", value_kind_name(a), value_kind_name(b));
    double x = value_number(a), y = value_number(b);
    if (a.kind != V_REAL && b.kind != V_REAL && op != O_DIVIDE && op != O_POWER) {
        int64_t i = a.kind == V_INT ? a.as.integer : a.as.boolean, out = 0;
        int64_t j = b.kind == V_INT ? b.as.integer : b.as.boolean;
        bool over = false;
        if (op == O_ADD)
            over = __builtin_add_overflow(i, j, &out);
        else if (op == O_SUBTRACT)
            over = __builtin_sub_overflow(i, j, &out);
        else if (op == O_MULTIPLY)
            over = __builtin_mul_overflow(i, j, &out);
        else
            out = floored(pool, i, j, op == O_MODULO);
        if (over)
            pool_fail(pool, "a number too large");
        return value_int(out);
    }
    switch (op) {
    case O_ADD:
        return value_real(x + y);
    case O_SUBTRACT:
        return value_real(x - y);
    case O_MULTIPLY:
        return value_real(x * y);
    case O_DIVIDE:
        return value_real(x / y);
    case O_FLOOR:
        return value_real(floor(x / y));
    case O_MODULO:
        return value_real(x - y * floor(x / y));
    default:
        x = pow(x, y);
        if (a.kind != V_REAL && b.kind != V_REAL && y >= 0 && fabs(x) < 0x1p53)
            return value_int((int64_t)x);
        return value_real(x);
    }
}

/* A string, or what stood in one. */
static bool is_text(struct value v)
{
    return v.kind == V_STRING || (v.kind == V_DICT && v.as.dict->said.units != NULL);
}

static struct value add(struct pool *pool, struct value a, struct value b)
{
    value_need(pool, a);
    value_need(pool, b);
    if (is_text(a) && is_text(b))
        return value_string(joined(pool, value_to_str(pool, a), value_to_str(pool, b)));
    if (a.kind == V_LIST && b.kind == V_LIST) {
        struct value out = value_list(pool, a.as.list->count + b.as.list->count);
        out.as.list->tuple = a.as.list->tuple && b.as.list->tuple;
        for (size_t i = 0; i < a.as.list->count; i++)
            list_add(pool, out.as.list, a.as.list->items[i]);
        for (size_t i = 0; i < b.as.list->count; i++)
            list_add(pool, out.as.list, b.as.list->items[i]);
        return out;
    }
    return arithmetic(pool, O_ADD, a, b);
}

/* A string or a list so many times. */
static struct value repeat(struct pool *pool, struct value v, int64_t times)
{
    struct builder text = {0};
    struct value out = value_list(pool, 4);
    out.as.list->tuple = v.kind == V_LIST && v.as.list->tuple;
    for (int64_t i = 0; i < times; i++) {
        pool_step(pool);
        if (v.kind == V_STRING)
            builder_add(pool, &text, v.as.string.units, v.as.string.len);
        for (size_t k = 0; v.kind == V_LIST && k < v.as.list->count; k++)
            list_add(pool, out.as.list, v.as.list->items[k]);
    }
    return v.kind == V_STRING ? value_string(builder_str(&text)) : out;
}

static bool repeats(struct value v, struct value times)
{
    return (v.kind == V_STRING || v.kind == V_LIST) && times.kind == V_INT;
}

static struct value formatted(struct pool *pool, struct value format, struct value v)
{
    struct value values = v;
    if (v.kind != V_LIST || !v.as.list->tuple) {
        values = value_list(pool, 1);
        list_add(pool, values.as.list, v);
    }
    return str_format(pool, format.as.string, values.as.list);
}

struct value apply_operator(struct pool *pool, enum operator_kind op, struct value a,
                            struct value b)
{
    switch (op) {
    case O_ADD:
        return add(pool, a, b);
    case O_JOIN:
        return value_string(joined(pool, value_to_str(pool, a), value_to_str(pool, b)));
    case O_EQUAL:
        return value_bool(value_equal(a, b));
    case O_UNEQUAL:
        return value_bool(!value_equal(a, b));
    case O_LESS:
        return value_bool(value_compare(pool, a, b) < 0);
    case O_LESS_EQUAL:
        return value_bool(value_compare(pool, a, b) <= 0);
    case O_MORE:
        return value_bool(value_compare(pool, a, b) > 0);
    case O_MORE_EQUAL:
        return value_bool(value_compare(pool, a, b) >= 0);
    case O_IN:
        return value_bool(value_contains(pool, b, a));
    case O_NOT_IN:
        return value_bool(!value_contains(pool, b, a));
    case O_MULTIPLY:
        if (repeats(a, b) || repeats(b, a))
            return repeats(a, b) ? repeat(pool, a, b.as.integer) : repeat(pool, b, a.as.integer);
        return arithmetic(pool, op, a, b);
    case O_MODULO:
        if (a.kind == V_STRING)
            return formatted(pool, a, b);
        return arithmetic(pool, op, a, b);
    default:
        return arithmetic(pool, op, a, b);
    }
}
