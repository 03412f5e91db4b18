#include "router/complexity.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/engine_net.h"
#include "router/complexity_cues.h"
#include "router/complexity_features.h"
#include "router/language.h"
#include "router/models/builtin.h"
#include "router/net_room.h"
#include "router/weights.h"
#include "router/word_codes.h"

enum {
    FAMILIES = 4, /* maths, exam knowledge, code, open-ended */
    /* What the net says of a segment: for each family a gate, "the weak model fails" and "the
     * strong one succeeds". */
    AT_GATE = 0,
    AT_FAILS = FAMILIES,
    AT_STRONG = 2 * FAMILIES,
    OUTPUTS = 3 * FAMILIES,
    EXAM = 1,        /* the family that subjects belong to */
    FEW_OPTIONS = 4, /* of an exam question; between the two a share of both */
    MANY_OPTIONS = 8,
    /* What the other net says: tasks, domains, subjects of examinations. */
    SUBJECTS = 62,
    AT_DOMAINS = TASK_COUNT,
    AT_SUBJECTS = AT_DOMAINS + DOMAIN_COUNT,
    KINDS = AT_SUBJECTS + SUBJECTS,
    SEEN_PER_FLOAT = 16,
    FEW_WORDS = 12, /* among which a pronoun stands for what was said before */
};

_Static_assert((int)OUTPUTS == SKETCH_OUTPUTS, "a sketch holds what the net says");

struct complexity_scorer {
    struct engine_net *net;
    struct engine_net *kinds;      /* what is asked for, and about what */
    uint32_t kind_buckets;         /* of its hashed features; the rows of the words' codes follow */
    const float *subject_odds;     /* of a gain, by subject */
    const float *outcome_odds;     /* likewise, where there are many options to choose from */
    const float *exam;             /* factors of the net's odds and of the subject's, and an offset:
                                      with few options, then with many */
    float sharpness;               /* of the mean over segments: the hardest one counts most */
    const float *slopes, *middles; /* by family: how the odds grow with the words' logarithm below
                                      the middle, then above it */
    const float *calibration;      /* of the odds, by family: factors, then offsets */
    const float *seen;             /* bits of the words known from training, 16 to a float */
    struct complexity_cue_index cues;
    char hash[WEIGHTS_HASH_CHARS];
};

struct complexity_scratch {
    struct complexity_features features;
    uint32_t kind_ids[COMPLEXITY_MAX_IDS + COMPLEXITY_MAX_CODES];
    struct net_room room;
};

/* Sums over the segments of a conversation. */
struct tally {
    double score, weight;
    double said_score, said_weight, most_asking; /* of one message, while it is read */
    double unknown, words;
    double tasks[TASK_COUNT], domains[DOMAIN_COUNT];
    size_t asked_words;              /* of the last thing that the user said */
    struct complexity_cues cues;     /* likewise, where it asks for something */
    struct complexity_sketch sketch; /* likewise */
};

static int read_settings(struct complexity_scorer *scorer, struct err *err)
{
    const float *sharpness = NULL;
    const struct {
        const char *name;
        const float **values;
        size_t count;
    } settings[] = {{"complexity.sharpness", &sharpness, 1},
                    {"complexity.slopes", &scorer->slopes, 2 * FAMILIES},
                    {"complexity.middles", &scorer->middles, FAMILIES},
                    {"complexity.exam", &scorer->exam, 6},
                    {"complexity.calibration", &scorer->calibration, 2 * FAMILIES},
                    {"complexity.seen", &scorer->seen, COMPLEXITY_SEEN_BITS / SEEN_PER_FLOAT}};
    struct engine_net_info info;
    engine_net_describe(scorer->net, &info);
    struct engine_net_info kinds;
    engine_net_describe(scorer->kinds, &kinds);
    bool fits = !kinds.pooled && kinds.outputs == KINDS && kinds.dense_inputs == COMPLEXITY_SHAPE &&
                kinds.buckets > WORD_CODE_IDS;
    fits = fits && !info.pooled && info.outputs == OUTPUTS && info.dense_inputs == COMPLEXITY_DENSE;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        size_t count = 0;
        *settings[i].values = engine_net_floats(scorer->net, settings[i].name, &count);
        fits = fits && *settings[i].values != NULL && count == settings[i].count;
    }
    size_t subjects = 0, outcomes = 0;
    scorer->subject_odds = engine_net_floats(scorer->kinds, "kinds.subject_odds", &subjects);
    scorer->outcome_odds = engine_net_floats(scorer->kinds, "kinds.outcome_odds", &outcomes);
    fits = fits && scorer->subject_odds != NULL && subjects == SUBJECTS;
    fits = fits && scorer->outcome_odds != NULL && outcomes == SUBJECTS;
    if (!fits)
        return err_set(err, ERR_UNSUPPORTED, "the complexity weights are of another kind");
    scorer->sharpness = sharpness[0];
    scorer->kind_buckets = kinds.buckets - WORD_CODE_IDS;
    complexity_cue_index_init(&scorer->cues);
    return 0;
}

/* One name for two files: the sum of their hashes, digit by digit. */
static void add_hash(char hash[WEIGHTS_HASH_CHARS], const char other[WEIGHTS_HASH_CHARS])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i + 1 < WEIGHTS_HASH_CHARS; i++) {
        size_t a = (size_t)(strchr(digits, hash[i]) - digits);
        size_t b = (size_t)(strchr(digits, other[i]) - digits);
        hash[i] = digits[(a + b) % 16];
    }
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
    char kinds_hash[WEIGHTS_HASH_CHARS];
    if (status == 0)
        status = weights_open(&scorer->kinds, kinds_hash, builtin_kinds, builtin_kinds_end,
                              "kinds of requests", err);
    if (status == 0) {
        add_hash(scorer->hash, kinds_hash);
        status = read_settings(scorer, err);
    }
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
        engine_net_free(scorer->kinds);
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
        net_room_release(&scratch->room);
        explicit_bzero(scratch, sizeof *scratch);
        free(scratch);
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

static void softmax(const float *outputs, size_t count, double *shares)
{
    double most = (double)outputs[0], total = 0;
    for (size_t i = 1; i < count; i++)
        most = fmax(most, (double)outputs[i]);
    for (size_t i = 0; i < count; i++) {
        shares[i] = exp((double)outputs[i] - most);
        total += shares[i];
    }
    for (size_t i = 0; i < count; i++)
        shares[i] /= total;
}

static double by_length(const struct complexity_scorer *scorer, size_t family, double length)
{
    double beyond = length - (double)scorer->middles[family];
    return beyond * (double)scorer->slopes[beyond > 0 ? FAMILIES + family : family];
}

/*
 * The odds of a gain on an exam question, from what the net says, from its subject and its length.
 * How far small models fall behind by subject is known of questions with four options. With ten,
 * guessing helps little and other subjects are the hard ones: of those the net and a second table
 * have learned from outcomes, where length by itself says nothing.
 */
static double exam_odds(const struct complexity_scorer *scorer, double net, const float *kinds,
                        double length, size_t options)
{
    double shares[SUBJECTS], subject = 0, outcomes = 0;
    softmax(kinds + AT_SUBJECTS, SUBJECTS, shares);
    for (size_t s = 0; s < SUBJECTS; s++) {
        subject += shares[s] * (double)scorer->subject_odds[s];
        outcomes += shares[s] * (double)scorer->outcome_odds[s];
    }
    const float *few = scorer->exam, *many = scorer->exam + 3;
    double odds_few = (double)few[0] * net + (double)few[1] * subject + (double)few[2] +
                      by_length(scorer, EXAM, length);
    double odds_many = (double)many[0] * net + (double)many[1] * outcomes + (double)many[2];
    double share = fmin(fmax(((double)options - FEW_OPTIONS) / (MANY_OPTIONS - FEW_OPTIONS), 0), 1);
    return odds_few + share * (odds_many - odds_few);
}

/*
 * The expected gain of a segment, over the families that it may belong to. Longer questions gain
 * more in nearly every collection of outcomes; as the net was kept from learning how much in each,
 * that is put in here. Of exam questions the subject says most, and no outcomes cover them all.
 */
static double score_of(const struct complexity_scorer *scorer, const float *outputs,
                       const float *kinds, const struct complexity_features *features)
{
    double shares[FAMILIES], score = 0;
    double length = fmin(fmax(log1p((double)features->different_words), 2.7), 5.4);
    softmax(outputs + AT_GATE, FAMILIES, shares);
    for (size_t f = 0; f < FAMILIES; f++) {
        double gain =
            sigmoid((double)outputs[AT_FAILS + f]) * sigmoid((double)outputs[AT_STRONG + f]);
        double odds = logit(gain);
        if (f == EXAM)
            odds = exam_odds(scorer, odds, kinds, length, features->options);
        else
            odds += by_length(scorer, f, length);
        score += shares[f] * sigmoid((double)scorer->calibration[f] * odds +
                                     (double)scorer->calibration[FAMILIES + f]);
    }
    return score;
}

/* Adds what the segment asks for and is about. */
static void add_kinds(const float *outputs, const double *tasks, double weight, struct tally *tally)
{
    double domains[DOMAIN_COUNT];
    softmax(outputs + AT_DOMAINS, DOMAIN_COUNT, domains);
    double asks = fmax(1 - tasks[TASK_OTHER], 1e-4);
    for (size_t t = 0; t < TASK_OTHER; t++)
        tally->tasks[t] += weight * tasks[t];
    /* Only where nothing asks for anything is a text "other". */
    tally->tasks[TASK_OTHER] += weight * tasks[TASK_OTHER] * 0.02;
    for (size_t d = 0; d < DOMAIN_COUNT; d++)
        tally->domains[d] += weight * asks * domains[d];
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

/* Both nets see the hashed features; the one that tells kinds sees what word vectors say as well.
 */
static const uint32_t *kind_ids(const struct complexity_scorer *scorer,
                                struct complexity_scratch *scratch, size_t *count)
{
    const struct complexity_features *features = &scratch->features;
    for (size_t i = 0; i < features->id_count; i++)
        scratch->kind_ids[i] = features->ids[i] % scorer->kind_buckets;
    for (size_t i = 0; i < features->code_count; i++)
        scratch->kind_ids[features->id_count + i] = scorer->kind_buckets + features->codes[i];
    *count = features->id_count + features->code_count;
    return scratch->kind_ids;
}

static int run_net(const struct engine_net *net, const uint32_t *ids, size_t count,
                   struct complexity_scratch *scratch, float *outputs, struct err *err)
{
    const uint32_t starts[2] = {0, (uint32_t)count};
    struct engine_net_input input = {
        .ids = ids, .starts = starts, .dense = scratch->features.dense, .positions = 1};
    struct engine_error error;
    if (engine_net_run(net, &input, scratch->room.bytes, scratch->room.size, outputs, &error) != 0)
        return err_set(err, ERR_BAD_STATE, "the complexity net: %s", error.text);
    return 0;
}

/* Of the last thing that the user said. A remark that asks for nothing may still point back. */
static void read_cues(const struct complexity_scorer *scorer, size_t words, bool asks,
                      struct content segment, struct tally *tally)
{
    struct complexity_cues cues = {.words = 0};
    tally->asked_words += words;
    if (asks) {
        complexity_cues_read(&scorer->cues, &tally->cues, content_bytes(segment),
                             content_len(segment));
    } else if (tally->asked_words <= FEW_WORDS) {
        complexity_cues_read(&scorer->cues, &cues, content_bytes(segment), content_len(segment));
        tally->cues.back = tally->cues.back || cues.back;
        tally->cues.pronouns += cues.pronouns;
    }
}

/* asked: not NULL for what the user said last, and so for what the request asks for. */
static int score_text(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                      const struct complexity_turn *turn, double weight,
                      const struct complexity_input *asked, struct tally *tally, struct err *err)
{
    const uint8_t *bytes = content_bytes(turn->text);
    size_t len = content_len(turn->text), position = 0;
    struct complexity_segment segment;
    while (complexity_next_segment(bytes, len, &position, &segment)) {
        struct complexity_features *features = &scratch->features;
        float outputs[OUTPUTS], kinds[KINDS];
        complexity_features_of(bytes, segment, features);
        size_t kind_count = 0;
        const uint32_t *of_kinds = kind_ids(scorer, scratch, &kind_count);
        int status = run_net(scorer->net, features->ids, features->id_count, scratch, outputs, err);
        if (status == 0)
            status = run_net(scorer->kinds, of_kinds, kind_count, scratch, kinds, err);
        if (status)
            return status;
        double score = score_of(scorer, outputs, kinds, features);
        double mass = fmin(1.0, (double)(features->word_count + 1) / 8);
        double tasks[TASK_COUNT];
        softmax(kinds, TASK_COUNT, tasks);
        double asks = 1 - tasks[TASK_OTHER];
        /* Text that was pasted to be read must not drown what is asked of it. */
        double asking = fmax(asks * asks, 0.02);
        double share = weight * mass * asking * exp((double)scorer->sharpness * score);
        tally->said_score += share * score;
        tally->said_weight += share;
        tally->most_asking = fmax(tally->most_asking, asking);
        count_unknown(scorer, features, weight, tally);
        if (asked != NULL && asked->sketch_key != NULL)
            sketch_add(&tally->sketch, asked->sketch_key, features, outputs);
        if (asked != NULL) {
            add_kinds(kinds, tasks, mass, tally);
            /* A message of one paragraph asks, whatever the net makes of its words. Of several
             * parts the last comes first here, and may be a text that the others ask about. */
            bool alone = tally->asked_words == 0 && position == len && !turn->goes_on;
            read_cues(scorer, features->word_count, asks >= 0.5 || alone,
                      content_of(bytes + segment.start, segment.end - segment.start), tally);
        }
    }
    return 0;
}

/* A message in which nothing asks counts as much as others: only within one is it told apart. */
static void end_message(struct tally *tally)
{
    if (tally->most_asking > 0) {
        tally->score += tally->said_score / tally->most_asking;
        tally->weight += tally->said_weight / tally->most_asking;
    }
    tally->said_score = tally->said_weight = tally->most_asking = 0;
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

/*
 * Of words that it never saw the net knows nothing: the score goes towards one that is in the
 * middle of those below which policies call a request hard, so that they leave it to their default.
 */
static double guarded(double score, double unfamiliar)
{
    const double usual = 0.3, from = 0.3;
    double share = fmax(0, (unfamiliar - from) / (1 - from));
    return score + share * (usual - score);
}

/* Whether one of the words that a model's name consists of is that word, in any letter case. */
static bool named(const char *model, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = model; *at != '\0';) {
        size_t span = 0;
        while (isalnum((unsigned char)at[span]))
            span++;
        if (span == len && strncasecmp(at, word, len) == 0)
            return true;
        at += span > 0 ? span : 1;
    }
    return false;
}

/* What the name of a model says of how strong a model the client wants: the odds' factor. */
static double model_odds(const char *model)
{
    static const struct {
        const char *word;
        double odds;
    } words[] = {{"mini", 0.85},      {"nano", 0.85},     {"haiku", 0.85},
                 {"lite", 0.85},      {"flash", 0.85},    {"opus", 1.15},
                 {"reasoning", 1.15}, {"reasoner", 1.15}, {"thinking", 1.15}};
    for (size_t i = 0; model != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (named(model, words[i].word))
            return words[i].odds;
    return 1;
}

/* What the request says beside its text: long answers and tools ask for the stronger model. */
static double adjusted(double score, const struct complexity_input *input)
{
    static const double by_effort[] = {
        [EFFORT_NOT_SAID] = 1, [EFFORT_LOW] = 0.8, [EFFORT_MEDIUM] = 1, [EFFORT_HIGH] = 1.35};
    double odds = exp(logit(score));
    if (input->tools)
        odds *= 1.35;
    if (input->attachments)
        odds *= 1.35;
    if (input->max_tokens >= 4096)
        odds *= 1.15;
    else if (input->max_tokens > 0 && input->max_tokens <= 16)
        odds *= 0.85;
    odds *= by_effort[input->effort] * model_odds(input->model);
    return odds / (1 + odds);
}

static size_t largest(const double *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

/* The longest part of the last thing that the user said, or NULL; the bytes of all its parts. */
static const struct complexity_turn *last_question(const struct complexity_input *input,
                                                   size_t *bytes)
{
    const struct complexity_turn *longest = NULL;
    *bytes = 0;
    for (size_t i = input->turn_count; i-- > 0;) {
        const struct complexity_turn *turn = &input->turns[i];
        if (turn->role != COMPLEXITY_USER)
            continue;
        if (longest == NULL || content_len(turn->text) > content_len(longest->text))
            longest = turn;
        *bytes += content_len(turn->text);
        if (!turn->goes_on)
            break;
    }
    return longest;
}

static void tell_kinds(const struct complexity_input *input, const struct tally *tally,
                       struct complexity_facts *out)
{
    size_t bytes = 0;
    const struct complexity_turn *last = last_question(input, &bytes);
    const struct complexity_cues *cues = &tally->cues;
    bool history = false, tool_turns = false;
    for (size_t i = 0; i < input->turn_count; i++) {
        history = history || input->turns[i].role == COMPLEXITY_ASSISTANT;
        tool_turns = tool_turns || input->turns[i].role == COMPLEXITY_TOOL;
    }
    out->task = TASK_OTHER;
    if (last == NULL)
        return;
    out->task = (enum complexity_task)largest(tally->tasks, TASK_COUNT);
    out->domain = (enum complexity_domain)largest(tally->domains, DOMAIN_COUNT);
    out->language = language_of(content_bytes(last->text), content_len(last->text));
    out->expected_tokens = complexity_expected_tokens(out->task, cues, bytes);
    if (input->max_tokens != 0 && out->expected_tokens > input->max_tokens)
        out->expected_tokens = input->max_tokens;
    /* Who works on a text that was given does not do what that text speaks of. */
    bool given = out->task == TASK_SUMMARISE || out->task == TASK_TRANSLATE ||
                 out->task == TASK_REWRITE || out->task == TASK_EXTRACT ||
                 out->task == TASK_CLASSIFY;
    bool written = out->task == TASK_CODE || out->task == TASK_WRITING ||
                   out->task == TASK_ROLEPLAY || out->task == TASK_CHOICE;
    out->needs_tools =
        tool_turns || (cues->tools && !given) || (cues->tool_words && !given && !written);
    out->needs_recent = cues->recent && !given;
    out->follows = history && (cues->back || tally->asked_words <= 4 ||
                               (cues->pronouns > 0 && tally->asked_words <= FEW_WORDS));
}

int complexity_score(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                     const struct complexity_input *input, struct complexity_facts *out,
                     struct err *err)
{
    *out = (struct complexity_facts){.tier = TIER_SIMPLE};
    size_t room = engine_net_scratch(scorer->net, 1), other = engine_net_scratch(scorer->kinds, 1);
    int status =
        net_room_reserve(&scratch->room, other > room ? other : room, "complexity scratch", err);
    struct tally tally = {.weight = 0};
    size_t user_turns_later = 0;
    for (size_t i = input->turn_count; i-- > 0 && !status;) {
        const struct complexity_turn *turn = &input->turns[i];
        double weight = turn_weight(turn->role, user_turns_later);
        bool asked = turn->role == COMPLEXITY_USER && user_turns_later == 0;
        /* Past a few turns back nothing would change; a long history is not worth the time. */
        if (weight >= 0.004 || turn->role == COMPLEXITY_SYSTEM)
            status = score_text(scorer, scratch, turn, weight, asked ? input : NULL, &tally, err);
        if (!turn->goes_on)
            end_message(&tally);
        user_turns_later += turn->role == COMPLEXITY_USER && !turn->goes_on;
    }
    if (status)
        return status;
    out->unfamiliar = tally.words > 0 ? (float)(tally.unknown / tally.words) : 0.0f;
    if (tally.weight > 0)
        out->score =
            (float)adjusted(guarded(tally.score / tally.weight, (double)out->unfamiliar), input);
    out->sketch = tally.sketch;
    out->shipped_score = out->score;
    out->tier = complexity_tier_of(complexity_usual_tiers, out->score);
    tell_kinds(input, &tally, out);
    return 0;
}
