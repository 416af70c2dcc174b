// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_values.h"

#include <errno.h>
#include <string.h>

#include "address.h"
#include "config_text.h"
#include "forward_text.h"
#include "lan_text.h"
#include "util.h"
#include "visible.h"

#define FROM_RUNNING "running instance"
#define FROM_DEFAULT "default"

/* What is shown, and what it is compared with. */
struct show {
	const struct config_sources *sources;
	const struct settings *file;
	const struct settings *now;
	struct config_values values;
};

/* A new value, to be filled; a dummy when memory is out. */
static struct config_value *add(struct show *show, enum config_section section, const char *key)
{
	static struct config_value dummy;
	struct config_values *v = &show->values;
	struct config_value *grown;

	if (v->count == v->room && !v->err) {
		grown = realloc(v->value, (v->room + 64) * sizeof(*grown));
		if (grown) {
			v->value = grown;
			v->room += 64;
		} else {
			v->err = -ENOMEM;
		}
	}
	if (v->err)
		return &dummy;
	v->value[v->count] = (struct config_value){ .section = section, .key = key };
	return &v->value[v->count++];
}

static void from_line(const struct show *show, struct config_value *value, unsigned int line)
{
	snprintf(value->from, sizeof(value->from), "%.*s:%u", (int)sizeof(value->from) - 16,
		 show->sources->path, line);
	/* A line break in a path would be one in the text. */
	visible_make(value->from);
}

/*
 * Not from the file as it is now: @key came from the file as it was, or @other. Of an item of a
 * list it is not known which: others may have been added since.
 */
static void from_elsewhere(const struct show *show, struct config_value *value, unsigned int key,
			   const char *other)
{
	if (show->sources->running && show->now->from_file & 1U << key)
		snprintf(value->from, sizeof(value->from), "%s",
			 value->list ? FROM_RUNNING ", or the file before it was changed" :
				       FROM_RUNNING ", from the file before it was changed");
	else
		snprintf(value->from, sizeof(value->from), "%s", other);
}

/* One item of a list, which @line of the file gives; 0: none does. */
static void add_item(struct show *show, unsigned int key, const char *text, unsigned int line)
{
	bool natloop = key <= SETTINGS_CLIENT_FLOWS;
	struct config_value *value = add(show,
					 natloop		 ? CONFIG_NATLOOP :
					 key == SETTINGS_FORWARD ? CONFIG_FORWARD :
					 key == SETTINGS_DNS	 ? CONFIG_DNS :
								   CONFIG_LAN,
					 natloop ? settings_key_name[key] : NULL);

	snprintf(value->text, sizeof(value->text), "%s", text);
	value->list = true;
	if (line)
		from_line(show, value, line);
	else
		from_elsewhere(show, value, key, FROM_RUNNING);
}

static void add_interfaces(struct show *show)
{
	const struct config_lines *lines = &show->sources->file->lines;

	for (size_t i = 0; i < show->now->interfaces; i++) {
		unsigned int line = 0;

		for (size_t k = 0; k < show->file->interfaces && !line; k++)
			if (!strcmp(show->file->interface[k], show->now->interface[i]))
				line = lines->interface[k];
		add_item(show, SETTINGS_INTERFACE, show->now->interface[i], line);
	}
}

static void add_publics(struct show *show)
{
	const struct config_lines *lines = &show->sources->file->lines;
	const struct config_sources *sources = show->sources;

	for (size_t i = 0; i < show->now->publics; i++) {
		unsigned int line = 0;
		struct config_value *value;

		for (size_t k = 0; k < show->file->publics && !line; k++)
			if (!strcmp(show->file->public_spec[k], show->now->public_spec[i]))
				line = lines->public_spec[k];
		add_item(show, SETTINGS_PUBLIC, show->now->public_spec[i], line);
		value = &show->values.value[show->values.count - 1];
		if (!line && sources->running && sources->public_from && !show->values.err &&
		    *sources->public_from[i])
			snprintf(value->from, sizeof(value->from), "%s", sources->public_from[i]);
	}
	if (!show->now->publics) {
		struct config_value *value =
			add(show, CONFIG_NATLOOP, settings_key_name[SETTINGS_PUBLIC]);

		value->list = true;
		snprintf(value->text, sizeof(value->text), "auto");
		snprintf(value->from, sizeof(value->from), FROM_DEFAULT);
	}
}

static void add_lans(struct show *show)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < show->now->lans; i++) {
		const struct prefix *lan = &show->now->lan[i];
		unsigned int line = 0;

		for (size_t k = 0; k < show->file->lans && !line; k++)
			if (!memcmp(lan, &show->file->lan[k], sizeof(*lan)))
				line = show->sources->file->lines.lan[k];
		add_item(show, SETTINGS_LAN, address_format_prefix(lan, text, sizeof(text)), line);
	}
}

static void add_forwards(struct show *show)
{
	char text[FORWARD_TEXT_MAX];

	for (size_t i = 0; i < show->now->forwards; i++) {
		const struct natloop_forward *forward = &show->now->forward[i];
		unsigned int line = 0;

		for (size_t k = 0; k < show->file->forwards && !line; k++)
			if (!memcmp(forward, &show->file->forward[k], sizeof(*forward)))
				line = show->sources->file->lines.forward[k];
		add_item(show, SETTINGS_FORWARD, forward_format(forward, text, sizeof(text)), line);
	}
}

/* The line of the file that @text, a line of [lan], is the same as. */
static unsigned int line_of_rule(const struct show *show, const char *text)
{
	char other[LAN_TEXT_MAX];
	size_t next;

	for (size_t i = 0; i < show->file->rules; i = next) {
		next = lan_rule_format(show->file, i, other, sizeof(other));
		if (!strcmp(text, other))
			return show->sources->file->lines.rule[i];
	}
	return 0;
}

static void add_rules(struct show *show)
{
	char text[LAN_TEXT_MAX];
	size_t next;

	for (size_t i = 0; i < show->now->rules; i = next) {
		next = lan_rule_format(show->now, i, text, sizeof(text));
		add_item(show, SETTINGS_RULE, text, line_of_rule(show, text));
	}
}

static unsigned int line_of_name(const struct show *show, const struct dns_name *name)
{
	for (size_t i = 0; i < show->file->dns.names; i++)
		if (dns_name_same(&show->file->dns.name[i], name))
			return show->sources->file->lines.name[i];
	return 0;
}

static void add_resolvers(struct show *show, const struct natloop_dns_config *resolver)
{
	bool of_file = !memcmp(resolver, &show->file->dns.resolver, sizeof(*resolver));
	unsigned int line = of_file ? show->sources->file->lines.value[SETTINGS_DNS] : 0;
	char text[DNS_SETTINGS_TEXT];
	__u32 next = 0;

	if (!resolver->any && !resolver->resolvers)
		return;
	do {
		next = dns_settings_resolver_line(resolver, next, text, sizeof(text));
		add_item(show, SETTINGS_DNS, text, line);
	} while (next < resolver->resolvers);
}

static void add_names(struct show *show)
{
	const struct config_sources *sources = show->sources;
	const struct dns_settings *file = &show->file->dns;
	const struct dns_name *name = sources->names ? sources->names->name : file->name;
	size_t count = sources->names ? sources->names->names : file->names;
	char text[DNS_SETTINGS_TEXT];

	for (size_t i = 0; i < count; i++)
		add_item(show, SETTINGS_DNS, dns_settings_name_line(&name[i], text, sizeof(text)),
			 line_of_name(show, &name[i]));
	if (count)
		add_resolvers(show, sources->names ? &sources->names->resolver : &file->resolver);
}

/* A value that is no list: the file's, the default, or neither. */
struct single {
	unsigned int key;
	bool in_file; /* and the same there */
	bool is_default;
	bool number;
};

static void add_single(struct show *show, const struct single *single, const char *text)
{
	bool natloop = single->key < SETTINGS_TIMEOUT;
	struct config_value *value =
		add(show, natloop ? CONFIG_NATLOOP : CONFIG_TIMEOUT,
		    natloop ? settings_key_name[single->key] :
			      settings_timeout_name[single->key - SETTINGS_TIMEOUT]);

	snprintf(value->text, sizeof(value->text), "%s", text);
	value->number = single->number;
	if (single->in_file)
		from_line(show, value, show->sources->file->lines.value[single->key]);
	else
		from_elsewhere(show, value, single->key,
			       single->is_default ? FROM_DEFAULT : FROM_RUNNING);
}

static void add_snat(struct show *show)
{
	const struct settings *now = show->now, *file = show->file;
	const struct single single = {
		.key = SETTINGS_SNAT,
		.in_file = file->snat_given && file->snat_mode == now->snat_mode &&
			   (now->snat_mode != NATLOOP_SNAT_ADDR ||
			    address_equal(&file->snat_addr, &now->snat_addr)),
		.is_default = now->snat_mode == NATLOOP_SNAT_PUBLIC,
	};
	char text[ADDRESS_TEXT_MAX];

	add_single(show, &single,
		   config_text_snat(now->snat_mode, &now->snat_addr, text, sizeof(text)));
}

static void add_mode(struct show *show)
{
	const struct settings *now = show->now, *file = show->file;
	enum settings_mode mode = now->mode;
	bool differ = false;
	struct single single = { .key = SETTINGS_MODE };

	/* Each interface of a running instance has its own. */
	if (show->sources->running && now->interfaces)
		mode = now->interface_mode[0];
	for (size_t i = 0; show->sources->running && i < now->interfaces; i++)
		differ = differ || now->interface_mode[i] != mode;
	single.in_file = file->mode_given && file->mode == mode && !differ;
	single.is_default = mode == SETTINGS_MODE_AUTO && !differ;
	add_single(show, &single, settings_mode_name[mode]);
	if (differ && !show->values.err)
		snprintf(show->values.value[show->values.count - 1].from, CONFIG_FROM_MAX,
			 FROM_RUNNING ", of %s; others differ, see natloopctl status",
			 now->interface[0]);
}

/* 0: not given. */
struct number {
	unsigned int now;
	unsigned int file;
	unsigned int usual;
};

static void add_number(struct show *show, unsigned int key, const struct number *number)
{
	const struct single single = {
		.key = key,
		.in_file = number->file && number->file == number->now,
		.is_default = !number->now || number->now == number->usual,
		.number = true,
	};
	char text[16];

	snprintf(text, sizeof(text), "%u", number->now ? number->now : number->usual);
	add_single(show, &single, text);
}

static void add_limits(struct show *show)
{
	const struct settings *now = show->now, *file = show->file;
	const struct number max = { now->max_flows, file->max_flows, SETTINGS_DEFAULT_MAX_FLOWS };
	unsigned int most = max.now ? max.now : max.usual;
	struct number client = { now->client_flows, file->client_flows,
				 SETTINGS_DEFAULT_CLIENT_FLOWS };

	/* More than there are flows counts for nothing, and a file must not say so. */
	client.usual = client.usual < most ? client.usual : most;
	client.now = client.now < most ? client.now : most;
	add_number(show, SETTINGS_MAX_FLOWS, &max);
	add_number(show, SETTINGS_CLIENT_FLOWS, &client);
}

int config_values_collect(const struct config_sources *from, struct config_values *ret)
{
	struct show show = { .sources = from, .file = &from->file->settings };

	show.now = from->running ? from->running : show.file;
	add_interfaces(&show);
	add_publics(&show);
	add_lans(&show);
	add_snat(&show);
	add_mode(&show);
	add_limits(&show);
	add_forwards(&show);
	add_rules(&show);
	add_names(&show);
	for (unsigned int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		const struct number number = { show.now->timeout[i], show.file->timeout[i],
					       settings_default_timeout[i] };

		add_number(&show, SETTINGS_TIMEOUT + i, &number);
	}
	if (show.values.err)
		free(show.values.value);
	else
		*ret = show.values;
	return show.values.err;
}
