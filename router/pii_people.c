#include <string.h>

#include "router/pii_internal.h"

/*
 * Titles, nationalities and the like, names that stand for nobody, initials, and when and where
 * something happened to somebody: found by the words of pii_people.def, so that the cost is that of
 * the context hits.
 */

static void emit(struct pii_run *run, size_t start, size_t end, enum pii_type type, float score,
                 const char *recognizer)
{
    pii_emit(
        run,
        &(struct pii_candidate){
            .start = start, .end = end, .type = type, .score = score, .recognizer = recognizer});
}

/* "Mr. Smith", "mrs smith", "Judge Smith", but not "a sir" or "Dr. 5". */
static void title(struct pii_run *run, size_t start, size_t end)
{
    bool dotted = pii_at(run, end) == '.';
    size_t next = end + dotted;
    if (pii_at(run, next) != ' ' || (!pii_is(run, start, PII_UPPER) && end - start > 3))
        return;
    while (pii_at(run, next) == ' ' && next < end + 3)
        next++;
    bool name =
        pii_is(run, next, PII_UPPER | PII_HIGH) ||
        (end - start <= 3 && pii_is(run, next, PII_LOWER) && pii_is(run, next + 1, PII_LOWER));
    if (name)
        emit(run, start, end + dotted, PII_TITLE, 0.55F, "title");
    /* "Mrs K.", "Dr P"; in small letters only with its stop */
    size_t after = next + 1 + (pii_at(run, next + 1) == '.');
    bool letter = pii_is(run, next, end - start <= 3 ? PII_LETTER : PII_UPPER) &&
                  !pii_is(run, next + 1, PII_WORD) && pii_at(run, next + 1) != '\'' &&
                  (pii_is(run, next, PII_UPPER) || after == next + 2);
    /* "Mr X", "judge A": in stories, law and sums */
    const char *nobody = end - start <= 3 ? "IXYZ" : "ABCDIXYZ";
    if (letter && strchr(nobody, run->text[next]) == NULL &&
        !(pii_at(run, after) == ' ' && after == next + 2 && pii_is(run, after + 1, PII_UPPER)))
        emit(run, next, after, PII_PERSON, 0.6F, "initial_behind_title");
}

/* "J.K.", "J. K.", "JK" or "JKL": where they end, or 0. */
static size_t initials_end(const struct pii_run *run, size_t at, unsigned *dots)
{
    size_t letters = 0;
    *dots = 0;
    while (pii_is(run, at, PII_UPPER) && letters < 4) {
        letters++;
        at++;
        if (pii_at(run, at) == '.') {
            ++*dots;
            at++;
            if (pii_at(run, at) == ' ' && pii_is(run, at + 1, PII_UPPER) &&
                pii_at(run, at + 2) == '.')
                at++;
        }
    }
    bool whole = letters >= 2 && letters < 4 && !pii_is(run, at, PII_WORD);
    if (whole && *dots == 1 && pii_before(run, at) == '.') { /* "Initials: JK." */
        *dots = 0;
        at--;
    }
    return whole && (*dots == 0 || *dots == letters) ? at : 0;
}

/* What a nurse writes behind a patient's initials. */
static bool is_bedside(const struct pii_run *run, size_t at)
{
    static const char *const begins[] = {
        ", post", ", pod", ", s/p",  ", day",  ", adm",    ", c/o",      ", fall",    ", npo",
        ", nbm",  ", dnr", ", pain", ", awai", ", stable", ", restless", ", confused"};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (pii_starts_with(run, at, begins[i]))
            return true;
    return pii_at(run, at) == ',' && pii_is(run, at + 2, PII_DIGIT);
}

/* "Room 12: JK, post-op", "bed 3 - J.K., 84". */
static void initials_in_bed(struct pii_run *run, size_t at)
{
    enum { NUMBER_BYTES = 5 };
    size_t number = ++at;
    while (at < number + NUMBER_BYTES && pii_is(run, at, PII_ALNUM))
        at++;
    if (!pii_is(run, number, PII_DIGIT))
        return;
    while (pii_at(run, at) == ' ' || pii_at(run, at) == ':' || pii_at(run, at) == '-')
        at++;
    unsigned dots;
    size_t end = initials_end(run, at, &dots);
    if (end != 0 && is_bedside(run, end))
        emit(run, at, end, PII_PERSON, 0.6F, "initials_by_context");
}

/* "one of my employees, Gabor, has": between two commas beside whom it names. A name without them
 * is left to the tagger. */
static void name_beside(struct pii_run *run, size_t at)
{
    enum { WORDS = 3 };
    if (pii_at(run, at) != ',' || pii_at(run, at + 1) != ' ')
        return;
    size_t start = at + 2;
    size_t end = start;
    if (pii_is(run, start, PII_UPPER) && pii_at(run, start + 1) == ',' &&
        pii_at(run, start + 2) == ' ' && run->text[start] != 'I') {
        emit(run, start, start + 1, PII_PERSON, 0.6F, "name_beside_relation");
        return;
    }
    for (int words = 0; words < WORDS; words++) {
        size_t word = end + (words > 0);
        if (!pii_is(run, word, PII_UPPER | PII_HIGH) ||
            !pii_is(run, word + 1, PII_LOWER | PII_HIGH))
            return;
        end = word + 1;
        while (pii_is(run, end, PII_LOWER | PII_HIGH) || pii_at(run, end) == '-' ||
               (pii_is(run, end, PII_UPPER) && pii_at(run, end - 1) == '-'))
            end++;
        if (pii_at(run, end) == ',' && pii_at(run, end + 1) == ' ') {
            emit(run, start, end, PII_PERSON, 0.6F, "name_beside_relation");
            return;
        }
        if (pii_at(run, end) != ' ')
            return;
    }
}

/* Is the word before "my", "our", "his" or "her", or "of my"? */
static bool is_owned(const struct pii_run *run, size_t at)
{
    static const char *const owners[] = {" my ", " our ", " his ", " her ", " their "};
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        size_t n = strlen(owners[i]);
        if (at >= n && pii_starts_with(run, at - n, owners[i]))
            return true;
        if (at == n - 1 && pii_starts_with(run, 0, owners[i] + 1))
            return true;
    }
    return false;
}

/* "Pt BP 140", "seen by MD": initials look the same. */
static bool is_abbreviation(const char *text, size_t n)
{
    static const char list[] = "|BP|MD|RN|HR|ER|ED|ICU|GP|NP|PCP|LPN|CNA|EMT|ECG|EKG|MRI|CT|IV|CPR|"
                               "CPAP|COPD|CHF|MI|DVT|UTI|"
                               "STI|ADHD|PTSD|OCD|BPD|BMI|HIV|IBS|IVF|OT|PT|SLP|CBT|SSRI|NHS|DVLA|"
                               "IRS|HMRC|DWP|DMV|IEP|CEO|"
                               "CFO|CTO|PhD|MBA|GPA|SAT|GCSE|NDA|FAQ|";
    char word[8] = "|";
    if (n < 2 || n > sizeof(word) - 3)
        return false;
    memcpy(word + 1, text, n);
    word[n + 1] = '|';
    return strstr(list, word) != NULL;
}

/* "client K., week 6"; A, B, C, X and the like are in textbooks. */
static bool is_initial(const struct pii_run *run, size_t at)
{
    return pii_is(run, at, PII_UPPER) && strchr("ABCDIXYZ", run->text[at]) == NULL &&
           pii_at(run, at + 1) == '.' && strchr(", ", pii_at(run, at + 2)) != NULL &&
           !pii_is(run, at + 3, PII_UPPER);
}

/* "Initials: JK", "Pt J.K.", "patient J.K., 54": beside "patient" alone two capitals may be
 * anything. */
static void initials(struct pii_run *run, const struct pii_context_hit *hit)
{
    if (strchr("rbwfau", hit->phrase[0]) != NULL) { /* room, rm, bed, ward, flat, unit */
        pii_told_where(run, hit->start, hit->end);
        if (pii_at(run, hit->end) == ' ')
            initials_in_bed(run, hit->end);
        return;
    }
    bool certain = pii_lower(run->text[hit->end - 2]) == 'l'; /* initials, and not patients */
    size_t at = hit->end;
    while (at < hit->end + 4 && (pii_at(run, at) == ' ' || pii_at(run, at) == ':' ||
                                 pii_at(run, at) == '(' || pii_at(run, at) == '.'))
        at++;
    if (at == hit->end)
        return;
    unsigned dots;
    size_t end = initials_end(run, at, &dots);
    bool aged = end != 0 && pii_at(run, end) == ',' && pii_is(run, end + 2, PII_DIGIT);
    /* "client KW stopped", and not "patient IS" */
    static const char words[] =
        "|is|it|or|in|on|at|to|no|so|my|we|he|if|as|by|an|do|up|us|uk|eu|ai|id|ok|";
    bool bare = end == at + 2 && !certain && hit->phrase[0] != 'i' && pii_at(run, end) == ' ' &&
                pii_is(run, end + 1, PII_LOWER) && pii_lower(run->text[hit->end - 1]) != 's' &&
                !is_abbreviation(run->text + at, 2) && !pii_is_one_of(run, at, end, words);
    if (bare && pii_is_told(run, at))
        emit(run, at, end, PII_PERSON, 0.5F, "initials_by_context");
    else if (end == 0 && is_initial(run, at))
        emit(run, at, at + 2, PII_PERSON, 0.6F, "initials_by_context");
    else if (end != 0 && (certain || dots > 0 || aged))
        emit(run, at, end, PII_PERSON, 0.6F, "initials_by_context");
}

void pii_people(struct pii_run *run)
{
    static const uint64_t all =
        CTX(TITLE) | CTX(NRP) | CTX(STAND_IN) | CTX(INITIALS) | CTX(AGE) | CTX(BESIDE) | CTX(WHEN);
    if ((run->seen & all) == 0)
        return;
    for (size_t h = 0; h < run->hit_count && run->rc == 0; h++) {
        const struct pii_context_hit *hit = &run->hits[h];
        if ((hit->mask & CTX(TITLE)) != 0)
            title(run, hit->start, hit->end);
        else if ((hit->mask & CTX(NRP)) != 0 && pii_is(run, hit->start, PII_UPPER))
            emit(run, hit->start, hit->end, PII_NRP, 0.65F, "nrp");
        else if ((hit->mask & CTX(STAND_IN)) != 0)
            pii_emit(run, &(struct pii_candidate){.start = hit->start,
                                                  .end = hit->end,
                                                  .type = PII_PERSON,
                                                  .score = 0.85F,
                                                  .placeholder = true,
                                                  .recognizer = "stand_in_name"});
        else if ((hit->mask & CTX(INITIALS)) != 0)
            initials(run, hit);
        else if ((hit->mask & CTX(AGE)) != 0)
            pii_age_decade(run, hit->start, hit->end);
        else if ((hit->mask & CTX(WHEN)) != 0)
            pii_told_when(run, hit->start, hit->end);
        else if ((hit->mask & CTX(BESIDE)) != 0 && pii_starts_with(run, hit->end, " of mine,"))
            name_beside(run, hit->end + strlen(" of mine"));
        else if ((hit->mask & CTX(BESIDE)) != 0 && is_owned(run, hit->start))
            name_beside(run, hit->end);
    }
}

/* ---- what belongs to a name that the tagger found ---- */

/* Where "III" or ", Jr." behind a name ends, or `at`. */
static size_t after_name(const char *text, size_t len, size_t at)
{
    static const char *const suffixes[] = {" VIII", " VII",  " VI",  " III", " II", " IV", " IX",
                                           ", Jr.", ", Sr.", " Jr.", " Sr.", " Jr", " Sr"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t n = strlen(suffixes[i]);
        if (at + n <= len && memcmp(text + at, suffixes[i], n) == 0 &&
            !pii_byte_is(text, len, at + n, PII_WORD))
            return at + n;
    }
    return at;
}

/* The bytes of an apostrophe, straight or curly, at `at`. */
static size_t apostrophe(const char *text, size_t len, size_t at)
{
    if (at < len && text[at] == '\'')
        return 1;
    return at + 3 <= len && memcmp(text + at, "\xe2\x80\x99", 3) == 0 ? 3 : 0;
}

/* Where the letters from `at` on end, or `limit`. Dashes and quotes of Unicode lie behind U+2000,
 * scripts that write apostrophes in names before it. */
static size_t letters_end(const char *text, size_t limit, size_t at)
{
    while (pii_byte_is(text, limit, at, PII_LETTER | PII_HIGH) && (uint8_t)text[at] < 0xe2)
        at++;
    return at;
}

/* Is this what stands behind the apostrophe of "Anna's", "ANNA'S", "Anna'll"? */
static bool is_ending(const char *text, size_t start, size_t end)
{
    static const char *const endings[] = {"s", "ll", "d", "re", "ve", "m", "t"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t n = strlen(endings[i]);
        if (end - start == n && pii_lower(text[start]) == endings[i][0] &&
            pii_lower(text[end - 1]) == endings[i][n - 1])
            return true;
    }
    return false;
}

/* Where the word of letters, hyphens and apostrophes that stands at `at` ends, the 's of
 * "Dell'Acqua's" not among them; or `at` where there is none or it is longer than names are, so
 * that the cost stays that of the text. */
static size_t word_end(const char *text, size_t len, size_t at)
{
    enum { WORD_MAX = 64 };
    size_t limit = at + WORD_MAX < len ? at + WORD_MAX : len;
    size_t end = letters_end(text, limit, at);
    while (end < limit) {
        size_t mark = text[end] == '-' ? 1 : apostrophe(text, limit, end);
        size_t next = letters_end(text, limit, end + mark);
        if (next == end + mark || (text[end] != '-' && is_ending(text, end + mark, next)))
            return end;
        end = next;
    }
    return limit == len ? end : at;
}

/* Where a name goes on that was cut at an apostrophe ("Tau'aika", "Dell'Acqua"), or `at`; not
 * "Anna's", "Anna'll". */
static size_t behind_apostrophe(const char *text, size_t len, size_t at)
{
    size_t mark = apostrophe(text, len, at), next = at + mark;
    if (mark == 0 && (at == 0 || text[at - 1] != '\'')) /* else the cut took it along */
        return at;
    size_t end = word_end(text, len, next);
    return end > next && !is_ending(text, next, end) ? end : at;
}

/* "Pieter van 't Hof", cut before or behind its apostrophe: where it ends, or `at`. */
static size_t behind_article(const char *text, size_t len, size_t at)
{
    size_t next = at;
    if (at + 1 < len && text[at] == ' ')
        next = at + 1 + apostrophe(text, len, at + 1);
    bool cut = at >= 2 && (text[at - 1] == '\'' || (at >= 3 && apostrophe(text, at, at - 3) == 3));
    if ((next <= at + 1 && !cut) || next + 3 > len || memcmp(text + next, "t ", 2) != 0 ||
        !pii_byte_is(text, len, next + 2, PII_UPPER))
        return at;
    size_t end = word_end(text, len, next + 2);
    return end > next + 2 ? end : at;
}

/* Where a name goes on that was cut at a hyphen ("Yoo Kyung-ok"), or `at`; not "Smith-led". A
 * hyphen that the cut took along is followed whatever comes. */
static size_t behind_hyphen(const char *text, size_t len, size_t at)
{
    enum { SYLLABLE_MAX = 5 };
    static const char *const no_names[] = {
        "san", "sama", "led",   "era",   "run",   "like",  "born", "made", "type", "and", "or",
        "is",  "was",  "the",   "in",    "on",    "at",    "to",   "as",   "he",   "she", "who",
        "but", "that", "esque", "owned", "based", "style", "free", "ish",  "a"};
    bool cut = at > 0 && text[at - 1] == '-';
    size_t next = at + !cut;
    if (next >= len || text[next - 1] != '-')
        return at;
    size_t end = letters_end(text, len < next + 64 ? len : next + 64, next);
    if (end == next || (end < len && pii_byte_is(text, len, end, PII_DIGIT)))
        return at;
    for (size_t i = 0; i < sizeof(no_names) / sizeof(no_names[0]); i++)
        if (strlen(no_names[i]) == end - next && memcmp(text + next, no_names[i], end - next) == 0)
            return cut ? at - 1 : at;
    return cut || (pii_byte_is(text, len, next, PII_LOWER) && end - next <= SYLLABLE_MAX) ? end
                                                                                          : at;
}

/* The bytes of the mark of `marks` at `at`: a straight one, or a curly one of three bytes; 0 for
 * none. */
static size_t quote(const char *text, size_t len, size_t at, const char *straight,
                    const char *curly)
{
    if (at < len && text[at] == *straight)
        return 1;
    bool high = at + 3 <= len && memcmp(text + at, "\xe2\x80", 2) == 0;
    return high && strchr(curly, text[at + 2]) != NULL ? 3 : 0;
}

/* Where the name behind a nickname in quotes ends (Oneil "Biggs" Bartley), or `at`. */
static size_t behind_nickname(const char *text, size_t len, size_t at)
{
    enum { NICKNAME_MAX = 24 };
    size_t open = at < len && text[at] == ' ' ? quote(text, len, at + 1, "\"", "\x98\x9c") : 0;
    size_t start = at + 1 + open;
    if (open == 0 || !pii_byte_is(text, len, start, PII_UPPER))
        return at;
    size_t end = start, close = 0;
    while (end < len && end < start + NICKNAME_MAX && text[end] != '\n' &&
           (close = quote(text, len, end, "\"", "\x99\x9d")) == 0)
        end++;
    size_t next = end + close + 1;
    if (close != open || next >= len || text[next - 1] != ' ' ||
        !pii_byte_is(text, len, next, PII_UPPER))
        return at;
    size_t whole = word_end(text, len, next);
    return whole > next ? whole : at;
}

/* Where a name begins behind what its bearer is called or greeted with: "Datuk Seri Zaki", "Alhaji
 * Sani", "Salaam Haroon". */
static size_t behind_honorific(const char *text, size_t start, size_t end)
{
    static const char *const honorifics[] = {
        "Datuk ",  "Dato' ",  "Datin ", "Tan Sri ",   "Seri ",   "Alhaji ", "Alhaja ",
        "Mullah ", "Pandit ", "Ustad ", "Ustaz ",     "Ostad ",  "Daw ",    "Ratu ",
        "Lyonpo ", "Dasho ",  "Oom ",   "Maître ",    "Tío ",    "Tía ",    "Doña ",
        "alias ",  "Engr. ",  "Padoh ", "Ayatollah ", "Salaam ", "Salam ",  "Dear ",
        "Aunt ",   "Auntie ", "Uncle ", "Nonna ",     "Abuela ", "P.S. "};
    size_t i = 0;
    while (i < sizeof(honorifics) / sizeof(honorifics[0])) {
        size_t n = strlen(honorifics[i]);
        bool called = start + n < end && memcmp(text + start, honorifics[i], n) == 0;
        start += called ? n : 0;
        i = called ? 0 : i + 1; /* one may follow another */
    }
    return start;
}

/* Where the name of "Tanaka-san" ends. */
static size_t before_suffix(const char *text, size_t start, size_t end)
{
    static const char *const suffixes[] = {"-san", "-sama", "-sensei"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t n = strlen(suffixes[i]);
        if (end - start > n + 1 && memcmp(text + end - n, suffixes[i], n) == 0)
            return end - n;
    }
    return end;
}

/* Where a name ends that was taken together with the mail address behind it ("Ada Byron
 * abyron@example.org"), or `end`. */
static size_t before_address(const char *text, size_t len, size_t start, size_t end)
{
    size_t word = end;
    while (word > start && strchr(" \n<", text[word - 1]) == NULL)
        word--;
    bool address = end < len && text[end] == '@' && pii_byte_is(text, len, word, PII_LOWER);
    if (!address || !pii_byte_is(text, len, start, PII_UPPER))
        return end;
    while (word > start && strchr(" \n<", text[word - 1]) != NULL)
        word--;
    return word > start ? word : end;
}

/* Where "K. today", taken whole, ends: behind its stop; or `end`. */
static size_t behind_initial(const char *text, size_t start, size_t end)
{
    if (end - start < 4 || text[start + 1] != '.' || !pii_byte_is(text, end, start, PII_UPPER))
        return end;
    for (size_t at = start + 2; at < end; at++)
        if (text[at] != ' ' && !pii_byte_is(text, end, at, PII_LOWER))
            return end;
    return start + 2;
}

/* Where the initials before a name begin, or `at`: "W.H.S. Koerner", but neither the option of "A.
 * Samuel" at the beginning of a line nor a postscript. */
static size_t before_name(const char *text, size_t len, size_t at)
{
    enum { INITIALS_MAX = 4 };
    size_t start = at;
    if (at >= 5 && memcmp(text + at - 5, "P.S. ", 5) == 0)
        return at;
    for (int i = 0; i < INITIALS_MAX; i++) {
        bool apart = start > 0 && text[start - 1] == ' ';
        size_t dot = start - apart;
        if (dot < 2 || text[dot - 1] != '.' || !pii_byte_is(text, len, dot - 2, PII_UPPER))
            return at;
        start = dot - 2;
        bool begins = start == 0 || text[start - 1] == '\n';
        if (!begins && pii_byte_is(text, len, start - 1, PII_WORD))
            return at;
        if (!begins || !apart)
            at = start;
        if (begins)
            break;
    }
    return at;
}

/* Is all of a name words of a form, a greeting or a number in a language that the tagger knows
 * little of? A name beside such a word stays. */
static bool is_foreign_words(const char *text, size_t n)
{
    static const char *const words[] = {
        "anschrift",
        "buenas",
        "buenas tardes",
        "buenos días",
        "carta di",
        "carta d",
        "carta di credito",
        "codice",
        "compte",
        "danke",
        "drei",
        "fecha de",
        "fecha de nacimiento",
        "fünf",
        "geburtsdatum",
        "gracias",
        "grazie",
        "grazie mille",
        "guten abend",
        "guten morgen",
        "guten tag",
        "herren",
        "ihnen",
        "krankenkasse",
        "kreditkarte",
        "muchas gracias",
        "nacimiento",
        "numero di",
        "número",
        "número de",
        "numéro",
        "obrigado",
        "partita",
        "partita iva",
        "sieben",
        "steuernummer",
        "tarjeta",
        "tarjeta de",
        "tarjeta de crédito",
        "teléfono",
        "versicherung",
        "vielen dank",
        "voraus",
        "wie geht",
        "wie viel",
        "zwei",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t same = 0;
        while (same < n && words[i][same] != '\0' && pii_lower(text[same]) == words[i][same])
            same++;
        if (same == n && words[i][n] == '\0')
            return true;
    }
    return false;
}

void pii_names_complete(struct pii_spans *spans, size_t first, const char *text, size_t len)
{
    size_t kept = first;
    for (size_t i = first; i < spans->count; i++) {
        struct pii_span name = spans->items[i];
        if (name.type == PII_PERSON && name.source == PII_SOURCE_TAGGER) {
            size_t n = name.end - name.start;
            if (is_foreign_words(text + name.start, n) || is_abbreviation(text + name.start, n))
                continue;
            name.start = behind_honorific(text, name.start, name.end);
            name.start = before_name(text, len, name.start);
            name.end = behind_initial(text, name.start, name.end);
            name.end = before_address(text, len, name.start, name.end);
            name.end = behind_article(text, len, name.end);
            name.end = behind_apostrophe(text, len, name.end);
            name.end = behind_hyphen(text, len, name.end);
            name.end = behind_nickname(text, len, name.end);
            name.end = before_suffix(text, name.start, name.end);
            name.end = after_name(text, len, name.end);
            struct pii_span *last = kept > first ? &spans->items[kept - 1] : NULL;
            if (last != NULL && last->type == PII_PERSON && last->source == PII_SOURCE_TAGGER &&
                name.start >= last->start &&
                name.start < last->end) { /* a part of what was made whole */
                last->end = name.end > last->end ? name.end : last->end;
                last->score = name.score > last->score ? name.score : last->score;
                continue;
            }
        }
        spans->items[kept++] = name;
    }
    spans->count = kept;
}

/* "Anna Ilves, 84, …", "Anna Ilves (84)" and "Anna is 84.": 0 or where the number ends; *start is
 * where it begins. */
static size_t age_beside(const char *text, size_t len, size_t at, size_t *start)
{
    static const char *const joins[] = {", ", " (", " is ", " was ", " turns ", " turned "};
    size_t join = 0;
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]) && join == 0; i++)
        if (at + strlen(joins[i]) < len && memcmp(text + at, joins[i], strlen(joins[i])) == 0)
            join = strlen(joins[i]);
    if (join == 0)
        return 0;
    bool bracket = text[at + 1] == '(';
    size_t end = *start = at + join;
    while (end < len && end < *start + 3 && (pii_class[(uint8_t)text[end]] & PII_DIGIT) != 0)
        end++;
    bool plausible = end - *start == 2 || (end - *start == 1 && text[*start] != '0');
    char after = end < len ? text[end] : '.';
    char next = end + 1 < len ? text[end + 1] : ' ';
    bool closed =
        bracket ? after == ')' : (strchr(",;.", after) != NULL && (next == ' ' || next == '\n'));
    return plausible && closed ? end : 0;
}

int pii_ages_beside(struct pii_spans *spans, size_t first, const char *text, size_t len,
                    struct err *err)
{
    int rc = 0;
    size_t last = spans->count;
    for (size_t i = first; i < last && rc == 0; i++) {
        const struct pii_span *name = &spans->items[i];
        size_t start;
        size_t end = name->type == PII_PERSON && name->score >= 0.5F
                         ? age_beside(text, len, name->end, &start)
                         : 0;
        if (end != 0)
            rc = pii_spans_add(spans,
                               &(struct pii_span){.start = start,
                                                  .end = end,
                                                  .type = PII_AGE,
                                                  .score = 0.6F,
                                                  .source = PII_SOURCE_RECOGNIZER,
                                                  .recognizer = "age_beside_name"},
                               err);
    }
    return rc;
}
