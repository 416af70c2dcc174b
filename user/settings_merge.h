/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A running instance has two masters: the settings that watch follows or reload reads, and the
 * commands that are given beside it. This is how what both want comes together. Pure.
 */
#ifndef SETTINGS_MERGE_H
#define SETTINGS_MERGE_H

#include "settings.h"

struct settings_merge {
	/* What was asked for when it was last put in force; its public_spec are the addresses that
	 * came of it, its interfaces those that were attached and are the same ones still. */
	const struct settings *base;
	const struct settings *ours; /* what is asked for now */
	/* What the instance does; its public_spec are addresses, its interfaces all attached ones,
	 * each with its mode. */
	const struct settings *now;
};

struct settings_merged {
	struct settings settings; /* with the mode of each interface */
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
 * of @now. So with the mode, which is for the interfaces that @ours names, or for all if it names
 * none. [dns] is that of @ours: dns_names_merge has the rest. Only when there are too many publics,
 * forwards or interfaces it fails, with @p.
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

/*
 * The base for a merge of @file into an instance that nobody followed: what @file and the file as
 * it was before (@now->from_file) speak about was the file's, all else is somebody's who wants it
 * to stay.
 */
void settings_file_base(const struct settings *now, const struct settings *file,
			struct settings *ret);

#endif
