/*
 * A question to a model, with engine.h alone:
 *     cc -I. engine/example.c build/release/engine/libengine.a -lpthread -lm -o example
 *     ./example model.gguf "What is the capital of France?"
 */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct engine_error error = {.text = "usage: example MODEL.gguf QUESTION"};
    struct engine_source source = {.path = argc == 3 ? argv[1] : NULL};
    struct engine_model *model = NULL;
    struct engine_session *session = NULL;
    int32_t *tokens = NULL;
    size_t count = 0, events = 0;
    int going = -1;
    if (argc != 3 || engine_model_open(&model, &source, &error) != 0)
        goto out;
    struct engine_message question = {"user", argv[2], strlen(argv[2]), NULL};
    if (engine_chat_tokens(model, &question, 1, NULL, true, &tokens, &count, &error) != 0 ||
        engine_session_new(&session, model, NULL, &error) != 0)
        goto out;
    struct engine_submission submission = {.prompt = tokens, .prompt_count = count};
    going = engine_session_submit(session, &submission, &error) == 0 ? 1 : -1;
    while (going > 0) {
        struct engine_event event[8]; /* as many as the session has sequences */
        going = engine_session_step(session, event, &events, &error);
        for (size_t i = 0; i < events; i++)
            (void)printf("%.*s", (int)event[i].text_len, event[i].text);
    }
    (void)putchar('\n');
out:
    if (going < 0)
        (void)fprintf(stderr, "%s\n", error.text);
    engine_session_free(session);
    engine_tokens_free(tokens, count);
    engine_model_free(model);
    return going < 0;
}
