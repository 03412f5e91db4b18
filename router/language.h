/*
 * language.h - the language of a text, as an ISO 639-1 code.
 *
 * Where a script belongs to one language the script decides; between the languages of the Latin,
 * Cyrillic and Arabic scripts, hashed letter n-grams and whole words with trained weights do. Only
 * the first letters of a text are looked at, so the time does not grow with it. Pure, any thread.
 */
#ifndef PENSTOCK_ROUTER_LANGUAGE_H
#define PENSTOCK_ROUTER_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
    LANGUAGE_LETTERS = 160,  /* as many are looked at */
    LANGUAGE_FEATURES = 800, /* at most, of so many letters */
    LANGUAGE_BUCKETS = 8192,
    LANGUAGE_UNKNOWN = 0, /* "und": too little text, or none of those known */
    LANGUAGE_AT_MOST = 80,
};

/* Index of the language, LANGUAGE_UNKNOWN included; the index is good for this build only. */
uint8_t language_of(const uint8_t *text, size_t len);

const char *language_name(uint8_t language); /* "und", "en", "de", … */
int language_find(const char *name);         /* -1: none of that name */

/* For training: the buckets of a text's features. Room for LANGUAGE_FEATURES. */
size_t language_features_of_text(const uint8_t *text, size_t len, uint32_t *ids);

#endif
