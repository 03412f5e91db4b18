#include "gateway/cascade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/engine.h"
#include "gateway/base/json.h"
#include "router/utf8_scan.h"

enum {
    REFUSAL_WITHIN = 40, /* bytes: whoever refuses does so at once */
    GRAM_WORDS = 4,
    FEWEST_GRAMS = 24, /* fewer words may well repeat */
    GRAMS_AT_MOST = 4096,
    WORD_LETTERS = 16, /* and then the next one */
};

const char *cascade_verdict_name(enum cascade_verdict verdict)
{
    static const char *const names[CASCADE_VERDICT_COUNT] = {
        "none",       "kept",         "empty",   "refusal",
        "repetition", "invalid_json", "cut_off", "low_confidence"};
    return names[verdict];
}

void cascade_note(struct cascade_confidence *confidence, const struct engine_logprob *rows,
                  size_t tokens, size_t width)
{
    for (size_t i = 0; i < tokens; i++)
        confidence->logprobs += (double)rows[i * width].logprob;
    confidence->tokens += tokens;
}

float cascade_confidence(const struct cascade_confidence *confidence)
{
    if (confidence->tokens == 0)
        return 0;
    double mean = exp(confidence->logprobs / (double)confidence->tokens);
    return mean >= 0 && mean <= 1 ? (float)mean : 0.0f; /* not a number: no confidence */
}

/* ---- looks ---- */

static bool is_empty(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return false;
    }
    return true;
}

/* Small letters of the text at `at`, and ' for its curly sister; its bytes in *size. */
static uint32_t letter_at(const char *text, size_t len, size_t at, size_t *size)
{
    uint32_t character;
    *size = utf8_scan((const uint8_t *)text + at, len - at, &character);
    return character == 0x2019 ? '\'' : char_lower(character);
}

static bool is_letter(uint32_t character)
{
    return char_kind_of(character) == CHAR_LETTER;
}

/* Does the phrase stand there, as whole words where its script has such? */
static bool phrase_stands(const char *text, size_t len, size_t at, const char *phrase)
{
    size_t size = 0, step = 0, phrase_len = strlen(phrase);
    uint32_t last = 0;
    for (size_t i = 0; i < phrase_len; i += step, at += size) {
        last = letter_at(phrase, phrase_len, i, &step);
        if (at >= len || letter_at(text, len, at, &size) != last)
            return false;
    }
    return at >= len || !is_letter(last) || !is_letter(letter_at(text, len, at, &size));
}

/* In small letters. */
static const char *const refusals[] = {
    "i cannot", "i can't", "i'm sorry", "i am sorry", "sorry, but", "i apologize", "i apologise",
    "i'm unable", "i am unable", "i'm not able", "i am not able", "i won't be able", "as an ai",
    "i do not know", "i don't know", "i'm not sure", "i am not sure", "i do not have",
    "i don't have", "i have no information", "beyond my", "this is beyond",
    /* German, Dutch */
    "tut mir leid", "leider kann ich", "ich kann leider", "ich kann das leider",
    "ich kann das nicht", "ich kann diese frage", "das kann ich nicht", "das kann ich leider",
    "ich weiß nicht", "ich weiß es nicht", "ich weiß das nicht", "das weiß ich nicht",
    "das weiß ich leider", "ich bin nicht in der lage", "als ki", "als sprachmodell",
    "het spijt me", "ik kan niet", "ik kan dat niet", "ik kan geen", "ik weet niet",
    "ik weet het niet", "als taalmodel",
    /* French, Italian, Spanish, Portuguese */
    "je suis désolé", "désolé", "désolée", "je regrette", "je ne peux pas", "je ne sais pas",
    "je ne suis pas en mesure", "en tant qu'ia", "en tant que modèle", "mi dispiace", "non posso",
    "non lo so", "non so", "non sono in grado", "lo siento", "no puedo", "no lo sé", "no sé",
    "como modelo de lenguaje", "desculpe", "sinto muito", "não posso", "não sei",
    "como modelo de linguagem",
    /* Russian, Chinese, Japanese, Korean */
    "извините", "я не могу", "я не знаю", "я не умею", "对不起", "對不起", "抱歉", "我不知道",
    "我无法", "我無法", "我不能", "申し訳", "すみません", "わかりません", "分かりません",
    "죄송합니다", "죄송하지만", "모르겠습니다"};

static bool is_refusal(const char *text, size_t len)
{
    size_t within = len < REFUSAL_WITHIN ? len : REFUSAL_WITHIN, size = 0;
    uint32_t before = ' ';
    for (size_t at = 0; at < within; at += size) {
        for (size_t i = 0; !is_letter(before) && i < sizeof(refusals) / sizeof(refusals[0]); i++)
            if (phrase_stands(text, len, at, refusals[i]))
                return true;
        before = letter_at(text, len, at, &size);
    }
    return false;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/*
 * A word, or a letter of a script that has no spaces between them; of what goes on and on without
 * one a piece, so that it may repeat.
 */
static uint32_t read_word(const char *text, size_t len, size_t *at)
{
    uint32_t hash = 2166136261u;
    for (size_t letters = 0; *at < len && letters < WORD_LETTERS; letters++) {
        uint32_t character;
        size_t size = utf8_scan((const uint8_t *)text + *at, len - *at, &character);
        enum char_kind kind = char_kind_of(character);
        if (kind == CHAR_SPACE || (kind == CHAR_SINGLE && letters != 0))
            break;
        hash = (hash ^ character) * 16777619u;
        *at += size;
        if (kind == CHAR_SINGLE)
            break;
    }
    return hash;
}

static size_t skip_space(const char *text, size_t len, size_t at)
{
    uint32_t character = ' ';
    for (size_t size = 0; at < len; at += size) {
        size = utf8_scan((const uint8_t *)text + at, len - at, &character);
        if (char_kind_of(character) != CHAR_SPACE)
            break;
    }
    return at;
}

/* More than half of the runs of four words came before. Without memory nothing is claimed. */
static bool repeats(const char *text, size_t len)
{
    uint32_t *grams = malloc(GRAMS_AT_MOST * sizeof(*grams));
    uint32_t words[GRAM_WORDS] = {0};
    size_t count = 0, seen = 0;
    if (grams == NULL)
        return false;
    for (size_t at = skip_space(text, len, 0); at < len && count < GRAMS_AT_MOST;) {
        memmove(words, words + 1, (GRAM_WORDS - 1) * sizeof(*words));
        words[GRAM_WORDS - 1] = read_word(text, len, &at);
        at = skip_space(text, len, at);
        if (++seen >= GRAM_WORDS) {
            uint32_t gram = 0;
            for (size_t i = 0; i < GRAM_WORDS; i++)
                gram = (gram ^ words[i]) * 0x9E3779B1u;
            grams[count++] = gram;
        }
    }
    qsort(grams, count, sizeof(*grams), by_value);
    size_t distinct = count != 0;
    for (size_t i = 1; i < count; i++)
        distinct += grams[i] != grams[i - 1];
    free(grams);
    return count >= FEWEST_GRAMS && distinct * 2 < count;
}

/* ---- JSON ---- */

static bool begins_like_json(const char *text, size_t len)
{
    return len != 0 && (*text == '{' || *text == '[');
}

bool cascade_speaks_of_json(struct content text)
{
    static const char name[] = "json";
    const char *bytes = content_bytes(text);
    size_t len = content_len(text);
    for (size_t at = 0; at + sizeof(name) - 1 <= len; at++)
        if ((bytes[at] | 0x20) == 'j' && strncasecmp(bytes + at, name, sizeof(name) - 1) == 0)
            return true;
    return false;
}

/* The first fenced piece: what stands in it, to the end where nothing closes it. */
static bool find_fenced(const char **text, size_t *len, bool *closed)
{
    static const char fence[] = "```";
    const char *open = memmem(*text, *len, fence, sizeof(fence) - 1);
    const char *end = *text + *len;
    const char *line = open != NULL ? memchr(open, '\n', (size_t)(end - open)) : NULL;
    if (line == NULL)
        return false;
    const char *close = memmem(line, (size_t)(end - line), fence, sizeof(fence) - 1);
    *closed = close != NULL;
    *text = line + 1;
    *len = (size_t)((close != NULL ? close : end) - *text);
    return true;
}

/* Of an answer that was to be JSON: the whole of it, or a piece in a fence, was meant to be some.
 */
static bool is_broken_json(const char *text, size_t len)
{
    size_t start = skip_space(text, len, 0);
    bool closed = true;
    text += start;
    len -= start;
    if (!begins_like_json(text, len)) {
        if (!find_fenced(&text, &len, &closed))
            return false;
        start = skip_space(text, len, 0);
        if (!begins_like_json(text + start, len - start))
            return false;
    }
    struct json_doc doc;
    struct err err;
    int rc = json_parse(&doc, content_of(text, len), NULL, &err);
    if (rc == 0)
        json_release(&doc);
    return !closed || rc == ERR_SYNTAX;
}

enum cascade_verdict cascade_judge(const struct cascade_answer *answer, float min_confidence)
{
    const char *text = content_bytes(answer->text);
    size_t len = content_len(answer->text);
    if (is_empty(text, len))
        return CASCADE_EMPTY;
    if (is_refusal(text, len))
        return CASCADE_REFUSAL;
    if (repeats(text, len))
        return CASCADE_REPETITION;
    if (answer->json && is_broken_json(text, len))
        return CASCADE_INVALID_JSON;
    if (answer->cut_off)
        return CASCADE_CUT_OFF;
    return answer->confidence < min_confidence ? CASCADE_LOW_CONFIDENCE : CASCADE_KEPT;
}
