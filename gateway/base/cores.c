#include "gateway/base/cores.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 1024, LINE_BYTES = 2048 };

/* First line of a file in a group's folder; false where there is none. */
static bool read_line(const char *root, const char *group, const char *name, char *out, int size)
{
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof(path), "%s%s/%s", root, group, name);
    if (len < 0 || (size_t)len >= sizeof(path))
        return false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool fine = fgets(out, size, file) != NULL;
    (void)fclose(file);
    return fine;
}

/* Microseconds of CPU in a period of so many; false where nothing limits. */
static bool read_quota(const char *root, const char *group, bool version2, double *cores)
{
    char line[128], *end = line;
    if (!read_line(root, group, version2 ? "cpu.max" : "cpu.cfs_quota_us", line, sizeof(line)))
        return false;
    double quota = strtod(line, &end);
    if (end == line || quota <= 0) /* "max", or -1 */
        return false;
    if (!version2 && !read_line(root, group, "cpu.cfs_period_us", line, sizeof(line)))
        return false;
    double period = strtod(version2 ? end : line, NULL);
    *cores = period > 0 ? quota / period : 0;
    return period > 0;
}

/* The group and those above it, up to the root. */
static unsigned limit_by(const char *root, char *group, bool version2, unsigned cores)
{
    for (;;) {
        size_t len = strlen(group);
        if (len > 0 && group[len - 1] == '/')
            group[len - 1] = '\0';
        double quota = 0;
        if (read_quota(root, group, version2, &quota) && quota + 0.5 < cores)
            cores = quota < 1 ? 1 : (unsigned)(quota + 0.5);
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return cores;
        *slash = '\0';
    }
}

static bool names_cpu(const char *controllers, size_t len)
{
    for (const char *at = controllers; at < controllers + len; at += strcspn(at, ",:") + 1) {
        if (strcspn(at, ",:") == 3 && memcmp(at, "cpu", 3) == 0)
            return true;
    }
    return false;
}

unsigned cores_by_quota(const char *membership_file, const char *root, unsigned cores)
{
    char line[LINE_BYTES], version1_root[PATH_BYTES];
    (void)snprintf(version1_root, sizeof(version1_root), "%s/cpu", root);
    FILE *file = fopen(membership_file, "re");
    if (file == NULL)
        return cores;
    /* number:controllers:group; version 2 has number 0 and no controllers. */
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL)
            continue;
        controllers++;
        size_t len = (size_t)(group - controllers);
        if (len == 0)
            cores = limit_by(root, group + 1, true, cores);
        else if (names_cpu(controllers, len))
            cores = limit_by(version1_root, group + 1, false, cores);
    }
    (void)fclose(file);
    return cores;
}

unsigned cores_available(void)
{
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return cores_by_quota("/proc/self/cgroup", "/sys/fs/cgroup", cores > 0 ? (unsigned)cores : 1);
}
