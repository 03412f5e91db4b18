#include "gateway/base/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *e, enum err_code code, const char *format, ...)
{
    if (e != NULL) {
        va_list args;
        va_start(args, format);
        e->code = code;
        (void)vsnprintf(e->text, sizeof(e->text), format, args);
        va_end(args);
    }
    return code;
}
