#include "alert/silence_doc.h"

#include "alert/rules.h"
#include "alert/silence.h"
#include "core/config.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>

enum { SEVERITY_WHOLE = 6, SEVERITY_SENSOR = 4, SEVERITY_DEAF = 7 };

/* Of this kind of alert: changes when its meaning does. */
static const char rule_hash[] = "73656e736f723031";
static const char deaf_hash[] = "6465616672303031";

/* One flag gathers what cJSON says of memory. */
struct doc {
	cJSON *root;
	bool failed;
};

static void note(struct doc *d, const void *made)
{
	d->failed = d->failed || made == NULL;
}

static void text(struct doc *d, cJSON *to, const char *name, const char *value)
{
	note(d, cJSON_AddStringToObject(to, name, value));
}

static void number(struct doc *d, const char *name, int64_t value)
{
	note(d, cJSON_AddNumberToObject(d->root, name, (double)value));
}

/* Null while it is open. */
static void instant(struct doc *d, const char *name, int64_t ms)
{
	char out[VG_TIME_TEXT];

	if (ms == INT64_MAX) {
		note(d, cJSON_AddNullToObject(d->root, name));
		return;
	}
	vg_time_print_ms(out, ms);
	text(d, d->root, name, out);
}

static void put_list(struct doc *d, const char *name, const char *const *item,
		     size_t n)
{
	cJSON *list = cJSON_AddArrayToObject(d->root, name);

	note(d, list);
	for (size_t i = 0; i < n && !d->failed; i++) {
		cJSON *s = cJSON_CreateString(item[i]);

		if (s == NULL || !cJSON_AddItemToArray(list, s)) {
			cJSON_Delete(s);
			d->failed = true;
		}
	}
}

/* Name of the viewer of `slot`; NULL when there is none. */
static const char *viewer_name(const struct vg_config *cfg, unsigned slot)
{
	const struct vg_partner *p = vg_config_slot(cfg, slot);

	if (slot == VG_SLOT_COALITION)
		return "coalition";
	return p != NULL ? p->id : NULL;
}

static void put_viewers(struct doc *d, const struct vg_config *cfg,
			uint64_t viewers)
{
	const char *name[64];
	struct vg_buf class_name = {0};
	size_t n = 0;

	for (unsigned slot = 0; slot <= VG_SLOT_COALITION; slot++)
		if ((viewers >> slot & 1) != 0 &&
		    viewer_name(cfg, slot) != NULL)
			name[n++] = viewer_name(cfg, slot);
	vg_silent_class(&class_name, cfg, viewers);
	d->failed = d->failed || class_name.failed;
	text(d, d->root, "class", class_name.p != NULL ? class_name.p : "");
	put_list(d, "viewers", name, n);
	vg_buf_term(&class_name);
}

const char *vg_silent_rule(const struct vg_silent *a)
{
	return a->partner != NULL ? VG_SILENCE_RULE : VG_DEAD_RULE;
}

void vg_silent_class(struct vg_buf *out, const struct vg_config *cfg,
		     uint64_t viewers)
{
	for (unsigned slot = 0; slot <= VG_SLOT_COALITION; slot++) {
		const char *name = viewer_name(cfg, slot);

		if ((viewers >> slot & 1) == 0 || name == NULL)
			continue;
		if (out->n > 0)
			vg_buf_str(out, "+");
		vg_buf_str(out, name);
	}
}

static void put_group(struct doc *d, const struct vg_silent *a)
{
	cJSON *group = cJSON_AddObjectToObject(d->root, "group");

	note(d, group);
	if (group == NULL)
		return;
	if (a->partner == NULL) {
		text(d, group, "receiver", a->sensor);
		return;
	}
	text(d, group, "partner", a->partner->id);
	if (a->sensor[0] != '\0')
		text(d, group, "sensor", a->sensor);
}

static void put_head(struct doc *d, const struct vg_silent *a,
		     const struct vg_config *cfg)
{
	bool whole = a->sensor[0] == '\0', deaf = a->partner == NULL;
	char fingerprint[VG_FINGERPRINT];

	(void)snprintf(fingerprint, sizeof fingerprint, "%.*s",
		       VG_FINGERPRINT - 1, a->id);
	text(d, d->root, "id", a->id);
	text(d, d->root, "fingerprint", fingerprint);
	text(d, d->root, "rule", vg_silent_rule(a));
	text(d, d->root, "rule_hash", deaf ? deaf_hash : rule_hash);
	text(d, d->root, "title",
	     deaf    ? "A receiver could not be told"
	     : whole ? "A partner is silent"
		     : "A sensor is silent");
	number(d, "severity",
	       deaf    ? SEVERITY_DEAF
	       : whole ? SEVERITY_WHOLE
		       : SEVERITY_SENSOR);
	put_viewers(d, cfg, a->viewers);
	put_group(d, a);
	instant(d, "start", a->start_ms);
	instant(d, "end", a->end_ms);
}

static void put_rest(struct doc *d, const struct vg_silent *a)
{
	bool deaf = a->partner == NULL;
	const char *const country[1] = {deaf ? "" : a->partner->country};
	const char *const partner[1] = {deaf ? "" : a->partner->id};
	bool whole = a->sensor[0] == '\0';

	number(d, "peak", 1);
	instant(d, "peak_at", a->start_ms);
	text(d, d->root, "marking",
	     vg_tlp_name(whole ? VG_TLP_AMBER : VG_TLP_STRICT));
	note(d, cJSON_AddObjectToObject(d->root, "values"));
	put_list(d, "countries", country, !deaf);
	put_list(d, "partners", partner, !deaf);
	put_list(d, "first_seen", NULL, 0);
	put_list(d, "without", NULL, 0);
	number(d, "window_ms", 0);
	number(d, "resolve_after_ms", 0);
	number(d, "revision", 0);
	/* What it is of one sensor tells of single records: its owner's. */
	if (!whole && !deaf)
		number(d, "expected_quiet_ms", a->expected_ms);
	instant(d, "detected_at", a->detected_ms);
	instant(d, "updated_at", a->updated_ms);
}

static enum vg_rc finish(struct doc *d, struct vg_buf *out, struct vg_err *err)
{
	char *printed = d->failed ? NULL : cJSON_PrintUnformatted(d->root);

	if (printed != NULL)
		vg_buf_str(out, printed);
	d->failed = printed == NULL || out->failed;
	cJSON_free(printed);
	cJSON_Delete(d->root);
	return d->failed ? vg_err_set(err, VG_FATAL, "alert: out of memory")
			 : VG_OK;
}

enum vg_rc vg_silent_doc(struct vg_buf *out, const struct vg_silent *a,
			 const struct vg_config *cfg, struct vg_err *err)
{
	struct doc d = {.root = cJSON_CreateObject()};

	note(&d, d.root);
	if (!d.failed) {
		put_head(&d, a, cfg);
		put_rest(&d, a);
	}
	return finish(&d, out, err);
}

enum vg_rc vg_silent_history(struct vg_buf *out, const struct vg_silent *a,
			     const char *change, struct vg_err *err)
{
	struct doc d = {.root = cJSON_CreateObject()};

	note(&d, d.root);
	if (!d.failed) {
		text(&d, d.root, "change", change);
		instant(&d, "at", a->updated_ms);
		instant(&d, "start", a->start_ms);
		instant(&d, "end", a->end_ms);
	}
	return finish(&d, out, err);
}

static const char *text_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

static bool time_of(const cJSON *o, const char *name, int64_t *out)
{
	return vg_time_parse(vg_slice_of(text_of(o, name)), out);
}

static uint64_t viewers_of(const cJSON *root, const struct vg_config *cfg)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "viewers");
	const cJSON *o = NULL;
	uint64_t viewers = 0;

	cJSON_ArrayForEach(o, list)
	{
		int slot = cJSON_IsString(o)
				   ? vg_config_viewer(
					     cfg, vg_slice_of(o->valuestring))
				   : -1;

		if (slot < 0) /* nobody's any more: it is written again */
			return 0;
		viewers |= (uint64_t)1 << slot;
	}
	return viewers;
}

static bool read_root(struct vg_silent *out, const cJSON *root,
		      const struct vg_config *cfg)
{
	const cJSON *group = cJSON_GetObjectItemCaseSensitive(root, "group");
	const cJSON *expected =
		cJSON_GetObjectItemCaseSensitive(root, "expected_quiet_ms");
	struct vg_silent a = {.end_ms = INT64_MAX};

	bool deaf = strcmp(text_of(root, "rule"), VG_DEAD_RULE) == 0;
	const char *name = text_of(group, deaf ? "receiver" : "sensor");

	if ((!deaf && strcmp(text_of(root, "rule"), VG_SILENCE_RULE) != 0) ||
	    !cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(root, "end")) ||
	    strlen(text_of(root, "id")) >= sizeof a.id ||
	    strlen(name) >= sizeof a.sensor ||
	    !time_of(root, "start", &a.start_ms) ||
	    !time_of(root, "detected_at", &a.detected_ms) ||
	    !time_of(root, "updated_at", &a.updated_ms))
		return false;
	if (!deaf)
		a.partner = vg_config_partner(
			cfg, vg_slice_of(text_of(group, "partner")));
	(void)snprintf(a.id, sizeof a.id, "%s", text_of(root, "id"));
	(void)snprintf(a.sensor, sizeof a.sensor, "%s", name);
	a.expected_ms =
		cJSON_IsNumber(expected) ? (int64_t)expected->valuedouble : 0;
	a.viewers = viewers_of(root, cfg);
	*out = a;
	return deaf || a.partner != NULL;
}

bool vg_silent_read(struct vg_silent *out, struct vg_slice text,
		    const struct vg_config *cfg)
{
	cJSON *root = cJSON_ParseWithLength(text.p, text.n);
	bool ok = root != NULL && read_root(out, root, cfg);

	cJSON_Delete(root);
	return ok;
}
