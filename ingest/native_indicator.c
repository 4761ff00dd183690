#include "ingest/native_add.h"

#include <assert.h>

enum { ADDRESS_MAX = 64 };

static bool has(const struct vg_event *e, int type, struct vg_slice value)
{
	for (unsigned i = 0; i < e->n_indicator; i++) {
		if (e->indicator[i].type == type &&
		    vg_slice_eq(e->indicator[i].value, value))
			return true;
	}
	return false;
}

/* `text` in the one form of its type, in scratch when it differs. */
static bool canon(struct vg_reading *r, int type, struct vg_slice text,
		  struct vg_slice *out)
{
	if (text.n == 0 || text.n > VG_INDICATOR_MAX)
		return false;
	char *room = vg_scratch_room(r->s, text.n + VG_INDICATOR_GROWTH);
	if (room == NULL || !vg_indicator_canon(type, text, room, out) ||
	    out->n > VG_INDICATOR_MAX)
		return false;
	if (out->p == room)
		r->s->used += out->n;
	return true;
}

/* Add what is canonical already. */
static bool add(struct vg_reading *r, int type, struct vg_slice value)
{
	struct vg_event *e = r->e;

	if (has(e, type, value))
		return true;
	if (e->n_indicator == VG_INDICATORS_MAX) {
		e->n_trimmed++;
		return false;
	}
	e->indicator[e->n_indicator].type = type;
	e->indicator[e->n_indicator++].value = value;
	return true;
}

void vg_native_indicator(struct vg_reading *r, enum vg_indicator_type type,
			 struct vg_slice text)
{
	struct vg_slice value = {NULL, 0};

	assert((int)type < VG_INDICATOR_TYPES);
	if (type == VG_INDICATOR_URL)
		text = vg_native_url_clean(r, text);
	if (canon(r, (int)type, text, &value))
		(void)add(r, (int)type, value);
	else
		r->e->n_trimmed++;
}

void vg_native_hash(struct vg_reading *r, struct vg_slice text)
{
	if (text.n == 32)
		vg_native_indicator(r, VG_INDICATOR_MD5, text);
	else if (text.n == 64)
		vg_native_indicator(r, VG_INDICATOR_SHA256, text);
	else
		r->e->n_trimmed++;
}

/* The first two numbers of a canonical dotted quad. */
static void lead(struct vg_slice v4, int octet[2])
{
	uint32_t i = 0;

	for (int k = 0; k < 2; k++) {
		octet[k] = 0;
		for (; i < v4.n && v4.p[i] != '.'; i++)
			octet[k] = octet[k] * 10 + (v4.p[i] - '0');
		i++;
	}
}

static bool names_someone4(struct vg_slice v4)
{
	int o[2];

	lead(v4, o);
	if (o[0] == 0 || o[0] == 10 || o[0] == 127 || o[0] >= 224)
		return false;
	return !(o[0] == 100 && o[1] >= 64 && o[1] < 128) &&
	       !(o[0] == 169 && o[1] == 254) &&
	       !(o[0] == 172 && o[1] >= 16 && o[1] < 32) &&
	       !(o[0] == 192 && o[1] == 168);
}

static bool begins(struct vg_slice s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* Of the canonical form: RFC 5952. */
static bool names_someone6(struct vg_slice v6)
{
	uint32_t first = 0;

	while (first < v6.n && v6.p[first] != ':')
		first++;
	if (begins(v6, "::ffff:") && memchr(v6.p, '.', v6.n) != NULL)
		return names_someone4((struct vg_slice){v6.p + 7, v6.n - 7});
	if (vg_slice_eq(v6, vg_slice_of("::")) ||
	    vg_slice_eq(v6, vg_slice_of("::1")))
		return false;
	if (first != 4 || v6.p[0] != 'f')
		return true;
	/* fc00::/7, fe80::/10, fec0::/10, ff00::/8 */
	return v6.p[1] != 'c' && v6.p[1] != 'd' && v6.p[1] != 'f' &&
	       !(v6.p[1] == 'e' && strchr("89abcdef", v6.p[2]) != NULL);
}

bool vg_native_ip(struct vg_reading *r, struct vg_slice text)
{
	struct vg_slice value = {NULL, 0};
	bool six;

	if (text.n == 0)
		return false;
	if (text.n > ADDRESS_MAX) {
		r->e->n_trimmed++;
		return false;
	}
	six = memchr(text.p, ':', text.n) != NULL;
	int type = six ? VG_INDICATOR_IPV6 : VG_INDICATOR_IPV4;
	if (!canon(r, type, text, &value)) {
		r->e->n_trimmed++;
		return false;
	}
	return (six ? names_someone6(value) : names_someone4(value)) &&
	       add(r, type, value);
}
