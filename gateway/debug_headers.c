#include "gateway/debug_headers.h"

static int write_entities(const struct decision_record *r, struct buf *out)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < PII_TYPE_COUNT; i++)
        if (r->pii.count[i] != 0)
            rc = buf_printf(out, "; %s=%u (%.2f)", pii_type_name((enum pii_type)i),
                            (unsigned)r->pii.count[i], (double)r->pii.best_score[i]);
    return rc;
}

int debug_signals_write(const struct decision_record *r, struct buf *out)
{
    int rc = buf_printf(out, "unclassified=%s", unclassified_name(r->unclassified));
    if (rc == 0 && r->scanned)
        rc = buf_printf(out, "; sensitive=%.2f; identifying=%.2f", (double)r->pii.sensitive,
                        (double)r->pii.identifying);
    if (rc == 0 && r->scored)
        rc = buf_printf(out, "; complexity=%.2f; tier=%s", (double)r->complexity.score,
                        complexity_tier_name(r->complexity.tier));
    return rc == 0 && r->scanned ? write_entities(r, out) : rc;
}

int debug_reasons_write(const struct decision_record *r, struct buf *out)
{
    int rc = buf_printf(out, "rule=%s", r->rule);
    for (unsigned i = 0; rc == 0 && i < r->reason_count; i++) {
        const struct decision_reason *reason = &r->reasons[i];
        const char *subject = reason->subject >= 0 ? decision_subject_name(reason) : NULL;
        rc = buf_printf(out, "; %s%s%s%s %s %g (%g%s)", reason->negated ? "not " : "",
                        decision_signal_name(reason->signal), subject != NULL ? " " : "",
                        subject != NULL ? subject : "", decision_compare_name(reason->compare),
                        reason->threshold, reason->value, reason->assumed ? ", assumed" : "");
    }
    return rc;
}
