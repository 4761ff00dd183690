#include "verify/hear.h"

#include "aggregate/cells.h"
#include "core/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOURS = 24 };

static const int64_t MINUTE = 60000, HOUR = 3600000, DAY = 86400000;
static const int64_t MOST = INT64_C(1) << 53;

struct quiet { /* the longest that ended in an hour */
	int64_t hour, ms;
};

enum kind { REST, NAME, ATTACK, KINDS };

struct voice {
	char name[96]; /* the field */
	enum kind kind;
	int64_t ends; /* of an attack: log time */
	int64_t n, first, last, run;
	struct quiet quiet[HOURS];
	unsigned n_quiet;
	int64_t day[2], skew[2]; /* newest, and the one before */
};

struct vg_hear {
	struct vg_table *index; /* field -> place in voice */
	struct voice *voice;
	size_t n, cap;
	int64_t max, keep_ms;
	int64_t full_until[KINDS]; /* none ends before this log time */
};

struct vg_hear *vg_hear_new(int64_t max, int64_t keep_ms, uint64_t seed)
{
	struct vg_hear *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->index = vg_table_new(1, seed);
	h->max = max;
	h->keep_ms = keep_ms;
	h->full_until[NAME] = h->full_until[ATTACK] = INT64_MIN;
	if (h->index == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void vg_hear_free(struct vg_hear *h)
{
	if (h == NULL)
		return;
	vg_table_free(h->index);
	free(h->voice);
	free(h);
}

static int64_t within(int64_t ms)
{
	return ms > MOST ? MOST : ms < -MOST ? -MOST : ms;
}

/* The number of the hour or day of `ms`, counted downwards before 1970. */
static int64_t number(int64_t ms, int64_t width)
{
	return ms >= 0 ? ms / width : -((-ms + width - 1) / width);
}

static bool lives(const struct vg_hear *h, const struct voice *v,
		  int64_t log_ms)
{
	if (v->kind == ATTACK)
		return v->n > 0 && within(log_ms) < v->ends;
	return v->n > 0 &&
	       (v->kind == REST || within(log_ms) - v->last < h->keep_ms);
}

static int64_t longest(const struct voice *v)
{
	int64_t ms = 0;

	for (unsigned i = 0; i < v->n_quiet; i++)
		ms = v->quiet[i].ms > ms ? v->quiet[i].ms : ms;
	return ms;
}

/* Keep the quiet, and forget those of more than a day before its hour. */
static void keep_quiet(struct voice *v, int64_t hour, int64_t ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n_quiet; i++)
		if (v->quiet[i].hour > hour - HOURS)
			v->quiet[n++] = v->quiet[i];
	v->n_quiet = n;
	if (n > 0 && v->quiet[n - 1].hour == hour) {
		if (ms > v->quiet[n - 1].ms)
			v->quiet[n - 1].ms = ms;
	} else {
		v->quiet[v->n_quiet++] = (struct quiet){hour, ms};
	}
}

static void speak_again(struct voice *v, int64_t at)
{
	int64_t quiet = at - v->last, bound = 2 * longest(v);

	if (bound < HOUR)
		bound = HOUR;
	if (quiet >= 5 * MINUTE)
		v->run = at;
	if (v->last - v->first >= DAY && quiet > bound)
		quiet = bound;
	keep_quiet(v, number(at, HOUR), quiet);
	v->last = at;
}

static void learn_skew(struct voice *v, int64_t day, int64_t skew)
{
	if (v->day[0] == 0 || day > v->day[0]) {
		v->day[1] = v->day[0];
		v->skew[1] = v->skew[0];
		v->day[0] = day;
		v->skew[0] = skew;
	} else if (day == v->day[0] && skew < v->skew[0]) {
		v->skew[0] = skew;
	}
}

static void learn(struct voice *v, const int64_t at_ms[3])
{
	int64_t at = within(at_ms[0]);

	if (v->n == 0)
		v->first = v->last = v->run = at;
	else if (at > v->last)
		speak_again(v, at);
	if (at < v->first)
		v->first = at;
	v->n++;
	learn_skew(v, number(at, DAY), at - within(at_ms[1]));
}

static struct voice *find(const struct vg_hear *h, struct vg_slice field)
{
	int64_t *at = vg_table_get(h->index, field);

	return at != NULL ? &h->voice[*at] : NULL;
}

/* Is there no place for one more of the kind at `log_ms`? */
static bool is_full(struct vg_hear *h, enum kind kind, int64_t log_ms)
{
	int64_t n = 0, next = INT64_MAX;
	int64_t max = kind == NAME ? h->max : VG_OVERLAPS_MAX;

	if (log_ms < h->full_until[kind])
		return true;
	for (size_t i = 0; i < h->n; i++) {
		const struct voice *v = &h->voice[i];

		int64_t ends = kind == NAME ? v->last + h->keep_ms : v->ends;

		if (v->kind != kind || !lives(h, v, log_ms))
			continue;
		n++;
		if (ends < next)
			next = ends;
	}
	if (n >= max)
		h->full_until[kind] = next;
	return n >= max;
}

static bool note(struct vg_hear *h, struct vg_slice field, enum kind kind,
		 const int64_t at_ms[3])
{
	int64_t *at = vg_table_at(h->index, field, NULL);
	struct voice *v = find(h, field);

	if (at == NULL)
		return false;
	if (h->n == 0 || strncmp(v->name, field.p, field.n) != 0 ||
	    v->name[field.n] != '\0') {
		if (h->n == h->cap) {
			size_t cap = h->cap ? h->cap * 2 : 64;
			struct voice *more = realloc(h->voice, cap * sizeof *v);

			if (more == NULL)
				return false;
			h->voice = more;
			h->cap = cap;
		}
		*at = (int64_t)h->n;
		v = &h->voice[h->n++];
		*v = (struct voice){.kind = kind, .ends = INT64_MAX};
		memcpy(v->name, field.p, field.n);
	}
	if (!lives(h, v, at_ms[2])) {
		struct voice anew = {.kind = kind, .ends = v->ends};

		memcpy(anew.name, v->name, sizeof anew.name);
		*v = anew;
	}
	learn(v, at_ms);
	return true;
}

/* Two hours behind the 5 min of its event's time an attack is forgotten. */
static bool note_attack(struct vg_hear *h, struct vg_slice sensor,
			const int64_t at_ms[3], uint64_t attack)
{
	const int64_t times[3] = {at_ms[1], at_ms[1], at_ms[2]};
	int64_t window = at_ms[1] / (5 * MINUTE);
	int64_t ends = (window + 25) * 5 * MINUTE;
	char field[96];
	int n;

	if (attack == 0 || at_ms[1] < 0 || window >= UINT32_MAX ||
	    at_ms[2] >= ends)
		return true;
	n = snprintf(field, sizeof field, "o:%016llx%08llx%.*s",
		     (unsigned long long)attack, (unsigned long long)window,
		     (int)sensor.n, sensor.p);
	struct vg_slice s = {.p = field, .n = (uint32_t)n};
	const struct voice *v = find(h, s);
	if ((v == NULL || !lives(h, v, at_ms[2])) &&
	    is_full(h, ATTACK, at_ms[2]))
		return note(h, vg_slice_of("o:~"), REST, times);
	if (!note(h, s, ATTACK, times))
		return false;
	find(h, s)->ends = ends;
	return true;
}

bool vg_hear_take(struct vg_hear *h, struct vg_slice sensor,
		  const int64_t at_ms[3], uint64_t attack)
{
	char name[72] = "s:";
	struct vg_slice field = {.p = name, .n = sensor.n + 2};
	const struct voice *v;

	if (sensor.n + 3 > sizeof name)
		return true;
	memcpy(name + 2, sensor.p, sensor.n);
	if (!note(h, vg_slice_of("*"), REST, at_ms) ||
	    !note_attack(h, sensor, at_ms, attack))
		return false;
	v = find(h, field);
	if ((v == NULL || !lives(h, v, at_ms[2])) && is_full(h, NAME, at_ms[2]))
		return note(h, vg_slice_of("~other"), REST, at_ms);
	return note(h, field, NAME, at_ms);
}

/* The newest is all that is kept of canaries, but how many there were. */
bool vg_hear_canary(struct vg_hear *h, int64_t record_ms, int64_t sent_ms)
{
	const int64_t at = within(record_ms);
	const int64_t at_ms[3] = {at, sent_ms, at};
	const struct vg_slice field = vg_slice_of("canary");
	const struct voice *old = find(h, field);
	struct voice was = old != NULL ? *old : (struct voice){.n = 0};

	if (was.n > 0 && at < was.last) {
		struct voice *v = find(h, field);

		v->n++;
		v->first = at < v->first ? at : v->first;
		return true;
	}
	if (!note(h, field, REST, at_ms))
		return false;
	struct voice *v = find(h, field);
	v->last = v->run = at;
	v->first = was.n > 0 && was.first < at ? was.first : at;
	v->n_quiet = 0;
	v->day[0] = number(at, DAY);
	v->skew[0] = at - within(sent_ms);
	v->day[1] = v->skew[1] = 0;
	return true;
}

static void print(const struct voice *v, struct vg_buf *out)
{
	const int64_t head[9] = {v->first,
				 v->last,
				 v->n,
				 v->run,
				 number(v->last, HOUR),
				 v->day[0],
				 v->skew[0],
				 v->day[1],
				 v->skew[1]};
	int64_t ring[HOURS] = {0};

	for (unsigned i = 0; i < v->n_quiet; i++) {
		int64_t at = v->quiet[i].hour % HOURS;

		ring[at < 0 ? at + HOURS : at] = v->quiet[i].ms;
	}
	for (size_t i = 0; i < 9; i++)
		vg_buf_printf(out, i > 0 ? ",%lld" : "%lld",
			      (long long)head[i]);
	for (size_t i = 0; i < HOURS; i++)
		vg_buf_printf(out, ",%lld", (long long)ring[i]);
}

bool vg_hear_next(const struct vg_hear *h, size_t *pos, int64_t log_ms,
		  struct vg_buf *field, struct vg_buf *text)
{
	vg_buf_reset(field);
	vg_buf_reset(text);
	while (*pos < h->n && !lives(h, &h->voice[*pos], log_ms))
		++*pos;
	if (*pos == h->n)
		return false;
	vg_buf_str(field, h->voice[*pos].name);
	print(&h->voice[*pos], text);
	++*pos;
	return true;
}
