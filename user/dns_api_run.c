// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dns_api_run.h"

#include <errno.h>
#include <string.h>

#include "dns_api_file.h"
#include "log.h"
#include "visible.h"

#define SHOWN 256

/* All that a run needs. */
struct work {
	const struct dns_api_job *job;
	struct dns_api api;
	struct dns_api_file file;
	struct dns_api_run *run;
	struct dns_api_input in;
};

static int out_of_memory(const struct work *w, struct problem *p)
{
	return problem(p, -ENOMEM, w->job->url.text, "", "out of memory");
}

static struct dns_api_whose whose(const struct work *w)
{
	return (struct dns_api_whose){ w->job->server->name, w->job->url.text };
}

static void copy_visible(char buf[SHOWN], const char *text)
{
	snprintf(buf, SHOWN, "%s", text);
	dns_http_visible(buf);
}

static int conflict_problem(const struct work *w, struct problem *p)
{
	const struct dns_api_plan *plan = &w->run->plan;
	char text[SHOWN];

	copy_visible(text, plan->conflict->text);
	return problem(p, -EEXIST, plan->conflict_name,
		       "delete that entry there if it is not wanted, or leave the name to it",
		       "%.80s has '%.120s', which natloop has not added", w->job->url.text, text);
}

static void say_notes(const struct work *w)
{
	const struct dns_api_plan *plan = &w->run->plan;
	char text[SHOWN];

	for (size_t i = 0; i < plan->notes; i++) {
		copy_visible(text, plan->note[i].entry->text);
		if (plan->note[i].why == DNS_API_OFF)
			log_notice("%s: '%s' is there, but switched off; switch it on there, or "
				   "delete it there and run this again",
				   w->job->url.text, text);
		else
			log_notice("%s: '%s' is there more than once, and not all are natloop's; "
				   "delete it there",
				   w->job->url.text, text);
	}
}

static int read_lists(struct work *w, struct problem *p)
{
	const struct dns_api_job *job = w->job;
	const struct dns_api_whose me = whose(w);
	int err = job->server->wanted(job->name, job->names, job->scope.instance, &w->run->wanted);

	if (err)
		return out_of_memory(w, p);
	err = dns_api_state_get(w->file.state, &me, &w->run->owned);
	if (err == -EBADMSG)
		return problem(p, err, w->file.path, "mend it, or move it away",
			       "its entries of %.100s cannot be read", job->url.text);
	return err ? out_of_memory(w, p) : job->server->list(&w->api, &w->run->listed, p);
}

static int make_plan(struct work *w, struct problem *p)
{
	struct dns_api_run *run = w->run;

	w->in = (struct dns_api_input){ &run->wanted, &run->listed, &run->owned, w->job->scope };
	if (dns_api_compare(&w->in, &run->plan))
		return out_of_memory(w, p);
	if (run->plan.conflict)
		return conflict_problem(w, p);
	say_notes(w);
	return w->job->server->check ? w->job->server->check(&w->api, &run->plan, p) : 0;
}

/* Takes @list over. */
static int save(struct work *w, struct dns_api_list *list, struct problem *p)
{
	const struct dns_api_whose me = whose(w);
	int err = dns_api_state_set(w->file.state, &me, list);

	dns_api_list_free(list);
	return err ? out_of_memory(w, p) : dns_api_file_save(&w->file, p);
}

static int save_before(struct work *w, struct problem *p)
{
	struct dns_api_list list = { .count = 0 };

	if (dns_api_owned_before(&w->in, &w->run->plan, &list)) {
		dns_api_list_free(&list);
		return out_of_memory(w, p);
	}
	return save(w, &list, p);
}

static int save_after(struct work *w, bool done, struct problem *p)
{
	struct dns_api_list list = { .count = 0 };

	if (dns_api_owned_after(&w->in, &w->run->plan, done, &list)) {
		dns_api_list_free(&list);
		return out_of_memory(w, p);
	}
	/* Nothing changed: a file that need not be there is not made. */
	if (!list.count && !w->run->owned.count && !w->run->plan.changes) {
		dns_api_list_free(&list);
		return 0;
	}
	return save(w, &list, p);
}

static int make_changes(struct work *w, struct problem *p)
{
	struct problem second = { .usage = false };
	int err = w->run->plan.changes ? save_before(w, p) : 0;
	bool done;

	if (err)
		return err;
	if (w->run->plan.changes)
		err = w->job->server->change(&w->api, &w->run->plan, p);
	done = !err;
	/* The first problem is the one to tell. */
	if (save_after(w, done, done ? p : &second) && done)
		err = -EIO;
	return err;
}

static int talk(struct work *w, struct problem *p)
{
	const struct dns_api_server *server = w->job->server;
	int err = server->begin ? server->begin(&w->api, p) : 0;

	if (!err)
		err = read_lists(w, p);
	if (!err)
		err = make_plan(w, p);
	if (!err && !w->job->dry_run)
		err = make_changes(w, p);
	if (server->end)
		server->end(&w->api);
	return err;
}

int dns_api_run(const struct env *env, const struct dns_api_job *job, struct dns_api_run *ret,
		struct problem *p)
{
	const struct dns_http_options options = {
		.url = &job->url,
		.ca_file = job->ca_file,
		.user = job->server->basic ? job->user : NULL,
		.password = job->password,
		.secret = job->password,
	};
	struct dns_api_run run = { .wanted = { .count = 0 } };
	struct work w = { .job = job, .run = &run };
	/* First, as it may wait for another: a signal ends that at once. */
	int err = dns_api_file_open(env, job->state, !job->dry_run, &w.file, p);

	if (err)
		return err;
	w.api.url = job->url.text;
	w.api.password = job->password;
	err = dns_http_open(&options, &w.api.http, p);
	if (!err) {
		err = talk(&w, p);
		dns_http_close(w.api.http);
	}
	dns_api_file_close(&w.file);
	if (err)
		dns_api_run_free(&run);
	else
		*ret = run;
	return err;
}

void dns_api_run_free(struct dns_api_run *run)
{
	dns_api_plan_free(&run->plan);
	dns_api_list_free(&run->wanted);
	dns_api_list_free(&run->listed);
	dns_api_list_free(&run->owned);
}
