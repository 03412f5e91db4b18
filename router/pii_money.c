#include <string.h>

#include "router/pii_internal.h"

enum { CARD_MAX = 19, CARD_MIN = 12, IBAN_MAX = 34, CRYPTO_MAX = 90 };

/* ---- cards ---- */

static unsigned leading(const char *digits, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (unsigned)(digits[i] - '0');
    return value;
}

/* 2: a scheme's own range and length; 1: a range shared by many cards and other numbers; 0: none */
static int issuer(const char *digits, size_t n)
{
    unsigned two = leading(digits, 2);
    unsigned three = leading(digits, 3);
    unsigned four = leading(digits, 4);
    if (digits[0] == '4')
        return n == 16 ? 2 : n == 13 || n == 19;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
        return n == 16 ? 2 : 0;
    if (two == 34 || two == 37)
        return n == 15 ? 2 : 0;
    if ((three >= 300 && three <= 305) || two == 36 || two == 38 || two == 39)
        return n == 14 ? 2 : n == 16 && two != 36 ? 1 : 0;
    if (four == 6011 || two == 65 || (three >= 644 && three <= 649) || two == 62)
        return n == 16 ? 2 : n > 16;
    if (four >= 3528 && four <= 3589)
        return n == 16 ? 2 : n > 16;
    if (four >= 2200 && four <= 2204)
        return n == 16 ? 2 : n > 16;
    if (two == 50 || (two >= 56 && two <= 58) || digits[0] == '6')
        return n == 16 || n == 18 || n == 19;
    if (two == 81 || two == 82)
        return n == 16;
    return digits[0] == '1' && n == 15; /* UATP */
}

static bool is_test_card(const char *digits, size_t n)
{
    static const char *const cards[] = {
        "4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444",
        "5105105105105100", "378282246310005",  "371449635398431",  "6011111111111117",
        "6011000990139424", "30569309025904",   "38520000023237",   "3530111333300000",
        "3566002020360505", "4000056655665556", "2223003122003222", "4000000000000002",
        "5200828282828210", "4222222222222",    "378734493671000",  "4000002500003155",
        "4917610000000000", "6011000000000004", "5424000000000015", "4007000000027",
    };
    for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
        if (strlen(cards[i]) == n && memcmp(cards[i], digits, n) == 0)
            return true;
    for (size_t i = 2; i < n; i++)
        if (digits[i] != digits[1])
            return false;
    return true;
}

/* Reports the digits of [at, end) as a card; 0 where they might be something else. */
static size_t emit_card(struct pii_run *run, size_t at, size_t end, const char *digits,
                        size_t count, bool grouped, int kind)
{
    const char *context = pii_context_find(run, at, end, CTX(CARD) | CTX(BANK));
    bool not_one = context == NULL && pii_context_find(run, at, end, CTX(NOT)) != NULL;
    bool sure = context != NULL || (!not_one && (kind == 2 || grouped));
    bool placeholder = is_test_card(digits, count);
    float score = context != NULL ? 0.99F : not_one ? 0.4F : kind == 2 ? 0.9F : 0.5F;
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_CREDIT_CARD,
                                          .score = placeholder ? score * 0.7F : score,
                                          .validated = sure && !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = "card_luhn",
                                          .context = context});
    return sure ? end : 0;
}

size_t pii_card(struct pii_run *run, size_t at)
{
    char digits[CARD_MAX];
    size_t count = 0, groups = 0, group = 0;
    size_t end = 0, end_count = 0, end_groups = 0; /* of the longest that is a card */
    int end_kind = 0;
    char separator = '\0';
    for (size_t i = at;; i++) {
        char c = pii_at(run, i);
        if (c >= '0' && c <= '9') {
            if (count == CARD_MAX)
                break;
            digits[count++] = c;
            group++;
            continue;
        }
        groups++;
        bool goes_on = (c == ' ' || c == '-') && (separator == '\0' || c == separator) &&
                       group >= (groups == 1 ? 4 : 3) && group <= 7 &&
                       pii_is(run, i + 1, PII_DIGIT);
        /* A whole number of groups: is it a card by now? */
        bool right = count >= CARD_MIN && groups <= 5 && (groups == 1 || group >= 3) &&
                     pii_luhn(digits, count) && pii_stands_alone(run, at, i);
        int kind = right ? issuer(digits, count) : 0;
        /* Called a card: the old and small schemes too, but not three of four groups. */
        if (kind == 0 && right && !goes_on && digits[0] != '0' && digits[0] <= '6' &&
            pii_context_within(run, at, i, CTX(CARD), 24, 0) != NULL)
            kind = 1;
        if (kind != 0) {
            end = i;
            end_kind = kind;
            end_count = count;
            end_groups = groups;
        }
        if (!goes_on)
            break;
        separator = c;
        group = 0;
    }
    return end_kind != 0 ? emit_card(run, at, end, digits, end_count, end_groups > 1, end_kind) : 0;
}

/* ---- IBAN ---- */

static size_t iban_length(const char *country)
{
    static const struct {
        char code[3];
        uint8_t length;
    } table[] = {
        {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16},
        {"BG", 22}, {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22},
        {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20},
        {"EG", 29}, {"ES", 24}, {"FI", 18}, {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22},
        {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HN", 28}, {"HR", 21},
        {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30},
        {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
        {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
        {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23},
        {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22},
        {"RU", 33}, {"SA", 24}, {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24},
        {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26},
        {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].code[0] == country[0] && table[i].code[1] == country[1])
            return table[i].length;
    return 0;
}

size_t pii_iban(struct pii_run *run, size_t at)
{
    if (!pii_is(run, at, PII_LETTER) || !pii_is(run, at + 1, PII_LETTER))
        return 0;
    char text[IBAN_MAX] = {pii_upper(pii_at(run, at)), pii_upper(pii_at(run, at + 1))};
    size_t length = iban_length(text);
    if (length == 0)
        return 0;
    size_t count = 2;
    size_t i = at + 2;
    while (count < length) {
        char c = pii_at(run, i);
        if ((c == ' ' || c == '-') && pii_is(run, i + 1, PII_ALNUM)) {
            i++;
            continue;
        }
        if (!pii_is(run, i, PII_ALNUM) || (count < 4 && !pii_is(run, i, PII_DIGIT)))
            return 0;
        text[count++] = pii_upper(c);
        i++;
    }
    if (pii_is(run, i, PII_ALNUM) || !pii_mod97(text, length))
        return 0;
    static const char *const examples[] = {"DE89370400440532013000", "GB29NWBK60161331926819",
                                           "GB82WEST12345698765432", "FR1420041010050500013M02606",
                                           "NL91ABNA0417164300"};
    bool placeholder = false;
    for (size_t e = 0; e < sizeof(examples) / sizeof(examples[0]); e++)
        placeholder |= strlen(examples[e]) == length && memcmp(examples[e], text, length) == 0;
    const char *context = pii_context_find(run, at, i, CTX(BANK));
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = i,
                                          .type = PII_IBAN_CODE,
                                          .score = placeholder ? 0.7F
                                                   : context   ? 0.99F
                                                               : 0.97F,
                                          .validated = !placeholder,
                                          .placeholder = placeholder,
                                          .recognizer = "iban_mod97",
                                          .context = context});
    return i;
}

/* ---- wallets ---- */

size_t pii_crypto(struct pii_run *run, size_t at)
{
    size_t end = at;
    while (end - at <= CRYPTO_MAX && pii_is(run, end, PII_ALNUM))
        end++;
    size_t n = end - at;
    const char *text = run->text + at;
    const char *name = NULL;
    if (n > CRYPTO_MAX)
        return 0;
    if ((text[0] == '1' || text[0] == '3') && n >= 26 && n <= 35) {
        if (pii_base58check(text, n))
            name = "bitcoin_base58check";
    } else if (n >= 14 && (pii_starts_with(run, at, "bc1") || pii_starts_with(run, at, "tb1"))) {
        if (pii_bech32(text, n))
            name = "bitcoin_bech32";
    } else if (n == 42 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        name = "ethereum_address";
        for (size_t i = 2; i < n; i++)
            if (!pii_is(run, at + i, PII_HEX))
                name = NULL;
    }
    if (name == NULL)
        return 0;
    bool checked = text[0] != '0';
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_CRYPTO,
                                          .score = checked ? 0.97F : 0.6F,
                                          .validated = checked,
                                          .recognizer = name,
                                          .context = pii_context_find(run, at, end, CTX(CRYPTO))});
    return end;
}
