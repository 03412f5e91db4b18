#include "router/complexity_cues.h"

#include <string.h>

#include "router/hash_mix.h"
#include "router/utf8_scan.h"

enum {
    WORD_BYTES = 24, /* longer words are no cue */
    PHRASE_WORDS = 4,
    WINDOW_BYTES = 512,
    BYTES_PER_TOKEN = 4,
};

enum {
    CUE_TOOLS,
    CUE_TOOL_WORD, /* means something else in code and in stories */
    CUE_RECENT,
    CUE_BACK,
    CUE_BRIEF,
    CUE_DETAILED,
    CUE_PRONOUN,
    CUE_OPENING_PRONOUN, /* as the first word */
    CUE_LENGTH,          /* and from there on: as many tokens has one of these */
};

/* Lower case, words divided by one space. */
static const struct {
    uint32_t cue;
    const char *phrase;
} phrases[] = {
    {CUE_TOOLS, "search the web"},
    {CUE_TOOLS, "search the internet"},
    {CUE_TOOLS, "search online"},
    {CUE_TOOL_WORD, "google"},
    {CUE_TOOLS, "browse"},
    {CUE_TOOLS, "look up"},
    {CUE_TOOLS, "look it up"},
    {CUE_TOOLS, "web search"},
    {CUE_TOOLS, "send an email"},
    {CUE_TOOLS, "send an e mail"},
    {CUE_TOOLS, "send a message"},
    {CUE_TOOLS, "remind me"},
    {CUE_TOOLS, "set a reminder"},
    {CUE_TOOLS, "set an alarm"},
    {CUE_TOOLS, "set a timer"},
    {CUE_TOOL_WORD, "book a"},
    {CUE_TOOLS, "book me"},
    {CUE_TOOL_WORD, "order a"},
    {CUE_TOOLS, "my calendar"},
    {CUE_TOOLS, "my inbox"},
    {CUE_TOOLS, "run the code"},
    {CUE_TOOLS, "run this code"},
    {CUE_TOOLS, "run the tests"},
    {CUE_TOOL_WORD, "execute"},
    {CUE_TOOLS, "open the file"},
    {CUE_TOOLS, "read the file"},
    {CUE_TOOL_WORD, "download"},
    {CUE_TOOL_WORD, "fetch"},
    {CUE_TOOLS, "call the api"},
    {CUE_TOOLS, "query the database"},
    {CUE_TOOLS, "turn on the"},
    {CUE_TOOLS, "turn off the"},
    {CUE_TOOLS, "https"},
    {CUE_TOOLS, "http"},
    {CUE_TOOLS, "suche im internet"},
    {CUE_TOOLS, "cherche sur internet"},
    {CUE_TOOLS, "busca en internet"},
    {CUE_TOOLS, "erinnere mich"},

    {CUE_RECENT, "today"},
    {CUE_RECENT, "tonight"},
    {CUE_RECENT, "tomorrow"},
    {CUE_RECENT, "yesterday"},
    {CUE_RECENT, "right now"},
    {CUE_RECENT, "this week"},
    {CUE_RECENT, "this month"},
    {CUE_RECENT, "this year"},
    {CUE_RECENT, "last week"},
    {CUE_RECENT, "last night"},
    {CUE_RECENT, "latest"},
    {CUE_RECENT, "newest"},
    {CUE_RECENT, "most recent"},
    {CUE_RECENT, "breaking news"},
    {CUE_RECENT, "the news"},
    {CUE_RECENT, "news about"},
    {CUE_RECENT, "current price"},
    {CUE_RECENT, "current president"},
    {CUE_RECENT, "current version"},
    {CUE_RECENT, "current events"},
    {CUE_RECENT, "currently"},
    {CUE_RECENT, "weather in"},
    {CUE_RECENT, "the weather"},
    {CUE_RECENT, "weather forecast"},
    {CUE_RECENT, "stock price"},
    {CUE_RECENT, "share price"},
    {CUE_RECENT, "price of bitcoin"},
    {CUE_RECENT, "exchange rate of"},
    {CUE_RECENT, "what time is it"},
    {CUE_RECENT, "as of now"},
    {CUE_RECENT, "so far this"},
    {CUE_RECENT, "up to date"},
    {CUE_RECENT, "2025"},
    {CUE_RECENT, "2026"},
    {CUE_RECENT, "2027"},
    {CUE_RECENT, "heute"},
    {CUE_RECENT, "aktuell"},
    {CUE_RECENT, "aktuelle"},
    {CUE_RECENT, "aktuellen"},
    {CUE_RECENT, "neueste"},
    {CUE_RECENT, "neuesten"},
    {CUE_RECENT, "das wetter"},
    {CUE_RECENT, "aujourd hui"},
    {CUE_RECENT, "actuellement"},
    {CUE_RECENT, "météo"},
    {CUE_RECENT, "hoy"},
    {CUE_RECENT, "actualmente"},
    {CUE_RECENT, "oggi"},
    {CUE_RECENT, "vandaag"},

    {CUE_BACK, "the above"},
    {CUE_BACK, "above"},
    {CUE_BACK, "previous"},
    {CUE_BACK, "you said"},
    {CUE_BACK, "you mentioned"},
    {CUE_BACK, "you wrote"},
    {CUE_BACK, "your answer"},
    {CUE_BACK, "your last"},
    {CUE_BACK, "continue"},
    {CUE_BACK, "go on"},
    {CUE_BACK, "try again"},
    {CUE_BACK, "once more"},
    {CUE_BACK, "the second one"},
    {CUE_BACK, "the first one"},
    {CUE_BACK, "the last one"},
    {CUE_BACK, "why not"},
    {CUE_BACK, "and why"},
    {CUE_BACK, "what about"},
    {CUE_BACK, "how about"},
    {CUE_BACK, "instead"},
    {CUE_BACK, "weiter"},
    {CUE_BACK, "continúa"},

    {CUE_BRIEF, "brief"},
    {CUE_BRIEF, "briefly"},
    {CUE_BRIEF, "short"},
    {CUE_BRIEF, "concise"},
    {CUE_BRIEF, "one sentence"},
    {CUE_BRIEF, "one word"},
    {CUE_BRIEF, "one line"},
    {CUE_BRIEF, "tl dr"},
    {CUE_BRIEF, "tldr"},
    {CUE_BRIEF, "yes or no"},
    {CUE_BRIEF, "just the answer"},
    {CUE_BRIEF, "only the answer"},
    {CUE_BRIEF, "kurz"},
    {CUE_BRIEF, "kurzes"},
    {CUE_BRIEF, "corto"},
    {CUE_BRIEF, "court"},

    {CUE_DETAILED, "detailed"},
    {CUE_DETAILED, "in detail"},
    {CUE_DETAILED, "step by step"},
    {CUE_DETAILED, "comprehensive"},
    {CUE_DETAILED, "in depth"},
    {CUE_DETAILED, "thorough"},
    {CUE_DETAILED, "thoroughly"},
    {CUE_DETAILED, "extensive"},
    {CUE_DETAILED, "long"},
    {CUE_DETAILED, "essay"},
    {CUE_DETAILED, "complete program"},
    {CUE_DETAILED, "ausführlich"},

    {CUE_PRONOUN, "it"},
    /* Elsewhere it only joins: "prove that", "a number that". */
    {CUE_OPENING_PRONOUN, "that"},
    {CUE_PRONOUN, "is that"},
    {CUE_PRONOUN, "was that"},
    {CUE_PRONOUN, "does that"},
    {CUE_PRONOUN, "did that"},
    {CUE_PRONOUN, "do that"},
    {CUE_PRONOUN, "make that"},
    {CUE_PRONOUN, "explain that"},
    {CUE_PRONOUN, "translate that"},
    {CUE_PRONOUN, "understand that"},
    {CUE_PRONOUN, "about that"},
    {CUE_PRONOUN, "of that"},
    {CUE_PRONOUN, "for that"},
    {CUE_PRONOUN, "with that"},
    {CUE_PRONOUN, "like that"},
    {CUE_PRONOUN, "to that"},
    {CUE_PRONOUN, "from that"},
    {CUE_PRONOUN, "by that"},
    {CUE_PRONOUN, "in that"},
    {CUE_PRONOUN, "on that"},
    {CUE_PRONOUN, "but that"},
    {CUE_PRONOUN, "get that"},
    {CUE_PRONOUN, "use that"},
    {CUE_PRONOUN, "change that"},
    {CUE_PRONOUN, "that again"},
    {CUE_PRONOUN, "that one"},
    {CUE_PRONOUN, "that part"},
    {CUE_PRONOUN, "that s"},
    {CUE_PRONOUN, "this"},
    {CUE_PRONOUN, "they"},
    {CUE_PRONOUN, "them"},
    {CUE_PRONOUN, "those"},
    {CUE_PRONOUN, "these"},
    {CUE_PRONOUN, "he"},
    {CUE_PRONOUN, "she"},
    {CUE_PRONOUN, "das nochmal"}, /* an article elsewhere */
    {CUE_PRONOUN, "das noch"},
    {CUE_PRONOUN, "das genauer"},
    {CUE_PRONOUN, "das bitte"},
    {CUE_PRONOUN, "das auch"},
    {CUE_PRONOUN, "mach das"},
    {CUE_PRONOUN, "meinst du"},

    {CUE_LENGTH + 1, "word"},
    {CUE_LENGTH + 1, "words"},
    {CUE_LENGTH + 25, "sentence"},
    {CUE_LENGTH + 25, "sentences"},
    {CUE_LENGTH + 90, "paragraph"},
    {CUE_LENGTH + 90, "paragraphs"},
    {CUE_LENGTH + 500, "page"},
    {CUE_LENGTH + 500, "pages"},
    {CUE_LENGTH + 25, "bullet"},
    {CUE_LENGTH + 25, "points"},
    {CUE_LENGTH + 12, "lines"},
    {CUE_LENGTH + 60, "slides"},
};
enum { PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

/* The last words, with a space before each; older ones lie before them until room is needed. */
struct window {
    char text[WINDOW_BYTES];
    size_t len;
    size_t word, before; /* where the last word begins and the one before it; 0: there is none */
};

/* Room for a word behind the others, and a space before it. */
static char *window_room(struct window *window)
{
    enum { KEPT = PHRASE_WORDS * (WORD_BYTES + 1) };
    if (window->len + WORD_BYTES + 1 > sizeof(window->text)) {
        size_t cut = window->len - KEPT;
        memmove(window->text, window->text + cut, KEPT);
        window->len = KEPT;
        window->word -= cut;
    }
    window->text[window->len] = ' ';
    return window->text + window->len + 1;
}

/* The word stands in that room. */
static void window_push(struct window *window, size_t len)
{
    window->before = window->word;
    window->word = window->len + 1;
    window->len = window->word + len;
}

static uint32_t slot_of(const char *word, size_t len)
{
    uint32_t hash = (uint8_t)word[0] | (uint32_t)(uint8_t)word[len / 2] << 8 |
                    (uint32_t)(uint8_t)word[len - 1] << 16 | (uint32_t)len << 24;
    return hash_finish(hash) % COMPLEXITY_CUE_SLOTS;
}

_Static_assert(PHRASES < 256, "an index is one byte");

void complexity_cue_index_init(struct complexity_cue_index *index)
{
    memset(index, 0, sizeof(*index));
    for (size_t i = 0; i < PHRASES; i++) {
        const char *space = strrchr(phrases[i].phrase, ' ');
        const char *word = space != NULL ? space + 1 : phrases[i].phrase;
        uint32_t slot = slot_of(word, strlen(word));
        index->length[i + 1] = (uint8_t)strlen(phrases[i].phrase);
        index->next[i + 1] = index->first[slot];
        index->first[slot] = (uint8_t)(i + 1);
    }
}

static uint32_t number_of(const char *word, size_t len)
{
    static const char *const names[] = {"one", "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine", "ten"};
    uint32_t value = 0;
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == len && memcmp(word, names[i], len) == 0)
            return i + 1;
    for (size_t i = 0; i < len; i++) {
        if (word[i] < '0' || word[i] > '9' || i > 5)
            return 0;
        value = value * 10 + (uint32_t)(word[i] - '0');
    }
    return value;
}

/* "200 words", "three paragraphs": the number before a word that measures text. */
static void note_length(struct complexity_cues *cues, const struct window *window, uint32_t unit)
{
    if (window->before == 0)
        return;
    uint32_t number = number_of(window->text + window->before, window->word - 1 - window->before);
    uint32_t tokens = number * unit * (unit == 1 ? 4 : 3) / 3;
    if (number != 0 && number <= 20000 && tokens > cues->asked_tokens)
        cues->asked_tokens = tokens;
}

static void note(struct complexity_cues *cues, const struct window *window, size_t phrase)
{
    uint32_t cue = phrases[phrase].cue;
    cues->tools = cues->tools || cue == CUE_TOOLS;
    cues->tool_words = cues->tool_words || cue == CUE_TOOL_WORD;
    cues->recent = cues->recent || cue == CUE_RECENT;
    cues->back = cues->back || cue == CUE_BACK;
    cues->brief = cues->brief || cue == CUE_BRIEF;
    cues->detailed = cues->detailed || cue == CUE_DETAILED;
    cues->pronouns += cue == CUE_PRONOUN || (cue == CUE_OPENING_PRONOUN && window->before == 0);
    if (cue > CUE_LENGTH)
        note_length(cues, window, cue - CUE_LENGTH);
}

static void match_phrases(const struct complexity_cue_index *index, struct complexity_cues *cues,
                          const struct window *window)
{
    const char *end = window->text + window->len;
    uint32_t slot = slot_of(window->text + window->word, window->len - window->word);
    for (uint8_t i = index->first[slot]; i != 0; i = index->next[i]) {
        size_t len = index->length[i];
        if (len < window->len && end[-(ptrdiff_t)len - 1] == ' ' &&
            memcmp(end - len, phrases[i - 1].phrase, len) == 0)
            note(cues, window, i - 1);
    }
}

/* Reads a word, in small letters, and what is nothing; *word_len: over WORD_BYTES if too long. */
static size_t read_word(const uint8_t *text, size_t at, size_t len, char *word, size_t *word_len)
{
    size_t written = 0;
    while (at < len) {
        uint32_t character = 0;
        size_t size = utf8_scan(text + at, len - at, &character);
        enum char_kind kind = char_kind_of(character);
        if (kind == CHAR_OTHER || kind == CHAR_SPACE)
            break;
        bool wanted = kind != CHAR_NOTHING && written <= WORD_BYTES;
        if (wanted && written + size > WORD_BYTES)
            written = WORD_BYTES + 1;
        else if (wanted && size == 1)
            word[written++] = (char)char_lower(character);
        else if (wanted) { /* only ASCII is lowered: the lists' few other letters are small ones */
            memcpy(word + written, text + at, size);
            written += size;
        }
        at += size;
    }
    *word_len = written;
    return at;
}

void complexity_cues_read(const struct complexity_cue_index *index, struct complexity_cues *cues,
                          const uint8_t *text, size_t len)
{
    struct window window = {.len = 0};
    for (size_t at = 0; at < len; at++) { /* what ended the word, byte for byte */
        size_t word_len = 0;
        at = read_word(text, at, len, window_room(&window), &word_len);
        cues->words += word_len != 0;
        if (word_len > WORD_BYTES) {
            window.len = window.word = 0;
        } else if (word_len != 0) {
            window_push(&window, word_len);
            match_phrases(index, cues, &window);
        }
    }
}

uint32_t complexity_expected_tokens(enum complexity_task task, const struct complexity_cues *cues,
                                    size_t text_bytes)
{
    enum { MOST = 16000 };
    uint64_t given = text_bytes / BYTES_PER_TOKEN;
    uint64_t tokens = 150;
    switch (task) {
    case TASK_CHAT:
        tokens = 40;
        break;
    case TASK_QUESTION:
        tokens = cues->words < 10 ? 90 : 220;
        break;
    case TASK_CHOICE:
        tokens = 120;
        break;
    case TASK_MATHS:
        tokens = 280;
        break;
    case TASK_REASONING:
        tokens = 240;
        break;
    case TASK_CODE:
        tokens = 420;
        break;
    case TASK_WRITING:
        tokens = 450;
        break;
    case TASK_ROLEPLAY:
        tokens = 260;
        break;
    case TASK_REWRITE:
    case TASK_TRANSLATE:
        tokens = given + 12;
        break;
    case TASK_SUMMARISE:
        tokens = 50 + (given / 5 < 350 ? given / 5 : 350);
        break;
    case TASK_EXTRACT:
        tokens = 40 + (given / 3 < 400 ? given / 3 : 400);
        break;
    case TASK_CLASSIFY:
        tokens = 20;
        break;
    case TASK_PLAN:
        tokens = 360;
        break;
    case TASK_OTHER:
    case TASK_COUNT:
        break;
    }
    if (cues->detailed && !cues->brief)
        tokens = tokens * 2;
    else if (cues->brief && !cues->detailed)
        tokens = tokens / 2 + 1;
    if (cues->asked_tokens != 0)
        tokens = cues->asked_tokens;
    return (uint32_t)(tokens < MOST ? tokens : MOST);
}
