#include "gateway/cmd_tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/tool.h"

static const char command[] = "tokenize";

static const char usage_text[] =
    "Usage: penstock tokenize [--model FILE] [--ids | --count | --json] [--special] [--plain]\n"
    "                         [--file FILE | TEXT]\n"
    "       penstock tokenize [--model FILE] --decode [--file FILE | ID...]\n"
    "\n"
    "The tokens that a model makes of TEXT, FILE or standard input, one to a line: id, a tab, and\n"
    "the text it stands for, quoted as in JSON (markers and halves of characters are empty or\n"
    "escaped bytes).\n"
    "\n"
    "  --model FILE   a GGUF file (its vocabulary will do); by default the built-in model\n"
    "  --ids          the ids alone, in one line\n"
    "  --count        their number alone\n"
    "  --json         one JSON object: {\"count\", \"tokens\": [{\"id\", \"text\"}]}\n"
    "  --special      markers such as <|im_start|> in the text are markers\n"
    "  --plain        without what the model wants at the front and the end\n"
    "  --decode       ids to text\n"
    "  --file FILE    read this; - is standard input\n"
    "  --help         this text\n"
    "\n"
    "Exit status: 0 done, 1 could not, 2 wrong usage.\n";

struct arguments {
    const char *model, *file;
    bool ids, count, json, special, plain, decode;
    char **words;
    int word_count;
};

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){0};
    const struct tool_option options[] = {
        {"model", TOOL_TEXT, &out->model, 0, 0}, {"file", TOOL_TEXT, &out->file, 0, 0},
        {"ids", TOOL_FLAG, &out->ids, 0, 0},     {"count", TOOL_FLAG, &out->count, 0, 0},
        {"json", TOOL_FLAG, &out->json, 0, 0},   {"special", TOOL_FLAG, &out->special, 0, 0},
        {"plain", TOOL_FLAG, &out->plain, 0, 0}, {"decode", TOOL_FLAG, &out->decode, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    out->words = argv + rest;
    out->word_count = argc - rest;
    if (out->ids + out->count + out->json + out->decode > 1)
        return tool_usage(command, "one of --ids, --count, --json, --decode");
    if (out->file != NULL && out->word_count > 0)
        return tool_usage(command, "either --file or a text");
    if (!out->decode && out->word_count > 1)
        return tool_usage(command, "expected one text; put it in quotes");
    return -1;
}

/* The bytes of a token, malloc'd; *len of them. */
static char *token_text(const struct engine_model *model, int32_t id, size_t *len)
{
    *len = engine_token_bytes(model, id, NULL, 0);
    char *text = malloc(*len + 1);
    if (text != NULL)
        *len = engine_token_bytes(model, id, text, *len);
    return text;
}

/* The text as a JSON string; bytes that are no UTF-8 by themselves as "\\xE2". */
static json_t *token_json(const struct engine_model *model, int32_t id)
{
    size_t len = 0, n = 0;
    char *text = token_text(model, id, &len), *escaped = malloc(4 * len + 1);
    json_t *string = text != NULL ? json_stringn(text, len) : NULL;
    if (string == NULL && text != NULL && escaped != NULL) {
        for (size_t i = 0; i < len; i++)
            n += (size_t)snprintf(escaped + n, 5, "\\x%02X", (unsigned)(unsigned char)text[i]);
        string = json_stringn(escaped, n);
    }
    free(text);
    free(escaped);
    return string;
}

static int print_tokens(const struct engine_model *model, const struct arguments *a,
                        const int32_t *ids, size_t count)
{
    if (a->count)
        return printf("%zu\n", count) > 0 ? TOOL_DONE : TOOL_NO;
    json_t *list = a->json ? json_array() : NULL;
    for (size_t i = 0; i < count; i++) {
        if (a->ids) {
            (void)printf("%s%d", i > 0 ? " " : "", (int)ids[i]);
            continue;
        }
        json_t *text = token_json(model, ids[i]);
        if (a->json) {
            (void)json_array_append_new(
                list, json_pack("{s:I, s:o}", "id", (json_int_t)ids[i], "text", text));
            continue;
        }
        (void)printf("%d\t", (int)ids[i]);
        (void)json_dumpf(text, stdout, JSON_ENCODE_ANY);
        (void)putchar('\n');
        json_decref(text);
    }
    if (a->ids)
        (void)putchar('\n');
    if (a->json)
        return tool_print_json(command,
                               json_pack("{s:I, s:o}", "count", (json_int_t)count, "tokens", list));
    return fflush(stdout) == 0 ? TOOL_DONE : tool_fail(command, "cannot print the result");
}

static int encode(const struct engine_model *model, const struct arguments *a,
                  const struct buf *text)
{
    struct engine_error error;
    size_t count = 0, ignored = 0;
    unsigned flags =
        (a->plain ? 0 : ENGINE_TOKENIZE_BOS) | (a->special ? ENGINE_TOKENIZE_SPECIAL : 0);
    const char *bytes = text->len > 0 ? (const char *)text->data : "";
    if (engine_tokenize(model, bytes, text->len, flags, NULL, 0, &count, &error) != 0)
        return tool_fail(command, error.text);
    int32_t *ids = calloc(count + 1, sizeof(*ids));
    if (ids == NULL)
        return tool_fail(command, "out of memory");
    int code = TOOL_NO;
    if (engine_tokenize(model, bytes, text->len, flags, ids, count + 1, &ignored, &error) != 0)
        code = tool_fail(command, error.text);
    else
        code = print_tokens(model, a, ids, count);
    engine_tokens_free(ids, count);
    return code;
}

/* Ids apart by blanks or commas; whatever else there is, is an error. */
static int decode(const struct engine_model *model, const char *text)
{
    static const char blanks[] = " \t\r\n,";
    struct engine_model_info info;
    engine_model_describe(model, &info);
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        char word[16];
        size_t len = strcspn(text, blanks), n = 0;
        uint64_t id = 0;
        (void)snprintf(word, sizeof(word), "%.*s", (int)(len < 15 ? len : 15), text);
        if (len > 15 || !tool_number(word, info.vocab_size - 1, &id))
            return tool_fail(command, "the ids must be those of tokens of this model");
        char *bytes = token_text(model, (int32_t)id, &n);
        bool fine = bytes != NULL && fwrite(bytes, 1, n, stdout) == n;
        free(bytes);
        if (!fine)
            return tool_fail(command, "cannot print the result");
        text += len;
    }
    return fflush(stdout) == 0 ? TOOL_DONE : tool_fail(command, "cannot print the result");
}

static int read_input(const struct arguments *a, struct buf *out)
{
    struct err err = {0};
    int rc = 0;
    if (a->word_count == 0)
        rc = tool_read(a->file, TOOL_TEXT_MAX, out, &err);
    for (int i = 0; rc == 0 && i < a->word_count; i++) {
        rc = buf_append_str(out, a->words[i]);
        if (rc == 0 && a->decode)
            rc = buf_append_str(out, " ");
    }
    if (rc == 0 && a->decode)
        rc = buf_append(out, "", 1);
    return rc == 0 ? TOOL_DONE
                   : tool_fail(command, err.text[0] != '\0' ? err.text : "out of memory");
}

int cmd_tokenize(int argc, char **argv)
{
    struct arguments a;
    struct engine_error error;
    struct engine_model *model = NULL;
    struct buf text = BUF_INIT;
    int code = read_arguments(argc, argv, &a);
    if (code >= 0)
        return code;
    struct engine_source source = tool_source(a.model);
    source.unread = source.words_only = true;
    if (engine_model_open(&model, &source, &error) != 0)
        return tool_fail(command, error.text);
    code = read_input(&a, &text);
    if (code == TOOL_DONE)
        code = a.decode ? decode(model, (const char *)text.data) : encode(model, &a, &text);
    buf_release(&text);
    engine_model_free(model);
    return code;
}
