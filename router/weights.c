#include "router/weights.h"

#include <stdio.h>

int weights_open(struct engine_net **net, char hash[WEIGHTS_HASH_CHARS], const unsigned char *begin,
                 const unsigned char *end, const char *what, struct err *err)
{
    struct engine_error error = {0};
    struct engine_source source = {.bytes = begin, .size = (size_t)(end - begin)};
    if (engine_net_open(net, &source, &error) != 0)
        return err_set(err, ERR_BAD_STATE, "the weights of the %s: %s", what, error.text);
    struct engine_net_info info;
    engine_net_describe(*net, &info);
    for (size_t i = 0; i < sizeof(info.sha256); i++)
        (void)snprintf(hash + 2 * i, 3, "%02x", info.sha256[i]);
    return 0;
}
