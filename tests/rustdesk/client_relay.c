// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "client.h"
#include "stand_in.h"
#include "util.h"

void client_make_uuid(char text[CLIENT_UUID_TEXT])
{
	unsigned char bytes[(CLIENT_UUID_TEXT - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		die(STATUS_FAILED, "getrandom: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

int client_connect_relay(const char *relay, const char *uuid, const char *id,
			 struct sockaddr_in *to)
{
	Rustdesk__RequestRelay request = RUSTDESK__REQUEST_RELAY__INIT;
	Rustdesk__Message message = RUSTDESK__MESSAGE__INIT;
	_cleanup_close_ int fd = -1;
	int err;

	fd = client_connect_name(relay, CLIENT_RELAY_PORT, 0, to);
	if (fd < 0)
		return fd;
	request.id = (char *)id;
	request.uuid = (char *)uuid;
	request.licence_key = (char *)client_options.key;
	message.kind_case = RUSTDESK__MESSAGE__KIND_REQUEST_RELAY;
	message.request_relay = &request;
	err = wire_send(fd, &message);
	return err ? err : TAKE_FD(fd);
}
