#include <string.h>

#include "router/pii_east.h"

/* A family name and mostly two syllables; endings follow at once, titles behind a space or not. */

enum { WORD_MOST = 24 };

bool east_korean_tail(const struct pii_run *run, size_t at, size_t end)
{
    return at >= end || east_is(EAST_KO_TAIL, run, at, end);
}

/* A word and what is around it. */
struct word {
    size_t start, end;
    bool begins;   /* a sentence */
    bool role;     /* "환자" before it */
    bool self;     /* "저는" */
    bool labelled; /* "성명:" */
};

static struct word word_at(const struct pii_run *run, size_t at)
{
    struct word word = {.start = at, .end = east_run_end(run, at, EAST_HANGUL, WORD_MOST)};
    word.begins = at == 0 || pii_at(run, at - 1) == '\n' ||
                  (at > 1 && strchr(",.!", run->text[at - 2]) != NULL);
    bool marked;
    size_t label = east_label_end(run, at, &marked);
    if (label < at) {
        word.self = !marked && east_ends(EAST_KO_SELF, run, label);
        word.role = east_ends(EAST_KO_ROLE, run, label);
        word.labelled = word.role && marked;
    }
    return word;
}

/* Is the title at `at` all of the word but its ending, "과장님께"? */
static bool is_title(enum east_list list, const struct pii_run *run, size_t at, size_t end)
{
    size_t title = east_begins(list, run, at);
    if (title == 0)
        return false;
    title += pii_starts_with(run, title, "님") ? EAST_LETTER : 0;
    return east_korean_tail(run, title, end);
}

/* Where the title behind the name that ends at `at` begins, in the word that ends at `end` or
 * behind a space; 0: none. */
static size_t title_of(enum east_list list, const struct pii_run *run, size_t at, size_t end)
{
    if (at < end)
        return is_title(list, run, at, end) ? at : 0;
    size_t next = end + 1;
    bool titled = pii_is_gap(pii_at(run, end)) &&
                  is_title(list, run, next, east_run_end(run, next, EAST_HANGUL, WORD_MOST));
    return titled ? next : 0;
}

/* "입니다", "이라고 합니다" */
static bool is_said(const struct pii_run *run, size_t at)
{
    static const char *const ends[] = {"입니다", "이라", "라고", "이에요", "예요", "이야"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (pii_starts_with(run, at, ends[i]))
            return true;
    return false;
}

/* How sure it is that a name ends at `end`, its given name begins at `given`. */
static float score_of(const struct pii_run *run, const struct word *word, size_t given, size_t end,
                      bool rare)
{
    size_t syllables = (end - given) / EAST_LETTER;
    bool first = east_has(EAST_KO_FIRST, run, given);
    bool second = east_has(EAST_KO_SECOND, run, end - EAST_LETTER);
    bool likely = syllables == 1 ? second : first && second;
    bool tail = east_korean_tail(run, end, word->end);
    size_t title = title_of(EAST_KO_TITLE, run, end, word->end);
    bool titled = title != 0;
    /* What is said to everybody; of one syllable, "나라님" is a word */
    bool called = titled && (pii_starts_with(run, title, "씨") ||
                             (pii_starts_with(run, title, "님") && (syllables > 1 || title > end)));
    if ((!tail && !titled) || (!first && !second) ||
        east_is(EAST_KO_NO_NAME, run, word->start, end))
        return 0;
    if (word->labelled && (likely || end == word->end))
        return 0.85F;
    if (word->self && (likely || syllables > 1) && is_said(run, end))
        return 0.85F;
    if (rare)
        return likely && syllables > 1 && (titled || word->role) ? 0.7F : 0;
    if (called && (likely || syllables > 1))
        return syllables > 1 ? 0.85F : 0.6F;
    if (titled && likely && syllables > 1)
        return 0.85F;
    if (syllables == 1 || !likely)
        return 0;
    if (word->role)
        return 0.8F;
    if (word->begins && pii_starts_with(run, end, "입니다"))
        return 0.5F;
    /* "설정은": not a name but an ending */
    bool ending = end == word->end && east_has(EAST_KO_TAIL, run, end - EAST_LETTER);
    return east_has(EAST_KO_TELLING, run, end - EAST_LETTER) && !ending ? 0.5F : 0;
}

/* "김 과장님", "박씨의" */
static size_t family_alone(struct east *east, const struct word *word)
{
    static const char *const words[] = {"이", "한", "전", "현", "주", "여", "차", "우"};
    const struct pii_run *run = east->run;
    size_t end = word->start + EAST_LETTER;
    size_t title = title_of(EAST_KO_LONE_TITLE, run, end, word->end);
    if (title == 0 || east_ends(EAST_KO_NO_NAME, run, word->end))
        return 0;
    bool polite = pii_starts_with(run, east_begins(EAST_KO_LONE_TITLE, run, title), "님");
    bool certain = polite || pii_starts_with(run, title, "씨");
    if (title == end && !certain) /* "공사장" */
        return 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !certain; i++)
        if (pii_starts_with(run, word->start, words[i]))
            return 0; /* "this", "former" */
    return east_person(east, word->start, end, 0.6F, "east_honorific");
}

size_t east_korean(struct east *east, size_t at)
{
    const struct pii_run *run = east->run;
    struct word word = word_at(run, at);
    enum { GIVEN_MOST = 2 };
    size_t given = east_begins(EAST_KO_DOUBLE, run, at);
    bool rare = given == 0 && east_has(EAST_KO_RARE, run, at);
    if (given == 0 && (rare || east_has(EAST_KO_FAMILY, run, at)))
        given = at + EAST_LETTER;
    if (given == 0)
        return word.end;
    for (size_t syllables = GIVEN_MOST; syllables > 0; syllables--) {
        size_t end = given + syllables * EAST_LETTER;
        float score = end <= word.end ? score_of(run, &word, given, end, rare) : 0;
        if (score > 0) {
            (void)east_person(east, at, end, score, "east_name");
            return word.end;
        }
    }
    if (!rare && given == at + EAST_LETTER)
        (void)family_alone(east, &word);
    return word.end;
}
