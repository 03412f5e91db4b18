/*
 * outcomes.h - what became of requests, for `penstock learn`.
 *
 * A request that was answered waits here, as a sketch, for somebody to say how the answer was: a
 * bounded number of them, the oldest making room, each only for the principal whose request it was.
 * With the word comes a line of JSON in a file: sketch, score, outcome and the hash of the
 * complexity weights that the first two are of, never text. Without one nothing is written. Who
 * asks the same again has said that the answer did not do. Any thread.
 */
#ifndef PENSTOCK_OUTCOMES_H
#define PENSTOCK_OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/classify.h"
#include "router/learn.h"

struct outcomes;

/*
 * Opens or creates the file (0600). Its first line holds the key of the sketches, made at random;
 * a torn last line is cut off. ERR_IO, ERR_SYNTAX (another kind of file), ERR_MEMORY.
 */
MUST_CHECK int outcomes_open(struct outcomes **out, const char *path, uint32_t waiting,
                             const char *complexity_hash, struct err *err);
void outcomes_close(struct outcomes *outcomes); /* NULL is fine */
/*
 * Where the file was renamed or taken away, goes on in a new one of the same key. After an error
 * (ERR_IO, or ERR_SYNTAX and ERR_BAD_STATE for another file in its place) in the old one. One
 * thread at a time.
 */
MUST_CHECK int outcomes_reopen(struct outcomes *outcomes, struct err *err);
const struct learn_key *outcomes_key(const struct outcomes *outcomes);

/* A keyed hash of all texts of a request, for asking again; 0 when it fails. */
uint64_t outcomes_conversation(const struct outcomes *outcomes, const struct classify_text *texts,
                               size_t count);

struct outcomes_answer {
    const char *request_id, *principal;
    const struct complexity_facts *facts;
    bool local;            /* by the weaker model, so that its answer tells of that */
    uint64_t conversation; /* 0: asking again does not count */
    uint64_t now_ms;       /* of a clock that does not jump */
};
/* A request was answered. */
void outcomes_expect(struct outcomes *outcomes, const struct outcomes_answer *answer);
/*
 * The same was asked once more by the same principal: where the last answer is no older than
 * within_ms and was the local model's, that is a bad outcome of it. Returns whether it was one.
 */
bool outcomes_asked_again(struct outcomes *outcomes, uint64_t conversation, const char *principal,
                          uint64_t now_ms, uint64_t within_ms);

enum feedback {
    FEEDBACK_GOOD, /* the answer did */
    FEEDBACK_BAD,  /* it did not: a thumb down, asked again */
    /* A checker or a second call knows of the local model whatever answered. */
    FEEDBACK_LOCAL_OK,
    FEEDBACK_LOCAL_FAILED,
    FEEDBACK_AGREES, /* dual_call.h: the local model's answer with the one that was given */
    FEEDBACK_DIFFERS,
};
enum feedback_result {
    FEEDBACK_TAKEN,
    FEEDBACK_TELLS_NOTHING, /* the strong model answered: no word on the local one */
    FEEDBACK_UNKNOWN,       /* no such request waits: too old, told of before, somebody else's */
    FEEDBACK_NOT_WRITTEN,   /* the file takes nothing */
};
MUST_CHECK enum feedback_result outcomes_tell(struct outcomes *outcomes, const char *request_id,
                                              const char *principal, enum feedback feedback);

struct outcomes_told {
    struct outcome *items; /* the caller's to free() */
    size_t count;
    size_t left_out; /* of other complexity weights: what those said is nothing that these say */
    struct learn_key key;
};
/* Reads the file of outcomes for learning. After an error there is nothing to free. */
MUST_CHECK int outcomes_read(struct outcomes_told *out, const char *path,
                             const char *complexity_hash, struct err *err);

#endif
