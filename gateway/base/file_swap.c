#include "gateway/base/file_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int file_swap_begin(struct file_swap *swap, const char *path, struct err *err)
{
    *swap = (struct file_swap){.path = path, .folder_fd = -1};
    char *copy = strdup(path);
    if (copy == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    const char *folder = dirname(copy);
    int rc = 0;
    swap->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (swap->folder_fd < 0 || flock(swap->folder_fd, LOCK_EX) != 0)
        rc = err_set(err, ERR_IO, "cannot open folder %s: %s", folder, strerror(errno));
    swap->existed = rc == 0 && stat(path, &swap->status) == 0;
    if (rc == 0 && !swap->existed &&
        (errno != ENOENT || fstat(swap->folder_fd, &swap->status) != 0))
        rc = err_set(err, ERR_IO, "cannot read %s: %s", path, strerror(errno));
    free(copy);
    return rc;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno != EINTR)
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int set_owner(const struct file_swap *swap, int fd)
{
    if (!swap->existed && geteuid() != 0)
        return 0;
    if (fchown(fd, swap->status.st_uid, swap->status.st_gid) != 0)
        return -1;
    return swap->existed ? fchmod(fd, swap->status.st_mode & 0640) : 0;
}

int file_swap_write(struct file_swap *swap, const void *bytes, size_t len, struct err *err)
{
    static const char ending[] = ".XXXXXX";
    size_t size = strlen(swap->path);
    char *name = malloc(size + sizeof(ending));
    if (name == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(name, swap->path, size);
    memcpy(name + size, ending, sizeof(ending));
    int fd = mkostemp(name, O_CLOEXEC); /* mode 0600 */
    if (fd >= 0)
        swap->temporary = name;
    int rc = 0;
    if (fd < 0 || set_owner(swap, fd) != 0 || write_all(fd, bytes, len) != 0 || fsync(fd) != 0)
        rc = err_set(err, ERR_IO, "cannot write %s: %s", swap->path, strerror(errno));
    if (fd >= 0)
        close(fd);
    else
        free(name);
    return rc;
}

int file_swap_rename(struct file_swap *swap, const char *from, const char *to, struct err *err)
{
    if (rename(from, to) != 0)
        return err_set(err, ERR_IO, "cannot rename %s to %s: %s", from, to, strerror(errno));
    if (fsync(swap->folder_fd) != 0)
        return err_set(err, ERR_IO, "cannot sync the folder of %s: %s", to, strerror(errno));
    return 0;
}

int file_swap_commit(struct file_swap *swap, struct err *err)
{
    int rc = file_swap_rename(swap, swap->temporary, swap->path, err);
    if (rc == 0) {
        free(swap->temporary);
        swap->temporary = NULL;
    }
    return rc;
}

void file_swap_end(struct file_swap *swap)
{
    if (swap->temporary != NULL)
        (void)unlink(swap->temporary);
    free(swap->temporary);
    swap->temporary = NULL;
    if (swap->folder_fd >= 0)
        close(swap->folder_fd);
    swap->folder_fd = -1;
}
