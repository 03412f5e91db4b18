#include "gateway/cmd_learn.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "gateway/base/hash.h"
#include "gateway/correction.h"
#include "gateway/outcomes.h"
#include "gateway/tool.h"
#include "router/complexity.h"

enum {
    FEWEST_OUTCOMES = 200,
    FEWEST_OF_A_KIND = 20,
    LABELLED_AT_MOST = 65536,
};

static const char command[] = "learn";

static const char help[] =
    "usage: penstock learn [--outcomes FILE] [--labelled FILE] --correction FILE [OPTION...]\n"
    "       penstock learn --roll-back --correction FILE\n"
    "\n"
    "Fits a correction of the complexity score to what became of requests, shows how well scores\n"
    "tell on outcomes that were held back, and installs it where it does better than what is\n"
    "installed now. What is installed is taken away where it does worse than the score as "
    "shipped.\n"
    "A running gateway takes up either on SIGHUP.\n"
    "\n"
    "      --outcomes FILE    what the gateway wrote (learning.outcomes in penstock.yaml)\n"
    "      --labelled FILE    your own: each line an object with \"text\" and \"needed\", 1 where "
    "the\n"
    "                         local model fails and 0 where it does (or anything between);\n"
    "                         one of the two files or both, as where the gateway keeps outcomes\n"
    "      --correction FILE  where the correction belongs (learning.correction)\n"
    "      --train N          learn from the first N and hold back the rest; otherwise one in "
    "five\n"
    "                         is held back\n"
    "      --dry-run          show, install nothing\n"
    "      --roll-back        put back what the last installation replaced\n"
    "      --json             print JSON\n"
    "  -h, --help             this text\n"
    "\n"
    "exit code: 0 installed (or would be), 1 no better, too little to learn from or an error, 2 "
    "wrong\n"
    "usage\n";

struct arguments {
    const char *outcomes, *labelled, *correction;
    uint64_t train; /* 0: four in five */
    bool dry_run, roll_back, json;
};

struct learning {
    struct arguments args;
    struct complexity_scorer *scorer;
    struct correction_file installed, fitted;
    bool has_installed;
    struct outcome *outcomes;
    size_t count;
    size_t told;     /* of them the gateway's; labelled ones behind these */
    size_t left_out; /* outcomes of other complexity weights */
    struct learn_key key;
    const struct outcome **train, **held_back; /* views of outcomes */
    size_t train_count, held_back_count;
    bool uses_installed; /* it is of this key: then `before` is its quality */
    struct learn_quality shipped, before, after;
};

/* ---- labelled texts ---- */

static int read_labelled_line(struct learning *l, struct complexity_scratch *scratch,
                              const char *line, size_t len, size_t number, struct err *err)
{
    json_error_t problem;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    const json_t *text = json_object_get(root, "text"), *needed = json_object_get(root, "needed");
    double value = json_is_number(needed) ? json_number_value(needed) : -1;
    int rc = 0;
    if (!json_is_string(text) || !(value >= 0 && value <= 1)) {
        rc = err_set(err, ERR_SYNTAX,
                     "%s:%zu: must be an object with a \"text\" and \"needed\" from 0 to 1",
                     l->args.labelled, number);
    } else {
        struct complexity_turn turn = {
            .role = COMPLEXITY_USER,
            .text = content_of(json_string_value(text), json_string_length(text))};
        struct complexity_input input = {.turns = &turn, .turn_count = 1, .sketch_key = &l->key};
        struct complexity_facts facts;
        rc = complexity_score(l->scorer, scratch, &input, &facts, err);
        if (rc == 0)
            l->outcomes[l->count++] = (struct outcome){
                .sketch = facts.sketch, .score = facts.shipped_score, .needed = (float)value};
    }
    json_decref(root);
    return rc;
}

static int read_labelled(struct learning *l, struct err *err)
{
    struct complexity_scratch *scratch = NULL;
    char *line = NULL;
    size_t cap = 0, number = 0;
    ssize_t len;
    FILE *file = fopen(l->args.labelled, "rbe");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s: %s", l->args.labelled, strerror(errno));
    int rc = complexity_scratch_new(&scratch, err);
    const size_t most = l->count + LABELLED_AT_MOST;
    struct outcome *grown = rc == 0 ? reallocarray(l->outcomes, most, sizeof(*l->outcomes)) : NULL;
    if (rc == 0 && grown == NULL)
        rc = err_set(err, ERR_MEMORY, "out of memory");
    l->outcomes = grown != NULL ? grown : l->outcomes;
    while (rc == 0 && (len = getline(&line, &cap, file)) > 0) {
        number++;
        if (l->count == most)
            rc = err_set(err, ERR_LIMIT, "%s: more than %d lines", l->args.labelled,
                         LABELLED_AT_MOST);
        else if (strspn(line, " \t\r\n") < (size_t)len)
            rc = read_labelled_line(l, scratch, line, (size_t)len, number, err);
    }
    if (rc == 0 && ferror(file))
        rc = err_set(err, ERR_IO, "%s: cannot be read", l->args.labelled);
    if (line != NULL)
        explicit_bzero(line, cap);
    free(line);
    complexity_scratch_free(scratch);
    (void)fclose(file);
    return rc;
}

/* ---- learning ---- */

static int read_outcomes(struct learning *l, struct err *err)
{
    struct outcomes_told told;
    int rc = outcomes_read(&told, l->args.outcomes, complexity_scorer_hash(l->scorer), err);
    l->outcomes = told.items;
    l->count = l->told = told.count;
    l->left_out = told.left_out;
    l->key = told.key;
    return rc;
}

static int read_all(struct learning *l, struct err *err)
{
    int rc = correction_load(&l->installed, l->args.correction, err);
    if (rc == ERR_SYNTAX)
        return rc; /* some other file: do not write over it */
    l->has_installed =
        rc == 0 && correction_fits(&l->installed, complexity_scorer_hash(l->scorer), NULL);
    rc = 0;
    if (l->args.outcomes != NULL)
        rc = read_outcomes(l, err);
    else if (l->has_installed)
        l->key = l->installed.key;
    else if (hash_random(l->key.word, sizeof(l->key.word)) != 0)
        rc = err_set(err, ERR_BAD_STATE, "no random numbers to be had");
    return rc == 0 && l->args.labelled != NULL ? read_labelled(l, err) : rc;
}

static int divide(struct learning *l, struct err *err)
{
    double needed = 0;
    l->train = calloc(l->count + 1, sizeof(*l->train));
    l->held_back = calloc(l->count + 1, sizeof(*l->held_back));
    if (l->train == NULL || l->held_back == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < l->count; i++) {
        /* By its place in its file: what was learned from once is never held back later. */
        size_t place = i < l->told ? i : i - l->told;
        bool train = l->args.train != 0 ? i < l->args.train : place % 5 != 4;
        if (train)
            l->train[l->train_count++] = &l->outcomes[i];
        else
            l->held_back[l->held_back_count++] = &l->outcomes[i];
        needed += (double)l->outcomes[i].needed;
    }
    double others = (double)l->count - needed;
    if (l->count < FEWEST_OUTCOMES || needed < FEWEST_OF_A_KIND || others < FEWEST_OF_A_KIND ||
        l->held_back_count < FEWEST_OF_A_KIND || l->train_count < FEWEST_OF_A_KIND)
        return err_set(err, ERR_LIMIT,
                       "too little to learn from: %zu outcomes, %.0f of them needed the stronger "
                       "model, %zu held back (at least %d, %d of each kind, and %d held back); %zu "
                       "of other complexity weights left out",
                       l->count, needed, l->held_back_count, FEWEST_OUTCOMES, FEWEST_OF_A_KIND,
                       FEWEST_OF_A_KIND, l->left_out);
    return 0;
}

static int measure(struct learning *l, const struct correction *correction,
                   struct learn_quality *out, struct err *err)
{
    float *scores = calloc(l->held_back_count, sizeof(*scores));
    if (scores == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < l->held_back_count; i++) {
        const struct outcome *o = l->held_back[i];
        scores[i] =
            correction != NULL ? correction_apply(correction, &o->sketch, o->score) : o->score;
    }
    int rc = learn_measure(out, l->held_back, scores, l->held_back_count, err);
    free(scores);
    return rc;
}

/* It must rank no worse and say truer chances. */
static bool beats(const struct learn_quality *a, const struct learn_quality *b)
{
    return a->auc >= b->auc && a->loss < b->loss;
}

static bool is_better(const struct learning *l)
{
    return beats(&l->after, &l->before) && beats(&l->after, &l->shipped);
}

/* What is installed was right once, and is not any more. */
static bool has_regressed(const struct learning *l)
{
    return l->uses_installed && !is_better(l) && beats(&l->shipped, &l->before);
}

static int learn(struct learning *l, struct err *err)
{
    int rc = complexity_scorer_new(&l->scorer, err);
    if (rc == 0)
        rc = read_all(l, err);
    if (rc == 0)
        rc = divide(l, err);
    if (rc == 0)
        rc = learn_fit(&l->fitted.correction, l->train, l->train_count, err);
    if (rc == 0)
        rc = measure(l, NULL, &l->shipped, err);
    l->uses_installed = l->has_installed && memcmp(&l->installed.key, &l->key, sizeof(l->key)) == 0;
    if (rc == 0)
        rc = measure(l, l->uses_installed ? &l->installed.correction : NULL, &l->before, err);
    if (rc == 0)
        rc = measure(l, &l->fitted.correction, &l->after, err);
    if (rc == 0) {
        l->fitted.key = l->key;
        l->fitted.outcomes = (uint32_t)l->train_count;
        (void)snprintf(l->fitted.complexity_hash, sizeof(l->fitted.complexity_hash), "%s",
                       complexity_scorer_hash(l->scorer));
    }
    return rc;
}

static json_t *quality_json(const struct learn_quality *q)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "apgr", q->apgr, "auc", q->auc, "loss", q->loss, "ece",
                     q->ece);
}

static void show(const struct learning *l, bool changed)
{
    if (l->args.json) {
        json_t *root =
            json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:b, s:b, s:b}", "learned_from",
                      (json_int_t)l->train_count, "held_back", (json_int_t)l->held_back_count,
                      "left_out", (json_int_t)l->left_out, "shipped", quality_json(&l->shipped),
                      "before", quality_json(&l->before), "after", quality_json(&l->after),
                      "better", (int)is_better(l), "installed", (int)(changed && is_better(l)),
                      "withdrawn", (int)(changed && has_regressed(l)));
        (void)json_dumpf(root, stdout, JSON_REAL_PRECISION(4));
        (void)putchar('\n');
        json_decref(root);
        return;
    }
    const struct learn_quality *b = &l->before, *a = &l->after;
    (void)printf("learned from %zu outcomes, measured on %zu held back\n", l->train_count,
                 l->held_back_count);
    if (l->left_out != 0)
        (void)printf("left out: %zu that other complexity weights scored\n", l->left_out);
    (void)putchar('\n');
    (void)printf("                            before    after\n");
    (void)printf("gain recovered (APGR)        %.3f    %.3f   .5 is chance\n", b->apgr, a->apgr);
    (void)printf("ranked rightly (AUC)         %.3f    %.3f   .5 is chance\n", b->auc, a->auc);
    (void)printf("log loss                     %.3f    %.3f\n", b->loss, a->loss);
    (void)printf("calibration error            %.3f    %.3f\n\n", b->ece, a->ece);
    if (has_regressed(l))
        (void)printf(
            "What is installed does worse than the score as shipped, and this is no better."
            "\n%s\n",
            changed ? "It was taken away; send the gateway SIGHUP."
                    : "It would be taken away (--dry-run).");
    else if (!is_better(l))
        (void)printf("No better: nothing was changed.\n");
    else if (!changed)
        (void)printf("Better. Not installed (--dry-run).\n");
    else
        (void)printf("Installed in %s; send the gateway SIGHUP.\n", l->args.correction);
}

static int run(struct learning *l)
{
    struct err err = {.code = ERR_NONE};
    bool changed = false;
    int rc = l->args.roll_back ? correction_roll_back(l->args.correction, &err) : learn(l, &err);
    if (rc == 0 && !l->args.roll_back) {
        changed = (is_better(l) || has_regressed(l)) && !l->args.dry_run;
        if (changed && is_better(l))
            rc = correction_save(&l->fitted, l->args.correction, &err);
        else if (changed)
            rc = correction_withdraw(l->args.correction, &err);
    }
    if (rc != 0) {
        (void)fprintf(stderr, "penstock learn: %s\n", err.text);
        return TOOL_NO;
    }
    if (l->args.roll_back)
        (void)printf("%s is what it was before; send the gateway SIGHUP.\n", l->args.correction);
    else
        show(l, changed);
    return l->args.roll_back || is_better(l) ? TOOL_DONE : TOOL_NO;
}

/* ---- arguments ---- */

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    const struct tool_option options[] = {
        {"outcomes", TOOL_TEXT, &out->outcomes, 0, 0},
        {"labelled", TOOL_TEXT, &out->labelled, 0, 0},
        {"correction", TOOL_TEXT, &out->correction, 0, 0},
        {"train", TOOL_NUMBER, &out->train, 1, LABELLED_AT_MOST},
        {"dry-run", TOOL_FLAG, &out->dry_run, 0, 0},
        {"roll-back", TOOL_FLAG, &out->roll_back, 0, 0},
        {"json", TOOL_FLAG, &out->json, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, help, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest < argc)
        return tool_unexpected(command, argv[rest]);
    if (out->correction == NULL)
        return tool_usage(command, "--correction is required");
    if (!out->roll_back && out->outcomes == NULL && out->labelled == NULL)
        return tool_usage(command, "--outcomes or --labelled is required");
    return -1;
}

int cmd_learn(int argc, char **argv)
{
    struct learning *l = calloc(1, sizeof(*l));
    if (l == NULL)
        return tool_fail(command, "out of memory");
    int code = read_arguments(argc, argv, &l->args);
    if (code < 0)
        code = run(l);
    if (l->scorer != NULL)
        complexity_scorer_free(l->scorer);
    free(l->outcomes);
    free(l->train);
    free(l->held_back);
    free(l);
    return fflush(stdout) == 0 ? code : TOOL_NO;
}
