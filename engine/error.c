#include "engine/error.h"

#include <stdarg.h>
#include <stdio.h>

int engine_fail(struct engine_error *error, enum engine_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
        for (char *p = error->text; *p != '\0'; p++) {
            if (*p < 0x20 || *p > 0x7e)
                *p = '?';
        }
        error->status = status;
    }
    return status;
}
