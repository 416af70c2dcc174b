// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_match.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "hostname.h"
#include "util.h"

#define ADDRESS_MAX 64
#define BLANK " \t"

/* Part of a text. */
struct piece {
	const char *text;
	size_t length;
};

/* The next word of *@text, which moves behind it; of length 0 at the end. */
static struct piece next_word(const char **text)
{
	struct piece word = { *text + strspn(*text, BLANK), 0 };

	word.length = strcspn(word.text, BLANK);
	*text = word.text + word.length;
	return word;
}

static bool same_text(struct piece a, struct piece b)
{
	return a.length == b.length && !strncasecmp(a.text, b.text, a.length);
}

/* Fills @ret; false: it is no address. */
static bool read_address(struct piece text, struct in6_addr *ret)
{
	char copy[ADDRESS_MAX];
	struct in_addr v4;

	if (text.length >= sizeof(copy))
		return false;
	memcpy(copy, text.text, text.length);
	copy[text.length] = '\0';
	if (inet_pton(AF_INET6, copy, ret) == 1)
		return true;
	if (inet_pton(AF_INET, copy, &v4) != 1)
		return false;
	*ret = (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff } };
	memcpy(ret->s6_addr + 12, &v4, sizeof(v4));
	return true;
}

static bool same_answer(struct piece a, struct piece b)
{
	struct in6_addr one, other;

	if (read_address(a, &one) && read_address(b, &other))
		return !memcmp(&one, &other, sizeof(one));
	return same_text(a, b);
}

/* Is @name among the words? */
static bool has_word(const char *text, struct piece name)
{
	struct piece word = next_word(&text);

	while (word.length && !same_text(word, name))
		word = next_word(&text);
	return word.length;
}

bool dns_api_satisfies(const struct dns_api_entry *listed, const struct dns_api_entry *wanted)
{
	const char *theirs = listed->text, *ours = wanted->text;
	struct piece their_first, our_first;

	if (listed->kind != wanted->kind)
		return false;
	if (listed->kind == DNS_API_LINE || listed->kind == DNS_API_CNAME)
		return !strcmp(theirs, ours);
	their_first = next_word(&theirs);
	our_first = next_word(&ours);
	if (listed->kind == DNS_API_HOST)
		return same_answer(their_first, our_first) && has_word(theirs, next_word(&ours));
	return same_text(their_first, our_first) &&
	       same_answer(next_word(&theirs), next_word(&ours));
}

/* "address=/name/...", also among others: "server=/other/name/...". */
static bool is_between_slashes(const char *line, const char *name)
{
	static const char *const options[] = { "address=", "server=", "local=" };
	char wanted[DNS_NAME_MAX + 2];

	snprintf(wanted, sizeof(wanted), "/%s/", name);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strncasecmp(line, options[i], strlen(options[i])))
			return strcasestr(line, wanted);
	return false;
}

/* Is @name what @text begins with, up to a comma? */
static bool is_first_field(const char *text, const char *name)
{
	const struct piece field = { text, strcspn(text, ",") };
	const struct piece wanted = { name, strlen(name) };

	return same_text(field, wanted);
}

static bool line_concerns(const char *line, const char *name)
{
	static const char *const options[] = { "host-record=", "cname=" };

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strncasecmp(line, options[i], strlen(options[i])))
			return is_first_field(line + strlen(options[i]), name);
	return is_between_slashes(line, name);
}

bool dns_api_concerns(const struct dns_api_entry *listed, const char *name)
{
	const struct piece wanted = { name, strlen(name) };
	const char *text = listed->text;
	struct piece first;

	if (listed->kind == DNS_API_LINE)
		return line_concerns(text, name);
	if (listed->kind == DNS_API_CNAME)
		return is_first_field(text, name);
	first = next_word(&text);
	if (listed->kind == DNS_API_HOST)
		return has_word(text, wanted);
	return same_text(first, wanted);
}

bool dns_api_is_v6(const struct dns_api_entry *rewrite)
{
	return strchr(rewrite->text, ':');
}
