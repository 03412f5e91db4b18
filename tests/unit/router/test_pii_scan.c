#include "pii_test.h"

#include <time.h>

#include "router/pii_internal.h"
#include "router/pii_sets.h"
#include "router/tagger_features.h"

static void test_offsets_in_normalised_text(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"é 219-45-6780 ü", PII_US_SSN, "219-45-6780", 0.6F, true},
        {"ＳＳＮ：２１９-４５-６７８０。", PII_US_SSN, "２１９-４５-６７８０", 0.6F, true},
        {"card 4539\u200b1488\u200b0343\u200b6467.", PII_CREDIT_CARD,
         "4539\u200b1488\u200b0343\u200b6467", 0.9F, true},
        {"SSN 219\u201145\u20116780!", PII_US_SSN, "219\u201145\u20116780", 0.6F, true},
        {"tel\u00a0+49\u00a030\u00a0901820", PII_PHONE_NUMBER, "+49\u00a030\u00a0901820", 0.8F,
         true},
        {"jane.roe＠posteo.de", PII_EMAIL_ADDRESS, "jane.roe＠posteo.de", 0.9F, true},
        {"j\u0430ne.roe@posteo.de", PII_EMAIL_ADDRESS, "j\u0430ne.roe@posteo.de", 0.9F, true},
        {"ssn ٢١٩-٤٥-٦٧٨٠", PII_US_SSN, "٢١٩-٤٥-٦٧٨٠", 0.6F, true},
        {"card 4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7.", PII_CREDIT_CARD,
         "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7", 0.9F, true},
        {"my ssn is 2 1 9 4 5 6 7 8 0", PII_US_SSN, "2 1 9 4 5 6 7 8 0", 0.6F, true},
        {"tel 2-1-2-6-6-4-7-6-6-5!", PII_PHONE_NUMBER, "2-1-2-6-6-4-7-6-6-5", 0.6F, true},
        {"名前は 219-45-6780 です", PII_US_SSN, "219-45-6780", 0.6F, true},
    };
    check_positives(cases, COUNT(cases));
}

static void test_dates_and_ages(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"DOB: 04/12/1987", PII_DATE_OF_BIRTH, "04/12/1987", 0.9F, true},
        {"dateOfBirth: 1987-12-04", PII_DATE_OF_BIRTH, "1987-12-04", 0.9F, true},
        {"geboren am 4. Mai 1971", PII_DATE_OF_BIRTH, "4. Mai 1971", 0.9F, false},
        {"date of birth May 5th, 1971", PII_DATE_OF_BIRTH, "May 5th, 1971", 0.9F, true},
        {"was born in 1960 in", PII_DATE_OF_BIRTH, "1960", 0.5F, false},
        {"on 5/20/2021 we", PII_DATE_TIME, "5/20/2021", 0.5F, false},
        {"at 2021-05-20T12:30:00Z.", PII_DATE_TIME, "2021-05-20T12:30:00Z", 0.5F, false},
        {"5-MAY-2021", PII_DATE_TIME, "5-MAY-2021", 0.5F, false},
        {"a 34-year-old man", PII_AGE, "34", 0.7F, false},
        {"I'm Anna Ilves, 84, and", PII_AGE, "84", 0.5F, false},
        {"Anna Schmidt (84) won", PII_AGE, "84", 0.5F, false},
        {"54F, T2DM", PII_AGE, "54", 0.5F, false},
        {"age: 34", PII_AGE, "34", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"45/13/2021", PII_DATE_TIME},
        {"1.2.34", PII_DATE_TIME},
        {"3-4-5", PII_DATE_TIME},
        {"DOB is missing", PII_DATE_OF_BIRTH},
        {"page 34 of 40", PII_AGE},
        {"it was 72F outside", PII_AGE},
        {"Anna Schmidt, 84 cows", PII_AGE},
        {"a 5-year-old server hums", PII_AGE},
        {"my laptop is about 4 years old", PII_AGE},
    };
    check_negatives(none, COUNT(none));
}

/* Greetings, numbers and the words of forms are nobody, but the names beside them are. */
static void test_foreign_words(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"Guten Morgen, ich heiße Jürgen Müller.", PII_PERSON, "Jürgen Müller", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"Guten Morgen, wie geht es Ihnen?", PII_PERSON},
        {"carta di identità numero", PII_PERSON},
        {"Mi tarjeta de crédito no funciona", PII_PERSON},
    };
    check_negatives(none, COUNT(none));
}

/* Without a word for it: a person beside the number, or what one tells with one's age. */
static void test_ages_without_a_word(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"I was told I have gout at 54", PII_AGE, "54", 0.5F, false},
        {"I was told I have an unspecified psychotic disorder with hallucinations, induced by "
         "solvents, at 84. I",
         PII_AGE, "84", 0.5F, false},
        {"diagnosed at 6, she", PII_AGE, "6", 0.5F, false},
        {"My mother died at 60.", PII_AGE, "60", 0.5F, false},
        {"I was 61 when it began", PII_AGE, "61", 0.5F, false},
        {"I'm 44 and tired", PII_AGE, "44", 0.5F, false},
        {"hes 31", PII_AGE, "31", 0.5F, false},
        {"my mum is 72.", PII_AGE, "72", 0.5F, false},
        {"my dad (72) fell", PII_AGE, "72", 0.5F, false},
        {"my son, 7, and I", PII_AGE, "7", 0.5F, false},
        {"a client of 88 and put", PII_AGE, "88", 0.5F, false},
        {"I (34F) fight", PII_AGE, "34", 0.5F, false},
        {"F/34, chest pain", PII_AGE, "34", 0.5F, false},
        {"34/F here", PII_AGE, "34", 0.5F, false},
        {"ALT 81. F, 38, smoker", PII_AGE, "38", 0.5F, false},
        {"my sister (f, 27) cries", PII_AGE, "27", 0.5F, false},
        {"Amara (f, 27) left", PII_AGE, "27", 0.5F, false},
        {"Susan O'Neill is 31.", PII_AGE, "31", 0.5F, false},
        {"Client (she/her, 29) reports", PII_AGE, "29", 0.5F, false},
        {"me, f 26, rash", PII_AGE, "26", 0.5F, false},
        {"he's in his mid-30s", PII_AGE, "30s", 0.5F, false},
        {"in her late fifties", PII_AGE, "fifties", 0.5F, false},
        {"she turned 40", PII_AGE, "40", 0.5F, false},
        {"our girls are 6 and 9", PII_AGE, "6", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"The oven was 61 when", PII_AGE},
        {"look at 54 items", PII_AGE},
        {"meet me at 14.", PII_AGE},
        {"I was told I have a call at 9.", PII_AGE},
        {"my room (72F)", PII_AGE},
        {"Tesla (54M) sold", PII_AGE},
        {"he is 6 feet tall", PII_AGE},
        {"I was 5 minutes late", PII_AGE},
        {"I am 20 weeks pregnant", PII_AGE},
        {"he's 6'2\" tall", PII_AGE},
        {"I am 80% sure", PII_AGE},
        {"cancer (12)", PII_AGE},
        {"the number of girls was 7.", PII_AGE},
        {"the boys, 12 girls", PII_AGE},
        {"a box of 12.", PII_AGE},
        {"who is 5 times as old", PII_AGE},
        {"in the late fifties", PII_AGE},
        {"in the 90s", PII_AGE},
        {"see F 26", PII_AGE},
    };
    check_negatives(none, COUNT(none));
}

/* Found wherever it stands in a long text, also far behind any window. */
/* A megabyte with numbers planted at any offsets, the first and the last byte too: none is missed.
 */
static void test_every_offset(void **state)
{
    (void)state;
    enum { LEN = 1 << 20, COUNT_PLANTED = 997, STEP = LEN / COUNT_PLANTED };
    static const char needle[] = "ssn 219-45-6780";
    enum { NEEDLE = sizeof(needle) - 1, AT_VALUE = 4 };
    char *text = malloc(LEN);
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++)
        text[i] = "the quick brown fox "[i % 20];
    static size_t places[COUNT_PLANTED];
    uint32_t random = 2463534242u;
    for (size_t i = 0; i < COUNT_PLANTED; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        size_t at = i * STEP + random % (STEP - NEEDLE - 2) + 1;
        if (i == 0)
            at = 0;
        if (i == COUNT_PLANTED - 1)
            at = LEN - NEEDLE;
        places[i] = at;
        memcpy(text + at, needle, NEEDLE);
        if (at > 0)
            text[at - 1] = ' ';
        if (at + NEEDLE < LEN)
            text[at + NEEDLE] = ' ';
    }
    struct scan scan = {0};
    scan_more(&scan, text, LEN);
    size_t found = 0;
    for (size_t i = 0; i < scan.spans.count; i++) {
        const struct pii_span *span = &scan.spans.items[i];
        if (span->type != PII_US_SSN)
            continue;
        assert_true(found < COUNT_PLANTED);
        assert_int_equal(span->start, places[found] + AT_VALUE);
        assert_int_equal(span->end, places[found] + NEEDLE);
        found++;
    }
    assert_int_equal(found, COUNT_PLANTED);
    assert_true(scan.facts.sensitive >= 0.5F);
    scan_release(&scan);
    free(text);
}

/* A number with its check digit stays within the street or name that the tagger saw around it, and
 * swallows one that it saw inside. */
static void test_checked_numbers_stay(void **state)
{
    (void)state;
    static const struct {
        size_t start, end; /* of the tagger's span; the number is [10, 20) */
        bool validated;
        size_t left;
    } cases[] = {{10, 22, true, 2}, {8, 22, true, 2}, {8, 22, false, 1}, {12, 18, true, 1}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = {0};
        struct pii_spans spans = {0};
        struct pii_span name = {.start = cases[i].start,
                                .end = cases[i].end,
                                .type = PII_STREET_ADDRESS,
                                .score = 0.7F,
                                .source = PII_SOURCE_TAGGER};
        struct pii_span number = {.start = 10,
                                  .end = 20,
                                  .type = PII_ES_NIF,
                                  .score = 0.65F,
                                  .source = PII_SOURCE_RECOGNIZER,
                                  .validated = cases[i].validated};
        assert_int_equal(pii_spans_add(&spans, &name, &err), 0);
        assert_int_equal(pii_spans_add(&spans, &number, &err), 0);
        pii_merge(&spans, 0);
        assert_int_equal(spans.count, cases[i].left);
        assert_true(spans.items[spans.count - 1].type == PII_ES_NIF || !cases[i].validated);
        pii_spans_release(&spans);
    }
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds of processor time that the recognizers, without the tagger, take for a text. */
static double recognize_seconds(const struct pii_lexicon *lexicon,
                                const struct pii_rule_index *rules, const char *text, size_t len)
{
    struct err err = {0};
    struct pii_normal normal = {0};
    struct pii_spans spans = {0};
    double start = seconds();
    assert_int_equal(pii_normalize(&normal, text, len, &err), 0);
    struct pii_run run = {.text = normal.text,
                          .len = normal.len,
                          .rules = rules,
                          .spans = &spans,
                          .stretches =
                              calloc(pii_stretches(normal.len), sizeof(struct pii_evidence)),
                          .stretch_count = pii_stretches(normal.len),
                          .err = &err};
    assert_non_null(run.stretches);
    pii_context_collect(&run, lexicon);
    pii_recognize(&run);
    assert_int_equal(run.rc, 0);
    pii_merge(&spans, 0);
    double used = seconds() - start;
    free(run.hits);
    free(run.stretches);
    pii_spans_release(&spans);
    pii_normal_release(&normal);
    return used;
}

/* What costs the most per byte still grows with the length alone. */
static void test_adversarial_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = {"7",
                                        "1 ",
                                        "@",
                                        "a@",
                                        "+",
                                        "+1",
                                        "ab:",
                                        "a.b.",
                                        "-",
                                        "://a",
                                        "(1",
                                        "-----BEGIN ",
                                        "ssn: ",
                                        "1 A St ",
                                        "12-",
                                        "a at b dot ",
                                        "eyJ.",
                                        "May 1 ",
                                        "1::",
                                        "password:",
                                        "a-",
                                        "ul. A ",
                                        "\xef\xbc\x91",
                                        "123-45-",
                                        "+1 (",
                                        "account ",
                                        "a/b.",
                                        "12:",
                                        "A1 ",
                                        "x@y.com ",
                                        "-----BEGIN PRIVATE KEY"};
    enum { SMALL = 1 << 14, FACTOR = 16 };
    static struct pii_rule_index rules;
    struct pii_lexicon *lexicon = NULL;
    struct err err = {0};
    assert_int_equal(pii_lexicon_new(&lexicon, &err), 0);
    pii_rule_index_init(&rules);
    char *text = malloc(SMALL * FACTOR);
    assert_non_null(text);
    for (size_t u = 0; u < COUNT(units); u++) {
        for (size_t i = 0; i < SMALL * FACTOR; i++)
            text[i] = units[u][i % strlen(units[u])];
        double small = recognize_seconds(lexicon, &rules, text, SMALL);
        double large = recognize_seconds(lexicon, &rules, text, SMALL * FACTOR);
        /* Quadratic would be 256 times; the slack is for a busy machine. */
        if (large > small * FACTOR * 5 + 0.05)
            fail_msg("\"%s\": %.3f s, then %.3f s for %d times the length", units[u], small, large,
                     FACTOR);
    }
    free(text);
    pii_lexicon_free(lexicon);
}

static float verdict(const char *text)
{
    struct scan scan = scan_text(text);
    float sensitive = scan.facts.sensitive;
    scan_release(&scan);
    return sensitive;
}

static void test_verdict(void **state)
{
    (void)state;
    static const char *const sensitive[] = {
        "My SSN is 219-45-6780.",
        "Charge 4539 1488 0343 6467 please",
        "Please write a reply to jane.roe@posteo.de about her order",
        "Patient Maria Gonzalez was diagnosed with HIV and prescribed antiretrovirals.",
        "My client Robert Fisher is the defendant and was arrested for fraud.",
        "connect with postgres://app:h8Kz2pq@db.corp.io/main",
        "MRN: 48221193, biopsy showed carcinoma",
        "Pt initials J.K., 54F, T2DM, seen 3/12",
        "The applicant was born in 1962 and lives in Kaunas. On 3 May 2004 he was arrested.",
        "My husband lost his job and drinks. I am pregnant and scared. What should I do?",
        "Dear Mr Ilves, I cannot come to work on Monday since my daughter Meaghan is ill.",
        "Between 3 May 2004 and 9 June 2005 the applicant remained in detention in Kaunas.",
        "my landlord Henrik won't give back my deposit and entered my room. what are my rights?",
        "row = {'tenant': 'Ilves, M.', 'behind': 310, 'note': 'lost her job'}  # why a KeyError?",
        "We pay our babysitter Henrike in cash and she fell down the stairs. Are we liable?",
        "72M, CABG 2014, now NYHA III, on bisoprolol and ramipril, K 5.6 this am. Hold ramipril?",
        "Verse for auntie Meaghan, who is 80 on Friday, buried two husbands and still drives.",
        "Customer no. 4482910, Margaret Holloway, wants to cancel.",
        "My neighbour Frank Meyer plays loud music until 3 am every night. Where can I complain?",
    };
    static const char *const harmless[] = {
        "Who was Marie Curie and what did she discover?",
        "Tom has 12 apples and gives 5 to Anna. How many are left?",
        "Explain the Luhn check with 4111 1111 1111 1111 as an example.",
        "Write a regex that matches jane@example.com and 555-0132.",
        "Why does ping 127.0.0.1 work without a network?",
        "What is diabetes and how is it treated?",
        "Summarise the plot of a novel about a lawyer in Paris.",
        "Sort the list [1700000000, 1600000000] in Python.",
        "My name is a field of struct person { char name[20]; int age; };",
        "Article 5 of the Convention provides that everyone has the right to liberty.",
        "Write a story about a knight named Oskar who fights a dragon.",
        "Write a short thank-you email to my colleague.",
        "Emmy has 14 iPods and loses 6. She still has twice as many as Rosa. How many are left?",
        "Allen is 25 years younger than his mother. In 3 years, the sum of their ages will be 41. "
        "What is the present age of Allen's mother?",
        "In 28 years Dr. Hayes will be 64 years old. How old is he now?",
        "A 45-year-old man comes to the physician because of chest pain. His blood pressure is "
        "150/90 mm Hg. What is the most likely diagnosis?\nA. Angina\nB. Reflux\nC. Pericarditis",
        "Which battle of 10th October 732 AD saw Charles Martel defeat the Moors?",
        "Oskar Ilves was an Estonian novelist. He was born in Tartu in 1892, studied in Riga and "
        "died in 1951. His works include three plays. Shorten this.",
        "Write a story about a nurse called Meaghan who is accused of murder.",
        "Mr. Hayes discounted a note for $2,500 due on April 9. What were the proceeds?",
        "Acme Corp's CEO John Smith said quarterly revenue rose 4 % on strong demand.",
        "parse_name('Doe, John')",
        "Can I take ibuprofen with coffee?",
        "My laptop does not start after the update. What can I do?",
        "Can I use my Visa card in Cuba?",
    };
    for (size_t i = 0; i < COUNT(sensitive); i++)
        if (verdict(sensitive[i]) < 0.5F)
            fail_msg("%.2f is too low: %s", (double)verdict(sensitive[i]), sensitive[i]);
    for (size_t i = 0; i < COUNT(harmless); i++)
        if (verdict(harmless[i]) >= 0.5F)
            fail_msg("%.2f is too high: %s", (double)verdict(harmless[i]), harmless[i]);
}

/* What GDPR's Article 9 and a lawyer's secrecy protect, and the same words where they say nothing.
 */
static void test_topics(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum pii_topic topic;
        bool about;
    } cases[] = {
        {"She was diagnosed with HIV and is in chemotherapy.", PII_TOPIC_HEALTH, true},
        {"Privileged and confidential: attorney work product.", PII_TOPIC_LEGAL, true},
        {"He is a Jehovah's Witness and was baptised in church.", PII_TOPIC_RELIGION, true},
        {"His ethnic origin: Roma. Ethnicity is recorded.", PII_TOPIC_ETHNICITY, true},
        {"She is a party member and told us her political opinion.", PII_TOPIC_POLITICS, true},
        {"He is the shop steward of the trade union.", PII_TOPIC_UNION, true},
        {"He came out as gay; his sexual orientation is known.", PII_TOPIC_SEX_LIFE, true},
        {"The genetic test found a BRCA1 mutation.", PII_TOPIC_GENETIC, true},
        {"The fingerprint and the iris scan are biometric data.", PII_TOPIC_BIOMETRIC, true},
        {"The union of two sets has at most n + m elements.", PII_TOPIC_UNION, false},
        {"The race condition was in the second thread.", PII_TOPIC_ETHNICITY, false},
        {"A healthy build passes all tests on the host.", PII_TOPIC_HEALTH, false},
        {"The party starts at nine; bring drinks.", PII_TOPIC_POLITICS, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scan scan = scan_text(cases[i].text);
        if ((scan.facts.topic[cases[i].topic] >= 0.5F) != cases[i].about)
            fail_msg("%.2f: %s", (double)scan.facts.topic[cases[i].topic], cases[i].text);
        scan_release(&scan);
    }
}

/* Safe Harbor's eighteen identifiers, item 18 being every other unique number. */
static void test_safe_harbor_is_whole(void **state)
{
    (void)state;
    struct pii_set set;
    assert_true(pii_set_find("hipaa_safe_harbor", &set));
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        bool none = i == PII_ORGANIZATION || i == PII_NRP || i == PII_TITLE;
        assert_int_equal(pii_set_has(&set, (enum pii_type)i), !none);
    }
}

/* A long text is as private as its most private stretch; texts scanned apart add up the same. */
static void test_stretches_and_merging(void **state)
{
    (void)state;
    static const char letter[] =
        "Dear Mr Ilves, I cannot come to work since my daughter Meaghan is "
        "ill. My wife and I were at the hospital. ";
    static const char filler[] = "The loop adds each element to the total and prints it. ";
    enum { TIMES = 2000, PERIOD = 256 };
    size_t unit = sizeof(filler) - 1, len = TIMES * unit;
    char *text = malloc(len + sizeof(letter));
    assert_non_null(text);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * unit, filler, unit);
    struct scan plain = {0}, alone = scan_text(letter);
    scan_more(&plain, text, len);
    assert_true(plain.facts.sensitive < 0.5F);
    assert_true(alone.facts.sensitive >= 0.5F);
    /* as far into a stretch, so that it is judged alike wherever it stands */
    float first = 0;
    for (size_t at = PERIOD * unit; at < len; at += PERIOD * unit) {
        struct scan hidden = {0};
        memmove(text + at + sizeof(letter) - 1, text + at, len - at);
        memcpy(text + at, letter, sizeof(letter) - 1);
        scan_more(&hidden, text, len + sizeof(letter) - 1);
        memmove(text + at, text + at + sizeof(letter) - 1, len - at);
        first = first > 0 ? first : hidden.facts.sensitive;
        assert_true(hidden.facts.sensitive >= 0.5F);
        assert_float_equal(hidden.facts.sensitive, first, 0.02F);
        scan_release(&hidden);
    }

    struct pii_facts one = plain.facts, two = alone.facts;
    pii_facts_merge(&one, &alone.facts);
    pii_facts_merge(&two, &plain.facts);
    assert_float_equal(one.sensitive, two.sensitive, 1e-5F);
    assert_true(one.sensitive >= alone.facts.sensitive);
    assert_int_equal(one.count[PII_PERSON],
                     plain.facts.count[PII_PERSON] + alone.facts.count[PII_PERSON]);
    scan_release(&plain);
    scan_release(&alone);
    free(text);
}

/* A day that only its clause makes somebody's is a span, and for the verdict nothing. */
static void test_told_is_no_evidence(void **state)
{
    (void)state;
    struct scan told = scan_text("My son was moved to room 12B last Tuesday."),
                date = scan_text("My son was moved on 14 March 2019.");
    assert_int_equal(told.facts.count[PII_DATE_TIME] + told.facts.count[PII_LOCATION], 2);
    assert_float_equal(told.facts.evidence.dates + told.facts.evidence.places, 0, 0);
    assert_true(date.facts.evidence.dates > 0);
    scan_release(&told);
    scan_release(&date);
}

/* Of the words in [text, text + len), with no regard to windows and stretches. */
static struct word_meaning meaning_of(const char *text, size_t len)
{
    struct word_meaning sum = {0};
    struct tagger_token token;
    for (size_t at = 0; tagger_next_token((const uint8_t *)text, len, &at, &token);) {
        uint32_t ids[TAGGER_MAX_FEATURES];
        size_t count = tagger_token_features((const uint8_t *)text, token, 0, ids);
        if (ids[count - 1] >= TAGGER_CODES)
            word_meaning_add(&sum, ids + count - WORD_CODES, TAGGER_CODES);
    }
    return sum;
}

/* What a text's words mean adds up to the same whatever windows, stretches and turns they are in.
 */
static void test_meanings_add_up(void **state)
{
    (void)state;
    static const char unit[] =
        "Grandmother’s physician — Dr Okonkwo — prescribed ２ tablets, 44 55 66 "
        "77 88; die Straße, José! ";
    enum { TIMES = 400, UNIT = sizeof(unit) - 1, LEN = TIMES * UNIT };
    char *text = malloc(LEN);
    assert_non_null(text);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * UNIT, unit, UNIT);
    struct word_meaning wanted = meaning_of(text, LEN);
    assert_true(wanted.words > 4 * TIMES);
    struct scan whole = {0}, apart = {0};
    scan_more(&whole, text, LEN);
    for (size_t at = 0, turn = 1; at < LEN; at += turn * UNIT, turn = turn * 2 % 37) {
        size_t left = LEN - at;
        scan_more(&apart, text + at, turn * UNIT < left ? turn * UNIT : left);
    }
    assert_memory_equal(&whole.facts.evidence.meaning, &wanted, sizeof wanted);
    assert_memory_equal(&apart.facts.evidence.meaning, &wanted, sizeof wanted);
    scan_release(&whole);
    scan_release(&apart);
    free(text);
}

/* What belongs to a name or a street that the tagger found. */
static void test_spans_are_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text, *whole;
        enum pii_type type;
    } cases[] = {
        {"I spoke to Michael Johnson III yesterday.", "Michael Johnson III", PII_PERSON},
        {"Please ask Robert Fisher, Jr. about it.", "Robert Fisher, Jr.", PII_PERSON},
        {"The skipper Nelson Tau'aika-Smith has until noon to plead.", "Nelson Tau'aika-Smith",
         PII_PERSON},
        {"Consigliere Pierluigi Dell\xe2\x80\x99"
         "Acqua left early.",
         "Pierluigi Dell\xe2\x80\x99"
         "Acqua",
         PII_PERSON},
        {"The dead man is Oneil \"Biggs\" Bartley, a mason.", "Oneil \"Biggs\" Bartley",
         PII_PERSON},
        {"Oneil \"Biggs\" Bartley's car stood there.", "Oneil \"Biggs\" Bartley", PII_PERSON},
        {"\xe2\x80\x9cThat is Nelson Tau\xe2\x80\x99"
         "aika\xe2\x80\x9d said the coach.",
         "Nelson Tau\xe2\x80\x99"
         "aika",
         PII_PERSON},
        {"It was Anna\xe2\x80\x99s\xe2\x80\x94"
         "and nobody else was there.",
         "Anna", PII_PERSON},
        {"ANNA MILLER'S LETTER CAME.", "ANNA MILLER", PII_PERSON},
        {"I met Robert Fisher's brother.", "Robert Fisher", PII_PERSON},
        {"I think Robert Fisher'll come.", "Robert Fisher", PII_PERSON},
        {"It was painted by a man named W.H.S. Koerner, he said.", "W.H.S. Koerner", PII_PERSON},
        {"Please ship it to Unit 4/15 Beach Rd, Bondi.", "Unit 4/15 Beach Rd", PII_STREET_ADDRESS},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scan scan = scan_text(cases[i].text);
        size_t start = (size_t)(strstr(cases[i].text, cases[i].whole) - cases[i].text);
        bool found = false;
        for (size_t s = 0; s < scan.spans.count; s++) {
            const struct pii_span *span = &scan.spans.items[s];
            found = found || (span->type == cases[i].type && span->start == start &&
                              span->end == start + strlen(cases[i].whole));
        }
        if (!found)
            fail_msg("not found as a whole: %s", cases[i].whole);
        scan_release(&scan);
    }
}

/* The texts of a request add up: a name in one turn, what ails him in the next. */
static void test_facts_accumulate(void **state)
{
    (void)state;
    static const char first[] = "My patient is called Robert Fisher.";
    static const char second[] = "He was diagnosed with HIV; call 212-664-7665.";
    struct scan scan = {0};
    scan_more(&scan, first, strlen(first));
    float before = scan.facts.sensitive;
    scan_more(&scan, second, strlen(second));
    assert_true(scan.facts.sensitive > before);
    assert_int_equal(scan.facts.count[PII_PHONE_NUMBER], 1);
    assert_int_equal(scan.facts.validated[PII_PHONE_NUMBER], 1);
    assert_true(scan.facts.topic[PII_TOPIC_HEALTH] > 0.5F);
    assert_true(scan.facts.best_score[PII_PERSON] > 0.5F);
    scan_release(&scan);
}

static void test_no_overlap_within_a_type(void **state)
{
    (void)state;
    struct scan scan = scan_text("Steuer-ID 36574261809 tel 36574261809, 12 Main Street 34 Elm "
                                 "Avenue, a.b@c.com d@e.org/x http://f.de/g@h.com");
    for (size_t i = 0; i < scan.spans.count; i++)
        for (size_t j = i + 1; j < scan.spans.count; j++)
            if (scan.spans.items[i].type == scan.spans.items[j].type)
                assert_true(scan.spans.items[j].start >= scan.spans.items[i].end);
    scan_release(&scan);
}

static void test_scan_is_the_same_again(void **state)
{
    (void)state;
    static const char text[] = "Ｊane 219-45-6780 in Paris, DOB 04/12/1987";
    struct scan first = scan_text(text);
    struct scan second = scan_text(text);
    assert_int_equal(first.spans.count, second.spans.count);
    for (size_t i = 0; i < first.spans.count; i++)
        assert_int_equal(first.spans.items[i].start, second.spans.items[i].start);
    assert_int_equal(strlen(pii_scanner_hash(test_scanner)), 64);
    scan_release(&first);
    scan_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets_in_normalised_text),
        cmocka_unit_test(test_dates_and_ages),
        cmocka_unit_test(test_ages_without_a_word),
        cmocka_unit_test(test_foreign_words),
        cmocka_unit_test(test_every_offset),
        cmocka_unit_test(test_checked_numbers_stay),
        cmocka_unit_test(test_adversarial_is_linear),
        cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_safe_harbor_is_whole),
        cmocka_unit_test(test_stretches_and_merging),
        cmocka_unit_test(test_told_is_no_evidence),
        cmocka_unit_test(test_meanings_add_up),
        cmocka_unit_test(test_spans_are_whole),
        cmocka_unit_test(test_facts_accumulate),
        cmocka_unit_test(test_no_overlap_within_a_type),
        cmocka_unit_test(test_scan_is_the_same_again),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
