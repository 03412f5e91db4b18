/*
 * pii_east.h - what the pii_east_*.c files share: names of people in Chinese, Japanese and Korean
 * text, which the tagger was not trained on. Nobody else includes it.
 *
 * Letters here are of three bytes of the normalised text; the rare ideographs of four end a word.
 */
#ifndef PENSTOCK_ROUTER_PII_EAST_H
#define PENSTOCK_ROUTER_PII_EAST_H

#include "router/pii_internal.h"

/* The formatter does not settle on a layout for these lists. */
/* clang-format off */
/* FAMILY_BEGINS: the first letters of the ZH and JA ones, to look for first.
 * ZH: family names by how seldom their letter begins a word; letters of given names, of which
 * "telling" ones are seldom anything else; letters that a name may follow or be followed by.
 * NO_NAME: words that would pass for names. */
#define EAST_LISTS(X) \
    X(FAMILY_BEGINS) X(ZH_SURE) X(ZH_WORDY) X(ZH_RARE) X(ZH_DOUBLE) X(ZH_GIVEN) X(ZH_TELLING) X(ZH_JOIN) X(ZH_STOP) \
    X(ZH_NEXT) X(ZH_TITLE) X(ZH_ROLE) X(ZH_LABEL) X(ZH_ENDING) X(ZH_NO_NAME) \
    X(JA_FAMILY) X(JA_GIVEN) X(JA_NO_GIVEN) X(JA_HONORIFIC) X(JA_CALLED) X(JA_CALLED_KANA) \
    X(JA_ROLE) X(JA_WHEN) X(JA_KIN) X(JA_SAYS) X(JA_NO_END) X(JA_NO_NAME) X(JA_NO_KATA) X(JA_KANA) \
    X(KO_FAMILY) X(KO_RARE) X(KO_DOUBLE) X(KO_FIRST) X(KO_SECOND) X(KO_TELLING) X(KO_TAIL) X(KO_TITLE) \
    X(KO_LONE_TITLE) X(KO_ROLE) X(KO_SELF) X(KO_NO_NAME)

enum east_list {
#define X(name) EAST_##name,
    EAST_LISTS(X)
#undef X
    EAST_LIST_COUNT
};
/* clang-format on */

enum { EAST_LETTER = 3, EAST_WORD_MAX = 8 };

enum east_script { EAST_NONE, EAST_HAN, EAST_HIRAGANA, EAST_KATAKANA, EAST_HANGUL };

/* Of the letter at `at`; EAST_NONE for all else, and beyond the end. */
enum east_script east_script(const struct pii_run *run, size_t at);
static inline bool east_is_han(const struct pii_run *run, size_t at)
{
    return east_script(run, at) == EAST_HAN;
}
/* Where the letters of that script from `at` on end; looks at `most` of them. */
size_t east_run_end(const struct pii_run *run, size_t at, enum east_script script, size_t most);

/* Is [start, end) a word of the list? */
bool east_is(enum east_list list, const struct pii_run *run, size_t start, size_t end);
/* Is the letter at `at`? */
static inline bool east_has(enum east_list list, const struct pii_run *run, size_t at)
{
    return at + EAST_LETTER <= run->len && east_is(list, run, at, at + EAST_LETTER);
}
/* The end of the longest word of the list that begins at `at`; 0: none. */
size_t east_begins(enum east_list list, const struct pii_run *run, size_t at);
/* Does a word of the list end at `at`? */
bool east_ends(enum east_list list, const struct pii_run *run, size_t at);

/* Where the label of what begins at `at` ends: before spaces, quotes and a colon or the like, which
 * *marked is set for. */
size_t east_label_end(const struct pii_run *run, size_t at, bool *marked);

/* Names found so far that are sure enough to be known again where nothing is beside them. */
struct east {
    struct pii_run *run;
    struct east_name {
        size_t start, end;
        uint32_t letter; /* the first */
    } names[32];
    size_t count;
};

/* Emits a PERSON and returns its end. */
size_t east_person(struct east *east, size_t start, size_t end, float score,
                   const char *recognizer);

/* The end of the name that begins at `at`, emitted; 0: none does. `first` is where the letters that
 * `at` lies among begin. */
size_t east_chinese(struct east *east, size_t at, size_t first);
/* kana: the line has such letters; without them it may be Chinese. */
size_t east_japanese(struct east *east, size_t at, size_t first, bool kana);
/* `at` begins a word; the end of it, whatever it is. */
size_t east_korean(struct east *east, size_t at);
/* Is [at, end) nothing or an ending that a Korean name may have? */
bool east_korean_tail(const struct pii_run *run, size_t at, size_t end);

#endif
