// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_svcb.h"

#include <sys/types.h>

#include <resolv.h>
#include <string.h>

#include "address.h"

#define KEY_IPV4HINT 4 /* RFC 9460 14.3.2 */
#define KEY_IPV6HINT 6
#define LABEL_MAX 63

struct rest {
	const unsigned char *byte;
	size_t left;
};

static bool take_u16(struct rest *in, __u16 *ret)
{
	if (in->left < 2)
		return false;
	*ret = (__u16)(in->byte[0] << 8 | in->byte[1]);
	in->byte += 2;
	in->left -= 2;
	return true;
}

/* A name on the wire, without compression (RFC 9460 2.2). */
static bool take_name(struct rest *in, char ret[NS_MAXDNAME])
{
	size_t at = 0;

	while (at < in->left && in->byte[at]) {
		if (in->byte[at] > LABEL_MAX)
			return false;
		at += 1u + in->byte[at];
	}
	/* ns_name_ntop reads up to the last label, wherever that is. */
	if (at >= in->left || at >= NS_MAXCDNAME || ns_name_ntop(in->byte, ret, NS_MAXDNAME) < 0)
		return false;
	in->byte += at + 1;
	in->left -= at + 1;
	return true;
}

static void add_hint(struct dns_svcb *svcb, const unsigned char *byte, size_t size)
{
	struct natloop_addr *a = &svcb->hint[svcb->hints];
	__be32 v4;

	if (svcb->hints == DNS_SVCB_HINTS)
		return;
	if (size == sizeof(v4)) {
		memcpy(&v4, byte, sizeof(v4));
		*a = address_from_v4(v4);
	} else {
		memcpy(a, byte, sizeof(*a));
	}
	svcb->hints++;
}

static bool take_param(struct rest *in, int *last, struct dns_svcb *svcb)
{
	__u16 key, length;
	size_t size;

	if (!take_u16(in, &key) || !take_u16(in, &length) || length > in->left || key <= *last)
		return false;
	size = key == KEY_IPV4HINT ? 4 : key == KEY_IPV6HINT ? 16 : 0;
	if (size && (!length || length % size))
		return false;
	for (size_t at = 0; size && at < length; at += size)
		add_hint(svcb, in->byte + at, size);
	*last = key;
	in->byte += length;
	in->left -= length;
	return true;
}

bool dns_svcb_read(const unsigned char *rdata, size_t length, struct dns_svcb *ret)
{
	struct dns_svcb svcb = { .priority = 0 };
	struct rest in = { rdata, length };
	int last = -1;

	if (!take_u16(&in, &svcb.priority) || !take_name(&in, svcb.target))
		return false;
	while (svcb.priority && in.left)
		if (!take_param(&in, &last, &svcb))
			return false;
	*ret = svcb;
	return true;
}
