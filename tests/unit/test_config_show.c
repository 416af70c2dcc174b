// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What config show prints: the origins, and a file that says the same again. */
#include "config_show.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"
#include "util.h"

static const char example[] = "[natloop]\n"
			      "interface = eth1 br-guest\n"
			      "snat = 10.9.9.9\n"
			      "lan = 10.8.0.0/24\n"
			      "max-flows = 1000\n"
			      "[forward]\n"
			      "rustdesk = 192.168.11.20\n"
			      "tcp/443 = 192.168.11.30:8443\n"
			      "[lan]\n"
			      "br-guest = allow rustdesk\n"
			      "[timeout]\n"
			      "udp = 60\n"
			      "[dns]\n"
			      "*.Home.example = 192.168.11.20, fd00::20\n"
			      "resolver = 9.9.9.9\n";

static void read_text(const char *text, struct config_file *ret)
{
	char path[] = "/tmp/natloop-test-XXXXXX";
	struct problem p;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	CHECK(!config_file_read_lines(path, ret, &p), "%s: %s\n%s", p.object, p.what, text);
	unlink(path);
}

/* The caller frees it. */
static char *show(const struct config_sources *sources, bool json)
{
	struct config_values values = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct writer *w;

	assert_non_null(out);
	assert_int_equal(config_values_collect(sources, &values), 0);
	if (json) {
		w = writer_json(out);
		assert_non_null(w);
		config_show_write(&values, w);
		assert_int_equal(writer_finish(w), 0);
	} else {
		config_show_text(&values, out);
	}
	fclose(out);
	free(values.value);
	return text;
}

static void has(const char *text, const char *line)
{
	CHECK(strstr(text, line), "no \"%s\" in\n%s", line, text);
}

static void only_a_file(void **state)
{
	static struct config_file file, again;
	const struct config_sources sources = { .path = "/etc/x.conf", .file = &file };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *json = NULL;

	(void)state;
	read_text(example, &file);
	text = show(&sources, false);
	has(text,
	    "interface = eth1 ; from /etc/x.conf:2\ninterface = br-guest ; from /etc/x.conf:2\n");
	has(text, "public = auto ; from default\n");
	has(text, "snat = 10.9.9.9 ; from /etc/x.conf:3\n");
	has(text, "mode = auto ; from default\n");
	has(text, "max-flows = 1000 ; from /etc/x.conf:5\n");
	has(text, "client-flows = 1000 ; from default\n");
	has(text, "[forward]\ntcp/21115-21117 = 192.168.11.20 ; from /etc/x.conf:7\n");
	has(text, "tcp/443 = 192.168.11.30:8443 ; from /etc/x.conf:8\n");
	has(text, "[lan]\nbr-guest = allow tcp/21115-21117 udp/21116 ; from /etc/x.conf:10\n");
	has(text, "[dns]\n*.home.example = 192.168.11.20,fd00::20 60 ; from /etc/x.conf:14\n"
		  "resolver = 9.9.9.9 ; from /etc/x.conf:15\n");
	has(text, "udp = 60 ; from /etc/x.conf:12\n");
	has(text, "tcp-established = 7440 ; from default\n");

	read_text(text, &again);
	CHECK(!memcmp(again.settings.forward, file.settings.forward,
		      sizeof(file.settings.forward)) &&
		      !memcmp(again.settings.rule, file.settings.rule,
			      sizeof(file.settings.rule)) &&
		      !memcmp(&again.settings.dns, &file.settings.dns, sizeof(file.settings.dns)) &&
		      again.settings.max_flows == 1000 && again.settings.timeout[0] == 60 &&
		      again.settings.interfaces == 2 && again.settings.lans == 1,
	      "not the same from\n%s", text);

	json = show(&sources, true);
	has(json, "\"interface\":[{\"value\":\"eth1\",\"from\":\"/etc/x.conf:2\"},");
	has(json, "\"snat\":{\"value\":\"10.9.9.9\",\"from\":\"/etc/x.conf:3\"}");
	has(json, "\"max-flows\":{\"value\":1000,\"from\":\"/etc/x.conf:5\"}");
	has(json, "\"forward\":[{\"value\":\"tcp/21115-21117=192.168.11.20\",");
	has(json, "\"timeout\":{\"udp\":{\"value\":60,");
	has(json, "\"dns\":[{\"value\":\"*.home.example = 192.168.11.20,fd00::20 60\",");
}

static void nothing_at_all(void **state)
{
	static const struct config_file file;
	const struct config_sources sources = { .path = "/etc/x.conf", .file = &file };
	_cleanup_free_ char *text = show(&sources, false);
	_cleanup_free_ char *json = show(&sources, true);

	(void)state;
	has(text, "[natloop]\npublic = auto ; from default\nsnat = public ; from default\n");
	has(text, "\n[timeout]\nudp = 300 ; from default\n");
	has(json, "\"forward\":[],\"lan\":[],");
}

static void a_running_instance(void **state)
{
	static char public_from[SETTINGS_MAX_PUBLICS][CONFIG_FROM_MAX] = { "",
									   "/etc/x.conf:9, eth0" };
	static struct config_file file, other;
	const struct config_sources sources = {
		.path = "/etc/x.conf",
		.file = &file,
		.running = &other.settings,
		.public_from = public_from,
	};
	struct settings *now = &other.settings;
	_cleanup_free_ char *text = NULL;

	(void)state;
	read_text(example, &file);
	read_text("[natloop]\n"
		  "interface = eth1 eth2\n"
		  "public = 172.16.16.1 172.16.16.2\n"
		  "snat = 10.9.9.9\n"
		  "[forward]\n"
		  "tcp/443 = 192.168.11.30:8443\n"
		  "tcp/80 = 192.168.11.30\n"
		  "[timeout]\n"
		  "udp = 90\n"
		  "tcp-transitory = 99\n",
		  &other);
	/* The forwards came by a command, the timeouts from a file that has changed since. */
	now->from_file = 1U << SETTINGS_TIMEOUT | 1U << (SETTINGS_TIMEOUT + 2);
	now->interface_mode[0] = now->interface_mode[1] = SETTINGS_MODE_TC;
	text = show(&sources, false);
	has(text,
	    "interface = eth1 ; from /etc/x.conf:2\ninterface = eth2 ; from running instance\n");
	has(text, "public = 172.16.16.1 ; from running instance\n");
	has(text, "public = 172.16.16.2 ; from /etc/x.conf:9, eth0\n");
	has(text, "snat = 10.9.9.9 ; from /etc/x.conf:3\n");
	has(text, "mode = tc ; from running instance\n");
	has(text, "tcp/443 = 192.168.11.30:8443 ; from /etc/x.conf:8\n");
	has(text, "tcp/80 = 192.168.11.30 ; from running instance\n");
	has(text, "udp = 90 ; from running instance, from the file before it was changed\n");
	CHECK(!strstr(text, "10.8.0.0"), "not in force:\n%s", text);
}

static void long_paths(void **state)
{
	static struct config_file file, again;
	char path[300];
	const struct config_sources sources = { .path = path, .file = &file };
	_cleanup_free_ char *text = NULL;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[7] = '\n';
	read_text(example, &file);
	text = show(&sources, false);
	has(text, "\nsnat = 10.9.9.9\n");
	read_text(text, &again);
	CHECK(again.settings.forwards == file.settings.forwards, "not the same from\n%s", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_file),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(a_running_instance),
		cmocka_unit_test(long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
