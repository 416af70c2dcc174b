/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What must hold of whatever the parsers of the router's rules make of a text. */
#ifndef IMPORT_CHECK_H
#define IMPORT_CHECK_H

#include <errno.h>
#include <netinet/in.h>

#include "address.h"
#include "conflicts_hairpin.h"
#include "forward_text.h"
#include "fuzz.h"
#include "import.h"

typedef int (*import_parse_fn)(const char *text, struct import *ret, struct problem *p);
typedef int (*import_ruleset_fn)(const char *text, struct import_ruleset *ret, struct problem *p);

/* It is a forward that a user could have typed. */
static void check_forward(const struct natloop_forward *f)
{
	static struct settings s;
	char text[FORWARD_TEXT_MAX];
	struct problem p;

	s.forwards = 0;
	forward_format(f, text, sizeof(text));
	FUZZ_CHECK(!forward_parse(text, &s, &p), "%s: %s", text, p.what);
	FUZZ_CHECK(s.forwards == 1 && !memcmp(&s.forward[0], f, sizeof(*f)),
		   "%s is another forward", text);
}

static void check_rules(const struct import *imported)
{
	for (size_t i = 0; i < imported->rules; i++) {
		const struct import_rule *rule = &imported->rule[i];

		FUZZ_CHECK(rule->text, "a rule without text");
		FUZZ_CHECK(rule->forwards || rule->skipped, "nothing said of: %s", rule->text);
		for (size_t k = 0; k < rule->forwards; k++)
			check_forward(&rule->forward[k]);
	}
}

/* Is the port of one of @count forwards, and sent to the same place? NULL: of none. */
static const struct natloop_forward *find_port(const struct natloop_forward *list, size_t count,
					       __u8 proto, unsigned int port)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].proto == proto && port >= list[i].first && port <= list[i].last)
			return &list[i];
	return NULL;
}

/* The first rule that has a port says where it goes, and nothing else is added. */
static void check_added(const struct import *before, const struct settings *s)
{
	static uint8_t seen[2][65536];
	size_t ports = 0, added = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < before->rules; i++) {
		for (size_t k = 0; k < before->rule[i].forwards; k++) {
			const struct natloop_forward *f = &before->rule[i].forward[k];
			uint8_t *mark = seen[f->proto == IPPROTO_TCP];

			for (unsigned int port = f->first; port <= f->last; port++) {
				const struct natloop_forward *got;

				if (mark[port]++)
					continue;
				ports++;
				got = find_port(s->forward, s->forwards, f->proto, port);
				FUZZ_CHECK(got && !memcmp(&got->server, &f->server, 16) &&
						   got->server_first + port - got->first ==
							   f->server_first + port - f->first,
					   "port %u goes elsewhere", port);
				if (mark[port] == UINT8_MAX)
					mark[port] = 1;
			}
		}
	}
	for (size_t i = 0; i < s->forwards; i++)
		added += (size_t)s->forward[i].last - s->forward[i].first + 1;
	FUZZ_CHECK(added == ports, "%zu ports became %zu", ports, added);
}

/* Whatever the rules are, the question for a reflection comes to an end, with the rules' texts. */
static void check_reflected(import_ruleset_fn read, const char *text)
{
	struct natloop_forward forward = {
		.proto = IPPROTO_TCP, .first = 80, .last = 90, .server_first = 8080
	};
	const struct hairpin_question question = {
		.forward = &forward,
		.public = 0xac101001,
		.input = "eth1",
		.clients = { 0xc0a80b00, 0xc0a80bff },
		.output = "eth1",
	};
	struct import_ruleset set = { .chains = 0 };
	struct hairpin_answer answer;
	struct problem p;
	char remedy[320];

	(void)address_parse("192.168.11.20", &forward.server, NULL);
	if (!read(text, &set, &p) && hairpin_find(&set, 1, &question, &answer)) {
		FUZZ_CHECK(answer.dnat->text && answer.snat->text, "a rule without text");
		FUZZ_CHECK(*hairpin_remedy(&answer, remedy, sizeof(remedy)), "no remedy");
	}
	import_ruleset_free(&set);
}

static int check_import(import_parse_fn parse, import_ruleset_fn read, const uint8_t *byte,
			size_t length)
{
	struct fuzz_input in = { byte, length };
	struct import imported = { .rule = NULL }, again = { .rule = NULL };
	struct problem p = { .usage = false };
	static struct settings s;
	char *text = fuzz_text(&in);
	int err = parse(text, &imported, &p);

	check_reflected(read, text);
	if (err) {
		FUZZ_CHECK(err == -EPROTO || err == -ELOOP, "error %d", err);
		FUZZ_CHECK(!imported.rule && !imported.rules, "touched by what was refused");
		FUZZ_CHECK(*p.what && *p.remedy && !p.usage, "no whole sentence");
		free(text);
		return 0;
	}
	check_rules(&imported);
	FUZZ_CHECK(!parse(text, &again, &p), "refused the second time: %s", p.what);
	FUZZ_CHECK(again.rules == imported.rules, "%zu rules, then %zu", imported.rules,
		   again.rules);
	memset(&s, 0, sizeof(s));
	if (!import_add_forwards(&imported, &s, &p)) {
		check_rules(&imported);
		check_added(&again, &s);
	} else {
		FUZZ_CHECK(!s.forwards, "%zu forwards are left", s.forwards);
	}
	import_free(&imported);
	import_free(&again);
	free(text);
	return 0;
}

#endif
