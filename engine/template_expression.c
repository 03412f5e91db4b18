#include "engine/template_parser.h"

#include "engine/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 120 };

void parse_fail(struct parser *p, const char *what)
{
    p->arena->line = 1;
    for (size_t i = 0; i < p->at && i < p->len; i++)
        p->arena->line += p->source[i] == '\n';
    pool_fail(p->arena, "%s", what);
}

struct str parse_units(struct parser *p, const char *text, size_t len)
{
    unit *units = pool_take(p->arena, (len + 1) * sizeof(unit));
    for (size_t i = 0; i < len; i++)
        units[i] = (uint8_t)text[i];
    return (struct str){units, len};
}

/* ---- words and signs inside a tag ---- */

char parse_peek(const struct parser *p)
{
    return p->at < p->len ? p->source[p->at] : '\0';
}

void parse_skip_space(struct parser *p)
{
    while (p->at < p->len && isspace((unsigned char)p->source[p->at])) {
        p->arena->line += p->source[p->at] == '\n';
        p->at++;
    }
}

bool parse_looking_at(const struct parser *p, const char *text)
{
    size_t n = strlen(text);
    return p->len - p->at >= n && memcmp(p->source + p->at, text, n) == 0;
}

bool parse_accept(struct parser *p, const char *sign)
{
    parse_skip_space(p);
    if (!parse_looking_at(p, sign))
        return false;
    p->at += strlen(sign);
    return true;
}

void parse_expect(struct parser *p, const char *sign)
{
    if (!parse_accept(p, sign)) {
        char what[40] = "expected ";
        strncat(what, sign, sizeof(what) - 10);
        parse_fail(p, what);
    }
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The word here, without moving; empty when there is none. */
size_t parse_word_length(struct parser *p)
{
    parse_skip_space(p);
    size_t n = 0;
    if (isdigit((unsigned char)parse_peek(p)))
        return 0;
    while (p->at + n < p->len && is_word_char(p->source[p->at + n]))
        n++;
    return n;
}

bool parse_next_is(struct parser *p, const char *word)
{
    size_t n = parse_word_length(p);
    return n == strlen(word) && memcmp(p->source + p->at, word, n) == 0;
}

bool parse_accept_word(struct parser *p, const char *word)
{
    if (!parse_next_is(p, word))
        return false;
    p->at += strlen(word);
    return true;
}

struct str parse_name(struct parser *p)
{
    size_t n = parse_word_length(p);
    if (n == 0)
        parse_fail(p, "expected a name");
    struct str name = parse_units(p, p->source + p->at, n);
    p->at += n;
    return name;
}

/* ---- expressions ---- */

static struct expression *node(struct parser *p, enum expression_kind kind, struct expression *a,
                               struct expression *b)
{
    struct expression *e = pool_take(p->arena, sizeof(*e));
    e->kind = kind;
    e->a = a;
    e->b = b;
    e->line = p->arena->line;
    return e;
}

static struct expression *literal(struct parser *p, struct value v)
{
    struct expression *e = node(p, E_LITERAL, NULL, NULL);
    e->literal = v;
    return e;
}

static void add_argument(struct parser *p, struct expression *e, struct str name,
                         struct expression *value)
{
    /* Room doubles at powers of two. */
    if ((e->arg_count & (e->arg_count - 1)) == 0) {
        size_t cap = e->arg_count == 0 ? 1 : e->arg_count * 2;
        struct argument *args = pool_take(p->arena, cap * sizeof(*args));
        if (e->arg_count > 0)
            memcpy(args, e->args, e->arg_count * sizeof(*args));
        e->args = args;
    }
    e->args[e->arg_count++] = (struct argument){name, value};
}

static unsigned parse_hex(struct parser *p, int digits)
{
    unsigned value = 0;
    for (int i = 0; i < digits; i++, p->at++) {
        char c = parse_peek(p);
        if (!isxdigit((unsigned char)c))
            parse_fail(p, "a bad escape in a string");
        value =
            value * 16 + (unsigned)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static void parse_escape(struct parser *p, struct builder *b)
{
    static const char letters[] = "nrtbfva0\\'\"", meanings[] = "\n\r\t\b\f\v\a\0\\'\"";
    char c = parse_peek(p), encoded[4] = {c};
    size_t n = 1;
    const char *found = c != '\0' ? strchr(letters, c) : NULL;
    p->at++;
    if (c == '\n')
        return; /* a line continued */
    if (c == 'x' || c == 'u' || c == 'U') {
        n = unicode_encode(parse_hex(p, c == 'x' ? 2 : c == 'u' ? 4 : 8) & 0x1fffff, encoded);
    } else if (found != NULL) {
        encoded[0] = meanings[found - letters];
    } else {
        unit slash = '\\';
        builder_add(p->arena, b, &slash, 1);
    }
    for (size_t i = 0; i < n; i++) {
        unit u = (uint8_t)encoded[i];
        builder_add(p->arena, b, &u, 1);
    }
}

static struct str parse_string(struct parser *p)
{
    struct builder b = {0};
    char quote = p->source[p->at++];
    while (p->at < p->len && p->source[p->at] != quote) {
        char c = p->source[p->at++];
        if (c == '\\' && p->at < p->len) {
            parse_escape(p, &b);
            continue;
        }
        p->arena->line += c == '\n';
        unit u = (uint8_t)c;
        builder_add(p->arena, &b, &u, 1);
    }
    if (p->at >= p->len)
        parse_fail(p, "a string without end");
    p->at++;
    return builder_str(&b);
}

/* Of "e-3" or the like; 0 when there is none. */
static size_t exponent_length(const struct parser *p)
{
    size_t at = p->at, digits = 0;
    if (at >= p->len || (p->source[at++] | 0x20) != 'e')
        return 0;
    at += at < p->len && (p->source[at] == '+' || p->source[at] == '-');
    while (at + digits < p->len && isdigit((unsigned char)p->source[at + digits]))
        digits++;
    return digits > 0 ? at + digits - p->at : 0;
}

static struct expression *parse_number(struct parser *p)
{
    char text[48];
    size_t n = 0;
    bool real = false;
    for (char c = parse_peek(p);
         n < sizeof(text) - 1 && (isdigit((unsigned char)c) || c == '_' || (c == '.' && !real));
         c = parse_peek(p)) {
        if (c == '.' && (p->at + 1 >= p->len || !isdigit((unsigned char)p->source[p->at + 1])))
            break;
        real = real || c == '.';
        if (c != '_')
            text[n++] = c;
        p->at++;
    }
    for (size_t left = exponent_length(p); left > 0 && n < sizeof(text) - 1; left--) {
        real = true;
        text[n++] = p->source[p->at++];
    }
    text[n] = '\0';
    return literal(p, real ? value_real(strtod(text, NULL)) : value_int(strtoll(text, NULL, 10)));
}

static void parse_arguments(struct parser *p, struct expression *e)
{
    while (!parse_accept(p, ")")) {
        struct str name = {NULL, 0};
        size_t before = p->at, n = parse_word_length(p);
        if (n > 0) {
            name = parse_name(p);
            if (!parse_accept(p, "=") || parse_looking_at(p, "=")) {
                name = (struct str){NULL, 0};
                p->at = before;
            }
        }
        add_argument(p, e, name, parse_expression(p));
        if (!parse_accept(p, ",")) {
            parse_expect(p, ")");
            return;
        }
    }
}

static struct expression *parse_items(struct parser *p, enum expression_kind kind,
                                      const char *close)
{
    struct expression *e = node(p, kind, NULL, NULL);
    while (!parse_accept(p, close)) {
        add_argument(p, e, (struct str){NULL, 0}, parse_expression(p));
        if (kind == E_DICT) {
            parse_expect(p, ":");
            add_argument(p, e, (struct str){NULL, 0}, parse_expression(p));
        }
        if (!parse_accept(p, ",")) {
            parse_expect(p, close);
            break;
        }
    }
    return e;
}

/* (a) is a; (a, b) is a list that shows as Python's tuple */
static struct expression *parse_group(struct parser *p)
{
    if (parse_accept(p, ")")) {
        struct expression *empty = node(p, E_LIST, NULL, NULL);
        empty->tuple = true;
        return empty;
    }
    struct expression *first = parse_expression(p);
    if (parse_accept(p, ")"))
        return first;
    parse_expect(p, ",");
    struct expression *e = node(p, E_LIST, NULL, NULL);
    e->tuple = true;
    add_argument(p, e, (struct str){NULL, 0}, first);
    while (!parse_accept(p, ")")) {
        add_argument(p, e, (struct str){NULL, 0}, parse_expression(p));
        if (!parse_accept(p, ",")) {
            parse_expect(p, ")");
            break;
        }
    }
    return e;
}

static struct expression *parse_word(struct parser *p)
{
    if (parse_accept_word(p, "true") || parse_accept_word(p, "True"))
        return literal(p, value_bool(true));
    if (parse_accept_word(p, "false") || parse_accept_word(p, "False"))
        return literal(p, value_bool(false));
    if (parse_accept_word(p, "none") || parse_accept_word(p, "None"))
        return literal(p, (struct value){.kind = V_NONE});
    struct expression *e = node(p, E_NAME, NULL, NULL);
    e->text = parse_name(p);
    p->uses |= str_is(e->text, "caller")    ? USES_CALLER
               : str_is(e->text, "varargs") ? USES_VARARGS
               : str_is(e->text, "kwargs")  ? USES_KWARGS
                                            : 0;
    return e;
}

static struct expression *parse_primary(struct parser *p)
{
    parse_skip_space(p);
    char c = parse_peek(p);
    if (c == '"' || c == '\'') {
        struct str s = parse_string(p);
        /* Neighbouring literals are one, as in Python. */
        for (parse_skip_space(p); parse_peek(p) == '"' || parse_peek(p) == '\'';
             parse_skip_space(p)) {
            struct builder b = {0};
            builder_add(p->arena, &b, s.units, s.len);
            struct str more = parse_string(p);
            builder_add(p->arena, &b, more.units, more.len);
            s = builder_str(&b);
        }
        return literal(p, value_string(s));
    }
    if (isdigit((unsigned char)c))
        return parse_number(p);
    if (parse_accept(p, "("))
        return parse_group(p);
    if (parse_accept(p, "["))
        return parse_items(p, E_LIST, "]");
    if (parse_accept(p, "{"))
        return parse_items(p, E_DICT, "}");
    return parse_word(p);
}

/* [b] or [b:c:d], behind the opening bracket */
static struct expression *parse_subscript(struct parser *p, struct expression *a)
{
    struct expression *parts[3] = {NULL, NULL, NULL};
    int colons = 0;
    for (parse_skip_space(p); parse_peek(p) != ']'; parse_skip_space(p)) {
        if (parse_accept(p, ":")) {
            if (++colons > 2)
                parse_fail(p, "a slice with too many parts");
        } else if (parts[colons] != NULL) {
            parse_fail(p, "expected ]");
        } else {
            parts[colons] = parse_expression(p);
        }
    }
    parse_expect(p, "]");
    if (colons == 0 && parts[0] == NULL)
        parse_fail(p, "an empty subscript");
    struct expression *e = node(p, colons > 0 ? E_SLICE : E_INDEX, a, parts[0]);
    e->c = parts[1];
    e->d = parts[2];
    return e;
}

static struct expression *parse_postfix(struct parser *p, struct expression *e)
{
    for (;;) {
        parse_skip_space(p);
        if (parse_accept(p, ".")) {
            e = node(p, E_ATTRIBUTE, e, NULL);
            parse_skip_space(p);
            if (isdigit((unsigned char)parse_peek(p))) {
                e->kind = E_INDEX;
                e->b = parse_number(p);
            } else {
                e->text = parse_name(p);
            }
        } else if (parse_accept(p, "[")) {
            e = parse_subscript(p, e);
        } else if (parse_accept(p, "(")) {
            e = node(p, E_CALL, e, NULL);
            parse_arguments(p, e);
        } else {
            return e;
        }
    }
}

static struct expression *parse_filter(struct parser *p, struct expression *e)
{
    e = node(p, E_FILTER, e, NULL);
    e->text = parse_name(p);
    if (parse_accept(p, "("))
        parse_arguments(p, e);
    return e;
}

static struct expression *parse_filters(struct parser *p, struct expression *e)
{
    while (parse_skip_space(p), parse_peek(p) == '|') {
        p->at++;
        e = parse_filter(p, e);
    }
    return e;
}

struct expression *parse_filters_alone(struct parser *p)
{
    return parse_filters(p, parse_filter(p, NULL));
}

/* A test takes arguments in parentheses, or one simple value without them. */
static struct expression *parse_tests(struct parser *p, struct expression *e)
{
    while (parse_accept_word(p, "is")) {
        e = node(p, E_TEST, e, NULL);
        e->negated = parse_accept_word(p, "not");
        e->text = parse_name(p);
        parse_skip_space(p);
        char c = parse_peek(p);
        size_t n = parse_word_length(p);
        bool word = n > 0 && !parse_next_is(p, "and") && !parse_next_is(p, "or") &&
                    !parse_next_is(p, "else") && !parse_next_is(p, "if") &&
                    !parse_next_is(p, "is") && !parse_next_is(p, "not") && !parse_next_is(p, "in");
        if (parse_accept(p, "("))
            parse_arguments(p, e);
        else if (word || (c != '\0' && strchr("\"'[{", c) != NULL) || isdigit((unsigned char)c))
            add_argument(p, e, (struct str){NULL, 0}, parse_postfix(p, parse_primary(p)));
        e = parse_filters(p, e);
    }
    return e;
}

void parse_enter(struct parser *p)
{
    if (++p->depth > MOST_DEPTH)
        parse_fail(p, "it is nested too deep");
}

/* A sign binds closer than filters do: -3|abs is 3. */
static struct expression *parse_signed(struct parser *p)
{
    struct expression *e = NULL;
    parse_enter(p);
    parse_skip_space(p);
    if (parse_peek(p) == '-' && !parse_looking_at(p, "-%}") && !parse_looking_at(p, "-}}")) {
        p->at++;
        e = node(p, E_NEGATE, parse_signed(p), NULL);
    } else if (parse_peek(p) == '+') {
        p->at++;
        e = parse_signed(p);
    } else {
        e = parse_primary(p);
    }
    p->depth--;
    return parse_postfix(p, e);
}

static struct expression *parse_unary(struct parser *p)
{
    return parse_tests(p, parse_filters(p, parse_signed(p)));
}

bool parse_tag_ends(const struct parser *p)
{
    return parse_looking_at(p, "-%}") || parse_looking_at(p, "-}}") || parse_looking_at(p, "+%}") ||
           parse_looking_at(p, "%}") || parse_looking_at(p, "}}");
}

struct sign {
    const char *text;
    enum operator_kind op;
};

typedef struct expression *parse_level(struct parser *p);

static struct expression *parse_left(struct parser *p, const struct sign *signs, size_t count,
                                     parse_level *inner)
{
    struct expression *e = inner(p);
    for (;;) {
        size_t i = 0;
        parse_skip_space(p);
        if (parse_tag_ends(p))
            return e;
        while (i < count && !parse_accept(p, signs[i].text))
            i++;
        if (i == count)
            return e;
        e = node(p, E_BINARY, e, inner(p));
        e->op = signs[i].op;
    }
}

/* Unlike Python's, Jinja's powers are taken from the left. */
static struct expression *parse_power(struct parser *p)
{
    static const struct sign signs[] = {{"**", O_POWER}};
    return parse_left(p, signs, 1, parse_unary);
}

static struct expression *parse_product(struct parser *p)
{
    static const struct sign signs[] = {
        {"*", O_MULTIPLY}, {"//", O_FLOOR}, {"/", O_DIVIDE}, {"%", O_MODULO}};
    return parse_left(p, signs, 4, parse_power);
}

static struct expression *parse_join(struct parser *p)
{
    static const struct sign signs[] = {{"~", O_JOIN}};
    return parse_left(p, signs, 1, parse_product);
}

static struct expression *parse_sum(struct parser *p)
{
    static const struct sign signs[] = {{"+", O_ADD}, {"-", O_SUBTRACT}};
    return parse_left(p, signs, 2, parse_join);
}

static bool accept_comparison(struct parser *p, enum operator_kind *op)
{
    static const struct sign signs[] = {{"==", O_EQUAL},      {"!=", O_UNEQUAL},
                                        {"<=", O_LESS_EQUAL}, {">=", O_MORE_EQUAL},
                                        {"<", O_LESS},        {">", O_MORE}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (parse_accept(p, signs[i].text)) {
            *op = signs[i].op;
            return true;
        }
    }
    size_t before = p->at;
    *op = O_IN;
    if (parse_accept_word(p, "in"))
        return true;
    *op = O_NOT_IN;
    if (parse_accept_word(p, "not") && parse_accept_word(p, "in"))
        return true;
    p->at = before;
    return false;
}

/* a < b < c is a < b and b < c */
static struct expression *parse_comparison(struct parser *p)
{
    struct expression *e = parse_sum(p), *left = e, *chain = NULL;
    enum operator_kind op;
    while (accept_comparison(p, &op)) {
        struct expression *right = parse_sum(p);
        e = node(p, E_BINARY, left, right);
        e->op = op;
        chain = chain != NULL ? node(p, E_AND, chain, e) : e;
        left = right;
    }
    return chain != NULL ? chain : e;
}

static struct expression *parse_not(struct parser *p)
{
    parse_enter(p);
    struct expression *e =
        parse_accept_word(p, "not") ? node(p, E_NOT, parse_not(p), NULL) : parse_comparison(p);
    p->depth--;
    return e;
}

static struct expression *parse_and(struct parser *p)
{
    struct expression *e = parse_not(p);
    while (parse_accept_word(p, "and"))
        e = node(p, E_AND, e, parse_not(p));
    return e;
}

static struct expression *parse_or(struct parser *p)
{
    struct expression *e = parse_and(p);
    while (parse_accept_word(p, "or"))
        e = node(p, E_OR, e, parse_and(p));
    return e;
}

struct expression *parse_without_condition(struct parser *p)
{
    return parse_or(p);
}

struct expression *parse_expression(struct parser *p)
{
    parse_enter(p);
    struct expression *e = parse_or(p);
    while (parse_accept_word(p, "if")) {
        struct expression *condition = parse_or(p);
        e = node(p, E_CONDITION, e, condition);
        if (parse_accept_word(p, "else"))
            e->c = parse_expression(p);
    }
    p->depth--;
    return e;
}

struct expression *parse_tuple(struct parser *p)
{
    struct expression *first = parse_expression(p), *e = NULL;
    while (parse_accept(p, ",")) {
        if (e == NULL) {
            e = node(p, E_LIST, NULL, NULL);
            e->tuple = true;
            add_argument(p, e, (struct str){NULL, 0}, first);
        }
        parse_skip_space(p);
        if (parse_tag_ends(p))
            break;
        add_argument(p, e, (struct str){NULL, 0}, parse_expression(p));
    }
    return e != NULL ? e : first;
}
