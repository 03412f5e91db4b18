#include "engine/template_parts.h"

#include "engine/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 20000000, MOST_DEPTH = 600 };

/* Variables of a loop's pass, a macro's call or the template itself. */
struct scope {
    struct scope *parent;
    struct value variables; /* a dict */
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

struct render {
    struct pool arena;
    struct scope *root;
    struct builder *out;
    const struct tm *now;
    unsigned steps, depth;
};

static struct value evaluate(struct render *r, struct scope *scope, const struct expression *e);
static enum flow run(struct render *r, struct scope *scope, const struct statement *s);

static struct scope *scope_new(struct render *r, struct scope *parent)
{
    struct scope *s = pool_take(&r->arena, sizeof(*s));
    s->parent = parent;
    s->variables = value_dict(&r->arena);
    return s;
}

static void scope_set(struct render *r, struct scope *s, struct str name, struct value v)
{
    dict_set(&r->arena, s->variables.as.dict, value_string(name), v);
}

static void step(struct render *r)
{
    if (++r->steps > MOST_STEPS)
        pool_fail(&r->arena, "it does not end");
}

static void enter(struct render *r)
{
    step(r);
    if (++r->depth > MOST_DEPTH)
        pool_fail(&r->arena, "it is nested too deep");
}

/* ---- names, attributes, subscripts ---- */

static struct value look_up(const struct scope *scope, struct str name)
{
    static const char *const functions[] = {"range", "namespace", "dict", "raise_exception",
                                            "strftime_now"};
    for (; scope != NULL; scope = scope->parent) {
        const struct value *v = dict_find(scope->variables.as.dict, name);
        if (v != NULL)
            return *v;
    }
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (str_is(name, functions[i]))
            return (struct value){.kind = V_FUNCTION, .as.string = name};
    }
    return value_undefined(name);
}

static void need_defined(struct render *r, struct value v)
{
    if (v.kind == V_UNDEFINED)
        pool_fail(&r->arena, "'%s' is undefined", str_name(&r->arena, v.as.string));
}

static struct value attribute(struct render *r, struct value v, struct str name)
{
    need_defined(r, v);
    if (v.kind == V_NAMESPACE) {
        const struct value *found = dict_find(v.as.dict, name);
        return found != NULL ? *found : value_undefined(name);
    }
    if (method_known(v, name)) {
        struct method *m = pool_take(&r->arena, sizeof(*m));
        *m = (struct method){v, name};
        return (struct value){.kind = V_METHOD, .as.method = m};
    }
    if (v.kind == V_DICT) {
        const struct value *found = dict_find(v.as.dict, name);
        if (found != NULL)
            return *found;
    }
    return value_undefined(name);
}

static struct value subscript(struct render *r, struct value v, struct value key)
{
    need_defined(r, v);
    if (v.kind == V_DICT || v.kind == V_NAMESPACE) {
        for (size_t i = 0; i < v.as.dict->count; i++) {
            if (value_equal(v.as.dict->keys[i], key))
                return v.as.dict->values[i];
        }
        return value_undefined(key.kind == V_STRING ? key.as.string : (struct str){NULL, 0});
    }
    if (key.kind == V_INT && (v.kind == V_LIST || v.kind == V_STRING)) {
        struct list *items = value_iterate(&r->arena, v);
        int64_t i = key.as.integer, n = (int64_t)items->count;
        i += i < 0 ? n : 0;
        if (i >= 0 && i < n)
            return items->items[i];
    }
    return value_undefined((struct str){NULL, 0});
}

static bool bound(struct render *r, struct scope *scope, const struct expression *e, int64_t *out)
{
    struct value v = e != NULL ? evaluate(r, scope, e) : (struct value){.kind = V_NONE};
    if (v.kind == V_NONE)
        return false;
    if (v.kind != V_INT && v.kind != V_BOOL)
        pool_fail(&r->arena, "a slice needs integers, not %s", value_kind_name(v));
    *out = v.kind == V_INT ? v.as.integer : v.as.boolean;
    return true;
}

static int64_t clamped(int64_t i, int64_t n, int64_t least, int64_t most)
{
    i += i < 0 ? n : 0;
    return i < least ? least : i > most ? most : i;
}

static struct value slice(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value v = evaluate(r, scope, e->a);
    need_defined(r, v);
    if (v.kind != V_LIST && v.kind != V_STRING)
        pool_fail(&r->arena, "%s cannot be sliced", value_kind_name(v));
    struct list *items = value_iterate(&r->arena, v);
    int64_t n = (int64_t)items->count, stride = 1, from = 0, to = 0;
    if (bound(r, scope, e->d, &stride) && (stride == 0 || stride < -n - 1 || stride > n + 1))
        stride = stride < 0 ? -n - 1 : stride > 0 ? n + 1 : 0;
    if (stride == 0)
        pool_fail(&r->arena, "a slice with step 0");
    bool down = stride < 0;
    from = bound(r, scope, e->b, &from) ? clamped(from, n, down ? -1 : 0, down ? n - 1 : n)
                                        : (down ? n - 1 : 0);
    to = bound(r, scope, e->c, &to) ? clamped(to, n, down ? -1 : 0, down ? n - 1 : n)
                                    : (down ? -1 : n);
    struct value out = value_list(&r->arena, 4);
    struct builder text = {0};
    for (int64_t i = from; down ? i > to : i < to; i += stride) {
        step(r);
        if (v.kind == V_LIST)
            list_add(&r->arena, out.as.list, items->items[i]);
        else
            builder_add(&r->arena, &text, items->items[i].as.string.units,
                        items->items[i].as.string.len);
    }
    return v.kind == V_LIST ? out : value_string(builder_str(&text));
}

/* ---- operators ---- */

static struct str joined(struct render *r, struct str a, struct str b)
{
    struct builder out = {0};
    builder_add(&r->arena, &out, a.units, a.len);
    builder_add(&r->arena, &out, b.units, b.len);
    return builder_str(&out);
}

static bool contains(struct render *r, struct value v, struct value item)
{
    if (v.kind == V_STRING && item.kind == V_STRING)
        return str_find(v.as.string, item.as.string, 0) != SIZE_MAX;
    if (v.kind == V_STRING)
        pool_fail(&r->arena, "%s cannot be in a string", value_kind_name(item));
    struct list *items = value_iterate(&r->arena, v);
    for (size_t i = 0; i < items->count; i++) {
        step(r);
        if (value_equal(items->items[i], item))
            return true;
    }
    return false;
}

static int64_t floored(struct render *r, int64_t a, int64_t b, bool remainder)
{
    if (b == 0)
        pool_fail(&r->arena, "a division by zero");
    if (b == -1) /* INT64_MIN / -1 has no answer */
        return remainder ? 0 : (int64_t)(0 - (uint64_t)a);
    int64_t quotient = a / b, rest = a % b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
        quotient--;
        rest += b;
    }
    return remainder ? rest : quotient;
}

static struct value arithmetic(struct render *r, enum operator_kind op, struct value a,
                               struct value b)
{
    if (!value_is_number(a) || !value_is_number(b))
        pool_fail(&r->arena, "arithmetic with %s and %s", value_kind_name(a), value_kind_name(b));
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
            out = floored(r, i, j, op == O_MODULO);
        if (over)
            pool_fail(&r->arena, "a number too large");
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

static struct value add(struct render *r, struct value a, struct value b)
{
    need_defined(r, a);
    need_defined(r, b);
    if (a.kind == V_STRING && b.kind == V_STRING)
        return value_string(joined(r, a.as.string, b.as.string));
    if (a.kind == V_LIST && b.kind == V_LIST) {
        struct value out = value_list(&r->arena, a.as.list->count + b.as.list->count);
        for (size_t i = 0; i < a.as.list->count; i++)
            list_add(&r->arena, out.as.list, a.as.list->items[i]);
        for (size_t i = 0; i < b.as.list->count; i++)
            list_add(&r->arena, out.as.list, b.as.list->items[i]);
        return out;
    }
    return arithmetic(r, O_ADD, a, b);
}

static struct value repeat(struct render *r, struct value s, int64_t times)
{
    struct builder out = {0};
    for (int64_t i = 0; i < times; i++) {
        step(r);
        builder_add(&r->arena, &out, s.as.string.units, s.as.string.len);
    }
    return value_string(builder_str(&out));
}

static struct value binary(struct render *r, enum operator_kind op, struct value a, struct value b)
{
    switch (op) {
    case O_ADD:
        return add(r, a, b);
    case O_JOIN:
        return value_string(joined(r, value_to_str(&r->arena, a), value_to_str(&r->arena, b)));
    case O_EQUAL:
        return value_bool(value_equal(a, b));
    case O_UNEQUAL:
        return value_bool(!value_equal(a, b));
    case O_LESS:
        return value_bool(value_compare(&r->arena, a, b) < 0);
    case O_LESS_EQUAL:
        return value_bool(value_compare(&r->arena, a, b) <= 0);
    case O_MORE:
        return value_bool(value_compare(&r->arena, a, b) > 0);
    case O_MORE_EQUAL:
        return value_bool(value_compare(&r->arena, a, b) >= 0);
    case O_IN:
        return value_bool(contains(r, b, a));
    case O_NOT_IN:
        return value_bool(!contains(r, b, a));
    case O_MULTIPLY:
        if (a.kind == V_STRING && b.kind == V_INT)
            return repeat(r, a, b.as.integer);
        return arithmetic(r, op, a, b);
    default:
        return arithmetic(r, op, a, b);
    }
}

/* ---- calls ---- */

static struct arguments evaluate_arguments(struct render *r, struct scope *scope,
                                           const struct expression *e)
{
    struct arguments out = {.count = e->arg_count};
    out.values = pool_take(&r->arena, (e->arg_count + 1) * sizeof(*out.values));
    out.names = pool_take(&r->arena, (e->arg_count + 1) * sizeof(*out.names));
    for (size_t i = 0; i < e->arg_count; i++) {
        out.values[i] = evaluate(r, scope, e->args[i].value);
        out.names[i] = e->args[i].name;
    }
    return out;
}

struct value argument(const struct arguments *args, size_t i, const char *name)
{
    size_t position = 0;
    for (size_t n = 0; n < args->count; n++) {
        if (args->names[n].units == NULL) {
            if (position++ == i)
                return args->values[n];
        } else if (name != NULL && str_is(args->names[n], name)) {
            return args->values[n];
        }
    }
    return value_undefined((struct str){NULL, 0});
}

bool argument_given(struct value v)
{
    return v.kind != V_UNDEFINED;
}

static struct value call_macro(struct render *r, const struct statement *macro,
                               const struct arguments *args)
{
    struct scope *scope = scope_new(r, r->root);
    for (size_t i = 0; i < macro->name_count; i++) {
        struct value v = value_undefined(macro->names[i]);
        size_t position = 0;
        bool given = false;
        for (size_t n = 0; n < args->count; n++) {
            bool matches = args->names[n].units == NULL
                               ? position++ == i
                               : str_equal(args->names[n], macro->names[i]);
            if (matches) {
                v = args->values[n];
                given = true;
            }
        }
        if (!given && macro->defaults[i] != NULL)
            v = evaluate(r, scope, macro->defaults[i]);
        scope_set(r, scope, macro->names[i], v);
    }
    struct builder text = {0}, *outer = r->out;
    r->out = &text;
    run(r, scope, macro->body);
    r->out = outer;
    return value_string(builder_str(&text));
}

static struct value make_range(struct render *r, const struct arguments *args)
{
    int64_t n[3] = {0, 0, 1};
    for (size_t i = 0; i < args->count && i < 3; i++) {
        if (args->values[i].kind != V_INT)
            pool_fail(&r->arena, "range needs integers");
        n[i] = args->values[i].as.integer;
    }
    if (args->count < 2) {
        n[1] = n[0];
        n[0] = 0;
    }
    if (n[2] == 0 || llabs(n[0]) > 1000000000 || llabs(n[1]) > 1000000000 ||
        llabs(n[2]) > 1000000000)
        pool_fail(&r->arena, "a range that is too long");
    struct value out = value_list(&r->arena, 4);
    for (int64_t i = n[0]; n[2] > 0 ? i < n[1] : i > n[1]; i += n[2]) {
        step(r);
        list_add(&r->arena, out.as.list, value_int(i));
    }
    return out;
}

static struct value make_dict(struct render *r, const struct arguments *args, enum value_kind kind)
{
    struct value out = value_dict(&r->arena);
    out.kind = kind;
    for (size_t i = 0; i < args->count; i++) {
        if (args->names[i].units != NULL) {
            dict_set(&r->arena, out.as.dict, value_string(args->names[i]), args->values[i]);
        } else if (args->values[i].kind == V_DICT) {
            struct dict *from = args->values[i].as.dict;
            for (size_t k = 0; k < from->count; k++)
                dict_set(&r->arena, out.as.dict, from->keys[k], from->values[k]);
        }
    }
    return out;
}

static struct value show_now(struct render *r, const struct arguments *args)
{
    struct value format = argument(args, 0, "format");
    struct builder out = {0};
    if (format.kind != V_STRING)
        pool_fail(&r->arena, "strftime_now needs a string");
    for (size_t i = 0; i < format.as.string.len; i++) {
        char text[64] = "", c = (char)(format.as.string.units[i] & 0xff);
        if (c != '%' || i + 1 == format.as.string.len) {
            builder_add(&r->arena, &out, &format.as.string.units[i], 1);
            continue;
        }
        c = (char)(format.as.string.units[++i] & 0xff);
        bool bare = c == '-' && i + 1 < format.as.string.len;
        if (bare)
            c = (char)(format.as.string.units[++i] & 0xff);
        if (strchr("aAbBcdHIjmMpSUwWxXyYZz%", c) == NULL || c == '\0')
            pool_fail(&r->arena, "strftime_now with a letter that is not supported");
        /* Letter by letter, so that a format from a file never reaches strftime whole. */
        const char one[3] = {'%', c, '\0'};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        size_t n = strftime(text, sizeof(text), one, r->now);
#pragma GCC diagnostic pop
        builder_text(&r->arena, &out, bare && n > 1 && text[0] == '0' ? text + 1 : text);
    }
    return value_string(builder_str(&out));
}

static struct value call_function(struct render *r, struct str name, const struct arguments *args)
{
    if (str_is(name, "range"))
        return make_range(r, args);
    if (str_is(name, "namespace"))
        return make_dict(r, args, V_NAMESPACE);
    if (str_is(name, "dict"))
        return make_dict(r, args, V_DICT);
    if (str_is(name, "strftime_now"))
        return show_now(r, args);
    struct value why = argument(args, 0, "message");
    pool_fail(&r->arena, "it refuses the conversation: %s",
              why.kind == V_STRING ? str_name(&r->arena, why.as.string) : "");
}

static struct value call(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value f = evaluate(r, scope, e->a);
    struct arguments args = evaluate_arguments(r, scope, e);
    r->arena.line = e->line;
    if (f.kind == V_MACRO)
        return call_macro(r, f.as.macro, &args);
    if (f.kind == V_FUNCTION)
        return call_function(r, f.as.string, &args);
    if (f.kind == V_METHOD)
        return apply_method(&r->arena, f.as.method, &args);
    need_defined(r, f);
    pool_fail(&r->arena, "%s cannot be called", value_kind_name(f));
}

static struct value items_of(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value out = value_list(&r->arena, e->arg_count);
    for (size_t i = 0; i < e->arg_count; i++)
        list_add(&r->arena, out.as.list, evaluate(r, scope, e->args[i].value));
    return out;
}

static struct value dict_of(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value out = value_dict(&r->arena);
    for (size_t i = 0; i + 1 < e->arg_count; i += 2) {
        struct value key = evaluate(r, scope, e->args[i].value);
        dict_set(&r->arena, out.as.dict, key, evaluate(r, scope, e->args[i + 1].value));
    }
    return out;
}

static struct value negate(struct render *r, struct value v)
{
    if (v.kind == V_INT && v.as.integer != INT64_MIN)
        return value_int(-v.as.integer);
    if (v.kind == V_REAL)
        return value_real(-v.as.real);
    pool_fail(&r->arena, "%s cannot be negated", value_kind_name(v));
}

static struct value evaluate_kind(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value v;
    struct arguments args;
    switch (e->kind) {
    case E_LITERAL:
        return e->literal;
    case E_NAME:
        return look_up(scope, e->text);
    case E_ATTRIBUTE:
        return attribute(r, evaluate(r, scope, e->a), e->text);
    case E_INDEX:
        v = evaluate(r, scope, e->a);
        return subscript(r, v, evaluate(r, scope, e->b));
    case E_SLICE:
        return slice(r, scope, e);
    case E_CALL:
        return call(r, scope, e);
    case E_FILTER:
        v = evaluate(r, scope, e->a);
        args = evaluate_arguments(r, scope, e);
        r->arena.line = e->line;
        return apply_filter(&r->arena, e->text, v, &args);
    case E_TEST:
        v = evaluate(r, scope, e->a);
        args = evaluate_arguments(r, scope, e);
        r->arena.line = e->line;
        return value_bool(apply_test(&r->arena, e->text, v, &args) != e->negated);
    case E_NOT:
        return value_bool(!value_true(evaluate(r, scope, e->a)));
    case E_NEGATE:
        return negate(r, evaluate(r, scope, e->a));
    case E_BINARY:
        v = evaluate(r, scope, e->a);
        return binary(r, e->op, v, evaluate(r, scope, e->b));
    case E_AND:
        v = evaluate(r, scope, e->a);
        return value_true(v) ? evaluate(r, scope, e->b) : v;
    case E_OR:
        v = evaluate(r, scope, e->a);
        return value_true(v) ? v : evaluate(r, scope, e->b);
    case E_CONDITION:
        if (value_true(evaluate(r, scope, e->b)))
            return evaluate(r, scope, e->a);
        return e->c != NULL ? evaluate(r, scope, e->c) : value_undefined((struct str){NULL, 0});
    case E_LIST:
        return items_of(r, scope, e);
    case E_DICT:
        return dict_of(r, scope, e);
    }
    return value_undefined((struct str){NULL, 0});
}

static struct value evaluate(struct render *r, struct scope *scope, const struct expression *e)
{
    enter(r);
    r->arena.line = e->line;
    struct value v = evaluate_kind(r, scope, e);
    r->depth--;
    return v;
}

/* ---- statements ---- */

static void bind(struct render *r, struct scope *scope, const struct statement *s, struct value v)
{
    if (s->name_count == 1) {
        scope_set(r, scope, s->names[0], v);
        return;
    }
    struct list *parts = value_iterate(&r->arena, v);
    if (parts->count != s->name_count)
        pool_fail(&r->arena, "%zu values for %zu names", parts->count, s->name_count);
    for (size_t i = 0; i < s->name_count; i++)
        scope_set(r, scope, s->names[i], parts->items[i]);
}

static struct value loop_value(struct render *r, const struct list *items, size_t i)
{
    struct value loop = value_dict(&r->arena);
    const struct {
        const char *name;
        struct value v;
    } parts[] = {
        {"index", value_int((int64_t)i + 1)},
        {"index0", value_int((int64_t)i)},
        {"revindex", value_int((int64_t)(items->count - i))},
        {"revindex0", value_int((int64_t)(items->count - i) - 1)},
        {"first", value_bool(i == 0)},
        {"last", value_bool(i + 1 == items->count)},
        {"length", value_int((int64_t)items->count)},
        {"previtem", i > 0 ? items->items[i - 1] : value_undefined((struct str){NULL, 0})},
        {"nextitem",
         i + 1 < items->count ? items->items[i + 1] : value_undefined((struct str){NULL, 0})},
    };
    for (size_t n = 0; n < sizeof(parts) / sizeof(parts[0]); n++)
        dict_set(&r->arena, loop.as.dict, value_text(&r->arena, parts[n].name), parts[n].v);
    return loop;
}

static void run_for(struct render *r, struct scope *scope, const struct statement *s)
{
    struct list *items = value_iterate(&r->arena, evaluate(r, scope, s->value));
    struct value loop_name = value_text(&r->arena, "loop");
    if (s->filter != NULL) {
        struct value kept = value_list(&r->arena, 4);
        for (size_t i = 0; i < items->count; i++) {
            struct scope *inner = scope_new(r, scope);
            bind(r, inner, s, items->items[i]);
            if (value_true(evaluate(r, inner, s->filter)))
                list_add(&r->arena, kept.as.list, items->items[i]);
        }
        items = kept.as.list;
    }
    /* The list may be one that the body could reach: its length is read once. */
    size_t count = items->count;
    for (size_t i = 0; i < count; i++) {
        struct scope *inner = scope_new(r, scope);
        dict_set(&r->arena, inner->variables.as.dict, loop_name, loop_value(r, items, i));
        bind(r, inner, s, items->items[i]);
        if (run(r, inner, s->body) == FLOW_BREAK)
            break;
    }
    if (count == 0)
        run(r, scope, s->otherwise);
}

static void run_set(struct render *r, struct scope *scope, const struct statement *s)
{
    struct value v;
    if (s->value != NULL) {
        v = evaluate(r, scope, s->value);
    } else {
        struct builder text = {0}, *outer = r->out;
        r->out = &text;
        run(r, scope_new(r, scope), s->body);
        r->out = outer;
        v = value_string(builder_str(&text));
    }
    if (s->text.units == NULL) {
        bind(r, scope, s, v);
        return;
    }
    struct value target = look_up(scope, s->names[0]);
    if (target.kind != V_NAMESPACE)
        pool_fail(&r->arena, "only a namespace's attributes can be set");
    dict_set(&r->arena, target.as.dict, value_string(s->text), v);
}

static enum flow run_one(struct render *r, struct scope *scope, const struct statement *s)
{
    r->arena.line = s->line;
    switch (s->kind) {
    case S_TEXT:
        builder_add(&r->arena, r->out, s->text.units, s->text.len);
        return FLOW_ON;
    case S_OUTPUT: {
        struct str text = value_to_str(&r->arena, evaluate(r, scope, s->value));
        builder_add(&r->arena, r->out, text.units, text.len);
        return FLOW_ON;
    }
    case S_IF:
        return run(r, scope, value_true(evaluate(r, scope, s->value)) ? s->body : s->otherwise);
    case S_FOR:
        run_for(r, scope, s);
        return FLOW_ON;
    case S_SET:
        run_set(r, scope, s);
        return FLOW_ON;
    case S_MACRO:
        scope_set(r, scope, s->text, (struct value){.kind = V_MACRO, .as.macro = s});
        return FLOW_ON;
    case S_BREAK:
        return FLOW_BREAK;
    case S_CONTINUE:
        return FLOW_CONTINUE;
    case S_BLOCK:
        return run(r, scope, s->body);
    }
    return FLOW_ON;
}

static enum flow run(struct render *r, struct scope *scope, const struct statement *s)
{
    enum flow flow = FLOW_ON;
    enter(r);
    for (; s != NULL && flow == FLOW_ON; s = s->next) {
        step(r);
        flow = run_one(r, scope, s);
    }
    r->depth--;
    return flow;
}

/* ---- in and out ---- */

static struct value said_by_somebody(struct pool *a, struct value text)
{
    struct str s = text.as.string;
    unit *units = pool_take(a, (s.len + 1) * sizeof(unit));
    for (size_t i = 0; i < s.len; i++)
        units[i] = (unit)(s.units[i] | CONTENT);
    return value_string((struct str){units, s.len});
}

static struct value from_input(struct render *r, const struct template_value *in)
{
    struct value out = {.kind = V_NONE};
    enter(r);
    switch (in->kind) {
    case TEMPLATE_NONE:
        break;
    case TEMPLATE_BOOL:
        out = value_bool(in->boolean);
        break;
    case TEMPLATE_INTEGER:
        out = value_int(in->integer);
        break;
    case TEMPLATE_REAL:
        out = value_real(in->real);
        break;
    case TEMPLATE_STRING: {
        if (in->len > r->arena.limit / sizeof(unit))
            pool_fail(&r->arena, "it needs too much memory");
        unit *units = pool_take(&r->arena, (in->len + 1) * sizeof(unit));
        for (size_t i = 0; i < in->len; i++)
            units[i] = (unit)((uint8_t)in->text[i] | (in->content ? CONTENT : 0));
        out = value_string((struct str){units, in->len});
        break;
    }
    case TEMPLATE_LIST:
        out = value_list(&r->arena, in->count);
        for (size_t i = 0; i < in->count; i++)
            list_add(&r->arena, out.as.list, from_input(r, &in->items[i]));
        break;
    case TEMPLATE_DICT:
        out = value_dict(&r->arena);
        for (size_t i = 0; i < in->count; i++) {
            struct value key = value_text(&r->arena, in->keys[i]);
            if (in->content)
                key = said_by_somebody(&r->arena, key);
            dict_set(&r->arena, out.as.dict, key, from_input(r, &in->items[i]));
        }
        break;
    }
    r->depth--;
    return out;
}

static void to_output(struct render *r, const struct builder *text, struct template_output *out)
{
    /* One allocation for both, so that nothing is left over when one of two fails. */
    out->bytes = malloc(2 * text->len + 2);
    if (out->bytes == NULL)
        pool_fail(&r->arena, "out of memory");
    out->content = (uint8_t *)out->bytes + text->len + 1;
    out->len = text->len;
    for (size_t i = 0; i < text->len; i++) {
        out->bytes[i] = (char)(text->units[i] & 0xff);
        out->content[i] = (text->units[i] & CONTENT) != 0;
    }
    out->bytes[text->len] = '\0';
}

int template_render(const struct template *t, const struct template_value *variables,
                    const struct tm *now, struct template_output *out, struct engine_error *error)
{
    *out = (struct template_output){0};
    struct render *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the chat template");
    r->arena.limit = (size_t)256 << 20;
    r->arena.error = error;
    r->now = now;
    if (setjmp(r->arena.failed) == 0) {
        struct builder text = {0};
        r->out = &text;
        r->root = scope_new(r, NULL);
        r->root->variables = from_input(r, variables);
        if (r->root->variables.kind != V_DICT)
            pool_fail(&r->arena, "its variables are no mapping");
        run(r, r->root, t->body);
        to_output(r, &text, out);
    }
    int status = r->arena.status;
    pool_release(&r->arena);
    free(r);
    return status;
}

void template_output_release(struct template_output *out)
{
    if (out->bytes != NULL)
        explicit_bzero(out->bytes, 2 * out->len + 2);
    free(out->bytes);
    *out = (struct template_output){0};
}
