#include <string.h>

#include "router/pii_internal.h"

/* ---- checks: n characters in upper case, without separators ---- */

static unsigned digit(char c)
{
    return (unsigned)(c - '0');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned number(const char *text, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + digit(text[i]);
    return value;
}

static uint64_t long_number(const char *text, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + digit(text[i]);
    return value;
}

static unsigned weighted(const char *digits, const uint8_t *weights, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += digit(digits[i]) * weights[i];
    return sum;
}

static bool all_same(const char *text, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (text[i] != text[0])
            return false;
    return true;
}

static bool day_month(unsigned day, unsigned month)
{
    static const uint8_t days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static bool check_ssn(const char *c, size_t n)
{
    unsigned area = number(c, 3);
    return area != 0 && area != 666 && area < 900 && number(c + 3, 2) != 0 &&
           number(c + 5, 4) != 0 && !all_same(c, n);
}

static bool check_itin(const char *c, size_t n)
{
    (void)n;
    unsigned group = number(c + 3, 2);
    return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
           (group >= 90 && group <= 92) || group >= 94;
}

static bool check_mbi(const char *c, size_t n)
{
    if (c[0] == '0')
        return false;
    for (size_t i = 0; i < n; i++)
        if (strchr("SLOIBZ", c[i]) != NULL)
            return false;
    return true;
}

static bool check_npi(const char *c, size_t n)
{
    char full[15] = "80840";
    if ((c[0] != '1' && c[0] != '2') || all_same(c + 1, n - 1))
        return false;
    memcpy(full + 5, c, 10);
    return pii_luhn(full, 15);
}

static bool check_aba(const char *c, size_t n)
{
    static const uint8_t weights[9] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    unsigned prefix = number(c, 2);
    bool real = (prefix >= 1 && prefix <= 12) || (prefix >= 21 && prefix <= 32) ||
                (prefix >= 61 && prefix <= 72) || prefix == 80;
    return real && weighted(c, weights, n) % 10 == 0;
}

static bool check_dea(const char *c, size_t n)
{
    (void)n;
    if (strchr("ABCDEFGHJKLMPRSTUX", c[0]) == NULL)
        return false;
    const char *d = c + 2;
    unsigned sum =
        digit(d[0]) + digit(d[2]) + digit(d[4]) + 2 * (digit(d[1]) + digit(d[3]) + digit(d[5]));
    return sum % 10 == digit(d[6]) && !all_same(d, 7);
}

static bool check_vin(const char *c, size_t n)
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

static bool check_nhs(const char *c, size_t n)
{
    static const uint8_t weights[10] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    return weighted(c, weights, n) % 11 == 0 && !all_same(c, n);
}

static bool check_nino(const char *c, size_t n)
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

static bool check_uk_licence(const char *c, size_t n)
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

static bool check_uk_plate(const char *c, size_t n)
{
    unsigned age = number(c + 2, 2);
    if (strchr("IQZ", c[0]) != NULL || strchr("IQZ", c[1]) != NULL)
        return false;
    for (size_t i = 4; i < n; i++)
        if (c[i] == 'I' || c[i] == 'Q')
            return false;
    return (age >= 2 && age <= 30) || (age >= 51 && age <= 80);
}

static bool check_postcode(const char *c, size_t n)
{
    return strchr("QVX", c[0]) == NULL && strchr("CIKMOV", c[n - 1]) == NULL &&
           strchr("CIKMOV", c[n - 2]) == NULL;
}

static bool check_sin(const char *c, size_t n)
{
    return c[0] != '8' && pii_luhn(c, n) && !all_same(c, n);
}

static bool check_abn(const char *c, size_t n)
{
    static const uint8_t weights[11] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
    return c[0] != '0' && (weighted(c, weights, n) - 10) % 89 == 0;
}

static bool check_acn(const char *c, size_t n)
{
    static const uint8_t weights[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    return (10 - weighted(c, weights, n - 1) % 10) % 10 == digit(c[8]) && !all_same(c, n);
}

static bool check_tfn(const char *c, size_t n)
{
    static const uint8_t weights[9] = {1, 4, 3, 7, 5, 8, 6, 9, 10};
    return weighted(c, weights, n) % 11 == 0 && !all_same(c, n);
}

static bool check_au_medicare(const char *c, size_t n)
{
    (void)n;
    static const uint8_t weights[8] = {1, 3, 7, 9, 1, 3, 7, 9};
    return c[0] >= '2' && c[0] <= '6' && weighted(c, weights, 8) % 10 == digit(c[8]);
}

static bool check_nif(const char *c, size_t n)
{
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number(c, n - 1) % 23] == c[n - 1];
}

static bool check_nie(const char *c, size_t n)
{
    if (c[0] < 'X' || c[0] > 'Z')
        return false;
    unsigned value = (unsigned)(c[0] - 'X') * 10000000u + number(c + 1, n - 2);
    return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23] == c[n - 1];
}

static bool check_fiscal(const char *c, size_t n)
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

static bool check_it_vat(const char *c, size_t n)
{
    unsigned office = number(c + 7, 3);
    bool real = (office >= 1 && office <= 100) || office == 120 || office == 121 || office == 888 ||
                office == 999;
    return real && pii_luhn(c, n) && number(c, 7) != 0;
}

static bool check_pesel(const char *c, size_t n)
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

static bool check_de_tax(const char *c, size_t n)
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
static bool check_de_serial(const char *c, size_t n)
{
    unsigned digits = 0;
    for (size_t i = 0; i < n; i++) {
        digits += is_digit(c[i]);
        if (!is_digit(c[i]) && strchr("CFGHJKLMNPRTVWXYZ", c[i]) == NULL)
            return false;
    }
    return strchr("CFGHJKLMNPRTVWXYZ", c[0]) != NULL && digits >= 3;
}

static bool check_icao(const char *c, size_t n)
{
    static const uint8_t weights[3] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++)
        sum += weights[i % 3] * (is_digit(c[i]) ? digit(c[i]) : (unsigned)(c[i] - 'A') + 10);
    return check_de_serial(c, n - 1) && sum % 10 == digit(c[n - 1]);
}

static bool check_de_social(const char *c, size_t n)
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
static bool check_de_health(const char *c, size_t n)
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

static bool check_de_vat(const char *c, size_t n)
{
    return mod11_10(c + 2, n - 3) == digit(c[n - 1]) && c[2] != '0';
}

static bool check_nir(const char *c, size_t n)
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

static bool check_pan(const char *c, size_t n)
{
    (void)n;
    return strchr("PCHABGJLFT", c[3]) != NULL && number(c + 5, 4) != 0;
}

static bool check_aadhaar(const char *c, size_t n)
{
    static const uint8_t multiply[10][10] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
        {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
        {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
        {8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
    static const uint8_t permute[8][10] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
        {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
        {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
        {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
    unsigned check = 0;
    bool palindrome = true;
    for (size_t i = 0; i < n; i++) {
        check = multiply[check][permute[i % 8][digit(c[n - 1 - i])]];
        palindrome = palindrome && c[i] == c[n - 1 - i];
    }
    return c[0] >= '2' && check == 0 && !palindrome;
}

static bool check_in_vehicle(const char *c, size_t n)
{
    static const char states[] =
        "AN AP AR AS BR CH CG DD DN DL GA GJ HR HP JK JH KA KL LA LD MP MH "
        "MN ML MZ NL OD OR PB PY RJ SK TN TS TR UP UK UA WB ";
    char state[4] = {c[0], c[1], ' ', '\0'};
    return strstr(states, state) != NULL && number(c + n - 4, 4) != 0;
}

static bool check_in_passport(const char *c, size_t n)
{
    return strchr("QXZ", c[0]) == NULL && c[1] != '0' && c[n - 1] != '0';
}

static bool check_gstin(const char *c, size_t n)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned state = number(c, 2);
    if (state == 0 || (state > 38 && state != 97 && state != 99) || !check_pan(c + 2, 10))
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        unsigned value = is_digit(c[i]) ? digit(c[i]) : (unsigned)(c[i] - 'A') + 10;
        unsigned product = value * (i % 2 == 0 ? 1 : 2);
        sum += product / 36 + product % 36;
    }
    return alphabet[(36 - sum % 36) % 36] == c[n - 1];
}

static bool korean_number(const char *c, char low, char high, unsigned addend)
{
    static const uint8_t weights[12] = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
    unsigned sum = weighted(c, weights, 12) % 11;
    return day_month(number(c + 4, 2), number(c + 2, 2)) && c[6] >= low && c[6] <= high &&
           (addend + 11 - sum) % 10 == digit(c[12]);
}

static bool check_rrn(const char *c, size_t n)
{
    (void)n;
    return korean_number(c, '1', '4', 0);
}

static bool check_frn(const char *c, size_t n)
{
    (void)n;
    return korean_number(c, '5', '8', 2);
}

static bool check_brn(const char *c, size_t n)
{
    static const uint8_t weights[9] = {1, 3, 7, 1, 3, 7, 1, 3, 5};
    unsigned sum = weighted(c, weights, 9) + digit(c[8]) * 5 / 10;
    return (10 - sum % 10) % 10 == digit(c[n - 1]) && !all_same(c, n);
}

static bool check_kr_passport(const char *c, size_t n)
{
    (void)n;
    return strchr("MSRODG", c[0]) != NULL;
}

static bool check_kr_licence(const char *c, size_t n)
{
    (void)n;
    unsigned region = number(c, 2);
    return region >= 11 && region <= 28;
}

static bool check_nric(const char *c, size_t n)
{
    static const uint8_t weights[7] = {2, 7, 6, 5, 4, 3, 2};
    unsigned sum = weighted(c + 1, weights, 7);
    switch (c[0]) {
    case 'S':
        return "JZIHGFEDCBA"[sum % 11] == c[n - 1];
    case 'T':
        return "JZIHGFEDCBA"[(sum + 4) % 11] == c[n - 1];
    case 'F':
        return "XWUTRQPNMLK"[sum % 11] == c[n - 1];
    case 'G':
        return "XWUTRQPNMLK"[(sum + 4) % 11] == c[n - 1];
    case 'M':
        return "KLJNPQRTUWX"[10 - (sum + 3) % 11] == c[n - 1];
    default:
        return false;
    }
}

/* The shape alone: letters of other series than the check digit of today knows were given out. */
static bool check_nric_form(const char *c, size_t n)
{
    (void)n;
    return strchr("STFGM", c[0]) != NULL;
}

static bool check_uen_a(const char *c, size_t n)
{
    static const uint8_t weights[8] = {10, 4, 9, 3, 8, 2, 7, 1};
    return "XMKECAWLJDB"[weighted(c, weights, 8) % 11] == c[n - 1];
}

static bool check_uen_b(const char *c, size_t n)
{
    static const uint8_t weights[9] = {10, 8, 6, 4, 9, 7, 5, 3, 1};
    unsigned year = number(c, 4);
    return year >= 1800 && year <= 2100 && "ZKCMDNERGWH"[weighted(c, weights, 9) % 11] == c[n - 1];
}

static bool check_uen_c(const char *c, size_t n)
{
    static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
    static const uint8_t weights[9] = {4, 3, 5, 3, 10, 2, 2, 5, 7};
    if (c[0] != 'R' && c[0] != 'S' && c[0] != 'T')
        return false;
    int sum = 0;
    for (size_t i = 0; i < sizeof(weights); i++) {
        const char *found = strchr(alphabet, c[i]);
        if (found == NULL)
            return false;
        sum += weights[i] * (int)(found - alphabet);
    }
    return alphabet[(((sum - 5) % 11) + 11) % 11] == c[n - 1];
}

static bool check_personnummer(const char *c, size_t n)
{
    const char *d = c + (n - 10);
    unsigned day = number(d + 4, 2);
    if (n == 12 && number(c, 2) != 18 && number(c, 2) != 19 && number(c, 2) != 20)
        return false;
    return day_month(day > 60 ? day - 60 : day, number(d + 2, 2)) && pii_luhn(d, 10);
}

static bool check_orgnummer(const char *c, size_t n)
{
    return number(c + 2, 2) >= 20 && pii_luhn(c, n);
}

static bool check_hetu(const char *c, size_t n)
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

static bool check_thai(const char *c, size_t n)
{
    static const uint8_t weights[12] = {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    return c[0] != '0' && c[0] != '9' &&
           (11 - weighted(c, weights, 12) % 11) % 10 == digit(c[n - 1]) && !all_same(c, n);
}

static bool check_tckn(const char *c, size_t n)
{
    (void)n;
    unsigned odd = digit(c[0]) + digit(c[2]) + digit(c[4]) + digit(c[6]) + digit(c[8]);
    unsigned even = digit(c[1]) + digit(c[3]) + digit(c[5]) + digit(c[7]);
    unsigned tenth = (odd * 7 + 100 - even) % 10;
    return c[0] != '0' && digit(c[9]) == tenth && (odd + even + digit(c[9])) % 10 == digit(c[10]);
}

static bool check_za(const char *c, size_t n)
{
    return day_month(number(c + 4, 2), number(c + 2, 2)) && digit(c[10]) <= 2 && pii_luhn(c, n);
}

static bool check_bsn(const char *c, size_t n)
{
    static const uint8_t weights[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    return weighted(c, weights, 8) % 11 == digit(c[n - 1]) && !all_same(c, n);
}

static bool check_belgium(const char *c, size_t n)
{
    (void)n;
    uint64_t body = long_number(c, 9);
    uint64_t check = number(c + 9, 2);
    unsigned month = number(c + 2, 2);
    unsigned day = number(c + 4, 2);
    return month <= 12 && day <= 31 &&
           (97 - body % 97 == check || 97 - (body + UINT64_C(2000000000)) % 97 == check);
}

static bool check_ahv(const char *c, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 12; i++)
        sum += digit(c[i]) * (i % 2 == 0 ? 1 : 3);
    return (10 - sum % 10) % 10 == digit(c[n - 1]);
}

static bool check_cpf(const char *c, size_t n)
{
    static const uint8_t weights[10] = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned first = weighted(c, weights + 1, 9) * 10 % 11 % 10;
    unsigned second = weighted(c, weights, 10) * 10 % 11 % 10;
    return first == digit(c[9]) && second == digit(c[10]) && !all_same(c, n);
}

static bool check_cnpj(const char *c, size_t n)
{
    static const uint8_t weights[13] = {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned first = weighted(c, weights + 1, 12) % 11;
    unsigned second = weighted(c, weights, 13) % 11;
    return (first < 2 ? 0 : 11 - first) == digit(c[12]) &&
           (second < 2 ? 0 : 11 - second) == digit(c[13]) && !all_same(c, n);
}

static bool check_pt_nif(const char *c, size_t n)
{
    static const uint8_t weights[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    unsigned rest = weighted(c, weights, 8) % 11;
    return (rest < 2 ? 0 : 11 - rest) == digit(c[n - 1]) && c[0] != '0';
}

static bool check_china(const char *c, size_t n)
{
    static const uint8_t weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned century = number(c + 6, 2);
    return (century == 19 || century == 20) && c[0] != '0' && c[0] != '9' &&
           day_month(number(c + 12, 2), number(c + 10, 2)) &&
           "10X98765432"[weighted(c, weights, 17) % 11] == c[n - 1];
}

static bool check_imei(const char *c, size_t n)
{
    return pii_luhn(c, n) && !all_same(c, n);
}

/* ---- the table ---- */

enum { CERTAIN = 1, CHECKED = 2, UPPER = 4 };

struct rule {
    enum pii_type type;
    const char *pattern;
    bool (*check)(const char *text, size_t n);
    uint64_t contexts;
    float plain, near;
    unsigned flags;
    const char *name;
};

static const struct rule rules[] = {
#define RULE(type, pattern, check, contexts, plain, near, flags, name)                             \
    {PII_##type, pattern, check, contexts, plain, near, flags, name},
#include "router/pii_rules.def"
#undef RULE
};

enum { RULE_COUNT = sizeof(rules) / sizeof(rules[0]), COMPACT_MAX = 24 };
_Static_assert((int)RULE_COUNT <= (int)PII_RULES_MAX, "pii_rule_index is too small");

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.';
}

static bool takes(char symbol, char c, bool upper_only)
{
    unsigned class = pii_class[(uint8_t)c];
    switch (symbol) {
    case 'D':
        return (class & PII_DIGIT) != 0;
    case 'L':
        return (class & (upper_only ? PII_UPPER : PII_LETTER)) != 0;
    case 'X':
        return (class & (upper_only ? PII_UPPER | PII_DIGIT : PII_ALNUM)) != 0;
    default:
        return upper_only && symbol >= 'a' ? c == pii_upper(symbol) : pii_lower(c) == symbol;
    }
}

/* Can a text that begins with `run` digits (or letters) match this pattern? */
static bool may_lead(const char *pattern, bool letters, size_t run)
{
    char first = pattern[0];
    bool first_letter = first == 'L' || (first >= 'a' && first <= 'z');
    if (first == 'X')
        return true;
    if (first_letter != letters)
        return false;
    for (int separated = 0; separated < 2; separated++) {
        size_t count = 0;
        const char *p = pattern;
        for (; *p != '\0'; p++) {
            if (*p == '~' && separated == 0)
                continue;
            bool letter = *p == 'L' || (*p >= 'a' && *p <= 'z');
            bool number_like = *p == 'D' || is_digit(*p);
            if (*p == 'X' || (!letter && !number_like) || letter != letters)
                break;
            count++;
        }
        if (count == run || (*p == 'X' && run > count) || (count >= run && run == PII_LEAD_MAX - 1))
            return true;
    }
    return false;
}

void pii_rule_index_init(struct pii_rule_index *index)
{
    memset(index, 0, sizeof(*index));
    for (size_t letters = 0; letters < 2; letters++)
        for (size_t run = 1; run < PII_LEAD_MAX; run++)
            for (size_t i = 0; i < RULE_COUNT; i++)
                if (may_lead(rules[i].pattern, letters != 0, run))
                    index->rules[letters][run][index->count[letters][run]++] = (uint8_t)i;
}

/* The end of the match, or 0; its characters without separators in compact[*n]. */
static size_t match(const struct pii_run *run, size_t at, const struct rule *rule, char *compact,
                    size_t *n)
{
    char separator = '\0';
    bool decided = false; /* whether the ~ are used */
    size_t count = 0;
    for (const char *p = rule->pattern; *p != '\0'; p++) {
        char c = pii_at(run, at);
        if (*p == '~' || *p == '_') {
            bool present = is_separator(c);
            if (*p == '_' && !present)
                return 0;
            if (decided && (present != (separator != '\0') || (present && c != separator)))
                return 0;
            decided = true;
            if (present) {
                separator = c;
                at++;
            }
            continue;
        }
        if (c == '\0' || !takes(*p, c, (rule->flags & UPPER) != 0))
            return 0;
        if ((pii_class[(uint8_t)c] & PII_ALNUM) != 0)
            compact[count++] = pii_upper(c);
        at++;
    }
    *n = count;
    return at;
}

static bool is_placeholder(enum pii_type type, const char *compact, size_t n)
{
    static const char *const ssns[] = {"123456789", "078051120", "219099999", "457555462",
                                       "111223333", "123121234", "000000000", "987654321"};
    if (all_same(compact, n))
        return true;
    if (type == PII_US_SSN || type == PII_US_BANK_NUMBER || type == PII_US_PASSPORT)
        for (size_t i = 0; i < sizeof(ssns) / sizeof(ssns[0]); i++)
            if (n == 9 && memcmp(compact, ssns[i], 9) == 0)
                return true;
    if (type == PII_US_MBI)
        return memcmp(compact, "1EG4TE5MK7", 10) == 0;
    if (type == PII_IN_PAN)
        return memcmp(compact, "ABCDE1234F", 10) == 0 || memcmp(compact, "AAAPA1234A", 10) == 0;
    if (type == PII_UK_NINO)
        return memcmp(compact, "QQ123456", 8) == 0 || memcmp(compact, "AB123456", 8) == 0;
    size_t counted = n < 8 ? n : 8;
    return n >= 7 && memcmp("12345678", compact, counted) == 0;
}

size_t pii_rules(struct pii_run *run, size_t at)
{
    bool letters = pii_is(run, at, PII_LETTER);
    unsigned class = letters ? PII_LETTER : PII_DIGIT;
    size_t lead = 1;
    while (lead < PII_LEAD_MAX - 1 && pii_is(run, at + lead, class))
        lead++;
    size_t longest = 0;
    const uint8_t *list = run->rules->rules[letters][lead];
    for (size_t i = 0; i < run->rules->count[letters][lead]; i++) {
        const struct rule *rule = &rules[list[i]];
        char compact[COMPACT_MAX];
        size_t n = 0;
        size_t end = match(run, at, rule, compact, &n);
        if (end == 0 || !pii_stands_alone(run, at, end) ||
            (rule->check != NULL && !rule->check(compact, n)))
            continue;
        const char *context = pii_context_find(run, at, end, rule->contexts);
        float score = context != NULL ? rule->near : rule->plain;
        if (context == NULL && pii_context_find(run, at, end, CTX(NOT)) != NULL)
            score *= 0.6F;
        if (score < 0.3F)
            continue;
        bool placeholder = is_placeholder(rule->type, compact, n);
        bool validated =
            (rule->flags & CERTAIN) != 0 || (context != NULL && (rule->flags & CHECKED) != 0);
        pii_emit(run, &(struct pii_candidate){.start = at,
                                              .end = end,
                                              .type = rule->type,
                                              .score = placeholder ? score * 0.7F : score,
                                              .validated = validated && !placeholder,
                                              .placeholder = placeholder,
                                              .recognizer = rule->name,
                                              .context = context});
        if (end > longest && score >= 0.6F)
            longest = end;
    }
    return longest;
}
