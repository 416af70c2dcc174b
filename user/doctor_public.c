// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which address do clients dial, and has this router it? */
#include "address.h"
#include "doctor_run.h"

static bool is_translated(const struct doctor_run *run, const struct natloop_addr *a)
{
	for (__u32 i = 0; i < run->config.publics; i++)
		if (address_equal(&run->config.address[i], a))
			return true;
	return false;
}

/*
 * The name's word counts where natloop or an interface has the address, or the router has none:
 * then also against natloop's, if it works from outside.
 */
static void follow_name(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	const struct natloop_addr *a = &facts->dns_address;
	bool natted = !address_is_zero(&facts->wan) && !dns_address_global(&facts->wan);

	if (facts->dns_asked != DOCTOR_YES || !address_is_zero(&run->asked->public) ||
	    !address_is_v4(a) || address_equal(a, &facts->server))
		return;
	if (doctor_is_own(run, a) || is_translated(run, a) ||
	    (natted && dns_address_global(a) &&
	     (!run->config.publics || facts->outside == DOCTOR_YES)))
		facts->public = *a;
}

static void add_wan(struct doctor_run *run)
{
	const struct doctor_facts *facts = run->facts;
	bool elsewhere = facts->public_is_own == DOCTOR_NO && dns_address_global(&facts->public) &&
			 facts->outside != DOCTOR_YES;
	char wan[ADDRESS_TEXT_MAX], public[ADDRESS_TEXT_MAX];

	if (address_is_zero(&facts->wan))
		return;
	address_format(&facts->wan, wan, sizeof(wan));
	address_format(&facts->public, public, sizeof(public));
	if (dns_address_global(&facts->wan))
		doctor_add(run->report, "double-nat", DOCTOR_OK, wan, "",
			   "is an address of the Internet: no other NAT before this router");
	else if (elsewhere)
		doctor_add(run->report, "double-nat", DOCTOR_PROBLEM, wan,
			   "forward the ports on the outer router, too, or ask the provider for "
			   "a public address",
			   "is %s, and clients dial %s: another NAT is before this router",
			   address_is_carriers(&facts->wan) ?
				   "the provider's own (CGNAT, 100.64.0.0/10)" :
				   "private",
			   public);
	else
		doctor_add(run->report, "double-nat", DOCTOR_WARNING, wan,
			   "compare it with the address that others see",
			   "is %s: if the Internet sees another one, there is another NAT before "
			   "this router",
			   address_is_carriers(&facts->wan) ?
				   "the provider's own (CGNAT, 100.64.0.0/10)" :
				   "private");
}

void doctor_public(struct doctor_run *run)
{
	struct doctor_facts *facts = run->facts;
	char public[ADDRESS_TEXT_MAX];
	bool own;

	follow_name(run);
	if (address_is_zero(&facts->public)) {
		doctor_add(run->report, "public-address", DOCTOR_UNKNOWN, "",
			   "natloopctl doctor NAME|ADDR", "the public address is not known");
		return;
	}
	own = doctor_is_own(run, &facts->public);
	if (run->addresses.addresses)
		facts->public_is_own = own ? DOCTOR_YES : DOCTOR_NO;
	if (facts->attached == DOCTOR_YES)
		facts->translated = is_translated(run, &facts->public) ? DOCTOR_YES : DOCTOR_NO;
	address_format(&facts->public, public, sizeof(public));
	doctor_add(run->report, "public-address", own ? DOCTOR_OK : DOCTOR_WARNING, public, "",
		   "%s, and natloop %s it",
		   own ? "is on this router" : "is on no interface of this router",
		   is_translated(run, &facts->public)  ? "translates" :
		   facts->attached == DOCTOR_NOT_KNOWN ? "perhaps translates" :
							 "does not translate");
	add_wan(run);
}
