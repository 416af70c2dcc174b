// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rustdesk_frame.h"

#include <errno.h>

int rustdesk_frame_header(size_t payload, unsigned char header[RUSTDESK_HEADER_MAX])
{
	int length = 1;
	size_t word;

	if (payload > RUSTDESK_PAYLOAD_MAX)
		return -EMSGSIZE;
	while (length < RUSTDESK_HEADER_MAX && payload >> (8 * length - 2))
		length++;
	word = payload << 2 | (size_t)(length - 1);
	for (int i = 0; i < length; i++)
		header[i] = word >> 8 * i & 0xff;
	return length;
}

int rustdesk_frame_parse(const unsigned char *bytes, size_t length, size_t most, size_t *payload)
{
	size_t word = 0;
	int header;

	if (!length)
		return -EAGAIN;
	header = (bytes[0] & 3) + 1;
	if (length < (size_t)header)
		return -EAGAIN;
	for (int i = 0; i < header; i++)
		word |= (size_t)bytes[i] << 8 * i;
	if (word >> 2 > most)
		return -EMSGSIZE;
	*payload = word >> 2;
	return header;
}
