/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Settings of the kernel under /proc/sys. */
#ifndef SYSCTL_H
#define SYSCTL_H

/* The digit that @path begins with, in the current network namespace; -1: it cannot be read. */
int sysctl_digit(const char *path);

#endif
