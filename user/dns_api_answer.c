// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_answer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "import_json.h"
#include "util.h"
#include "visible.h"

#define DEPTH 32
/* A server is not to fill the memory: 120,000 rewrites in 4 MB took 160 MB here. */
#define MOST_PARTS (1U << 17)
#define SID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"

#define _cleanup_json_ __attribute__((cleanup(put_json)))

static void put_json(struct json_object **o)
{
	json_object_put(*o);
}

/* No fewer than there are values in it. */
static size_t count_parts(const char *text, size_t length)
{
	size_t parts = 1;

	for (size_t i = 0; i < length; i++)
		parts += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return parts;
}

static int parse(const char *text, size_t length, struct json_object **ret)
{
	struct json_tokener *tokener;
	struct json_object *o;
	size_t end;
	bool good;

	if (length > INT_MAX || count_parts(text, length) > MOST_PARTS)
		return -EBADMSG;
	tokener = json_tokener_new_ex(DEPTH);
	if (!tokener)
		return -ENOMEM;
	o = json_tokener_parse_ex(tokener, text, (int)length);
	end = json_tokener_get_parse_end(tokener);
	good = json_tokener_get_error(tokener) == json_tokener_success;
	json_tokener_free(tokener);
	/* Nothing but white space may follow. */
	while (good && end < length && text[end] && strchr(" \t\r\n", text[end]))
		end++;
	if (!good || end != length) {
		json_object_put(o);
		return -EBADMSG;
	}
	*ret = o;
	return 0;
}

/* As a C string; NULL: it is none, or has a NUL in it. */
static const char *plain_text(struct json_object *o)
{
	const char *text = json_string(o);

	return text && strlen(text) == (size_t)json_object_get_string_len(o) ? text : NULL;
}

static int get_bool(struct json_object *o, const char *key, bool *ret)
{
	struct json_object *member = json_get(o, key);

	if (!json_object_is_type(member, json_type_boolean))
		return -EBADMSG;
	*ret = json_object_get_boolean(member);
	return 0;
}

static int add_rewrite(struct json_object *o, struct dns_api_list *ret)
{
	const char *domain = plain_text(json_get(o, "domain"));
	const char *answer = plain_text(json_get(o, "answer"));
	_cleanup_free_ char *text = NULL;
	struct dns_api_entry *entry;
	bool enabled = true;

	if (!domain || !answer)
		return -EBADMSG;
	if (json_get(o, "enabled") && get_bool(o, "enabled", &enabled))
		return -EBADMSG;
	if (asprintf(&text, "%s %s", domain, answer) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	entry = dns_api_list_add(ret, DNS_API_REWRITE, text);
	if (!entry)
		return -ENOMEM;
	entry->off = !enabled;
	return 0;
}

int dns_api_answer_rewrites(const char *text, size_t length, struct dns_api_list *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	int err = parse(text, length, &o);

	if (!err && !json_is_list(o))
		err = -EBADMSG;
	for (size_t i = 0; !err && i < json_length(o); i++)
		err = add_rewrite(json_at(o, i), ret);
	return err;
}

int dns_api_answer_enabled(const char *text, size_t length, bool *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	int err = parse(text, length, &o);

	return err ? err : get_bool(o, "enabled", ret);
}

int dns_api_answer_login(const char *text, size_t length, struct dns_api_login *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct dns_api_login login = { .valid = false };
	struct json_object *session;
	const char *sid;
	int err = parse(text, length, &o);

	if (err)
		return err;
	session = json_get(o, "session");
	sid = json_text(session, "sid");
	if (get_bool(session, "valid", &login.valid) || strlen(sid) >= sizeof(login.sid) ||
	    strspn(sid, SID_CHARS) != strlen(sid))
		return -EBADMSG;
	(void)get_bool(session, "totp", &login.totp);
	snprintf(login.sid, sizeof(login.sid), "%s", sid);
	*ret = login;
	return 0;
}

/* An item of the configuration: its value, or with "detailed" an object that has it. */
static struct json_object *value_of(struct json_object *item, bool *ret_forced)
{
	struct json_object *value = json_get(item, "value");

	if (get_bool(json_get(item, "flags"), "env_var", ret_forced))
		*ret_forced = false;
	return value ? value : item;
}

static int add_texts(struct json_object *texts, enum dns_api_kind kind, struct dns_api_list *ret)
{
	if (!json_is_list(texts))
		return -EBADMSG;
	for (size_t i = 0; i < json_length(texts); i++) {
		const char *text = plain_text(json_at(texts, i));

		if (!text)
			return -EBADMSG;
		if (!dns_api_list_add(ret, kind, text))
			return -ENOMEM;
	}
	return 0;
}

int dns_api_answer_dns(const char *text, size_t length, struct dns_api_list *ret,
		       struct dns_api_settings *settings)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *dns, *names;
	bool forced, ignored;
	int err = parse(text, length, &o);

	if (err)
		return err;
	dns = json_get(json_get(o, "config"), "dns");
	err = add_texts(value_of(json_get(dns, "hosts"), &forced), DNS_API_HOST, ret);
	names = value_of(json_get(dns, "cnameRecords"), &ignored);
	if (!err && names)
		err = add_texts(names, DNS_API_CNAME, ret);
	if (!err)
		settings->hosts_forced = forced;
	return err;
}

int dns_api_answer_misc(const char *text, size_t length, struct dns_api_list *ret,
			struct dns_api_settings *settings)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *misc, *read_only;
	bool forced, ignored;
	int err = parse(text, length, &o);

	if (err)
		return err;
	misc = json_get(json_get(o, "config"), "misc");
	err = add_texts(value_of(json_get(misc, "dnsmasq_lines"), &forced), DNS_API_LINE, ret);
	if (err)
		return err;
	read_only = value_of(json_get(misc, "readOnly"), &ignored);
	settings->read_only = json_object_is_type(read_only, json_type_boolean) &&
			      json_object_get_boolean(read_only);
	settings->lines_forced = forced;
	return 0;
}

int dns_api_answer_error(const char *text, size_t length, struct dns_api_error *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *error;
	const char *hint;
	int err = parse(text, length, &o);

	if (err)
		return err;
	error = json_get(o, "error");
	if (!json_string(json_get(error, "message")))
		return -EBADMSG;
	hint = json_text(error, "hint");
	snprintf(ret->key, sizeof(ret->key), "%s", json_text(error, "key"));
	snprintf(ret->text, sizeof(ret->text), "%s%s%s%s", json_text(error, "message"),
		 *hint ? " (" : "", hint, *hint ? ")" : "");
	visible_make(ret->text);
	/* ';' parts what is wrong from what to do. */
	for (char *at = ret->text; (at = strchr(at, ';'));)
		*at = ',';
	return 0;
}
