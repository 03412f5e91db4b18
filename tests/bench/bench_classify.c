/*
 * What the PII scanner costs: microseconds per KB of text, recognizers alone and all together, on
 * several kinds of text and sizes, in CPU time. Not a test; run it on an idle core of a release
 * build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net_kernels.h"
#include "router/pii_internal.h"
#include "tests/bench/bench_time.h"

enum { ROUNDS = 31, SMALL = 1024, LARGE = 1 << 20 };

static const char prose[] =
    "The committee met on Tuesday to discuss the budget for the coming year, and most members "
    "agreed that the library should stay open in the evening. Ms. Alvarez, who has worked there "
    "since 2009, said that about 450 people come in on a normal day. Nobody asked about the roof. ";
static const char code[] =
    "for (size_t i = 0; i < count; i++) {\n    total += items[i].price * 1.19;\n    "
    "log.debug(\"item %zu of %zu\", i, count); // see https://example.com/issues/1234\n}\n"
    "self.client = http.Client(timeout=30.0, retries=3, base_url=config.get('url'))\n";
static const char numbers[] =
    "2024-03-11 10:22:31.123 INFO worker-7 GET /v1/items/48291?page=3 200 1532 0.0234 10.0.3.17 "
    "order=100482913 total=1,284.50 qty=12 sku=88-1203-441 "
    "id=9f8e7d6c-1a2b-4c3d-8e9f-001122334455 ";
static const char form[] =
    "Name: Joan Fisher, DOB 04/12/1987, SSN 219-45-6780, phone (212) 664-7665, joan.f@posteo.de, "
    "742 Evergreen Terrace, Springfield, IL 62704, card 4539 1488 0343 6467 exp 12/29, MRN "
    "48221193. ";

/* The form above, as mail would carry it. */
static const char base64[] =
    "TmFtZTogSm9hbiBGaXNoZXIsIERPQiAwNC8xMi8xOTg3LCBTU04gMjE5LTQ1LTY3ODAsIHBob25l"
    "ICgyMTIpIDY2NC03NjY1LCBqb2FuLmZAcG9zdGVvLmRlLCBjYXJkIDQ1MzkgMTQ4OCAwMzQzIDY0\n";

/* The linker lets nets ask here which kernels to run on (--wrap). */
static bool plain_kernels;
const struct net_kernels *__real_net_kernels_get(void);
const struct net_kernels *__wrap_net_kernels_get(void);

const struct net_kernels *__wrap_net_kernels_get(void)
{
    return plain_kernels ? net_kernels_plain() : __real_net_kernels_get();
}

static char *repeated(const char *unit, size_t len)
{
    char *text = malloc(len);
    if (text == NULL)
        abort();
    for (size_t i = 0; i < len; i++)
        text[i] = unit[i % strlen(unit)];
    return text;
}

struct bench {
    struct pii_scanner *scanner, *plain; /* with the fastest kernels, and with plain C */
    struct pii_scratch *scratch;
    struct pii_lexicon *lexicon;
    struct pii_rule_index rules;
    struct pii_spans spans;
};

static void recognizers(struct bench *bench, const char *text, size_t len)
{
    struct err err;
    struct pii_normal normal = {0};
    bench->spans.count = 0;
    if (pii_normalize(&normal, text, len, &err) != 0)
        abort();
    struct pii_run run = {.text = normal.text,
                          .len = normal.len,
                          .rules = &bench->rules,
                          .spans = &bench->spans,
                          .stretches =
                              calloc(pii_stretches(normal.len), sizeof(struct pii_evidence)),
                          .stretch_count = pii_stretches(normal.len),
                          .err = &err};
    if (run.stretches == NULL)
        abort();
    pii_context_collect(&run, bench->lexicon);
    pii_recognize(&run);
    pii_merge(&bench->spans, 0);
    free(run.hits);
    free(run.stretches);
    pii_normal_release(&normal);
}

static void scan(struct bench *bench, const struct pii_scanner *scanner, const char *text,
                 size_t len)
{
    struct err err;
    struct pii_facts facts = {0};
    bench->spans.count = 0;
    if (pii_scan(scanner, bench->scratch, content_of(text, len), &bench->spans, &facts, &err) != 0)
        abort();
}

static void everything(struct bench *bench, const char *text, size_t len)
{
    scan(bench, bench->scanner, text, len);
}

static void in_plain_c(struct bench *bench, const char *text, size_t len)
{
    scan(bench, bench->plain, text, len);
}

static double median_us(struct bench *bench, void (*work)(struct bench *, const char *, size_t),
                        const char *text, size_t len, size_t rounds, size_t repeat)
{
    double times[ROUNDS];
    for (size_t r = 0; r < rounds; r++) {
        double start = cpu_us();
        for (size_t i = 0; i < repeat; i++)
            work(bench, text, len);
        times[r] = (cpu_us() - start) / (double)repeat;
    }
    qsort(times, rounds, sizeof(times[0]), by_time);
    return times[rounds / 2];
}

int main(void)
{
    static const struct {
        const char *name, *unit;
    } kinds[] = {{"prose", prose},
                 {"code", code},
                 {"log lines", numbers},
                 {"form", form},
                 {"digits", "7"},
                 {"spaced digits", "1 "},
                 {"dashed", "123-45-"},
                 {"at signs", "@"},
                 {"mail-like", "a@"},
                 {"plus signs", "+"},
                 {"colons", "ab:"},
                 {"dots", "a.b.c."},
                 {"labels", "ssn: "},
                 {"dashes", "-"},
                 {"full width", "\xef\xbc\x91"},
                 {"letters", "a"},
                 {"street", "1 A St "},
                 {"slashes", "://a"},
                 {"parentheses", "(1"},
                 {"pem", "-----BEGIN "},
                 {"base64", base64},
                 {"short base64", "MjE5LTQ1LTY3ODA= "},
                 {"percent", "%40"},
                 {"entities", "&#64;"},
                 {"number words", "five "},
                 {"queries", "a://b?"},
                 {"www", "www.a."}};
    struct bench bench = {0};
    struct err err = {0};
    if (pii_scanner_new(&bench.scanner, &err) != 0 || pii_scratch_new(&bench.scratch, &err) != 0 ||
        pii_lexicon_new(&bench.lexicon, &err) != 0) {
        (void)fprintf(stderr, "bench_classify: %s\n", err.text);
        return 1;
    }
    plain_kernels = true;
    if (pii_scanner_new(&bench.plain, &err) != 0) {
        (void)fprintf(stderr, "bench_classify: %s\n", err.text);
        return 1;
    }
    plain_kernels = false;
    pii_rule_index_init(&bench.rules);
    (void)printf("%-14s %14s %14s %14s %14s %14s\n", "us per KB", "rules, 1 KB", "rules, 1 MB",
                 "all, 1 KB", "all, 1 MB", "plain C, 1 KB");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *text = repeated(kinds[i].unit, LARGE);
        double small = median_us(&bench, recognizers, text, SMALL, ROUNDS, 20);
        double large = median_us(&bench, recognizers, text, LARGE, 3, 1) / (LARGE / SMALL);
        double all_small = median_us(&bench, everything, text, SMALL, ROUNDS, 5);
        double all_large = median_us(&bench, everything, text, LARGE, 1, 1) / (LARGE / SMALL);
        double plain = median_us(&bench, in_plain_c, text, SMALL, 5, 5);
        (void)printf("%-14s %14.1f %14.1f %14.1f %14.1f %14.1f\n", kinds[i].name, small, large,
                     all_small, all_large, plain);
        free(text);
    }
    pii_spans_release(&bench.spans);
    pii_lexicon_free(bench.lexicon);
    pii_scratch_free(bench.scratch);
    pii_scanner_free(bench.plain);
    pii_scanner_free(bench.scanner);
    return 0;
}
