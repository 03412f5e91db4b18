/*
 * cores.h - how many cores this process may keep busy: its affinity, and the CPU quota of its
 * control group and of those above it (cgroup version 1 and 2). Any thread.
 */
#ifndef PENSTOCK_BASE_CORES_H
#define PENSTOCK_BASE_CORES_H

/* At least 1. A quota of 1.5 cores counts as 2, one of 1.4 as 1. */
unsigned cores_available(void);

/* The same by other files, for tests: like /proc/self/cgroup, and like /sys/fs/cgroup. */
unsigned cores_by_quota(const char *membership_file, const char *root, unsigned cores);

#endif
