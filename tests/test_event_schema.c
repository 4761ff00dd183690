#include "decode_fix.h"

#include "core/json.h"

/* docs/event.schema.json against the decoder and the vocabulary: what partners
 * are told is what is done. */

enum { MEMBERS = 19 };

static struct vg_json doc;
static char *text;

static void read_schema(void)
{
	FILE *f = fopen(VG_SOURCE_DIR "/docs/event.schema.json", "rb");
	size_t n, at;

	make_scratch();
	cr_assert(f != NULL);
	text = malloc(VG_RECORD_MAX);
	n = fread(text, 1, VG_RECORD_MAX, f);
	fclose(f);
	cr_assert(eq(int, vg_json_parse(&doc, text, n, &at), VG_JSON_OK));
}

static void free_schema(void)
{
	vg_json_term(&doc);
	free(text);
	free_scratch();
}

TestSuite(event_schema, .init = read_schema, .fini = free_schema);

/* The value at a path of member names, ended by NULL. */
static uint32_t at_path(const char *const *path)
{
	uint32_t k = 0;

	for (; *path != NULL; path++) {
		k = vg_json_member(&doc, k, *path);
		cr_assert(k != 0, "no %s in the schema", *path);
	}
	return k;
}

Test(event_schema, names_exactly_the_members_that_the_decoder_reads)
{
	uint32_t props = at_path((const char *[]){"properties", NULL});
	uint32_t k = props + 1;

	cr_assert(eq(u32, doc.tok[props].count, MEMBERS));
	for (uint32_t c = 0; c < MEMBERS; c++) {
		struct vg_slice name = vg_json_raw(&doc, k);
		struct vg_buf b = {0};

		/* A known member of a wrong type is refused by its name. */
		vg_buf_printf(&b, "{\"%.*s\":[{\"\":true}]}", (int)name.n,
			      name.p);
		enum vg_verdict v = take(b.p, b.n);
		cr_expect(v != ACCEPTED && event.n_unknown == 0, "%s", b.p);
		cr_expect(strncmp(decoded.reason, name.p, name.n) == 0,
			  "%s: %s", b.p, decoded.reason);
		vg_buf_term(&b);
		k = doc.tok[k + 1].next;
	}
}

Test(event_schema, requires_what_the_decoder_requires)
{
	uint32_t list = at_path((const char *[]){"required", NULL});

	cr_assert(eq(u32, doc.tok[list].count, 4));
	for (uint32_t c = 0; c < 4; c++) {
		struct vg_slice leave = vg_json_raw(&doc, list + 1 + c);
		struct vg_buf b = {0};
		char want[64];

		snprintf(want, sizeof want, "%.*s: missing", (int)leave.n,
			 leave.p);
		vg_buf_str(&b, "{" BASE "}");
		/* Rename the member. */
		for (char *p = b.p; *p != '\0'; p++) {
			if (p[0] == '"' && !strncmp(p + 1, leave.p, leave.n) &&
			    p[1 + leave.n] == '"')
				p[1] = 'X';
		}
		cr_expect(eq(int, take(b.p, b.n), R_MISSING));
		cr_expect(eq(str, decoded.reason, want));
		vg_buf_term(&b);
	}
}

static void same_words(uint32_t list, enum vg_vocab vocab)
{
	uint32_t n = doc.tok[list].count;
	uint32_t words = 0;

	for (uint32_t c = 0; c < n; c++) {
		uint32_t k = list + 1 + c;

		if (doc.tok[k].type == VG_JSON_NULL)
			continue;
		cr_expect(vg_vocab_find(vocab, vg_json_raw(&doc, k)) ==
			  (int)words++);
	}
	cr_expect(vg_vocab_word(vocab, (int)words) == NULL);
}

Test(event_schema, lists_the_words_of_the_vocabulary)
{
	same_words(at_path((const char *[]){"properties", "category", "enum",
					    NULL}),
		   VG_VOCAB_CATEGORY);
	same_words(at_path((const char *[]){"properties", "sensor_kind", "enum",
					    NULL}),
		   VG_VOCAB_SENSOR_KIND);
	same_words(
		at_path((const char *[]){"properties", "sector", "enum", NULL}),
		VG_VOCAB_SECTOR);
	same_words(
		at_path((const char *[]){"properties", "indicators", "items",
					 "properties", "type", "enum", NULL}),
		VG_VOCAB_INDICATOR);
}

static int64_t number(const char *member, const char *keyword)
{
	int64_t v = -1;

	cr_assert(vg_json_int(
		&doc,
		at_path((const char *[]){"properties", member, keyword, NULL}),
		&v));
	return v;
}

Test(event_schema, says_the_limits_of_the_code)
{
	cr_expect(eq(i64, number("id", "maxLength"), VG_ID_MAX));
	cr_expect(eq(i64, number("sensor", "maxLength"), VG_SENSOR_MAX));
	cr_expect(eq(i64, number("count", "maximum"), VG_COUNT_MAX));
	cr_expect(eq(i64, number("indicators", "maxItems"), VG_INDICATORS_MAX));
	cr_expect(eq(i64, number("fields", "maxProperties"), VG_FIELDS_MAX));
}
