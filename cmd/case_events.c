#include "cmd/case_events.h"

#include "alert/rule_read.h"
#include "api/json_out.h"
#include "core/json.h"
#include "core/timefmt.h"

#include <stdlib.h>
#include <string.h>

static const int64_t longest_ms = INT64_C(732) * 86400000;

/* One line, and when its record came. */
struct line {
	int64_t record_ms;
	size_t at, n, number;
};

struct writer {
	const struct vg_case_source *s;
	struct vg_buf text; /* all lines, as they are written */
	struct line *line;
	size_t n, cap;
};

/* How one event of the file is repeated. */
struct repeat {
	int64_t at_ms, late_ms, every_ms, times;
};

static bool is_among(const char *key, const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(key, word[i]) == 0)
			return true;
	return false;
}

/* "1h30m": each part a number and a unit. */
static bool parse_offset(const char *p, int64_t *out)
{
	int64_t part = 0;

	*out = 0;
	while (*p != '\0') {
		size_t digits = strspn(p, "0123456789");
		size_t unit = strcspn(p + digits, "0123456789");
		const struct vg_slice s = {p, (uint32_t)(digits + unit)};

		if (digits == 0 || !vg_duration_parse(s, &part) ||
		    part > longest_ms - *out)
			return false;
		*out += part;
		p += digits + unit;
	}
	return true;
}

enum vg_rc vg_case_offset(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  int64_t *out, struct vg_err *err)
{
	int64_t ms = 0;

	if (n->type != VG_YAML_SCALAR || n->text_len == 0 || n->text_len > 64 ||
	    !parse_offset(n->text, &ms))
		return vg_yaml_fail(y, n, err,
				    "`%s` must be an offset from 0s to 732d; "
				    "write it as 90s, 10m or 1h30m",
				    n->key != NULL ? n->key : "value");
	*out = ms;
	return VG_OK;
}

void vg_case_offset_print(struct vg_buf *out, int64_t ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} unit[] = {{"d", 86400000},
		    {"h", 3600000},
		    {"m", 60000},
		    {"s", 1000},
		    {"ms", 1}};
	bool is_empty = true;

	if (ms < 0)
		vg_buf_str(out, "-");
	ms = ms < 0 ? -ms : ms;
	for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
		if (ms < unit[i].ms)
			continue;
		vg_buf_i64(out, ms / unit[i].ms);
		vg_buf_str(out, unit[i].name);
		ms %= unit[i].ms;
		is_empty = false;
	}
	if (is_empty)
		vg_buf_str(out, "0s");
}

enum vg_rc vg_case_at(const struct vg_yaml *y, const struct vg_yaml_node *n,
		      int64_t *out, struct vg_err *err)
{
	const struct vg_yaml_node *at = vg_yaml_get(n, "at");

	if (at == NULL)
		return vg_yaml_fail(y, n, err,
				    "`at` is missing; write at: 10m, from the "
				    "start of the test");
	return vg_case_offset(y, at, out, err);
}

/* Text with `{n}` replaced by the number of the repetition. */
static void put_text(struct vg_jout *j, const struct vg_yaml_node *n, size_t k)
{
	struct vg_buf b = {0};
	const char *p = n->text, *hole;

	while ((hole = strstr(p, "{n}")) != NULL) {
		vg_buf_add(&b, p, (size_t)(hole - p));
		vg_buf_i64(&b, (int64_t)k);
		p = hole + 3;
	}
	vg_buf_str(&b, p);
	vg_jout_slice(j, (struct vg_slice){b.p, (uint32_t)b.n});
	j->buf->failed |= b.failed;
	vg_buf_term(&b);
}

static void put_scalar(struct vg_jout *j, const struct vg_yaml_node *n,
		       size_t k)
{
	static const char *const words[] = {"true", "false", "null"};
	char *end = NULL;

	if (!n->quoted && is_among(n->text, words, 3)) {
		vg_jout_raw(j, n->text, n->text_len);
		return;
	}
	if (!n->quoted && n->text_len > 0 &&
	    strspn(n->text, "0123456789+-.eE") == n->text_len) {
		(void)strtod(n->text, &end);
		if (*end == '\0' && n->text[0] != '+') {
			vg_jout_raw(j, n->text, n->text_len);
			return;
		}
	}
	put_text(j, n, k);
}

static bool put_value(struct vg_jout *j, const struct vg_yaml_node *n, size_t k)
{
	bool is_map = n->type == VG_YAML_MAP;

	if (n->type == VG_YAML_SCALAR) {
		put_scalar(j, n, k);
		return true;
	}
	if (j->depth + 1 >= VG_JSON_OUT_DEPTH)
		return false;
	vg_jout_open(j, is_map ? '{' : '[');
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next) {
		if (is_map)
			vg_jout_name(j, c->key);
		if (!put_value(j, c, k))
			return false;
	}
	vg_jout_close(j, is_map ? '}' : ']');
	return true;
}

/* How an event is read, not what it is. */
static const char *const handling[] = {"at", "late", "every", "times"};

/* The members of layers `l` to the last that no layer before has. */
static bool put_layers(struct vg_jout *j, const struct vg_yaml_node *const *l,
		       size_t k)
{
	for (unsigned i = 0; i < 3; i++) {
		const struct vg_yaml_node *c =
			l[i] != NULL ? l[i]->child : NULL;

		for (; c != NULL; c = c->next) {
			bool said = i == 0 && is_among(c->key, handling, 4);

			for (unsigned before = 0; before < i; before++)
				said |= l[before] != NULL &&
					vg_yaml_get(l[before], c->key) != NULL;
			if (said)
				continue;
			vg_jout_name(j, c->key);
			if (!put_value(j, c, k))
				return false;
		}
	}
	return true;
}

static bool any_has(const struct vg_yaml_node *const *l, const char *key)
{
	for (unsigned i = 0; i < 3; i++)
		if (l[i] != NULL && vg_yaml_get(l[i], key) != NULL)
			return true;
	return false;
}

static struct line *new_line(struct writer *w)
{
	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 256 : w->cap * 2;
		struct line *line = realloc(w->line, cap * sizeof *line);

		if (line == NULL)
			return NULL;
		w->line = line;
		w->cap = cap;
	}
	w->line[w->n] = (struct line){.number = w->n};
	return &w->line[w->n++];
}

/* One line: the `k`th repetition of event layers[0], at `at_ms`. */
static bool put_line(struct writer *w, const struct vg_yaml_node *const *layers,
		     size_t k, const int64_t at_record_ms[2])
{
	struct vg_jout j = {.buf = &w->text};
	char id[32];
	struct line *line = new_line(w);

	if (line == NULL) {
		w->text.failed = true;
		return true;
	}
	line->record_ms = at_record_ms[1];
	line->at = w->text.n;
	vg_jout_open(&j, '{');
	if (!any_has(layers, "id")) {
		snprintf(id, sizeof id, "e%zu", line->number + 1);
		vg_jout_name(&j, "id");
		vg_jout_text(&j, id);
	}
	if (!any_has(layers, "sensor")) {
		vg_jout_name(&j, "sensor");
		vg_jout_text(&j, "sensor");
	}
	vg_jout_name(&j, "time");
	vg_jout_instant(&j, at_record_ms[0]);
	vg_jout_name(&j, "record_time");
	vg_jout_instant(&j, at_record_ms[1]);
	if (!put_layers(&j, layers, k))
		return false;
	vg_jout_close(&j, '}');
	vg_buf_str(&w->text, "\n");
	line->n = w->text.n - line->at;
	return true;
}

static enum vg_rc read_repeat(const struct vg_yaml *y,
			      const struct vg_yaml_node *n, struct repeat *out,
			      struct vg_err *err)
{
	const int64_t times[2] = {1, VG_CASE_EVENTS_MAX};
	const struct vg_yaml_node *late = vg_yaml_get(n, "late");
	const struct vg_yaml_node *every = vg_yaml_get(n, "every");
	const struct vg_yaml_node *count = vg_yaml_get(n, "times");
	enum vg_rc rc = vg_case_at(y, n, &out->at_ms, err);

	*out = (struct repeat){.at_ms = out->at_ms, .times = 1};
	if (rc == VG_OK && late != NULL)
		rc = vg_case_offset(y, late, &out->late_ms, err);
	if (rc == VG_OK && every != NULL)
		rc = vg_case_offset(y, every, &out->every_ms, err);
	if (rc == VG_OK && count != NULL)
		rc = vg_rule_int(y, count, times, &out->times, err);
	return rc;
}

static enum vg_rc put_event(struct writer *w, const struct vg_yaml_node *n,
			    const struct vg_yaml_node *const *defaults,
			    struct vg_err *err)
{
	const struct vg_yaml_node *layers[3] = {n, defaults[0], defaults[1]};
	const struct vg_yaml *y = w->s->y;
	struct repeat r = {0};

	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(y, n, err,
				    "an event must be a map; write {at: 5m, "
				    "partner: MA, category: fraud}");
	if (vg_yaml_get(n, "time") != NULL ||
	    vg_yaml_get(n, "record_time") != NULL)
		return vg_yaml_fail(y, n, err,
				    "an event of a test has `at` in place of "
				    "`time`, and `late` in place of "
				    "`record_time`");
	enum vg_rc rc = read_repeat(y, n, &r, err);
	for (int64_t k = 0; k < r.times && rc == VG_OK; k++) {
		int64_t at_record[2] = {w->s->start_ms + r.at_ms +
					k * r.every_ms};

		at_record[1] = at_record[0] + r.late_ms;
		if (w->n == VG_CASE_EVENTS_MAX)
			rc = vg_yaml_fail(y, n, err,
					  "more than %d events in one test",
					  (int)VG_CASE_EVENTS_MAX);
		else if (!put_line(w, layers, (size_t)k + 1, at_record))
			rc = vg_yaml_fail(y, n, err,
					  "the event is nested too deep");
	}
	return rc;
}

static int by_record(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->record_ms != y->record_ms)
		return x->record_ms < y->record_ms ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* `defaults` of a map, NULL when there are none. */
static enum vg_rc read_defaults(const struct vg_yaml *y,
				const struct vg_yaml_node *map,
				const struct vg_yaml_node **out,
				struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(map, "defaults");

	*out = n;
	if (n == NULL)
		return VG_OK;
	if (n->type != VG_YAML_MAP)
		return vg_yaml_fail(y, n, err,
				    "`defaults` must be a map of what events "
				    "have");
	for (size_t i = 0; i < 4; i++)
		if (vg_yaml_get(n, handling[i]) != NULL)
			return vg_yaml_fail(y, n, err,
					    "`%s` is an event's own: take it "
					    "out of `defaults`",
					    handling[i]);
	return VG_OK;
}

/* The lines in their order of arrival. */
static bool put_in_order(struct writer *w, struct vg_buf *out)
{
	if (w->text.failed)
		return false;
	if (w->n > 0)
		qsort(w->line, w->n, sizeof *w->line, by_record);
	for (size_t i = 0; i < w->n; i++)
		vg_buf_add(out, w->text.p + w->line[i].at, w->line[i].n);
	return !out->failed;
}

enum vg_rc vg_case_events(const struct vg_case_source *s, struct vg_buf *out,
			  size_t *n, struct vg_err *err)
{
	const struct vg_yaml_node *events = vg_yaml_get(s->test, "events");
	const struct vg_yaml_node *defaults[2];
	struct writer w = {.s = s};
	enum vg_rc rc = read_defaults(s->y, s->test, &defaults[0], err);

	if (rc == VG_OK)
		rc = read_defaults(s->y, s->file, &defaults[1], err);
	if (rc == VG_OK && (events == NULL || events->type != VG_YAML_LIST))
		rc = vg_yaml_fail(s->y, s->test, err,
				  "a test needs `events`, a list; [] is none");
	for (const struct vg_yaml_node *e = rc == VG_OK ? events->child : NULL;
	     e != NULL && rc == VG_OK; e = e->next)
		rc = put_event(&w, e, defaults, err);
	if (rc == VG_OK && !put_in_order(&w, out))
		rc = vg_err_set(err, VG_FATAL, "out of memory");
	*n = w.n;
	free(w.line);
	vg_buf_term(&w.text);
	return rc;
}
