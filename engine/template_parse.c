#include "engine/template_parser.h"

#include "engine/error.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SOURCE = 1 << 20 };

/* ---- statements ---- */

static void end_tag(struct parser *p, const char *close)
{
    parse_skip_space(p);
    p->trim_next = parse_accept(p, "-");
    p->newline_next = close[0] == '%' && !p->trim_next && !parse_accept(p, "+");
    if (!parse_looking_at(p, close))
        parse_fail(p, close[0] == '%' ? "expected %}" : "expected }}");
    p->at += 2;
}

static struct statement *statement(struct parser *p, enum statement_kind kind)
{
    struct statement *s = pool_take(p->arena, sizeof(*s));
    s->kind = kind;
    s->line = p->arena->line;
    return s;
}

static struct statement *parse_statements(struct parser *p);

static void add_name(struct parser *p, struct statement *s, struct str name,
                     struct expression *otherwise)
{
    enum { MOST = 32 };
    if (s->names == NULL) {
        s->names = pool_take(p->arena, MOST * sizeof(*s->names));
        s->defaults = pool_take(p->arena, MOST * sizeof(struct expression *));
    }
    if (s->name_count == MOST)
        parse_fail(p, "too many names");
    s->names[s->name_count] = name;
    s->defaults[s->name_count++] = otherwise;
}

/* Behind a body: the tag that ends it, up to its last word. */
static void expect_end(struct parser *p, const char *word)
{
    if (!parse_accept_word(p, word)) {
        char what[60] = "expected ";
        strncat(what, word, sizeof(what) - 10);
        parse_fail(p, what);
    }
}

static struct statement *parse_if(struct parser *p)
{
    struct statement *s = statement(p, S_IF);
    s->value = parse_tuple(p);
    end_tag(p, "%}");
    s->body = parse_statements(p);
    if (parse_accept_word(p, "elif")) {
        parse_enter(p);
        s->otherwise = parse_if(p);
        p->depth--;
        return s;
    }
    if (parse_accept_word(p, "else")) {
        end_tag(p, "%}");
        s->otherwise = parse_statements(p);
    }
    expect_end(p, "endif");
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_for(struct parser *p)
{
    struct statement *s = statement(p, S_FOR);
    bool grouped = parse_accept(p, "(");
    do {
        add_name(p, s, parse_name(p), NULL);
    } while (parse_accept(p, ","));
    if (grouped)
        parse_expect(p, ")");
    expect_end(p, "in");
    /* Not parse_expression: "if" belongs to the loop here. */
    s->value = parse_without_condition(p);
    if (parse_accept_word(p, "if"))
        s->filter = parse_expression(p);
    if (parse_accept_word(p, "recursive"))
        s->recursive = true;
    end_tag(p, "%}");
    s->body = parse_statements(p);
    if (parse_accept_word(p, "else")) {
        end_tag(p, "%}");
        s->otherwise = parse_statements(p);
    }
    expect_end(p, "endfor");
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_set(struct parser *p)
{
    struct statement *s = statement(p, S_SET);
    add_name(p, s, parse_name(p), NULL);
    if (parse_accept(p, "."))
        s->text = parse_name(p);
    while (s->text.units == NULL && parse_accept(p, ","))
        add_name(p, s, parse_name(p), NULL);
    if (parse_accept(p, "=")) {
        s->value = parse_tuple(p);
        end_tag(p, "%}");
        return s;
    }
    if (parse_accept(p, "|"))
        s->filter = parse_filters_alone(p);
    end_tag(p, "%}");
    s->body = parse_statements(p);
    expect_end(p, "endset");
    end_tag(p, "%}");
    return s;
}

/* (name, name=default), behind the opening parenthesis. */
static void parse_parameters(struct parser *p, struct statement *s)
{
    while (!parse_accept(p, ")")) {
        struct str name = parse_name(p);
        add_name(p, s, name, parse_accept(p, "=") ? parse_expression(p) : NULL);
        if (!parse_accept(p, ",")) {
            parse_expect(p, ")");
            break;
        }
    }
}

/* The rest of a macro or of a call with a body, whose last word is `end`. */
static void parse_callable(struct parser *p, struct statement *s, const char *end)
{
    unsigned outside = p->uses;
    p->uses = 0;
    end_tag(p, "%}");
    s->body = parse_statements(p);
    expect_end(p, end);
    s->uses = p->uses;
    p->uses = outside;
}

static struct statement *parse_macro(struct parser *p)
{
    struct statement *s = statement(p, S_MACRO);
    s->text = parse_name(p);
    parse_expect(p, "(");
    parse_parameters(p, s);
    parse_callable(p, s, "endmacro");
    if (parse_word_length(p) > 0)
        parse_name(p);
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_call(struct parser *p)
{
    struct statement *s = statement(p, S_CALL);
    if (parse_accept(p, "("))
        parse_parameters(p, s);
    s->value = parse_expression(p);
    if (s->value->kind != E_CALL)
        parse_fail(p, "expected a call");
    parse_callable(p, s, "endcall");
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_with(struct parser *p)
{
    struct statement *s = statement(p, S_WITH);
    while (parse_word_length(p) > 0) {
        struct str name = parse_name(p);
        parse_expect(p, "=");
        add_name(p, s, name, parse_expression(p));
        if (!parse_accept(p, ","))
            break;
    }
    end_tag(p, "%}");
    s->body = parse_statements(p);
    expect_end(p, "endwith");
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_filter_block(struct parser *p)
{
    struct statement *s = statement(p, S_FILTER);
    s->filter = parse_filters_alone(p);
    end_tag(p, "%}");
    s->body = parse_statements(p);
    expect_end(p, "endfilter");
    end_tag(p, "%}");
    return s;
}

static struct statement *parse_generation(struct parser *p)
{
    struct statement *s = statement(p, S_BLOCK);
    end_tag(p, "%}");
    s->body = parse_statements(p);
    expect_end(p, "endgeneration");
    end_tag(p, "%}");
    return s;
}

static struct statement *text_of(struct parser *p, size_t from, size_t to)
{
    struct statement *s = statement(p, S_TEXT);
    s->text = parse_units(p, p->source + from, to - from);
    return s;
}

/* Where text ends before a tag: white space is cut if the tag, whose text begins with "{%", asks.
 */
static size_t text_end(const struct parser *p, size_t from, size_t to)
{
    char kind = to + 1 < p->len ? p->source[to + 1] : '\0';
    char mark = to + 2 < p->len ? p->source[to + 2] : '\0';
    size_t line = to;
    if (mark == '-') {
        while (to > from && isspace((unsigned char)p->source[to - 1]))
            to--;
        return to;
    }
    if (kind == '{' || mark == '+' || kind == '\0')
        return to;
    while (line > from && (p->source[line - 1] == ' ' || p->source[line - 1] == '\t'))
        line--;
    /* Only where the tag is the first on its line. */
    return line == 0 || p->source[line - 1] == '\n' ? line : to;
}

/* {% raw %} behind its name: the text up to {% endraw %}. */
static struct statement *parse_raw(struct parser *p)
{
    end_tag(p, "%}");
    size_t from = p->at, to = 0;
    while (p->trim_next && from < p->len && isspace((unsigned char)p->source[from]))
        from++;
    for (;; p->at++) {
        const char *tag =
            p->at < p->len ? memmem(p->source + p->at, p->len - p->at, "{%", 2) : NULL;
        if (tag == NULL)
            parse_fail(p, "raw without endraw");
        p->at = (size_t)(tag - p->source);
        to = p->at;
        p->at += 2;
        if (!parse_accept(p, "-"))
            parse_accept(p, "+");
        if (parse_accept_word(p, "endraw"))
            break;
        p->at = to;
    }
    end_tag(p, "%}");
    to = text_end(p, from, to);
    return text_of(p, from, to > from ? to : from);
}

/* NULL: the tag ends a body and is left for whoever opened it. */
static struct statement *parse_tag(struct parser *p)
{
    static const char *const ends[] = {"elif",     "else",         "endif",   "endfor",
                                       "endset",   "endcall",      "endwith", "endfilter",
                                       "endmacro", "endgeneration"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (parse_next_is(p, ends[i]))
            return NULL;
    }
    if (parse_accept_word(p, "if"))
        return parse_if(p);
    if (parse_accept_word(p, "for"))
        return parse_for(p);
    if (parse_accept_word(p, "set"))
        return parse_set(p);
    if (parse_accept_word(p, "macro"))
        return parse_macro(p);
    if (parse_accept_word(p, "call"))
        return parse_call(p);
    if (parse_accept_word(p, "with"))
        return parse_with(p);
    if (parse_accept_word(p, "filter"))
        return parse_filter_block(p);
    if (parse_accept_word(p, "generation"))
        return parse_generation(p);
    if (parse_accept_word(p, "raw"))
        return parse_raw(p);
    bool leaves = parse_accept_word(p, "break");
    if (leaves || parse_accept_word(p, "continue")) {
        struct statement *s = statement(p, leaves ? S_BREAK : S_CONTINUE);
        end_tag(p, "%}");
        return s;
    }
    parse_fail(p, "a statement that is not supported");
}

/* The text before the next tag, with white space cut as the tags on both sides ask. */
static struct statement *parse_text(struct parser *p)
{
    size_t from = p->at, to = from;
    while (to < p->len &&
           !(p->source[to] == '{' && to + 1 < p->len && strchr("{%#", p->source[to + 1]) != NULL))
        to++;
    p->at = to;
    if (p->trim_next) {
        while (from < to && isspace((unsigned char)p->source[from]))
            from++;
    } else if (p->newline_next && from < to && p->source[from] == '\n') {
        from++;
    }
    for (size_t i = from; i < to; i++)
        p->arena->line += p->source[i] == '\n';
    if (to < p->len)
        to = text_end(p, from, to);
    p->trim_next = p->newline_next = false;
    return to > from ? text_of(p, from, to) : NULL;
}

static void skip_comment(struct parser *p)
{
    const char *end = memmem(p->source + p->at, p->len - p->at, "#}", 2);
    if (end == NULL)
        parse_fail(p, "a comment without end");
    p->at = (size_t)(end - p->source) + 2;
    p->trim_next = end[-1] == '-';
    p->newline_next = !p->trim_next && end[-1] != '+';
}

static struct statement *parse_output(struct parser *p)
{
    struct statement *s = statement(p, S_OUTPUT);
    s->value = parse_tuple(p);
    end_tag(p, "}}");
    return s;
}

/* Up to the end, or to a tag that ends a body (then just behind its opening). */
static struct statement *parse_statements(struct parser *p)
{
    struct statement *first = NULL, **last = &first;
    parse_enter(p);
    while (p->at < p->len) {
        struct statement *s = parse_text(p);
        if (s != NULL) {
            *last = s;
            last = &s->next;
        }
        if (p->at >= p->len)
            break;
        char kind = p->source[p->at + 1];
        p->at += 2;
        if (kind == '#') {
            skip_comment(p);
            continue;
        }
        if (parse_peek(p) == '-' || (parse_peek(p) == '+' && kind == '%'))
            p->at++;
        s = kind == '{' ? parse_output(p) : parse_tag(p);
        if (s == NULL)
            break;
        *last = s;
        last = &s->next;
    }
    p->depth--;
    return first;
}

static struct statement *parse_body(struct pool *a, const char *source, size_t len)
{
    struct parser p = {.arena = a, .source = source, .len = len};
    a->line = 1;
    /* Jinja drops one newline at the very end. */
    if (p.len > 0 && source[p.len - 1] == '\n')
        p.len--;
    struct statement *body = parse_statements(&p);
    if (p.at < p.len)
        parse_fail(&p, "an end of a block that was not begun");
    return body;
}

int template_parse(struct template **out, const char *source, size_t len,
                   struct engine_error *error)
{
    *out = NULL;
    if (len > MOST_SOURCE)
        return engine_fail(error, ENGINE_ERR_TEMPLATE, "the chat template is over 1 MiB");
    struct template *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the chat template");
    t->arena.limit = (size_t)64 << 20;
    t->arena.error = error;
    if (setjmp(t->arena.failed) != 0) {
        int status = t->arena.status;
        template_free(t);
        return status;
    }
    t->body = parse_body(&t->arena, source, len);
    *out = t;
    return 0;
}

void template_free(struct template *t)
{
    if (t == NULL)
        return;
    pool_release(&t->arena);
    free(t);
}
