#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The harness itself: a plain nftables hairpin (dnat and snat) makes the LAN client reach the
# server, so the tests can pass; without it the client does not, so they can fail; and the checksum
# watcher notices unfinished checksums when a port is told not to finish them.
# needs: nothing
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

topology_make
expect_saw "from the Internet" "$INTERNET:[0-9]+" internet tcp "$PUBLIC" 21116
expect_saw "from the Internet" "$INTERNET:[0-9]+" internet udp "$PUBLIC" 21116
expect_saw "within the LAN" "$CLIENT:4444" client --from-port 4444 udp "$SERVER" 21116
expect_unreachable "public address from the LAN" client tcp "$PUBLIC" 21116
expect_unreachable "public address from the LAN" client udp "$PUBLIC" 21116

ns_exec router nft -f - <<-END
	table ip hairpin {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			iifname "eth1" ip daddr $PUBLIC meta l4proto { tcp, udp } dnat to $SERVER
		}
		chain postrouting {
			type nat hook postrouting priority srcnat;
			iifname "eth1" oifname "eth1" snat to $PUBLIC
		}
	}
END
# The address of an unanswered UDP call may still be in the connection table.
expect_saw "nft hairpin" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21116
expect_saw "nft hairpin" "$PUBLIC:[0-9]+" client --from-port 6000 udp "$PUBLIC" 21116

watch_checksums server
expect_saw "finished checksums" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21115
expect_good_checksums server
expect_equal "packets seen were some" yes "$( ((WATCH_SEEN > 3)) && echo yes)"

if [[ $MODE != xdp* ]]; then
	ns_exec switch ethtool -K to-server tx on >/dev/null
	watch_checksums server
	expect_saw "unfinished checksums" "$PUBLIC:[0-9]+" client tcp "$PUBLIC" 21115
	watch_stop server
	((WATCH_BAD > 0)) || fail "the checksum watcher is blind"
fi
