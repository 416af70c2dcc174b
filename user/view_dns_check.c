// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "view_dns_check.h"

#include "address.h"

static const char *const over_key[] = { [DNS_UDP] = "udp", [DNS_TCP] = "tcp" };
static const char *const kind_key[] = { [DNS_A] = "a", [DNS_AAAA] = "aaaa", [DNS_HTTPS] = "https" };

static void write_addresses(struct writer *w, const char *key, const struct natloop_addr *a,
			    size_t count)
{
	char text[ADDRESS_TEXT_MAX];

	writer_open(w, key, WRITER_LIST);
	for (size_t i = 0; i < count; i++)
		writer_string(w, NULL, address_format(&a[i], text, sizeof(text)));
	writer_close(w);
}

static void write_reply(struct writer *w, const struct dns_response *r, enum dns_kind kind)
{
	char text[DNS_SENTENCE_MAX];

	writer_open(w, kind_key[kind], WRITER_OBJECT);
	writer_string(w, "reply", dns_response_text(r, kind, text, sizeof(text)));
	write_addresses(w, "addresses", r->address, r->addresses);
	writer_string(w, "alias", r->alias);
	if (kind == DNS_HTTPS)
		writer_string(w, "target", r->target);
	writer_close(w);
}

static void write_resolver(struct writer *w, const struct dns_check *c, size_t i, bool deep)
{
	const struct dns_finding *f = &c->each[i];
	char text[DNS_SENTENCE_MAX];

	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "resolver", dns_resolver_text(&c->resolver[i], text));
	writer_string(w, "verdict", dns_verdict_name(f->verdict));
	writer_string(w, "client", dns_finding_text(c, f, text, sizeof(text)));
	for (int over = 0; deep && over < DNS_OVERS; over++) {
		writer_open(w, over_key[over], WRITER_OBJECT);
		for (int kind = 0; kind < DNS_KINDS; kind++)
			write_reply(w, &c->resolver[i].reply[over][kind], kind);
		writer_close(w);
	}
	writer_close(w);
}

static void write_answers(struct writer *w, const struct dns_check *c)
{
	char text[DNS_SENTENCE_MAX];

	writer_open(w, "answers", WRITER_LIST);
	for (size_t i = 0; i < c->count * DNS_OVERS; i++) {
		const struct dns_resolver *r = &c->resolver[i / DNS_OVERS];

		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "resolver", dns_resolver_text(r, text));
		writer_string(w, "over", over_key[i % DNS_OVERS]);
		for (int kind = 0; kind < DNS_KINDS; kind++)
			writer_string(w, kind_key[kind],
				      dns_response_text(&r->reply[i % DNS_OVERS][kind], kind, text,
							sizeof(text)));
		writer_close(w);
	}
	writer_close(w);
}

static void write_remarks(struct writer *w, const struct dns_check *c, const char *note)
{
	char text[DNS_SENTENCE_MAX];

	writer_open(w, "notes", WRITER_LIST);
	if (*note)
		writer_string(w, NULL, note);
	for (size_t i = 0; i < c->count; i++)
		for (size_t n = 0; dns_remark(c, i, n, text, sizeof(text)); n++)
			writer_string(w, NULL, text);
	writer_close(w);
}

void view_dns_check(struct writer *w, const struct dns_check *c, const char *note, bool deep)
{
	char text[2 * DNS_SENTENCE_MAX];

	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "name", c->name);
	write_addresses(w, "server", c->world.server, c->world.servers);
	write_addresses(w, "public", c->world.public, c->world.publics);
	if (!deep)
		write_answers(w, c);
	writer_open(w, "resolvers", WRITER_LIST);
	for (size_t i = 0; i < c->count; i++)
		write_resolver(w, c, i, deep);
	writer_close(w);
	write_remarks(w, c, note);
	writer_string(w, "verdict", dns_verdict_name(c->all.verdict));
	writer_string(w, "says", dns_overall_text(c, text, sizeof(text)));
	writer_string(w, "next", dns_next_step(c, text, sizeof(text)));
	writer_close(w);
}
