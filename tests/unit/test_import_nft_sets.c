// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which sets the rules use that import reads, and which messages of nf_tables matter. */
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "import_json.h"
#include "import_nft_sets.h"
#include "unit.h"
#include "watch_forwards.h"

#define CHAIN(table, name)                                                                         \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"" table "\",\"name\":\"" name "\"}},"
#define BASE(table, name, type, hook)                                                              \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"" table "\",\"name\":\"" name                   \
	"\",\"type\":\"" type "\",\"hook\":\"" hook "\"}},"
#define RULE(table, chain, expr)                                                                   \
	"{\"rule\":{\"family\":\"ip\",\"table\":\"" table "\",\"chain\":\"" chain                  \
	"\",\"expr\":[" expr "]}},"
#define IN(set) "{\"match\":{\"op\":\"==\",\"left\":{\"x\":1},\"right\":\"@" set "\"}}"
#define JUMP(to) "{\"jump\":{\"target\":\"" to "\"}}"

static void used(void **state)
{
	static const char text[] = "[" BASE("nat", "pre", "nat", "prerouting") /* */
		CHAIN("nat", "deep") CHAIN("nat", "web") CHAIN("nat", "dead") BASE(
			"filter", "in", "filter",
			"input") CHAIN("filter", "web") RULE("nat", "deep", IN("four"))
			RULE("nat", "pre", IN("one") "," JUMP("web")) RULE(
				"nat", "web", "{\"vmap\":{\"key\":{},\"data\":\"@verdicts\"}}")
				RULE("nat", "dead", IN("no1")) RULE("filter", "in", IN("no2"))
					RULE("filter", "web",
					     IN("no3")) "{\"map\":{\"family\":\"ip\",\"table\":"
							"\"nat\",\"name\":\"verdicts\","
							"\"elem\":[[80,{\"goto\":{\"target\":"
							"\"deep\"}}]]}}]";
	struct json_object *objects = json_tokener_parse(text);
	char *sets = NULL;

	(void)state;
	assert_non_null(objects);
	assert_int_equal(import_nft_sets(objects, &sets), 0);
	check_text("sets", sets, "nat one\nnat verdicts\nnat four\n");
	free(sets);
	json_object_put(objects);
}

static bool matters(struct watch_forwards *f, int type, const char *table, const char *set)
{
	static char buf[512] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = (__u16)(NFNL_SUBSYS_NFTABLES << 8 | type);
	(void)mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, set);
	return watch_forwards_event(f, nlh);
}

static void events(void **state)
{
	static struct watch_forwards f = { .sets = "nat ports\nown ports2\n" };

	(void)state;
	/* As long as nothing is known all elements matter. */
	assert_true(matters(&f, NFT_MSG_NEWSETELEM, "ban", "bad"));
	f.known = f.sets_known = true;
	assert_false(matters(&f, NFT_MSG_NEWSETELEM, "ban", "bad"));
	assert_true(f.missed);
	assert_false(matters(&f, NFT_MSG_DELSETELEM, "own", "ports"));
	assert_false(matters(&f, NFT_MSG_DELSETELEM, "at", "ports"));
	assert_false(matters(&f, NFT_MSG_DELSETELEM, "nat", "port"));
	assert_true(matters(&f, NFT_MSG_DELSETELEM, "nat", "ports"));
	assert_true(matters(&f, NFT_MSG_NEWSETELEM, "own", "ports2"));
	assert_false(matters(&f, NFT_MSG_NEWGEN, "", ""));
	assert_true(matters(&f, NFT_MSG_NEWRULE, "x", "y"));
	assert_true(matters(&f, NFT_MSG_DELTABLE, "x", "y"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(used),
		cmocka_unit_test(events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
