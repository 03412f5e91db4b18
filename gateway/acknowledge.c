#include "gateway/acknowledge.h"

#include <string.h>

#include "gateway/cascade.h"
#include "gateway/request.h"

static const char prompt[] =
    "You speak first while a colleague prepares the answer. Say in one short sentence that you "
    "are looking into what the user asks, and name what it is about. Do not answer it.";

enum { HEARD_BYTES = 512 }; /* of what the user said: a long prompt would take too long to read */

/* ---- what it says ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Bytes of the mark that ends a sentence here, or 0. */
static size_t end_mark(const char *at, size_t len)
{
    static const char *const wide[] = {"\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f"};
    if (strchr(".!?", *at) != NULL && *at != '\0' && (len == 1 || is_space(at[1])))
        return 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (len >= 3 && memcmp(at, wide[i], 3) == 0)
            return 3;
    return 0;
}

struct content acknowledge_sentence(struct content said, bool *whole)
{
    const char *text = content_bytes(said);
    size_t len = content_len(said), end = 0;
    *whole = false;
    while (len != 0 && is_space(*text)) {
        text++;
        len--;
    }
    for (; end < len && !*whole; end++) {
        size_t mark = end_mark(text + end, len - end);
        *whole = mark != 0 || text[end] == '\n';
        end += mark != 0 ? mark - 1 : 0;
    }
    while (end != 0 && is_space(text[end - 1]))
        end--;
    return content_of(text, end);
}

/* The events, as the rule wants answers scanned. Appended to *out. */
static int write_events(struct request *r, struct content sentence, bool whole, struct buf *out)
{
    struct buf text = BUF_INIT, events = BUF_INIT;
    struct chat_logprobs none = {.width = 0};
    struct restore *scan = NULL;
    int rc = buf_append(&text, content_bytes(sentence), content_len(sentence));
    if (rc == 0)
        rc = buf_append_str(&text, whole ? "\n\n" : "\xe2\x80\xa6\n\n");
    if (rc == 0)
        rc = chat_write_role(&events, &r->reply);
    if (rc == 0)
        rc = chat_write_delta(&events, &r->reply, content_of(text.data, text.len), &none);
    if (rc == 0 && r->scans) {
        scan = restore_new(NULL, &r->scan);
        rc = scan != NULL ? restore_events(scan, events.data, events.len, out) : ERR_MEMORY;
        if (rc == 0)
            rc = restore_end(scan, out);
        restore_free(scan);
    } else if (rc == 0) {
        rc = buf_append(out, events.data, events.len);
    }
    buf_release(&text);
    buf_release(&events);
    return rc;
}

/* A reply that cannot be written is none: the answer will come all the same. */
static enum decision_ack say(struct request *r)
{
    struct acknowledgement *ack = &r->acknowledgement;
    bool whole;
    struct content sentence =
        acknowledge_sentence(content_of(ack->text.data, ack->text.len), &whole);
    if (cascade_judge(&(struct cascade_answer){.text = sentence}, 0) != CASCADE_KEPT)
        return DECISION_ACK_UNFIT;
    r->reply.model = local_engine_describe(ack->engine)->name;
    r->reply.choice = 0;
    buf_clear(&r->out);
    if (write_events(r, sentence, whole || !ack->cut, &r->out) != 0)
        return DECISION_ACK_UNAVAILABLE;
    ack->said = true;
    request_begin_reply(r, "text/event-stream", REPLY_CHUNKED);
    /* The client will send it back as the beginning of the answer. */
    if (r->remembered)
        (void)!reply_text_read(&r->said, r->out.data, r->out.len, true);
    reply_data(r->exchange, r->out.data, r->out.len);
    return DECISION_ACK_SAID;
}

/* ---- the job ---- */

static void end(struct request *r, enum decision_ack outcome)
{
    struct acknowledgement *ack = &r->acknowledgement;
    int64_t spent = worker_clock_us() - ack->began_us;
    ack->job = NULL;
    worker_timer_free(ack->timer);
    ack->timer = NULL;
    r->record.ack = outcome;
    r->record.ack_us = spent > UINT32_MAX ? UINT32_MAX : (uint32_t)spent;
}

static void on_head(void *user, const struct backend_head *head)
{
    (void)user;
    (void)head;
}

static void on_text(void *user, const struct backend_text *piece)
{
    struct acknowledgement *ack = &((struct request *)user)->acknowledgement;
    ack->cut = piece->finish == BACKEND_FINISH_LENGTH;
    if (buf_append(&ack->text, piece->bytes, piece->len) != 0)
        buf_clear(&ack->text);
}

static void on_end(void *user, const struct backend_result *result)
{
    struct request *r = user;
    enum decision_ack outcome = DECISION_ACK_UNAVAILABLE;
    r->acknowledgement.job = NULL;
    r->record.ack_prompt_tokens = result->prompt_tokens;
    r->record.ack_completion_tokens = result->completion_tokens;
    if (result->outcome == BACKEND_OK)
        outcome = say(r);
    end(r, outcome);
}

void acknowledge_drop(struct request *r, enum decision_ack why)
{
    struct acknowledgement *ack = &r->acknowledgement;
    if (ack->job == NULL)
        return;
    ack->job->ops->cancel(ack->job);
    end(r, why);
}

void acknowledge_release(struct acknowledgement *ack)
{
    worker_timer_free(ack->timer);
    buf_release(&ack->text);
}

static void on_time_up(void *user)
{
    acknowledge_drop(user, DECISION_ACK_TOO_SLOW);
}

/* The target in process, or -1. */
static int find_engine(const struct request *r)
{
    for (size_t i = 0; i < r->decision.target_count; i++)
        if (r->site->targets[r->decision.targets[i]].upstream == NULL)
            return r->decision.targets[i];
    return -1;
}

static bool suits(const struct request *r)
{
    const struct chat_request *chat = &r->chat;
    bool limited = chat->max_tokens != 0 && chat->max_tokens < ACKNOWLEDGE_LEAST_TOKENS;
    return chat->stream && !chat->tools && chat->response_format == JSON_NONE &&
           chat->grammar_text == JSON_NONE && chat->sampling.logprobs == 0 &&
           chat->stop_count == 0 && chat->choices == 1 && !limited &&
           chat->obstacle.error == API_ERROR_NONE && chat->message_count != 0 &&
           strcmp(chat->messages[chat->message_count - 1].role, "user") == 0;
}

/* The beginning of it, up to a whole character. */
static struct content beginning(struct content text)
{
    const char *bytes = content_bytes(text);
    size_t len = content_len(text);
    if (len > HEARD_BYTES)
        for (len = HEARD_BYTES; len != 0 && ((unsigned char)bytes[len] & 0xc0) == 0x80;)
            len--;
    return content_of(bytes, len);
}

static bool start(struct request *r, int target)
{
    static const struct backend_events events = {
        .on_head = on_head, .on_text = on_text, .on_end = on_end};
    static const char *const stop[] = {"\n"};
    struct acknowledgement *ack = &r->acknowledgement;
    struct local_engine *engine = ack->engine = request_engine(r, target);
    const struct local_message *last = &r->chat.messages[r->chat.message_count - 1];
    struct local_message messages[] = {
        {.role = "system", .text = content_of(prompt, sizeof(prompt) - 1)},
        {.role = "user", .text = beginning(last->text)}};
    struct local_params params = {.max_tokens = r->decision.ack_tokens,
                                  .stop = stop,
                                  .stop_count = 1,
                                  .principal = r->record.principal,
                                  .share_prefixes = request_shares_prefixes(r)};
    ack->timer = worker_timer_new(r->desk->worker, on_time_up, r);
    if (ack->timer == NULL || !local_engine_ready(engine) ||
        local_start(engine, r->desk->worker, messages, 2, &params, &events, r, &ack->job) !=
            BACKEND_OK)
        return false;
    worker_timer_start(ack->timer, r->decision.ack_ms);
    return true;
}

void acknowledge_begin(struct request *r)
{
    if (r->decision.cascade != DECISION_CASCADE_ACK || r->record.ack != DECISION_ACK_NONE)
        return;
    int target = find_engine(r);
    r->acknowledgement.began_us = worker_clock_us();
    r->record.ack = DECISION_ACK_UNSUITED;
    if (target < 0 || !suits(r))
        return;
    DECISION_SET(r->record.ack_target, r->site->targets[target].config->name);
    r->record.ack = DECISION_ACK_UNAVAILABLE;
    if (!start(r, target))
        end(r, DECISION_ACK_UNAVAILABLE);
}
