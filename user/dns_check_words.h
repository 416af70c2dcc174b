/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of 'natloopctl dns check', as typed. Pure. */
#ifndef DNS_CHECK_WORDS_H
#define DNS_CHECK_WORDS_H

#include <stddef.h>

#include "hostname.h"
#include "natloop/abi.h"
#include "problem.h"

/*
 * A host name, as dns_name_parse has it but without a wildcard, in lower case; one final dot is
 * taken off. Letters beyond ASCII are refused: nothing converts them to xn--. A usage problem
 * otherwise, @ret untouched.
 */
int dns_check_name(const char *text, char ret[HOSTNAME_MAX], struct problem *p);

/*
 * "192.168.11.1,fd00::1" into @ret, which has @most (NATLOOP_MAX_ADDRESSES or less): no wildcard,
 * multicast or link-local addresses and no ports, each once. @option, "--resolver", is for
 * messages. Their number, or a usage problem.
 */
int dns_check_addresses(const char *option, const char *text, struct natloop_addr *ret, size_t most,
			struct problem *p);

#endif
