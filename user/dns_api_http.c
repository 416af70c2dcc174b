// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_http.h"

#include <errno.h>
#include <string.h>

#include "visible.h"

char *dns_http_visible(char *text)
{
	visible_make(text);
	for (char *at = text; (at = strchr(at, ';'));)
		*at = ',';
	return text;
}

#ifdef NATLOOP_LIBCURL
#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "log.h"
#include "util.h"
#include "version.h"

#define LAST_WORDS_SECONDS 5L

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t asked_to_end;

struct dns_http {
	struct dns_http_options options;
	CURL *curl;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	char *body;
	size_t length;
	bool too_large;
	bool last_words;
	bool warned;
	struct sigaction before[ARRAY_SIZE(ending)];
};

static void note_signal(int signal)
{
	(void)signal;
	asked_to_end = 1;
}

static size_t take(char *byte, size_t size, size_t count, void *data)
{
	struct dns_http *h = data;
	size_t more = size * count;
	char *larger;

	if (h->length + more > DNS_HTTP_LARGEST) {
		h->too_large = true;
		return 0;
	}
	larger = realloc(h->body, h->length + more + 1);
	if (!larger)
		return 0;
	h->body = larger;
	memcpy(h->body + h->length, byte, more);
	h->length += more;
	h->body[h->length] = '\0';
	return more;
}

static int look_up(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct dns_http *h = data;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return asked_to_end && !h->last_words;
}

static void get_address(const struct curl_sockaddr *from, struct in6_addr *ret)
{
	if (from->family == AF_INET6) {
		*ret = ((const struct sockaddr_in6 *)&from->addr)->sin6_addr;
		return;
	}
	*ret = (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff } };
	memcpy(ret->s6_addr + 12, &((const struct sockaddr_in *)&from->addr)->sin_addr, 4);
}

/* Before anything is sent to that address. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct dns_http *h = data;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;

	(void)purpose;
	get_address(to, &a);
	if (h->options.secret && !h->options.url->tls && !h->warned &&
	    !dns_api_url_is_private(&a)) {
		h->warned = true;
		inet_ntop(AF_INET6, &a, text, sizeof(text));
		log_notice("%s: the password goes unencrypted to %s, which is no private address; "
			   "use https",
			   h->options.url->text,
			   IN6_IS_ADDR_V4MAPPED(&a) ? text + strlen("::ffff:") : text);
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

int dns_http_header(struct dns_http *h, const char *header)
{
	struct curl_slist *more = curl_slist_append(h->headers, header);

	if (!more)
		return -ENOMEM;
	h->headers = more;
	return 0;
}

static int set_options(struct dns_http *h)
{
	CURL *c = h->curl;
	int err = 0;

#define SET(option, value) (err |= curl_easy_setopt(c, CURLOPT_##option, value) != CURLE_OK)
	SET(ERRORBUFFER, h->error);
	SET(WRITEFUNCTION, take);
	SET(WRITEDATA, h);
	SET(NOPROGRESS, 0L);
	SET(XFERINFOFUNCTION, look_up);
	SET(XFERINFODATA, h);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, h);
	SET(USERAGENT, "natloopctl/" NATLOOP_VERSION);
	/* A server of the LAN; and what the proxy is given, it can read. */
	SET(NOPROXY, "*");
	SET(CONNECTTIMEOUT, (long)DNS_HTTP_CONNECT_SECONDS);
	if (h->options.ca_file)
		SET(CAINFO, h->options.ca_file);
	if (h->options.user) {
		SET(HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(USERNAME, h->options.user);
		SET(PASSWORD, h->options.password);
	}
#undef SET
	return err ? -ENOMEM : 0;
}

static void hold_signals(struct dns_http *h)
{
	const struct sigaction action = { .sa_handler = note_signal,
					  .sa_flags = (int)SA_RESETHAND };

	asked_to_end = 0;
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		sigaction(ending[i], NULL, &h->before[i]);
		/* What the caller ignores (nohup) is to stay so. */
		if (h->before[i].sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

int dns_http_open(const struct dns_http_options *options, struct dns_http **ret, struct problem *p)
{
	struct dns_http *h = calloc(1, sizeof(*h));

	if (h) {
		h->options = *options;
		hold_signals(h);
		h->curl = curl_easy_init();
	}
	/* Answers to "Expect: 100-continue" are more than small servers have. */
	if (!h || !h->curl || set_options(h) || dns_http_header(h, "Expect:") ||
	    dns_http_header(h, "Content-Type: application/json") ||
	    dns_http_header(h, "Accept: application/json")) {
		dns_http_close(h);
		return problem(p, -ENOMEM, options->url->text, "", "out of memory");
	}
	*ret = h;
	return 0;
}

bool dns_http_told_to_end(void)
{
	return asked_to_end;
}

void dns_http_close(struct dns_http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	free(h->body);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaction(ending[i], &h->before[i], NULL);
	free(h);
}

static int trust_problem(struct dns_http *h, struct problem *p)
{
	return problem(
		p, -EACCES, h->options.url->text,
		"give --ca-file FILE with its certificate or the one that signed it, and the "
		"name that is in it",
		"its certificate does not verify: %.120s", dns_http_visible(h->error));
}

static int transport_problem(struct dns_http *h, CURLcode code, struct problem *p)
{
	const char *url = h->options.url->text;

	if (h->too_large)
		return problem(p, -EFBIG, url, "is it the right URL?",
			       "answers with more than %lu MiB", DNS_HTTP_LARGEST >> 20);
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		return problem(p, -EINTR, url, "run the same command again, it does the rest",
			       "interrupted by a signal");
	case CURLE_OPERATION_TIMEDOUT:
		return problem(p, -ETIMEDOUT, url,
			       "see that it runs, and that no firewall is in the way",
			       "no answer in time");
	case CURLE_COULDNT_RESOLVE_HOST:
		return problem(p, -EHOSTUNREACH, url, "check the name, or give the address",
			       "its name cannot be resolved");
	case CURLE_COULDNT_CONNECT:
		return problem(p, -ECONNREFUSED, url, "check host and port, and that it runs",
			       "cannot be reached: %.120s", dns_http_visible(h->error));
	case CURLE_PEER_FAILED_VERIFICATION:
		return trust_problem(h, p);
	case CURLE_SSL_CACERT_BADFILE:
		return problem(p, -EINVAL, h->options.ca_file ? h->options.ca_file : "--ca-file",
			       "give a file in PEM form", "has no certificate that can be read");
	case CURLE_SSL_CONNECT_ERROR:
		return problem(p, -EPROTO, url, "is there another port for https?",
			       "TLS fails: %.120s", dns_http_visible(h->error));
	case CURLE_OUT_OF_MEMORY:
		return problem(p, -ENOMEM, url, "", "out of memory");
	default:
		return problem(p, -EPROTO, url, "is it the right URL?", "gives no answer: %.120s",
			       dns_http_visible(*h->error ? h->error : (char[]){ "of HTTP" }));
	}
}

static CURLcode perform(struct dns_http *h, const struct dns_http_request *request, const char *url)
{
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(c, CURLOPT_TIMEOUT,
			 request->last_words ? LAST_WORDS_SECONDS : (long)DNS_HTTP_SECONDS);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, request->json);
	if (!request->json)
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	h->last_words = request->last_words;
	h->error[0] = '\0';
	free(h->body);
	h->body = NULL;
	h->length = 0;
	h->too_large = false;
	return curl_easy_perform(c);
}

static int redirect_problem(const struct dns_http *h, struct problem *p)
{
	char remedy[sizeof(p->remedy)];
	char *to = NULL;

	curl_easy_getinfo(h->curl, CURLINFO_REDIRECT_URL, &to);
	snprintf(remedy, sizeof(remedy), "give the URL that it means (it says %.150s)",
		 to ? to : "not which");
	return problem(p, -EXDEV, h->options.url->text, dns_http_visible(remedy),
		       "answers with a redirect, which is not followed with a password");
}

int dns_http_ask(struct dns_http *h, const struct dns_http_request *request,
		 struct dns_http_answer *ret, struct problem *p)
{
	_cleanup_free_ char *url = NULL;
	long status = 0;
	CURLcode code;

	if (asprintf(&url, "%s%s", h->options.url->text, request->path) < 0) {
		url = NULL;
		return problem(p, -ENOMEM, h->options.url->text, "", "out of memory");
	}
	code = perform(h, request, url);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	log_debug("%s %s: %s, %ld, %zu bytes", request->method, url, curl_easy_strerror(code),
		  status, h->length);
	if (code != CURLE_OK)
		return transport_problem(h, code, p);
	if (status >= 300 && status < 400)
		return redirect_problem(h, p);
	if (!h->body)
		h->body = calloc(1, 1);
	if (!h->body)
		return problem(p, -ENOMEM, h->options.url->text, "", "out of memory");
	ret->status = status;
	ret->length = h->length;
	ret->body = TAKE_PTR(h->body);
	return 0;
}
#else

int dns_http_open(const struct dns_http_options *options, struct dns_http **ret, struct problem *p)
{
	(void)ret;
	return problem(p, -EOPNOTSUPP, options->url->text,
		       "build it with libcurl, or use 'natloopctl dns export'",
		       "this natloopctl was built without libcurl, which talks to it");
}

bool dns_http_told_to_end(void)
{
	return false;
}

void dns_http_close(struct dns_http *h)
{
	(void)h;
}

int dns_http_header(struct dns_http *h, const char *header)
{
	(void)h;
	(void)header;
	return -EOPNOTSUPP;
}

int dns_http_ask(struct dns_http *h, const struct dns_http_request *request,
		 struct dns_http_answer *ret, struct problem *p)
{
	(void)h;
	(void)request;
	(void)ret;
	return problem(p, -EOPNOTSUPP, "libcurl", "", "was left out");
}
#endif
