# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Completion of natloopctl for bash. Install as completions/natloopctl of bash-completion.

_natloopctl_interfaces() {
	local link
	for link in /sys/class/net/*; do
		[[ -L $link ]] && printf '%s\n' "${link##*/}"
	done
}

_natloopctl_namespaces() {
	local name
	for name in /run/netns/*; do
		[[ -e $name ]] && printf '%s\n' "${name##*/}"
	done
}

# Only root sees the instances; silence is the right answer for all others.
_natloopctl_instances() {
	local dir
	for dir in /sys/fs/bpf/natloop/*/; do
		[[ -d $dir ]] && basename "$dir"
	done
}

# The first column of the table of names.
_natloopctl_names() {
	_natloopctl_list dns | sed -n 's/^\([^ ]*\.[^ ]*\) .*/\1/p'
}

# What a running natloop lists; the global options that were typed name which one.
_natloopctl_list() {
	natloopctl "${globals[@]}" "$1" list 2>/dev/null
}

# The names in the hosts file, or in that of --file.
_natloopctl_hosts() {
	natloopctl hosts show "${files[@]}" 2>/dev/null | sed '1d; s/ .*//'
}

_natloopctl_reply() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Values of the option $1; false if it takes none.
_natloopctl_value() {
	case $1 in
	--instance) _natloopctl_reply "$(_natloopctl_instances)" ;;
	--netns) _natloopctl_reply "$(_natloopctl_namespaces)" ;;
	--config | --file | --password-file | --ca-file | --state) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--mode) _natloopctl_reply 'auto xdp xdp-generic tc' ;;
	--public) _natloopctl_reply "auto $(_natloopctl_interfaces)" ;;
	--proto) _natloopctl_reply 'tcp udp' ;;
	--snat) _natloopctl_reply 'public router' ;;
	--resolver) _natloopctl_reply 'any' ;;
	--forward) _natloopctl_spec ;;
	--remove) _natloopctl_reply "$(_natloopctl_names)" ;;
	--outside) _natloopctl_reply 'ok failed' ;;
	--port) _natloopctl_reply 'tcp/ udp/ tcp+udp/' && compopt -o nospace ;;
	--server | --base | --key | --lan | --max-flows | --client-flows | --ttl | --for | --user) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_natloopctl_spec() {
	_natloopctl_reply 'rustdesk= rustdesk-pro= rustdesk-web= tcp/ udp/ tcp+udp/'
	compopt -o nospace
}

_natloopctl_filter() {
	case $cur in
	proto=*) _natloopctl_reply 'proto=tcp proto=udp' ;;
	state=*) _natloopctl_reply 'state=udp state=opening state=established state=closing' ;;
	*)
		_natloopctl_reply 'proto= client= public= snat= server= state='
		compopt -o nospace
		;;
	esac
}

# The words after the command; ${words[@]} has those that are complete.
_natloopctl_words() {
	case $command:${words[0]-} in
	attach:* | watch:*) _natloopctl_reply "$(_natloopctl_interfaces)" ;;
	detach:*) _natloopctl_reply "$(_natloopctl_interfaces)" ;;
	forward: | public:) _natloopctl_reply 'add del list' ;;
	dns:) _natloopctl_reply 'add del list export apply check' ;;
	flow:) _natloopctl_reply 'list flush count' ;;
	import:) _natloopctl_reply 'nft iptables' ;;
	config:) _natloopctl_reply 'check show' ;;
	config:check)
		[[ ${#words[@]} -gt 1 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	forward:add) _natloopctl_spec ;;
	forward:del | public:del)
		[[ $command = public && ${#words[@]} -gt 1 ]] ||
			_natloopctl_reply "$(_natloopctl_list "$command")"
		;;
	public:add)
		[[ ${#words[@]} -gt 1 ]] || _natloopctl_reply "$(_natloopctl_interfaces)"
		;;
	dns:del | dns:check) [[ ${#words[@]} -gt 1 ]] || _natloopctl_reply "$(_natloopctl_names)" ;;
	dns:export)
		[[ ${#words[@]} -gt 1 ]] || _natloopctl_reply 'adguardhome pihole dnsmasq unbound hosts'
		;;
	dns:apply)
		case ${#words[@]}:${words[1]-} in
		1:*) _natloopctl_reply 'dnsmasq unbound adguardhome pihole' ;;
		2:adguardhome | 2:pihole) _natloopctl_reply 'http:// https://' && compopt -o nospace ;;
		2:* | 3:adguardhome | 3:pihole) _natloopctl_reply "$(_natloopctl_names)" ;;
		esac
		;;
	flow:*) _natloopctl_filter ;;
	hosts:) _natloopctl_reply 'add remove show diff script' ;;
	hosts:script) [[ ${#words[@]} -gt 1 ]] || _natloopctl_reply 'windows macos linux' ;;
	doctor:) _natloopctl_reply "$(_natloopctl_names)" ;;
	hosts:remove) [[ ${#words[@]} -gt 1 ]] || _natloopctl_reply "$(_natloopctl_hosts)" ;;
	esac
}

_natloopctl_options() {
	local options='--json --instance --netns --config --verbose --help --version -j -v -h'
	case $command in
	attach | watch)
		options+=' --mode --public --server --forward --snat --lan --max-flows --client-flows'
		;;
	detach) options+=' --all' ;;
	stats) options+=' --watch' ;;
	monitor) options+=' --destinations' ;;
	trace) options+=' --proto --watch' ;;
	import) options+=' --dry-run' ;;
	hosts) options+=' --file --force' ;;
	doctor) options+=' --client --server --port --base --key --outside' ;;
	dns)
		case ${words[0]-} in
		add) options+=' --ttl --resolver' ;;
		export) options+=' --ttl --for --forwarder' ;;
		apply)
			case ${words[1]-} in
			adguardhome | pihole)
				options+=' --password-file --user --ca-file --state --remove --dry-run'
				;;
			*) options+=' --ttl --forwarder --file --dry-run --reload --no-check' ;;
			esac
			;;
		check) options+=' --resolver --public --server' ;;
		esac
		;;
	esac
	_natloopctl_reply "$options"
}

_natloopctl() {
	local cur=${COMP_LINE:0:COMP_POINT} command='' word previous='' i
	local -a words=() globals=() files=() typed

	# COMP_WORDS is cut at '=' and ':'; SPECs and filters are one word to us.
	read -ra typed <<<"$cur"
	[[ $cur = *[[:space:]] ]] && typed+=('')
	cur=${typed[-1]}
	for ((i = 1; i < ${#typed[@]} - 1; i++)); do
		word=${typed[i]}
		case $previous in
		--instance | --netns | --config)
			globals+=("$previous" "$word")
			previous=''
			continue
			;;
		--file)
			files=("$previous" "$word")
			previous=''
			continue
			;;
		--mode | --public | --server | --forward | --snat | --lan | --max-flows | --client-flows | \
			--ttl | --resolver | --for | --password-file | --user | --ca-file | --state | --remove | \
			--port | --base | --key | --outside)
			previous=''
			continue
			;;
		esac
		previous=$word
		case $word in
		--instance=* | --netns=* | --config=*) globals+=("$word") ;;
		--file=*) files=("$word") ;;
		-*) ;;
		*) if [[ $command ]]; then words+=("$word"); else command=$word; fi ;;
		esac
	done

	if [[ $cur = --*=* ]]; then
		previous=${cur%%=*}
		cur=${cur#*=}
	fi

	COMPREPLY=()
	if ! _natloopctl_value "$previous"; then
		case $cur in
		-*) _natloopctl_options ;;
		*)
			if [[ $command ]]; then
				_natloopctl_words
			else
				_natloopctl_reply \
					'attach watch detach status forward public flow stats monitor trace import config reload dns hosts doctor'
			fi
			;;
		esac
	fi

	# readline replaces only what stands behind the last '=' or ':'.
	local head=${cur%"${cur##*[=:]}"}
	[[ $head && $COMP_WORDBREAKS = *[=:]* ]] && COMPREPLY=("${COMPREPLY[@]#"$head"}")
	return 0
}

complete -F _natloopctl natloopctl
