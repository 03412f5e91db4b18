/* Identifiers of Europe. */
#include "router/pii_ids.h"

bool pii_check_nhs(const char *c, size_t n)
{
    static const uint8_t weights[10] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    return weighted(c, weights, n) % 11 == 0 && !all_same(c, n);
}

bool pii_check_nino(const char *c, size_t n)
{
    (void)n;
    static const char *const never[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
    if (strchr("DFIQUV", c[0]) != NULL || strchr("DFIQUVO", c[1]) != NULL || c[8] > 'D')
        return false;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (memcmp(c, never[i], 2) == 0)
            return false;
    return true;
}

bool pii_check_uk_licence(const char *c, size_t n)
{
    (void)n;
    bool padding = false; /* the surname is filled up with nines */
    for (size_t i = 0; i < 5; i++) {
        if (is_digit(c[i])) {
            if (c[i] != '9')
                return false;
            padding = true;
        } else if (padding) {
            return false;
        }
    }
    unsigned month = number(c + 6, 2);
    month = month > 50 ? month - 50 : month;
    return !is_digit(c[0]) && day_month(number(c + 8, 2), month) && !is_digit(c[11]) &&
           (c[13] == '9' || is_digit(c[13])) && !is_digit(c[14]);
}

bool pii_check_uk_plate(const char *c, size_t n)
{
    unsigned age = number(c + 2, 2);
    if (strchr("IQZ", c[0]) != NULL || strchr("IQZ", c[1]) != NULL)
        return false;
    for (size_t i = 4; i < n; i++)
        if (c[i] == 'I' || c[i] == 'Q')
            return false;
    return (age >= 2 && age <= 30) || (age >= 51 && age <= 80);
}

/* With the letter of its year in front or behind. */
bool pii_check_uk_old_plate(const char *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strchr("IQ", c[i]) != NULL)
            return false;
    return true;
}

bool pii_check_postcode(const char *c, size_t n)
{
    return strchr("QVX", c[0]) == NULL && strchr("CIKMOV", c[n - 1]) == NULL &&
           strchr("CIKMOV", c[n - 2]) == NULL;
}

bool pii_check_nif(const char *c, size_t n)
{
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number(c, n - 1) % 23] == c[n - 1];
}

bool pii_check_nie(const char *c, size_t n)
{
    if (c[0] < 'X' || c[0] > 'Z')
        return false;
    unsigned value = (unsigned)(c[0] - 'X') * 10000000u + number(c + 1, n - 2);
    return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23] == c[n - 1];
}

bool pii_check_fiscal(const char *c, size_t n)
{
    static const uint8_t odd[36] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, /* digits */
                                    1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                    20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    static const uint8_t numeric[7] = {6, 7, 9, 10, 12, 13, 14}; /* digits, or omocodia letters */
    for (size_t i = 0; i < sizeof(numeric); i++)
        if (!is_digit(c[numeric[i]]) && strchr("LMNPQRSTUV", c[numeric[i]]) == NULL)
            return false;
    if (strchr("ABCDEHLMPRST", c[8]) == NULL)
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        unsigned value = is_digit(c[i]) ? digit(c[i]) : (unsigned)(c[i] - 'A') + 10;
        sum +=
            i % 2 == 0 ? odd[value] : value % 10 + (value >= 20 ? 10 : 0) + (value >= 30 ? 10 : 0);
    }
    return (char)('A' + sum % 26) == c[n - 1];
}

bool pii_check_it_vat(const char *c, size_t n)
{
    unsigned office = number(c + 7, 3);
    bool real = (office >= 1 && office <= 100) || office == 120 || office == 121 || office == 888 ||
                office == 999;
    return real && pii_luhn(c, n) && number(c, 7) != 0;
}

/* U1 and what the central office drew: none of the letters that look like others. */
bool pii_check_it_licence(const char *c, size_t n)
{
    for (size_t i = 2; i + 1 < n; i++)
        if (strchr("AIJKOQV", c[i]) != NULL)
            return false;
    return true;
}

bool pii_check_pesel(const char *c, size_t n)
{
    static const uint8_t weights[11] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
    unsigned month = number(c + 2, 2) % 20;
    return day_month(number(c + 4, 2), month) && weighted(c, weights, n) % 10 == 0;
}

/* ISO 7064 mod 11,10 over all but the last digit. */
static unsigned mod11_10(const char *c, size_t n)
{
    unsigned product = 10;
    for (size_t i = 0; i < n; i++) {
        unsigned sum = (digit(c[i]) + product) % 10;
        product = (sum == 0 ? 10 : sum) * 2 % 11;
    }
    return (11 - product) % 10;
}

bool pii_check_de_tax(const char *c, size_t n)
{
    unsigned seen[10] = {0};
    for (size_t i = 0; i < 10; i++)
        seen[digit(c[i])]++;
    unsigned repeated = 0;
    unsigned absent = 0;
    for (size_t i = 0; i < 10; i++) {
        repeated += seen[i] == 2 || seen[i] == 3;
        absent += seen[i] == 0;
        if (seen[i] > 3)
            return false;
    }
    return c[0] != '0' && repeated == 1 && absent >= 1 && mod11_10(c, n - 1) == digit(c[10]);
}

/* Letters that German documents use; no vowels, so that no word comes about. */
bool pii_check_de_serial(const char *c, size_t n)
{
    unsigned digits = 0;
    for (size_t i = 0; i < n; i++) {
        digits += is_digit(c[i]);
        if (!is_digit(c[i]) && strchr("CFGHJKLMNPRTVWXYZ", c[i]) == NULL)
            return false;
    }
    return strchr("CFGHJKLMNPRTVWXYZ", c[0]) != NULL && digits >= 1;
}

bool pii_check_icao(const char *c, size_t n)
{
    static const uint8_t weights[3] = {7, 3, 1};
    unsigned sum = 0, digits = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        digits += is_digit(c[i]);
        sum += weights[i % 3] * (is_digit(c[i]) ? digit(c[i]) : (unsigned)(c[i] - 'A') + 10);
    }
    return digits >= 2 && pii_check_de_serial(c, n - 1) && sum % 10 == digit(c[n - 1]);
}

bool pii_check_de_social(const char *c, size_t n)
{
    static const uint8_t weights[12] = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
    char full[13];
    unsigned letter = (unsigned)(c[8] - 'A') + 1;
    memcpy(full, c, 8);
    full[8] = (char)('0' + letter / 10);
    full[9] = (char)('0' + letter % 10);
    memcpy(full + 10, c + 9, n - 9);
    unsigned sum = 0;
    for (size_t i = 0; i < 12; i++) {
        unsigned product = digit(full[i]) * weights[i];
        sum += product / 10 + product % 10;
    }
    unsigned day = number(c + 2, 2);
    return day_month(day > 50 ? day - 50 : day, number(c + 4, 2)) && sum % 10 == digit(full[12]);
}

/* Letter as two digits and eight digits, weights 1 and 2 in turn. */
bool pii_check_de_health(const char *c, size_t n)
{
    char full[12];
    unsigned letter = (unsigned)(c[0] - 'A') + 1;
    full[0] = (char)('0' + letter / 10);
    full[1] = (char)('0' + letter % 10);
    memcpy(full + 2, c + 1, n - 1);
    unsigned sum = 0;
    for (size_t i = 0; i < 10; i++) {
        unsigned product = digit(full[i]) * (i % 2 == 0 ? 1 : 2);
        sum += product / 10 + product % 10;
    }
    return sum % 10 == digit(full[10]);
}

bool pii_check_de_vat(const char *c, size_t n)
{
    return mod11_10(c + 2, n - 3) == digit(c[n - 1]) && c[2] != '0';
}

bool pii_check_nir(const char *c, size_t n)
{
    char body[14];
    memcpy(body, c, 13);
    if ((c[0] != '1' && c[0] != '2') || !is_digit(c[n - 1]))
        return false;
    unsigned month = number(c + 3, 2);
    if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50))
        return false;
    unsigned less = 0;
    if (!is_digit(body[6])) { /* Corsica: 2A, 2B */
        if (body[5] != '2' || (body[6] != 'A' && body[6] != 'B'))
            return false;
        less = body[6] == 'A' ? 1000000 : 2000000;
        body[6] = '0';
    }
    if (!is_digit(body[5]))
        return false;
    return 97 - (long_number(body, 13) - less) % 97 == number(c + 13, 2);
}

bool pii_check_personnummer(const char *c, size_t n)
{
    const char *d = c + (n - 10);
    unsigned day = number(d + 4, 2);
    if (n == 12 && number(c, 2) != 18 && number(c, 2) != 19 && number(c, 2) != 20)
        return false;
    return day_month(day > 60 ? day - 60 : day, number(d + 2, 2)) && pii_luhn(d, 10);
}

bool pii_check_orgnummer(const char *c, size_t n)
{
    return number(c + 2, 2) >= 20 && pii_luhn(c, n);
}

bool pii_check_hetu(const char *c, size_t n)
{
    char digits[9];
    size_t tail = n == 11 ? 7 : 6; /* the century sign may be a letter */
    if (n == 11 && strchr("ABCDEFYXWVU", c[6]) == NULL)
        return false;
    memcpy(digits, c, 6);
    memcpy(digits + 6, c + tail, 3);
    return day_month(number(c, 2), number(c + 2, 2)) && number(c + tail, 3) >= 2 &&
           "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(digits, 9) % 31] == c[n - 1];
}

bool pii_check_bsn(const char *c, size_t n)
{
    static const uint8_t weights[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    return weighted(c, weights, 8) % 11 == digit(c[n - 1]) && !all_same(c, n);
}

bool pii_check_belgium(const char *c, size_t n)
{
    (void)n;
    uint64_t body = long_number(c, 9);
    uint64_t check = number(c + 9, 2);
    unsigned month = number(c + 2, 2);
    unsigned day = number(c + 4, 2);
    return month <= 12 && day <= 31 &&
           (97 - body % 97 == check || 97 - (body + UINT64_C(2000000000)) % 97 == check);
}

bool pii_check_ahv(const char *c, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 12; i++)
        sum += digit(c[i]) * (i % 2 == 0 ? 1 : 3);
    return (10 - sum % 10) % 10 == digit(c[n - 1]);
}

bool pii_check_pt_nif(const char *c, size_t n)
{
    static const uint8_t weights[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    unsigned rest = weighted(c, weights, 8) % 11;
    return (rest < 2 ? 0 : 11 - rest) == digit(c[n - 1]) && c[0] != '0';
}

/* Commercial register: HRA or HRB and a number. */
bool pii_check_de_register(const char *c, size_t n)
{
    (void)n;
    return c[0] == 'H' && c[1] == 'R' && (c[2] == 'A' || c[2] == 'B') && c[3] != '0';
}

/* A doctor's number: the seventh digit checks six; two say the field. */
bool pii_check_lanr(const char *c, size_t n)
{
    static const uint8_t weights[6] = {4, 9, 4, 9, 4, 9};
    return (10 - weighted(c, weights, 6) % 10) % 10 == digit(c[6]) && !all_same(c, n);
}

bool pii_check_fodselsnummer(const char *c, size_t n)
{
    static const uint8_t first[9] = {3, 7, 6, 1, 8, 9, 4, 5, 2};
    static const uint8_t second[10] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    unsigned day = number(c, 2);
    unsigned month = number(c + 2, 2);
    return day_month(day > 40 ? day - 40 : day, month > 40 ? month - 40 : month) &&
           (11 - weighted(c, first, 9) % 11) % 11 == digit(c[9]) &&
           (11 - weighted(c, second, 10) % 11) % 11 == digit(c[n - 1]);
}

/* Denmark gives out numbers without a check digit: the date is all that can be checked. */
bool pii_check_cpr(const char *c, size_t n)
{
    (void)n;
    return day_month(number(c, 2), number(c + 2, 2));
}

/* Women's months are 50 more; 20 more where a day had run out. */
bool pii_check_rodne_cislo(const char *c, size_t n)
{
    unsigned month = number(c + 2, 2) % 50;
    uint64_t whole = long_number(c, n);
    return day_month(number(c + 4, 2), month > 20 ? month - 20 : month) &&
           (whole % 11 == 0 || (whole / 10 % 11 == 10 && c[n - 1] == '0'));
}

bool pii_check_cnp(const char *c, size_t n)
{
    static const uint8_t weights[12] = {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9};
    unsigned rest = weighted(c, weights, 12) % 11;
    return c[0] != '0' && day_month(number(c + 5, 2), number(c + 3, 2)) &&
           (rest == 10 ? 1 : rest) == digit(c[n - 1]);
}

bool pii_check_oib(const char *c, size_t n)
{
    return mod11_10(c, n - 1) == digit(c[n - 1]) && !all_same(c, n);
}

bool pii_check_egn(const char *c, size_t n)
{
    static const uint8_t weights[9] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
    return day_month(number(c + 4, 2), number(c + 2, 2) % 20) &&
           weighted(c, weights, 9) % 11 % 10 == digit(c[n - 1]);
}

/* Estonia's and Lithuania's personal code. */
bool pii_check_baltic(const char *c, size_t n)
{
    static const uint8_t first[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1};
    static const uint8_t second[10] = {3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
    unsigned rest = weighted(c, first, 10) % 11;
    if (rest == 10)
        rest = weighted(c, second, 10) % 11 % 10;
    return c[0] >= '1' && c[0] <= '6' && day_month(number(c + 5, 2), number(c + 3, 2)) &&
           rest == digit(c[n - 1]);
}

bool pii_check_ppsn(const char *c, size_t n)
{
    static const uint8_t weights[7] = {8, 7, 6, 5, 4, 3, 2};
    unsigned sum = weighted(c, weights, 7);
    if (n == 9)
        sum += c[8] == 'W' ? 0 : 9 * ((unsigned)(c[8] - 'A') + 1);
    return "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23] == c[7] && !all_same(c, 7);
}

bool pii_check_at_social(const char *c, size_t n)
{
    static const uint8_t weights[10] = {3, 7, 9, 0, 5, 8, 4, 2, 1, 6};
    return c[0] != '0' && day_month(number(c + 4, 2), number(c + 6, 2)) &&
           weighted(c, weights, n) % 11 == digit(c[3]);
}

bool pii_check_amka(const char *c, size_t n)
{
    return day_month(number(c, 2), number(c + 2, 2)) && pii_luhn(c, n);
}
