#include "gateway/base/yaml_value.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Digits at *text; moves it behind them. */
static bool read_digits(const char **text, uint64_t *out)
{
    uint64_t value = 0;
    const char *at = *text;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *text = at;
    *out = value;
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool read_with_unit(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
    uint64_t value;
    if (!read_digits(&text, &value))
        return false;
    if (*text == ' ')
        text++;
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, units[i].name) == 0) {
            if (value > UINT64_MAX / units[i].factor)
                return false;
            *out = value * units[i].factor;
            return true;
        }
    }
    return false;
}

bool yaml_value_bool(const char *text, bool *out)
{
    static const char *const names[] = {"false", "true", "off", "on", "no", "yes"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(text, names[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

bool yaml_value_count(const char *text, uint64_t *out)
{
    uint64_t value;
    if (!read_digits(&text, &value) || *text != '\0')
        return false;
    *out = value;
    return true;
}

bool yaml_value_size(const char *text, uint64_t *out)
{
    static const struct unit units[] = {
        {"", 1},          {"B", 1},     {"KiB", 1 << 10}, {"MiB", 1 << 20},
        {"GiB", 1 << 30}, {"KB", 1000}, {"MB", 1000000},  {"GB", 1000000000},
    };
    return read_with_unit(text, units, sizeof(units) / sizeof(units[0]), out);
}

bool yaml_value_duration(const char *text, uint64_t *out)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    if (strcmp(text, "0") == 0) {
        *out = 0;
        return true;
    }
    return read_with_unit(text, units, sizeof(units) / sizeof(units[0]), out);
}

bool yaml_value_decimal(const char *text, double *out)
{
    uint64_t whole, part = 0;
    double scale = 1;
    if (!read_digits(&text, &whole))
        return false;
    if (*text == '.') {
        const char *start = ++text;
        if (!read_digits(&text, &part) || text - start > 15)
            return false;
        for (; start < text; start++)
            scale *= 10;
    }
    if (*text != '\0')
        return false;
    *out = (double)whole + (double)part / scale;
    return true;
}
