#include "router/complexity.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_net.h"
#include "router/complexity_features.h"
#include "router/models/builtin.h"
#include "router/weights.h"

enum {
    FAMILIES = 4, /* maths, exam knowledge, code, open-ended: a gate and a gain for each */
    SEEN_PER_FLOAT = 16,
};

struct complexity_scorer {
    struct engine_net *net;
    float sharpness;    /* of the mean over segments: the hardest one counts most */
    const float *tiers; /* where MEDIUM, COMPLEX and REASONING begin */
    const float *seen;  /* bits of the words known from training, 16 to a float */
    char hash[WEIGHTS_HASH_CHARS];
};

struct complexity_scratch {
    struct complexity_features features;
    void *net_scratch;
    size_t net_scratch_size;
};

/* Sums over the segments of a conversation. */
struct tally {
    double score, weight;
    double unknown, words;
};

static int read_settings(struct complexity_scorer *scorer, struct err *err)
{
    struct engine_net_info info;
    engine_net_describe(scorer->net, &info);
    size_t sharpnesses = 0, tiers = 0, seen = 0;
    const float *sharpness = engine_net_floats(scorer->net, "complexity.sharpness", &sharpnesses);
    scorer->tiers = engine_net_floats(scorer->net, "complexity.tiers", &tiers);
    scorer->seen = engine_net_floats(scorer->net, "complexity.seen", &seen);
    if (info.pooled || info.outputs != 2 * FAMILIES || info.dense_inputs != COMPLEXITY_DENSE ||
        sharpnesses != 1 || tiers != TIER_COUNT - 1 ||
        seen != COMPLEXITY_SEEN_BITS / SEEN_PER_FLOAT) {
        return err_set(err, ERR_UNSUPPORTED, "the complexity weights are of another kind");
    }
    scorer->sharpness = sharpness[0];
    return 0;
}

int complexity_scorer_new(struct complexity_scorer **out, struct err *err)
{
    *out = NULL;
    struct complexity_scorer *scorer = calloc(1, sizeof *scorer);
    if (!scorer) {
        return err_set(err, ERR_MEMORY, "out of memory for the complexity scorer");
    }
    int status = weights_open(&scorer->net, scorer->hash, builtin_complexity,
                              builtin_complexity_end, "complexity score", err);
    if (status == 0)
        status = read_settings(scorer, err);
    if (status) {
        complexity_scorer_free(scorer);
        return status;
    }
    *out = scorer;
    return 0;
}

void complexity_scorer_free(struct complexity_scorer *scorer)
{
    if (scorer) {
        engine_net_free(scorer->net);
        free(scorer);
    }
}

const char *complexity_scorer_hash(const struct complexity_scorer *scorer)
{
    return scorer->hash;
}

int complexity_scratch_new(struct complexity_scratch **out, struct err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : err_set(err, ERR_MEMORY, "out of memory for the complexity scratch");
}

void complexity_scratch_free(struct complexity_scratch *scratch)
{
    if (scratch) {
        if (scratch->net_scratch) {
            explicit_bzero(scratch->net_scratch, scratch->net_scratch_size);
            free(scratch->net_scratch);
        }
        explicit_bzero(scratch, sizeof *scratch);
        free(scratch);
    }
}

static int reserve_net_scratch(const struct complexity_scorer *scorer,
                               struct complexity_scratch *scratch, struct err *err)
{
    size_t size = engine_net_scratch(scorer->net, 1);
    if (scratch->net_scratch_size >= size) {
        return 0;
    }
    free(scratch->net_scratch); /* only this function allocates it, and only once per net */
    scratch->net_scratch = malloc(size);
    scratch->net_scratch_size = scratch->net_scratch ? size : 0;
    return scratch->net_scratch
               ? 0
               : err_set(err, ERR_MEMORY, "out of memory for the complexity scratch");
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The expected gain, over the families that the segment may belong to. */
static double score_of(const float *outputs)
{
    double most = outputs[0], total = 0, score = 0;
    for (size_t f = 1; f < FAMILIES; f++) {
        most = outputs[f] > most ? outputs[f] : most;
    }
    for (size_t f = 0; f < FAMILIES; f++) {
        double share = exp(outputs[f] - most);
        total += share;
        score += share * sigmoid(outputs[FAMILIES + f]);
    }
    return score / total;
}

static void count_unknown(const struct complexity_scorer *scorer,
                          const struct complexity_features *features, double weight,
                          struct tally *tally)
{
    size_t unknown = 0;
    for (size_t w = 0; w < features->word_count; w++) {
        uint32_t bit = features->words[w];
        uint32_t bits = (uint32_t)scorer->seen[bit / SEEN_PER_FLOAT];
        unknown += !(bits >> bit % SEEN_PER_FLOAT & 1);
    }
    tally->unknown += weight * (double)unknown;
    tally->words += weight * (double)features->word_count;
}

static int score_text(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                      struct content text, double weight, struct tally *tally, struct err *err)
{
    const uint8_t *bytes = content_bytes(text);
    size_t len = content_len(text), position = 0;
    struct complexity_segment segment;
    while (complexity_next_segment(bytes, len, &position, &segment)) {
        struct complexity_features *features = &scratch->features;
        complexity_features_of(bytes, segment, features);
        const uint32_t starts[2] = {0, (uint32_t)features->id_count};
        struct engine_net_input input = {
            .ids = features->ids, .starts = starts, .dense = features->dense, .positions = 1};
        float outputs[2 * FAMILIES];
        struct engine_error error;
        if (engine_net_run(scorer->net, &input, scratch->net_scratch, scratch->net_scratch_size,
                           outputs, &error)) {
            return err_set(err, ERR_BAD_STATE, "the complexity net: %s", error.text);
        }
        double score = score_of(outputs);
        double mass = fmin(1.0, (double)(features->word_count + 1) / 8);
        double share = weight * mass * exp(scorer->sharpness * score);
        tally->score += share * score;
        tally->weight += share;
        count_unknown(scorer, features, weight, tally);
    }
    return 0;
}

/*
 * How much a turn counts: the last thing the user said is what is asked for; what came before says
 * what it is about ("and why?" alone says nothing, and so weighs little).
 */
static double turn_weight(enum complexity_role role, size_t user_turns_later)
{
    if (role == COMPLEXITY_USER) {
        return user_turns_later == 0 ? 1.0 : 0.3 * pow(0.6, (double)(user_turns_later - 1));
    }
    if (role == COMPLEXITY_SYSTEM) {
        return 0.05;
    }
    return 0.05 * pow(0.6, (double)user_turns_later);
}

/* What the request says beside its text: long answers and tools ask for the stronger model. */
static double adjusted(double score, const struct complexity_input *input)
{
    double odds = score / (1 - score);
    if (input->tools) {
        odds *= 1.35;
    }
    if (input->max_tokens >= 4096) {
        odds *= 1.15;
    } else if (input->max_tokens > 0 && input->max_tokens <= 16) {
        odds *= 0.85;
    }
    return odds / (1 + odds);
}

int complexity_score(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                     const struct complexity_input *input, struct complexity_facts *out,
                     struct err *err)
{
    *out = (struct complexity_facts){.tier = TIER_SIMPLE};
    int status = reserve_net_scratch(scorer, scratch, err);
    struct tally tally = {0};
    size_t user_turns_later = 0;
    for (size_t i = input->turn_count; i-- > 0 && !status;) {
        const struct complexity_turn *turn = &input->turns[i];
        double weight = turn_weight(turn->role, user_turns_later);
        /* Past a few turns back nothing would change; a long history is not worth the time. */
        if (weight >= 0.004 || turn->role == COMPLEXITY_SYSTEM) {
            status = score_text(scorer, scratch, turn->text, weight, &tally, err);
        }
        user_turns_later += turn->role == COMPLEXITY_USER;
    }
    if (status) {
        return status;
    }
    double score = tally.weight > 0 ? tally.score / tally.weight : 0;
    if (score > 0) {
        score = adjusted(score, input);
    }
    out->score = (float)score;
    for (size_t t = 0; t + 1 < TIER_COUNT; t++) {
        if (out->score >= scorer->tiers[t]) {
            out->tier = (enum complexity_tier)(t + 1);
        }
    }
    out->unfamiliar = tally.words > 0 ? (float)(tally.unknown / tally.words) : 0.0f;
    return 0;
}
