#include "router/pii_east.h"

/* A family name and one or two letters more, by what stands before and behind them. */

enum strength { RARE, WORDY, SURE };

enum place {
    INSIDE,  /* among letters that may be part of the same word */
    BEGINS,  /* behind a sign, or a letter that a name may follow */
    ROLE,    /* "患者" before it */
    LABELLED /* "姓名:" */
};

/* Where the family name at `at` ends, or 0. */
static size_t family_end(const struct pii_run *run, size_t at, enum strength *strength)
{
    size_t end = east_begins(EAST_ZH_DOUBLE, run, at);
    *strength = SURE;
    if (end != 0)
        return end;
    if (east_has(EAST_ZH_SURE, run, at))
        return at + EAST_LETTER;
    *strength = WORDY;
    if (east_has(EAST_ZH_WORDY, run, at))
        return at + EAST_LETTER;
    *strength = RARE;
    return east_has(EAST_ZH_RARE, run, at) ? at + EAST_LETTER : 0;
}

static enum place place_of(const struct pii_run *run, size_t at, size_t first)
{
    if (at == first) {
        bool marked;
        size_t label = east_label_end(run, at, &marked);
        bool role = label < at && (east_ends(EAST_ZH_LABEL, run, label) ||
                                   (marked && east_ends(EAST_ZH_ROLE, run, label)));
        if (role)
            return marked ? LABELLED : ROLE;
        return BEGINS;
    }
    static const char *const is[] = {"是", "叫", "为", "係", "為"};
    for (size_t i = 0; i < sizeof(is) / sizeof(is[0]); i++)
        if (pii_starts_with(run, at - EAST_LETTER, is[i]) && at - first > EAST_LETTER &&
            (east_ends(EAST_ZH_ROLE, run, at - EAST_LETTER) ||
             east_ends(EAST_ZH_LABEL, run, at - EAST_LETTER)))
            return ROLE;
    if (east_ends(EAST_ZH_ROLE, run, at))
        return ROLE;
    bool joins = east_has(EAST_ZH_JOIN, run, at - EAST_LETTER) || east_ends(EAST_ZH_NEXT, run, at);
    return joins ? BEGINS : INSIDE;
}

/* Does the sentence go on at `at` as it may behind a name? */
static bool goes_on(const struct pii_run *run, size_t at)
{
    return !east_is_han(run, at) || east_has(EAST_ZH_STOP, run, at) ||
           east_begins(EAST_ZH_NEXT, run, at) != 0 || east_begins(EAST_ZH_TITLE, run, at) != 0;
}

/* Where the given name at `at` ends, `at` where there is none. */
static size_t given_end(const struct pii_run *run, size_t at)
{
    size_t second = at + EAST_LETTER;
    if (!east_is_han(run, at))
        return at;
    if (goes_on(run, second) || !east_has(EAST_ZH_GIVEN, run, second))
        return second;
    return second + EAST_LETTER;
}

/* "王先生", "吴秀英女士", "蔡总": 0, or where the name ends. */
static size_t titled(struct east *east, size_t at, size_t family, enum strength strength,
                     enum place place)
{
    const struct pii_run *run = east->run;
    enum { GIVEN_MOST = 2 };
    if (place == INSIDE && (strength != SURE || east_ends(EAST_ZH_ENDING, run, family)))
        return 0;
    size_t end = family;
    for (int given = 0; given <= GIVEN_MOST; given++, end += EAST_LETTER) {
        if (given > 0 && !east_has(EAST_ZH_GIVEN, run, end - EAST_LETTER))
            return 0;
        if (given > 0 && east_is(EAST_ZH_NO_NAME, run, at, family + EAST_LETTER))
            return 0;
        size_t title = east_begins(EAST_ZH_TITLE, run, end);
        bool head = given == 0 && pii_starts_with(run, end, "总") && place != INSIDE &&
                    goes_on(run, end + EAST_LETTER);
        if (title == 0 && !head)
            continue;
        if (given == 0 && strength == RARE)
            return 0;
        float score = given > 0 ? 0.85F : strength == SURE && !head ? 0.75F : 0.6F;
        return east_person(east, at, end, score, "east_honorific");
    }
    return 0;
}

/* How sure a name without a title is. */
static float score_of(const struct pii_run *run, size_t at, size_t family, size_t end,
                      enum strength strength, enum place place)
{
    bool alone = !east_is_han(run, end);
    bool word = east_is(EAST_ZH_NO_NAME, run, at, family + EAST_LETTER);
    size_t letters = (end - family) / EAST_LETTER;
    bool given = east_has(EAST_ZH_GIVEN, run, family);
    if (place == LABELLED)
        return (alone || !word) && (given || strength != RARE) ? 0.85F : 0;
    if (word || strength == RARE || !given)
        return 0;
    bool telling =
        letters == 2 || family - at > EAST_LETTER || east_has(EAST_ZH_TELLING, run, family);
    if (place == ROLE) /* "我是", and a word that no list has */
        return telling || !pii_starts_with(run, at - EAST_LETTER, "是") ? 0.8F : 0.4F;
    if (place == INSIDE || !telling || !goes_on(run, end))
        return 0;
    bool speaks = pii_at(run, end) == ':' && (at == 0 || run->text[at - 1] == '\n');
    return (letters == 1 ? 0.45F : 0.5F) + (strength == SURE || speaks ? 0.1F : 0);
}

size_t east_chinese(struct east *east, size_t at, size_t first)
{
    const struct pii_run *run = east->run;
    enum strength strength;
    size_t family = family_end(run, at, &strength);
    if (family == 0)
        return 0;
    enum place place = place_of(run, at, first);
    size_t found = titled(east, at, family, strength, place);
    if (found != 0)
        return found;
    enum { GIVEN_MOST = 2 };
    size_t whole = east_run_end(run, family, EAST_HAN, GIVEN_MOST + 1);
    bool short_run = whole - family <= GIVEN_MOST * EAST_LETTER;
    size_t end = place == LABELLED && short_run ? whole : given_end(run, family);
    float score = end > family ? score_of(run, at, family, end, strength, place) : 0;
    return score > 0 ? east_person(east, at, end, score, "east_name") : 0;
}
