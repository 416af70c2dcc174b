/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How RustDesk writes an address and a port into a message: mixed with the time of day, so that no
 * router that looks for addresses in payloads finds one (rustdesk/hbb_common, src/lib.rs,
 *AddrMangle).
 *
 * Of IPv4 it is one little-endian number, without the zero bytes at its end:
 *
 *	bit 0	port + (the time's low 16 bits), 17 bits
 *	bit 17	the time, 32 bits of microseconds
 *	bit 49	(address, its first byte the lowest) + the time, 33 bits
 */
#ifndef MANGLE_H
#define MANGLE_H

#include <netinet/in.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#define MANGLE_MAX 11

/* The bytes of @endpoint, in @bytes. */
ProtobufCBinaryData mangle(const struct sockaddr_in *endpoint, unsigned char bytes[MANGLE_MAX]);

/* The other way; false if it is no IPv4 address. */
bool unmangle(ProtobufCBinaryData data, struct sockaddr_in *endpoint);

#endif
