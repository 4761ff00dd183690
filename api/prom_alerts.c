/*
 * Alerts in the words of Prometheus (/api/v1/rules, alerts) and of its
 * Alertmanager (/api/v2), to be read. Only what fires now is told; of rules,
 * those alone of which the viewer sees such an alert: the others may speak of
 * what it may not know.
 */
#include "alert/doc_labels.h"
#include "api/alert_out.h"
#include "api/omitted.h"
#include "api/prom.h"
#include "api/prom_routes.h"
#include "api/sensor_out.h"
#include "api/tree.h"
#include "api/viewer.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>

enum { OPEN_END_MS = 300000 };

static void add_time(cJSON *to, const char *name, int64_t ms)
{
	char text[VG_TIME_TEXT];

	vg_time_print_ms(text, ms);
	(void)cJSON_AddStringToObject(to, name, text);
}

/* Labels and annotations of `alert` as a new object; its document goes to
 * *doc, to be freed after it. NULL when memory is out. */
static cJSON *open_alert(const struct vg_book_alert *alert, const char *viewer,
			 cJSON **doc)
{
	cJSON *one = cJSON_CreateObject();

	*doc = cJSON_ParseWithLength(alert->json, alert->json_len);
	if (one == NULL || !cJSON_IsObject(*doc)) {
		cJSON_Delete(*doc);
		cJSON_Delete(one);
		*doc = NULL;
		return NULL;
	}
	vg_doc_labels(one, *doc, viewer);
	vg_doc_notes(one, *doc);
	return one;
}

static cJSON *as_prometheus(const struct vg_book_alert *alert,
			    const char *viewer, int64_t now_ms)
{
	const cJSON *peak;
	char number[32];
	cJSON *doc, *one = open_alert(alert, viewer, &doc);

	(void)now_ms;
	if (one == NULL)
		return NULL;
	peak = cJSON_GetObjectItemCaseSensitive(doc, "peak");
	vg_prom_number(number, cJSON_IsNumber(peak) ? peak->valuedouble : 1);
	(void)cJSON_AddStringToObject(one, "state", "firing");
	add_time(one, "activeAt", alert->start_ms);
	(void)cJSON_AddStringToObject(one, "value", number);
	cJSON_Delete(doc);
	return one;
}

static cJSON *as_alertmanager(const struct vg_book_alert *alert,
			      const char *viewer, int64_t now_ms)
{
	cJSON *doc, *one = open_alert(alert, viewer, &doc), *status, *receiver;
	const char *updated;

	if (one == NULL)
		return NULL;
	updated = vg_tree_text(doc, "updated_at");
	add_time(one, "startsAt", alert->start_ms);
	add_time(one, "endsAt",
		 alert->end_ms == INT64_MAX ? now_ms + OPEN_END_MS
					    : alert->end_ms);
	if (updated[0] != '\0')
		(void)cJSON_AddStringToObject(one, "updatedAt", updated);
	else
		add_time(one, "updatedAt", alert->start_ms);
	(void)cJSON_AddStringToObject(one, "fingerprint", alert->fingerprint);
	(void)cJSON_AddStringToObject(one, "generatorURL", "");
	status = cJSON_AddObjectToObject(one, "status");
	(void)cJSON_AddStringToObject(status, "state", "active");
	(void)cJSON_AddArrayToObject(status, "silencedBy");
	(void)cJSON_AddArrayToObject(status, "inhibitedBy");
	receiver = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(receiver, "name", "vigie");
	(void)cJSON_AddItemToArray(cJSON_AddArrayToObject(one, "receivers"),
				   receiver);
	cJSON_Delete(doc);
	return one;
}

/* What the caller wants of the alerts. */
struct wanted {
	cJSON *(*form)(const struct vg_book_alert *alert, const char *viewer,
		       int64_t now_ms);
	const struct vg_pq_tree *filter; /* each holds */
	size_t n_filters;
};

static bool passes(const cJSON *one, const struct wanted *w)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(one, "labels");
	bool limit = false, ok = true;

	for (size_t i = 0; ok && i < w->n_filters; i++) {
		const struct vg_pq_node *n = w->filter[i].root;

		for (unsigned k = 0; ok && k < n->n_matchers; k++) {
			char name[64];

			(void)snprintf(name, sizeof name, "%.*s",
				       n->matcher[k].name.n < sizeof name
					       ? (int)n->matcher[k].name.n
					       : 0,
				       n->matcher[k].name.p);
			ok = vg_pq_matches(
				&n->matcher[k],
				vg_slice_of(vg_tree_text(labels, name)),
				&limit);
		}
	}
	return ok && !limit;
}

/* The alerts that fire and that the viewer may see, newest first; *omitted
 * counts those past the limit. */
static cJSON *gather(struct vg_prom *p, const struct wanted *w,
		     int64_t *omitted)
{
	const char *viewer = vg_viewer_name(p->s->env->cfg, p->r->viewer);
	cJSON *list = cJSON_CreateArray();
	int written = 0;

	*omitted = 0;
	vg_book_read_lock(p->s->book);
	for (size_t i = 0; i < vg_book_count(p->s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(p->s->book, i);
		cJSON *one;

		if (!vg_alert_is_listed(alert, false) ||
		    !vg_alert_sees(alert, viewer) ||
		    vg_alert_state(alert, p->r->now_ms) != VG_ALERT_FIRING)
			continue;
		one = w->form(alert, viewer, p->r->now_ms);
		if (one == NULL || !passes(one, w)) {
			cJSON_Delete(one);
		} else if (written == VG_PROM_ALERTS_MAX ||
			   !cJSON_AddItemToArray(list, one)) {
			cJSON_Delete(one);
			++*omitted;
		} else {
			written++;
		}
	}
	vg_book_unlock(p->s->book);
	return list;
}

/* Write `doc` as the next value, and free it. */
static void write_tree(struct vg_jout *j, cJSON *doc)
{
	vg_tree_write(j, doc);
	cJSON_Delete(doc);
}

/* Prometheus' own place to say so, and the header. */
static void close_cut(struct vg_prom *p, struct vg_jout *j, int64_t omitted)
{
	char text[64];

	(void)snprintf(text, sizeof text, "%lld more alerts fire",
		       (long long)omitted);
	vg_prom_close(p, j, omitted > 0 ? text : NULL);
	vg_omitted_header(p->a, omitted);
}

void vg_get_prom_alerts(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a)
{
	const struct wanted all = {.form = as_prometheus};
	int64_t omitted;
	struct vg_prom p;
	struct vg_jout j;

	vg_prom_start(&p, s, r, a);
	j = vg_prom_open(&p);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "alerts");
	write_tree(&j, gather(&p, &all, &omitted));
	vg_jout_close(&j, '}');
	close_cut(&p, &j, omitted);
	vg_prom_end(&p);
}

/* A rule of that name in `rules`, made when it is not there yet. */
static cJSON *rule_at(cJSON *rules, const cJSON *alert, int64_t now_ms)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(alert, "labels");
	const char *name = vg_tree_text(labels, "alertname");
	char query[512];
	cJSON *one;

	cJSON_ArrayForEach(one, rules)
	{
		if (strcmp(vg_tree_text(one, "name"), name) == 0)
			return one;
	}
	one = cJSON_CreateObject();
	(void)snprintf(query, sizeof query,
		       "vigie_alerts_firing{rule=\"%.400s\"} > 0", name);
	(void)cJSON_AddStringToObject(one, "state", "firing");
	(void)cJSON_AddStringToObject(one, "name", name);
	(void)cJSON_AddStringToObject(one, "query", query);
	(void)cJSON_AddNumberToObject(one, "duration", 0);
	(void)cJSON_AddStringToObject(cJSON_AddObjectToObject(one, "labels"),
				      "severity",
				      vg_tree_text(labels, "severity"));
	(void)cJSON_AddStringToObject(
		cJSON_AddObjectToObject(one, "annotations"), "summary",
		vg_tree_text(
			cJSON_GetObjectItemCaseSensitive(alert, "annotations"),
			"summary"));
	(void)cJSON_AddArrayToObject(one, "alerts");
	(void)cJSON_AddStringToObject(one, "health", "ok");
	(void)cJSON_AddNumberToObject(one, "evaluationTime", 0);
	add_time(one, "lastEvaluation", now_ms);
	(void)cJSON_AddStringToObject(one, "type", "alerting");
	if (!cJSON_AddItemToArray(rules, one)) {
		cJSON_Delete(one);
		return NULL;
	}
	return one;
}

static void add_group(cJSON *groups, cJSON *rules, int64_t now_ms)
{
	cJSON *group = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(group, "name", "vigie");
	(void)cJSON_AddStringToObject(group, "file", "vigie");
	(void)cJSON_AddItemToObject(group, "rules", rules);
	(void)cJSON_AddNumberToObject(group, "interval", 1);
	(void)cJSON_AddNumberToObject(group, "evaluationTime", 0);
	(void)cJSON_AddNumberToObject(group, "limit", 0);
	add_time(group, "lastEvaluation", now_ms);
	if (!cJSON_AddItemToArray(groups, group))
		cJSON_Delete(group);
}

void vg_get_prom_rules(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	const struct wanted all = {.form = as_prometheus};
	struct vg_slice type = {.n = 0};
	cJSON *alerts, *one, *groups, *rules;
	int64_t omitted;
	struct vg_prom p;
	struct vg_jout j;

	(void)vg_request_param(r, "type", &type);
	vg_prom_start(&p, s, r, a);
	alerts = gather(&p, &all, &omitted);
	groups = cJSON_CreateArray();
	rules = cJSON_CreateArray();
	while ((one = cJSON_DetachItemFromArray(alerts, 0)) != NULL) {
		cJSON *rule = rule_at(rules, one, r->now_ms);

		if (rule == NULL ||
		    !cJSON_AddItemToArray(
			    cJSON_GetObjectItemCaseSensitive(rule, "alerts"),
			    one))
			cJSON_Delete(one);
	}
	if (cJSON_GetArraySize(rules) > 0 &&
	    !vg_slice_eq(type, vg_slice_of("record")))
		add_group(groups, rules, r->now_ms);
	else
		cJSON_Delete(rules);
	j = vg_prom_open(&p);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "groups");
	write_tree(&j, groups);
	vg_jout_close(&j, '}');
	close_cut(&p, &j, omitted);
	cJSON_Delete(alerts);
	vg_prom_end(&p);
}

/* Alertmanager's errors are a JSON string alone. */
static void am_fail(struct vg_answer *a, const char *text)
{
	struct vg_jout j = vg_answer_json(a, 400);

	vg_jout_text(&j, text);
}

enum { FILTERS_MAX = 8 };

/* name="value" as the inside of a selector's braces; amtool leaves the quotes
 * out. */
static void write_filter(struct vg_buf *b, struct vg_slice in)
{
	uint32_t at = 0;

	while (at < in.n && in.p[at] != '=' && in.p[at] != '!')
		at++;
	while (at < in.n && strchr("=!~", in.p[at]) != NULL)
		at++;
	/* A name stands first, so that label="" is a filter too. */
	vg_buf_str(b, "vigie{");
	vg_buf_add(b, in.p, at);
	if (at < in.n && in.p[at] == '"') {
		vg_buf_add(b, in.p + at, in.n - at);
	} else {
		vg_buf_str(b, "\"");
		vg_label_text(b, (struct vg_slice){in.p + at, in.n - at});
		vg_buf_str(b, "\"");
	}
	vg_buf_str(b, "}");
}

/* Parse every filter. */
static bool read_filters(struct vg_prom *p, struct vg_pq_tree *tree,
			 struct vg_buf *text, size_t *n)
{
	const struct vg_request *r = p->r;
	struct vg_err err = {.rc = VG_OK};

	for (unsigned i = 0; i < r->n_params; i++) {
		struct vg_slice in = r->param[i].value;
		struct vg_buf *b = &text[*n];

		if (!vg_slice_eq(r->param[i].name, vg_slice_of("filter")))
			continue;
		if (*n == FILTERS_MAX) {
			am_fail(p->a, "too many filters");
			return false;
		}
		write_filter(b, in);
		if (b->failed) {
			p->a->body.failed = true;
			return false;
		}
		err.rc = vg_pq_parse_selector(
			&tree[(*n)++], (struct vg_slice){b->p, (uint32_t)b->n},
			&err);
		if (err.rc != VG_OK) {
			am_fail(p->a, err.text);
			return false;
		}
	}
	return true;
}

static bool is_false(const struct vg_request *r, const char *name)
{
	struct vg_slice v;

	return vg_request_param(r, name, &v) &&
	       vg_slice_eq(v, vg_slice_of("false"));
}

/* One group for each rule. */
static cJSON *to_groups(cJSON *alerts)
{
	cJSON *groups = cJSON_CreateArray(), *one, *group;

	while ((one = cJSON_DetachItemFromArray(alerts, 0)) != NULL) {
		const char *name = vg_tree_text(
			cJSON_GetObjectItemCaseSensitive(one, "labels"),
			"alertname");
		cJSON *found = NULL;

		cJSON_ArrayForEach(group, groups)
		{
			const cJSON *labels = cJSON_GetObjectItemCaseSensitive(
				group, "labels");

			if (strcmp(vg_tree_text(labels, "alertname"), name) ==
			    0)
				found = group;
		}
		if (found == NULL) {
			found = cJSON_CreateObject();
			(void)cJSON_AddStringToObject(
				cJSON_AddObjectToObject(found, "labels"),
				"alertname", name);
			(void)cJSON_AddStringToObject(
				cJSON_AddObjectToObject(found, "receiver"),
				"name", "vigie");
			(void)cJSON_AddArrayToObject(found, "alerts");
			(void)cJSON_AddItemToArray(groups, found);
		}
		(void)cJSON_AddItemToArray(
			cJSON_GetObjectItemCaseSensitive(found, "alerts"), one);
	}
	cJSON_Delete(alerts);
	return groups;
}

static void am_list(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a, bool grouped)
{
	struct vg_pq_tree tree[FILTERS_MAX] = {{.root = NULL}};
	struct vg_buf text[FILTERS_MAX] = {{.n = 0}};
	struct wanted w = {.form = as_alertmanager, .filter = tree};
	int64_t omitted = 0;
	struct vg_prom p;
	struct vg_jout j;

	vg_prom_start(&p, s, r, a);
	if (read_filters(&p, tree, text, &w.n_filters)) {
		cJSON *list;

		/* The name that was put first is no filter. */
		for (size_t i = 0; i < w.n_filters; i++) {
			tree[i].root->matcher++;
			tree[i].root->n_matchers--;
		}
		list = is_false(r, "active") ? cJSON_CreateArray()
					     : gather(&p, &w, &omitted);
		j = vg_answer_json(a, 200);
		vg_omitted_header(a, omitted);
		write_tree(&j, grouped ? to_groups(list) : list);
	}
	for (size_t i = 0; i < FILTERS_MAX; i++) {
		vg_pq_tree_term(&tree[i]);
		vg_buf_term(&text[i]);
	}
	vg_prom_end(&p);
}

void vg_get_am_alerts(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a)
{
	am_list(s, r, a, false);
}

void vg_get_am_groups(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a)
{
	am_list(s, r, a, true);
}
