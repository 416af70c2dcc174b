/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A running instance has two masters: the settings that watch follows, and the commands that are
 * given beside it. This is how what both want comes together. Pure.
 */
#ifndef SETTINGS_MERGE_H
#define SETTINGS_MERGE_H

#include "settings.h"

struct settings_merge {
	/* What was asked for when it was last put in force; its public_spec are the addresses that
	 * came of it. */
	const struct settings *base;
	const struct settings *ours; /* what is asked for now */
	const struct settings *now;  /* what the instance does; its public_spec are addresses */
};

struct settings_merged {
	struct settings settings; /* without interfaces */
	size_t own_publics; /* so many of its public_spec are @ours; the rest was added by others */
	/* Addresses that others deleted: not to be public, though @ours leads to them. */
	struct natloop_addr absent[SETTINGS_MAX_PUBLICS];
	size_t absents;
};

/*
 * What others changed stays so, until @ours changes in the same place. An item is put in when it is
 * new in @ours since @base, and taken out when it has gone from it; a forward that others added
 * gives way to an overlapping one of @ours. A single value, and --lan and [lan] as a whole, is that
 * of @ours (so its default, if it is not said there any more) if it was another in @base, else that
 * of @now. Only when there are too many publics or forwards it fails, with @p.
 */
int settings_merge(const struct settings_merge *m, struct settings_merged *ret, struct problem *p);

/*
 * The base of the next merge, after @ours was put in force by it: @base becomes @ours, but for the
 * public_spec, which are the caller's, and for forwards that are not in force though nobody deleted
 * them: a plan may leave out what it cannot reach, and they are to be tried again. @before and
 * @after are the active configurations then.
 */
void settings_rebase(const struct settings *ours, const struct natloop_config *before,
		     const struct natloop_config *after, struct settings *base);

#endif
