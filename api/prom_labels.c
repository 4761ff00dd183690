/* What there is: labels, their values, series, metadata, and /federate. */
#include "api/prom.h"
#include "api/prom_routes.h"
#include "api/sensor_out.h"

#include <assert.h>
#include <stdlib.h>

enum { RANGE_DEFAULT_MS = 86400000, RANGE_MIN_MS = 60000, NAMES_MAX = 100000 };

/* Texts, to be sorted, each once. */
struct names {
	struct vg_slice *at;
	size_t n, cap;
	bool failed;
};

static void add_name(struct names *l, struct vg_arena *arena, struct vg_slice s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? 2 * l->cap : 64;
		struct vg_slice *grown = realloc(l->at, cap * sizeof *grown);

		if (grown == NULL || l->n >= NAMES_MAX) {
			l->at = grown != NULL ? grown : l->at;
			l->failed = true;
			return;
		}
		l->at = grown;
		l->cap = cap;
	}
	s.p = vg_arena_copy(arena, s.p, s.n);
	l->failed |= s.p == NULL;
	if (s.p != NULL)
		l->at[l->n++] = s;
}

/* The words of "a b c". */
static void add_words(struct names *l, struct vg_arena *arena, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (n > 0)
			add_name(l, arena,
				 (struct vg_slice){text, (uint32_t)n});
		text += n + (text[n] == ' ');
	}
}

/* Answer with the names in order. */
static void write_names(struct vg_prom *p, struct names *l, size_t limit,
			const char *warning)
{
	struct vg_jout j = vg_prom_open(p);
	size_t written = 0;

	if (l->n > 1)
		qsort(l->at, l->n, sizeof *l->at, vg_slice_order);
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0 && vg_slice_eq(l->at[i], l->at[i - 1]))
			continue;
		if (limit > 0 && written == limit) {
			warning = "results truncated due to limit";
			break;
		}
		vg_jout_slice(&j, l->at[i]);
		written++;
	}
	vg_jout_close(&j, ']');
	vg_prom_close(p, &j, warning);
	if (l->failed)
		p->a->body.failed = true;
}

/* The span that is asked about: its end, and how long it is. */
static bool read_span(const struct vg_request *r, struct vg_answer *a,
		      int64_t *end, int64_t *length)
{
	struct vg_slice v;
	int64_t start;

	*end = r->now_ms;
	if (!vg_prom_time(r, a, "end", end))
		return false;
	if (*end > r->now_ms + VG_PQ_AHEAD_MS) /* clients send "for ever" */
		*end = r->now_ms;
	start = *end - RANGE_DEFAULT_MS;
	if (vg_request_param(r, "start", &v) &&
	    !vg_prom_time(r, a, "start", &start))
		return false;
	if (start < 0)
		start = *end - RANGE_DEFAULT_MS;
	*length = *end - start > RANGE_MIN_MS ? *end - start : RANGE_MIN_MS;
	return true;
}

/* What one selector has of `metric` over a span that ends at `end`: its series,
 * or with `label` one series for each of its values. */
static enum vg_rc over_span(struct vg_prom *p, const struct vg_pq_node *sel,
			    const struct vg_pq_metric *metric,
			    const struct vg_slice *label, const int64_t span[2],
			    struct vg_pq_result *out)
{
	struct vg_pq_matcher matcher[VG_PQ_MATCHERS_MAX + 1];
	struct vg_pq_node node = {.kind = VG_PQ_SELECT}, call, group;
	struct vg_pq_tree tree = {.root = &call};
	struct vg_pq_eval e = {
		.source = &p->source,
		.arena = &p->arena,
		.times = {.first_ms = span[0], .step_ms = 1, .n = 1},
		.now_ms = p->r->now_ms};
	struct vg_err err = {.rc = VG_OK};

	if (sel != NULL)
		node = *sel;
	for (unsigned i = 0; i < node.n_matchers; i++)
		matcher[i] = node.matcher[i];
	matcher[node.n_matchers] =
		(struct vg_pq_matcher){.name = vg_slice_of("__name__"),
				       .value = vg_slice_of(metric->name)};
	node.matcher = matcher;
	node.n_matchers++;
	node.type = VG_PQ_MATRIX;
	node.range_ms = span[1];
	call = (struct vg_pq_node){.kind = VG_PQ_CALL,
				   .type = VG_PQ_VECTOR,
				   .func = metric->is_counter
						   ? VG_PQ_INCREASE
						   : VG_PQ_MAX_OVER_TIME,
				   .left = &node};
	group = (struct vg_pq_node){.kind = VG_PQ_GROUP,
				    .type = VG_PQ_VECTOR,
				    .fold = VG_PQ_MAX,
				    .left = &call,
				    .n_labels = 1};
	if (label != NULL) {
		group.label[0] = *label;
		tree.root = &group;
	}
	err.rc = vg_pq_run(&e, &tree, out, &err);
	if (err.rc != VG_OK && err.rc != VG_INVAL)
		(void)vg_prom_fault(p, "", &err);
	return err.rc;
}

/* True when `sel` may be of `metric`, by what it says of names; NULL is of any.
 */
static bool is_of(const struct vg_pq_node *sel,
		  const struct vg_pq_metric *metric)
{
	bool limit = false;

	for (unsigned i = 0; sel != NULL && i < sel->n_matchers; i++)
		if (vg_slice_eq(sel->matcher[i].name,
				vg_slice_of("__name__")) &&
		    !vg_pq_matches(&sel->matcher[i], vg_slice_of(metric->name),
				   &limit))
			return false;
	return true;
}

/* Something to do with a selector and each metric it may be of. False when it
 * has answered with an error. */
struct visit {
	struct vg_prom *p;
	struct names names;
	struct vg_slice label;
	int64_t span[2]; /* end, length */
	const char *warning;
	struct vg_jout j; /* of series */
	bool (*metric)(struct visit *v, const struct vg_pq_node *sel,
		       const struct vg_pq_metric *m);
};

static bool each_metric(struct visit *v, const struct vg_pq_node *sel)
{
	for (size_t m = 0; m < v->p->source.n_metrics; m++)
		if (is_of(sel, &v->p->source.metric[m]) &&
		    !v->metric(v, sel, &v->p->source.metric[m]))
			return false;
	return true;
}

/* Visit every match[]; *n is how many there are. */
static bool each_match(struct visit *v, unsigned *n)
{
	const struct vg_request *r = v->p->r;
	struct vg_err err = {.rc = VG_OK};
	bool ok = true;

	*n = 0;
	for (unsigned i = 0; ok && i < r->n_params; i++) {
		struct vg_pq_tree tree;

		if (!vg_slice_eq(r->param[i].name, vg_slice_of("match[]")))
			continue;
		(*n)++;
		err.rc = vg_pq_parse_selector(&tree, r->param[i].value, &err);
		ok = err.rc == VG_OK
			     ? each_metric(v, tree.root)
			     : vg_prom_fault(
				       v->p,
				       "invalid parameter \"match[]\": ", &err);
		vg_pq_tree_term(&tree);
	}
	return ok;
}

static bool need_match(struct visit *v)
{
	unsigned n;

	if (!each_match(v, &n))
		return false;
	return n > 0 || vg_prom_fail(v->p->a, 400, "bad_data",
				     "no match[] parameter provided");
}

/* Without match[] everything is asked about. */
static bool any_match(struct visit *v)
{
	unsigned n;

	return each_match(v, &n) && (n > 0 || each_metric(v, NULL));
}

/* Labels that the selector's series have, or can be asked to have. */
static bool visit_labels(struct visit *v, const struct vg_pq_node *sel,
			 const struct vg_pq_metric *m)
{
	struct vg_slice named[VG_PQ_MATCHERS_MAX];
	struct vg_buf more = {.n = 0};
	unsigned n = 0;

	add_words(&v->names, &v->p->arena, "__name__");
	for (unsigned i = 0; sel != NULL && i < sel->n_matchers; i++)
		if (!vg_slice_eq(sel->matcher[i].name, vg_slice_of("__name__")))
			named[n++] = sel->matcher[i].name;
	if (m->is_counter)
		vg_prom_more_labels(named, n, &more);
	else
		vg_buf_str(&more, m->labels);
	if (more.p != NULL)
		add_words(&v->names, &v->p->arena, more.p);
	vg_buf_term(&more);
	return true;
}

void vg_get_prom_labels(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a)
{
	struct vg_prom p;
	struct visit v = {.p = &p, .metric = visit_labels};
	size_t limit;

	if (!vg_prom_limit(r, a, &limit))
		return;
	vg_prom_start(&p, s, r, a);
	if (any_match(&v))
		write_names(&p, &v.names, limit, NULL);
	free(v.names.at);
	vg_prom_end(&p);
}

static bool has_word(const char *text, struct vg_slice word)
{
	for (; *text != '\0'; text += strcspn(text, " ")) {
		text += strspn(text, " ");
		if (strcspn(text, " ") == word.n &&
		    memcmp(text, word.p, word.n) == 0)
			return true;
	}
	return false;
}

static bool visit_values(struct visit *v, const struct vg_pq_node *sel,
			 const struct vg_pq_metric *m)
{
	struct vg_pq_result res = {.scalar = NULL};
	enum vg_rc rc;

	if (vg_slice_eq(v->label, vg_slice_of("__name__"))) {
		add_words(&v->names, &v->p->arena, m->name);
		return true;
	}
	if (!has_word(m->labels, v->label))
		return true;
	rc = over_span(v->p, sel, m, &v->label, v->span, &res);
	if (rc == VG_INVAL)
		v->warning = "no counter is kept by these labels together";
	for (size_t i = 0; rc == VG_OK && i < res.set.n; i++) {
		struct vg_slice value =
			vg_pq_label_of(&res.set.series[i], v->label);

		if (value.n > 0)
			add_name(&v->names, &v->p->arena, value);
	}
	return rc == VG_OK || rc == VG_INVAL;
}

static bool is_label(struct vg_slice s)
{
	for (uint32_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '_' && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return s.n > 0;
}

void vg_get_prom_values(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a)
{
	struct vg_prom p;
	struct visit v = {.p = &p, .label = r->id, .metric = visit_values};
	size_t limit;

	if (!is_label(r->id)) {
		(void)vg_prom_fail(a, 400, "bad_data",
				   "invalid label name: \"%.*s\"",
				   r->id.n < 64 ? (int)r->id.n : 64, r->id.p);
		return;
	}
	if (!vg_prom_limit(r, a, &limit) ||
	    !read_span(r, a, &v.span[0], &v.span[1]))
		return;
	vg_prom_start(&p, s, r, a);
	if (any_match(&v))
		write_names(&p, &v.names, limit, v.warning);
	free(v.names.at);
	vg_prom_end(&p);
}

static bool visit_series(struct visit *v, const struct vg_pq_node *sel,
			 const struct vg_pq_metric *m)
{
	struct vg_pq_result res = {.scalar = NULL};
	enum vg_rc rc = over_span(v->p, sel, m, NULL, v->span, &res);

	if (rc == VG_INVAL)
		v->warning = "no counter is kept by these labels together";
	for (size_t i = 0; rc == VG_OK && i < res.set.n; i++) {
		const struct vg_pq_series *s = &res.set.series[i];

		vg_jout_open(&v->j, '{');
		vg_jout_name(&v->j, "__name__");
		vg_jout_text(&v->j, m->name);
		for (unsigned k = 0; k < s->n_labels; k++) {
			vg_jout_name_slice(&v->j, s->label[k].name);
			vg_jout_slice(&v->j, s->label[k].value);
		}
		vg_jout_close(&v->j, '}');
	}
	return rc == VG_OK || rc == VG_INVAL;
}

void vg_get_prom_series(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a)
{
	struct vg_buf list = {.n = 0};
	struct vg_prom p;
	struct visit v = {.p = &p, .metric = visit_series, .j = {.buf = &list}};

	if (!read_span(r, a, &v.span[0], &v.span[1]))
		return;
	vg_prom_start(&p, s, r, a);
	vg_jout_open(&v.j, '[');
	if (need_match(&v)) {
		struct vg_jout j = vg_prom_open(&p);

		vg_jout_close(&v.j, ']');
		vg_jout_raw(&j, list.p, list.n);
		vg_prom_close(&p, &j, v.warning);
		a->body.failed |= list.failed;
	}
	vg_buf_term(&list);
	vg_prom_end(&p);
}

static void write_sample(struct vg_buf *b, const char *name,
			 const struct vg_pq_series *s)
{
	char number[32];
	unsigned n = 0;

	vg_buf_str(b, name);
	for (unsigned k = 0; k < s->n_labels; k++) {
		if (vg_slice_eq(s->label[k].name, vg_slice_of("__name__")))
			continue;
		vg_buf_str(b, n++ > 0 ? "," : "{");
		vg_buf_add(b, s->label[k].name.p, s->label[k].name.n);
		vg_buf_str(b, "=\"");
		vg_label_text(b, s->label[k].value);
		vg_buf_str(b, "\"");
	}
	vg_prom_number(number, s->v[0]);
	vg_buf_printf(b, "%s %s\n", n > 0 ? "}" : "", number);
}

static bool visit_federate(struct visit *v, const struct vg_pq_node *sel,
			   const struct vg_pq_metric *m)
{
	struct vg_pq_matcher matcher[VG_PQ_MATCHERS_MAX + 1];
	struct vg_pq_node node = *sel;
	struct vg_pq_tree tree = {.root = &node};
	struct vg_pq_eval e = {
		.source = &v->p->source,
		.arena = &v->p->arena,
		.times = {.first_ms = v->p->r->now_ms, .step_ms = 1, .n = 1},
		.now_ms = v->p->r->now_ms};
	struct vg_pq_result res;
	struct vg_err err = {.rc = VG_OK};

	for (unsigned i = 0; i < sel->n_matchers; i++)
		matcher[i] = sel->matcher[i];
	matcher[node.n_matchers++] = (struct vg_pq_matcher){
		.name = vg_slice_of("__name__"), .value = vg_slice_of(m->name)};
	node.matcher = matcher;
	err.rc = vg_pq_run(&e, &tree, &res, &err);
	if (err.rc != VG_OK)
		return vg_prom_fault(v->p, "", &err);
	if (res.set.n > 0)
		vg_buf_printf(&v->p->a->body, "# TYPE %s %s\n", m->name,
			      m->is_counter ? "counter" : "gauge");
	for (size_t i = 0; i < res.set.n; i++)
		write_sample(&v->p->a->body, m->name, &res.set.series[i]);
	return true;
}

void vg_get_prom_federate(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a)
{
	struct vg_prom p;
	struct visit v = {.p = &p, .metric = visit_federate};

	vg_prom_start(&p, s, r, a);
	if (need_match(&v)) {
		a->status = 200;
		a->content_type = "text/plain; version=0.0.4; charset=utf-8";
	}
	vg_prom_end(&p);
}

void vg_get_prom_metadata(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a)
{
	struct vg_slice only = {.n = 0};
	struct vg_prom p;
	struct vg_jout j;
	size_t limit, n = 0;

	if (!vg_prom_limit(r, a, &limit))
		return;
	(void)vg_request_param(r, "metric", &only);
	vg_prom_start(&p, s, r, a);
	j = vg_prom_open(&p);
	vg_jout_open(&j, '{');
	for (size_t m = 0; m < p.source.n_metrics; m++) {
		const struct vg_pq_metric *metric = &p.source.metric[m];

		if ((only.n > 0 &&
		     !vg_slice_eq(only, vg_slice_of(metric->name))) ||
		    (limit > 0 && n == limit))
			continue;
		n++;
		vg_jout_name(&j, metric->name);
		vg_jout_open(&j, '[');
		vg_jout_open(&j, '{');
		vg_jout_name(&j, "type");
		vg_jout_text(&j, metric->is_counter ? "counter" : "gauge");
		vg_jout_name(&j, "help");
		vg_jout_text(&j, metric->help);
		vg_jout_name(&j, "unit");
		vg_jout_text(&j, "");
		vg_jout_close(&j, '}');
		vg_jout_close(&j, ']');
	}
	vg_jout_close(&j, '}');
	vg_prom_close(&p, &j, NULL);
	vg_prom_end(&p);
}
