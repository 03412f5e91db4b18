#include "gateway/base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_CHARS = 16 }; /* the kernel's, with the NUL */

struct beginning {
    void *(*run)(void *);
    void *arg;
    char name[NAME_CHARS];
};

static void *begin(void *arg)
{
    struct beginning b = *(struct beginning *)arg;
    free(arg);
    void *volatile first = malloc(1); /* volatile: the compiler must not see through it */
    free(first);
    (void)pthread_setname_np(pthread_self(), b.name);
    return b.run(b.arg);
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg,
                 bool takes_sigbus)
{
    sigset_t blocked, before;
    struct beginning *b = malloc(sizeof(*b));
    if (b == NULL)
        return ENOMEM;
    b->run = run;
    b->arg = arg;
    (void)snprintf(b->name, sizeof(b->name), "%s", name);
    sigfillset(&blocked);
    if (takes_sigbus)
        sigdelset(&blocked, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int rc = pthread_create(thread, NULL, begin, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        free(b);
    return rc;
}
