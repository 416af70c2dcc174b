// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "hostname.h"
#include "number.h"
#include "util.h"

#define HOW "give one such as http://192.168.11.5 or https://pi.hole"
#define PORT_TEXT 16 /* ":65535", and what gcc thinks possible */
#define PATH_CHARS                                                                                 \
	"/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,=:@"

/* The parts of it, in a copy. */
struct parts {
	char copy[DNS_API_URL_MAX];
	char *host; /* without brackets */
	char *port; /* as typed, "" or ":8080" */
	char said[PORT_TEXT];
	char *path; /* "" or "/base" */
	bool v6;
	bool tls;
};

/* "" or ":8080" -> @ret; one that goes without saying is left out: a server has one name. */
static bool read_port(const char *text, bool tls, char ret[PORT_TEXT])
{
	unsigned int port = 0;

	if (*text && (*text != ':' || number_parse(text + 1, 1, 65535, &port)))
		return false;
	*ret = '\0';
	if (port && port != (tls ? 443 : 80))
		snprintf(ret, PORT_TEXT, ":%u", port);
	return true;
}

static bool is_host(const struct parts *parts)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (parts->v6)
		return inet_pton(AF_INET6, parts->host, &v6) == 1;
	return inet_pton(AF_INET, parts->host, &v4) == 1 || hostname_valid(parts->host);
}

/* Cuts "HOST[:PORT]" up; @authority is in the copy. */
static bool split_authority(char *authority, struct parts *parts)
{
	char *end;

	parts->v6 = *authority == '[';
	parts->host = authority + parts->v6;
	end = parts->v6 ? strchr(authority, ']') : strchr(authority, ':');
	parts->port = end ? end : authority + strlen(authority);
	if (!parts->v6)
		return true;
	if (end)
		*parts->port++ = '\0';
	return end;
}

static bool split(char *authority, struct parts *parts)
{
	size_t length;

	parts->path = authority + strcspn(authority, "/");
	length = strlen(parts->path);
	while (length && parts->path[length - 1] == '/')
		parts->path[--length] = '\0';
	if (strspn(parts->path, PATH_CHARS) != length)
		return false;
	if (*parts->path) {
		/* The slash ends the authority. */
		memmove(parts->path + 1, parts->path, length + 1);
		*parts->path++ = '\0';
	}
	if (!split_authority(authority, parts) || !read_port(parts->port, parts->tls, parts->said))
		return false;
	/* The colon ends the host; a bracket has done so. */
	if (!parts->v6)
		*parts->port = '\0';
	return is_host(parts);
}

int dns_api_url_parse(const char *text, struct dns_api_url *ret, struct problem *p)
{
	struct parts parts = { .host = NULL };
	char *authority;
	bool tls;

	/* One byte more is needed to part it. */
	if (strlen(text) >= sizeof(parts.copy) - 1)
		return problem_usage(p, "URL", HOW, "is longer than %zu bytes",
				     sizeof(parts.copy) - 2);
	snprintf(parts.copy, sizeof(parts.copy), "%s", text);
	tls = !strncasecmp(text, "https://", strlen("https://"));
	if (!tls && strncasecmp(text, "http://", strlen("http://")) != 0)
		return problem_usage(p, strchr(text, '@') ? "URL" : (*text ? text : "URL"), HOW,
				     "does not begin with http:// or https://");
	authority = parts.copy + (tls ? strlen("https://") : strlen("http://"));
	if (memchr(authority, '@', strcspn(authority, "/?#")))
		return problem_usage(p, "URL", "give --user and --password-file",
				     "has a user or a password in it, which others can see");
	parts.tls = tls;
	if (!split(authority, &parts))
		return problem_usage(p, text, HOW, "is no URL of a web interface");
	for (char *at = parts.host; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	ret->tls = tls;
	snprintf(ret->text, sizeof(ret->text), "http%s://%s%s%s%s%s", tls ? "s" : "",
		 parts.v6 ? "[" : "", parts.host, parts.v6 ? "]" : "", parts.said, parts.path);
	return 0;
}

static bool is_private_v4(const unsigned char *a)
{
	return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254);
}

bool dns_api_url_is_private(const struct in6_addr *a)
{
	if (IN6_IS_ADDR_V4MAPPED(a))
		return is_private_v4(a->s6_addr + 12);
	return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_LINKLOCAL(a) ||
	       (a->s6_addr[0] & 0xfe) == 0xfc;
}
