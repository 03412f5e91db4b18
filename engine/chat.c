#include "engine/chat.h"

#include "engine/error.h"
#include "engine/model.h"
#include "engine/template_json.h"

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

enum engine_call chat_call_format(const char *source, size_t len)
{
    static const struct {
        const char *sign;
        enum engine_call format;
    } signs[] = {{"<tool_call>", ENGINE_CALL_HERMES},
                 {"[TOOL_CALLS]", ENGINE_CALL_MISTRAL},
                 {"<|python_tag|>", ENGINE_CALL_LLAMA}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (memmem(source, len, signs[i].sign, strlen(signs[i].sign)) != NULL)
            return signs[i].format;
    }
    return ENGINE_NO_CALLS;
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

/* A message as the template sees it: role and content, and what else it has (tool_calls, ...). */
static int message_value(struct template_json *json, const struct engine_message *m,
                         struct template_value *out, struct engine_error *error)
{
    enum { OWN = 2 };
    struct template_value more = {.kind = TEMPLATE_DICT};
    int status = 0;
    if (m->more != NULL)
        status = template_json_read(json, m->more, strlen(m->more), &more, error);
    if (status == 0 && more.kind != TEMPLATE_DICT)
        status = engine_fail(error, ENGINE_ERR_ARGUMENT, "a message's fields are no object");
    if (status != 0)
        return status;
    size_t count = OWN;
    struct template_value *parts = calloc(OWN + more.count, sizeof(*parts));
    const char **keys = calloc(OWN + more.count, sizeof(*keys));
    if (parts == NULL || keys == NULL) {
        free(parts);
        free(keys);
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a conversation");
    }
    const char *role = m->role != NULL ? m->role : "";
    /* A role comes from the request as much as the content does. */
    keys[0] = "role";
    parts[0] = text_value(role, strlen(role), true);
    keys[1] = "content";
    parts[1] = text_value(m->content, m->content_len, true);
    for (size_t i = 0; i < more.count; i++) {
        if (strcmp(more.keys[i], "role") == 0 || strcmp(more.keys[i], "content") == 0)
            continue;
        keys[count] = more.keys[i];
        parts[count++] = more.items[i];
    }
    *out = (struct template_value){
        .kind = TEMPLATE_DICT, .items = parts, .keys = keys, .count = count};
    return 0;
}

static int render(const struct engine_model *model, const struct engine_message *messages,
                  size_t count, const char *tools, bool add_generation_prompt,
                  struct template_output *out, struct engine_error *error)
{
    static const char *const keys[] = {"messages", "add_generation_prompt", "bos_token",
                                       "eos_token", "tools"};
    time_t seconds = time(NULL);
    struct tm now = {0};
    localtime_r(&seconds, &now);
    struct template_json json = {0};
    struct template_value offered = {.kind = TEMPLATE_NONE};
    struct template_value *list = calloc(count + 1, sizeof(*list));
    int status = 0;
    if (list == NULL)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a conversation");
    if (status == 0 && tools != NULL)
        status = template_json_read(&json, tools, strlen(tools), &offered, error);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = message_value(&json, &messages[i], &list[i], error);
    const struct template_value values[] = {
        {.kind = TEMPLATE_LIST, .items = list, .count = count},
        {.kind = TEMPLATE_BOOL, .boolean = add_generation_prompt},
        token_value(&model->vocab, model->vocab.bos),
        token_value(&model->vocab, model->vocab.eos),
        offered,
    };
    struct template_value variables = {
        .kind = TEMPLATE_DICT, .items = values, .keys = keys, .count = tools != NULL ? 5 : 4};
    if (status == 0)
        status = template_render(model->chat, &variables, &now, out, error);
    for (size_t i = 0; list != NULL && i < count; i++) {
        free((void *)list[i].items);
        free((void *)list[i].keys);
    }
    free(list);
    template_json_release(&json);
    return status;
}

int engine_chat_tokens(const struct engine_model *model, const struct engine_message *messages,
                       size_t message_count, const char *tools, bool add_generation_prompt,
                       int32_t **tokens, size_t *count, struct engine_error *error)
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
    int status = render(model, messages, message_count, tools, add_generation_prompt, &text, error);
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
