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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_made_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
