#include "gateway/api_feedback.h"

#include <string.h>

#include "gateway/base/json.h"

static const struct {
    const char *key, *word;
    enum feedback feedback;
} words[] = {{"outcome", "good", FEEDBACK_GOOD},
             {"outcome", "bad", FEEDBACK_BAD},
             {"outcome", "local_ok", FEEDBACK_LOCAL_OK},
             {"outcome", "local_failed", FEEDBACK_LOCAL_FAILED},
             {"thumb", "up", FEEDBACK_GOOD},
             {"thumb", "down", FEEDBACK_BAD}};

static bool read_request_id(const struct json_doc *doc, char request_id[REQUEST_ID_CHARS])
{
    struct buf id = BUF_INIT;
    uint32_t node = json_get(doc, 0, "request_id");
    bool good = node != JSON_NONE && doc->nodes[node].type == JSON_TYPE_STRING &&
                json_decode(doc, node, &id) == 0 && id.len == REQUEST_ID_CHARS - 1 &&
                memchr(id.data, '\0', id.len) == NULL;
    if (good) {
        memcpy(request_id, id.data, id.len);
        request_id[id.len] = '\0';
    }
    buf_release(&id);
    return good;
}

static enum api_error read_root(const struct json_doc *doc, char request_id[REQUEST_ID_CHARS],
                                enum feedback *out, const char **param)
{
    *param = "request_id";
    if (doc->nodes[0].type != JSON_TYPE_OBJECT || !read_request_id(doc, request_id))
        return API_ERROR_CALLER_INVALID_FIELD;
    bool outcome = json_get(doc, 0, "outcome") != JSON_NONE;
    bool thumb = json_get(doc, 0, "thumb") != JSON_NONE;
    *param = thumb ? "thumb" : "outcome";
    if (!outcome && !thumb)
        return API_ERROR_CALLER_MISSING_FIELD;
    if (outcome && thumb)
        return API_ERROR_CALLER_INVALID_FIELD; /* which of the two is meant? */
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint32_t node = json_get(doc, 0, words[i].key);
        if (node != JSON_NONE && json_string_is(doc, node, words[i].word)) {
            *out = words[i].feedback;
            *param = NULL;
            return API_ERROR_NONE;
        }
    }
    return API_ERROR_CALLER_INVALID_FIELD;
}

enum api_error api_feedback_read(struct content body, char request_id[REQUEST_ID_CHARS],
                                 enum feedback *out, const char **param)
{
    struct json_doc doc;
    struct err err;
    bool duplicate = false;
    *param = NULL;
    int rc = json_parse(&doc, body, &duplicate, &err);
    if (rc == ERR_MEMORY)
        return API_ERROR_INTERNAL_OVERLOADED;
    if (rc != 0)
        return duplicate ? API_ERROR_CALLER_DUPLICATE_KEY : API_ERROR_CALLER_INVALID_JSON;
    enum api_error error = read_root(&doc, request_id, out, param);
    json_release(&doc);
    return error;
}

enum api_error api_feedback_write(struct buf *out, enum feedback_result result, const char **detail)
{
    *detail = NULL;
    switch (result) {
    case FEEDBACK_TAKEN:
        return buf_append_str(out, "{\"recorded\":true}") == 0 ? API_ERROR_NONE
                                                               : API_ERROR_INTERNAL_OVERLOADED;
    case FEEDBACK_TELLS_NOTHING:
        return buf_append_str(out, "{\"recorded\":false,\"reason\":\"not_answered_locally\"}") == 0
                   ? API_ERROR_NONE
                   : API_ERROR_INTERNAL_OVERLOADED;
    case FEEDBACK_UNKNOWN:
        *detail = "No answered request of yours with this id waits for feedback.";
        return API_ERROR_CALLER_NOT_FOUND;
    case FEEDBACK_NOT_WRITTEN:
        break;
    }
    *detail = "The feedback could not be written.";
    return API_ERROR_INTERNAL_OVERLOADED;
}
