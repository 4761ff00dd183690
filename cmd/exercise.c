/*
 * exercise - `vigie exercise FILE`: invented campaigns through the real
 * pipeline, apart from all that is real, and purged at the end.
 *
 * This process makes the exercise's topics, sends its records in their time,
 * counts and judges them; processes of the role api show them to those who
 * choose the exercise view (cmd/exercise_watch.h).
 */
#include "cmd/case_events.h"
#include "cmd/commands.h"
#include "cmd/exercise_end.h"
#include "cmd/exercise_run.h"
#include "cmd/report.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_MS = 200, SAY_MS = 10000, PATIENCE_MS = 60000, BAR = 24 };

static const char USAGE[] = "exercise FILE -c CONFIG | exercise --purge -c "
			    "CONFIG";

static const char HELP[] =
	"Plays invented campaigns through the real pipeline, apart from what "
	"is real: only\nwho chooses the exercise view of the page (or asks "
	"under /exercise/) sees them,\nnobody is notified, and at the end "
	"everything is removed and a report printed.\n\n"
	"FILE is YAML, or one event a line (*.ndjson):\n\n"
	"  title: Spring tide\n"
	"  defaults: {category: intrusion-attempts, actor: Grey Heron}\n"
	"  events:\n"
	"    - {at: 0s, partner: MA, sensor: rabat-1, every: 30s, times: 10}\n"
	"    - {at: 5m, partner: IL, sensor: haifa-1}\n"
	"    - {at: 9m, partner: US, sensor: dc-1, severity: 9}\n\n"
	"`at` is from the start; the rest is what a canonical event has, as in "
	"files of\n`vigie test` (every, times, late and {n} too). The last "
	"event happens now when it is\nsent: with --speed 60 an hour passes "
	"in a minute, and the hour is the one just past.\n\n"
	"Ctrl-C ends it at any time, with report and purge. One exercise at a "
	"time; after one\nthat was cut off (kill -9), `vigie exercise "
	"--purge` reports and removes what is left.\nThe user of Kafka needs "
	"to create, read, write and delete topics `exercise.`.\n";

struct ask {
	const char *file, *config, *hold, *id;
	struct vg_arg_list set;
	int64_t speed, hold_ms;
	bool purge, at_once;
};

/* Everything that an exercise is played with. */
struct play {
	const struct ask *a;
	struct vg_clock clock;
	struct vg_log log;
	struct vg_world real, world;
	struct vg_store *store; /* of the real database */
	struct vg_exercise_file file;
	struct vg_exercise_run *run;
	struct vg_exercise_mark mark;
	int64_t shown_ms, held_ms; /* monotonic */
	bool is_shown, said;
};

static enum vg_rc open_real(struct play *p, struct vg_err *err)
{
	enum vg_rc rc = vg_world_init(&p->real, p->a->config, p->a->set.v,
				      p->a->set.n, err);

	if (rc == VG_OK)
		rc = vg_store_new(&p->store, p->real.cfg, &p->real.metrics,
				  err);
	return rc == VG_OK ? vg_store_check(p->store, p->real.fingerprint,
					    p->real.series, err)
			   : rc;
}

static enum vg_rc open_exercise(struct play *p, struct vg_err *err)
{
	const struct vg_world_set set = {p->a->set.v, p->a->set.n};

	return vg_world_init_exercise(&p->world, p->a->config, &set, p->mark.id,
				      err);
}

/* How far it is: on a terminal a line that moves, else one now and then. */
static void show(struct play *p, const struct vg_exercise_at *at)
{
	bool moves = isatty(STDERR_FILENO) == 1;
	int64_t now_ms = vg_mono_ms(&p->clock);
	int64_t n = (int64_t)p->file.n;
	struct vg_buf b = {0};

	if (now_ms - p->shown_ms < (moves ? SHOW_MS : SAY_MS))
		return;
	p->shown_ms = now_ms;
	p->is_shown = true;
	vg_case_offset_print(&b, at->at_ms / 1000 * 1000);
	fprintf(stderr,
		"%s[%-*.*s] +%s: %" PRId64 " of %" PRId64 " sent, %" PRId64
		" counted%s%s",
		moves ? "\r" : "", BAR, (int)(BAR * at->sent / n),
		"########################", b.p != NULL ? b.p : "?", at->sent,
		n, at->counted, at->done ? "; held, Ctrl-C ends it" : "",
		moves ? " " : "\n");
	fflush(stderr);
	vg_buf_term(&b);
}

/* Why nothing moves, once. */
static void say_why(struct play *p, const struct vg_err *err)
{
	if (!p->said && p->is_shown)
		fprintf(stderr, "\nwaiting: %s\n", err->text);
	p->said = true;
}

static enum vg_rc beat(struct play *p, const struct vg_exercise_at *at,
		       struct vg_err *err)
{
	int64_t now_ms = vg_now_ms(&p->clock);
	const char *state = at->done ? "held" : "playing";

	if (now_ms - p->mark.beat_ms < VG_EXERCISE_BEAT_MS &&
	    strcmp(p->mark.state, state) == 0)
		return VG_OK;
	p->mark.beat_ms = now_ms;
	p->mark.sent = at->sent;
	(void)snprintf(p->mark.state, sizeof p->mark.state, "%s", state);
	return vg_exercise_mark_write(p->store, &p->mark, err);
}

/* True when it has been held for as long as it was to be. */
static bool is_over(struct play *p, const struct vg_exercise_at *at)
{
	int64_t now_ms = vg_mono_ms(&p->clock);

	if (!at->done)
		return false;
	if (p->held_ms == 0)
		p->held_ms = now_ms;
	return now_ms - p->held_ms >= p->a->hold_ms;
}

/* Until its end, Ctrl-C, or a fault that does not pass. */
static enum vg_rc play_on(struct play *p, struct vg_err *err)
{
	const struct timespec wait = {.tv_nsec = 200000000};
	int64_t good_ms = vg_mono_ms(&p->clock);

	for (;;) {
		enum vg_rc rc = vg_exercise_run_step(p->run, err);
		const struct vg_exercise_at at = vg_exercise_run_at(p->run);

		if (rc == VG_OK)
			rc = beat(p, &at, err);
		show(p, &at);
		if (vg_signal_waits() || (rc == VG_OK && is_over(p, &at)))
			return VG_OK;
		if (rc == VG_OK)
			good_ms = vg_mono_ms(&p->clock);
		else if (rc != VG_RETRY ||
			 vg_mono_ms(&p->clock) - good_ms > PATIENCE_MS)
			return rc;
		if (rc == VG_RETRY) {
			say_why(p, err);
			(void)nanosleep(&wait, NULL);
		}
	}
}

static enum vg_rc finish(struct play *p, struct vg_err *err)
{
	struct vg_exercise_end e = {.world = &p->world,
				    .real = p->store,
				    .mark = p->mark,
				    .out = stdout,
				    .clock = p->clock};

	if (p->run != NULL)
		e.mark.sent = vg_exercise_run_at(p->run).sent;
	vg_exercise_run_free(p->run);
	p->run = NULL;
	if (p->is_shown && isatty(STDERR_FILENO) == 1)
		fputc('\n', stderr);
	return vg_exercise_finish(&e, err);
}

/* The name that the words give, or the time makes. */
static void name_it(struct play *p)
{
	if (p->a->id != NULL)
		(void)snprintf(p->mark.id, sizeof p->mark.id, "%s", p->a->id);
	else
		(void)snprintf(p->mark.id, sizeof p->mark.id, "x%" PRId64,
			       p->mark.since_ms);
}

/* Its last event is to happen now when it is sent. */
static enum vg_rc set_start(struct play *p, struct vg_err *err)
{
	int64_t span_ms = p->file.span_ms;
	int64_t lasts_ms = p->a->at_once ? 0 : span_ms / p->a->speed;

	p->mark.start_ms = p->mark.since_ms - (span_ms - lasts_ms);
	return vg_exercise_file_start(&p->file, p->world.cfg, p->mark.start_ms,
				      err);
}

static enum vg_rc begin(struct play *p, struct vg_err *err)
{
	p->mark.since_ms = p->mark.beat_ms = vg_now_ms(&p->clock);
	(void)snprintf(p->mark.state, sizeof p->mark.state, "playing");
	name_it(p);
	enum vg_rc rc = open_exercise(p, err);
	if (rc == VG_OK)
		rc = vg_exercise_file_read(&p->file, p->a->file, p->world.cfg,
					   err);
	if (rc == VG_OK)
		rc = set_start(p, err);
	if (rc != VG_OK)
		return rc;
	(void)snprintf(p->mark.title, sizeof p->mark.title, "%s",
		       p->file.title);
	return vg_exercise_mark_claim(p->store, &p->mark, err);
}

/* From the claim on whatever happens ends in a purge. */
static enum vg_rc play(struct play *p, struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = begin(p, err);

	if (rc != VG_OK)
		return rc;
	fprintf(stderr, "exercise %s: %s: %zu records\n", p->mark.id,
		p->mark.title, p->file.n);
	const struct vg_exercise_run_opts o = {
		.world = &p->world,
		.file = &p->file,
		.log = &p->log,
		.clock = p->clock,
		.speed = p->a->at_once ? 0 : p->a->speed,
		.start_ms = p->mark.start_ms};
	rc = vg_exercise_run_new(&p->run, &o, err);
	if (rc == VG_OK)
		rc = play_on(p, err);
	enum vg_rc last = finish(p, &why);
	if (last != VG_OK && rc == VG_OK)
		*err = why;
	return rc != VG_OK ? rc : last;
}

/* What an exercise that was cut off left. */
static enum vg_rc purge(struct play *p, struct vg_err *err)
{
	enum vg_rc rc = vg_exercise_mark_read(p->store, &p->mark, err);

	if (rc != VG_OK)
		return rc;
	if (p->mark.id[0] == '\0') {
		puts("no exercise is on: nothing is left of any");
		return VG_OK;
	}
	if (vg_exercise_mark_lives(&p->mark, vg_now_ms(&p->clock)))
		return vg_err_set(err, VG_INVAL,
				  "the exercise %s is being played: end it "
				  "where it runs (Ctrl-C)",
				  p->mark.id);
	rc = open_exercise(p, err);
	return rc == VG_OK ? finish(p, err) : rc;
}

static enum vg_rc read_words(struct ask *a, const char *speed,
			     struct vg_err *err)
{
	a->speed = 1;
	a->at_once = speed != NULL && strcmp(speed, "max") == 0;
	a->hold_ms = 10 * 60000;
	if (speed != NULL && !a->at_once) {
		size_t n = strspn(speed, "0123456789");

		a->speed = 0;
		for (size_t i = 0; i < n && n <= 4; i++)
			a->speed = a->speed * 10 + (speed[i] - '0');
		if (speed[n] != '\0' || a->speed == 0)
			return vg_err_set(err, VG_INVAL,
					  "--speed: %.20s is not 1 to 9999, or "
					  "max",
					  speed);
	}
	if (a->hold != NULL &&
	    !vg_duration_parse(vg_slice_of(a->hold), &a->hold_ms))
		return vg_err_set(err, VG_INVAL,
				  "--hold: %.20s is no duration; write 30m",
				  a->hold);
	if (a->purge == (a->file != NULL))
		return vg_err_set(err, VG_INVAL,
				  "name a file, or --purge; `vigie exercise "
				  "--help` shows a file");
	return VG_OK;
}

static int run(const struct ask *a)
{
	struct vg_err err = {0};
	int status = VG_EXIT_OK;
	struct play p = {.a = a, .clock = vg_clock_system()};

	p.log = (struct vg_log){
		.fd = STDERR_FILENO, .level = VG_LOG_ERROR, .clock = p.clock};
	vg_block_signals();
	enum vg_rc rc = open_real(&p, &err);
	if (rc == VG_OK)
		rc = a->purge ? purge(&p, &err) : play(&p, &err);
	if (rc != VG_OK)
		status = vg_report(&err);
	vg_exercise_file_term(&p.file);
	vg_store_free(p.store);
	vg_world_term(&p.world);
	vg_world_term(&p.real);
	return status;
}

int vg_cmd_exercise(int argc, char **argv)
{
	struct ask a = {.file = NULL};
	const char *speed = NULL;
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&a.config),
		VG_ARG_SET(&a.set),
		{"", NULL, VG_ARG_TEXT, &a.file, "FILE",
		 "what happens, and when", false, 0, 0},
		{"--speed", NULL, VG_ARG_TEXT, &speed, "N|max",
		 "so many times as fast as written (1), or all at once", false,
		 0, 0},
		{"--hold", NULL, VG_ARG_TEXT, &a.hold, "DURATION",
		 "how long it is still shown after its last event (10m)", false,
		 0, 0},
		{"--name", NULL, VG_ARG_TEXT, &a.id, "NAME",
		 "of its topics: a-z, 0-9 and - (made from the time)", false, 0,
		 0},
		{"--purge", NULL, VG_ARG_FLAG, &a.purge, "",
		 "remove what an exercise that was cut off left", false, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (vg_asks_for_help(argc, argv)) {
		printf("usage: vigie %s\n\n", USAGE);
		vg_args_help(table, VG_ROWS(table), stdout);
		printf("\n%s", HELP);
		return VG_EXIT_OK;
	}
	if (!vg_command_line(USAGE, table, VG_ROWS(table), argc, argv, &status))
		return status;
	if (read_words(&a, speed, &err) != VG_OK)
		return vg_report(&err);
	return run(&a);
}
