#include "gateway/cmd_classify.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/tool.h"
#include "router/complexity.h"
#include "router/language.h"
#include "router/pii.h"

static const char help[] =
    "usage: penstock classify [--jsonl] [--explain] [--json | --view] [FILE]\n"
    "\n"
    "Shows what the classifiers see in a text (FILE, or standard input): personal data with its\n"
    "place and score, what the text is about, whether it holds somebody's private information, "
    "and\n"
    "how hard it is to answer. Nothing is sent anywhere or kept.\n"
    "\n"
    "      --jsonl     each line of the input is an object with \"id\" and \"text\"; one line out "
    "each\n"
    "      --explain   say which rule, check and context word decided\n"
    "      --json      one JSON object (what a pipe gets); offsets are bytes of the UTF-8 text\n"
    "      --view      the text with what was found marked in it (what a terminal gets)\n"
    "  -h, --help      this text\n"
    "\n"
    "exit code: 0 done, 1 the input cannot be read or a line of it is wrong, 2 wrong usage\n";

struct session {
    struct pii_scanner *scanner;
    struct pii_scratch *scratch;
    struct complexity_scorer *scorer;
    struct complexity_scratch *complexity;
    struct pii_spans spans;
    bool explain;
};

struct result {
    struct pii_facts pii;
    struct complexity_facts complexity;
};

static int session_open(struct session *session, struct err *err)
{
    int rc = pii_scanner_new(&session->scanner, err);
    if (rc == 0)
        rc = pii_scratch_new(&session->scratch, err);
    if (rc == 0)
        rc = complexity_scorer_new(&session->scorer, err);
    if (rc == 0)
        rc = complexity_scratch_new(&session->complexity, err);
    return rc;
}

static void session_release(struct session *session)
{
    pii_spans_release(&session->spans);
    if (session->complexity != NULL)
        complexity_scratch_free(session->complexity);
    if (session->scorer != NULL)
        complexity_scorer_free(session->scorer);
    pii_scratch_free(session->scratch);
    pii_scanner_free(session->scanner);
}

static int classify(struct session *session, struct content text, struct result *result,
                    struct err *err)
{
    *result = (struct result){0};
    session->spans.count = 0;
    int rc = pii_scan(session->scanner, session->scratch, text, &session->spans, &result->pii, err);
    if (rc != 0)
        return rc;
    struct complexity_turn turn = {.role = COMPLEXITY_USER, .text = text};
    struct complexity_input input = {.turns = &turn, .turn_count = 1};
    return complexity_score(session->scorer, session->complexity, &input, &result->complexity, err);
}

/* Three digits say all that a score knows. */
static json_t *score_json(float score)
{
    return json_real(round((double)score * 1000) / 1000);
}

static json_t *span_json(const struct pii_span *span, bool explain)
{
    json_t *object = json_pack("{s:I, s:I, s:s, s:o, s:s}", "start", (json_int_t)span->start, "end",
                               (json_int_t)span->end, "type", pii_type_name(span->type), "score",
                               score_json(span->score), "source",
                               span->source == PII_SOURCE_TAGGER ? "tagger" : "recognizer");
    if (object != NULL && explain) {
        int rc = json_object_set_new(object, "recognizer", json_string(span->recognizer));
        rc |= json_object_set_new(object, "validated", json_boolean(span->validated));
        rc |= json_object_set_new(object, "placeholder", json_boolean(span->placeholder));
        if (span->encoded)
            rc |= json_object_set_new(object, "encoded", json_true());
        if (span->context != NULL)
            rc |= json_object_set_new(object, "context", json_string(span->context));
        if (rc != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *complexity_json(const struct complexity_facts *facts)
{
    return json_pack(
        "{s:o, s:s, s:s, s:s, s:s, s:I, s:b, s:b, s:o}", "score", score_json(facts->score), "tier",
        complexity_tier_name(facts->tier), "task", complexity_task_name(facts->task), "domain",
        complexity_domain_name(facts->domain), "language", language_name(facts->language),
        "expected_tokens", (json_int_t)facts->expected_tokens, "needs_tools",
        (int)facts->needs_tools, "needs_recent", (int)facts->needs_recent, "unfamiliar",
        score_json(facts->unfamiliar));
}

/* Prints one line. Takes `id`, which may be NULL. */
static int print_json(const struct session *session, const struct result *result, json_t *id)
{
    json_t *root = json_object();
    json_t *spans = json_array();
    json_t *topics = json_object();
    int rc = id != NULL ? json_object_set_new(root, "id", id) : 0;
    for (size_t i = 0; i < session->spans.count; i++)
        rc |= json_array_append_new(spans, span_json(&session->spans.items[i], session->explain));
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        if (result->pii.topic[i] >= 0.005F)
            rc |= json_object_set_new(topics, pii_topic_name((enum pii_topic)i),
                                      score_json(result->pii.topic[i]));
    rc |= json_object_set_new(root, "spans", spans);
    rc |= json_object_set_new(root, "topics", topics);
    rc |= json_object_set_new(root, "sensitive", score_json(result->pii.sensitive));
    if (session->explain)
        rc |= json_object_set_new(root, "identifying", score_json(result->pii.identifying));
    rc |= json_object_set_new(root, "complexity", complexity_json(&result->complexity));
    if (rc == 0)
        rc = json_dumpf(root, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4)) | (putchar('\n') < 0);
    json_decref(root);
    return rc == 0 ? TOOL_DONE : TOOL_NO;
}

/* ---- the view for people ---- */

static const char *colour_of(const struct pii_span *span)
{
    if (span->placeholder || span->score < 0.5F)
        return "\033[2;4m";
    if (span->validated)
        return "\033[1;97;41m";
    return span->source == PII_SOURCE_TAGGER ? "\033[1;30;46m" : "\033[1;30;43m";
}

/* What a text holds must not steer the terminal. */
static void print_text(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        (void)putchar((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c);
    }
}

static int print_view(const struct session *session, const struct result *result,
                      struct content text)
{
    const char *bytes = content_bytes(text);
    size_t at = 0;
    for (size_t i = 0; i < session->spans.count; i++) {
        const struct pii_span *span = &session->spans.items[i];
        if (span->start < at)
            continue; /* another reading of what is marked already; listed below */
        print_text(bytes + at, span->start - at);
        (void)fputs(colour_of(span), stdout);
        print_text(bytes + span->start, span->end - span->start);
        (void)printf("\033[0m\033[2m %s\033[0m", pii_type_name(span->type));
        at = span->end;
    }
    print_text(bytes + at, content_len(text) - at);
    (void)puts("\n");
    for (size_t i = 0; i < session->spans.count; i++) {
        const struct pii_span *span = &session->spans.items[i];
        (void)printf("  %6zu-%-6zu %-26s %.2f", span->start, span->end, pii_type_name(span->type),
                     (double)span->score);
        if (session->explain)
            (void)printf(
                "  %s%s%s%s%s%s", span->recognizer, span->context != NULL ? ", beside \"" : "",
                span->context != NULL ? span->context : "", span->context != NULL ? "\"" : "",
                span->encoded ? ", in base64" : "", span->placeholder ? ", an example value" : "");
        (void)printf("%s\n", span->validated ? "  validated" : "");
    }
    (void)printf("\n  sensitive  %.2f%s\n", (double)result->pii.sensitive,
                 result->pii.sensitive >= 0.5F ? "  \033[1;31mholds private information\033[0m"
                                               : "");
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        if (result->pii.topic[i] >= 0.2F)
            (void)printf("  %-10s %.2f\n", pii_topic_name((enum pii_topic)i),
                         (double)result->pii.topic[i]);
    const struct complexity_facts *complexity = &result->complexity;
    (void)printf("  complexity %.2f  %s\n", (double)complexity->score,
                 complexity_tier_name(complexity->tier));
    (void)printf("  task       %s, %s, language %s, about %u tokens to answer%s%s\n",
                 complexity_task_name(complexity->task), complexity_domain_name(complexity->domain),
                 language_name(complexity->language), complexity->expected_tokens,
                 complexity->needs_tools ? ", needs tools" : "",
                 complexity->needs_recent ? ", needs recent knowledge" : "");
    return ferror(stdout) ? TOOL_NO : TOOL_DONE;
}

/* ---- input ---- */

static int read_all(FILE *file, struct buf *out)
{
    for (;;) {
        if (buf_reserve(out, 65536) != 0)
            return TOOL_NO;
        size_t n = fread(out->data + out->len, 1, out->cap - out->len, file);
        out->len += n;
        if (n == 0)
            return ferror(file) ? TOOL_NO : TOOL_DONE;
    }
}

static int classify_plain(struct session *session, FILE *file, bool view)
{
    struct buf input = BUF_INIT;
    struct result result;
    struct err err = {0};
    int code = read_all(file, &input);
    if (code != TOOL_DONE) {
        (void)fprintf(stderr, "penstock classify: cannot read the input\n");
    } else if (classify(session, content_of(input.data, input.len), &result, &err) != 0) {
        (void)fprintf(stderr, "penstock classify: %s\n", err.text);
        code = TOOL_NO;
    } else {
        code = view ? print_view(session, &result, content_of(input.data, input.len))
                    : print_json(session, &result, NULL);
    }
    buf_release(&input);
    return code;
}

static int classify_line(struct session *session, const char *line, size_t len, size_t number)
{
    json_error_t problem;
    struct result result;
    struct err err = {0};
    int code = TOOL_NO;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    json_t *text = json_object_get(root, "text");
    if (root == NULL) {
        (void)fprintf(stderr, "penstock classify: line %zu: not JSON, at byte %d\n", number,
                      problem.position);
    } else if (!json_is_string(text)) {
        (void)fprintf(stderr, "penstock classify: line %zu: \"text\" is missing or no string\n",
                      number);
    } else if (classify(session, content_of(json_string_value(text), json_string_length(text)),
                        &result, &err) != 0) {
        (void)fprintf(stderr, "penstock classify: line %zu: %s\n", number, err.text);
    } else {
        json_t *id = json_object_get(root, "id");
        code = print_json(session, &result, id != NULL ? json_incref(id) : json_null());
    }
    json_decref(root);
    return code;
}

static int classify_lines(struct session *session, FILE *file)
{
    char *line = NULL;
    size_t cap = 0;
    size_t number = 0;
    int code = TOOL_DONE;
    ssize_t len;
    while ((len = getline(&line, &cap, file)) >= 0) {
        number++;
        if (len > 0 && strspn(line, " \t\r\n") < (size_t)len &&
            classify_line(session, line, (size_t)len, number) != TOOL_DONE)
            code = TOOL_NO;
    }
    if (ferror(file)) {
        (void)fprintf(stderr, "penstock classify: cannot read the input\n");
        code = TOOL_NO;
    }
    if (line != NULL)
        explicit_bzero(line, cap);
    free(line);
    return code;
}

int cmd_classify(int argc, char **argv)
{
    struct session session = {0};
    bool lines = false, json = false, view = false;
    const struct tool_option options[] = {
        {"jsonl", TOOL_FLAG, &lines, 0, 0}, {"explain", TOOL_FLAG, &session.explain, 0, 0},
        {"json", TOOL_FLAG, &json, 0, 0},   {"view", TOOL_FLAG, &view, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options("classify", help, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (argc - rest > 1)
        return tool_unexpected("classify", argv[rest + 1]);
    if (json && view)
        return tool_usage("classify", "--json and --view exclude each other");
    view = view || (!json && isatty(STDOUT_FILENO) == 1);
    const char *path = rest < argc && strcmp(argv[rest], "-") != 0 ? argv[rest] : NULL;
    FILE *file = path != NULL ? fopen(path, "rb") : stdin;
    if (file == NULL) {
        (void)fprintf(stderr, "penstock classify: %s: %s\n", path, strerror(errno));
        return TOOL_NO;
    }
    struct err err = {0};
    code = TOOL_NO;
    if (session_open(&session, &err) != 0)
        (void)fprintf(stderr, "penstock classify: %s\n", err.text);
    else
        code = lines ? classify_lines(&session, file) : classify_plain(&session, file, view);
    session_release(&session);
    if (path != NULL)
        (void)fclose(file);
    return fflush(stdout) == 0 ? code : TOOL_NO;
}
