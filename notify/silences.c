/*
 * The silences in Redis: a hash, id -> {"viewer", "match": {name: value or
 * list}, "from", "to", "author", "reason"}.
 */
#include "core/timefmt.h"
#include "notify/mute.h"
#include "notify/notifier_private.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { SILENCES_MAX = 10000 };

void vg_silences_forget(struct vg_notifier *n)
{
	for (size_t i = 0; i < n->n_silence; i++) {
		vg_silence_term(n->silence[i].silence);
		free(n->silence[i].silence);
	}
	free(n->silence);
	n->silence = NULL;
	n->n_silence = 0;
}

static const char *text_of(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static bool take_time(const cJSON *o, const char *name, int64_t *out)
{
	const char *s = text_of(o, name);

	return s != NULL && vg_time_parse(vg_slice_of(s), out);
}

static bool take_condition(const cJSON *c, struct vg_matchers *to)
{
	struct vg_matcher *m = vg_matchers_add(to, c->string);
	const cJSON *one;

	if (m == NULL)
		return false;
	if (cJSON_IsString(c))
		return vg_matcher_value(m, vg_slice_of(c->valuestring));
	if (!cJSON_IsArray(c))
		return false;
	cJSON_ArrayForEach(one, c)
	{
		if (!cJSON_IsString(one) ||
		    !vg_matcher_value(m, vg_slice_of(one->valuestring)))
			return false;
	}
	return true;
}

/* One that cannot be read mutes nothing. */
static bool read_one(const cJSON *o, struct vg_silence *to)
{
	const cJSON *match = cJSON_GetObjectItemCaseSensitive(o, "match");
	const cJSON *c;

	if (!cJSON_IsObject(match) || match->child == NULL ||
	    !take_time(o, "from", &to->from_ms) ||
	    !take_time(o, "to", &to->to_ms))
		return false;
	cJSON_ArrayForEach(c, match)
	{
		if (!take_condition(c, &to->on))
			return false;
	}
	return true;
}

static enum vg_rc take(void *ctx, struct vg_slice name, struct vg_slice value,
		       struct vg_err *err)
{
	struct vg_notifier *n = ctx;
	cJSON *o = cJSON_ParseWithLength(value.p, value.n);
	const char *viewer = text_of(o, "viewer");
	struct vg_silence *s = calloc(1, sizeof *s);
	struct vg_kept_silence *p =
		realloc(n->silence, (n->n_silence + 1) * sizeof *p);

	(void)name;
	if (p != NULL)
		n->silence = p;
	if (s == NULL || p == NULL) {
		free(s);
		cJSON_Delete(o);
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	}
	if (viewer == NULL || n->n_silence == SILENCES_MAX || !read_one(o, s)) {
		vg_silence_term(s);
		free(s);
	} else {
		struct vg_kept_silence *k = &p[n->n_silence++];

		k->silence = s;
		snprintf(k->viewer, sizeof k->viewer, "%s", viewer);
	}
	cJSON_Delete(o);
	return VG_OK;
}

enum vg_rc vg_silences_read(struct vg_notifier *n, struct vg_store *store,
			    struct vg_err *err)
{
	const struct vg_field_taker to = {.take = take, .ctx = n};

	vg_silences_forget(n);
	return vg_hold_each(store, VG_KEY_SILENCES, &to, err);
}

bool vg_silences_act(const struct vg_notifier *n, const char *viewer,
		     const struct vg_labels *l, int64_t at_ms)
{
	for (size_t i = 0; i < n->n_silence; i++)
		if (strcmp(n->silence[i].viewer, viewer) == 0 &&
		    vg_silence_acts(n->silence[i].silence, l, at_ms))
			return true;
	return false;
}
