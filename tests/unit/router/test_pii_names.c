#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "router/pii_internal.h"

/* What the tagger may cut off a name, or take along: made whole whatever the weights of today cut.
 */

static void names_are_made_whole(void **state)
{
    (void)state;
    static const struct {
        const char *before, *tagged, *behind; /* the text, and what of it the tagger found */
        const char *whole;
    } cases[] = {
        {"by ", "Oneil", " \"Biggs\" Bartley.", "Oneil \"Biggs\" Bartley"},
        {"by ", "Oneil", " “Biggs” Bartley.", "Oneil “Biggs” Bartley"},
        {"by ", "Oneil", " ‘Biggs’ Bartley", "Oneil ‘Biggs’ Bartley"},
        {"by ", "Oneil", " “Biggs\" Bartley", "Oneil"},
        {"", "Oneil", " “I know” Bartley said", "Oneil “I know” Bartley"},
        {"", "Oneil", " “is” Bartley", "Oneil"},
        {"", "Oneil", " “Biggs", "Oneil"},
        {"", "Oneil", " “Biggs” ", "Oneil"},
        {"", "Pieter van", " 't Hof works", "Pieter van 't Hof"},
        {"", "Pieter van '", "t Hof works", "Pieter van 't Hof"},
        {"", "Pieter van ’", "t Hof", "Pieter van ’t Hof"},
        {"", "Gerard", " ’t Hooft’s theory", "Gerard ’t Hooft"},
        {"", "Gerard", " 't is goed", "Gerard"},
        {"", "Gerard", " 't ", "Gerard"},
        {"", "Yoo Kyung", "-ok, saying", "Yoo Kyung-ok"},
        {"", "Hsu Chiao-", "hsin of the party", "Hsu Chiao-hsin"},
        {"", "Smith", "-led talks", "Smith"},
        {"", "Smith-", "led talks", "Smith"},
        {"", "Smith", "-administration", "Smith"},
        {"", "Smith", "-5", "Smith"},
        {"", "Smith", "-", "Smith"},
        {"", "Smith", "-Trump talks", "Smith"},
        {"", "Datuk Seri Ahmad Zaki", " said", "Ahmad Zaki"},
        {"", "Alhaji Sani", ", before", "Sani"},
        {"", "Datuk ", "said", "Datuk "},
        {"", "Tanaka-san", " called", "Tanaka"},
        {"", "Yamamoto Kenji", "-sensei said", "Yamamoto Kenji"},
        {"", "Susan", " called", "Susan"},
        {"Mrs ", "K. today", ", she", "K."},
        {"Mrs ", "K. Today", ", she", "K. Today"},
        {"", "K. van Dijk", " said", "K. van Dijk"},
        {"", "Salaam Haroon", ", come in", "Haroon"},
        {"", "P.S. Tom", " called", "Tom"},
        {"P.S. ", "Tom", " called", "Tom"},
        {"", "Ada Byron abyron", "@example.org", "Ada Byron"},
        {"", "Ada Byron <abyron", "@example.org>", "Ada Byron"},
        {"", "Ada Byron", "@example.org", "Ada Byron"},
        {"", "ada byron", "@example.org", "ada byron"},
        {"", "abyron", "@example.org", "abyron"},
        {"", "Ada abyron", "@", "Ada"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};
        struct pii_spans spans = {0};
        size_t before = strlen(cases[i].before), tagged = strlen(cases[i].tagged);
        size_t len = before + tagged + strlen(cases[i].behind);
        char *text = malloc(len); /* without an end: a read past it shows */
        assert_non_null(text);
        memcpy(text, cases[i].before, before);
        memcpy(text + before, cases[i].tagged, tagged);
        memcpy(text + before + tagged, cases[i].behind, len - before - tagged);
        struct pii_span name = {.start = before,
                                .end = before + tagged,
                                .type = PII_PERSON,
                                .score = 0.9F,
                                .source = PII_SOURCE_TAGGER};
        assert_int_equal(pii_spans_add(&spans, &name, &err), 0);
        pii_names_complete(&spans, 0, text, len);
        assert_int_equal(spans.count, 1);
        const struct pii_span *span = &spans.items[0];
        if (span->end - span->start != strlen(cases[i].whole) ||
            memcmp(text + span->start, cases[i].whole, span->end - span->start) != 0)
            fail_msg("%s%s%s: \"%.*s\", not \"%s\"", cases[i].before, cases[i].tagged,
                     cases[i].behind, (int)(span->end - span->start), text + span->start,
                     cases[i].whole);
        pii_spans_release(&spans);
        free(text);
    }
}

/* `text` with what the tagger found between bars, and what is left of it, with bars too. */
struct cut {
    const char *tagged, *left;
};

static void check_cut(const struct pii_lexicon *lexicon, const struct cut *cut)
{
    struct err err = {0};
    struct pii_spans spans = {0};
    char *text = malloc(strlen(cut->tagged));
    char *left = calloc(1, 2 * strlen(cut->tagged) + 1);
    assert_non_null(text);
    assert_non_null(left);
    size_t len = 0;
    struct pii_span name = {.type = PII_PERSON, .score = 0.9F, .source = PII_SOURCE_TAGGER};
    bool open = false;
    for (const char *p = cut->tagged; *p != '\0'; p++) {
        if (*p != '|') {
            text[len++] = *p;
            continue;
        }
        open = !open;
        *(open ? &name.start : &name.end) = len;
        if (!open)
            assert_int_equal(pii_spans_add(&spans, &name, &err), 0);
    }
    struct pii_normal normal;
    struct pii_evidence stretches[1];
    memset(&normal, 0, sizeof normal);
    memset(stretches, 0, sizeof stretches);
    assert_int_equal(pii_normalize(&normal, text, len, &err), 0);
    assert_true(normal.len <= PII_STRETCH);
    struct pii_run run = {.text = normal.text,
                          .len = normal.len,
                          .spans = &spans,
                          .stretches = stretches,
                          .stretch_count = 1,
                          .err = &err};
    pii_context_collect(&run, lexicon);
    pii_names_cut(&run, &normal, 0, text, len);
    assert_int_equal(run.rc, 0);
    pii_merge(&spans, 0); /* in order */
    size_t n = 0;
    for (size_t i = 0, s = 0; i <= len; i++) {
        if (s < spans.count && spans.items[s].end == i) {
            left[n++] = '|';
            s++;
        }
        if (s < spans.count && spans.items[s].start == i)
            left[n++] = '|';
        if (i < len)
            left[n++] = text[i];
    }
    if (strcmp(left, cut->left) != 0)
        fail_msg("%s: %s, not %s", cut->tagged, left, cut->left);
    free(run.hits);
    pii_normal_release(&normal);
    pii_spans_release(&spans);
    free(left);
    free(text);
}

static void names_end_where_they_end(void **state)
{
    (void)state;
    static const struct cut cuts[] = {
        /* somebody's words end, and others begin */
        {"“|Maria”. ‘Maria|’ here", "“|Maria|”. ‘|Maria|’ here"},
        {"“I am |Maria.” “Maria| is", "“I am |Maria|.” “|Maria| is"},
        {"\"|Maria\", Anna| said", "\"|Maria|\", |Anna| said"},
        {"„|Maria“, und| er", "„|Maria|“, und er"},
        {"«|Maria», Anna|", "«|Maria|», |Anna|"},
        {"‘|Maria’, “Anna”, \"Olga|\"", "‘|Maria|’, “|Anna|”, \"|Olga|\""},
        {"“|Maria”.|", "“|Maria|”."},
        {"b\"|Maria\"|", "b\"|Maria|\""},
        /* nicknames and apostrophes */
        {"|Oneil “Biggs” Bartley| ran", "|Oneil “Biggs” Bartley| ran"},
        {"|Siʿid \"Juxa\"|, he", "|Siʿid \"Juxa\"|, he"},
        {"|Dwayne \"Rock\", Jr.| ran", "|Dwayne \"Rock\", Jr.| ran"},
        {"|Mary O' Grady| ran", "|Mary O' Grady| ran"},
        {"|Conor O’Brien|.", "|Conor O’Brien|."},
        {"|‘Whitey’ Bulger| ran", "|‘Whitey’ Bulger| ran"},
        {"(\"|Bill\") Tautari| ran", "(\"|Bill\") Tautari| ran"},
        /* labels of numbers */
        {"|Паспорт| 45 08 123456", "Паспорт 45 08 123456"},
        {"|NIK|: 3174012345678901", "NIK: 3174012345678901"},
        {"|CPF| nº 390.533.447-05", "CPF nº 390.533.447-05"},
        {"|Rodné Číslo| 736028/5163", "Rodné Číslo 736028/5163"},
        {"|ΔΙΑΒΑΤΗΡΙΟ| AK1234567", "ΔΙΑΒΑΤΗΡΙΟ AK1234567"},
        {"|Budi Santoso NIK| 3174012345678901", "|Budi Santoso| NIK 3174012345678901"},
        {"|Петров Иван, СНИЛС| 112-233-445 95", "|Петров Иван|, СНИЛС 112-233-445 95"},
        {"|Driver| License 482911734", "Driver License 482911734"},
        {"|Passport| Number A1234567", "Passport Number A1234567"},
        {"|ＮＩＫ| 3174012345678901", "ＮＩＫ 3174012345678901"},
        /* words for labels in names, or without a number */
        {"|Jonathan Swift| ( 1667-1745 )", "|Jonathan Swift| ( 1667-1745 )"},
        {"|Jonathan Swift| was 45", "|Jonathan Swift| was 45"},
        {"|Nik| called 3174012345678901", "|Nik| called 3174012345678901"},
        {"|Nik Santoso| 3174012345678901", "|Nik Santoso| 3174012345678901"},
        {"|Budi NIK", "Budi NIK"},
    };
    struct err err = {0};
    struct pii_lexicon *lexicon;
    assert_int_equal(pii_lexicon_new(&lexicon, &err), 0);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
        check_cut(lexicon, &cuts[i]);
    pii_lexicon_free(lexicon);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_whole),
        cmocka_unit_test(names_end_where_they_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
