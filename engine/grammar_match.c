#include "engine/grammar_match.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEAD = 0, /* the state that nothing leads out of */
    FIRST_PLACES = 1024,
    MOST_PLACES = 1 << 16, /* looked at to find one state; half of it is used */
    MOST_FRAMES = 1 << 16, /* of rules to return to */
    MOST_WORK = 1 << 20,   /* places looked at in one step */
    ROOM = 1 << 20,        /* bytes of states; a step begins with less */
    MOST_ROOM = 4 * ROOM,  /* a step ends with less */
    MOST_MASKS = 32,
};
#define UNKNOWN UINT32_MAX

/* A place: a node, and the frame of the rule that it stands in. */
struct place {
    uint32_t node, frame;
};

/* Where to go on at a rule's end; frame 0 is the root's, which has no such place. */
struct frame {
    uint32_t node, parent;
};

struct state {
    uint32_t first, count; /* of its places, all of them at bytes, in order */
    bool accepts;
};

struct mask {
    uint32_t state;
    uint64_t used; /* when; 0: never */
    uint64_t *words;
};

struct grammar_match {
    const struct engine_grammar *grammar;
    const struct vocab *vocab;
    const struct trie *trie;
    uint32_t state; /* where the text stands */
    size_t work;    /* of this step */

    struct place *places; /* of all states */
    size_t place_count, place_cap;
    struct state *states;
    uint32_t *next; /* by state and class of byte */
    uint32_t state_count, state_cap;
    uint32_t *state_table; /* by hash: states; DEAD: none */
    uint32_t state_mask;

    struct frame *frames;
    uint32_t frame_count, frame_cap;
    uint32_t *frame_table; /* by hash: frames; 0: none */
    uint32_t frame_mask;

    /* The state that is being found. */
    struct place *found;
    size_t found_count, found_cap;
    struct place *seen; /* by hash, valid where its stamp is the present one */
    uint32_t *stamps;
    uint32_t seen_mask, stamp;
    bool accepts;

    struct mask masks[MOST_MASKS];
    uint64_t now;
};

/* ---- memory ---- */

/* Room for that many places; grows by doubling and wipes what it leaves. */
static bool reserve(struct place **places, size_t *cap, size_t count)
{
    if (count <= *cap)
        return true;
    size_t more = *cap > 0 ? *cap : 64;
    while (more < count)
        more *= 2;
    struct place *grown = calloc(more, sizeof(*grown));
    if (grown == NULL)
        return false;
    if (*cap > 0) {
        memcpy(grown, *places, *cap * sizeof(*grown));
        explicit_bzero(*places, *cap * sizeof(*grown));
    }
    free(*places);
    *places = grown;
    *cap = more;
    return true;
}

static size_t room_used(const struct grammar_match *m)
{
    size_t state =
        sizeof(struct state) + 2 * sizeof(uint32_t) + m->grammar->class_count * sizeof(uint32_t);
    return m->place_count * sizeof(*m->places) + m->state_count * state +
           m->frame_count * (sizeof(*m->frames) + 2 * sizeof(uint32_t));
}

/* ---- frames ---- */

static uint32_t hash_two(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

static void place_frame(struct grammar_match *m, uint32_t id)
{
    uint32_t at = hash_two(m->frames[id].node, m->frames[id].parent) & m->frame_mask;
    while (m->frame_table[at] != 0)
        at = (at + 1) & m->frame_mask;
    m->frame_table[at] = id;
}

static bool grow_frames(struct grammar_match *m)
{
    uint32_t cap = m->frame_cap > 0 ? 2 * m->frame_cap : 256;
    struct frame *frames = calloc(cap, sizeof(*frames));
    uint32_t *table = calloc(2 * (size_t)cap, sizeof(*table));
    if (frames == NULL || table == NULL) {
        free(frames);
        free(table);
        return false;
    }
    if (m->frame_cap > 0)
        memcpy(frames, m->frames, m->frame_count * sizeof(*frames));
    free(m->frames);
    free(m->frame_table);
    m->frames = frames;
    m->frame_table = table;
    m->frame_mask = 2 * cap - 1;
    m->frame_cap = cap;
    for (uint32_t i = 1; i < m->frame_count; i++)
        place_frame(m, i);
    return true;
}

/* The one frame of that content. False: there is no room for it. */
static bool find_frame(struct grammar_match *m, uint32_t node, uint32_t parent, uint32_t *out)
{
    uint32_t at = hash_two(node, parent) & m->frame_mask;
    for (; m->frame_table[at] != 0; at = (at + 1) & m->frame_mask) {
        const struct frame *f = &m->frames[m->frame_table[at]];
        if (f->node == node && f->parent == parent) {
            *out = m->frame_table[at];
            return true;
        }
    }
    if (m->frame_count == m->frame_cap && (m->frame_cap >= MOST_FRAMES || !grow_frames(m)))
        return false;
    *out = m->frame_count++;
    m->frames[*out] = (struct frame){node, parent};
    place_frame(m, *out);
    return true;
}

/* ---- finding a state ---- */

static bool grow_seen(struct grammar_match *m)
{
    uint32_t size = m->stamps != NULL ? 2 * (m->seen_mask + 1) : FIRST_PLACES;
    if (size > MOST_PLACES)
        return false;
    struct place *seen = calloc(size, sizeof(*seen));
    uint32_t *stamps = calloc(size, sizeof(*stamps));
    if (seen == NULL || stamps == NULL) {
        free(seen);
        free(stamps);
        return false;
    }
    free(m->seen);
    free(m->stamps);
    m->seen = seen;
    m->stamps = stamps;
    m->seen_mask = size - 1;
    m->stamp = 1;
    for (size_t i = 0; i < m->found_count; i++) {
        uint32_t at = hash_two(m->found[i].node, m->found[i].frame) & m->seen_mask;
        while (stamps[at] == m->stamp)
            at = (at + 1) & m->seen_mask;
        stamps[at] = m->stamp;
        seen[at] = m->found[i];
    }
    return true;
}

/* One more place of the state, unless it is one already. What there is no room for is left out. */
static void find_place(struct grammar_match *m, uint32_t node, uint32_t frame)
{
    if (2 * m->found_count > m->seen_mask && !grow_seen(m))
        return;
    uint32_t at = hash_two(node, frame) & m->seen_mask;
    for (; m->stamps[at] == m->stamp; at = (at + 1) & m->seen_mask) {
        if (m->seen[at].node == node && m->seen[at].frame == frame)
            return;
    }
    if (!reserve(&m->found, &m->found_cap, m->found_count + 1))
        return;
    m->stamps[at] = m->stamp;
    m->seen[at] = m->found[m->found_count++] = (struct place){node, frame};
}

static void begin_finding(struct grammar_match *m)
{
    m->found_count = 0;
    m->accepts = false;
    if (++m->stamp == 0) {
        memset(m->stamps, 0, ((size_t)m->seen_mask + 1) * sizeof(*m->stamps));
        m->stamp = 1;
    }
}

/* Follow what takes no byte, until places at bytes are all that is left. */
static void follow(struct grammar_match *m)
{
    size_t kept = 0, i = 0;
    for (; i < m->found_count; i++) {
        struct place p = m->found[i];
        const struct grammar_node *n = &m->grammar->nodes[p.node];
        uint32_t frame;
        switch (n->op) {
        case GRAMMAR_BYTES:
            break;
        case GRAMMAR_SPLIT:
            find_place(m, n->next, p.frame);
            find_place(m, n->other, p.frame);
            break;
        case GRAMMAR_CALL:
            if (find_frame(m, n->next, p.frame, &frame))
                find_place(m, n->other, frame);
            break;
        case GRAMMAR_TAIL:
            find_place(m, n->other, p.frame);
            break;
        case GRAMMAR_END:
            if (p.frame == 0)
                m->accepts = true;
            else
                find_place(m, m->frames[p.frame].node, m->frames[p.frame].parent);
            break;
        default:
            break;
        }
    }
    m->work += i;
    for (i = 0; i < m->found_count; i++) {
        if (m->grammar->nodes[m->found[i].node].op == GRAMMAR_BYTES)
            m->found[kept++] = m->found[i];
    }
    m->found_count = kept;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return (x->frame > y->frame) - (x->frame < y->frame);
}

static uint32_t hash_places(const struct place *p, size_t count, bool accepts)
{
    uint32_t h = accepts;
    for (size_t i = 0; i < count; i++)
        h = hash_two(h ^ p[i].node, p[i].frame + 1);
    return h;
}

static bool grow_states(struct grammar_match *m)
{
    size_t classes = m->grammar->class_count;
    uint32_t cap = m->state_cap > 0 ? 2 * m->state_cap : 64;
    struct state *states = calloc(cap, sizeof(*states));
    uint32_t *table = calloc(2 * (size_t)cap, sizeof(*table));
    uint32_t *next = calloc(cap * classes, sizeof(*next));
    if (states == NULL || table == NULL || next == NULL) {
        free(states);
        free(table);
        free(next);
        return false;
    }
    if (m->state_count > 0) {
        memcpy(states, m->states, m->state_count * sizeof(*states));
        memcpy(next, m->next, m->state_count * classes * sizeof(*next));
    }
    free(m->states);
    free(m->state_table);
    free(m->next);
    m->states = states;
    m->state_table = table;
    m->next = next;
    m->state_mask = 2 * cap - 1;
    m->state_cap = cap;
    for (uint32_t i = DEAD + 1; i < m->state_count; i++) {
        const struct state *s = &states[i];
        uint32_t at = hash_places(m->places + s->first, s->count, s->accepts) & m->state_mask;
        while (table[at] != DEAD)
            at = (at + 1) & m->state_mask;
        table[at] = i;
    }
    return true;
}

/* The state of the places found. UNKNOWN: no memory. */
static uint32_t intern(struct grammar_match *m)
{
    size_t count = m->found_count;
    if (count == 0 && !m->accepts)
        return DEAD;
    if (count > 1)
        qsort(m->found, count, sizeof(*m->found), compare_places);
    if (m->state_count == m->state_cap && !grow_states(m))
        return UNKNOWN;
    uint32_t at = hash_places(m->found, count, m->accepts) & m->state_mask;
    for (; m->state_table[at] != DEAD; at = (at + 1) & m->state_mask) {
        const struct state *s = &m->states[m->state_table[at]];
        if (s->count == count && s->accepts == m->accepts &&
            (count == 0 || memcmp(m->places + s->first, m->found, count * sizeof(*m->found)) == 0))
            return m->state_table[at];
    }
    if (!reserve(&m->places, &m->place_cap, m->place_count + count))
        return UNKNOWN;
    if (count > 0)
        memcpy(m->places + m->place_count, m->found, count * sizeof(*m->found));
    uint32_t id = m->state_count++;
    m->states[id] = (struct state){
        .first = (uint32_t)m->place_count, .count = (uint32_t)count, .accepts = m->accepts};
    m->place_count += count;
    memset(m->next + id * m->grammar->class_count, 0xff,
           m->grammar->class_count * sizeof(*m->next));
    m->state_table[at] = id;
    return id;
}

static uint32_t find_next(struct grammar_match *m, uint32_t state, uint8_t byte)
{
    size_t slot = (size_t)state * m->grammar->class_count + m->grammar->classes[byte];
    if (m->work > MOST_WORK || room_used(m) > MOST_ROOM)
        return DEAD; /* for this time: it is not remembered */
    struct state from = m->states[state];
    begin_finding(m);
    for (uint32_t i = 0; i < from.count; i++) {
        struct place p = m->places[from.first + i];
        const struct grammar_node *n = &m->grammar->nodes[p.node];
        if (n->low <= byte && byte <= n->high)
            find_place(m, n->next, p.frame);
    }
    m->work += from.count;
    follow(m);
    uint32_t next = intern(m);
    if (next == UNKNOWN)
        return DEAD;
    m->next[slot] = next;
    return next;
}

static inline uint32_t after(struct grammar_match *m, uint32_t state, uint8_t byte)
{
    uint32_t next = m->next[(size_t)state * m->grammar->class_count + m->grammar->classes[byte]];
    return next != UNKNOWN ? next : find_next(m, state, byte);
}

/* ---- beginning, and beginning again in less room ---- */

static void forget_masks(struct grammar_match *m)
{
    for (size_t i = 0; i < MOST_MASKS; i++)
        m->masks[i].used = 0;
}

/* All states go but the dead one. */
static bool forget_states(struct grammar_match *m)
{
    forget_masks(m);
    m->place_count = 0;
    m->state_count = 0;
    if (m->state_cap == 0 && !grow_states(m))
        return false;
    memset(m->state_table, 0, ((size_t)m->state_mask + 1) * sizeof(*m->state_table));
    m->states[m->state_count++] = (struct state){0};
    memset(m->next, 0, m->grammar->class_count * sizeof(*m->next));
    return true;
}

int grammar_match_new(struct grammar_match **out, const struct engine_grammar *grammar,
                      const struct vocab *vocab, const struct trie *trie,
                      struct engine_error *error)
{
    struct grammar_match *m = calloc(1, sizeof(*m));
    *out = NULL;
    if (m == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
    m->grammar = grammar;
    m->vocab = vocab;
    m->trie = trie;
    m->frame_count = 1;
    if (!grow_frames(m) || !grow_seen(m) || !forget_states(m)) {
        grammar_match_free(m);
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
    }
    begin_finding(m);
    find_place(m, grammar->root, 0);
    follow(m);
    m->state = intern(m);
    if (m->state == UNKNOWN || m->state == DEAD) {
        grammar_match_free(m);
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
    }
    *out = m;
    return 0;
}

static void wipe_free(void *data, size_t size)
{
    if (data != NULL)
        explicit_bzero(data, size);
    free(data);
}

void grammar_match_free(struct grammar_match *m)
{
    if (m == NULL)
        return;
    wipe_free(m->places, m->place_cap * sizeof(*m->places));
    wipe_free(m->found, m->found_cap * sizeof(*m->found));
    wipe_free(m->frames, m->frame_cap * sizeof(*m->frames));
    free(m->states);
    free(m->next);
    free(m->state_table);
    free(m->frame_table);
    free(m->seen);
    free(m->stamps);
    for (size_t i = 0; i < MOST_MASKS; i++)
        free(m->masks[i].words);
    free(m);
}

/* Keep the frames that the found places stand in, and the places with their new numbers. */
static bool keep_frames(struct grammar_match *m)
{
    uint32_t *numbers = calloc(m->frame_count, sizeof(*numbers)), kept = 1;
    if (numbers == NULL)
        return false;
    for (size_t i = 0; i < m->found_count; i++) {
        for (uint32_t f = m->found[i].frame; f != 0 && numbers[f] == 0; f = m->frames[f].parent)
            numbers[f] = 1;
    }
    for (uint32_t f = 1; f < m->frame_count; f++) { /* a parent has a lower number */
        if (numbers[f] == 0)
            continue;
        m->frames[kept] = (struct frame){m->frames[f].node, numbers[m->frames[f].parent]};
        numbers[f] = kept++;
    }
    for (size_t i = 0; i < m->found_count; i++)
        m->found[i].frame = numbers[m->found[i].frame];
    free(numbers);
    m->frame_count = kept;
    memset(m->frame_table, 0, ((size_t)m->frame_mask + 1) * sizeof(*m->frame_table));
    for (uint32_t f = 1; f < kept; f++)
        place_frame(m, f);
    return true;
}

bool grammar_match_begin(struct grammar_match *m)
{
    m->work = 0;
    if (room_used(m) <= ROOM)
        return true;
    struct state now = m->states[m->state];
    if (!reserve(&m->found, &m->found_cap, now.count))
        return false;
    if (now.count > 0)
        memcpy(m->found, m->places + now.first, now.count * sizeof(*m->found));
    m->found_count = now.count;
    m->accepts = now.accepts;
    if (!keep_frames(m) || !forget_states(m))
        return false;
    m->state = intern(m);
    return m->state != UNKNOWN;
}

/* ---- tokens ---- */

static uint32_t after_token(struct grammar_match *m, int32_t token)
{
    uint8_t bytes[TRIE_MOST_DEPTH];
    size_t n = vocab_bytes(m->vocab, token, (char *)bytes, sizeof(bytes));
    uint32_t state = n > 0 && n <= sizeof(bytes) ? m->state : DEAD;
    for (size_t i = 0; i < n && state != DEAD; i++)
        state = after(m, state, bytes[i]);
    return state;
}

bool grammar_match_allows(struct grammar_match *m, int32_t token)
{
    if (m->vocab->tokens[token].ends)
        return m->states[m->state].accepts;
    return after_token(m, token) != DEAD;
}

void grammar_match_accept(struct grammar_match *m, int32_t token)
{
    if (!m->vocab->tokens[token].ends)
        m->state = after_token(m, token);
}

bool grammar_match_ended(const struct grammar_match *m)
{
    return m->states[m->state].count == 0;
}

static void fill_mask(struct grammar_match *m, uint64_t *words)
{
    uint32_t states[TRIE_MOST_DEPTH + 1];
    const struct trie *t = m->trie;
    memset(words, 0, ((size_t)m->vocab->count + 63) / 64 * sizeof(*words));
    states[0] = m->state;
    for (uint32_t i = 0; i < t->node_count;) {
        const struct trie_node *n = &t->nodes[i];
        uint32_t state = after(m, states[n->depth], n->byte);
        if (state == DEAD) {
            i = n->skip;
            continue;
        }
        for (uint32_t k = n->first; k < n->first + n->count; k++)
            words[(uint32_t)t->tokens[k] / 64] |= (uint64_t)1 << (uint32_t)t->tokens[k] % 64;
        states[n->depth + 1] = state;
        i++;
    }
    for (uint32_t i = 0; m->states[m->state].accepts && i < m->vocab->count; i++) {
        if (m->vocab->tokens[i].ends)
            words[i / 64] |= (uint64_t)1 << i % 64;
    }
}

const uint64_t *grammar_match_mask(struct grammar_match *m)
{
    struct mask *oldest = &m->masks[0];
    m->now++;
    for (size_t i = 0; i < MOST_MASKS; i++) {
        struct mask *mask = &m->masks[i];
        if (mask->used > 0 && mask->state == m->state) {
            mask->used = m->now;
            return mask->words;
        }
        if (mask->used < oldest->used)
            oldest = mask;
    }
    if (oldest->words == NULL)
        oldest->words = calloc(((size_t)m->vocab->count + 63) / 64, sizeof(*oldest->words));
    if (oldest->words == NULL)
        return NULL;
    fill_mask(m, oldest->words);
    oldest->state = m->state;
    oldest->used = m->work <= MOST_WORK ? m->now : 0;
    return oldest->words;
}
