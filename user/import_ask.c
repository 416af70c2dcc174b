// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "import_ask.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef NATLOOP_LIBNFTABLES
#include <nftables/libnftables.h>
#endif

#include "import_run.h"
#include "program_run.h"
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
static bool put(const char *text, int fd)
{
	for (size_t left = strlen(text); left;) {
		ssize_t done = write(fd, text, left);

		if (done <= 0)
			return false;
		text += done;
		left -= (size_t)done;
	}
	return true;
}

/* In a child: libnftables ends the process by assert() where a name is no UTF-8. */
static int list_ruleset(const void *terse)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool told;

	if (!nft)
		return -ENOMEM;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON |
					      (*(const bool *)terse ? NFT_CTX_OUTPUT_TERSE : 0));
	if (nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft))
		return -ENOMEM;
	if (nft_run_cmd_from_buffer(nft, "list ruleset")) {
		(void)put(nft_ctx_get_error_buffer(nft), STDERR_FILENO);
		return -EIO;
	}
	told = put(nft_ctx_get_output_buffer(nft), STDOUT_FILENO);
	nft_ctx_free(nft);
	return told ? 0 : -EIO;
}

static int ask_nft(bool terse, char **ret, struct problem *p)
{
	return import_run_child("nft", list_ruleset, &terse, ret, p);
}
#else
static int ask_nft(bool terse, char **ret, struct problem *p)
{
	_cleanup_free_ char *path = program_find("nft");
	char *const argv[] = { path, terse ? "-jt" : "-j", "list", "ruleset", NULL };

	if (!path)
		return problem(p, -ENOENT, "nft", "install nftables, or give the forwards",
			       "not installed");
	return import_run(argv, ret, p);
}
#endif

int import_ask_nft(bool terse, char **ret, struct problem *p)
{
	if (!has_netfilter())
		return problem(p, -ENOENT, "nft", "give the forwards by --forward",
			       "this kernel has no netfilter");
	if (!may_read_rules())
		return problem(p, -EPERM, "nft", "run as root", "not allowed to read the rules");
	return ask_nft(terse, ret, p);
}

bool import_has_legacy_nat(void)
{
	__attribute__((cleanup(util_fclosep))) FILE *file =
		fopen("/proc/net/ip_tables_names", "re");
	bool found = false;
	char line[64];

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strcmp(line, "nat\n");
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
	int (*take)(void *data, const char *text, bool legacy, struct problem *p);
	void *data;
	bool nft; /* iptables-nft's rules have been read */
	bool legacy;
	bool installed;
};

static int read_variant(struct variants *v, const char *path, struct problem *p)
{
	char *const argv[] = { (char *)path, "-t", "nat", NULL };
	_cleanup_free_ char *text = NULL;
	bool nft = is_nft_variant(path);
	bool *done = nft ? &v->nft : &v->legacy;
	int err;

	v->installed = true;
	/* To ask iptables-legacy would load its module. */
	if (*done || (!nft && !import_has_legacy_nat()))
		return 0;
	err = import_run(argv, &text, p);
	if (!err)
		err = v->take(v->data, text, !nft, p);
	/* A table that it cannot read has a remark in the place of its rules. */
	*done = !err && strstr(text, "*nat");
	return err;
}

int import_ask_iptables(int (*take)(void *data, const char *text, bool legacy, struct problem *p),
			void *data, bool *nft_shown, struct problem *p)
{
	static const char *const names[] = { "iptables-nft-save", "iptables-legacy-save",
					     "iptables-save" };
	struct variants v = { .take = take, .data = data, .nft = *nft_shown };
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = program_find(names[i]);

		if (path)
			err = read_variant(&v, path, p);
	}
	*nft_shown = v.nft;
	if (err || v.installed)
		return err;
	return problem(p, -ENOENT, "iptables-save", "install iptables, or give the forwards",
		       "not installed");
}
