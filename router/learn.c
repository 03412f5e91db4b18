#include "router/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "router/hash_mix.h"

enum {
    SKETCH_WORD_BITS = 64,
    PARAMETERS = SKETCH_BUCKETS + SKETCH_DENSE + 2, /* and offset, slope */
    AT_DENSE = SKETCH_BUCKETS,
    AT_OFFSET = AT_DENSE + SKETCH_DENSE,
    AT_SLOPE,
    STEPS = 200,
    FOLDS = 3,
    FOLDED_AT_MOST = 4000, /* outcomes that the choice of strength looks at */
    INT8_MOST = 127,
    SEED_LEVEL = 0x88,     /* beside those of complexity_features.c */
    STRUCTURE_LEVELS = 12, /* between 0 and 1 */
};
static const double BUCKET_WEIGHT = 3, DENSE_WEIGHT = 0.3, DENSE_LEVELS = 64;
static const double OUTPUT_WEIGHT = 0.25, OUTPUT_LEVELS = 32;

/* ---- sketches ---- */

static uint32_t bucket_of(const struct learn_key *key, uint32_t id)
{
    uint64_t hash = (id + key->word[0]) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ hash >> 32) * (key->word[1] | 1);
    return (uint32_t)((hash ^ hash >> 29) * UINT64_C(0xBF58476D1CE4E5B9) >> 52);
}

_Static_assert(SKETCH_BUCKETS == 1 << 12, "bucket_of() gives 12 bits");

static void set_bucket(struct complexity_sketch *sketch, const struct learn_key *key, uint32_t id)
{
    uint32_t bucket = bucket_of(key, id);
    uint64_t bit = UINT64_C(1) << bucket % SKETCH_WORD_BITS;
    uint64_t *word = &sketch->bits[bucket / SKETCH_WORD_BITS];
    sketch->count = (uint16_t)(sketch->count + ((*word & bit) == 0));
    *word |= bit;
}

/* Each level of a structural number is a feature as well: a line through them need not be straight.
 */
static uint32_t level_id(size_t number, float value)
{
    uint32_t level =
        (uint32_t)fmin(fmax((double)value, 0) * STRUCTURE_LEVELS, 2 * STRUCTURE_LEVELS);
    return hash_finish(hash_mix(hash_mix(SEED_LEVEL, (uint32_t)number), level));
}

static int8_t level_of(float value, double levels)
{
    return (int8_t)lrint(fmin(fmax((double)value * levels, -INT8_MOST), INT8_MOST));
}

void sketch_add(struct complexity_sketch *sketch, const struct learn_key *key,
                const struct complexity_features *features, const float *outputs)
{
    bool first = sketch->count == 0; /* of a request's segments; of others the most counts */
    for (size_t i = 0; i < features->id_count; i++)
        set_bucket(sketch, key, features->ids[i]);
    for (size_t i = 0; i < SKETCH_STRUCTURE; i++)
        set_bucket(sketch, key, level_id(i, features->dense[i]));
    for (size_t i = 0; i < SKETCH_DENSE; i++) {
        int8_t level = i < SKETCH_STRUCTURE
                           ? level_of(features->dense[i], DENSE_LEVELS)
                           : level_of(outputs[i - SKETCH_STRUCTURE], OUTPUT_LEVELS);
        sketch->dense[i] = first || level > sketch->dense[i] ? level : sketch->dense[i];
    }
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double logit(double p)
{
    double kept = fmin(fmax(p, 1e-4), 1 - 1e-4);
    return log(kept / (1 - kept));
}

/* The value of each set bucket: the same length for short and long texts. */
static double bucket_value(const struct complexity_sketch *sketch)
{
    return sketch->count != 0 ? BUCKET_WEIGHT / sqrt((double)sketch->count) : 0;
}

static double dense_value(const struct complexity_sketch *sketch, size_t i)
{
    if (i >= SKETCH_STRUCTURE)
        return (double)sketch->dense[i] / OUTPUT_LEVELS * OUTPUT_WEIGHT;
    return ((double)sketch->dense[i] / DENSE_LEVELS - 0.4) * DENSE_WEIGHT * 3;
}

float correction_apply(const struct correction *correction, const struct complexity_sketch *sketch,
                       float score)
{
    int32_t sum = 0;
    double dense = 0;
    if (sketch->count == 0)
        return score; /* nothing was read, so nothing is known */
    for (size_t w = 0; w < SKETCH_BUCKETS / SKETCH_WORD_BITS; w++)
        for (uint64_t bits = sketch->bits[w]; bits != 0; bits &= bits - 1)
            sum += correction->buckets[w * SKETCH_WORD_BITS + (size_t)__builtin_ctzll(bits)];
    for (size_t i = 0; i < SKETCH_DENSE; i++)
        dense += dense_value(sketch, i) * correction->dense[i];
    return (float)sigmoid((double)correction->slope * logit((double)score) +
                          (double)correction->offset +
                          (double)correction->bucket_scale * sum * bucket_value(sketch) +
                          (double)correction->dense_scale * dense);
}

/* ---- fitting: logistic regression, held towards the shipped score ---- */

/* Outcomes that belong to a fold, or all but those. */
struct part {
    const struct outcome *const *outcomes;
    size_t count;
    size_t fold; /* left out; FOLDS: none */
};

static bool belongs(const struct part *part, size_t i)
{
    return i % FOLDS != part->fold;
}

static double predict(const double *w, const struct outcome *o)
{
    const struct complexity_sketch *s = &o->sketch;
    double value = bucket_value(s), sum = 0;
    for (size_t k = 0; k < SKETCH_BUCKETS / SKETCH_WORD_BITS; k++)
        for (uint64_t bits = s->bits[k]; bits != 0; bits &= bits - 1)
            sum += w[k * SKETCH_WORD_BITS + (size_t)__builtin_ctzll(bits)];
    sum *= value;
    for (size_t i = 0; i < SKETCH_DENSE; i++)
        sum += w[AT_DENSE + i] * dense_value(s, i);
    return sum + w[AT_OFFSET] + (1 + w[AT_SLOPE]) * logit((double)o->score);
}

static void add_gradient(double *g, const struct outcome *o, double error)
{
    const struct complexity_sketch *s = &o->sketch;
    double value = bucket_value(s) * error;
    for (size_t k = 0; k < SKETCH_BUCKETS / SKETCH_WORD_BITS; k++)
        for (uint64_t bits = s->bits[k]; bits != 0; bits &= bits - 1)
            g[k * SKETCH_WORD_BITS + (size_t)__builtin_ctzll(bits)] += value;
    for (size_t i = 0; i < SKETCH_DENSE; i++)
        g[AT_DENSE + i] += dense_value(s, i) * error;
    g[AT_OFFSET] += error;
    g[AT_SLOPE] += logit((double)o->score) * error;
}

/* Accelerated gradient descent; scratch has room for two more sets of parameters. */
static void descend(double *w, double *scratch, const struct part *part, double strength)
{
    double *ahead = scratch, *gradient = scratch + PARAMETERS;
    size_t count = 0;
    for (size_t i = 0; i < part->count; i++)
        count += belongs(part, i);
    /* No input is longer than this; the curvature of the loss is at most a quarter of it. */
    double longest =
        BUCKET_WEIGHT * BUCKET_WEIGHT + SKETCH_STRUCTURE * 0.4 + SKETCH_OUTPUTS + 1 + 6;
    double step = 1 / (0.25 * longest * (double)count + strength);
    memset(w, 0, PARAMETERS * sizeof(*w));
    memset(ahead, 0, PARAMETERS * sizeof(*ahead));
    for (int at = 1; at <= STEPS; at++) {
        memset(gradient, 0, PARAMETERS * sizeof(*gradient));
        for (size_t i = 0; i < part->count; i++)
            if (belongs(part, i))
                add_gradient(gradient, part->outcomes[i],
                             sigmoid(predict(ahead, part->outcomes[i])) -
                                 (double)part->outcomes[i]->needed);
        double momentum = (double)at / (at + 3);
        for (size_t p = 0; p < PARAMETERS; p++) {
            double held = p == AT_OFFSET ? 0 : strength;
            double next = ahead[p] - step * (gradient[p] + held * ahead[p]);
            ahead[p] = next + momentum * (next - w[p]);
            w[p] = next;
        }
    }
}

static double log_loss(double probability, double needed)
{
    double p = fmin(fmax(probability, 1e-6), 1 - 1e-6);
    return -(needed * log(p) + (1 - needed) * log(1 - p));
}

static double left_out_loss(double *w, double *scratch, struct part part, double strength)
{
    double loss = 0;
    for (part.fold = 0; part.fold < FOLDS; part.fold++) {
        descend(w, scratch, &part, strength);
        for (size_t i = 0; i < part.count; i++)
            if (!belongs(&part, i))
                loss += log_loss(sigmoid(predict(w, part.outcomes[i])),
                                 (double)part.outcomes[i]->needed);
    }
    return loss;
}

/* Small whole numbers and a scale for them. */
static float quantise(const double *w, size_t count, int8_t *out)
{
    double most = 1e-9;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(w[i]));
    for (size_t i = 0; i < count; i++)
        out[i] = (int8_t)lrint(w[i] / most * INT8_MOST);
    return (float)(most / INT8_MOST);
}

int learn_fit(struct correction *out, const struct outcome *const *outcomes, size_t count,
              struct err *err)
{
    static const double strengths[] = {5, 15, 45, 150};
    double *w = calloc(3 * PARAMETERS, sizeof(*w));
    if (w == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    double *scratch = w + PARAMETERS;
    struct part part = {.outcomes = outcomes,
                        .count = count < FOLDED_AT_MOST ? count : FOLDED_AT_MOST};
    double best = strengths[0], least = INFINITY;
    for (size_t i = 0; i < sizeof(strengths) / sizeof(strengths[0]); i++) {
        double loss = left_out_loss(w, scratch, part, strengths[i]);
        if (loss < least) {
            least = loss;
            best = strengths[i];
        }
    }
    part.count = count;
    part.fold = FOLDS;
    descend(w, scratch, &part, best);
    out->bucket_scale = quantise(w, SKETCH_BUCKETS, out->buckets);
    out->dense_scale = quantise(w + AT_DENSE, SKETCH_DENSE, out->dense);
    out->offset = (float)w[AT_OFFSET];
    out->slope = (float)(1 + w[AT_SLOPE]);
    free(w);
    return 0;
}

/* ---- measuring ---- */

struct pair {
    double score, needed;
};

static int by_score_falling(const void *a, const void *b)
{
    double x = ((const struct pair *)a)->score, y = ((const struct pair *)b)->score;
    return x < y ? 1 : (x > y ? -1 : 0);
}

/* Ten shares of requests sent away, from 5 to 95 %: how much of the gain they recover. */
static double apgr_of(const struct pair *pairs, size_t count, double total)
{
    double area = 0, recovered = 0;
    size_t at = 0;
    for (int share = 5; share < 100; share += 10) {
        double target = (double)share / 100 * (double)count;
        while ((double)(at + 1) <= target)
            recovered += pairs[at++].needed;
        double part = at < count ? (target - (double)at) * pairs[at].needed : 0;
        area += (recovered + part) / total / 10;
    }
    return area;
}

/* The chance that a needed one has the higher score; fractions count as parts of both kinds. */
static double auc_of(const struct pair *pairs, size_t count, double needed)
{
    double above = 0, good = 0, ties = 0;
    for (size_t i = 0; i < count;) {
        double tied_needed = 0, tied_not = 0;
        size_t from = i;
        for (; i < count && !(pairs[i].score < pairs[from].score); i++) {
            tied_needed += pairs[i].needed;
            tied_not += 1 - pairs[i].needed;
        }
        good += above * tied_not;
        ties += tied_needed * tied_not;
        above += tied_needed;
    }
    double others = (double)count - needed;
    return (good + ties / 2) / (needed * others);
}

int learn_measure(struct learn_quality *out, const struct outcome *const *outcomes,
                  const float *scores, size_t count, struct err *err)
{
    enum { BINS = 10 };
    double sums[BINS] = {0}, wanted[BINS] = {0}, needed = 0;
    struct pair *pairs = calloc(count + 1, sizeof(*pairs));
    *out = (struct learn_quality){.loss = 0};
    if (pairs == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){(double)scores[i], (double)outcomes[i]->needed};
        size_t bin = (size_t)fmin(fmax(pairs[i].score, 0) * BINS, BINS - 1);
        sums[bin] += pairs[i].score;
        wanted[bin] += pairs[i].needed;
        needed += pairs[i].needed;
        out->loss += log_loss(pairs[i].score, pairs[i].needed) / (double)count;
    }
    for (size_t b = 0; b < BINS; b++)
        out->ece += fabs(sums[b] - wanted[b]) / (double)count;
    if (needed > 0 && needed < (double)count) {
        qsort(pairs, count, sizeof(*pairs), by_score_falling);
        out->apgr = apgr_of(pairs, count, needed);
        out->auc = auc_of(pairs, count, needed);
    }
    free(pairs);
    return 0;
}
