#include "gateway/config_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/yaml_value.h"
#include "gateway/config.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define SECONDS ((uint64_t)1000)
#define HOURS (3600 * SECONDS)

static const char *const identity_modes[] = {"anonymous", "api_keys", NULL};
static const char *const on_full_choices[] = {"refuse", "count", NULL};
static const char *const tls_versions[] = {"1.2", "1.3", NULL};
static const char *const kinds[] = {"engine", "openai", NULL};
static const char *const placements[] = {"in_process", "on_premises", "cloud", NULL};

#define AT(member) .offset = offsetof(struct config, member)
#define NUMBER(t, low, high, value) .type = (t), .min = (low), .max = (high), .fallback = (value)
#define CHOICE(list, value) .type = CONFIG_TYPE_CHOICE, .choices = (list), .fallback = (value)
#define ON_RELOAD .reloadable = true

static const struct config_row main_rows[] = {
    {.key = "listen",
     .type = CONFIG_TYPE_SPECIAL,
     .fallback = "127.0.0.1:8080",
     .help = "where clients connect: host:port, a unix socket's path, or a list of them"},
    {.key = "admin.listen",
     .type = CONFIG_TYPE_SPECIAL,
     .fallback = "127.0.0.1:9464",
     .help = "where /healthz, /readyz and /metrics are served"},
    {.key = "admin.allow_remote",
     AT(admin_allow_remote),
     NUMBER(CONFIG_TYPE_BOOL, 0, 0, "false"),
     .help = "let admin.listen be an address that other machines can reach"},
    {.key = "workers",
     AT(workers),
     NUMBER(CONFIG_TYPE_COUNT, 1, 256, "cores"),
     .word = "cores",
     .help = "event loops, one thread each"},
    {.key = "limits.header_bytes",
     AT(limits.header_bytes),
     NUMBER(CONFIG_TYPE_SIZE, KIB, MIB, "64KiB"),
     .help = "request line and headers together"},
    {.key = "limits.header_count",
     AT(limits.header_count),
     NUMBER(CONFIG_TYPE_COUNT, 8, 1024, "128"),
     .help = "header lines of a request"},
    {.key = "limits.body_bytes",
     AT(limits.body_bytes),
     NUMBER(CONFIG_TYPE_SIZE, KIB, GIB, "8MiB"),
     .help = "body of a request"},
    {.key = "limits.header_timeout",
     AT(limits.header_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 100, HOURS, "10s"),
     .help = "from the first byte of a connection or request to the end of its headers"},
    {.key = "limits.body_timeout",
     AT(limits.body_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 100, HOURS, "60s"),
     .help = "from the end of the headers to the end of the body"},
    {.key = "limits.idle_timeout",
     AT(limits.idle_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 100, HOURS, "75s"),
     .help = "kept-alive connection without a request"},
    {.key = "limits.write_timeout",
     AT(limits.write_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 100, HOURS, "60s"),
     .help = "client that takes no byte of its reply"},
    {.key = "limits.connections",
     AT(limits.connections),
     NUMBER(CONFIG_TYPE_COUNT, 1, 1000000, "4096"),
     .help = "client connections, all workers together"},
    {.key = "limits.requests_in_flight",
     AT(limits.requests_in_flight),
     NUMBER(CONFIG_TYPE_COUNT, 1, 1000000, "1024"),
     .help = "requests being handled, all workers together"},
    {.key = "identity.mode",
     AT(identity.mode),
     CHOICE(identity_modes, "anonymous"),
     ON_RELOAD,
     .help = "who may ask: everybody, or holders of a key"},
    {.key = "identity.keys_file",
     AT(identity.keys_file),
     .type = CONFIG_TYPE_FILE,
     ON_RELOAD,
     .help = "keys made by penstock key new"},
    {.key = "policy",
     AT(policy_file),
     .type = CONFIG_TYPE_FILE,
     ON_RELOAD,
     .help = "the policy file, see penstock-policy(5); required"},
    {.key = "decision_log.path",
     AT(decision_log.path),
     .type = CONFIG_TYPE_FILE,
     .fallback = "-",
     .word = "off",
     .help = "one JSON line a request: a file, - for standard output, or off"},
    {.key = "decision_log.on_full",
     AT(decision_log.on_full),
     CHOICE(on_full_choices, "refuse"),
     .help = "when the log cannot keep up: refuse requests, or count lost lines"},
    {.key = "decision_log.queue_length",
     AT(decision_log.queue_length),
     NUMBER(CONFIG_TYPE_COUNT, 16, 1000000, "4096"),
     .help = "lines waiting to be written"},
    {.key = "engine.model",
     AT(engine.model),
     .type = CONFIG_TYPE_FILE,
     .fallback = "builtin",
     .word = "builtin",
     .help = "GGUF file that answers in process"},
    {.key = "engine.sha256",
     AT(engine.sha256),
     .type = CONFIG_TYPE_TEXT,
     .min = 64,
     .max = 64,
     .help = "expected SHA-256 of the model file"},
    {.key = "engine.threads",
     AT(engine.threads),
     NUMBER(CONFIG_TYPE_COUNT, 1, 256, "auto"),
     .word = "auto",
     .help = "threads of the engine; auto goes by the cores"},
    {.key = "engine.max_sequences",
     AT(engine.max_sequences),
     NUMBER(CONFIG_TYPE_COUNT, 1, 256, "8"),
     .help = "answers written at the same time"},
    {.key = "engine.context_length",
     AT(engine.context_length),
     NUMBER(CONFIG_TYPE_COUNT, 64, 1 << 20, "model"),
     .word = "model",
     .help = "tokens of prompt and answer together; model takes the model's own"},
    {.key = "engine.kv_limit",
     AT(engine.kv_bytes),
     NUMBER(CONFIG_TYPE_SIZE, MIB, 1024 * GIB, "64MiB"),
     .help = "memory for the sequences' keys and values"},
    {.key = "engine.queue_length",
     AT(engine.queue_length),
     NUMBER(CONFIG_TYPE_COUNT, 1, 100000, "64"),
     .help = "requests waiting for the engine"},
    {.key = "engine.max_tokens",
     AT(engine.max_tokens),
     NUMBER(CONFIG_TYPE_COUNT, 1, 1 << 20, "512"),
     .help = "longest answer when the client names no limit"},
    {.key = "classifiers.pii",
     AT(classifiers.pii),
     NUMBER(CONFIG_TYPE_BOOL, 0, 0, "on"),
     .help = "look for personal data; off means that you vouch for every request"},
    {.key = "classifiers.complexity",
     AT(classifiers.complexity),
     NUMBER(CONFIG_TYPE_BOOL, 0, 0, "on"),
     .help = "score how hard a request is"},
    {.key = "classifiers.pool_threads",
     AT(classifiers.pool_threads),
     NUMBER(CONFIG_TYPE_COUNT, 1, 256, "1"),
     .help = "threads for large prompts"},
    {.key = "classifiers.queue_length",
     AT(classifiers.pool_queue_length),
     NUMBER(CONFIG_TYPE_COUNT, 1, 100000, "256"),
     .help = "large prompts waiting"},
    {.key = "classifiers.large_prompt_bytes",
     AT(classifiers.large_prompt_bytes),
     NUMBER(CONFIG_TYPE_SIZE, 0, GIB, "16KiB"),
     .help = "prompts above this are classified off the event loop"},
    {.key = "classifiers.timeout",
     AT(classifiers.timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 10, HOURS, "5s"),
     .help = "after this the request counts as sensitive"},
    {.key = "targets",
     .type = CONFIG_TYPE_SPECIAL,
     .help = "what can answer: a list, or a mapping by name; required"},
    {.key = "models",
     .type = CONFIG_TYPE_SPECIAL,
     .fallback = "auto",
     ON_RELOAD,
     .help = "names that GET /v1/models lists"},
    {.key = "drain_timeout",
     AT(drain_ms),
     NUMBER(CONFIG_TYPE_DURATION, 0, 24 * HOURS, "30s"),
     ON_RELOAD,
     .help = "on SIGTERM, how long answers in progress may take to end"},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_listen, member)
static const struct config_row listen_rows[] = {
    {.key = "address",
     .type = CONFIG_TYPE_SPECIAL,
     .help = "host:port, [v6]:port, :port for every address, or a unix socket's path; required"},
    {.key = "tls.cert_file",
     AT(cert_file),
     .type = CONFIG_TYPE_FILE,
     ON_RELOAD,
     .help = "certificate chain in PEM; turns TLS on"},
    {.key = "tls.key_file",
     AT(key_file),
     .type = CONFIG_TYPE_FILE,
     ON_RELOAD,
     .help = "private key of the certificate in PEM"},
    {.key = "tls.min_version",
     AT(min_version),
     CHOICE(tls_versions, "1.2"),
     ON_RELOAD,
     .help = "oldest version of TLS that clients may speak"},
};
#undef AT

#define AT(member) .offset = offsetof(struct config_target, member)
static const struct config_row target_rows[] = {
    {.key = "name",
     .type = CONFIG_TYPE_SPECIAL,
     .help = "what policies and logs call it; in a mapping the key is the name"},
    {.key = "placement",
     AT(placement),
     CHOICE(placements, NULL),
     .help = "how private it is; required but for the engine"},
    {.key = "kind",
     AT(kind),
     CHOICE(kinds, "openai"),
     .help = "the engine in this process, or a server that speaks OpenAI's API"},
    {.key = "url",
     AT(url),
     .type = CONFIG_TYPE_TEXT,
     .min = 1,
     .max = 1024,
     .help = "base URL, e.g. https://api.openai.com/v1; http only on the premises"},
    {.key = "model",
     AT(model),
     .type = CONFIG_TYPE_TEXT,
     .min = 1,
     .max = 200,
     .help = "model name to send; default: the one that the client asked for"},
    {.key = "models",
     .type = CONFIG_TYPE_SPECIAL,
     .help = "mapping from a model asked for to the name to send, before model"},
    {.key = "api_key_env",
     AT(api_key_env),
     .type = CONFIG_TYPE_TEXT,
     .min = 1,
     .max = 128,
     .help = "environment variable that holds the API key"},
    {.key = "api_key_file",
     AT(api_key_file),
     .type = CONFIG_TYPE_FILE,
     .help = "file that holds the API key"},
    {.key = "ca_file",
     AT(ca_file),
     .type = CONFIG_TYPE_FILE,
     .help = "certificates to trust, in PEM; default: the system's"},
    {.key = "connect_timeout",
     AT(connect_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 10, HOURS, "5s"),
     .help = "name resolution, connection and TLS"},
    {.key = "first_byte_timeout",
     AT(first_byte_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 10, HOURS, "60s"),
     .help = "from the request to the first byte of the answer"},
    {.key = "idle_timeout",
     AT(idle_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 10, HOURS, "60s"),
     .help = "between two pieces of an answer"},
    {.key = "total_timeout",
     AT(total_timeout_ms),
     NUMBER(CONFIG_TYPE_DURATION, 10, 24 * HOURS, "10m"),
     .help = "from the request to the end of the answer"},
    {.key = "breaker.failures",
     AT(breaker_failures),
     NUMBER(CONFIG_TYPE_COUNT, 1, 1000, "5"),
     .help = "failures in a row after which it is left alone"},
    {.key = "breaker.open_time",
     AT(breaker_open_ms),
     NUMBER(CONFIG_TYPE_DURATION, 100, HOURS, "15s"),
     .help = "how long it is left alone"},
    {.key = "max_in_flight",
     AT(max_in_flight),
     NUMBER(CONFIG_TYPE_COUNT, 1, 100000, "256"),
     .help = "requests at the same time"},
    {.key = "http2",
     AT(http2),
     NUMBER(CONFIG_TYPE_BOOL, 0, 0, "on"),
     .help = "speak HTTP/2 where the server does"},
};
#undef AT

const struct config_row *config_rows(enum config_table table, size_t *count)
{
    switch (table) {
    case CONFIG_TABLE_LISTEN:
        *count = COUNT(listen_rows);
        return listen_rows;
    case CONFIG_TABLE_TARGET:
        *count = COUNT(target_rows);
        return target_rows;
    case CONFIG_TABLE_MAIN:
        break;
    }
    *count = COUNT(main_rows);
    return main_rows;
}

/* ---- helpers ---- */

const char *config_copy(struct config_reader *reader, const char *text)
{
    const char *copy = arena_copy(reader->arena, text, strlen(text));
    if (copy == NULL)
        reader->out_of_memory = true;
    return copy != NULL ? copy : "";
}

const char *config_resolve(struct config_reader *reader, const char *path)
{
    if (path[0] == '/' || reader->directory[0] == '\0')
        return config_copy(reader, path);
    const char *full = arena_printf(reader->arena, "%s/%s", reader->directory, path);
    if (full == NULL)
        reader->out_of_memory = true;
    return full != NULL ? full : "";
}

const struct yaml_node *config_find(const struct yaml_node *mapping, const char *dotted)
{
    char key[64];
    while (mapping != NULL) {
        size_t len = strcspn(dotted, ".");
        if (len >= sizeof(key))
            return NULL;
        memcpy(key, dotted, len);
        key[len] = '\0';
        mapping = yaml_node_get(mapping, key);
        if (dotted[len] == '\0')
            return mapping;
        dotted += len + 1;
    }
    return NULL;
}

static void describe_number(const struct config_row *row, uint64_t value, char *out, size_t size)
{
    static const struct {
        enum config_type type;
        uint64_t factor;
        const char *unit;
    } units[] = {
        {CONFIG_TYPE_SIZE, (uint64_t)1 << 30, "GiB"},
        {CONFIG_TYPE_SIZE, 1 << 20, "MiB"},
        {CONFIG_TYPE_SIZE, 1 << 10, "KiB"},
        {CONFIG_TYPE_DURATION, 3600000, "h"},
        {CONFIG_TYPE_DURATION, 60000, "m"},
        {CONFIG_TYPE_DURATION, 1000, "s"},
        {CONFIG_TYPE_DURATION, 1, "ms"},
    };
    for (size_t i = 0; i < COUNT(units); i++) {
        if (value != 0 && units[i].type == row->type && value % units[i].factor == 0) {
            (void)snprintf(out, size, "%" PRIu64 "%s", value / units[i].factor, units[i].unit);
            return;
        }
    }
    (void)snprintf(out, size, "%" PRIu64, value);
}

void config_row_describe(const struct config_row *row, char *out, size_t size)
{
    static const char *const names[] = {"yes or no", "number", "size", "duration",
                                        "one of",    "text",   "file", "see the manual"};
    char low[32], high[32], range[80] = "";
    bool number = row->type == CONFIG_TYPE_COUNT || row->type == CONFIG_TYPE_SIZE ||
                  row->type == CONFIG_TYPE_DURATION;
    if (number) {
        describe_number(row, row->min, low, sizeof(low));
        describe_number(row, row->max, high, sizeof(high));
        (void)snprintf(range, sizeof(range), " from %s to %s", low, high);
    }
    (void)snprintf(out, size, "%s%s%s%s", names[row->type], range, row->word != NULL ? ", or " : "",
                   row->word != NULL ? row->word : "");
    for (size_t i = 0; row->choices != NULL && row->choices[i] != NULL; i++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s %s", i != 0 ? "," : "", row->choices[i]);
    }
}

/* ---- values ---- */

static void check_readable(struct config_reader *reader, const struct yaml_node *node,
                           const char *path)
{
    if (reader->check_files && access(path, R_OK) != 0)
        yaml_problem(reader->problems, node, "%.200s cannot be read: %s", path,
                     strerrordesc_np(errno));
}

/* Set the field of a number; the range was checked, so the narrowing is exact. */
static void store_number(const struct config_row *row, uint64_t value, char *field)
{
    uint32_t narrow = (uint32_t)value;
    size_t wide = (size_t)value;
    if (row->type == CONFIG_TYPE_SIZE)
        memcpy(field, &wide, sizeof(wide));
    else
        memcpy(field, &narrow, sizeof(narrow));
}

static bool read_number(const struct config_row *row, const char *text, uint64_t *out)
{
    if (row->type == CONFIG_TYPE_SIZE)
        return yaml_value_size(text, out);
    if (row->type == CONFIG_TYPE_DURATION)
        return yaml_value_duration(text, out);
    return yaml_value_count(text, out);
}

static void set_number(struct config_reader *reader, const struct config_row *row, const char *text,
                       const struct yaml_node *node, char *field)
{
    uint64_t value;
    if (!read_number(row, text, &value)) {
        yaml_problem(reader->problems, node, "\"%.80s\" is not a %s", node->raw,
                     row->type == CONFIG_TYPE_SIZE ? "size such as 65536, 64KiB or 8MiB"
                     : row->type == CONFIG_TYPE_DURATION
                         ? "duration such as 250ms, 30s or 10m (the unit is needed)"
                         : "whole number");
        return;
    }
    if (value < row->min || value > row->max) {
        char low[32], high[32];
        describe_number(row, row->min, low, sizeof(low));
        describe_number(row, row->max, high, sizeof(high));
        yaml_problem(reader->problems, node, "\"%.80s\" is not between %s and %s", node->raw, low,
                     high);
        return;
    }
    store_number(row, value, field);
}

static void set_choice(struct config_reader *reader, const struct config_row *row, const char *text,
                       const struct yaml_node *node, char *field)
{
    size_t count = 0;
    for (; row->choices[count] != NULL; count++) {
        if (strcmp(row->choices[count], text) == 0) {
            int value = (int)count;
            memcpy(field, &value, sizeof(value));
            return;
        }
    }
    char list[120] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof(list) - used, "%s%s", i != 0 ? ", " : "",
                       row->choices[i]);
    }
    yaml_problem(reader->problems, node, "\"%.80s\" is none of %s", node->raw, list);
}

static void set_text(struct config_reader *reader, const struct config_row *row, const char *text,
                     const struct yaml_node *node, char *field)
{
    size_t len = strlen(text);
    /* The value is not quoted: somebody may have put a secret where its name belongs. */
    if (len < row->min || len > row->max) {
        yaml_problem(reader->problems, node,
                     "must have %" PRIu64 " to %" PRIu64 " characters, not %zu", row->min, row->max,
                     len);
        return;
    }
    const char *copy = config_copy(reader, text);
    memcpy(field, &copy, sizeof(copy));
}

static void set_file(struct config_reader *reader, const struct config_row *row, const char *text,
                     const struct yaml_node *node, char *field)
{
    bool is_log = strcmp(row->key, "decision_log.path") == 0;
    const char *path;
    if (text[0] == '\0') {
        yaml_problem(reader->problems, node, "must be the name of a file");
        return;
    }
    if (is_log && strcmp(text, "-") == 0) {
        path = "-";
    } else {
        path = config_resolve(reader, text);
        /* The log is written and the policy read with better messages of their own. */
        if (!is_log && strcmp(row->key, "policy") != 0)
            check_readable(reader, node, path);
    }
    memcpy(field, &path, sizeof(path));
}

static void set_row(struct config_reader *reader, const struct config_row *row,
                    const struct yaml_node *node, void *base)
{
    char *field = (char *)base + row->offset;
    const char *text = node->text;
    if (row->word != NULL && strcmp(text, row->word) == 0) {
        size_t size = row->type == CONFIG_TYPE_COUNT ? sizeof(uint32_t) : sizeof(size_t);
        memset(field, 0, size);
        return;
    }
    switch (row->type) {
    case CONFIG_TYPE_BOOL: {
        bool value;
        if (yaml_value_bool(text, &value))
            memcpy(field, &value, sizeof(value));
        else
            yaml_problem(reader->problems, node, "\"%.80s\" is neither true nor false", node->raw);
        break;
    }
    case CONFIG_TYPE_COUNT:
    case CONFIG_TYPE_SIZE:
    case CONFIG_TYPE_DURATION:
        set_number(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_CHOICE:
        set_choice(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_TEXT:
        set_text(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_FILE:
        set_file(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_SPECIAL:
        break;
    }
}

void config_rows_default(struct config_reader *reader, enum config_table table, void *base)
{
    size_t count;
    const struct config_row *rows = config_rows(table, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].fallback == NULL || rows[i].type == CONFIG_TYPE_SPECIAL)
            continue;
        struct yaml_node node = {.kind = YAML_KIND_SCALAR,
                                 .file = "default",
                                 .path = rows[i].key,
                                 .text = rows[i].fallback,
                                 .raw = rows[i].fallback};
        set_row(reader, &rows[i], &node, base);
    }
}

bool config_row_equal(const struct config_row *row, const void *a, const void *b)
{
    const char *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;
    switch (row->type) {
    case CONFIG_TYPE_BOOL:
        return memcmp(x, y, sizeof(bool)) == 0;
    case CONFIG_TYPE_COUNT:
    case CONFIG_TYPE_DURATION:
        return memcmp(x, y, sizeof(uint32_t)) == 0;
    case CONFIG_TYPE_SIZE:
        return memcmp(x, y, sizeof(size_t)) == 0;
    case CONFIG_TYPE_CHOICE:
        return memcmp(x, y, sizeof(int)) == 0;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_FILE: {
        const char *s, *t;
        memcpy(&s, x, sizeof(s));
        memcpy(&t, y, sizeof(t));
        return s == t || (s != NULL && t != NULL && strcmp(s, t) == 0);
    }
    case CONFIG_TYPE_SPECIAL:
        break;
    }
    return true;
}

/* ---- mappings ---- */

static bool is_secret_key(const char *key)
{
    static const char *const names[] = {"api_key", "apikey", "api-key",      "key",
                                        "secret",  "token",  "bearer_token", "password"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

/* What a key could have been: a name of this section, or a setting of another one. */
static void report_unknown(struct config_reader *reader, const struct config_row *rows,
                           size_t row_count, const struct yaml_node *key, const char *prefix)
{
    const char *names[64] = {NULL};
    char store[64][40];
    size_t count = 0, prefix_len = strlen(prefix);
    if (is_secret_key(key->text)) {
        yaml_problem(reader->problems, key,
                     "secrets do not belong in this file: name an environment variable with "
                     "api_key_env or a file with api_key_file");
        return;
    }
    for (size_t i = 0; i < row_count && count < COUNT(names); i++) {
        if (strncmp(rows[i].key, prefix, prefix_len) != 0)
            continue;
        const char *rest = rows[i].key + prefix_len;
        (void)snprintf(store[count], sizeof(store[count]), "%.*s", (int)strcspn(rest, "."), rest);
        names[count] = store[count];
        count++;
    }
    if (yaml_near_miss(key->text, names, count) == NULL) {
        for (size_t i = 0; i < row_count; i++) {
            const char *dot = strrchr(rows[i].key, '.');
            if (dot != NULL && strcmp(dot + 1, key->text) == 0) {
                yaml_problem(reader->problems, key,
                             "unknown key \"%.80s\" here (did you mean \"%s\"?)", key->text,
                             rows[i].key);
                return;
            }
        }
    }
    yaml_problem_unknown(reader->problems, key, "key", key->text, names, count);
}

static void read_section(struct config_reader *reader, const struct config_row *rows,
                         size_t row_count, const struct yaml_node *mapping, const char *prefix,
                         void *base);

static void read_entry(struct config_reader *reader, const struct config_row *rows,
                       size_t row_count, const struct yaml_node *key, const struct yaml_node *value,
                       const char *prefix, void *base)
{
    char full[96], section[98];
    int len = snprintf(full, sizeof(full), "%s%s", prefix, key->text);
    bool fits = len > 0 && (size_t)len < sizeof(full);
    (void)snprintf(section, sizeof(section), "%s.", full);
    for (size_t i = 0; fits && i < row_count; i++) {
        if (strcmp(rows[i].key, full) == 0) {
            if (rows[i].type == CONFIG_TYPE_SPECIAL)
                return;
            if (value->kind != YAML_KIND_SCALAR || yaml_node_is_null(value))
                yaml_problem(reader->problems, value, "must have a value, not a %s",
                             value->kind == YAML_KIND_SCALAR ? "blank"
                                                             : yaml_kind_name(value->kind));
            else
                set_row(reader, &rows[i], value, base);
            return;
        }
        if (strncmp(rows[i].key, section, strlen(section)) == 0) {
            if (value->kind == YAML_KIND_MAPPING)
                read_section(reader, rows, row_count, value, section, base);
            else
                yaml_problem(reader->problems, value, "must be a section (a mapping of keys)");
            return;
        }
    }
    report_unknown(reader, rows, row_count, key, prefix);
}

static void read_section(struct config_reader *reader, const struct config_row *rows,
                         size_t row_count, const struct yaml_node *mapping, const char *prefix,
                         void *base)
{
    for (size_t i = 0; i < mapping->count; i++)
        read_entry(reader, rows, row_count, mapping->keys[i], mapping->items[i], prefix, base);
}

void config_rows_read(struct config_reader *reader, enum config_table table,
                      const struct yaml_node *mapping, void *base)
{
    size_t count;
    const struct config_row *rows = config_rows(table, &count);
    read_section(reader, rows, count, mapping, "", base);
}
