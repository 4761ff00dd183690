#include "ingest/fmt_stix.h"
#include "ingest/native_more.h"

/*
 * Of a pattern, only comparisons of an object's path with = or IN are taken:
 *
 *     [ipv4-addr:value = '192.0.2.1' OR file:hashes.'SHA-256' IN ('..', '..')]
 *      ------path----- op -literal--
 */

struct scan {
	struct vg_reading *r;
	const char *p, *end;
};

enum object { NONE, ADDRESS, DOMAIN, URL, EMAIL, HASH };

/* The first that a path begins with. */
static const struct vg_native_word objects[] = {{"ipv4-addr:value", ADDRESS},
						{"ipv6-addr:value", ADDRESS},
						{"domain-name:value", DOMAIN},
						{"url:value", URL},
						{"email-addr:value", EMAIL},
						{"file:hashes.", HASH},
						{NULL, 0}};

static void skip_spaces(struct scan *k)
{
	while (k->p < k->end && (*k->p == ' ' || *k->p == '\t'))
		k->p++;
}

static bool skip_word(struct scan *k, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(k->end - k->p) < n || memcmp(k->p, word, n) != 0)
		return false;
	k->p += n;
	return true;
}

/* Which object a path at `k` is of; past the path then. */
static enum object read_path(struct scan *k)
{
	for (int i = 0; objects[i].word != NULL; i++) {
		if (!skip_word(k, objects[i].word))
			continue;
		/* The rest of a hash's name: SHA-256, 'SHA-256', MD5. */
		while (k->p < k->end && *k->p != ' ' && *k->p != '=')
			k->p++;
		return (enum object)objects[i].value;
	}
	return NONE;
}

/* A literal in quotes, its escapes undone in scratch. */
static bool read_literal(struct scan *k, struct vg_slice *out)
{
	uint32_t n = 0;

	if (!skip_word(k, "'"))
		return false;
	char *room = vg_scratch_room(k->r->s, (size_t)(k->end - k->p));
	if (room == NULL)
		return false;
	for (; k->p < k->end && *k->p != '\''; k->p++) {
		if (*k->p == '\\' && k->end - k->p > 1)
			k->p++;
		room[n++] = *k->p;
	}
	k->r->s->used += n;
	*out = (struct vg_slice){room, n};
	return skip_word(k, "'");
}

static void add(struct scan *k, enum object object, struct vg_slice value)
{
	if (object == ADDRESS)
		vg_native_source(k->r, value);
	else if (object == DOMAIN)
		vg_native_indicator(k->r, VG_INDICATOR_DOMAIN, value);
	else if (object == URL)
		vg_native_indicator(k->r, VG_INDICATOR_URL, value);
	else if (object == EMAIL)
		vg_native_indicator(k->r, VG_INDICATOR_EMAIL, value);
	else
		vg_native_hash(k->r, value);
}

/* What stands behind a path. */
static void read_comparison(struct scan *k, enum object object)
{
	struct vg_slice value;
	bool is_list;

	skip_spaces(k);
	is_list = skip_word(k, "IN");
	if (!is_list && !skip_word(k, "="))
		return;
	skip_spaces(k);
	if (is_list && !skip_word(k, "("))
		return;
	skip_spaces(k);
	while (read_literal(k, &value)) {
		add(k, object, value);
		skip_spaces(k);
		if (!is_list || !skip_word(k, ","))
			return;
		skip_spaces(k);
	}
}

/* True when a path may begin at `k`: not within a name or a literal. */
static void read_pattern(struct scan *k)
{
	struct vg_slice ignored;

	while (k->p < k->end) {
		const char *at = k->p;
		enum object object = read_path(k);

		if (object != NONE)
			read_comparison(k, object);
		else if (*k->p == '\'')
			(void)read_literal(k, &ignored);
		if (k->p == at)
			k->p++;
	}
}

void vg_stix_pattern(struct vg_stix *x, uint32_t tok)
{
	struct vg_reading *r = &x->r;
	uint32_t language = vg_native_member(r, tok, "pattern_type");
	struct vg_slice text;

	if (language != VG_ABSENT && !vg_native_is(r, language, "stix"))
		return;
	if (!vg_native_text(r, vg_native_member(r, tok, "pattern"), &text))
		return;
	struct scan k = {.r = r, .p = text.p, .end = text.p + text.n};
	read_pattern(&k);
}

void vg_stix_observable(struct vg_stix *x, uint32_t tok)
{
	struct vg_reading *r = &x->r;
	static const struct vg_native_word types[] = {
		{"ipv4-addr", ADDRESS},	 {"ipv6-addr", ADDRESS},
		{"domain-name", DOMAIN}, {"url", URL},
		{"email-addr", EMAIL},	 {NULL, 0}};
	struct scan k = {.r = r};
	struct vg_slice text;
	uint32_t hashes = vg_native_member(r, tok, "hashes");

	if (vg_native_text(r, vg_native_member(r, hashes, "SHA-256"), &text))
		vg_native_hash(r, text);
	if (vg_native_text(r, vg_native_member(r, hashes, "MD5"), &text))
		vg_native_hash(r, text);
	if (!vg_native_text(r, vg_native_member(r, tok, "type"), &text))
		return;
	int object = vg_native_word(types, text, NONE);
	if (object != NONE &&
	    vg_native_text(r, vg_native_member(r, tok, "value"), &text))
		add(&k, (enum object)object, text);
}

static bool take_reference(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_is(r, vg_native_member(r, tok, "source_name"),
			 "mitre-attack") &&
	    vg_native_text(r, vg_native_member(r, tok, "external_id"), &text))
		vg_native_technique(r, text);
	return true;
}

void vg_stix_technique(struct vg_stix *x, uint32_t tok)
{
	(void)vg_native_each(
		&x->r, vg_native_member(&x->r, tok, "external_references"),
		take_reference);
}
