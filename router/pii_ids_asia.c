/* Identifiers of Asia, Africa and Australia. */
#include "router/pii_ids.h"

bool pii_check_abn(const char *c, size_t n)
{
    static const uint8_t weights[11] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
    return c[0] != '0' && (weighted(c, weights, n) - 10) % 89 == 0;
}

bool pii_check_acn(const char *c, size_t n)
{
    static const uint8_t weights[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    return (10 - weighted(c, weights, n - 1) % 10) % 10 == digit(c[8]) && !all_same(c, n);
}

bool pii_check_tfn(const char *c, size_t n)
{
    static const uint8_t weights[9] = {1, 4, 3, 7, 5, 8, 6, 9, 10};
    return weighted(c, weights, n) % 11 == 0 && !all_same(c, n);
}

bool pii_check_au_medicare(const char *c, size_t n)
{
    (void)n;
    static const uint8_t weights[8] = {1, 3, 7, 9, 1, 3, 7, 9};
    return c[0] >= '2' && c[0] <= '6' && weighted(c, weights, 8) % 10 == digit(c[8]);
}

bool pii_check_pan(const char *c, size_t n)
{
    (void)n;
    return strchr("PCHABGJLFT", c[3]) != NULL && number(c + 5, 4) != 0;
}

/* The check digit of a dihedral group: every swap and every wrong digit shows. */
static bool verhoeff(const char *c, size_t n)
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
    for (size_t i = 0; i < n; i++)
        check = multiply[check][permute[i % 8][digit(c[n - 1 - i])]];
    return check == 0;
}

bool pii_check_aadhaar(const char *c, size_t n)
{
    bool palindrome = true;
    for (size_t i = 0; i < n; i++)
        palindrome = palindrome && c[i] == c[n - 1 - i];
    return c[0] >= '2' && !palindrome && verhoeff(c, n);
}

bool pii_check_in_vehicle(const char *c, size_t n)
{
    static const char states[] =
        "AN AP AR AS BR CH CG DD DN DL GA GJ HR HP JK JH KA KL LA LD MP MH "
        "MN ML MZ NL OD OR PB PY RJ SK TN TS TR UP UK UA WB ";
    char state[4] = {c[0], c[1], ' ', '\0'};
    bool district = c[2] != '0' || (is_digit(c[3]) && c[3] != '0');
    return strstr(states, state) != NULL && district && number(c + n - 4, 4) != 0;
}

/* A country's number, the corps, and a number within it. */
bool pii_check_in_diplomat(const char *c, size_t n)
{
    size_t corps = is_digit(c[2]) ? 3 : 2;
    return corps + 2 < n && c[corps + 2] != '0' &&
           (memcmp(c + corps, "CD", 2) == 0 || memcmp(c + corps, "CC", 2) == 0 ||
            memcmp(c + corps, "UN", 2) == 0);
}

bool pii_check_in_passport(const char *c, size_t n)
{
    return strchr("QXZ", c[0]) == NULL && c[1] != '0' && c[n - 1] != '0';
}

bool pii_check_gstin(const char *c, size_t n)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned state = number(c, 2);
    if (state == 0 || (state > 38 && state != 97 && state != 99) || !pii_check_pan(c + 2, 10))
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

bool pii_check_rrn(const char *c, size_t n)
{
    (void)n;
    return korean_number(c, '1', '4', 0);
}

bool pii_check_frn(const char *c, size_t n)
{
    (void)n;
    return korean_number(c, '5', '8', 2);
}

bool pii_check_brn(const char *c, size_t n)
{
    static const uint8_t weights[9] = {1, 3, 7, 1, 3, 7, 1, 3, 5};
    unsigned sum = weighted(c, weights, 9) + digit(c[8]) * 5 / 10;
    return (10 - sum % 10) % 10 == digit(c[n - 1]) && !all_same(c, n);
}

bool pii_check_kr_passport(const char *c, size_t n)
{
    (void)n;
    return strchr("MSRODG", c[0]) != NULL;
}

bool pii_check_kr_licence(const char *c, size_t n)
{
    (void)n;
    unsigned region = number(c, 2);
    return region >= 11 && region <= 28;
}

bool pii_check_nric(const char *c, size_t n)
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
bool pii_check_nric_form(const char *c, size_t n)
{
    (void)n;
    return strchr("STFGM", c[0]) != NULL;
}

bool pii_check_uen_a(const char *c, size_t n)
{
    static const uint8_t weights[8] = {10, 4, 9, 3, 8, 2, 7, 1};
    return "XMKECAWLJDB"[weighted(c, weights, 8) % 11] == c[n - 1];
}

bool pii_check_uen_b(const char *c, size_t n)
{
    static const uint8_t weights[9] = {10, 8, 6, 4, 9, 7, 5, 3, 1};
    unsigned year = number(c, 4);
    return year >= 1800 && year <= 2100 && "ZKCMDNERGWH"[weighted(c, weights, 9) % 11] == c[n - 1];
}

bool pii_check_uen_c(const char *c, size_t n)
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

bool pii_check_thai(const char *c, size_t n)
{
    static const uint8_t weights[12] = {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2};
    return c[0] != '0' && c[0] != '9' &&
           (11 - weighted(c, weights, 12) % 11) % 10 == digit(c[n - 1]) && !all_same(c, n);
}

bool pii_check_tckn(const char *c, size_t n)
{
    (void)n;
    unsigned odd = digit(c[0]) + digit(c[2]) + digit(c[4]) + digit(c[6]) + digit(c[8]);
    unsigned even = digit(c[1]) + digit(c[3]) + digit(c[5]) + digit(c[7]);
    unsigned tenth = (odd * 7 + 100 - even) % 10;
    return c[0] != '0' && digit(c[9]) == tenth && (odd + even + digit(c[9])) % 10 == digit(c[10]);
}

bool pii_check_za(const char *c, size_t n)
{
    return day_month(number(c + 4, 2), number(c + 2, 2)) && digit(c[10]) <= 2 && pii_luhn(c, n);
}

bool pii_check_china(const char *c, size_t n)
{
    static const uint8_t weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned century = number(c + 6, 2);
    return (century == 19 || century == 20) && c[0] != '0' && c[0] != '9' &&
           day_month(number(c + 12, 2), number(c + 10, 2)) &&
           "10X98765432"[weighted(c, weights, 17) % 11] == c[n - 1];
}

/* Given out since October 2020 the last six digits are random: birth and sex are what can be. */
bool pii_check_rrn_new(const char *c, size_t n)
{
    (void)n;
    return number(c, 2) >= 20 && number(c, 2) < 50 && (c[6] == '3' || c[6] == '4') &&
           day_month(number(c + 4, 2), number(c + 2, 2));
}

/* One letter and six digits; the check digit stands in parentheses, A is 10. */
bool pii_check_hk_id(const char *c, size_t n)
{
    static const uint8_t weights[6] = {7, 6, 5, 4, 3, 2};
    char last = c[n - 1];
    if (!is_digit(last) && last != 'A')
        return false;
    unsigned sum = 36 * 9 + ((unsigned)(c[0] - 'A') + 10) * 8 + weighted(c + 1, weights, 6);
    return (sum + (last == 'A' ? 10 : digit(last))) % 11 == 0;
}

bool pii_check_tw_id(const char *c, size_t n)
{
    static const uint8_t weights[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    static const char order[] = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
    unsigned place = (unsigned)(strchr(order, c[0]) - order) + 10;
    unsigned sum = place / 10 + place % 10 * 9 + weighted(c + 1, weights, 8) + digit(c[n - 1]);
    return (c[1] == '1' || c[1] == '2') && sum % 10 == 0;
}

bool pii_check_my_nric(const char *c, size_t n)
{
    (void)n;
    unsigned place = number(c + 6, 2);
    return day_month(number(c + 4, 2), number(c + 2, 2)) && place != 0 && place != 17 &&
           place != 18 && place != 19 && place != 20 && place != 69 && place != 70 && place != 73;
}

bool pii_check_jp_number(const char *c, size_t n)
{
    static const uint8_t weights[11] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    unsigned rest = weighted(c, weights, 11) % 11;
    return (rest <= 1 ? 0 : 11 - rest) == digit(c[n - 1]) && !all_same(c, n);
}

bool pii_check_ng_nin(const char *c, size_t n)
{
    return verhoeff(c, n) && !all_same(c, n);
}

bool pii_check_ng_plate(const char *c, size_t n)
{
    (void)n;
    return number(c + 3, 3) != 0;
}

bool pii_check_tr_plate(const char *c, size_t n)
{
    unsigned province = number(c, 2);
    for (size_t i = 2; i < n; i++)
        if (strchr("QWX", c[i]) != NULL) /* not letters of Turkish */
            return false;
    return province >= 1 && province <= 81;
}
