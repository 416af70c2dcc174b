/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is worth a word about a public address, though it may be right. Pure. */
#ifndef PUBLIC_NOTE_H
#define PUBLIC_NOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "natloop/abi.h"

#define PUBLIC_NOTE_MAX 256

/*
 * One sentence on address @which of @config->publics into @buf: it is private or a carrier's, and
 * no other public address is a global one, so there may be a second NAT, whose address is what
 * clients dial. False, and @buf as it was: nothing to say.
 */
bool public_note(const struct natloop_config *config, __u32 which, char *buf, size_t size);

/*
 * The same: it is this router's in the prefix of an attached interface, so that either an uplink is
 * attached, whose neighbours become clients, or clients would dial the LAN's own address.
 */
bool public_note_lan(const struct natloop_config *config, __u32 which, char *buf, size_t size);

#endif
