/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a message of RustDesk begins and ends in a TCP stream. Pure.
 *
 * Each message has a header of 1 to 4 bytes, little endian: the two low bits are the header's
 * length less one, the others the payload's length (rustdesk/hbb_common, src/bytes_codec.rs).
 */
#ifndef RUSTDESK_FRAME_H
#define RUSTDESK_FRAME_H

#include <stddef.h>
#include <sys/types.h>

#define RUSTDESK_HEADER_MAX 4
#define RUSTDESK_PAYLOAD_MAX ((1U << 30) - 1)

/* The header of a payload of @payload bytes, the shortest. Its length, or -EMSGSIZE. */
int rustdesk_frame_header(size_t payload, unsigned char header[RUSTDESK_HEADER_MAX]);

/*
 * Looks at the beginning of a stream. The length of the header, and @payload that of what follows
 * it, once the header is whole; -EAGAIN until then, -EMSGSIZE if the payload is longer than @most:
 * that is no message, or none that anybody waits for.
 */
int rustdesk_frame_parse(const unsigned char *bytes, size_t length, size_t most, size_t *payload);

#endif
