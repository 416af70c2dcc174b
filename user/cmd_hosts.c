// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "command.h"
#include "command_print.h"
#include "dns_name.h"
#include "hosts_script.h"
#include "hosts_text.h"
#include "options.h"
#include "text_file.h"
#include "util.h"
#include "writer.h"

#define HOSTS_FILE_DEFAULT "/etc/hosts"
#define ADDRESSES_TEXT 128

struct hosts_options {
	const char *file;
	bool force;
};

static const struct option_def options[] = {
	{ "file", 0, "PATH", "another hosts file than " HOSTS_FILE_DEFAULT, OPTION_TEXT,
	  OPTION_FIELD(struct hosts_options, const char *, file), NULL },
	{ "force", 0, NULL, "add a name that the file gives another address already", OPTION_FLAG,
	  OPTION_FIELD(struct hosts_options, bool, force), NULL },
};

/* What actions get in the place of an env: its first member. */
struct hosts_env {
	struct env env;
	const struct hosts_options *asked;
};

static const struct hosts_options *asked(const struct env *env)
{
	return ((const struct hosts_env *)env)->asked;
}

static const char *path_of(const struct env *env)
{
	return asked(env)->file ? asked(env)->file : HOSTS_FILE_DEFAULT;
}

/* The file, and its block; close_hosts() both. */
struct hosts {
	struct text_file file;
	struct hosts_text text;
};

static int open_hosts(const struct env *env, enum text_file_use use, struct hosts *ret,
		      struct problem *p)
{
	struct hosts h;
	int err = text_file_open(env, path_of(env), use, &h.file, p);

	if (err)
		return err;
	err = hosts_text_read(h.file.byte ? h.file.byte : "", h.file.length, &h.text, p);
	if (err) {
		problem_at(p, path_of(env));
		text_file_close(&h.file);
		return err;
	}
	*ret = h;
	return 0;
}

static void close_hosts(struct hosts *h)
{
	hosts_text_free(&h->text);
	text_file_close(&h->file);
}

static int out_of_memory(struct problem *p)
{
	return problem(p, -ENOMEM, "hosts", "", "out of memory");
}

static int parse_name(const char *name, const char *addresses, struct dns_name *ret,
		      struct problem *p)
{
	if (!strncmp(name, "*.", 2))
		return problem_usage(p, name, "give each name in full",
				     "hosts files have no wildcards");
	if (!hostname_valid(name))
		return problem_usage(p, *name ? name : "''",
				     "give a name such as rustdesk.example.com", "is no host name");
	return dns_name_parse(name, addresses, NULL, ret, p);
}

/* Puts @name into the block. */
static int set_name(const struct env *env, struct hosts *h, const struct dns_name *name,
		    struct problem *p)
{
	char address[HOSTS_TEXT_ADDRESS], object[sizeof(p->object)];
	size_t line = asked(env)->force ? 0 : hosts_text_conflict(&h->text, name, address);

	if (!line)
		return hosts_text_set(&h->text, name) ? out_of_memory(p) : 0;
	snprintf(object, sizeof(object), "line %zu", line);
	problem(p, -EEXIST, object,
		"delete the name there, or give --force: natloop's line comes before it",
		"gives %.100s the address %s", name->name, address);
	problem_at(p, path_of(env));
	return -EEXIST;
}

static int write_hosts(const struct hosts *h, struct problem *p)
{
	_cleanup_free_ char *made = NULL;
	size_t length;

	if (hosts_text_make(&h->text, &made, &length))
		return out_of_memory(p);
	return text_file_write(&h->file, made, length, p);
}

static int run_add(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct dns_name name;
	struct hosts h;
	int err = parse_name(argv[0], argv[1], &name, p);

	(void)argc;
	if (!err)
		err = open_hosts(env, TEXT_FILE_CHANGE, &h, p);
	if (err)
		return err;
	err = set_name(env, &h, &name, p);
	if (!err)
		err = write_hosts(&h, p);
	close_hosts(&h);
	return err;
}

static int run_remove(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct hosts h;
	int err = open_hosts(env, TEXT_FILE_CHANGE, &h, p);

	(void)argc;
	if (err)
		return err;
	if (hosts_text_unset(&h.text, argv[0]))
		err = write_hosts(&h, p);
	else
		err = problem(p, -ENOENT, *argv[0] ? argv[0] : "''",
			      "see 'natloopctl hosts show' for those that are",
			      "is not in natloop's block of %s", path_of(env));
	close_hosts(&h);
	return err;
}

/* For people in one word. */
static void write_addresses(struct writer *w, const struct env *env, const struct dns_name *name)
{
	char text[ADDRESSES_TEXT], *rest = text, *word;

	dns_name_addresses(name, text, sizeof(text));
	if (!env->json) {
		writer_string(w, "addresses", text);
		return;
	}
	writer_open(w, "addresses", WRITER_LIST);
	while ((word = strsep(&rest, ",")))
		writer_string(w, NULL, word);
	writer_close(w);
}

static int run_show(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct writer *w;
	struct hosts h;
	int err = open_hosts(env, TEXT_FILE_READ, &h, p);

	(void)argc;
	(void)argv;
	if (err)
		return err;
	w = command_writer(env);
	if (w) {
		writer_open(w, NULL, WRITER_LIST);
		for (size_t i = 0; i < h.text.names; i++) {
			writer_open(w, NULL, WRITER_OBJECT);
			writer_string(w, "name", h.text.name[i].name);
			write_addresses(w, env, &h.text.name[i]);
			writer_close(w);
		}
		writer_close(w);
	}
	close_hosts(&h);
	return command_finish(w, p);
}

/* What the block adds to the file. */
static int diff_block(const struct env *env, const struct hosts *h, struct problem *p)
{
	const struct text_version now = { h->text.byte, h->text.length };
	struct hosts_text none = h->text;
	struct text_version without;
	char *made;
	int err;

	none.names = 0;
	if (hosts_text_make(&none, &made, &without.length))
		return out_of_memory(p);
	without.byte = made;
	err = command_print_diff(env, path_of(env), &without, &now, p);
	free(made);
	return err;
}

/* What add would change. */
static int diff_name(const struct env *env, struct hosts *h, const struct dns_name *name,
		     struct problem *p)
{
	const struct text_version now = { h->text.byte, h->text.length };
	struct text_version then;
	int err = set_name(env, h, name, p);
	char *made;

	if (err)
		return err;
	if (hosts_text_make(&h->text, &made, &then.length))
		return out_of_memory(p);
	then.byte = made;
	err = command_print_diff(env, path_of(env), &now, &then, p);
	free(made);
	return err;
}

static int run_diff(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct dns_name name;
	struct hosts h;
	int err = 0;

	if (argc == 1)
		return problem_usage(p, "hosts diff", "give NAME ADDR, or neither for the block",
				     "needs an ADDR for %.100s", argv[0]);
	if (argc)
		err = parse_name(argv[0], argv[1], &name, p);
	if (!err)
		err = open_hosts(env, TEXT_FILE_READ, &h, p);
	if (err)
		return err;
	err = argc ? diff_name(env, &h, &name, p) : diff_block(env, &h, p);
	close_hosts(&h);
	return err;
}

static int run_script(const struct env *env, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ char *script = NULL;
	struct dns_name name;
	int err = parse_name(argv[1], argv[2], &name, p);

	(void)argc;
	if (!err && (asked(env)->file || asked(env)->force))
		return problem_usage(p, asked(env)->file ? "--file" : "--force", "leave it out",
				     "means nothing to hosts script");
	if (!err)
		err = hosts_script_make(argv[0], &name, &script, p);
	return err ? err : command_print_text(env, "script", script, p);
}

static const struct action actions[] = {
	{ "add", "NAME ADDR[,ADDR6]", 2, 2, run_add },
	{ "remove", "a NAME", 1, 1, run_remove },
	{ "show", NULL, 0, 0, run_show },
	{ "diff", NULL, 0, 2, run_diff },
	{ "script", "windows, macos or linux, NAME and ADDR", 3, 3, run_script },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	const struct hosts_env with_options = { *env, target };
	struct command_line line = { argc, argv };

	return command_run_action(&table, &with_options.env, &line, p);
}

const struct command command_hosts = {
	.name = "hosts",
	.usage = "add NAME ADDR[,ADDR6] | remove NAME | show | diff [NAME ADDR[,ADDR6]] |\n"
		 "       script windows|macos|linux NAME ADDR[,ADDR6]",
	.help = "keep names in a hosts file, of this machine or of a client",
	.notes =
		"The names stand in one block; every other byte of the file stays what it is, and\n"
		"when the last name is removed the file is what it was. diff shows what add would\n"
		"change, or without a NAME what the block adds to the file. script prints what to "
		"run\n"
		"on a client. A laptop that leaves the house must not have the name: elsewhere "
		"ADDR is\n"
		"another computer, or none. dnsmasq reads its hosts files again on SIGHUP.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct hosts_options),
	.run = run,
};
