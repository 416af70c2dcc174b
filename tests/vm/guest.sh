#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What a guest runs once it has its root (see init): makes the rest of a system, runs the command
# that boot.sh left in /run/vm, leaves its exit status there, and switches the guest off.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
exec </dev/null

# What Debian's packages make while they are set up: another CPU's root was only unpacked.
[[ -e /bin/sh ]] || ln -s bash /bin/sh
[[ -e /usr/bin/awk ]] || ln -s mawk /usr/bin/awk
[[ -e /etc/passwd ]] || printf '%s\n' root:x:0:0::/root:/bin/bash tcpdump:x:1:1::/: >/etc/passwd
[[ -e /etc/group ]] || printf '%s\n' root:x:0: tcpdump:x:1: >/etc/group

mount -t proc proc /proc
mount -t sysfs sysfs /sys
# /tmp is the overlay's: the working tree may be below it.
mkdir -p /dev/pts /dev/shm /run/netns /run/lock
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tracefs tracefs /sys/kernel/tracing
ln -sfn /proc/self/fd /dev/fd
hostname natloop-vm
rm -rf "/lib/modules/$(uname -r)"
mkdir -p /lib/modules
ln -s "$(cat /run/vm/modules)" "/lib/modules/$(uname -r)"
ip link set lo up

while read -r module; do
	modprobe "$module" || echo "guest: no module $module"
done </run/vm/load

bash /run/vm/command >/run/vm/log 2>&1
echo $? >/run/vm/status.new
mv /run/vm/status.new /run/vm/status
sync
echo o >/proc/sysrq-trigger
sleep 60
