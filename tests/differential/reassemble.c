// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reassemble.h"

#include <string.h>

#define ETHERNET 14
#define DATAGRAM_MAX (FRAME_MAX - ETHERNET - 60)

static const uint8_t *ip_of(const struct wire *w)
{
	return w->byte + ETHERNET;
}

static int header_of(const struct wire *w)
{
	return (ip_of(w)[0] & 0xf) * 4;
}

static bool same_datagram(const struct wire *a, const struct wire *b)
{
	return a->interface == b->interface && !memcmp(a->byte, b->byte, 12) &&
	       !memcmp(ip_of(a) + 4, ip_of(b) + 4, 2) && ip_of(a)[9] == ip_of(b)[9] &&
	       !memcmp(ip_of(a) + 12, ip_of(b) + 12, 8);
}

/* How far a datagram has come. */
struct assembly {
	uint8_t byte[DATAGRAM_MAX];
	bool have[DATAGRAM_MAX];
	int total; /* 0: not known yet */
	const struct wire *first;
	bool spoilt;
};

static void add_piece(struct assembly *a, const struct wire *w)
{
	uint16_t word = get16(ip_of(w) + 6);
	int from = (word & IP_OFFSET) * 8, length = get16(ip_of(w) + 2) - header_of(w);
	int known = 0;

	if (from + length > DATAGRAM_MAX) {
		a->spoilt = true;
		return;
	}
	/* What is there already, all of it, is not looked at again; what overlaps is not believed.
	 */
	for (int i = 0; i < length; i++)
		known += a->have[from + i];
	if (length && known == length)
		return;
	for (int i = 0; i < length; i++) {
		a->have[from + i] = true;
		a->byte[from + i] = ip_of(w)[header_of(w) + i];
	}
	a->spoilt = a->spoilt || known;
	if (!from)
		a->first = w;
	if (!(word & FRAME_MF))
		a->total = from + length;
}

static bool complete(const struct assembly *a)
{
	if (a->spoilt || !a->total || !a->first)
		return false;
	for (int i = 0; i < a->total; i++) {
		if (!a->have[i])
			return false;
	}
	return true;
}

static void finish(const struct assembly *a, struct outputs *o)
{
	struct wire *w = &o->datagram[o->datagrams++];
	struct dissected *d = &o->frame[o->frames++];
	int header = header_of(a->first);
	uint8_t *ip = w->byte + ETHERNET;

	w->interface = a->first->interface;
	w->length = ETHERNET + header + a->total;
	memcpy(w->byte, a->first->byte, ETHERNET + header);
	memcpy(ip + header, a->byte, a->total);
	/* As if it had come so: the error of the header's checksum stays. */
	set16(ip + 10, ones_add(get16(ip + 10), get16(ip + 2)));
	set16(ip + 2, header + a->total);
	set16(ip + 10, ones_add(get16(ip + 10), ~get16(ip + 2)));
	set16(ip + 10, ones_add(get16(ip + 10), get16(ip + 6)));
	set16(ip + 6, get16(ip + 6) & FRAME_DF);
	set16(ip + 10, ones_add(get16(ip + 10), ~get16(ip + 6)));
	dissect(w, d);
	d->reassembled = true;
}

/*
 * All pieces of the datagram that @i is of, unless that was done already. What comes when it is
 * whole begins another one, as it does for hosts.
 */
static void gather(struct outputs *o, int i, bool *done)
{
	static struct assembly a;
	struct dissected d;
	int left = -1;

	memset(&a, 0, sizeof(a));
	for (int k = i; k < o->wires; k++) {
		dissect(&o->wire[k], &d);
		if (done[k] || !d.fragment || !same_datagram(&o->wire[i], &o->wire[k]))
			continue;
		done[k] = true;
		add_piece(&a, &o->wire[k]);
		left = left < 0 ? k : left;
		if (!complete(&a))
			continue;
		finish(&a, o);
		memset(&a, 0, sizeof(a));
		left = -1;
	}
	/* One stands for all of them. */
	if (left >= 0)
		dissect(&o->wire[left], &o->frame[o->frames++]);
}

void reassemble(struct outputs *o)
{
	bool done[OUTPUTS_MAX] = {};

	o->frames = o->datagrams = 0;
	for (int i = 0; i < o->wires; i++) {
		struct dissected *d = &o->frame[o->frames];

		if (done[i])
			continue;
		dissect(&o->wire[i], d);
		if (d->fragment)
			gather(o, i, done);
		else
			o->frames++;
	}
}
