#include <string.h>

#include "router/pii_internal.h"

/*
 * Ages: beside a word for them ("aged 54", "54 years old"), and without one where a person stands
 * beside the number ("my dad (72)", "I was 61 when", "F/34", "in his late fifties").
 */

/* How far before a number the word that makes it an age may end, in bytes. */
enum { AGE_BEFORE = 12, LIFE_BEFORE = 160 };

static size_t emit_age(struct pii_run *run, size_t start, size_t end, float score,
                       const char *context)
{
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = PII_AGE,
                                          .score = score,
                                          .recognizer = "age",
                                          .context = context});
    return end;
}

/* "54F, T2DM", "72 M w/ CHF": a clinician's short form, and not 72 degrees Fahrenheit. */
static bool is_age_and_sex(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const tails[] = {",",     " w/",    " with ",    " s/p",      " c/o",
                                        " pt",   " here ", " presents", " admitted", " who ",
                                        " and ", ";",      " hx",       ":"};
    size_t sex = end + (pii_at(run, end) == ' ');
    if (start > 0 &&
        (pii_is(run, start - 1, PII_WORD) || strchr("-.$", run->text[start - 1]) != NULL))
        return false;
    if ((pii_at(run, sex) != 'F' && pii_at(run, sex) != 'M') || pii_is(run, sex + 1, PII_WORD))
        return false;
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        if (pii_starts_with(run, sex + 1, tails[i]))
            return true;
    return false;
}

/* ---- without a word for it ---- */

static const char kin[] =
    "|dad|father|mum|mom|mam|mother|son|daughter|child|baby|wife|husband|brother|sister|uncle|"
    "aunt|auntie|niece|nephew|cousin|grandma|grandpa|granddad|grandad|grandmother|grandfather|"
    "nan|gran|grandson|granddaughter|partner|boyfriend|girlfriend|fiance|bf|gf|ex|friend|"
    "neighbour|neighbor|roommate|flatmate|boss|colleague|patient|pt|client|boy|girl|man|woman|"
    "male|female|widow|widower|lady|kid|"
    "vater|mutter|sohn|tochter|bruder|schwester|frau|mann|oma|opa|freund|freundin|père|mère|fils|"
    "fille|mari|femme|padre|madre|hijo|hija|esposo|esposa|hermano|hermana|figlio|figlia|marito|"
    "moglie|filho|filha|marido|pai|mãe|vader|moeder|zoon|dochter|";
static const char young[] = "|boy|girl|child|kid|baby|son|daughter|";
static const char several[] = "|twins|boys|girls|kids|sons|daughters|children|";
static const char pronouns[] = "|i|me|he|she|who|ich|er|sie|";
static const char owners[] = "|his|her|my|";

static bool is_person(const struct pii_run *run, struct pii_word word)
{
    return pii_word_is(run, word, pronouns) || pii_word_is(run, word, kin);
}

/* Does a clause end here, or go on without naming what was counted? */
static bool clause_ends(const struct pii_run *run, size_t at)
{
    static const char *const joins[] = {
        " and ",   " when ",   " but ",     " with ",  " now",     " who ",        " from ",
        " after ", " at the ", " because ", " while ", " living ", " years later", " last ",
        " next ",  " on ",     " ,",        " this ",  " today",   " so ",         " im ",
        " i ",     " und ",    " et ",      " y ",     " e ",      " en "};
    char c = pii_at(run, at);
    char next = pii_at(run, at + 1);
    if (c == '\0' || c == '\n')
        return true;
    if (strchr(",.;!?)", c) != NULL)
        return next == '\0' || next == ' ' || next == '\n' || next == '"' || next == '.';
    if (c != ' ' || (next != ',' && !pii_is(run, at + 1, PII_LOWER)))
        return false;
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++)
        if (next == joins[i][1] && pii_starts_with(run, at, joins[i]))
            return true;
    return false;
}

static bool is_sex(const struct pii_run *run, size_t at)
{
    char c = pii_lower(pii_at(run, at));
    return (c == 'f' || c == 'm') && !pii_is(run, at + 1, PII_WORD);
}

/* Where the sex before or behind a number begins what says both, and ends it: "F/34", "(27, f)",
 * "34M"; false without one. */
static bool with_sex(const struct pii_run *run, struct pii_word number, struct pii_word *both,
                     bool *parted)
{
    size_t behind = number.end;
    char c = pii_at(run, behind);
    behind += c == '/' || c == ' ' ? 1 : c == ',' && pii_at(run, behind + 1) == ' ' ? 2 : 0;
    if (is_sex(run, behind)) {
        *both = (struct pii_word){number.start, behind + 1};
        *parted = c == '/' || c == ',';
        return true;
    }
    bool comma = number.start > 1 && pii_at(run, number.start - 2) == ',';
    struct pii_word letter = pii_word_before(run, number.start - comma, comma ? "," : "/ ");
    if (letter.end - letter.start != 1 || !is_sex(run, letter.start) ||
        pii_before(run, letter.start) == '\'' || pii_is(run, number.end, PII_WORD))
        return false;
    *both = (struct pii_word){letter.start, number.end};
    *parted = comma || pii_at(run, letter.end) == '/';
    return true;
}

/* "im 22f", "I'm a 31m": of a temperature nobody says so. */
static bool is_own_sex(const struct pii_run *run, size_t at)
{
    struct pii_word verb = pii_word_before(run, at, " ");
    if (pii_word_is(run, verb, "|a|"))
        verb = pii_word_before(run, verb.start, " ");
    return pii_word_is(run, verb, "|im|hes|shes|") ||
           (pii_word_is(run, verb, "|m|am|s|is|") &&
            pii_word_is(run, pii_word_before(run, verb.start, " '"), pronouns));
}

/* "bed 4, 47m, pod 12", "patient: 81m, on": an item of a list, beside who lies there. */
static bool is_of_patient(struct pii_run *run, struct pii_word both)
{
    enum { BEFORE = 60, AFTER = 60 };
    return pii_at(run, both.end) == ',' &&
           pii_context_within(run, both.start, both.end, CTX(INITIALS) | CTX(LIFE) | CTX(MRN),
                              BEFORE, AFTER) != NULL;
}

/* "my wife (34F)", "me, f 26", "Amara (f, 27)", "F/34" where a line or a sentence begins. */
static bool is_with_sex(struct pii_run *run, struct pii_word number)
{
    struct pii_word both = {0, 0};
    bool parted = false;
    if (!with_sex(run, number, &both, &parted))
        return false;
    size_t at = both.start;
    if (at == 0 || run->text[at - 1] == '\n' ||
        (at > 1 && run->text[at - 1] == ' ' && run->text[at - 2] == '.'))
        return parted;
    bool bracket = run->text[at - 1] == '(';
    if (bracket && pii_at(run, both.end) != ')')
        return false;
    if (bracket && at > 1 && run->text[at - 2] != ' ')
        return is_person(run, pii_word_before(run, at, "("));
    if (!parted && both.end == number.end + 1 && !bracket &&
        (is_own_sex(run, at) || is_of_patient(run, both)))
        return true;
    at -= bracket || (at > 1 && run->text[at - 2] == ',');
    struct pii_word who = pii_word_before(run, at, bracket ? " " : " ,");
    bool name = pii_is(run, who.start, PII_UPPER) && pii_is(run, who.start + 1, PII_LOWER);
    return is_person(run, who) || (bracket && parted && name);
}

/* How many bytes join two numbers of a list at `at`: "5 and 11", "7, 9"; 0: none does. */
static size_t join_length(const struct pii_run *run, size_t at)
{
    static const char *const joins[] = {", and ", " and ", ", ", " & "};
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++)
        if (pii_starts_with(run, at, joins[i]))
            return strlen(joins[i]);
    return 0;
}

/* "our kids, 5 and 11", "two girls (7, 9 and 12)": each of them. */
static bool is_of_several(const struct pii_run *run, struct pii_word number)
{
    enum { LIST_BYTES = 32, JOIN_MAX = 6 };
    size_t start = number.start;
    size_t end = number.end;
    bool joined =
        start > 3 && run->text[start - 1] == ' ' && strchr("d,&", run->text[start - 2]) != NULL;
    if (!joined && join_length(run, end) == 0)
        return false;
    for (size_t n = 1; n <= JOIN_MAX && start > n && number.start - start < LIST_BYTES; n++) {
        if (!pii_is(run, start - n - 1, PII_DIGIT) || join_length(run, start - n) != n)
            continue;
        start -= n;
        while (start > 0 && pii_is(run, start - 1, PII_DIGIT))
            start--;
        n = 0;
    }
    for (size_t n; end - number.end < LIST_BYTES && (n = join_length(run, end)) != 0 &&
                   pii_is(run, end + n, PII_DIGIT);)
        for (end += n; pii_is(run, end, PII_DIGIT);)
            end++;
    char after = pii_at(run, end);
    if ((start == number.start && end == number.end) || start < 3 ||
        (after != '\0' && strchr(",;.)?!\n", after) == NULL))
        return false;
    bool marked = run->text[start - 1] == '(' || run->text[start - 2] == ',';
    return pii_word_is(run, pii_word_before(run, marked ? start - 1 : start, " ,"), several);
}

/* "about", "nearly" and the like before a number: where they begin, or the number. */
static size_t before_about(const struct pii_run *run, size_t at)
{
    struct pii_word word = pii_word_before(run, at, " ");
    return pii_word_is(run, word, "|about|around|nearly|almost|only|just|barely|") ? word.start
                                                                                   : at;
}

/* "my dad (72)", "her son, 7, and", "Client (she/her, 29)". */
static bool is_behind_person(const struct pii_run *run, struct pii_word number)
{
    char after = pii_at(run, number.end);
    size_t at = after == ',' || after == ')' ? before_about(run, number.start) : number.start;
    if (at < 3)
        return false;
    if (run->text[at - 1] == '(' && at != number.start && pii_at(run, number.end) == ',')
        return is_person(run, pii_word_before(run, at - 1, " "));
    if (run->text[at - 1] == '(' && pii_at(run, number.end) == ')')
        return is_person(run, pii_word_before(run, at - 1, " "));
    if (run->text[at - 1] != ' ' || run->text[at - 2] != ',' || !clause_ends(run, number.end))
        return false;
    struct pii_word who = pii_word_before(run, at - 1, ",");
    if (pii_before(run, who.start) == '/')
        return pii_word_is(run, who, "|her|him|them|");
    return strchr(",.;", pii_at(run, number.end)) != NULL && pii_word_is(run, who, kin);
}

/* "I was 61 when", "she's 8.", "a man of 62", "diagnosed with gout at 54". */
static bool is_said(struct pii_run *run, struct pii_word number, unsigned age)
{
    if (number.start < 2 || !pii_is(run, number.start - 2, PII_LETTER) ||
        !clause_ends(run, number.end))
        return false;
    struct pii_word verb = pii_word_before(run, before_about(run, number.start), " ");
    struct pii_word who = pii_word_before(run, verb.start, " '");
    if (pii_word_is(run, verb, "|im|hes|shes|bin|"))
        return true;
    if (pii_word_is(run, verb, "|am|m|is|s|was|turns|turned|ist|war|ben|tiene|tengo|tem|tenho|"))
        return is_person(run, who) || pii_word_is(run, who, "|ik|yo|eu|");
    if (pii_word_is(run, verb, "|are|were|"))
        return pii_word_is(run, who, several);
    /* "a mum of 2" has two children */
    if (pii_word_is(run, verb, "|of|"))
        return pii_word_is(run, who, age > 12 ? kin : young);
    /* "at 9" is more often an hour */
    return pii_word_is(run, verb, "|at|") && (age > 12 || pii_word_is(run, who, "|diagnosed|")) &&
           pii_context_within(run, number.start, number.end, CTX(LIFE), LIFE_BEFORE, 0) != NULL;
}

/* Is what ends before `at` "his", or "her late", or "my mid-"? */
static bool is_own_decade(const struct pii_run *run, size_t at)
{
    struct pii_word word = pii_word_before(run, at, " -");
    if (pii_word_is(run, word, "|early|mid|late|"))
        word = pii_word_before(run, word.start, " ");
    return pii_word_is(run, word, owners);
}

void pii_age_decade(struct pii_run *run, size_t start, size_t end)
{
    if (end - start > 4 && pii_starts_with(run, end - 4, "ties") && is_own_decade(run, start))
        (void)emit_age(run, start, end, 0.6F, NULL);
}

void pii_age_words(struct pii_run *run, size_t unit)
{
    static const char units[] = "|one|two|three|four|five|six|seven|eight|nine|";
    static const char teens[] = "|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
                                "eighteen|nineteen|";
    static const char tens[] = "|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|";
    struct pii_word last = pii_word_before(run, unit, " -");
    struct pii_word before = pii_word_before(run, last.start, " -");
    bool unit_last = pii_word_is(run, last, units);
    if (!unit_last && !pii_word_is(run, last, teens) && !pii_word_is(run, last, tens))
        return;
    size_t start = unit_last && pii_word_is(run, before, tens) ? before.start : last.start;
    (void)emit_age(run, start, last.end, 0.7F, NULL);
}

/* "há 6 anos": six years ago, and nobody's age */
static bool is_lapse(const struct pii_run *run, size_t at, const char *tail)
{
    return strcmp(tail, "anos") == 0 &&
           !pii_word_is(run, pii_word_before(run, at, " "), "|de|tem|tenho|fez|com|aos|dos|");
}

static const char things[] =
    "|laptop|computer|pc|phone|tablet|printer|router|server|machine|device|battery|engine|car|"
    "truck|van|bike|bicycle|motorcycle|boat|house|building|roof|boiler|fridge|freezer|oven|"
    "dishwasher|tv|camera|guitar|piano|watch|sofa|mattress|carpet|shirt|shoes|whisky|whiskey|"
    "scotch|rum|wine|port|cheese|bread|sourdough|starter|beer|tree|oak|bonsai|orchid|plant|"
    "plants|cactus|dog|cat|puppy|kitten|hamster|rabbit|horse|parrot|goldfish|company|startup|"
    "firm|product|app|site|website|blog|code|codebase|software|system|database|project|repo|bug|"
    "ticket|issue|branch|release|version|library|framework|protocol|loan|bond|book|novel|film|"
    "movie|song|tradition|law|treaty|dispute|church|bridge|castle|temple|city|town|universe|"
    "earth|planet|star|galaxy|fossil|rock|skull|";

/* Between `start` and `end`: "a 3-month-old bug", "my laptop is about 4 years old". */
static bool is_of_thing(const struct pii_run *run, size_t start, size_t end)
{
    struct pii_word verb = pii_word_before(run, before_about(run, start), " ");
    if (pii_word_is(run, verb, "|is|was|are|were|"))
        return pii_word_is(run, pii_word_before(run, verb.start, " "), things);
    struct pii_word next = {end + 1, end + 1};
    while (pii_is(run, next.end, PII_LETTER))
        next.end++;
    return pii_at(run, end) == ' ' && pii_word_is(run, next, things);
}

/* 35岁, 84歳: what follows may be the next word, but "18岁以上" is nobody's age. */
static bool is_chinese_age(const struct pii_run *run, size_t at)
{
    static const char *const signs[] = {"岁", "歲", "歳", "周岁", "周歲", NULL};
    static const char *const no_age[] = {"以上", "以下", "以内", "未满", "未満",
                                         "月",   "马",   "馬",   NULL};
    size_t end = pii_counted_by(run, at, 120, signs);
    return end != 0 && !pii_starts_with_one_of(run, end, no_age);
}

/* "루이 14세", Louis XIV. */
static bool is_behind_king(const struct pii_run *run, size_t at)
{
    static const char *const kings[] = {
        "루이",   "엘리자베스", "헨리",     "찰스",     "조지",   "나폴레옹", "바오로", "베네딕토",
        "빌헬름", "알렉산드르", "니콜라이", "에드워드", "리처드", "필리프",   "제임스", "요한"};
    at -= at > 0 && pii_is_gap(run->text[at - 1]);
    for (size_t i = 0; i < sizeof(kings) / sizeof(kings[0]); i++)
        if (at >= strlen(kings[i]) && pii_starts_with(run, at - strlen(kings[i]), kings[i]))
            return true;
    return false;
}

/* 35세, 7살: an ending follows, or none; neither "4세대", the fourth generation, nor "18세 이상",
 * nor "루이 14세", Louis XIV. */
static bool is_korean_age(const struct pii_run *run, size_t at, unsigned age)
{
    enum { KINGS = 20 };
    static const char *const counted[] = {"세", NULL}, *const told[] = {"살", NULL};
    static const char *const endings[] = {"의", "이", "가", "은", "는", "에", "입", "로", "때",
                                          "된", "여", "남", "아", "쯤", "였", "까", "다", NULL};
    static const char *const no_age[] = {"이상", "이하", "미만", "시대", NULL};
    size_t end = pii_counted_by(run, at, 99, counted);
    bool king = end != 0 && age <= KINGS && is_behind_king(run, at);
    if (end == 0)
        end = pii_counted_by(run, at, 99, told);
    if (end == 0 || king)
        return false;
    size_t next = end + (pii_at(run, end) == ' ');
    return !pii_starts_with_one_of(run, next, no_age) &&
           (!pii_is(run, end, PII_HIGH) || pii_starts_with_one_of(run, end, endings));
}

/* 34 years old, 34-year-old, 34yo, 34 y/o, 6 months old; aged 34, age: 34 */
size_t pii_age(struct pii_run *run, size_t at)
{
    unsigned age;
    size_t n = pii_read_digits(run, at, &age);
    if (n == 0 || n > 3 || age > 120)
        return 0;
    if ((at == 0 || !pii_is(run, at - 1, PII_ALNUM)) &&
        (is_chinese_age(run, at) || is_korean_age(run, at, age)))
        return emit_age(run, at, at + n, 0.85F, NULL);
    size_t i = at + n;
    if (pii_at(run, i) == ' ' || pii_at(run, i) == '-')
        i++;
    static const char *const tails[] = {
        "years old", "year old", "year-old",     "years-old", "yo",        "y/o",       "y.o.",
        "yr old",    "yrs old",  "months old",   "month old", "month-old", "weeks old", "week-old",
        "jahre alt", "ans",      "years of age", "anni",      "años",      "jährige",   "anos",
        "yaşında",   "jaar oud", "latka",        "letni",     "letnia",    "yr-old",    "mo old"};
    char first = pii_is(run, i, PII_WORD) ? pii_lower(run->text[i]) : '\0';
    for (size_t t = 0; first != '\0' && t < sizeof(tails) / sizeof(tails[0]); t++) {
        if (first != tails[t][0] || !pii_starts_with(run, i, tails[t]))
            continue;
        size_t length = strlen(tails[t]);
        if (!pii_is(run, i + length, PII_WORD) && !is_lapse(run, at, tails[t]) &&
            !is_of_thing(run, at, i + length))
            return emit_age(run, at, at + n, length > 4 ? 0.85F : 0.7F, NULL);
    }
    struct pii_word number = {at, at + n};
    if (is_age_and_sex(run, at, at + n) || (n == 2 && is_with_sex(run, number)))
        return emit_age(run, at, at + n, 0.6F, NULL);
    if (n == 2 && pii_at(run, at + 1) == '0' && pii_at(run, at + 2) == 's' &&
        !pii_is(run, at + 3, PII_WORD) && is_own_decade(run, at))
        return emit_age(run, at, at + 3, 0.6F, NULL);
    if (pii_is(run, at + n, PII_WORD) || n == 3)
        return 0;
    if ((is_behind_person(run, number) || is_of_several(run, number) ||
         is_said(run, number, age)) &&
        pii_stands_alone(run, at, at + n))
        return emit_age(run, at, at + n, 0.6F, NULL);
    const char *context = pii_context_within(run, at, at + n, CTX(AGE), AGE_BEFORE, 0);
    if (context == NULL || !pii_stands_alone(run, at, at + n))
        return 0;
    return emit_age(run, at, at + n, 0.6F, context);
}
