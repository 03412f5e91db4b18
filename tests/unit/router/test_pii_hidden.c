/* Identifiers that are written otherwise: base64, escapes, numbers in words. */
#include "pii_test.h"

#include <time.h>

/* Texts of test_base64: "219-45-6780", "my ssn is 219-45-6780", "joan.f@posteo.de and so on". */
#define SSN64 "MjE5LTQ1LTY3ODA="
#define SENTENCE64 "bXkgc3NuIGlzIDIxOS00NS02Nzgw"
#define MAIL64 "am9hbi5mQHBvc3Rlby5kZSBhbmQgc28gb24="

static void test_base64(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"see " SSN64 ", please", PII_US_SSN, SSN64, 0.6F, true},
        {"MjE5LTQ1LTY3ODA", PII_US_SSN, "MjE5LTQ1LTY3ODA", 0.6F, true},
        {"{\"data\":\"" SENTENCE64 "\"}", PII_US_SSN, SENTENCE64, 0.9F, true},
        {"data:text/plain;base64," SENTENCE64, PII_US_SSN, SENTENCE64, 0.9F, true},
        {"a/path/" SENTENCE64, PII_US_SSN, SENTENCE64, 0.9F, true},
        {"prefix-" MAIL64 " end", PII_EMAIL_ADDRESS, MAIL64, 0.9F, true},
        {SSN64 " " MAIL64, PII_EMAIL_ADDRESS, MAIL64, 0.9F, true},
        {SSN64 " " MAIL64, PII_US_SSN, SSN64, 0.6F, true},
        /* the words in front say what the number is: ssn, "219456780 ok" */
        {"ssn: MjE5NDU2NzgwIG9r.", PII_US_SSN, "MjE5NDU2NzgwIG9r", 0.8F, true},
        /* mail breaks its lines at 76; "my ssn is 219-45-6780" stands across the break */
        {"WW91IG1heSB3YW50IHRvIGtub3cgdGhhdCB3aGF0IGZvbGxvd3MgaXMgbm9ib2R5J3M6IDIxOS00\n"
         "NS02NzgwLCB0aGF0IGlzIGFsbC4=",
         PII_US_SSN,
         "WW91IG1heSB3YW50IHRvIGtub3cgdGhhdCB3aGF0IGZvbGxvd3MgaXMgbm9ib2R5J3M6IDIxOS00\n"
         "NS02NzgwLCB0aGF0IGlzIGFsbC4=",
         0.6F, true},
        /* base64 of base64 of "my ssn is 219-45-6780" */
        {"YlhrZ2MzTnVJR2x6SURJeE9TMDBOUzAyTnpndw==", PII_US_SSN,
         "YlhrZ2MzTnVJR2x6SURJeE9TMDBOUzAyTnpndw==", 0.9F, true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"ssn MjE5NDU2Nzgw", PII_US_SSN}, /* shorter than any run that is read */
        {"hash 8f953371d3e85eddb89b05ed6b9e680791055315c73e1025ab5dba7bb2aee189", PII_TYPE_COUNT},
        {"internationalization/of/some_long-path/that-decodes-to-nothing", PII_TYPE_COUNT},
        {"aGVsbG8gd29ybGQsIHRoaXMgaXMgbm90aGluZw==", PII_TYPE_COUNT},
        /* a third level is not read */
        {"V1d4b2Nsb3lUWHBVYmxaS1VqSjROa2xFU1hoUFV6QXdUbE13TWs1Nlp6TT0=", PII_US_SSN},
    };
    check_negatives(none, COUNT(none));
}

/* What is said in base64 counts for the verdict as if it stood there, and is said to be encoded. */
static void test_base64_counts(void **state)
{
    (void)state;
    struct scan plain = scan_text("nothing at all is said here, and " SENTENCE64);
    const struct pii_span *span = find_type(&plain, PII_US_SSN);
    assert_non_null(span);
    assert_true(span->encoded);
    assert_int_equal(plain.facts.count[PII_US_SSN], 1);
    assert_int_equal(plain.facts.validated[PII_US_SSN], 1);
    assert_true(plain.facts.sensitive >= 0.9F);
    scan_release(&plain);
}

/* A run of two types gives both at its place; of one type several give one. */
static void test_base64_types(void **state)
{
    (void)state;
    /* "219-45-6780 joan.f@posteo.de 412-33-8841" */
    const char *text = "x MjE5LTQ1LTY3ODAgam9hbi5mQHBvc3Rlby5kZSA0MTItMzMtODg0MQ== y";
    struct scan scan = scan_text(text);
    size_t ssns = 0;
    size_t mails = 0;
    for (size_t i = 0; i < scan.spans.count; i++) {
        ssns += scan.spans.items[i].type == PII_US_SSN;
        mails += scan.spans.items[i].type == PII_EMAIL_ADDRESS;
        assert_true(i == 0 || scan.spans.items[i - 1].start <= scan.spans.items[i].start);
    }
    assert_int_equal(ssns, 1);
    assert_int_equal(mails, 1);
    assert_int_equal(scan.facts.count[PII_US_SSN], 2);
    scan_release(&scan);
}

static void test_escapes(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"john%40posteo.de", PII_EMAIL_ADDRESS, "john%40posteo.de", 0.9F, true},
        {"%6Aohn%40posteo%2Ede!", PII_EMAIL_ADDRESS, "%6Aohn%40posteo%2Ede", 0.9F, true},
        {"to john&#64;posteo.de now", PII_EMAIL_ADDRESS, "john&#64;posteo.de", 0.9F, true},
        {"john&#x40;posteo&period;de", PII_EMAIL_ADDRESS, "john&#x40;posteo&period;de", 0.9F, true},
        {"<a>john&commat;posteo.de</a>", PII_EMAIL_ADDRESS, "john&commat;posteo.de", 0.9F, true},
        {"To: john=40posteo.de", PII_EMAIL_ADDRESS, "john=40posteo.de", 0.9F, true},
        {"ssn &#50;&#49;&#57;-45-6780", PII_US_SSN, "&#50;&#49;&#57;-45-6780", 0.9F, true},
        {"(212)&nbsp;664-7665", PII_PHONE_NUMBER, "(212)&nbsp;664-7665", 0.8F, true},
        {"219&#8209;45&#8209;6780", PII_US_SSN, "219&#8209;45&#8209;6780", 0.6F, true},
        {"card=4539%201488%200343%206467&x=1", PII_CREDIT_CARD, "4539%201488%200343%206467", 0.9F,
         true},
        {"tel=%2B49%2030%20901820", PII_PHONE_NUMBER, "%2B49%2030%20901820", 0.9F, true},
        {"https://x.com/?q=john%40posteo.de&a=1", PII_EMAIL_ADDRESS, "john%40posteo.de", 0.9F,
         true},
        {"https://x.com/?q=john%40posteo.de&a=1", PII_URL, "https://x.com/?q=john%40posteo.de&a=1",
         0.5F, false},
        {"https://x.com/a%20b%2Fc", PII_URL, "https://x.com/a%20b%2Fc", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"100%40 of it", PII_EMAIL_ADDRESS},     {"x &#64 posteo.de", PII_EMAIL_ADDRESS},
        {"width=40px.de", PII_PHONE_NUMBER},     {"&#99999999;219", PII_US_SSN},
        {"a%4 b%zz &#; &#x; &", PII_TYPE_COUNT},
    };
    check_negatives(none, COUNT(none));
}

static void test_numbers_in_words(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"my phone is two one two, six six four, seven six six five.", PII_PHONE_NUMBER,
         "two one two, six six four, seven six six five", 0.9F, true},
        {"call two one two six six four seven six six five", PII_PHONE_NUMBER,
         "two one two six six four seven six six five", 0.9F, true},
        {"call 212 then 664 dash 7665", PII_PHONE_NUMBER, "212 then 664 dash 7665", 0.9F, true},
        {"phone double seven, oh four one double five triple six, nine", PII_PHONE_NUMBER,
         "double seven, oh four one double five triple six, nine", 0.6F, false},
        {"on plus one, four one five, six six four, seven six six five", PII_PHONE_NUMBER,
         "plus one, four one five, six six four, seven six six five", 0.8F, true},
        {"Two One Nine, Four Five, Six Seven Eight Zero", PII_US_SSN,
         "Two One Nine, Four Five, Six Seven Eight Zero", 0.6F, true},
        {"ssn two one nine forty-five sixty-seven eighty", PII_US_SSN,
         "two one nine forty-five sixty-seven eighty", 0.8F, true},
        {"her social: two one nine four five six seven eight zero", PII_US_SSN,
         "two one nine four five six seven eight zero", 0.8F, true},
        {"four five three nine, one four eight eight, zero three four three, six four six seven",
         PII_CREDIT_CARD,
         "four five three nine, one four eight eight, zero three four three, six four six seven",
         0.8F, true},
        {"Telefon null drei null neun null eins acht zwei null", PII_PHONE_NUMBER,
         "null drei null neun null eins acht zwei null", 0.6F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"one two three four five six seven eight nine ten", PII_TYPE_COUNT},
        {"call out one two three four five six seven eight nine", PII_PHONE_NUMBER},
        {"seven thousand two hundred and six, five, four, three, nine, one", PII_TYPE_COUNT},
        {"two apples, three pears, four plums, five figs and nine limes", PII_TYPE_COUNT},
        {"her social: one or two nine-year-olds and five or six others", PII_US_SSN},
        {"add 100 and 200 and 300 and 400", PII_TYPE_COUNT},
        {"call five five five one two", PII_PHONE_NUMBER},
        {"ssn two one nine four five six seven eight zero double", PII_US_SSN},
    };
    check_negatives(none, COUNT(none));
}

static double scan_seconds(const char *text, size_t len)
{
    struct scan scan = {0};
    struct timespec before;
    struct timespec after;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    scan_more(&scan, text, len);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    scan_release(&scan);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* Whatever is repeated, the cost grows with the length alone. */
static void test_hostile_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = {
        "five ",
        "double ",
        "five five, ",
        "1 then ",
        SSN64 " ",
        "MjE5LTQ1LTY3ODA/",
        "a://b?",
        "www.a.b?",
        "%40",
        "&#64;",
        "a=40b",
        "&#x",
        "Anna'",
        "Anna\xe2\x80\x99",
        "A",
        "AAAA\n",
        "219 then 45 dash 6780 and five five five five ",
    };
    enum { SMALL = 1 << 13, FACTOR = 16 };
    char *text = malloc(SMALL * FACTOR);
    assert_non_null(text);
    for (size_t u = 0; u < COUNT(units); u++) {
        for (size_t i = 0; i < SMALL * FACTOR; i++)
            text[i] = units[u][i % strlen(units[u])];
        double small = scan_seconds(text, SMALL);
        double large = scan_seconds(text, SMALL * FACTOR);
        /* Quadratic would be 256 times; the slack is for a busy machine. */
        if (large > small * FACTOR * 5 + 0.2)
            fail_msg("\"%s\": %.3f s, then %.3f s for %d times the length", units[u], small, large,
                     FACTOR);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64),           cmocka_unit_test(test_base64_counts),
        cmocka_unit_test(test_base64_types),     cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_numbers_in_words), cmocka_unit_test(test_hostile_is_linear),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
