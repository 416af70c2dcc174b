#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every class of wrong input is refused with one line that names the object and the remedy, with
# status 2 for wrong usage and 1 for what cannot be done, and leaves nothing half done.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# refused STATUS REGEX VERB...: and nothing has changed.
refused() {
	expect_refused "$@"
	expect_nothing_left
}

# refused_attach STATUS REGEX OPTION...: what follows "attach eth1 --public ADDRESS".
refused_attach() {
	local status=$1 regex=$2
	shift 2
	refused "$status" "$regex" attach eth1 --public "$PUBLIC" "$@"
}

# refused_config REGEX: a configuration file, on standard input, is refused.
refused_config() {
	cat >"$NL_DIR/bad.conf"
	refused '[12]' "bad\.conf:$1" attach eth1 --config "$NL_DIR/bad.conf" \
		--public "$PUBLIC" --server "$SERVER"
}

topology_make
router_snapshot >"$NL_DIR/before"

# Interfaces.
refused 1 '^natloopctl: nosuch0: ' attach nosuch0 --public "$PUBLIC" --server "$SERVER"
refused 1 '^natloopctl: lo: ' attach lo --public "$PUBLIC" --server "$SERVER"
refused '[12]' 'eth1' attach eth1 eth1 --public "$PUBLIC" --server "$SERVER"
refused '[12]' 'averylonginterfacename' attach averylonginterfacename --server "$SERVER"
ns_exec router ip link add down0 type veth peer name down1
refused 1 '^natloopctl: down0: ' attach down0 --public "$PUBLIC" --server "$SERVER"
ns_exec router ip link del down0
refused 1 . detach eth1
refused 1 . detach --all
refused 1 . status
refused 1 . flow list

# Forwards as text.
for spec in rustdesk rustdesk= =192.168.11.20 "rustdesk=$SERVER:1" rustdesk=nonsense \
	rustdesk=192.168.11.300 rustdesk=::1 rustdesk=127.0.0.1 rustdesk=0.0.0.0 \
	rustdesk=224.0.0.1 rustdesk=255.255.255.255 "tcp=$SERVER" "tcp/=$SERVER" \
	"tcp/0=$SERVER" "tcp/65536=$SERVER" "tcp/80=$SERVER:0" "tcp/80=$SERVER:65536" \
	"tcp/80=$SERVER:" "tcp/-80=$SERVER" "tcp/80-=$SERVER" "tcp/90-80=$SERVER" \
	"tcp/80-90=$SERVER:80-91" "tcp/80-90=$SERVER:90-80" "tcp/60000-60010=$SERVER:65530" \
	"sctp/80=$SERVER" "TCP/80=$SERVER" "tcp/ 80=$SERVER" "tcp/80=$SERVER " \
	"tcp/80x=$SERVER" "tcp/0x50=$SERVER" "tcp/+80=$SERVER" "tcp/80=$SERVER=$SERVER" \
	"tcp/99999999999999999999=$SERVER" "udp+tcp+udp/80=$SERVER" ""; do
	refused_attach 2 . --forward "$spec"
done
refused_attach '[12]' 'tcp/150-250' --forward "tcp/100-200=$SERVER" \
	--forward "tcp/150-250=192.168.11.30"
refused_attach '[12]' 'tcp/21116' --server "$SERVER" --forward "tcp/21116=192.168.11.30"

# Where the server is.
refused_attach 1 '10\.1\.2\.3' --server 10.1.2.3
refused_attach 1 '8\.8\.8\.8' --forward tcp/80=8.8.8.8
refused_attach 1 '192\.168\.11\.1' --server "$ROUTER"
refused_attach 1 '172\.16\.16\.254.*eth0 is an uplink' --server 172.16.16.254
refused_attach 1 'network address of 192\.168\.11\.0/24' --server 192.168.11.0
refused 1 'attach the LAN instead of the uplink: natloopctl attach eth1$' attach eth0 --server "$SERVER"

# Other options.
refused_attach 2 'mode' --server "$SERVER" --mode nonsense
refused_attach 2 'snat' --server "$SERVER" --snat nonsense
refused_attach '[12]' '127\.0\.0\.1' --server "$SERVER" --snat 127.0.0.1
refused_attach '[12]' '224\.0\.0\.1' --server "$SERVER" --snat 224.0.0.1
refused_attach '[12]' '127\.0\.0\.1' --server "$SERVER" --public 127.0.0.1
refused_attach 2 '192\.168\.11\.0/33' --server "$SERVER" --lan 192.168.11.0/33
refused_attach 2 '192\.168\.11\.5/24' --server "$SERVER" --lan 192.168.11.5/24
refused_attach 2 '127\.0\.0\.0/8' --server "$SERVER" --lan 127.0.0.0/8
refused_attach 1 'broadcast address' --server "$SERVER" --public 172.16.16.255
for number in 0 -1 x 4294967296 1e3 ""; do
	refused_attach 2 'max-flows' --server "$SERVER" --max-flows "$number"
	refused_attach 2 'client-flows' --server "$SERVER" --client-flows "$number"
done
refused_attach 2 'nosuchoption' --server "$SERVER" --nosuchoption
refused 2 'server' attach eth1 --server
refused 2 'nosuchcommand' nosuchcommand
refused 2 . flow nosuchverb
refused 2 . forward add
refused 2 . status eth1
refused 2 . detach
status=0
"$NL_BIN" >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
expect_equal "status of no command" 2 "$status"
# A BPF file system takes no name with a dot.
for instance in "" .. a/b a.b "a b" "$(printf 'x%.0s' {1..300})"; do
	status=0
	"$NL_BIN" status --instance "$instance" >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
	expect_equal "status of --instance '$instance' ($(<"$NL_DIR/err"))" 2 "$status"
done
status=0
"$NL_BIN" status --netns "$NL_PREFIX-nosuch" >"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
expect_equal "status of an unknown --netns ($(<"$NL_DIR/err"))" 1 "$status"
expect_equal "lines of an unknown --netns" 1 "$(grep -c '' "$NL_DIR/err")"

# Configuration files.
refused_config 2 <<-END
	[natloop]
	nosuchkey = 1
END
refused_config 1 <<-END
	[nosuchsection]
	interface = eth1
END
refused_config 4 <<-END
	[natloop]
	interface = eth1
	[forward]
	tcp/0 = $SERVER
END
refused_config 3 <<-END
	# a comment
	[timeout]
	udp = never
END
refused_config 1 <<-END
	interface = eth1
END
refused_config 2 <<-END
	[natloop]
	interface
END
refused 1 'nosuch\.conf' attach eth1 --config "$NL_DIR/nosuch.conf" --server "$SERVER"

# What cannot be read to its end.
mkfifo "$NL_DIR/fifo.conf"
truncate -s 2M "$NL_DIR/large.conf"
for file in "$NL_DIR/fifo.conf" /dev/zero /dev/full "$NL_DIR/large.conf"; do
	refused 1 "${file##*/}: is (not a regular file|larger)" attach eth1 --config "$file" --server "$SERVER"
done
expect_success "a shell's pipe" natloopctl config check <(printf '[natloop]\ninterface = eth1\n')
# Bytes that steer a terminal.
refused 2 'x\?\?\?31my' attach $'x\xc2\x9b\x9b31my' --server "$SERVER"

# Not root.
chmod 755 "$NL_DIR"
cp "$NL_BIN" "$NL_DIR/natloopctl"
status=0
ns_exec router setpriv --reuid 65534 --regid 65534 --clear-groups "$NL_DIR/natloopctl" attach \
	eth1 --public "$PUBLIC" --server "$SERVER" --instance "$NL_INSTANCE" \
	>"$NL_DIR/out" 2>"$NL_DIR/err" || status=$?
expect_equal "status without root ($(<"$NL_DIR/err"))" 1 "$status"
expect_match "message without root" '^natloopctl: [^;]+: [^;]+; .*root' "$(<"$NL_DIR/err")"
expect_equal "lines without root" 1 "$(grep -c '' "$NL_DIR/err")"

router_snapshot >"$NL_DIR/after"
expect_same "the router after all of it" "$NL_DIR/before" "$NL_DIR/after"

# Somebody else's XDP program stays where it is; TC can work beside it.
xdp_receiver router eth1
foreign=$(ns_exec router ip -d -j link show eth1 | jq '.[0].xdp.prog.id')
expect_refused 1 '^natloopctl: eth1: ' attach eth1 --mode xdp --public "$PUBLIC" --server "$SERVER"
expect_equal "the foreign program" "$foreign" \
	"$(ns_exec router ip -d -j link show eth1 | jq '.[0].xdp.prog.id')"
ns_exec router ip link set dev eth1 xdp off

# While attached: bad changes change nothing.
attach
natloopctl status -j | jq 'del(.flows)' >"$NL_DIR/status.before"
expect_refused 2 . forward add "tcp/0=$SERVER"
expect_refused 1 '10\.1\.2\.3' forward add tcp/80=10.1.2.3
expect_refused '[12]' 'tcp/21116' forward add "tcp/21116=192.168.11.30"
expect_refused 1 . forward del "tcp/80=$SERVER"
expect_refused 1 '172\.16\.16\.77' public del 172.16.16.77
expect_refused '[12]' . public add 127.0.0.1
expect_refused 2 . flow list nonsense
expect_refused 2 . flow list client=nonsense
expect_refused 1 '^natloopctl: eth0: ' detach eth0
expect_refused 1 '10\.1\.2\.3' attach eth1 --server 10.1.2.3
natloopctl status -j | jq 'del(.flows)' >"$NL_DIR/status.after"
expect_same "status after refused changes" "$NL_DIR/status.before" "$NL_DIR/status.after"
