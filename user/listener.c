// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "listener.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "instance_parts.h"
#include "lock_holder.h"
#include "util.h"

#define LISTENER_BITS (NATLOOP_LISTEN_FLOWS | NATLOOP_LISTEN_PACKETS)
#define LOOK_AGAIN_US 100000
#define READ_MOST 512 /* at once: while more come than can be read, there is no end */

struct listener {
	struct natloop_configs *configs;
	struct ring_buffer *ring;
	struct natloop_lease before; /* what listener_missed has told already */
	const char *instance;
	char mark[PATH_MAX]; /* the pin of @configs */
	struct stat pin;
	__u32 what;
	int (*take)(const struct natloop_event *e, void *data);
	void *data;
	int err; /* of take */
	unsigned int taken;
};

static int take_event(void *ctx, void *data, size_t size)
{
	struct listener *l = ctx;
	const struct natloop_event *e = data;

	if (l->take && size >= sizeof(*e))
		l->err = l->take(e, l->data);
	if (!l->err && ++l->taken >= READ_MOST)
		return -EAGAIN;
	return l->err;
}

static struct natloop_lease *lease(struct listener *l)
{
	return &l->configs->lease;
}

/* Until when another listens; 0: nobody does. */
static __u64 others_until(const struct natloop_configs *configs)
{
	__u64 until = __atomic_load_n(&configs->lease.until, __ATOMIC_ACQUIRE);

	return configs->listening & LISTENER_BITS && until > clock_ns() ? until : 0;
}

static int prepare(struct listener *l, struct instance *inst, struct problem *p)
{
	void *mapped = mmap(NULL, sizeof(*l->configs), PROT_READ | PROT_WRITE, MAP_SHARED,
			    inst->dp.map[DATAPLANE_CONFIG], 0);

	if (mapped == MAP_FAILED)
		return problem(p, -errno, PINS_MARK, "", "cannot be mapped: %m");
	l->configs = mapped;
	pins_path(&inst->pins, PINS_MARK, l->mark);
	if (stat(l->mark, &l->pin))
		return problem(p, -errno, l->mark, "try again", "%m");
	l->ring = ring_buffer__new(inst->dp.map[DATAPLANE_EVENTS], take_event, l, NULL);
	if (!l->ring)
		return problem(p, -errno, "natloop_events", "", "cannot be read: %m");
	/* What nobody read before is not ours. */
	while (ring_buffer__consume(l->ring))
		l->taken = 0;
	return 0;
}

static void switch_on(struct listener *l, const struct listener_wish *wish)
{
	l->before = *lease(l);
	lease(l)->client = wish->client;
	lease(l)->pid = (__u32)getpid();
	lease(l)->tat = 0;
	__atomic_store_n(&lease(l)->until, clock_ns() + LISTENER_LEASE_S * 1000000000ULL,
			 __ATOMIC_RELEASE);
	l->what = wish->what;
	__atomic_fetch_and(&l->configs->listening, ~(__u32)LISTENER_BITS, __ATOMIC_ACQ_REL);
	__atomic_fetch_or(&l->configs->listening, l->what, __ATOMIC_ACQ_REL);
}

/*
 * *@until is when the lease of another ended as it was seen the last time, 0: not yet. -EAGAIN: he
 * may be dead, look again.
 */
static int try_open(const struct env *env, const struct listener_wish *wish, struct listener *l,
		    __u64 *until, struct problem *p)
{
	struct instance *inst = NULL;
	char holder[160];
	__u64 others;
	int err = instance_open(env, &inst, p);

	if (err)
		return err;
	others = others_until(inst->dp.configs);
	if (!others)
		err = prepare(l, inst, p);
	else if (*until && others != *until)
		err = problem(p, -EBUSY, env->instance, "end that one first",
			      "is listened to already, by %s",
			      lock_holder_process((int)inst->dp.configs->lease.pid, holder,
						  sizeof(holder)));
	else
		err = -EAGAIN;
	*until = others;
	if (!err)
		switch_on(l, wish);
	instance_close(inst);
	return err;
}

int listener_open(const struct env *env, const struct listener_wish *wish, struct listener **ret,
		  struct problem *p)
{
	struct listener *l = calloc(1, sizeof(*l));
	__u64 until = 0;
	int err;

	if (!l)
		return problem(p, -ENOMEM, env->instance, "", "out of memory");
	l->instance = env->instance;
	/* Who lives renews his lease; what a killed one left runs out. */
	while ((err = try_open(env, wish, l, &until, p)) == -EAGAIN)
		usleep(LOOK_AGAIN_US);
	if (err) {
		listener_close(l);
		return err;
	}
	*ret = l;
	return 0;
}

/* Is the lease ours still? */
static bool is_ours(struct listener *l)
{
	return lease(l)->pid == (__u32)getpid();
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	if (l->what && is_ours(l)) {
		__atomic_fetch_and(&l->configs->listening, ~l->what, __ATOMIC_ACQ_REL);
		lease(l)->until = 0;
		lease(l)->pid = 0;
	}
	ring_buffer__free(l->ring);
	if (l->configs)
		munmap(l->configs, sizeof(*l->configs));
	free(l);
}

int listener_fd(const struct listener *l)
{
	return ring_buffer__epoll_fd(l->ring);
}

int listener_renew(struct listener *l, struct problem *p)
{
	struct stat now;

	if (stat(l->mark, &now) || now.st_ino != l->pin.st_ino || now.st_dev != l->pin.st_dev)
		return problem(p, -ENOENT, l->instance, "attach it again, and start this again",
			       "has been detached");
	if (!is_ours(l))
		return problem(p, -EBUSY, l->instance, "end that one first",
			       "is listened to by another process now");
	__atomic_store_n(&lease(l)->until, clock_ns() + LISTENER_LEASE_S * 1000000000ULL,
			 __ATOMIC_RELEASE);
	/* It had run out, if this process was stopped for so long. */
	__atomic_fetch_or(&l->configs->listening, l->what, __ATOMIC_ACQ_REL);
	return 0;
}

int listener_read(struct listener *l, int (*take)(const struct natloop_event *e, void *data),
		  void *data)
{
	int n;

	l->take = take;
	l->data = data;
	l->err = 0;
	l->taken = 0;
	n = ring_buffer__consume(l->ring);
	l->take = NULL;
	if (l->err)
		return l->err;
	return n < 0 && n != -EAGAIN ? n : 0;
}

struct listener_missed listener_missed(struct listener *l)
{
	const struct natloop_lease now = *lease(l);
	struct listener_missed missed = {
		.lost = now.lost - l->before.lost,
		.held = now.held - l->before.held,
	};

	l->before = now;
	return missed;
}
