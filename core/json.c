#include "core/json.h"

#include "core/json_parts.h"

#include <assert.h>
#include <stdlib.h>

void vg_json_term(struct vg_json *j)
{
	free(j->tok);
	*j = (struct vg_json){0};
}

const char *vg_json_fault_name(enum vg_json_fault f)
{
	static const char *const name[] = {
		[VG_JSON_OK] = "ok",
		[VG_JSON_SYNTAX] = "syntax",
		[VG_JSON_UTF8] = "utf8",
		[VG_JSON_DUPKEY] = "duplicate_key",
		[VG_JSON_RANGE] = "range",
		[VG_JSON_DEPTH] = "depth",
		[VG_JSON_TRAIL] = "trailing",
		[VG_JSON_SIZE] = "size",
		[VG_JSON_MEMORY] = "memory",
	};

	assert((size_t)f < sizeof name / sizeof name[0]);
	return name[f];
}

struct vg_slice vg_json_raw(const struct vg_json *j, uint32_t tok)
{
	assert(tok < j->n);
	return (struct vg_slice){.p = j->text + j->tok[tok].start,
				 .n = j->tok[tok].len};
}

uint32_t vg_json_member(const struct vg_json *j, uint32_t obj, const char *name)
{
	struct vg_slice want = vg_slice_of(name);

	assert(obj < j->n && j->tok[obj].type == VG_JSON_OBJECT);
	for (uint32_t k = obj + 1; k < j->tok[obj].next;
	     k = j->tok[k + 1].next) {
		struct vg_slice key = vg_json_raw(j, k);
		if (j->tok[k].escaped ? vg_json_text_is(key, want)
				      : vg_slice_eq(key, want))
			return k + 1;
	}
	return 0;
}

bool vg_json_unescape(const struct vg_json *j, uint32_t tok, char *out,
		      size_t cap, size_t *n)
{
	struct vg_slice raw = vg_json_raw(j, tok);
	const char *p = raw.p;
	const char *end = raw.p + raw.n;
	size_t done = 0;

	assert(j->tok[tok].type == VG_JSON_STRING);
	if (!j->tok[tok].escaped) {
		if (raw.n > cap)
			return false;
		if (raw.n > 0)
			memcpy(out, raw.p, raw.n);
		*n = raw.n;
		return true;
	}
	while (p < end) {
		char byte[4];
		size_t len = vg_json_text_step(&p, end, byte);
		if (len > cap - done)
			return false;
		memcpy(out + done, byte, len);
		done += len;
	}
	*n = done;
	return true;
}

bool vg_json_int(const struct vg_json *j, uint32_t tok, int64_t *out)
{
	const struct vg_json_tok *t = &j->tok[tok];
	const char *p = j->text + t->start;
	const char *end = p + t->len;

	assert(tok < j->n);
	if (t->type != VG_JSON_NUMBER || !t->integer)
		return false;
	bool negative = *p == '-';
	int64_t v = 0;
	for (p += negative; p < end; p++)
		v = v * 10 + (*p - '0'); /* within 2^53: the parse saw to it */
	*out = negative ? -v : v;
	return true;
}

double vg_json_double(const struct vg_json *j, uint32_t tok)
{
	assert(tok < j->n && j->tok[tok].type == VG_JSON_NUMBER);
	return vg_json_number(j->text + j->tok[tok].start, j->tok[tok].len);
}
