#include "gateway/breaker.h"

#include <pthread.h>
#include <stdlib.h>

enum { MAX_WINDOW = 64 };

struct breaker {
    struct breaker_options options;
    pthread_mutex_t lock; /* guards all below */
    enum breaker_state state;
    uint32_t generation; /* changes with the state: older tickets no longer count */
    bool probing;
    uint32_t failures_in_row;
    uint64_t recent; /* one bit an answer, 1: failed, the newest lowest */
    uint32_t recent_count;
    uint32_t level;           /* doublings of the open period */
    uint64_t open_until_ms;   /* in OPEN */
    uint64_t closed_since_ms; /* in CLOSED */
    uint64_t random;
    struct breaker_counts counts;
};

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

struct breaker *breaker_new(const struct breaker_options *options)
{
    struct breaker *b = calloc(1, sizeof(*b));
    if (b == NULL)
        return NULL;
    struct breaker_options *o = &b->options;
    *o = *options;
    o->failures = or_default(o->failures, 5);
    o->window = or_default(o->window, 20);
    if (o->window > MAX_WINDOW)
        o->window = MAX_WINDOW;
    o->failure_percent = or_default(o->failure_percent, 50);
    o->open_ms = or_default(o->open_ms, 5000);
    o->open_max_ms = or_default(o->open_max_ms, 60000);
    if (o->open_max_ms < o->open_ms)
        o->open_max_ms = o->open_ms;
    o->retry_after_max_s = or_default(o->retry_after_max_s, 300);
    b->random = o->seed;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void breaker_free(struct breaker *breaker)
{
    if (breaker == NULL)
        return;
    pthread_mutex_destroy(&breaker->lock);
    free(breaker);
}

/* splitmix64 */
static uint64_t next_random(struct breaker *b)
{
    uint64_t z = (b->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void enter(struct breaker *b, enum breaker_state state)
{
    b->state = state;
    b->generation++;
    b->probing = false;
    b->failures_in_row = 0;
    b->recent = 0;
    b->recent_count = 0;
}

static void open_for(struct breaker *b, uint64_t period_ms, uint64_t now_ms)
{
    /* Jitter only lengthens: a server's Retry-After is never undercut. */
    b->open_until_ms = now_ms + period_ms + next_random(b) % (period_ms / 4 + 1);
    b->counts.opened++;
    enter(b, BREAKER_OPEN);
}

static void open_circuit(struct breaker *b, int retry_after, uint64_t now_ms)
{
    uint64_t period = b->options.open_ms;
    for (uint32_t i = 0; i < b->level && period < b->options.open_max_ms; i++)
        period *= 2;
    if (period > b->options.open_max_ms)
        period = b->options.open_max_ms;
    else
        b->level++;
    if (retry_after > 0) {
        uint64_t seconds = (uint64_t)retry_after;
        if (seconds > b->options.retry_after_max_s)
            seconds = b->options.retry_after_max_s;
        if (seconds * 1000 > period)
            period = seconds * 1000;
    }
    open_for(b, period, now_ms);
}

static void close_circuit(struct breaker *b, uint64_t now_ms)
{
    enter(b, BREAKER_CLOSED);
    b->closed_since_ms = now_ms;
}

/* Time alone moves OPEN to HALF_OPEN. */
static void advance(struct breaker *b, uint64_t now_ms)
{
    if (b->state == BREAKER_OPEN && now_ms >= b->open_until_ms)
        enter(b, BREAKER_HALF_OPEN);
    /*
     * The doublings are forgotten only after a long good time, or a line that comes and goes every
     * few seconds would be asked again and again at the shortest period.
     */
    if (b->state == BREAKER_CLOSED && b->level > 0 && now_ms >= b->closed_since_ms &&
        now_ms - b->closed_since_ms > b->options.open_max_ms)
        b->level = 0;
}

enum breaker_verdict breaker_allow(struct breaker *b, uint64_t now_ms,
                                   struct breaker_ticket *ticket)
{
    enum breaker_verdict verdict = BREAKER_ALLOWED;
    *ticket = (struct breaker_ticket){0};
    pthread_mutex_lock(&b->lock);
    advance(b, now_ms);
    if (b->state == BREAKER_OPEN || (b->state == BREAKER_HALF_OPEN && b->probing)) {
        verdict = BREAKER_REFUSED;
        b->counts.refused++;
    } else if (b->options.max_in_flight != 0 && b->counts.in_flight >= b->options.max_in_flight) {
        verdict = BREAKER_FULL;
        b->counts.full++;
    } else {
        bool probe = b->state == BREAKER_HALF_OPEN;
        b->probing = probe;
        b->counts.in_flight++;
        b->counts.allowed++;
        *ticket =
            (struct breaker_ticket){.generation = b->generation, .probe = probe, .held = true};
    }
    pthread_mutex_unlock(&b->lock);
    return verdict;
}

void breaker_answered(struct breaker *b, const struct breaker_ticket *ticket, uint64_t now_ms)
{
    if (!ticket->held || !ticket->probe)
        return;
    pthread_mutex_lock(&b->lock);
    if (b->state == BREAKER_HALF_OPEN && ticket->generation == b->generation)
        close_circuit(b, now_ms);
    pthread_mutex_unlock(&b->lock);
}

static bool share_too_high(const struct breaker *b)
{
    if (b->recent_count < b->options.window)
        return false;
    uint64_t mask = b->options.window == MAX_WINDOW ? UINT64_MAX : (1ull << b->options.window) - 1;
    uint32_t failed = (uint32_t)__builtin_popcountll(b->recent & mask);
    return failed * 100 >= b->options.failure_percent * b->options.window;
}

static void count_answer(struct breaker *b, bool failed)
{
    b->failures_in_row = failed ? b->failures_in_row + 1 : 0;
    b->recent = b->recent << 1 | (failed ? 1 : 0);
    if (b->recent_count < MAX_WINDOW)
        b->recent_count++;
}

static void judge(struct breaker *b, enum breaker_mark mark, int retry_after, uint64_t now_ms)
{
    switch (b->state) {
    case BREAKER_CLOSED:
        if (mark == BREAKER_NEUTRAL)
            break;
        count_answer(b, mark == BREAKER_FAILURE);
        if (mark == BREAKER_FAILURE &&
            (retry_after > 0 || b->failures_in_row >= b->options.failures || share_too_high(b)))
            open_circuit(b, retry_after, now_ms);
        break;
    case BREAKER_HALF_OPEN:
        if (mark == BREAKER_SUCCESS)
            close_circuit(b, now_ms);
        else if (mark == BREAKER_FAILURE)
            open_circuit(b, retry_after, now_ms);
        else
            b->probing = false; /* the next request is the probe */
        break;
    case BREAKER_OPEN:
        break;
    }
}

void breaker_report(struct breaker *b, struct breaker_ticket *ticket, enum breaker_mark mark,
                    int retry_after, uint64_t now_ms)
{
    if (!ticket->held)
        return;
    ticket->held = false;
    pthread_mutex_lock(&b->lock);
    b->counts.in_flight--;
    if (mark == BREAKER_FAILURE)
        b->counts.failures++;
    advance(b, now_ms);
    if (ticket->generation == b->generation)
        judge(b, mark, retry_after, now_ms);
    pthread_mutex_unlock(&b->lock);
}

enum breaker_mark breaker_mark_of(const struct backend_result *result)
{
    switch (result->outcome) {
    case BACKEND_OK:
        return BREAKER_SUCCESS;
    case BACKEND_ERR_STATUS:
        return result->status == 429 || result->status >= 500 ? BREAKER_FAILURE : BREAKER_SUCCESS;
    case BACKEND_ERR_RESOLVE:
    case BACKEND_ERR_CONNECT:
    case BACKEND_ERR_TLS:
    case BACKEND_ERR_FIRST_BYTE:
    case BACKEND_ERR_IDLE:
    case BACKEND_ERR_TOTAL:
    case BACKEND_ERR_CUT:
    case BACKEND_ERR_GARBAGE:
        return BREAKER_FAILURE;
    case BACKEND_ERR_NO_KEY:
    case BACKEND_ERR_BUSY:
    case BACKEND_ERR_MODEL: /* the engine has its own way of waiting for it */
    case BACKEND_ERR_CONTEXT:
    case BACKEND_ERR_INTERNAL:
    case BACKEND_CANCELLED:
    case BACKEND_OUTCOME_COUNT:
        break;
    }
    return BREAKER_NEUTRAL;
}

enum breaker_state breaker_state(struct breaker *b, uint64_t now_ms)
{
    pthread_mutex_lock(&b->lock);
    advance(b, now_ms);
    enum breaker_state state = b->state;
    pthread_mutex_unlock(&b->lock);
    return state;
}

const char *breaker_state_name(enum breaker_state state)
{
    switch (state) {
    case BREAKER_CLOSED:
        return "closed";
    case BREAKER_OPEN:
        return "open";
    case BREAKER_HALF_OPEN:
        return "half_open";
    }
    return "unknown";
}

bool breaker_up(struct breaker *b, uint64_t now_ms)
{
    pthread_mutex_lock(&b->lock);
    advance(b, now_ms);
    bool up = b->state == BREAKER_CLOSED || (b->state == BREAKER_HALF_OPEN && !b->probing);
    pthread_mutex_unlock(&b->lock);
    return up;
}

uint32_t breaker_retry_after(struct breaker *b, uint64_t now_ms)
{
    uint32_t seconds = 0;
    pthread_mutex_lock(&b->lock);
    advance(b, now_ms);
    if (b->state == BREAKER_OPEN)
        seconds = (uint32_t)((b->open_until_ms - now_ms + 999) / 1000);
    else if (b->state == BREAKER_HALF_OPEN && b->probing)
        seconds = 1;
    pthread_mutex_unlock(&b->lock);
    return seconds;
}

void breaker_counts(struct breaker *b, struct breaker_counts *out)
{
    pthread_mutex_lock(&b->lock);
    *out = b->counts;
    pthread_mutex_unlock(&b->lock);
}
