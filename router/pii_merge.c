#include <stdlib.h>

#include "router/pii_internal.h"

/*
 * Several recognizers may claim the same bytes. One that explains them plainly better silences the
 * others; claims of about the same strength on exactly the same bytes stay side by side, since a
 * number without a label may really be either.
 */
enum { ACTIVE_MAX = 64 };
static const float NEAR_TIE = 0.2F;

static int compare(const void *left, const void *right)
{
    const struct pii_span *a = left;
    const struct pii_span *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return (a->score < b->score) - (a->score > b->score);
}

static float strength(const struct pii_span *span)
{
    return span->score + (span->validated ? 0.15F : 0) + (span->context != NULL ? 0.1F : 0) +
           (span->placeholder ? 0.15F : 0);
}

static bool contains(const struct pii_span *outer, const struct pii_span *inner)
{
    return outer->start <= inner->start && outer->end >= inner->end;
}

/* Found by its shape, and made of more than words. */
static bool is_number(const struct pii_span *span)
{
    return span->source == PII_SOURCE_RECOGNIZER && span->type != PII_PERSON &&
           span->type != PII_LOCATION && span->type != PII_ORGANIZATION &&
           span->type != PII_STREET_ADDRESS && span->type != PII_NRP && span->type != PII_AGE &&
           span->type != PII_DATE_TIME && span->type != PII_URL && span->type != PII_USERNAME;
}

static bool is_checked(const struct pii_span *span)
{
    return span->validated && is_number(span);
}

/* Which of two overlapping spans goes: 0 none, 1 the first, 2 the second. */
static int loser(const struct pii_span *a, const struct pii_span *b)
{
    float difference = strength(a) - strength(b);
    bool same = a->start == b->start && a->end == b->end;
    if (a->type == b->type) {
        /* Of one type and about one strength, the longer reading has seen more. */
        if (!same && difference > -NEAR_TIE && difference < NEAR_TIE)
            return a->end - a->start >= b->end - b->start ? 2 : 1;
        return difference >= 0 ? 2 : 1;
    }
    if (same) {
        if (difference > NEAR_TIE)
            return 2;
        return difference < -NEAR_TIE ? 1 : 0;
    }
    /* What a check digit says is not undone by a street or a name around it. */
    if ((contains(a, b) && a->source == PII_SOURCE_TAGGER && is_checked(b)) ||
        (contains(b, a) && b->source == PII_SOURCE_TAGGER && is_checked(a)))
        return 0;
    if (contains(a, b) && difference > -NEAR_TIE)
        return 2;
    if (contains(b, a) && difference < NEAR_TIE)
        return 1;
    /* A strong part of a weaker whole (an address book line as one name) leaves both. */
    if (contains(a, b) || contains(b, a))
        return 0;
    /* A number that a name reaches into stays whole: "Handelsregister HRB" 12345. */
    if ((is_number(a) && b->source == PII_SOURCE_TAGGER) ||
        (is_number(b) && a->source == PII_SOURCE_TAGGER))
        return 0;
    return difference >= 0 ? 2 : 1;
}

void pii_merge(struct pii_spans *spans, size_t first)
{
    struct pii_span *items = spans->items;
    if (spans->count - first < 2)
        return;
    qsort(items + first, spans->count - first, sizeof(*items), compare);
    size_t active[ACTIVE_MAX];
    size_t active_count = 0;
    for (size_t i = first; i < spans->count; i++) {
        size_t kept = 0;
        bool dropped = false;
        for (size_t k = 0; k < active_count; k++) {
            struct pii_span *other = &items[active[k]];
            if (other->end <= items[i].start)
                continue;
            int goes = dropped ? 0 : loser(other, &items[i]);
            if (goes == 1) {
                other->score = -1;
                continue;
            }
            dropped = dropped || goes == 2;
            active[kept++] = active[k];
        }
        active_count = kept;
        if (dropped)
            items[i].score = -1;
        else if (active_count < ACTIVE_MAX)
            active[active_count++] = i;
    }
    size_t used = first;
    for (size_t i = first; i < spans->count; i++)
        if (items[i].score >= 0)
            items[used++] = items[i];
    spans->count = used;
}
