#include "engine/grammar.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_PLACES = 2 * GRAMMAR_MOST_RULES, LAST_CHARACTER = 0x10ffff, MOST_RANGES = 1024 };
#define NO_NODE UINT32_MAX

struct rule {
    const char *name;
    size_t len;
    const char *where; /* first mention */
    uint32_t entry;    /* NO_NODE: not defined */
};

struct range {
    uint32_t low, high;
};

/*
 * A piece of the network: nodes from first up to the count at its making, entered at entry and left
 * at exit, which is a jump to nowhere until something follows. Nothing outside points into it but
 * to its entry, so that it can be copied.
 */
struct fragment {
    uint32_t first, entry, exit;
};

struct parser {
    const char *text, *p, *end;
    struct engine_grammar *out;
    uint32_t node_cap;
    struct rule *rules;
    uint32_t rule_count;
    uint16_t *names; /* by hash: 1 + the rule's number */
    struct range *ranges;
    size_t range_count;
    unsigned depth;
    struct engine_error *error;
    int status;
};

/* Says where; the first error stands. Always false. */
static bool fail(struct parser *g, const char *at, enum engine_status status, const char *what)
{
    unsigned line = 1, column = 1;
    for (const char *c = g->text; c < at; c++) {
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + 1;
    }
    if (g->status == 0)
        g->status =
            engine_fail(g->error, status, "grammar, line %u, column %u: %s", line, column, what);
    return false;
}

static bool wrong(struct parser *g, const char *what)
{
    return fail(g, g->p, ENGINE_ERR_ARGUMENT, what);
}

/* ---- building ---- */

static bool add_node(struct parser *g, struct grammar_node node, uint32_t *at)
{
    struct engine_grammar *out = g->out;
    if (out->node_count == GRAMMAR_MOST_NODES)
        return wrong(g, "the grammar becomes too large here");
    if (out->node_count == g->node_cap) {
        uint32_t cap = g->node_cap > 0 ? 2 * g->node_cap : 256;
        struct grammar_node *nodes = realloc(out->nodes, cap * sizeof(*nodes));
        if (nodes == NULL)
            return fail(g, g->p, ENGINE_ERR_MEMORY, "out of memory");
        out->nodes = nodes;
        g->node_cap = cap;
    }
    *at = out->node_count++;
    out->nodes[*at] = node;
    return true;
}

static bool add_jump(struct parser *g, uint32_t *at)
{
    return add_node(g, (struct grammar_node){.op = GRAMMAR_JUMP, .next = NO_NODE}, at);
}

static bool add_split(struct parser *g, uint32_t next, uint32_t other, uint32_t *at)
{
    return add_node(g, (struct grammar_node){.op = GRAMMAR_SPLIT, .next = next, .other = other},
                    at);
}

static bool empty_fragment(struct parser *g, struct fragment *out)
{
    uint32_t at = NO_NODE;
    bool fine = add_jump(g, &at);
    *out = (struct fragment){at, at, at};
    return fine;
}

static void append(struct parser *g, struct fragment *to, const struct fragment *more)
{
    g->out->nodes[to->exit].next = more->entry;
    to->exit = more->exit;
}

/* Another one of the fragment that ends at node `end`. */
static bool copy_fragment(struct parser *g, const struct fragment *from, uint32_t end,
                          struct fragment *out)
{
    uint32_t offset = g->out->node_count - from->first, at;
    for (uint32_t i = from->first; i < end; i++) {
        struct grammar_node n = g->out->nodes[i];
        if (i == from->exit)
            n.next = NO_NODE;
        else
            n.next += offset;
        if (n.op == GRAMMAR_SPLIT)
            n.other += offset;
        if (!add_node(g, n, &at))
            return false;
    }
    *out = (struct fragment){from->first + offset, from->entry + offset, from->exit + offset};
    return true;
}

/* A sequence of byte ranges on from the fragment's entry, as one more way to its exit. */
static bool add_bytes(struct parser *g, struct fragment *to, const uint8_t (*bytes)[2],
                      size_t count)
{
    uint32_t next = to->exit;
    for (size_t i = count; i-- > 0;) {
        struct grammar_node n = {
            .op = GRAMMAR_BYTES, .low = bytes[i][0], .high = bytes[i][1], .next = next};
        if (!add_node(g, n, &next))
            return false;
    }
    if (to->entry == to->exit) {
        to->entry = next;
        return true;
    }
    return add_split(g, next, to->entry, &to->entry);
}

/* ---- characters to bytes ---- */

/* Characters whose UTF-8 has one length and differs in the trailing bits alone, or is cut so. */
static bool add_characters(struct parser *g, struct fragment *to, uint32_t low, uint32_t high)
{
    static const struct range lengths[] = {
        {0, 0x7f}, {0x80, 0x7ff}, {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, LAST_CHARACTER}};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint32_t at = low > lengths[i].low ? low : lengths[i].low;
        uint32_t last = high < lengths[i].high ? high : lengths[i].high;
        while (at <= last) {
            /* The longest run from `at` whose bytes are a product of ranges. */
            uint32_t end = last;
            for (unsigned bits = 6; i > 0 && bits <= 18; bits += 6) {
                uint32_t mask = (1u << bits) - 1;
                if ((at & ~mask) == (end & ~mask))
                    break;
                if ((at & mask) != 0) {
                    end = at | mask;
                    break;
                }
                if ((end & mask) != mask)
                    end = (end & ~mask) - 1;
            }
            char a[4], b[4];
            uint8_t bytes[4][2];
            size_t n = unicode_encode(at, a);
            (void)unicode_encode(end, b);
            for (size_t k = 0; k < n; k++) {
                bytes[k][0] = (uint8_t)a[k];
                bytes[k][1] = (uint8_t)b[k];
            }
            if (!add_bytes(g, to, (const uint8_t(*)[2])bytes, n))
                return false;
            at = end + 1;
        }
    }
    return true;
}

/* ---- words ---- */

static bool at_end(const struct parser *g)
{
    return g->p == g->end;
}

static bool sees(const struct parser *g, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(g->end - g->p) >= len && memcmp(g->p, text, len) == 0;
}

static void skip_space(struct parser *g, bool lines)
{
    while (!at_end(g)) {
        if (*g->p == '#') {
            while (!at_end(g) && *g->p != '\n')
                g->p++;
        } else if (*g->p == ' ' || *g->p == '\t' || (lines && (*g->p == '\n' || *g->p == '\r'))) {
            g->p++;
        } else {
            break;
        }
    }
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool read_hex(struct parser *g, unsigned digits, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = at_end(g) ? '\0' : *g->p;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return wrong(g, "hexadecimal digits are missing behind \\x, \\u or \\U");
        value = value << 4 | digit;
        g->p++;
    }
    if (value > LAST_CHARACTER || (value >= 0xd800 && value <= 0xdfff))
        return wrong(g, "this number is no character");
    *out = value;
    return true;
}

/* A character of a literal or a class, escaped or not. */
static bool read_character(struct parser *g, uint32_t *out)
{
    static const char escapes[] = "\"\\[]nrt", meanings[] = "\"\\[]\n\r\t";
    if (at_end(g))
        return wrong(g, "the grammar ends inside quotes or brackets");
    if (*g->p != '\\') {
        size_t n = unicode_decode(g->p, (size_t)(g->end - g->p), out);
        if (*out == 0xfffd && !sees(g, "\xef\xbf\xbd"))
            return wrong(g, "this is no UTF-8");
        g->p += n;
        return true;
    }
    g->p++;
    char c = at_end(g) ? '\0' : *g->p;
    const char *simple = c != '\0' ? strchr(escapes, c) : NULL;
    if (simple == NULL && c != 'x' && c != 'u' && c != 'U')
        return wrong(g, "after a backslash comes one of \" \\ [ ] n r t x u U");
    g->p++;
    if (simple != NULL) {
        *out = (uint8_t)meanings[simple - escapes];
        return true;
    }
    return read_hex(g, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
}

static bool read_count(struct parser *g, uint32_t *out)
{
    uint32_t value = 0;
    const char *start = g->p;
    for (; !at_end(g) && *g->p >= '0' && *g->p <= '9'; g->p++) {
        value = value * 10 + (uint32_t)(*g->p - '0');
        if (value > GRAMMAR_MOST_REPEATS)
            return wrong(g, "more than 20000 repetitions");
    }
    *out = value;
    return g->p > start || wrong(g, "a number is needed");
}

static struct rule *find_rule(struct parser *g, const char *name, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    for (uint32_t at = hash % NAME_PLACES;; at = (at + 1) % NAME_PLACES) {
        if (g->names[at] == 0) {
            if (g->rule_count == GRAMMAR_MOST_RULES) {
                wrong(g, "more than 8192 rules");
                return NULL;
            }
            g->rules[g->rule_count] =
                (struct rule){.name = name, .len = len, .where = name, .entry = NO_NODE};
            g->names[at] = (uint16_t)++g->rule_count;
        }
        struct rule *r = &g->rules[g->names[at] - 1];
        if (r->len == len && memcmp(r->name, name, len) == 0)
            return r;
    }
}

static struct rule *read_name(struct parser *g)
{
    const char *start = g->p;
    while (!at_end(g) && is_name(*g->p))
        g->p++;
    if (g->p == start) {
        wrong(g, "a rule's name is needed");
        return NULL;
    }
    return find_rule(g, start, (size_t)(g->p - start));
}

/* ---- elements ---- */

static bool parse_literal(struct parser *g, struct fragment *out)
{
    g->p++;
    if (!empty_fragment(g, out))
        return false;
    while (at_end(g) || *g->p != '"') {
        uint32_t c;
        char text[4];
        if (!read_character(g, &c))
            return false;
        size_t n = unicode_encode(c, text);
        for (size_t i = 0; i < n; i++) {
            struct fragment next;
            uint8_t byte[1][2] = {{(uint8_t)text[i], (uint8_t)text[i]}};
            if (!empty_fragment(g, &next) || !add_bytes(g, &next, (const uint8_t(*)[2])byte, 1))
                return false;
            append(g, out, &next);
        }
    }
    g->p++;
    return true;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return (x->low > y->low) - (x->low < y->low);
}

/* Sorted, without overlaps, and turned inside out for [^...]. */
static void tidy_ranges(struct parser *g, bool inverted)
{
    struct range *r = g->ranges;
    size_t n = 0, gaps = 0;
    qsort(r, g->range_count, sizeof(*r), compare_ranges);
    for (size_t i = 0; i < g->range_count; i++) {
        if (n > 0 && r[i].low <= r[n - 1].high + 1)
            r[n - 1].high = r[i].high > r[n - 1].high ? r[i].high : r[n - 1].high;
        else
            r[n++] = r[i];
    }
    g->range_count = n;
    if (!inverted)
        return;
    uint32_t from = 0;
    for (size_t i = 0; i < n; i++) { /* a gap is written where its range was read */
        struct range now = r[i];
        if (now.low > from)
            r[gaps++] = (struct range){from, now.low - 1};
        from = now.high + 1;
    }
    if (from <= LAST_CHARACTER)
        r[gaps++] = (struct range){from, LAST_CHARACTER};
    g->range_count = gaps;
}

static bool add_ranges(struct parser *g, struct fragment *out)
{
    if (!empty_fragment(g, out))
        return false;
    for (size_t i = 0; i < g->range_count; i++) {
        if (!add_characters(g, out, g->ranges[i].low, g->ranges[i].high))
            return false;
    }
    return out->entry != out->exit || wrong(g, "this class holds no character");
}

static bool parse_class(struct parser *g, struct fragment *out)
{
    g->p++;
    bool inverted = sees(g, "^");
    g->p += inverted;
    g->range_count = 0;
    while (at_end(g) || *g->p != ']') {
        struct range r;
        if (g->range_count + 1 == MOST_RANGES)
            return wrong(g, "too many ranges between brackets");
        if (!read_character(g, &r.low))
            return false;
        r.high = r.low;
        if (sees(g, "-") && g->end - g->p > 1 && g->p[1] != ']') {
            g->p++;
            if (!read_character(g, &r.high))
                return false;
        }
        if (r.high < r.low)
            return wrong(g, "a range between brackets runs backwards");
        g->ranges[g->range_count++] = r;
    }
    g->p++;
    tidy_ranges(g, inverted);
    return add_ranges(g, out);
}

static bool parse_alternatives(struct parser *g, struct fragment *out);

static bool parse_group(struct parser *g, struct fragment *out)
{
    g->p++;
    if (++g->depth > GRAMMAR_MOST_DEPTH)
        return wrong(g, "parentheses are nested too deep");
    skip_space(g, true);
    if (!parse_alternatives(g, out))
        return false;
    if (!sees(g, ")"))
        return wrong(g, "a closing parenthesis is missing");
    g->p++;
    g->depth--;
    return true;
}

static bool parse_call(struct parser *g, struct fragment *out)
{
    struct rule *rule = read_name(g);
    if (rule == NULL || !empty_fragment(g, out))
        return false;
    struct grammar_node call = {
        .op = GRAMMAR_CALL, .next = out->exit, .other = (uint32_t)(rule - g->rules)};
    return add_node(g, call, &out->entry);
}

/* Between `least` and `most` of the fragment; most NO_NODE: without end. */
static bool repeat(struct parser *g, struct fragment *f, uint32_t least, uint32_t most)
{
    struct fragment one = *f, whole;
    uint32_t end = g->out->node_count, last = NO_NODE, copies = most == NO_NODE ? least : most;
    copies = copies > 0 ? copies : 1;
    if (!empty_fragment(g, &whole))
        return false;
    uint32_t exit, skip;
    if (!add_jump(g, &exit))
        return false;
    g->out->nodes[one.exit].next = exit; /* where it is left at once, {0} */
    for (uint32_t i = 0; i < copies && most != 0; i++) {
        struct fragment copy = one;
        if (i > 0 && !copy_fragment(g, &one, end, &copy))
            return false;
        last = copy.entry;
        if (i >= least) {
            if (!add_split(g, copy.entry, exit, &skip))
                return false;
            copy.entry = last = skip;
        }
        append(g, &whole, &copy);
    }
    if (most == NO_NODE && least == 0) {
        g->out->nodes[whole.exit].next = last; /* last is the split in front of the only one */
    } else if (most == NO_NODE) {
        if (!add_split(g, last, exit, &skip))
            return false;
        g->out->nodes[whole.exit].next = skip;
    } else {
        g->out->nodes[whole.exit].next = exit;
    }
    *f = (struct fragment){one.first, whole.entry, exit};
    return true;
}

static bool parse_repetition(struct parser *g, struct fragment *f)
{
    uint32_t least, most;
    char c = at_end(g) ? '\0' : *g->p;
    if (c == '*' || c == '+' || c == '?') {
        g->p++;
        return repeat(g, f, c == '+', c == '?' ? 1 : NO_NODE);
    }
    g->p++;
    skip_space(g, false);
    if (!read_count(g, &least))
        return false;
    skip_space(g, false);
    most = least;
    if (sees(g, ",")) {
        g->p++;
        skip_space(g, false);
        most = NO_NODE;
        if (!sees(g, "}") && !read_count(g, &most))
            return false;
        skip_space(g, false);
    }
    if (!sees(g, "}"))
        return wrong(g, "a closing brace is missing");
    if (most < least)
        return wrong(g, "the most repetitions are fewer than the least");
    g->p++;
    return repeat(g, f, least, most);
}

static bool parse_element(struct parser *g, struct fragment *out)
{
    switch (*g->p) {
    case '"':
        return parse_literal(g, out);
    case '[':
        return parse_class(g, out);
    case '(':
        return parse_group(g, out);
    case '.':
        g->p++;
        return empty_fragment(g, out) && add_characters(g, out, 0, LAST_CHARACTER);
    case '<':
    case '!':
        return wrong(g, "tokens by name or number are not supported; write their text");
    default:
        return parse_call(g, out);
    }
}

static bool begins_element(const struct parser *g)
{
    return !at_end(g) && (is_name(*g->p) || strchr("\"[(.<!", *g->p) != NULL);
}

static bool parse_sequence(struct parser *g, struct fragment *out)
{
    if (!empty_fragment(g, out))
        return false;
    while (begins_element(g)) {
        struct fragment element;
        if (!parse_element(g, &element))
            return false;
        skip_space(g, g->depth > 0);
        while (!at_end(g) && strchr("*+?{", *g->p) != NULL && *g->p != '\0') {
            if (!parse_repetition(g, &element))
                return false;
            skip_space(g, g->depth > 0);
        }
        append(g, out, &element);
    }
    return true;
}

static bool parse_alternatives(struct parser *g, struct fragment *out)
{
    uint32_t first = g->out->node_count, exit;
    struct fragment way;
    if (!parse_sequence(g, &way) || !add_jump(g, &exit))
        return false;
    *out = (struct fragment){first, way.entry, exit};
    g->out->nodes[way.exit].next = exit;
    for (;;) {
        /* A rule may go on behind the end of a line when the next one begins with a bar. */
        const char *before = g->p;
        skip_space(g, true);
        if (!sees(g, "|")) {
            g->p = before;
            return true;
        }
        g->p++;
        skip_space(g, true);
        if (!parse_sequence(g, &way) || !add_split(g, out->entry, way.entry, &out->entry))
            return false;
        g->out->nodes[way.exit].next = exit;
    }
}

static bool parse_rule(struct parser *g)
{
    const char *start = g->p;
    struct fragment body;
    struct rule *rule = read_name(g);
    if (rule == NULL)
        return false;
    if (rule->entry != NO_NODE)
        return fail(g, start, ENGINE_ERR_ARGUMENT, "this rule is defined twice");
    skip_space(g, false);
    if (!sees(g, "::="))
        return wrong(g, "::= is missing behind the rule's name");
    g->p += 3;
    skip_space(g, true);
    if (!parse_alternatives(g, &body))
        return false;
    g->out->nodes[body.exit].op = GRAMMAR_END;
    rule->entry = body.entry;
    skip_space(g, false);
    if (!at_end(g) && *g->p != '\n' && *g->p != '\r')
        return wrong(g, "the rule should end here");
    skip_space(g, true);
    return true;
}

/* ---- the whole ---- */

static uint32_t behind_jumps(const struct engine_grammar *out, uint32_t at)
{
    while (out->nodes[at].op == GRAMMAR_JUMP)
        at = out->nodes[at].next;
    return at;
}

/* Calls lead to nodes instead of rules, and nothing leads to a jump. */
static bool link_rules(struct parser *g)
{
    struct engine_grammar *out = g->out;
    struct rule *root = find_rule(g, "root", 4);
    if (root == NULL)
        return false;
    if (root->entry == NO_NODE)
        return fail(g, g->text, ENGINE_ERR_ARGUMENT, "there is no rule named root");
    for (uint32_t i = 0; i < g->rule_count; i++) {
        if (g->rules[i].entry == NO_NODE)
            return fail(g, g->rules[i].where, ENGINE_ERR_ARGUMENT, "this rule is not defined");
    }
    for (uint32_t i = 0; i < out->node_count; i++) {
        struct grammar_node *n = &out->nodes[i];
        if (n->op == GRAMMAR_END || n->op == GRAMMAR_JUMP)
            continue;
        n->next = behind_jumps(out, n->next);
        if (n->op == GRAMMAR_SPLIT)
            n->other = behind_jumps(out, n->other);
        if (n->op != GRAMMAR_CALL)
            continue;
        n->other = behind_jumps(out, g->rules[n->other].entry);
        if (out->nodes[n->next].op == GRAMMAR_END)
            n->op = GRAMMAR_TAIL;
    }
    out->root = behind_jumps(out, root->entry);
    return true;
}

int grammar_parse(struct engine_grammar *out, const char *text, size_t len,
                  struct engine_error *error)
{
    struct parser g = {.text = text, .p = text, .end = text + len, .out = out, .error = error};
    if (len > GRAMMAR_MOST_BYTES)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the grammar is longer than a mebibyte");
    g.rules = calloc(GRAMMAR_MOST_RULES, sizeof(*g.rules));
    g.names = calloc(NAME_PLACES, sizeof(*g.names));
    g.ranges = calloc(MOST_RANGES, sizeof(*g.ranges));
    bool fine = g.rules != NULL && g.names != NULL && g.ranges != NULL;
    if (!fine)
        fail(&g, text, ENGINE_ERR_MEMORY, "out of memory");
    skip_space(&g, true);
    while (fine && !at_end(&g))
        fine = parse_rule(&g);
    if (fine)
        fine = link_rules(&g);
    free(g.rules);
    free(g.names);
    free(g.ranges);
    return g.status;
}
