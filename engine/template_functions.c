/* Functions that every template may call. */
#include "engine/template_parts.h"

#include <stdlib.h>
#include <string.h>

static struct value make_range(struct pool *a, const struct arguments *args)
{
    int64_t n[3] = {0, 0, 1};
    for (size_t i = 0; i < args->count && i < 3; i++) {
        if (args->values[i].kind != V_INT)
            pool_fail(a, "range needs integers");
        n[i] = args->values[i].as.integer;
    }
    if (args->count < 2) {
        n[1] = n[0];
        n[0] = 0;
    }
    if (n[2] == 0 || llabs(n[0]) > 1000000000 || llabs(n[1]) > 1000000000 ||
        llabs(n[2]) > 1000000000)
        pool_fail(a, "a range that is too long");
    struct value out = value_list(a, 4);
    for (int64_t i = n[0]; n[2] > 0 ? i < n[1] : i > n[1]; i += n[2]) {
        list_add(a, out.as.list, value_int(i));
    }
    return out;
}

static struct value make_dict(struct pool *a, const struct arguments *args, enum value_kind kind)
{
    struct value out = value_dict(a);
    out.kind = kind;
    for (size_t i = 0; i < args->count; i++) {
        if (args->names[i].units != NULL) {
            dict_set(a, out.as.dict, value_string(args->names[i]), args->values[i]);
        } else if (args->values[i].kind == V_DICT) {
            struct dict *from = args->values[i].as.dict;
            for (size_t k = 0; k < from->count; k++)
                dict_set(a, out.as.dict, from->keys[k], from->values[k]);
        }
    }
    return out;
}

static struct value show_now(struct pool *a, const struct arguments *args, const struct tm *now)
{
    struct value format = argument(args, 0, "format");
    struct builder out = {0};
    if (format.kind != V_STRING)
        pool_fail(a, "strftime_now needs a string");
    for (size_t i = 0; i < format.as.string.len; i++) {
        char text[64] = "", c = (char)(format.as.string.units[i] & 0xff);
        if (c != '%' || i + 1 == format.as.string.len) {
            builder_add(a, &out, &format.as.string.units[i], 1);
            continue;
        }
        c = (char)(format.as.string.units[++i] & 0xff);
        bool bare = c == '-' && i + 1 < format.as.string.len;
        if (bare)
            c = (char)(format.as.string.units[++i] & 0xff);
        if (strchr("aAbBcdHIjmMpSUwWxXyYZz%", c) == NULL || c == '\0')
            pool_fail(a, "strftime_now with a letter that is not supported");
        /* Letter by letter, so that a format from a file never reaches strftime whole. */
        const char one[3] = {'%', c, '\0'};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        size_t n = strftime(text, sizeof(text), one, now);
#pragma GCC diagnostic pop
        builder_text(a, &out, bare && n > 1 && text[0] == '0' ? text + 1 : text);
    }
    return value_string(builder_str(&out));
}

bool function_known(struct str name)
{
    static const char *const names[] = {"range", "namespace", "dict", "raise_exception",
                                        "strftime_now"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (str_is(name, names[i]))
            return true;
    }
    return false;
}

struct value function_call(struct pool *a, struct str name, const struct arguments *args,
                           const struct tm *now)
{
    if (str_is(name, "range"))
        return make_range(a, args);
    if (str_is(name, "namespace"))
        return make_dict(a, args, V_NAMESPACE);
    if (str_is(name, "dict"))
        return make_dict(a, args, V_DICT);
    if (str_is(name, "strftime_now"))
        return show_now(a, args, now);
    struct value why = argument(args, 0, "message");
    pool_fail(a, "it refuses the conversation: %s",
              why.kind == V_STRING ? str_name(a, why.as.string) : "");
}
