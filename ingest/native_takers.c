#include "ingest/native_more.h"
#include "ingest/native_paths.h"

#include <assert.h>

bool vg_path_slot(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	assert(row->slot >= 0 && row->slot < VG_SLOTS);
	if (w->slot[row->slot] == VG_ABSENT)
		w->slot[row->slot] = tok;
	return true;
}

bool vg_path_field(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	vg_native_field(&w->r, row->name, tok);
	return true;
}

/* Do `add` with the text of each element, the first one being the field. */
static bool each_text(struct vg_walk *w, const struct vg_path *row,
		      uint32_t tok,
		      void (*add)(struct vg_walk *w, const struct vg_path *row,
				  struct vg_slice text))
{
	const struct vg_json_tok *t = vg_tok(&w->r, tok);
	uint32_t n = t->type == VG_JSON_ARRAY ? t->count : 1;
	uint32_t i = t->type == VG_JSON_ARRAY ? tok + 1 : tok;

	for (uint32_t c = 0; c < n; c++) {
		struct vg_slice text;

		if (vg_native_text(&w->r, i, &text))
			add(w, row, text);
		i = vg_tok(&w->r, i)->next;
	}
	return true;
}

static void add_ip(struct vg_walk *w, const struct vg_path *row,
		   struct vg_slice text)
{
	(void)row;
	(void)vg_native_ip(&w->r, text);
}

static void add_source(struct vg_walk *w, const struct vg_path *row,
		       struct vg_slice text)
{
	(void)row;
	vg_native_source(&w->r, text);
}

static void add_target(struct vg_walk *w, const struct vg_path *row,
		       struct vg_slice text)
{
	(void)row;
	vg_native_target(&w->r, text);
}

static void add_domain(struct vg_walk *w, const struct vg_path *row,
		       struct vg_slice text)
{
	vg_native_indicator(&w->r, VG_INDICATOR_DOMAIN, text);
	if (row->name != NULL)
		vg_native_field_text(&w->r, row->name, text);
}

static void add_url(struct vg_walk *w, const struct vg_path *row,
		    struct vg_slice text)
{
	(void)row; /* the indicator has it, without user and password */
	vg_native_indicator(&w->r, VG_INDICATOR_URL, text);
}

static void add_hash(struct vg_walk *w, const struct vg_path *row,
		     struct vg_slice text)
{
	(void)row;
	vg_native_hash(&w->r, text);
}

static void add_email(struct vg_walk *w, const struct vg_path *row,
		      struct vg_slice text)
{
	(void)row;
	vg_native_indicator(&w->r, VG_INDICATOR_EMAIL, text);
}

static void add_technique(struct vg_walk *w, const struct vg_path *row,
			  struct vg_slice text)
{
	(void)row;
	vg_native_technique(&w->r, text);
}

static void add_tlp(struct vg_walk *w, const struct vg_path *row,
		    struct vg_slice text)
{
	(void)row;
	vg_native_strictest(&w->r, text);
}

bool vg_path_ip(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_ip);
}

bool vg_path_source(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_source);
}

bool vg_path_target(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_target);
}

bool vg_path_domain(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_domain);
}

bool vg_path_url(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_url);
}

bool vg_path_hash(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_hash);
}

bool vg_path_email(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_email);
}

bool vg_path_technique(struct vg_walk *w, const struct vg_path *row,
		       uint32_t tok)
{
	return each_text(w, row, tok, add_technique);
}

bool vg_path_tlp(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	return each_text(w, row, tok, add_tlp);
}

bool vg_path_actor(struct vg_walk *w, const struct vg_path *row, uint32_t tok)
{
	const struct vg_json_tok *t = vg_tok(&w->r, tok);
	uint32_t n = t->type == VG_JSON_ARRAY ? t->count : 1;
	uint32_t i = t->type == VG_JSON_ARRAY ? tok + 1 : tok;

	for (uint32_t c = 0; c < n; c++) {
		if (!vg_native_actor(&w->r, row->path, i, -1))
			return false;
		i = vg_tok(&w->r, i)->next;
	}
	return true;
}

bool vg_path_source_country(struct vg_walk *w, const struct vg_path *row,
			    uint32_t tok)
{
	struct vg_slice text;

	(void)row;
	if (w->r.e->source_country.n == 0 && vg_native_text(&w->r, tok, &text))
		vg_native_source_country(&w->r, vg_native_country_code(text));
	return true;
}
