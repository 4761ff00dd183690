#include "ingest/fmt_cef.h"

#include <assert.h>
#include <stdio.h>

static const char HEAD[] = "CEF:";

/* `in` without its escapes, in scratch when it has any. What no rule of CEF
 * escapes keeps its backslash. */
static struct vg_slice undo(struct vg_reading *r, struct vg_slice in)
{
	uint32_t n = 0;

	if (in.n == 0 || memchr(in.p, '\\', in.n) == NULL)
		return in;
	char *room = vg_scratch_room(r->s, in.n);
	if (room == NULL)
		return (struct vg_slice){"", 0};
	for (uint32_t i = 0; i < in.n; i++) {
		char next = i + 1 < in.n ? in.p[i + 1] : '\0';

		if (in.p[i] != '\\') {
			room[n++] = in.p[i];
		} else if (next == '\\' || next == '=' || next == '|') {
			room[n++] = next;
			i++;
		} else if (next == 'n' || next == 'r') {
			room[n++] = next == 'n' ? '\n' : '\r';
			i++;
		} else {
			room[n++] = '\\';
		}
	}
	assert(n <= in.n);
	r->s->used += n;
	return (struct vg_slice){room, n};
}

const char *vg_cef_head(struct vg_slice text)
{
	size_t n = sizeof HEAD - 1;
	const char *p = text.p, *end = text.p + text.n;

	while ((size_t)(end - p) > n) {
		p = memchr(p, 'C', (size_t)(end - p) - n);
		if (p == NULL)
			return NULL;
		if (memcmp(p, HEAD, n) == 0 && p[n] >= '0' && p[n] <= '9')
			return p;
		p++;
	}
	return NULL;
}

/* The next word of `text`, which becomes the rest. */
static struct vg_slice word(struct vg_slice *text)
{
	uint32_t i = 0, from;

	while (i < text->n && text->p[i] == ' ')
		i++;
	for (from = i; i < text->n && text->p[i] != ' ';)
		i++;
	struct vg_slice w = {text->p + from, i - from};
	text->p += i;
	text->n -= i;
	return w;
}

/* RFC 5424: "1 TIME HOST ..", or TIME HOST; RFC 3164: "Jan  2 03:04:05 HOST",
 * a time without a year, which says nothing. */
static void read_syslog(struct vg_slice text, struct vg_cef *out)
{
	struct vg_slice none = {NULL, 0}, first;
	const char *close = memchr(text.p, '>', text.n);
	int64_t ms;

	if (text.n > 0 && text.p[0] == '<' && close != NULL) {
		text.n -= (uint32_t)(close + 1 - text.p);
		text.p = close + 1;
	}
	first = word(&text);
	if (first.n == 1 && first.p[0] == '1')
		first = word(&text);
	if (first.n == 3) {
		(void)word(&text);
		(void)word(&text);
		first = none;
	}
	bool is_time = first.n > 0 && vg_native_time_text(first, &ms);
	out->time = is_time ? first : none;
	out->host = word(&text);
	if (out->host.n == 1 && out->host.p[0] == '-')
		out->host = none;
}

bool vg_cef_parse(struct vg_reading *r, struct vg_slice text,
		  struct vg_cef *out)
{
	const char *head = text.n > 0 ? vg_cef_head(text) : NULL;
	const char *end = text.p + text.n, *p;

	if (head == NULL)
		return vg_refuse(r, VG_VERDICT_R_SYNTAX, "CEF: no header");
	read_syslog((struct vg_slice){text.p, (uint32_t)(head - text.p)}, out);
	p = head + sizeof HEAD - 1;
	for (int i = 0; i < VG_CEF_HEADER; i++) {
		const char *from = p;

		while (p < end && *p != '|')
			p += *p == '\\' && end - p > 1 ? 2 : 1;
		if (p == end)
			return vg_refuse(r, VG_VERDICT_R_SYNTAX,
					 "CEF: header of %d fields", i);
		out->header[i] =
			undo(r, (struct vg_slice){from, (uint32_t)(p - from)});
		p++;
	}
	out->extension = (struct vg_slice){p, (uint32_t)(end - p)};
	return true;
}

/* A letter, a digit, or one of _ . - [ ]: a bit for each byte below 128. */
static bool is_key_char(char c)
{
	static const uint64_t is_one[2] = {UINT64_C(0x03ff600000000000),
					   UINT64_C(0x07fffffeaffffffe)};
	unsigned char u = (unsigned char)c;

	return u < 128 && ((is_one[u / 64] >> u % 64) & 1) != 0;
}

/* Where the key before the `=` at `at` begins; `at` when there is none. */
static uint32_t key_before(struct vg_slice text, uint32_t from, uint32_t at)
{
	uint32_t i = at;

	while (i > from && is_key_char(text.p[i - 1]))
		i--;
	return i;
}

/* The next `=` from `i` that no backslash escapes, or the end. */
static uint32_t next_equals(struct vg_slice text, uint32_t i)
{
	while (i < text.n) {
		const char *p = memchr(text.p + i, '=', text.n - i);

		if (p == NULL)
			return text.n;
		uint32_t at = (uint32_t)(p - text.p), back = at;
		while (back > i && text.p[back - 1] == '\\')
			back--;
		if ((at - back) % 2 == 0)
			return at;
		i = at + 1;
	}
	return text.n;
}

struct vg_cef_pairs vg_cef_pairs_of(struct vg_slice extension)
{
	uint32_t at = next_equals(extension, 0);

	return (struct vg_cef_pairs){.text = extension,
				     .key = key_before(extension, 0, at),
				     .equals = at};
}

/* Go to the pair behind the value at `from`; where that value ends: before the
 * space of the next key. */
static uint32_t go_on(struct vg_cef_pairs *p, uint32_t from)
{
	struct vg_slice text = p->text;

	p->equals = next_equals(text, from);
	for (; p->equals < text.n;
	     p->equals = next_equals(text, p->equals + 1)) {
		p->key = key_before(text, from, p->equals);
		if (p->key < p->equals && p->key > from &&
		    text.p[p->key - 1] == ' ')
			return p->key - 1;
	}
	return text.n;
}

bool vg_cef_next(struct vg_cef_pairs *pairs, struct vg_slice *key,
		 struct vg_slice *value)
{
	const char *p = pairs->text.p;
	uint32_t from = pairs->equals + 1;

	if (pairs->equals >= pairs->text.n)
		return false;
	*key = (struct vg_slice){p + pairs->key, pairs->equals - pairs->key};
	uint32_t end = go_on(pairs, from);
	while (end > from &&
	       (p[end - 1] == ' ' || p[end - 1] == '\n' || p[end - 1] == '\r'))
		end--;
	*value = (struct vg_slice){p + from, end - from};
	return true;
}

bool vg_cef_pair(struct vg_reading *r, struct vg_cef_pairs *pairs,
		 struct vg_slice *key, struct vg_slice *value)
{
	if (!vg_cef_next(pairs, key, value))
		return false;
	*value = undo(r, *value);
	return true;
}

/* The zone in the form of RFC 3339; false when its name is not known. */
static bool zone_of(struct vg_slice zone, char out[8])
{
	static const char *const utc[] = {"", "Z", "UTC", "GMT", NULL};

	for (int i = 0; utc[i] != NULL; i++) {
		if (vg_slice_eq(zone, vg_slice_of(utc[i]))) {
			memcpy(out, "Z", 2);
			return true;
		}
	}
	if (zone.n >= 8 || (zone.p[0] != '+' && zone.p[0] != '-'))
		return false;
	memcpy(out, zone.p, zone.n);
	out[zone.n] = '\0';
	return true;
}

bool vg_cef_time(struct vg_slice text, int64_t *ms)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[64], zone[8], name[4] = "";
	const char *at;

	if (vg_native_time_text(text, ms))
		return true;
	struct vg_slice month = word(&text), day = word(&text);
	struct vg_slice year = word(&text), clock = word(&text);
	if (month.n != 3 || day.n < 1 || day.n > 2 || year.n != 4 ||
	    clock.n > 20)
		return false;
	memcpy(name, month.p, 3);
	at = strstr(months, name);
	if (at == NULL || (at - months) % 3 != 0 || strlen(name) != 3 ||
	    !zone_of(word(&text), zone))
		return false;
	int n = snprintf(iso, sizeof iso, "%.4s-%02d-%s%.*sT%.*s%s", year.p,
			 (int)(at - months) / 3 + 1, day.n == 1 ? "0" : "",
			 (int)day.n, day.p, (int)clock.n, clock.p, zone);
	return n > 0 && n < (int)sizeof iso &&
	       vg_native_time_text((struct vg_slice){iso, (uint32_t)n}, ms);
}
