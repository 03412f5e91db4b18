/* metrics_render.c - the Prometheus text page. */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/listener.h"
#include "gateway/metrics_internal.h"

/* Appending goes on after a failure and the failure is kept: one check at the end. */
struct page {
    struct buf *out;
    int rc;
};

#define PUT(page, ...)                                                                             \
    do {                                                                                           \
        if ((page)->rc == 0)                                                                       \
            (page)->rc = buf_printf((page)->out, __VA_ARGS__);                                     \
    } while (0)

static void head(struct page *p, const char *name, const char *type, const char *help)
{
    PUT(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value; names are the configuration's, but may hold what the format must escape. */
struct label {
    char text[2 * DECISION_NAME_CHARS + 2];
};

static struct label label_of(const char *name)
{
    struct label l;
    size_t at = 0;
    for (; *name != '\0' && at < sizeof(l.text) - 2; name++) {
        if (*name == '\\' || *name == '"' || *name == '\n')
            l.text[at++] = '\\';
        l.text[at++] = *name == '\n' ? 'n' : *name;
    }
    l.text[at] = '\0';
    return l;
}

static unsigned names_count(const struct metrics_names *names)
{
    return atomic_load_explicit(&names->count, memory_order_acquire);
}

/* Sums one cell, given by its place in a shard, over all shards. */
static uint64_t sum_at(const struct metrics *m, size_t offset)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->shard_count; i++) {
        const atomic_uint_fast64_t *cell = (const void *)((const char *)m->shards[i] + offset);
        sum += atomic_load_explicit(cell, memory_order_relaxed);
    }
    return sum;
}
#define SUM(m, member) sum_at((m), offsetof(struct metrics_shard, member))

static void put_counter(struct page *p, const char *name, const char *help, uint64_t value)
{
    head(p, name, "counter", help);
    PUT(p, "%s %" PRIu64 "\n", name, value);
}

static void put_gauge(struct page *p, const char *name, const char *help, double value)
{
    head(p, name, "gauge", help);
    PUT(p, "%s %.17g\n", name, value);
}

/* histograms: by offset in a shard, so that one function sums any of them */
static void put_histogram(struct page *p, const struct metrics *m, size_t offset,
                          const struct metrics_buckets *buckets, const char *name,
                          const char *labels, bool even_if_empty)
{
    uint64_t cells[METRICS_BUCKETS + 1] = {0}, sum = 0, all = 0;
    for (unsigned i = 0; i < m->shard_count; i++) {
        const struct metrics_histogram *h = (const void *)((const char *)m->shards[i] + offset);
        for (unsigned j = 0; j <= buckets->count; j++)
            cells[j] += atomic_load_explicit(&h->cells[j], memory_order_relaxed);
        sum += atomic_load_explicit(&h->sum, memory_order_relaxed);
    }
    for (unsigned j = 0; j <= buckets->count; j++)
        all += cells[j];
    if (all == 0 && !even_if_empty)
        return;
    const char *comma = labels[0] != '\0' ? "," : "";
    uint64_t below = 0;
    for (unsigned j = 0; j < buckets->count; j++) {
        below += cells[j];
        PUT(p, "%s_bucket{%s%sle=\"%.10g\"} %" PRIu64 "\n", name, labels, comma,
            (double)buckets->bounds[j] / buckets->scale, below);
    }
    PUT(p, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, comma, all);
    const char *left = labels[0] != '\0' ? "{" : "", *right = labels[0] != '\0' ? "}" : "";
    PUT(p, "%s_sum%s%s%s %.10g\n", name, left, labels, right, (double)sum / buckets->scale);
    PUT(p, "%s_count%s%s%s %" PRIu64 "\n", name, left, labels, right, all);
}

static void put_requests(struct page *p, const struct metrics *m)
{
    static const char name[] = "penstock_requests_total";
    head(p, name, "counter", "Finished requests by matched rule, placement and outcome.");
    for (unsigned r = 0; r < names_count(&m->routes); r++)
        for (unsigned where = 0; where <= PLACEMENT_COUNT; where++)
            for (unsigned o = 0; o < DECISION_OUTCOME_COUNT; o++) {
                uint64_t n = SUM(m, requests[r][where][o]);
                if (n == 0)
                    continue;
                PUT(p, "%s{route=\"%s\",placement=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name,
                    label_of(m->routes.text[r]).text,
                    where < PLACEMENT_COUNT ? placement_name((enum placement)where) : "none",
                    decision_outcome_name((enum decision_outcome)o), n);
            }
}

static void put_classifiers(struct page *p, const struct metrics *m)
{
    static const char name[] = "penstock_classifier_duration_seconds";
    head(p, name, "histogram", "Time a classifier took for one request.");
    put_histogram(p, m, offsetof(struct metrics_shard, classifiers[METRICS_CLASSIFIER_PII]),
                  &metrics_overhead_buckets, name, "classifier=\"pii\"", true);
    put_histogram(p, m, offsetof(struct metrics_shard, classifiers[METRICS_CLASSIFIER_COMPLEXITY]),
                  &metrics_overhead_buckets, name, "classifier=\"complexity\"", true);
}

static void put_cache(struct page *p, const struct metrics *m)
{
    static const char name[] = "penstock_classifier_cache_total";
    head(p, name, "counter", "Texts looked up among those scanned before.");
    PUT(p, "%s{result=\"hit\"} %" PRIu64 "\n", name, SUM(m, cache[1]));
    PUT(p, "%s{result=\"miss\"} %" PRIu64 "\n", name, SUM(m, cache[0]));
}

static void put_pii(struct page *p, const struct metrics *m)
{
    static const char *const actions[METRICS_PII_ACTION_COUNT] = {"kept", "forwarded", "blocked",
                                                                  "redacted", "masked"};
    static const char name[] = "penstock_pii_events_total";
    head(p, name, "counter", "Entities found, by type and by what became of the request.");
    for (unsigned i = 0; i < PII_TYPE_COUNT; i++)
        for (unsigned a = 0; a < METRICS_PII_ACTION_COUNT; a++) {
            uint64_t n = SUM(m, pii[i][a]);
            if (n != 0)
                PUT(p, "%s{type=\"%s\",action=\"%s\"} %" PRIu64 "\n", name,
                    pii_type_name((enum pii_type)i), actions[a], n);
        }
}

static void put_reply_pii(struct page *p, const struct metrics *m)
{
    static const char name[] = "penstock_reply_pii_events_total";
    head(p, name, "counter", "Entities found in answers, where policies have them scanned.");
    for (unsigned i = 0; i < PII_TYPE_COUNT; i++) {
        uint64_t n = SUM(m, reply_pii[i]);
        if (n != 0)
            PUT(p, "%s{type=\"%s\"} %" PRIu64 "\n", name, pii_type_name((enum pii_type)i), n);
    }
}

static void put_fallbacks(struct page *p, const struct metrics *m)
{
    static const char name[] = "penstock_fallbacks_total";
    unsigned targets = names_count(&m->targets);
    head(p, name, "counter", "Tries that failed, with the target asked next (or none).");
    for (unsigned from = 0; from < targets; from++)
        for (unsigned to = 0; to < targets; to++)
            for (unsigned o = 0; o < BACKEND_OUTCOME_COUNT; o++) {
                uint64_t n = SUM(m, fallbacks[from][to][o]);
                if (n != 0)
                    PUT(p, "%s{from=\"%s\",to=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name,
                        label_of(m->targets.text[from]).text, label_of(m->targets.text[to]).text,
                        backend_outcome_name((enum backend_outcome)o), n);
            }
}

static void put_states(struct page *p, const struct metrics *m, const char *name,
                       const atomic_int *states)
{
    for (unsigned i = 0; i < names_count(&m->targets); i++) {
        int state = atomic_load(&states[i]);
        if (state != 0)
            PUT(p, "%s{target=\"%s\"} %d\n", name, label_of(m->targets.text[i]).text, state - 1);
    }
}

static void put_targets(struct page *p, const struct metrics *m)
{
    static const char target[] = "penstock_target_state", model[] = "penstock_model_state";
    head(p, target, "gauge", "0: circuit open, 1: usable, 2: probing.");
    put_states(p, m, target, m->target_state);
    head(p, model, "gauge", "Of models in process. 0: closed, 1: opening, 2: open, 3: failed.");
    put_states(p, m, model, m->model_state);
}

static void put_gen_ai(struct page *p, const struct metrics *m)
{
    static const struct {
        const char *name, *help;
        size_t offset;
        const struct metrics_buckets *buckets;
    } by_target[] = {
        {"gen_ai_server_request_duration_seconds", "From a request's first byte to its end.",
         offsetof(struct metrics_shard, durations), &metrics_duration_buckets},
        {"gen_ai_server_time_to_first_token_seconds",
         "From a request's first byte to the answer's first.",
         offsetof(struct metrics_shard, first_tokens), &metrics_first_token_buckets},
    };
    static const char tokens[] = "gen_ai_client_token_usage";
    static const char *const kinds[2] = {"input", "output"};
    char labels[sizeof(struct label) + 96];
    unsigned targets = names_count(&m->targets);
    for (unsigned i = 0; i < sizeof(by_target) / sizeof(by_target[0]); i++) {
        head(p, by_target[i].name, "histogram", by_target[i].help);
        for (unsigned t = 0; t < targets; t++) {
            (void)snprintf(labels, sizeof(labels), "gen_ai_operation_name=\"chat\",target=\"%s\"",
                           label_of(m->targets.text[t]).text);
            put_histogram(p, m, by_target[i].offset + t * sizeof(struct metrics_histogram),
                          by_target[i].buckets, by_target[i].name, labels, false);
        }
    }
    head(p, tokens, "histogram", "Tokens of a request, as its target counted them.");
    for (unsigned t = 0; t < targets; t++)
        for (unsigned k = 0; k < 2; k++) {
            (void)snprintf(labels, sizeof(labels),
                           "gen_ai_operation_name=\"chat\",gen_ai_token_type=\"%s\",target=\"%s\"",
                           kinds[k], label_of(m->targets.text[t]).text);
            put_histogram(p, m,
                          offsetof(struct metrics_shard, tokens) +
                              (2 * t + k) * sizeof(struct metrics_histogram),
                          &metrics_token_buckets, tokens, labels, false);
        }
}

static void put_log(struct page *p, const struct metrics *m, const struct decision_log *log)
{
    struct decision_log_stats stats;
    put_counter(p, "penstock_decision_log_refusals_total",
                "Requests refused because decisions could not be recorded.", SUM(m, log_refusals));
    if (log == NULL)
        return;
    decision_log_stats(log, &stats);
    put_counter(p, "penstock_decision_log_records_total", "Decision records written.",
                stats.records);
    put_counter(p, "penstock_decision_log_gaps_total", "Decision records lost or in doubt.",
                stats.gaps);
    put_gauge(p, "penstock_decision_log_waiting", "Decision records waiting to be written.",
              (double)stats.waiting);
    put_gauge(p, "penstock_decision_log_failing", "1 while the last write did not succeed.",
              stats.failing ? 1 : 0);
}

static void put_clients(struct page *p, const struct listener_counts *clients)
{
    put_counter(p, "penstock_http_connections_total", "Client connections accepted.",
                clients->accepted);
    head(p, "penstock_http_refused_total", "counter",
         "Requests and connections that were refused before there was a decision to take.");
    for (int i = HTTP_REFUSAL_NONE + 1; i < HTTP_REFUSAL_COUNT; i++)
        PUT(p, "penstock_http_refused_total{reason=\"%s\"} %" PRIu64 "\n",
            http_refusal_of((enum http_refusal_reason)i)->label, clients->refused[i]);
    put_counter(p, "penstock_http_aborted_total", "Clients that left before their reply was whole.",
                clients->aborted);
    put_counter(p, "penstock_http_accept_pauses_total",
                "Pauses in accepting, for want of descriptors or memory.", clients->accept_paused);
    put_counter(p, "penstock_tls_failures_total", "TLS handshakes of clients that failed.",
                clients->tls_failed);
}

static void put_info(struct page *p, const struct metrics *m)
{
    char hash[HASH_HEX_SIZE];
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&m->lock;
    pthread_mutex_lock(lock);
    memcpy(hash, m->policy_hash, sizeof(hash));
    pthread_mutex_unlock(lock);
    head(p, "penstock_build_info", "gauge", "Always 1; the version is a label.");
    PUT(p, "penstock_build_info{version=\"%s\"} 1\n", PENSTOCK_VERSION);
    if (hash[0] != '\0') {
        head(p, "penstock_policy_info", "gauge", "Always 1; the policy in force is a label.");
        PUT(p, "penstock_policy_info{hash=\"%s\"} 1\n", hash);
    }
    head(p, "penstock_reloads_total", "counter", "Configuration reloads.");
    PUT(p, "penstock_reloads_total{result=\"accepted\"} %" PRIuFAST64 "\n",
        atomic_load(&m->reloads[1]));
    PUT(p, "penstock_reloads_total{result=\"rejected\"} %" PRIuFAST64 "\n",
        atomic_load(&m->reloads[0]));
}

static long open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long n = 0;
    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n - 3; /* ".", ".." and the one that reads the folder */
}

static void put_process(struct page *p, const struct metrics *m)
{
    struct rusage usage;
    struct rlimit limit;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        head(p, "process_cpu_seconds_total", "counter", "User and system time.");
        PUT(p, "process_cpu_seconds_total %.6f\n",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    }
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        unsigned long size = 0, resident = 0;
        long page_size = sysconf(_SC_PAGESIZE);
        if (fscanf(file, "%lu %lu", &size, &resident) == 2) {
            put_gauge(p, "process_virtual_memory_bytes", "Virtual memory.",
                      (double)size * (double)page_size);
            put_gauge(p, "process_resident_memory_bytes", "Resident memory.",
                      (double)resident * (double)page_size);
        }
        (void)fclose(file);
    }
    long open = open_descriptors();
    if (open >= 0)
        put_gauge(p, "process_open_fds", "Open file descriptors.", (double)open);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        put_gauge(p, "process_max_fds", "Most file descriptors.", (double)limit.rlim_cur);
    put_gauge(p, "process_start_time_seconds", "Start, in seconds since 1970.",
              floor(m->start_time * 1000) / 1000);
}

int metrics_render(const struct metrics *m, const struct decision_log *log,
                   const struct listener_counts *clients, struct buf *out)
{
    struct page p = {.out = out, .rc = 0};
    put_info(&p, m);
    put_requests(&p, m);
    head(&p, "penstock_overhead_seconds", "histogram",
         "From a request's first byte to its decision.");
    put_histogram(&p, m, offsetof(struct metrics_shard, overhead), &metrics_overhead_buckets,
                  "penstock_overhead_seconds", "", true);
    put_classifiers(&p, m);
    put_cache(&p, m);
    put_pii(&p, m);
    put_reply_pii(&p, m);
    put_counter(&p, "penstock_conversations_held_total",
                "Requests decided on by what earlier turns of their conversation showed.",
                SUM(m, held));
    put_fallbacks(&p, m);
    put_targets(&p, m);
    put_gauge(&p, "penstock_connections", "Open client connections.",
              (double)atomic_load(&m->connections));
    put_gauge(&p, "penstock_requests_in_flight", "Requests being handled.",
              (double)atomic_load(&m->requests_in_flight));
    put_clients(&p, clients);
    put_log(&p, m, log);
    put_gen_ai(&p, m);
    put_process(&p, m);
    return p.rc;
}
