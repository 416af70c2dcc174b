/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The file that says which entries of which server are natloop's: found, locked, replaced. */
#ifndef DNS_API_FILE_H
#define DNS_API_FILE_H

#include "command.h"
#include "dns_api_state.h"
#include "text_file.h"

#define DNS_API_FILE_ROOT "/var/lib/natloop/dns-apply.json"

struct dns_api_file {
	char *path;
	struct text_file file; /* locked; not opened (.dir -1): there is none */
	struct dns_api_state *state;
};

/*
 * @path, or NULL: DNS_API_FILE_ROOT for root, for others natloop/dns-apply.json below
 * $XDG_STATE_HOME or ~/.local/state. With @change its directory is made, and nobody else has it
 * open until dns_api_file_close(). A file that is not there is an empty one.
 */
int dns_api_file_open(const struct env *env, const char *path, bool change,
		      struct dns_api_file *ret, struct problem *p);
/* As text_file_write(), and more than once. */
int dns_api_file_save(struct dns_api_file *file, struct problem *p);
void dns_api_file_close(struct dns_api_file *file);

#endif
