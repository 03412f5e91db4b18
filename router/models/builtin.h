/* builtin.h - the classifiers' weights and the tables of names and words, linked into the program
 * by builtin.S. */
#ifndef PENSTOCK_ROUTER_MODELS_BUILTIN_H
#define PENSTOCK_ROUTER_MODELS_BUILTIN_H

extern const unsigned char builtin_tagger[], builtin_tagger_end[];
extern const unsigned char builtin_complexity[], builtin_complexity_end[];
extern const unsigned char builtin_kinds[], builtin_kinds_end[];
extern const unsigned char builtin_language[]; /* language.c tells its format */

/* Made by router/train/names_table.py; looked up by tagger_features.c. */
enum { BUILTIN_NAMES_SLOTS = 1 << 17 };
extern const unsigned char builtin_names[2 * BUILTIN_NAMES_SLOTS];

/* Made by router/train/words_table.py; looked up by word_codes.c. */
enum { BUILTIN_WORDS_LINES = 53248 };
extern const unsigned char builtin_words[64 * BUILTIN_WORDS_LINES];

/* Made by router/train/word_kinds.py; read by word_meaning.c. */
enum { BUILTIN_MEANINGS_BYTES = 2560 * 64 };
extern const signed char builtin_meanings[BUILTIN_MEANINGS_BYTES];

#endif
