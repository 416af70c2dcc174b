// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The forwards in the rules of this system. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_text.h"
#include "import.h"
#include "import_ask.h"
#include "import_rules.h"
#include "log.h"
#include "util.h"

static int read_nft(struct import *ret, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	int err = import_ask_nft(false, &text, p);

	/* Some versions print nothing where there is no rule. */
	return err || !text || !*text ? err : import_parse_nft(text, ret, p);
}

static int take_iptables(void *data, const char *text, bool legacy, struct problem *p)
{
	(void)legacy;
	return import_parse_iptables(text, data, p);
}

/* Rules that iptables-save has shown in full. */
static void drop_xt(struct import *imported)
{
	size_t kept = 0;

	for (size_t i = 0; i < imported->rules; i++) {
		if (imported->rule[i].xt)
			import_rule_free(&imported->rule[i]);
		else
			imported->rule[kept++] = imported->rule[i];
	}
	imported->rules = kept;
}

/* One of two sources failed: told, unless it is only not there. */
static void note_failure(int err, const struct problem *p)
{
	if (err == -ENOENT)
		log_info("%s: %s", p->object, p->what);
	else if (err)
		log_error("%s: %s", p->object, p->what);
}

static int read_both(struct import *ret, struct problem *p)
{
	struct problem nft_problem = { .usage = false }, other_problem = { .usage = false };
	bool nft_shown = false;
	int nft = read_nft(ret, &nft_problem);
	int iptables = nft == -EPERM ?
			       0 :
			       import_ask_iptables(take_iptables, ret, &nft_shown, &other_problem);

	if (nft_shown)
		drop_xt(ret);
	if (nft == -ENOENT && iptables == -ENOENT)
		return problem(p, -ENOENT, "import", "install one of them, or give the forwards",
			       "neither nft nor iptables-save is installed");
	if (nft == -EPERM || (nft && iptables == -ENOENT)) {
		*p = nft_problem;
		return nft;
	}
	if (iptables && nft) {
		*p = other_problem;
		return iptables;
	}
	note_failure(nft, &nft_problem);
	note_failure(iptables, &other_problem);
	return 0;
}

int import_read(enum import_source source, struct import *ret, struct problem *p)
{
	struct import imported = { .rule = NULL };
	struct problem inner = { .usage = false };
	bool nft_shown = false;
	int err;

	switch (source) {
	case IMPORT_NFT:
		err = read_nft(&imported, &inner);
		break;
	case IMPORT_IPTABLES:
		err = import_ask_iptables(take_iptables, &imported, &nft_shown, &inner);
		break;
	default:
		err = read_both(&imported, &inner);
	}
	if (err) {
		import_free(&imported);
		return problem(p, err, inner.object, inner.remedy, "%s", inner.what);
	}
	*ret = imported;
	return 0;
}

void import_log(const struct import *imported)
{
	char text[FORWARD_TEXT_MAX];

	for (size_t i = 0; i < imported->rules; i++) {
		const struct import_rule *rule = &imported->rule[i];

		for (size_t k = 0; k < rule->forwards; k++)
			log_info("%s: %s", forward_format(&rule->forward[k], text, sizeof(text)),
				 rule->text);
		if (rule->skipped)
			log_info("skipped, %s: %s", rule->skipped, rule->text);
	}
}

int import_settings(struct settings *s, struct problem *p)
{
	const char *interface = s->interfaces ? s->interface[0] : "eth1";
	struct import imported = { .rule = NULL };
	char remedy[sizeof(p->remedy)];
	int err = import_read(IMPORT_ALL, &imported, p);

	snprintf(remedy, sizeof(remedy),
		 "natloopctl attach %s --server ADDR, or --forward tcp/443=ADDR; 'natloopctl "
		 "import --dry-run' shows the rules that were skipped",
		 interface);
	if (err == -ENOENT)
		return problem(p, err, "forward", remedy,
			       "none given, and neither nft nor iptables-save can be asked");
	if (err)
		return err;
	err = import_add_forwards(&imported, s, p);
	if (!err)
		import_log(&imported);
	import_free(&imported);
	if (err || s->forwards)
		return err;
	return problem(p, -ENOENT, "forward", remedy,
		       "none given, and none found in the rules of nftables and iptables");
}
