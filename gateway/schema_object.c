#include <stdlib.h>
#include <string.h>

#include "gateway/schema_parts.h"

enum { MOST_MEMBERS = 512, MOST_WORK = 2000000 /* names compared */ };

struct member {
    uint32_t key;
    uint32_t schemas[SCHEMA_MOST_VIEW]; /* what is said of it by the schemas that are joined */
    size_t count;
    bool required;
};

static bool same_key(const struct json_doc *doc, uint32_t a, uint32_t b)
{
    const struct json_node *m = &doc->nodes[a], *n = &doc->nodes[b];
    if (!m->escaped && !n->escaped)
        return m->end - m->start == n->end - n->start &&
               memcmp(doc->bytes + m->start, doc->bytes + n->start, m->end - m->start) == 0;
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same = json_decode(doc, a, &x) == 0 && json_decode(doc, b, &y) == 0 && x.len == y.len &&
                (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
    buf_release(&x);
    buf_release(&y);
    return same;
}

static struct member *find_member(struct schema_writer *w, struct member *members, size_t count,
                                  uint32_t key)
{
    w->work += count;
    for (size_t i = 0; i < count; i++)
        if (same_key(w->doc, members[i].key, key))
            return &members[i];
    return NULL;
}

/* Room for one more. NULL: there is none, or looking them up took too long. */
static struct member *add_member(struct schema_writer *w, struct member *members, size_t *count,
                                 uint32_t key, int *rc)
{
    if (*count == MOST_MEMBERS || w->work > MOST_WORK) {
        *rc = schema_fail(w, ERR_LIMIT, key, "too many properties");
        return NULL;
    }
    struct member *m = &members[(*count)++];
    *m = (struct member){.key = key};
    return m;
}

static int collect_members(struct schema_writer *w, const struct schema_view *v,
                           struct member *members, size_t *count)
{
    const struct json_doc *doc = w->doc;
    int rc = 0;
    for (size_t i = 0; i < v->count; i++) {
        uint32_t list = json_get(doc, v->nodes[i], "properties");
        if (list == JSON_NONE)
            continue;
        if (schema_type(w, list) != JSON_TYPE_OBJECT)
            return schema_wrong(w, list, "an object is needed");
        for (uint32_t key = json_first(doc, list); key != JSON_NONE;
             key = json_next(doc, list, key)) {
            struct member *m = v->count > 1 ? find_member(w, members, *count, key) : NULL;
            if (m == NULL)
                m = add_member(w, members, count, key, &rc);
            if (m == NULL)
                return rc;
            if (m->count == SCHEMA_MOST_VIEW)
                return schema_fail(w, ERR_LIMIT, list, "too many schemas are joined");
            m->schemas[m->count++] = key + 1;
        }
    }
    for (size_t i = 0; i < v->count; i++) {
        uint32_t list = json_get(doc, v->nodes[i], "required");
        if (list == JSON_NONE)
            continue;
        if (schema_type(w, list) != JSON_TYPE_ARRAY)
            return schema_wrong(w, list, "a list of strings is needed");
        for (uint32_t name = json_first(doc, list); name != JSON_NONE;
             name = json_next(doc, list, name)) {
            if (schema_type(w, name) != JSON_TYPE_STRING)
                return schema_wrong(w, name, "a string is needed");
            struct member *m = find_member(w, members, *count, name);
            if (m == NULL)
                m = add_member(w, members, count, name, &rc);
            if (m == NULL)
                return rc;
            m->required = true;
        }
    }
    return 0;
}

static int write_member(struct schema_writer *w, struct buf *b, const struct member *m)
{
    int rc = schema_write_string(w, b, m->key);
    if (rc == 0)
        rc = buf_append_str(b, " \":\" ws ");
    if (rc != 0 || m->count == 0)
        return rc != 0 ? rc : buf_append_str(b, "json-value");
    if (m->count == 1)
        return schema_write(w, b, m->schemas[0]);
    struct schema_view v = {.count = 0};
    char rule[64];
    for (size_t i = 0; rc == 0 && i < m->count; i++)
        rc = schema_join(w, &v, m->schemas[i]);
    schema_new_rule(w, rule, sizeof(rule));
    if (rc == 0 && v.count == 0)
        return buf_append_str(b, "json-value");
    return rc != 0 ? rc : schema_write_rule(w, b, &v, rule);
}

struct name {
    const uint8_t *bytes;
    size_t len;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    size_t shorter = x->len < y->len ? x->len : y->len;
    int order = shorter > 0 ? memcmp(x->bytes, y->bytes, shorter) : 0;
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Plain ASCII names go letter by letter; others cannot be told apart from the rest here. */
static bool is_plain(const struct name *name)
{
    for (size_t i = 0; i < name->len; i++)
        if (name->bytes[i] < 0x20 || name->bytes[i] > 0x7e || strchr("\"\\]^-", name->bytes[i]))
            return false;
    return true;
}

/* What may follow the first `at` letters of sorted names that share them, so that it is none. */
static int write_other(struct buf *b, const struct name *names, size_t count, size_t at)
{
    size_t i = 0;
    bool ends = false;
    const char *bar = "";
    int rc = buf_append_str(b, "(");
    struct buf others = BUF_INIT;
    while (i < count && names[i].len == at) {
        ends = true;
        i++;
    }
    while (rc == 0 && i < count) {
        size_t from = i;
        uint8_t letter = names[i].bytes[at];
        while (i < count && names[i].bytes[at] == letter)
            i++;
        rc = buf_printf(b, "%s\"%c\" ", bar, letter);
        if (rc == 0)
            rc = write_other(b, names + from, i - from, at + 1);
        if (rc == 0)
            rc = buf_append(&others, &letter, 1);
        bar = " | ";
    }
    if (rc == 0)
        rc = buf_append_str(b, bar);
    if (rc == 0)
        rc = buf_append_str(b, "[^\"\\\\\\x7F\\x00-\\x1F");
    if (rc == 0)
        rc = buf_append(b, others.data, others.len);
    if (rc == 0)
        rc = buf_append_str(b, "] json-plain*");
    buf_release(&others);
    return rc != 0 ? rc : buf_append_str(b, ends ? ")" : ")?");
}

/* A key that is none of the members': written without escapes, so that it cannot be one in
 * disguise.
 */
static int write_other_key(struct schema_writer *w, struct buf *b, const struct member *members,
                           size_t count, uint32_t where)
{
    enum { MOST_LETTERS = 64 };
    struct name *names = calloc(count + 1, sizeof(*names));
    struct buf *texts = calloc(count + 1, sizeof(*texts));
    int rc = names != NULL && texts != NULL ? 0 : ERR_MEMORY;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = json_decode(w->doc, members[i].key, &texts[i]);
        names[i] = (struct name){texts[i].data, texts[i].len};
        if (rc == 0 && (!is_plain(&names[i]) || names[i].len > MOST_LETTERS))
            rc = schema_cannot(
                w, where,
                "beside additional properties, names of properties may only be short and "
                "of plain letters");
    }
    if (rc == 0) {
        qsort(names, count, sizeof(*names), compare_names);
        rc = buf_append_str(b, "\"\\\"\" ");
    }
    if (rc == 0)
        rc = count > 0 ? write_other(b, names, count, 0) : buf_append_str(b, "json-plain*");
    if (rc == 0)
        rc = buf_append_str(b, " \"\\\"\"");
    for (size_t i = 0; texts != NULL && i < count; i++)
        buf_release(&texts[i]);
    free(texts);
    free(names);
    return rc;
}

/* The rule of one more member that the schema does not name, or none (rule[0] is NUL). */
static int write_additional(struct schema_writer *w, const struct schema_view *v,
                            const struct member *members, size_t count, char *rule, size_t size)
{
    uint32_t more;
    struct buf value = BUF_INIT, body = BUF_INIT;
    rule[0] = '\0';
    int rc = schema_find(w, v, "additionalProperties", &more);
    bool any = more == JSON_NONE && count == 0;
    for (size_t i = 0; rc == 0 && more != JSON_NONE && !schema_is_true(w, more) && i < v->count;
         i++)
        if (json_get(w->doc, v->nodes[i], "properties") != JSON_NONE &&
            json_get(w->doc, v->nodes[i], "additionalProperties") == JSON_NONE)
            rc = schema_cannot(w, more, "joined with a schema that names other properties");
    if (rc != 0 || (more == JSON_NONE && !any) ||
        (!any && schema_type(w, more) == JSON_TYPE_PRIMITIVE && !schema_is_true(w, more)))
        return rc;
    rc = any ? buf_append_str(&value, "json-value") : schema_write(w, &value, more);
    if (rc == 0)
        rc = write_other_key(w, &body, members, count, more);
    schema_new_rule(w, rule, size);
    if (rc == 0)
        rc = buf_printf(w->out, "%s ::= ", rule);
    if (rc == 0)
        rc = buf_append(w->out, body.data, body.len);
    if (rc == 0)
        rc = buf_append_str(w->out, " \":\" ws ");
    if (rc == 0)
        rc = buf_append(w->out, value.data, value.len);
    if (rc == 0)
        rc = buf_append_str(w->out, "\n");
    buf_release(&value);
    buf_release(&body);
    return rc;
}

/*
 * Members in order, from the last to the first: rest-i is what may follow behind the members before
 * i when something stands there already, so that it begins with a comma or is nothing.
 */
static int write_members(struct schema_writer *w, struct buf *b, const struct member *members,
                         size_t count, const char *additional)
{
    char rest[64];
    schema_new_rule(w, rest, sizeof(rest));
    int rc = buf_printf(w->out, "%s-%zu ::= ", rest, count);
    if (rc == 0)
        rc = additional[0] != '\0' ? buf_printf(w->out, "(\",\" ws %s)*", additional)
                                   : buf_append_str(w->out, "\"\"");
    if (rc == 0)
        rc = buf_append_str(w->out, "\n");
    for (size_t i = count; rc == 0 && i-- > 0;) {
        struct buf body = BUF_INIT;
        rc = write_member(w, &body, &members[i]);
        char one[64];
        schema_new_rule(w, one, sizeof(one));
        if (rc == 0)
            rc = buf_printf(w->out, "%s ::= ", one);
        if (rc == 0)
            rc = buf_append(w->out, body.data, body.len);
        if (rc == 0)
            rc = buf_printf(w->out,
                            members[i].required ? "\n%s-%zu ::= \",\" ws %s %s-%zu\n"
                                                : "\n%s-%zu ::= (\",\" ws %s)? %s-%zu\n",
                            rest, i, one, rest, i + 1);
        /* What begins with this member, all before it being left out. */
        if (rc == 0 && (i == 0 || !members[i - 1].required))
            rc = buf_printf(w->out, "%s-first-%zu ::= %s %s-%zu\n", rest, i, one, rest, i + 1);
        buf_release(&body);
    }
    if (rc == 0)
        rc = buf_append_str(b, "(\"{\" ws (");
    const char *bar = "";
    size_t i = 0;
    for (; rc == 0 && i < count; i++) {
        rc = buf_printf(b, "%s%s-first-%zu", bar, rest, i);
        bar = " | ";
        if (members[i].required)
            break;
    }
    bool may_be_empty = i == count;
    if (rc == 0 && may_be_empty && additional[0] != '\0')
        rc = buf_printf(b, "%s%s %s-%zu", bar, additional, rest, count);
    return rc != 0 ? rc : buf_append_str(b, may_be_empty ? ")? ws \"}\")" : ") ws \"}\")");
}

int schema_write_object(struct schema_writer *w, struct buf *b, const struct schema_view *v)
{
    char additional[64];
    size_t count = 0;
    struct member *members = calloc(MOST_MEMBERS, sizeof(*members));
    int rc = members != NULL ? collect_members(w, v, members, &count) : ERR_MEMORY;
    if (rc == 0)
        rc = write_additional(w, v, members, count, additional, sizeof(additional));
    if (rc == 0)
        rc = write_members(w, b, members, count, additional);
    free(members);
    return rc;
}
