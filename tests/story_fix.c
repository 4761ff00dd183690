#include "story_fix.h"

#include "core/hash.h"
#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const countries[] = {"MA", "IL", "AE", "US", "BH", "FR"};

static uint64_t random_state = 7;

void story_seed(uint64_t seed)
{
	random_state = 88172645463325252U ^ (seed * 0x9e3779b97f4a7c15U);
}

unsigned story_random(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % n);
}

static void must(enum vg_rc rc, const struct vg_err *err)
{
	cr_assert(rc == VG_OK, "%s", err->text);
}

void story_fill(struct story_record *r, const struct story_size *size,
		int64_t log_ms)
{
	r->country = story_random(size->countries);
	r->actor = story_random(size->actors);
	r->source = story_random(6);
	r->technique = story_random(size->techniques);
	r->category = story_random(3);
	r->sensor = story_random(size->sensors);
	r->indicator = story_random(size->indicators);
	r->count = 1 + story_random(50);
	r->time_ms = log_ms - story_random((unsigned)size->spread_ms);
	r->log_ms = log_ms;
}

uint16_t story_audience(const struct vg_audiences *aud, unsigned partner,
			unsigned kind)
{
	const uint64_t ma_us = 1U << FIX_MA | 1U << FIX_US;
	const uint64_t ma_soc = 1U << FIX_MA | UINT64_C(1) << VG_SLOT_COALITION;
	static const enum vg_tlp label[] = {VG_TLP_CLEAR, VG_TLP_AMBER,
					    VG_TLP_AMBER, VG_TLP_STRICT,
					    VG_TLP_RED};
	bool undeclared;

	if (kind == 4)
		return vg_audience_of(aud, partner, VG_TLP_RED, true, ma_us,
				      &undeclared);
	if (kind < 4)
		return vg_audience_of(aud, partner, label[kind], false, 0,
				      &undeclared);
	return vg_audience_of(aud, partner, VG_TLP_AMBER, true, ma_soc,
			      &undeclared);
}

void story_count(const struct story_record *r, struct vg_part *part,
		 int64_t offset)
{
	char actor[16], sensor[16], technique[16], address[16];
	struct vg_err err = {.text = ""};
	struct vg_event e = {.id = vg_slice_of("id"),
			     .time_ms = r->time_ms,
			     .country = vg_slice_of(countries[r->country]),
			     .source_country =
				     vg_slice_of(countries[r->source]),
			     .sensor_kind = -1,
			     .category = (int)r->category,
			     .sector = -1,
			     .severity = 1 + (int)r->category,
			     .confidence = 50,
			     .count = r->count,
			     .n_actor = 1,
			     .n_technique = 1,
			     .n_indicator = 1,
			     .audience = r->audience};

	(void)snprintf(actor, sizeof actor, "actor-%u", r->actor);
	(void)snprintf(sensor, sizeof sensor, "s%u", r->sensor);
	(void)snprintf(technique, sizeof technique, "T1%03u", r->technique);
	(void)snprintf(address, sizeof address, "192.0.2.%u", r->indicator);
	e.label = vg_audience_label(r->audience);
	e.actor[0].name = vg_slice_of(actor);
	e.sensor = vg_slice_of(sensor);
	e.technique[0] = vg_slice_of(technique);
	e.indicator[0] = (struct vg_indicator){
		vg_vocab_find(VG_VOCAB_INDICATOR, vg_slice_of("ipv4")),
		vg_slice_of(address)};
	must(vg_part_tally(part, VG_VERDICT_COUNTED, r->log_ms, 1, &err), &err);
	must(vg_part_count(part, &e, offset, r->log_ms, r->log_ms, &err), &err);
}

void story_commit(struct fix *f, struct vg_part *part, unsigned slot,
		  int64_t next, int64_t log_ms, int64_t beat_ms)
{
	struct vg_part_commit c = {.prev_hash = 1,
				   .next_offset = next,
				   .prev_offset = next - 1,
				   .watermark_ms = log_ms,
				   .log_ms = log_ms,
				   .tracks_below_ms = log_ms};
	struct vg_err err = {.text = ""};

	if (next > 0)
		must(vg_part_commit(part, &c, &err), &err);
	fix_beat(f, vg_config_slot(f->cfg, slot)->topic, 0, next, beat_ms);
}

void story_tokens(struct fix *f, const char *const *viewer, size_t n,
		  const char *words, char path[64])
{
	char hash[65];
	int fd;

	(void)strcpy(path, "/tmp/vigie-law3-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		vg_sha256_hex(hash, viewer[i], strlen(viewer[i]));
		(void)dprintf(fd, "%s %s%s\n", hash, viewer[i], words);
	}
	(void)close(fd);
	free(f->cfg->http_token_file);
	f->cfg->http_token_file = strdup(path);
}

void story_follow(struct fix *f, struct vg_view *view, int64_t now_ms)
{
	struct vg_err err = {.text = ""};
	bool ready = false;
	size_t applied;

	for (int i = 0; i < 100 && !ready; i++) {
		must(vg_view_step(view, f->store, now_ms, 0, &applied, &err),
		     &err);
		vg_view_read_lock(view);
		ready = vg_view_ready(view) &&
			vg_view_parts(view) == STORY_PARTNERS;
		vg_view_unlock(view);
	}
	cr_assert(ready, "the view does not load");
	must(vg_view_step(view, f->store, now_ms, 0, &applied, &err), &err);
}

void story_keep(struct story_answers *list, const struct vg_answer *a,
		const char *asked)
{
	struct vg_buf b = {0};

	vg_buf_printf(&b, "%s\n%d %s\n", asked, a->status,
		      a->content_type != NULL ? a->content_type : "-");
	/* Before the headers, since a tag only says that it is another. */
	vg_buf_add(&b, a->body.p, a->body.n);
	vg_buf_str(&b, "\n");
	for (unsigned i = 0; i < a->n_headers; i++)
		vg_buf_printf(&b, "\n%s: %s", a->header[i].name,
			      vg_answer_value(a, i));
	vg_buf_str(&b, "");
	cr_assert(list->n < STORY_ANSWERS_MAX && !b.failed);
	list->text[list->n++] = b.p;
}

void story_compare(const struct story_answers *a, const struct story_answers *b,
		   const char *what)
{
	cr_assert(eq(sz, a->n, b->n), "%s", what);
	for (size_t i = 0; i < a->n; i++) {
		const char *x = a->text[i], *y = b->text[i];
		size_t same = 0, from;

		while (x[same] != '\0' && x[same] == y[same])
			same++;
		from = same > 200 ? same - 200 : 0;
		cr_assert(x[same] == y[same],
			  "%s:\n%.300s\n...%.500s\nor\n%.500s", what, x,
			  x + from, y + from);
	}
}

void story_forget(struct story_answers *list)
{
	while (list->n > 0)
		free(list->text[--list->n]);
}
