#include "router/pii_internal.h"

#include <math.h>

/* A topic phrase counts less in a long text, where it may stand by chance. */
static const float TOPIC_BYTES = 6000.0F;
static const float TOPIC_SCALE = 3.5F;

void pii_evidence_phrase(struct pii_run *run, size_t at, unsigned signal, float weight)
{
    struct pii_evidence *stretch = &run->stretches[at / PII_STRETCH];
    if (signal < PII_TOPIC_COUNT)
        stretch->topic[signal] += weight;
    else
        stretch->cue[signal - PII_TOPIC_COUNT] += weight;
}

static float greater(float a, float b)
{
    return a > b ? a : b;
}

void pii_evidence_sum(struct pii_evidence *into, const struct pii_evidence *more)
{
    into->bytes += more->bytes;
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        into->topic[i] += more->topic[i];
    for (int i = 0; i < PII_CUE_KINDS; i++)
        into->cue[i] += more->cue[i];
    for (int i = 0; i < PII_FORMS; i++)
        into->form[i] += more->form[i];
    word_meaning_sum(&into->meaning, &more->meaning);
    into->people += more->people;
    into->initials += more->initials;
    into->places += more->places;
    into->organizations += more->organizations;
    into->dates += more->dates;
    into->ages += more->ages;
    into->addresses += more->addresses;
    into->handles += more->handles;
    into->nations += more->nations;
    into->titles += more->titles;
    into->person = greater(into->person, more->person);
    into->age = greater(into->age, more->age);
}

/*
 * Scores add up as the number of spans that are to be expected. "My job has failed since yesterday"
 * tells of somebody no less than "my son": what was found by that alone says nothing more here.
 */
static void add_span(struct pii_evidence *stretch, const struct pii_span *span)
{
    if (pii_told_found(span))
        return;
    switch (span->type) {
    case PII_PERSON:
        if (span->placeholder)
            break;
        if (span->source == PII_SOURCE_RECOGNIZER && !pii_east_found(span))
            stretch->initials += span->score;
        stretch->people += span->score;
        stretch->person = greater(stretch->person, span->score);
        break;
    case PII_LOCATION:
    case PII_UK_POSTCODE:
    case PII_POSTAL_CODE:
        stretch->places += span->score;
        break;
    case PII_ORGANIZATION:
        stretch->organizations += span->score;
        break;
    case PII_DATE_TIME:
    case PII_DATE_OF_BIRTH:
        stretch->dates += span->score;
        break;
    case PII_AGE:
        stretch->ages += span->score;
        stretch->age = greater(stretch->age, span->score);
        break;
    case PII_STREET_ADDRESS:
        stretch->addresses += span->placeholder ? 0 : span->score;
        break;
    case PII_USERNAME:
    case PII_URL:
    case PII_IP_ADDRESS:
        stretch->handles += span->score;
        break;
    case PII_NRP:
        stretch->nations += span->score;
        break;
    case PII_TITLE:
        stretch->titles += span->score;
        break;
    default:
        break;
    }
}

/* ---- the shape of a text, whatever its words ---- */

/* Bytes that count by themselves. */
#define SIGN 1 + PII_FORM_SIGNS
static const uint8_t forms[256] = {
    ['?'] = 1 + PII_FORM_QUESTIONS,
    ['"'] = 1 + PII_FORM_QUOTES,
    ['\n'] = 1 + PII_FORM_LINES,
    ['{'] = SIGN,
    ['}'] = SIGN,
    ['['] = SIGN,
    [']'] = SIGN,
    ['('] = SIGN,
    [')'] = SIGN,
    [';'] = SIGN,
    ['='] = SIGN,
    ['<'] = SIGN,
    ['>'] = SIGN,
    ['_'] = SIGN,
    ['|'] = SIGN,
    ['\\'] = SIGN,
    ['^'] = SIGN,
    ['$'] = SIGN,
    ['#'] = SIGN,
    ['*'] = SIGN,
    ['+'] = SIGN,
};
#undef SIGN

/* "A. ", "B) ", "(C) ": an answer to choose. */
static bool is_option(const struct pii_run *run, size_t at, bool first)
{
    char c = pii_at(run, at);
    char after = pii_at(run, at + 1);
    return c >= 'A' && c <= 'J' && (after == ')' || (after == '.' && first)) &&
           (first || pii_before(run, at) == '(') && pii_at(run, at + 2) == ' ';
}

static void add_form(struct pii_evidence *stretch, const struct pii_run *run, size_t at, size_t end)
{
    enum { LABEL_BYTES = 28 };
    size_t line = at;
    for (; at < end; at++) {
        char c = run->text[at];
        uint8_t form = forms[(uint8_t)c];
        if (form != 0)
            stretch->form[form - 1]++;
        if (c == '\n')
            line = at + 1;
        else if (pii_is(run, at, PII_DIGIT))
            stretch->form[PII_FORM_NUMBERS] += at == 0 || !pii_is(run, at - 1, PII_DIGIT);
        else if (c == ':' && at - line < LABEL_BYTES && at > line)
            stretch->form[PII_FORM_LABELS]++;
        else if (is_option(run, at, at == line))
            stretch->form[PII_FORM_OPTIONS]++;
    }
}

/* Does a text end by asking? */
static bool asks(const struct pii_run *run)
{
    size_t end = run->len;
    while (end > 0 && pii_is(run, end - 1, PII_SPACE))
        end--;
    return end > 0 && run->text[end - 1] == '?';
}

static float noisy_or(float a, float b)
{
    return 1 - (1 - a) * (1 - b);
}

static void count_span(struct pii_facts *facts, const struct pii_span *span)
{
    if (facts->count[span->type] < UINT16_MAX)
        facts->count[span->type]++;
    if (span->validated && facts->validated[span->type] < UINT16_MAX)
        facts->validated[span->type]++;
    facts->best_score[span->type] = greater(facts->best_score[span->type], span->score);
    /* A check that holds makes a modest score of its pattern certain enough. */
    float score = span->validated && span->score < 0.97F ? 0.97F : span->score;
    facts->identifying = noisy_or(facts->identifying, pii_verdict_identifies(span) * score);
}

void pii_evidence_add(struct pii_facts *facts, const struct pii_run *run,
                      const struct pii_span *spans, size_t count, size_t len)
{
    struct pii_evidence *stretches = run->stretches;
    size_t last = run->stretch_count - 1;
    float scale = (float)len / (float)(run->len > 0 ? run->len : 1);
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)((float)spans[i].start / scale) / PII_STRETCH;
        add_span(&stretches[at < last ? at : last], &spans[i]);
        count_span(facts, &spans[i]);
    }
    struct pii_evidence all = {0};
    for (size_t i = 0; i <= last; i++) {
        size_t end = i < last ? (i + 1) * PII_STRETCH : run->len;
        stretches[i].bytes = (float)(end - i * PII_STRETCH);
        add_form(&stretches[i], run, i * PII_STRETCH, end);
        stretches[i].form[PII_FORM_ASKS] = i == last && asks(run);
        pii_evidence_sum(&all, &stretches[i]);
        struct pii_evidence pair = stretches[i];
        if (i > 0)
            pii_evidence_sum(&pair, &stretches[i - 1]);
        if (i > 0 || last == 0)
            facts->alone = greater(facts->alone, pii_verdict_private(&pair));
    }
    for (int i = 0; i < PII_TOPIC_COUNT; i++) {
        float dense = all.topic[i] / (1 + (float)len / TOPIC_BYTES);
        facts->topic[i] = noisy_or(facts->topic[i], 1 - expf(-dense / TOPIC_SCALE));
    }
    pii_evidence_sum(&facts->evidence, &all);
    pii_verdict_settle(facts);
}

static uint16_t add_saturating(uint16_t a, uint16_t b)
{
    return a > UINT16_MAX - b ? UINT16_MAX : (uint16_t)(a + b);
}

void pii_facts_merge(struct pii_facts *into, const struct pii_facts *more)
{
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        into->count[i] = add_saturating(into->count[i], more->count[i]);
        into->validated[i] = add_saturating(into->validated[i], more->validated[i]);
        into->best_score[i] = greater(into->best_score[i], more->best_score[i]);
    }
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        into->topic[i] = noisy_or(into->topic[i], more->topic[i]);
    into->identifying = noisy_or(into->identifying, more->identifying);
    into->alone = greater(into->alone, more->alone);
    pii_evidence_sum(&into->evidence, &more->evidence);
    pii_verdict_settle(into);
}
