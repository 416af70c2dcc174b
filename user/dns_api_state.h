/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of the file that says which entries of which server are natloop's. Pure.
 *
 * {"version":1,"servers":[{"server":"pihole","url":"http://192.168.11.5","entries":[
 *   {"kind":"host","text":"192.168.11.20 rustdesk.example.com","name":"rustdesk.example.com",
 *    "instance":"default"}]}]}
 */
#ifndef DNS_API_STATE_H
#define DNS_API_STATE_H

#include "dns_api_list.h"

struct dns_api_state;

/* Whose entries: "adguardhome" or "pihole", and the URL as dns_api_url_parse() makes it. */
struct dns_api_whose {
	const char *server;
	const char *url;
};

/* Empty text is an empty state. -EBADMSG: no such text, or of another version; -ENOMEM. */
int dns_api_state_parse(const char *text, size_t length, struct dns_api_state **ret);
void dns_api_state_free(struct dns_api_state *state);

/* Appends what is natloop's there to @ret. -EBADMSG, -ENOMEM */
int dns_api_state_get(const struct dns_api_state *state, const struct dns_api_whose *whose,
		      struct dns_api_list *ret);
/* Puts @list in the place of what was there; an empty one takes the server out. -ENOMEM */
int dns_api_state_set(struct dns_api_state *state, const struct dns_api_whose *whose,
		      const struct dns_api_list *list);
/* Its text, with a newline at the end; the caller frees it. NULL: no memory. */
char *dns_api_state_text(const struct dns_api_state *state);

#endif
