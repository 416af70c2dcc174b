// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rustdesk_message.h"

#include <errno.h>

#ifdef NATLOOP_LIBPROTOBUFC
#include <string.h>

#include "rustdesk.pb-c.h"
#include "rustdesk_frame.h"

static int write_bare(const Rustdesk__Message *message, unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	if (rustdesk__message__get_packed_size(message) > RUSTDESK_MESSAGE_MAX)
		return -EMSGSIZE;
	return (int)rustdesk__message__pack(message, ret);
}

static int write_framed(const Rustdesk__Message *message, unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	size_t payload = rustdesk__message__get_packed_size(message);
	unsigned char header[RUSTDESK_HEADER_MAX];
	int length = rustdesk_frame_header(payload, header);

	if (length < 0 || payload > RUSTDESK_MESSAGE_MAX - (size_t)length)
		return -EMSGSIZE;
	memcpy(ret, header, (size_t)length);
	return length + (int)rustdesk__message__pack(message, ret + length);
}

int rustdesk_register_peer(const char *id, unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	Rustdesk__RegisterPeer peer = RUSTDESK__REGISTER_PEER__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	peer.id = (char *)id;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REGISTER_PEER;
	message.register_peer = &peer;
	return write_bare(&message, ret);
}

int rustdesk_test_nat(unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	Rustdesk__TestNatRequest request = RUSTDESK__TEST_NAT_REQUEST__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	message.kind_case = RUSTDESK__MESSAGE__KIND_TEST_NAT_REQUEST;
	message.test_nat_request = &request;
	return write_framed(&message, ret);
}

int rustdesk_request_relay(const char *uuid, const char *key,
			   unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	Rustdesk__RequestRelay request = RUSTDESK__REQUEST_RELAY__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;

	request.uuid = (char *)uuid;
	if (key)
		request.licence_key = (char *)key;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REQUEST_RELAY;
	message.request_relay = &request;
	return write_framed(&message, ret);
}

static int read_message(const Rustdesk__Message *message, struct rustdesk_answer *ret)
{
	int port;

	switch (message->kind_case) {
	case RUSTDESK__MESSAGE__KIND__NOT_SET:
		return -EBADMSG;
	case RUSTDESK__MESSAGE__KIND_REGISTER_PEER_RESPONSE:
		*ret = (struct rustdesk_answer){ .kind = RUSTDESK_REGISTERED };
		return 0;
	case RUSTDESK__MESSAGE__KIND_TEST_NAT_RESPONSE:
		port = message->test_nat_response->port;
		if (port < 1 || port > 0xffff)
			return -EBADMSG;
		*ret = (struct rustdesk_answer){ RUSTDESK_NAT_TESTED, (__u16)port };
		return 0;
	case RUSTDESK__MESSAGE__KIND_KEY_EXCHANGE:
		*ret = (struct rustdesk_answer){ .kind = RUSTDESK_KEYS };
		return 0;
	default:
		*ret = (struct rustdesk_answer){ .kind = RUSTDESK_ELSE };
		return 0;
	}
}

int rustdesk_answer_read(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret)
{
	Rustdesk__Message *message = rustdesk__message__unpack(NULL, length, bytes);
	int err;

	if (!message)
		return -EBADMSG;
	err = read_message(message, ret);
	rustdesk__message__free_unpacked(message, NULL);
	return err;
}

int rustdesk_answer_next(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret)
{
	size_t payload = 0;
	int err;
	int header = rustdesk_frame_parse(bytes, length, RUSTDESK_MESSAGE_MAX - RUSTDESK_HEADER_MAX,
					  &payload);

	if (header < 0)
		return header == -EAGAIN ? -EAGAIN : -EBADMSG;
	if (length - (size_t)header < payload)
		return -EAGAIN;
	err = rustdesk_answer_read(bytes + header, payload, ret);
	return err ? err : header + (int)payload;
}
#else
int rustdesk_register_peer(const char *id, unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	(void)id;
	(void)ret;
	return -EOPNOTSUPP;
}

int rustdesk_test_nat(unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	(void)ret;
	return -EOPNOTSUPP;
}

int rustdesk_request_relay(const char *uuid, const char *key,
			   unsigned char ret[RUSTDESK_MESSAGE_MAX])
{
	(void)uuid;
	(void)key;
	(void)ret;
	return -EOPNOTSUPP;
}

int rustdesk_answer_read(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret)
{
	(void)bytes;
	(void)length;
	(void)ret;
	return -EOPNOTSUPP;
}

int rustdesk_answer_next(const unsigned char *bytes, size_t length, struct rustdesk_answer *ret)
{
	(void)bytes;
	(void)length;
	(void)ret;
	return -EOPNOTSUPP;
}
#endif
