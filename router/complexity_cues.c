#include "router/complexity_cues.h"

#include <string.h>

#include "router/utf8_scan.h"

enum {
    WORD_BYTES = 24, /* longer words are no cue */
    PHRASE_WORDS = 4,
    BYTES_PER_TOKEN = 4,
};

enum cue { CUE_TOOLS, CUE_RECENT, CUE_BACK, CUE_BRIEF, CUE_DETAILED, CUE_PRONOUN };

/* Lower case, words divided by one space. */
static const struct {
    enum cue cue;
    const char *phrase;
} phrases[] = {
    {CUE_TOOLS, "search the web"},
    {CUE_TOOLS, "search the internet"},
    {CUE_TOOLS, "search online"},
    {CUE_TOOLS, "google"},
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
    {CUE_TOOLS, "book a"},
    {CUE_TOOLS, "book me"},
    {CUE_TOOLS, "order a"},
    {CUE_TOOLS, "my calendar"},
    {CUE_TOOLS, "my inbox"},
    {CUE_TOOLS, "run the code"},
    {CUE_TOOLS, "run this code"},
    {CUE_TOOLS, "run the tests"},
    {CUE_TOOLS, "execute"},
    {CUE_TOOLS, "open the file"},
    {CUE_TOOLS, "read the file"},
    {CUE_TOOLS, "download"},
    {CUE_TOOLS, "fetch"},
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
    {CUE_PRONOUN, "that"},
    {CUE_PRONOUN, "this"},
    {CUE_PRONOUN, "they"},
    {CUE_PRONOUN, "them"},
    {CUE_PRONOUN, "those"},
    {CUE_PRONOUN, "these"},
    {CUE_PRONOUN, "he"},
    {CUE_PRONOUN, "she"},
    {CUE_PRONOUN, "das"},
};
enum { PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

/* The last words, the newest at the end of the text. */
struct window {
    char text[PHRASE_WORDS * (WORD_BYTES + 1)];
    size_t starts[PHRASE_WORDS]; /* of the words, the oldest first */
    size_t count, len;
};

static void window_push(struct window *window, const char *word, size_t len)
{
    if (window->count == PHRASE_WORDS) {
        size_t cut = window->starts[1];
        memmove(window->text, window->text + cut, window->len - cut);
        window->len -= cut;
        for (size_t i = 1; i < PHRASE_WORDS; i++)
            window->starts[i - 1] = window->starts[i] - cut;
        window->count--;
    }
    if (window->len != 0)
        window->text[window->len++] = ' ';
    window->starts[window->count++] = window->len;
    memcpy(window->text + window->len, word, len);
    window->len += len;
}

static void note(struct complexity_cues *cues, enum cue cue)
{
    cues->tools = cues->tools || cue == CUE_TOOLS;
    cues->recent = cues->recent || cue == CUE_RECENT;
    cues->back = cues->back || cue == CUE_BACK;
    cues->brief = cues->brief || cue == CUE_BRIEF;
    cues->detailed = cues->detailed || cue == CUE_DETAILED;
    cues->pronouns += cue == CUE_PRONOUN;
}

static uint8_t slot_of(const char *word, size_t len)
{
    return (uint8_t)((uint8_t)word[0] * 7u + (uint8_t)word[len - 1] * 13u + len * 29u);
}

_Static_assert(PHRASES < 256, "an index is one byte");

void complexity_cue_index_init(struct complexity_cue_index *index)
{
    memset(index, 0, sizeof(*index));
    for (size_t i = 0; i < PHRASES; i++) {
        const char *space = strrchr(phrases[i].phrase, ' ');
        const char *word = space != NULL ? space + 1 : phrases[i].phrase;
        uint8_t slot = slot_of(word, strlen(word));
        index->next[i + 1] = index->first[slot];
        index->first[slot] = (uint8_t)(i + 1);
    }
}

static void match_phrases(const struct complexity_cue_index *index, struct complexity_cues *cues,
                          const struct window *window)
{
    size_t start = window->starts[window->count - 1];
    uint8_t slot = slot_of(window->text + start, window->len - start);
    for (uint8_t i = index->first[slot]; i != 0; i = index->next[i]) {
        const char *phrase = phrases[i - 1].phrase;
        size_t len = strlen(phrase);
        if (len > window->len)
            continue;
        size_t at = window->len - len;
        if ((at == 0 || window->text[at - 1] == ' ') && memcmp(window->text + at, phrase, len) == 0)
            note(cues, phrases[i - 1].cue);
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
static void match_length(struct complexity_cues *cues, const struct window *window)
{
    static const struct {
        const char *word;
        uint32_t tokens;
    } units[] = {{"word", 1},       {"words", 1},       {"sentence", 25}, {"sentences", 25},
                 {"paragraph", 90}, {"paragraphs", 90}, {"page", 500},    {"pages", 500},
                 {"bullet", 25},    {"points", 25},     {"lines", 12},    {"slides", 60}};
    if (window->count < 2)
        return;
    size_t start = window->starts[window->count - 1], before = window->starts[window->count - 2];
    const char *word = window->text + start;
    size_t len = window->len - start;
    if (memchr("wspbl", word[0], 5) == NULL)
        return; /* no unit begins like that */
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].word[0] != word[0] || strlen(units[i].word) != len ||
            memcmp(word, units[i].word, len) != 0)
            continue;
        uint32_t number = number_of(window->text + before, start - 1 - before);
        uint32_t tokens = number * units[i].tokens * (units[i].tokens == 1 ? 4 : 3) / 3;
        if (number != 0 && number <= 20000 && tokens > cues->asked_tokens)
            cues->asked_tokens = tokens;
    }
}

void complexity_cues_read(const struct complexity_cue_index *index, struct complexity_cues *cues,
                          const uint8_t *text, size_t len)
{
    struct window window = {.count = 0};
    char word[WORD_BYTES];
    size_t word_len = 0;
    bool too_long = false;
    for (size_t at = 0; at <= len;) {
        uint32_t character = ' ';
        size_t size = at < len ? utf8_scan(text + at, len - at, &character) : 1;
        enum char_kind kind = char_kind_of(character);
        if (kind == CHAR_LETTER || kind == CHAR_DIGIT || kind == CHAR_SINGLE) {
            too_long = too_long || word_len + size > WORD_BYTES;
            /* Only ASCII is lowered: the few other letters of the lists are in lower case. */
            for (size_t i = 0; i < size && !too_long; i++)
                word[word_len++] =
                    (char)(size == 1 ? (uint8_t)char_lower(character) : text[at + i]);
        } else if (kind != CHAR_NOTHING && (word_len != 0 || too_long)) {
            cues->words++;
            if (too_long) {
                window = (struct window){.count = 0};
            } else {
                window_push(&window, word, word_len);
                match_phrases(index, cues, &window);
                match_length(cues, &window);
            }
            word_len = 0;
            too_long = false;
        }
        at += size;
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
