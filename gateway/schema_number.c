#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/schema_parts.h"

enum { MOST_DIGITS = 15 };
static const double farthest = 1e15;

static int write_any(struct buf *out, size_t digits)
{
    return digits == 0 ? 0 : buf_printf(out, " [0-9]{%zu}", digits);
}

/* Digit strings of one length from `low` on (up: true) or up to it. */
static int write_side(struct buf *out, const char *low, bool up)
{
    char edge = up ? '9' : '0';
    size_t len = strlen(low);
    if (strspn(low, up ? "0" : "9") == len)
        return write_any(out, len);
    int rc = buf_printf(out, " (\"%c\"", low[0]);
    if (rc == 0)
        rc = write_side(out, low + 1, up);
    if (rc == 0 && low[0] != edge) {
        rc = buf_printf(out, " | [%c-%c]", up ? low[0] + 1 : '0', up ? '9' : low[0] - 1);
        if (rc == 0)
            rc = write_any(out, len - 1);
    }
    return rc != 0 ? rc : buf_append_str(out, ")");
}

/* Digit strings of one length from low to high. */
static int write_between(struct buf *out, const char *low, const char *high)
{
    size_t same = 0;
    while (low[same] != '\0' && low[same] == high[same])
        same++;
    int rc = same > 0 ? buf_printf(out, " \"%.*s\"", (int)same, low) : 0;
    low += same;
    high += same;
    if (rc != 0 || low[0] == '\0')
        return rc;
    size_t rest = strlen(low) - 1;
    rc = buf_printf(out, " (\"%c\"", low[0]);
    if (rc == 0)
        rc = write_side(out, low + 1, true);
    if (rc == 0 && high[0] - low[0] > 1) {
        rc = buf_printf(out, " | [%c-%c]", low[0] + 1, high[0] - 1);
        if (rc == 0)
            rc = write_any(out, rest);
    }
    if (rc == 0)
        rc = buf_printf(out, " | \"%c\"", high[0]);
    if (rc == 0)
        rc = write_side(out, high + 1, false);
    return rc != 0 ? rc : buf_append_str(out, ")");
}

/* Whole numbers without a sign from low to high, 0 <= low <= high; in parentheses. */
static int write_naturals(struct buf *out, double low, double high, bool endless)
{
    int rc = buf_append_str(out, "(");
    const char *bar = "";
    double at = low;
    for (int digits = 1; rc == 0 && digits <= MOST_DIGITS; digits++) {
        char a[32], b[32];
        double most = pow(10, digits) - 1;
        if (at > most)
            continue;
        if (!endless && at > high)
            break;
        (void)snprintf(a, sizeof(a), "%.0f", at);
        (void)snprintf(b, sizeof(b), "%.0f", !endless && high < most ? high : most);
        rc = buf_append_str(out, bar);
        if (rc == 0)
            rc = write_between(out, a, b);
        bar = " |";
        at = most + 1;
    }
    return rc != 0 ? rc : buf_append_str(out, " )");
}

/* The same with a fraction, for numbers: an end that is in may only be followed by zeros. */
static int write_positives(struct buf *out, const struct schema_bounds *b)
{
    int rc = buf_append_str(out, "(");
    const char *bar = "";
    double low = b->low;
    if (b->open_low) { /* the least whole part, with anything behind it but nought */
        if (!b->has_high || low < b->high) {
            rc = buf_printf(out, "\"%.0f.\" [0-9]{0,12} [1-9] [0-9]{0,3}", low);
            bar = " | ";
        }
        low++;
    }
    if (rc == 0 && (!b->has_high || low <= b->high - 1)) {
        rc = buf_append_str(out, bar);
        if (rc == 0)
            rc = write_naturals(out, low, b->high - 1, !b->has_high);
        if (rc == 0)
            rc = buf_append_str(out, " (\".\" [0-9]{1,16})?");
        bar = " | ";
    }
    if (rc == 0 && b->has_high && !b->open_high && low <= b->high)
        rc = buf_printf(out, "%s\"%.0f\" (\".\" \"0\"{1,16})?", bar, b->high);
    return rc != 0 ? rc : buf_append_str(out, ")");
}

static int write_part(struct buf *out, const struct schema_bounds *b, bool whole)
{
    return whole ? write_naturals(out, b->low, b->high, !b->has_high) : write_positives(out, b);
}

/* For integers an open bound is the next whole number. */
static struct schema_bounds close_bounds(const struct schema_bounds *in)
{
    struct schema_bounds b = *in;
    if (b.has_low)
        b.low = b.open_low ? floor(b.low) + 1 : ceil(b.low);
    if (b.has_high)
        b.high = b.open_high ? ceil(b.high) - 1 : floor(b.high);
    b.open_low = b.open_high = false;
    return b;
}

static bool is_empty(const struct schema_bounds *b)
{
    return b->has_low && b->has_high &&
           (b->low > b->high || (b->low == b->high && (b->open_low || b->open_high)));
}

int schema_write_numbers(struct buf *out, const struct schema_bounds *bounds, bool whole,
                         const char **problem)
{
    struct schema_bounds b = whole ? close_bounds(bounds) : *bounds;
    *problem = NULL;
    if (!b.has_low && !b.has_high)
        return buf_append_str(out, whole ? "json-integer" : "json-number");
    if ((b.has_low && fabs(b.low) >= farthest) || (b.has_high && fabs(b.high) >= farthest))
        *problem = "bounds beyond 1e15 are not supported";
    else if ((b.has_low && b.low != floor(b.low)) || (b.has_high && b.high != floor(b.high)))
        *problem = "bounds of a number must be whole numbers";
    else if (is_empty(&b))
        *problem = "no number lies between the bounds";
    if (*problem != NULL)
        return ERR_UNSUPPORTED;
    bool negative = !b.has_low || b.low < 0, positive = !b.has_high || b.high >= 0;
    if (positive && b.has_high && b.high == 0 && b.open_high)
        positive = false;
    int rc = buf_append_str(out, "(");
    if (negative) { /* the same without the sign, the other way round */
        struct schema_bounds mirrored = {.has_low = true,
                                         .low = b.has_high && b.high < 0 ? -b.high
                                                : whole                  ? 1
                                                                         : 0,
                                         .open_low =
                                             b.has_high && b.high < 0 ? b.open_high : !whole,
                                         .has_high = b.has_low,
                                         .high = -b.low,
                                         .open_high = b.open_low};
        rc = buf_append_str(out, "\"-\" ");
        if (rc == 0)
            rc = write_part(out, &mirrored, whole);
        if (rc == 0 && positive)
            rc = buf_append_str(out, " | ");
    }
    if (rc == 0 && positive) {
        bool above = b.has_low && b.low >= 0;
        struct schema_bounds upper = {.has_low = true,
                                      .low = above ? b.low : 0,
                                      .open_low = above && b.open_low,
                                      .has_high = b.has_high,
                                      .high = b.high,
                                      .open_high = b.open_high};
        rc = write_part(out, &upper, whole);
    }
    return rc != 0 ? rc : buf_append_str(out, ")");
}
