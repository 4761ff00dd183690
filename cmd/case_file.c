#include "cmd/case_file.h"

#include "alert/rule_read.h"
#include "cmd/case_alerts.h"
#include "cmd/case_events.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char SUFFIX[] = ".test.yaml";
static const char START[] = "2026-01-05T00:00:00Z"; /* a Monday */

/* Of a rule: was it expected to fire, and not to, by a test that passed? */
enum { SEEN_FIRING = 1, SEEN_QUIET = 2 };

struct case_file {
	const char *path;
	struct vg_yaml *y;
	const struct vg_yaml_node *root;
	int64_t start_ms;
	struct vg_offline o;
	char rule_path[VG_ARG_MANY_MAX][512];
	unsigned char *seen; /* a byte a rule */
};

/* `name` beside the test file. */
static enum vg_rc beside(const struct case_file *f, const char *name, char *out,
			 size_t size, struct vg_err *err)
{
	const char *slash = strrchr(f->path, '/');
	int n = (int)(slash != NULL && name[0] != '/' ? slash + 1 - f->path
						      : 0);
	int used = snprintf(out, size, "%.*s%s", n, f->path, name);

	if (used < 0 || (size_t)used >= size)
		return vg_err_set(err, VG_INVAL, "%.100s: too long a path",
				  f->path);
	return VG_OK;
}

/* x.yaml of x.test.yaml */
static enum vg_rc own_rules(struct case_file *f, struct vg_offline_words *w,
			    struct vg_err *err)
{
	size_t n = strlen(f->path), cut = strlen(SUFFIX);

	if (n <= cut || strcmp(f->path + n - cut, SUFFIX) != 0 ||
	    n >= sizeof f->rule_path[0])
		return vg_yaml_fail(f->y, f->root, err,
				    "say which `rules` are tested: the file is "
				    "not called NAME%s",
				    SUFFIX);
	snprintf(f->rule_path[0], sizeof f->rule_path[0], "%.*s.yaml",
		 (int)(n - cut), f->path);
	w->rules.v[0] = f->rule_path[0];
	w->rules.n = 1;
	return VG_OK;
}

static enum vg_rc find_rules(struct case_file *f, struct vg_offline_words *w,
			     struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(f->root, "rules");
	const struct vg_yaml_node *c = n;
	enum vg_rc rc = VG_OK;

	w->rules.n = 0;
	if (n == NULL)
		return own_rules(f, w, err);
	if (n->type == VG_YAML_LIST)
		c = n->child;
	for (; c != NULL && rc == VG_OK;
	     c = n->type == VG_YAML_LIST ? c->next : NULL) {
		if (c->type != VG_YAML_SCALAR || w->rules.n == VG_ARG_MANY_MAX)
			return vg_yaml_fail(f->y, c, err,
					    "`rules` must be a path or a list "
					    "of at most %d",
					    (int)VG_ARG_MANY_MAX);
		rc = beside(f, c->text, f->rule_path[w->rules.n],
			    sizeof f->rule_path[0], err);
		w->rules.v[w->rules.n] = f->rule_path[w->rules.n];
		w->rules.n++;
	}
	return rc;
}

static enum vg_rc read_start(struct case_file *f, struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(f->root, "start");
	const char *text = START;

	if (n != NULL)
		text = n->type == VG_YAML_SCALAR ? n->text : "";
	if (!vg_time_parse(vg_slice_of(text), &f->start_ms))
		return vg_yaml_fail(f->y, n, err,
				    "`start` must be a time; write "
				    "2026-01-05T00:00:00Z");
	return VG_OK;
}

/* Read the file and load what it tests. */
static enum vg_rc open_file(struct case_file *f,
			    const struct vg_offline_words *words,
			    struct vg_err *err)
{
	static const char *const keys[] = {"rules", "start", "defaults",
					   "tests"};
	struct vg_offline_words w = *words;
	enum vg_rc rc = vg_yaml_load(&f->y, f->path, VG_RULE_FILE_MAX, err);

	if (rc != VG_OK)
		return rc;
	f->root = vg_yaml_doc(f->y, 0);
	if (f->root == NULL || f->root->type != VG_YAML_MAP)
		return vg_err_set(err, VG_INVAL,
				  "%.150s:1: a file of tests is a map with "
				  "`tests`",
				  f->path);
	rc = vg_rule_keys(f->y, f->root, keys, 4, err);
	if (rc == VG_OK)
		rc = read_start(f, err);
	if (rc == VG_OK)
		rc = find_rules(f, &w, err);
	if (rc == VG_OK)
		rc = vg_offline_load(&f->o, &w, err);
	if (rc != VG_OK)
		return rc;
	f->seen = calloc(vg_rules_count(f->o.rules) + 1, 1);
	return f->seen != NULL ? VG_OK
			       : vg_err_set(err, VG_FATAL, "out of memory");
}

/* Which rules an expectation sees firing, and which quiet. */
static void note_seen(const struct case_file *f,
		      const struct vg_case_alerts *expected,
		      unsigned char *seen)
{
	for (size_t i = 0; i < vg_rules_count(f->o.rules); i++) {
		unsigned char bit = SEEN_QUIET;

		for (size_t k = 0; k < expected->n; k++)
			if (expected->v[k].rule == vg_rule_at(f->o.rules, i))
				bit = SEEN_FIRING;
		seen[i] |= bit;
	}
}

struct taking {
	struct vg_case_alerts *came;
	int64_t clock_ms;
};

static enum vg_rc take_alert(void *arg, const struct vg_replayed *a,
			     struct vg_err *err)
{
	const struct taking *t = arg;

	return vg_case_came(t->came, a, t->clock_ms, err);
}

/* One test as it runs. */
struct running {
	struct case_file *f;
	const struct vg_yaml_node *test;
	struct vg_buf lines, report;
	unsigned char *seen; /* a byte a rule */
};

/* Events that cannot be counted were not foreseen. */
static enum vg_rc check_events(const struct running *r, struct vg_err *err)
{
	const struct vg_history *h = &r->f->o.history;

	if (h->first_bad == 0)
		return VG_OK;
	return vg_yaml_fail(r->f->y, r->test, err,
			    "event %" PRId64 " in order of arrival: %.120s",
			    h->first_bad, h->reason);
}

/* Read the events as `viewer` (NULL: coalition) sees them. */
static enum vg_rc feed(const struct running *r, const char *viewer,
		       struct vg_err *err)
{
	char none[] = "\n";
	bool is_empty = r->lines.n == 0;
	enum vg_rc rc = vg_offline_view(&r->f->o, viewer, err);
	FILE *in;

	if (rc != VG_OK)
		return rc;
	in = fmemopen(is_empty ? none : r->lines.p, is_empty ? 1 : r->lines.n,
		      "r");
	if (in == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	rc = vg_offline_events(&r->f->o, in, -1, err);
	fclose(in);
	return rc == VG_OK ? check_events(r, err) : rc;
}

static void compare(struct running *r, const struct vg_case_alerts *expected,
		    const struct vg_case_alerts *came, int64_t at_ms)
{
	struct vg_buf text = {0};

	if (vg_case_diff(expected, came, r->f->start_ms, &text) > 0) {
		vg_buf_str(&r->report, "  at ");
		vg_case_offset_print(&r->report, at_ms);
		vg_buf_printf(&r->report, ", as %s sees it:\n%s",
			      r->f->o.viewer, text.p != NULL ? text.p : "");
	}
	r->report.failed |= text.failed;
	vg_buf_term(&text);
}

/* {at: 10m, viewer: MA, alerts: [...]} */
static enum vg_rc expect(struct running *r, const struct vg_yaml_node *n,
			 struct vg_err *err)
{
	static const char *const keys[] = {"at", "viewer", "alerts"};
	const struct vg_yaml_node *viewer;
	struct vg_case_alerts expected = {.n = 0}, came = {.n = 0};
	struct case_file *f = r->f;
	struct taking t = {.came = &came};
	int64_t at_ms = 0;
	enum vg_rc rc;

	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(f->y, n, err,
				    "an expectation must be a map; write {at: "
				    "10m, alerts: []}");
	viewer = vg_yaml_get(n, "viewer");
	rc = vg_rule_keys(f->y, n, keys, 3, err);
	if (rc == VG_OK)
		rc = vg_case_at(f->y, n, &at_ms, err);
	t.clock_ms = f->start_ms + at_ms;
	if (rc == VG_OK)
		rc = vg_case_expected(&expected, f->y, n, f->o.rules,
				      f->start_ms, err);
	if (rc == VG_OK)
		rc = feed(r, viewer != NULL ? viewer->text : NULL, err);
	if (rc == VG_OK)
		rc = vg_replay_run(f->o.replay, t.clock_ms, take_alert, &t,
				   err);
	if (rc == VG_OK) {
		compare(r, &expected, &came, at_ms);
		note_seen(f, &expected, r->seen);
	}
	vg_case_alerts_term(&expected);
	vg_case_alerts_term(&came);
	return rc;
}

static enum vg_rc run_test(struct running *r, struct vg_err *err)
{
	static const char *const keys[] = {"name", "defaults", "events",
					   "expect"};
	const struct vg_case_source source = {.y = r->f->y,
					      .test = r->test,
					      .file = r->f->root,
					      .start_ms = r->f->start_ms};
	const struct vg_yaml_node *list = NULL;
	size_t n = 0;
	enum vg_rc rc = vg_rule_keys(r->f->y, r->test, keys, 4, err);

	if (rc == VG_OK)
		rc = vg_case_events(&source, &r->lines, &n, err);
	if (rc == VG_OK)
		list = vg_yaml_get(r->test, "expect");
	if (rc == VG_OK &&
	    (list == NULL || list->type != VG_YAML_LIST || list->count == 0))
		rc = vg_yaml_fail(r->f->y, r->test, err,
				  "a test needs `expect`, a list; write [{at: "
				  "10m, alerts: []}]");
	for (const struct vg_yaml_node *e = rc == VG_OK ? list->child : NULL;
	     e != NULL && rc == VG_OK; e = e->next)
		rc = expect(r, e, err);
	if (rc == VG_OK && r->report.failed)
		rc = vg_err_set(err, VG_FATAL, "out of memory");
	return rc;
}

static const char *name_of(const struct vg_yaml_node *test)
{
	const struct vg_yaml_node *name =
		test->type == VG_YAML_MAP ? vg_yaml_get(test, "name") : NULL;

	return name != NULL && name->type == VG_YAML_SCALAR ? name->text : NULL;
}

/* Run one test and say how it went; what it saw of rules counts when it
 * passed. */
static void one_test(struct case_file *f, const struct vg_yaml_node *test,
		     struct vg_case_tally *tally)
{
	size_t n = vg_rules_count(f->o.rules);
	struct running r = {.f = f, .test = test, .seen = calloc(n + 1, 1)};
	const char *name = name_of(test);
	struct vg_err err = {0};
	enum vg_rc rc;

	if (r.seen == NULL)
		rc = vg_err_set(&err, VG_FATAL, "out of memory");
	else if (name == NULL)
		rc = vg_yaml_fail(f->y, test, &err,
				  "a test is a map with a `name`");
	else
		rc = run_test(&r, &err);
	if (rc == VG_OK && r.report.n == 0) {
		tally->passed++;
		for (size_t i = 0; i < n; i++)
			f->seen[i] |= r.seen[i];
	} else {
		tally->failed++;
		printf("FAILED %s:%d: %s\n%s", f->path, test->line,
		       name != NULL ? name : "a test",
		       r.report.n > 0 ? r.report.p : "");
		if (rc != VG_OK)
			printf("  %s\n", err.text);
	}
	free(r.seen);
	vg_buf_term(&r.lines);
	vg_buf_term(&r.report);
}

/* Each rule is seen firing and seen quiet, or its tests say little. */
static void check_seen(const struct case_file *f, struct vg_case_tally *tally)
{
	for (size_t i = 0; i < vg_rules_count(f->o.rules); i++) {
		const char *id = vg_rule_at(f->o.rules, i)->id;

		if ((f->seen[i] & SEEN_FIRING) == 0) {
			tally->failed++;
			printf("FAILED %s: no test that passes expects an "
			       "alert of `%s`\n",
			       f->path, id);
		}
		if ((f->seen[i] & SEEN_QUIET) == 0) {
			tally->failed++;
			printf("FAILED %s: no test that passes expects none of "
			       "`%s`\n",
			       f->path, id);
		}
	}
}

void vg_case_file(const char *path, const struct vg_offline_words *words,
		  struct vg_case_tally *tally)
{
	struct case_file *f = calloc(1, sizeof *f);
	const struct vg_yaml_node *tests = NULL;
	struct vg_err err = {0};
	enum vg_rc rc = VG_OK;

	if (f == NULL) {
		rc = vg_err_set(&err, VG_FATAL, "out of memory");
	} else {
		f->path = path;
		rc = open_file(f, words, &err);
	}
	if (rc == VG_OK)
		tests = vg_yaml_get(f->root, "tests");
	if (rc == VG_OK &&
	    (tests == NULL || tests->type != VG_YAML_LIST || tests->count == 0))
		rc = vg_yaml_fail(f->y, f->root, &err,
				  "the file needs `tests`, a list");
	if (rc != VG_OK) {
		tally->failed++;
		printf("FAILED %s\n  %s\n", path, err.text);
	} else {
		for (const struct vg_yaml_node *t = tests->child; t != NULL;
		     t = t->next)
			one_test(f, t, tally);
		if (tally->strict)
			check_seen(f, tally);
	}
	if (f != NULL) {
		vg_offline_term(&f->o);
		vg_yaml_free(f->y);
		free(f->seen);
	}
	free(f);
}
