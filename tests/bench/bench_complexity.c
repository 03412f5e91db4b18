/*
 * What the complexity score costs: CPU time for each of a file's texts, scored forty times in turn;
 * median and ninth tenth of all, and of each text's least, which other work on the machine moves
 * less. FILE holds texts of about 1 KB, each ended by a zero byte. Not a test; run it on an idle
 * core of a release build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/complexity.h"
#include "tests/bench/bench_time.h"

enum { TEXTS_MOST = 1024, ROUNDS = 40 };

static char *read_file(const char *path, size_t *len)
{
    enum { MOST = 16 << 20 };
    char *bytes = malloc(MOST);
    FILE *file = fopen(path, "rbe");
    *len = bytes != NULL && file != NULL ? fread(bytes, 1, MOST, file) : 0;
    if (file != NULL)
        (void)fclose(file);
    return bytes;
}

static void score(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                  const char *text, size_t len)
{
    struct complexity_turn turn = {.role = COMPLEXITY_USER, .text = content_of(text, len)};
    struct complexity_input input = {.turns = &turn, .turn_count = 1};
    struct complexity_facts facts;
    struct err err;
    if (complexity_score(scorer, scratch, &input, &facts, &err) != 0)
        abort();
}

int main(int argc, char **argv)
{
    static double all[TEXTS_MOST * ROUNDS], least[TEXTS_MOST];
    struct complexity_scorer *scorer;
    struct complexity_scratch *scratch;
    struct err err = {0};
    size_t len = 0, count = 0, total = 0;
    char *texts = argc == 2 ? read_file(argv[1], &len) : NULL;
    if (len == 0 || texts[len - 1] != '\0') {
        (void)fprintf(stderr, "usage: bench_complexity FILE, texts each ended by a zero byte\n");
        return 2;
    }
    if (complexity_scorer_new(&scorer, &err) != 0 || complexity_scratch_new(&scratch, &err) != 0) {
        (void)fprintf(stderr, "bench_complexity: %s\n", err.text);
        return 1;
    }
    /* One text after the other, as requests come: what one has brought near, the next may use. */
    for (size_t round = 0; round < ROUNDS; round++) {
        count = 0;
        for (size_t at = 0; at < len && count < TEXTS_MOST; count++) {
            size_t size = strlen(texts + at);
            double start = cpu_us();
            score(scorer, scratch, texts + at, size);
            double spent = cpu_us() - start;
            all[total++] = spent;
            least[count] = round == 0 || spent < least[count] ? spent : least[count];
            at += size + 1;
        }
    }
    qsort(all, total, sizeof(all[0]), by_time);
    qsort(least, count, sizeof(least[0]), by_time);
    (void)printf("%zu texts of %zu bytes: median %.1f us, ninth tenth %.1f us; least of %d: %.1f, "
                 "%.1f\n",
                 count, len / count - 1, all[total / 2], all[total * 9 / 10], ROUNDS,
                 least[count / 2], least[count * 9 / 10]);
    complexity_scratch_free(scratch);
    complexity_scorer_free(scorer);
    free(texts);
    return 0;
}
