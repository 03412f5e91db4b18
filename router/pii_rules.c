#include <string.h>

#include "router/pii_ids.h"

enum { CERTAIN = 1, CHECKED = 2, UPPER = 4, NAMED = 8 };

struct rule {
    enum pii_type type;
    const char *pattern;
    bool (*check)(const char *text, size_t n);
    uint64_t contexts;
    float plain, near;
    unsigned flags;
    const char *name;
};

static const struct rule rules[] = {
#define RULE(type, pattern, check, contexts, plain, near, flags, name)                             \
    {PII_##type, pattern, check, contexts, plain, near, flags, name},
#include "router/pii_rules.def"
#undef RULE
};

enum { RULE_COUNT = sizeof(rules) / sizeof(rules[0]), COMPACT_MAX = 24 };
_Static_assert((int)RULE_COUNT <= (int)PII_RULES_MAX, "pii_rule_index is too small");

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.';
}

static bool takes(char symbol, char c, bool upper_only)
{
    unsigned class = pii_class[(uint8_t)c];
    switch (symbol) {
    case 'D':
        return (class & PII_DIGIT) != 0;
    case 'L':
        return (class & (upper_only ? PII_UPPER : PII_LETTER)) != 0;
    case 'X':
        return (class & (upper_only ? PII_UPPER | PII_DIGIT : PII_ALNUM)) != 0;
    default:
        return upper_only && symbol >= 'a' ? c == pii_upper(symbol) : pii_lower(c) == symbol;
    }
}

static enum pii_follow follow_of(char c)
{
    if ((pii_class[(uint8_t)c] & PII_ALNUM) != 0)
        return PII_FOLLOW_ALNUM;
    switch (c) {
    case ' ':
        return PII_FOLLOW_SPACE;
    case '-':
        return PII_FOLLOW_DASH;
    case '.':
        return PII_FOLLOW_DOT;
    case '_':
    case '/':
    case ':':
    case '+':
    case '(':
        return PII_FOLLOW_SIGN;
    default:
        return PII_FOLLOW_END;
    }
}

/* May what follows stand where a pattern has this, which is no letter and no digit? */
static bool may_follow(char symbol, enum pii_follow follow)
{
    switch (symbol) {
    case '\0':
        return follow != PII_FOLLOW_ALNUM;
    case '~':
    case '_':
        return follow >= PII_FOLLOW_SPACE && follow <= PII_FOLLOW_DOT;
    case '?':
        return follow == PII_FOLLOW_SPACE || follow == PII_FOLLOW_SIGN;
    default:
        return follow == follow_of(symbol);
    }
}

/* Can a text that begins with `run` digits (or letters) and goes on so match this pattern? */
static bool may_lead(const char *pattern, bool letters, size_t run, enum pii_follow follow)
{
    char first = pattern[0];
    bool first_letter = first == 'L' || (first >= 'a' && first <= 'z');
    if (first == 'X')
        return true;
    if (first_letter != letters)
        return false;
    for (int separated = 0; separated < 2; separated++) {
        size_t count = 0;
        const char *p = pattern;
        bool letter = letters;
        bool symbol = true;
        for (; *p != '\0'; p++) {
            if (*p == '?') {
                if (count == run && may_follow('?', follow))
                    return true;
                continue;
            }
            if (*p == '~' && separated == 0)
                continue;
            letter = *p == 'L' || (*p >= 'a' && *p <= 'z');
            symbol = letter || *p == 'D' || is_digit(*p);
            if (*p == 'X' || !symbol || letter != letters)
                break;
            count++;
        }
        if ((*p == 'X' && run > count) || (count >= run && run == PII_LEAD_MAX - 1))
            return true;
        bool goes_on = *p == 'X' || (*p != '\0' && symbol);
        if (count == run && (goes_on ? follow == PII_FOLLOW_ALNUM : may_follow(*p, follow)))
            return true;
    }
    return false;
}

void pii_rule_index_init(struct pii_rule_index *index)
{
    memset(index, 0, sizeof(*index));
    for (int letters = 0; letters < 2; letters++)
        for (int follow = 0; follow < PII_FOLLOW_COUNT; follow++)
            for (size_t run = 1; run < PII_LEAD_MAX; run++) {
                struct pii_rule_list *list = &index->lists[letters][follow][run];
                for (size_t i = 0; i < RULE_COUNT; i++)
                    if (may_lead(rules[i].pattern, letters != 0, run, (enum pii_follow)follow))
                        list->rules[list->count++] = (uint8_t)i;
            }
}

/* The end of the match, or 0; its characters without separators in compact[*n]. */
static size_t match(const struct pii_run *run, size_t at, const struct rule *rule, char *compact,
                    size_t *n)
{
    char separator = '\0';
    bool decided = false; /* whether the ~ are used */
    size_t count = 0;
    for (const char *p = rule->pattern; *p != '\0'; p++) {
        char c = pii_at(run, at);
        if (*p == '~' || *p == '_') {
            bool present = is_separator(c);
            if (*p == '_' && !present)
                return 0;
            if (decided && (present != (separator != '\0') || (present && c != separator)))
                return 0;
            decided = true;
            if (present) {
                separator = c;
                at++;
            }
            continue;
        }
        if (*p == '?') {
            at += c == ' ' || c == '_';
            continue;
        }
        if (c == '\0' || !takes(*p, c, (rule->flags & UPPER) != 0))
            return 0;
        if ((pii_class[(uint8_t)c] & PII_ALNUM) != 0)
            compact[count++] = pii_upper(c);
        at++;
    }
    *n = count;
    return at;
}

static bool has_small_letters(const struct pii_run *run, size_t at, size_t end)
{
    while (at < end && !pii_is(run, at, PII_LOWER))
        at++;
    return at < end;
}

static bool is_placeholder(enum pii_type type, const char *compact, size_t n)
{
    static const char *const ssns[] = {"123456789", "078051120", "219099999", "457555462",
                                       "111223333", "123121234", "000000000", "987654321"};
    if (all_same(compact, n))
        return true;
    if (type == PII_US_SSN || type == PII_US_BANK_NUMBER || type == PII_US_PASSPORT)
        for (size_t i = 0; i < sizeof(ssns) / sizeof(ssns[0]); i++)
            if (n == 9 && memcmp(compact, ssns[i], 9) == 0)
                return true;
    if (type == PII_US_MBI)
        return memcmp(compact, "1EG4TE5MK7", 10) == 0;
    if (type == PII_IN_PAN)
        return memcmp(compact, "ABCDE1234F", 10) == 0 || memcmp(compact, "AAAPA1234A", 10) == 0;
    if (type == PII_UK_NINO)
        return memcmp(compact, "QQ123456", 8) == 0 || memcmp(compact, "AB123456", 8) == 0;
    size_t counted = n < 8 ? n : 8;
    return n >= 7 && memcmp("12345678", compact, counted) == 0;
}

/* Is what stands at `at` called a code, a model or a part: "the code is UK1A2345"? */
static bool is_called_code(const struct pii_run *run, size_t at)
{
    static const char codes[] =
        "|code|codes|model|models|part|parts|item|items|article|sku|product|serial|version|type|";
    for (int words = 0; words < 2; words++) {
        while (at > 1 && strchr("\"'(:#=. ", run->text[at - 1]) != NULL &&
               !pii_is(run, at - 2, PII_WORD))
            at--;
        struct pii_word word = pii_word_before(run, at, " :#=.(\"'");
        if (pii_word_is(run, word, codes))
            return true;
        if (!pii_word_is(run, word, "|is|was|no|number|name|called|"))
            return false;
        at = word.start;
    }
    return false;
}

/* An example value is still shown where its pattern would be. */
static float lowered(float score)
{
    static const float shown = 0.4F;
    float less = score * 0.7F;
    return less > shown || score < shown ? less : shown;
}

const struct pii_rule_list *pii_rules_asked(const struct pii_run *run, size_t at)
{
    bool letters = pii_is(run, at, PII_LETTER);
    size_t lead = 1;
    while (lead < PII_LEAD_MAX - 1 && pii_is(run, at + lead, letters ? PII_LETTER : PII_DIGIT))
        lead++;
    enum pii_follow follow = follow_of(pii_at(run, at + lead));
    if (follow != PII_FOLLOW_ALNUM && !pii_is(run, at + lead + 1, PII_ALNUM))
        follow = PII_FOLLOW_END; /* "12, 13": nothing goes on behind two signs */
    return &run->rules->lists[letters][follow][lead];
}

size_t pii_rules(struct pii_run *run, size_t at)
{
    const struct pii_rule_list *list = pii_rules_asked(run, at);
    bool letters = pii_is(run, at, PII_LETTER);
    size_t longest = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct rule *rule = &rules[list->rules[i]];
        if (rule->plain <= 0 && (run->seen & rule->contexts) == 0)
            continue;
        char compact[COMPACT_MAX];
        size_t n = 0;
        size_t end = match(run, at, rule, compact, &n);
        if (end == 0)
            continue;
        bool alone = pii_stands_alone(run, at, end);
        if ((!alone && (rule->check == NULL || !pii_stands_joined(run, at, end))) ||
            (rule->check != NULL && !rule->check(compact, n)))
            continue;
        const char *context = pii_context_find(run, at, end, rule->contexts);
        if (context == NULL && (rule->flags & NAMED) != 0 && has_small_letters(run, at, end))
            continue;
        if (context == NULL && !alone && (rule->flags & CERTAIN) == 0)
            continue;
        if (context == NULL && rule->contexts == CTX(VEHICLE) && is_called_code(run, at))
            continue;
        float score = context != NULL ? rule->near : rule->plain;
        if (context == NULL && pii_context_find(run, at, end, CTX(NOT)) != NULL)
            score *= 0.6F;
        if (score < 0.3F)
            continue;
        bool placeholder = is_placeholder(rule->type, compact, n);
        bool validated =
            (rule->flags & CERTAIN) != 0 || (context != NULL && (rule->flags & CHECKED) != 0);
        pii_emit(run, &(struct pii_candidate){.start = at,
                                              .end = end,
                                              .type = rule->type,
                                              .score = placeholder ? lowered(score) : score,
                                              .validated = validated && !placeholder,
                                              .placeholder = placeholder,
                                              .recognizer = rule->name,
                                              .context = context});
        /* With a check digit it holds its bytes: no phone number begins within it. */
        if (end > longest && (score >= 0.6F || (!letters && rule->check != NULL)))
            longest = end;
    }
    return longest;
}
