// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow filters against a comparison of texts: addresses and ports have one way to be written.
 * Input: a flow (26 bytes), then the words, one a line.
 */
#include <errno.h>
#include <netinet/in.h>

#include "flow_filter.h"
#include "slow_text.h"

#define MAX_WORDS 8

static const char *const states[] = { "udp", "opening", "established", "closing", "expired" };
static const char *const ends[] = { "client", "public", "server", "snat" };

static struct natloop_addr take_address(struct fuzz_input *in)
{
	return slow_mapped(fuzz_u32(in));
}

static struct flow_view take_flow(struct fuzz_input *in)
{
	struct flow_view flow = { .proto = IPPROTO_UDP };

	flow.proto = fuzz_u8(in) & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	flow.state = states[fuzz_u8(in) % 5];
	flow.to_server.src = take_address(in);
	flow.to_server.dst = take_address(in);
	flow.to_client.src = take_address(in);
	flow.to_client.dst = take_address(in);
	flow.to_server.sport = htons(fuzz_u16(in));
	flow.to_server.dport = htons(fuzz_u16(in));
	flow.to_client.sport = htons(fuzz_u16(in));
	flow.to_client.dport = htons(fuzz_u16(in));
	return flow;
}

struct said {
	unsigned int keys; /* a bit for each key that came */
	bool matches;
};

static void once(struct said *said, unsigned int bit, bool *good)
{
	*good = *good && !(said->keys & 1U << bit);
	said->keys |= 1U << bit;
}

static bool slow_end(const char *value, enum flow_end end, const struct flow_view *flow,
		     struct said *said)
{
	size_t colon = strcspn(value, ":");
	const struct natloop_addr *addr;
	char text[ADDRESS_TEXT_MAX];
	uint32_t host, port;
	__be16 flow_port;

	if (!slow_v4(value, colon, &host))
		return false;
	if (value[colon] &&
	    !slow_number(value + colon + 1, strlen(value + colon + 1), 1, 65535, &port))
		return false;
	addr = flow_end(flow, end, &flow_port);
	if (value[colon])
		address_format_port(addr, flow_port, text, sizeof(text));
	else
		address_format(addr, text, sizeof(text));
	said->matches = said->matches && !strcmp(text, value);
	return true;
}

/* One word: is it good after those that @said holds, and what does it say of @flow? */
static bool slow_word(const char *word, const struct flow_view *flow, struct said *said)
{
	const char *equals = strchr(word, '=');
	const char *proto = flow->proto == IPPROTO_TCP ? "tcp" : "udp";
	bool good = true;

	if (!equals)
		return false;
	if (!strncmp(word, "proto=", 6)) {
		once(said, 0, &good);
		said->matches = said->matches && !strcmp(equals + 1, proto);
		return good && (!strcmp(equals + 1, "tcp") || !strcmp(equals + 1, "udp"));
	}
	if (!strncmp(word, "state=", 6)) {
		once(said, 1, &good);
		said->matches = said->matches && !strcmp(equals + 1, flow->state);
		for (int i = 0; i < 4 && good; i++)
			if (!strcmp(equals + 1, states[i]))
				return true;
		return false;
	}
	for (unsigned int i = 0; i < FLOW_END_COUNT; i++) {
		if (strncmp(word, ends[i], (size_t)(equals - word)) != 0 ||
		    strlen(ends[i]) != (size_t)(equals - word))
			continue;
		once(said, 2 + i, &good);
		return slow_end(equals + 1, (enum flow_end)i, flow, said) && good;
	}
	return false;
}

static void check_words(int count, char *const *words, const struct flow_view *flow)
{
	struct flow_filter filter = { .proto = 99 };
	struct said said = { .matches = true };
	struct problem p = { .usage = false };
	int bad = 0, err = flow_filter_parse(count, words, &filter, &p);

	while (bad < count && slow_word(words[bad], flow, &said))
		bad++;
	if (bad < count) {
		FUZZ_CHECK(err == -EINVAL, "\"%s\" was taken", words[bad]);
		FUZZ_CHECK(filter.proto == 99, "\"%s\" touched the filter", words[bad]);
		check_problem(&p, words[bad]);
		return;
	}
	FUZZ_CHECK(!err, "\"%s\" was refused: %s", p.object, p.what);
	FUZZ_CHECK(flow_filter_match(&filter, flow) == said.matches, "matches: not %d",
		   said.matches);
	FUZZ_CHECK(flow_filter_is_empty(&filter) == !count, "%d words", count);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	struct flow_view flow = take_flow(&in);
	char *words[MAX_WORDS], *text, *rest;
	int count = 0;

	text = rest = fuzz_text(&in);
	if (*text)
		while (count < MAX_WORDS && (words[count] = strsep(&rest, "\n")))
			count++;
	check_words(count, words, &flow);
	free(text);
	return 0;
}
