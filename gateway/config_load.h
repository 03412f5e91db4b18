/*
 * config_load.h - configuration and policy together, as `serve`, `check` and reload need them.
 */
#ifndef PENSTOCK_CONFIG_LOAD_H
#define PENSTOCK_CONFIG_LOAD_H

#include "gateway/base/err.h"
#include "gateway/base/problems.h"
#include "gateway/config.h"
#include "router/policy.h"

/*
 * Reads the configuration and the policy file it names. The policy is read even when the
 * configuration has mistakes, so that *problems holds those of both. Gives what could be read; with
 * a problem nobody may run with it. The caller owns one reference to each, NULL where there is
 * nothing. Negative when that is so or there are problems. Main thread (reads the environment).
 */
MUST_CHECK int config_load_partly(const char *path, struct config **config, struct policy **policy,
                                  struct problems *problems);

/* The same, all or nothing: on a negative result both are NULL. */
MUST_CHECK int config_load_all(const char *path, struct config **config, struct policy **policy,
                               struct problems *problems);

#endif
