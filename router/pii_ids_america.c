/* Identifiers of North and South America. */
#include "router/pii_ids.h"

bool pii_check_ssn(const char *c, size_t n)
{
    unsigned area = number(c, 3);
    return area != 0 && area != 666 && area < 900 && number(c + 3, 2) != 0 &&
           number(c + 5, 4) != 0 && !all_same(c, n);
}

bool pii_check_itin(const char *c, size_t n)
{
    (void)n;
    unsigned group = number(c + 3, 2);
    return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
           (group >= 90 && group <= 92) || group >= 94;
}

bool pii_check_mbi(const char *c, size_t n)
{
    if (c[0] == '0')
        return false;
    for (size_t i = 0; i < n; i++)
        if (strchr("SLOIBZ", c[i]) != NULL)
            return false;
    return true;
}

/* A receipt of the immigration service: the office that took it in stands first. */
bool pii_check_uscis(const char *c, size_t n)
{
    static const char offices[] = "|EAC|WAC|LIN|SRC|NBC|MSC|IOE|YSC|VSC|TSC|NSC|CSC|";
    char office[] = {'|', c[0], c[1], c[2], '|', '\0'};
    return n == 13 && strstr(offices, office) != NULL;
}

bool pii_check_npi(const char *c, size_t n)
{
    char full[15] = "80840";
    if ((c[0] != '1' && c[0] != '2') || all_same(c + 1, n - 1))
        return false;
    memcpy(full + 5, c, 10);
    return pii_luhn(full, 15);
}

bool pii_check_aba(const char *c, size_t n)
{
    static const uint8_t weights[9] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    unsigned prefix = number(c, 2);
    bool real = (prefix >= 1 && prefix <= 12) || (prefix >= 21 && prefix <= 32) ||
                (prefix >= 61 && prefix <= 72) || prefix == 80;
    return real && weighted(c, weights, n) % 10 == 0;
}

bool pii_check_dea(const char *c, size_t n)
{
    (void)n;
    if (strchr("ABCDEFGHJKLMPRSTUX", c[0]) == NULL)
        return false;
    const char *d = c + 2;
    unsigned sum =
        digit(d[0]) + digit(d[2]) + digit(d[4]) + 2 * (digit(d[1]) + digit(d[3]) + digit(d[5]));
    return sum % 10 == digit(d[6]) && !all_same(d, 7);
}

bool pii_check_vin(const char *c, size_t n)
{
    static const uint8_t weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    static const uint8_t values[26] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
                                       5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9};
    unsigned sum = 0;
    unsigned letters = 0;
    for (size_t i = 0; i < n; i++) {
        if (c[i] == 'I' || c[i] == 'O' || c[i] == 'Q')
            return false;
        letters += !is_digit(c[i]);
        sum += weights[i] * (is_digit(c[i]) ? digit(c[i]) : values[c[i] - 'A']);
    }
    char check = sum % 11 == 10 ? 'X' : (char)('0' + sum % 11);
    return letters >= 2 && letters < 15 && c[8] == check;
}

/* No more than the check digit of cards, of numbers that have it too. */
bool pii_check_luhn(const char *c, size_t n)
{
    return pii_luhn(c, n) && !all_same(c, n);
}

/* Beginning with 8 they are given to firms; with 0 for taxes alone, and as samples, which people
 * write down as well. */
bool pii_check_sin(const char *c, size_t n)
{
    return c[0] != '8' && pii_check_luhn(c, n);
}

bool pii_check_cpf(const char *c, size_t n)
{
    static const uint8_t weights[10] = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned first = weighted(c, weights + 1, 9) * 10 % 11 % 10;
    unsigned second = weighted(c, weights, 10) * 10 % 11 % 10;
    return first == digit(c[9]) && second == digit(c[10]) && !all_same(c, n);
}

bool pii_check_cnpj(const char *c, size_t n)
{
    static const uint8_t weights[13] = {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned first = weighted(c, weights + 1, 12) % 11;
    unsigned second = weighted(c, weights, 13) % 11;
    return (first < 2 ? 0 : 11 - first) == digit(c[12]) &&
           (second < 2 ? 0 : 11 - second) == digit(c[13]) && !all_same(c, n);
}

static bool is_consonant(char c)
{
    return c >= 'A' && c <= 'Z' && strchr("AEIOU", c) == NULL;
}

/* Name, birth date, sex, state and consonants; the last digit checks them. */
bool pii_check_curp(const char *c, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        unsigned value = is_digit(c[i]) ? digit(c[i]) : (unsigned)(c[i] - 'A') + 10;
        value += c[i] > 'N'; /* the Ñ has a value of its own */
        sum += value * (unsigned)(n - i);
    }
    return day_month(number(c + 8, 2), number(c + 6, 2)) && strchr("HMX", c[10]) != NULL &&
           is_consonant(c[13]) && is_consonant(c[14]) && is_consonant(c[15]) &&
           (10 - sum % 10) % 10 == digit(c[n - 1]);
}

bool pii_check_rut(const char *c, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++)
        sum += digit(c[n - 2 - i]) * (unsigned)(2 + i % 6);
    unsigned rest = 11 - sum % 11;
    return c[n - 1] == (rest == 11   ? '0'
                        : rest == 10 ? 'K'
                                     : (char)('0' + rest)) &&
           !all_same(c, n - 1);
}

bool pii_check_cuit(const char *c, size_t n)
{
    static const uint8_t weights[10] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    unsigned kind = number(c, 2);
    bool real = kind == 20 || kind == 23 || kind == 24 || kind == 27 || kind == 30 || kind == 33 ||
                kind == 34;
    return real && (11 - weighted(c, weights, 10) % 11) % 11 == digit(c[n - 1]);
}

/* The lowest that is given out is 00501. */
bool pii_check_zip(const char *c, size_t n)
{
    return number(c, n) >= 501;
}
