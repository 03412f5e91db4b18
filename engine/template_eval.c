#include "engine/template_parts.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 600 };

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
    unsigned depth;
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

static void enter(struct render *r)
{
    pool_step(&r->arena);
    if (++r->depth > MOST_DEPTH)
        pool_fail(&r->arena, "it is nested too deep");
}

/* ---- names, attributes, subscripts ---- */

static struct value look_up(const struct scope *scope, struct str name)
{
    for (; scope != NULL; scope = scope->parent) {
        const struct value *v = dict_find(scope->variables.as.dict, name);
        if (v != NULL)
            return *v;
    }
    if (function_known(name))
        return (struct value){.kind = V_FUNCTION, .as.string = name};
    return value_undefined(name);
}

static struct value loop_attribute(const struct loop *loop, struct str name)
{
    const struct list *items = loop->items;
    size_t i = loop->index, count = items->count;
    const struct {
        const char *name;
        size_t number;
    } numbers[] = {{"index", i + 1},        {"index0", i},
                   {"revindex", count - i}, {"revindex0", count - i - 1},
                   {"length", count},       {"depth", loop->depth + 1},
                   {"depth0", loop->depth}};
    for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
        if (str_is(name, numbers[n].name))
            return value_int((int64_t)numbers[n].number);
    }
    if (str_is(name, "first") || str_is(name, "last"))
        return value_bool(str_is(name, "first") ? i == 0 : i + 1 == count);
    if (str_is(name, "previtem") && i > 0)
        return items->items[i - 1];
    if (str_is(name, "nextitem") && i + 1 < count)
        return items->items[i + 1];
    return value_undefined(name);
}

static struct value attribute(struct render *r, struct value v, struct str name)
{
    value_need(&r->arena, v);
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
    if (v.kind == V_LOOP)
        return loop_attribute(v.as.loop, name);
    if (v.kind == V_MACRO && str_is(name, "name"))
        return value_string(v.as.macro->statement->text);
    /* What groupby makes. */
    if (v.kind == V_LIST && v.as.list->tuple && v.as.list->count == 2 &&
        (str_is(name, "grouper") || str_is(name, "list")))
        return v.as.list->items[str_is(name, "list")];
    return value_undefined(name);
}

static struct value subscript(struct render *r, struct value v, struct value key)
{
    value_need(&r->arena, v);
    if (v.kind == V_DICT || v.kind == V_NAMESPACE) {
        for (size_t i = 0; i < v.as.dict->count; i++) {
            if (value_equal(v.as.dict->keys[i], key))
                return v.as.dict->values[i];
        }
        if (key.kind != V_STRING)
            return value_undefined((struct str){NULL, 0});
    }
    if (key.kind == V_STRING)
        return attribute(r, v, key.as.string);
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
    value_need(&r->arena, v);
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
    out.as.list->tuple = v.kind == V_LIST && v.as.list->tuple;
    struct builder text = {0};
    for (int64_t i = from; down ? i > to : i < to; i += stride) {
        pool_step(&r->arena);
        if (v.kind == V_LIST)
            list_add(&r->arena, out.as.list, items->items[i]);
        else
            builder_add(&r->arena, &text, items->items[i].as.string.units,
                        items->items[i].as.string.len);
    }
    return v.kind == V_LIST ? out : value_string(builder_str(&text));
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

/* The argument for parameter i of a macro; NULL: none was given. */
static const struct value *parameter(const struct statement *s, size_t i,
                                     const struct arguments *args)
{
    const struct value *found = NULL;
    for (size_t n = 0, position = 0; n < args->count; n++) {
        bool matches =
            args->names[n].units == NULL ? position++ == i : str_equal(args->names[n], s->names[i]);
        if (matches)
            found = &args->values[n];
    }
    return found;
}

/* Arguments that are no parameter's go to what the macro mentions, or are a mistake. */
static void bind_rest(struct render *r, struct scope *scope, const struct statement *s,
                      const struct arguments *args)
{
    struct value more = value_list(&r->arena, 4), named = value_dict(&r->arena);
    struct value caller = value_undefined((struct str){NULL, 0});
    size_t position = 0;
    more.as.list->tuple = true;
    for (size_t n = 0; n < args->count; n++) {
        bool known = false;
        for (size_t i = 0; args->names[n].units != NULL && i < s->name_count; i++)
            known = known || str_equal(args->names[n], s->names[i]);
        if (args->names[n].units == NULL && position++ >= s->name_count)
            list_add(&r->arena, more.as.list, args->values[n]);
        else if (args->names[n].units != NULL && !known && str_is(args->names[n], "caller"))
            caller = args->values[n];
        else if (args->names[n].units != NULL && !known)
            dict_set(&r->arena, named.as.dict, value_string(args->names[n]), args->values[n]);
    }
    if ((more.as.list->count > 0 && (s->uses & USES_VARARGS) == 0) ||
        (named.as.dict->count > 0 && (s->uses & USES_KWARGS) == 0) ||
        (caller.kind != V_UNDEFINED && (s->uses & USES_CALLER) == 0))
        pool_fail(&r->arena, "a macro is given what it has no place for");
    const struct {
        unsigned use;
        const char *name;
        struct value v;
    } rest[] = {{USES_VARARGS, "varargs", more},
                {USES_KWARGS, "kwargs", named},
                {USES_CALLER, "caller", caller}};
    for (size_t i = 0; i < 3; i++) {
        if ((s->uses & rest[i].use) != 0)
            scope_set(r, scope, value_text(&r->arena, rest[i].name).as.string, rest[i].v);
    }
}

/* The text that statements put out. */
static struct value captured(struct render *r, struct scope *scope, const struct statement *body)
{
    struct builder text = {0}, *outer = r->out;
    r->out = &text;
    run(r, scope, body);
    r->out = outer;
    return value_string(builder_str(&text));
}

static struct value call_macro(struct render *r, const struct macro *macro,
                               const struct arguments *args)
{
    const struct statement *s = macro->statement;
    struct scope *scope = scope_new(r, macro->scope);
    bind_rest(r, scope, s, args);
    for (size_t i = 0; i < s->name_count; i++) {
        struct value v = value_undefined(s->names[i]);
        const struct value *given = parameter(s, i, args);
        if (given != NULL)
            v = *given;
        else if (s->defaults[i] != NULL)
            v = evaluate(r, scope, s->defaults[i]);
        scope_set(r, scope, s->names[i], v);
    }
    return captured(r, scope, s->body);
}

static struct value macro_value(struct render *r, struct scope *scope, const struct statement *s)
{
    struct macro *macro = pool_take(&r->arena, sizeof(*macro));
    *macro = (struct macro){s, scope};
    return (struct value){.kind = V_MACRO, .as.macro = macro};
}

static void run_loop(struct render *r, struct scope *scope, const struct statement *s,
                     struct value over, size_t depth);

/* loop(items), of a recursive loop. */
static struct value call_loop(struct render *r, const struct loop *loop,
                              const struct arguments *args)
{
    if (!loop->statement->recursive)
        pool_fail(&r->arena, "a loop that is called must be recursive");
    struct builder text = {0}, *outer = r->out;
    r->out = &text;
    run_loop(r, loop->scope, loop->statement, argument(args, 0, NULL), loop->depth + 1);
    r->out = outer;
    return value_string(builder_str(&text));
}

static struct value call(struct render *r, struct scope *scope, const struct expression *e,
                         const struct statement *block)
{
    static const unit caller[] = {'c', 'a', 'l', 'l', 'e', 'r'};
    struct value f = evaluate(r, scope, e->a);
    struct arguments args = evaluate_arguments(r, scope, e);
    r->arena.line = e->line;
    if (block != NULL) { /* evaluate_arguments leaves room for one more */
        args.values[args.count] = macro_value(r, scope, block);
        args.names[args.count++] = (struct str){caller, 6};
    }
    if (f.kind == V_MACRO)
        return call_macro(r, f.as.macro, &args);
    if (f.kind == V_FUNCTION)
        return function_call(&r->arena, f.as.string, &args, r->now);
    if (f.kind == V_METHOD)
        return apply_method(&r->arena, f.as.method, &args);
    if (f.kind == V_LOOP)
        return call_loop(r, f.as.loop, &args);
    value_need(&r->arena, f);
    pool_fail(&r->arena, "%s cannot be called", value_kind_name(f));
}

static struct value items_of(struct render *r, struct scope *scope, const struct expression *e)
{
    struct value out = value_list(&r->arena, e->arg_count);
    out.as.list->tuple = e->tuple;
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

/* Filters on a value that stands elsewhere; e NULL: none. */
static struct value filtered(struct render *r, struct scope *scope, const struct expression *e,
                             struct value v)
{
    if (e == NULL)
        return v;
    v = filtered(r, scope, e->a, v);
    struct arguments args = evaluate_arguments(r, scope, e);
    r->arena.line = e->line;
    return apply_filter(&r->arena, e->text, v, &args);
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
        return call(r, scope, e, NULL);
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
        return apply_operator(&r->arena, e->op, v, evaluate(r, scope, e->b));
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

static struct list *filtered_items(struct render *r, struct scope *scope, const struct statement *s,
                                   struct list *items)
{
    struct value kept = value_list(&r->arena, 4);
    for (size_t i = 0; i < items->count; i++) {
        struct scope *inner = scope_new(r, scope);
        bind(r, inner, s, items->items[i]);
        if (value_true(evaluate(r, inner, s->filter)))
            list_add(&r->arena, kept.as.list, items->items[i]);
    }
    return kept.as.list;
}

static void run_loop(struct render *r, struct scope *scope, const struct statement *s,
                     struct value over, size_t depth)
{
    struct list *items = value_iterate(&r->arena, over);
    struct str loop_name = value_text(&r->arena, "loop").as.string;
    struct loop *loop = pool_take(&r->arena, sizeof(*loop));
    if (s->filter != NULL)
        items = filtered_items(r, scope, s, items);
    *loop = (struct loop){.statement = s, .scope = scope, .items = items, .depth = depth};
    for (; loop->index < items->count; loop->index++) {
        struct scope *inner = scope_new(r, scope);
        scope_set(r, inner, loop_name, (struct value){.kind = V_LOOP, .as.loop = loop});
        bind(r, inner, s, items->items[loop->index]);
        if (run(r, inner, s->body) == FLOW_BREAK)
            break;
    }
    if (items->count == 0)
        run(r, scope, s->otherwise);
}

static void run_set(struct render *r, struct scope *scope, const struct statement *s)
{
    struct value v;
    if (s->value != NULL)
        v = evaluate(r, scope, s->value);
    else
        v = filtered(r, scope, s->filter, captured(r, scope_new(r, scope), s->body));
    if (s->text.units == NULL) {
        bind(r, scope, s, v);
        return;
    }
    struct value target = look_up(scope, s->names[0]);
    if (target.kind != V_NAMESPACE)
        pool_fail(&r->arena, "only a namespace's attributes can be set");
    dict_set(&r->arena, target.as.dict, value_string(s->text), v);
}

static enum flow run_with(struct render *r, struct scope *scope, const struct statement *s)
{
    struct scope *inner = scope_new(r, scope);
    for (size_t i = 0; i < s->name_count; i++)
        scope_set(r, inner, s->names[i], evaluate(r, scope, s->defaults[i]));
    return run(r, inner, s->body);
}

static void put_out(struct render *r, struct value v)
{
    struct str text = value_to_str(&r->arena, v);
    builder_add(&r->arena, r->out, text.units, text.len);
}

static enum flow run_one(struct render *r, struct scope *scope, const struct statement *s)
{
    r->arena.line = s->line;
    switch (s->kind) {
    case S_TEXT:
        builder_add(&r->arena, r->out, s->text.units, s->text.len);
        return FLOW_ON;
    case S_OUTPUT:
        put_out(r, evaluate(r, scope, s->value));
        return FLOW_ON;
    case S_CALL:
        put_out(r, call(r, scope, s->value, s));
        return FLOW_ON;
    case S_FILTER:
        put_out(r, filtered(r, scope, s->filter, captured(r, scope_new(r, scope), s->body)));
        return FLOW_ON;
    case S_WITH:
        return run_with(r, scope, s);
    case S_IF:
        return run(r, scope, value_true(evaluate(r, scope, s->value)) ? s->body : s->otherwise);
    case S_FOR:
        run_loop(r, scope, s, evaluate(r, scope, s->value), 0);
        return FLOW_ON;
    case S_SET:
        run_set(r, scope, s);
        return FLOW_ON;
    case S_MACRO:
        scope_set(r, scope, s->text, macro_value(r, scope, s));
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
        pool_step(&r->arena);
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

static struct str text_of_input(struct render *r, const struct template_value *in)
{
    if (in->len > r->arena.limit / sizeof(unit))
        pool_fail(&r->arena, "it needs too much memory");
    unit *units = pool_take(&r->arena, (in->len + 1) * sizeof(unit));
    for (size_t i = 0; i < in->len; i++)
        units[i] = (unit)((uint8_t)in->text[i] | (in->content ? CONTENT : 0));
    return (struct str){units, in->len};
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
    case TEMPLATE_STRING:
        out = value_string(text_of_input(r, in));
        break;
    case TEMPLATE_LIST:
        out = value_list(&r->arena, in->count);
        for (size_t i = 0; i < in->count; i++)
            list_add(&r->arena, out.as.list, from_input(r, &in->items[i]));
        break;
    case TEMPLATE_DICT:
        out = value_dict(&r->arena);
        if (in->text != NULL)
            out.as.dict->said = text_of_input(r, in);
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
