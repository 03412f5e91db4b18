/*
 * Any body, any spans: what comes out decodes as the body did, and with the values put back every
 * text of it is what it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/redaction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const struct policy *redact_all(void)
{
    static const struct policy_target targets[] = {{"cloud", PLACEMENT_CLOUD}};
    static const char text[] = "pii: {entities: {all: redact}}\ndefault: {route: cloud}\n";
    static struct policy *policy;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree;
    if (policy != NULL)
        return policy;
    require(yaml_tree_parse(&tree, "p.yaml", text, sizeof(text) - 1, 0, &problems) == 0);
    require(policy_compile(&policy, tree, targets, 1, &problems) == 0);
    yaml_tree_free(tree);
    return policy;
}

/* Places that the seed chooses, in order. */
static void choose_spans(const struct chat_request *q, uint32_t seed, struct classify_spans *out)
{
    enum { MOST = 64 };
    out->items = calloc(MOST, sizeof(*out->items));
    require(out->items != NULL);
    for (size_t text = 0; text < q->text_count; text++) {
        size_t len = content_len(q->texts[text].text), at = 0;
        while (out->count < MOST) {
            seed = seed * 1664525u + 1013904223u;
            size_t start = at + (seed >> 8) % 24, end = start + 1 + (seed >> 16) % 12;
            if (end > len)
                break;
            out->items[out->count++] = (struct classify_span){.text = (uint32_t)text,
                                                              .type = PII_PERSON,
                                                              .score = 0.9f,
                                                              .start = start,
                                                              .end = end};
            at = (seed & 1) != 0 ? end : start; /* some overlap */
        }
    }
}

static void compare(const struct redaction *r, struct content before, struct content after)
{
    struct buf out = BUF_INIT;
    struct redact_held held = {.len = 0};
    require(redact_restore(&r->map, &held, after, true, false, &out, NULL) == 0);
    require(out.len == content_len(before) &&
            memcmp(out.data, content_bytes(before), out.len) == 0);
    buf_release(&out);
}

static void check_edited(const struct redaction *r, const struct chat_request *q)
{
    struct buf edited = BUF_INIT;
    struct chat_request again;
    struct chat_problem problem;
    require(redaction_write(r, q, NULL, &edited) == 0);
    require(chat_request_decode(&again, content_of(edited.data, edited.len), &problem) == 0);
    for (size_t i = 0; i < q->text_count && q->texts[i].turn; i++) {
        require(i < again.text_count && again.texts[i].turn);
        compare(r, q->texts[i].text, again.texts[i].text);
    }
    chat_request_release(&again);
    buf_release(&edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chat_request q;
    struct chat_problem problem;
    struct classify_spans spans = {.items = NULL};
    struct redaction *redaction;
    uint32_t seed;
    if (size < sizeof(seed))
        return 0;
    memcpy(&seed, data, sizeof(seed));
    if (chat_request_decode(&q, content_of(data + sizeof(seed), size - sizeof(seed)), &problem) !=
        0)
        return 0;
    choose_spans(&q, seed, &spans);
    if (redaction_new(&redaction, &q, &spans, redact_all(), 0, NULL) == DECISION_REDACTION_DONE)
        check_edited(redaction, &q);
    redaction_free(redaction);
    classify_spans_release(&spans);
    chat_request_release(&q);
    return 0;
}
