#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "router/pii_internal.h"

#define D PII_DIGIT | PII_HEX
#define U PII_UPPER
#define UH PII_UPPER | PII_HEX
#define L PII_LOWER
#define LH PII_LOWER | PII_HEX
#define H8 PII_HIGH, PII_HIGH, PII_HIGH, PII_HIGH, PII_HIGH, PII_HIGH, PII_HIGH, PII_HIGH
#define H32 H8, H8, H8, H8

const uint8_t pii_class[256] = {
    ['\t'] = PII_SPACE,
    ['\n'] = PII_SPACE,
    ['\v'] = PII_SPACE,
    ['\f'] = PII_SPACE,
    ['\r'] = PII_SPACE,
    [' '] = PII_SPACE,
    ['0'] = D,
    D,
    D,
    D,
    D,
    D,
    D,
    D,
    D,
    D,
    ['A'] = UH,
    UH,
    UH,
    UH,
    UH,
    UH,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    U,
    ['a'] = LH,
    LH,
    LH,
    LH,
    LH,
    LH,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    L,
    [0x80] = H32,
    H32,
    H32,
    H8,
    H8,
    H8,
    PII_HIGH,
    PII_HIGH,
    PII_HIGH,
    PII_HIGH,
    PII_HIGH,
    PII_HIGH,
    PII_HIGH,
    0, /* PII_PARTED */
};

#undef D
#undef U
#undef UH
#undef L
#undef LH
#undef H8
#undef H32

bool pii_luhn(const char *digits, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(digits[n - 1 - i] - '0');
        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

bool pii_mod97(const char *text, size_t n)
{
    if (n < 5)
        return false;
    unsigned remainder = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[(i + 4) % n];
        if (c >= '0' && c <= '9')
            remainder = (remainder * 10 + (unsigned)(c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z')
            remainder = (remainder * 100 + (unsigned)(c - 'A' + 10)) % 97;
        else
            return false;
    }
    return remainder == 1;
}

bool pii_base58check(const char *text, size_t n)
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t bytes[25] = {0};
    if (n < 26 || n > 35)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *found = strchr(alphabet, text[i]);
        if (found == NULL || text[i] == '\0')
            return false;
        unsigned carry = (unsigned)(found - alphabet);
        for (size_t j = sizeof(bytes); j-- > 0;) {
            carry += 58u * bytes[j];
            bytes[j] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    uint8_t once[HASH_SIZE];
    uint8_t twice[HASH_SIZE];
    if (hash_sha256(bytes, 21, once) != 0 || hash_sha256(once, sizeof(once), twice) != 0)
        return false;
    return memcmp(twice, bytes + 21, 4) == 0;
}

bool pii_bech32(const char *text, size_t n)
{
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    enum { PREFIX = 2 }; /* "bc" or "tb", then '1' */
    if (n < 14 || n > 90 || text[PREFIX] != '1')
        return false;
    bool upper = false;
    bool lower = false;
    for (size_t i = 0; i < n; i++) {
        upper |= (pii_class[(uint8_t)text[i]] & PII_UPPER) != 0;
        lower |= (pii_class[(uint8_t)text[i]] & PII_LOWER) != 0;
    }
    if (upper && lower)
        return false;
    uint32_t sum = 1;
    for (size_t i = 0; i < 2 * PREFIX + 1 + n - PREFIX - 1; i++) {
        uint32_t value;
        if (i < PREFIX) {
            value = (uint32_t)pii_lower(text[i]) >> 5;
        } else if (i == PREFIX) {
            value = 0;
        } else if (i <= 2 * PREFIX) {
            value = (uint32_t)pii_lower(text[i - PREFIX - 1]) & 31;
        } else {
            char c = pii_lower(text[i - PREFIX]);
            const char *found = strchr(alphabet, c);
            if (found == NULL || c == '\0')
                return false;
            value = (uint32_t)(found - alphabet);
        }
        uint32_t top = sum >> 25;
        sum = ((sum & 0x1ffffff) << 5) ^ value;
        for (unsigned bit = 0; bit < 5; bit++)
            if ((top >> bit & 1) != 0)
                sum ^= generator[bit];
    }
    bool first_version = pii_lower(text[PREFIX + 1]) == 'q';
    return sum == (first_version ? 1 : 0x2bc830a3); /* bech32, bech32m: BIP 350 */
}

static const char *const generic[] = {
#define TLD(name) name,
#include "router/pii_tld.def"
#undef TLD
};

static int compare_names(const void *key, const void *name)
{
    return strcmp(key, *(const char *const *)name);
}

/* Of two letters: any pair that is assigned. Longer ones: those of the table. */
bool pii_known_tld(const char *text, size_t n)
{
    static const char countries[] =
        " ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br"
        " bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz"
        " ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gt gu gw"
        " gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw"
        " ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu"
        " mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt"
        " pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc"
        " td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws"
        " ye yt za zm zw ";
    enum { NAME_MAX_BYTES = 24 };
    char name[NAME_MAX_BYTES + 3] = " ";
    if (n < 2 || n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < n; i++)
        name[i + 1] = pii_lower(text[i]);
    name[n + 1] = n == 2 ? ' ' : '\0';
    name[n + 2] = '\0';
    if (n == 2)
        return strstr(countries, name) != NULL;
    return bsearch(name + 1, generic, sizeof(generic) / sizeof(generic[0]), sizeof(generic[0]),
                   compare_names) != NULL;
}
