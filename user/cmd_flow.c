// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "flow_filter.h"
#include "instance.h"
#include "options.h"
#include "util.h"
#include "writer.h"

/* The flows of @inst that pass @filter; caller frees. */
static int read_flows(const struct instance *inst, const struct flow_filter *filter,
		      struct flow_view **ret, size_t *ret_count, struct problem *p)
{
	struct flow_view *flows = NULL;
	size_t count = 0;
	size_t kept = 0;
	size_t i;
	int err;

	err = instance_flows(inst, &flows, &count);
	if (err)
		return problem(p, err, "flows", "try again", "cannot be read: %s", strerror(-err));
	for (i = 0; i < count; i++)
		if (flow_filter_match(filter, &flows[i]))
			flows[kept++] = flows[i];
	*ret = flows;
	*ret_count = kept;
	return 0;
}

static void write_end(struct writer *w, const char *key, const struct flow_view *flow,
		      enum flow_end end)
{
	const struct natloop_addr *addr;
	char text[ADDRESS_TEXT_MAX];
	__be16 port;

	addr = flow_end(flow, end, &port);
	writer_string(w, key, address_format_port(addr, port, text, sizeof(text)));
}

static void write_flow(struct writer *w, const struct flow_view *flow)
{
	writer_open(w, NULL, WRITER_OBJECT);
	writer_string(w, "proto", flow->proto == IPPROTO_TCP ? "tcp" : "udp");
	write_end(w, "client", flow, FLOW_CLIENT);
	write_end(w, "public", flow, FLOW_PUBLIC);
	write_end(w, "snat", flow, FLOW_SNAT);
	write_end(w, "server", flow, FLOW_SERVER);
	writer_string(w, "state", flow->state);
	writer_number(w, "idle_s", flow->idle_s);
	writer_number(w, "expires_s", flow->expires_s);
	writer_number(w, "packets", flow->packets);
	writer_number(w, "bytes", flow->bytes);
	writer_close(w);
}

static int do_list(const struct env *env, struct instance *inst, const struct flow_filter *filter,
		   struct problem *p)
{
	_cleanup_free_ struct flow_view *flows = NULL;
	struct writer *w;
	size_t count;
	size_t i;
	int err;

	err = read_flows(inst, filter, &flows, &count, p);
	if (err)
		return err;
	w = command_writer(env);
	if (w) {
		writer_open(w, NULL, WRITER_LIST);
		for (i = 0; i < count; i++)
			write_flow(w, &flows[i]);
		writer_close(w);
	}
	return command_finish(w, p);
}

static int do_flush(const struct env *env, struct instance *inst, const struct flow_filter *filter,
		    struct problem *p)
{
	_cleanup_free_ struct flow_view *flows = NULL;
	size_t count;
	int err;

	(void)env;
	err = read_flows(inst, filter, &flows, &count, p);
	if (err)
		return err;
	err = count ? instance_flows_flush(inst, flows, count) : 0;
	if (err)
		return problem(p, err, "flow flush", "see 'natloopctl flow list' for what is left",
			       "not all flows could be ended: %s", strerror(-err));
	return 0;
}

static int do_count(const struct env *env, struct instance *inst, const struct flow_filter *filter,
		    struct problem *p)
{
	_cleanup_free_ struct flow_view *flows = NULL;
	struct writer *w;
	size_t matching = 0;
	__u64 count;
	__u32 max;
	int err;

	err = instance_flow_count(inst, &count, &max);
	if (err)
		return problem(p, err, "flows", "try again", "cannot be counted: %s",
			       strerror(-err));
	if (!flow_filter_is_empty(filter)) {
		err = read_flows(inst, filter, &flows, &matching, p);
		if (err)
			return err;
		count = matching;
	}
	w = command_writer(env);
	if (w) {
		writer_open(w, NULL, WRITER_OBJECT);
		writer_number(w, "count", count);
		writer_number(w, "max", max);
		writer_close(w);
	}
	return command_finish(w, p);
}

typedef int (*filtered_fn)(const struct env *env, struct instance *inst,
			   const struct flow_filter *filter, struct problem *p);

static int with_filter(const struct env *env, const struct command_line *words, filtered_fn act,
		       struct problem *p)
{
	struct flow_filter filter;
	struct instance *inst;
	int err;

	err = flow_filter_parse(words->argc, words->argv, &filter, p);
	if (err)
		return err;
	err = instance_open(env, &inst, p);
	if (err)
		return err;
	err = act(env, inst, &filter, p);
	instance_close(inst);
	return err;
}

static int run_list(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct command_line words = { argc, argv };

	return with_filter(env, &words, do_list, p);
}

static int run_flush(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct command_line words = { argc, argv };

	return with_filter(env, &words, do_flush, p);
}

static int run_count(const struct env *env, int argc, char **argv, struct problem *p)
{
	struct command_line words = { argc, argv };

	return with_filter(env, &words, do_count, p);
}

static const struct action actions[] = {
	{ "list", NULL, 0, INT_MAX, run_list },
	{ "flush", NULL, 0, INT_MAX, run_flush },
	{ "count", NULL, 0, INT_MAX, run_count },
};

static int run(const struct env *env, void *target, int argc, char **argv, struct problem *p)
{
	static const struct actions table = { actions, ARRAY_SIZE(actions) };
	struct command_line line = { argc, argv };

	(void)target;
	return command_run_action(&table, env, &line, p);
}

const struct command command_flow = {
	.name = "flow",
	.usage = "list [FILTER] | flush [FILTER] | count [FILTER]",
	.help = "list, end or count the flows",
	.notes = "FILTER is words that must all be true:\n"
		 "  proto=tcp|udp\n"
		 "  client=ADDR[:PORT]  public=ADDR[:PORT]  snat=ADDR[:PORT]  server=ADDR[:PORT]\n"
		 "  state=udp|opening|established|closing\n"
		 "Without one, every flow is meant.\n",
	.run = run,
};
