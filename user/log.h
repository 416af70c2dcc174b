/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the program and its libraries say beside the answer and the problem: standard error only. */
#ifndef LOG_H
#define LOG_H

enum log_level {
	LOG_ERROR,  /* always shown */
	LOG_NOTICE, /* always shown: what was done */
	LOG_INFO,   /* with -v */
	LOG_DEBUG,  /* with -vv */
};

/*
 * @verbose is how often -v was given. Also routes the messages of libbpf and libxdp here, each one
 * level lower than they think: their warnings are about steps that we expect may fail, and the
 * sentence for the user is ours.
 */
void log_init(int verbose);

/* One line, without the newline. Leaves errno alone. */
__attribute__((format(printf, 2, 3))) void log_print(enum log_level level, const char *format, ...);

/*
 * What a line of that level begins with where the journal reads standard error: "<3>" to "<7>", see
 * sd-daemon(3); else "".
 */
const char *log_priority(enum log_level level);

#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_notice(...) log_print(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

#endif
