/* GBNF: what is parsed and refused, which texts match, which tokens a mask allows. */
#include "tests/unit/grammar_check.h"

#include "engine/sampler.h"
#include "engine/unicode.h"

static bool matches(const char *grammar_text, const char *text)
{
    struct engine_grammar *grammar = compile(grammar_text);
    bool match = is_of(grammar, text);
    engine_grammar_free(grammar);
    return match;
}

static const char json[] =
    "root   ::= object\n"
    "value  ::= object | array | string | number | (\"true\" | \"false\" | \"null\") ws\n"
    "\n"
    "object ::=\n"
    "  \"{\" ws (\n"
    "            string \":\" ws value\n"
    "    (\",\" ws string \":\" ws value)*\n"
    "  )? \"}\" ws\n"
    "\n"
    "array  ::= # of anything\n"
    "  \"[\" ws (\n"
    "            value\n"
    "    (\",\" ws value)*\n"
    "  )? \"]\" ws\n"
    "\n"
    "string ::=\n"
    "  \"\\\"\" (\n"
    "    [^\"\\\\\\x7F\\x00-\\x1F] |\n"
    "    \"\\\\\" ([\"\\\\bfnrt] | \"u\" [0-9a-fA-F]{4}) # escapes\n"
    "  )* \"\\\"\" ws\n"
    "number ::= (\"-\"? ([0-9] | [1-9] [0-9]{0,15})) (\".\" [0-9]+)? ([eE] [-+]? [0-9] "
    "[1-9]{0,15})? "
    "ws\n"
    "ws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n";

static const struct {
    const char *grammar, *text;
    bool match;
} cases[] = {
    {json, "{}", true},
    {json, "{ \"a\": [1, -2.5e+7, {\"\\u00e9\": null}], \"\xe2\x82\xac\": \"\xf0\x9f\x98\x80\"}",
     true},
    {json, "{\"a\":01}", false},
    {json, "{\"a\":[1,2}", false},
    {json, "{\"a\":\"\x01\"}", false},
    {json, "[]", false},
    {json, "{\"a\":1", false},
    {"root ::= \"a\"", "a", true},
    {"root ::= \"a\"", "", false},
    {"root ::= \"\"", "", true},
    {"root ::= ", "", true},
    {"root ::= \"a\" | ", "", true},
    {"root ::= \"\\x41\\u00e9\\U0001F600\\n\\t\\r\\\\\\\"\\[\\]\"",
     "A\xc3\xa9\xf0\x9f\x98\x80\n\t\r\\\"[]", true},
    {"root ::= [a-c]* \"x\"", "abcabcx", true},
    {"root ::= [a-c]* \"x\"", "abdx", false},
    {"root ::= [a-c]+", "", false},
    {"root ::= [a-]+", "-a-", true},
    {"root ::= [\\]\\[]+", "[]", true},
    {"root ::= [^a]", "\xc3\xa9", true},
    {"root ::= [^a]", "a", false},
    {"root ::= .", "\xed\x9f\xbf", true},
    {"root ::= .", "\xed\xa0\x80", false}, /* a surrogate is no character */
    {"root ::= . .", "\xc3\xa9", false},
    {"root ::= \"a\"{3}", "aaa", true},
    {"root ::= \"a\"{3}", "aa", false},
    {"root ::= \"a\"{3}", "aaaa", false},
    {"root ::= \"a\"{2,}", "a", false},
    {"root ::= \"a\"{2,}", "aaaaaa", true},
    {"root ::= \"a\"{0,}", "", true},
    {"root ::= \"a\"{0,}", "aaa", true},
    {"root ::= \"a\"{1,3}\"b\"", "aab", true},
    {"root ::= \"a\"{1,3}\"b\"", "aaaab", false},
    {"root ::= \"a\"{1,3}\"b\"", "b", false},
    {"root ::= \"x\"{0}", "", true},
    {"root ::= \"x\"{0} \"y\"", "xy", false},
    {"root ::= (\"x\"{0} | \"z\")* \"y\"", "zzy", true},
    {"root ::= (\"ab\"{2}){2}", "abababab", true},
    {"root ::= ((\"a\"?)*)*", "aaa", true},
    {"root ::= (\"a\"*){3} \"b\"", "aaaaaaab", true},
    {"root ::= (\"a\" | \"b\"? \"c\"){1,2}", "abc", true},
    {"root ::= \"\"* \"\"+ (\"\")? \"a\"", "a", true},
    {"root ::= a a\na ::= \"x\" a | \"y\"", "xxyxy", true},
    {"root ::= a a\na ::= \"x\" a | \"y\"", "xxy", false},
    {"root ::= p\np ::= \"(\" p \")\" p | ", "(()())()", true},
    {"root ::= p\np ::= \"(\" p \")\" p | ", "(()", false},
    {"root ::= s\ns ::= \"a\" s \"a\" | \"b\" s \"b\" | \"c\"", "abbcbba", true},
    {"root ::= s\ns ::= \"a\" s \"a\" | \"b\" s \"b\" | \"c\"", "abbcbab", false},
    {"root ::= \"a\" | dead\ndead ::= \"b\" dead", "a", true},
    {"root ::= \"a\"\n  | \"b\"\n", "b", true},
    {"# a comment\r\nroot ::= a-1 # another\r\na-1 ::= \"q\"", "q", true},
    {"\n\nroot::=\n\"a\"", "a", true},
};

static void test_texts(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (matches(cases[i].grammar, cases[i].text) != cases[i].match)
            fail_msg("case %zu: %s <- %s", i, cases[i].grammar, cases[i].text);
}

/* Every character, against what the class says. */
static void test_every_character(void **unused)
{
    (void)unused;
    static const struct {
        const char *grammar;
        uint32_t low, high;
        bool inside;
    } classes[] = {
        {"root ::= [\\U0000007f-\\U00010400]*", 0x7f, 0x10400, true},
        {"root ::= [^\\u0801-\\U0010fffe]*", 0x801, 0x10fffe, false},
        {"root ::= [\\u07ff-\\u0fff]*", 0x7ff, 0xfff, true},
    };
    for (size_t c = 0; c < sizeof(classes) / sizeof(*classes); c++) {
        struct engine_grammar *grammar = compile(classes[c].grammar);
        struct grammar_match *m = begin(grammar);
        for (uint32_t cp = 0; cp <= 0x10ffff; cp += cp > 0x11000 && cp < 0x10f000 ? 13 : 1) {
            char text[4];
            bool whole, in = cp >= classes[c].low && cp <= classes[c].high;
            if (cp >= 0xd800 && cp <= 0xdfff)
                continue;
            size_t n = unicode_encode(cp, text), got = feed(m, text, n, &whole);
            if ((got == n) != (in == classes[c].inside))
                fail_msg("class %zu, U+%04X", c, (unsigned)cp);
            if (got < n && got > 0) { /* stuck inside a character: begin again */
                grammar_match_free(m);
                m = begin(grammar);
            }
        }
        grammar_match_free(m);
        engine_grammar_free(grammar);
    }
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *grammar, *says;
    } wrong[] = {
        {"", "root"},
        {"a ::= \"x\"", "root"},
        {"root ::= \"abc", "line 1, column 14"},
        {"root ::= \"a\"\nb ::= [a", "line 2"},
        {"root ::= \"a\" )", "should end"},
        {"root ::= (\"a\"", "parenthesis"},
        {"root ::= x", "line 1, column 10: this rule is not defined"},
        {"root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1: this rule is defined twice"},
        {"root = \"a\"", "::="},
        {"::= \"a\"", "name"},
        {"root ::= \"\\q\"", "backslash"},
        {"root ::= \"\\x4\"", "hexadecimal"},
        {"root ::= \"\\ud800\"", "no character"},
        {"root ::= [z-a]", "backwards"},
        {"root ::= []", "no character"},
        {"root ::= \"a\"{2,1}", "fewer"},
        {"root ::= \"a\"{", "number"},
        {"root ::= \"a\"{1", "brace"},
        {"root ::= \"a\"{20001}", "20000"},
        {"root ::= ((\"aaaaaaaaa\"{4000}){4000}){4000}", "too large"},
        {"root ::= <think>", "not supported"},
        {"root ::= \"\xff\"", "UTF-8"},
        {"root ::= root \"a\" | \"b\"", "left recursion"},
        {"root ::= a\na ::= b \"x\"\nb ::= \"y\"? a | \"z\"", "left recursion"},
        {"root ::= a*\na ::= \"x\"* root", "left recursion"},
        {"root ::= \"a\" root", "never come to an end"},
        {"root ::= *", "should end"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct engine_grammar *grammar = NULL;
        struct engine_error error = {0};
        assert_int_equal(
            engine_grammar_new(&grammar, wrong[i].grammar, strlen(wrong[i].grammar), &error),
            ENGINE_ERR_ARGUMENT);
        if (strstr(error.text, wrong[i].says) == NULL)
            fail_msg("%s: %s", wrong[i].grammar, error.text);
    }
    char deep[600];
    memcpy(deep, "root ::= ", 9);
    memset(deep + 9, '(', 500);
    struct engine_grammar *grammar = NULL;
    assert_int_equal(engine_grammar_new(&grammar, deep, 509, NULL), ENGINE_ERR_ARGUMENT);
}

/* A mask says of every token what asking for it says, and asking agrees with the bytes. */
static void check_mask(struct grammar_match *m)
{
    assert_true(grammar_match_begin(m));
    const uint64_t *mask = grammar_match_mask(m);
    assert_non_null(mask);
    for (uint32_t i = 0; i < vocab.count; i++) {
        bool in = (mask[i / 64] >> i % 64 & 1) != 0;
        if (in != grammar_match_allows(m, (int32_t)i))
            fail_msg("token %u", (unsigned)i);
    }
    assert_ptr_equal(grammar_match_mask(m), mask);
}

static void test_masks(void **unused)
{
    (void)unused;
    static const char text[] = "{\"the \xc3\xa9t\": [true, 12.5, {\"\": \"\\n\"}]} ";
    struct engine_grammar *grammar = compile(json);
    struct grammar_match *m = begin(grammar);
    bool whole;
    for (size_t i = 0; i + 1 < sizeof(text); i++) {
        check_mask(m);
        assert_false(grammar_match_ended(m));
        assert_int_equal(feed(m, text + i, 1, &whole), 1);
        assert_int_equal(whole, i + 3 >= sizeof(text));
    }
    assert_true(grammar_match_ended(m));
    grammar_match_free(m);
    engine_grammar_free(grammar);
    /* Inside a character, what continues it is all there is. */
    grammar = compile("root ::= [\xc3\xa9\xc3\xa8]+");
    m = begin(grammar);
    assert_int_equal(feed(m, "\xc3", 1, &whole), 1);
    assert_false(whole);
    const uint64_t *mask = grammar_match_mask(m);
    unsigned count = 0;
    for (uint32_t i = 0; i < vocab.count; i++)
        count += (unsigned)(mask[i / 64] >> i % 64 & 1);
    assert_int_equal(count, 2);
    grammar_match_free(m);
    engine_grammar_free(grammar);
}

/* Grammars made to be costly: bounded work and memory, and no text outside the grammar. */
static void test_costly(void **unused)
{
    (void)unused;
    bool whole;
    /* 2^n ways to read n letters, with 2^n different stacks. */
    struct engine_grammar *grammar =
        compile("root ::= s\ns ::= \"a\" s \"b\" | \"a\" s \"c\" | \"a\" s \"d\" | \"e\"");
    struct grammar_match *m = begin(grammar);
    for (unsigned i = 0; i < 40; i++) {
        assert_true(grammar_match_begin(m));
        if (feed(m, "a", 1, &whole) == 0)
            break;
    }
    assert_int_equal(feed(m, "f", 1, &whole), 0);
    check_mask(m);
    grammar_match_free(m);
    engine_grammar_free(grammar);
    /* Deep: a stack of many frames, beyond what is remembered at once. */
    grammar = compile("root ::= \"(\" root \")\" | \"x\"");
    m = begin(grammar);
    enum { DEEP = 40000 };
    for (size_t i = 0; i < DEEP; i++)
        assert_int_equal(feed(m, "(", 1, &whole), 1);
    assert_int_equal(feed(m, "x", 1, &whole), 1);
    for (size_t i = 0; i < DEEP; i++) {
        assert_false(whole);
        assert_int_equal(feed(m, ")", 1, &whole), 1);
    }
    assert_true(whole && grammar_match_ended(m));
    grammar_match_free(m);
    engine_grammar_free(grammar);
    /* A chain of rules that are empty, written against the order of reading. */
    static char chain[200000];
    size_t n = (size_t)snprintf(chain, sizeof(chain), "root ::= r0 \"x\"\n");
    for (unsigned i = 0; i < 8000; i++)
        n += (size_t)snprintf(chain + n, sizeof(chain) - n, "r%u ::= r%u\n", i, i + 1);
    n += (size_t)snprintf(chain + n, sizeof(chain) - n, "r8000 ::=\n");
    assert_true(matches(chain, "x"));
}

static int32_t choose(struct sampler *s, float *logits)
{
    static struct sampler_candidate scratch[1024];
    return sampler_choose(s, logits, scratch);
}

/* What is drawn is of the grammar, however likely something else is, and ends where it ends. */
static void test_sampling(void **unused)
{
    (void)unused;
    struct engine_grammar *grammar = compile(json);
    static float logits[1024];
    uint32_t noise = 1;
    for (unsigned round = 0; round < 30; round++) {
        struct sampler s;
        struct engine_sampling settings = {.temperature = round % 3 == 0 ? 0 : 1.5f,
                                           .top_k = round % 3 == 1 ? 40 : 0,
                                           .grammar = grammar,
                                           .seed = round};
        char text[4096];
        size_t len = 0;
        assert_int_equal(sampler_init(&s, &settings, vocab.count, NULL, 0, NULL), 0);
        assert_int_equal(sampler_constrain(&s, &vocab, &trie, NULL), 0);
        for (unsigned step = 0; step < 200 && !sampler_ended(&s); step++) {
            for (uint32_t i = 0; i < vocab.count; i++) {
                noise = noise * 1664525u + 1013904223u;
                logits[i] = (float)(noise >> 16) / 8192;
            }
            int32_t token = choose(&s, logits);
            assert_in_range(token, 0, vocab.count - 1);
            if (vocab.tokens[token].ends)
                break;
            len += vocab_bytes(&vocab, token, text + len, sizeof(text) - len);
        }
        bool whole;
        struct grammar_match *m = begin(grammar);
        assert_int_equal(feed(m, text, len, &whole), len);
        grammar_match_free(m);
        sampler_release(&s);
    }
    engine_grammar_free(grammar);
}

/* Among the allowed tokens the odds are what they would be without the others. */
static void test_odds(void **unused)
{
    (void)unused;
    static float logits[1024];
    struct engine_grammar *grammar = compile("root ::= [ab] \"c\"*");
    unsigned counts[2] = {0};
    for (unsigned i = 0; i < 3000; i++) {
        struct sampler s;
        struct engine_sampling settings = {
            .temperature = 1, .top_p = 0.999f, .grammar = grammar, .seed = i};
        for (uint32_t k = 0; k < vocab.count; k++)
            logits[k] = 10 + (float)(k % 7);
        logits[vocab.byte_tokens['a']] = 3;
        logits[vocab.byte_tokens['b']] = 3 + 1.0986f; /* log 3 */
        for (uint32_t k = 259; k < vocab.count; k++)
            logits[k] = -50;
        assert_int_equal(sampler_init(&s, &settings, vocab.count, NULL, 0, NULL), 0);
        assert_int_equal(sampler_constrain(&s, &vocab, &trie, NULL), 0);
        int32_t token = choose(&s, logits);
        assert_true(token == vocab.byte_tokens['a'] || token == vocab.byte_tokens['b']);
        counts[token == vocab.byte_tokens['b']]++;
        sampler_release(&s);
    }
    assert_in_range(counts[0], 600, 900);
    engine_grammar_free(grammar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),    cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_masks),
        cmocka_unit_test(test_costly),   cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_odds),
    };
    return cmocka_run_group_tests(tests, open_vocab, close_vocab);
}
