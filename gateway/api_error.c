#include "gateway/api_error.h"

#include <string.h>

#include "gateway/base/json.h"

static const struct api_error_row rows[API_ERROR_COUNT] = {
#define API_ERROR(symbol, code_, status_, type_, message_)                                         \
    {.code = (code_), .status = (status_), .type = (type_), .message = (message_)},
#include "gateway/api_error.def"
#undef API_ERROR
};

const struct api_error_row *api_error_row(enum api_error error)
{
    return &rows[error];
}

int api_error_write(struct buf *out, enum api_error error, const char *param, const char *detail)
{
    const struct api_error_row *row = &rows[error];
    struct buf message = BUF_INIT;
    int rc = buf_append_str(&message, row->message);
    if (rc == 0 && detail != NULL && detail[0] != '\0')
        rc = buf_printf(&message, " (%s)", detail);
    if (rc == 0)
        rc = buf_append_str(out, "{\"error\":{\"message\":");
    if (rc == 0)
        rc = json_write_string(out, content_of(message.data, message.len));
    if (rc == 0)
        rc = buf_printf(out, ",\"type\":\"%s\",\"param\":", row->type);
    if (rc == 0)
        rc = param != NULL && param[0] != '\0'
                 ? json_write_string(out, content_of(param, strlen(param)))
                 : buf_append_str(out, "null");
    if (rc == 0)
        rc = buf_printf(out, ",\"code\":\"%s\"}}", row->code);
    buf_release(&message);
    return rc;
}
