/* Every setting is in the manual and, with its default, in reference.yaml; and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/buf.h"
#include "gateway/base/yaml.h"
#include "gateway/config_rows.h"

static const char *const sections[] = {".Sh SETTINGS", ".Sh LISTENING", ".Sh TARGETS"};

static struct buf read_file(const char *name)
{
    char path[512];
    struct buf out = BUF_INIT;
    (void)snprintf(path, sizeof(path), "%s/%s", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    assert_int_equal(buf_reserve(&out, 1 << 20), 0);
    out.len = fread(out.data, 1, (1 << 20) - 1, file);
    out.data[out.len] = '\0';
    (void)fclose(file);
    return out;
}

/* The ".It Ic key" lines of one section; true when the key is among them. */
static bool manual_has(const char *manual, const char *section, const char *key, bool reload)
{
    char item[128], marked[160];
    const char *start = strstr(manual, section);
    assert_non_null(start);
    const char *end = strstr(start + 1, "\n.Sh ");
    (void)snprintf(item, sizeof(item), "\n.It Ic %s\n", key);
    (void)snprintf(marked, sizeof(marked), "\n.It Ic %s Pq reload\n", key);
    const char *found = strstr(start, reload ? marked : item);
    return found != NULL && found < end;
}

static void test_manual_has_every_setting(void **state)
{
    (void)state;
    struct buf manual = read_file("deploy/man/penstock.yaml.5");
    size_t rows_in_all = 0, items = 0;
    for (int table = CONFIG_TABLE_MAIN; table <= CONFIG_TABLE_TARGET; table++) {
        size_t count;
        bool marked = table != CONFIG_TABLE_TARGET; /* there one sentence says it for all */
        const struct config_row *rows = config_rows((enum config_table)table, &count);
        for (size_t i = 0; i < count; i++)
            if (!manual_has((const char *)manual.data, sections[table], rows[i].key,
                            marked && rows[i].reloadable))
                fail_msg("penstock.yaml.5 lacks \".It Ic %s%s\" under %s", rows[i].key,
                         marked && rows[i].reloadable ? " Pq reload" : "", sections[table]);
        rows_in_all += count;
    }
    const char *end = strstr((const char *)manual.data, ".Sh FILES");
    for (const char *at = (const char *)manual.data;
         (at = strstr(at, "\n.It Ic ")) != NULL && at < end; at++)
        items++;
    assert_int_equal(items, rows_in_all);
    buf_release(&manual);
}

/* The default of a number stands in its entry, as "Default:" and the value on the next line. */
static void test_manual_has_the_defaults(void **state)
{
    (void)state;
    struct buf manual = read_file("deploy/man/penstock.yaml.5");
    for (int table = CONFIG_TABLE_MAIN; table <= CONFIG_TABLE_TARGET; table++) {
        size_t count;
        const struct config_row *rows = config_rows((enum config_table)table, &count);
        for (size_t i = 0; i < count; i++) {
            if (rows[i].fallback == NULL || strcmp(rows[i].fallback, "-") == 0)
                continue;
            char item[128], value[80];
            (void)snprintf(item, sizeof(item), "\n.It Ic %s", rows[i].key);
            const char *start = strstr((const char *)manual.data, sections[table]);
            do
                start = strstr(start + 1, item);
            while (start != NULL && strchr("\n ", start[strlen(item)]) == NULL);
            assert_non_null(start);
            const char *end = strstr(start + 1, "\n.It ");
            const char *stop = strstr(start + 1, "\nDefault:");
            (void)snprintf(value, sizeof(value), "%s", rows[i].fallback);
            const char *found = stop != NULL ? strstr(stop, value) : NULL;
            if (found == NULL || (end != NULL && found > end))
                fail_msg("penstock.yaml.5: %s has another default than %s", rows[i].key, value);
        }
    }
    buf_release(&manual);
}

static const struct yaml_node *find_in_list(const struct yaml_node *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *node = config_find(list->items[i], key);
        if (node != NULL)
            return node;
    }
    return NULL;
}

static void test_reference_has_every_setting(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree;
    assert_int_equal(yaml_tree_load(&tree, TEST_SOURCE_DIR "/policies/reference.yaml",
                                    YAML_EXPAND_ENV, &problems),
                     0);
    const struct yaml_node *root = yaml_tree_root(tree);
    for (int table = CONFIG_TABLE_MAIN; table <= CONFIG_TABLE_TARGET; table++) {
        static const char *const lists[] = {NULL, "listen", "targets"};
        size_t count;
        const struct config_row *rows = config_rows((enum config_table)table, &count);
        for (size_t i = 0; i < count; i++) {
            const struct yaml_node *node =
                table == CONFIG_TABLE_MAIN
                    ? config_find(root, rows[i].key)
                    : find_in_list(yaml_node_get(root, lists[table]), rows[i].key);
            if (node == NULL)
                fail_msg("reference.yaml lacks %s", rows[i].key);
            bool shows_another = rows[i].type == CONFIG_TYPE_SPECIAL ||
                                 strcmp(rows[i].key, "engine.model") == 0 ||
                                 strcmp(rows[i].key, "kind") == 0;
            if (rows[i].fallback != NULL && !shows_another &&
                strcmp(node->text, rows[i].fallback) != 0)
                fail_msg("reference.yaml:%u: %s is %s, the default is %s", node->line, rows[i].key,
                         node->text, rows[i].fallback);
        }
    }
    yaml_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_has_every_setting),
        cmocka_unit_test(test_manual_has_the_defaults),
        cmocka_unit_test(test_reference_has_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
