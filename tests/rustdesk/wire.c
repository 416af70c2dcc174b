// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "rustdesk_frame.h"
#include "stand_in.h"

int wire_write(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

		if (n < 0)
			return -errno;
		at += n;
		length -= n;
	}
	return 0;
}

int wire_send(int fd, const Rustdesk__Message *message)
{
	unsigned char bytes[RUSTDESK_HEADER_MAX + WIRE_MAX];
	size_t payload = rustdesk__message__get_packed_size(message);
	int header;

	header = rustdesk_frame_header(payload, bytes);
	if (header < 0 || header + payload > WIRE_MAX)
		return -EMSGSIZE;
	rustdesk__message__pack(message, bytes + header);
	return wire_write(fd, bytes, header + payload);
}

int wire_send_to(int fd, const struct sockaddr_in *to, const Rustdesk__Message *message)
{
	unsigned char bytes[WIRE_MAX];
	size_t payload = rustdesk__message__get_packed_size(message);

	if (payload > sizeof(bytes))
		return -EMSGSIZE;
	rustdesk__message__pack(message, bytes);
	if (sendto(fd, bytes, payload, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return -errno;
	return 0;
}

int wire_fill(struct wire *wire)
{
	size_t room = sizeof(wire->bytes) - wire->length;
	ssize_t n;

	if (!room)
		return -EMSGSIZE;
	n = recv(wire->fd, wire->bytes + wire->length, room, 0);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	wire->length += n;
	return 0;
}

int wire_take(struct wire *wire, Rustdesk__Message **message)
{
	size_t payload, whole;
	int header;

	header = rustdesk_frame_parse(wire->bytes, wire->length, WIRE_MAX - RUSTDESK_HEADER_MAX,
				      &payload);
	if (header < 0)
		return header == -EAGAIN ? 0 : -EBADMSG;
	whole = header + payload;
	if (wire->length < whole)
		return 0;
	*message = rustdesk__message__unpack(NULL, payload, wire->bytes + header);
	wire->length -= whole;
	memmove(wire->bytes, wire->bytes + whole, wire->length);
	return *message ? 1 : -EBADMSG;
}

int wire_more(struct wire *wire, uint64_t deadline)
{
	struct pollfd fd = { .fd = wire->fd, .events = POLLIN };
	uint64_t now;

	do {
		now = now_ms();
		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(&fd, 1, deadline - now) < 0 && errno != EINTR)
			return -errno;
	} while (!fd.revents);
	return wire_fill(wire);
}

int wire_wait(struct wire *wire, uint64_t deadline, Rustdesk__Message **message)
{
	int err;

	while (!(err = wire_take(wire, message))) {
		err = wire_more(wire, deadline);
		if (err)
			return err;
	}
	return err < 0 ? err : 0;
}
