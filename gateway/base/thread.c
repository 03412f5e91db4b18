#include "gateway/base/thread.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_CHARS = 16 }; /* the kernel's, with the NUL */

/* Lives in thread_start() until the thread has what it needs. */
struct beginning {
    void *(*run)(void *);
    void *arg;
    char name[NAME_CHARS];
    sem_t begun;
};

static void *begin(void *arg)
{
    struct beginning *b = arg;
    void *(*run)(void *) = b->run;
    void *run_arg = b->arg;
    void *volatile first = malloc(1); /* volatile: the compiler must not see through it */
    free(first);
    (void)pthread_setname_np(pthread_self(), b->name);
    (void)sem_post(&b->begun);
    return run(run_arg);
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg,
                 bool takes_sigbus)
{
    sigset_t blocked, before;
    struct beginning b = {.run = run, .arg = arg};
    (void)snprintf(b.name, sizeof(b.name), "%s", name);
    if (sem_init(&b.begun, 0, 0) != 0)
        return errno;
    sigfillset(&blocked);
    if (takes_sigbus)
        sigdelset(&blocked, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int rc = pthread_create(thread, NULL, begin, &b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (rc == 0 && sem_wait(&b.begun) != 0)
        ; /* a signal */
    (void)sem_destroy(&b.begun);
    return rc;
}
