// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "command.h"
#include "forward_text.h"
#include "import.h"
#include "instance.h"
#include "options.h"
#include "settings.h"
#include "util.h"
#include "writer.h"

struct import_options {
	bool dry_run;
};

static const struct option_def options[] = {
	{ "dry-run", 0, NULL, "show what would be done, and change nothing", OPTION_FLAG,
	  OPTION_FIELD(struct import_options, bool, dry_run), NULL },
};

static const char *const source_name[] = {
	[IMPORT_ALL] = "all",
	[IMPORT_NFT] = "nft",
	[IMPORT_IPTABLES] = "iptables",
};

static int read_source(int argc, char **argv, enum import_source *ret, struct problem *p)
{
	*ret = IMPORT_ALL;
	if (argc > 2)
		return problem_usage(p, "import", "see 'natloopctl import --help'",
				     "unexpected '%s'", argv[2]);
	if (argc < 2)
		return 0;
	for (size_t i = IMPORT_NFT; i < ARRAY_SIZE(source_name); i++) {
		if (strcmp(argv[1], source_name[i]) != 0)
			continue;
		*ret = (enum import_source)i;
		return 0;
	}
	return problem_usage(p, argv[1], "give nft or iptables, or neither for both",
			     "no such source of rules");
}

static void write_forwards(struct writer *w, const struct import_rule *rule)
{
	char text[FORWARD_TEXT_MAX];
	size_t i;

	writer_open(w, "forwards", WRITER_LIST);
	for (i = 0; i < rule->forwards; i++)
		writer_string(w, NULL, forward_format(&rule->forward[i], text, sizeof(text)));
	writer_close(w);
}

static void write_json(struct writer *w, const struct import *imported)
{
	size_t i;

	writer_open(w, NULL, WRITER_LIST);
	for (i = 0; i < imported->rules; i++) {
		const struct import_rule *rule = &imported->rule[i];

		writer_open(w, NULL, WRITER_OBJECT);
		writer_string(w, "source", source_name[rule->source]);
		writer_string(w, "rule", rule->text);
		write_forwards(w, rule);
		writer_string(w, "skipped", rule->skipped ? rule->skipped : "");
		writer_close(w);
	}
	writer_close(w);
}

static void write_row(struct writer *w, const struct import_rule *rule, const char *forward,
		      const char *skipped)
{
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "forward", *forward ? forward : "-");
	writer_string(w, "skipped", *skipped ? skipped : "-");
	writer_string(w, "rule", rule->text);
	writer_close(w);
}

/* For people: a line for each forward, and one for what was skipped. */
static void write_text(struct writer *w, const struct import *imported)
{
	char text[FORWARD_TEXT_MAX];
	size_t i, k;

	writer_open(w, NULL, WRITER_LIST);
	for (i = 0; i < imported->rules; i++) {
		const struct import_rule *rule = &imported->rule[i];

		for (k = 0; k < rule->forwards; k++)
			write_row(w, rule, forward_format(&rule->forward[k], text, sizeof(text)),
				  "");
		if (rule->skipped)
			write_row(w, rule, "", rule->skipped);
	}
	writer_close(w);
}

static int print_rules(const struct env *env, const struct import *imported, struct problem *p)
{
	struct writer *w = command_writer(env);

	if (w && env->json)
		write_json(w, imported);
	else if (w)
		write_text(w, imported);
	return command_finish(w, p);
}

/* Sets the forwards of the running natloop, and marks the rules whose forwards it left out. */
static int apply(const struct env *env, struct settings *s, struct import *imported,
		 struct problem *p)
{
	struct instance *inst;
	int err;

	if (!s->forwards)
		return problem(p, -ENOENT, "import",
			       "see 'natloopctl import --dry-run' for the rules that were skipped",
			       "no port forward found, so nothing was changed");
	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = instance_set_forwards(inst, s, p);
	if (!err) {
		instance_settings(inst, s);
		err = import_skip_others(imported, s, "its server is on no LAN that is attached");
	}
	instance_close(inst);
	return err == -ENOMEM ? problem(p, err, "import", "", "out of memory") : err;
}

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	_cleanup_free_ struct settings *s = calloc(1, sizeof(*s));
	const struct import_options *asked = target;
	struct import imported = { .rule = NULL };
	enum import_source source;
	int err;

	if (!s)
		return problem(p, -ENOMEM, "import", "", "out of memory");
	err = read_source(argc, argv, &source, p);
	/* Half of the rules must not take the place of what runs. */
	if (!err)
		err = source == IMPORT_ALL ? import_read_whole(&imported, p) :
					     import_read(source, &imported, p);
	if (!err)
		err = import_add_forwards(&imported, s, p);
	/* Too many: which, is what --dry-run is for. */
	if (err == -ENOSPC && asked->dry_run && !env->json)
		(void)print_rules(env, &imported, NULL);
	if (!err && !asked->dry_run)
		err = apply(env, s, &imported, p);
	if (!err)
		err = print_rules(env, &imported, p);
	import_free(&imported);
	return err;
}

const struct command command_import = {
	.name = "import",
	.usage = "[nft|iptables]",
	.help = "take the port forwards from the router's own rules",
	.notes =
		"Reads the rules of nftables and of iptables, or of one of them, prints what each\n"
		"that translates destinations means, or why it is skipped, and makes that the\n"
		"forwards of the running natloop, in place of all that it has. Forwards that do "
		"not\n"
		"end on a LAN that is attached are left out, and shown as skipped.\n",
	.options = options,
	.options_count = ARRAY_SIZE(options),
	.options_size = sizeof(struct import_options),
	.run = run,
};
