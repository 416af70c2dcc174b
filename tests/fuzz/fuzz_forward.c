// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SPEC text against a regular expression and the rules in words. Input: SPECs, one a line, that are
 * added to one set of settings. What is accepted must come back from its canonical text.
 */
#include <errno.h>
#include <netinet/in.h>
#include <regex.h>

#include "../unit/same_settings.h"
#include "forward_text.h"
#include "slow_text.h"

#define PORTS "([0-9]+)(-([0-9]+))?"
#define SPEC_PATTERN "^(tcp|udp|tcp\\+udp)/" PORTS "=([0-9.]+)(:" PORTS ")?$"
#define PRESET_PATTERN "^(rustdesk(-pro|-web)?)=([0-9.]+)$"

/* Groups of the patterns. */
enum group {
	PROTO = 1,
	FIRST = 2,
	LAST = 4,
	SERVER = 5,
	TARGET = 6,
	TARGET_FIRST = 7,
	TARGET_LAST = 9,
	PRESET_KIND = 2,
	PRESET_SERVER = 3,
};

struct matched {
	const char *spec;
	regmatch_t group[TARGET_LAST + 1];
};

struct meaning {
	struct natloop_forward forward[3];
	int count;
};

static bool match(const char *pattern, regex_t *regex, const char *spec, struct matched *ret)
{
	if (!regex->re_nsub)
		FUZZ_CHECK(!regcomp(regex, pattern, REG_EXTENDED), "%s", pattern);
	ret->spec = spec;
	return !regexec(regex, spec, TARGET_LAST + 1, ret->group, 0);
}

static bool port(const struct matched *m, enum group group, uint32_t *ret)
{
	const regmatch_t *g = &m->group[group];

	return slow_number(m->spec + g->rm_so, (size_t)(g->rm_eo - g->rm_so), 1, 65535, ret);
}

static bool server(const struct matched *m, enum group group, struct natloop_addr *ret)
{
	const regmatch_t *g = &m->group[group];
	uint32_t host;

	if (!slow_host(m->spec + g->rm_so, (size_t)(g->rm_eo - g->rm_so), &host))
		return false;
	*ret = slow_mapped(host);
	return true;
}

static bool given(const struct matched *m, enum group group)
{
	return m->group[group].rm_so >= 0;
}

static void add(struct meaning *m, uint8_t proto, uint32_t first, uint32_t last,
		uint32_t server_first, const struct natloop_addr *server)
{
	m->forward[m->count++] = (struct natloop_forward){
		.proto = proto,
		.first = first,
		.last = last,
		.server_first = server_first,
		.server = *server,
	};
}

static bool preset_means(const struct matched *m, struct meaning *ret)
{
	const char *kind = given(m, PRESET_KIND) ? m->spec + m->group[PRESET_KIND].rm_so : "";
	struct natloop_addr to;

	if (!server(m, PRESET_SERVER, &to))
		return false;
	add(ret, IPPROTO_TCP, 21115, 21117, 21115, &to);
	add(ret, IPPROTO_UDP, 21116, 21116, 21116, &to);
	if (!strncmp(kind, "-pro", 4))
		add(ret, IPPROTO_TCP, 21114, 21114, 21114, &to);
	if (!strncmp(kind, "-web", 4))
		add(ret, IPPROTO_TCP, 21118, 21119, 21118, &to);
	return true;
}

/* What @spec means, if it means anything. */
static bool slow_parse(const char *spec, struct meaning *ret)
{
	static regex_t preset, forward;
	uint32_t first, last, to_first, to_last;
	struct natloop_addr to;
	struct matched m;

	if (strlen(spec) >= FORWARD_TEXT_MAX)
		return false;
	if (match(PRESET_PATTERN, &preset, spec, &m))
		return preset_means(&m, ret);
	if (!match(SPEC_PATTERN, &forward, spec, &m) || !server(&m, SERVER, &to) ||
	    !port(&m, FIRST, &first))
		return false;
	last = first;
	if (given(&m, LAST) && !port(&m, LAST, &last))
		return false;
	to_first = first;
	if (given(&m, TARGET) && !port(&m, TARGET_FIRST, &to_first))
		return false;
	to_last = to_first + last - first;
	if (given(&m, TARGET_LAST) &&
	    (!port(&m, TARGET_LAST, &to_last) || to_last - to_first != last - first))
		return false;
	if (first > last || to_last < to_first || to_last > 65535)
		return false;
	if (spec[0] == 't')
		add(ret, IPPROTO_TCP, first, last, to_first, &to);
	if (spec[0] == 'u' || spec[3] == '+')
		add(ret, IPPROTO_UDP, first, last, to_first, &to);
	return true;
}

/* Adds what @m means, unless it takes a port of another forward. */
static bool slow_add(struct settings *s, const struct meaning *m)
{
	for (int i = 0; i < m->count; i++) {
		const struct natloop_forward *new = &m->forward[i];
		bool there = false;

		for (size_t k = 0; k < s->forwards && !there; k++) {
			const struct natloop_forward *old = &s->forward[k];
			uint32_t low = old->first > new->first ? old->first : new->first;
			uint32_t high = old->last < new->last ? old->last : new->last;

			there = !memcmp(old, new, sizeof(*old));
			if (!there && old->proto == new->proto &&low <= high)
				return false;
		}
		if (there)
			continue;
		if (s->forwards == NATLOOP_MAX_FORWARDS)
			return false;
		s->forward[s->forwards++] = *new;
	}
	return true;
}

static void check_spec(const char *spec, struct settings *s)
{
	static struct settings expected;
	struct meaning meaning = { .count = 0 };
	struct problem p = { .usage = false };
	int err;

	expected = *s;
	if (!slow_parse(spec, &meaning) || !slow_add(&expected, &meaning)) {
		expected = *s;
		err = forward_parse(spec, s, &p);
		FUZZ_CHECK(err == -EINVAL, "\"%s\" was taken", spec);
		check_problem(&p, spec);
		FUZZ_CHECK(!strchr(p.what, '\n') && !strchr(p.remedy, '\n'), "not one line");
	} else {
		err = forward_parse(spec, s, &p);
		FUZZ_CHECK(!err, "\"%s\" was refused: %s", spec, p.what);
	}
	FUZZ_CHECK(same_settings(s, &expected), "\"%s\" means something else", spec);
}

static void check_round_trip(const struct natloop_forward *forward)
{
	static struct settings again;
	struct problem p = { .usage = false };
	char text[FORWARD_TEXT_MAX];

	again.forwards = 0;
	forward_format(forward, text, sizeof(text));
	FUZZ_CHECK(!forward_parse(text, &again, &p), "%s: %s", text, p.what);
	FUZZ_CHECK(again.forwards == 1, "%s became %zu forwards", text, again.forwards);
	FUZZ_CHECK(!memcmp(&again.forward[0], forward, sizeof(*forward)), "%s changed", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	static struct settings s;
	struct fuzz_input in = { byte, length };
	char *text = fuzz_text(&in), *rest = text, *spec;

	memset(&s, 0, sizeof(s));
	while ((spec = strsep(&rest, "\n")))
		check_spec(spec, &s);
	for (size_t i = 0; i < s.forwards; i++)
		check_round_trip(&s.forward[i]);
	free(text);
	return 0;
}
