/*
 * hash_mix.h - the hash behind every feature id of the classifiers.
 *
 * Fast and well spread, not secret. Part of the trained weights: changing it means training again.
 */
#ifndef PENSTOCK_ROUTER_HASH_MIX_H
#define PENSTOCK_ROUTER_HASH_MIX_H

#include <stdint.h>

static inline uint32_t hash_mix(uint32_t hash, uint32_t value)
{
    hash ^= value;
    hash *= 0x9E3779B1u;
    return hash ^ (hash >> 15);
}

static inline uint32_t hash_finish(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x85EBCA6Bu;
    hash ^= hash >> 13;
    hash *= 0xC2B2AE35u;
    return hash ^ (hash >> 16);
}

#endif
