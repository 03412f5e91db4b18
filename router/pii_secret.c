#include <string.h>

#include "router/pii_internal.h"

enum { SECRET_MAX = 512, JWT_MAX = 8192, PEM_MAX = 16384, MIXED_MIN = 16 };

static bool is_token_char(const struct pii_run *run, size_t at)
{
    char c = pii_at(run, at);
    return pii_is(run, at, PII_ALNUM) || c == '_' || c == '-';
}

static size_t token_end(const struct pii_run *run, size_t at, size_t max)
{
    size_t end = at;
    while (end - at < max && is_token_char(run, end))
        end++;
    return end;
}

/* Does it look drawn at random: digits and letters, few repeats, no long word? */
static bool looks_random(const struct pii_run *run, size_t start, size_t end)
{
    uint8_t seen[256] = {0};
    unsigned distinct = 0;
    unsigned digits = 0;
    unsigned letters = 0;
    unsigned changes = 0;
    for (size_t i = start; i < end; i++) {
        uint8_t c = (uint8_t)run->text[i];
        distinct += seen[c]++ == 0;
        digits += (pii_class[c] & PII_DIGIT) != 0;
        letters += (pii_class[c] & PII_LETTER) != 0;
        changes += i > start && pii_class[c] != pii_class[(uint8_t)run->text[i - 1]];
    }
    size_t n = end - start;
    return digits >= 2 && letters >= 2 && distinct * 3 >= (n < 24 ? n : 24) && changes * 5 >= n;
}

static void emit_secret(struct pii_run *run, size_t start, size_t end, float score, bool sure,
                        const char *name, const char *context)
{
    bool placeholder = false;
    static const char *const stand_ins[] = {"your",     "xxxx",  "example",    "placeholder",
                                            "changeme", "****",  "1234567890", "abcdef123",
                                            "redacted", "insert"};
    size_t scan = end - start > 64 ? start + 64 : end;
    for (size_t i = start; i < scan && !placeholder; i++)
        for (size_t s = 0; s < sizeof(stand_ins) / sizeof(stand_ins[0]); s++)
            placeholder |=
                pii_lower(run->text[i]) == stand_ins[s][0] && pii_starts_with(run, i, stand_ins[s]);
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = PII_SECRET,
                                          .score = placeholder ? score * 0.6F : score,
                                          .validated = sure && !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = name,
                                          .context = context});
}

static size_t jwt(struct pii_run *run, size_t at)
{
    size_t header = token_end(run, at, JWT_MAX);
    if (header - at < 10 || pii_at(run, header) != '.')
        return 0;
    size_t payload = token_end(run, header + 1, JWT_MAX);
    if (payload - header < 8)
        return 0;
    size_t end = payload;
    if (pii_at(run, payload) == '.')
        end = token_end(run, payload + 1, JWT_MAX);
    emit_secret(run, at, end, 0.95F, true, "jwt", NULL);
    return end;
}

size_t pii_secret(struct pii_run *run, size_t at)
{
    static const struct {
        const char *prefix;
        uint8_t least; /* characters behind the prefix */
        const char *name;
    } vendors[] = {
        {"AKIA", 16, "aws_access_key"},   {"ASIA", 16, "aws_access_key"},
        {"ghp_", 30, "github_token"},     {"gho_", 30, "github_token"},
        {"ghu_", 30, "github_token"},     {"ghs_", 30, "github_token"},
        {"ghr_", 30, "github_token"},     {"github_pat_", 22, "github_token"},
        {"glpat-", 18, "gitlab_token"},   {"sk-ant-", 20, "anthropic_key"},
        {"sk-proj-", 20, "openai_key"},   {"sk-svcacct-", 20, "openai_key"},
        {"sk-or-", 20, "openrouter_key"}, {"sk-", 32, "openai_key"},
        {"sk_live_", 16, "stripe_key"},   {"sk_test_", 16, "stripe_key"},
        {"rk_live_", 16, "stripe_key"},   {"whsec_", 20, "stripe_key"},
        {"xoxb-", 20, "slack_token"},     {"xoxp-", 20, "slack_token"},
        {"xoxa-", 20, "slack_token"},     {"xoxs-", 20, "slack_token"},
        {"xapp-", 20, "slack_token"},     {"AIza", 35, "google_api_key"},
        {"ya29.", 20, "google_oauth"},    {"GOCSPX-", 20, "google_oauth"},
        {"hf_", 30, "huggingface_token"}, {"npm_", 36, "npm_token"},
        {"pypi-", 40, "pypi_token"},      {"dop_v1_", 40, "digitalocean_token"},
        {"shpat_", 30, "shopify_token"},  {"shpss_", 30, "shopify_token"},
        {"sq0atp-", 20, "square_token"},  {"sq0csp-", 20, "square_token"},
        {"SG.", 40, "sendgrid_key"},      {"key-", 32, "mailgun_key"},
        {"dapi", 32, "databricks_token"}, {"PMAK-", 30, "postman_key"},
        {"lin_api_", 30, "linear_key"},   {"r8_", 30, "replicate_token"},
        {"gsk_", 40, "groq_key"},         {"pplx-", 30, "perplexity_key"},
        {"hvs.", 24, "vault_token"},      {"tskey-", 20, "tailscale_key"},
        {"NRAK-", 20, "newrelic_key"},    {"figd_", 30, "figma_token"},
        {"glsa_", 30, "grafana_token"},   {"AGE-SECRET-KEY-", 50, "age_key"},
    };
    char first = pii_at(run, at);
    if (first == 'e' && pii_at(run, at + 1) == 'y' && pii_at(run, at + 2) == 'J')
        return jwt(run, at);
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        if (vendors[i].prefix[0] != first)
            continue;
        size_t n = strlen(vendors[i].prefix);
        if (run->len - at <= n || memcmp(run->text + at, vendors[i].prefix, n) != 0)
            continue;
        size_t end = token_end(run, at + n, SECRET_MAX);
        if (vendors[i].prefix[n - 1] == '.' && pii_at(run, end) == '.')
            end = token_end(run, end + 1, SECRET_MAX);
        if (end - at - n < vendors[i].least)
            continue;
        emit_secret(run, at, end, 0.95F, true, vendors[i].name, NULL);
        return end;
    }
    /* Anything random enough right behind "api_key =", "token:" and the like. */
    size_t end = at;
    while (end - at < SECRET_MAX && (is_token_char(run, end) || pii_at(run, end) == '/' ||
                                     pii_at(run, end) == '+' || pii_at(run, end) == '='))
        end++;
    if (end - at < MIXED_MIN)
        return 0;
    const char *context = pii_context_within(run, at, end, CTX(SECRET) | CTX(PASSWORD), 8, 0);
    if (context == NULL || !looks_random(run, at, end))
        return 0;
    emit_secret(run, at, end, 0.8F, true, "random_by_context", context);
    return end;
}

size_t pii_pem(struct pii_run *run, size_t at)
{
    static const char begin[] = "-----BEGIN ";
    static const char key[] = "PRIVATE KEY";
    static const char finish[] = "-----END ";
    size_t n = sizeof(begin) - 1;
    if (run->len - at < n || memcmp(run->text + at, begin, n) != 0)
        return 0;
    size_t rest = run->len - at - n;
    if (memmem(run->text + at + n, rest < 40 ? rest : 40, key, sizeof(key) - 1) == NULL)
        return 0;
    size_t window = rest < PEM_MAX ? rest : PEM_MAX;
    const char *last = memmem(run->text + at + n, window, finish, sizeof(finish) - 1);
    size_t end = at + n + window;
    if (last != NULL) {
        end = (size_t)(last - run->text) + sizeof(finish) - 1;
        while (end < run->len && run->text[end] != '\n' && run->text[end] != '"')
            end++;
    }
    emit_secret(run, at, end, 0.97F, true, "private_key", NULL);
    return end;
}
