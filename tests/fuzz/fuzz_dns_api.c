// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of AdGuard Home and Pi-hole, the state file, and URLs. Input: which of them (1 byte),
 * then the text. Whatever a server lists, only what is natloop's goes, and of Pi-hole's lists all
 * else is sent back as it was.
 */
#include <errno.h>

#include "dns_api_answer.h"
#include "dns_api_compare.h"
#include "dns_api_pihole.h"
#include "dns_api_state.h"
#include "dns_api_url.h"
#include "dns_api_wanted.h"
#include "fuzz.h"

static void add_owned(struct dns_api_list *owned, enum dns_api_kind kind, const char *text)
{
	struct dns_api_entry *entry = dns_api_list_add(owned, kind, text);

	FUZZ_CHECK(entry, "out of memory");
	strcpy(entry->name, "a.b");
}

/* Pi-hole's answer to what was sent has all of @listed but what @plan deletes, in order. */
static void check_patch(const struct dns_api_list *listed, const struct dns_api_plan *plan)
{
	struct dns_api_settings settings = { .read_only = false };
	struct dns_api_list back = { .count = 0 };
	char *body = dns_pihole_patch(listed, plan);
	size_t at = 0;

	FUZZ_CHECK(body, "out of memory");
	(void)dns_api_answer_dns(body, strlen(body), &back, &settings);
	for (size_t i = 0; back.count && i < listed->count; i++) {
		const struct dns_api_entry *entry = &listed->entry[i];

		if (entry->kind != DNS_API_HOST || !strcmp(entry->text, "192.0.2.2 a.b"))
			continue;
		FUZZ_CHECK(at < back.count && !strcmp(back.entry[at].text, entry->text),
			   "'%s' is lost", entry->text);
		at++;
	}
	dns_api_list_free(&back);
	free(body);
}

static void check_plan(const struct dns_api_list *listed, bool pihole)
{
	struct dns_api_list wanted = { .count = 0 }, owned = { .count = 0 }, after = { .count = 0 };
	struct dns_api_input in = { &wanted, listed, &owned, { "", NULL } };
	struct dns_api_plan plan;
	struct dns_name name;

	FUZZ_CHECK(!dns_name_parse("a.b", "192.0.2.1", NULL, &name, NULL), "the name");
	add_owned(&owned, DNS_API_REWRITE, "a.b 192.0.2.2");
	add_owned(&owned, DNS_API_HOST, "192.0.2.2 a.b");
	FUZZ_CHECK(!(pihole ? dns_api_wanted_pihole : dns_api_wanted_adguardhome)(&name, 1, "",
										  &wanted),
		   "out of memory");
	FUZZ_CHECK(!dns_api_compare(&in, &plan), "out of memory");
	for (size_t i = 0; i < plan.changes; i++) {
		FUZZ_CHECK(!plan.change[i].was || dns_api_list_has(&owned, plan.change[i].was),
			   "not natloop's");
		FUZZ_CHECK(!plan.change[i].is || !dns_api_list_has(listed, plan.change[i].is),
			   "is there already");
	}
	FUZZ_CHECK(!plan.conflict || (!plan.changes && !dns_api_list_has(&owned, plan.conflict)),
		   "changes against a conflict");
	FUZZ_CHECK(!dns_api_owned_after(&in, &plan, true, &after), "out of memory");
	if (pihole)
		check_patch(listed, &plan);
	dns_api_list_free(&after);
	dns_api_plan_free(&plan);
	dns_api_list_free(&wanted);
	dns_api_list_free(&owned);
}

static void check_list(unsigned int which, const char *text, size_t length)
{
	struct dns_api_settings settings = { .read_only = false };
	struct dns_api_list list = { .count = 0 };
	int err;

	if (which == 0)
		err = dns_api_answer_rewrites(text, length, &list);
	else if (which == 1)
		err = dns_api_answer_dns(text, length, &list, &settings);
	else
		err = dns_api_answer_misc(text, length, &list, &settings);
	if (!err)
		check_plan(&list, which);
	dns_api_list_free(&list);
}

static void check_login(const char *text, size_t length)
{
	struct dns_api_login login;
	struct dns_api_error error;
	bool enabled;

	if (!dns_api_answer_login(text, length, &login))
		FUZZ_CHECK(!strpbrk(login.sid, "\r\n :"), "a header of its own");
	if (!dns_api_answer_error(text, length, &error))
		FUZZ_CHECK(!strpbrk(error.text, "\r\n;\x1b"), "more than a line");
	(void)dns_api_answer_enabled(text, length, &enabled);
}

/* What is read is written, and read again the same. */
static void check_state(const char *text, size_t length)
{
	static const struct dns_api_whose whose = { "pihole", "http://a" };
	struct dns_api_list list = { .count = 0 }, again = { .count = 0 };
	struct dns_api_state *state;
	char *made;

	if (dns_api_state_parse(text, length, &state))
		return;
	if (!dns_api_state_get(state, &whose, &list)) {
		FUZZ_CHECK(!dns_api_state_set(state, &whose, &list), "out of memory");
		made = dns_api_state_text(state);
		dns_api_state_free(state);
		FUZZ_CHECK(made && !dns_api_state_parse(made, strlen(made), &state), "not read");
		FUZZ_CHECK(!dns_api_state_get(state, &whose, &again), "not read");
		FUZZ_CHECK(list.count == again.count, "%zu and %zu", list.count, again.count);
		free(made);
	}
	dns_api_list_free(&list);
	dns_api_list_free(&again);
	dns_api_state_free(state);
}

static void check_url(const char *text)
{
	struct dns_api_url url, again;

	if (dns_api_url_parse(text, &url, NULL))
		return;
	FUZZ_CHECK(!dns_api_url_parse(url.text, &again, NULL), "%s", url.text);
	FUZZ_CHECK(!strcmp(url.text, again.text), "%s", again.text);
	FUZZ_CHECK(!strpbrk(url.text, " \r\n\"\\<>"), "%s", url.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *byte, size_t length)
{
	struct fuzz_input in = { byte, length };
	unsigned int which = fuzz_u8(&in) % 6;
	char *text = malloc(in.left + 1);

	FUZZ_CHECK(text, "out of memory");
	memcpy(text, in.byte, in.left);
	text[in.left] = '\0';
	if (which < 3)
		check_list(which, text, in.left);
	else if (which == 3)
		check_login(text, in.left);
	else if (which == 4)
		check_state(text, in.left);
	else
		check_url(text);
	free(text);
	return 0;
}
