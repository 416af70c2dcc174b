// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* dns_api_compare, _match, _wanted and _list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_api_compare.h"
#include "dns_api_match.h"
#include "dns_api_wanted.h"
#include "unit.h"
#include "util.h"

#define NAME "rustdesk.example.com"

struct world {
	struct dns_api_list wanted, listed, owned;
	struct dns_api_input in;
	struct dns_api_plan plan;
};

static void want(struct world *w, const char *name, const char *addresses)
{
	struct dns_name parsed;

	assert_int_equal(dns_name_parse(name, addresses, NULL, &parsed, NULL), 0);
	assert_int_equal(dns_api_wanted_adguardhome(&parsed, 1, "one", &w->wanted), 0);
}

static void want_pihole(struct world *w, const char *name, const char *addresses)
{
	struct dns_name parsed;

	assert_int_equal(dns_name_parse(name, addresses, NULL, &parsed, NULL), 0);
	assert_int_equal(dns_api_wanted_pihole(&parsed, 1, "one", &w->wanted), 0);
}

static void list(struct world *w, enum dns_api_kind kind, const char *text)
{
	assert_non_null(dns_api_list_add(&w->listed, kind, text));
}

static void own(struct world *w, enum dns_api_kind kind, const char *text, const char *name,
		const char *instance)
{
	struct dns_api_entry *entry = dns_api_list_add(&w->owned, kind, text);

	assert_non_null(entry);
	strcpy(entry->name, name);
	strcpy(entry->instance, instance);
}

static void compare(struct world *w, const char *instance, const char *name)
{
	w->in = (struct dns_api_input){ &w->wanted, &w->listed, &w->owned, { instance, name } };
	assert_int_equal(dns_api_compare(&w->in, &w->plan), 0);
}

static void add_text(char buf[1024], const char *sign, const struct dns_api_entry *entry)
{
	strcat(buf, *buf ? ", " : "");
	strcat(buf, sign);
	strcat(buf, entry->text);
}

/* "+ADD, -DELETE, =WAS>IS, ?OFF, !TWICE" */
static void check_plan(struct world *w, const char *what, const char *wanted)
{
	char got[1024] = "";

	for (size_t i = 0; i < w->plan.changes; i++) {
		const struct dns_api_change *change = &w->plan.change[i];

		if (change->is && change->was) {
			add_text(got, "=", change->was);
			strcat(got, ">");
			strcat(got, change->is->text);
		} else {
			add_text(got, change->is ? "+" : "-",
				 change->is ? change->is : change->was);
		}
	}
	for (size_t i = 0; i < w->plan.notes; i++)
		add_text(got, w->plan.note[i].why == DNS_API_OFF ? "?" : "!",
			 w->plan.note[i].entry);
	check_text(what, got, wanted);
}

/* What is natloop's afterwards. */
static void check_owned(struct world *w, const char *what, bool done, const char *wanted)
{
	struct dns_api_list after = { .count = 0 };
	char got[1024] = "";

	assert_int_equal(dns_api_owned_after(&w->in, &w->plan, done, &after), 0);
	for (size_t i = 0; i < after.count; i++)
		add_text(got, "", &after.entry[i]);
	dns_api_list_free(&after);
	check_text(what, got, wanted);
}

static void begin_all(struct world *w)
{
	for (size_t i = 0; i < w->plan.changes; i++)
		w->plan.change[i].begun = true;
}

static void end(struct world *w)
{
	dns_api_plan_free(&w->plan);
	dns_api_list_free(&w->wanted);
	dns_api_list_free(&w->listed);
	dns_api_list_free(&w->owned);
}

static void first_and_again(void **state)
{
	struct world w = { .plan = { .changes = 0 } };

	(void)state;
	want(&w, NAME, "192.168.11.20,fd00::20");
	list(&w, DNS_API_REWRITE, "nas.example.com 192.168.11.40");
	compare(&w, "one", NULL);
	check_plan(&w, "first", "+" NAME " 192.168.11.20, +" NAME " fd00::20");
	check_owned(&w, "refused", false, "");
	w.plan.change[0].begun = true;
	check_owned(&w, "cut off", false, NAME " 192.168.11.20");
	begin_all(&w);
	check_owned(&w, "done", true, NAME " 192.168.11.20, " NAME " fd00::20");
	dns_api_plan_free(&w.plan);

	list(&w, DNS_API_REWRITE, "RUSTDESK.example.com 192.168.11.20");
	list(&w, DNS_API_REWRITE, NAME " FD00:0::20");
	compare(&w, "one", NULL);
	check_plan(&w, "in another spelling", "");
	check_owned(&w, "what others made", true, "");
	end(&w);
}

static void update_and_delete(void **state)
{
	struct world w = { .plan = { .changes = 0 } };

	(void)state;
	want(&w, NAME, "192.168.11.21");
	list(&w, DNS_API_REWRITE, NAME " 192.168.11.20");
	list(&w, DNS_API_REWRITE, NAME " fd00::20");
	list(&w, DNS_API_REWRITE, "old.example.com 192.168.11.20");
	list(&w, DNS_API_REWRITE, "theirs.example.com 192.168.11.20");
	own(&w, DNS_API_REWRITE, NAME " 192.168.11.20", NAME, "one");
	own(&w, DNS_API_REWRITE, NAME " fd00::20", NAME, "one");
	own(&w, DNS_API_REWRITE, "old.example.com 192.168.11.20", "old.example.com", "one");
	own(&w, DNS_API_REWRITE, "theirs.example.com 192.168.11.20", "theirs.example.com", "two");
	own(&w, DNS_API_REWRITE, "gone.example.com 192.168.11.20", "gone.example.com", "one");
	compare(&w, "one", NULL);
	check_plan(&w, "of the instance",
		   "=" NAME " 192.168.11.20>" NAME " 192.168.11.21, -" NAME " fd00::20, "
		   "-old.example.com 192.168.11.20");
	begin_all(&w);
	check_owned(&w, "of the instance", true,
		    "theirs.example.com 192.168.11.20, " NAME " 192.168.11.21");
	dns_api_plan_free(&w.plan);

	/* One name, given: that of others stays, and so does a name of any instance. */
	compare(&w, "", NAME);
	check_plan(&w, "of one name",
		   "=" NAME " 192.168.11.20>" NAME " 192.168.11.21, -" NAME " fd00::20");
	dns_api_plan_free(&w.plan);
	dns_api_list_free(&w.wanted);
	compare(&w, "", "theirs.example.com");
	check_plan(&w, "remove", "-theirs.example.com 192.168.11.20");
	end(&w);
}

static void not_ours(void **state)
{
	static const struct {
		enum dns_api_kind kind;
		const char *text;
		bool off, conflict;
	} cases[] = {
		{ DNS_API_REWRITE, NAME " 192.168.11.9", false, true },
		{ DNS_API_REWRITE, NAME " 192.168.11.9", true, false },
		{ DNS_API_REWRITE, "RustDesk.example.com other.example.com", false, true },
		{ DNS_API_REWRITE, "*.example.com 192.168.11.9", false, false },
		{ DNS_API_REWRITE, "x" NAME " 192.168.11.9", false, false },
		{ DNS_API_HOST, "192.168.11.9 other.example.com " NAME, false, true },
		{ DNS_API_HOST, "192.168.11.9\tother.example.com", false, false },
		{ DNS_API_HOST, "", false, false },
		{ DNS_API_CNAME, "RUSTDESK.example.com,other.example.com", false, true },
		{ DNS_API_CNAME, "other.example.com," NAME, false, false },
		{ DNS_API_LINE, "address=/" NAME "/192.168.11.9", false, true },
		{ DNS_API_LINE, "server=/x/" NAME "/192.168.11.9", false, true },
		{ DNS_API_LINE, "server=/*." NAME "/192.168.11.9", false, false },
		{ DNS_API_LINE, "host-record=" NAME ",192.168.11.9", false, true },
		{ DNS_API_LINE, "rebind-domain-ok=/" NAME "/", false, false },
		{ DNS_API_LINE, "# address=/" NAME "/192.168.11.9", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world w = { .plan = { .changes = 0 } };

		want(&w, NAME, "192.168.11.20");
		list(&w, cases[i].kind, cases[i].text);
		w.listed.entry[0].off = cases[i].off;
		compare(&w, "one", NULL);
		CHECK(!!w.plan.conflict == cases[i].conflict, "'%s': %s", cases[i].text,
		      w.plan.conflict ? "a conflict" : "no conflict");
		CHECK(w.plan.changes == !cases[i].conflict, "'%s': %zu changes", cases[i].text,
		      w.plan.changes);
		if (w.plan.conflict)
			assert_string_equal(w.plan.conflict_name, NAME);
		end(&w);
	}
}

static void off_and_twice(void **state)
{
	struct world w = { .plan = { .changes = 0 } };

	(void)state;
	want(&w, NAME, "192.168.11.20");
	list(&w, DNS_API_REWRITE, NAME " 192.168.11.20");
	w.listed.entry[0].off = true;
	list(&w, DNS_API_REWRITE, "old.example.com 192.168.11.20");
	list(&w, DNS_API_REWRITE, "old.example.com 192.168.11.20");
	own(&w, DNS_API_REWRITE, "old.example.com 192.168.11.20", "old.example.com", "one");
	compare(&w, "one", NULL);
	check_plan(&w, "off and twice", "?" NAME " 192.168.11.20, !old.example.com 192.168.11.20");
	check_owned(&w, "twice: still ours", true, "old.example.com 192.168.11.20");
	end(&w);
}

static void pihole(void **state)
{
	struct world w = { .plan = { .changes = 0 } };

	(void)state;
	want_pihole(&w, NAME, "192.168.11.20");
	list(&w, DNS_API_HOST, "192.168.11.20  nas.example.com  RustDesk.example.com # mine");
	list(&w, DNS_API_LINE, "server=/*." NAME "/#");
	compare(&w, "one", NULL);
	check_plan(&w, "in part there", "+local=/" NAME "/");
	dns_api_plan_free(&w.plan);

	own(&w, DNS_API_HOST, "192.168.11.19 " NAME, NAME, "");
	list(&w, DNS_API_HOST, "192.168.11.19 " NAME);
	compare(&w, "one", NULL);
	check_plan(&w, "another address", "+local=/" NAME "/, -192.168.11.19 " NAME);
	end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_and_again), cmocka_unit_test(update_and_delete),
		cmocka_unit_test(not_ours),	   cmocka_unit_test(off_and_twice),
		cmocka_unit_test(pihole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
