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

/* @beside: iptables-save has shown what is iptables' own. */
static int read_nft(bool beside, struct import *ret, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	int err = import_ask_nft(false, &text, p);

	/* Some versions print nothing where there is no rule. */
	if (err || !text || !*text)
		return err;
	return beside ? import_parse_nft_beside(text, ret, p) : import_parse_nft(text, ret, p);
}

static int take_iptables(void *data, const char *text, bool legacy, struct problem *p)
{
	(void)legacy;
	return import_parse_iptables(text, data, p);
}

/* Moves the rules of @from behind those of @ret. -ENOMEM: both are as they were. */
static int append(struct import *ret, struct import *from)
{
	struct import_rule *grown;

	if (!from->rules)
		return 0;
	grown = reallocarray(ret->rule, ret->rules + from->rules, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	ret->rule = grown;
	memcpy(&grown[ret->rules], from->rule, from->rules * sizeof(*grown));
	ret->rules += from->rules;
	free(from->rule);
	*from = (struct import){ .rule = NULL };
	return 0;
}

/* One of two sources failed: told, unless it is only not there. */
static void note_failure(int err, const struct problem *p)
{
	if (err == -ENOENT)
		log_info("%s: %s", p->object, p->what);
	else if (err)
		log_error("%s: %s", p->object, p->what);
}

/* What became of asking each of the two. */
struct answers {
	int nft;
	int iptables;
	struct problem nft_problem;
	struct problem iptables_problem;
};

static int fail(int err, const struct problem *from, struct problem *p)
{
	*p = *from;
	return err;
}

/* Neither could be asked, or with @whole one that is there could not. */
static int judge(const struct answers *a, bool whole, struct problem *p)
{
	bool one = whole ? a->nft && a->nft != -ENOENT : a->nft == -EPERM;

	if (a->nft == -ENOENT && a->iptables == -ENOENT)
		return problem(p, -ENOENT, "import", "install one of them, or give the forwards",
			       "neither nft nor iptables-save is installed");
	if (one || (a->nft && a->iptables == -ENOENT))
		return fail(a->nft, &a->nft_problem, p);
	if (a->iptables && (a->nft || (whole && a->iptables != -ENOENT)))
		return fail(a->iptables, &a->iptables_problem, p);
	note_failure(a->nft, &a->nft_problem);
	note_failure(a->iptables, &a->iptables_problem);
	return 0;
}

static int read_both(bool whole, struct import *ret, struct problem *p)
{
	struct answers a = { .nft = 0 };
	struct import shown = { .rule = NULL };
	bool nft_shown = false;
	int err;

	a.iptables = import_ask_iptables(take_iptables, &shown, &nft_shown, &a.iptables_problem);
	a.nft = read_nft(nft_shown, ret, &a.nft_problem);
	err = judge(&a, whole, p);
	if (!err && append(ret, &shown))
		err = problem(p, -ENOMEM, "import", "", "out of memory");
	import_free(&shown);
	return err;
}

static int read_all(enum import_source source, bool whole, struct import *ret, struct problem *p)
{
	struct import imported = { .rule = NULL };
	struct problem inner = { .usage = false };
	bool nft_shown = false;
	int err;

	switch (source) {
	case IMPORT_NFT:
		err = read_nft(false, &imported, &inner);
		break;
	case IMPORT_IPTABLES:
		err = import_ask_iptables(take_iptables, &imported, &nft_shown, &inner);
		break;
	default:
		err = read_both(whole, &imported, &inner);
	}
	if (err) {
		import_free(&imported);
		return problem(p, err, inner.object, inner.remedy, "%s", inner.what);
	}
	*ret = imported;
	return 0;
}

int import_read(enum import_source source, struct import *ret, struct problem *p)
{
	return read_all(source, false, ret, p);
}

int import_read_whole(struct import *ret, struct problem *p)
{
	return read_all(IMPORT_ALL, true, ret, p);
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
