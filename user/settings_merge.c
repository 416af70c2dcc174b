// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "settings_merge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "util.h"

static bool has_forward(const struct settings *s, const struct natloop_forward *f)
{
	for (size_t i = 0; i < s->forwards; i++)
		if (!memcmp(&s->forward[i], f, sizeof(*f)))
			return true;
	return false;
}

static bool has_public(const struct settings *s, const char *spec)
{
	for (size_t i = 0; i < s->publics; i++)
		if (!strcmp(s->public_spec[i], spec))
			return true;
	return false;
}

static int merge_forwards(const struct settings_merge *m, struct settings *ret, struct problem *p)
{
	for (size_t i = 0; i < m->ours->forwards; i++) {
		const struct natloop_forward *f = &m->ours->forward[i];
		int err = 0;

		if (!has_forward(m->base, f) || has_forward(m->now, f))
			err = settings_add_forward(ret, f, p);
		if (err)
			return err;
	}
	for (size_t i = 0; i < m->now->forwards; i++) {
		const struct natloop_forward *f = &m->now->forward[i];

		if (has_forward(m->base, f) || has_forward(m->ours, f))
			continue;
		/* An overlap: ours wins. */
		if (ret->forwards < ARRAY_SIZE(ret->forward))
			(void)settings_add_forward(ret, f, NULL);
	}
	/* Whoever deleted them all wants none. */
	ret->no_forwards = !ret->forwards || m->ours->no_forwards;
	return 0;
}

static int merge_publics(const struct settings_merge *m, struct settings_merged *ret,
			 struct problem *p)
{
	struct settings *s = &ret->settings;

	memcpy(s->public_spec, m->ours->public_spec, sizeof(s->public_spec));
	s->publics = m->ours->publics;
	s->publics_optional = m->ours->publics_optional;
	ret->own_publics = s->publics;
	for (size_t i = 0; i < m->now->publics; i++) {
		const char *spec = m->now->public_spec[i];

		if (has_public(m->base, spec) || has_public(m->ours, spec))
			continue;
		if (s->publics == ARRAY_SIZE(s->public_spec))
			return problem(p, -ENOSPC, spec, "'natloopctl public del' some",
				       "more than %zu public addresses",
				       ARRAY_SIZE(s->public_spec));
		snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "%s", spec);
	}
	for (size_t i = 0; i < m->base->publics; i++)
		if (!has_public(m->now, m->base->public_spec[i]) &&
		    !address_parse(m->base->public_spec[i], &ret->absent[ret->absents], NULL))
			ret->absents++;
	return 0;
}

static void merge_lans(const struct settings_merge *m, struct settings *ret)
{
	const struct settings *ours = m->ours, *base = m->base;
	bool same = ours->lans == base->lans &&
		    !memcmp(ours->lan, base->lan, ours->lans * sizeof(ours->lan[0]));
	const struct settings *from = same ? m->now : ours;

	memcpy(ret->lan, from->lan, sizeof(ret->lan));
	ret->lans = from->lans;
}

/* [lan]: the first line that fits counts, so it is one thing. */
static void merge_rules(const struct settings_merge *m, struct settings *ret)
{
	const struct settings *ours = m->ours, *base = m->base;
	bool same =
		ours->rules == base->rules && !memcmp(ours->rule, base->rule, sizeof(ours->rule)) &&
		!memcmp(ours->rule_interface, base->rule_interface, sizeof(ours->rule_interface));
	const struct settings *from = same ? m->now : ours;

	memcpy(ret->rule, from->rule, sizeof(ret->rule));
	memcpy(ret->rule_interface, from->rule_interface, sizeof(ret->rule_interface));
	ret->rules = from->rules;
	ret->rules_wait = ours->rules_wait;
}

static void merge_snat(const struct settings_merge *m, struct settings *ret)
{
	const struct settings *ours = m->ours, *base = m->base;
	bool same = ours->snat_given == base->snat_given &&
		    (!ours->snat_given || (ours->snat_mode == base->snat_mode &&
					   address_equal(&ours->snat_addr, &base->snat_addr)));
	const struct settings *from = same ? m->now : ours;

	ret->snat_given = from->snat_given;
	ret->snat_mode = from->snat_mode;
	ret->snat_addr = from->snat_addr;
}

/* Its index, or @s->interfaces. */
static size_t find_interface(const struct settings *s, const char *name)
{
	size_t i = 0;

	while (i < s->interfaces && strcmp(s->interface[i], name) != 0)
		i++;
	return i;
}

static bool has_interface(const struct settings *s, const char *name)
{
	return find_interface(s, name) < s->interfaces;
}

/* A mode that ours says anew, or does not say any more, is for those that ours is about. */
static enum settings_mode merge_mode(const struct settings_merge *m, const char *name)
{
	const struct settings *ours = m->ours, *base = m->base;
	enum settings_mode wanted = ours->mode_given ? ours->mode : SETTINGS_MODE_AUTO;
	bool same = ours->mode_given == base->mode_given &&
		    (!ours->mode_given || ours->mode == base->mode);
	size_t at = find_interface(m->now, name);

	if (at == m->now->interfaces)
		return wanted;
	if (same || (ours->interfaces && !has_interface(ours, name)))
		return m->now->interface_mode[at];
	return wanted;
}

static int add_interface(const struct settings_merge *m, const char *name, struct settings *ret,
			 struct problem *p)
{
	size_t i = ret->interfaces;

	if (i == ARRAY_SIZE(ret->interface))
		return problem(p, -ENOSPC, name, "detach some interfaces first",
			       "more than %zu interfaces", ARRAY_SIZE(ret->interface));
	snprintf(ret->interface[i], sizeof(ret->interface[i]), "%s", name);
	ret->interface_mode_given[i] = true;
	ret->interface_mode[i] = merge_mode(m, name);
	ret->interfaces++;
	return 0;
}

static int merge_interfaces(const struct settings_merge *m, struct settings *ret, struct problem *p)
{
	const struct settings *ours = m->ours, *base = m->base, *now = m->now;
	int err = 0;

	for (size_t i = 0; i < ours->interfaces && !err; i++)
		if (!has_interface(base, ours->interface[i]) ||
		    has_interface(now, ours->interface[i]))
			err = add_interface(m, ours->interface[i], ret, p);
	for (size_t i = 0; i < now->interfaces && !err; i++)
		if (!has_interface(base, now->interface[i]) &&
		    !has_interface(ours, now->interface[i]))
			err = add_interface(m, now->interface[i], ret, p);
	return err;
}

static unsigned int number(unsigned int base, unsigned int ours, unsigned int now)
{
	return ours == base ? now : ours;
}

int settings_merge(const struct settings_merge *m, struct settings_merged *ret, struct problem *p)
{
	struct settings *s = &ret->settings;
	int err;

	memset(ret, 0, sizeof(*ret));
	err = merge_forwards(m, s, p);
	if (!err)
		err = merge_publics(m, ret, p);
	if (!err)
		err = merge_interfaces(m, s, p);
	if (err)
		return err;
	merge_lans(m, s);
	merge_rules(m, s);
	merge_snat(m, s);
	s->dns_given = m->ours->dns_given;
	s->dns = m->ours->dns;
	s->from_file = m->ours->from_file;
	s->forwards_imported = m->ours->forwards_imported;
	s->max_flows = number(m->base->max_flows, m->ours->max_flows, m->now->max_flows);
	s->client_flows =
		number(m->base->client_flows, m->ours->client_flows, m->now->client_flows);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++)
		s->timeout[i] =
			number(m->base->timeout[i], m->ours->timeout[i], m->now->timeout[i]);
	return 0;
}

static bool in_force(const struct natloop_config *config, const struct natloop_forward *f)
{
	for (__u32 i = 0; i < config->forwards; i++) {
		struct natloop_forward plain = config->forward[i];

		memset(&plain.snat, 0, sizeof(plain.snat));
		if (!memcmp(&plain, f, sizeof(plain)))
			return true;
	}
	return false;
}

void settings_rebase(const struct settings *ours, const struct natloop_config *before,
		     const struct natloop_config *after, struct settings *base)
{
	struct natloop_forward kept[NATLOOP_MAX_FORWARDS] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < ours->forwards; i++) {
		const struct natloop_forward *f = &ours->forward[i];

		if (in_force(after, f) || (has_forward(base, f) && !in_force(before, f)))
			kept[count++] = *f;
	}
	*base = *ours;
	memcpy(base->forward, kept, count * sizeof(kept[0]));
	base->forwards = count;
}

void settings_file_base(const struct settings *now, const struct settings *file,
			struct settings *ret)
{
	unsigned int said = now->from_file | file->from_file;

	*ret = *now;
	/* What it unsays is what neither says. */
	ret->from_file = ~said;
	settings_forget_file(ret);
	if (!ret->rules) {
		memset(ret->rule, 0, sizeof(ret->rule));
		memset(ret->rule_interface, 0, sizeof(ret->rule_interface));
	}
	if (!file->interfaces)
		ret->interfaces = 0;
	/* A mode of the file is for all that it is about, in whatever mode they are. */
	ret->mode_given = !file->mode_given && now->from_file & 1U << SETTINGS_MODE;
	ret->mode = SETTINGS_MODE_AUTO;
}
