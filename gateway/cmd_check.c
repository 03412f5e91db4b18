#include "gateway/cmd_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "gateway/base/problems.h"
#include "gateway/config_load.h"
#include "gateway/config_rows.h"
#include "gateway/identity.h"
#include "gateway/listener.h"
#include "gateway/tool.h"

static const char help[] =
    "usage: penstock check [-c FILE]\n"
    "       penstock check --settings\n"
    "\n"
    "Reads a configuration and the policy that it names, and reports every mistake as\n"
    "file:line: key: reason on standard error. Changes nothing.\n"
    "\n"
    "  -c, --config FILE   the configuration (default: penstock.yaml)\n"
    "      --settings      print every setting with its type, default and meaning\n"
    "  -h, --help          this text\n"
    "\n"
    "exit code: 0 no mistake, 1 mistakes, 2 wrong usage\n";

static void print_table(enum config_table table, const char *prefix)
{
    size_t count;
    const struct config_row *rows = config_rows(table, &count);
    for (size_t i = 0; i < count; i++) {
        char type[160];
        config_row_describe(&rows[i], type, sizeof(type));
        (void)printf("%s%s\t%s\t%s\t%s\t%s\n", prefix, rows[i].key, type,
                     rows[i].fallback != NULL ? rows[i].fallback : "-",
                     rows[i].reloadable ? "reload" : "restart", rows[i].help);
    }
}

static int print_settings(void)
{
    print_table(CONFIG_TABLE_MAIN, "");
    print_table(CONFIG_TABLE_LISTEN, "listen[].");
    print_table(CONFIG_TABLE_TARGET, "targets[].");
    return fflush(stdout) == 0 ? TOOL_DONE : TOOL_NO;
}

/* What cannot be read was reported where the configuration names it. */
static bool is_there(const char *file)
{
    return file != NULL && access(file, R_OK) == 0;
}

static void check_model(const struct config *config, const struct engine_source *source,
                        uint32_t line, const char *what, struct problems *problems)
{
    struct engine_model *model = NULL;
    struct engine_error error;
    if (engine_model_open(&model, source, &error) != 0)
        problems_add(problems, config->file, line, what, "%s", error.text);
    engine_model_free(model);
}

/* What `serve` would open at its start, beside the two files; a part that is not there has been
 * reported as missing. */
static void check_parts(const struct config *config, struct problems *problems)
{
    struct identity_set *keys = NULL;
    struct identity_options identity = {.keys_file = config->identity.keys_file,
                                        .anonymous =
                                            config->identity.mode == CONFIG_IDENTITY_ANONYMOUS};
    struct engine_source source = {.path = config->engine.model, .sha256 = config->engine.sha256};
    if ((is_there(identity.keys_file) || (identity.anonymous && identity.keys_file == NULL)) &&
        identity_set_load(&identity, &keys, problems) == 0)
        identity_set_unref(keys);
    if (is_there(source.path))
        check_model(config, &source, 0, "engine.model", problems);
    for (size_t i = 0; i < config->target_count; i++) {
        const struct config_target *target = &config->targets[i];
        struct engine_source own = {.path = target->model_file, .sha256 = target->sha256};
        struct engine_source draft = {.path = target->draft_model};
        if (is_there(own.path))
            check_model(config, &own, target->line, target->name, problems);
        if (is_there(draft.path))
            check_model(config, &draft, target->line, target->name, problems);
    }
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct config_listen *listen = &config->listens[i];
        struct err err;
        if (!is_there(listen->cert_file) || !is_there(listen->key_file))
            continue;
        struct listener_tls *tls =
            listener_tls_new(listen->cert_file, listen->key_file, LISTENER_TLS_1_2, &err);
        if (tls == NULL)
            problems_add(problems, config->file, listen->line, "listen", "%s", err.text);
        else
            listener_tls_free(tls);
    }
}

static int check(const char *path)
{
    struct problems problems = PROBLEMS_INIT;
    struct config *config = NULL;
    struct policy *policy = NULL;
    int code = TOOL_NO;
    int rc = config_load_partly(path, &config, &policy, &problems);
    if (config != NULL)
        check_parts(config, &problems);
    if (rc == 0 && problems_count(&problems) == 0) {
        (void)puts("configuration OK");
        code = fflush(stdout) == 0 ? TOOL_DONE : TOOL_NO;
    } else {
        problems_print(&problems, stderr);
    }
    policy_unref(policy);
    config_unref(config);
    problems_release(&problems);
    return code;
}

int cmd_check(int argc, char **argv)
{
    const char *path = "penstock.yaml";
    bool settings = false;
    const struct tool_option options[] = {
        {"config", TOOL_TEXT, &path, 0, 0},
        {"settings", TOOL_FLAG, &settings, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options("check", help, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest < argc)
        return tool_unexpected("check", argv[rest]);
    return settings ? print_settings() : check(path);
}
