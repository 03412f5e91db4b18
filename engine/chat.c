#include "engine/chat.h"

#include "engine/error.h"
#include "engine/model.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Formats that many models share, for files that carry no template. */
static const struct builtin {
    const char *name;
    const char *marker; /* a model whose vocabulary has it speaks this format */
    const char *source;
} builtins[] = {
    {"llama3", "<|start_header_id|>",
     "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + "
     "'<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
     "{% endif %}"},
    {"chatml", "<|im_start|>",
     "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
     "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"},
    {"gemma", "<start_of_turn>",
     "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}"
     "{% if m.role == 'system' %}{% set ns.system = m.content | trim + '\n\n' %}{% else %}"
     "{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' + ns.system + "
     "m.content | trim + '<end_of_turn>\n' }}{% set ns.system = '' %}{% endif %}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"},
    {"phi3", "<|end|>",
     "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"},
    {"zephyr", "<|user|>",
     "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}"
     "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"},
    {"llama2", NULL,
     "{% set ns = namespace(system='') %}{% for m in messages %}{% if m.role == 'system' %}"
     "{% set ns.system = '<<SYS>>\n' + m.content | trim + '\n<</SYS>>\n\n' %}"
     "{% elif m.role == 'assistant' %}{{ ' ' + m.content | trim + ' ' + eos_token }}{% else %}"
     "{{ bos_token + '[INST] ' + ns.system + m.content | trim + ' [/INST]' }}"
     "{% set ns.system = '' %}{% endif %}{% endfor %}"},
};

enum { BUILTINS = sizeof(builtins) / sizeof(builtins[0]), CHATML = 1, LLAMA2 = BUILTINS - 1 };

static const struct builtin *choose_builtin(const struct vocab *vocab, const char *name)
{
    for (size_t i = 0; name != NULL && i < BUILTINS; i++) {
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    }
    for (size_t i = 0; i < BUILTINS; i++) {
        const char *marker = builtins[i].marker;
        if (marker != NULL && vocab_find(vocab, marker, strlen(marker)) >= 0)
            return &builtins[i];
    }
    return &builtins[vocab->kind == VOCAB_SENTENCEPIECE ? LLAMA2 : CHATML];
}

const char *chat_template_source(const struct gguf *file, const struct vocab *vocab, size_t *len)
{
    const char *own = gguf_string(file, "tokenizer.chat_template", len);
    if (own != NULL && strchr(own, '{') != NULL)
        return own;
    own = choose_builtin(vocab, own)->source;
    *len = strlen(own);
    return own;
}

static struct template_value text_value(const char *text, size_t len, bool content)
{
    return (struct template_value){
        .kind = TEMPLATE_STRING, .text = text, .len = len, .content = content};
}

static struct template_value token_value(const struct vocab *vocab, int32_t id)
{
    if (id < 0)
        return text_value("", 0, false);
    return text_value(vocab->tokens[id].text, vocab->tokens[id].len, false);
}

static int render(const struct engine_model *model, const struct engine_message *messages,
                  size_t count, bool add_generation_prompt, struct template_output *out,
                  struct engine_error *error)
{
    static const char *const message_keys[] = {"role", "content"};
    static const char *const keys[] = {"messages", "add_generation_prompt", "bos_token",
                                       "eos_token"};
    time_t seconds = time(NULL);
    struct tm now = {0};
    localtime_r(&seconds, &now);
    struct template_value *list = calloc(count + 1, sizeof(*list));
    struct template_value *parts = calloc(2 * count + 1, sizeof(*parts));
    int status = 0;
    if (list == NULL || parts == NULL) {
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a conversation");
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const char *role = messages[i].role != NULL ? messages[i].role : "";
        /* A role comes from the request as much as the content does. */
        parts[2 * i] = text_value(role, strlen(role), true);
        parts[2 * i + 1] = text_value(messages[i].content, messages[i].content_len, true);
        list[i] = (struct template_value){
            .kind = TEMPLATE_DICT, .items = &parts[2 * i], .keys = message_keys, .count = 2};
    }
    const struct template_value values[] = {
        {.kind = TEMPLATE_LIST, .items = list, .count = count},
        {.kind = TEMPLATE_BOOL, .boolean = add_generation_prompt},
        token_value(&model->vocab, model->vocab.bos),
        token_value(&model->vocab, model->vocab.eos),
    };
    struct template_value variables = {
        .kind = TEMPLATE_DICT, .items = values, .keys = keys, .count = 4};
    status = template_render(model->chat, &variables, &now, out, error);
out:
    free(list);
    free(parts);
    return status;
}

int engine_chat_tokens(const struct engine_model *model, const struct engine_message *messages,
                       size_t message_count, bool add_generation_prompt, int32_t **tokens,
                       size_t *count, struct engine_error *error)
{
    struct template_output text = {0};
    struct token_list list = {0};
    const struct vocab *v = &model->vocab;
    *tokens = NULL;
    *count = 0;
    if (model->chat == NULL) {
        if (error != NULL)
            *error = model->chat_error;
        return ENGINE_ERR_TEMPLATE;
    }
    int status = render(model, messages, message_count, add_generation_prompt, &text, error);
    if (status != 0)
        return status;
    /* Templates that begin with the text of BOS must not get a second one. */
    const struct vocab_token *bos = v->bos >= 0 ? &v->tokens[v->bos] : NULL;
    bool written = bos != NULL && text.len >= bos->len &&
                   memcmp(text.bytes, bos->text, bos->len) == 0 &&
                   (bos->len == 0 || memchr(text.content, 1, bos->len) == NULL);
    if (bos != NULL && v->add_bos && !written)
        token_list_add(&list, v->bos);
    struct vocab_text marked = {
        .bytes = text.bytes, .len = text.len, .content = text.content, .markers = true};
    status = vocab_tokenize(v, &marked, &list, error);
    template_output_release(&text);
    if (status != 0) {
        token_list_release(&list);
        return status;
    }
    *tokens = list.ids;
    *count = list.count;
    return 0;
}

void engine_tokens_free(int32_t *tokens, size_t count)
{
    if (tokens != NULL)
        explicit_bzero(tokens, count * sizeof(*tokens));
    free(tokens);
}
