/*
 * pii_internal.h - what the pii_*.c files share. Nobody else includes it.
 *
 * One scan runs over the normalised text (pii_normalize.c): first a pass over the words that
 * collects context and topics (pii_context.c), then one pass that dispatches on what may begin or
 * anchor an identifier (pii_recognizers.c). Every recognizer looks a bounded number of bytes ahead
 * and back, so that the whole is linear. Offsets here are into the normalised text.
 */
#ifndef PENSTOCK_ROUTER_PII_INTERNAL_H
#define PENSTOCK_ROUTER_PII_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "router/pii.h"

/* ---- pii_normalize.c ---- */

/* From byte `norm` of the normalised text on, each byte stands for `width` original ones. */
struct pii_map_point {
    size_t norm, orig;
    unsigned width;
};

struct pii_normal {
    const char *text; /* the original when nothing had to change, else storage */
    size_t len;
    char *storage;
    size_t storage_cap;
    struct pii_map_point *points;
    size_t point_count, point_cap;
};

/* Stands in the normalised text, and for nothing in the original, where a word ends and the next
 * one begins at once: "电话139…". No space, so that a link or a password goes on; a byte that no
 * text in UTF-8 has, of no class. */
static const char PII_PARTED = '\xff';

MUST_CHECK int pii_normalize(struct pii_normal *normal, const char *text, size_t len,
                             struct err *err);
size_t pii_original_start(const struct pii_normal *normal, size_t norm);
size_t pii_original_end(const struct pii_normal *normal, size_t norm); /* end exclusive */
void pii_normal_release(struct pii_normal *normal);                    /* wipes */

/* ---- pii_escapes.c ---- */

/* The length of the escape at `at` and the code point that it stands for; 0: none is there. */
size_t pii_escape(const uint8_t *text, size_t len, size_t at, uint32_t *point);
bool pii_has_escapes(const uint8_t *text, size_t len);

/* ---- pii_spoken.c: numbers in words ---- */

enum { PII_SPOKEN_MAX = 40 };

/* A digit, or a dash for a pause, and the bytes that it was read from. */
struct pii_spoken_piece {
    char c;
    size_t at, width;
};

struct pii_spoken {
    struct pii_spoken_piece pieces[PII_SPOKEN_MAX];
    size_t count; /* 0: no number that may be an identifier */
    size_t digits;
};

/* Reads at the beginning of a word; returns where the number ends, `at` when none is there. */
size_t pii_spoken_read(const uint8_t *text, size_t len, size_t at, struct pii_spoken *out);
bool pii_has_spoken(const uint8_t *text, size_t len);

/* ---- pii_encoded.c: base64 in a text ---- */

/* One run of it in the text, and where what it says stands among what all of them say. */
struct pii_encoded_run {
    size_t start, end;
    size_t said_start, said_end;
};

struct pii_encoded {
    struct buf said; /* each run's text behind the words in front of the run, a line each */
    struct pii_encoded_run *runs;
    size_t run_count, run_cap;
    struct pii_spans spans; /* of `said` */
};

MUST_CHECK int pii_encoded_read(struct pii_encoded *encoded, const char *text, size_t len,
                                struct err *err);
/* Keeps of encoded->spans those that lie in what a run says. */
void pii_encoded_keep(struct pii_encoded *encoded);
/* Adds them to the text's spans from `first` on, each at its run; sorted, no type twice. */
MUST_CHECK int pii_encoded_report(const struct pii_encoded *encoded, struct pii_spans *spans,
                                  size_t first, struct err *err);
void pii_encoded_release(struct pii_encoded *encoded); /* wipes */

/* ---- pii_context.c: words that say what a number beside them is ---- */

/* The formatter does not settle on a layout for these lists. */
/* clang-format off */
#define PII_CONTEXTS(X) \
    X(NOT) X(PHONE) X(SSN) X(CARD) X(BANK) X(ROUTING) X(DOB) X(MRN) X(PASSPORT) X(LICENSE) \
    X(TAX) X(ITIN) X(NPI) X(MEDICARE) X(NHS) X(NINO) X(PLAN) X(ID) X(VEHICLE) X(POSTCODE) \
    X(AGE) X(CRYPTO) X(SECRET) X(USER) X(DEA) X(CASE) X(ACCOUNT) X(SIN) X(ABN) X(DRIVING) \
    X(TFN) X(NIF) X(FISCAL) X(PESEL) X(AADHAAR) X(PAN) X(VOTER) X(RRN) X(NRIC) X(NUMBER) \
    X(SWEDEN) X(HETU) X(THAI) X(TURKEY) X(ZAID) X(DEVICE) X(VAT) X(BSN) X(CPF) X(AHV) \
    X(CHINA) X(NIR) X(ADDRESS) X(STEUER) X(PASSWORD) X(TITLE) X(NRP) X(STAND_IN) \
    X(INITIALS) X(NATIONAL) X(WHEN) X(LIFE) X(BESIDE) X(PLATE)

enum pii_context {
#define X(name) PII_CONTEXT_##name,
    PII_CONTEXTS(X)
#undef X
    PII_CONTEXT_COUNT
};
/* clang-format on */
_Static_assert(PII_CONTEXT_COUNT <= 64, "contexts are bits of a word");

#define CTX(name) (UINT64_C(1) << PII_CONTEXT_##name)

struct pii_context_hit {
    size_t start, end;
    uint64_t mask;
    const char *phrase;
};

struct pii_lexicon; /* phrases of pii_context.def in a hash table; immutable */

MUST_CHECK int pii_lexicon_new(struct pii_lexicon **out, struct err *err);
void pii_lexicon_free(struct pii_lexicon *lexicon);

/* ---- pii_rules.c: the table of pii_rules.def, by how a text would begin ---- */

enum { PII_RULES_MAX = 248, PII_LEAD_MAX = 16 };

/* What stands behind the first run of digits or letters: the other of both, what may part the
 * groups of an identifier, another sign that one may hold, or none of these. */
enum pii_follow {
    PII_FOLLOW_ALNUM,
    PII_FOLLOW_SPACE,
    PII_FOLLOW_DASH,
    PII_FOLLOW_DOT,
    PII_FOLLOW_SIGN,
    PII_FOLLOW_END,
    PII_FOLLOW_COUNT
};

struct pii_rule_list {
    uint8_t rules[PII_RULES_MAX];
    uint8_t count;
};
struct pii_rule_index {
    /* [0] begins with digits, [1] with letters; what follows; the length of that first run */
    struct pii_rule_list lists[2][PII_FOLLOW_COUNT][PII_LEAD_MAX];
};
void pii_rule_index_init(struct pii_rule_index *index);

/* ---- one scan ---- */

/* How far a clause has been read, and whether it tells of somebody; pii_told.c. */
struct pii_clause {
    size_t start, end;
    bool told, closed; /* closed: it ends there */
};

struct pii_run {
    const char *text;
    size_t len;
    const struct pii_rule_index *rules;
    struct pii_spans *spans; /* candidates; pii_merge.c settles them */
    struct pii_context_hit *hits;
    size_t hit_count, hit_cap;
    size_t cursor;                  /* first hit that can still matter */
    struct pii_clause clause;       /* the newest that was asked about */
    size_t link_end;                /* of the newest link: none begins before it */
    size_t mail_end;                /* of the newest mail address, likewise */
    uint64_t seen;                  /* every context that occurs anywhere */
    size_t unspaced;                /* bytes of letters of char_is_unspaced() */
    struct pii_evidence *stretches; /* the text in pieces of PII_STRETCH bytes */
    size_t stretch_count;
    int rc; /* first failure; later calls do nothing */
    struct err *err;
};

/* The rules that the text at `at` may match, by how it begins. */
const struct pii_rule_list *pii_rules_asked(const struct pii_run *run, size_t at);

/* Collects run->hits, run->seen and the phrases of run->stretches. */
void pii_context_collect(struct pii_run *run, const struct pii_lexicon *lexicon);

/* The nearest phrase of `mask` beside [start, end); NULL if none, or if a CTX(NOT) is nearer. */
const char *pii_context_find(struct pii_run *run, size_t start, size_t end, uint64_t mask);
/* The same with limits of the caller's choice, in bytes. */
const char *pii_context_within(struct pii_run *run, size_t start, size_t end, uint64_t mask,
                               size_t before, size_t after);

struct pii_candidate {
    size_t start, end;
    enum pii_type type;
    float score;
    bool validated, placeholder;
    const char *recognizer, *context;
};
void pii_emit(struct pii_run *run, const struct pii_candidate *candidate);

/* ---- characters ---- */

enum { PII_DIGIT = 1, PII_UPPER = 2, PII_LOWER = 4, PII_HIGH = 8, PII_SPACE = 16, PII_HEX = 32 };
extern const uint8_t pii_class[256];

static inline bool pii_is(const struct pii_run *run, size_t at, unsigned classes)
{
    return at < run->len && (pii_class[(uint8_t)run->text[at]] & classes) != 0;
}

/* The same of a text that is not the run's. */
static inline bool pii_byte_is(const char *text, size_t len, size_t at, unsigned classes)
{
    return at < len && (pii_class[(uint8_t)text[at]] & classes) != 0;
}
#define PII_LETTER (PII_UPPER | PII_LOWER)
#define PII_ALNUM (PII_DIGIT | PII_UPPER | PII_LOWER)
#define PII_WORD (PII_ALNUM | PII_HIGH)

static inline char pii_at(const struct pii_run *run, size_t at)
{
    return at < run->len ? run->text[at] : '\0';
}
static inline char pii_before(const struct pii_run *run, size_t at)
{
    return at > 0 ? run->text[at - 1] : '\0';
}
static inline char pii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}
static inline char pii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many digits (nine at most) stand at `at`, and their value; _date.c. */
size_t pii_read_digits(const struct pii_run *run, size_t at, unsigned *value);
static inline bool pii_is_gap(char c)
{
    return c == ' ' || c == PII_PARTED;
}

/* The end of the number at `at`, 1 to `most`, and one of these signs behind it that say what it
 * counts, a space between them or not; 0: no such is there. The list ends with NULL; _date.c. */
size_t pii_counted_by(const struct pii_run *run, size_t at, unsigned most,
                      const char *const *signs);
/* Does [start, end) stand alone, rather than inside a longer number, path, price or version? */
bool pii_stands_alone(const struct pii_run *run, size_t start, size_t end);
/* Is it the first or last of two with a slash between, "219-45-6780/04-12-1987", or before a colon?
 */
bool pii_stands_joined(const struct pii_run *run, size_t start, size_t end);
/* Case-insensitive: do the bytes at `at` begin with this lower-case ASCII text? */
bool pii_starts_with(const struct pii_run *run, size_t at, const char *lower);
/* With one of these? The list ends with NULL. */
bool pii_starts_with_one_of(const struct pii_run *run, size_t at, const char *const *list);
/* Is [start, end) one of these words? Small letters, a bar on both sides of each; _told.c. */
bool pii_is_one_of(const struct pii_run *run, size_t start, size_t end, const char *list);

struct pii_word {
    size_t start, end; /* equal: none */
};
/* The word that ends before `at`, one byte of `gap` between them; _told.c. */
struct pii_word pii_word_before(const struct pii_run *run, size_t at, const char *gap);
static inline bool pii_word_is(const struct pii_run *run, struct pii_word word, const char *list)
{
    return pii_is_one_of(run, word.start, word.end, list);
}
/* Does the clause that `at` lies in tell of the writer, his people or a patient; _told.c. */
bool pii_is_told(struct pii_run *run, size_t at);

/* ---- recognizers: each emits what it finds at `at` and returns the end of it, or 0 ---- */

void pii_recognize(struct pii_run *run);                  /* the pass; pii_recognizers.c */
size_t pii_rules(struct pii_run *run, size_t at);         /* table of national ids; _rules.c */
size_t pii_card(struct pii_run *run, size_t at);          /* _money.c */
size_t pii_iban(struct pii_run *run, size_t at);          /* _money.c */
size_t pii_crypto(struct pii_run *run, size_t at);        /* _money.c */
size_t pii_phone(struct pii_run *run, size_t at);         /* _phone.c */
size_t pii_date(struct pii_run *run, size_t at);          /* _date.c; at a digit or a month */
size_t pii_age(struct pii_run *run, size_t at);           /* _age.c; at a digit */
size_t pii_email(struct pii_run *run, size_t at);         /* _net.c; at the '@' */
size_t pii_email_spelled(struct pii_run *run, size_t at); /* _net.c; at the word "at" */
size_t pii_url(struct pii_run *run, size_t at);           /* _net.c; at the "://" or "www." */
size_t pii_domain(struct pii_run *run, size_t at);        /* _net.c; at a word before a '.' */
size_t pii_ipv4(struct pii_run *run, size_t at);          /* _net.c */
size_t pii_ipv6(struct pii_run *run, size_t at);          /* _net.c; also MAC; at a ':' */
size_t pii_mac(struct pii_run *run, size_t at);           /* _net.c; dashes or dots; at its start */
size_t pii_secret(struct pii_run *run, size_t at);        /* _secret.c; at a word */
size_t pii_pem(struct pii_run *run, size_t at);           /* _secret.c; at "-----BEGIN" */
size_t pii_labelled(struct pii_run *run);                 /* _labelled.c: "MRN: 12345" */
/* "in his late fifties", at the decade's word; _age.c. */
void pii_age_decade(struct pii_run *run, size_t start, size_t end);
/* "twenty-one months old", at the unit; _age.c. */
void pii_age_words(struct pii_run *run, size_t unit);
void pii_people(struct pii_run *run);             /* _people.c: titles, nationalities */
void pii_east_names(struct pii_run *run);         /* _east_names.c: Chinese, Japanese, Korean */
bool pii_east_found(const struct pii_span *span); /* is it one of these? */
/* What is no identifier by itself, of somebody who is told of; _told.c. */
size_t pii_told_day(struct pii_run *run,
                    size_t at); /* "since 2016", "the 14th", "for 6 years"; at a digit */
void pii_told_when(struct pii_run *run, size_t start, size_t end);  /* "last week", "since May" */
void pii_told_where(struct pii_run *run, size_t start, size_t end); /* "room 12B", "ward 7" */
bool pii_told_found(const struct pii_span *span);                   /* is it one of these? */
size_t pii_address(struct pii_run *run, size_t at); /* _address.c; at a house number */
size_t pii_street(struct pii_run *run, size_t at);  /* _address.c; at a street word */

/* Takes from the names that the tagger found, from `first` on, what a quote parts from them and the
 * labels of numbers; text: the original. Sets run->rc; _names.c. */
void pii_names_cut(struct pii_run *run, const struct pii_normal *normal, size_t first,
                   const char *text, size_t len);
/* Adds initials and "III" or "Jr." to the names that the tagger found, drops those that are foreign
 * words; _people.c. */
void pii_names_complete(struct pii_spans *spans, size_t first, const char *text, size_t len);
/* Adds the numbers before and behind the streets that the tagger found; _address.c. */
void pii_addresses_complete(struct pii_spans *spans, size_t first, const char *text, size_t len);
/* Numbers beside the names that the tagger found, in the original text; _people.c. */
MUST_CHECK int pii_ages_beside(struct pii_spans *spans, size_t first, const char *text, size_t len,
                               struct err *err);

/* ---- pii_checks.c: n characters, upper case, separators removed ---- */

bool pii_luhn(const char *digits, size_t n);
bool pii_mod97(const char *text, size_t n); /* rearranged IBAN: the remainder is 1 */
bool pii_base58check(const char *text, size_t n);
bool pii_bech32(const char *text, size_t n);
bool pii_known_tld(const char *text, size_t n);

/* ---- pii_merge.c, pii_verdict.c ---- */

/* Sorts, drops what others explain better; in place. */
void pii_merge(struct pii_spans *spans, size_t first);
/* ---- pii_evidence.c: what a text says beside its identifiers, stretch by stretch ---- */

enum { PII_STRETCH = 256 };

/* What struct pii_evidence counts of a text's shape: "signs" are those of code and formulas,
 * "labels" lines that begin "Name:", "asks" texts that end with a question mark. */
/* clang-format off */
#define PII_FORM_LIST(X) \
    X(QUESTIONS) X(QUOTES) X(LINES) X(SIGNS) X(NUMBERS) X(LABELS) X(OPTIONS) X(ASKS)
enum pii_form {
#define X(name) PII_FORM_##name,
    PII_FORM_LIST(X)
#undef X
    PII_FORM_COUNT
};
/* clang-format on */
_Static_assert((int)PII_FORM_COUNT == (int)PII_FORMS, "facts.h has room for each kind of form");

static inline size_t pii_stretches(size_t len)
{
    return len > PII_STRETCH ? (len - 1) / PII_STRETCH + 1 : 1;
}

/* One phrase at byte `at`; signal: a topic, or PII_TOPIC_COUNT and the kind of a cue. */
void pii_evidence_phrase(struct pii_run *run, size_t at, unsigned signal, float weight);
/* One text's spans (of the original, `len` bytes) and the run's phrases, into the facts. */
void pii_evidence_add(struct pii_facts *facts, const struct pii_run *run,
                      const struct pii_span *spans, size_t count, size_t len);
void pii_evidence_sum(struct pii_evidence *into, const struct pii_evidence *more);

/* ---- pii_verdict.c ---- */

/* The chance that a span leads to somebody by itself. */
float pii_verdict_identifies(const struct pii_span *span);
/* The chance that a stretch of text is about somebody's private affairs, identifiers aside. */
float pii_verdict_private(const struct pii_evidence *evidence);
/* Recomputes facts->sensitive. */
void pii_verdict_settle(struct pii_facts *facts);

/* For the script that fits the weights: what they are multiplied with; returns how many. */
size_t pii_verdict_features(const struct pii_evidence *evidence, float *out, size_t cap);
/* NULL: one of the learned kinds of words, which come last and have no names. */
const char *pii_verdict_feature_name(size_t feature);

#endif
