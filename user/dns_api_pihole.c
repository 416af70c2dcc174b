// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pi-hole 6: a session, and its configuration by path (FTL src/api/auth.c, src/api/config.c).
 * Elements of dns.hosts are put and deleted one by one, and need no restart. misc.dnsmasq_lines
 * have slashes in them, which such a path takes apart: both lists are then replaced by one PATCH,
 * which is all or nothing, and its DNS server starts again.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns_api.h"
#include "dns_api_pihole.h"
#include "dns_api_wanted.h"
#include "log.h"
#include "util.h"

#define AUTH "/api/auth"
#define DNS "/api/config/dns?detailed=true"
#define MISC "/api/config/misc?detailed=true"
#define CONFIG "/api/config"
#define AGAIN_TRIES 20
#define AGAIN_PAUSE_NS 500000000

static char *login_body(const char *password)
{
	struct json_object *o = json_object_new_object();
	char *ret = NULL;

	if (o && !json_object_object_add(o, "password", json_object_new_string(password)))
		ret = strdup(json_object_to_json_string(o));
	json_object_put(o);
	return ret;
}

static int ask_for_session(const struct dns_api *api, struct dns_http_answer *ret,
			   struct problem *p)
{
	char *body = NULL;
	int err;

	if (api->password) {
		body = login_body(api->password);
		if (!body)
			return problem(p, -ENOMEM, api->url, "", "out of memory");
	}
	err = dns_api_ask(api, body ? "POST" : "GET", AUTH, body, ret, p);
	if (body)
		explicit_bzero(body, strlen(body));
	free(body);
	return err;
}

/* Status 400 is a second factor that is missing, or something else. */
static int bad_request(const struct dns_api *api, const struct dns_http_answer *answer,
		       struct problem *p)
{
	struct dns_api_error error;

	if (!dns_api_answer_error(answer->body, answer->length, &error) &&
	    strstr(error.text, "2FA"))
		return problem(
			p, -EACCES, api->url,
			"use an application password (Settings, Web interface / API), and set "
			"webserver.api.app_sudo",
			"asks for a second factor (2FA) after this password");
	return dns_api_refused(api, answer, AUTH, p);
}

static int too_many(const struct dns_api *api, const struct dns_http_answer *answer,
		    struct problem *p)
{
	struct dns_api_error error = { .key = "" };

	(void)dns_api_answer_error(answer->body, answer->length, &error);
	if (!strcmp(error.key, "api_seats_exceeded"))
		return problem(p, -EBUSY, api->url,
			       "wait until some end, or raise webserver.api.max_sessions",
			       "has no room for another session");
	return problem(p, -EBUSY, api->url, "wait for a minute",
		       "refuses to check more passwords for now");
}

static int login_problem(const struct dns_api *api, const struct dns_http_answer *answer,
			 struct problem *p)
{
	switch (answer->status) {
	case 400:
		return bad_request(api, answer, p);
	case 401:
		return api->password ? problem(p, -EACCES, api->url, "check --password-file",
					       "the password is wrong") :
				       problem(p, -EACCES, api->url, "give --password-file",
					       "asks for a password");
	case 404:
		return problem(p, -EOPNOTSUPP, api->url,
			       "check the URL (without /admin); for Pi-hole 5, which has no such "
			       "API, use 'natloopctl dns export pihole --for 5'",
			       "there is no API of Pi-hole 6");
	case 429:
		return too_many(api, answer, p);
	default:
		return dns_api_refused(api, answer, AUTH, p);
	}
}

static int use_session(struct dns_api *api, const struct dns_api_login *login, struct problem *p)
{
	char header[sizeof(login->sid) + 16];

	if (!login->valid)
		return problem(p, -EACCES, api->url, "check --password-file",
			       "gives no session for this password");
	if (!*login->sid)
		return 0; /* it asks nobody for a password */
	snprintf(header, sizeof(header), "X-FTL-SID: %s", login->sid);
	if (dns_http_header(api->http, header))
		return problem(p, -ENOMEM, api->url, "", "out of memory");
	api->session = true;
	return 0;
}

static int begin(struct dns_api *api, struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	struct dns_api_login login = { .valid = false };
	int err;

	err = ask_for_session(api, &answer, p);
	if (err)
		return err;
	if (answer.status >= 300) {
		err = login_problem(api, &answer, p);
	} else {
		err = dns_api_answer_login(answer.body, answer.length, &login);
		if (err)
			err = dns_api_strange(api, err, AUTH, p);
		else
			err = use_session(api, &login, p);
	}
	if (answer.body)
		explicit_bzero(answer.body, answer.length);
	free(answer.body);
	return err;
}

static int get(struct dns_api *api, const char *path,
	       int (*read)(const char *text, size_t length, struct dns_api_list *ret,
			   struct dns_api_settings *settings),
	       struct dns_api_list *ret, struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	int err = dns_api_ask(api, "GET", path, NULL, &answer, p);

	if (err)
		return err;
	if (answer.status >= 300) {
		err = dns_api_refused(api, &answer, path, p);
	} else {
		err = read(answer.body, answer.length, ret, &api->settings);
		if (err)
			err = dns_api_strange(api, err, path, p);
	}
	free(answer.body);
	return err;
}

static int list(struct dns_api *api, struct dns_api_list *ret, struct problem *p)
{
	int err = get(api, DNS, dns_api_answer_dns, ret, p);

	return err ? err : get(api, MISC, dns_api_answer_misc, ret, p);
}

static int forced_problem(const struct dns_api *api, const char *item, struct problem *p)
{
	char remedy[sizeof(p->remedy)];

	snprintf(remedy, sizeof(remedy),
		 "take FTLCONF_%s away, or add to it what --dry-run lists as %s",
		 !strcmp(item, "dns.hosts") ? "dns_hosts" : "misc_dnsmasq_lines",
		 !strcmp(item, "dns.hosts") ? "host" : "line");
	return problem(p, -EROFS, api->url, remedy,
		       "%s comes from an environment variable and cannot be changed", item);
}

static int check(const struct dns_api *api, const struct dns_api_plan *plan, struct problem *p)
{
	if (plan->changes && api->settings.read_only)
		return problem(p, -EROFS, api->url, "set misc.readOnly to false in pihole.toml",
			       "its configuration is in read-only mode");
	for (size_t i = 0; i < plan->changes; i++) {
		enum dns_api_kind kind = plan->change[i].kind;

		if (kind == DNS_API_HOST && api->settings.hosts_forced)
			return forced_problem(api, "dns.hosts", p);
		if (kind == DNS_API_LINE && api->settings.lines_forced)
			return forced_problem(api, "misc.dnsmasq_lines", p);
	}
	return 0;
}

/* A change was refused. */
static int change_problem(const struct dns_api *api, const struct dns_http_answer *answer,
			  const char *path, struct problem *p)
{
	struct dns_api_error error = { .key = "" };

	(void)dns_api_answer_error(answer->body, answer->length, &error);
	if (answer->status == 403 && strstr(error.text, "app_sudo"))
		return problem(
			p, -EACCES, api->url,
			"set webserver.api.app_sudo, or use the password of its web interface",
			"an application password may not change the configuration");
	if (answer->status == 403 && strstr(error.text, "read-only"))
		return problem(p, -EROFS, api->url, "see misc.readOnly in its settings",
			       "refuses changes: %.150s", error.text);
	if (answer->status == 401)
		return problem(p, -EACCES, api->url, "run the same command again",
			       "has ended the session");
	return dns_api_refused(api, answer, path, p);
}

/* Asks, and judges the status; 404 is all right if @gone. */
static int ask(const struct dns_api *api, const char *method, const char *path, const char *json,
	       bool gone, long *ret_status, struct problem *p)
{
	struct dns_http_answer answer = { .body = NULL };
	int err = dns_api_ask(api, method, path, json, &answer, p);

	if (err)
		return err;
	*ret_status = answer.status;
	if (answer.status >= 300 && !(gone && answer.status == 404))
		err = change_problem(api, &answer, CONFIG, p);
	free(answer.body);
	return err;
}

/* PUT or DELETE of one element of dns.hosts. */
static int ask_host(const struct dns_api *api, const char *method, const char *text,
		    long *ret_status, struct problem *p)
{
	char path[DNS_PIHOLE_PATH];

	if (dns_pihole_host_path(text, path))
		return problem(p, -EINVAL, api->url, "", "'%.100s' is too long", text);
	return ask(api, method, path, NULL, !strcmp(method, "DELETE"), ret_status, p);
}

static int change_hosts(const struct dns_api *api, struct dns_api_plan *plan, struct problem *p)
{
	long status = 0;
	int err = 0;

	/* New ones first, so that the name always has an address. */
	for (size_t i = 0; !err && i < plan->changes; i++) {
		struct dns_api_change *change = &plan->change[i];

		if (!change->is)
			continue;
		change->begun = true;
		err = ask_host(api, "PUT", change->is->text, &status, p);
		if (err && status >= 400)
			change->begun = false;
		status = 0;
	}
	for (size_t i = 0; !err && i < plan->changes; i++)
		if (plan->change[i].was)
			err = ask_host(api, "DELETE", plan->change[i].was->text, &status, p);
	return err;
}

static void set_begun(struct dns_api_plan *plan, bool begun)
{
	for (size_t i = 0; i < plan->changes; i++)
		plan->change[i].begun = begun;
}

/* All in one, made of what is there now. */
static int patch(struct dns_api *api, struct dns_api_plan *plan, struct problem *p)
{
	struct dns_api_list now = { .count = 0 };
	_cleanup_free_ char *body = NULL;
	long status = 0;
	int err = list(api, &now, p);

	if (err) {
		dns_api_list_free(&now);
		return err;
	}
	body = dns_pihole_patch(&now, plan);
	dns_api_list_free(&now);
	if (!body)
		return problem(p, -ENOMEM, api->url, "", "out of memory");
	set_begun(plan, true);
	err = ask(api, "PATCH", CONFIG, body, false, &status, p);
	if (err && status >= 400)
		set_begun(plan, false);
	api->restarted = !err;
	return err;
}

static int change(struct dns_api *api, struct dns_api_plan *plan, struct problem *p)
{
	for (size_t i = 0; i < plan->changes; i++)
		if (plan->change[i].kind == DNS_API_LINE)
			return patch(api, plan, p);
	return change_hosts(api, plan, p);
}

/*
 * Ends the session: they are few (webserver.api.max_sessions), and kept over a restart. After one,
 * waits until somebody is there again, so that what is done next finds it.
 */
static void end(struct dns_api *api)
{
	const struct dns_http_request request = { .method = api->session ? "DELETE" : "GET",
						  .path = AUTH,
						  .last_words = true };
	const struct timespec pause = { .tv_nsec = AGAIN_PAUSE_NS };
	int tries = api->restarted ? AGAIN_TRIES : 1;
	struct dns_http_answer answer = { .body = NULL };
	struct problem why = { .usage = false };

	if (!api->session && !api->restarted)
		return;
	while (tries-- && dns_http_ask(api->http, &request, &answer, &why)) {
		if (dns_http_told_to_end())
			break;
		if (tries)
			nanosleep(&pause, NULL);
	}
	if (!answer.body && api->restarted)
		log_notice("%s: was told to start again, and does not answer yet: %s", api->url,
			   why.what);
	else if (!answer.body)
		log_info("%s: the session stays until it times out: %s", api->url, why.what);
	free(answer.body);
}

const struct dns_api_server dns_api_pihole = {
	.name = "pihole",
	.title = "Pi-hole",
	.wanted = dns_api_wanted_pihole,
	.begin = begin,
	.list = list,
	.check = check,
	.change = change,
	.end = end,
};
