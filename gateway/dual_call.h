/*
 * dual_call.h - for a share of the requests that a target elsewhere answered, the model in process
 * is asked the same once the client has its answer. How far the two answers agree is an outcome for
 * `penstock learn`: would the local model have done? Of the answers nothing is kept.
 *
 * Only from less to more private: what the model in process answers is never sent out to be
 * compared. One call at a time for each worker, and none while the engine has others waiting, so
 * that no client waits for it. Belongs to a worker's thread.
 */
#ifndef PENSTOCK_DUAL_CALL_H
#define PENSTOCK_DUAL_CALL_H

#include <stdbool.h>

#include "gateway/base/content.h"

struct request;

/* Whether this request is of the share; for one that was decided to go elsewhere. */
bool dual_call_is_wanted(const struct request *request);
/* The request was answered, and ends. Does nothing where it was not wanted or cannot be done. */
void dual_call_begin(struct request *request);

/*
 * How far two answers say the same, 0 to 1: of the words of the shorter one, the share that the
 * other has, too; 0 where both hold numbers and the last ones differ. Words of one or two letters
 * count where an answer has no others ("B"); in scripts without spaces two neighbours are a word.
 */
float dual_call_agreement(struct content a, struct content b);

#endif
