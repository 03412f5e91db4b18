/*
 * template_parts.h - shared by the template_*.c files: values, syntax tree, memory.
 *
 * All memory comes from an arena that is wiped and freed as a whole, and failures leave through
 * one longjmp to template_parse or template_render: with nothing to release on the way, that is
 * simpler to get right than a check after each of several hundred calls.
 */
#ifndef PENSTOCK_ENGINE_TEMPLATE_PARTS_H
#define PENSTOCK_ENGINE_TEMPLATE_PARTS_H

#include "engine/template.h"

#include <setjmp.h>

/* ---- memory ---- */

struct arena_chunk;
struct pool {
    struct arena_chunk *chunks;
    size_t total, limit;
    unsigned line; /* of the template, for messages */
    unsigned steps;
    struct engine_error *error;
    int status;
    jmp_buf failed;
};

void *pool_take(struct pool *a, size_t size); /* zeroed; never NULL */
void pool_release(struct pool *a);            /* wipes */
void pool_step(struct pool *a);               /* fails when too much has been done */
void pool_fail(struct pool *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* ---- values ---- */

/* One byte of text in the low half; CONTENT is set where somebody said it. */
typedef uint16_t unit;
enum { CONTENT = 0x100 };

enum value_kind {
    V_UNDEFINED,
    V_NONE,
    V_BOOL,
    V_INT,
    V_REAL,
    V_STRING,
    V_LIST,
    V_DICT,
    V_NAMESPACE, /* a dict whose attributes templates may set */
    V_LOOP,      /* the variable of that name */
    V_MACRO,
    V_FUNCTION, /* a global, by its name */
    V_METHOD,   /* a name bound to a value */
};

struct str {
    const unit *units;
    size_t len;
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct str string; /* the name of an undefined or a function too */
        struct list *list;
        struct dict *dict;
        struct loop *loop;
        const struct macro *macro;
        struct method *method;
    } as;
};

struct list {
    struct value *items;
    size_t count, cap;
    bool tuple;     /* which shows in parentheses; otherwise there is no difference */
    bool generator; /* what select, map and others give: true even when empty */
};

struct dict {
    struct value *keys, *values;
    size_t count, cap;
    struct str said; /* the JSON string that it stood in; units NULL: none */
};

struct method {
    struct value self;
    struct str name;
};

/* A macro, or the body of a call, and where it stands. */
struct macro {
    const struct statement *statement;
    struct scope *scope;
};

struct loop {
    const struct statement *statement;
    struct scope *scope; /* around it */
    const struct list *items;
    size_t index, depth; /* from 0 */
    struct value seen;   /* what changed() was asked about last */
};

struct builder {
    unit *units;
    size_t len, cap;
};

/* ---- syntax ---- */

enum expression_kind {
    E_LITERAL,
    E_NAME,
    E_ATTRIBUTE, /* a.text */
    E_INDEX,     /* a[b] */
    E_SLICE,     /* a[b:c:d] */
    E_CALL,      /* a(args) */
    E_FILTER,    /* a|text(args); without a: what stands in a block */
    E_TEST,      /* a is text(args) */
    E_NOT,
    E_NEGATE,
    E_BINARY, /* text is the operator */
    E_AND,
    E_OR,
    E_CONDITION, /* a if b else c */
    E_LIST,
    E_DICT, /* args: key, value, key, value */
};

enum operator_kind {
    O_ADD,
    O_SUBTRACT,
    O_MULTIPLY,
    O_DIVIDE,
    O_FLOOR,
    O_MODULO,
    O_POWER,
    O_JOIN,
    O_EQUAL,
    O_UNEQUAL,
    O_LESS,
    O_LESS_EQUAL,
    O_MORE,
    O_MORE_EQUAL,
    O_IN,
    O_NOT_IN,
};

struct argument {
    struct str name; /* units NULL: positional */
    struct expression *value;
};

struct expression {
    enum expression_kind kind;
    enum operator_kind op;
    unsigned line;
    bool negated; /* E_TEST: is not */
    bool tuple;   /* E_LIST */
    struct expression *a, *b, *c, *d;
    struct str text;
    struct value literal;
    struct argument *args;
    size_t arg_count;
};

enum statement_kind {
    S_TEXT,
    S_OUTPUT,
    S_IF,
    S_FOR,
    S_SET,
    S_MACRO,
    S_BREAK,
    S_CONTINUE,
    S_BLOCK,  /* only its body: generation */
    S_WITH,   /* a body that sees the names and their defaults */
    S_CALL,   /* a call of a macro that may call the body */
    S_FILTER, /* a body through filters */
};

/* What a macro is given only when it mentions it. */
enum { USES_CALLER = 1, USES_VARARGS = 2, USES_KWARGS = 4 };

struct statement {
    enum statement_kind kind;
    unsigned line;
    struct str text;              /* S_TEXT; name of a macro; attribute of a namespace set */
    struct expression *value;     /* condition, iterable, value; NULL for a set with a body */
    struct expression *filter;    /* S_FOR: for ... if; S_SET and S_FILTER: of the body */
    bool recursive;               /* S_FOR */
    unsigned uses;                /* S_MACRO, S_CALL */
    struct str *names;            /* targets; parameters of a macro */
    struct expression **defaults; /* of parameters; NULL entries: none */
    size_t name_count;
    struct statement *body, *otherwise, *next;
};

struct template
{
    struct pool arena;
    struct statement *body;
};

/* ---- values and text (template_values.c) ---- */

struct value value_bool(bool b);
struct value value_int(int64_t i);
struct value value_real(double x);
struct value value_string(struct str s);
struct value value_list(struct pool *a, size_t cap);
struct value value_dict(struct pool *a);
struct value value_undefined(struct str name);
struct value value_text(struct pool *a, const char *text); /* a literal */

void list_add(struct pool *a, struct list *list, struct value v);
void dict_set(struct pool *a, struct dict *dict, struct value key, struct value v);
const struct value *dict_find(const struct dict *dict, struct str key); /* or NULL */
const struct value *dict_find_text(const struct dict *dict, const char *key);

struct json_style {
    int indent; /* < 0: one line */
    bool ascii, sorted;
    struct str between, behind_key; /* units NULL: as usual */
};

void builder_add(struct pool *a, struct builder *b, const unit *units, size_t len);
void builder_text(struct pool *a, struct builder *b, const char *text);
struct str builder_str(const struct builder *b);

bool str_is(struct str s, const char *text);
bool str_equal(struct str a, struct str b);
size_t str_find(struct str s, struct str part, size_t from); /* SIZE_MAX: nowhere */
size_t str_length(struct str s);                             /* in characters */
size_t str_char(struct str s, size_t at, uint32_t *cp);      /* units of the character there */
struct str str_part(struct str s, size_t from, size_t len);
/* Printable ASCII, for messages; what somebody said shows as question marks. */
const char *str_name(struct pool *a, struct str s);

void value_need(struct pool *a, struct value v); /* fails for what is undefined */
bool value_true(struct value v);
bool value_equal(struct value a, struct value b);
int value_compare(struct pool *a, struct value x, struct value y); /* fails on mixed kinds */
bool value_is_number(struct value v);
double value_number(struct value v);
const char *value_kind_name(struct value v);
struct str value_to_str(struct pool *a, struct value v); /* as {{ }} shows it */
struct str value_to_json(struct pool *a, struct value v, const struct json_style *style);
/* Items of a list, keys of a dict, characters of a string; fails for what has none. */
struct list *value_iterate(struct pool *a, struct value v);

/* ---- evaluation ---- */

struct arguments {
    struct value *values;
    struct str *names; /* units NULL: positional */
    size_t count;
};

/* Argument number i, or the one of that name; undefined where it was not given. */
struct value argument(const struct arguments *args, size_t i, const char *name);
bool argument_given(struct value v);
int64_t integer_or(struct value v, int64_t otherwise);

/* template_operators.c */
struct value apply_operator(struct pool *pool, enum operator_kind op, struct value a,
                            struct value b);
bool value_contains(struct pool *pool, struct value v, struct value item);
struct value apply_filter(struct pool *a, struct str name, struct value v,
                          const struct arguments *args);
bool apply_test(struct pool *a, struct str name, struct value v, const struct arguments *args);
struct value apply_method(struct pool *a, const struct method *m, const struct arguments *args);
bool method_known(struct value self, struct str name);
struct value value_join(struct pool *a, struct value v, struct str between);

/* ---- strings (template_text.c) ---- */

/* Whether there is a filter of strings of that name; *out is then what it makes. */
bool text_filter(struct pool *a, struct str name, struct value v, const struct arguments *args,
                 struct value *out);
bool text_method_known(struct str name);
struct value text_method(struct pool *a, struct str s, struct str name,
                         const struct arguments *args);
struct value str_format(struct pool *a, struct str s, const struct list *values); /* %s %d %i %f */
struct str str_trim(struct str s, const struct str *set, bool left, bool right);
bool str_is_upper(struct str s);
bool str_is_lower(struct str s);

/* ---- global functions (template_functions.c) ---- */

bool function_known(struct str name);
struct value function_call(struct pool *a, struct str name, const struct arguments *args,
                           const struct tm *now);

#endif
