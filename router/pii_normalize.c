#include <stdlib.h>
#include <string.h>

#include "router/pii_internal.h"
#include "router/utf8_scan.h"

/*
 * What people and tricks write instead of the plain character, one original character, or one
 * escape (pii_escapes.c), to one byte or to none. Anything else stays as it is, so that most texts
 * need no copy at all.
 */
enum { KEEP = -1, DROP = -2 };

/* Decimal digits outside ASCII that identifiers are really written with: first code point. */
static const uint32_t digit_blocks[] = {
    0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10,
};

static int fold_point(uint32_t point)
{
    switch (point) {
    case 0x00A0:
    case 0x202F:
    case 0x205F:
    case 0x3000:
        return ' ';
    case 0x00AD: /* soft hyphen */
    case 0x034F:
    case 0x061C:
    case 0x180E:
    case 0xFEFF:
        return DROP;
    case 0x2212:
    case 0xFE58:
    case 0xFE63:
    case 0x2043:
        return '-';
    case 0x2018:
    case 0x2019:
    case 0x02BC:
        return '\'';
    case 0x201C:
    case 0x201D:
        return '"';
    case 0x3001:
        return ',';
    case 0x2024:
        return '.';
    case 0xFE6B:
        return '@';
    default:
        break;
    }
    if (point >= 0x2000 && point <= 0x200A)
        return ' ';
    if ((point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ||
        (point >= 0x2060 && point <= 0x2069) || (point >= 0xFE00 && point <= 0xFE0F) ||
        (point >= 0xE0000 && point <= 0xE007F))
        return DROP;
    if (point >= 0x2010 && point <= 0x2015)
        return '-';
    if (point >= 0xFF01 && point <= 0xFF5E)
        return (int)(point - 0xFEE0);
    if (point >= 0x1D7CE && point <= 0x1D7FF)
        return '0' + (int)((point - 0x1D7CE) % 10);
    if (point >= 0x1D400 && point <= 0x1D6A3) /* mathematical letters, in runs of A-Z a-z */
        return (point - 0x1D400) % 52 < 26 ? 'A' + (int)((point - 0x1D400) % 52)
                                           : 'a' + (int)((point - 0x1D400) % 52) - 26;
    for (size_t i = 0; i < sizeof(digit_blocks) / sizeof(digit_blocks[0]); i++)
        if (point - digit_blocks[i] < 10)
            return '0' + (int)(point - digit_blocks[i]);
    return KEEP;
}

/* Letters of other scripts that look like Latin ones; used only inside a word that has Latin. */
static int fold_lookalike(uint32_t point)
{
    static const struct {
        uint16_t point;
        char plain;
    } table[] = {
        {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'}, {0x0396, 'Z'}, {0x0397, 'H'}, {0x0399, 'I'},
        {0x039A, 'K'}, {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'}, {0x03A1, 'P'}, {0x03A4, 'T'},
        {0x03A5, 'Y'}, {0x03A7, 'X'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x0405, 'S'}, {0x0406, 'I'},
        {0x0408, 'J'}, {0x0410, 'A'}, {0x0412, 'B'}, {0x0415, 'E'}, {0x041A, 'K'}, {0x041C, 'M'},
        {0x041D, 'H'}, {0x041E, 'O'}, {0x0420, 'P'}, {0x0421, 'C'}, {0x0422, 'T'}, {0x0425, 'X'},
        {0x0430, 'a'}, {0x0435, 'e'}, {0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'},
        {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0501, 'd'}, {0x051B, 'q'},
    };
    size_t low = 0;
    size_t high = sizeof(table) / sizeof(table[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].point == point)
            return table[middle].plain;
        if (table[middle].point < point)
            low = middle + 1;
        else
            high = middle;
    }
    return KEEP;
}

static bool is_latin(uint8_t byte)
{
    return (pii_class[byte] & PII_ALNUM) != 0 || byte == '@';
}

static int add_point(struct pii_normal *normal, size_t norm, size_t orig, unsigned width,
                     struct err *err)
{
    while (normal->point_count > 0) {
        const struct pii_map_point *last = &normal->points[normal->point_count - 1];
        if (last->norm < norm) {
            if (last->width == width && last->orig + (norm - last->norm) * last->width == orig)
                return 0;
            break;
        }
        normal->point_count--; /* nothing was written since */
    }
    if (normal->point_count == normal->point_cap) {
        size_t cap = normal->point_cap != 0 ? normal->point_cap * 2 : 64;
        struct pii_map_point *points = realloc(normal->points, cap * sizeof(*points));
        if (points == NULL)
            return err_set(err, ERR_MEMORY, "out of memory for normalised text");
        normal->points = points;
        normal->point_cap = cap;
    }
    normal->points[normal->point_count++] =
        (struct pii_map_point){.norm = norm, .orig = orig, .width = width};
    return 0;
}

static bool all_ascii(const char *text, size_t len)
{
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            return false;
    }
    for (; at < len; at++)
        if ((text[at] & 0x80) != 0)
            return false;
    return true;
}

/* Does a word go on at `at`? */
static bool goes_on(const uint8_t *text, size_t len, size_t at)
{
    uint32_t point = 0;
    if (at == len || (pii_class[text[at]] & PII_WORD) == 0)
        return false;
    if (text[at] < 0x80 || utf8_scan(text + at, len - at, &point) == 1)
        return true;
    int fold = fold_point(point);
    return fold > 0 ? (pii_class[fold] & PII_WORD) != 0 : !char_ends_word(point);
}

/*
 * "4 0 1 2 8 8 …", "2-1-9-4-5-…": one number with its digits kept apart. Returns where it ends, or
 * 0: no digit begins one in the middle of one, so that each is looked at once.
 */
static size_t spaced_digits(const uint8_t *text, size_t len, size_t at, bool in_word)
{
    enum { LEAST = 9, MOST = 19 };
    uint8_t gap = at + 1 < len ? text[at + 1] : 0;
    if ((pii_class[text[at]] & PII_DIGIT) == 0 || (gap != ' ' && gap != '-' && gap != '.'))
        return 0;
    if (in_word)
        return 0;
    if (at > 1 && text[at - 1] == gap && (pii_class[text[at - 2]] & PII_DIGIT) != 0)
        return 0;
    size_t digits = 1;
    size_t end = at + 1;
    while (end + 1 < len && text[end] == gap && (pii_class[text[end + 1]] & PII_DIGIT) != 0) {
        end += 2;
        digits++;
    }
    return !goes_on(text, len, end) && digits >= LEAST && digits <= MOST ? end : 0;
}

static bool has_spaced_digits(const uint8_t *text, size_t len)
{
    for (size_t at = 0; at < len; at++)
        if ((pii_class[text[at]] & PII_DIGIT) != 0 &&
            spaced_digits(text, len, at, at > 0 && (pii_class[text[at - 1]] & PII_WORD) != 0) != 0)
            return true;
    return false;
}

static int reserve(struct pii_normal *normal, size_t len, struct err *err)
{
    if (normal->storage_cap >= len)
        return 0;
    char *storage = malloc(len);
    if (storage == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for normalised text");
    if (normal->storage != NULL) {
        explicit_bzero(normal->storage, normal->storage_cap);
        free(normal->storage);
    }
    normal->storage = storage;
    normal->storage_cap = len;
    return 0;
}

/* "1486.", "1486:" or any sign of full width behind a letter or digit, with a letter of another
 * script behind it. */
static bool ends_number(const char *out, size_t used, bool wide)
{
    if (used < 2)
        return false;
    unsigned class = pii_class[(uint8_t)out[used - 2]];
    return wide ? (class & PII_ALNUM) != 0
                : (class & PII_DIGIT) != 0 && strchr(".:=", out[used - 1]) != NULL;
}

/* Signs of full width that no number and no address holds. */
static bool ends_clause(uint32_t point)
{
    return point == 0x3001 || point == 0xFF01 || point == 0xFF08 || point == 0xFF09 ||
           point == 0xFF0C || point == 0xFF1B || point == 0xFF1F;
}

/* May it belong to a number or a name beside it: letters and digits, the "+" of a telephone number,
 * the slash of "电话/139…"? */
static bool may_join(int byte)
{
    return byte > 0 && byte < 0x80 &&
           ((pii_class[byte] & PII_ALNUM) != 0 || strchr("+-/&~%_", byte) != NULL);
}

/* The same of the character at `at`, or of what it stands for. */
static bool may_join_at(const uint8_t *text, size_t len, size_t at)
{
    uint32_t point;
    if (text[at] < 0x80)
        return may_join(text[at]);
    return utf8_scan(text + at, len - at, &point) > 1 && may_join(fold_point(point));
}

struct normal_input {
    const char *text;
    size_t len;
    bool escapes, spoken; /* it may hold some */
};

/* What has been written of the normalised text. */
struct writer {
    struct pii_normal *normal;
    char *out;
    size_t used;
    size_t parted; /* a word ends there, even where a letter or digit follows */
    size_t wide;   /* a sign of full width ends there */
    struct err *err;
};

/* One byte for `width` bytes of the original, at `at`. */
static int write_byte(struct writer *w, char byte, size_t at, size_t width)
{
    int rc = add_point(w->normal, w->used, at, (unsigned)width, w->err);
    w->out[w->used++] = byte;
    return rc == 0 ? add_point(w->normal, w->used, at + width, 1, w->err) : rc;
}

/* A number with its digits kept apart, up to byte `end` of the original. */
static int write_spaced(struct writer *w, const uint8_t *text, size_t at, size_t end)
{
    int rc = 0;
    for (; at < end && rc == 0; at += 2) {
        w->out[w->used++] = (char)text[at];
        rc = add_point(w->normal, w->used, at + 2 < end ? at + 2 : end, 1, w->err);
    }
    return rc;
}

static int write_spoken(struct writer *w, const struct pii_spoken *said, size_t end)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < said->count; i++) {
        const struct pii_spoken_piece *piece = &said->pieces[i];
        rc = add_point(w->normal, w->used, piece->at, (unsigned)piece->width, w->err);
        w->out[w->used++] = piece->c;
    }
    return rc == 0 ? add_point(w->normal, w->used, end, 1, w->err) : rc;
}

/* A character as it is, with its word parted from the one before. */
static int write_kept(struct writer *w, const char *text, size_t at, size_t width, uint32_t point)
{
    bool parts = width > 1 && char_ends_word(point);
    int rc = 0;
    if (parts && w->used > 0 &&
        (may_join((uint8_t)w->out[w->used - 1]) ||
         ends_number(w->out, w->used, w->used == w->wide)))
        rc = write_byte(w, PII_PARTED, at, 0);
    memcpy(w->out + w->used, text + at, width);
    w->used += width;
    w->parted = parts ? w->used : w->parted;
    return rc;
}

static int write_folded(struct writer *w, int fold, size_t at, size_t width, uint32_t point)
{
    int rc = write_byte(w, (char)fold, at, width);
    w->wide = point >= 0x3000 ? w->used : w->wide;
    w->parted = ends_clause(point) ? w->used : w->parted;
    return rc;
}

/* What the character is written as. */
static int fold_of(const struct writer *w, const uint8_t *text, size_t len, size_t at, size_t width,
                   uint32_t point)
{
    int fold = width == 1 ? KEEP : point < 0x80 ? (int)point : fold_point(point);
    bool latin = (w->used > 0 && is_latin((uint8_t)w->out[w->used - 1])) ||
                 (at + width < len && is_latin(text[at + width]));
    if (fold == KEEP && width == 2 && point >= 0x0391 && point <= 0x051B && latin)
        return fold_lookalike(point);
    return fold;
}

/* Writes the character, escape or number at `at`; *next: where the next one begins. */
static int write_next(struct writer *w, const struct normal_input *in, size_t at, size_t *next,
                      size_t *unspoken)
{
    const uint8_t *bytes = (const uint8_t *)in->text;
    bool in_word = w->used > 0 && w->used != w->parted &&
                   (pii_class[(uint8_t)w->out[w->used - 1]] & PII_WORD) != 0;
    *next = spaced_digits(bytes, in->len, at, in_word);
    if (*next != 0)
        return write_spaced(w, bytes, at, *next);
    if (in->spoken && at >= *unspoken && !in_word && (pii_class[bytes[at]] & PII_WORD) != 0) {
        struct pii_spoken said;
        *next = *unspoken = pii_spoken_read(bytes, in->len, at, &said);
        if (said.count != 0)
            return write_spoken(w, &said, *next);
    }
    uint32_t point = 0;
    size_t width = in->escapes && bytes[at] < 0x80 ? pii_escape(bytes, in->len, at, &point) : 0;
    if (width == 0 && bytes[at] < 0x80) {
        w->out[w->used++] = in->text[at];
        *next = at + 1;
        return 0;
    }
    if (width == 0)
        width = utf8_scan(bytes + at, in->len - at, &point);
    *next = at + width;
    int fold = fold_of(w, bytes, in->len, at, width, point);
    if (fold == KEEP)
        return write_kept(w, in->text, at, width, point);
    return fold == DROP ? add_point(w->normal, w->used, *next, 1, w->err)
                        : write_folded(w, fold, at, width, point);
}

int pii_normalize(struct pii_normal *normal, const char *text, size_t len, struct err *err)
{
    normal->text = text;
    normal->len = len;
    normal->point_count = 0;
    const uint8_t *bytes = (const uint8_t *)text;
    struct normal_input in = {.text = text,
                              .len = len,
                              .escapes = pii_has_escapes(bytes, len),
                              .spoken = pii_has_spoken(bytes, len)};
    if (!in.escapes && !in.spoken && all_ascii(text, len) && !has_spaced_digits(bytes, len))
        return 0;
    /* At most two partings for each letter of two bytes or more. */
    int rc = reserve(normal, 2 * len + 1, err);
    if (rc != 0)
        return rc;
    struct writer w = {
        .normal = normal, .out = normal->storage, .parted = SIZE_MAX, .wide = SIZE_MAX, .err = err};
    size_t unspoken = 0; /* up to here there is no number in words, so that each is read once */
    for (size_t at = 0; at < len && rc == 0;) {
        if (w.used == w.parted && may_join_at(bytes, len, at))
            rc = write_byte(&w, PII_PARTED, at, 0);
        if (rc == 0)
            rc = write_next(&w, &in, at, &at, &unspoken);
    }
    normal->text = w.out;
    normal->len = w.used;
    return rc;
}

static const struct pii_map_point *point_of(const struct pii_normal *normal, size_t norm)
{
    size_t low = 0;
    size_t high = normal->point_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (normal->points[middle].norm <= norm)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &normal->points[low - 1] : NULL;
}

size_t pii_original_start(const struct pii_normal *normal, size_t norm)
{
    const struct pii_map_point *point = point_of(normal, norm);
    return point == NULL ? norm : point->orig + (norm - point->norm) * point->width;
}

size_t pii_original_end(const struct pii_normal *normal, size_t norm)
{
    if (norm == 0)
        return 0;
    const struct pii_map_point *point = point_of(normal, norm - 1);
    return point == NULL ? norm : point->orig + (norm - point->norm) * point->width;
}

void pii_normal_release(struct pii_normal *normal)
{
    if (normal->storage != NULL) {
        explicit_bzero(normal->storage, normal->storage_cap);
        free(normal->storage);
    }
    free(normal->points);
    *normal = (struct pii_normal){0};
}
