/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From what the user asked for and what the system is to what the programs get: the place where
 * everything is checked before anything is changed.
 */
#ifndef PLAN_H
#define PLAN_H

#include "netlink.h"
#include "settings.h"

struct plan_interface {
	struct link link;
	enum natloop_mode mode; /* as auto decided, or as asked */
	bool auto_mode;
	char reason[128]; /* in words, for status: "veth: TC carries unfinished checksums" */
};

struct plan {
	struct plan_interface interface[SETTINGS_MAX_INTERFACES];
	size_t interfaces;
	struct natloop_config config; /* complete, forwards sorted */
	/* Of each public address: index of the first of settings.public_spec that led to it. */
	__u8 public_from[NATLOOP_MAX_ADDRESSES];
	__u32 publics_left_out; /* bits by index of settings.public_spec: lead to no address now */
};

/* Questions that can only be asked one at a time. A test puts its own system here. */
struct system_calls {
	/* As the functions of netlink.h with these names. */
	int (*route)(const struct natloop_addr *to, struct route *ret);
	int (*uplinks)(int *ret_ifindex, size_t max);
	int (*xdp_features)(int ifindex, __u64 *ret);
	int (*rx_vlan)(const char *name); /* ethtool_rx_vlan */
	/*
	 * All IPv4 addresses of the host @name into @ret, at most @max. Their number, or -ENOENT:
	 * no such name, or no IPv4 address; -EAGAIN: no name server answered; -EIO: anything else.
	 */
	int (*resolve)(const char *name, struct natloop_addr *ret, size_t max);
};

/* The kernel's and the resolver's answers. */
extern const struct system_calls system_calls_real;

/* The system as it was read once; so that one command decides on one picture. */
struct system_view {
	struct link_table links;
	struct address_table addresses;
	const struct system_calls *calls;
	/* The configuration that runs, or NULL: what names an interface there was no slip. */
	const struct natloop_config *running;
	/*
	 * A forward of it whose server is out of reach now is kept as it is: it was good once, and
	 * must not stand in the way of other changes.
	 */
	bool keep_forwards;
};

/* Asks the system's resolver, as system_calls.resolve; takes as long as that does. */
int system_resolve(const char *name, struct natloop_addr *ret, size_t max);

/* Host names are resolved by @by from now on, which is as system_calls.resolve. */
void system_set_resolver(int (*by)(const char *name, struct natloop_addr *ret, size_t max));

/* Fills @ret from the current network namespace; free with system_free. */
int system_read(struct system_view *ret, struct problem *p);
/* Takes a view of all zeros, too. */
void system_free(struct system_view *view);

/*
 * Checks @s against the system and fills @ret. @s must name at least one interface; what else it
 * does not say (0, no *_given, empty lists) gets its default. An interface may be down: routers
 * attach at boot, before the cable is in. Names the object and the remedy in @p when
 *	- an interface does not exist, is loopback, is PPP or a tunnel with an outer IP header, is
 *	  given twice (usage), or is a port of something else than a bridge or a VRF
 *	- a public spec is neither an address nor an interface nor a name that resolves (but see
 *	  settings.publics_optional); none found
 *	- a public address is loopback, multicast or inside the prefix of a planned interface as
 *	  another host's address
 *	- [lan] names an interface that does not exist, or a port of a bridge, and that neither the
 *	  running configuration has in its rules nor @s wants to wait for (rules_wait)
 *	- there is no forward; or two overlap
 *	- a server is not reachable on any LAN (no route, or only the default route), is this router
 *	  itself, is one of the public addresses, or is behind an interface that is not in the list
 *	  (its replies would pass by)
 *	- --snat ADDR is loopback/multicast/zero
 *	- XDP is asked for on a bridge port (frames would leave by the wrong port), or below VLAN
 *	  interfaces whose tags the NIC takes off before XDP sees the frame, or native XDP on a
 *	  bridge, which has none
 *	- no LAN prefix is known, or a timeout does not fit into 31 bits of ticks
 *	- a table of struct natloop_config is too small
 * Imported forwards whose server is not to be reached so are left out, with log_info; then it is a
 * problem only if none is left.
 * @ret is large (some 50 KiB). Returns 0 or a negative errno.
 */
int plan_make(const struct settings *s, const struct system_view *view, struct plan *ret,
	      struct problem *p);

/*
 * Which hook fits, by what kind of link it is: veth, bridge, bridge port, vlan, bond, tun, macvlan
 * and so on get TC with the reason; hardware is worth a try with native XDP (attach_xdp may still
 * refuse, then the reason is replaced). Wi-Fi gets TC. @links holds the masters. @reason gets one
 * phrase.
 */
enum natloop_mode plan_auto_mode(const struct link *link, const struct link_table *links,
				 char *reason, size_t size);

/*
 * Is it XDP by request, where frames of programs on the other end carry checksums that are still
 * to be finished, and XDP cannot see that? They arrive with wrong ones. Uses the mode and the kind
 * of the link.
 */
bool plan_breaks_checksums(const struct plan_interface *iface);
#define PLAN_BREAKS_CHECKSUMS "it leaves unfinished checksums wrong"

/*
 * Where the driver of a trunk takes VLAN tags off, XDP sees the frames of all VLANs as untagged,
 * and would reflect those of a guest network as the LAN's. Has @link VLAN interfaces, and is it so?
 */
bool plan_hides_vlans(const struct link *link, const struct link_table *links,
		      int (*rx_vlan)(const char *name));
#define PLAN_HIDES_VLANS "takes VLAN tags off before XDP can see them"

/*
 * If @port is a port of a bridge, the first other port of it that is not @attached (@count
 * ifindexes): what its hosts send to a public address never comes to natloop, nor what its servers
 * answer. NULL: there is none, or the bridge itself is attached.
 */
const struct link *plan_missed_port(const struct link *port, const struct link_table *links,
				    const int *attached, size_t count);
#define PLAN_MISSED_PORT                                                                           \
	"a port of %s, and natloop is not on %s, another one: hosts behind that "                  \
	"reach no server, and its servers no client"

/*
 * Sets or clears NATLOOP_LINK_XDP_XMIT on every link of @config by what the driver says now; @plan
 * says (in interface[].mode) where native XDP is. plan_make has done this once, but that was a
 * guess: drivers change their features when a program is attached. A kernel that cannot tell
 * (before 6.3) counts as no, since a redirect to a driver without ndo_xdp_xmit loses the frame.
 * Returns 0, or the first error of netlink other than "cannot tell"; the links are all set in
 * either case.
 */
int plan_refresh_xmit(struct natloop_config *config, const struct plan *plan);

/* Does any rule of @config name the interface @name? */
bool plan_has_rule_for(const struct natloop_config *config, const char *name);

/*
 * The name of the first interface from rule @i of @config on, and with no rule before it, that no
 * client can come from now, with *@i behind that rule; NULL: there is no other.
 */
const char *plan_next_waiting(const struct natloop_config *config, __u32 *i);

/* Is @ifindex a layer 3 interface of some link of @config? */
bool plan_is_l3(const struct natloop_config *config, int ifindex);

/*
 * Makes @addr one of the addresses that only answers of servers go to, unless it is in @config
 * already. -ENOSPC: the table is full.
 */
int plan_add_address(struct natloop_config *config, const struct natloop_addr *addr);

#endif
