#include "api/precision.h"

#include "api/alert_out.h"
#include "api/people_out.h"

#include <stdio.h>
#include <stdlib.h>

/* One verdict on a rule, in a country; "" stands for the rule as a whole. */
struct judged {
	char *rule;
	char country[8];
	char verdict;
};

struct vg_precision {
	struct judged *j; /* by rule, country */
	size_t n, cap;
	bool failed;
};

static int order(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;
	int c = strcmp(x->rule, y->rule);

	return c != 0 ? c : strcmp(x->country, y->country);
}

static void add(struct vg_precision *p, const char *rule, const char *country,
		char verdict)
{
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
		struct judged *bigger = realloc(p->j, cap * sizeof *bigger);

		p->failed = p->failed || bigger == NULL;
		if (bigger == NULL)
			return;
		p->j = bigger;
		p->cap = cap;
	}
	struct judged *one = &p->j[p->n];

	*one = (struct judged){.rule = strdup(rule), .verdict = verdict};
	(void)snprintf(one->country, sizeof one->country, "%s", country);
	p->failed = p->failed || one->rule == NULL;
	p->n += one->rule != NULL;
}

static void judge(struct vg_precision *p, const struct vg_service *s,
		  const struct vg_book_alert *alert)
{
	struct vg_people_ids ids;
	const struct vg_word *w;

	vg_people_ids(&ids, s->people, s->book, alert);
	w = vg_people_word(s->people, &ids, VG_ACT_VERDICT);
	if (w == NULL)
		return;
	add(p, alert->rule, "", w->verdict);
	for (size_t i = 0; i < alert->n_country; i++)
		add(p, alert->rule, alert->country[i].code, w->verdict);
}

struct vg_precision *vg_precision_new(const struct vg_service *s,
				      const char *viewer)
{
	struct vg_precision *p = calloc(1, sizeof *p);

	if (p == NULL || vg_people_at(s->people, 0) == NULL)
		return p; /* nobody said anything */
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (alert->merged_into == NULL && !alert->withdrawn &&
		    vg_alert_sees(alert, viewer))
			judge(p, s, alert);
	}
	if (p->n > 0)
		qsort(p->j, p->n, sizeof *p->j, order);
	if (!p->failed)
		return p;
	vg_precision_free(p);
	return NULL;
}

void vg_precision_free(struct vg_precision *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->j[i].rule);
	free(p->j);
	free(p);
}

/* Write the tallies of the run of equal (rule, country) from `i` on as
 * members; returns its end. */
static size_t write_run(struct vg_jout *j, const struct vg_precision *p,
			size_t i, const char *rule, const char *country)
{
	static const char *const names[] = {"true", "false", "known"};
	int64_t n[3] = {0};
	char share[24];

	for (; i < p->n && strcmp(p->j[i].rule, rule) == 0 &&
	       strcmp(p->j[i].country, country) == 0;
	     i++)
		n[p->j[i].verdict == 't'   ? 0
		  : p->j[i].verdict == 'f' ? 1
					   : 2]++;
	for (size_t k = 0; k < 3; k++) {
		vg_jout_name(j, names[k]);
		vg_jout_i64(j, n[k]);
	}
	vg_jout_name(j, "share");
	if (n[0] + n[1] + n[2] == 0) {
		vg_jout_null(j);
	} else {
		int len = snprintf(share, sizeof share, "%.6g",
				   (double)n[0] / (double)(n[0] + n[1] + n[2]));
		vg_jout_raw(j, share, (size_t)len);
	}
	return i;
}

static size_t first_of(const struct vg_precision *p, const char *rule)
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(p->j[mid].rule, rule) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void vg_precision_write(struct vg_jout *j, const struct vg_precision *p,
			const char *rule)
{
	size_t i = first_of(p, rule);

	vg_jout_open(j, '{');
	i = write_run(j, p, i, rule, "");
	vg_jout_name(j, "countries");
	vg_jout_open(j, '{');
	while (i < p->n && strcmp(p->j[i].rule, rule) == 0) {
		const char *country = p->j[i].country;

		vg_jout_name(j, country);
		vg_jout_open(j, '{');
		i = write_run(j, p, i, rule, country);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, '}');
	vg_jout_close(j, '}');
}
