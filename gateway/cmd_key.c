#include "gateway/cmd_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/base/file_swap.h"
#include "gateway/identity.h"
#include "gateway/tool.h"

static const char command[] = "key";

static const char usage_text[] =
    "Usage: penstock key new --name NAME --file FILE [--json]\n"
    "       penstock key list --file FILE [--json]\n"
    "       penstock key revoke (--id ID | --name NAME) --file FILE\n"
    "\n"
    "API keys for callers of the gateway (identity.keys_file in penstock.yaml).\n"
    "The file holds salted hashes; a key is shown once, when it is made.\n"
    "\n"
    "  new           make a key, add it to FILE (created with mode 0600), print it\n"
    "  list          names, ids and times of creation\n"
    "  revoke        take out the key with this id, or every key of this name\n"
    "\n"
    "  --file FILE   the keys file\n"
    "  --name NAME   who the key is for: 1 to 63 of A-Z a-z 0-9 . _ - @\n"
    "  --id ID       the 12 digits after \"pk-\"\n"
    "  --json        print JSON\n"
    "  --help        this text\n"
    "\n"
    "A running gateway reads the file again on SIGHUP.\n"
    "Exit status: 0 done, 1 no such key or an error, 2 wrong usage.\n";

struct arguments {
    const char *file, *name, *id;
    bool json;
};

/* ---- the file ---- */

struct edit {
    const char *path;
    struct file_swap swap;
    struct buf old, next;
};

#define EDIT_INIT                                                                                  \
    {                                                                                              \
        .swap = FILE_SWAP_INIT, .old = BUF_INIT, .next = BUF_INIT                                  \
    }

static void edit_release(struct edit *edit)
{
    file_swap_end(&edit->swap);
    buf_release(&edit->old);
    buf_release(&edit->next);
}

/* Refuses a file with mistakes: what cannot be read should not be rewritten. */
static int check_lines(const char *path, const struct buf *text, struct err *err)
{
    const char *start = (const char *)text->data;
    size_t left = text->len;
    for (unsigned number = 1; left != 0; number++) {
        const char *newline = memchr(start, '\n', left);
        size_t len = newline != NULL ? (size_t)(newline - start) : left;
        struct identity_line line;
        const char *reason = "";
        if (identity_line_parse(start, len, &line, &reason) == IDENTITY_LINE_BAD)
            return err_set(err, ERR_SYNTAX, "%s:%u: %s", path, number, reason);
        size_t step = newline != NULL ? len + 1 : len;
        start += step;
        left -= step;
    }
    return 0;
}

static int edit_begin(struct edit *edit, const char *path, struct err *err)
{
    edit->path = path;
    int rc = file_swap_begin(&edit->swap, path, err);
    if (rc != 0)
        return rc;
    rc = identity_file_read(path, &edit->old, err);
    if (rc == ERR_NOT_FOUND)
        rc = 0;
    return rc != 0 ? rc : check_lines(path, &edit->old, err);
}

static int edit_commit(struct edit *edit, struct err *err)
{
    int rc = file_swap_write(&edit->swap, edit->next.data, edit->next.len, err);
    return rc != 0 ? rc : file_swap_commit(&edit->swap, err);
}

/* ---- new ---- */

static void time_now(char out[32])
{
    time_t now = time(NULL);
    struct tm parts;
    out[0] = '\0';
    if (gmtime_r(&now, &parts) != NULL)
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static int compose_new(struct edit *edit, const char *name, const struct identity_key *key,
                       const char *created)
{
    static const char head[] =
        "# Penstock API keys: name:id:salt:hash:created. Made by `penstock key new`.\n";
    if (!edit->swap.existed && buf_append_str(&edit->next, head) != 0)
        return ERR_MEMORY;
    if (buf_append(&edit->next, edit->old.data, edit->old.len) != 0)
        return ERR_MEMORY;
    if (edit->old.len != 0 && edit->old.data[edit->old.len - 1] != '\n' &&
        buf_append_str(&edit->next, "\n") != 0)
        return ERR_MEMORY;
    return buf_printf(&edit->next, "%s:%s:%s:%s:%s\n", name, key->id, key->salt, key->hash,
                      created);
}

static int key_new(const struct arguments *arguments)
{
    struct edit edit = EDIT_INIT;
    struct identity_key key;
    struct err err;
    char created[32];
    int code = TOOL_DONE;
    if (arguments->name == NULL || arguments->id != NULL)
        return tool_usage(command, "'new' takes --name and --file");
    if (!identity_name_is_valid(arguments->name))
        return tool_usage(command, "a name is 1 to 63 of A-Z a-z 0-9 . _ - @ and not 'anonymous'");
    time_now(created);
    if (edit_begin(&edit, arguments->file, &err) != 0 || identity_key_new(&key, &err) != 0) {
        code = tool_fail(command, err.text);
        goto out;
    }
    if (compose_new(&edit, arguments->name, &key, created) != 0) {
        (void)err_set(&err, ERR_MEMORY, "out of memory");
        code = tool_fail(command, err.text);
        goto out;
    }
    if (edit_commit(&edit, &err) != 0) {
        code = tool_fail(command, err.text);
        goto out;
    }
    if (arguments->json)
        (void)printf("{\"name\":\"%s\",\"id\":\"%s\",\"created\":\"%s\",\"key\":\"%s\"}\n",
                     arguments->name, key.id, created, key.text);
    else
        (void)printf("%s\n", key.text);
    if (fflush(stdout) != 0) {
        (void)err_set(&err, ERR_IO, "the key was stored but could not be printed; revoke it: %s",
                      key.id);
        code = tool_fail(command, err.text);
    } else if (!arguments->json) {
        (void)fprintf(stderr,
                      "Key %s for %s added to %s. It is not shown again. A running gateway takes "
                      "it up on SIGHUP.\n",
                      key.id, arguments->name, arguments->file);
    }
out:
    explicit_bzero(&key, sizeof(key));
    edit_release(&edit);
    return code;
}

/* ---- list, revoke ---- */

static int key_list(const struct arguments *arguments)
{
    struct buf text = BUF_INIT;
    struct err err;
    int code = TOOL_DONE;
    if (arguments->name != NULL || arguments->id != NULL)
        return tool_usage(command, "'list' takes --file only");
    if (identity_file_read(arguments->file, &text, &err) != 0 ||
        check_lines(arguments->file, &text, &err) != 0) {
        code = tool_fail(command, err.text);
        goto out;
    }
    const char *start = (const char *)text.data;
    bool first = true;
    if (arguments->json)
        (void)printf("[");
    else
        (void)printf("%-32s %-12s %s\n", "NAME", "ID", "CREATED");
    for (size_t left = text.len; left != 0;) {
        const char *newline = memchr(start, '\n', left);
        size_t len = newline != NULL ? (size_t)(newline - start) : left;
        struct identity_line line;
        const char *reason = "";
        if (identity_line_parse(start, len, &line, &reason) == IDENTITY_LINE_KEY) {
            const char *created = line.created;
            /* The one field that a person may have typed freely. */
            if (created[strspn(created, "0123456789-+:.TZ ")] != '\0')
                created = "";
            if (arguments->json)
                (void)printf("%s{\"name\":\"%s\",\"id\":\"%012llx\",\"created\":\"%s\"}",
                             first ? "" : ",", line.name, (unsigned long long)line.id, created);
            else
                (void)printf("%-32s %012llx %s\n", line.name, (unsigned long long)line.id,
                             created[0] != '\0' ? created : "-");
            first = false;
        }
        size_t step = newline != NULL ? len + 1 : len;
        start += step;
        left -= step;
    }
    if (arguments->json)
        (void)printf("]\n");
out:
    buf_release(&text);
    return code;
}

static bool line_is_meant(const struct identity_line *line, const struct arguments *arguments)
{
    char id[IDENTITY_KEY_ID_CHARS];
    (void)snprintf(id, sizeof(id), "%012llx", (unsigned long long)(line->id & 0xffffffffffff));
    return arguments->id != NULL ? strcmp(id, arguments->id) == 0
                                 : strcmp(line->name, arguments->name) == 0;
}

static int key_revoke(const struct arguments *arguments)
{
    struct edit edit = EDIT_INIT;
    struct err err;
    unsigned revoked = 0;
    int code = TOOL_DONE;
    if ((arguments->name == NULL) == (arguments->id == NULL))
        return tool_usage(command, "'revoke' takes --file and either --id or --name");
    if (edit_begin(&edit, arguments->file, &err) != 0) {
        code = tool_fail(command, err.text);
        goto out;
    }
    const char *start = (const char *)edit.old.data;
    for (size_t left = edit.old.len; left != 0;) {
        const char *newline = memchr(start, '\n', left);
        size_t len = newline != NULL ? (size_t)(newline - start) : left;
        size_t step = newline != NULL ? len + 1 : len;
        struct identity_line line;
        const char *reason = "";
        if (identity_line_parse(start, len, &line, &reason) == IDENTITY_LINE_KEY &&
            line_is_meant(&line, arguments)) {
            revoked++;
        } else if (buf_append(&edit.next, start, step) != 0) {
            (void)err_set(&err, ERR_MEMORY, "out of memory");
            code = tool_fail(command, err.text);
            goto out;
        }
        start += step;
        left -= step;
    }
    if (revoked == 0) {
        (void)err_set(&err, ERR_NOT_FOUND, "no such key in %s", arguments->file);
        code = tool_fail(command, err.text);
        goto out;
    }
    if (edit_commit(&edit, &err) != 0) {
        code = tool_fail(command, err.text);
        goto out;
    }
    (void)fprintf(stderr, "%u %s revoked. A running gateway follows on SIGHUP.\n", revoked,
                  revoked == 1 ? "key" : "keys");
out:
    edit_release(&edit);
    return code;
}

int cmd_key(int argc, char **argv)
{
    struct arguments arguments = {.file = NULL};
    const struct tool_option options[] = {
        {"file", TOOL_TEXT, &arguments.file, 0, 0},
        {"name", TOOL_TEXT, &arguments.name, 0, 0},
        {"id", TOOL_TEXT, &arguments.id, 0, 0},
        {"json", TOOL_FLAG, &arguments.json, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest + 1 != argc)
        return tool_usage(command, "expected one of new, list, revoke");
    const char *verb = argv[rest];
    if (arguments.file == NULL)
        return tool_usage(command, "--file is missing");
    if (strcmp(verb, "new") == 0)
        return key_new(&arguments);
    if (strcmp(verb, "list") == 0)
        return key_list(&arguments);
    if (strcmp(verb, "revoke") == 0)
        return key_revoke(&arguments);
    return tool_usage(command, "expected one of new, list, revoke");
}
