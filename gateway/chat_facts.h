/*
 * chat_facts.h - from a decoded chat request to what is classified of it and what it says itself.
 * For the gateway and for `penstock policy explain`, so that both decide on the same facts.
 */
#ifndef PENSTOCK_CHAT_FACTS_H
#define PENSTOCK_CHAT_FACTS_H

#include "gateway/api_chat.h"
#include "gateway/config.h"
#include "router/policy.h"

/*
 * What the classifiers get of it. Views of the chat, which must outlive it; spans collects what the
 * policy may want edited.
 */
struct classify_input chat_classify_input(const struct chat_request *chat,
                                          const struct config_classifiers *config,
                                          const struct policy *policy,
                                          struct classify_spans *spans);

/* What the request says itself, next to what was classified; facts->text_bytes is set by then. */
void chat_facts_set(const struct chat_request *chat, struct facts *facts);

#endif
