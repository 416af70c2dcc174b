// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What watch asks for, and what other commands did meanwhile, come together. */
#include <errno.h>

#include "address.h"
#include "forward_text.h"
#include "settings_merge.h"
#include "unit.h"
#include "util.h"

static struct settings base, ours, now;
static struct settings_merged merged;
static struct problem p;

static void forward(struct settings *s, const char *spec)
{
	assert_int_equal(forward_parse(spec, s, &p), 0);
}

static void public(struct settings *s, const char *spec)
{
	snprintf(s->public_spec[s->publics++], sizeof(s->public_spec[0]), "%s", spec);
}

static void merge(void)
{
	const struct settings_merge m = { .base = &base, .ours = &ours, .now = &now };

	assert_int_equal(settings_merge(&m, &merged, &p), 0);
}

/* The forwards that come of it, as one text. */
static void expect_forwards(const char *what, const char *wanted)
{
	char got[1024] = "", text[FORWARD_TEXT_MAX];

	merge();
	for (size_t i = 0; i < merged.settings.forwards; i++) {
		size_t length = strlen(got);

		snprintf(got + length, sizeof(got) - length, "%s%s", i ? " " : "",
			 forward_format(&merged.settings.forward[i], text, sizeof(text)));
	}
	check_text(what, got, wanted);
	assert_int_equal(merged.settings.no_forwards, !*wanted);
}

static int setup(void **state)
{
	(void)state;
	memset(&base, 0, sizeof(base));
	forward(&base, "tcp/443=192.168.11.30");
	forward(&base, "udp/53=192.168.11.20");
	ours = now = base;
	return 0;
}

static void forwards(void **state)
{
	(void)state;
	expect_forwards("as they were", "tcp/443=192.168.11.30 udp/53=192.168.11.20");
	forward(&now, "tcp/80=192.168.11.30");
	expect_forwards("one added by others",
			"tcp/443=192.168.11.30 udp/53=192.168.11.20 tcp/80=192.168.11.30");
	ours.forwards = 1;
	expect_forwards("one gone from ours", "tcp/443=192.168.11.30 tcp/80=192.168.11.30");
	forward(&ours, "tcp/70-90=192.168.11.40");
	expect_forwards("an overlap: ours wins", "tcp/443=192.168.11.30 tcp/70-90=192.168.11.40");

	setup(state);
	now.forwards = 1;
	expect_forwards("one deleted by others", "tcp/443=192.168.11.30");
	base.forwards = 1;
	expect_forwards("asked for anew", "tcp/443=192.168.11.30 udp/53=192.168.11.20");

	setup(state);
	now.forwards = 0;
	expect_forwards("all deleted by others", "");
}

static void publics(void **state)
{
	struct natloop_addr gone;

	(void)state;
	public(&base, "172.16.16.1");
	public(&base, "172.16.16.2");
	public(&ours, "auto");
	public(&now, "172.16.16.1");
	public(&now, "203.0.113.1");
	merge();
	assert_int_equal(merged.own_publics, 1);
	assert_int_equal(merged.settings.publics, 2);
	assert_string_equal(merged.settings.public_spec[0], "auto");
	assert_string_equal(merged.settings.public_spec[1], "203.0.113.1");
	assert_int_equal(merged.absents, 1);
	assert_int_equal(address_parse("172.16.16.2", &gone, NULL), 0);
	assert_true(address_equal(&merged.absent[0], &gone));

	/* What both ask for is ours. */
	public(&ours, "203.0.113.1");
	merge();
	assert_int_equal(merged.own_publics, 2);
	assert_int_equal(merged.settings.publics, 2);

	now.publics = 0;
	for (int i = 0; i < SETTINGS_MAX_PUBLICS; i++) {
		char text[32];

		snprintf(text, sizeof(text), "198.51.100.%d", i);
		public(&now, text);
	}
	assert_int_equal(
		settings_merge(&(struct settings_merge){ &base, &ours, &now }, &merged, &p),
		-ENOSPC);
	assert_non_null(strstr(p.what, "public addresses"));
}

static void values(void **state)
{
	(void)state;
	now.snat_given = true;
	now.max_flows = 100;
	now.timeout[0] = 300;
	now.lans = 1;
	now.snat_mode = NATLOOP_SNAT_ROUTER;
	merge();
	assert_int_equal(merged.settings.snat_mode, NATLOOP_SNAT_ROUTER);
	assert_int_equal(merged.settings.max_flows, 100);
	assert_int_equal(merged.settings.timeout[0], 300);
	assert_int_equal(merged.settings.lans, 1);

	/* Ours says another thing than before. */
	ours.snat_given = true;
	ours.max_flows = 200;
	ours.timeout[0] = 60;
	ours.lans = 2;
	merge();
	assert_int_equal(merged.settings.snat_mode, NATLOOP_SNAT_PUBLIC);
	assert_int_equal(merged.settings.max_flows, 200);
	assert_int_equal(merged.settings.timeout[0], 60);
	assert_int_equal(merged.settings.lans, 2);

	/* It said so before, and others have changed it since. */
	base = ours;
	merge();
	assert_int_equal(merged.settings.snat_mode, NATLOOP_SNAT_ROUTER);
	assert_int_equal(merged.settings.max_flows, 100);

	/* Not said any more: the default. */
	setup(state);
	base.timeout[0] = 60;
	now.timeout[0] = 60;
	now.timeout[1] = 70;
	merge();
	assert_int_equal(merged.settings.timeout[0], 0);
	assert_int_equal(merged.settings.timeout[1], 70);
}

/* What the plan left out is asked for again, what others deleted is not. */
static void rebase(void **state)
{
	static struct natloop_config before, after;

	(void)state;
	memset(&before, 0, sizeof(before));
	forward(&ours, "tcp/80=192.168.11.99"); /* left out */
	before.forwards = 1;
	before.forward[0] = ours.forward[0];
	before.forward[0].snat.w[3] = 1;
	after = before;
	settings_rebase(&ours, &before, &after, &base);
	assert_int_equal(base.forwards, 2);
	assert_memory_equal(&base.forward[1], &ours.forward[1], sizeof(base.forward[1]));
	now = ours;
	now.forwards = 1;
	expect_forwards("afterwards", "tcp/443=192.168.11.30 tcp/80=192.168.11.99");
}

static void interface(struct settings *s, const char *name, enum settings_mode mode)
{
	s->interface_mode_given[s->interfaces] = true;
	s->interface_mode[s->interfaces] = mode;
	snprintf(s->interface[s->interfaces++], IFNAMSIZ, "%s", name);
}

/* The interfaces that come of it with their modes, as one text. */
static void expect_interfaces(const char *what, const char *wanted)
{
	const struct settings *s = &merged.settings;
	char got[256] = "";

	merge();
	for (size_t i = 0; i < s->interfaces; i++) {
		size_t length = strlen(got);

		assert_true(s->interface_mode_given[i]);
		snprintf(got + length, sizeof(got) - length, "%s%s=%s", i ? " " : "",
			 s->interface[i], settings_mode_name[s->interface_mode[i]]);
	}
	check_text(what, got, wanted);
	assert_false(s->mode_given);
}

static void interfaces(void **state)
{
	(void)state;
	interface(&base, "eth1", SETTINGS_MODE_AUTO);
	interface(&base, "eth2", SETTINGS_MODE_AUTO);
	ours = base;
	interface(&now, "eth1", SETTINGS_MODE_TC);
	expect_interfaces("one detached by others", "eth1=tc");
	interface(&now, "eth7", SETTINGS_MODE_XDP);
	expect_interfaces("one attached by others", "eth1=tc eth7=xdp");
	interface(&ours, "eth3", SETTINGS_MODE_AUTO);
	expect_interfaces("a new one", "eth1=tc eth3=auto eth7=xdp");
	base.interfaces = 1; /* eth2 went */
	expect_interfaces("one came back", "eth1=tc eth2=auto eth3=auto eth7=xdp");
	ours.interfaces = 0;
	interface(&ours, "eth3", SETTINGS_MODE_AUTO);
	expect_interfaces("one not named any more", "eth3=auto eth7=xdp");

	for (size_t i = 0; i < SETTINGS_MAX_INTERFACES; i++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "lan%zu", i);
		snprintf(now.interface[i], sizeof(now.interface[i]), "%s", name);
	}
	now.interfaces = SETTINGS_MAX_INTERFACES;
	assert_int_equal(
		settings_merge(&(struct settings_merge){ &base, &ours, &now }, &merged, &p),
		-ENOSPC);
}

static void modes(void **state)
{
	(void)state;
	interface(&base, "eth1", SETTINGS_MODE_AUTO);
	ours = base;
	interface(&now, "eth1", SETTINGS_MODE_TC);
	interface(&now, "eth7", SETTINGS_MODE_XDP);
	ours.mode_given = true;
	ours.mode = SETTINGS_MODE_XDP_GENERIC;
	expect_interfaces("a new mode is for what ours names", "eth1=xdp-generic eth7=xdp");
	base.mode_given = true;
	base.mode = SETTINGS_MODE_XDP_GENERIC;
	expect_interfaces("said before, changed by others", "eth1=tc eth7=xdp");
	ours.mode_given = false;
	expect_interfaces("not said any more", "eth1=auto eth7=xdp");
	base.interfaces = ours.interfaces = 0;
	expect_interfaces("of settings that name none", "eth1=auto eth7=auto");
}

/* What the file said is the file's, and nothing else is. */
static void file_base(void **state)
{
	(void)state;
	interface(&now, "eth1", SETTINGS_MODE_XDP_GENERIC);
	interface(&now, "eth2", SETTINGS_MODE_XDP_GENERIC);
	public(&now, "172.16.16.1");
	now.snat_given = true;
	now.snat_mode = NATLOOP_SNAT_ROUTER;
	now.max_flows = 100;
	now.timeout[0] = 60;
	now.timeout[1] = 70;
	now.rules = 1;
	now.rule[0].allow = 1;
	now.from_file = 1U << SETTINGS_MODE | 1U << SETTINGS_INTERFACE | 1U << SETTINGS_TIMEOUT;
	memset(&ours, 0, sizeof(ours));
	forward(&ours, "tcp/80=192.168.11.30");
	interface(&ours, "eth1", SETTINGS_MODE_AUTO);
	ours.from_file = 1U << SETTINGS_FORWARD | 1U << SETTINGS_INTERFACE;
	settings_file_base(&now, &ours, &base);
	expect_forwards("the file's list", "tcp/80=192.168.11.30");
	expect_interfaces("the file's interfaces, no mode any more", "eth1=auto");
	assert_int_equal(merged.settings.publics, 1);
	assert_int_equal(merged.settings.snat_mode, NATLOOP_SNAT_ROUTER);
	assert_int_equal(merged.settings.max_flows, 100);
	assert_int_equal(merged.settings.timeout[0], 0);
	assert_int_equal(merged.settings.timeout[1], 70);
	assert_int_equal(merged.settings.rules, 1);
	assert_int_equal(merged.settings.from_file, ours.from_file);

	ours.interfaces = 0;
	ours.mode_given = true;
	ours.mode = SETTINGS_MODE_TC;
	settings_file_base(&now, &ours, &base);
	expect_interfaces("no interface named, a mode", "eth1=tc eth2=tc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(interfaces, setup), cmocka_unit_test_setup(modes, setup),
		cmocka_unit_test_setup(file_base, setup),  cmocka_unit_test_setup(forwards, setup),
		cmocka_unit_test_setup(publics, setup),	   cmocka_unit_test_setup(values, setup),
		cmocka_unit_test_setup(rebase, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
