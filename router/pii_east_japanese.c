#include <string.h>

#include "router/pii_east.h"

/* Family names, given names behind them, and what people are called by. */

enum { GIVEN_MOST = 4 };

/* What stands before a name. */
struct before {
    enum east_script script; /* of the same word; not "昨日" */
    bool role;               /* "患者", "妻の", "名前は" */
    bool labelled;           /* "氏名:" */
};

static struct before before(const struct pii_run *run, size_t at, size_t first)
{
    struct before found = {.script = at > first ? east_script(run, at - EAST_LETTER) : EAST_NONE};
    if (at == first) {
        bool marked;
        size_t label = east_label_end(run, at, &marked);
        found.labelled = label < at && marked && east_ends(EAST_JA_ROLE, run, label);
        found.role = label < at && east_ends(EAST_JA_ROLE, run, label);
        return found;
    }
    size_t role = at;
    if (pii_starts_with(run, at - EAST_LETTER, "の") ||
        pii_starts_with(run, at - EAST_LETTER, "は"))
        role -= EAST_LETTER;
    found.role = east_ends(EAST_JA_ROLE, run, role);
    if (east_ends(EAST_JA_WHEN, run, at))
        found.script = EAST_NONE;
    return found;
}

/* What the name that ends at `at`, or before a space, is followed by: the end of it, or 0. */
static size_t called(enum east_list list, const struct pii_run *run, size_t at)
{
    static const char *const words[] = {"様々", "様子", "様式", "様相", "様態", "君主",
                                        "君臨", "君子", "君江", "君代", "氏名", "氏族"};
    at += pii_is_gap(pii_at(run, at));
    size_t end = east_begins(list, run, at);
    for (size_t i = 0; end != 0 && i < sizeof(words) / sizeof(words[0]); i++)
        if (pii_starts_with(run, at, words[i]))
            return 0;
    return end;
}

static bool is_particle(const struct pii_run *run, size_t at)
{
    static const char list[] = "のにはがをともへでや";
    for (size_t i = 0; i < sizeof(list) - 1; i += EAST_LETTER)
        if (at + EAST_LETTER <= run->len && memcmp(list + i, run->text + at, EAST_LETTER) == 0)
            return true;
    return false;
}

/* "田中さん", "佐藤健一 様", "三枝トミ子様" */
static size_t honoured(struct east *east, size_t at, size_t family, const struct before *front)
{
    const struct pii_run *run = east->run;
    bool single = family - at == EAST_LETTER;
    bool apart = front->script != EAST_HAN || front->role;
    size_t end = family;
    for (int given = 0; given <= GIVEN_MOST; given++, end += EAST_LETTER) {
        if (given > 0) {
            size_t letter = end - EAST_LETTER;
            enum east_script script = east_script(run, letter);
            bool word =
                east_has(EAST_JA_NO_END, run, letter) && !east_has(EAST_JA_GIVEN, run, letter);
            bool part =
                script == EAST_HIRAGANA && (single || (given == 1 && is_particle(run, letter)));
            if (script == EAST_NONE || word || part)
                return 0;
        }
        if (called(EAST_JA_HONORIFIC, run, end) == 0)
            continue;
        bool title = east_is_han(run, end) && !east_has(EAST_JA_HONORIFIC, run, end);
        if ((single || title) && !apart)
            return 0;
        if (end > family && east_is(EAST_JA_NO_GIVEN, run, family, end))
            return 0;
        return east_person(east, at, end, single && end == family ? 0.75F : 0.85F,
                           "east_honorific");
    }
    return 0;
}

/* Where letters that given names are written with end; `at` where they are a word. */
static size_t given_end(const struct pii_run *run, size_t at)
{
    size_t end = east_begins(EAST_JA_KANA, run, at);
    if (end != 0)
        return end;
    end = at;
    while (end <= at + GIVEN_MOST * EAST_LETTER &&
           (east_has(EAST_JA_GIVEN, run, end) || east_script(run, end) == EAST_KATAKANA))
        end += EAST_LETTER;
    bool whole = !east_is_han(run, end) && end - at < GIVEN_MOST * EAST_LETTER;
    return whole && !east_is(EAST_JA_NO_GIVEN, run, at, end) ? end : at;
}

/* "山本です" behind "株式会社ミライの" or where a sentence begins. */
static bool says_so(const struct pii_run *run, size_t at, size_t first, size_t end)
{
    bool begins = at == first || pii_starts_with(run, at - EAST_LETTER, "の");
    return begins && pii_starts_with(run, end, "です") &&
           east_script(run, end + strlen("です")) == EAST_NONE;
}

static size_t with_family(struct east *east, size_t at, size_t first, size_t family)
{
    const struct pii_run *run = east->run;
    struct before front = before(run, at, first);
    size_t found = honoured(east, at, family, &front);
    if (found != 0)
        return found;
    bool single = family - at == EAST_LETTER;
    size_t end = given_end(run, family);
    size_t given = (end - family) / EAST_LETTER;
    if (front.labelled) { /* the whole, kana or not */
        size_t whole = family;
        while (whole <= family + GIVEN_MOST * EAST_LETTER && east_script(run, whole) != EAST_NONE)
            whole += EAST_LETTER;
        bool fits =
            whole - family <= GIVEN_MOST * EAST_LETTER && !is_particle(run, whole - EAST_LETTER);
        end = fits ? whole : end;
        return fits || given > 0 ? east_person(east, at, end, 0.85F, "east_label") : 0;
    }
    if (front.script == EAST_HAN && !front.role)
        return 0;
    if (east_begins(EAST_JA_SAYS, run, end) != 0)
        return east_person(east, at, end, 0.85F, "east_label");
    bool ends = !east_is_han(run, end) && (given > 0 || !single);
    if (front.role && ends && (given > 0 || is_particle(run, end)))
        return east_person(east, at, end, given > 0 ? 0.8F : 0.6F, "east_label");
    if (!single && given == 0 && says_so(run, at, first, end))
        return east_person(east, at, end, 0.5F, "east_label");
    if (!single && ends && given >= 2)
        return east_person(east, at, end, 0.6F, "east_name");
    return 0;
}

/* A name that no list has, before what only people are called: "翔太くん". */
static size_t unlisted(struct east *east, size_t at, size_t first)
{
    const struct pii_run *run = east->run;
    enum { LEAST = 2, MOST = 4 };
    size_t end = at;
    for (int letters = 1; letters <= MOST && east_is_han(run, end); letters++) {
        end += EAST_LETTER;
        if (letters < LEAST || called(EAST_JA_CALLED, run, end) == 0)
            continue;
        struct before front = before(run, at, first);
        if (front.script == EAST_HAN && !front.role)
            return 0;
        bool polite = at >= EAST_LETTER && (pii_starts_with(run, at - EAST_LETTER, "お") ||
                                            pii_starts_with(run, at - EAST_LETTER, "ご"));
        if (polite || east_has(EAST_JA_NO_END, run, end - EAST_LETTER) ||
            east_ends(EAST_JA_NO_NAME, run, end))
            return 0;
        return east_person(east, at, end, given_end(run, at) == end ? 0.75F : 0.6F,
                           "east_honorific");
    }
    return 0;
}

/* "娘の陽菜が" */
static size_t of_kin(struct east *east, size_t at, size_t first)
{
    const struct pii_run *run = east->run;
    enum { LETTERS = 2 };
    if (at < first + EAST_LETTER || !pii_starts_with(run, at - EAST_LETTER, "の"))
        return 0;
    size_t end = given_end(run, at);
    if (end != at + (size_t)LETTERS * EAST_LETTER ||
        !east_ends(EAST_JA_KIN, run, at - EAST_LETTER) || !is_particle(run, end))
        return 0;
    return east_person(east, at, end, 0.5F, "east_name");
}

/* "スミス様", "ジョン・スミス氏" */
static size_t in_katakana(struct east *east, size_t at, size_t first)
{
    const struct pii_run *run = east->run;
    enum { LEAST = 2, MOST = 20 };
    if (at > first && east_script(run, at - EAST_LETTER) == EAST_KATAKANA)
        return 0;
    size_t end = east_run_end(run, at, EAST_KATAKANA, MOST);
    while (end - at < (size_t)MOST * EAST_LETTER &&
           (pii_starts_with(run, end, "・") || pii_at(run, end) == '=')) {
        size_t next = end + (pii_at(run, end) == '=' ? 1 : EAST_LETTER);
        size_t more = east_run_end(run, next, EAST_KATAKANA, MOST);
        if (more == next)
            break;
        end = more;
    }
    if (end - at < LEAST * EAST_LETTER || called(EAST_JA_CALLED_KANA, run, end) == 0 ||
        east_is(EAST_JA_NO_KATA, run, at, end) ||
        (at >= EAST_LETTER && pii_starts_with(run, at - EAST_LETTER, "お")))
        return 0;
    return east_person(east, at, end, 0.75F, "east_honorific");
}

/* "さくらちゃん" */
static size_t in_hiragana(struct east *east, size_t at, size_t first)
{
    const struct pii_run *run = east->run;
    size_t end = east_begins(EAST_JA_KANA, run, at);
    if (end == 0 || called(EAST_JA_CALLED, run, end) == 0 ||
        (at > first && east_script(run, at - EAST_LETTER) == EAST_HIRAGANA &&
         !is_particle(run, at - EAST_LETTER)))
        return 0;
    return east_person(east, at, end, 0.75F, "east_honorific");
}

size_t east_japanese(struct east *east, size_t at, size_t first, bool kana)
{
    const struct pii_run *run = east->run;
    enum east_script script = east_script(run, at);
    bool may = script == EAST_HAN && east_has(EAST_FAMILY_BEGINS, run, at);
    size_t family = may ? east_begins(EAST_JA_FAMILY, run, at) : 0;
    size_t found = family != 0 ? with_family(east, at, first, family) : 0;
    if (found != 0 || !kana)
        return found;
    if (script == EAST_KATAKANA)
        return in_katakana(east, at, first);
    if (script == EAST_HIRAGANA)
        return in_hiragana(east, at, first);
    found = unlisted(east, at, first);
    return found != 0 ? found : of_kin(east, at, first);
}
