/*
 * decision_log.h - what was decided for each request, and why: one JSON line each.
 *
 * A record is plain data: numbers, enumerations and fixed arrays for names from the configuration,
 * ids and hashes. There is no pointer in it and no member of a content type, so what was said
 * cannot get in. A thread of its own encodes and writes: batches of whole lines, one write(2) each,
 * to a file opened for appending.
 *
 * What a reader of the file can rely on:
 * - Every line is whole. A torn tail (kill, full disk) is cut off at the last newline.
 * - `seq` grows by one from line to line, across restarts and rotated files; it is the order, since
 *   clocks jump.
 * - What is missing is said: a line `"event":"gap"` with a reason and the number of records lost
 *   (null: unknown, after a kill).
 *
 * A second process on the same file is refused by a lock on PATH.lock, which also remembers the
 * last seq and whether the log was closed in order.
 */
#ifndef PENSTOCK_DECISION_LOG_H
#define PENSTOCK_DECISION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backend.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/cascade.h"
#include "gateway/classify.h"
#include "gateway/identity.h"
#include "gateway/ratchet.h"
#include "gateway/request_id.h"
#include "router/decide.h"
#include "router/facts.h"

enum { DECISION_NAME_CHARS = 64, DECISION_TARGETS = 8 };

/* How the request ended. Also the label of penstock_requests_total. */
enum decision_outcome {
    DECISION_OUTCOME_OK,
    DECISION_OUTCOME_REFUSED,   /* the caller's mistake: 4xx before a decision */
    DECISION_OUTCOME_BLOCKED,   /* the policy said no */
    DECISION_OUTCOME_FAILED,    /* no allowed target could answer, or an error inside */
    DECISION_OUTCOME_PARTIAL,   /* the answer broke off after it had begun */
    DECISION_OUTCOME_CANCELLED, /* the client went away */
    DECISION_OUTCOME_COUNT
};

/* What became of the masking and redacting that the decision asked for. */
enum decision_redaction {
    DECISION_REDACTION_NONE, /* nothing to edit, or no target that it would be for */
    DECISION_REDACTION_DONE,
    DECISION_REDACTION_PLACE,    /* a key, a number, a tool's name, text in base64 */
    DECISION_REDACTION_TOO_MANY, /* values */
    DECISION_REDACTION_RESIDUE,  /* the edited body still held a value */
    DECISION_REDACTION_MEMORY,
    DECISION_REDACTION_COUNT
};

/* What became of the acknowledgement that the decision asked for (acknowledge.h). */
enum decision_ack {
    DECISION_ACK_NONE, /* the decision asked for none */
    DECISION_ACK_SAID,
    DECISION_ACK_OVERTAKEN,   /* the answer was there first */
    DECISION_ACK_TOO_SLOW,    /* its time was up */
    DECISION_ACK_UNFIT,       /* what the model said: nothing, a refusal, repetition */
    DECISION_ACK_UNAVAILABLE, /* the engine was busy or down, or had no memory */
    DECISION_ACK_UNSUITED,    /* the request says how its answer must be */
    DECISION_ACK_DROPPED,     /* the request ended, or came to the engine itself */
    DECISION_ACK_COUNT
};

struct decision_try {
    char target[DECISION_NAME_CHARS];
    enum placement placement;
    enum backend_outcome outcome;
    uint16_t status;      /* HTTP status of the target; 0: none came */
    uint16_t metrics_id;  /* metrics_target_id() of the target */
    uint32_t duration_us; /* 0: not tried long enough to tell */
};

struct decision_record {
    int64_t time_ms; /* since 1970, when the request came */
    char request_id[REQUEST_ID_CHARS];
    char principal[PRINCIPAL_ID_CHARS];
    char key_id[IDENTITY_KEY_ID_CHARS];

    /* facts */
    bool classified; /* false: it ended before the classifiers ran; the signals are left out */
    bool scanned,
        scored; /* which of them are switched on; the signals of the others are left out */
    enum unclassified unclassified;
    char model_asked[DECISION_NAME_CHARS]; /* decision_log_model_name(); never the raw string */
    uint32_t prompt_tokens_estimate, max_tokens, messages;
    uint64_t text_bytes;
    char conversation[RATCHET_ID_CHARS]; /* "" when nothing is remembered of it */
    bool held;                           /* the signals are raised to those of its earlier turns */
    bool stream, tools;
    uint32_t targets_up; /* bit i: target i of the configuration was usable */

    /* decision */
    bool decided; /* false: it ended before a decision (malformed, no key); the rest is left out */
    enum decision_action action;
    enum decision_block block;
    char rule[DECISION_NAME_CHARS];
    uint8_t target_count; /* that the decision names, and which: indices as in targets_up */
    uint8_t targets[FACTS_MAX_TARGETS];
    enum placement allowed;  /* the least private placement that the decision allows */
    bool restricted;         /* failing closed took targets or placement away */
    bool pii_actions;        /* the rule says what to do about entities */
    enum placement edit_for; /* targets from this placement on got the edited body */
    enum decision_redaction redaction;
    uint32_t redacted_spans, redacted_values, restored; /* of the last: put back into the reply */
    bool reply_scanned;
    uint32_t reply_masked;
    char policy_hash[HASH_HEX_SIZE];
    char pii_hash[HASH_HEX_SIZE];
    char complexity_hash[HASH_HEX_SIZE];

    /* what came of it */
    uint8_t tries_dropped;        /* more than fit */
    enum cascade_verdict cascade; /* on the local model's answer; NONE: it was not judged */
    float cascade_confidence;     /* 0..1, of that answer */
    enum decision_ack ack;
    char ack_target[DECISION_NAME_CHARS]; /* "" when nobody was asked for it */
    uint32_t ack_prompt_tokens, ack_completion_tokens;
    uint32_t ack_us;                        /* from its beginning to what became of it */
    bool answered;                          /* target and placement are set */
    char target[DECISION_NAME_CHARS];       /* that answered */
    char target_model[DECISION_NAME_CHARS]; /* the model it was asked for; configuration's name */
    char target_model_hash[HASH_HEX_SIZE];  /* of local weights; "" for others */
    enum placement placement;
    bool degraded; /* answered while the gateway was in degraded or offline mode */
    enum decision_outcome outcome;
    uint16_t http_status;
    char error_code[DECISION_NAME_CHARS];      /* from the closed list; "" for none */
    uint32_t prompt_tokens, completion_tokens; /* 0: unknown */

    /* Microseconds since the request's first byte, 0: did not come to that. */
    uint64_t decode_us, classify_us, decide_us, first_byte_us, total_us;
    uint64_t answer_us; /* the first byte of the answer itself, behind an acknowledgement */
    struct classify_times classifiers;

    uint8_t reason_count, try_count;

    /*
     * What follows is most of a record and seldom in use. Nobody clears it, and only what counts is
     * copied.
     */
    struct decision_reason reasons[DECISION_MAX_REASONS]; /* of the decision */
    struct decision_try tries[DECISION_TARGETS]; /* in order; the last one answered, if any did */
    struct pii_facts pii;                        /* where classified and scanned */
    struct complexity_facts complexity;          /* where classified and scored */
    uint8_t pii_action[PII_TYPE_COUNT]; /* where pii_actions: an enum pii_action for each type */
    uint16_t reply_pii[PII_TYPE_COUNT]; /* where reply_scanned: entities in it, saturating */
};

/* Zero up to the reasons, of which there are none yet; with the time of now. */
void decision_record_init(struct decision_record *record);
/* Copies a name into one of the arrays, cut to fit at a character's edge. */
void decision_name_set(char *array, size_t size, const char *name);
#define DECISION_SET(array, name) decision_name_set((array), sizeof(array), (name))
/* The next entry of tries, or NULL when all are taken (then it is counted as dropped). */
struct decision_try *decision_record_add_try(struct decision_record *record, const char *target,
                                             enum placement placement);
/* What lies behind the counted entries of the arrays stays as it was. */
void decision_record_copy(struct decision_record *to, const struct decision_record *from);
/* Copies what the record keeps of the facts, and sets `classified`. */
void decision_record_set_facts(struct decision_record *record, const struct facts *facts,
                               const struct classify_times *times);

/* Copies rule, action, placement and reasons, and sets `decided`. */
void decision_record_set_decision(struct decision_record *record, const struct decision *decision);

const char *decision_redaction_name(enum decision_redaction redaction); /* "none", … */
/* Of a reason whose subject is not negative; NULL for one that only has a number. */
const char *decision_subject_name(const struct decision_reason *reason);
const char *decision_ack_name(enum decision_ack ack);             /* "none", "said", … */
const char *decision_outcome_name(enum decision_outcome outcome); /* "ok", … */

/* One line with its newline, appended. Used by the log's thread and by `policy explain`. */
MUST_CHECK int decision_record_encode(const struct decision_record *record, uint64_t seq,
                                      struct buf *out);

/* ---- the log ---- */

enum decision_on_full {
    DECISION_ON_FULL_REFUSE, /* accepting() turns false, so that requests get 503 */
    DECISION_ON_FULL_COUNT   /* go on, and count what could not be written */
};

struct decision_log_options { /* zero means the default */
    const char *path;         /* "-": standard output */
    enum decision_on_full on_full;
    unsigned capacity;    /* records that may wait to be written; 2048 */
    unsigned gather_ms;   /* how long a record may wait for company in its write; 5 */
    unsigned sync_ms;     /* between fsyncs; 1000 */
    unsigned retry_ms;    /* between attempts while the disk refuses; 250 */
    unsigned stop_ms;     /* how long stopping tries to write the rest; 3000 */
    bool has_hash_key;    /* hash_key is set; otherwise a random one, good until the next start */
    uint8_t hash_key[32]; /* for names that are not the configuration's */
};

struct decision_log;

/*
 * Opens the file (created 0600), mends its tail and starts the thread. ERR_BUSY: another process
 * has it. ERR_IO, ERR_MEMORY.
 */
MUST_CHECK int decision_log_open(const struct decision_log_options *options,
                                 struct decision_log **out, struct err *err);
/* Writes what waits, fsyncs, ends the thread, frees. Returns how many records were lost by that. */
uint64_t decision_log_close(struct decision_log *log);

/*
 * Any thread; copies the record and never blocks on the disk. When there is no room the record is
 * counted as a gap.
 */
void decision_log_submit(struct decision_log *log, const struct decision_record *record);

/*
 * Any thread, cheap. False (with DECISION_ON_FULL_REFUSE only): records cannot be written now or
 * room for those under way grows short; new requests must be refused. Requests refused for this
 * reason are not submitted: nothing was decided for them.
 */
bool decision_log_accepting(const struct decision_log *log);

/* Reopen the path soon (SIGHUP, after rotation). The old file stays until the new one is open. */
void decision_log_reopen(struct decision_log *log);

/*
 * The name under which a model that a client asked for may be recorded: `known` when the string
 * matched a name of the configuration (then pass that name), otherwise "unknown:" and 16 digits of
 * a keyed hash of the bytes, so that the same string can be recognised but not read.
 */
void decision_log_model_name(const struct decision_log *log, const char *known, const void *asked,
                             size_t len, char out[DECISION_NAME_CHARS]);

struct decision_log_stats {
    uint64_t records; /* written since the start */
    uint64_t gaps;    /* records lost since the start */
    uint64_t waiting;
    uint64_t last_seq;
    bool failing; /* the last write did not succeed */
    bool accepting;
};
void decision_log_stats(const struct decision_log *log, struct decision_log_stats *out);

#endif
