#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/yaml.h"
#include "gateway/base/yaml_value.h"
#include "tests/unit/problem_check.h"

static struct yaml_tree *parse(const char *text, unsigned flags, struct problems *problems)
{
    struct yaml_tree *tree = NULL;
    int rc = yaml_tree_parse(&tree, "f.yaml", text, strlen(text), flags, problems);
    assert_int_equal(rc == 0, tree != NULL);
    if (rc != 0)
        assert_true(problems_count(problems) != 0);
    return tree;
}

static void test_nodes_know_their_place(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = parse("# comment\n"
                                   "a: 1\n"
                                   "list:\n"
                                   "  - x\n"
                                   "  - name: deep\n"
                                   "    empty:\n"
                                   "flow: {k: [p, q]}\n",
                                   0, &problems);
    assert_int_equal(problems_count(&problems), 0);
    const struct yaml_node *root = yaml_tree_root(tree);
    assert_int_equal(root->kind, YAML_KIND_MAPPING);
    assert_int_equal(root->count, 3);
    const struct yaml_node *list = yaml_node_get(root, "list");
    assert_int_equal(list->kind, YAML_KIND_SEQUENCE);
    assert_int_equal(list->count, 2);
    assert_int_equal(root->keys[1]->line, 3);
    const struct yaml_node *deep = yaml_node_get(list->items[1], "name");
    assert_string_equal(deep->text, "deep");
    assert_string_equal(deep->path, "list[1].name");
    assert_int_equal(deep->line, 5);
    assert_int_equal(deep->column, 11);
    assert_string_equal(deep->file, "f.yaml");
    const struct yaml_node *empty = yaml_node_get(list->items[1], "empty");
    assert_true(yaml_node_is_null(empty));
    assert_int_equal(empty->line, 6);
    const struct yaml_node *q = yaml_node_get(yaml_node_get(root, "flow"), "k")->items[1];
    assert_string_equal(q->path, "flow.k[1]");
    assert_null(yaml_node_get(root, "absent"));
    assert_null(yaml_node_get(q, "absent"));
    yaml_tree_free(tree);
}

static void test_empty_documents(void **state)
{
    (void)state;
    const char *const texts[] = {"", "# nothing\n", "---\n", "~\n", "\xef\xbb\xbf"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        struct yaml_tree *tree = parse(texts[i], 0, &problems);
        assert_int_equal(problems_count(&problems), 0);
        assert_int_equal(yaml_tree_root(tree)->kind, YAML_KIND_MAPPING);
        assert_int_equal(yaml_tree_root(tree)->count, 0);
        yaml_tree_free(tree);
    }
}

/* As editors on Windows put it there; the lines count as ever. */
static void test_byte_order_mark(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = parse("\xef\xbb\xbf"
                                   "a: 1\nb: 2\n",
                                   0, &problems);
    assert_int_equal(problems_count(&problems), 0);
    assert_string_equal(yaml_node_get(yaml_tree_root(tree), "a")->text, "1");
    assert_int_equal(yaml_node_get(yaml_tree_root(tree), "b")->line, 2);
    yaml_tree_free(tree);
    assert_null(parse("\xef\xbb\xbf"
                      "a: 1\nb: \xff\n",
                      0, &problems));
    check_problems(&problems, "2: -: UTF-8", "a mark, then no UTF-8");
    problems_release(&problems);
}

static void test_quotes_and_nulls(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree =
        parse("a: \"\"\nb: ''\nc: \"null\"\nd: null\ne: |\n  two\n  lines\n", 0, &problems);
    const struct yaml_node *root = yaml_tree_root(tree);
    assert_false(yaml_node_is_null(yaml_node_get(root, "a")));
    assert_false(yaml_node_is_null(yaml_node_get(root, "b")));
    assert_false(yaml_node_is_null(yaml_node_get(root, "c")));
    assert_true(yaml_node_is_null(yaml_node_get(root, "d")));
    assert_string_equal(yaml_node_get(root, "e")->text, "two\nlines\n");
    yaml_tree_free(tree);
}

struct case_row {
    const char *text;
    const char *expected;
};

/* What is refused outright: no tree, one problem, its line. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {"a: 1\nb: [1, 2\nc: 3\n", "3: -: flow sequence"},
        {"a: 1\n\tb: 2\n", "2: -: violates indentation"},
        {"a: 1\na b\n", "3: -: could not find expected ':'"},
        {"a: &x 1\n", "1: a: anchors"},
        {"a: 1\nb: *x\n", "2: b: aliases"},
        {"a: 1\n<<: {b: 2}\n", "2: -: merge keys"},
        {"a: !!str 1\n", "1: a: tags"},
        {"a: 1\n? [x]\n: 2\n", "2: -: a key must be plain text"},
        {"a: 1\n: 2\n", "2: -: did not find expected key"},
        {"a: 1\n\"\": 2\n", "2: -: a key is missing"},
        {"a: 1\n---\nb: 2\n", "2: -: second document"},
        {"a: 1\nb: \"x\\0y\"\n", "2: b: control characters"},
        {"a: 1\nb: \"x\\ay\"\n", "2: b: control characters"},
        {"a: 1\nb: x\x01y\n", "2: -: control characters"},
        {"a: 1\nb: \xff\xfe\n", "2: -: UTF-8"},
        {"a: 1\nb: \xc0\xaf\n", "2: -: UTF-8"},
        {"\xff\xfe"
         "a",
         "1: -: UTF-8"},
        {"a: >= 0.5\n", "1: -: must be in quotes"},
        {"a: [x\n", "2: -: expected"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        struct yaml_tree *tree = parse(rows[i].text, 0, &problems);
        if (tree != NULL)
            fail_msg("accepted: %s", rows[i].text);
        check_problems(&problems, rows[i].expected, rows[i].text);
        problems_release(&problems);
    }
}

static void test_duplicate_keys_are_all_reported(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    const char *text = "b: 1\na: 2\nb: 3\nc:\n  x: 1\n  x: 2\nb: 4\n\"a\": 5\n";
    struct yaml_tree *tree = parse(text, 0, &problems);
    assert_non_null(tree);
    check_problems(&problems,
                   "3: b: twice (first on line 1)\n6: c.x: twice (first on line 5)\n"
                   "7: b: twice (first on line 1)\n8: a: twice (first on line 2)",
                   text);
    yaml_tree_free(tree);
    problems_release(&problems);
}

static void test_limits(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = NULL;
    char deep[512];
    for (int depth = 1; depth <= YAML_MAX_DEPTH + 1; depth++) {
        memset(deep, '[', (size_t)depth);
        memset(deep + depth, ']', (size_t)depth);
        deep[2 * depth] = '\0';
        tree = parse(deep, 0, &problems);
        assert_int_equal(tree != NULL, depth <= YAML_MAX_DEPTH);
        yaml_tree_free(tree);
    }
    assert_non_null(strstr(problems.items[0].reason, "deep"));
    problems_release(&problems);

    char *large = malloc(YAML_MAX_BYTES + 1);
    assert_non_null(large);
    memset(large, '#', YAML_MAX_BYTES + 1);
    assert_int_equal(yaml_tree_parse(&tree, "f", large, YAML_MAX_BYTES, 0, &problems), 0);
    yaml_tree_free(tree);
    assert_int_equal(yaml_tree_parse(&tree, "f", large, YAML_MAX_BYTES + 1, 0, &problems),
                     ERR_LIMIT);
    assert_null(tree);
    /* More nodes than allowed in few bytes. */
    for (size_t i = 0; i < 2 * (YAML_MAX_NODES + 1); i += 2)
        memcpy(large + i, "a,", 2);
    large[0] = '[';
    large[1] = 'a';
    assert_int_equal(
        yaml_tree_parse(&tree, "f", large, 2 * ((size_t)YAML_MAX_NODES + 10), 0, &problems),
        ERR_LIMIT);
    free(large);
    problems_release(&problems);
}

static void test_variables(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    setenv("PENSTOCK_T1", "value", 1);
    setenv("PENSTOCK_EMPTY", "", 1);
    unsetenv("PENSTOCK_NONE");
    struct yaml_tree *tree = parse("a: x-${PENSTOCK_T1}-y\n"
                                   "b: ${PENSTOCK_NONE:-fall back}\n"
                                   "c: ${PENSTOCK_EMPTY:-used}\n"
                                   "d: \"${PENSTOCK_EMPTY}\"\n"
                                   "e: $${PENSTOCK_T1}\n"
                                   "f: '${PENSTOCK_T1}${PENSTOCK_T1}'\n"
                                   "g: costs $5, not $x\n"
                                   "h: ${PENSTOCK_NONE:-}\n"
                                   "${PENSTOCK_T1}: key\n",
                                   YAML_EXPAND_ENV, &problems);
    check_problems(&problems, "", "");
    const struct yaml_node *root = yaml_tree_root(tree);
    assert_string_equal(yaml_node_get(root, "a")->text, "x-value-y");
    assert_string_equal(yaml_node_get(root, "a")->raw, "x-${PENSTOCK_T1}-y");
    assert_string_equal(yaml_node_get(root, "b")->text, "fall back");
    assert_string_equal(yaml_node_get(root, "c")->text, "used");
    assert_string_equal(yaml_node_get(root, "d")->text, "");
    assert_string_equal(yaml_node_get(root, "e")->text, "${PENSTOCK_T1}");
    assert_string_equal(yaml_node_get(root, "f")->text, "valuevalue");
    assert_string_equal(yaml_node_get(root, "g")->text, "costs $5, not $x");
    assert_string_equal(yaml_node_get(root, "h")->text, "");
    assert_non_null(yaml_node_get(root, "${PENSTOCK_T1}"));
    yaml_tree_free(tree);
}

static void test_variables_that_fail_are_all_reported(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    setenv("PENSTOCK_BAD", "line\nbreak", 1);
    const char *text = "a: ${PENSTOCK_NONE}\n"
                       "b: [1, '${PENSTOCK_NONE2}']\n"
                       "c: ${}\n"
                       "d: ${PENSTOCK-x}\n"
                       "e: ${PENSTOCK_T1\n"
                       "f: ${1X}\n"
                       "g: ${PENSTOCK_BAD}\n";
    struct yaml_tree *tree = parse(text, YAML_EXPAND_ENV, &problems);
    assert_non_null(tree);
    check_problems(&problems,
                   "1: a: PENSTOCK_NONE is not set\n2: b[1]: PENSTOCK_NONE2 is not set\n"
                   "3: c: must be ${NAME}\n4: d: must be ${NAME}\n5: e: must be ${NAME}\n"
                   "6: f: must be ${NAME}\n7: g: control characters",
                   text);
    yaml_tree_free(tree);
    problems_release(&problems);

    tree = parse("a: ${PENSTOCK_T1}\n", 0, &problems);
    assert_non_null(tree);
    check_problems(&problems, "1: a: not expanded in this file", "");
    yaml_tree_free(tree);
    problems_release(&problems);
}

static void test_variables_cannot_blow_up(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    static char value[100001];
    char text[20 * 20 + 16] = "a: \"";
    memset(value, 'v', sizeof(value) - 1);
    setenv("PENSTOCK_BIG", value, 1);
    size_t len = strlen(text);
    for (int i = 0; i < 20; i++) {
        memcpy(text + len, "${PENSTOCK_BIG}", 15);
        len += 15;
    }
    memcpy(text + len, "\"\n", 3);
    struct yaml_tree *tree = parse(text, YAML_EXPAND_ENV, &problems);
    assert_non_null(tree);
    assert_true(problems_count(&problems) >= 1);
    assert_true(strlen(yaml_node_get(yaml_tree_root(tree), "a")->text) <= YAML_MAX_BYTES);
    yaml_tree_free(tree);
    problems_release(&problems);
    unsetenv("PENSTOCK_BIG");
}

/* A path per node must not turn long keys and depth into gigabytes. */
static void test_paths_are_bounded(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    char text[8000] = "", key[120];
    memset(key, 'k', 100);
    key[100] = '\0';
    size_t len = 0;
    for (int i = 0; i < 50; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "{%s: ", key);
    len += (size_t)snprintf(text + len, sizeof(text) - len, "x");
    for (int i = 0; i < 50; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "}");
    struct yaml_tree *tree = parse(text, 0, &problems);
    assert_non_null(tree);
    const struct yaml_node *node = yaml_tree_root(tree);
    while (node->kind == YAML_KIND_MAPPING) {
        assert_true(strlen(node->path) < 300);
        node = node->items[0];
    }
    assert_string_equal(node->path + strlen(node->path) - 3, "...");
    yaml_tree_free(tree);
}

static void test_files(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree;
    assert_int_equal(yaml_tree_load(&tree, "/nonexistent/x.yaml", 0, &problems), ERR_IO);
    assert_null(tree);
    assert_int_equal(yaml_tree_load(&tree, "/tmp", 0, &problems), ERR_IO);
    assert_int_equal(yaml_tree_load(&tree, "/dev/zero", 0, &problems), ERR_IO);
    assert_int_equal(problems_count(&problems), 3);
    problems_release(&problems);
    assert_int_equal(yaml_tree_load(&tree, TEST_SOURCE_DIR "/policies/offline.yaml", 0, &problems),
                     0);
    assert_int_equal(strlen(yaml_tree_sha256(tree)), 64);
    yaml_tree_free(tree);
}

static void test_hash_is_of_the_bytes(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = parse("abc", 0, &problems);
    assert_string_equal(yaml_tree_sha256(tree),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    yaml_tree_free(tree);
}

static void test_values(void **state)
{
    (void)state;
    uint64_t n = 7;
    bool b = false;
    double d = 7;
    assert_true(yaml_value_size("64KiB", &n) && n == 65536);
    assert_true(yaml_value_size("8 MiB", &n) && n == 8 << 20);
    assert_true(yaml_value_size("10kb", &n) && n == 10000);
    assert_true(yaml_value_size("12", &n) && n == 12);
    n = 7;
    assert_false(yaml_value_size("64K i B", &n) || yaml_value_size("", &n) ||
                 yaml_value_size("-1", &n) || yaml_value_size("0x10", &n) ||
                 yaml_value_size("1.5MiB", &n) || yaml_value_size("99999999999GiB", &n) ||
                 yaml_value_size("99999999999999999999", &n));
    assert_int_equal(n, 7);
    assert_true(yaml_value_duration("250ms", &n) && n == 250);
    assert_true(yaml_value_duration("30s", &n) && n == 30000);
    assert_true(yaml_value_duration("10m", &n) && n == 600000);
    assert_true(yaml_value_duration("0", &n) && n == 0);
    assert_false(yaml_value_duration("30", &n) || yaml_value_duration("1d", &n) ||
                 yaml_value_duration("s", &n) || yaml_value_duration("", &n));
    assert_true(yaml_value_bool("on", &b) && b);
    assert_true(yaml_value_bool("No", &b) && !b);
    assert_false(yaml_value_bool("1", &b) || yaml_value_bool("", &b));
    assert_true(yaml_value_decimal("0.25", &d) && d > 0.2499 && d < 0.2501);
    assert_true(yaml_value_decimal("3", &d) && d > 2.9 && d < 3.1);
    assert_false(yaml_value_decimal(".5", &d) || yaml_value_decimal("1.", &d) ||
                 yaml_value_decimal("-1", &d) || yaml_value_decimal("1e3", &d) ||
                 yaml_value_decimal("nan", &d) || yaml_value_decimal("0,5", &d) ||
                 yaml_value_decimal("0.12345678901234567890", &d));
    assert_true(yaml_value_count("12", &n) && n == 12);
    assert_false(yaml_value_count("12 ", &n) || yaml_value_count("+1", &n));
}

static void test_near_misses(void **state)
{
    (void)state;
    static const char *const names[] = {"listen", "limits", "policy", "first_byte_timeout"};
    assert_string_equal(yaml_near_miss("lisen", names, 4), "listen");
    assert_string_equal(yaml_near_miss("polcy", names, 4), "policy");
    assert_string_equal(yaml_near_miss("firstbyte_timeout", names, 4), "first_byte_timeout");
    assert_null(yaml_near_miss("zebra", names, 4));
    assert_null(yaml_near_miss("", names, 4));
}

static void test_problems_are_sorted_and_counted(void **state)
{
    (void)state;
    struct problems p = PROBLEMS_INIT;
    struct err err;
    problems_add(&p, "b.yaml", 9, "x", "first file");
    problems_add(&p, "a.yaml", 5, "y", "second file");
    problems_add(&p, "b.yaml", 2, "z", "earlier line");
    problems_add(&p, "b.yaml", 9, "w", "same line");
    problems_add(&p, "a.yaml", 1, "v", "last");
    problems_sort(&p);
    const char *order = "zxwvy";
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(p.items[i].key[0], order[i]);
    assert_int_equal(problems_to_err(&p, &err), ERR_SYNTAX);
    assert_string_equal(err.text, "b.yaml:2: z: earlier line (and 4 more)");
    for (int i = 0; i < 300; i++)
        problems_add(&p, "c", 1, "k", "more");
    assert_int_equal(problems_count(&p), 305);
    assert_int_equal(p.count, 200);
    FILE *out = tmpfile();
    assert_non_null(out);
    problems_print(&p, out);
    fclose(out);
    problems_release(&p);
    assert_int_equal(problems_count(&p), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_know_their_place),
        cmocka_unit_test(test_empty_documents),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_quotes_and_nulls),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_duplicate_keys_are_all_reported),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_variables_that_fail_are_all_reported),
        cmocka_unit_test(test_variables_cannot_blow_up),
        cmocka_unit_test(test_paths_are_bounded),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_hash_is_of_the_bytes),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_near_misses),
        cmocka_unit_test(test_problems_are_sorted_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
