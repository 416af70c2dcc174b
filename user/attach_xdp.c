// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP hook, through libxdp. Facts about libxdp 1.3 that this rests on (lib/libxdp/libxdp.c of
 * xdp-tools): xdp_program__attach refuses with -EBUSY where a program is attached without the
 * dispatcher, be it ours; it loads the object itself, and falls back to attaching alone only
 * before it has done so; and a handle made from an object that is loaded already cannot go behind
 * a dispatcher, nor does a handle made from a program id remember BPF_F_XDP_HAS_FRAGS.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "attach.h"
#include "attach_parts.h"
#include "attach_xdp_pins.h"
#include "util.h"

#define PROGRAM "natloop_xdp"

/* What is on the interface, seen by the owner of one program id. */
enum place {
	NOTHING,
	OURS_ALONE,
	OURS_DISPATCHED,
	FOREIGN_ALONE,
	FOREIGN_DISPATCHER,
};

struct found {
	enum place place;
	enum xdp_attach_mode mode;
	__u32 main_id; /* of the program that the driver runs: alone, or the dispatcher */
};

static void close_multiprog(struct xdp_multiprog **mp)
{
	xdp_multiprog__close(*mp);
}

static void close_program(struct xdp_program **prog)
{
	xdp_program__close(*prog);
}

static enum place locate(const struct xdp_multiprog *mp, __u32 id)
{
	struct xdp_program *prog = NULL;

	if (xdp_multiprog__is_legacy(mp)) {
		prog = xdp_multiprog__main_prog(mp);
		return id && xdp_program__id(prog) == id ? OURS_ALONE : FOREIGN_ALONE;
	}
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		if (id && xdp_program__id(prog) == id)
			return OURS_DISPATCHED;
	return FOREIGN_DISPATCHER;
}

/* @id is ours, or 0. */
static int look(int ifindex, __u32 id, struct found *ret)
{
	__attribute__((cleanup(close_multiprog))) struct xdp_multiprog *mp = NULL;
	long err;

	mp = xdp_multiprog__get_from_ifindex(ifindex);
	err = libxdp_get_error(mp);
	if (err) {
		mp = NULL;
		if (err != -ENOENT)
			return (int)err;
		*ret = (struct found){ .place = NOTHING };
		return 0;
	}
	ret->place = locate(mp, id);
	ret->mode = xdp_multiprog__attach_mode(mp);
	ret->main_id = xdp_program__id(xdp_multiprog__main_prog(mp));
	return 0;
}

int attach_xdp_search(int ifindex, bool (*ours)(__u32 id, const void *data), const void *data,
		      __u32 *ret_id)
{
	__attribute__((cleanup(close_multiprog))) struct xdp_multiprog *mp = NULL;
	struct xdp_program *prog = NULL;
	__u32 found = 0;
	long err;

	mp = xdp_multiprog__get_from_ifindex(ifindex);
	err = libxdp_get_error(mp);
	if (err)
		mp = NULL;
	if (err && err != -ENOENT)
		return (int)err;
	if (mp && xdp_multiprog__is_legacy(mp)) {
		prog = xdp_multiprog__main_prog(mp);
		found = ours(xdp_program__id(prog), data) ? xdp_program__id(prog) : 0;
	}
	while (mp && !found && !xdp_multiprog__is_legacy(mp) &&
	       (prog = xdp_multiprog__next_prog(prog, mp)))
		if (ours(xdp_program__id(prog), data))
			found = xdp_program__id(prog);
	*ret_id = found;
	return 0;
}

static int read_info(int fd, struct bpf_prog_info *ret)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	*ret = info;
	return 0;
}

static int busy(int ifindex, const struct natloop_iface *iface, struct problem *p)
{
	struct bpf_prog_info info = { 0 };
	struct found found = { 0 };
	_cleanup_close_ int fd = -1;

	if (!look(ifindex, iface->xdp_id, &found) && found.main_id)
		fd = bpf_prog_get_fd_by_id(found.main_id);
	if (fd < 0 || read_info(fd, &info))
		return problem(p, -EBUSY, iface->name, "try again, or use --mode tc",
			       "another XDP program is being attached");
	return problem(p, -EBUSY, iface->name, "detach it, or use --mode tc",
		       "the XDP program %s (id %u) of somebody else is there", info.name, info.id);
}

static int attach_problem(int err, int ifindex, const struct natloop_iface *iface,
			  struct problem *p)
{
	switch (err) {
	case -EBUSY:
	case -EEXIST:
		return busy(ifindex, iface, p);
	case -ENODEV:
		return problem(p, err, iface->name, "see 'ip link' for the names",
			       "the interface has disappeared");
	case -EPERM:
		return problem(p, err, iface->name, "run as root", "not permitted");
	case -EOPNOTSUPP:
		return problem(p, err, iface->name, "use --mode tc",
			       "the driver does not support this mode of XDP");
	default:
		return problem(p, -EOPNOTSUPP, iface->name,
			       "use --mode tc; -v shows the driver's words",
			       "the driver refuses XDP: %s", strerror(-err));
	}
}

static int load_problem(int err, struct problem *p)
{
	return problem(p, err, PROGRAM, "use --mode tc; -vv shows the verifier's log",
		       "the kernel does not load the XDP program: %s", strerror(-err));
}

static __u32 mode_flag(enum xdp_attach_mode mode)
{
	return mode == XDP_MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
}

/* The program and its descriptor, which is negative as long as the object is not loaded. */
static struct bpf_program *program_of(struct xdp_program *prog)
{
	return bpf_object__find_program_by_name(xdp_program__bpf_obj(prog), PROGRAM);
}

static int fd_of(struct xdp_program *prog)
{
	return bpf_program__fd(program_of(prog));
}

static bool kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	DECLARE_LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_XDP_HAS_FRAGS,
			    .expected_attach_type = BPF_XDP);
	_cleanup_close_ int fd = -1;

	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", pass, ARRAY_SIZE(pass), &opts);
	return fd >= 0;
}

int attach_xdp_open(struct bpf_object *obj, bool generic, struct xdp_program **ret,
		    struct problem *p)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = obj, .prog_name = PROGRAM);
	__attribute__((cleanup(close_program))) struct xdp_program *prog = NULL;
	int err;

	prog = xdp_program__create(&opts);
	if (!prog)
		return problem(p, -errno, PROGRAM, "install natloop again",
			       "the XDP program is not usable: %s", strerror(errno));
	err = xdp_program__set_xdp_frags_support(prog, !generic && kernel_has_frags());
	if (err)
		return problem(p, err, PROGRAM, "install natloop again",
			       "the XDP program is not usable: %s", strerror(-err));
	*ret = TAKE_PTR(prog);
	return 0;
}

void attach_xdp_close(struct xdp_program *prog)
{
	xdp_program__close(prog);
}

/* Loaded as a program of its own, which cannot go behind a dispatcher any more. */
static bool is_loaded_alone(struct xdp_program *prog)
{
	struct bpf_prog_info info = { 0 };

	return fd_of(prog) >= 0 && !read_info(fd_of(prog), &info) && info.type == BPF_PROG_TYPE_XDP;
}

/* Nothing of ours is there: go behind the dispatcher, or alone. */
static int attach_new(int ifindex, struct xdp_program *prog, enum xdp_attach_mode mode)
{
	if (is_loaded_alone(prog))
		return bpf_xdp_attach(ifindex, fd_of(prog),
				      mode_flag(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	return xdp_program__attach(prog, ifindex, mode, 0);
}

/* @fd -1 detaches. Only if the program with @old_id is there alone, else -EEXIST. */
static int exchange_alone(int ifindex, __u32 old_id, int fd, enum xdp_attach_mode mode)
{
	DECLARE_LIBBPF_OPTS(bpf_xdp_attach_opts, opts);
	_cleanup_close_ int old = -1;

	old = bpf_prog_get_fd_by_id(old_id);
	if (old < 0)
		return -errno;
	opts.old_prog_fd = old;
	return bpf_xdp_attach(ifindex, fd, mode_flag(mode) | XDP_FLAGS_REPLACE, &opts);
}

static int detach_dispatched(int ifindex, __u32 id, enum xdp_attach_mode mode)
{
	__attribute__((cleanup(close_program))) struct xdp_program *prog = NULL;
	long err;

	prog = xdp_program__from_id(id);
	err = libxdp_get_error(prog);
	if (err) {
		prog = NULL;
		return (int)err;
	}
	return xdp_program__detach(prog, ifindex, mode, 0);
}

static int remove_old(int ifindex, __u32 id, const struct found *found)
{
	if (found->place == OURS_ALONE)
		return exchange_alone(ifindex, id, -1, found->mode);
	return detach_dispatched(ifindex, id, found->mode);
}

static int load_alone(struct xdp_program *prog)
{
	if (fd_of(prog) >= 0)
		return 0;
	return bpf_object__load(xdp_program__bpf_obj(prog));
}

/* The old program is @old_id, as @found says. */
static int replace(int ifindex, struct xdp_program *prog, enum xdp_attach_mode mode, __u32 old_id,
		   const struct found *found)
{
	int err;

	if (found->mode == mode && found->place == OURS_ALONE) {
		err = load_alone(prog);
		if (err)
			return err;
		if (is_loaded_alone(prog))
			return exchange_alone(ifindex, old_id, fd_of(prog), mode);
	} else if (found->mode == mode && !is_loaded_alone(prog)) {
		err = attach_new(ifindex, prog, mode);
		return err ? err : detach_dispatched(ifindex, old_id, mode);
	}
	err = remove_old(ifindex, old_id, found);
	return err ? err : attach_new(ifindex, prog, mode);
}

int attach_xdp(int ifindex, struct xdp_program *prog, bool generic, struct natloop_iface *iface,
	       struct problem *p)
{
	enum xdp_attach_mode mode = generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct bpf_prog_info info = { 0 };
	struct found found;
	int err;

	err = look(ifindex, iface->xdp_id, &found);
	if (err)
		return attach_problem(err, ifindex, iface, p);
	switch (found.place) {
	case FOREIGN_ALONE:
		return busy(ifindex, iface, p);
	case NOTHING:
	case FOREIGN_DISPATCHER:
		err = attach_new(ifindex, prog, mode);
		break;
	default:
		if (found.mode == mode && fd_of(prog) >= 0 && !read_info(fd_of(prog), &info) &&
		    info.id == iface->xdp_id)
			return 0;
		err = replace(ifindex, prog, mode, iface->xdp_id, &found);
	}
	if (err)
		return fd_of(prog) < 0 ? load_problem(err, p) :
					 attach_problem(err, ifindex, iface, p);
	err = read_info(fd_of(prog), &info);
	if (err)
		return load_problem(err, p);
	iface->xdp_id = info.id;
	return 0;
}

int detach_xdp(int ifindex, const struct natloop_iface *iface, struct problem *p)
{
	struct found found;
	bool kept = false;
	int err;

	if (!iface->xdp_id)
		return 0;
	err = look(ifindex, iface->xdp_id, &found);
	if (!err && (found.place == OURS_ALONE || found.place == OURS_DISPATCHED)) {
		err = remove_old(ifindex, iface->xdp_id, &found);
		kept = err == -EINVAL;
	} else if (!err || err == -ENODEV) {
		/* Also of an interface that is gone libxdp 1.3 says that nothing is on it. */
		err = attach_xdp_pins_remove(ifindex, iface->xdp_id);
	}
	/* virtio_net of Linux 6.1 looks at the MTU even to let a program go. */
	if (kept)
		return problem(p, err, iface->name, "'ip link set IFACE mtu 1500', and try again",
			       "the driver does not let the XDP program go with this MTU");
	if (err && err != -ENOENT && err != -ENODEV)
		return problem(p, err, iface->name, "see 'ip link show dev IFACE'",
			       "cannot remove the XDP program: %s", strerror(-err));
	return 0;
}
