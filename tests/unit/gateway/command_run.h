/*
 * command_run.h - runs a subcommand inside the test, with its input and output caught.
 */
#ifndef PENSTOCK_TESTS_COMMAND_RUN_H
#define PENSTOCK_TESTS_COMMAND_RUN_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char output[262144]; /* what the last command printed */

/* `input` is its standard input; standard error is thrown away. Gives the exit code. */
static int command_run(int (*command)(int, char **), const char *input, const char *const *words)
{
    char *argv[24] = {(char *)(uintptr_t) "command"};
    char out_name[] = "/tmp/penstock-output-XXXXXX", in_name[] = "/tmp/penstock-input-XXXXXX";
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        assert_true(argc < 23);
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    (void)fflush(NULL);
    int saved[3] = {dup(0), dup(1), dup(2)};
    int in = mkostemp(in_name, O_CLOEXEC), out = mkostemp(out_name, O_CLOEXEC);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)unlink(in_name);
    (void)unlink(out_name);
    assert_int_equal(write(in, input, strlen(input)), (ssize_t)strlen(input));
    (void)lseek(in, 0, SEEK_SET);
    dup2(in, 0);
    dup2(out, 1);
    dup2(nothing, 2);
    int code = command(argc, argv);
    (void)fflush(NULL);
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    ssize_t n = pread(out, output, sizeof(output) - 1, 0);
    output[n > 0 ? n : 0] = '\0';
    close(in);
    close(out);
    close(nothing);
    return code;
}
#define COMMAND_RUN(command, input, ...)                                                           \
    command_run((command), (input), (const char *const[]){__VA_ARGS__, NULL})

#endif
