#include "engine/fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_MAPS = 4096 };

/* The handler reads these without a lock: start is written last, and cleared first. */
static struct {
    _Atomic uintptr_t start;
    _Atomic size_t size;
    _Atomic(atomic_bool *) lost;
} maps[MOST_MAPS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;
static uintptr_t page_size;

/* Zeroes from that page to the end of the map: what lies behind a page that is gone is gone too. */
static bool mend(uintptr_t address)
{
    for (size_t i = 0; i < MOST_MAPS; i++) {
        uintptr_t start = atomic_load(&maps[i].start), page = address & ~(page_size - 1);
        size_t size = atomic_load(&maps[i].size);
        if (start == 0 || address < start || address - start >= size)
            continue;
        atomic_store(atomic_load(&maps[i].lost), true);
        /* The bare call: a sanitizer's own mmap is not made for signal handlers. */
        long got = syscall(SYS_mmap, page, start + size - page, PROT_READ,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        return got == (long)page;
    }
    return false;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool mended = mend((uintptr_t)info->si_addr);
    errno = saved;
    if (mended)
        return;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        /* The access is made again, and ends the process as it would have without us. */
        const struct sigaction usual = {.sa_handler = SIG_DFL};
        (void)sigaction(SIGBUS, &usual, NULL);
    }
}

/* Again for each map: the host may have put up another one since. Under the lock. */
static bool put_up_handler(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK}, now;
    action.sa_sigaction = on_fault;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) != 0)
        return false;
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault)
        return true;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    before = now;
    return sigaction(SIGBUS, &action, NULL) == 0;
}

bool fault_guard(const void *map, size_t size, atomic_bool *lost)
{
    size_t i = 0;
    pthread_mutex_lock(&lock);
    bool fine = put_up_handler();
    while (fine && i < MOST_MAPS && atomic_load(&maps[i].start) != 0)
        i++;
    fine = fine && i < MOST_MAPS;
    if (fine) {
        atomic_store(&maps[i].size, size);
        atomic_store(&maps[i].lost, lost);
        atomic_store(&maps[i].start, (uintptr_t)map);
    }
    pthread_mutex_unlock(&lock);
    return fine;
}

void fault_release(const void *map)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_MAPS; i++) {
        if (atomic_load(&maps[i].start) == (uintptr_t)map)
            atomic_store(&maps[i].start, 0);
    }
    pthread_mutex_unlock(&lock);
}
