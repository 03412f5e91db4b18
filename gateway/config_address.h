/*
 * config_address.h - addresses to listen on and URLs of targets, as the configuration writes them.
 */
#ifndef PENSTOCK_CONFIG_ADDRESS_H
#define PENSTOCK_CONFIG_ADDRESS_H

#include <stdbool.h>

#include "gateway/base/yaml.h"
#include "gateway/config.h"
#include "gateway/config_rows.h"

/*
 * "host:port", "[v6]:port", ":port", or an absolute or "unix:" path. False after reporting.
 */
bool config_address_read(struct config_reader *reader, const struct yaml_node *node,
                         struct config_address *out);
/* Would the second bind fail because of the first? (Port 0 never clashes.) */
bool config_address_clashes(const struct config_address *a, const struct config_address *b);

/* Checks target->url and takes a trailing slash off. URLs are not quoted: they may hold a key. */
void config_url_check(struct config_reader *reader, const struct yaml_node *node,
                      struct config_target *target);

#endif
