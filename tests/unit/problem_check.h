/* problem_check.h - compare found problems with expected "line: key: part of the reason" lines. */
#ifndef PENSTOCK_TESTS_PROBLEM_CHECK_H
#define PENSTOCK_TESTS_PROBLEM_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/problems.h"

/* One expected problem a line, in order; "" expects none. Fails the test with both lists shown. */
static inline void check_problems(struct problems *found, const char *expected, const char *input)
{
    size_t at = 0;
    const char *wrong = NULL;
    problems_sort(found);
    while (*expected != '\0' && wrong == NULL) {
        unsigned line;
        char key[128], reason[256];
        int used = 0;
        int fields = sscanf(expected, "%u:%127[^:]:%255[^\n]%n", &line, key, reason, &used);
        if (fields != 3)
            fail_msg("bad expectation: %s", expected);
        const char *part = reason + strspn(reason, " ");
        const char *name = key + strspn(key, " ");
        if (strcmp(name, "-") == 0)
            name = "";
        if (at >= found->count)
            wrong = "too few problems";
        else if (found->items[at].line != line || strcmp(found->items[at].key, name) != 0 ||
                 strstr(found->items[at].reason, part) == NULL)
            wrong = "another problem";
        if (wrong != NULL)
            break;
        at++;
        expected += used;
        expected += *expected == '\n';
    }
    if (wrong == NULL && at != problems_count(found))
        wrong = "too many problems";
    if (wrong != NULL) {
        problems_print(found, stderr);
        fail_msg("%s at number %zu, expected: %s\ninput:\n%s", wrong, at, expected, input);
    }
}

#endif
