#include "gateway/decision_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    /* More than a line can be (decision_record.c), so that the last one is seen whole. */
    TAIL_BYTES = 128 * 1024,
    ROOM_MS = 100,          /* until the caller looks at what else there is to do */
    ROOM_IN_LINE_MS = 2000, /* a line that was begun is worth more */
};

/* ---- the lock file: "open 17" or "closed 17" ---- */

static void note_state(const struct decision_file *file, const char *state, uint64_t last_seq)
{
    char text[48];
    if (file->lock_fd < 0)
        return;
    /* Padded to one length: written over in place, it is never longer or shorter than whole. */
    int len = snprintf(text, sizeof(text), "%-6s %020" PRIu64 "\n", state, last_seq);
    ssize_t done = pwrite(file->lock_fd, text, (size_t)len, 0);
    (void)done; /* a disk too full for 28 bytes: the file's own tail tells nearly as much */
}

static int take_lock(struct decision_file *file, struct decision_file_state *found, struct err *err)
{
    struct buf path = BUF_INIT;
    char text[48];
    int rc = 0;
    if (buf_append_str(&path, file->path) != 0 ||
        buf_append(&path, ".lock", sizeof(".lock")) != 0) {
        rc = err_set(err, ERR_MEMORY, "out of memory");
        goto out;
    }
    file->lock_fd = open((const char *)path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file->lock_fd < 0) {
        rc = err_set(err, ERR_IO, "cannot open %s.lock: %s", file->path, strerror(errno));
        goto out;
    }
    if (flock(file->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        rc = err_set(err, ERR_BUSY, "another process writes the decision log %s", file->path);
        close(file->lock_fd);
        file->lock_fd = -1;
        goto out;
    }
    ssize_t n = pread(file->lock_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    found->unclean = strncmp(text, "open", 4) == 0;
    if (n > 7)
        found->last_seq = strtoull(text + 7, NULL, 10);
out:
    buf_release(&path);
    return rc;
}

/* ---- the tail ---- */

static bool line_seq(const char *line, size_t len, uint64_t *seq)
{
    json_t *root = json_loadb(line, len, 0, NULL);
    const json_t *value = json_object_get(root, "seq");
    bool found = json_is_integer(value) && json_integer_value(value) >= 0;
    if (found)
        *seq = (uint64_t)json_integer_value(value);
    json_decref(root);
    return found;
}

/* The seq of the last line that has one, within what was read; others may have written here. */
static uint64_t last_seq_in(const char *text, size_t len)
{
    uint64_t seq = 0;
    while (len != 0) {
        size_t end = len - 1; /* its newline */
        const char *before = memrchr(text, '\n', end);
        size_t start = before != NULL ? (size_t)(before - text) + 1 : 0;
        if (line_seq(text + start, end - start, &seq))
            return seq;
        len = start;
    }
    return 0;
}

static ssize_t read_at(int fd, char *out, size_t len, off_t at)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, out + done, len - done, at + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Cuts off what stands behind the last newline. 0 or an errno value. */
static int mend_tail(int fd, size_t *torn_bytes, uint64_t *last_seq)
{
    struct stat status;
    int error = 0;
    *torn_bytes = 0;
    if (fstat(fd, &status) != 0)
        return errno;
    if (status.st_size == 0)
        return 0;
    char *text = malloc(TAIL_BYTES);
    if (text == NULL)
        return ENOMEM;
    off_t end = status.st_size;
    for (;;) {
        size_t want = end < TAIL_BYTES ? (size_t)end : TAIL_BYTES;
        off_t start = end - (off_t)want;
        ssize_t got = read_at(fd, text, want, start);
        if (got < 0) {
            error = errno;
            goto out;
        }
        const char *newline = memrchr(text, '\n', (size_t)got);
        if (newline == NULL && start > 0) {
            end = start;
            continue;
        }
        off_t keep = newline != NULL ? start + (newline - text) + 1 : 0;
        *torn_bytes = (size_t)(status.st_size - keep);
        if (*torn_bytes != 0 && ftruncate(fd, keep) != 0) {
            error = errno;
            goto out;
        }
        if (last_seq == NULL || keep == 0)
            goto out;
        /* The newline may have stood at the very start of what was read. */
        want = keep < TAIL_BYTES ? (size_t)keep : TAIL_BYTES;
        got = read_at(fd, text, want, keep - (off_t)want);
        if (got > 0) {
            uint64_t seq = last_seq_in(text, (size_t)got);
            if (seq > *last_seq)
                *last_seq = seq;
        }
        goto out;
    }
out:
    free(text);
    return error;
}

/* ---- open, reopen, release ---- */

static bool is_waiting_kind(mode_t mode)
{
    return S_ISFIFO(mode) || S_ISSOCK(mode) || S_ISCHR(mode);
}

/* Reading is for the tail; a pipe or a device may refuse it and is not cut anyway. */
static int open_path(const char *path, bool *regular, bool *waits, struct err *err)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0 && (errno == EACCES || errno == EINVAL))
        fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)err_set(err, ERR_IO, "cannot open the decision log %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *regular = S_ISREG(status.st_mode);
    *waits = is_waiting_kind(status.st_mode);
    return fd;
}

static int open_standard_output(struct decision_file *file, struct err *err)
{
    struct stat status;
    file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (file->fd < 0 || fstat(file->fd, &status) != 0)
        return err_set(err, ERR_IO, "cannot write decisions to standard output: %s",
                       strerror(errno));
    file->waits = is_waiting_kind(status.st_mode);
    return 0;
}

int decision_file_open(struct decision_file *file, const char *path,
                       struct decision_file_state *found, struct err *err)
{
    struct stat status;
    *found = (struct decision_file_state){.last_seq = 0};
    file->path = strdup(path);
    if (file->path == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (strcmp(path, "-") == 0)
        return open_standard_output(file, err);
    /* The lock comes first: what another process writes is not ours to mend. */
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode)) {
        int rc = take_lock(file, found, err);
        if (rc != 0)
            return rc;
    }
    file->fd = open_path(path, &file->regular, &file->waits, err);
    if (file->fd < 0)
        return ERR_IO;
    if (file->regular) {
        int error = mend_tail(file->fd, &found->torn_bytes, &found->last_seq);
        if (error != 0)
            return err_set(err, ERR_IO, "cannot read the end of the decision log %s: %s", path,
                           strerror(error));
    }
    note_state(file, "open", found->last_seq);
    return 0;
}

void decision_file_release(struct decision_file *file, uint64_t last_seq, bool clean)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->lock_fd >= 0) {
        if (clean)
            note_state(file, "closed", last_seq);
        close(file->lock_fd);
    }
    free(file->path);
    *file = (struct decision_file)DECISION_FILE_INIT;
}

int decision_file_reopen(struct decision_file *file, uint64_t last_seq, struct err *err)
{
    bool regular = false, waits = false;
    size_t torn = 0;
    if (strcmp(file->path, "-") == 0)
        return 0;
    int fd = open_path(file->path, &regular, &waits, err);
    if (fd < 0)
        return ERR_IO;
    if (regular && mend_tail(fd, &torn, NULL) != 0) {
        close(fd);
        return err_set(err, ERR_IO, "cannot read the end of the decision log %s", file->path);
    }
    close(file->fd);
    file->fd = fd;
    file->regular = regular;
    file->waits = waits;
    file->torn = false;
    note_state(file, "open", last_seq);
    return 0;
}

/* ---- writing ---- */

/* Takes back the last `bytes`; what cannot be taken back is cut off before the next write. */
static void take_back(struct decision_file *file, size_t bytes)
{
    struct stat status;
    if (bytes == 0)
        return;
    file->torn = !file->regular || fstat(file->fd, &status) != 0 || status.st_size < (off_t)bytes ||
                 ftruncate(file->fd, status.st_size - (off_t)bytes) != 0;
}

/*
 * Its flags are not ours alone, so that O_NONBLOCK is no way; but what poll(2) finds room in takes
 * PIPE_BUF bytes without waiting.
 */
static int wait_for_room(const struct decision_file *file, int timeout_ms)
{
    struct pollfd room = {.fd = file->fd, .events = POLLOUT};
    if (!file->waits)
        return 0;
    int rc = poll(&room, 1, timeout_ms);
    if (rc < 0 && errno != EINTR)
        return errno;
    return rc > 0 ? 0 : EAGAIN;
}

static int mend_before_write(struct decision_file *file)
{
    size_t bytes = 0;
    if (!file->torn)
        return 0;
    if (file->regular) {
        int error = mend_tail(file->fd, &bytes, NULL);
        if (error != 0)
            return error;
    } else {
        int error = wait_for_room(file, ROOM_MS);
        if (error != 0)
            return error;
        if (write(file->fd, "\n", 1) != 1)
            return errno != 0 ? errno : EIO; /* a pipe: end the broken line, at least */
    }
    file->torn = false;
    return 0;
}

/*
 * How many bytes to write at once; *in_line: they go on with a line. Whole lines, where they are no
 * longer than a write that does not wait may be.
 */
static size_t next_piece(const struct decision_file *file, const size_t *ends, size_t count,
                         size_t done, bool *in_line)
{
    size_t len = ends[count - 1] - done, whole = 0;
    *in_line = done != 0;
    if (!file->waits)
        return len;
    for (size_t i = 0; i < count && ends[i] <= done + PIPE_BUF; i++) {
        *in_line = *in_line && ends[i] != done;
        if (ends[i] > done)
            whole = ends[i] - done;
    }
    return whole != 0 ? whole : len < PIPE_BUF ? len : (size_t)PIPE_BUF;
}

int decision_file_append(struct decision_file *file, const struct buf *lines, const size_t *ends,
                         size_t count, size_t *written)
{
    size_t len = ends[count - 1], done = 0;
    *written = 0;
    int error = mend_before_write(file);
    while (error == 0 && done < len) {
        bool in_line;
        size_t piece = next_piece(file, ends, count, done, &in_line);
        error = wait_for_room(file, in_line ? ROOM_IN_LINE_MS : ROOM_MS);
        if (error != 0)
            break;
        ssize_t n = write(file->fd, lines->data + done, piece);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            error = EIO;
        else if (errno != EINTR)
            error = errno;
    }
    while (*written < count && ends[*written] <= done)
        (*written)++;
    take_back(file, done - (*written != 0 ? ends[*written - 1] : 0));
    return error;
}

int decision_file_sync(struct decision_file *file, uint64_t last_seq)
{
    if (!file->regular)
        return 0;
    note_state(file, "open", last_seq);
    return fsync(file->fd);
}

/* ---- gaps ---- */

int decision_gap_encode(const struct decision_gap *gap, enum decision_gap_reason reason,
                        uint64_t seq, struct buf *out)
{
    static const char *const names[DECISION_GAP_COUNT] = {"queue_full", "sync_failed",
                                                          "unclean_stop", "torn_line"};
    char stamp[32] = "";
    char lost[24] = "null";
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    if (reason != DECISION_GAP_UNCLEAN)
        (void)snprintf(lost, sizeof(lost), "%" PRIu64, gap->lost);
    return buf_printf(out,
                      "{\"time\":\"%s.%03ldZ\",\"seq\":%" PRIu64
                      ",\"event\":\"gap\",\"reason\":\"%s\",\"lost\":%s}\n",
                      stamp, now.tv_nsec / 1000000, seq, names[reason], lost);
}
