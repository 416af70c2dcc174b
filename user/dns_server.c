// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program_run.h"
#include "util.h"

#define CHECK_SECONDS 10
#define RELOAD_SECONDS 60
#define INPUT "/proc/self/fd/0"
#define INIT_SCRIPT "/etc/init.d/dnsmasq"
#define WORDS 4

/* Taken apart at spaces into @ret, which ends with NULL; @copy has the words. */
static void split(const char *command, char copy[64], char *ret[WORDS + 1])
{
	char *rest = copy;
	size_t i = 0;

	snprintf(copy, 64, "%s", command);
	while (i < WORDS && (ret[i] = strsep(&rest, " ")))
		i++;
	ret[i] = NULL;
}

/* The line that says what is wrong, without the time and the process that unbound puts before. */
static const char *first_complaint(const struct program_end *end, size_t *length)
{
	const char *text = end->complaint + strspn(end->complaint, " \n");
	const char *prefix;

	if (!*text)
		text = end->out + strspn(end->out, " \n");
	*length = strcspn(text, "\n");
	prefix = *text == '[' ? strstr(text, ":0] ") : NULL;
	if (prefix && prefix < text + *length) {
		prefix += strlen(":0] ");
		*length -= (size_t)(prefix - text);
		text = prefix;
	}
	return text;
}

/* What @program had to say; @path for what it read. */
static void complaint(const struct program_end *end, const char *path, char *buf, size_t size)
{
	size_t length, before;
	const char *text = first_complaint(end, &length);
	const char *input = strstr(text, INPUT);

	if (!length) {
		snprintf(buf, size, "it says nothing");
		return;
	}
	if (path && input && input < text + length) {
		before = (size_t)(input - text);
		snprintf(buf, size, "%.*s%s%.*s", (int)before, text, path,
			 (int)(length - before - strlen(INPUT)), input + strlen(INPUT));
	} else {
		snprintf(buf, size, "%.*s", (int)length, text);
	}
	/* In our message the remedy is behind it. */
	for (char *at = buf; (at = strchr(at, ';'));)
		*at = ',';
}

static const struct {
	const char *check_input; /* the command that reads a text */
	const char *check_all;
	/* Behind the text, so that line numbers hold: what does not depend on this machine. */
	const char *neutral;
} servers[] = {
	[DNS_DNSMASQ] = { "dnsmasq --test --conf-file=" INPUT, "dnsmasq --test", "" },
	[DNS_UNBOUND] = { "unbound-checkconf " INPUT, "unbound-checkconf",
			  "server:\n\tchroot: \"\"\n\tusername: \"\"\n\tdirectory: \"/\"\n" },
};

static int refused(const char *name, const struct program_end *end, const char *path,
		   struct problem *p)
{
	char text[sizeof(p->what)];

	if (end->err == -ETIMEDOUT)
		return problem(p, end->err, name, "run it by hand, or give --no-check",
			       "did not end within %d s", CHECK_SECONDS);
	if (end->err != -EIO)
		return problem(p, end->err, name, "run it by hand, or give --no-check",
			       "cannot be run: %s", strerror(-end->err));
	complaint(end, path, text, sizeof(text));
	return problem(p, -EINVAL, name,
		       path ? "see what it would read by --dry-run --no-check" :
			      "mend the configuration",
		       "refuses the %s: %s", path ? "new text" : "whole configuration", text);
}

static int run_check(char *const argv[], const char *path, const char *text, struct problem *p)
{
	const struct program program = { argv, text, text ? strlen(text) : 0, CHECK_SECONDS,
					 false };
	const char *name = strrchr(argv[0], '/') + 1;
	struct program_end end;
	int err = program_run(&program, &end);

	if (err)
		return problem(p, err, name, "run it by hand, or give --no-check",
			       "cannot be run: %s", strerror(-err));
	err = end.err ? refused(name, &end, path, p) : 0;
	program_end_free(&end);
	return err;
}

int dns_server_check(enum dns_server server, const char *path, const char *text, struct problem *p)
{
	_cleanup_free_ char *program = NULL, *input = NULL;
	char copy[64], *argv[WORDS + 1];

	split(text ? servers[server].check_input : servers[server].check_all, copy, argv);
	program = program_find(argv[0]);
	if (!program)
		return problem(p, -ENOENT, argv[0],
			       "install it, or give --no-check to go without a check",
			       "is not installed");
	if (text && asprintf(&input, "%s%s", text, servers[server].neutral) < 0) {
		input = NULL;
		return problem(p, -ENOMEM, argv[0], "", "out of memory");
	}
	argv[0] = program;
	return run_check(argv, text ? path : NULL, input, p);
}

static const char *reload_command(enum dns_server server)
{
	if (server == DNS_UNBOUND)
		return "unbound-control reload";
	/* As sd_booted(3). */
	if (!access("/run/systemd/system", F_OK))
		return "systemctl restart dnsmasq";
	return INIT_SCRIPT " restart";
}

int dns_reload_find(enum dns_server server, struct dns_reload *ret, struct problem *p)
{
	const char *command = reload_command(server);
	char copy[64], *argv[WORDS + 1], *program;

	split(command, copy, argv);
	if (*argv[0] == '/')
		program = access(argv[0], X_OK) ? NULL : strdup(argv[0]);
	else
		program = program_find(argv[0]);
	if (!program)
		return problem(p, -ENOENT, argv[0],
			       "leave --reload out, and have the server read the file yourself",
			       "is not there");
	*ret = (struct dns_reload){ server, program, command };
	return 0;
}

int dns_reload_run(const struct dns_reload *reload, struct problem *p)
{
	char copy[64], *argv[WORDS + 1], text[sizeof(p->what)];
	const struct program program = { argv, NULL, 0, RELOAD_SECONDS, true };
	struct program_end end = {};
	int err;

	split(reload->command, copy, argv);
	argv[0] = reload->program;
	err = program_run(&program, &end);
	if (!err)
		err = end.err;
	if (err == -EIO && end.complaint)
		complaint(&end, NULL, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s", strerror(-err));
	program_end_free(&end);
	return err ? problem(p, err, reload->command, "", "failed: %s", text) : 0;
}
