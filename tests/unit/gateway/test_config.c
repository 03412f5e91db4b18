#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/config.h"
#include "gateway/config_load.h"
#include "gateway/config_rows.h"
#include "tests/unit/problem_check.h"

#define TARGETS "targets: {local: {kind: engine}}\n"
#define BASE "policy: p.yaml\n" TARGETS

static struct config *read_text(const char *text, struct problems *problems)
{
    struct yaml_tree *tree = NULL;
    struct config *config = NULL;
    if (yaml_tree_parse(&tree, "dir/c.yaml", text, strlen(text), YAML_EXPAND_ENV, problems) != 0)
        return NULL;
    int rc = config_read(&config, tree, 0, problems);
    yaml_tree_free(tree);
    assert_int_equal(rc == 0, config != NULL);
    assert_int_equal(rc == 0, problems_count(problems) == 0);
    return config;
}

static struct config *read_good(const char *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct config *config = read_text(text, &problems);
    check_problems(&problems, "", text);
    return config;
}

static void test_defaults(void **state)
{
    (void)state;
    struct config *c = read_good(BASE);
    assert_string_equal(c->file, "dir/c.yaml");
    assert_string_equal(c->policy_file, "dir/p.yaml");
    assert_int_equal(c->listen_count, 1);
    assert_string_equal(c->listens[0].address.host, "127.0.0.1");
    assert_int_equal(c->listens[0].address.port, 8080);
    assert_null(c->listens[0].cert_file);
    assert_string_equal(c->admin.host, "127.0.0.1");
    assert_int_equal(c->admin.port, 9464);
    assert_true(c->admin.loopback);
    assert_true(c->workers >= 1);
    assert_int_equal(c->limits.header_bytes, 65536);
    assert_int_equal(c->limits.header_count, 128);
    assert_int_equal(c->limits.body_bytes, 8 << 20);
    assert_int_equal(c->limits.header_timeout_ms, 10000);
    assert_int_equal(c->identity.mode, CONFIG_IDENTITY_ANONYMOUS);
    assert_null(c->identity.keys_file);
    assert_string_equal(c->decision_log.path, "-");
    assert_int_equal(c->decision_log.on_full, CONFIG_LOG_REFUSE);
    assert_null(c->engine.model);
    assert_null(c->engine.sha256);
    assert_true(c->engine.threads >= 1);
    assert_int_equal(c->engine.context_length, 0);
    assert_true(c->classifiers.pii && c->classifiers.complexity);
    assert_int_equal(c->classifiers.large_prompt_bytes, 16384);
    assert_int_equal(c->target_count, 1);
    assert_int_equal(c->targets[0].kind, CONFIG_TARGET_ENGINE);
    assert_int_equal(c->targets[0].placement, PLACEMENT_IN_PROCESS);
    assert_int_equal(c->model_count, 1);
    assert_string_equal(c->models[0], "auto");
    assert_int_equal(c->drain_ms, 30000);
    config_unref(c);
}

static void test_everything_set(void **state)
{
    (void)state;
    setenv("PENSTOCK_HOST", "example.org", 1);
    struct config *c = read_good("listen:\n"
                                 "  - 0.0.0.0:80\n"
                                 "  - address: \"[::1]:8443\"\n"
                                 "    tls: {cert_file: c.pem, key_file: /k.pem, min_version: 1.3}\n"
                                 "  - unix:run/sock\n"
                                 "  - :0\n"
                                 "admin: {listen: /run/admin}\n"
                                 "workers: 3\n"
                                 "limits: {body_bytes: 1MiB, idle_timeout: 250ms}\n"
                                 "identity: {mode: api_keys, keys_file: keys}\n"
                                 "policy: /etc/p.yaml\n"
                                 "decision_log: {path: off, on_full: count}\n"
                                 "engine: {model: m.gguf, threads: 2, kv_limit: 2GiB}\n"
                                 "classifiers: {pii: off, timeout: 1s}\n"
                                 "targets:\n"
                                 "  - {name: local, kind: engine}\n"
                                 "  - name: rack\n"
                                 "    placement: on_premises\n"
                                 "    url: http://10.0.0.1:8000/v1/\n"
                                 "    api_key_file: k\n"
                                 "    breaker: {failures: 2, open_time: 3s, window: 9,\n"
                                 "              failure_percent: 70, open_max_time: 40s}\n"
                                 "  - name: cloud\n"
                                 "    placement: cloud\n"
                                 "    url: https://${PENSTOCK_HOST}/v1\n"
                                 "    model: m\n"
                                 "    models: {a: b, c: d}\n"
                                 "    api_key_env: SOME_KEY\n"
                                 "    http2: no\n"
                                 "models: [auto, x]\n"
                                 "drain_timeout: 0\n");
    assert_int_equal(c->listen_count, 4);
    assert_int_equal(c->listens[0].address.port, 80);
    assert_false(c->listens[0].address.loopback);
    assert_string_equal(c->listens[1].address.host, "::1");
    assert_true(c->listens[1].address.loopback);
    assert_string_equal(c->listens[1].cert_file, "dir/c.pem");
    assert_string_equal(c->listens[1].key_file, "/k.pem");
    assert_int_equal(c->listens[1].min_version, CONFIG_TLS_1_3);
    assert_string_equal(c->listens[2].address.path, "dir/run/sock");
    assert_string_equal(c->listens[3].address.host, "");
    assert_string_equal(c->admin.path, "/run/admin");
    assert_int_equal(c->workers, 3);
    assert_int_equal(c->limits.body_bytes, 1 << 20);
    assert_int_equal(c->limits.idle_timeout_ms, 250);
    assert_string_equal(c->identity.keys_file, "dir/keys");
    assert_null(c->decision_log.path);
    assert_int_equal(c->decision_log.on_full, CONFIG_LOG_COUNT);
    assert_string_equal(c->engine.model, "dir/m.gguf");
    assert_int_equal(c->engine.kv_bytes, (size_t)2 << 30);
    assert_false(c->classifiers.pii);
    assert_int_equal(c->target_count, 3);
    assert_string_equal(c->targets[1].url, "http://10.0.0.1:8000/v1");
    assert_int_equal(c->targets[1].placement, PLACEMENT_ON_PREMISES);
    assert_true(c->targets[1].wants_key);
    assert_int_equal(c->targets[1].breaker_failures, 2);
    assert_int_equal(c->targets[1].breaker_open_ms, 3000);
    assert_int_equal(c->targets[1].breaker_window, 9);
    assert_int_equal(c->targets[1].breaker_failure_percent, 70);
    assert_int_equal(c->targets[1].breaker_open_max_ms, 40000);
    assert_true(c->targets[1].http2);
    assert_string_equal(c->targets[2].url, "https://example.org/v1");
    assert_false(c->targets[2].http2);
    assert_string_equal(config_target_model(&c->targets[2], "a"), "b");
    assert_string_equal(config_target_model(&c->targets[2], "z"), "m");
    assert_string_equal(config_target_model(&c->targets[1], "z"), "z");
    assert_int_equal(c->model_count, 2);
    assert_int_equal(c->drain_ms, 0);
    config_unref(c);
}

static const struct {
    const char *text, *expected;
} refused[] = {
    {"", "1: -: target is needed\n1: -: policy is required"},
    {"- a\n", "1: -: must be a mapping"},
    {BASE "lisen: x:1\n", "3: lisen: did you mean \"listen\""},
    {BASE "body_bytes: 1\n", "3: body_bytes: did you mean \"limits.body_bytes\""},
    {BASE "limits: {body_byte: 1}\n", "3: limits.body_byte: did you mean \"body_bytes\""},
    {BASE "limits: 5\n", "3: limits: must be a section"},
    {BASE "limits:\n", "3: limits: must be a section"},
    {BASE "workers: {a: 1}\n", "3: workers: not a mapping"},
    {BASE "workers:\n", "3: workers: not a blank"},
    {BASE "workers: 0\n", "3: workers: not between 1 and 256"},
    {BASE "workers: many\n", "3: workers: whole number"},
    {BASE "limits: {body_bytes: 1TB}\n", "3: limits.body_bytes: not a size"},
    {BASE "limits: {body_bytes: 2GiB}\n", "3: limits.body_bytes: between 1KiB and 1GiB"},
    {BASE "limits: {idle_timeout: 30}\n", "3: limits.idle_timeout: unit is needed"},
    {BASE "limits: {idle_timeout: 1ms}\n", "3: limits.idle_timeout: between 100ms and 1h"},
    {BASE "classifiers: {pii: maybe}\n", "3: classifiers.pii: neither"},
    {BASE "decision_log: {on_full: drop}\n", "3: decision_log.on_full: none of refuse, count"},
    {BASE "policy: other\n", "3: policy: twice"},
    {"policy: ''\n" TARGETS, "1: policy: name of a file"},
    /* listening */
    {BASE "listen: []\n", "3: listen: 1 to 16"},
    {BASE "listen: 8080\n", "3: listen: no address"},
    {BASE "listen: localhost\n", "3: listen: no address"},
    {BASE "listen: 127.0.0.1:99999\n", "3: listen: no address"},
    {BASE "listen: 127.1:80\n", "3: listen: no address"},
    {BASE "listen: ::1:80\n", "3: listen: no address"},
    {BASE "listen: \"[::1]\"\n", "3: listen: no address"},
    {BASE "listen: \"[127.0.0.1]:80\"\n", "3: listen: no address"},
    {BASE "listen: http://x:80\n", "3: listen: no address"},
    {BASE "listen: 'unix:'\n", "3: listen: unix socket"},
    {BASE "listen: [a:1, b:1, a:1]\n", "3: listen[2]: twice"},
    {BASE "listen: [a:1, \":1\"]\n", "3: listen[1]: twice"},
    {BASE "listen: {tls: {cert_file: x}}\n", "3: listen: needs an address"},
    {BASE "listen: {address: a:1, tls: {cert_file: x}}\n", "3: listen: both"},
    {BASE "listen: {address: a:1, tls: {min_version: 1.2}}\n", "3: listen: cert_file and key_file"},
    {BASE "listen: {address: a:1, tls: {cert_file: x, key_file: y, min_version: 1.1}}\n",
     "3: listen.tls.min_version: none of 1.2, 1.3"},
    {BASE "admin: {listen: 0.0.0.0:9}\n", "3: admin.listen: other machines"},
    {BASE "admin: {listen: 10.0.0.1:9}\n", "3: admin.listen: other machines"},
    {BASE "admin: {listen: admin.example:9}\n", "3: admin.listen: other machines"},
    {BASE "admin: {listen: 127.0.0.1:8080}\n", "3: admin.listen: same address"},
    {BASE "listen: 127.0.0.1:9464\n", "1: -: same address"},
    /* identity, engine */
    {BASE "identity: {mode: api_keys}\n", "3: identity.mode: needs identity.keys_file"},
    {BASE "identity: {mode: sso}\n", "3: identity.mode: none of anonymous, api_keys"},
    {BASE "engine: {sha256: abc}\n", "3: engine.sha256: 64 to 64 characters"},
    {BASE "engine: {model: m, sha256: "
          "zz00000000000000000000000000000000000000000000000000000000000000}\n",
     "3: engine.sha256: hexadecimal"},
    {BASE "engine: {sha256: aa00000000000000000000000000000000000000000000000000000000000000}\n",
     "3: engine.sha256: goes with engine.model"},
    {BASE "learning: {dual_percent: 5}\n", "3: learning.dual_percent: needs learning.outcomes"},
    {BASE "models: auto\n", "3: models: must be a list"},
    {BASE "models: ['', [x]]\n", "3: models[0]: a name\n3: models[1]: a name"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        struct config *config = read_text(refused[i].text, &problems);
        check_problems(&problems, refused[i].expected, refused[i].text);
        assert_null(config);
        problems_release(&problems);
    }
}

/* Targets, as the flow mapping of target "t" on line 3. */
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
    const char *target, *expected;
} refused_targets[] = {
    {"5", "3: targets.t: must be a mapping"},
    {"{}", "3: targets.t: needs placement\n3: targets.t: needs url"},
    {"{url: https://h/v1}", "3: targets.t: needs placement"},
    {"{placement: cloud}", "3: targets.t: needs url"},
    {"{placement: in_process, url: https://h}", "3: targets.t.placement: the engine's"},
    {"{placement: moon, url: https://h}", "3: targets.t.placement: none of in_process"},
    {"{placement: cloud, url: https://h, api_key: sk-123}", "3: targets.t.api_key: secrets do not"},
    {"{placement: cloud, url: https://h, token: sk-123}", "3: targets.t.token: secrets do not"},
    {"{placement: cloud, url: https://h, api_key_env: sk-123}",
     "3: targets.t.api_key_env: not the key itself"},
    {"{placement: cloud, url: https://h, api_key_env: 1A}",
     "3: targets.t.api_key_env: not the key itself"},
    {"{placement: cloud, url: https://h, api_key_env: A, api_key_file: b}",
     "3: targets.t.api_key_file: only one"},
    {"{placement: cloud, url: http://api.example/v1}", "3: targets.t.url: must be https"},
    {"{placement: cloud, url: http://127.0.0.1.example/}", "3: targets.t.url: must be https"},
    {"{placement: cloud, url: http://10.0.0.1/}", "3: targets.t.url: must be https"},
    {"{placement: cloud, url: ftp://h}", "3: targets.t.url: must begin with"},
    {"{placement: cloud, url: https://}", "3: targets.t.url: valid host"},
    {"{placement: cloud, url: \"https://h:99999/\"}", "3: targets.t.url: valid host"},
    {"{placement: cloud, url: \"https://h:0/\"}", "3: targets.t.url: valid host"},
    {"{placement: cloud, url: \"https://u:p@h/\"}", "3: targets.t.url: user or password"},
    {"{placement: cloud, url: \"https://h/v1?key=1\"}", "3: targets.t.url: without query"},
    {"{placement: cloud, url: \"https://h /\"}", "3: targets.t.url: without query"},
    {"{placement: cloud, url: \"https://2130706433/\"}", "3: targets.t.url: valid host"},
    {"{placement: cloud, url: https://h, nam: x}", "3: targets.t.nam: did you mean \"name\""},
    {"{placement: cloud, url: https://h, name: x}", "3: targets.t.name: by the key above"},
    {"{placement: cloud, url: https://h, models: [a]}", "3: targets.t.models: mapping"},
    {"{placement: cloud, url: https://h, models: {a: [b]}}", "3: targets.t.models.a: name to send"},
    {"{placement: cloud, url: https://h, breaker: {failures: 0}}",
     "3: targets.t.breaker.failures: between 1"},
    {"{placement: cloud, url: https://h, total_timeout: 10s}",
     "3: targets.t: total_timeout is shorter"},
    {"{kind: engine, placement: cloud}", "3: targets.t.placement: always in_process"},
    {"{kind: engine, url: https://h, api_key_env: X}",
     "3: targets.t.url: does not go\n3: targets.t.api_key_env: does not go"},
    {"{kind: engine}\n  u: {kind: engine}", "4: targets.u: \"t\" runs engine.model already"},
    {"{kind: engine, kv_limit: 1MiB, sha256: " ZEROS "}",
     "3: targets.t.sha256: goes with model_file\n3: targets.t.kv_limit: goes with model_file"},
    {"{placement: cloud, url: https://h, model_file: m, sha256: " ZEROS "}",
     "3: targets.t.model_file: goes with kind: engine\n3: targets.t.sha256: goes with kind: "
     "engine"},
    {"{kind: engine, kv_limit: 1MiB}", "3: targets.t.kv_limit: goes with model_file"},
    {"{kind: engine, draft_model: m}", "3: targets.t.draft_model: goes with model_file"},
    {"{placement: cloud, url: https://h, kv_limit: 1MiB}",
     "3: targets.t.kv_limit: goes with kind: engine"},
};

static void test_target_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused_targets) / sizeof(refused_targets[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        char text[300];
        (void)snprintf(text, sizeof(text), "policy: p\ntargets:\n  t: %s\n",
                       refused_targets[i].target);
        struct config *config = read_text(text, &problems);
        check_problems(&problems, refused_targets[i].expected, text);
        assert_null(config);
        for (size_t j = 0; j < problems.count; j++)
            if (strstr(problems.items[j].reason, "sk-123") != NULL)
                fail_msg("a secret was quoted");
        problems_release(&problems);
    }
}

static void test_target_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"targets: []\n", "2: targets: at least one"},
        {"targets:\n  - {kind: engine}\n", "3: targets[0]: no name"},
        {"targets:\n  - {kind: engine, name: 'a b'}\n", "3: targets[0].name: letters"},
        {"targets:\n  - {kind: engine, name: a}\n"
         "  - {name: a, placement: cloud, url: https://h}\n",
         "4: targets[1].name: named \"a\" too (line 3)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        char text[300];
        (void)snprintf(text, sizeof(text), "policy: p\n%s", rows[i].text);
        assert_null(read_text(text, &problems));
        check_problems(&problems, rows[i].expected, text);
        problems_release(&problems);
    }
    static char text[4000];
    for (int count = FACTS_MAX_TARGETS; count <= FACTS_MAX_TARGETS + 1; count++) {
        struct problems problems = PROBLEMS_INIT;
        size_t len = (size_t)snprintf(text, sizeof(text), "policy: p\ntargets:\n");
        for (int i = 0; i < count; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                                    "  t%d: {placement: cloud, url: https://h}\n", i);
        struct config *config = read_text(text, &problems);
        assert_int_equal(config != NULL, count == FACTS_MAX_TARGETS);
        config_unref(config);
        problems_release(&problems);
    }
}

static void test_all_mistakes_at_once(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    const char *text = "workers: 1000\n"
                       "listen: nowhere\n"
                       "limits:\n"
                       "  body_bytes: big\n"
                       "  header_cout: 5\n"
                       "policy: ${PENSTOCK_NO_SUCH}\n"
                       "targets:\n"
                       "  a: {placement: cloud, url: http://h.example}\n"
                       "  b: {placement: nowhere, url: x}\n"
                       "workers: 2\n";
    assert_null(read_text(text, &problems));
    check_problems(&problems,
                   "1: workers: between\n2: listen: no address\n4: limits.body_bytes: not a size\n"
                   "5: limits.header_cout: did you mean\n6: policy: PENSTOCK_NO_SUCH is not set\n"
                   "8: targets.a.url: must be https\n"
                   "9: targets.b.placement: none of\n9: targets.b.url: must begin\n"
                   "10: workers: twice",
                   text);
    problems_release(&problems);
}

static void test_loopback_http(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1:9", "127.9.9.9", "localhost:8000", "[::1]:80"};
    for (size_t i = 0; i < 4; i++) {
        char text[200];
        (void)snprintf(text, sizeof(text),
                       "policy: p\ntargets: {t: {placement: cloud, url: \"http://%s/v1\"}}\n",
                       hosts[i]);
        config_unref(read_good(text));
    }
}

/* Every default must itself be a value that the reader accepts. */
static void test_rows_are_sane(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct region region = REGION_INIT;
    struct config_reader reader = {.region = &region, .problems = &problems, .directory = ""};
    struct config config;
    struct config_listen listen;
    struct config_target target;
    memset(&config, 0, sizeof(config));
    memset(&listen, 0, sizeof(listen));
    memset(&target, 0, sizeof(target));
    config_rows_default(&reader, CONFIG_TABLE_MAIN, &config);
    config_rows_default(&reader, CONFIG_TABLE_LISTEN, &listen);
    config_rows_default(&reader, CONFIG_TABLE_TARGET, &target);
    check_problems(&problems, "", "defaults");
    for (int table = CONFIG_TABLE_MAIN; table <= CONFIG_TABLE_TARGET; table++) {
        size_t count;
        const struct config_row *rows = config_rows((enum config_table)table, &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(rows[i].help != NULL && rows[i].help[0] != '\0');
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(rows[i].key, rows[j].key);
        }
    }
    region_release(&region);
}

static void test_what_needs_a_restart(void **state)
{
    (void)state;
    struct config *now = read_good(BASE);
    static const struct {
        const char *text, *key;
    } rows[] = {
        {BASE, NULL},
        {"policy: other\n" TARGETS "identity: {keys_file: k}\ndrain_timeout: 1s\nmodels: [x]\n",
         NULL},
        {BASE "workers: 77\n", "workers"},
        {BASE "listen: 127.0.0.1:1\n", "listen"},
        {BASE "admin: {listen: 127.0.0.1:2}\n", "admin.listen"},
        {BASE "engine: {model: x}\n", "engine.model"},
        {BASE "limits: {body_bytes: 9MiB}\n", "limits.body_bytes"},
        {BASE "limits: {requests_in_flight: 9}\nclassifiers: {pii: off}\n", NULL},
        {BASE "classifiers: {timeout: 9s}\n", "classifiers.timeout"},
        {"policy: p.yaml\ntargets: {other: {kind: engine}, c: {placement: cloud, url: "
         "https://c}}\n",
         NULL},
        {BASE "  \n", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config *next = read_good(rows[i].text);
        const char *key = config_needs_restart(now, next);
        assert_int_equal(key == NULL, rows[i].key == NULL);
        if (key != NULL)
            assert_string_equal(key, rows[i].key);
        config_unref(next);
    }
    config_unref(config_ref(now));
    config_unref(now);
    config_unref(NULL);

    /* An engine that comes or goes; TLS whose files change, and TLS that comes. */
    struct config *without =
        read_good("policy: p\ntargets: {c: {placement: cloud, url: https://c}}\n"
                  "listen: {address: a:1, tls: {cert_file: c, key_file: k}}\n");
    struct config *with = read_good("policy: p\ntargets: {l: {kind: engine}}\n"
                                    "listen: {address: a:1, tls: {cert_file: d, key_file: k}}\n");
    struct config *plain = read_good("policy: p\ntargets: {l: {kind: engine}}\nlisten: a:1\n");
    assert_string_equal(config_needs_restart(without, with), "targets (kind: engine)");
    assert_null(config_needs_restart(with, without));
    assert_string_equal(config_needs_restart(plain, with), "listen");
    config_unref(plain);
    config_unref(with);
    config_unref(without);
}

/* ---- with files ---- */

static char folder[] = "/tmp/penstock-config-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[2][200];
    static int turn;
    turn = !turn;
    (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
    return path[turn];
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(in_folder(name), 0600), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"c.yaml", "p.yaml", "key", "empty", "bad", "open"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlink(in_folder(names[i]));
    return rmdir(folder);
}

static int load(struct problems *problems, struct config **config, struct policy **policy)
{
    int rc = config_load_all(in_folder("c.yaml"), config, policy, problems);
    assert_int_equal(rc == 0, *config != NULL);
    assert_int_equal(rc == 0, *policy != NULL);
    assert_int_equal(rc == 0, problems_count(problems) == 0);
    return rc;
}

static void test_load_both(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct config *config;
    struct policy *policy;
    setenv("PENSTOCK_KEY", "sk-from-env", 1);
    unsetenv("PENSTOCK_NO_KEY");
    put("key", "sk-from-file\n");
    put("p.yaml", "default: {route: [a, b]}\n");
    put("c.yaml", "policy: p.yaml\n"
                  "targets:\n"
                  "  a: {placement: cloud, url: https://a, api_key_env: PENSTOCK_KEY}\n"
                  "  b: {placement: cloud, url: https://b, api_key_file: key}\n"
                  "  c: {placement: cloud, url: https://c, api_key_env: PENSTOCK_NO_KEY}\n"
                  "  d: {placement: cloud, url: https://d}\n");
    int rc = load(&problems, &config, &policy);
    check_problems(&problems, "", "both");
    assert_int_equal(rc, 0);
    assert_string_equal(config->targets[0].api_key, "sk-from-env");
    assert_string_equal(config->targets[1].api_key, "sk-from-file");
    assert_null(config->targets[2].api_key);
    assert_true(config->targets[2].wants_key);
    assert_false(config->targets[3].wants_key);
    assert_int_equal(policy_target_count(policy), 4);
    config_unref(config);
    policy_unref(policy);
}

static void test_load_reports_both_files(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct config *config;
    struct policy *policy;
    put("empty", "");
    put("bad", "two\nlines\n");
    put("open", "sk-for-everybody\n");
    assert_int_equal(chmod(in_folder("open"), 0644), 0);
    setenv("PENSTOCK_KEY", "sk\nbroken", 1);
    put("p.yaml",
        "rules:\n- {name: x, when: {tokens: 5}, route: a}\ndefault: {route: [local, z]}\n");
    put("c.yaml", "policy: p.yaml\n"
                  "workers: 0\n"
                  "targets:\n"
                  "  local: {kind: engine}\n"
                  "  a: {placement: cloud, url: http://a.example, api_key_file: empty}\n"
                  "  b: {placement: cloud, url: https://b, api_key_file: bad}\n"
                  "  c: {placement: cloud, url: https://c, api_key_file: missing}\n"
                  "  d: {placement: cloud, url: https://d, api_key_env: PENSTOCK_KEY}\n"
                  "  e: {placement: cloud, url: https://e, api_key_file: open}\n");
    assert_int_not_equal(load(&problems, &config, &policy), 0);
    check_problems(&problems,
                   "2: workers: between\n5: targets.a.url: must be https\n"
                   "5: targets.a.api_key_file: must hold one key\n"
                   "6: targets.b.api_key_file: must hold one key\n"
                   "7: targets.c.api_key_file: cannot be read\n"
                   "8: targets.d.api_key_env: no header may\n"
                   "9: targets.e.api_key_file: has mode 0644\n"
                   "2: rules[0].when.tokens: comparison\n3: default.route[1]: unknown target",
                   "both files");
    for (size_t i = 0; i < problems.count; i++)
        assert_null(strstr(problems.items[i].reason, "broken"));
    problems_release(&problems);

    put("c.yaml", "policy: missing.yaml\n" TARGETS);
    assert_int_not_equal(load(&problems, &config, &policy), 0);
    check_problems(&problems, "0: -: cannot be read", "missing policy");
    problems_release(&problems);

    put("c.yaml", "policy: [\n");
    assert_int_not_equal(load(&problems, &config, &policy), 0);
    problems_release(&problems);
    assert_int_equal(config_load_all("/nonexistent/c.yaml", &config, &policy, &problems), ERR_IO);
    problems_release(&problems);
}

static void test_shipped_files(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct config *config;
    struct policy *policy;
    int rc =
        config_load_all(TEST_SOURCE_DIR "/policies/penstock.yaml", &config, &policy, &problems);
    check_problems(&problems, "", "policies/penstock.yaml");
    assert_int_equal(rc, 0);
    config_unref(config);
    policy_unref(policy);
    struct yaml_tree *tree;
    assert_int_equal(yaml_tree_load(&tree, TEST_SOURCE_DIR "/policies/reference.yaml",
                                    YAML_EXPAND_ENV, &problems),
                     0);
    rc = config_read(&config, tree, 0, &problems);
    check_problems(&problems, "", "policies/reference.yaml");
    assert_int_equal(rc, 0);
    config_unref(config);
    yaml_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_everything_set),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_target_mistakes),
        cmocka_unit_test(test_target_lists),
        cmocka_unit_test(test_all_mistakes_at_once),
        cmocka_unit_test(test_loopback_http),
        cmocka_unit_test(test_rows_are_sane),
        cmocka_unit_test(test_what_needs_a_restart),
        cmocka_unit_test(test_load_both),
        cmocka_unit_test(test_load_reports_both_files),
        cmocka_unit_test(test_shipped_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
