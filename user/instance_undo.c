// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An attach that failed leaves nothing behind. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "instance_dns_parts.h"
#include "instance_job.h"

/* For generic XDP it takes another program, see attach_xdp_open. */
static int reopen_xdp(struct job *job, bool generic)
{
	int err;

	/* It could not be opened again for another interface. */
	if (!job->xdp)
		return -EIO;
	if (job->generic || !generic)
		return 0;
	attach_xdp_close(job->xdp);
	job->xdp = NULL;
	err = dataplane_reopen_xdp(&job->inst.dp);
	if (!err)
		err = attach_xdp_open(dataplane_xdp_object(&job->inst.dp), true, &job->xdp, NULL);
	job->generic = !err;
	return err;
}

static int restore_xdp(struct job *job, struct target *t)
{
	bool generic = t->before.mode == NATLOOP_MODE_XDP_GENERIC;
	int err = attach_find(t->ifindex, job->inst.dp.config_id, &t->now);

	if (err)
		return err;
	if (t->before.mode == NATLOOP_MODE_TC) {
		err = detach_xdp(t->ifindex, &t->now, NULL);
		t->now.xdp_id = err ? t->now.xdp_id : 0;
	} else if (!t->now.xdp_id || t->now.mode != t->before.mode) {
		err = reopen_xdp(job, generic);
		if (!err)
			err = attach_xdp(t->ifindex, job->xdp, generic, &t->now, NULL);
	}
	return err;
}

/* Back to the hook that was in use. If that fails, the record says what there is. */
static void restore_mode(struct job *job, struct target *t)
{
	__u32 key = t->ifindex;
	int err = restore_xdp(job, t);

	if (!err) {
		t->now.mode = t->before.mode;
		t->now.auto_mode = t->before.auto_mode;
		memcpy(t->now.reason, t->before.reason, sizeof(t->now.reason));
	} else {
		if (!t->now.xdp_id)
			t->now.mode = NATLOOP_MODE_TC;
		snprintf(t->now.reason, sizeof(t->now.reason),
			 "what was there before cannot be put back: %s", strerror(-err));
	}
	(void)bpf_map_update_elem(job->inst.dp.map[DATAPLANE_IFACES], &key, &t->now, BPF_EXIST);
}

void instance_undo(struct job *job)
{
	instance_dns_undo(job);
	for (size_t i = 0; i < job->plan.interfaces; i++) {
		struct target *t = &job->target[i];
		__u32 key = t->ifindex;

		if (!t->touched)
			continue;
		if (t->was_attached) {
			restore_mode(job, t);
			continue;
		}
		(void)detach_dns(t->ifindex, job->inst.dp.config_id, &t->now, NULL);
		(void)detach_xdp(t->ifindex, &t->now, NULL);
		(void)detach_tc(t->ifindex, &t->now, NULL);
		(void)bpf_map_delete_elem(job->inst.dp.map[DATAPLANE_IFACES], &key);
	}
	if (job->fresh && job->inst.pins.lock >= 0)
		pins_remove(&job->inst.pins);
}
