/*
 * fmt_fix - records of other systems' formats and what is looked for in their
 * events. In a text ' stands for " and ` for ', so that samples can be read.
 */
#ifndef VG_TESTS_FMT_FIX_H
#define VG_TESTS_FMT_FIX_H

#include "decode_fix.h"

#include "core/timefmt.h"

#define ASIDE VG_VERDICT_NOT_ALERT

static char sample[2 * VG_RECORD_MAX];

static inline void make_format(const char *name)
{
	make_scratch();
	decoder = vg_decoder_find(name);
	cr_assert(decoder != NULL, "no decoder %s", name);
}

/* Decode a text with its marks replaced. */
static inline enum vg_verdict say(const char *text)
{
	size_t n = strlen(text);

	cr_assert(n < sizeof sample);
	for (size_t i = 0; i <= n; i++)
		sample[i] = (char)(text[i] == '\''  ? '"'
				   : text[i] == '`' ? '\''
						    : text[i]);
	return take(sample, n);
}

/* The same of a format with one value in it. */
static inline enum vg_verdict say_with(const char *format, const char *value)
{
	static char text[2 * VG_RECORD_MAX];
	int n = snprintf(text, sizeof text, format, value);

	cr_assert(n > 0 && (size_t)n < sizeof text);
	return say(text);
}

static inline bool has(const char *type, const char *value)
{
	for (unsigned i = 0; i < event.n_indicator; i++)
		if (strcmp(vg_vocab_word(VG_VOCAB_INDICATOR,
					 event.indicator[i].type),
			   type) == 0 &&
		    is(event.indicator[i].value, value))
			return true;
	return false;
}

/* The text of a field, empty when it is not there. */
static inline struct vg_slice field(const char *name)
{
	for (unsigned i = 0; i < event.n_field; i++)
		if (is(event.field[i].name, name))
			return event.field[i].text;
	return (struct vg_slice){"", 0};
}

static inline const char *category(void)
{
	const char *word = vg_vocab_word(VG_VOCAB_CATEGORY, event.category);

	return word != NULL ? word : "none";
}

static inline const char *kind(void)
{
	const char *word =
		vg_vocab_word(VG_VOCAB_SENSOR_KIND, event.sensor_kind);

	return word != NULL ? word : "none";
}

static inline int64_t at(const char *time)
{
	int64_t ms = -1;

	cr_assert(vg_time_parse(vg_slice_of(time), &ms));
	return ms;
}

static inline bool reason_is(const char *beginning)
{
	return strncmp(decoded.reason, beginning, strlen(beginning)) == 0;
}

/* No text of the event has `word` in it: what must not be kept. */
static inline bool nowhere(const char *word)
{
	size_t n = strlen(word);
	const struct {
		const void *p;
		size_t n;
	} parts[] = {{event.id.p, event.id.n},
		     {event.sensor.p, event.sensor.n}};

	for (unsigned i = 0; i < 2 + event.n_field + event.n_indicator; i++) {
		struct vg_slice t =
			i < 2 ? (struct vg_slice){parts[i].p,
						  (uint32_t)parts[i].n}
			: i < 2 + event.n_field
				? event.field[i - 2].text
				: event.indicator[i - 2 - event.n_field].value;

		for (size_t k = 0; k + n <= t.n; k++)
			if (memcmp(t.p + k, word, n) == 0)
				return false;
	}
	return true;
}

struct word_row {
	const char *word, *category;
};

#define SAME(a, b) cr_assert(eq(str, (char *)(a), (char *)(b)))

#endif
