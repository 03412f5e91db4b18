/*
 * fault.h - files that shrink under their map.
 *
 * Reading a mapped page that the file no longer has raises SIGBUS, which would end the process. For
 * maps that are guarded here, a handler puts zeroes in place of what is gone and notes it in a
 * flag; the reader goes on with zeroes, and whoever looks at the flag throws the result away. The
 * handler is the process's, put up when a map is guarded; what is not about a guarded map goes to
 * the handler that was there before. A thread that reads a map must not block SIGBUS.
 */
#ifndef PENSTOCK_ENGINE_FAULT_H
#define PENSTOCK_ENGINE_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* False: too many maps are guarded, or no handler can be had. *lost must outlive the guard. */
bool fault_guard(const void *map, size_t size, atomic_bool *lost);
/* Before it is unmapped. A map that is not guarded is left alone. */
void fault_release(const void *map);

#endif
