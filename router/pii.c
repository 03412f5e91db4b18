#include "router/pii.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "router/pii_internal.h"
#include "router/pii_tagger.h"

/* The rules as text: their hash is part of a decision's record, as that of the weights is. */
static const char rules_text[] =
#define RULE(...) #__VA_ARGS__ "\n"
#include "router/pii_rules.def"
#undef RULE
#define PHRASE(text, contexts, topic, weight) text #contexts #topic #weight "\n"
#include "router/pii_context.def"
#undef PHRASE
#define PEOPLE(context, phrases) #context phrases "\n"
#include "router/pii_people.def"
#undef PEOPLE
#define EAST(list, letters, text) #list text "\n"
#include "router/pii_east_names.def"
#undef EAST
#define CUE(name, phrases) #name phrases "\n"
#include "router/pii_cues.def"
#undef CUE
#define WEIGHTS(...) #__VA_ARGS__ "\n"
#include "router/pii_verdict.def"
#undef WEIGHTS
    ;

struct pii_scanner {
    struct pii_lexicon *lexicon;
    struct pii_rule_index rules;
    struct pii_tagger *tagger;
    char hash[HASH_HEX_SIZE];
};

/* Base64 in a text that base64 hid is read too; what is deeper hidden is not. */
enum { ENCODED_LEVELS = 2 };
/* One in as many bytes is of a script without spaces: the text is in such a language, rather than
 * in another with a name or two of them. */
enum { UNSPACED_SHARE = 4 };

struct pii_scratch {
    struct pii_normal normal;
    struct pii_encoded encoded[ENCODED_LEVELS];
    struct pii_context_hit *hits;
    size_t hit_cap;
    struct pii_evidence *stretches;
    size_t stretch_cap;
    struct pii_tagger_scratch *tagger;
};

/* Of rules and weights together. */
static int hash_scanner(struct pii_scanner *scanner, struct err *err)
{
    char both[2 * HASH_HEX_SIZE];
    int rc = hash_sha256_hex(rules_text, sizeof(rules_text) - 1, both);
    if (rc == 0) {
        size_t weights = strlen(pii_tagger_hash(scanner->tagger));
        weights = weights < HASH_HEX_SIZE ? weights : HASH_HEX_SIZE;
        memcpy(both + HASH_HEX_SIZE - 1, pii_tagger_hash(scanner->tagger), weights);
        rc = hash_sha256_hex(both, HASH_HEX_SIZE - 1 + weights, scanner->hash);
    }
    return rc == 0 ? 0 : err_set(err, rc, "cannot hash the PII rules");
}

int pii_scanner_new(struct pii_scanner **out, struct err *err)
{
    *out = NULL;
    struct pii_scanner *scanner = calloc(1, sizeof(*scanner));
    if (scanner == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for the PII scanner");
    int rc = pii_lexicon_new(&scanner->lexicon, err);
    if (rc != 0)
        goto fail;
    pii_rule_index_init(&scanner->rules);
    rc = pii_tagger_new(&scanner->tagger, err);
    if (rc != 0)
        goto fail;
    rc = hash_scanner(scanner, err);
    if (rc != 0)
        goto fail;
    *out = scanner;
    return 0;
fail:
    pii_scanner_free(scanner);
    return rc;
}

void pii_scanner_free(struct pii_scanner *scanner)
{
    if (scanner == NULL)
        return;
    pii_lexicon_free(scanner->lexicon);
    pii_tagger_free(scanner->tagger);
    free(scanner);
}

const char *pii_scanner_hash(const struct pii_scanner *scanner)
{
    return scanner->hash;
}

int pii_scratch_new(struct pii_scratch **out, struct err *err)
{
    *out = NULL;
    struct pii_scratch *scratch = calloc(1, sizeof(*scratch));
    if (scratch == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for a PII scratch");
    int rc = pii_tagger_scratch_new(&scratch->tagger, err);
    if (rc != 0) {
        pii_scratch_free(scratch);
        return rc;
    }
    *out = scratch;
    return 0;
}

void pii_scratch_free(struct pii_scratch *scratch)
{
    if (scratch == NULL)
        return;
    pii_normal_release(&scratch->normal);
    for (size_t level = 0; level < ENCODED_LEVELS; level++)
        pii_encoded_release(&scratch->encoded[level]);
    pii_tagger_scratch_free(scratch->tagger);
    free(scratch->hits);
    free(scratch->stretches);
    free(scratch);
}

static int reserve_stretches(struct pii_scratch *scratch, size_t count, struct err *err)
{
    if (count > scratch->stretch_cap) {
        struct pii_evidence *bigger = realloc(scratch->stretches, count * sizeof(*bigger));
        if (bigger == NULL)
            return err_set(err, ERR_MEMORY, "out of memory for what a text says");
        scratch->stretches = bigger;
        scratch->stretch_cap = count;
    }
    memset(scratch->stretches, 0, count * sizeof(*scratch->stretches));
    return 0;
}

/* Bytes of the original, `len` long, that a stretch of the normalised text stands for. */
static double stretch_of_original(const struct pii_run *run, size_t len)
{
    return PII_STRETCH * (double)len / (double)(run->len > 0 ? run->len : 1);
}

/* The text as it stands. encoded: the text is what its runs say; only what lies in them counts. */
static int scan_plain(const struct pii_scanner *scanner, struct pii_scratch *scratch,
                      struct content text, struct pii_encoded *encoded, struct pii_spans *spans,
                      struct pii_facts *facts, struct err *err)
{
    const char *bytes = content_bytes(text);
    size_t len = content_len(text);
    size_t first = spans->count;
    int rc = pii_normalize(&scratch->normal, bytes, len, err);
    if (rc == 0)
        rc = reserve_stretches(scratch, pii_stretches(scratch->normal.len), err);
    if (rc != 0)
        return rc;
    struct pii_run run = {.text = scratch->normal.text,
                          .len = scratch->normal.len,
                          .rules = &scanner->rules,
                          .spans = spans,
                          .stretches = scratch->stretches,
                          .stretch_count = pii_stretches(scratch->normal.len),
                          .hits = scratch->hits,
                          .hit_cap = scratch->hit_cap,
                          .err = err};
    pii_context_collect(&run, scanner->lexicon);
    if (run.rc == 0)
        pii_recognize(&run);
    scratch->hits = run.hits;
    scratch->hit_cap = run.hit_cap;
    rc = run.rc;
    if (rc == 0) {
        for (size_t i = first; i < spans->count; i++) {
            spans->items[i].start = pii_original_start(&scratch->normal, spans->items[i].start);
            spans->items[i].end = pii_original_end(&scratch->normal, spans->items[i].end);
        }
        struct pii_tagger_words words = {.stretches = run.stretches,
                                         .count = run.stretch_count,
                                         .bytes = stretch_of_original(&run, len)};
        bool unspaced = run.unspaced * UNSPACED_SHARE > run.len;
        size_t names = spans->count;
        rc = pii_tagger_run(scanner->tagger, scratch->tagger, bytes, len, words, unspaced, spans,
                            err);
        if (rc == 0) {
            pii_names_cut(&run, &scratch->normal, names, bytes, len);
            rc = run.rc;
        }
        if (rc == 0) {
            pii_names_complete(spans, first, bytes, len);
            pii_addresses_complete(spans, first, bytes, len);
            rc = pii_ages_beside(spans, first, bytes, len, err);
        }
    }
    if (rc != 0)
        return rc;
    pii_merge(spans, first);
    if (encoded != NULL)
        pii_encoded_keep(encoded);
    const struct pii_span *found = spans->items != NULL ? spans->items + first : NULL;
    pii_evidence_add(facts, &run, found, spans->count - first, len);
    return 0;
}

/* What base64 in the text says, as if it stood there. */
static int scan_encoded(const struct pii_scanner *scanner, struct pii_scratch *scratch,
                        size_t level, struct content text, struct pii_spans *spans, size_t first,
                        struct pii_facts *facts, struct err *err)
{
    struct pii_encoded *encoded = &scratch->encoded[level];
    int rc = pii_encoded_read(encoded, content_bytes(text), content_len(text), err);
    if (rc != 0 || encoded->run_count == 0)
        return rc;
    struct content said = content_of(encoded->said.data, encoded->said.len);
    rc = scan_plain(scanner, scratch, said, encoded, &encoded->spans, facts, err);
    if (rc == 0 && level + 1 < ENCODED_LEVELS)
        rc = scan_encoded(scanner, scratch, level + 1, said, &encoded->spans, 0, facts, err);
    return rc == 0 ? pii_encoded_report(encoded, spans, first, err) : rc;
}

int pii_scan(const struct pii_scanner *scanner, struct pii_scratch *scratch, struct content text,
             struct pii_spans *spans, struct pii_facts *facts, struct err *err)
{
    size_t first = spans->count;
    if (content_len(text) == 0)
        return 0;
    int rc = scan_plain(scanner, scratch, text, NULL, spans, facts, err);
    if (rc == 0)
        rc = scan_encoded(scanner, scratch, 0, text, spans, first, facts, err);
    if (rc != 0)
        spans->count = first; /* half a scan is no scan */
    return rc;
}
