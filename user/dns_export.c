// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_export.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "address.h"
#include "number.h"
#include "util.h"

#define ADGUARD_FIRST 10 /* schemas before are older than dns.rewrites */
#define ADGUARD_FILTERING 26
#define ADGUARD_ENABLED 31
#define ADGUARD_NEWEST 34
#define PIHOLE_FIRST 5
#define PIHOLE_NEWEST 6

struct list {
	const struct dns_name *name;
	size_t count;
};

static bool is_wildcard(const struct dns_name *name)
{
	return name->name[0] == '*';
}

/* Without "*.". */
static const char *domain(const struct dns_name *name)
{
	return is_wildcard(name) ? name->name + 2 : name->name;
}

/* The address of that family as text; NULL: it has none. */
static const char *v4_text(const struct dns_name *name, char buf[ADDRESS_TEXT_MAX])
{
	return address_is_zero(&name->v4) ? NULL : address_format(&name->v4, buf, ADDRESS_TEXT_MAX);
}

static const char *v6_text(const struct dns_name *name, char buf[ADDRESS_TEXT_MAX])
{
	return address_is_zero(&name->v6) ? NULL :
					    inet_ntop(AF_INET6, &name->v6, buf, ADDRESS_TEXT_MAX);
}

/* Calls @each with each address of each name. */
static void each_address(FILE *out, const struct list *list, bool wildcards,
			 void (*each)(FILE *out, const struct dns_name *name, const char *address))
{
	for (size_t i = 0; i < list->count; i++) {
		char buf[ADDRESS_TEXT_MAX];
		const char *text = v4_text(&list->name[i], buf);

		if (is_wildcard(&list->name[i]) && !wildcards)
			continue;
		if (text)
			each(out, &list->name[i], text);
		text = v6_text(&list->name[i], buf);
		if (text)
			each(out, &list->name[i], text);
	}
}

/* Is @name below a wildcard of @list? Then what is below @name is, too. */
static bool is_covered(const struct dns_name *name, const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_wildcard(&list->name[i]) &&
		    dns_name_is_below(name->name, list->name[i].name))
			return true;
	return false;
}

/* AdGuard Home */

static void adguard_entry(FILE *out, const struct dns_name *name, const char *address)
{
	/* In quotes: a bare * would be an alias of YAML. */
	fprintf(out, "    - domain: '%s'\n      answer: '%s'\n", name->name, address);
}

static void adguard_enabled_entry(FILE *out, const struct dns_name *name, const char *address)
{
	adguard_entry(out, name, address);
	fputs("      enabled: true\n", out);
}

static void print_adguardhome(FILE *out, const struct dns_export *e, const struct list *list)
{
	fputs("# For AdGuardHome.yaml; stop AdGuard Home before you edit it, it writes the file "
	      "itself.\n",
	      out);
	fputs(e->version >= ADGUARD_FILTERING ? "filtering:\n" : "dns:\n", out);
	if (e->version >= ADGUARD_ENABLED)
		fputs("  rewrites_enabled: true\n", out);
	fputs("  rewrites:\n", out);
	each_address(out, list, true,
		     e->version >= ADGUARD_ENABLED ? adguard_enabled_entry : adguard_entry);
}

/* hosts, also as Pi-hole has them */

static void hosts_line(FILE *out, const struct dns_name *name, const char *address)
{
	fprintf(out, "%s %s\n", address, name->name);
}

static void toml_host(FILE *out, const struct dns_name *name, const char *address)
{
	fprintf(out, "    \"%s %s\",\n", address, name->name);
}

/* dnsmasq, also within Pi-hole: @before and @after each line. */
struct quote {
	const char *before;
	const char *after;
};

/* So that AAAA and HTTPS of the name do not go upstream; what is below it still does. */
static void dnsmasq_local(FILE *out, const struct dns_name *name, const struct list *list,
			  const struct quote *q)
{
	fprintf(out, "%slocal=/%s/%s\n", q->before, name->name, q->after);
	if (!is_wildcard(name) && !is_covered(name, list))
		fprintf(out, "%sserver=/*.%s/#%s\n", q->before, name->name, q->after);
}

static void dnsmasq_wildcard(FILE *out, const struct dns_name *name, const struct quote *q)
{
	char buf[ADDRESS_TEXT_MAX];
	const char *text = v4_text(name, buf);

	if (text)
		fprintf(out, "%saddress=/%s/%s%s\n", q->before, name->name, text, q->after);
	text = v6_text(name, buf);
	if (text)
		fprintf(out, "%saddress=/%s/%s%s\n", q->before, name->name, text, q->after);
}

static void dnsmasq_record(FILE *out, const struct dns_name *name)
{
	char addresses[2 * ADDRESS_TEXT_MAX];

	fprintf(out, "host-record=%s,%s,%u\n", name->name,
		dns_name_addresses(name, addresses, sizeof(addresses)), name->ttl);
}

static void print_dnsmasq(FILE *out, const struct dns_export *e, const struct list *list)
{
	static const struct quote none = { "", "" };

	fputs(e->forwarder ? "# Lets these names lead to addresses of the LAN.\n" :
			     "# These names lead to addresses of the LAN.\n",
	      out);
	for (size_t i = 0; i < list->count; i++) {
		const struct dns_name *name = &list->name[i];

		if (e->forwarder) {
			fprintf(out, "rebind-domain-ok=/%s/\n", domain(name));
			continue;
		}
		if (is_wildcard(name))
			dnsmasq_wildcard(out, name, &none);
		else
			dnsmasq_record(out, name);
		dnsmasq_local(out, name, list, &none);
	}
}

static void pihole_name(FILE *out, const struct dns_name *name, const struct list *list,
			const struct quote *q)
{
	if (is_wildcard(name))
		dnsmasq_wildcard(out, name, q);
	dnsmasq_local(out, name, list, q);
}

static void pihole_lines(FILE *out, const struct list *list, const struct quote *q)
{
	for (size_t i = 0; i < list->count; i++)
		pihole_name(out, &list->name[i], list, q);
}

void dns_export_pihole_lines(FILE *out, const struct dns_name *names, size_t count, size_t which)
{
	static const struct quote none = { "", "" };
	const struct list list = { names, count };

	pihole_name(out, &names[which], &list, &none);
}

static void print_pihole(FILE *out, const struct dns_export *e, const struct list *list)
{
	static const struct quote none = { "", "" }, toml = { "    \"", "\"," };

	if (e->version < PIHOLE_NEWEST) {
		fputs("# For /etc/pihole/custom.list:\n", out);
		each_address(out, list, false, hosts_line);
		fputs("\n# For /etc/dnsmasq.d/99-natloop.conf; then 'pihole restartdns'.\n", out);
		pihole_lines(out, list, &none);
		return;
	}
	fputs("# For /etc/pihole/pihole.toml; add to the lists that are there.\n[dns]\n  hosts = "
	      "[\n",
	      out);
	each_address(out, list, false, toml_host);
	fputs("  ]\n[misc]\n  dnsmasq_lines = [\n", out);
	pihole_lines(out, list, &toml);
	fputs("  ]\n", out);
}

/* unbound */

static void unbound_data(FILE *out, const struct dns_name *name, const char *address)
{
	fprintf(out, "\tlocal-data: \"%s. %u IN %s %s\"\n", domain(name), name->ttl,
		strchr(address, ':') ? "AAAA" : "A", address);
}

static void print_unbound(FILE *out, const struct dns_export *e, const struct list *list)
{
	fputs(e->forwarder ? "# Lets these names lead to addresses of the LAN.\nserver:\n" :
			     "# These names lead to addresses of the LAN.\nserver:\n",
	      out);
	for (size_t i = 0; i < list->count; i++) {
		const struct list one = { &list->name[i], 1 };

		if (e->forwarder) {
			fprintf(out, "\tprivate-domain: \"%s\"\n", domain(one.name));
			continue;
		}
		if (is_wildcard(one.name))
			fprintf(out, "\tlocal-zone: \"%s.\" redirect # and itself\n",
				domain(one.name));
		each_address(out, &one, true, unbound_data);
	}
}

/* Of a redirect zone unbound takes data for its top only. */
static bool is_in_zone(const struct dns_name *name, const struct dns_name *wildcard)
{
	return is_wildcard(wildcard) && !is_wildcard(name) &&
	       (hostname_same(domain(wildcard), name->name) ||
		dns_name_is_below(name->name, wildcard->name));
}

static int check_unbound(const struct list *list, struct problem *p)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->count; k++)
			if (is_in_zone(&list->name[k], &list->name[i]))
				return problem(p, -EOPNOTSUPP, list->name[i].name,
					       "leave one of the two out",
					       "unbound answers %s and all below it alike",
					       domain(&list->name[i]));
	return 0;
}

static int check_hosts(const struct list *list, struct problem *p)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_wildcard(&list->name[i]))
			return problem(p, -EOPNOTSUPP, list->name[i].name,
				       "give each name by itself", "a hosts file has no wildcards");
	return 0;
}

static void print_hosts(FILE *out, const struct dns_export *e, const struct list *list)
{
	(void)e;
	each_address(out, list, true, hosts_line);
}

static const struct {
	const char *name;
	unsigned int first; /* version; 0: it has none */
	unsigned int newest;
	bool forwarder;
	int (*check)(const struct list *list, struct problem *p);
	void (*print)(FILE *out, const struct dns_export *e, const struct list *list);
} servers[] = {
	[DNS_ADGUARDHOME] = { "adguardhome", ADGUARD_FIRST, ADGUARD_NEWEST, false, NULL,
			      print_adguardhome },
	[DNS_PIHOLE] = { "pihole", PIHOLE_FIRST, PIHOLE_NEWEST, false, NULL, print_pihole },
	[DNS_DNSMASQ] = { "dnsmasq", 0, 0, true, NULL, print_dnsmasq },
	[DNS_UNBOUND] = { "unbound", 0, 0, true, check_unbound, print_unbound },
	[DNS_HOSTS] = { "hosts", 0, 0, false, check_hosts, print_hosts },
};

int dns_export_parse(const char *server, const char *version, bool forwarder,
		     struct dns_export *ret, struct problem *p)
{
	struct dns_export e = { .forwarder = forwarder };
	char what[64];
	size_t i = 0;

	while (i < ARRAY_SIZE(servers) && strcmp(servers[i].name, server) != 0)
		i++;
	if (i == ARRAY_SIZE(servers))
		return problem_usage(p, server,
				     "give adguardhome, pihole, dnsmasq, unbound or hosts",
				     "no such DNS server is known");
	if (forwarder && !servers[i].forwarder)
		return problem_usage(p, "--forwarder", "give it with dnsmasq or unbound",
				     "means nothing to %s", server);
	e.server = (enum dns_server)i;
	e.version = servers[i].newest;
	if (version && !servers[i].first)
		return problem_usage(p, "--for", "leave it out",
				     "one configuration does for all versions of %s", server);
	snprintf(what, sizeof(what), "give %u to %u", servers[i].first, servers[i].newest);
	if (version && number_parse(version, servers[i].first, servers[i].newest, &e.version))
		return problem_usage(p, version, what, "is no version of %s that is known", server);
	*ret = e;
	return 0;
}

int dns_export_print(FILE *out, const struct dns_export *e, const struct dns_name *names,
		     size_t count, struct problem *p)
{
	const struct list list = { names, count };
	int err = 0;

	if (servers[e->server].check && !e->forwarder)
		err = servers[e->server].check(&list, p);
	if (!err)
		servers[e->server].print(out, e, &list);
	return err;
}
