/*
 * wiping.h - a heap for libraries that hold content: what is given back is wiped first.
 *
 * With the signatures of libcurl's callbacks (curl_global_init_mem). Any thread. A block belongs to
 * whoever got it and goes back through wiping_free alone. NULL without memory, as malloc's are.
 */
#ifndef PENSTOCK_BASE_WIPING_H
#define PENSTOCK_BASE_WIPING_H

#include <stddef.h>

void *wiping_malloc(size_t size);
void *wiping_calloc(size_t count, size_t size);
char *wiping_strdup(const char *text);
void wiping_free(void *bytes); /* NULL is fine */
/* Always another block, so that nothing stays behind; where there is none the old one is untouched.
 */
void *wiping_realloc(void *bytes, size_t size);

#endif
