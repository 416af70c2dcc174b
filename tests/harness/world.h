/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The router of a test: a network namespace of its own with eth1 and eth2, and a configuration that
 * the test may change. The namespace and all that is in it ends with the process.
 */
#ifndef WORLD_H
#define WORLD_H

#include "frame.h"
#include "natloop/abi.h"

#define TICKS(seconds) ((uint32_t)((seconds)*1000000000ULL >> NATLOOP_TICK_SHIFT))

/* Enters a new namespace and makes the interfaces; fills in their indexes. Fails the test. */
void world_make(uint32_t ifindex[FRAME_INTERFACES]);

/* Runs "ip ARGUMENTS" in the namespace; fails the test if that fails. */
void world_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

void world_sysctl(const char *name, const char *value);

struct natloop_addr world_addr(uint32_t address);

/*
 * LANs and links of both interfaces, PUBLIC and PUBLIC2, these forwards, and the limits and
 * timeouts that nobody reaches by accident:
 *	tcp 21115-21117, udp 21116	SERVER
 *	tcp 8443			SERVER:443
 *	tcp 9000-9010, udp 9000-9010	SERVER:7000-7010
 *	tcp+udp 53			SERVER
 *	tcp+udp 5000			SERVER_ETH2
 *	tcp+udp 6000			SERVER_SILENT
 */
void world_configure(struct natloop_config *cfg, const uint32_t ifindex[FRAME_INTERFACES]);

/* One forward more, in its place. */
void world_forward(struct natloop_config *cfg, uint8_t proto, uint16_t first, uint16_t last,
		   uint32_t server, uint16_t server_first);

/* All forwards translate the source to @address; 0: to the public address that was dialled. */
void world_snat(struct natloop_config *cfg, uint32_t address);

/* @address cannot be dialled, but the answers of servers go to it. */
void world_answer_address(struct natloop_config *cfg, uint32_t address);

struct natloop_link *world_link(struct natloop_config *cfg, uint32_t ifindex, uint32_t l3_ifindex,
				uint16_t outer, uint16_t inner);

#endif
