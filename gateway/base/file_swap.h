/*
 * file_swap.h - exchange a file whole, so that a reader sees the old one or the new one.
 *
 * The new content is written beside the file and renamed over it, with the owner and mode that the
 * file had. Where there was none it gets mode 0600 and, if root makes it, the owner of the folder:
 * who reads it there is seldom root. The folder is locked from begin to end, so that two who
 * exchange a file take turns; the file itself cannot carry the lock, since it is exchanged.
 */
#ifndef PENSTOCK_FILE_SWAP_H
#define PENSTOCK_FILE_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "gateway/base/err.h"

struct file_swap {
    const char *path; /* the caller's */
    char *temporary;  /* NULL: nothing written that waits to be put in place */
    int folder_fd;    /* locked */
    bool existed;
    struct stat status; /* of the old file, or else of the folder */
};

/* What file_swap_end() may be called on without a begin. */
#define FILE_SWAP_INIT                                                                             \
    {                                                                                              \
        .folder_fd = -1                                                                            \
    }

/* Waits for the lock. ERR_IO, ERR_MEMORY. */
MUST_CHECK int file_swap_begin(struct file_swap *swap, const char *path, struct err *err);
/* Once, to a file beside it. ERR_IO (a full disk), ERR_MEMORY: the old file stands. */
MUST_CHECK int file_swap_write(struct file_swap *swap, const void *bytes, size_t len,
                               struct err *err);
/* Puts what was written in place and syncs the folder. ERR_IO. */
MUST_CHECK int file_swap_commit(struct file_swap *swap, struct err *err);
/* Renames a file of the folder to another name in it, and syncs it. ERR_IO. */
MUST_CHECK int file_swap_rename(struct file_swap *swap, const char *from, const char *to,
                                struct err *err);
/* Takes away what was written and not put in place; unlocks. */
void file_swap_end(struct file_swap *swap);

#endif
