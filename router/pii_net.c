#include <string.h>

#include "router/pii_internal.h"
#include "router/utf8_scan.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 253, URL_MAX = 2048, IPV6_MAX = 45 };

/* ---- mail ---- */

static bool is_local(const struct pii_run *run, size_t at)
{
    char c = pii_at(run, at);
    return pii_is(run, at, PII_WORD) || (c != '\0' && strchr(".!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

/* The end of a dotted name of at least two labels; *tld is where its last label begins. */
static size_t read_domain(const struct pii_run *run, size_t at, size_t *tld)
{
    size_t end = at;
    size_t label = at;
    size_t labels = 0;
    *tld = 0;
    for (size_t i = at; i < at + DOMAIN_MAX; i++) {
        char c = pii_at(run, i);
        if (pii_is(run, i, PII_WORD) || (c == '-' && i > label)) {
            if (pii_is(run, i, PII_WORD) && !pii_is(run, i + 1, PII_WORD) &&
                (pii_at(run, i + 1) != '-' || !pii_is(run, i + 2, PII_WORD))) {
                labels++;
                end = i + 1;
                *tld = label;
            }
            continue;
        }
        if (c != '.' || i == label)
            break;
        label = i + 1;
    }
    return labels >= 2 ? end : 0;
}

static bool letters_only(const struct pii_run *run, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (!pii_is(run, i, PII_LETTER | PII_HIGH))
            return false;
    return end > start;
}

static bool is_known_tld(const struct pii_run *run, size_t tld, size_t end)
{
    return pii_known_tld(run->text + tld, end - tld) ||
           (end - tld > 4 && pii_starts_with(run, tld, "xn--"));
}

/* Is `word` a whole label of [start, end)? */
static bool has_label(const struct pii_run *run, size_t start, size_t end, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = start; i + n <= end; i++)
        if ((i == start || run->text[i - 1] == '.') && pii_starts_with(run, i, word) &&
            (i + n == end || run->text[i + n] == '.'))
            return true;
    return false;
}

static bool is_example_domain(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const labels[] = {"example", "test",        "invalid", "localhost",
                                         "domain",  "yourcompany", "email",   "yourdomain",
                                         "acme",    "company",     "foo",     "bar"};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (has_label(run, start, end, labels[i]))
            return true;
    return false;
}

/* An address that reaches an office rather than somebody. */
static bool is_role(const struct pii_run *run, size_t start, size_t at)
{
    static const char *const roles[] = {"info",       "support",  "contact", "admin",     "noreply",
                                        "no-reply",   "sales",    "help",    "webmaster", "git",
                                        "postmaster", "office",   "hello",   "press",     "root",
                                        "user",       "username", "you",     "your",      "name",
                                        "abuse",      "security", "example", "test",      "foo"};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strlen(roles[i]) == at - start && pii_starts_with(run, start, roles[i]))
            return true;
    return false;
}

size_t pii_email(struct pii_run *run, size_t at)
{
    size_t start = at;
    while (start > run->mail_end && at - start < LOCAL_MAX && is_local(run, start - 1))
        start--;
    bool behind = start > 0 && start == run->mail_end;
    while (start < at && !pii_is(run, start, PII_WORD) && (run->text[start] != '_' || behind))
        start++; /* quotes, dots and braces in front are the sentence's */
    for (size_t i = start; i < at; i++)
        if (run->text[i] == '=' || run->text[i] == '|') /* a=b&key=jane@…, a row of a table */
            start = i + 1;
    size_t tld = 0;
    bool named =
        start < at && (pii_is(run, at - 1, PII_WORD) || strchr("_-+", run->text[at - 1]) != NULL);
    size_t end = named ? read_domain(run, at + 1, &tld) : 0;
    for (size_t i = tld; i < end && !pii_starts_with(run, tld, "xn--"); i++)
        if (run->text[i] == '-')
            end = i; /* jane@firm.com-she, or the dash of a sentence */
    if (end == 0 || end - tld < 2 || !letters_only(run, tld, end) || pii_at(run, end) == '@')
        return 0;
    bool known = is_known_tld(run, tld, end);
    /* pkg@file.js, logo@2x.png: not a domain that anybody has */
    if (!known && pii_context_within(run, start, end, CTX(USER) | CTX(PHONE), 24, 0) == NULL)
        return 0;
    bool placeholder = is_example_domain(run, at + 1, end) || is_role(run, start, at);
    run->mail_end = end;
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = PII_EMAIL_ADDRESS,
                                          .score = known ? (placeholder ? 0.8F : 0.99F) : 0.5F,
                                          .validated = known && !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = "email"});
    return end;
}

/* "john dot smith at example dot com", "john [at] example [dot] com", "john(at)example.com" */
size_t pii_email_spelled(struct pii_run *run, size_t at)
{
    size_t after = at + 2;
    char open = pii_before(run, at);
    bool bracketed = (open == '(' && pii_at(run, after) == ')') ||
                     (open == '[' && pii_at(run, after) == ']') ||
                     (open == '{' && pii_at(run, after) == '}');
    size_t start = bracketed ? at - 1 : at;
    after += bracketed;
    if (!bracketed && (open != ' ' || pii_at(run, after) != ' '))
        return 0;
    while (start > 0 && at - start < 3 && run->text[start - 1] == ' ')
        start--;
    size_t word_end = start;
    while (start > run->mail_end && word_end - start < LOCAL_MAX &&
           (pii_is(run, start - 1, PII_ALNUM) || strchr("._-+", run->text[start - 1]) != NULL))
        start--;
    if (start == word_end)
        return 0;
    /* "john dot smith": one more word before a spelled dot */
    if (start > 5 && memcmp(run->text + start - 5, " dot ", 5) == 0) {
        start -= 5;
        while (start > 0 && word_end - start < LOCAL_MAX && pii_is(run, start - 1, PII_ALNUM))
            start--;
    }
    while (pii_at(run, after) == ' ')
        if (++after > at + 6)
            return 0;
    bool dots_spelled = false;
    size_t end = 0;
    size_t tld = after;
    for (size_t labels = 0; labels < 5; labels++) {
        size_t label = after;
        while (after < label + 63 && (pii_is(run, after, PII_ALNUM) || pii_at(run, after) == '-'))
            after++;
        if (after == label)
            break;
        if (labels > 0 && pii_known_tld(run->text + label, after - label)) {
            end = after;
            tld = label;
        }
        size_t i = after;
        while (i < after + 3 &&
               (pii_at(run, i) == ' ' || pii_at(run, i) == '(' || pii_at(run, i) == '['))
            i++;
        if (pii_starts_with(run, i, "dot")) {
            i += 3;
            dots_spelled = true;
        } else if (pii_at(run, i) == '.' && i == after && pii_is(run, i + 1, PII_ALNUM)) {
            i++;
        } else {
            break;
        }
        size_t limit = i + 3;
        while (i < limit &&
               (pii_at(run, i) == ' ' || pii_at(run, i) == ')' || pii_at(run, i) == ']'))
            i++;
        after = i;
    }
    /* "meet me at example.com" is no address: one of both signs must be spelled in its own way. */
    if (end == 0 || tld == 0 || !(bracketed || dots_spelled))
        return 0;
    bool placeholder = is_role(run, start, word_end);
    run->mail_end = end;
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = PII_EMAIL_ADDRESS,
                                          .score = 0.85F,
                                          .validated = !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = "email_spelled"});
    return end;
}

/* ---- links ---- */

/* "。", "】", "→": not a letter without spaces around it, as a link may hold ("/用户/张三"). */
static bool is_other_sign(const struct pii_run *run, size_t at)
{
    uint32_t point = 0;
    if (!pii_is(run, at, PII_HIGH) || (pii_at(run, at) & 0xC0) == 0x80)
        return false;
    (void)utf8_scan((const uint8_t *)run->text + at, run->len - at, &point);
    return char_ends_word(point) && !char_is_unspaced(point);
}

static bool ends_url(const struct pii_run *run, size_t at)
{
    char c = pii_at(run, at);
    if (at < run->len && c == PII_PARTED)
        return is_other_sign(run, at + 1);
    bool sign = c != '\0' && strchr(",;!?)", c) != NULL;
    return at >= run->len || pii_is(run, at, PII_SPACE) || is_other_sign(run, at) ||
           (sign && (pii_at(run, at + 1) == PII_PARTED || (pii_at(run, at + 1) & 0xF0) == 0xE0)) ||
           (c != '\0' && strchr("\"<>\\^`{}|", c) != NULL) || (uint8_t)c < 0x20;
}

static size_t trim_url(const struct pii_run *run, size_t start, size_t end)
{
    size_t open = 0, closed = 0;
    for (size_t i = start; i < end; i++) {
        open += run->text[i] == '(';
        closed += run->text[i] == ')';
    }
    while (end > start) {
        char last = run->text[end - 1];
        bool stray = last == ')' && closed > open;
        if (strchr(".,;:!?'*]", last) == NULL && !stray)
            break;
        closed -= stray;
        end--;
    }
    return end;
}

/* scheme://user:password@host holds a secret; the whole of it, as the parts name each other. */
static bool has_password(const struct pii_run *run, size_t host, size_t end)
{
    bool colon = false;
    for (size_t i = host; i < end; i++) {
        char c = run->text[i];
        if (c == '/' || c == '?' || c == '#')
            return false;
        if (c == ':')
            colon = colon || i > host;
        if (c == '@')
            return colon && run->text[i - 1] != ':';
    }
    return false;
}

/* The first byte from `host` to `end` that is in no host's name, or `end`: "www.firm.de,219-…". */
static size_t host_end(const struct pii_run *run, size_t host, size_t end)
{
    size_t i = host;
    while (i < end && (pii_is(run, i, PII_WORD) || run->text[i] == PII_PARTED ||
                       strchr("-._~%:[]", run->text[i]) != NULL))
        i++;
    bool path = i < end && strchr("/?#", run->text[i]) != NULL;
    bool user = !path && memchr(run->text + i, '@', end - i) != NULL;
    return path || user ? end : i;
}

size_t pii_url(struct pii_run *run, size_t at)
{
    size_t start = at;
    size_t host = at;
    if (at < run->link_end)
        return 0; /* in what the link around it asks */
    if (pii_at(run, at) == ':') {
        while (start > 0 && at - start < 20 &&
               (pii_is(run, start - 1, PII_ALNUM) || run->text[start - 1] == '+'))
            start--;
        host = at + 3;
        if (start == at)
            return 0;
    }
    size_t tld = 0;
    size_t domain = host == at ? read_domain(run, at + 4, &tld) : host;
    if (domain < tld + 2) /* "www." wants a name of two labels behind it */
        return 0;
    size_t end = host;
    while (end < start + URL_MAX && !ends_url(run, end) &&
           !(pii_at(run, end) == ',' && pii_starts_with(run, end + 1, "http"))) /* a list */
        end++;
    end = trim_url(run, host, host_end(run, host, end));
    if (end < host + 3)
        return 0;
    bool secret = host != at && has_password(run, host, end);
    size_t at_sign = host;
    if (secret)
        while (run->text[at_sign] != '@')
            at_sign++;
    static const char *const stand_ins[] = {":password@", ":pass@", ":pwd@", ":secret@",
                                            ":<",         ":$",     ":***"};
    bool placeholder = false;
    for (size_t i = host; secret && i < at_sign; i++)
        for (size_t s = 0; s < sizeof(stand_ins) / sizeof(stand_ins[0]); s++)
            placeholder |= run->text[i] == ':' && pii_starts_with(run, i, stand_ins[s]);
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = secret ? PII_SECRET : PII_URL,
                                          .score = secret ? 0.9F : 0.8F,
                                          .validated = secret && !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = secret ? "connection_string" : "url"});
    /* What is asked behind the "?" may be somebody's: "?mail=jane%40posteo.de". Where the link goes
     * on with a letter without spaces around it, nobody knows where it ends:
     * "https://a.com电话139…". */
    size_t inside = host;
    while (inside < end && run->text[inside] != '?' && run->text[inside] != PII_PARTED)
        inside++;
    if (secret || inside == end)
        return end;
    run->link_end = end;
    return inside;
}

/*
 * rossi-bianchi.pt, "mapleharbor.com.au": under a country's name when the label before it is a long
 * word, or one that registries use; code has foo.se and words.ca too seldom to mind.
 */
static bool under_country(const struct pii_run *run, size_t at, size_t tld, size_t end)
{
    static const char countries[] =
        " nl es ch se dk fi pl cz pt ie jp br ca au nz za io ru cn kr tr gr hu ro ua il ";
    static const char *const second[] = {"com", "co", "org", "net", "gov", "edu", "ac"};
    if (end - tld != 2)
        return false;
    size_t label = tld - 1;
    while (label > at && run->text[label - 1] != '.')
        label--;
    for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++)
        if (label > at && strlen(second[i]) == tld - 1 - label &&
            pii_starts_with(run, label, second[i]))
            return is_known_tld(run, tld, end);
    for (size_t i = label; i < end; i++)
        if (!pii_is(run, i, PII_LOWER | PII_DIGIT) && run->text[i] != '-' && run->text[i] != '.')
            return false;
    char needle[] = {' ', run->text[tld], run->text[tld + 1], ' ', '\0'};
    return tld - 1 - label >= 6 && strstr(countries, needle) != NULL;
}

/*
 * contoso.webcam: under a long or telling name of the table, when the label before it is no short
 * word. What an object in code may have as a member is left out: session.security.
 */
static bool under_long_name(const struct pii_run *run, size_t at, size_t tld, size_t end)
{
    enum { LABEL_MIN = 6, LONG_MIN = 8 };
    static const char short_ones[] = " online shop webcam club wiki blog tech cloud agency studio "
                                     "london berlin paris tokyo africa asia museum hamburg nyc ";
    static const char members[] =
        " training software business services security download delivery directory discount "
        "education exchange feedback graphics pictures property properties protection schedule "
        "shopping supplies partners products marketing financial insurance equipment engineering "
        "computer airforce boutique builders cleaning clothing contractors diamonds localhost "
        "internal ";
    char needle[24] = " ";
    size_t n = end - tld;
    size_t label = tld - 1;
    if (n + 3 > sizeof(needle))
        return false;
    while (label > at && pii_is(run, label - 1, PII_LOWER | PII_DIGIT))
        label--;
    if (tld - 1 - label < LABEL_MIN || (label > at && run->text[label - 1] == '_'))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!pii_is(run, tld + i, PII_LOWER))
            return false;
        needle[i + 1] = run->text[tld + i];
    }
    needle[n + 1] = ' ';
    return (n >= LONG_MIN || strstr(short_ones, needle) != NULL) &&
           strstr(members, needle) == NULL && is_known_tld(run, tld, end);
}

/* Links that somebody made short, "bit.ly/3xYz12a": they lead to one thing, often to one person. */
static bool is_shortened(const struct pii_run *run, size_t at, size_t end)
{
    static const char *const hosts[] = {"bit.ly", "t.me",    "youtu.be", "goo.gl",
                                        "wa.me",  "fb.me",   "ow.ly",    "is.gd",
                                        "t.co",   "redd.it", "amzn.to",  "lnkd.in"};
    if (pii_at(run, end) != '/' || !pii_is(run, end + 1, PII_ALNUM))
        return false;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (strlen(hosts[i]) == end - at && pii_starts_with(run, at, hosts[i]))
            return true;
    return false;
}

/* microsoft.com, foo.co.uk/path: only under the names that are rarely anything but a domain */
size_t pii_domain(struct pii_run *run, size_t at)
{
    static const char *const common[] = {"com", "org", "net", "edu", "gov", "info",
                                         "biz", "uk",  "de",  "fr",  "eu",  "site"};
    size_t tld = 0;
    size_t end = at >= run->link_end ? read_domain(run, at, &tld) : 0;
    if (end == 0 || pii_at(run, end) == '@' || pii_at(run, end) == '(')
        return 0;
    for (size_t limit = at > 63 ? at - 63 : 0;
         at > limit + 1 && run->text[at - 1] == '-' && pii_is(run, at - 2, PII_ALNUM);) {
        at--; /* brown-jones.com */
        while (at > limit && pii_is(run, at - 1, PII_ALNUM))
            at--;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]) && !known; i++)
        known = strlen(common[i]) == end - tld && pii_starts_with(run, tld, common[i]);
    known = known || under_country(run, at, tld, end) || under_long_name(run, at, tld, end) ||
            is_shortened(run, at, end);
    if (!known)
        return end; /* foo.bar.baz in code: nothing inside it either */
    if (pii_at(run, end) == '/')
        while (end < at + URL_MAX && !ends_url(run, end))
            end++;
    end = trim_url(run, at, end);
    pii_emit(run,
             &(struct pii_candidate){
                 .start = at, .end = end, .type = PII_URL, .score = 0.5F, .recognizer = "domain"});
    return end;
}

/* ---- machine addresses ---- */

static void emit_ip(struct pii_run *run, size_t start, size_t end, float score, bool nobodys)
{
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = PII_IP_ADDRESS,
                                          .score = nobodys ? score * 0.8F : score,
                                          .validated = !nobodys,
                                          .placeholder = nobodys,
                                          .recognizer = "ip_address"});
}

/* Is the dash at `at` that of a sentence, or of "10.0.0.1-10.0.0.5", rather than of a name or a
 * version? */
static bool is_range(const struct pii_run *run, size_t at)
{
    enum { QUAD_MAX = 15 };
    size_t dots[2] = {0, 0};
    size_t ends[2] = {at, at + 1};
    while (ends[0] > 0 && at - ends[0] < QUAD_MAX &&
           (pii_is(run, ends[0] - 1, PII_DIGIT) || run->text[ends[0] - 1] == '.'))
        dots[0] += run->text[--ends[0]] == '.';
    while (ends[1] < at + 1 + QUAD_MAX &&
           (pii_is(run, ends[1], PII_DIGIT) || pii_at(run, ends[1]) == '.'))
        dots[1] += run->text[ends[1]++] == '.';
    bool before = ends[0] < at ? dots[0] == 3 : at == 0 || !pii_is(run, at - 1, PII_WORD);
    bool behind = ends[1] > at + 1 ? dots[1] >= 3 : !pii_is(run, at + 1, PII_WORD);
    return before && behind;
}

size_t pii_ipv4(struct pii_run *run, size_t at)
{
    unsigned octets[4];
    size_t i = at;
    for (size_t part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t n = 0;
        while (n < 4 && pii_is(run, i + n, PII_DIGIT)) {
            value = value * 10 + (unsigned)(run->text[i + n] - '0');
            n++;
        }
        if (n == 0 || n > 3 || value > 255 || (n > 1 && run->text[i] == '0'))
            return 0;
        octets[part] = value;
        i += n;
        if (part < 3 && pii_at(run, i++) != '.')
            return 0;
    }
    char before = pii_before(run, at);
    if (before == '.' || before == '_' || pii_is(run, i, PII_WORD) ||
        (pii_at(run, i) == '.' && pii_is(run, i + 1, PII_DIGIT)) ||
        (before == '-' && !is_range(run, at - 1)) || (pii_at(run, i) == '-' && !is_range(run, i)) ||
        pii_is(run, at - (at > 0), at > 0 ? PII_WORD : 0))
        return 0;
    if (pii_context_within(run, at, i, CTX(NOT), 16, 0) != NULL && octets[0] < 20)
        return 0; /* version 4.2.0.1 */
    size_t end = i;
    if (pii_at(run, i) == '/' && pii_is(run, i + 1, PII_DIGIT)) {
        size_t n = 1;
        while (n < 3 && pii_is(run, i + 1 + n, PII_DIGIT))
            n++;
        if (n <= 2 && !pii_is(run, i + 1 + n, PII_WORD))
            end = i + 1 + n;
    }
    bool private_range = octets[0] == 10 || octets[0] == 127 || octets[0] == 0 ||
                         octets[0] >= 224 || (octets[0] == 192 && octets[1] == 168) ||
                         (octets[0] == 172 && octets[1] >= 16 && octets[1] <= 31) ||
                         (octets[0] == 169 && octets[1] == 254) ||
                         (octets[0] == 192 && octets[1] == 0 && octets[2] == 2) ||
                         (octets[0] == 198 && octets[1] == 51) ||
                         (octets[0] == 203 && octets[1] == 0 && octets[2] == 113) ||
                         (octets[0] == 8 && octets[1] == 8) || (octets[0] == 1 && octets[1] == 1) ||
                         (octets[0] == 1 && octets[1] == 2 && octets[2] == 3);
    emit_ip(run, at, end, 0.9F, private_range);
    return end;
}

/* Two hex digits six times, the same separator between. */
static size_t read_mac(const struct pii_run *run, size_t at)
{
    char separator = pii_at(run, at + 2);
    if (separator == '\0' || (separator != ':' && separator != '-'))
        return 0;
    for (size_t i = 0; i < 17; i++) {
        bool ok = i % 3 == 2 ? pii_at(run, at + i) == separator : pii_is(run, at + i, PII_HEX);
        if (!ok)
            return 0;
    }
    return pii_is(run, at + 17, PII_WORD) ||
                   (pii_at(run, at + 17) == separator && pii_is(run, at + 18, PII_WORD))
               ? 0
               : at + 17;
}

static size_t read_mac_dotted(const struct pii_run *run, size_t at)
{
    bool letter = false;
    for (size_t i = 0; i < 14; i++) {
        bool ok = i % 5 == 4 ? pii_at(run, at + i) == '.' : pii_is(run, at + i, PII_HEX);
        if (!ok)
            return 0;
        letter |= pii_is(run, at + i, PII_LETTER);
    }
    return !letter || pii_is(run, at + 14, PII_WORD) || pii_at(run, at + 14) == '.' ? 0 : at + 14;
}

/* Are there more pairs, or groups of an IPv6 address, in front of what stands at `at`? A label is
 * not: "mac:00:1a:…". */
static bool goes_on_before(const struct pii_run *run, size_t at)
{
    enum { GROUP_MAX = 4 };
    if (pii_before(run, at) != ':' && pii_before(run, at) != '-')
        return false;
    size_t start = at - 1;
    while (start > 0 && at - start <= GROUP_MAX + 1 && pii_is(run, start - 1, PII_HEX))
        start--;
    bool group = start < at - 1 && at - 1 - start <= GROUP_MAX;
    return (group && (start == 0 || !pii_is(run, start - 1, PII_WORD))) ||
           (start == at - 1 && start > 0 && run->text[start - 1] == ':');
}

/* Six pairs of digits alone may be hours, minutes and what comes after them. They are an address
 * behind a word for one, or begin as those of many makers do. */
static bool is_decimal_mac(const struct pii_run *run, size_t at)
{
    enum { LABEL_BEFORE = 24, FIRST_NO_MINUTE = '6' };
    static const char *const words[] = {"mac",    "ether",     "hw",    "bssid",
                                        "lladdr", "wlan",      "wi-fi", "device",
                                        "wifi",   "interface", "nic",   "hardware"};
    static const char *const makers[] = {"00", "08:00", "08-00", "52:54:00", "52-54-00"};
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        if (pii_starts_with(run, at, makers[i]))
            return true;
    for (size_t pair = 0; pair < 6; pair++)
        if (run->text[at + 3 * pair] >= FIRST_NO_MINUTE)
            return true;
    for (size_t i = at > LABEL_BEFORE ? at - LABEL_BEFORE : 0; i < at; i++)
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
            if ((i == 0 || !pii_is(run, i - 1, PII_WORD)) && pii_starts_with(run, i, words[w]))
                return true;
    return false;
}

size_t pii_mac(struct pii_run *run, size_t at)
{
    size_t end = pii_at(run, at + 4) == '.' ? read_mac_dotted(run, at) : read_mac(run, at);
    if (end == 0 || goes_on_before(run, at))
        return 0;
    bool nobodys = true; /* all zeros, all ones */
    bool letter = false;
    for (size_t i = at; i < end; i++) {
        if (pii_is(run, i, PII_HEX) && pii_lower(run->text[i]) != pii_lower(run->text[at]))
            nobodys = false;
        letter |= pii_is(run, i, PII_LETTER);
    }
    if (!nobodys && (letter || is_decimal_mac(run, at)))
        pii_emit(run, &(struct pii_candidate){.start = at,
                                              .end = end,
                                              .type = PII_MAC_ADDRESS,
                                              .score = 0.9F,
                                              .validated = true,
                                              .recognizer = "mac_address"});
    return end;
}

/* RFC 4291 text to 16 bytes: eight groups, "::" once, perhaps an IPv4 tail. */
static bool parse_ipv6(const char *text, size_t len, uint8_t out[16])
{
    size_t used = 0;
    size_t gap = SIZE_MAX;
    size_t i = 0;
    memset(out, 0, 16);
    if (len >= 2 && text[0] == ':' && text[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < len) {
        unsigned value = 0;
        size_t n = 0;
        while (i + n < len && n < 5 && (pii_class[(uint8_t)text[i + n]] & PII_HEX) != 0) {
            char c = pii_lower(text[i + n]);
            value = value * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
            n++;
        }
        if (i + n < len && text[i + n] == '.') { /* the IPv4 tail */
            for (size_t part = 0; part < 4; part++) {
                size_t start = i;
                value = 0;
                while (i < len && text[i] >= '0' && text[i] <= '9' && i < start + 3)
                    value = value * 10 + (unsigned)(text[i++] - '0');
                if (i == start || value > 255 || used >= 16 ||
                    (part < 3 && (i >= len || text[i++] != '.')))
                    return false;
                out[used++] = (uint8_t)value;
            }
            if (i != len)
                return false;
            break;
        }
        if (n == 0 || n > 4 || used > 14)
            return false;
        out[used++] = (uint8_t)(value >> 8);
        out[used++] = (uint8_t)value;
        i += n;
        if (i == len)
            break;
        if (text[i] != ':' || i + 1 == len)
            return false;
        i++;
        if (text[i] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = used;
            i++;
        }
    }
    if (gap == SIZE_MAX)
        return used == 16;
    if (used > 14)
        return false;
    memmove(out + 16 - (used - gap), out + gap, used - gap);
    memset(out + gap, 0, 16 - used);
    return true;
}

/* "fe80::1%eth0", "2001:db8::/32": the zone and the length of the prefix belong to it. */
static size_t with_zone(const struct pii_run *run, size_t end)
{
    enum { ZONE_MAX = 16 };
    char sign = pii_at(run, end);
    size_t i = end + 1;
    if (sign == '%')
        while (i <= end + ZONE_MAX && pii_is(run, i, PII_ALNUM))
            i++;
    else if (sign == '/')
        while (i <= end + 3 && pii_is(run, i, PII_DIGIT))
            i++;
    return i > end + 1 && !pii_is(run, i, PII_WORD) ? i : end;
}

size_t pii_ipv6(struct pii_run *run, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < IPV6_MAX &&
           (pii_is(run, start - 1, PII_HEX) || run->text[start - 1] == ':'))
        start--;
    if (pii_is(run, start - (start > 0), start > 0 ? PII_WORD : 0))
        return 0;
    size_t end = at;
    size_t colons = 0;
    while (end < start + IPV6_MAX && (pii_is(run, end, PII_HEX) || pii_at(run, end) == ':' ||
                                      (pii_at(run, end) == '.' && pii_is(run, end + 1, PII_DIGIT))))
        colons += run->text[end++] == ':';
    if (pii_is(run, end, PII_WORD) || pii_at(run, end) == ':')
        return end;
    if (end > start && run->text[end - 1] == ':' &&
        !(end - start >= 2 && run->text[end - 2] == ':'))
        end--; /* the sentence's colon */
    char text[IPV6_MAX + 1];
    uint8_t address[16];
    if (colons < 2 || end - start > IPV6_MAX)
        return end;
    memcpy(text, run->text + start, end - start);
    text[end - start] = '\0';
    if (!parse_ipv6(text, end - start, address))
        return end;
    size_t digits = 0;
    for (size_t i = start; i < end; i++)
        digits += pii_is(run, i, PII_HEX);
    /* "::" and "a::b" are code more often than addresses. */
    if (digits < 3 && strcmp(text, "::1") != 0)
        return end;
    static const uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    bool documentation =
        address[0] == 0x20 && address[1] == 0x01 && address[2] == 0x0d && address[3] == 0xb8;
    bool local = address[0] == 0xfe || (address[0] & 0xfe) == 0xfc;
    bool nobodys = documentation || local || memcmp(address, loopback, 16) == 0;
    end = with_zone(run, end);
    emit_ip(run, start, end, digits < 6 ? 0.6F : 0.9F, nobodys);
    return end;
}
