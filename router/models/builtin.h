/* builtin.h - the classifiers' weights, linked into the program by builtin.S. */
#ifndef PENSTOCK_ROUTER_MODELS_BUILTIN_H
#define PENSTOCK_ROUTER_MODELS_BUILTIN_H

extern const unsigned char builtin_tagger[], builtin_tagger_end[];
extern const unsigned char builtin_complexity[], builtin_complexity_end[];

#endif
