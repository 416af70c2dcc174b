// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mangle.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdint.h>
#include <time.h>

#define TIME_BIT 17
#define ADDRESS_BIT 49

ProtobufCBinaryData mangle(const struct sockaddr_in *endpoint, unsigned char bytes[MANGLE_MAX])
{
	ProtobufCBinaryData data = {};
	uint64_t low, address;
	struct timespec now;
	uint32_t time;

	clock_gettime(CLOCK_REALTIME, &now);
	time = now.tv_sec * 1000000 + now.tv_nsec / 1000;
	address = (uint64_t)le32toh(endpoint->sin_addr.s_addr) + time;
	low = ntohs(endpoint->sin_port) + (uint64_t)(time & 0xffff);
	low |= (uint64_t)time << TIME_BIT | address << ADDRESS_BIT;
	address >>= 64 - ADDRESS_BIT;
	for (int i = 0; i < MANGLE_MAX; i++)
		bytes[i] = i < 8 ? low >> 8 * i : address >> 8 * (i - 8);
	data.data = bytes;
	data.len = MANGLE_MAX;
	while (data.len && !bytes[data.len - 1])
		data.len--;
	return data;
}

bool unmangle(ProtobufCBinaryData data, struct sockaddr_in *endpoint)
{
	uint64_t low = 0, address = 0;
	uint32_t time;

	if (!data.len || data.len > MANGLE_MAX)
		return false;
	for (size_t i = 0; i < data.len; i++) {
		if (i < 8)
			low |= (uint64_t)data.data[i] << 8 * i;
		else
			address |= (uint64_t)data.data[i] << 8 * (i - 8);
	}
	time = low >> TIME_BIT;
	address = address << (64 - ADDRESS_BIT) | low >> ADDRESS_BIT;
	*endpoint = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htole32((uint32_t)(address - time)),
		.sin_port = htons((uint16_t)(low - time)),
	};
	return true;
}
