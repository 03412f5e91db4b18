/*
 * json_oracle.h - does json.h read a text as jansson does? Shared by a unit test and a fuzz target.
 *
 * The same verdict on every text, but for two that only ours refuses: nesting beyond
 * JSON_MAX_DEPTH, and a NUL right behind a number, which jansson 2.14 skips. Of an accepted text
 * the same tree, value by value.
 */
#ifndef PENSTOCK_TESTS_JSON_ORACLE_H
#define PENSTOCK_TESTS_JSON_ORACLE_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "gateway/base/json.h"

static bool oracle_same_value(const struct json_doc *doc, uint32_t node, const json_t *value);

static bool oracle_same_string(const struct json_doc *doc, uint32_t node, const char *bytes,
                               size_t len)
{
    struct buf decoded = BUF_INIT;
    bool same = doc->nodes[node].type == JSON_TYPE_STRING &&
                json_decode(doc, node, &decoded) == 0 && decoded.len == len &&
                (len == 0 || memcmp(decoded.data, bytes, len) == 0);
    buf_release(&decoded);
    return same;
}

static bool oracle_same_object(const struct json_doc *doc, uint32_t node, json_t *object)
{
    uint32_t key = json_first(doc, node);
    const char *name;
    json_t *value;
    if (doc->nodes[node].type != JSON_TYPE_OBJECT)
        return false;
    json_object_foreach(object, name, value) /* in order of the text */
    {
        if (key == JSON_NONE || !doc->nodes[key].is_key ||
            !oracle_same_string(doc, key, name, strlen(name)) ||
            !oracle_same_value(doc, key + 1, value) || json_get(doc, node, name) != key + 1)
            return false;
        key = json_next(doc, node, key);
    }
    return key == JSON_NONE;
}

static bool oracle_same_array(const struct json_doc *doc, uint32_t node, const json_t *array)
{
    uint32_t item = json_first(doc, node);
    if (doc->nodes[node].type != JSON_TYPE_ARRAY)
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (item == JSON_NONE || !oracle_same_value(doc, item, json_array_get(array, i)))
            return false;
        item = json_next(doc, node, item);
    }
    return item == JSON_NONE;
}

static bool oracle_same_value(const struct json_doc *doc, uint32_t node, const json_t *value)
{
    bool truth;
    double number;
    size_t len = doc->nodes[node].end - doc->nodes[node].start;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return oracle_same_object(doc, node, (json_t *)(uintptr_t)value);
    case JSON_ARRAY:
        return oracle_same_array(doc, node, value);
    case JSON_STRING:
        return oracle_same_string(doc, node, json_string_value(value), json_string_length(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return json_bool(doc, node, &truth) && truth == json_is_true(value);
    case JSON_NULL:
        return json_node_is_null(doc, node);
    default:
        /* Numbers that are longer are the gateway's to refuse, where it needs their value. */
        return doc->nodes[node].type == JSON_TYPE_PRIMITIVE &&
               (len >= 64 ||
                (json_number(doc, node, &number) && number == json_number_value(value)));
    }
}

static bool oracle_agrees(const uint8_t *bytes, size_t len)
{
    struct json_doc doc;
    struct err err;
    json_error_t error;
    bool duplicate;
    int rc = json_parse(&doc, content_of(bytes, len), &duplicate, &err);
    if (rc == ERR_LIMIT || (rc != 0 && len != 0 && memchr(bytes, '\0', len) != NULL))
        return true;
    json_t *root = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, &error);
    bool same = (rc == 0) == (root != NULL);
    if (root != NULL && rc == 0)
        same = oracle_same_value(&doc, 0, root);
    json_decref(root);
    json_release(&doc);
    return same;
}

#endif
