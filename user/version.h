/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The build names the version (-DNATLOOP_VERSION); analysers that know no build need one, too. */
#ifndef VERSION_H
#define VERSION_H

#ifndef NATLOOP_VERSION
#define NATLOOP_VERSION "unknown"
#endif

#endif
