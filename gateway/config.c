#include "gateway/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cores.h"
#include "gateway/base/hash.h"
#include "gateway/base/region.h"
#include "gateway/config_address.h"
#include "gateway/config_rows.h"
#include "gateway/identity.h"

enum { LISTENS_AT_MOST = 16, MODELS_AT_MOST = 256, NAME_MAX_BYTES = 64, KEY_MAX_BYTES = 4096 };

/* What callers see is the first member. */
struct owned_config {
    struct config config;
    atomic_uint references;
    struct region region;
};

static bool is_name(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t len = strlen(text);
    return len != 0 && len <= NAME_MAX_BYTES && strspn(text, allowed) == len;
}

static void *take(struct config_reader *reader, size_t count, size_t size)
{
    void *memory = region_array(reader->region, count, size);
    if (memory == NULL)
        reader->out_of_memory = true;
    return memory;
}

/* ---- listen ---- */

static void read_listen_entry(struct config_reader *reader, const struct yaml_node *node,
                              struct config_listen *out)
{
    const struct yaml_node *address = node;
    config_rows_default(reader, CONFIG_TABLE_LISTEN, out);
    out->line = node->line;
    if (node->kind == YAML_KIND_MAPPING) {
        config_rows_read(reader, CONFIG_TABLE_LISTEN, node, out);
        address = yaml_node_get(node, "address");
        if (address == NULL) {
            yaml_problem(reader->problems, node, "needs an address");
            return;
        }
    }
    config_address_read(reader, address, &out->address);
    if ((out->cert_file == NULL) != (out->key_file == NULL))
        yaml_problem(reader->problems, node, "TLS needs both tls.cert_file and tls.key_file");
    else if (out->cert_file == NULL && config_find(node, "tls") != NULL)
        yaml_problem(reader->problems, node, "tls needs cert_file and key_file");
}

static void read_listens(struct config_reader *reader, const struct yaml_node *root,
                         struct config *config)
{
    static const struct yaml_node fallback = {.kind = YAML_KIND_SCALAR,
                                              .file = "default",
                                              .path = "listen",
                                              .text = "127.0.0.1:8080",
                                              .raw = "127.0.0.1:8080"};
    const struct yaml_node *node = yaml_node_get(root, "listen");
    if (node == NULL)
        node = &fallback;
    bool list = node->kind == YAML_KIND_SEQUENCE;
    size_t count = list ? node->count : 1;
    if (count == 0 || count > LISTENS_AT_MOST) {
        yaml_problem(reader->problems, node, "must have 1 to %d addresses", LISTENS_AT_MOST);
        return;
    }
    struct config_listen *listens = take(reader, count, sizeof(*listens));
    if (listens == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *item = list ? node->items[i] : node;
        read_listen_entry(reader, item, &listens[i]);
        for (size_t j = 0; j < i; j++)
            if (config_address_clashes(&listens[j].address, &listens[i].address))
                yaml_problem(reader->problems, item, "is in the list twice");
    }
    config->listens = listens;
    config->listen_count = count;
}

static void read_admin(struct config_reader *reader, const struct yaml_node *root,
                       struct config *config)
{
    static const struct yaml_node fallback = {.kind = YAML_KIND_SCALAR,
                                              .file = "default",
                                              .path = "admin.listen",
                                              .text = "127.0.0.1:9464",
                                              .raw = "127.0.0.1:9464"};
    const struct yaml_node *node = config_find(root, "admin.listen");
    bool said = node != NULL;
    if (!said)
        node = &fallback;
    if (!config_address_read(reader, node, &config->admin))
        return;
    if (!config->admin.loopback && !config->admin_allow_remote)
        yaml_problem(reader->problems, node,
                     "other machines could reach this address; use a loopback address or a unix "
                     "socket, or set admin.allow_remote: true");
    for (size_t i = 0; i < config->listen_count; i++)
        if (config_address_clashes(&config->listens[i].address, &config->admin))
            yaml_problem(reader->problems, said ? node : root,
                         "admin.listen and listen are the same address");
}

/* ---- targets ---- */

static void read_model_names(struct config_reader *reader, const struct yaml_node *node,
                             struct config_target *target)
{
    if (node->kind != YAML_KIND_MAPPING || node->count > MODELS_AT_MOST) {
        yaml_problem(reader->problems, node,
                     "must be a mapping from the model asked for to the name to send");
        return;
    }
    struct config_model_name *names = take(reader, node->count, sizeof(*names));
    if (names == NULL)
        return;
    for (size_t i = 0; i < node->count; i++) {
        if (!node->items[i]->broken &&
            (node->items[i]->kind != YAML_KIND_SCALAR || node->items[i]->text[0] == '\0'))
            yaml_problem(reader->problems, node->items[i], "must be the name to send");
        names[i].asked = config_copy(reader, node->keys[i]->text);
        names[i].sent = config_copy(reader, node->items[i]->text);
    }
    target->models = names;
    target->model_count = node->count;
}

/* Neither the name nor the file's content is ever quoted: it may be the key itself. */
static void read_key_env(struct config_reader *reader, const struct yaml_node *node,
                         struct config_target *target)
{
    const char *name = target->api_key_env;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    bool good = strspn(name, letters) == strlen(name) && !(name[0] >= '0' && name[0] <= '9');
    if (!good) {
        yaml_problem(reader->problems, node,
                     "must be the name of an environment variable, not the key itself");
        return;
    }
    const char *value = reader->check_files ? getenv(name) : NULL;
    if (value != NULL && value[0] != '\0')
        target->api_key = config_copy(reader, value);
}

static bool is_key_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    return len != 0;
}

static void read_key_file(struct config_reader *reader, const struct yaml_node *node,
                          struct config_target *target)
{
    char bytes[KEY_MAX_BYTES + 1];
    if (!reader->check_files)
        return;
    int fd = open(target->api_key_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return; /* reported when the row was read */
    struct stat status;
    struct err err;
    ssize_t got = fstat(fd, &status) == 0 ? read(fd, bytes, sizeof(bytes)) : -1;
    size_t len = got > 0 ? (size_t)got : 0;
    while (len != 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r' || bytes[len - 1] == ' '))
        len--;
    if (got < 0)
        yaml_problem(reader->problems, node, "cannot be read: %s", strerrordesc_np(errno));
    else if (identity_file_check(target->api_key_file, &status, &err) != 0)
        yaml_problem(reader->problems, node, "%s", err.text);
    else if (got > KEY_MAX_BYTES || !is_key_text(bytes, len))
        yaml_problem(reader->problems, node,
                     "the file must hold one key: at most %d visible ASCII characters",
                     KEY_MAX_BYTES);
    else if ((target->api_key = region_copy(reader->region, bytes, len)) == NULL)
        reader->out_of_memory = true;
    explicit_bzero(bytes, sizeof(bytes));
    (void)close(fd);
}

static void check_key(struct config_reader *reader, const struct yaml_node *node,
                      struct config_target *target)
{
    const struct yaml_node *env = yaml_node_get(node, "api_key_env");
    const struct yaml_node *file = yaml_node_get(node, "api_key_file");
    target->wants_key = env != NULL || file != NULL;
    if (env != NULL && file != NULL)
        yaml_problem(reader->problems, file, "api_key_env is given too; only one of them can be");
    if (env != NULL && target->api_key_env != NULL)
        read_key_env(reader, env, target);
    else if (file != NULL && target->api_key_file != NULL)
        read_key_file(reader, file, target);
    if (target->api_key != NULL && !is_key_text(target->api_key, strlen(target->api_key)))
        yaml_problem(reader->problems, env != NULL ? env : file,
                     "the key holds characters that no header may");
}

/* The engine has no address, key or name to send. */
static void check_engine_target(struct config_reader *reader, const struct yaml_node *node,
                                struct config_target *target)
{
    static const char *const foreign[] = {
        "url",          "model",   "models",          "api_key_env",
        "api_key_file", "ca_file", "connect_timeout", "http2"};
    static const char *const own[] = {"sha256", "draft_model", "kv_limit"};
    const struct yaml_node *placement = yaml_node_get(node, "placement");
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        const struct yaml_node *value = yaml_node_get(node, foreign[i]);
        if (value != NULL)
            yaml_problem(reader->problems, value, "does not go with kind: engine");
    }
    if (placement != NULL && target->placement != PLACEMENT_IN_PROCESS)
        yaml_problem(reader->problems, placement, "the engine is always in_process");
    target->placement = PLACEMENT_IN_PROCESS;
    uint8_t digest[HASH_SIZE];
    const struct yaml_node *sha256 = yaml_node_get(node, "sha256");
    if (target->sha256 != NULL && !hash_from_hex(target->sha256, digest, sizeof(digest)))
        yaml_problem(reader->problems, sha256, "must be 64 hexadecimal digits");
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (yaml_node_get(node, own[i]) != NULL && yaml_node_get(node, "model_file") == NULL)
            yaml_problem(reader->problems, yaml_node_get(node, own[i]), "goes with model_file");
}

static void check_server_target(struct config_reader *reader, const struct yaml_node *node,
                                struct config_target *target)
{
    const struct yaml_node *placement = yaml_node_get(node, "placement");
    const struct yaml_node *url = yaml_node_get(node, "url");
    static const char *const foreign[] = {"model_file", "sha256", "draft_model", "kv_limit"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        if (yaml_node_get(node, foreign[i]) != NULL)
            yaml_problem(reader->problems, yaml_node_get(node, foreign[i]),
                         "goes with kind: engine");
    if (placement == NULL)
        yaml_problem(reader->problems, node,
                     "needs placement: on_premises or cloud (the policy depends on it)");
    else if (!placement->broken && strcmp(placement->text, "in_process") == 0)
        yaml_problem(reader->problems, placement,
                     "a server is on_premises or cloud; in_process is the engine's");
    if (url == NULL)
        yaml_problem(reader->problems, node, "needs url");
    else if (target->url != NULL)
        config_url_check(reader, url, target);
    check_key(reader, node, target);
    if (target->connect_timeout_ms > target->total_timeout_ms ||
        target->first_byte_timeout_ms > target->total_timeout_ms)
        yaml_problem(reader->problems, node,
                     "total_timeout is shorter than connect_timeout or first_byte_timeout");
}

static bool runs_engine_model(const struct config_target *target)
{
    return target->kind == CONFIG_TARGET_ENGINE && target->model_file == NULL;
}

static void read_target(struct config_reader *reader, const struct yaml_node *node,
                        const struct yaml_node *key, struct config *config,
                        struct config_target *targets)
{
    struct config_target *target = &targets[config->target_count];
    const struct yaml_node *name = key != NULL ? key : yaml_node_get(node, "name");
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(reader->problems, node, "must be a mapping {name, placement, kind, url, …}");
        return;
    }
    target->line = node->line;
    config_rows_default(reader, CONFIG_TABLE_TARGET, target);
    config_rows_read(reader, CONFIG_TABLE_TARGET, node, target);
    const struct yaml_node *models = yaml_node_get(node, "models");
    if (models != NULL)
        read_model_names(reader, models, target);
    if (target->kind == CONFIG_TARGET_ENGINE)
        check_engine_target(reader, node, target);
    else
        check_server_target(reader, node, target);
    if (key != NULL && yaml_node_get(node, "name") != NULL)
        yaml_problem(reader->problems, yaml_node_get(node, "name"),
                     "the name is given by the key above");
    if (name == NULL) {
        yaml_problem(reader->problems, node, "the target has no name");
        return;
    }
    if (!name->broken && !is_name(name->text)) {
        yaml_problem(reader->problems, name,
                     "must be 1 to %d letters, digits, \"-\", \"_\" or \".\"", NAME_MAX_BYTES);
        return;
    }
    target->name = config_copy(reader, name->text);
    for (size_t i = 0; i < config->target_count; i++) {
        if (strcmp(targets[i].name, target->name) == 0)
            yaml_problem(reader->problems, name, "another target is named \"%s\" too (line %u)",
                         target->name, targets[i].line);
        if (runs_engine_model(&targets[i]) && runs_engine_model(target))
            yaml_problem(reader->problems, node,
                         "target \"%s\" runs engine.model already; give this one a model_file",
                         targets[i].name);
    }
    config->target_count++;
}

static void read_targets(struct config_reader *reader, const struct yaml_node *root,
                         struct config *config)
{
    const struct yaml_node *node = yaml_node_get(root, "targets");
    if (node == NULL || node->kind == YAML_KIND_SCALAR || node->count == 0) {
        yaml_problem(reader->problems, node != NULL ? node : root, "at least one target is needed");
        return;
    }
    if (node->count > FACTS_MAX_TARGETS) {
        yaml_problem(reader->problems, node, "more than %d targets", FACTS_MAX_TARGETS);
        return;
    }
    struct config_target *targets = take(reader, node->count, sizeof(*targets));
    if (targets == NULL)
        return;
    config->targets = targets;
    for (size_t i = 0; i < node->count; i++)
        read_target(reader, node->items[i], node->kind == YAML_KIND_MAPPING ? node->keys[i] : NULL,
                    config, targets);
}

/* ---- the rest ---- */

static void read_models(struct config_reader *reader, const struct yaml_node *root,
                        struct config *config)
{
    const struct yaml_node *node = yaml_node_get(root, "models");
    size_t count = node != NULL ? node->count : 1;
    if (node != NULL && (node->kind != YAML_KIND_SEQUENCE || count > MODELS_AT_MOST)) {
        yaml_problem(reader->problems, node, "must be a list of at most %d names", MODELS_AT_MOST);
        return;
    }
    const char **names = take(reader, count, sizeof(*names));
    if (names == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *item = node != NULL ? node->items[i] : NULL;
        if (item != NULL && !item->broken &&
            (item->kind != YAML_KIND_SCALAR || item->text[0] == '\0'))
            yaml_problem(reader->problems, item, "must be a name");
        names[i] = config_copy(reader, item != NULL ? item->text : "auto");
    }
    config->models = names;
    config->model_count = count;
}

/* Where to report a setting: a section that is given twice may hide it. */
static const struct yaml_node *place_of(const struct yaml_node *root, const char *key)
{
    const struct yaml_node *node = config_find(root, key);
    return node != NULL ? node : root;
}

static void check_rest(struct config_reader *reader, const struct yaml_node *root,
                       struct config *config)
{
    uint8_t digest[HASH_SIZE];
    if (config->workers == 0)
        config->workers = cores_available();
    if (config->engine.threads == 0)
        config->engine.threads = cores_available();
    if (config->policy_file == NULL && yaml_node_get(root, "policy") == NULL)
        yaml_problem(reader->problems, root, "policy is required: the name of the policy file");
    if (config->identity.mode == CONFIG_IDENTITY_API_KEYS &&
        config_find(root, "identity.keys_file") == NULL)
        yaml_problem(reader->problems, place_of(root, "identity.mode"),
                     "api_keys needs identity.keys_file");
    if (config->engine.sha256 != NULL &&
        !hash_from_hex(config->engine.sha256, digest, sizeof(digest)))
        yaml_problem(reader->problems, place_of(root, "engine.sha256"),
                     "must be 64 hexadecimal digits");
    if (config->engine.sha256 != NULL && config->engine.model == NULL)
        yaml_problem(reader->problems, place_of(root, "engine.sha256"),
                     "goes with engine.model; the built-in model is checked by itself");
    if (config->learning.dual_percent > 0 && config->learning.outcomes == NULL)
        yaml_problem(reader->problems, place_of(root, "learning.dual_percent"),
                     "needs learning.outcomes, where the comparison is written");
}

static const char *directory_of(struct config_reader *reader, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        return "";
    const char *copy = region_copy(reader->region, file, (size_t)(slash - file));
    if (copy == NULL)
        reader->out_of_memory = true;
    return copy != NULL ? copy : "";
}

struct config *config_read_partly(const struct yaml_tree *tree, unsigned flags,
                                  struct problems *problems)
{
    const struct yaml_node *root = yaml_tree_root(tree);
    struct owned_config *owned = calloc(1, sizeof(*owned));
    if (owned == NULL) {
        yaml_problem(problems, root, "out of memory");
        return NULL;
    }
    struct config *config = &owned->config;
    struct config_reader reader = {.region = &owned->region,
                                   .problems = problems,
                                   .check_files = (flags & CONFIG_READ_FILES) != 0};
    atomic_init(&owned->references, 1);
    reader.directory = directory_of(&reader, yaml_tree_file(tree));
    config->file = config_copy(&reader, yaml_tree_file(tree));
    config_rows_default(&reader, CONFIG_TABLE_MAIN, config);
    if (root->kind != YAML_KIND_MAPPING) {
        yaml_problem(problems, root, "must be a mapping of settings");
    } else {
        config_rows_read(&reader, CONFIG_TABLE_MAIN, root, config);
        read_listens(&reader, root, config);
        read_admin(&reader, root, config);
        read_targets(&reader, root, config);
        read_models(&reader, root, config);
        check_rest(&reader, root, config);
    }
    if (reader.out_of_memory) {
        yaml_problem(problems, root, "out of memory");
        config_unref(config);
        return NULL;
    }
    return config;
}

int config_read(struct config **out, const struct yaml_tree *tree, unsigned flags,
                struct problems *problems)
{
    struct config *config = config_read_partly(tree, flags, problems);
    *out = NULL;
    if (config == NULL)
        return ERR_MEMORY;
    if (problems_count(problems) != 0) {
        config_unref(config);
        return ERR_SYNTAX;
    }
    *out = config;
    return 0;
}

struct config *config_ref(struct config *config)
{
    struct owned_config *owned = (struct owned_config *)config;
    atomic_fetch_add_explicit(&owned->references, 1, memory_order_relaxed);
    return config;
}

void config_unref(struct config *config)
{
    struct owned_config *owned = (struct owned_config *)config;
    if (owned == NULL ||
        atomic_fetch_sub_explicit(&owned->references, 1, memory_order_acq_rel) != 1)
        return;
    region_release(&owned->region);
    free(owned);
}

const char *config_target_model(const struct config_target *target, const char *asked)
{
    for (size_t i = 0; i < target->model_count; i++)
        if (strcmp(target->models[i].asked, asked) == 0)
            return target->models[i].sent;
    return target->model != NULL ? target->model : asked;
}

/* ---- reload ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_listens(const struct config *a, const struct config *b)
{
    if (a->listen_count != b->listen_count)
        return false;
    for (size_t i = 0; i < a->listen_count; i++) {
        const struct config_listen *x = &a->listens[i], *y = &b->listens[i];
        if (!same_text(x->address.text, y->address.text) ||
            (x->cert_file == NULL) != (y->cert_file == NULL) || x->min_version != y->min_version)
            return false;
    }
    return true;
}

static bool has_engine(const struct config *config)
{
    for (size_t i = 0; i < config->target_count; i++)
        if (runs_engine_model(&config->targets[i]))
            return true;
    return false;
}

const char *config_needs_restart(const struct config *now, const struct config *next)
{
    size_t count;
    const struct config_row *rows = config_rows(CONFIG_TABLE_MAIN, &count);
    if (!same_listens(now, next))
        return "listen";
    if (!same_text(now->admin.text, next->admin.text))
        return "admin.listen";
    if (has_engine(next) && !has_engine(now))
        return "targets (kind: engine)"; /* its model is opened at the start */
    for (size_t i = 0; i < count; i++)
        if (!rows[i].reloadable && !config_row_equal(&rows[i], now, next))
            return rows[i].key;
    return NULL;
}
