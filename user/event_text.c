// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "event_text.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "lifetime.h"
#include "util.h"

static const struct {
	const char *name;
	const char *help;
} outcomes[] = {
#define X(NAME, name, FATE, help) { #name, help },
	NATLOOP_OUTCOMES(X)
#undef X
};

static const char *const kind_name[] = {
	[NATLOOP_EVENT_MADE] = "made",	     [NATLOOP_EVENT_REFUSED] = "refused",
	[NATLOOP_EVENT_EXPIRED] = "expired", [NATLOOP_EVENT_FLUSHED] = "flushed",
	[NATLOOP_EVENT_PACKET] = "packet",
};
_Static_assert(ARRAY_SIZE(kind_name) == NATLOOP_EVENT_KINDS, "one name each");

static const char *const phase_name[] = {
	[LIFETIME_UDP] = "udp",
	[LIFETIME_OPENING] = "opening",
	[LIFETIME_ESTABLISHED] = "established",
	[LIFETIME_CLOSING] = "closing",
};

const char *event_outcome_name(unsigned int outcome)
{
	return outcome < ARRAY_SIZE(outcomes) ? outcomes[outcome].name : "?";
}

const char *event_outcome_help(unsigned int outcome)
{
	return outcome < ARRAY_SIZE(outcomes) ? outcomes[outcome].help : "?";
}

/* Adds to the text in @buf, as much as there is room for. */
__attribute__((format(printf, 3, 4))) static void add(char *buf, size_t size, const char *format,
						      ...)
{
	size_t length = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + length, size - length, format, args);
	va_end(args);
}

static const char *proto_name(__u8 proto, char buf[16])
{
	snprintf(buf, 16, "ip%u", proto);
	return proto == IPPROTO_TCP  ? "tcp" :
	       proto == IPPROTO_UDP  ? "udp" :
	       proto == IPPROTO_ICMP ? "icmp" :
				       buf;
}

/* "A:P", or "A" where there are no ports. */
static const char *end_text(__be32 v4, __be16 port, __u8 proto, char buf[ADDRESS_TEXT_MAX])
{
	struct natloop_addr addr = address_from_v4(v4);

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return address_format(&addr, buf, ADDRESS_TEXT_MAX);
	return address_format_port(&addr, port, buf, ADDRESS_TEXT_MAX);
}

static const char *src_text(const struct natloop_key *key, char buf[ADDRESS_TEXT_MAX])
{
	return end_text(key->src, key->sport, key->proto, buf);
}

static const char *dst_text(const struct natloop_key *key, char buf[ADDRESS_TEXT_MAX])
{
	return end_text(key->dst, key->dport, key->proto, buf);
}

static bool is_end(const struct natloop_event *e)
{
	return e->kind == NATLOOP_EVENT_EXPIRED || e->kind == NATLOOP_EVENT_FLUSHED;
}

static bool is_flow(const struct natloop_event *e)
{
	return e->kind == NATLOOP_EVENT_MADE || is_end(e);
}

static bool was_sent(const struct natloop_event *e)
{
	return e->after.proto;
}

static const char *kind_text(const struct natloop_event *e)
{
	return e->kind < NATLOOP_EVENT_KINDS ? kind_name[e->kind] : "?";
}

static const char *state_text(const struct natloop_event *e)
{
	return phase_name[lifetime_phase(e->before.proto, e->tcp_flags[NATLOOP_DIR_TO_SERVER],
					 e->tcp_flags[NATLOOP_DIR_TO_CLIENT])];
}

/* "SA", in the order of the header's bits from the left; "-": none. */
static const char *flags_text(__u8 flags, char buf[9])
{
	static const char letter[] = "FSRPAUEC";
	char *at = buf;

	for (int bit = 0; bit < 8; bit++)
		if (flags & 1 << bit)
			*at++ = letter[bit];
	if (at == buf)
		*at++ = '-';
	*at = '\0';
	return buf;
}

static void time_text(__u64 ns, bool utc, char *buf, size_t size)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm = { .tm_year = 0 };
	char date[32];

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), utc ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, size, "%s.%06u%s", date, (unsigned int)(ns % 1000000000 / 1000),
		 utc ? "Z" : "");
}

static void add_packet(const struct natloop_event *e, char *buf, size_t size)
{
	char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX], flags[9];

	add(buf, size, " %s -> %s", src_text(&e->before, a), dst_text(&e->before, b));
	if (e->before.proto == IPPROTO_TCP)
		add(buf, size, " %s", flags_text(e->tcp_flags[0], flags));
	if (was_sent(e))
		add(buf, size, " became %s -> %s", src_text(&e->after, a), dst_text(&e->after, b));
	add(buf, size, ", %llu bytes, %s: %s (%s)", (unsigned long long)e->bytes,
	    e->hook == NATLOOP_HOOK_XDP ? "XDP" : "TC", event_outcome_name(e->outcome),
	    event_outcome_help(e->outcome));
}

static void add_flow(const struct event_shown *shown, char *buf, size_t size)
{
	const struct natloop_event *e = shown->event;
	char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX];

	add(buf, size, " %s", src_text(&e->before, a));
	if (is_flow(e))
		add(buf, size, " as %s", dst_text(&e->after, a));
	if (shown->destinations)
		add(buf, size, " to %s", dst_text(&e->before, a));
	if (shown->destinations && is_flow(e))
		add(buf, size, " at %s", src_text(&e->after, b));
	if (is_end(e))
		add(buf, size, ", %s, %llu packets, %llu bytes", state_text(e),
		    (unsigned long long)e->packets, (unsigned long long)e->bytes);
	if (e->kind == NATLOOP_EVENT_REFUSED)
		add(buf, size, ", %s: %s", event_outcome_name(e->outcome),
		    event_outcome_help(e->outcome));
}

const char *event_line(const struct event_shown *shown, char *buf, size_t size)
{
	const struct natloop_event *e = shown->event;
	char proto[16];

	time_text(shown->time, false, buf, size);
	if (e->kind == NATLOOP_EVENT_PACKET) {
		add(buf, size, " %s", proto_name(e->before.proto, proto));
		add_packet(e, buf, size);
		return buf;
	}
	add(buf, size, " %-7s %s", kind_text(e), proto_name(e->before.proto, proto));
	add_flow(shown, buf, size);
	return buf;
}

static void write_outcome(struct writer *w, const char *key, const struct natloop_event *e)
{
	writer_string(w, key, event_outcome_name(e->outcome));
	writer_string(w, "meaning", event_outcome_help(e->outcome));
	writer_string(w, "hook", e->hook == NATLOOP_HOOK_XDP ? "xdp" : "tc");
}

static void write_packet(struct writer *w, const struct natloop_event *e)
{
	char text[ADDRESS_TEXT_MAX], flags[9];

	writer_string(w, "source", src_text(&e->before, text));
	writer_string(w, "destination", dst_text(&e->before, text));
	if (e->before.proto == IPPROTO_TCP)
		writer_string(w, "flags", flags_text(e->tcp_flags[0], flags));
	if (was_sent(e)) {
		writer_string(w, "new_source", src_text(&e->after, text));
		writer_string(w, "new_destination", dst_text(&e->after, text));
	}
	writer_number(w, "bytes", e->bytes);
	write_outcome(w, "outcome", e);
}

static void write_flow(struct writer *w, const struct event_shown *shown)
{
	const struct natloop_event *e = shown->event;
	char text[ADDRESS_TEXT_MAX];

	writer_string(w, "client", src_text(&e->before, text));
	if (is_flow(e))
		writer_string(w, "snat", dst_text(&e->after, text));
	if (shown->destinations)
		writer_string(w, "public", dst_text(&e->before, text));
	if (shown->destinations && is_flow(e))
		writer_string(w, "server", src_text(&e->after, text));
	if (is_end(e)) {
		writer_string(w, "state", state_text(e));
		writer_number(w, "packets", e->packets);
		writer_number(w, "bytes", e->bytes);
	}
	if (e->kind == NATLOOP_EVENT_REFUSED)
		write_outcome(w, "reason", e);
}

void event_write(struct writer *w, const struct event_shown *shown)
{
	const struct natloop_event *e = shown->event;
	char text[64], proto[16];

	time_text(shown->time, true, text, sizeof(text));
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "time", text);
	writer_string(w, "event", kind_text(e));
	writer_string(w, "proto", proto_name(e->before.proto, proto));
	if (*shown->interface)
		writer_string(w, "interface", shown->interface);
	if (e->kind == NATLOOP_EVENT_PACKET)
		write_packet(w, e);
	else
		write_flow(w, shown);
	writer_close(w);
}
