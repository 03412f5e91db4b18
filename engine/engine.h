/*
 * engine.h - in-process inference behind one narrow door.
 *
 * Language models from GGUF files; the router's small classifier nets have engine_net.h.
 *
 * Threads: a model is immutable after opening and may be used from any thread. A session belongs to
 * the thread that steps it. Nothing here prints, exits or aborts. A file that is cut while it is in
 * use raises SIGBUS, which a handler of the engine's survives: do not block it in such threads.
 * Errors: functions return 0 or a negative engine_status and fill *error (which may be NULL) with a
 * message for a person; it never holds text of a prompt or an answer.
 * Depends on libc and pthreads alone.
 */
#ifndef PENSTOCK_ENGINE_H
#define PENSTOCK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_CHECK __attribute__((warn_unused_result))

enum engine_status {
    ENGINE_OK = 0,
    ENGINE_ERR_IO = -1,          /* file missing, unreadable, changed under the map */
    ENGINE_ERR_FORMAT = -2,      /* not a GGUF, or a length or offset in it is impossible */
    ENGINE_ERR_UNSUPPORTED = -3, /* a good file of a kind this engine does not run */
    ENGINE_ERR_CHECKSUM = -4,    /* SHA-256 differs from the one expected */
    ENGINE_ERR_MEMORY = -5,
    ENGINE_ERR_ARGUMENT = -6,
    ENGINE_ERR_CONTEXT = -7,  /* prompt and answer do not fit the context or the KV limit */
    ENGINE_ERR_TEMPLATE = -8, /* the chat template cannot be rendered */
    ENGINE_ERR_BUSY = -9,     /* every sequence slot is taken */
    ENGINE_ERR_STOPPED = -10, /* whoever opened a model wants it no more */
};

struct engine_error {
    enum engine_status status;
    char text[224];
};

/* Where weights come from: a path (of a model in several files the first one's,
 * NAME-00001-of-...), or bytes that outlive the model (then path is NULL). */
struct engine_source {
    const char *path;
    const void *bytes;
    size_t size;
    const char *sha256; /* 64 hex digits expected of all files' bytes in order, or NULL */
    bool unread;        /* only look at what it says: without its SHA-256, which is zeros then */
    bool words_only;    /* to tokenise alone: a file without weights will do, and it runs nothing */
    bool (*stop)(void *context); /* asked while it is read; true: give it up. NULL: never */
    void *context;
};

/* ---- chat models ---- */

struct engine_model; /* weights, vocabulary, chat template */

enum engine_call { ENGINE_NO_CALLS, ENGINE_CALL_HERMES, ENGINE_CALL_LLAMA, ENGINE_CALL_MISTRAL };

struct engine_model_info {
    const char *name;         /* general.name, or ""; lives as long as the model */
    const char *architecture; /* e.g. "llama" */
    uint32_t context_length;  /* tokens the model was trained for */
    uint32_t vocab_size;
    uint64_t parameters;
    enum engine_call calls; /* how the chat template has the model call tools */
    size_t weight_bytes;    /* mapped or given, not copied */
    uint8_t sha256[32];     /* of the whole file */
    /* Floats that engine_embed gives for each text; 0: the model is no encoder but a decoder. */
    uint32_t embedding_width;
    bool classifies;       /* they are a classification head's scores */
    size_t kv_token_bytes; /* keys and values of one token of a sequence, in F16 */
};

ENGINE_CHECK int engine_model_open(struct engine_model **out, const struct engine_source *source,
                                   struct engine_error *error);
void engine_model_free(struct engine_model *model); /* NULL is fine; sessions must be gone */
void engine_model_describe(const struct engine_model *model, struct engine_model_info *out);

enum engine_tokenize_flags {
    ENGINE_TOKENIZE_SPECIAL = 1, /* the text may contain markers such as <|im_start|> */
    ENGINE_TOKENIZE_BOS = 2,     /* add what the model wants at the front (and end, if so) */
};

/*
 * Tokenise len bytes. Writes at most cap ids; *count is the number needed, so that a call with
 * cap 0 measures. ENGINE_ERR_ARGUMENT when cap was too small (and not 0).
 */
ENGINE_CHECK int engine_tokenize(const struct engine_model *model, const char *text, size_t len,
                                 unsigned flags, int32_t *tokens, size_t cap, size_t *count,
                                 struct engine_error *error);

/* The bytes of one token (may be half a UTF-8 character). Returns their number, 0 for a marker. */
size_t engine_token_bytes(const struct engine_model *model, int32_t token, char *out, size_t cap);

struct engine_message {
    const char *role;
    const char *content; /* UTF-8, not necessarily NUL-terminated */
    size_t content_len;
    const char *more; /* a JSON object with other fields, as OpenAI names them; or NULL */
};

/*
 * Render the model's chat template (tools: a JSON list, or NULL) and tokenise the result: markers
 * of the template are markers, the same characters inside content are text. *tokens is malloc'd;
 * free with engine_tokens_free, which wipes it.
 */
ENGINE_CHECK int engine_chat_tokens(const struct engine_model *model,
                                    const struct engine_message *messages, size_t message_count,
                                    const char *tools, bool add_generation_prompt, int32_t **tokens,
                                    size_t *count, struct engine_error *error);
void engine_tokens_free(int32_t *tokens, size_t count);

/* ---- encoders: texts to vectors ---- */

struct engine_text {
    const int32_t *tokens; /* from engine_tokenize with ENGINE_TOKENIZE_BOS */
    size_t count;          /* 1 .. context_length, else ENGINE_ERR_CONTEXT */
};

/*
 * Run texts through an encoder: embedding_width floats for each, pooled (mean, first, last token or
 * classification head) as the model's file says and not normalised. Any thread; the room that it
 * takes is wiped and given back. threads: 0 is 1.
 */
ENGINE_CHECK int engine_embed(const struct engine_model *model, const struct engine_text *texts,
                              size_t count, unsigned threads, float *out,
                              struct engine_error *error);
/* The name of a classification head's score; returns its bytes, as engine_token_bytes does. */
size_t engine_label(const struct engine_model *model, uint32_t score, char *out, size_t cap);

/* ---- sessions: many sequences on one model, advanced together ---- */

struct engine_session;
enum engine_kv_type { ENGINE_KV_F16, ENGINE_KV_Q8_0 }; /* keys and values; Q8_0: half the room */

struct engine_session_options { /* zero means the default */
    unsigned threads;           /* 1 */
    unsigned max_sequences;     /* 8 */
    unsigned context_length;    /* per sequence; the model's own */
    size_t kv_bytes_limit;      /* hard limit for all sequences and the prefix cache; 64 MiB */
    enum engine_kv_type kv_type;
    unsigned prefill_chunk_tokens; /* most prompt tokens in one step; 128 */
    unsigned step_ms;              /* fewer of them where a step would last longer than this; 100 */
    unsigned lookup_tokens;        /* guessed ahead in a step from what was said before; 0: none */
    unsigned draft_tokens;         /* the same, by the draft model; 4 */
    const struct engine_model *draft; /* small, of the same vocabulary, outlives it; NULL: none */
    bool prefix_cache; /* keep what past prompts left, for those of the same tenant */
};

struct engine_bias {
    int32_t token;
    float bias; /* added to the token's logit */
};

enum { ENGINE_MOST_LOGPROBS = 21, ENGINE_MOST_STOP_BYTES = 256 };

struct engine_grammar; /* llama.cpp's GBNF; immutable, any thread. Errors name line and column */
ENGINE_CHECK int engine_grammar_new(struct engine_grammar **out, const char *text, size_t len,
                                    struct engine_error *error);
void engine_grammar_free(struct engine_grammar *grammar); /* NULL is fine */

struct engine_sampling {
    float temperature;                         /* 0: greedy */
    float top_p, typical_p;                    /* 0 or 1: off */
    float min_p;                               /* 0: off */
    uint32_t top_k;                            /* 0: off */
    float repetition_penalty;                  /* on tokens of prompt and answer; 0 or 1: off */
    float presence_penalty, frequency_penalty; /* on tokens of the answer */
    uint64_t seed;                             /* same seed, same text */
    const struct engine_bias *bias;            /* copied */
    size_t bias_count;
    const struct engine_grammar *grammar; /* the answer is of it; outlives the sequence; or NULL */
    uint32_t logprobs; /* reported for each token: itself and logprobs - 1 likeliest; 0: none */
};

/* Of the model's own distribution: before temperature, penalties, bias. token -1: there is none. */
struct engine_logprob {
    int32_t token;
    float logprob;
};

struct engine_submission {
    const int32_t *prompt; /* copied */
    size_t prompt_count;
    uint32_t answers;    /* to the one prompt: tags tag, tag + 1, ..., seeds likewise; 0: 1 */
    uint32_t max_tokens; /* 0: until the context is full */
    struct engine_sampling sampling;
    const char *const *stop; /* NUL-terminated strings, copied */
    size_t stop_count;
    bool markers;    /* the text holds the markers that the model says, but for its end */
    uint32_t credit; /* tokens it may run ahead of engine_session_credit; 0: no limit */
    uint64_t tenant; /* shares cached prefixes with its like; unguessable; 0: shares nothing */
    bool shift;      /* context full: keep the first shift_keep tokens, drop half of the rest */
    uint32_t shift_keep;
    uint64_t tag; /* comes back with every event */
};

enum engine_finish {
    ENGINE_FINISH_NONE = 0, /* goes on */
    ENGINE_FINISH_STOP,     /* end token or stop string */
    ENGINE_FINISH_LENGTH,   /* max_tokens or context */
    ENGINE_FINISH_ERROR,
};

struct engine_event {
    uint64_t tag;
    const char *text; /* whole UTF-8 characters, text_len bytes; valid until the next call */
    size_t text_len;
    enum engine_finish finish;
    uint32_t prompt_tokens, completion_tokens; /* so far */
    uint32_t cached_tokens;                    /* of the prompt, found in the prefix cache */
    /* Of the tokens that begin in this text, sampling.logprobs entries each; valid as text is. */
    const struct engine_logprob *logprobs;
    size_t logprob_tokens;
};

ENGINE_CHECK int engine_session_new(struct engine_session **out, const struct engine_model *model,
                                    const struct engine_session_options *options,
                                    struct engine_error *error);
void engine_session_free(struct engine_session *session); /* wipes the KV cache */

/* Queue a sequence for each answer. ENGINE_ERR_BUSY: no slots; ENGINE_ERR_CONTEXT: can't fit. */
ENGINE_CHECK int engine_session_submit(struct engine_session *session,
                                       const struct engine_submission *submission,
                                       struct engine_error *error);

/*
 * Advance every runnable sequence by one step: a chunk of prompt, or one token and those guessed
 * right. An event is one token at most; there are at most max_sequences of them and one for each
 * token guessed (the greater of lookup_tokens and, with a draft, draft_tokens).
 * Returns the number of sequences that can go on now (0: nothing to do), or a negative status.
 */
ENGINE_CHECK int engine_session_step(struct engine_session *session, struct engine_event *events,
                                     size_t *event_count, struct engine_error *error);

/* Allow a sequence that many more tokens. Unknown tags are ignored: it may have just ended. */
void engine_session_credit(struct engine_session *session, uint64_t tag, uint32_t tokens);
void engine_session_cancel(struct engine_session *session, uint64_t tag);

struct engine_memory {
    size_t weights, kv, scratch; /* bytes */
};
void engine_session_memory(const struct engine_session *session, struct engine_memory *out);

/* Name of the kernels chosen on this machine: "avx512-vnni", "avx2", "neon" or "plain". */
const char *engine_kernels(void);

#endif
