/*
 * What choosing a token costs with a real vocabulary, with and without a grammar.
 *
 *     bench_grammar VOCABULARY.gguf...
 *
 * Logits are noise in which the tokens of a JSON text stand out, each in its turn: "right" where
 * the likeliest token is one that the grammar allows, "wrong" where it is not and a mask is needed.
 * The text is said twice: what the first time costs more is states and masks that are then
 * remembered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sampler.h"
#include "tests/bench/bench_time.h"

static const char grammar_text[] =
    "root ::= object+\n"
    "value ::= object | array | string | number | (\"true\" | \"false\" | \"null\") ws\n"
    "object ::= \"{\" ws (string \":\" ws value (\",\" ws string \":\" ws value)*)? \"}\" ws\n"
    "array ::= \"[\" ws (value (\",\" ws value)*)? \"]\" ws\n"
    "string ::= \"\\\"\" ([^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" ([\"\\\\bfnrt] | \"u\" "
    "[0-9a-fA-F]{4}))* "
    "\"\\\"\" ws\n"
    "number ::= (\"-\"? ([0-9] | [1-9] [0-9]{0,15})) (\".\" [0-9]+)? ([eE] [-+]? [0-9] "
    "[1-9]{0,15})? "
    "ws\n"
    "ws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n";

static const char answer[] =
    "{\"name\": \"Ada Lovelace\", \"born\": 1815, \"places\": [{\"city\": \"London\", \"years\": "
    "[1815, 1852]}, {\"city\": \"Ockham\", \"years\": []}], \"known for\": \"the first program, "
    "\xc3\xa9"
    "crit pour une machine qui n'existait pas\", \"living\": false, \"score\": 9.75}";

struct bench {
    struct vocab vocab;
    struct trie trie;
    int32_t *tokens;
    size_t count;
    int32_t forbidden;
    float *logits;
    struct sampler_candidate *scratch;
};

static void make_noise(struct bench *b)
{
    uint32_t noise = 1;
    for (uint32_t i = 0; i < b->vocab.count; i++) {
        float sum = 0; /* of twelve: near enough to a normal distribution */
        for (unsigned k = 0; k < 12; k++) {
            noise = noise * 1664525u + 1013904223u;
            sum += (float)(noise >> 8) / (1 << 24);
        }
        b->logits[i] = 2.5f * (sum - 6);
    }
}

/* The answer twice over. wrong: a token that the grammar forbids is the likeliest at each step. */
static void run(struct bench *b, const char *name, struct engine_sampling settings, bool wrong)
{
    struct sampler s;
    if (sampler_init(&s, &settings, b->vocab.count, NULL, 0, NULL) != 0 ||
        (settings.grammar != NULL && sampler_constrain(&s, &b->vocab, &b->trie, NULL) != 0))
        exit(1);
    printf("  %-22s", name);
    for (unsigned round = 0; round < 2; round++) {
        double total = 0, most = 0;
        for (size_t i = 0; i < b->count; i++) {
            float *right = &b->logits[b->tokens[i]], *other = &b->logits[b->forbidden];
            float before = *right, other_before = *other;
            *right = 20;
            *other = wrong ? 25 : *other;
            double began = cpu_us();
            int32_t token = sampler_choose(&s, b->logits, b->scratch);
            double took = cpu_us() - began;
            *right = before;
            *other = other_before;
            if (settings.grammar != NULL && token != b->tokens[i]) {
                printf("not the token that was meant\n");
                exit(1);
            }
            total += took;
            most = took > most ? took : most;
        }
        printf(" %s %7.1f (at most %7.1f)", round == 0 ? "first" : "again",
               total / (double)b->count, most);
    }
    printf(" us a token\n");
    sampler_release(&s);
}

static bool open_bench(struct bench *b, const char *path, struct gguf **file)
{
    struct engine_error error;
    struct engine_source source = {.path = path};
    if (gguf_open(file, &source, &error) != 0 || vocab_load(&b->vocab, *file, &error) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, error.text);
        return false;
    }
    double began = cpu_us();
    if (trie_init(&b->trie, &b->vocab, &error) != 0)
        return false;
    printf("%s: %u tokens; pieces put in order in %.1f ms, %.1f MiB\n", path,
           (unsigned)b->vocab.count, (cpu_us() - began) / 1e3, (double)b->trie.bytes / (1 << 20));
    struct vocab_text text = {.bytes = answer, .len = sizeof(answer) - 1};
    struct token_list list = {0};
    if (vocab_tokenize(&b->vocab, &text, &list, &error) != 0)
        return false;
    char first[64] = "";
    size_t len = vocab_bytes(&b->vocab, list.ids[0], first, sizeof(first));
    if (first[0] == ' ') /* SentencePiece puts a space in front */
        list.ids[0] = vocab_find(&b->vocab, first + 1, len - 1);
    b->count = list.count;
    b->tokens = calloc(b->count, sizeof(*b->tokens));
    b->logits = calloc(b->vocab.count, sizeof(*b->logits));
    b->scratch = calloc(b->vocab.count, sizeof(*b->scratch));
    b->forbidden = b->vocab.byte_tokens[1]; /* no grammar of text takes it */
    if (b->tokens == NULL || b->logits == NULL || b->scratch == NULL || b->forbidden < 0)
        return false;
    memcpy(b->tokens, list.ids, b->count * sizeof(*b->tokens));
    token_list_release(&list);
    make_noise(b);
    return true;
}

static void close_bench(struct bench *b, struct gguf *file)
{
    trie_release(&b->trie);
    vocab_release(&b->vocab);
    free(b->tokens);
    free(b->logits);
    free(b->scratch);
    gguf_free(file);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct bench b = {0};
        struct gguf *file = NULL;
        struct engine_grammar *grammar = NULL;
        if (engine_grammar_new(&grammar, grammar_text, strlen(grammar_text), NULL) != 0 ||
            !open_bench(&b, argv[i], &file))
            return 1;
        struct engine_sampling greedy = {0}, drawn = {.temperature = 0.8f, .top_p = 0.95f},
                               plain = {.temperature = 1}, told = {.logprobs = 21};
        run(&b, "greedy", greedy, false);
        run(&b, "temperature 1", plain, false);
        run(&b, "top_p 0.95", drawn, false);
        run(&b, "20 logprobs", told, false);
        greedy.grammar = drawn.grammar = grammar;
        run(&b, "grammar, right", greedy, false);
        run(&b, "grammar, wrong", greedy, true);
        run(&b, "grammar, top_p, right", drawn, false);
        close_bench(&b, file);
        engine_grammar_free(grammar);
    }
    return argc > 1 ? 0 : 2;
}
