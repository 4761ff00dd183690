/*
 * STIX of one alert, and TAXII 2.1 over all that the asker may see, which is
 * its one collection. Objects are made when they are asked for; one is added
 * when its alert was last written, so that a client that asks for what was
 * added since reads each change.
 */
#include "api/alert_seen.h"
#include "api/params.h"
#include "api/stix.h"
#include "api/stix_routes.h"
#include "api/taxii_entries.h"
#include "api/tree.h"
#include "api/viewer.h"
#include "core/hash.h"
#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>

#define TAXII "application/taxii+json;version=2.1"
#define STIX  "application/stix+json;version=2.1"

enum { PAGE_MAX = 1000 };

void vg_get_stix(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a)
{
	const struct vg_book_alert *alert;
	cJSON *list = cJSON_CreateArray();
	char id[VG_STIX_ID], name[64];
	bool ok = false;
	struct vg_jout j;

	if (!vg_alert_seen(s, r, a))
		goto out;
	vg_book_read_lock(s->book);
	alert = vg_book_find(s->book, r->id);
	if (alert != NULL)
		ok = vg_stix_alert(list, alert,
				   vg_taxii_is_confirmed(s, alert));
	vg_book_unlock(s->book);
	if (!ok) {
		(void)vg_alert_unseen(r, a);
		goto out;
	}
	(void)snprintf(name, sizeof name, "%.*s", (int)r->id.n, r->id.p);
	vg_stix_id(id, "bundle", name);
	j = vg_answer_json(a, 200);
	a->content_type = STIX;
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "type");
	vg_jout_text(&j, "bundle");
	vg_jout_name(&j, "id");
	vg_jout_text(&j, id);
	vg_jout_name(&j, "objects");
	vg_tree_write(&j, list);
	vg_jout_close(&j, '}');
out:
	cJSON_Delete(list);
}

static bool fail(struct vg_answer *a, int status, const char *title)
{
	char code[8];
	struct vg_jout j = vg_answer_json(a, status);

	a->content_type = TAXII;
	(void)snprintf(code, sizeof code, "%d", status);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "title");
	vg_jout_text(&j, title);
	vg_jout_name(&j, "http_status");
	vg_jout_text(&j, code);
	vg_jout_close(&j, '}');
	return false;
}

/* What the asker takes must be TAXII 2.1, or anything. */
static bool accepts(const struct vg_request *r, struct vg_answer *a)
{
	static const char *const wanted[] = {"application/taxii+json", "*/*",
					     "application/*"};
	const char *version;

	if (r->accept == NULL)
		return true;
	version = strstr(r->accept, "version=");
	if (version == NULL || strncmp(version, "version=2.1", 11) == 0)
		for (size_t i = 0; i < 3; i++)
			if (strstr(r->accept, wanted[i]) != NULL)
				return true;
	return fail(a, 406, "this speaks " TAXII);
}

static struct vg_jout open_answer(struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);

	a->content_type = TAXII;
	vg_jout_open(&j, '{');
	return j;
}

static void put_text(struct vg_jout *j, const char *name, const char *value)
{
	vg_jout_name(j, name);
	vg_jout_text(j, value);
}

/* A list of one text. */
static void put_one(struct vg_jout *j, const char *name, const char *value)
{
	vg_jout_name(j, name);
	vg_jout_open(j, '[');
	vg_jout_text(j, value);
	vg_jout_close(j, ']');
}

void vg_get_taxii(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	struct vg_jout j;

	(void)s;
	if (!accepts(r, a))
		return;
	j = open_answer(a);
	put_text(&j, "title", "vigie");
	put_text(&j, "default", "/taxii2/vigie/");
	put_one(&j, "api_roots", "/taxii2/vigie/");
	vg_jout_close(&j, '}');
}

void vg_get_taxii_root(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	struct vg_jout j;

	(void)s;
	if (!accepts(r, a))
		return;
	j = open_answer(a);
	put_text(&j, "title", "vigie");
	put_one(&j, "versions", TAXII);
	vg_jout_name(&j, "max_content_length");
	vg_jout_i64(&j, 1); /* nothing is taken */
	vg_jout_close(&j, '}');
}

/* The id of a viewer's collection: the type's name is cut off. */
static void collection_of(const struct vg_service *s,
			  const struct vg_request *r, char id[VG_STIX_ID])
{
	static const char type[] = "collection";

	vg_stix_id(id, type, vg_viewer_name(s->env->cfg, r->viewer));
	memmove(id, id + sizeof type + 1, strlen(id + sizeof type + 1) + 1);
}

static void write_collection(struct vg_jout *j, const struct vg_service *s,
			     const struct vg_request *r)
{
	char id[VG_STIX_ID];

	collection_of(s, r, id);
	put_text(j, "id", id);
	put_text(j, "title", "alerts that you may see");
	vg_jout_name(j, "can_read");
	vg_jout_bool(j, true);
	vg_jout_name(j, "can_write");
	vg_jout_bool(j, false);
	put_one(j, "media_types", STIX);
}

void vg_get_taxii_collections(struct vg_service *s, const struct vg_request *r,
			      struct vg_answer *a)
{
	struct vg_jout j;

	if (!accepts(r, a))
		return;
	j = open_answer(a);
	vg_jout_name(&j, "collections");
	vg_jout_open(&j, '[');
	vg_jout_open(&j, '{');
	write_collection(&j, s, r);
	vg_jout_close(&j, '}');
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
}

/* Another's collection is answered as one that never was. */
static bool is_own(const struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	char id[VG_STIX_ID];

	if (!accepts(r, a))
		return false;
	collection_of(s, r, id);
	return vg_slice_eq(r->id, vg_slice_of(id)) ||
	       fail(a, 404, "there is no such collection");
}

void vg_get_taxii_collection(struct vg_service *s, const struct vg_request *r,
			     struct vg_answer *a)
{
	struct vg_jout j;

	if (!is_own(s, r, a))
		return;
	j = open_answer(a);
	write_collection(&j, s, r);
	vg_jout_close(&j, '}');
}

/* All that is asked but limit and next, which may change from page to page. */
static uint32_t question_of(const struct vg_service *s,
			    const struct vg_request *r,
			    const struct vg_taxii_filter *f)
{
	const struct vg_slice part[] = {r->path, f->id, f->type, f->version,
					f->spec};
	struct vg_buf b = {0};
	uint32_t hash;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		vg_buf_add(&b, part[i].p, part[i].n);
		vg_buf_str(&b, "\n");
	}
	vg_buf_i64(&b, f->after_ms);
	hash = (uint32_t)vg_hash128(s->env->hash_key, b.p, b.n).lo;
	vg_buf_term(&b);
	return hash;
}

static bool read_filter(const struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, struct vg_taxii_filter *f)
{
	const int64_t range[2] = {1, PAGE_MAX};
	struct vg_slice next;

	*f = (struct vg_taxii_filter){.after_ms = INT64_MIN, .limit = PAGE_MAX};
	(void)vg_request_param(r, "match[id]", &f->id);
	(void)vg_request_param(r, "match[type]", &f->type);
	(void)vg_request_param(r, "match[version]", &f->version);
	(void)vg_request_param(r, "match[spec_version]", &f->spec);
	if (!vg_param_time(r, a, "added_after", &f->after_ms) ||
	    !vg_param_int(r, a, "limit", range, &f->limit)) {
		vg_buf_reset(&a->body);
		return fail(a, 400, "added_after is RFC 3339, limit 1 to 1000");
	}
	f->question = question_of(s, r, f);
	return !vg_request_param(r, "next", &next) ||
	       vg_taxii_read_cursor(next, f) ||
	       fail(a, 400, "next is not of a page before");
}

/* X-TAXII-Date-Added-First and -Last. */
static void add_dates(struct vg_answer *a, const struct vg_taxii_entries *e)
{
	char text[VG_TIME_TEXT];

	if (e->n == 0)
		return;
	vg_time_print_ms(text, e->at[0].added_ms);
	vg_answer_header(a, "X-TAXII-Date-Added-First", text);
	vg_time_print_ms(text, e->at[e->n - 1].added_ms);
	vg_answer_header(a, "X-TAXII-Date-Added-Last", text);
}

static void write_manifest(struct vg_jout *j, const struct vg_taxii_entry *e)
{
	vg_jout_open(j, '{');
	put_text(j, "id", e->id);
	vg_jout_name(j, "date_added");
	{
		char text[VG_TIME_TEXT];

		vg_time_print_ms(text, e->added_ms);
		vg_jout_text(j, text);
	}
	put_text(j, "version", e->version);
	put_text(j, "media_type", STIX);
	vg_jout_close(j, '}');
}

enum form { OBJECTS, MANIFEST, VERSIONS };

/* The first turn from that of `f` on that has something for it. */
static bool gather(struct vg_service *s, const struct vg_request *r,
		   struct vg_taxii_filter *f, struct vg_taxii_entries *e)
{
	bool more;

	for (;;) {
		vg_taxii_gather(s, r, f, e);
		vg_taxii_choose(e, f, &more);
		if (e->n > 0 || !e->has_next)
			return more;
		f->has_turn = true;
		f->has_read = false;
		f->turn = e->next;
		vg_taxii_term(e);
	}
}

/* The page in one of its forms; with `one` of that object alone, which must be
 * there. */
static void answer(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, enum form form, bool one)
{
	struct vg_taxii_entries e;
	struct vg_taxii_filter f;
	char cursor[VG_TAXII_CURSOR];
	struct vg_jout j;
	bool more;

	if (!is_own(s, r, a) || !read_filter(s, r, a, &f))
		return;
	if (one)
		f.id = r->id2;
	more = gather(s, r, &f, &e);
	if (one && e.n == 0 && f.after_ms == INT64_MIN) {
		(void)fail(a, 404, "there is no such object");
		vg_taxii_term(&e);
		return;
	}
	j = open_answer(a);
	if (e.n > 0) {
		vg_jout_name(&j, "more");
		vg_jout_bool(&j, more || e.has_next);
		if (more || e.has_next) {
			vg_taxii_cursor(&e, &f, more, cursor);
			put_text(&j, "next", cursor);
		}
		vg_jout_name(&j, form == VERSIONS ? "versions" : "objects");
		vg_jout_open(&j, '[');
		for (size_t i = 0; i < e.n; i++) {
			if (form == OBJECTS)
				vg_tree_write(&j, e.at[i].o);
			else if (form == MANIFEST)
				write_manifest(&j, &e.at[i]);
			else
				vg_jout_text(&j, e.at[i].version);
		}
		vg_jout_close(&j, ']');
	}
	vg_jout_close(&j, '}');
	add_dates(a, &e);
	a->body.failed |= e.failed;
	vg_taxii_term(&e);
}

void vg_get_taxii_objects(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a)
{
	answer(s, r, a, OBJECTS, false);
}

void vg_get_taxii_object(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a)
{
	answer(s, r, a, OBJECTS, true);
}

void vg_get_taxii_versions(struct vg_service *s, const struct vg_request *r,
			   struct vg_answer *a)
{
	answer(s, r, a, VERSIONS, true);
}

void vg_get_taxii_manifest(struct vg_service *s, const struct vg_request *r,
			   struct vg_answer *a)
{
	answer(s, r, a, MANIFEST, false);
}
