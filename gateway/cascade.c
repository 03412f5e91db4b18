#include "gateway/cascade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/engine.h"
#include "gateway/base/json.h"

enum {
    REFUSAL_WITHIN = 40, /* bytes: whoever refuses does so at once */
    GRAM_WORDS = 4,
    FEWEST_GRAMS = 24, /* fewer words may well repeat */
    GRAMS_AT_MOST = 4096,
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

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_empty(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return false;
    }
    return true;
}

static bool is_refusal(const char *text, size_t len)
{
    static const char *const phrases[] = {"i cannot",           "i can't",
                                          "i can\xe2\x80\x99t", "i'm sorry",
                                          "i am sorry",         "i\xe2\x80\x99m sorry",
                                          "i'm unable",         "i am unable",
                                          "i'm not able",       "i am not able",
                                          "as an ai",           "i do not know",
                                          "i don't know",       "i don\xe2\x80\x99t know",
                                          "i'm not sure",       "i am not sure",
                                          "i do not have",      "i don't have",
                                          "beyond my",          "sorry, but",
                                          "this is beyond"};
    size_t within = len < REFUSAL_WITHIN ? len : REFUSAL_WITHIN;
    for (size_t at = 0; at < within; at++) {
        bool starts = at == 0 || is_space(text[at - 1]) || text[at - 1] == '"';
        for (size_t i = 0; starts && i < sizeof(phrases) / sizeof(phrases[0]); i++) {
            size_t size = strlen(phrases[i]);
            if (size <= len - at && strncasecmp(text + at, phrases[i], size) == 0)
                return true;
        }
    }
    return false;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* More than half of the runs of four words came before. Without memory nothing is claimed. */
static bool repeats(const char *text, size_t len)
{
    uint32_t *grams = malloc(GRAMS_AT_MOST * sizeof(*grams));
    uint32_t words[GRAM_WORDS] = {0};
    size_t count = 0, seen = 0;
    if (grams == NULL)
        return false;
    for (size_t at = 0; at < len && count < GRAMS_AT_MOST;) {
        uint32_t hash = 2166136261u;
        while (at < len && is_space(text[at]))
            at++;
        size_t start = at;
        for (; at < len && !is_space(text[at]); at++)
            hash = (hash ^ (uint8_t)text[at]) * 16777619u;
        if (at == start)
            break;
        memmove(words, words + 1, (GRAM_WORDS - 1) * sizeof(*words));
        words[GRAM_WORDS - 1] = hash;
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

/* An answer that begins like JSON, in a fence or not, was meant to be some. */
static bool is_broken_json(const char *text, size_t len)
{
    static const char fence[] = "```json";
    while (len != 0 && is_space(*text)) {
        text++;
        len--;
    }
    while (len != 0 && is_space(text[len - 1]))
        len--;
    bool fenced = len >= sizeof(fence) - 1 && memcmp(text, fence, sizeof(fence) - 1) == 0;
    if (fenced) {
        text += sizeof(fence) - 1;
        len -= sizeof(fence) - 1;
        if (len < 3 || memcmp(text + len - 3, "```", 3) != 0)
            return true;
        len -= 3;
    } else if (len == 0 || (*text != '{' && *text != '[')) {
        return false;
    }
    struct json_doc doc;
    struct err err;
    int rc = json_parse(&doc, content_of(text, len), NULL, &err);
    if (rc == 0)
        json_release(&doc);
    return rc == ERR_SYNTAX;
}

enum cascade_verdict cascade_judge(struct content answer, float confidence, float min_confidence,
                                   bool cut_off)
{
    const char *text = content_bytes(answer);
    size_t len = content_len(answer);
    if (is_empty(text, len))
        return CASCADE_EMPTY;
    if (is_refusal(text, len))
        return CASCADE_REFUSAL;
    if (repeats(text, len))
        return CASCADE_REPETITION;
    if (is_broken_json(text, len))
        return CASCADE_INVALID_JSON;
    if (cut_off)
        return CASCADE_CUT_OFF;
    return confidence < min_confidence ? CASCADE_LOW_CONFIDENCE : CASCADE_KEPT;
}
