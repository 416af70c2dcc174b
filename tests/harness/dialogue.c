// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dialogue.h"

#include <netinet/in.h>

#include "tables.h"

struct dialogue dialogue_with(uint8_t proto)
{
	return (struct dialogue){
		.proto = proto,
		.client = CLIENT,
		.port = 40000,
		.public = PUBLIC,
		.dialled = 21116,
		.server = SERVER,
		.server_port = 21116,
		.snat = PUBLIC,
		.snat_port = 40000,
	};
}

struct frame client_says(const struct dialogue *d)
{
	return frame_from(d->proto, d->client, d->port, d->public, d->dialled);
}

struct frame server_hears(const struct dialogue *d, const struct frame *in)
{
	return frame_translated(in, d->snat, d->snat_port, d->server, d->server_port);
}

struct frame server_says(const struct dialogue *d)
{
	return frame_from(d->proto, d->server, d->server_port, d->snat, d->snat_port);
}

struct frame client_hears(const struct dialogue *d, const struct frame *in)
{
	return frame_translated(in, d->public, d->dialled, d->client, d->port);
}

static struct frame first_packet(const struct dialogue *d)
{
	struct frame in = client_says(d);

	in.flags = SYN;
	return in;
}

void dialogue_open(struct prog_run *r, const struct dialogue *d)
{
	struct frame in = first_packet(d);
	struct frame out = server_hears(d, &in);

	expect_sent(r, &in, &out, NATLOOP_NEW_FLOW);
}

void dialogue_open_moved(struct prog_run *r, struct dialogue *d)
{
	struct frame in = first_packet(d), out;
	struct prog_result result = {};
	struct wire before = {}, after = {};

	frame_write(&in, &before);
	prog_run(r, &before, &result);
	CHECK(result.outcome == NATLOOP_NEW_FLOW, "%s: outcome %s, not new_flow", r->label,
	      outcome_name(result.outcome));
	d->snat_port = tables_snat_port(r, &in);
	out = server_hears(d, &in);
	frame_write(&out, &after);
	expect_packet(r, &before, &after, &result.out);
}

void dialogue_to_server(struct prog_run *r, const struct dialogue *d)
{
	struct frame in = client_says(d);
	struct frame out = server_hears(d, &in);

	expect_sent(r, &in, &out, NATLOOP_TO_SERVER);
}

void dialogue_to_client(struct prog_run *r, const struct dialogue *d)
{
	struct frame in = server_says(d);
	struct frame out = client_hears(d, &in);

	expect_sent(r, &in, &out, NATLOOP_TO_CLIENT);
}
