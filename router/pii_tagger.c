#include "router/pii_tagger.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_net.h"
#include "router/models/builtin.h"
#include "router/net_room.h"
#include "router/tagger_features.h"
#include "router/utf8_scan.h"
#include "router/weights.h"

enum {
    KINDS = 4,               /* of spans */
    CLASSES = 1 + 2 * KINDS, /* none, then "begins" and "goes on" for each kind */
    WINDOW = 512,            /* tokens run through the net at once */
    MAX_REACH = 64,          /* tokens to each side that a label may depend on */
    BARREN_MAX = 24,         /* numbers and signs in a row that the net is shown */
    STRETCH_MAX = 64,        /* tokens whose labels are chosen together */
};

#define SURELY_NONE 2.0f /* by so much "none" leads where a stretch ends */

static const enum pii_type kind_types[KINDS] = {PII_PERSON, PII_LOCATION, PII_ORGANIZATION,
                                                PII_STREET_ADDRESS};

struct pii_tagger {
    struct engine_net *net;
    size_t reach;
    float bias; /* taken from "none": a name missed costs more than one too many */
    float factor[KINDS], shift[KINDS]; /* calibration */
    char hash[WEIGHTS_HASH_CHARS];
};

/*
 * Tokens between two that are surely no name. Their labels are the likeliest ones of which none
 * goes on with what has not begun (Viterbi's algorithm).
 */
struct stretch {
    struct step {
        struct tagger_token token;
        float logits[CLASSES];
        uint8_t before[CLASSES]; /* the label before, for each label of this token */
    } steps[STRETCH_MAX];
    size_t count;
    float paths[CLASSES]; /* to each label of the last token */
};

/* Tokens of the window; the first `decoded` of them are only there as the left side of the next. */
struct pii_tagger_scratch {
    struct tagger_token tokens[WINDOW];
    uint32_t starts[WINDOW + 1];
    uint32_t ids[WINDOW * TAGGER_MAX_FEATURES];
    float logits[WINDOW * CLASSES];
    size_t count, decoded;
    size_t barren; /* how many numbers and signs came last */
    bool unspaced; /* letters of char_is_unspaced() name nobody */
    struct stretch stretch;
    struct net_room room;
};

/* A span that may still grow. */
struct open_span {
    bool open;
    size_t kind, start, end, tokens;
    double logit; /* sum over its tokens */
};

static int read_settings(struct pii_tagger *tagger, struct err *err)
{
    struct engine_net_info info;
    engine_net_describe(tagger->net, &info);
    size_t calibrations = 0, biases = 0, reaches = 0;
    const float *calibration = engine_net_floats(tagger->net, "tagger.calibration", &calibrations);
    const float *bias = engine_net_floats(tagger->net, "tagger.bias", &biases);
    const float *reach = engine_net_floats(tagger->net, "tagger.reach", &reaches);
    if (info.pooled || info.dense_inputs || info.outputs != CLASSES || calibrations != 2 * KINDS ||
        biases != 1 || reaches != 1 || !(reach[0] >= 0 && reach[0] <= MAX_REACH)) {
        return err_set(err, ERR_UNSUPPORTED, "the tagger's weights are of another kind");
    }
    tagger->reach = (size_t)reach[0];
    tagger->bias = bias[0];
    for (size_t k = 0; k < KINDS; k++) {
        tagger->factor[k] = calibration[2 * k];
        tagger->shift[k] = calibration[2 * k + 1];
    }
    return 0;
}

int pii_tagger_new(struct pii_tagger **out, struct err *err)
{
    *out = NULL;
    struct pii_tagger *tagger = calloc(1, sizeof *tagger);
    if (!tagger) {
        return err_set(err, ERR_MEMORY, "out of memory for the tagger");
    }
    int status =
        weights_open(&tagger->net, tagger->hash, builtin_tagger, builtin_tagger_end, "tagger", err);
    if (status == 0)
        status = read_settings(tagger, err);
    if (status) {
        pii_tagger_free(tagger);
        return status;
    }
    *out = tagger;
    return 0;
}

void pii_tagger_free(struct pii_tagger *tagger)
{
    if (tagger) {
        engine_net_free(tagger->net);
        free(tagger);
    }
}

const char *pii_tagger_hash(const struct pii_tagger *tagger)
{
    return tagger->hash;
}

int pii_tagger_scratch_new(struct pii_tagger_scratch **out, struct err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : err_set(err, ERR_MEMORY, "out of memory for the tagger's scratch");
}

void pii_tagger_scratch_free(struct pii_tagger_scratch *scratch)
{
    if (scratch) {
        net_room_release(&scratch->room);
        explicit_bzero(scratch, sizeof *scratch);
        free(scratch);
    }
}

/* log(P / (1 - P)) that the token belongs to a span of that kind. */
static double logit_of(const float *logits, size_t kind)
{
    double most = logits[0], inside = 0, outside = 0;
    for (size_t c = 1; c < CLASSES; c++) {
        most = logits[c] > most ? logits[c] : most;
    }
    for (size_t c = 0; c < CLASSES; c++) {
        double share = exp(logits[c] - most);
        if (c > 0 && (c - 1) / 2 == kind) {
            inside += share;
        } else {
            outside += share;
        }
    }
    return log(inside + 1e-12) - log(outside + 1e-12);
}

static int close_span(const struct pii_tagger *tagger, struct open_span *span,
                      struct pii_spans *out, struct err *err)
{
    if (!span->open) {
        return 0;
    }
    span->open = false;
    double logit = span->logit / (double)span->tokens;
    double score = 1 / (1 + exp(-(tagger->factor[span->kind] * logit + tagger->shift[span->kind])));
    struct pii_span found = {
        .start = span->start,
        .end = span->end,
        .type = kind_types[span->kind],
        .score = (float)score,
        .source = PII_SOURCE_TAGGER,
        .recognizer = "tagger",
    };
    return pii_spans_add(out, &found, err);
}

/* No name begins with a stop or a bracket, and nobody's with a digit, whatever the label. */
static bool can_begin(const uint8_t *text, const struct tagger_token *token, size_t kind)
{
    uint8_t first = text[token->start];
    return !ispunct(first) && (kind_types[kind] != PII_PERSON || !isdigit(first));
}

static size_t best_of(const float values[CLASSES])
{
    size_t best = 0;
    for (size_t c = 1; c < CLASSES; c++)
        best = values[c] > values[best] ? c : best;
    return best;
}

static bool goes_on(size_t label)
{
    return label > 0 && label % 2 == 0;
}

static void stretch_add(struct stretch *stretch, struct tagger_token token,
                        const float logits[CLASSES], float bias)
{
    struct step *step = &stretch->steps[stretch->count++];
    step->token = token;
    memcpy(step->logits, logits, sizeof step->logits);
    float paths[CLASSES];
    for (size_t c = 0; c < CLASSES; c++)
        paths[c] = stretch->count > 1 ? stretch->paths[c] : c > 0 ? -1e30f : 0;
    size_t best = best_of(paths);
    for (size_t c = 0; c < CLASSES; c++) {
        size_t before = !goes_on(c) ? best : paths[c - 1] >= paths[c] ? c - 1 : c;
        step->before[c] = (uint8_t)before;
        stretch->paths[c] = paths[before] + logits[c] - (c == 0 ? bias : 0);
    }
}

/* One token more with its label. */
static int take_label(const struct pii_tagger *tagger, const uint8_t *text, const struct step *step,
                      size_t label, struct open_span *span, struct pii_spans *out, struct err *err)
{
    size_t kind = (label - 1) / 2;
    bool continued = goes_on(label) && span->open && span->kind == kind;
    if (!continued) {
        int status = close_span(tagger, span, out, err);
        if (status) {
            return status;
        }
        if (label == 0 || !can_begin(text, &step->token, kind)) {
            return 0;
        }
        *span = (struct open_span){.open = true, .kind = kind, .start = step->token.start};
    }
    span->end = step->token.end;
    span->logit += logit_of(step->logits, kind);
    span->tokens++;
    return 0;
}

/* Ends a stretch, if there is one, and reads its labels. */
static int stretch_end(const struct pii_tagger *tagger, struct stretch *stretch,
                       const uint8_t *text, struct open_span *span, struct pii_spans *out,
                       struct err *err)
{
    uint8_t labels[STRETCH_MAX];
    size_t count = stretch->count, label = best_of(stretch->paths);
    int status = 0;
    for (size_t t = count; t-- > 0;) {
        labels[t] = (uint8_t)label;
        label = stretch->steps[t].before[label];
    }
    for (size_t t = 0; t < count && !status; t++)
        status = take_label(tagger, text, &stretch->steps[t], labels[t], span, out, err);
    stretch->count = 0;
    return status;
}

/* Where the letters of an alphabet that a token begins with end, "Smith를". */
static size_t alphabet_end(const uint8_t *text, struct tagger_token token)
{
    size_t end = token.start;
    while (end < token.end) {
        uint32_t point;
        size_t width = utf8_scan(text + end, token.end - end, &point);
        if (char_is_unspaced(point))
            break;
        end += width;
    }
    return end;
}

/* Reads the labels of tokens [from, to) of the window. */
static int decode(const struct pii_tagger *tagger, struct pii_tagger_scratch *scratch,
                  const uint8_t *text, size_t from, size_t to, struct open_span *span,
                  struct pii_spans *out, struct err *err)
{
    int status = 0;
    for (size_t t = from; t < to && !status; t++) {
        const float *logits = scratch->logits + t * CLASSES;
        float most = logits[1];
        for (size_t c = 2; c < CLASSES; c++)
            most = logits[c] > most ? logits[c] : most;
        struct tagger_token token = scratch->tokens[t];
        if (scratch->unspaced)
            token.end = alphabet_end(text, token);
        bool surely_none =
            logits[0] - tagger->bias - most >= SURELY_NONE || token.end == token.start;
        if (surely_none || scratch->stretch.count == STRETCH_MAX)
            status = stretch_end(tagger, &scratch->stretch, text, span, out, err);
        if (surely_none && !status)
            status = close_span(tagger, span, out, err);
        else if (!status)
            stretch_add(&scratch->stretch, token, logits, tagger->bias);
    }
    return status;
}

/*
 * A table of numbers, a row of dashes: no name is in it, and beyond a few tokens it says nothing of
 * the names beside it. Left out, or the densest bytes would cost the most.
 */
static bool is_barren(struct pii_tagger_scratch *scratch, const uint8_t *text,
                      struct tagger_token token)
{
    bool barren = token.end - token.start == 1 || isdigit(text[token.start]);
    scratch->barren = barren ? scratch->barren + 1 : 0;
    return scratch->barren > BARREN_MAX;
}

/* The codes of a word vector come last, if the token has any. */
static void add_meaning(struct pii_tagger_words *words, size_t at, const uint32_t *ids,
                        size_t features)
{
    if (words->count == 0 || ids[features - 1] < TAGGER_CODES)
        return;
    size_t stretch = (size_t)((double)at / words->bytes);
    stretch = stretch < words->count ? stretch : words->count - 1;
    word_meaning_add(&words->stretches[stretch].meaning, ids + features - WORD_CODES, TAGGER_CODES);
}

/* Adds tokens until the window is full; false when the text ended before. */
static bool fill_window(struct pii_tagger_scratch *scratch, const uint8_t *text, size_t len,
                        size_t *position, struct pii_tagger_words *words)
{
    while (scratch->count < WINDOW) {
        size_t n = scratch->count;
        struct tagger_token token;
        if (!tagger_next_token(text, len, position, &token)) {
            return false;
        }
        if (is_barren(scratch, text, token))
            continue;
        size_t previous_end = n > 0 ? scratch->tokens[n - 1].end : 0;
        uint32_t at = scratch->starts[n];
        size_t features = tagger_token_features(text, token, previous_end, scratch->ids + at);
        add_meaning(words, token.start, scratch->ids + at, features);
        scratch->tokens[n] = token;
        scratch->starts[n + 1] = at + (uint32_t)features;
        scratch->count = n + 1;
    }
    return true;
}

/* Forgets all tokens before `first`. */
static void drop_front(struct pii_tagger_scratch *scratch, size_t first)
{
    uint32_t ids = scratch->starts[first];
    size_t left = scratch->count - first;
    memmove(scratch->tokens, scratch->tokens + first, left * sizeof *scratch->tokens);
    memmove(scratch->ids, scratch->ids + ids,
            (scratch->starts[scratch->count] - ids) * sizeof *scratch->ids);
    for (size_t t = 0; t <= left; t++) {
        scratch->starts[t] = scratch->starts[first + t] - ids;
    }
    scratch->count = left;
}

int pii_tagger_run(const struct pii_tagger *tagger, struct pii_tagger_scratch *scratch,
                   const char *text, size_t len, struct pii_tagger_words words, bool unspaced,
                   struct pii_spans *out, struct err *err)
{
    int status = net_room_reserve(&scratch->room, engine_net_scratch(tagger->net, WINDOW),
                                  "tagger's scratch", err);
    const uint8_t *bytes = (const uint8_t *)text;
    size_t position = 0;
    struct open_span span = {0};
    scratch->count = scratch->decoded = scratch->barren = scratch->stretch.count = 0;
    scratch->starts[0] = 0;
    scratch->unspaced = unspaced;
    for (bool more = true; more && !status;) {
        more = fill_window(scratch, bytes, len, &position, &words);
        struct engine_net_input input = {
            .ids = scratch->ids, .starts = scratch->starts, .positions = scratch->count};
        struct engine_error error;
        if (engine_net_run(tagger->net, &input, scratch->room.bytes, scratch->room.size,
                           scratch->logits, &error)) {
            return err_set(err, ERR_BAD_STATE, "the tagger: %s", error.text);
        }
        /* A label counts once all tokens that it depends on are in the window. */
        size_t last = more ? scratch->count - tagger->reach : scratch->count;
        status = decode(tagger, scratch, bytes, scratch->decoded, last, &span, out, err);
        if (more && !status) {
            drop_front(scratch, last - tagger->reach);
            scratch->decoded = tagger->reach;
        }
    }
    if (!status)
        status = stretch_end(tagger, &scratch->stretch, bytes, &span, out, err);
    return status ? status : close_span(tagger, &span, out, err);
}
