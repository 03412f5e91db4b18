#include "gateway/backend.h"

const char *backend_outcome_name(enum backend_outcome outcome)
{
    static const char *const names[BACKEND_OUTCOME_COUNT] = {
        [BACKEND_OK] = "ok",
        [BACKEND_ERR_RESOLVE] = "resolve_failed",
        [BACKEND_ERR_CONNECT] = "connect_failed",
        [BACKEND_ERR_TLS] = "tls_failed",
        [BACKEND_ERR_FIRST_BYTE] = "first_byte_timeout",
        [BACKEND_ERR_IDLE] = "idle_timeout",
        [BACKEND_ERR_TOTAL] = "total_timeout",
        [BACKEND_ERR_CUT] = "cut",
        [BACKEND_ERR_GARBAGE] = "garbage",
        [BACKEND_ERR_STATUS] = "error_status",
        [BACKEND_ERR_NO_KEY] = "no_key",
        [BACKEND_ERR_BUSY] = "busy",
        [BACKEND_ERR_MODEL] = "model_unavailable",
        [BACKEND_ERR_CONTEXT] = "context_exceeded",
        [BACKEND_ERR_INTERNAL] = "internal",
        [BACKEND_CANCELLED] = "cancelled",
    };
    return (unsigned)outcome < BACKEND_OUTCOME_COUNT ? names[outcome] : "unknown";
}
