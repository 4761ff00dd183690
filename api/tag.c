#include "api/tag.h"

#include "api/coding.h"
#include "api/kept.h"
#include "core/defect.h"
#include "core/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void make_tag(const struct vg_service *s, const struct vg_request *r,
		     const struct vg_answer *a, char out[VG_TAG])
{
	const uint8_t *key = s->env->hash_key;
	struct vg_hash128 body = vg_hash128(key, a->body.p, a->body.n);
	struct vg_hash128 all;
	char text[64];
	int n = snprintf(text, sizeof text, "etag %u %016" PRIx64 "%016" PRIx64,
			 r->viewer, body.hi, body.lo);

	all = vg_hash128(key, text, (size_t)n);
	if (VG_DEFECT("tag-moment"))
		all.lo ^= r->claim->stamp[0].moment;
	(void)snprintf(out, VG_TAG, "%016" PRIx64 "%016" PRIx64, all.hi,
		       all.lo);
}

/* The coding that the answer goes in: a small one goes as it is. */
static enum vg_coding coding_of(const struct vg_request *r, size_t n)
{
	return n < VG_CODING_LEAST ? VG_CODING_NONE : r->coding;
}

/* Each coding of the same body is another thing, with another tag. */
static void print_tag(char out[VG_TAG + 16], const char *tag,
		      enum vg_coding coding)
{
	const char *name = vg_coding_name(coding);
	size_t n = strlen(tag);

	*out++ = '"';
	memcpy(out, tag, n);
	out += n;
	if (name != NULL) {
		*out++ = '-';
		n = strlen(name);
		memcpy(out, name, n);
		out += n;
	}
	memcpy(out, "\"", 2);
}

bool vg_answer_has_tag(const struct vg_request *r, const char *tag,
		       size_t body_n)
{
	char text[VG_TAG + 16];

	print_tag(text, tag, coding_of(r, body_n));
	return vg_negotiate_matches(r->if_none_match, text);
}

static void code_body(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a, enum vg_coding coding)
{
	struct vg_buf coded = {0};

	if (!vg_kept_coded(s, r, coding, &coded)) {
		vg_buf_reset(&coded);
		if (!vg_coding_apply(&coded, coding, a->body.p, a->body.n)) {
			vg_buf_term(&coded);
			a->body.failed = true;
			return;
		}
		vg_kept_code(s, r, coding, &coded);
	}
	vg_buf_term(&a->body);
	a->body = coded;
	vg_answer_header(a, "Content-Encoding", vg_coding_name(coding));
}

void vg_tag_answer(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct vg_kept_claim *c = r->claim;
	char text[VG_TAG + 16];
	enum vg_coding coding;
	size_t n;

	if (a->status != 200 || a->body.failed || s->env->hash_key == NULL ||
	    strcmp(a->content_type, "text/event-stream") == 0)
		return;
	if (!c->found) {
		make_tag(s, r, a, c->tag);
		vg_kept_put(s, r, a);
		a->body_n = a->body.n;
	}
	n = a->body_n;
	coding = coding_of(r, n);
	print_tag(text, c->tag, coding);
	vg_answer_header(a, "ETag", text);
	if (vg_negotiate_matches(r->if_none_match, text)) {
		a->status = 304;
		vg_buf_term(&a->body);
		return;
	}
	if (coding != VG_CODING_NONE)
		code_body(s, r, a, coding);
}
