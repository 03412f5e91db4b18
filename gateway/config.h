/*
 * config.h - penstock.yaml as one immutable, reference-counted object.
 *
 * Every setting is a row (key, type, range, default, reloadable, help) in config_rows.c; reading,
 * `penstock check`, the man page lint and reload go by the rows. Numbers carry their unit in the
 * field's name; durations are milliseconds. All strings belong to the config and are never NULL
 * unless said so. Any thread may read; the counter is atomic.
 *
 * Secrets are never in the file: it names an environment variable or a file. What was read from
 * there lives in config_target.api_key, is wiped with the config, and must never be printed.
 */
#ifndef PENSTOCK_CONFIG_H
#define PENSTOCK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/problems.h"
#include "gateway/base/yaml.h"
#include "router/facts.h"

/* Where to listen: TCP (host, port) or a unix socket (path). */
struct config_address {
    const char *text; /* as written, for messages */
    const char *path; /* unix socket, or NULL for TCP */
    const char *host; /* numeric or a name, no brackets; "" for every address; TCP only */
    uint16_t port;    /* 0: the kernel chooses, the ready line says which */
    bool loopback;    /* unix socket or an address that only this machine reaches */
};

enum config_tls_version { CONFIG_TLS_1_2, CONFIG_TLS_1_3 };

struct config_listen {
    struct config_address address;
    /* TLS when cert_file is not NULL. Paths are resolved against the configuration's folder. */
    const char *cert_file;
    const char *key_file;
    enum config_tls_version min_version;
    uint32_t line; /* in the file, for messages */
};

struct config_limits {
    size_t header_bytes;
    uint32_t header_count;
    size_t body_bytes;
    uint32_t
        header_timeout_ms; /* from accept (or the end of the previous request) to the last header */
    uint32_t body_timeout_ms;  /* from the last header to the last byte of the body */
    uint32_t idle_timeout_ms;  /* kept-alive connection without a request */
    uint32_t write_timeout_ms; /* client that takes no byte of its reply */
    uint32_t connections;
    uint32_t requests_in_flight;
};

enum config_identity_mode { CONFIG_IDENTITY_ANONYMOUS, CONFIG_IDENTITY_API_KEYS };

enum config_debug { CONFIG_DEBUG_OFF, CONFIG_DEBUG_KEYS, CONFIG_DEBUG_EVERYBODY };

struct config_identity {
    enum config_identity_mode mode;
    enum config_debug debug;
    const char *keys_file; /* NULL when anonymous */
};

enum config_log_on_full { CONFIG_LOG_REFUSE, CONFIG_LOG_COUNT };

struct config_decision_log {
    const char *path; /* NULL: off; "-": standard output; else a file */
    enum config_log_on_full on_full;
    uint32_t queue_length;
};

enum config_kv_type { CONFIG_KV_F16, CONFIG_KV_Q8_0 };
/* Who finds prompts again: nobody, each key's holder their own, or callers without a key as well.
 */
enum config_prefix_cache { CONFIG_PREFIX_OFF, CONFIG_PREFIX_KEYS, CONFIG_PREFIX_ALL };

struct config_engine {
    const char *model;   /* NULL: the built-in one; else a file */
    const char *sha256;  /* 64 hex digits expected, or NULL */
    size_t models_bytes; /* for models that open on demand */
    uint32_t threads;    /* never 0: "auto" is resolved when read */
    uint32_t max_sequences;
    uint32_t context_length; /* 0: the model's own */
    bool context_shift;
    uint32_t context_keep; /* tokens */
    size_t kv_bytes;
    enum config_kv_type kv_type;
    enum config_prefix_cache prefix_cache;
    uint32_t lookup_tokens;
    const char *draft_model; /* NULL: none; else a file */
    uint32_t draft_tokens;
    uint32_t queue_length, queue_wait_ms;
    uint32_t step_ms, stuck_ms;
    uint32_t max_tokens; /* when the client says none */
};

struct config_classifiers {
    bool pii, complexity;
    uint32_t pool_threads;
    uint32_t pool_queue_length;
    size_t large_prompt_bytes; /* texts above this go to the pool */
    uint32_t cache_texts;      /* whose findings each thread keeps */
    uint32_t timeout_ms;
};

struct config_learning {
    const char *outcomes;    /* path; NULL: nothing is kept for learning */
    const char *correction;  /* path; NULL: the complexity score stands as shipped */
    uint32_t waiting;        /* answered requests that feedback can still come for */
    uint32_t dual_percent;   /* of the requests answered elsewhere that are asked in process, too */
    uint32_t asked_again_ms; /* the same asked so soon again: the answer did not do; 0: no word */
};

struct config_ratchet {
    uint32_t lifetime_ms; /* 0: off */
    uint32_t entries;
};

struct config_placeholders {
    uint32_t lifetime_ms; /* 0: off */
    uint32_t conversations;
    uint64_t memory; /* bytes */
};

enum config_target_kind { CONFIG_TARGET_ENGINE, CONFIG_TARGET_OPENAI };

struct config_model_name {
    const char *asked, *sent;
};

struct config_target {
    const char *name;
    enum placement placement;
    enum config_target_kind kind;
    /* kind engine: a model of its own, opened on demand; NULL: engine.model. */
    const char *model_file, *sha256; /* sha256: 64 hex digits expected, or NULL */
    const char *draft_model;         /* of model_file; NULL: none */
    size_t kv_bytes;                 /* 0: as engine.kv_limit says */
    const char *url;   /* kind openai: base URL without a trailing slash, e.g. https://host/v1 */
    const char *model; /* name sent upstream; NULL: the one asked for */
    const struct config_model_name *models; /* exceptions by the model asked for; see below */
    size_t model_count;
    const char *api_key_env, *api_key_file; /* NULL each when not set */
    const char *api_key;                    /* the secret itself; NULL when there is none */
    bool wants_key;                         /* api_key_env or api_key_file is set */
    const char *ca_file;                    /* NULL: the system's */
    uint32_t connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms;
    uint32_t breaker_failures; /* in a row, until the breaker opens */
    uint32_t breaker_window, breaker_failure_percent;
    uint32_t breaker_open_ms, breaker_open_max_ms;
    uint32_t max_in_flight;
    bool http2;
    uint32_t line; /* in the file, for messages */
};

struct config {
    const char *file;
    const struct config_listen *listens;
    size_t listen_count;
    struct config_address admin;
    bool admin_allow_remote;
    uint32_t workers; /* never 0: "cores" is resolved when read */
    struct config_limits limits;
    struct config_identity identity;
    const char *policy_file;
    struct config_decision_log decision_log;
    struct config_engine engine;
    struct config_classifiers classifiers;
    struct config_learning learning;
    struct config_ratchet ratchet;
    struct config_placeholders placeholders;
    const struct config_target *targets;
    size_t
        target_count; /* at most FACTS_MAX_TARGETS; the index is the one in facts and decisions */
    const char *const *models; /* names that GET /v1/models lists */
    size_t model_count;
    uint32_t drain_ms;
};

enum config_read_flags {
    /* Also check that the files it names can be read, and fetch the API keys. */
    CONFIG_READ_FILES = 1,
};

/*
 * Read a configuration from a parsed file. Mistakes of all kinds are added to *problems; *out is
 * NULL and the result negative when that holds any, also one found while parsing. The caller owns
 * one reference. Main thread (the environment).
 */
MUST_CHECK int config_read(struct config **out, const struct yaml_tree *tree, unsigned flags,
                           struct problems *problems);
/*
 * The same, but gives what could be read even when there are mistakes, so that the policy can be
 * checked against its targets. Nobody may run with it. NULL when memory runs out (reported).
 */
MUST_CHECK struct config *config_read_partly(const struct yaml_tree *tree, unsigned flags,
                                             struct problems *problems);

struct config *config_ref(struct config *config);
void config_unref(struct config *config); /* NULL is fine */

/* The name to send to a target for the model that the client asked for. */
const char *config_target_model(const struct config_target *target, const char *asked);

/*
 * A setting that only a restart can change and that differs between the two, or NULL. The caller
 * (reload) keeps the old configuration and says which key stands in the way.
 */
const char *config_needs_restart(const struct config *now, const struct config *next);

#endif
