/*
 * timeline_cli - one conformance vector with a `timeline` a line on standard
 * input; a line {"name", "pass", "got"} each on standard output.
 *
 * A vector of a form or with a setting that is not known here does not pass:
 * its line says so in "error".
 */
#include "notify/life.h"
#include "notify/mute.h"
#include "notify/pace.h"
#include "notify/stream.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 512, NAMES = 64 };

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "timeline_cli: %s\n", why);
	exit(2);
}

/* Members and numbers ----------------------------------------------------- */

static const cJSON *get(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static int64_t ms_of(const cJSON *v)
{
	return (int64_t)llround(v->valuedouble * 1000);
}

static int64_t ms_at(const cJSON *o, const char *name, int64_t otherwise)
{
	const cJSON *v = get(o, name);

	return cJSON_IsNumber(v) ? ms_of(v) : otherwise;
}

static cJSON *seconds(int64_t ms)
{
	return cJSON_CreateNumber((double)ms / 1000);
}

/* The settings at an instant: those of the vector, then each config step. */
static cJSON *config_at(const cJSON *v, int64_t at_ms)
{
	cJSON *out = cJSON_Duplicate(get(v, "config"), true);
	const cJSON *step, *one;

	if (out == NULL)
		out = cJSON_CreateObject();
	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		if (get(step, "config") == NULL || ms_at(step, "at", 0) > at_ms)
			continue;
		cJSON_ArrayForEach(one, get(step, "config"))
		{
			cJSON_DeleteItemFromObjectCaseSensitive(out,
								one->string);
			cJSON_AddItemToObject(out, one->string,
					      cJSON_Duplicate(one, true));
		}
	}
	return out;
}

/* Labels and conditions --------------------------------------------------- */

static void text_of(const cJSON *v, char out[256])
{
	if (cJSON_IsString(v))
		snprintf(out, 256, "%s", v->valuestring);
	else if (cJSON_IsNumber(v))
		snprintf(out, 256, "%.15g", v->valuedouble);
	else if (cJSON_IsBool(v))
		snprintf(out, 256, "%s", cJSON_IsTrue(v) ? "true" : "false");
	else
		out[0] = '\0';
}

static void read_labels(const cJSON *o, struct vg_labels *out)
{
	const cJSON *v, *one;
	char text[256];

	cJSON_ArrayForEach(v, o)
	{
		if (!cJSON_IsArray(v)) {
			text_of(v, text);
			if (!vg_labels_add(out, vg_slice_of(v->string),
					   vg_slice_of(text)))
				die("labels");
			continue;
		}
		cJSON_ArrayForEach(one, v)
		{
			text_of(one, text);
			if (!vg_labels_add(out, vg_slice_of(v->string),
					   vg_slice_of(text)))
				die("labels");
		}
	}
}

static void read_matchers(const cJSON *o, struct vg_matchers *out)
{
	const cJSON *v, *one;
	char text[256];

	cJSON_ArrayForEach(v, o)
	{
		struct vg_matcher *m = vg_matchers_add(out, v->string);

		if (m == NULL)
			die("matchers");
		if (!cJSON_IsArray(v)) {
			text_of(v, text);
			if (!vg_matcher_value(m, vg_slice_of(text)))
				die("matchers");
			continue;
		}
		cJSON_ArrayForEach(one, v)
		{
			text_of(one, text);
			if (!vg_matcher_value(m, vg_slice_of(text)))
				die("matchers");
		}
	}
}

/* Comparing: arrays are sets, numbers have three digits. */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *canon(const cJSON *v);

static char *canon_many(const cJSON *v)
{
	char *part[MOST] = {NULL};
	struct vg_buf b = {0};
	const cJSON *one;
	size_t n = 0;

	cJSON_ArrayForEach(one, v)
	{
		char *text = canon(one);
		struct vg_buf pair = {0};

		if (n == MOST)
			die("too many values");
		vg_buf_printf(&pair, "%s:%s",
			      cJSON_IsObject(v) ? one->string : "", text);
		free(text);
		part[n++] = pair.p;
	}
	qsort(part, n, sizeof part[0], by_text);
	vg_buf_str(&b, "(");
	for (size_t i = 0; i < n; i++) {
		vg_buf_printf(&b, "%s,", part[i]);
		free(part[i]);
	}
	vg_buf_str(&b, ")");
	return b.p;
}

static char *canon(const cJSON *v)
{
	struct vg_buf b = {0};

	if (cJSON_IsArray(v) || cJSON_IsObject(v))
		return canon_many(v);
	if (cJSON_IsNumber(v)) {
		vg_buf_printf(&b, "%.3f", v->valuedouble + 0.0);
		return b.p;
	}
	char *text = cJSON_PrintUnformatted(v);
	vg_buf_str(&b, text);
	cJSON_free(text);
	return b.p;
}

static bool is_same(const cJSON *a, const cJSON *b)
{
	char *x = canon(a), *y = canon(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* state -------------------------------------------------------------------- */

static const char *state_of(const cJSON *v, const char *group, int64_t at_ms)
{
	struct vg_life_span span[MOST];
	cJSON *c = config_at(v, at_ms);
	const struct vg_life_rule rule = {
		.for_ms = ms_at(c, "for", 0),
		.keep_firing_ms = ms_at(c, "keep_firing", 0),
		.resolve_after_ms = ms_at(c, "resolve_after", 0)};
	const cJSON *step;
	size_t n = 0;

	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		const cJSON *set = get(get(step, "set"), group);
		int64_t t_ms = ms_at(step, "at", 0);

		if (set == NULL || t_ms > at_ms || n + 1 >= MOST)
			continue;
		n = vg_life_set(span, n, cJSON_IsTrue(set), t_ms);
	}
	cJSON_Delete(c);
	return vg_life_name(vg_life_at(&rule, span, n, at_ms));
}

static cJSON *run_state(const cJSON *v)
{
	cJSON *got = cJSON_CreateArray();
	const cJSON *want, *group;

	cJSON_ArrayForEach(want, get(v, "expect"))
	{
		cJSON *o = cJSON_CreateObject(), *states;
		int64_t at_ms = ms_at(want, "at", 0);

		cJSON_AddItemToObject(o, "at", seconds(at_ms));
		states = cJSON_AddObjectToObject(o, "state");
		cJSON_ArrayForEach(group, get(want, "state"))
			cJSON_AddStringToObject(
				states, group->string,
				state_of(v, group->string, at_ms));
		cJSON_AddItemToArray(got, o);
	}
	return got;
}

/* decide ------------------------------------------------------------------- */

static struct vg_tempo tempo_of(const cJSON *c)
{
	return (struct vg_tempo){
		.group_wait_ms = ms_at(c, "group_wait", 0),
		.group_interval_ms = ms_at(c, "group_interval", 1000),
		.repeat_interval_ms = ms_at(c, "repeat_interval", 0),
		.send_resolved = cJSON_IsTrue(get(c, "send_resolved"))};
}

static void read_ids(const cJSON *list, struct vg_ids *out)
{
	const cJSON *one;
	char text[256];

	cJSON_ArrayForEach(one, list)
	{
		text_of(one, text);
		if (!vg_ids_add(out, vg_slice_of(text)))
			die("ids");
	}
}

static struct vg_told read_told(const cJSON *sets, int64_t at_ms)
{
	struct vg_told t = {.any = cJSON_IsObject(sets), .at_ms = at_ms};

	read_ids(get(sets, "firing"), &t.firing);
	read_ids(get(sets, "resolved"), &t.resolved);
	return t;
}

static cJSON *run_decide(const cJSON *v)
{
	const struct vg_tempo tempo = tempo_of(get(v, "config"));
	cJSON *got = cJSON_CreateArray();
	struct vg_told last = {0};
	const cJSON *step;

	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		int64_t at_ms = ms_at(step, "at", 0);

		if (get(step, "notified") != NULL) {
			vg_told_term(&last);
			last = read_told(get(step, "notified"), at_ms);
		}
		if (get(step, "current") == NULL)
			continue;
		struct vg_told now = read_told(get(step, "current"), at_ms);
		cJSON *o = cJSON_CreateObject();
		cJSON_AddBoolToObject(o, "notify",
				      vg_told_decide(&tempo, &last, &now));
		cJSON_AddItemToArray(got, o);
		vg_told_term(&now);
	}
	vg_told_term(&last);
	return got;
}

/* notify and mute ---------------------------------------------------------- */

struct alert {
	const cJSON *json;
	struct vg_labels labels;
	int64_t start_ms, end_ms;
};

struct world {
	struct alert alert[MOST];
	size_t n;
	struct vg_silence silence[NAMES];
	size_t n_silence;
	struct vg_inhibit inhibit[NAMES];
	size_t n_inhibit;
	struct vg_stream stream[MOST];
	char *key[MOST];
	size_t n_stream;
};

static void read_inhibit(const cJSON *c, struct world *w)
{
	const cJSON *one, *name;

	cJSON_ArrayForEach(one, get(c, "inhibit"))
	{
		struct vg_inhibit *r = &w->inhibit[w->n_inhibit++];

		if (w->n_inhibit == NAMES)
			die("too many inhibitions");
		read_matchers(get(one, "source"), &r->source);
		read_matchers(get(one, "target"), &r->target);
		cJSON_ArrayForEach(
			name,
			get(one,
			    "equal")) if (!vg_inhibit_equal(r,
							    name->valuestring))
			die("inhibit");
	}
}

static bool is_inhibited(const struct world *w, const struct vg_labels *l,
			 int64_t at_ms)
{
	for (size_t r = 0; r < w->n_inhibit; r++)
		for (size_t i = 0; i < w->n; i++)
			if (w->alert[i].end_ms > at_ms &&
			    vg_inhibit_acts(&w->inhibit[r], l,
					    &w->alert[i].labels))
				return true;
	return false;
}

static bool is_muted(const struct world *w, const struct vg_labels *l,
		     int64_t at_ms)
{
	for (size_t i = 0; i < w->n_silence; i++)
		if (vg_silence_acts(&w->silence[i], l, at_ms))
			return true;
	return is_inhibited(w, l, at_ms);
}

static bool muted(void *ctx, const struct vg_stream_alert *a, int64_t at_ms)
{
	return is_muted(ctx, a->labels, at_ms);
}

/* The alert with these labels, made when new. */
static struct alert *alert_of(struct world *w, const cJSON *json)
{
	struct alert *a = &w->alert[w->n];

	if (w->n + 1 == MOST)
		die("too many alerts");
	read_labels(json, &a->labels);
	for (size_t i = 0; i < w->n; i++)
		if (vg_labels_equal(&w->alert[i].labels, &a->labels)) {
			vg_labels_term(&a->labels);
			return &w->alert[i];
		}
	a->json = json;
	w->n++;
	return a;
}

static struct vg_stream *stream_of(struct world *w, const cJSON *c,
				   const struct vg_labels *l)
{
	struct vg_buf key = {0};
	const cJSON *name;

	vg_buf_str(&key, "");
	cJSON_ArrayForEach(name, get(c, "group_by"))
	{
		vg_labels_value(l, name->valuestring, &key);
		vg_buf_str(&key, "\x1f");
	}
	for (size_t i = 0; i < w->n_stream; i++)
		if (strcmp(w->key[i], key.p) == 0) {
			vg_buf_term(&key);
			return &w->stream[i];
		}
	if (w->n_stream == MOST)
		die("too many streams");
	w->key[w->n_stream] = key.p;
	return &w->stream[w->n_stream++];
}

static void take_alert(struct world *w, const cJSON *c, const cJSON *step)
{
	const struct vg_tempo tempo = tempo_of(c);
	struct alert *a = alert_of(w, get(step, "alert"));
	int64_t at_ms = ms_at(step, "at", 0);
	const int64_t start_end_ms[2] = {ms_at(step, "start", at_ms),
					 ms_at(step, "end", INT64_MAX)};
	char id[32];

	a->start_ms = start_end_ms[0];
	a->end_ms = start_end_ms[1];
	snprintf(id, sizeof id, "%td", a - w->alert);
	struct vg_stream_alert *in = vg_stream_put(
		stream_of(w, c, &a->labels), id, start_end_ms, &tempo, at_ms);
	if (in == NULL)
		die("stream");
	in->labels = &a->labels;
	in->ref = a->json;
}

static void take_silence(struct world *w, const cJSON *step)
{
	struct vg_silence *s = &w->silence[w->n_silence++];
	const cJSON *name = get(step, "name");

	if (w->n_silence == NAMES)
		die("too many silences");
	read_matchers(get(step, "silence"), &s->on);
	s->from_ms = ms_at(step, "from", ms_at(step, "at", 0));
	s->to_ms = ms_at(step, "to", INT64_MAX);
	s->id = strdup(cJSON_IsString(name) ? name->valuestring : "");
}

/* An end without a name ends all. */
static void end_silence(struct world *w, const cJSON *step)
{
	const cJSON *what = get(step, "unsilence");
	const char *name = cJSON_IsString(what)
				   ? what->valuestring
				   : cJSON_GetStringValue(get(step, "name"));
	int64_t at_ms = ms_at(step, "at", 0);

	for (size_t i = 0; i < w->n_silence; i++)
		if ((name == NULL || strcmp(w->silence[i].id, name) == 0) &&
		    w->silence[i].to_ms > at_ms)
			w->silence[i].to_ms = at_ms;
}

static void take_step(struct world *w, const cJSON *c, const cJSON *step)
{
	if (get(step, "alert") != NULL)
		take_alert(w, c, step);
	if (get(step, "silence") != NULL)
		take_silence(w, step);
	if (get(step, "unsilence") != NULL)
		end_silence(w, step);
}

static void tell(const struct vg_stream *s, int64_t at_ms, cJSON *got)
{
	cJSON *o = cJSON_CreateObject(), *list;

	cJSON_AddItemToObject(o, "at", seconds(at_ms));
	list = cJSON_AddArrayToObject(o, "alerts");
	for (size_t i = 0; i < s->n; i++) {
		const struct vg_stream_alert *a = &s->alert[i];
		cJSON *one = cJSON_CreateObject();

		if (!a->listed) {
			cJSON_Delete(one);
			continue;
		}
		cJSON_AddItemToObject(one, "alert",
				      cJSON_Duplicate(a->ref, true));
		cJSON_AddItemToObject(one, "start", seconds(a->start_ms));
		cJSON_AddItemToObject(one, "end",
				      a->end_ms > at_ms ? cJSON_CreateNull()
							: seconds(a->end_ms));
		cJSON_AddItemToArray(list, one);
	}
	cJSON_AddItemToArray(got, o);
}

/* All flushes that are due before `at_ms`, the earliest first. */
static void flush_before(struct world *w, const cJSON *c, int64_t at_ms,
			 cJSON *got)
{
	const struct vg_muter muter = {.muted = muted, .ctx = w};
	const struct vg_tempo tempo = tempo_of(c);

	for (;;) {
		struct vg_stream *first = NULL;

		for (size_t i = 0; i < w->n_stream; i++)
			if (first == NULL ||
			    w->stream[i].next_ms < first->next_ms)
				first = &w->stream[i];
		if (first == NULL || first->next_ms >= at_ms)
			return;
		int64_t due_ms = first->next_ms;
		enum vg_flush f =
			vg_stream_flush(first, &tempo, &muter, due_ms);
		if (f == VG_FLUSH_FAILED)
			die("flush");
		if (f == VG_FLUSH_NOTIFY)
			tell(first, due_ms, got);
		vg_stream_leave(first, due_ms);
	}
}

static void end_world(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		vg_labels_term(&w->alert[i].labels);
	for (size_t i = 0; i < w->n_silence; i++)
		vg_silence_term(&w->silence[i]);
	for (size_t i = 0; i < w->n_inhibit; i++)
		vg_inhibit_term(&w->inhibit[i]);
	for (size_t i = 0; i < w->n_stream; i++) {
		vg_stream_term(&w->stream[i]);
		free(w->key[i]);
	}
	free(w);
}

static struct world *new_world(const cJSON *c)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL)
		die("out of memory");
	read_inhibit(c, w);
	return w;
}

static cJSON *run_notify(const cJSON *v)
{
	cJSON *got = cJSON_CreateArray();
	const cJSON *c = get(v, "config"), *step;
	struct world *w = new_world(c);
	int64_t last_ms = 0;

	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		last_ms = ms_at(step, "at", last_ms);
		flush_before(w, c, last_ms, got);
		take_step(w, c, step);
	}
	flush_before(w, c, ms_at(v, "until", last_ms) + 1, got);
	end_world(w);
	return got;
}

static cJSON *run_mute(const cJSON *v)
{
	cJSON *got = cJSON_CreateArray();
	const cJSON *c = get(v, "config"), *step, *want;

	cJSON_ArrayForEach(want, get(v, "expect"))
	{
		struct world *w = new_world(c);
		int64_t at_ms = ms_at(want, "at", INT64_MAX - 1), last_ms = 0;
		struct vg_labels l = {0};
		cJSON *o = cJSON_Duplicate(want, true);

		cJSON_ArrayForEach(step, get(v, "timeline"))
		{
			if (ms_at(step, "at", 0) > at_ms)
				continue;
			last_ms = ms_at(step, "at", last_ms);
			take_step(w, c, step);
		}
		read_labels(get(want, "alert"), &l);
		cJSON_DeleteItemFromObjectCaseSensitive(o, "muted");
		cJSON_AddBoolToObject(
			o, "muted",
			is_muted(w, &l, ms_at(want, "at", last_ms)));
		cJSON_AddItemToArray(got, o);
		vg_labels_term(&l);
		end_world(w);
	}
	return got;
}

/* realert and digest ------------------------------------------------------- */

static cJSON *run_realert(const cJSON *v)
{
	cJSON *got = cJSON_CreateArray();
	const cJSON *c = get(v, "config"), *step;
	const struct vg_realert r = {.base_ms = ms_at(c, "realert", 60000),
				     .max_ms = ms_at(c, "max", 0)};
	struct vg_realert_state s = {0};

	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		const cJSON *e = get(step, "exponent");
		cJSON *o = cJSON_CreateObject();

		s.silent_until_ms =
			ms_at(step, "silent_until", s.silent_until_ms);
		if (cJSON_IsNumber(e))
			s.exponent = (unsigned)e->valueint;
		vg_realert_next(&r, &s, ms_at(step, "at", 0));
		cJSON_AddNumberToObject(o, "exponent", s.exponent);
		cJSON_AddItemToObject(o, "silent_until",
				      seconds(s.silent_until_ms));
		cJSON_AddItemToArray(got, o);
	}
	return got;
}

/* The values of digest_key (a name or several) in a match, as one text. */
static char *digest_key(const cJSON *c, const cJSON *match)
{
	const cJSON *names = get(c, "digest_key"), *name;
	struct vg_buf b = {0};
	char text[256];

	vg_buf_str(&b, "");
	if (cJSON_IsString(names)) {
		text_of(get(match, names->valuestring), text);
		vg_buf_str(&b, text);
	}
	if (cJSON_IsArray(names))
		cJSON_ArrayForEach(name, names)
		{
			text_of(get(match, name->valuestring), text);
			vg_buf_printf(&b, "%s\x1f", text);
		}
	return b.p;
}

static cJSON *run_digest(const cJSON *v)
{
	cJSON *got = cJSON_CreateArray(), *open[MOST] = {NULL};
	const cJSON *c = get(v, "config"), *step;
	int64_t opened_ms[MOST], digest_ms = ms_at(c, "digest", 0);
	char *key[MOST];
	size_t n = 0;

	cJSON_ArrayForEach(step, get(v, "timeline"))
	{
		int64_t at_ms = ms_at(step, "at", 0);
		char *k = digest_key(c, get(step, "match"));
		size_t i = n;

		while (i-- > 0)
			if (strcmp(key[i], k) == 0)
				break;
		if (i == (size_t)-1 ||
		    !vg_digest_takes(opened_ms[i], digest_ms, at_ms)) {
			cJSON *o = cJSON_CreateObject();

			if (n == MOST)
				die("too many digests");
			i = n++;
			key[i] = k;
			k = NULL;
			opened_ms[i] = at_ms;
			open[i] = cJSON_AddArrayToObject(o, "digest");
			cJSON_AddItemToArray(got, o);
		}
		cJSON_AddItemToArray(open[i], seconds(at_ms));
		free(k);
	}
	while (n > 0)
		free(key[--n]);
	return got;
}

static const struct form {
	const char *name;
	cJSON *(*run)(const cJSON *v);
} forms[] = {{"state", run_state},     {"decide", run_decide},
	     {"mute", run_mute},       {"notify", run_notify},
	     {"realert", run_realert}, {"digest", run_digest}};

static void run_line(const char *text)
{
	cJSON *v = cJSON_Parse(text), *o = cJSON_CreateObject(), *got = NULL;
	const char *form = cJSON_GetStringValue(get(v, "form"));
	const char *name = cJSON_GetStringValue(get(v, "name"));

	for (size_t i = 0; form != NULL && i < sizeof forms / sizeof *forms;
	     i++)
		if (strcmp(forms[i].name, form) == 0)
			got = forms[i].run(v);
	cJSON_AddStringToObject(o, "name", name != NULL ? name : "");
	cJSON_AddBoolToObject(o, "pass",
			      got != NULL && is_same(got, get(v, "expect")));
	if (got != NULL)
		cJSON_AddItemToObject(o, "got", got);
	else
		cJSON_AddStringToObject(o, "error", "no such form");
	char *out = cJSON_PrintUnformatted(o);
	puts(out);
	fflush(stdout);
	cJSON_free(out);
	cJSON_Delete(o);
	cJSON_Delete(v);
}

int main(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] != '\0')
			run_line(line);
	}
	free(line);
	return EXIT_SUCCESS;
}
