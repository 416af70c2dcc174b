// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "log.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "visible.h"

static enum log_level shown = LOG_NOTICE;

/* systemd names the device and inode of the socket; a child may have another standard error. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

const char *log_priority(enum log_level level)
{
	static const char *const text[] = {
		[LOG_ERROR] = "<3>",
		[LOG_NOTICE] = "<5>",
		[LOG_INFO] = "<6>",
		[LOG_DEBUG] = "<7>",
	};

	return is_journal() ? text[level] : "";
}

/* @prefix is "" for the libraries: their messages begin with their name. */
static void print_line(enum log_level level, const char *prefix, const char *format, va_list ap)
{
	int saved = errno;
	char line[1024];
	size_t length;

	if (level > shown)
		return;
	vsnprintf(line, sizeof(line), format, ap);
	length = strlen(line);
	while (length && line[length - 1] == '\n')
		line[--length] = '\0';
	/* Libraries write lines of their own in one message. */
	if (*prefix)
		visible_make(line);
	fprintf(stderr, "%s%s%s\n", log_priority(level), prefix, line);
	errno = saved;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
	print_line(level == LIBBPF_WARN ? LOG_INFO : LOG_DEBUG, "", format, ap);
	return 0;
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list ap)
{
	print_line(level == LIBXDP_WARN ? LOG_INFO : LOG_DEBUG, "", format, ap);
	return 0;
}

void log_init(int verbose)
{
	shown = verbose <= 0 ? LOG_NOTICE : verbose == 1 ? LOG_INFO : LOG_DEBUG;
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

void log_print(enum log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_line(level, "natloopctl: ", format, ap);
	va_end(ap);
}
