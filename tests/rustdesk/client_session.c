// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A session is frames of four bytes here: B's TestDelay, with a number that A sends back, and A's
 * question, with a number that B sends back. How often and how long is RustDesk's: B sends one each
 * second (src/server/connection.rs), and either side gives up after 30 s without anything
 * (src/client/io_loop.rs, SEC30).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "client.h"
#include "rustdesk_frame.h"
#include "stand_in.h"

#define NUMBER_BYTES 4
#define QUESTION 0x80000000U
#define READ_TIMEOUT 18000 /* hbb_common, src/config.rs */
#define SILENCE 30000
#define LAST_ANSWER 5000

static int send_number(int fd, uint32_t number)
{
	unsigned char frame[RUSTDESK_HEADER_MAX + NUMBER_BYTES];
	uint32_t net = htonl(number);
	int header = rustdesk_frame_header(NUMBER_BYTES, frame);

	memcpy(frame + header, &net, NUMBER_BYTES);
	return wire_write(fd, frame, header + NUMBER_BYTES);
}

/* As wire_take(). */
static int take_number(struct wire *wire, uint32_t *number)
{
	size_t payload;
	int header = rustdesk_frame_parse(wire->bytes, wire->length, NUMBER_BYTES, &payload);

	if (header < 0)
		return header == -EAGAIN ? 0 : -EBADMSG;
	if (payload != NUMBER_BYTES)
		return -EBADMSG;
	if (wire->length < header + payload)
		return 0;
	memcpy(number, wire->bytes + header, NUMBER_BYTES);
	*number = ntohl(*number);
	wire->length -= header + payload;
	memmove(wire->bytes, wire->bytes + header + payload, wire->length);
	return 1;
}

/* As wire_wait(). */
static int wait_number(struct wire *wire, uint64_t deadline, uint32_t *number)
{
	int err;

	while (!(err = take_number(wire, number))) {
		err = wire_more(wire, deadline);
		if (err)
			return err;
	}
	return err < 0 ? err : 0;
}

void client_session_controlled(struct wire *wire)
{
	uint64_t next = now_ms(), last = next;
	uint32_t sent = 0, number;
	int err;

	for (;;) {
		uint64_t now = now_ms();

		if (now >= next && (!sent || !client_options.silent)) {
			if (send_number(wire->fd, ++sent))
				return;
			next = now + client_ms(CLIENT_SECOND);
		}
		err = wait_number(wire, client_options.silent ? now + 1000 : next, &number);
		if (!err) {
			last = now_ms();
			if (number & QUESTION)
				err = send_number(wire->fd, number);
		}
		if ((err && err != -ETIMEDOUT) ||
		    (!client_options.silent && now_ms() - last >= SILENCE))
			return;
	}
}

int client_session_begin(struct wire *wire)
{
	uint32_t number;
	int err;

	err = wait_number(wire, now_ms() + client_ms(READ_TIMEOUT), &number);
	if (err)
		return err;
	return send_number(wire->fd, number);
}

/* Asks B whether it is there still. */
static int ask(struct wire *wire)
{
	uint64_t deadline = now_ms() + LAST_ANSWER;
	uint32_t number = 0;
	int err;

	err = send_number(wire->fd, QUESTION);
	while (!err && number != QUESTION)
		err = wait_number(wire, deadline, &number);
	return err;
}

int client_session_hold(struct wire *wire)
{
	uint64_t begin = now_ms(), end = begin + (uint64_t)client_options.hold * 1000;
	uint64_t last = begin, gap = 0;
	unsigned int received = 0;
	uint32_t number;
	int err = 0;

	while (!err && now_ms() < end) {
		uint64_t limit = client_options.silent ? end : last + SILENCE;

		err = wait_number(wire, limit < end ? limit : end, &number);
		if (err == -ETIMEDOUT && now_ms() >= end)
			break;
		if (err)
			break;
		if (now_ms() - last > gap)
			gap = now_ms() - last;
		last = now_ms();
		received++;
		err = send_number(wire->fd, number);
	}
	if (!err || err == -ETIMEDOUT)
		err = ask(wire);
	event("{\"survived\":%s,\"seconds\":%.2f,\"received\":%u,\"longest_gap\":%.2f,\"why\":\"%"
	      "s\"}",
	      err ? "false" : "true", (double)(now_ms() - begin) / 1000, received,
	      (double)gap / 1000, err ? strerror(-err) : "");
	return err;
}
