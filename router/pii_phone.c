#include <string.h>

#include "router/pii_internal.h"

enum { DIGITS_MAX = 15, GROUPS_MAX = 9 };

struct country {
    uint16_t code;
    uint16_t lengths; /* bit n: a national number may have n digits */
    uint64_t heads[2];
    const char *trunk;
};

static const struct country countries[] = {
#define PHONE(code, lengths, low, high, trunk) {code, lengths, {low, high}, trunk},
#include "router/pii_phone.def"
#undef PHONE
};

/* Their places in the table. */
enum {
#define PHONE(code, lengths, low, high, trunk) COUNTRY_##code,
#include "router/pii_phone.def"
#undef PHONE
};

enum { COUNTRY_COUNT = sizeof(countries) / sizeof(countries[0]) };

static const struct country *find_country(unsigned code)
{
    size_t low = 0;
    size_t high = COUNTRY_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (countries[middle].code == code)
            return &countries[middle];
        if (countries[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_national(const struct country *country, const char *digits, size_t n)
{
    if (country == NULL || n < 3 || n > DIGITS_MAX || (country->lengths >> n & 1) == 0)
        return false;
    if (country->code == 1) /* area code and exchange begin with 2 to 9; none is N11 */
        return n == 10 && digits[0] >= '2' && digits[3] >= '2' &&
               !(digits[1] == '1' && digits[2] == '1') && !(digits[4] == '1' && digits[5] == '1') &&
               digits[1] != '9';
    unsigned head = (unsigned)(digits[0] - '0') * 10 + (unsigned)(digits[1] - '0');
    return (country->heads[head / 50] >> head % 50 & 1) != 0;
}

/* What is written at one place: digits in groups, and how they are kept apart. */
struct number {
    char digits[DIGITS_MAX];
    size_t count;
    size_t groups;
    size_t sizes[GROUPS_MAX];
    size_t ends[GROUPS_MAX];
    char separators[GROUPS_MAX]; /* before the group */
    bool plus, parentheses;
};

static void read_number(const struct pii_run *run, size_t at, struct number *number)
{
    memset(number, 0, sizeof(*number));
    size_t i = at;
    bool open = false;
    if (pii_at(run, i) == '+') {
        number->plus = true;
        open = pii_before(run, at) == '('; /* (+358) 84 … */
        i++;
        if (pii_at(run, i) == '(' || pii_at(run, i) == ' ')
            i++;
    }
    char separator = '\0';
    while (number->groups < GROUPS_MAX) {
        while (pii_at(run, i) == '(' && !open) {
            open = true;
            number->parentheses = true;
            i++;
        }
        size_t size = 0;
        while (pii_is(run, i + size, PII_DIGIT))
            size++;
        if (size == 0 || number->count + size > DIGITS_MAX)
            return;
        memcpy(number->digits + number->count, run->text + i, size);
        number->count += size;
        i += size;
        bool closes = open && pii_at(run, i) == ')';
        if (closes) {
            i++;
            open = false;
        }
        number->sizes[number->groups] = size;
        number->separators[number->groups] = separator;
        number->ends[number->groups] = i;
        number->groups++;
        separator = closes ? ')' : '\0';
        unsigned run_of_separators = 0;
        for (;;) {
            char c = pii_at(run, i);
            if ((c != ' ' && c != '-' && c != '.' && c != '/') || ++run_of_separators > 3)
                break;
            separator = separator == '\0' || separator == ' ' ? c : separator;
            i++;
        }
        if (run_of_separators > 3 || (separator == '\0' && pii_at(run, i) != '('))
            return;
    }
}

static size_t digits_of(const struct number *number, size_t groups)
{
    size_t count = 0;
    for (size_t i = 0; i < groups; i++)
        count += number->sizes[i];
    return count;
}

/* "ext. 12", "x12" behind a number belongs to it. */
static size_t with_extension(const struct pii_run *run, size_t end)
{
    size_t i = end;
    while (pii_at(run, i) == ' ' || pii_at(run, i) == ',')
        if (++i > end + 2)
            return end;
    if (pii_starts_with(run, i, "extension"))
        i += 9;
    else if (pii_starts_with(run, i, "ext"))
        i += 3;
    else if (pii_starts_with(run, i, "x"))
        i += 1;
    else
        return end;
    while (pii_at(run, i) == '.' || pii_at(run, i) == ' ' || pii_at(run, i) == ':')
        if (++i > end + 14)
            return end;
    size_t digits = 0;
    while (pii_is(run, i + digits, PII_DIGIT))
        digits++;
    return digits >= 1 && digits <= 6 && !pii_is(run, i + digits, PII_WORD) ? i + digits : end;
}

struct reading {
    size_t groups; /* that belong to it */
    float plain, near;
    bool sure; /* the form alone says phone */
    const char *name;
};

static void keep_better(struct reading *best, const struct reading *other)
{
    if (other->plain > best->plain || (other->plain >= best->plain && other->near > best->near))
        *best = *other;
}

static void read_international(const struct number *number, size_t skip, struct reading *best)
{
    for (size_t groups = number->groups; groups > 0; groups--) {
        size_t count = digits_of(number, groups);
        if (count < skip + 7)
            break;
        for (size_t width = 1; width <= 3; width++) {
            unsigned code = 0;
            for (size_t i = 0; i < width; i++)
                code = code * 10 + (unsigned)(number->digits[skip + i] - '0');
            const struct country *country = find_country(code);
            const char *national = number->digits + skip + width;
            size_t n = count - skip - width;
            if (country == NULL)
                continue;
            /* "+44 (0)20 …": the trunk digit is written, but not dialled. */
            if (!is_national(country, national, n) && *national == '0' && country->code != 39) {
                national++;
                n--;
            }
            if (is_national(country, national, n)) {
                keep_better(best, &(struct reading){.groups = groups,
                                                    .plain = skip == 0 ? 0.85F : 0.6F,
                                                    .near = 0.97F,
                                                    .sure = skip == 0,
                                                    .name = "phone_international"});
                return;
            }
        }
    }
}

/* "+34 766 262 419": no number of that plan, but hardly anything else than meant as one. */
static void read_plus(const struct number *number, struct reading *best)
{
    for (size_t groups = number->groups; groups > 0; groups--) {
        size_t count = digits_of(number, groups);
        for (size_t width = 1; width <= 3 && count >= 8; width++) {
            unsigned code = 0;
            for (size_t i = 0; i < width; i++)
                code = code * 10 + (unsigned)(number->digits[i] - '0');
            if (find_country(code) != NULL) {
                *best = (struct reading){
                    .groups = groups, .plain = 0.5F, .near = 0.75F, .name = "phone_shape"};
                return;
            }
        }
    }
}

static void read_nanp(const struct number *number, struct reading *best)
{
    const struct country *country = &countries[COUNTRY_1];
    for (size_t groups = 1; groups <= number->groups && groups <= 4; groups++) {
        size_t count = digits_of(number, groups);
        size_t skip = count == 11 && number->digits[0] == '1' ? 1 : 0;
        if (count - skip != 10)
            continue;
        bool assigned = is_national(country, number->digits + skip, 10);
        const size_t *sizes = number->sizes + (skip != 0 && number->sizes[0] == 1);
        size_t parts = groups - (skip != 0 && number->sizes[0] == 1);
        bool shaped = parts == 3 && sizes[0] == 3 && sizes[1] == 3;
        bool halves = parts == 2 && (sizes[0] == 3 || sizes[0] == 6);
        bool spaced = shaped && number->separators[groups - 1] == ' ' && !number->parentheses;
        struct reading reading = {.groups = groups, .near = 0.93F, .name = "phone_nanp"};
        if (!assigned) { /* the shape alone: mistyped or made up, but meant as one */
            if (shaped && !spaced && number->separators[groups - 1] != '/')
                keep_better(best, &(struct reading){.groups = groups,
                                                    .plain = number->parentheses ? 0.55F : 0.36F,
                                                    .near = 0.6F,
                                                    .name = "phone_shape"});
            continue;
        }
        if (number->parentheses && (shaped || halves))
            reading.plain = 0.85F;
        else if (shaped)
            reading.plain = spaced ? 0.6F : 0.75F;
        else if (parts == 1)
            reading.plain = groups == 1 ? 0.4F : 0.35F;
        else if (halves)
            reading.plain = 0.4F;
        else
            continue;
        reading.sure = shaped && !spaced;
        keep_better(best, &reading);
    }
    if (number->groups >= 2 && number->sizes[0] == 3 && number->sizes[1] == 4 &&
        number->digits[0] >= '2' && number->separators[1] != '/')
        keep_better(best,
                    &(struct reading){.groups = 2, .near = 0.65F, .name = "phone_nanp_local"});
}

/* "(11) 3071-0000", "11 98765-4321" */
static bool is_brazilian(const struct number *number, size_t groups)
{
    return groups == 3 && number->sizes[0] == 2 &&
           (number->sizes[1] == 4 || number->sizes[1] == 5) && number->sizes[2] == 4 &&
           number->separators[2] == '-' &&
           is_national(&countries[COUNTRY_55], number->digits, digits_of(number, groups));
}

/* "8 (495) 123-45-67": as dialled in Russia and Kazakhstan. */
static void read_russian(const struct number *number, struct reading *best)
{
    enum { DIGITS = 11 };
    if (number->count >= DIGITS && number->digits[0] == '8' && number->sizes[0] == 1 &&
        number->parentheses)
        for (size_t groups = number->groups; groups >= 3; groups--)
            if (digits_of(number, groups) == DIGITS &&
                is_national(&countries[COUNTRY_7], number->digits + 1, DIGITS - 1))
                keep_better(best, &(struct reading){.groups = groups,
                                                    .plain = 0.7F,
                                                    .near = 0.93F,
                                                    .sure = true,
                                                    .name = "phone_national"});
}

/* Numbers as dialled inside their own country. */
static void read_national(const struct number *number, struct reading *best)
{
    static const uint8_t zero_trunk[] = {
        COUNTRY_44, COUNTRY_49, COUNTRY_33,  COUNTRY_972, COUNTRY_91,  COUNTRY_61,  COUNTRY_31,
        COUNTRY_32, COUNTRY_41, COUNTRY_43,  COUNTRY_46,  COUNTRY_358, COUNTRY_353, COUNTRY_27,
        COUNTRY_81, COUNTRY_82, COUNTRY_86,  COUNTRY_90,  COUNTRY_36,  COUNTRY_84,  COUNTRY_62,
        COUNTRY_63, COUNTRY_66, COUNTRY_234, COUNTRY_254, COUNTRY_20};
    static const uint8_t no_trunk[] = {
        COUNTRY_34, COUNTRY_39, COUNTRY_351, COUNTRY_45, COUNTRY_47, COUNTRY_48, COUNTRY_420,
        COUNTRY_30, COUNTRY_65, COUNTRY_852, COUNTRY_55, COUNTRY_52, COUNTRY_91, COUNTRY_370};
    bool zero = number->digits[0] == '0' && number->digits[1] != '0';
    for (size_t groups = number->groups; groups > 0; groups--) {
        size_t count = digits_of(number, groups);
        if (count < 7)
            return;
        bool found = false;
        if (zero) {
            for (size_t i = 0; i < sizeof(zero_trunk) / sizeof(zero_trunk[0]) && !found; i++)
                found = is_national(&countries[zero_trunk[i]], number->digits + 1, count - 1);
            found = found || is_national(&countries[COUNTRY_39], number->digits, count);
        } else {
            for (size_t i = 0; i < sizeof(no_trunk) / sizeof(no_trunk[0]) && !found; i++)
                found = is_national(&countries[no_trunk[i]], number->digits, count);
        }
        if (!found)
            continue;
        struct reading reading = {.groups = groups, .near = 0.75F, .name = "phone_national"};
        bool pairs = zero && groups == 5 && count == 10;
        for (size_t i = 0; i < groups && pairs; i++)
            pairs = number->sizes[i] == 2;
        bool area = zero && groups >= 2 && groups <= 5 &&
                    (number->sizes[0] >= 2 || number->parentheses) && number->sizes[0] <= 6 &&
                    count >= 9; /* 020 7946 …, (0)20 7946 … */
        bool brazil = !zero && is_brazilian(number, groups);
        if (pairs)
            reading.plain = 0.7F;
        else if (number->parentheses && (area || brazil))
            reading.plain = 0.7F;
        else if (brazil && number->sizes[1] == 5 && number->digits[2] == '9')
            reading.plain = 0.5F; /* a mobile */
        else if (area)
            reading.plain = count >= 10 && number->sizes[0] >= 3 ? 0.6F : 0.5F;
        else if (zero && groups == 1 && count == 11)
            reading.plain = 0.4F;
        else if (groups == 2 && number->sizes[0] == 5 && number->sizes[1] == 5 &&
                 number->digits[0] >= '6')
            reading.plain = 0.4F; /* as mobiles in India begin */
        reading.sure = pairs;
        keep_better(best, &reading);
        return;
    }
}

/* Shapes that dates, ranges, cards and quantities have. */
static bool looks_otherwise(const struct number *number, size_t groups)
{
    if (number->plus || number->parentheses)
        return false;
    if (groups == 3 && number->sizes[1] <= 2 &&
        ((number->sizes[0] == 4 && number->sizes[2] <= 2) ||
         (number->sizes[0] <= 2 && number->sizes[2] == 4)))
        return true; /* 2021-05-20 */
    if (groups == 2 && number->sizes[0] == 4 && number->sizes[1] == 4)
        return number->digits[0] == '1' || number->digits[0] == '2'; /* 1990-1995 */
    bool thousands = groups >= 2 && number->sizes[0] <= 3;
    for (size_t i = 1; i < groups; i++)
        thousands = thousands && number->sizes[i] == 3 &&
                    (number->separators[i] == '.' || number->separators[i] == ' ');
    if (thousands && number->digits[0] != '0' && number->separators[1] == '.')
        return true; /* 1.234.567 */
    size_t singles = 0;
    for (size_t i = 0; i < groups; i++)
        singles += number->sizes[i] == 1;
    return singles > 2;
}

static bool is_fictional(const struct number *number, size_t groups)
{
    size_t count = digits_of(number, groups);
    if (count < 7)
        return false;
    const char *tail = number->digits + count - 7;
    if (memcmp(tail, "55501", 5) == 0 || memcmp(tail, "5551212", 7) == 0 ||
        memcmp(tail, "5551234", 7) == 0)
        return true;
    if (memcmp(tail - (count >= 10 ? 3 : 0), "555", 3) == 0 && count >= 10 && count <= 11)
        return true;
    if (count >= 10 && memcmp(number->digits + count - 10, "1234567890", 10) == 0)
        return true;
    for (size_t i = 2; i < count; i++)
        if (number->digits[i] != number->digits[count - 1])
            return false;
    return true;
}

static bool is_mask(const struct number *number, size_t groups)
{
    size_t count = digits_of(number, groups);
    size_t noughts = 0;
    while (noughts < count && number->digits[noughts] == '0')
        noughts++;
    return noughts == count;
}

static struct reading read_any(const struct number *number)
{
    struct reading best = {0};
    if (number->plus)
        read_international(number, 0, &best);
    else if (number->digits[0] == '0' && number->digits[1] == '0')
        read_international(number, 2, &best);
    if (best.groups == 0 && number->plus)
        read_plus(number, &best);
    if (best.groups == 0) {
        read_nanp(number, &best);
        read_national(number, &best);
        read_russian(number, &best);
    }
    /* Beside its label a number of any shape will do. */
    if (best.groups == 0 && number->count >= 7 && number->count <= 13)
        best =
            (struct reading){.groups = number->groups, .near = 0.55F, .name = "phone_by_context"};
    return best;
}

/* Where the digits go on, the last group is the head of the next number: "09-7625400 054-1234567",
 * "+49 30 901820 82.4.17.9". */
static struct reading read_one(const struct pii_run *run, struct number *number)
{
    struct reading best = read_any(number);
    while (best.groups > 1) {
        size_t end = number->ends[best.groups - 1];
        char next = pii_at(run, end);
        bool joined = (next == '-' || next == '/') && pii_is(run, end + 1, PII_DIGIT);
        bool address =
            number->plus && (next == '.' || next == ':') && pii_is(run, end + 1, PII_HEX);
        if (!joined && !address)
            break;
        number->groups = best.groups - 1;
        number->count = digits_of(number, number->groups);
        if (number->count < 7)
            break;
        best = read_any(number);
    }
    return best;
}

size_t pii_phone(struct pii_run *run, size_t at)
{
    struct number number;
    read_number(run, at, &number);
    if (number.count < 7)
        return 0;
    char before = pii_before(run, at);
    if (!number.plus &&
        (before == '+' ||
         (before == '=' && pii_context_within(run, at, at, CTX(PHONE), 2, 0) == NULL)))
        return 0;
    struct reading best = read_one(run, &number);
    if (best.groups == 0 || is_mask(&number, best.groups) || looks_otherwise(&number, best.groups))
        return 0;
    size_t bare = number.ends[best.groups - 1];
    size_t end = with_extension(run, bare);
    const char *closing = memchr(run->text + at, ')', end - at);
    char opens = number.plus ? before : pii_at(run, at);
    if (opens == '(' && closing == run->text + end - 1) { /* around the whole: the sentence's */
        if (!number.plus)
            return 0; /* what is inside is read next, and may be no phone number */
        closing = NULL;
        bare = --end;
    }
    if (!pii_stands_alone(run, at, end))
        return 0;
    best.sure = best.sure || end > bare;
    if (number.plus && before == '(' && closing != NULL)
        at--;
    bool labelled_only = best.plain <= 0;
    const char *context = labelled_only ? pii_context_within(run, at, end, CTX(PHONE), 36, 0)
                                        : pii_context_find(run, at, end, CTX(PHONE));
    float score = context != NULL ? best.near : best.plain;
    if (context == NULL && !best.sure && pii_context_find(run, at, end, CTX(NOT)) != NULL)
        score *= 0.5F;
    if (score < 0.34F)
        return 0;
    bool placeholder = is_fictional(&number, best.groups);
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_PHONE_NUMBER,
                                          .score = placeholder ? score * 0.8F : score,
                                          .validated = !placeholder && !labelled_only &&
                                                       (best.sure || context != NULL),
                                          .placeholder = placeholder,
                                          .recognizer = best.name,
                                          .context = context});
    return score >= 0.6F ? end : 0;
}
