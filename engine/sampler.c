#include "engine/sampler.h"

#include "engine/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, MOST_BIASES = 4096 };

/* splitmix64 spreads the seed over xoshiro256**'s state. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* In [0, 1). */
static double next_random(struct sampler *s)
{
    uint64_t *x = s->state, result = rotate(x[1] * 5, 7) * 9, t = x[1] << 17;
    x[2] ^= x[0];
    x[3] ^= x[1];
    x[1] ^= x[2];
    x[0] ^= x[3];
    x[2] ^= t;
    x[3] = rotate(x[3], 45);
    return (double)(result >> 11) * 0x1p-53;
}

/* ---- settings ---- */

static bool is_share(float value)
{
    return value >= 0 && value <= 1;
}

static int check(const struct engine_sampling *in, uint32_t vocab_size, struct engine_error *error)
{
    bool fine = in->temperature >= 0 && isfinite(in->temperature) && is_share(in->top_p) &&
                is_share(in->min_p) && is_share(in->typical_p) && in->repetition_penalty >= 0 &&
                isfinite(in->repetition_penalty) && isfinite(in->presence_penalty) &&
                isfinite(in->frequency_penalty) && in->bias_count <= MOST_BIASES &&
                in->logprobs <= ENGINE_MOST_LOGPROBS;
    for (size_t i = 0; fine && i < in->bias_count; i++)
        fine = in->bias[i].token >= 0 && (uint32_t)in->bias[i].token < vocab_size &&
               isfinite(in->bias[i].bias);
    return fine ? 0
                : engine_fail(error, ENGINE_ERR_ARGUMENT, "the sampling settings are out of range");
}

static bool repeats_cost(const struct engine_sampling *s)
{
    return s->repetition_penalty > 0 && s->repetition_penalty != 1;
}

static void wipe_free(void *data, size_t size)
{
    if (data != NULL)
        explicit_bzero(data, size);
    free(data);
}

/* False: no memory. */
static bool note_seen(struct sampler *s, int32_t token, bool said)
{
    uint32_t *place = &s->places[token];
    if (*place == 0) {
        if (s->seen_count == s->seen_cap) {
            size_t cap = s->seen_cap > 0 ? 2 * s->seen_cap : 64;
            struct sampler_seen *seen = malloc(cap * sizeof(*seen));
            if (seen == NULL)
                return false;
            if (s->seen_count > 0)
                memcpy(seen, s->seen, s->seen_count * sizeof(*seen));
            wipe_free(s->seen, s->seen_cap * sizeof(*seen));
            s->seen = seen;
            s->seen_cap = cap;
        }
        s->seen[s->seen_count++] = (struct sampler_seen){.id = token};
        *place = (uint32_t)s->seen_count;
    }
    s->seen[*place - 1].said += said;
    return true;
}

int sampler_init(struct sampler *s, const struct engine_sampling *settings, uint32_t vocab_size,
                 const int32_t *prompt, size_t prompt_count, struct engine_error *error)
{
    *s = (struct sampler){.settings = *settings, .vocab_size = vocab_size};
    s->settings.bias = NULL;
    int status = check(settings, vocab_size, error);
    if (status != 0)
        return status;
    uint64_t seed = settings->seed;
    for (int i = 0; i < 4; i++)
        s->state[i] = spread(&seed);
    bool fine = true;
    if (settings->bias_count > 0) {
        s->biases = calloc(settings->bias_count, sizeof(*s->biases));
        fine = s->biases != NULL;
        for (size_t i = 0; fine && i < settings->bias_count; i++)
            s->biases[i] = (struct sampler_bias){.id = settings->bias[i].token,
                                                 .bias = settings->bias[i].bias};
        s->bias_count = fine ? settings->bias_count : 0;
    }
    bool repeats = repeats_cost(settings);
    if (repeats || settings->presence_penalty != 0 || settings->frequency_penalty != 0) {
        s->places = calloc(vocab_size, sizeof(*s->places));
        fine = fine && s->places != NULL;
    }
    for (size_t i = 0; fine && repeats && i < prompt_count; i++)
        fine = note_seen(s, prompt[i], false);
    if (settings->logprobs > 0) {
        s->logprobs = calloc(settings->logprobs, sizeof(*s->logprobs));
        fine = fine && s->logprobs != NULL;
    }
    return fine ? 0 : engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
}

int sampler_constrain(struct sampler *s, const struct vocab *vocab, const struct trie *trie,
                      struct engine_error *error)
{
    return grammar_match_new(&s->match, s->settings.grammar, vocab, trie, error);
}

void sampler_release(struct sampler *s)
{
    grammar_match_free(s->match);
    wipe_free(s->places, s->vocab_size * sizeof(*s->places));
    wipe_free(s->seen, s->seen_cap * sizeof(*s->seen));
    wipe_free(s->biases, s->bias_count * sizeof(*s->biases));
    wipe_free(s->logprobs, s->settings.logprobs * sizeof(*s->logprobs));
    *s = (struct sampler){0};
}

/* ---- bias and penalties: applied for the choice, then taken back ---- */

static void adjust(struct sampler *s, float *logits)
{
    const struct engine_sampling *set = &s->settings;
    for (size_t i = 0; i < s->bias_count; i++) {
        float *logit = &logits[s->biases[i].id];
        s->biases[i].raw = *logit;
        *logit += s->biases[i].bias;
    }
    for (size_t i = 0; i < s->seen_count; i++) {
        struct sampler_seen *seen = &s->seen[i];
        float *logit = &logits[seen->id];
        seen->raw = *logit;
        if (repeats_cost(set))
            *logit =
                *logit > 0 ? *logit / set->repetition_penalty : *logit * set->repetition_penalty;
        if (seen->said > 0)
            *logit -= set->presence_penalty + set->frequency_penalty * (float)seen->said;
    }
}

static void set_back(const struct sampler *s, float *logits)
{
    for (size_t i = s->seen_count; i-- > 0;)
        logits[s->seen[i].id] = s->seen[i].raw;
    for (size_t i = s->bias_count; i-- > 0;)
        logits[s->biases[i].id] = s->biases[i].raw;
}

/* ---- looking through a vocabulary ---- */

/* The greatest value; NaN never is. In lanes, so that the compiler makes vectors of it. */
static float peak_of(const float *x, size_t n)
{
    enum { LANES = 16 };
    float lanes[LANES], peak = -INFINITY;
    size_t i = 0;
    for (size_t j = 0; j < LANES; j++)
        lanes[j] = -INFINITY;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; j++)
            lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
    }
    for (size_t j = 0; j < LANES; j++)
        peak = lanes[j] > peak ? lanes[j] : peak;
    for (; i < n; i++)
        peak = x[i] > peak ? x[i] : peak;
    return peak;
}

/* The first block from `at` on that holds a value of at least `least`; n: none does. */
static size_t next_block(const float *x, size_t n, size_t at, float least)
{
    while (at < n && !(peak_of(x + at, n - at < BLOCK ? n - at : BLOCK) >= least))
        at += BLOCK;
    return at < n ? at : n;
}

static size_t block_end(size_t at, size_t n)
{
    return n - at < BLOCK ? n : at + BLOCK;
}

int32_t sampler_best(const float *logits, size_t n)
{
    float peak = peak_of(logits, n);
    if (!isfinite(peak))
        return -1;
    size_t at = next_block(logits, n, 0, peak);
    while (at < n && logits[at] != peak)
        at++;
    return at < n ? (int32_t)at : -1;
}

static bool is_in(const uint64_t *mask, size_t token)
{
    return mask == NULL || (mask[token / 64] >> token % 64 & 1) != 0;
}

/* The same among the tokens of a mask. */
static int32_t best_in(const float *logits, size_t n, const uint64_t *mask)
{
    int32_t best = -1;
    for (size_t word = 0; word < (n + 63) / 64; word++) {
        for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1) {
            size_t i = 64 * word + (size_t)__builtin_ctzll(bits);
            if (isfinite(logits[i]) && (best < 0 || logits[i] > logits[best]))
                best = (int32_t)i;
        }
    }
    return best;
}

/*
 * e^x of at most BLOCK values up to 0, to a few units in the last place: 2^n by the exponent's bits
 * and the rest by a polynomial. Without a call or a branch the compiler makes vectors of it. NaN
 * and what is below -80 become e^-80.
 */
static void exp_block(const float *x, size_t n, float offset, float scale, float *out)
{
    for (size_t i = 0; i < n; i++) {
        float y = (x[i] - offset) * scale;
        y = y > -80 ? y : -80;
        float t = y * 1.44269504f;
        int32_t whole = (int32_t)(t - 0.5f); /* towards 0, of a negative number: rounded */
        float r = (y - (float)whole * 0.693145752f) - (float)whole * 1.42860677e-6f;
        float e =
            1 +
            r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666642f + r * (0.00833345205f +
                                                                               r * 0.00138889f)))));
        union {
            float value;
            int32_t bits;
        } u = {.value = e};
        u.bits += whole * (1 << 23);
        out[i] = u.value;
    }
}

/*
 * The sum of e^((x - offset) * scale) over a vocabulary, or those in the mask. sums (may be NULL)
 * gets each block's.
 */
static double exp_total(const float *x, size_t n, float offset, float scale, const uint64_t *mask,
                        struct sampler_candidate *sums)
{
    enum { LANES = 8 };
    double total = 0;
    for (size_t at = 0; at < n; at = block_end(at, n)) {
        float values[BLOCK] = {0}, lanes[LANES] = {0}, sum = 0;
        size_t count = block_end(at, n) - at;
        exp_block(x + at, count, offset, scale, values);
        for (size_t i = 0; mask != NULL && i < BLOCK; i++)
            values[i] = (mask[at / BLOCK] >> i & 1) != 0 ? values[i] : 0;
        for (size_t i = 0; i < BLOCK; i += LANES) {
            for (size_t j = 0; j < LANES; j++)
                lanes[j] += values[i + j];
        }
        for (size_t j = 0; j < LANES; j++)
            sum += lanes[j];
        if (sums != NULL)
            sums[at / BLOCK].probability = sum;
        total += (double)sum;
    }
    return total;
}

/* ---- log-probabilities ---- */

static double log_total(const float *logits, size_t n, float peak)
{
    return (double)peak + log(exp_total(logits, n, peak, 1, NULL, NULL));
}

/* The likeliest tokens in order, of equals the first; out[0] is left for the chosen one. */
static void find_likeliest(const float *logits, size_t n, struct engine_logprob *out, size_t count)
{
    size_t have = 1;
    float least = -INFINITY;
    for (size_t at = 0; count > 1 && (at = next_block(logits, n, at, least)) < n;
         at = block_end(at, n)) {
        for (size_t i = at; i < block_end(at, n); i++) {
            if (!(logits[i] > least) && !(have < count && logits[i] >= least))
                continue;
            size_t place = have < count ? have++ : count - 1;
            for (; place > 1 && out[place - 1].logprob < logits[i]; place--)
                out[place] = out[place - 1];
            out[place] = (struct engine_logprob){.token = (int32_t)i, .logprob = logits[i]};
            least = have == count ? out[count - 1].logprob : -INFINITY;
        }
    }
    for (; have < count; have++)
        out[have] = (struct engine_logprob){.token = -1};
}

static void report(struct sampler *s, const float *logits, int32_t chosen)
{
    size_t n = s->vocab_size, count = s->settings.logprobs;
    double total = log_total(logits, n, peak_of(logits, n));
    find_likeliest(logits, n, s->logprobs, count);
    s->logprobs[0] = (struct engine_logprob){.token = chosen, .logprob = logits[chosen]};
    for (size_t i = 0; i < count; i++) {
        if (s->logprobs[i].token >= 0)
            s->logprobs[i].logprob = (float)((double)s->logprobs[i].logprob - total);
    }
}

/* ---- keeping some of the candidates ---- */

static void swap(struct sampler_candidate *a, struct sampler_candidate *b)
{
    float key = a->list_key, weight = a->list_weight;
    a->list_key = b->list_key;
    a->list_weight = b->list_weight;
    b->list_key = key;
    b->list_weight = weight;
}

static float middle_key(const struct sampler_candidate *c, size_t n)
{
    float a = c[0].list_key, b = c[n / 2].list_key, z = c[n - 1].list_key;
    float low = a < b ? a : b, high = a < b ? b : a;
    return z < low ? low : z > high ? high : z;
}

/*
 * The key of the last candidate that is kept when those with the greatest keys are until their
 * weights reach `enough`; *before is the weight of those with greater keys. A quickselect.
 */
static float last_key(struct sampler_candidate *c, size_t count, double enough, double *before)
{
    size_t low = 0, high = count;
    *before = 0;
    for (;;) {
        float pivot = middle_key(c + low, high - low);
        size_t greater = low, at = low, less = high;
        double sum = 0, same = 0;
        while (at < less) {
            if (c[at].list_key > pivot) {
                sum += (double)c[at].list_weight;
                swap(&c[at++], &c[greater++]);
            } else if (c[at].list_key < pivot) {
                swap(&c[at], &c[--less]);
            } else {
                same += (double)c[at++].list_weight;
            }
        }
        if (greater > low && *before + sum >= enough) {
            high = greater;
            continue;
        }
        *before += sum;
        if (*before + same >= enough || less == high)
            return pivot;
        *before += same;
        low = less;
    }
}

/*
 * Keep the candidates with the greatest keys until `enough` of them, or of their probability, is
 * kept; of equal keys the first ones. They stay in the order of their ids, so that a draw does not
 * depend on how the selection went about it.
 */
static size_t keep(struct sampler_candidate *c, size_t count, double enough, bool by_count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        c[i].list_key = c[i].key;
        c[i].list_weight = by_count ? 1 : c[i].probability;
    }
    float last = last_key(c, count, enough, &sum);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool equal = c[i].key == last;
        if (c[i].key < last || (equal && sum >= enough))
            continue;
        if (equal)
            sum += by_count ? 1 : (double)c[i].probability;
        c[kept].id = c[i].id;
        c[kept].key = c[i].key;
        c[kept++].probability = c[i].probability;
    }
    return kept;
}

static double total_of(const struct sampler_candidate *c, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += (double)c[i].probability;
    return total;
}

/* Typical sampling: first those whose surprise is nearest to what is expected. */
static size_t keep_typical(struct sampler_candidate *c, size_t count, float share)
{
    double total = total_of(c, count), expected = 0;
    for (size_t i = 0; i < count; i++) {
        double p = (double)c[i].probability / total;
        c[i].key = p > 0 ? (float)-log(p) : INFINITY;
        expected += p > 0 ? p * (double)c[i].key : 0;
    }
    for (size_t i = 0; i < count; i++)
        c[i].key = -fabsf(c[i].key - (float)expected);
    return keep(c, count, (double)share * total, false);
}

static bool cuts(float share)
{
    return share > 0 && share < 1;
}

/* ---- drawing ---- */

static size_t collect(const struct sampler *s, const float *logits, float least,
                      const uint64_t *mask, struct sampler_candidate *out)
{
    size_t n = s->vocab_size, count = 0;
    for (size_t at = 0; (at = next_block(logits, n, at, least)) < n; at = block_end(at, n)) {
        for (size_t i = at; i < block_end(at, n); i++) {
            if (logits[i] >= least && is_in(mask, i)) {
                out[count].id = (int32_t)i;
                out[count++].key = logits[i];
            }
        }
    }
    return count;
}

static void find_probabilities(struct sampler_candidate *c, size_t count, float best, float scale)
{
    for (size_t i = 0; i < count; i++)
        c[i].probability = expf((c[i].key - best) * scale);
}

/*
 * The tokens that the settings leave. What lies so far below the best that its probability is below
 * 1e-9 is left out at once; and since the few best are mostly all that top-k and top-p leave, the
 * rest is collected only when these were not enough.
 */
static size_t gather(const struct sampler *s, const float *logits, float best, const uint64_t *mask,
                     struct sampler_candidate *out)
{
    const struct engine_sampling *set = &s->settings;
    float scale = 1 / set->temperature, deepest = 20;
    if (set->min_p > 0)
        deepest = fminf(deepest, -logf(set->min_p));
    bool by_share = cuts(set->top_p), alone = set->top_k == 0 && !cuts(set->typical_p);
    alone = alone && set->min_p == 0;
    double share = set->top_p;
    double enough =
        by_share && alone ? share * exp_total(logits, s->vocab_size, best, scale, mask, NULL) : 0;
    for (float depth = alone || set->top_k > 0 ? 5 : deepest;; depth *= 2) {
        bool last = depth >= deepest;
        depth = last ? deepest : depth;
        size_t count = collect(s, logits, best - depth * set->temperature, mask, out);
        if (set->top_k > 0 && count < set->top_k && !last)
            continue;
        if (set->top_k > 0 && count > set->top_k)
            count = keep(out, count, set->top_k, true);
        find_probabilities(out, count, best, scale);
        double total = total_of(out, count);
        if (alone && total < enough && !last)
            continue;
        if (cuts(set->typical_p))
            count = keep_typical(out, count, set->typical_p);
        if (!by_share)
            return count;
        for (size_t i = 0; i < count; i++)
            out[i].key = out[i].probability;
        return keep(out, count, alone ? enough : share * total_of(out, count), false);
    }
}

/* One of all tokens by their probability alone, block by block. */
static int32_t draw_from_all(struct sampler *s, const float *logits, float best,
                             const uint64_t *mask, struct sampler_candidate *scratch)
{
    size_t n = s->vocab_size, at = 0;
    float scale = 1 / s->settings.temperature, values[BLOCK];
    double left = next_random(s) * exp_total(logits, n, best, scale, mask, scratch);
    int32_t chosen = -1;
    for (; at + BLOCK < n && left >= (double)scratch[at / BLOCK].probability; at += BLOCK)
        left -= (double)scratch[at / BLOCK].probability;
    /* Rounding may leave the draw behind the last token of the block, which is then taken. */
    exp_block(logits + at, block_end(at, n) - at, best, scale, values);
    for (size_t i = at; i < block_end(at, n) && (chosen < 0 || left >= 0); i++) {
        if (!is_in(mask, i) || !(logits[i] > -INFINITY))
            continue;
        left -= (double)values[i - at];
        chosen = (int32_t)i;
    }
    return chosen;
}

static int32_t draw(struct sampler *s, const struct sampler_candidate *c, size_t count)
{
    double left = next_random(s) * total_of(c, count);
    size_t at = 0;
    while (at + 1 < count && (left -= (double)c[at].probability) >= 0)
        at++;
    return c[at].id;
}

/* mask: NULL for all tokens. */
static int32_t choose(struct sampler *s, const float *logits, const uint64_t *mask,
                      struct sampler_candidate *scratch)
{
    const struct engine_sampling *set = &s->settings;
    size_t n = s->vocab_size;
    int32_t best = mask != NULL ? best_in(logits, n, mask) : sampler_best(logits, n);
    if (best < 0 || set->temperature == 0)
        return best;
    if (set->top_k == 0 && set->min_p == 0 && !cuts(set->top_p) && !cuts(set->typical_p)) {
        int32_t drawn = draw_from_all(s, logits, logits[best], mask, scratch);
        return drawn >= 0 ? drawn : best;
    }
    return draw(s, scratch, gather(s, logits, logits[best], mask, scratch));
}

/*
 * As if there were no grammar; only if what comes of it is not allowed, the mask is made, and the
 * choice made again under it. A mask is dear where its state is new, and mostly a model knows what
 * it is about. Without cuts this draws by the very odds of the allowed tokens among themselves.
 */
static int32_t choose_in_grammar(struct sampler *s, const float *logits,
                                 struct sampler_candidate *scratch)
{
    if (!grammar_match_begin(s->match))
        return -1;
    int32_t chosen = choose(s, logits, NULL, scratch);
    if (chosen >= 0 && grammar_match_allows(s->match, chosen))
        return chosen;
    const uint64_t *mask = grammar_match_mask(s->match);
    return mask != NULL ? choose(s, logits, mask, scratch) : -1;
}

int32_t sampler_choose(struct sampler *s, float *logits, struct sampler_candidate *scratch)
{
    adjust(s, logits);
    int32_t chosen =
        s->match != NULL ? choose_in_grammar(s, logits, scratch) : choose(s, logits, NULL, scratch);
    set_back(s, logits);
    if (chosen < 0 || (s->places != NULL && !note_seen(s, chosen, true)))
        return -1;
    if (s->match != NULL)
        grammar_match_accept(s->match, chosen);
    if (s->settings.logprobs > 0)
        report(s, logits, chosen);
    return chosen;
}

bool sampler_ended(const struct sampler *s)
{
    return s->match != NULL && grammar_match_ended(s->match);
}
