/*
 * partner_purge - `vigie partner purge`: all that is stored of a partner goes:
 * its partitions' keys, its part in the alerts and in notifications of them,
 * its dead letters.
 *
 * What was done is noted in vg:{vg}:purge:<id> until the report is written, so
 * that an interrupted purge is begun again with the same words and tells all.
 */
#include "alert/purge_alerts.h"
#include "cmd/commands.h"
#include "cmd/partner.h"
#include "cmd/purge_people.h"
#include "cmd/purge_report.h"
#include "cmd/report.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/timefmt.h"
#include "ingest/log_reader.h"
#include "notify/renew.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
	"Removes the keys of the partner's partitions in Redis, its part in "
	"every alert (those\nthat no longer hold are withdrawn, those of its "
	"own go), in notifications that\nwait or were given up, what its "
	"people left\n(own rules, "
	"silences, words on alerts), and its dead "
	"letters. The other partners' numbers are not "
	"touched. Counting begins anew behind what there is\nnow. The records "
	"in the partner's own topic stay: delete the topic for those.\n\n"
	"Retire the partner first (`vigie partner retire`); one that an ingest "
	"counts now is\nrefused. Leave its entry in the file until the purge "
	"is done. It may be interrupted\nand run again. At the end stands a "
	"report in FILE, signed in FILE.sig with a key of\n`vigie sign-key "
	"new`: `vigie partner check-report` checks it.\n";

struct ask {
	const char *id, *key, *report;
	bool yes;
};

struct purge {
	struct vg_desk d;
	const struct ask *a;
	struct vg_signer signer;
	const struct vg_partner *p;
	struct vg_purge_part *part;
	size_t n_part;
	struct vg_dead_purged dead;
	char notes[64], begun[VG_TIME_TEXT];
	bool reported; /* before, and only the end was missing */
};

/* Each partition that the brokers or Redis know, from where it will count. */
static enum vg_rc find_parts(struct purge *x, struct vg_err *err)
{
	struct vg_log_reader *r = NULL;
	struct vg_member_part *known = NULL;
	int32_t n = 0;
	size_t n_known = 0;
	enum vg_rc rc = vg_log_reader_new(&r, x->d.world.cfg, err);

	if (rc == VG_OK)
		rc = vg_log_reader_partitions(r, x->p->topic, &n, err);
	if (rc == VG_OK)
		rc = vg_member_parts(x->d.store, x->p->topic, &known, &n_known,
				     err);
	for (size_t i = 0; rc == VG_OK && i < n_known; i++)
		n = known[i].partition >= n ? known[i].partition + 1 : n;
	if (rc == VG_OK)
		x->part = calloc((size_t)n + 1, sizeof *x->part);
	if (rc == VG_OK && x->part == NULL)
		rc = vg_err_set(err, VG_FATAL, "purge: out of memory");
	for (int32_t i = 0; rc == VG_OK && i < n; i++) {
		int64_t low = 0;
		struct vg_member_at *at = &x->part[x->n_part++].at;

		*at = (struct vg_member_at){.topic = x->p->topic,
					    .partition = i};
		/* One that the brokers no longer have ends where it stood. */
		if (vg_log_reader_bounds(r, at->topic, i, &low, &at->offset,
					 err) == VG_INVAL)
			rc = VG_INVAL;
	}
	free(known);
	vg_log_reader_free(r);
	return rc;
}

/* Nobody may be counting what is removed, unless it has ended. */
static enum vg_rc refuse_owned(struct purge *x, struct vg_err *err)
{
	bool retired = x->p->has_until && x->d.now_ms >= x->p->until_ms;
	struct vg_member_part *part = NULL;
	size_t n = 0, owned = 0;
	enum vg_rc rc =
		vg_member_parts(x->d.store, x->p->topic, &part, &n, err);

	for (size_t i = 0; rc == VG_OK && i < n; i++)
		owned += vg_member_is_owned(&part[i], x->d.now_ms);
	free(part);
	if (rc == VG_OK && owned > 0 && !retired)
		return vg_err_set(
			err, VG_INVAL,
			"%s: an ingest is counting %zu of its "
			"partitions; retire it first (`vigie partner "
			"retire %s --at TIME -c FILE`), or stop every "
			"ingest",
			x->p->id, owned, x->p->id);
	return rc;
}

static enum vg_rc confirm(const struct purge *x, struct vg_err *err)
{
	char line[64] = "";

	if (x->a->yes)
		return VG_OK;
	fprintf(stderr,
		"All that is stored of %s will be removed, for good. Type its "
		"id to go on: ",
		x->p->id);
	if (fgets(line, sizeof line, stdin) != NULL)
		line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, x->p->id) == 0)
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "%s was not typed: nothing was removed (--yes asks "
			  "nothing)",
			  x->p->id);
}

/* When the purge began, at whichever of its runs; and whether all but its end
 * was done. */
static enum vg_rc note_begin(struct purge *x, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	char now[VG_TIME_TEXT];

	(void)snprintf(x->notes, sizeof x->notes, "vg:{vg}:purge:%s", x->p->id);
	vg_time_print_ms(now, x->d.now_ms);
	enum vg_rc rc = vg_store_callf(x->d.store, NULL, err, "HSETNX",
				       x->notes, "begun", now, (char *)NULL);
	if (rc == VG_OK)
		rc = vg_store_callf(x->d.store, &r, err, "HMGET", x->notes,
				    "begun", "reported", (char *)NULL);
	if (rc != VG_OK)
		return rc;
	struct vg_slice begun = vg_reply_text(vg_reply_at(r, 0));
	(void)snprintf(x->begun, sizeof x->begun, "%.*s", (int)begun.n,
		       begun.p);
	x->reported = vg_reply_text(vg_reply_at(r, 1)).n > 0;
	vg_reply_free(r);
	return VG_OK;
}

static enum vg_rc purge_parts(struct purge *x, struct vg_err *err)
{
	struct vg_purge_walk w = {.cursor = 0};
	bool shows = isatty(STDERR_FILENO) == 1;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < x->n_part && rc == VG_OK; i++)
		rc = vg_purge_begin(x->d.store, &x->d.world.env, &x->part[i].at,
				    &x->part[i].at.offset, err);
	for (size_t step = 0; rc == VG_OK && !w.done; step++) {
		rc = vg_purge_step(x->d.store, &x->d.world.env, x->p->topic, &w,
				   err);
		if (shows && step % 64 == 0)
			fprintf(stderr, "\rpurge: %" PRId64 " keys removed ",
				w.removed);
	}
	if (shows)
		fputc('\r', stderr);
	if (rc == VG_OK)
		fprintf(stderr,
			"purge: %zu partitions: %" PRId64 " keys removed\n",
			x->n_part, w.removed);
	return rc;
}

static enum vg_rc purge_alerts(struct purge *x, struct vg_err *err)
{
	char owner[32];
	size_t seen = 0;

	(void)snprintf(owner, sizeof owner, "purge:%ld", (long)getpid());
	const struct vg_purge_alerts pa = {.env = &x->d.world.env,
					   .rules = x->d.world.rules,
					   .partner = x->p,
					   .owner = owner,
					   .notes = x->notes,
					   .now_ms = x->d.now_ms};
	enum vg_rc rc = vg_alerts_purge(x->d.store, &pa, &seen, err);
	if (rc == VG_OK)
		fprintf(stderr, "purge: %zu alerts looked at\n", seen);
	return rc;
}

/* The last run alone knows what it deleted of them: earlier ones left nothing
 * to delete, so the largest number is the whole. */
static enum vg_rc purge_dead(struct purge *x, struct vg_err *err)
{
	char number[24];
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_dead_purge(x->d.world.cfg, x->p, &x->dead, err);

	if (rc != VG_OK)
		return rc;
	(void)snprintf(number, sizeof number, "%" PRId64, x->dead.records);
	rc = vg_store_callf(x->d.store, &r, err, "HINCRBY", x->notes, "dead",
			    number, (char *)NULL);
	if (rc == VG_OK) {
		x->dead.records = vg_reply_int(r);
		fprintf(stderr, "purge: %s: %" PRId64 " records deleted\n",
			x->dead.topic, x->dead.records);
	}
	vg_reply_free(r);
	return rc;
}

static enum vg_rc make_report(struct purge *x, const struct vg_reply *notes,
			      struct vg_buf *out, struct vg_err *err)
{
	const struct vg_clock clock = vg_clock_system();
	char ended[VG_TIME_TEXT];
	const struct vg_purge_report report = {.partner = x->p,
					       .begun = x->begun,
					       .ended = ended,
					       .part = x->part,
					       .n_part = x->n_part,
					       .dead = x->dead,
					       .notes = notes};
	enum vg_rc rc = VG_OK;

	vg_time_print_ms(ended, vg_now_ms(&clock));
	for (size_t i = 0; i < x->n_part && rc == VG_OK; i++)
		rc = vg_purge_counts(x->d.store, x->part[i].at.topic,
				     x->part[i].at.partition,
				     &x->part[i].counts, err);
	return rc == VG_OK ? vg_purge_report_text(out, &report, err) : rc;
}

static enum vg_rc write_report(struct purge *x, struct vg_err *err)
{
	struct vg_reply *notes = NULL;
	struct vg_buf text = {0};
	enum vg_rc rc = vg_store_callf(x->d.store, &notes, err, "HGETALL",
				       x->notes, (char *)NULL);

	if (rc == VG_OK)
		rc = make_report(x, notes, &text, err);
	if (rc == VG_OK)
		rc = vg_purge_report_write(
			x->a->report,
			(struct vg_slice){text.p, (uint32_t)text.n}, &x->signer,
			err);
	if (rc == VG_OK)
		rc = vg_store_callf(x->d.store, NULL, err, "HSET", x->notes,
				    "reported", "yes", (char *)NULL);
	vg_buf_term(&text);
	vg_reply_free(notes);
	return rc;
}

static enum vg_rc finish(struct purge *x, struct vg_err *err)
{
	char now[VG_TIME_TEXT];
	enum vg_rc rc = VG_OK;

	vg_time_print(now, x->d.now_ms);
	for (size_t i = 0; i < x->n_part && rc == VG_OK; i++)
		rc = vg_purge_end(x->d.store, x->part[i].at.topic,
				  x->part[i].at.partition, err);
	if (rc == VG_OK)
		rc = vg_slots_purged(x->d.store, x->p->slot, now, err);
	if (rc == VG_OK)
		rc = vg_store_callf(x->d.store, NULL, err, "DEL", x->notes,
				    (char *)NULL);
	return rc;
}

/* Its part in notifications that wait or were given up; earlier runs left
 * nothing of it, so the sum is the whole. */
static enum vg_rc purge_notices(struct purge *x, struct vg_err *err)
{
	char owner[32], number[24];
	struct vg_renew r = {.partner = x->p->id};

	(void)snprintf(owner, sizeof owner, "purge:%ld", (long)getpid());
	enum vg_rc rc = vg_renew_purge(x->d.store, &r, owner, err);
	if (rc != VG_OK)
		return rc;
	(void)snprintf(number, sizeof number, "%" PRId64,
		       r.changed + r.removed);
	fprintf(stderr, "purge: %s notifications changed or removed\n", number);
	return vg_store_callf(x->d.store, NULL, err, "HINCRBY", x->notes,
			      "notifications", number, (char *)NULL);
}

/* Its own rules, silences and words on alerts. */
static enum vg_rc purge_people(struct purge *x, struct vg_err *err)
{
	bool done = false;
	enum vg_rc rc = vg_purge_people(&x->d, x->p->id, x->begun, &done, err);

	if (rc != VG_OK)
		return rc;
	fprintf(stderr, "purge: what its people left: %s\n",
		done ? "removed"
		     : "in the log, for the alert leader that starts next");
	return vg_store_callf(x->d.store, NULL, err, "HSET", x->notes, "people",
			      done ? "1" : "0", (char *)NULL);
}

static enum vg_rc work(struct purge *x, struct vg_err *err)
{
	enum vg_rc rc = purge_parts(x, err);

	if (rc == VG_OK)
		rc = purge_alerts(x, err);
	if (rc == VG_OK)
		rc = purge_notices(x, err);
	if (rc == VG_OK)
		rc = purge_people(x, err);
	if (rc == VG_OK)
		rc = purge_dead(x, err);
	return rc == VG_OK ? write_report(x, err) : rc;
}

static enum vg_rc purge(struct purge *x, struct vg_err *err)
{
	enum vg_rc rc = vg_desk_partner(&x->d, x->a->id, &x->p, err);

	if (rc == VG_OK)
		rc = vg_signer_read(&x->signer, x->a->key, err);
	if (rc == VG_OK)
		rc = refuse_owned(x, err);
	if (rc == VG_OK)
		rc = find_parts(x, err);
	if (rc == VG_OK)
		rc = confirm(x, err);
	if (rc == VG_OK)
		rc = note_begin(x, err);
	if (rc == VG_OK && !x->reported)
		rc = vg_purge_report_room(x->a->report, err);
	if (rc == VG_OK && !x->reported)
		rc = work(x, err);
	if (rc == VG_OK)
		rc = finish(x, err);
	if (rc == VG_OK && x->reported)
		printf("%s is purged; the report was written before\n",
		       x->p->id);
	else if (rc == VG_OK)
		printf("%s is purged: %s, signed in %s.sig\n", x->p->id,
		       x->a->report, x->a->report);
	return rc;
}

int vg_partner_purge(int argc, char **argv)
{
	struct ask a = {.yes = false};
	const char *config = NULL;
	struct vg_arg_list set = {0};
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"", NULL, VG_ARG_TEXT, &a.id, "ID", "the partner", true, 0, 0},
		{"--sign", NULL, VG_ARG_TEXT, &a.key, "KEYFILE",
		 "sign the report with this key of `sign-key new`", true, 0, 0},
		{"--report", NULL, VG_ARG_TEXT, &a.report, "FILE",
		 "where to write it; a file that is not there yet", true, 0, 0},
		{"--yes", NULL, VG_ARG_FLAG, &a.yes, "",
		 "do not ask for the id to be typed", false, 0, 0},
		VG_ARG_HELP};
	struct vg_err err = {0};
	struct purge *x = NULL;
	int status = VG_EXIT_OK;

	if (vg_partner_help("purge ID --sign KEYFILE --report FILE -c FILE",
			    table, VG_ROWS(table), argc, argv, HELP))
		return VG_EXIT_OK;
	if (vg_args_read(table, VG_ROWS(table), argc, argv, &err) != VG_OK)
		return vg_report(&err);
	x = calloc(1, sizeof *x);
	if (x == NULL)
		return VG_EXIT_FAILED;
	x->a = &a;
	if (vg_desk_init(&x->d, config, &set, &err) != VG_OK ||
	    purge(x, &err) != VG_OK)
		status = vg_report(&err);
	vg_secret_wipe(&x->signer, sizeof x->signer);
	free(x->part);
	vg_desk_term(&x->d);
	free(x);
	return status;
}

int vg_partner_check_report(int argc, char **argv)
{
	static const char help[] =
		"Says whether FILE is as it was signed in FILE.sig, by the "
		"public key that `vigie\nsign-key new` printed.\n";
	const char *path = NULL, *key = NULL;
	const struct vg_arg table[] = {{"", NULL, VG_ARG_TEXT, &path, "FILE",
					"the report", true, 0, 0},
				       {"--key", NULL, VG_ARG_TEXT, &key,
					"BASE64", "the signer's public key",
					true, 0, 0},
				       VG_ARG_HELP};
	char id[VG_SIGN_ID_MAX + 1];
	struct vg_err err = {0};

	if (vg_partner_help("check-report FILE --key BASE64", table,
			    VG_ROWS(table), argc, argv, help))
		return VG_EXIT_OK;
	if (vg_args_read(table, VG_ROWS(table), argc, argv, &err) != VG_OK ||
	    vg_purge_report_check(path, key, id, &err) != VG_OK)
		return vg_report(&err);
	printf("%s: good, signed by %s\n", path, id);
	return VG_EXIT_OK;
}
