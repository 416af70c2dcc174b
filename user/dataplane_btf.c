// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * natloop_xdp asks the kernel one question by its type information (CO-RE): does it know the helper
 * that tells the length of a frame in several buffers? Of a kernel without type information the
 * helper itself is asked for, and a description with that answer takes the place of the kernel's.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane_parts.h"
#include "natloop_xdp.skel.h"
#include "util.h"

#define HELPER "BPF_FUNC_xdp_get_buff_len"
#define HELPER_NUMBER 188 /* kernel 5.18; the headers that this is built with may be older */

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* What the helper's name stands for in the kernel's enumeration of them, if it is there. */
static int describe(struct btf *btf)
{
	int known = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, HELPER_NUMBER, NULL);
	int err = btf__add_enum(btf, "bpf_func_id", sizeof(__u32));

	if (err >= 0)
		err = btf__add_enum_value(btf, "BPF_FUNC_unspec", 0);
	if (err >= 0 && known == 1)
		err = btf__add_enum_value(btf, HELPER, HELPER_NUMBER);
	return err < 0 ? err : 0;
}

static int write_description(int *ret)
{
	__attribute__((cleanup(free_btf))) struct btf *btf = btf__new_empty();
	_cleanup_close_ int fd = -1;
	const void *data;
	__u32 size = 0;
	int err;

	if (!btf)
		return -errno;
	err = describe(btf);
	if (err)
		return err;
	data = btf__raw_data(btf, &size);
	fd = memfd_create("natloop-btf", MFD_CLOEXEC);
	if (!data || fd < 0)
		return -errno;
	if (write(fd, data, size) != (ssize_t)size)
		return -EIO;
	*ret = TAKE_FD(fd);
	return 0;
}

int dataplane_open_xdp(struct dataplane *dp)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	char path[PATH_MAX];
	int err = 0;

	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		if (dp->btf < 0)
			err = write_description(&dp->btf);
		if (err)
			return err;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", dp->btf);
		opts.btf_custom_path = path;
	}
	natloop_xdp__destroy(dp->xdp_skel);
	dp->xdp_skel = natloop_xdp__open_opts(&opts);
	return dp->xdp_skel ? 0 : -errno;
}
