#include "gateway/request_id.h"

#include <string.h>
#include <time.h>

#include "gateway/base/hash.h"

int request_id_source_init(struct request_id_source *source, struct err *err)
{
    if (hash_random(source->state, sizeof(source->state)) != 0)
        return err_set(err, ERR_BAD_STATE, "no random numbers for request ids");
    source->state[0] |= 1; /* the generator must not start from all zeroes */
    return 0;
}

static uint64_t rotate(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

/* xoshiro256**: small, fast, and unlikely to repeat; nothing here is a secret. */
static uint64_t random_next(uint64_t s[4])
{
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

void request_id_next(struct request_id_source *source, char out[REQUEST_ID_CHARS])
{
    struct timespec now;
    uint8_t bytes[12];
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t random = random_next(source->state);
    for (unsigned i = 0; i < 6; i++) {
        bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
        bytes[6 + i] = (uint8_t)(random >> (40 - 8 * i));
    }
    memcpy(out, "req_", 4);
    hash_to_hex(bytes, sizeof(bytes), out + 4);
}
