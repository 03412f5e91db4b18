#include "gateway/api_models.h"

#include <string.h>

#include "gateway/base/json.h"

static int write_model(struct buf *out, const char *name)
{
    int rc = buf_append_str(out, "{\"id\":");
    if (rc == 0)
        rc = json_write_string(out, content_of(name, strlen(name)));
    return rc != 0 ? rc
                   : buf_append_str(out, ",\"object\":\"model\",\"created\":0,"
                                         "\"owned_by\":\"penstock\"}");
}

static int write_list(struct buf *out, const struct config *config)
{
    int rc = buf_append_str(out, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; rc == 0 && i < config->model_count; i++) {
        if (i != 0)
            rc = buf_append(out, ",", 1);
        if (rc == 0)
            rc = write_model(out, config->models[i]);
    }
    return rc != 0 ? rc : buf_append_str(out, "]}");
}

enum api_error api_models_write(struct buf *out, const struct config *config, const char *path)
{
    const char *name = path + strlen(API_MODELS_PATH);
    int rc = ERR_NOT_FOUND;
    if (*name == '\0') {
        rc = write_list(out, config);
    } else {
        for (size_t i = 0; i < config->model_count && rc == ERR_NOT_FOUND; i++)
            if (strcmp(config->models[i], name + 1) == 0)
                rc = write_model(out, config->models[i]);
        if (rc == ERR_NOT_FOUND)
            return API_ERROR_CALLER_NOT_FOUND;
    }
    return rc == 0 ? API_ERROR_NONE : API_ERROR_INTERNAL_OVERLOADED;
}
