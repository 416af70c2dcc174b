// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Both ends of a test conversation, without any library.
 *
 * serve: says "ready", then answers each TCP connection and each UDP datagram with one line,
 * "saw ADDRESS:PORT", the address it was called from, and then with the bytes it got. A UDP answer
 * is cut at what one Ethernet frame carries, or at the size of the question if that is larger.
 *
 * call: sends a payload, prints the "saw" line and checks the echo; with --pipe it copies standard
 * input to the server and what comes back to standard output.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LISTENERS 256
#define UDP_WHOLE 1472 /* what one Ethernet frame carries: 1500 - IPv4 header - UDP header */
#define LINE_MAX_BYTES 64
#define CHUNK (64 * 1024)

enum exit_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_REFUSED = 3,
	STATUS_TIMEOUT = 4,
	STATUS_WRONG_ECHO = 5,
};

struct options {
	const char *bind;
	unsigned int from_port;
	size_t size;
	unsigned int timeout; /* seconds for everything; 0: the command's own default */
	bool no_check;
	bool pipe;
};

static void __attribute__((noreturn, format(printf, 2, 3))) die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("answerer: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(status);
}

static void __attribute__((noreturn)) die_errno(const char *what)
{
	int err = errno;
	int status = STATUS_FAILED;

	if (err == ECONNREFUSED || err == ECONNRESET)
		status = STATUS_REFUSED;
	else if (err == ETIMEDOUT || err == EAGAIN)
		status = STATUS_TIMEOUT;
	die(status, "%s: %s", what, strerror(err));
}

static void on_alarm(int sig)
{
	static const char text[] = "answerer: timed out\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(STATUS_FAILED);
	_exit(STATUS_TIMEOUT);
}

static unsigned int parse_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || n > max)
		die(STATUS_USAGE, "%s: not a number up to %lu", text, max);
	return (unsigned int)n;
}

static struct sockaddr_in parse_address(const char *text, unsigned int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		die(STATUS_USAGE, "%s: not an IPv4 address", text);
	return sin;
}

static int parse_protocol(const char *text)
{
	if (strcmp(text, "tcp") == 0)
		return SOCK_STREAM;
	if (strcmp(text, "udp") == 0)
		return SOCK_DGRAM;
	die(STATUS_USAGE, "%s: neither tcp nor udp", text);
}

static int make_socket(int type, const char *address, unsigned int port, bool no_check)
{
	struct sockaddr_in sin = parse_address(address, port);
	int one = 1;
	int fd;

	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die_errno("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die_errno("SO_REUSEADDR");
	if (no_check && setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)))
		die_errno("SO_NO_CHECK");
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die_errno("bind");
	return fd;
}

static int format_saw(const struct sockaddr_in *peer, char *buf, size_t size)
{
	char address[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &peer->sin_addr, address, sizeof(address));
	return snprintf(buf, size, "saw %s:%u\n", address, ntohs(peer->sin_port));
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0)
			die_errno("write");
		buf += n;
		len -= (size_t)n;
	}
}

/* In a process of its own: one TCP connection to its end. */
static void __attribute__((noreturn)) answer_stream(int fd, const struct sockaddr_in *peer)
{
	static char buf[CHUNK];
	int len = format_saw(peer, buf, sizeof(buf));
	ssize_t n;

	write_all(fd, buf, (size_t)len);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		write_all(fd, buf, (size_t)n);
	exit(n < 0 ? STATUS_FAILED : STATUS_DONE);
}

/* An emulated machine takes a multiple of the time of a real one: see NL_PATIENCE in lib.sh. */
static unsigned int patient(unsigned int seconds)
{
	const char *patience = getenv("NL_PATIENCE");

	return seconds * (patience ? parse_number(patience, 1000) : 1);
}

static void accept_stream(int listener, unsigned int lifetime)
{
	struct sockaddr_in peer = { .sin_port = 0 };
	socklen_t len = sizeof(peer);
	int fd = accept(listener, (struct sockaddr *)&peer, &len);

	if (fd < 0)
		return;
	if (fork() == 0) {
		alarm(lifetime); /* fork drops the parent's */
		answer_stream(fd, &peer);
	}
	close(fd);
}

/* Longest answer to a datagram of @size bytes. */
static size_t answer_most(size_t size)
{
	return size > UDP_WHOLE ? size : UDP_WHOLE;
}

static void answer_datagram(int fd)
{
	char in[65536];
	char out[65536];
	struct sockaddr_in peer = { .sin_port = 0 };
	socklen_t len = sizeof(peer);
	ssize_t n = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&peer, &len);
	size_t used, room;

	if (n < 0)
		return; /* an ICMP error of an earlier answer */
	used = (size_t)format_saw(&peer, out, sizeof(out));
	room = answer_most((size_t)n) - used;
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(out + used, in, room);
	if (sendto(fd, out, used + room, 0, (struct sockaddr *)&peer, len) < 0)
		fprintf(stderr, "answerer: answer not sent: %s\n", strerror(errno));
}

/* "tcp/21115-21117": appends one socket for each port. */
static size_t listen_on(const char *spec, const struct options *o, struct pollfd *fds, int *types,
			size_t count)
{
	unsigned int first, last;
	char proto[4];
	char tail;
	int fields = sscanf(spec, "%3[a-z]/%u-%u%c", proto, &first, &last, &tail);
	int type;

	if (fields == 2)
		last = first;
	else if (fields != 3)
		die(STATUS_USAGE, "%s: not PROTO/PORT or PROTO/PORT-PORT", spec);
	if (first < 1 || last > 65535 || first > last || last - first >= MAX_LISTENERS - count)
		die(STATUS_USAGE, "%s: bad port range", spec);
	type = parse_protocol(proto);
	for (unsigned int port = first; port <= last; port++) {
		fds[count].fd = make_socket(type, o->bind, port, o->no_check);
		fds[count].events = POLLIN;
		types[count] = type;
		if (type == SOCK_STREAM && listen(fds[count].fd, 64))
			die_errno("listen");
		count++;
	}
	return count;
}

static int serve(const struct options *o, int argc, char **argv)
{
	static struct pollfd fds[MAX_LISTENERS];
	static int types[MAX_LISTENERS];
	unsigned int lifetime = patient(o->timeout ? o->timeout : 600);
	size_t count = 0;

	for (int i = 0; i < argc; i++)
		count = listen_on(argv[i], o, fds, types, count);
	if (count == 0)
		die(STATUS_USAGE, "serve: no ports given");
	signal(SIGCHLD, SIG_IGN);
	alarm(lifetime);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, count, -1) < 0)
			die_errno("poll");
		for (size_t i = 0; i < count; i++) {
			if (!fds[i].revents)
				continue;
			if (types[i] == SOCK_STREAM)
				accept_stream(fds[i].fd, lifetime);
			else
				answer_datagram(fds[i].fd);
		}
	}
}

static void fill_payload(char *buf, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf[i] = (char)(i * 31 + (i >> 8) * 7 + 1);
}

/* Prints the "saw" line at the start of @buf and returns its length. */
static size_t print_saw(const char *buf, size_t len)
{
	const char *end = memchr(buf, '\n', len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES);
	size_t used;

	if (!end || memcmp(buf, "saw ", 4) != 0)
		die(STATUS_WRONG_ECHO, "the answer has no 'saw' line");
	used = (size_t)(end - buf) + 1;
	fwrite(buf, 1, used, stdout);
	return used;
}

/* The whole answer: up to the end of the stream, or one datagram. */
static size_t receive(int fd, int type, char *buf, size_t size)
{
	size_t got = 0;

	for (;;) {
		ssize_t n = recv(fd, buf + got, size - got, 0);

		if (n < 0)
			die_errno("receive");
		got += (size_t)n;
		if (n == 0 || type == SOCK_DGRAM || got == size)
			return got;
	}
}

static int call_once(int fd, int type, size_t size)
{
	char *sent = malloc(size + 1);
	char *got = malloc(size + LINE_MAX_BYTES + 1);
	size_t len, used, expect;

	if (!sent || !got)
		die(STATUS_FAILED, "no memory");
	fill_payload(sent, size);
	if (type == SOCK_DGRAM) {
		if (send(fd, sent, size, 0) < 0)
			die_errno("send");
	} else {
		write_all(fd, sent, size);
		shutdown(fd, SHUT_WR);
	}
	len = receive(fd, type, got, size + LINE_MAX_BYTES);
	used = print_saw(got, len);
	expect = size;
	if (type == SOCK_DGRAM && expect > answer_most(size) - used)
		expect = answer_most(size) - used;
	if (len - used != expect || memcmp(got + used, sent, expect) != 0)
		die(STATUS_WRONG_ECHO, "sent %zu bytes, %zu came back, or others", expect,
		    len - used);
	free(sent);
	free(got);
	return STATUS_DONE;
}

/* Takes what is ready from @from; 0 at its end. */
static size_t take(int from, char *buf, const char *what)
{
	ssize_t n = read(from, buf, CHUNK);

	if (n < 0)
		die_errno(what);
	return (size_t)n;
}

static int call_pipe(int fd, int type)
{
	static char out[CHUNK], in[CHUNK];
	size_t pending = 0, sent = 0;
	bool open = true;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = open && !pending ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = fd, .events = (short)(pending ? POLLIN | POLLOUT : POLLIN) },
		};

		if (poll(fds, 2, -1) < 0)
			die_errno("poll");
		if (fds[1].revents & (POLLIN | POLLERR | POLLHUP)) {
			size_t n = take(fd, in, "receive");

			if (n == 0 && type == SOCK_STREAM)
				return open ? STATUS_REFUSED : STATUS_DONE;
			write_all(STDOUT_FILENO, in, n);
		}
		if (pending && fds[1].revents & POLLOUT) {
			ssize_t n = send(fd, out + sent, pending, MSG_DONTWAIT | MSG_NOSIGNAL);

			if (n < 0)
				die_errno("send");
			sent += (size_t)n;
			pending -= (size_t)n;
		}
		if (fds[0].revents) {
			pending = take(STDIN_FILENO, out, "standard input");
			sent = 0;
			open = pending > 0;
			if (!open && type == SOCK_DGRAM)
				return STATUS_DONE;
			if (!open)
				shutdown(fd, SHUT_WR);
		}
	}
}

static int call(const struct options *o, int argc, char **argv)
{
	struct sockaddr_in to;
	int type, fd;

	if (argc != 3)
		die(STATUS_USAGE, "call: needs PROTO ADDRESS PORT");
	type = parse_protocol(argv[0]);
	to = parse_address(argv[1], parse_number(argv[2], 65535));
	signal(SIGALRM, on_alarm);
	alarm(patient(o->timeout ? o->timeout : 5));
	fd = make_socket(type, o->bind, o->from_port, o->no_check);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die_errno("connect");
	return o->pipe ? call_pipe(fd, type) : call_once(fd, type, o->size);
}

static void __attribute__((noreturn)) usage(int status)
{
	fputs("usage: answerer serve [--bind ADDR] [--no-check] [--timeout S] "
	      "PROTO/PORT[-PORT]...\n"
	      "       answerer call [--bind ADDR] [--from-port N] [--size N] [--no-check] "
	      "[--pipe]\n"
	      "                     [--timeout S] PROTO ADDRESS PORT\n"
	      "exit status of call: 0 answered, 3 refused, 4 timed out, 5 wrong answer, 1 other\n",
	      status == STATUS_DONE ? stdout : stderr);
	exit(status);
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "bind", required_argument, NULL, 'b' },
		{ "from-port", required_argument, NULL, 'f' },
		{ "size", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "no-check", no_argument, NULL, 'n' },
		{ "pipe", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .bind = "0.0.0.0", .size = 16 };
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		if (c == 'b')
			o.bind = optarg;
		else if (c == 'f')
			o.from_port = parse_number(optarg, 65535);
		else if (c == 's')
			o.size = parse_number(optarg, 1 << 20);
		else if (c == 't')
			o.timeout = parse_number(optarg, 86400);
		else if (c == 'n')
			o.no_check = true;
		else if (c == 'p')
			o.pipe = true;
		else
			usage(c == 'h' ? STATUS_DONE : STATUS_USAGE);
	}
	if (optind < argc && strcmp(argv[optind], "serve") == 0)
		return serve(&o, argc - optind - 1, argv + optind + 1);
	if (optind < argc && strcmp(argv[optind], "call") == 0)
		return call(&o, argc - optind - 1, argv + optind + 1);
	usage(STATUS_USAGE);
}
