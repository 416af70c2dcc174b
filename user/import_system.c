// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks nftables and iptables for their rules. */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#ifdef NATLOOP_LIBNFTABLES
#include <nftables/libnftables.h>
#endif

#include "forward_text.h"
#include "import.h"
#include "import_rules.h"
#include "import_run.h"
#include "log.h"
#include "util.h"

/* libnftables ends the process where there is no such netlink family. */
static bool has_netfilter(void)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	return fd >= 0;
}

/* libnftables would write a line of its own to standard error. */
static bool may_read_rules(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return !syscall(SYS_capget, &header, data) && data[0].effective & 1U << CAP_NET_ADMIN;
}

#ifdef NATLOOP_LIBNFTABLES
static int ask_nft(char **ret, struct problem *p)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int err = 0;

	if (!nft)
		return problem(p, -ENOMEM, "nft", "", "out of memory");
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON);
	if (nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft)) {
		nft_ctx_free(nft);
		return problem(p, -ENOMEM, "nft", "", "out of memory");
	}
	if (nft_run_cmd_from_buffer(nft, "list ruleset"))
		err = import_run_complaint("nft", nft_ctx_get_error_buffer(nft), -EIO, p);
	if (!err) {
		*ret = strdup(nft_ctx_get_output_buffer(nft));
		if (!*ret)
			err = problem(p, -ENOMEM, "nft", "", "out of memory");
	}
	nft_ctx_free(nft);
	return err;
}
#else
static int ask_nft(char **ret, struct problem *p)
{
	_cleanup_free_ char *path = import_run_find("nft");
	char *const argv[] = { path, "-j", "list", "ruleset", NULL };

	if (!path)
		return problem(p, -ENOENT, "nft", "install nftables, or give the forwards",
			       "not installed");
	return import_run(argv, ret, p);
}
#endif

static int read_nft(struct import *ret, struct problem *p)
{
	_cleanup_free_ char *text = NULL;
	int err;

	if (!has_netfilter())
		return problem(p, -ENOENT, "nft", "give the forwards by --forward",
			       "this kernel has no netfilter");
	if (!may_read_rules())
		return problem(p, -EPERM, "nft", "run as root", "not allowed to read the rules");
	err = ask_nft(&text, p);
	/* Some versions print nothing where there is no rule. */
	return err || !text || !*text ? err : import_parse_nft(text, ret, p);
}

/* Is the legacy table in use? To ask iptables-legacy would load its module. */
static bool has_legacy_nat(void)
{
	FILE *file = fopen("/proc/net/ip_tables_names", "re");
	bool found = false;
	char line[64];

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strcmp(line, "nat\n");
	fclose(file);
	return found;
}

/* What the names stand for is told by the file that they lead to: xtables-nft-multi. */
static bool is_nft_variant(const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;

	return slash && strstr(slash, "nft");
}

struct variants {
	bool nft; /* iptables-nft's rules have been read */
	bool legacy;
	bool installed;
};

static int read_variant(const char *path, struct import *ret, struct variants *v, struct problem *p)
{
	char *const argv[] = { (char *)path, "-t", "nat", NULL };
	_cleanup_free_ char *text = NULL;
	bool nft = is_nft_variant(path);
	bool *done = nft ? &v->nft : &v->legacy;
	int err;

	v->installed = true;
	if (*done || (!nft && !has_legacy_nat()))
		return 0;
	err = import_run(argv, &text, p);
	if (!err)
		err = import_parse_iptables(text, ret, p);
	/* A table that it cannot read has a remark in the place of its rules. */
	*done = !err && strstr(text, "*nat");
	return err;
}

static int read_iptables(struct import *ret, struct variants *v, struct problem *p)
{
	static const char *const names[] = { "iptables-nft-save", "iptables-legacy-save",
					     "iptables-save" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = import_run_find(names[i]);
		int err = path ? read_variant(path, ret, v, p) : 0;

		if (err)
			return err;
	}
	if (v->installed)
		return 0;
	return problem(p, -ENOENT, "iptables-save", "install iptables, or give the forwards",
		       "not installed");
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
	struct variants v = { .nft = false };
	int nft = read_nft(ret, &nft_problem);
	int iptables = nft == -EPERM ? 0 : read_iptables(ret, &v, &other_problem);

	if (v.nft)
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
	struct variants v = { .nft = false };
	struct problem inner = { .usage = false };
	int err;

	switch (source) {
	case IMPORT_NFT:
		err = read_nft(&imported, &inner);
		break;
	case IMPORT_IPTABLES:
		err = read_iptables(&imported, &v, &inner);
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
