#include "gateway/cmd_model.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/engine_tools.h"
#include "gateway/admin_ask.h"
#include "gateway/config_load.h"
#include "gateway/tool.h"

static const char command[] = "model";

static const char usage_text[] =
    "Usage: penstock model info [--metadata | --tensors] [--json] [FILE]\n"
    "       penstock model verify [--sha256 HEX] [--json] FILE\n"
    "       penstock model list [--json] [FOLDER]\n"
    "       penstock model list -c FILE [--json]\n"
    "\n"
    "  info            what a GGUF file holds, whether this engine runs it, and the memory that "
    "it\n"
    "                  takes; without FILE, of the model built into the program\n"
    "  verify          read all of it, check every table, and print its SHA-256; of a model in\n"
    "                  several files name the first\n"
    "  list            the GGUF files of FOLDER, by default the current one; with a\n"
    "                  configuration the models that it names, and what the gateway that runs\n"
    "                  with it says of them on its admin address: open or not, memory, requests\n"
    "\n"
    "  -c, --config FILE  the configuration\n"
    "  --metadata      every key of the file's metadata as well\n"
    "  --tensors       every tensor as well\n"
    "  --sha256 HEX    the SHA-256 expected\n"
    "  --json          print JSON\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 done, 1 not whole, not as expected, or not readable, 2 wrong usage.\n";

struct arguments {
    const char *sha256, *path, *config;
    bool json, metadata, tensors;
};

/* The exit code, or -1 to go on. argv[0] is the verb. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){0};
    const struct tool_option options[] = {
        {"config", TOOL_TEXT, &out->config, 0, 0},   {"metadata", TOOL_FLAG, &out->metadata, 0, 0},
        {"tensors", TOOL_FLAG, &out->tensors, 0, 0}, {"sha256", TOOL_TEXT, &out->sha256, 0, 0},
        {"json", TOOL_FLAG, &out->json, 0, 0},       {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest + 1 < argc)
        return tool_usage(command, "expected one path");
    out->path = rest < argc ? argv[rest] : NULL;
    return -1;
}

/* ---- what a file says ---- */

/* Everything, as a tree that is printed one way or the other. */
struct file_facts {
    json_t *metadata, *tensors, *types; /* types: name -> {count, bytes} */
    json_int_t bytes, parameters;
    bool failed;
};

static void hear_value(void *context, const char *key, const char *value)
{
    struct file_facts *f = context;
    json_t *text = json_string(value); /* NULL where it is no UTF-8 */
    f->failed |= json_object_set_new(f->metadata, key, text != NULL ? text : json_null()) != 0;
}

static void add_to(json_t *object, const char *key, json_int_t more)
{
    json_int_t before = json_integer_value(json_object_get(object, key));
    (void)json_object_set_new(object, key, json_integer(before + more));
}

static void hear_tensor(void *context, const char *name, const char *type, const uint64_t dims[4],
                        size_t bytes)
{
    struct file_facts *f = context;
    json_int_t elements = 1;
    json_t *shape = json_array(), *kind = json_object_get(f->types, type);
    for (size_t i = 0; i < 4; i++) {
        elements *= (json_int_t)dims[i];
        if (i == 0 || dims[i] > 1)
            (void)json_array_append_new(shape, json_integer((json_int_t)dims[i]));
    }
    if (kind == NULL) {
        kind = json_object();
        f->failed |= json_object_set_new(f->types, type, kind) != 0;
    }
    add_to(kind, "tensors", 1);
    add_to(kind, "bytes", (json_int_t)bytes);
    f->bytes += (json_int_t)bytes;
    f->parameters += elements;
    json_t *one = json_pack("{s:s, s:s, s:o, s:I}", "name", name, "type", type, "shape", shape,
                            "bytes", (json_int_t)bytes);
    f->failed |= json_array_append_new(f->tensors, one) != 0;
}

static void facts_release(struct file_facts *f)
{
    json_decref(f->metadata);
    json_decref(f->tensors);
    json_decref(f->types);
}

static int facts_read(struct file_facts *f, const char *path, struct engine_error *error)
{
    *f = (struct file_facts){
        .metadata = json_object(), .tensors = json_array(), .types = json_object()};
    struct engine_source source = tool_source(path);
    struct engine_inspector inspector = {f, hear_value, hear_tensor};
    int status = engine_inspect(&source, &inspector, error);
    if (status == 0 && f->failed) {
        *error = (struct engine_error){ENGINE_ERR_MEMORY, "out of memory"};
        status = ENGINE_ERR_MEMORY;
    }
    if (status != 0)
        facts_release(f);
    return status;
}

static const char *fact(const struct file_facts *f, const char *key)
{
    const char *value = json_string_value(json_object_get(f->metadata, key));
    return value != NULL ? value : "";
}

static const char *architecture_fact(const struct file_facts *f, const char *suffix)
{
    char key[128];
    (void)snprintf(key, sizeof(key), "%.64s.%s", fact(f, "general.architecture"), suffix);
    return fact(f, key);
}

static void print_hex(char out[65], const uint8_t hash[32])
{
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* ---- info ---- */

/* What the engine adds to the file's own words: NULL, with the reason, where it does not run. */
static json_t *engine_facts(const char *path, struct engine_error *error)
{
    struct engine_source source = tool_source(path);
    struct engine_model_info info;
    struct engine_model *model = NULL;
    char sha256[65];
    if (engine_model_open(&model, &source, error) != 0)
        return NULL;
    engine_model_describe(model, &info);
    print_hex(sha256, info.sha256);
    json_t *root = json_pack("{s:s, s:I, s:I, s:I, s:I}", "sha256", sha256, "weight_bytes",
                             (json_int_t)info.weight_bytes, "kv_bytes_per_token",
                             (json_int_t)info.kv_token_bytes, "kv_bytes_full_context",
                             (json_int_t)info.kv_token_bytes * (json_int_t)info.context_length,
                             "embedding_width", (json_int_t)info.embedding_width);
    engine_model_free(model);
    return root;
}

/* A file's words go to a terminal without the control characters that they may hold. */
static const char *clean(const char *text, char out[256])
{
    size_t n = 0;
    for (; text[n] != '\0' && n < 255; n++)
        out[n] = (unsigned char)text[n] < 0x20 || text[n] == 0x7f ? '?' : text[n];
    out[n] = '\0';
    return out;
}

static double mib(json_int_t bytes)
{
    return (double)bytes / 1048576;
}

static void print_info(const struct file_facts *f, const json_t *engine, const char *reason,
                       const struct arguments *a)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t i = 0;
    const struct {
        const char *label, *text;
    } lines[] = {{"name", fact(f, "general.name")},
                 {"architecture", fact(f, "general.architecture")},
                 {"context", architecture_fact(f, "context_length")},
                 {"layers", architecture_fact(f, "block_count")},
                 {"tokenizer", fact(f, "tokenizer.ggml.model")},
                 {"pre-tokenizer", fact(f, "tokenizer.ggml.pre")}};
    char text[256];
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        (void)printf("%-15s %s\n", lines[i].label, clean(lines[i].text, text));
    (void)printf("parameters      %.1f million\n", (double)f->parameters / 1e6);
    json_object_foreach(f->types, key, value)(void)
        printf("weights         %-7s %5lld tensors, %.1f MiB\n", key,
               (long long)json_integer_value(json_object_get(value, "tensors")),
               mib(json_integer_value(json_object_get(value, "bytes"))));
    if (engine != NULL) {
        json_int_t full = json_integer_value(json_object_get(engine, "kv_bytes_full_context"));
        json_int_t each = json_integer_value(json_object_get(engine, "kv_bytes_per_token"));
        json_int_t width = json_integer_value(json_object_get(engine, "embedding_width"));
        (void)printf("runs here       yes\nmemory          %.1f MiB mapped", mib(f->bytes));
        if (width > 0)
            (void)printf("; an embedding has %lld numbers\n", (long long)width);
        else
            (void)printf(", and %.1f KiB for each token of a sequence (%.1f MiB for a full "
                         "context)\n",
                         (double)each / 1024, mib(full));
        (void)printf("sha256          %s\n", json_string_value(json_object_get(engine, "sha256")));
    } else {
        (void)printf("runs here       no: %s\n", clean(reason, text));
    }
    json_object_foreach(a->metadata ? f->metadata : NULL, key, value)(void)
        printf("%-48s %s\n", key,
               json_is_string(value) ? clean(json_string_value(value), text) : "(bytes)");
    json_array_foreach(a->tensors ? f->tensors : NULL, i, value)
    {
        char *shape = json_dumps(json_object_get(value, "shape"), JSON_COMPACT);
        (void)printf("%-32s %-7s %s\n",
                     clean(json_string_value(json_object_get(value, "name")), text),
                     json_string_value(json_object_get(value, "type")), shape);
        free(shape);
    }
}

static int info(const struct arguments *a)
{
    struct file_facts f;
    struct engine_error error = {0};
    if (facts_read(&f, a->path, &error) != 0)
        return tool_fail(command, error.text);
    json_t *engine = engine_facts(a->path, &error);
    int code = TOOL_DONE;
    if (a->json) {
        json_t *root =
            json_pack("{s:s, s:s, s:b, s:I, s:I, s:O}", "name", fact(&f, "general.name"),
                      "architecture", fact(&f, "general.architecture"), "runs", engine != NULL,
                      "parameters", f.parameters, "tensor_bytes", f.bytes, "tensor_types", f.types);
        if (engine != NULL)
            (void)json_object_set(root, "engine", engine);
        else
            (void)json_object_set_new(root, "reason", json_string(error.text));
        if (a->metadata)
            (void)json_object_set(root, "metadata", f.metadata);
        if (a->tensors)
            (void)json_object_set(root, "tensors", f.tensors);
        code = tool_print_json(command, root);
    } else {
        print_info(&f, engine, error.text, a);
    }
    json_decref(engine);
    facts_release(&f);
    return code;
}

/* ---- verify ---- */

static int verify(const struct arguments *a)
{
    struct engine_source source = {.path = a->path, .sha256 = a->sha256};
    struct engine_error error = {0};
    struct engine_model *model = NULL;
    struct engine_model_info info;
    char sha256[65] = "";
    if (a->path == NULL)
        return tool_usage(command, "verify needs a file");
    if (a->sha256 != NULL &&
        (strlen(a->sha256) != 64 || strspn(a->sha256, "0123456789abcdefABCDEF") != 64))
        return tool_usage(command, "--sha256 has 64 hexadecimal digits");
    if (engine_model_open(&model, &source, &error) != 0) {
        if (!a->json)
            return tool_fail(command, error.text);
        (void)tool_print_json(command, json_pack("{s:b, s:s}", "whole", 0, "reason", error.text));
        return TOOL_NO;
    }
    engine_model_describe(model, &info);
    print_hex(sha256, info.sha256);
    engine_model_free(model);
    if (a->json)
        return tool_print_json(command, json_pack("{s:b, s:s}", "whole", 1, "sha256", sha256));
    return printf("%s  %s\n", sha256, a->path) > 0 ? TOOL_DONE : TOOL_NO;
}

/* ---- list ---- */

static int is_model(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".gguf") == 0;
}

/* path: NULL for the built-in one. */
static json_t *list_one(const char *path, const char *name)
{
    struct file_facts f;
    struct engine_error error;
    struct stat status = {0};
    if (path != NULL)
        (void)stat(path, &status);
    if (facts_read(&f, path, &error) != 0)
        return json_pack("{s:s, s:I, s:s}", "file", name, "bytes", (json_int_t)status.st_size,
                         "reason", error.text);
    if (path == NULL)
        status.st_size = f.bytes;
    json_t *one =
        json_pack("{s:s, s:I, s:s, s:s, s:I}", "file", name, "bytes", (json_int_t)status.st_size,
                  "name", fact(&f, "general.name"), "architecture",
                  fact(&f, "general.architecture"), "parameters", f.parameters);
    facts_release(&f);
    return one;
}

static void print_file(const json_t *one)
{
    const char *reason = json_string_value(json_object_get(one, "reason"));
    char text[256];
    (void)printf("%-48s %10.1f MiB  ", clean(json_string_value(json_object_get(one, "file")), text),
                 mib(json_integer_value(json_object_get(one, "bytes"))));
    if (reason != NULL)
        (void)printf("%s\n", clean(reason, text));
    else
        (void)printf("%8.1f million parameters  %s\n",
                     (double)json_integer_value(json_object_get(one, "parameters")) / 1e6,
                     clean(json_string_value(json_object_get(one, "name")), text));
}

static int list_folder(const struct arguments *a)
{
    char path[4096];
    const char *folder = a->path != NULL ? a->path : ".";
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_model, alphasort), code = TOOL_DONE;
    if (count < 0)
        return tool_fail(command, "cannot read that folder");
    json_t *root = json_array(), *one = NULL;
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        (void)json_array_append_new(root, list_one(path, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    if (a->json)
        return tool_print_json(command, root);
    size_t i = 0;
    json_array_foreach(root, i, one) print_file(one);
    json_decref(root);
    return code;
}

/* What the running gateway says of its targets: a list, or NULL where none runs. */
static json_t *ask_targets(const struct config *config)
{
    struct buf page = BUF_INIT;
    struct err err;
    json_t *targets = NULL;
    if (admin_ask(&config->admin, "/healthz", &page, &err) == 0) {
        json_t *health = json_loadb((const char *)page.data, page.len, 0, NULL);
        targets = json_incref(json_object_get(health, "targets"));
        json_decref(health);
    } else {
        (void)fprintf(stderr, "penstock %s: %s\n", command, err.text);
    }
    buf_release(&page);
    return targets;
}

static json_t *list_target(const struct config *config, const struct config_target *target,
                           const json_t *targets)
{
    static const char *const facts[] = {"up", "model", "bytes", "answering", "waiting"};
    const char *path = target->model_file != NULL ? target->model_file : config->engine.model;
    json_t *one = json_pack("{s:s, s:o, s:n}", "target", target->name, "model",
                            list_one(path, path != NULL ? path : "(built in)"), "state");
    const json_t *said = NULL;
    size_t i = 0;
    json_array_foreach(targets, i, said)
    {
        const char *name = json_string_value(json_object_get(said, "name"));
        if (name == NULL || strcmp(name, target->name) != 0)
            continue;
        json_t *state = json_object();
        for (size_t k = 0; k < sizeof(facts) / sizeof(facts[0]); k++)
            (void)json_object_set(state, facts[k], json_object_get(said, facts[k]));
        (void)json_object_set_new(one, "state", state);
    }
    return one;
}

static void print_target(const json_t *one)
{
    const json_t *state = json_object_get(one, "state");
    const char *model = json_string_value(json_object_get(state, "model"));
    (void)printf("%-16s %-8s ", json_string_value(json_object_get(one, "target")),
                 model != NULL ? model : "-");
    if (model != NULL)
        (void)printf("%8.1f MiB %3lld answering %3lld waiting   ",
                     mib(json_integer_value(json_object_get(state, "bytes"))),
                     (long long)json_integer_value(json_object_get(state, "answering")),
                     (long long)json_integer_value(json_object_get(state, "waiting")));
    print_file(json_object_get(one, "model"));
}

/* The models that a configuration names, and their state in the gateway that runs with it. Mistakes
 * elsewhere in it, or keys that only the gateway may read, are no matter here. */
static int list_running(const struct arguments *a)
{
    struct problems problems = PROBLEMS_INIT;
    struct config *config = NULL;
    struct policy *policy = NULL;
    if (config_load_partly(a->config, &config, &policy, &problems) != 0 && config == NULL) {
        problems_print(&problems, stderr);
        problems_release(&problems);
        return TOOL_NO;
    }
    json_t *root = json_array(), *one = NULL, *targets = ask_targets(config);
    size_t i = 0;
    int code = TOOL_DONE;
    for (i = 0; i < config->target_count; i++) {
        if (config->targets[i].kind == CONFIG_TARGET_ENGINE)
            (void)json_array_append_new(root, list_target(config, &config->targets[i], targets));
    }
    if (a->json)
        code = tool_print_json(command, json_incref(root));
    else
        json_array_foreach(root, i, one) print_target(one);
    json_decref(targets);
    json_decref(root);
    problems_release(&problems);
    policy_unref(policy);
    config_unref(config);
    return code;
}

static int list(const struct arguments *a)
{
    if (a->config == NULL)
        return list_folder(a);
    return a->path == NULL ? list_running(a) : tool_unexpected(command, a->path);
}

int cmd_model(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct arguments *);
    } verbs[] = {{"info", info}, {"verify", verify}, {"list", list}};
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        (void)fputs(usage_text, stdout);
        return TOOL_DONE;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        struct arguments a;
        if (strcmp(verbs[i].name, verb) != 0)
            continue;
        int code = read_arguments(argc - 1, argv + 1, &a);
        return code >= 0 ? code : verbs[i].run(&a);
    }
    return tool_usage(command, "expected info, verify or list");
}
