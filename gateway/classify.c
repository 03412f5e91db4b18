#include "gateway/classify.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/base/log.h"
#include "gateway/classify_cache.h"
#include "router/pii.h"

struct classifiers {
    struct pii_scanner *pii;
    struct complexity_scorer *complexity;
};

struct classify_scratch {
    struct pii_scratch *pii;
    struct complexity_scratch *complexity;
    struct pii_spans spans;
    struct pii_spans joint_spans;
    struct buf joint; /* the end of one turn and the beginning of the next */
    struct classify_cache *cache;
    struct complexity_turn *turns; /* views of the request's texts; valid during one call */
    size_t turn_cap;
};

int classifiers_new(struct classifiers **out, struct err *err)
{
    *out = NULL;
    struct classifiers *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = pii_scanner_new(&c->pii, err);
    if (rc == 0)
        rc = complexity_scorer_new(&c->complexity, err);
    if (rc != 0) {
        classifiers_free(c);
        return rc;
    }
    *out = c;
    return 0;
}

void classifiers_free(struct classifiers *classifiers)
{
    if (classifiers == NULL)
        return;
    if (classifiers->pii != NULL)
        pii_scanner_free(classifiers->pii);
    if (classifiers->complexity != NULL)
        complexity_scorer_free(classifiers->complexity);
    free(classifiers);
}

const char *classifiers_pii_hash(const struct classifiers *classifiers)
{
    return pii_scanner_hash(classifiers->pii);
}

const char *classifiers_complexity_hash(const struct classifiers *classifiers)
{
    return complexity_scorer_hash(classifiers->complexity);
}

int classify_scratch_new(size_t cache_texts, struct classify_scratch **out, struct err *err)
{
    *out = NULL;
    struct classify_scratch *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = pii_scratch_new(&s->pii, err);
    if (rc == 0)
        rc = complexity_scratch_new(&s->complexity, err);
    if (rc == 0)
        rc = classify_cache_new(cache_texts, &s->cache, err);
    if (rc != 0) {
        classify_scratch_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void classify_scratch_free(struct classify_scratch *scratch)
{
    if (scratch == NULL)
        return;
    if (scratch->pii != NULL)
        pii_scratch_free(scratch->pii);
    if (scratch->complexity != NULL)
        complexity_scratch_free(scratch->complexity);
    pii_spans_release(&scratch->spans);
    pii_spans_release(&scratch->joint_spans);
    buf_release(&scratch->joint);
    classify_cache_free(scratch->cache);
    free(scratch->turns);
    free(scratch);
}

static uint64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint32_t since_us(uint64_t start)
{
    uint64_t us = clock_us() - start;
    return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

size_t classify_input_bytes(const struct classify_input *input)
{
    size_t bytes = 0;
    for (size_t i = 0; i < input->text_count; i++)
        bytes += content_len(input->texts[i].text);
    return bytes;
}

void classify_none(struct facts *facts, enum unclassified reason)
{
    facts->unclassified = reason;
    facts->pii = (struct pii_facts){.sensitive = 0};
    facts->complexity = (struct complexity_facts){.score = 0};
}

static bool told_to_stop(const struct classify_input *input)
{
    return input->stop != NULL && atomic_load_explicit(input->stop, memory_order_relaxed);
}

void classify_spans_release(struct classify_spans *spans)
{
    free(spans->items);
    *spans = (struct classify_spans){.items = NULL};
}

/* Keeps the places of the entities that the caller asked for. */
static int collect_spans(const struct classify_input *input, size_t text,
                         const struct pii_spans *found)
{
    enum { SPANS_AT_MOST = 1 << 16 };
    struct classify_spans *out = input->spans;
    for (size_t i = 0; i < found->count; i++) {
        const struct pii_span *span = &found->items[i];
        const struct classify_text *of = &input->texts[text];
        if (!pii_set_has(input->wanted, span->type) ||
            (of->to != 0 && (span->start < of->from || span->start >= of->to)))
            continue;
        if (out->count == out->cap) {
            size_t cap = out->cap != 0 ? out->cap * 2 : 16;
            struct classify_span *items =
                out->count < SPANS_AT_MOST ? reallocarray(out->items, cap, sizeof(*items)) : NULL;
            if (items == NULL)
                return out->count < SPANS_AT_MOST ? ERR_MEMORY : ERR_LIMIT;
            out->items = items;
            out->cap = cap;
        }
        out->items[out->count++] = (struct classify_span){.text = (uint32_t)text,
                                                          .type = span->type,
                                                          .score = span->score,
                                                          .start = span->start,
                                                          .end = span->end};
    }
    return 0;
}

/* ---- one text, and where it meets the one before it ---- */

enum { JOINT_BYTES = 160 };

static bool is_inside_character(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The end of a turn that the next one is read beside: whole words where there are some. */
static struct content end_of(struct content text)
{
    const uint8_t *bytes = content_bytes(text);
    size_t len = content_len(text);
    size_t start = len > JOINT_BYTES ? len - JOINT_BYTES : 0;
    const uint8_t *space = start != 0 ? memchr(bytes + start, ' ', len - start) : NULL;
    if (space != NULL)
        start = (size_t)(space - bytes) + 1;
    while (start < len && is_inside_character(bytes[start]))
        start++;
    return content_of(bytes + start, len - start);
}

static bool is_known(const struct pii_spans *spans, const struct pii_span *span)
{
    for (size_t i = 0; i < spans->count; i++)
        if (spans->items[i].type == span->type && spans->items[i].start < span->end &&
            span->start < spans->items[i].end)
            return true;
    return false;
}

/*
 * Takes over what only the two together show. The facts of the joint count then as a text of their
 * own: something was found, so that counting a name in it twice does no harm.
 */
static int take_joint_spans(struct classify_scratch *scratch, size_t boundary, size_t head,
                            bool whole, const struct pii_facts *joint, struct pii_facts *facts)
{
    struct err err;
    bool any = false;
    for (size_t i = 0; i < scratch->joint_spans.count; i++) {
        struct pii_span span = scratch->joint_spans.items[i];
        if (span.end <= boundary)
            continue;
        span.start = span.start > boundary ? span.start - boundary : 0;
        span.end -= boundary;
        /* One that the cut ends may be another one in the whole text. */
        if ((span.end == head && !whole) || is_known(&scratch->spans, &span))
            continue;
        if (pii_spans_add(&scratch->spans, &span, &err) != 0)
            return ERR_MEMORY;
        any = true;
    }
    if (any)
        pii_facts_merge(facts, joint);
    return 0;
}

static int by_start(const void *one, const void *two)
{
    const struct pii_span *a = one, *b = two;
    return (a->start > b->start) - (a->start < b->start);
}

static int scan_joint(const struct classifiers *classifiers, struct classify_scratch *scratch,
                      struct content before, struct content text, struct pii_facts *facts)
{
    const uint8_t *bytes = content_bytes(text);
    size_t head = content_len(text) < JOINT_BYTES ? content_len(text) : JOINT_BYTES;
    struct pii_facts joint = {.sensitive = 0};
    struct err err;
    while (head < content_len(text) && head > 0 && is_inside_character(bytes[head]))
        head--;
    buf_clear(&scratch->joint);
    scratch->joint_spans.count = 0;
    if (buf_append(&scratch->joint, content_bytes(before), content_len(before)) != 0 ||
        buf_append(&scratch->joint, "\n", 1) != 0 || buf_append(&scratch->joint, bytes, head) != 0)
        return ERR_MEMORY;
    int rc = pii_scan(classifiers->pii, scratch->pii,
                      content_of(scratch->joint.data, scratch->joint.len), &scratch->joint_spans,
                      &joint, &err);
    size_t own = scratch->spans.count;
    if (rc == 0)
        rc = take_joint_spans(scratch, content_len(before) + 1, head, head == content_len(text),
                              &joint, facts);
    if (rc == 0 && scratch->spans.count > own)
        qsort(scratch->spans.items, scratch->spans.count, sizeof(*scratch->spans.items), by_start);
    return rc;
}

/* Fills scratch->spans and *facts, from the cache where it has them. */
static int scan_text(const struct classifiers *classifiers, struct classify_scratch *scratch,
                     struct content before, struct content text, bool once, struct pii_facts *facts,
                     struct classify_times *times)
{
    struct classify_cache_key key;
    struct err err;
    bool keep = !once && classify_cache_key_of(scratch->cache, text, before, &key);
    if (keep && classify_cache_get(scratch->cache, &key, &scratch->spans, facts)) {
        times->cache_hits++;
        return 0;
    }
    times->cache_misses += keep;
    scratch->spans.count = 0;
    *facts = (struct pii_facts){.sensitive = 0};
    int rc = pii_scan(classifiers->pii, scratch->pii, text, &scratch->spans, facts, &err);
    if (rc == 0 && content_len(before) != 0)
        rc = scan_joint(classifiers, scratch, before, text, facts);
    if (rc == 0 && keep)
        classify_cache_put(scratch->cache, &key, &scratch->spans, facts);
    return rc;
}

static enum unclassified scan_all(const struct classifiers *classifiers,
                                  struct classify_scratch *scratch,
                                  const struct classify_input *input, struct pii_facts *facts,
                                  struct classify_times *times)
{
    struct content before = content_of("", 0);
    for (size_t i = 0; i < input->text_count; i++) {
        const struct classify_text *text = &input->texts[i];
        struct pii_facts found;
        if (told_to_stop(input))
            return UNCLASSIFIED_TIMEOUT;
        int rc = scan_text(classifiers, scratch, text->turn ? before : content_of("", 0),
                           text->text, input->once, &found, times);
        if (rc == 0 && input->wanted != NULL)
            rc = collect_spans(input, i, &scratch->spans);
        if (rc != 0) {
            LOG(LOG_LEVEL_ERROR, "pii_scan_failed", LOG_NUMBER("code", rc));
            return UNCLASSIFIED_ERROR;
        }
        pii_facts_merge(facts, &found);
        if (text->turn)
            before = end_of(text->text);
    }
    return UNCLASSIFIED_NONE;
}

int classify_reply(const struct classifiers *classifiers, struct classify_scratch *scratch,
                   struct content text, const struct pii_span **spans, size_t *count)
{
    struct pii_facts facts = {.sensitive = 0};
    struct err err;
    scratch->spans.count = 0;
    int rc = pii_scan(classifiers->pii, scratch->pii, text, &scratch->spans, &facts, &err);
    *spans = scratch->spans.items;
    *count = scratch->spans.count;
    return rc;
}

static int collect_turns(struct classify_scratch *scratch, const struct classify_input *input,
                         size_t *count)
{
    if (input->text_count > scratch->turn_cap) {
        struct complexity_turn *turns =
            reallocarray(scratch->turns, input->text_count, sizeof(*turns));
        if (turns == NULL)
            return ERR_MEMORY;
        scratch->turns = turns;
        scratch->turn_cap = input->text_count;
    }
    *count = 0;
    for (size_t i = 0; i < input->text_count; i++)
        if (input->texts[i].turn)
            scratch->turns[(*count)++] =
                (struct complexity_turn){.role = input->texts[i].role,
                                         .goes_on = input->texts[i].goes_on,
                                         .text = input->texts[i].text};
    return 0;
}

static enum unclassified score(const struct classifiers *classifiers,
                               struct classify_scratch *scratch, const struct classify_input *input,
                               struct complexity_facts *facts)
{
    struct err err = {.code = ERR_NONE};
    struct complexity_input conversation = {.max_tokens = input->max_tokens,
                                            .tools = input->tools,
                                            .attachments = input->unscannable,
                                            .effort = input->effort,
                                            .model = input->model,
                                            .sketch_key =
                                                input->sketch ? &input->sketch_key : NULL};
    if (told_to_stop(input))
        return UNCLASSIFIED_TIMEOUT;
    int rc = collect_turns(scratch, input, &conversation.turn_count);
    conversation.turns = scratch->turns;
    if (rc == 0)
        rc = complexity_score(classifiers->complexity, scratch->complexity, &conversation, facts,
                              &err);
    if (rc != 0) {
        LOG(LOG_LEVEL_ERROR, "complexity_score_failed", LOG_NUMBER("code", rc));
        return UNCLASSIFIED_ERROR;
    }
    return UNCLASSIFIED_NONE;
}

void classify_request(const struct classifiers *classifiers, struct classify_scratch *scratch,
                      const struct classify_input *input, struct facts *facts,
                      struct classify_times *times)
{
    struct classify_times spent = {.pii_us = 0};
    classify_none(facts, UNCLASSIFIED_NONE);
    facts->text_bytes = classify_input_bytes(input);
    enum unclassified pii = UNCLASSIFIED_OFF, complexity = UNCLASSIFIED_NONE;
    if (!input->skip_pii) {
        uint64_t start = clock_us();
        pii = scan_all(classifiers, scratch, input, &facts->pii, &spent);
        spent.pii_us = since_us(start);
    }
    if (!input->skip_complexity) {
        uint64_t start = clock_us();
        complexity = score(classifiers, scratch, input, &facts->complexity);
        spent.complexity_us = since_us(start);
    }
    /* OFF is the operator's word and the only one that does not make a request sensitive: whatever
     * else happened comes before it. */
    if (pii != UNCLASSIFIED_NONE && pii != UNCLASSIFIED_OFF)
        facts->unclassified = pii;
    else if (complexity != UNCLASSIFIED_NONE)
        facts->unclassified = complexity;
    else if (input->unscannable)
        facts->unclassified = UNCLASSIFIED_UNSCANNABLE;
    else
        facts->unclassified = pii;
    if (times != NULL)
        *times = spent;
}
