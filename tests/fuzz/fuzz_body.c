/* Bodies of chat requests, as they come: read, with every view it hands out looked at to its end.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "gateway/api_chat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned sum_of(struct content text)
{
    const uint8_t *bytes = content_bytes(text);
    unsigned sum = 0;
    for (size_t i = 0; i < content_len(text); i++)
        sum += bytes[i];
    return sum;
}

static volatile unsigned seen; /* so that the bytes are read */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chat_request request;
    struct chat_problem problem;
    if (chat_request_decode(&request, content_of(data, size), &problem) != 0) {
        if (problem.error == API_ERROR_NONE)
            abort();
        return 0;
    }
    for (size_t i = 0; i < request.text_count; i++)
        seen += sum_of(request.texts[i].text);
    for (size_t i = 0; i < request.message_count; i++)
        seen += sum_of(request.messages[i].text);
    if (request.model_end > size || request.model_start >= request.model_end ||
        data[request.model_start] != '"' || data[request.model_end - 1] != '"')
        abort();
    chat_request_release(&request);
    return 0;
}
