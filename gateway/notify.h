/*
 * notify.h - tell the service manager (systemd's sd_notify protocol) how we are.
 *
 * Written out here rather than linked from libsystemd: the protocol is a documented datagram of
 * KEY=VALUE lines that systemd promises to keep, and libsystemd would bring liblzma, libzstd,
 * liblz4 and libgcrypt into the address space that holds people's prompts.
 *
 * Without NOTIFY_SOCKET everything here does nothing. After notify_init any thread may call;
 * nothing blocks.
 */
#ifndef PENSTOCK_NOTIFY_H
#define PENSTOCK_NOTIFY_H

#include <stdint.h>

/* Reads NOTIFY_SOCKET and WATCHDOG_USEC and removes them from the environment. Once, from main,
 * before any thread starts. */
void notify_init(void);
void notify_release(void);
/* READY=1, with a line for `systemctl status`; also ends a reload. The text is no content. */
void notify_ready(const char *status);
void notify_reloading(void); /* RELOADING=1 with MONOTONIC_USEC, for Type=notify-reload too */
void notify_stopping(void);
void notify_status(const char *status);
/* How often the watchdog wants to hear from us, halved already; 0: not at all. Microseconds. */
uint64_t notify_watchdog_interval_us(void);
void notify_watchdog(void); /* WATCHDOG=1 */

#endif
