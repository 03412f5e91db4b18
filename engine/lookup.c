#include "engine/lookup.h"

#include <string.h>

/* A match this long is worth a guess; a longer one is not looked for. */
enum { SHORTEST = 2, LONGEST = 4, PATIENCE = 16 };

size_t lookup_guess(struct sequence *q, size_t most)
{
    if (most == 0)
        return 0;
    const int32_t *tokens = q->tokens, *end = q->tokens + q->count;
    for (size_t n = LONGEST; n >= SHORTEST; n--) {
        for (size_t at = q->count; at-- > n;) {
            /* What ends before tokens[at] agrees with what ends the text. */
            if (tokens[at - 1] != end[-1] ||
                memcmp(tokens + at - n, end - n, n * sizeof(*tokens)) != 0)
                continue;
            q->guesses = q->tokens + at;
            return q->count - at < most ? q->count - at : most;
        }
    }
    return 0;
}

void lookup_learn(struct sequence *q, size_t guessed, size_t right, size_t most)
{
    if (guessed == 0)
        return;
    if (right == guessed) {
        q->guess = q->guess * 2 < most ? q->guess * 2 : (uint32_t)most;
    } else if (right == 0) {
        q->guess /= 2;
    }
    if (q->guess == 0) {
        q->guess = 2 < most ? 2 : (uint32_t)most;
        q->not_before = q->said + PATIENCE;
    }
}
