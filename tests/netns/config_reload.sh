#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# reload makes a running natloop what the file says: what is new comes, what has gone goes, also an
# interface; options and commands keep their word where the file is silent; flows go on; a broken
# file changes nothing. config check and config show tell about it.
# modes: auto xdp
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

FILE=
config() {
	cat >"$FILE"
}

with_config() {
	natloopctl "$@" --config "$FILE"
}

# Everything that a change could show in.
state() {
	natloopctl status -j | jq 'del(.flows, .memory)'
}

topology_make
FILE=$NL_DIR/natloop.conf
switch_add dmz
router_port eth2 192.168.12.1 dmz to-router
config <<-END
	[natloop]
	interface = eth1 eth2
	client-flows = 7
	[forward]
	rustdesk = $SERVER
	tcp/443 = $SERVER
	[timeout]
	udp = 60
END
expect_refused 1 "not attached anywhere" reload --config "$FILE"
[[ ! -e $NL_PINS/$NL_INSTANCE ]] || fail "reload left pins"
expect_match "show, not attached" "client-flows = 7 ; from $FILE:3" "$(with_config config show)"
expect_success attach with_config attach --public "$PUBLIC" --mode "$MODE"
talk_open tcp client tcp 42000 "$PUBLIC" 21116
talk_open udp client udp 42000 "$PUBLIC" 21116
talk_say tcp one
talk_say udp one

shown=$(with_config config show -j)
expect_jq "show: the file's" "(.natloop.interface | sort_by(.value)) == [{value: \"eth1\", from: \"$FILE:2\"},
	{value: \"eth2\", from: \"$FILE:2\"}] and .timeout.udp == {value: 60, from: \"$FILE:8\"} and
	.natloop[\"client-flows\"].value == 7 and (.forward | length) == 3" "$shown"
expect_jq "show: detection" ".natloop.public == [{value: \"$PUBLIC\",
	from: \"detection or --public, the interface of the default route\"}]" "$shown"
expect_jq "show: the default" '.timeout.fragment == {value: 30, from: "default"}' "$shown"
with_config config show >"$NL_DIR/shown.conf"
expect_success "what show prints is a file" natloopctl config check "$NL_DIR/shown.conf"
natloopctl forward add "tcp/444=$SERVER"
expect_jq "show: a command's" ".forward[] | select(.value == \"tcp/444=$SERVER\").from |
	test(\"^running instance\")" "$(with_config config show -j)"

# The file's own values change or go; the option stays.
config <<-END
	[natloop]
	interface = eth1
	[forward]
	rustdesk = $SERVER
	tcp/445 = $SERVER
END
expect_jq "show: changed since" '.timeout.udp.from | test("before it was changed")' \
	"$(with_config config show -j)"
expect_success reload with_config reload
status=$(natloopctl status -j)
expect_jq "forwards" ".forwards == [\"tcp/445=$SERVER\", \"tcp/21115-21117=$SERVER\",
	\"udp/21116=$SERVER\"]" "$status"
expect_jq "interfaces" '[.interfaces[].name] == ["eth1"]' "$status"
expect_jq "the timeout's default" '.timeouts.udp == 300' "$status"
expect_equal "eth2 has no filter" "" "$(ns_exec router tc filter show dev eth2 ingress)"
expect_match "client-flows has its default" "client-flows = 2048 ; from default" \
	"$(with_config config show)"
expect_jq "the option's mode" "\"$MODE\" == \"auto\" or .interfaces[0].mode == \"$MODE\"" "$status"
talk_say tcp two
talk_say udp two
expect_equal "the UDP source" "$PUBLIC:42000" "${SAW[udp]}"

# Broken files.
state >"$NL_DIR/before"
printf '[natloop]\ninterface = eth1\nnope = 1\n[forward]\ntcp/0 = x\n[nope]\ny = 1\n' | config
expect_refused 1 "^natloopctl: $FILE:3: no key 'nope'" reload --config "$FILE"
status=0
out=$(natloopctl config check "$FILE" 2>&1) || status=$?
expect_equal "status of check" 1 "$status"
expect_equal "lines of check" "3 5 6" "$(awk -F : '/; / { print $3 }' <<<"$out" | xargs)"
status=0
out=$(natloopctl config check "$FILE" -j) || status=$?
expect_equal "status of check -j" 1 "$status"
expect_jq "check -j" ".file == \"$FILE\" and [.errors[].object] ==
	[\"$FILE:3\", \"$FILE:5\", \"$FILE:6\"]" "$out"
expect_refused 1 'nosuch\.conf: cannot be opened' reload --config "$NL_DIR/nosuch.conf"
expect_refused 1 'nosuch\.conf: cannot be opened' config check "$NL_DIR/nosuch.conf"
expect_refused 2 . config check a b
expect_refused 2 . config
expect_refused 2 . reload eth1
config <<-END
	[natloop]
	interface = eth1 nosuch0
	[forward]
	rustdesk = $SERVER
END
expect_refused 1 "nosuch0: no such interface" reload --config "$FILE"
state >"$NL_DIR/after"
expect_same "status after refused files" "$NL_DIR/before" "$NL_DIR/after"
talk_say tcp three
talk_say udp three

# A file without forwards means those of the router's own rules.
config <<-END
	[natloop]
	interface = eth1
END
expect_success "reload without forwards" with_config reload
expect_jq "the router's own forwards" "(.forwards | length > 0) and
	(.forwards | index(\"tcp/445=$SERVER\") | not)" "$(natloopctl status -j)"

# The first one again: eth2 is attached anew.
config <<-END
	[natloop]
	interface = eth1 eth2
	snat = router
	[forward]
	rustdesk = $SERVER
END
expect_success "reload again" with_config reload
expect_jq "both" '[.interfaces[].name] | sort == ["eth1", "eth2"]' "$(natloopctl status -j)"
expect_saw "new flows, new source" "$ROUTER:[0-9]+" client tcp "$PUBLIC" 21115
talk_say tcp four
note_programs
detach
expect_nothing_left
