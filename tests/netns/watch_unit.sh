#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# natloopctl watch as the shipped unit runs it: with its capabilities, no new privileges, all read-only
# but what the unit leaves writable, and no sight of other processes. It attaches, takes the forwards from the rules, follows
# them, and finds what it attached when it is started again; and it needs each of the capabilities.
# modes: nft legacy
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_watch.sh
. "${BASH_SOURCE[0]%/*}/lib_watch.sh"
# shellcheck source-path=SCRIPTDIR source=lib_unit.sh
. "${BASH_SOURCE[0]%/*}/lib_unit.sh"

VARIANT=$MODE

# forward_in_rules PORT: one more in the rules of the variant.
forward_in_rules() {
	if [[ $VARIANT == legacy ]]; then
		ns_exec router iptables-legacy -t nat -A PREROUTING -i eth0 -p tcp --dport "$1" \
			-j DNAT --to-destination "$SERVER"
	else
		ns_exec router nft add rule ip watched pre iifname eth0 tcp dport "$1" dnat to "$SERVER"
	fi
}

has_forwards() {
	[[ $(natloopctl forward list | sort | paste -sd ' ') == "$1" ]]
}

# service CAPABILITY|none: sets SERVICE, which runs natloopctl in the router as the unit does, without
# that one.
service() {
	local writable
	as_service "$1"
	writable=$(unit_value ReadWritePaths)
	expect_equal "what this test imitates" "strict yes invisible" "$(unit_value ProtectSystem) \
$(unit_value ProtectKernelTunables) $(unit_value ProtectProc)"
	# shellcheck disable=SC2016 # expanded there
	SERVICE=(nsenter "--net=/run/netns/$(ns_name router)" -- unshare --mount
		bash -c 'set -e
			mount -t proc -o hidepid=invisible proc /proc
			mount --bind /proc/sys /proc/sys
			for path in $1; do mount --bind "$path" "$path"; done
			while read -r path; do
				case " $1 " in *" $path "*) continue ;; esac
				mount -o remount,bind,ro "$path" 2>/dev/null || true
			done < <(findmnt -rno TARGET)
			for path in /run/natloop-test /proc/sys/net/ipv4/ip_forward; do
				if (: >>"$path") 2>/dev/null; then
					echo "$path can be written to"
					exit 99
				fi
			done
			shift
			exec "$@"' bash "$writable" "${AS_SERVICE[@]}" "$NL_BIN")
}

start_service() {
	exec "${SERVICE[@]}" watch --instance "$NL_INSTANCE" --config "$NL_DIR/natloop.conf"
}

service_start() {
	WATCH_LOG=$NL_DIR/watching.$1
	: >"$WATCH_LOG"
	start_service >"$WATCH_LOG" 2>&1 </dev/null &
	WATCH=$!
	WAIT_LOG=$WATCH_LOG wait_until 10 "the service" grep -q 'ready, following' "$WATCH_LOG"
}

nl_begin
topology_hosts
need_tools setpriv findmnt unshare
serve server tcp/21115-21118 udp/21116
printf '%s\n' "[natloop]" "interface = eth1" "public = $PUBLIC" >"$NL_DIR/natloop.conf"
if [[ $VARIANT == legacy ]]; then
	error=$(ns_exec router iptables-legacy -t nat -A POSTROUTING -o eth0 -j MASQUERADE 2>&1) ||
		skip "iptables-legacy does not work here: $error"
else
	ns_exec router nft -f - <<-END
		table ip watched {
			chain pre {
				type nat hook prerouting priority dstnat;
			}
		}
	END
fi
forward_in_rules 21115

service none
service_start one
expect_saw "a forward from the rules" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21115
forward_in_rules 21116
WAIT_LOG=$WATCH_LOG wait_until 20 "a new rule" has_forwards \
	"tcp/21115=$SERVER tcp/21116=$SERVER"
expect_saw "the new rule's forward" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_equal "lines in: $(<"$WATCH_LOG")" 2 "$(grep -c '' "$WATCH_LOG")"
watch_end
service_start two
expect_equal "filters" 1 "$(ns_exec router tc filter show dev eth1 ingress | grep -c 'natloop.*direct-action')"
expect_saw "when it is started again" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21115
expect_jq "its programs are found" '.interfaces[0].reason | test("removed") | not' \
	"$("${SERVICE[@]}" status -j --instance "$NL_INSTANCE")"
watch_end
detach

# Each of them. Without SYS_ADMIN it may not even load its programs.
for capability in $(unit_capabilities); do
	[[ $capability != net_raw || $VARIANT == legacy ]] || continue
	service "$capability"
	timeout -s TERM $((3 * NL_PATIENCE)) "${SERVICE[@]}" watch --instance "$NL_INSTANCE" \
		--config "$NL_DIR/natloop.conf" &>"$NL_DIR/without" </dev/null || true
	expect_match "without $capability" "not allowed|not permit|ermission|needs the rights" "$(<"$NL_DIR/without")"
	[[ ! -e $NL_PINS/$NL_INSTANCE ]] || natloopctl detach --all
done
expect_nothing_left
