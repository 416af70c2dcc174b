// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* notify: what a service manager gets at the socket that it names. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "unit.h"

/* A socket as a service manager makes it; @name is what it tells the service. */
static int listen_at(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && strlen(name) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, name, strlen(name));
	if (*name == '@')
		addr.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void expect(int fd, const char *wanted)
{
	char buf[1024] = "";

	assert_int_equal(recv(fd, buf, sizeof(buf) - 1, 0), strlen(wanted));
	check_text("message", buf, wanted);
	assert_true(recv(fd, buf, sizeof(buf), 0) < 0);
}

static void both_kinds(void **state)
{
	char dir[] = "/tmp/test_notify.XXXXXX", path[64], name[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	fd = listen_at(path);
	notify("READY=1\nSTATUS=%s", "public: 172.16.16.1");
	expect(fd, "READY=1\nSTATUS=public: 172.16.16.1");
	close(fd);
	/* Nobody listens any more, which is nobody's harm. */
	notify("STOPPING=1");
	unlink(path);
	notify("STOPPING=1");
	rmdir(dir);

	snprintf(name, sizeof(name), "@test_notify-%d", getpid());
	fd = listen_at(name);
	notify("RELOADING=1");
	expect(fd, "RELOADING=1");
	close(fd);
}

static void no_manager(void **state)
{
	static char longest[200];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify("READY=1");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	setenv("NOTIFY_SOCKET", longest, 1);
	notify("READY=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds),
		cmocka_unit_test(no_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
