/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why does it not work? Facts are gathered on the router or on a client of the LAN; each question
 * that was asked is a check, with what was seen; and the verdict follows from the facts alone
 * (doctor_verdict.h).
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_verdict.h"
#include "hostname.h"
#include "natloop/abi.h"
#include "probe.h"
#include "problem.h"

struct env;

/* --- what is asked --------------------------------------------------------------------------- */

enum doctor_vantage {
	DOCTOR_ROUTER,
	DOCTOR_CLIENT, /* a host of the LAN: 'doctor --client' */
};

/* Of a question of yes or no. */
enum doctor_answer {
	DOCTOR_NOT_KNOWN,
	DOCTOR_NO,
	DOCTOR_YES,
};

/* Where a service is looked for. */
enum doctor_at {
	DOCTOR_AT_SERVER, /* its address in the LAN */
	DOCTOR_AT_PUBLIC, /* the public address. From the router itself this means nothing */
	DOCTOR_AT_NAME,	  /* the address that the name leads to here, if it is another one */
	/*
	 * The server again, from the public address, where that is the router's own. No answer,
	 * while DOCTOR_AT_SERVER has one: the server's replies to the public address go elsewhere.
	 */
	DOCTOR_AT_SERVER_FROM_PUBLIC,
	DOCTOR_ATS,
};

#define DOCTOR_SERVICES 16
#define DOCTOR_BASE 21116 /* RustDesk's, unless --base says otherwise */

/* Which other rules than natloop's lead packets of the LAN to the server? */
enum doctor_rules {
	DOCTOR_RULES_NOT_KNOWN,
	DOCTOR_RULES_NONE,
	DOCTOR_RULES_HALF, /* the destination is translated, the source is not */
	DOCTOR_RULES_WHOLE,
};

/* Something that clients dial: a probe, and what the router does with its packets. */
struct doctor_service {
	enum probe_kind kind;
	__u16 port;  /* public, host order; UDP of PROBE_UDP and PROBE_RUSTDESK_ID, else TCP */
	__u16 port2; /* of PROBE_RUSTDESK_NAT; else 0 */
	__u16 server_port; /* the same at the server */
	__u16 server_port2;
	/* One of these is a guess: no forward of it is known, and some rules are not understood. */
	bool guessed;
	/* NOT_ASKED, FAILED and CANCELLED are facts that are missing. */
	struct probe at[DOCTOR_ATS];
	/* On the router, of all its ports together (NO: at least one is not): */
	enum doctor_answer forwarded; /* its rules lead packets from outside to the server */
	enum doctor_answer reflected; /* natloop leads packets of the LAN there */
	enum doctor_rules rules;
	enum doctor_answer listened; /* a program of the router itself has the port */
};

/* What the command line asks for. */
struct doctor_asked {
	enum doctor_vantage vantage;
	char name[HOSTNAME_MAX];			/* ""; then perhaps .public */
	struct natloop_addr public;			/* zero: not said */
	struct natloop_addr server;			/* zero: not said */
	struct doctor_service service[DOCTOR_SERVICES]; /* only what is before .at is set */
	size_t services;				/* 0: not said */
	const char *key;				/* hbbr's, or NULL */
	enum doctor_answer outside; /* what the user knows: it works from the Internet */
};

/* --- what is found --------------------------------------------------------------------------- */

/*
 * Facts that are zero are not known. Those of the router alone are never known on a client.
 */
struct doctor_facts {
	enum doctor_vantage vantage;
	bool interrupted; /* what is missing was not looked at */
	char name[HOSTNAME_MAX];
	struct natloop_addr public; /* that clients dial, or are to dial */
	struct natloop_addr server; /* in the LAN */
	struct doctor_service service[DOCTOR_SERVICES];
	size_t services;
	enum doctor_answer outside; /* it works from there */

	/* The server's address. */
	enum doctor_answer server_is_own;   /* of this machine */
	enum doctor_answer server_on_link;  /* no router between */
	enum doctor_answer server_resolves; /* by ARP; meant only if it is on link */

	/* The name, asked of the resolvers that this machine has. */
	enum doctor_answer dns_asked;
	enum dns_verdict dns;		 /* of all resolvers together; if .dns_asked is YES */
	struct natloop_addr dns_address; /* where a client goes by it; zero: nowhere */
	char dns_says[512];		 /* dns_overall_text; "" */
	char dns_next[512];		 /* dns_next_step; "" */
	/*
	 * The name's global AAAA address that is none of the server's, if there is one: is there a
	 * way to it from here? Where there is none nobody uses it, and .dns is without it.
	 */
	struct natloop_addr dns_v6;
	enum doctor_answer v6_way;

	/* The router's interfaces. */
	char lan[IF_NAMESIZE];	     /* that the server is behind; "" */
	enum doctor_answer lan_down; /* it is down: a check says so, and nothing is asked */
	char lans[128];	  /* all to attach to, with blanks between: of clients and the server; "" */
	char served[128]; /* those that natloop is attached to, likewise */
	struct natloop_addr wan;	  /* its address towards the Internet; zero: not known */
	enum doctor_answer public_is_own; /* .public is on this router */
	enum doctor_answer translated;	  /* .public is one that natloop translates */
	enum doctor_answer forwarding;	  /* net.ipv4.ip_forward, and of that interface */

	/* On a client: the way to .public */
	struct natloop_addr gateway; /* the router next to here; zero: not known */
	/* It has what is dialled, and answers there otherwise than the server should. */
	enum doctor_answer gateway_answers;

	/* natloop */
	enum doctor_answer attached;	/* where the server is, if that is known */
	enum doctor_answer snat_public; /* it gives the server a public address as source */
	enum doctor_answer dns_cure;	/* it answers for a name with the server's address */
	/* Live flows to the server: with answers, and without any although asked some seconds ago.
	 */
	enum doctor_answer flows_known;
	__u64 flows_whole;
	__u64 flows_half;
};

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING,
	DOCTOR_PROBLEM,
	DOCTOR_UNKNOWN, /* could not be told */
};

struct doctor_check {
	const char *id; /* stable, a string constant: "server-answers" */
	enum doctor_level level;
	char object[64];    /* "192.168.11.20", "udp/21116", "eth1" */
	char evidence[320]; /* what was seen */
	char next[640];	    /* a command where possible; "" */
};

/* All zeros at first; to be freed with doctor_report_free. */
struct doctor_report {
	struct doctor_check *check;
	size_t checks;
	bool no_memory; /* some are missing */
};

/* Adds one more. What does not fit is cut off. */
__attribute__((format(printf, 6, 7))) void doctor_add(struct doctor_report *report, const char *id,
						      enum doctor_level level, const char *object,
						      const char *next, const char *evidence, ...);

void doctor_report_free(struct doctor_report *report);

/* "ok", "warning", "problem", "could not tell" */
const char *doctor_level_name(enum doctor_level level);

/*
 * What a probe showed, for people: "answers after 3 ms", "silent", "refused (Connection refused)".
 * Returns @buf.
 */
const char *doctor_probe_text(const struct probe *probe, char *buf, size_t size);

/* "udp/21116", "tcp/21116+21115": the public ports, or the server's. Returns @buf. */
const char *doctor_service_text(const struct doctor_service *service, bool at_server, char *buf,
				size_t size);

/*
 * The SPEC of 'natloopctl forward add' that leads it to @server: "tcp/21115-21116=192.168.11.20".
 * Returns @buf.
 */
const char *doctor_service_spec(const struct doctor_service *service,
				const struct natloop_addr *server, char *buf, size_t size);

/* Tells a person at a terminal, on standard error, what is being done. */
void doctor_progress(const struct env *env, const char *what);

/* Is it asked over UDP? */
bool doctor_service_is_udp(const struct doctor_service *service);

/*
 * RustDesk's three, of an ID server at @base: UDP registration, NAT test, and relay. Adds to
 * @service, which has room for DOCTOR_SERVICES, and to *@services. -ENOSPC.
 */
int doctor_add_rustdesk(struct doctor_service *service, size_t *services, __u16 base);

/*
 * "tcp/443", "tcp+udp/5000-5003": plain services, as many as ports. -EINVAL with a usage problem.
 */
int doctor_add_port(struct doctor_service *service, size_t *services, const char *text,
		    struct problem *p);

#endif
