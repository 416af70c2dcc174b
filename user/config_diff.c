// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "config_diff.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "config_text.h"
#include "forward_text.h"
#include "plan.h"
#include "settings.h"
#include "util.h"

#define ITEM_MAX (FORWARD_TEXT_MAX + ADDRESS_TEXT_MAX)

struct differ {
	const struct link_table *links;
	config_diff_line line;
	void *data;
	bool found;
};

/* A list in one line. What does not fit is counted. */
struct text {
	char buf[640];
	size_t length;
	unsigned int left_out;
};

/* Both lists of one part; items are compared as bytes. */
struct part {
	const char *object;
	const void *old;
	const void *new;
	__u32 old_count;
	__u32 new_count;
	size_t size;
	void (*format)(const struct differ *d, const void *item, char *buf, size_t size);
};

static void add(struct text *t, const char *mark, const char *item)
{
	size_t need = strlen(mark) + strlen(item) + 2;

	if (t->left_out || t->length + need + sizeof(" and 1000 more") > sizeof(t->buf)) {
		t->left_out++;
		return;
	}
	t->length += (size_t)snprintf(t->buf + t->length, sizeof(t->buf) - t->length, "%s%s%s",
				      t->length ? ", " : "", mark, item);
}

static const char *finish(struct text *t)
{
	if (t->left_out)
		snprintf(t->buf + t->length, sizeof(t->buf) - t->length, " and %u more",
			 t->left_out);
	else if (!t->length)
		snprintf(t->buf, sizeof(t->buf), "none");
	return t->buf;
}

static void tell(struct differ *d, const char *object, const char *text)
{
	d->found = true;
	if (d->line)
		d->line(d->data, object, text);
}

static bool has(const void *list, __u32 count, size_t size, const void *item)
{
	for (__u32 i = 0; i < count; i++)
		if (!memcmp((const char *)list + i * size, item, size))
			return true;
	return false;
}

/* Adds to @t what is in @list and not in @other. */
static void add_missing(const struct differ *d, const struct part *part, bool new, struct text *t)
{
	const char *list = new ? part->new : part->old;
	const void *other = new ? part->old : part->new;
	__u32 count = new ? part->new_count : part->old_count;
	__u32 other_count = new ? part->old_count : part->new_count;
	char item[ITEM_MAX];

	for (__u32 i = 0; i < count; i++, list += part->size) {
		if (has(other, other_count, part->size, list))
			continue;
		part->format(d, list, item, sizeof(item));
		add(t, new ? "+ " : "- ", item);
	}
}

static void diff_part(struct differ *d, const struct part *part)
{
	struct text t = { .length = 0 };

	add_missing(d, part, true, &t);
	add_missing(d, part, false, &t);
	if (t.length || t.left_out)
		tell(d, part->object, finish(&t));
}

static void format_interface(const struct differ *d, __u32 ifindex, char *buf, size_t size)
{
	const struct link *link = d->links ? netlink_link_by_index(d->links, (int)ifindex) : NULL;

	if (link)
		snprintf(buf, size, "%s", link->name);
	else
		snprintf(buf, size, "interface %u", ifindex);
}

static void format_forward(const struct differ *d, const void *item, char *buf, size_t size)
{
	const struct natloop_forward *f = item;
	char text[FORWARD_TEXT_MAX], from[ADDRESS_TEXT_MAX];

	(void)d;
	forward_format(f, text, sizeof(text));
	if (address_is_zero(&f->snat))
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "%s from %s", text,
			 address_format(&f->snat, from, sizeof(from)));
}

static void format_lan(const struct differ *d, const void *item, char *buf, size_t size)
{
	const struct natloop_lan *lan = item;
	const struct prefix prefix = { .net = lan->net, .mask = lan->mask };
	char text[ADDRESS_TEXT_MAX], router[ADDRESS_TEXT_MAX], name[32];

	address_format_prefix(&prefix, text, sizeof(text));
	if (!lan->ifindex) {
		snprintf(buf, size, "%s", text);
		return;
	}
	format_interface(d, lan->ifindex, name, sizeof(name));
	snprintf(buf, size, "%s on %s (%s)", text, name,
		 address_format(&lan->router, router, sizeof(router)));
}

static void format_link(const struct differ *d, const void *item, char *buf, size_t size)
{
	const struct natloop_link *link = item;
	char name[32];

	format_interface(d, link->l3_ifindex, name, sizeof(name));
	snprintf(buf, size, "%s %02x:%02x:%02x:%02x:%02x:%02x", name, link->mac[0], link->mac[1],
		 link->mac[2], link->mac[3], link->mac[4], link->mac[5]);
}

static void diff_publics(struct differ *d, const struct natloop_config *old,
			 const struct natloop_config *new)
{
	struct text before = { .length = 0 }, after = { .length = 0 };
	char item[ADDRESS_TEXT_MAX], line[2 * sizeof(before.buf) + 8];
	bool same = old->publics == new->publics;

	for (__u32 i = 0; i < new->publics; i++) {
		add(&after, "", address_format(&new->address[i], item, sizeof(item)));
		same = same &&
		       has(old->address, old->publics, sizeof(old->address[0]), &new->address[i]);
	}
	for (__u32 i = 0; i < old->publics; i++)
		add(&before, "", address_format(&old->address[i], item, sizeof(item)));
	if (same)
		return;
	snprintf(line, sizeof(line), "%s -> %s", finish(&before), finish(&after));
	tell(d, "public", line);
}

static void diff_snat(struct differ *d, const struct natloop_config *old,
		      const struct natloop_config *new)
{
	char before[ADDRESS_TEXT_MAX], after[ADDRESS_TEXT_MAX], line[2 * ADDRESS_TEXT_MAX + 8];

	if (old->snat_mode == new->snat_mode && address_equal(&old->snat_addr, &new->snat_addr))
		return;
	snprintf(line, sizeof(line), "%s -> %s",
		 config_text_snat(old->snat_mode, &old->snat_addr, before, sizeof(before)),
		 config_text_snat(new->snat_mode, &new->snat_addr, after, sizeof(after)));
	tell(d, "snat", line);
}

static void diff_number(struct differ *d, const char *object, __u64 old, __u64 new)
{
	char line[64];

	if (old == new)
		return;
	snprintf(line, sizeof(line), "%llu -> %llu", (unsigned long long)old,
		 (unsigned long long)new);
	tell(d, object, line);
}

static void diff_numbers(struct differ *d, const struct natloop_config *old,
			 const struct natloop_config *new)
{
	diff_number(d, "max-flows", old->max_flows, new->max_flows);
	diff_number(d, "client-flows", old->client_flows, new->client_flows);
	for (int i = 0; i < NATLOOP_TIMEOUT_COUNT; i++) {
		char object[32];

		snprintf(object, sizeof(object), "timeout %s", settings_timeout_name[i]);
		diff_number(d, object, config_seconds(old->timeout[i]),
			    config_seconds(new->timeout[i]));
	}
}

/* But for where the interfaces are. */
static bool same_rule(const struct natloop_config *old, const struct natloop_config *new, __u32 i)
{
	struct natloop_rule rule = old->rule[i];

	rule.ifindex = new->rule[i].ifindex;
	return !memcmp(&rule, &new->rule[i], sizeof(rule)) &&
	       !strcmp(old->rule_interface[i], new->rule_interface[i]);
}

static bool waits_for(const struct natloop_config *config, const char *name)
{
	const char *other;
	__u32 i = 0;

	while ((other = plan_next_waiting(config, &i)))
		if (!strcmp(other, name))
			return true;
	return false;
}

static void diff_waiting(struct differ *d, const struct natloop_config *old,
			 const struct natloop_config *new)
{
	const char *name;
	char line[64];
	__u32 i = 0;

	while ((name = plan_next_waiting(new, &i))) {
		if (waits_for(old, name))
			continue;
		snprintf(line, sizeof(line), "those of %s wait until it is there", name);
		tell(d, "rules", line);
	}
	for (i = 0; (name = plan_next_waiting(old, &i));) {
		if (waits_for(new, name) || !plan_has_rule_for(new, name))
			continue;
		snprintf(line, sizeof(line), "those of %s count again", name);
		tell(d, "rules", line);
	}
}

/* Their order counts, so they are not told one by one. */
static void diff_rules(struct differ *d, const struct natloop_config *old,
		       const struct natloop_config *new)
{
	bool same = old->rules == new->rules;
	char line[64];

	for (__u32 i = 0; same && i < new->rules; i++)
		same = same_rule(old, new, i);
	if (!same) {
		snprintf(line, sizeof(line), "other ones, %u -> %u", old->rules, new->rules);
		tell(d, "rules", line);
	}
	diff_waiting(d, old, new);
	/* One that was made again in a moment: its link tells. */
	d->found = d->found || memcmp(old->rule, new->rule, new->rules * sizeof(new->rule[0])) != 0;
}

bool config_diff(const struct natloop_config *old, const struct natloop_config *new,
		 const struct link_table *links, config_diff_line line, void *data)
{
	struct differ d = { .links = links, .line = line, .data = data };
	const struct part forwards = {
		"forwards",    old->forward,	      new->forward,   old->forwards,
		new->forwards, sizeof(*old->forward), format_forward,
	};
	const struct part lans = {
		"lan", old->lan, new->lan, old->lans, new->lans, sizeof(*old->lan), format_lan,
	};
	const struct part link = {
		"links",    old->link,		new->link,   old->links,
		new->links, sizeof(*old->link), format_link,
	};

	diff_publics(&d, old, new);
	diff_part(&d, &forwards);
	diff_snat(&d, old, new);
	diff_part(&d, &lans);
	diff_rules(&d, old, new);
	diff_part(&d, &link);
	diff_numbers(&d, old, new);
	return d.found;
}
