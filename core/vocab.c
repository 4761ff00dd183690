#include "core/vocab.h"

#include "core/fold.h"
#include "vocab_countries.h"

#include <assert.h>
#include <stddef.h>

/* RSIT, the reference security incident taxonomy: its classes. */
static const struct vg_slice category[] = {
	VG_SLICE("abusive-content"),
	VG_SLICE("malicious-code"),
	VG_SLICE("information-gathering"),
	VG_SLICE("intrusion-attempts"),
	VG_SLICE("intrusions"),
	VG_SLICE("availability"),
	VG_SLICE("information-content-security"),
	VG_SLICE("fraud"),
	VG_SLICE("vulnerable"),
	VG_SLICE("other"),
	VG_SLICE("test"),
};

static const struct vg_slice sensor_kind[] = {
	VG_SLICE("honeypot"), VG_SLICE("ids"),	   VG_SLICE("edr"),
	VG_SLICE("siem"),     VG_SLICE("netflow"), VG_SLICE("dns"),
	VG_SLICE("mail"),     VG_SLICE("feed"),	   VG_SLICE("human"),
	VG_SLICE("other"),
};

/* NIS2, annex I and then annex II. */
static const struct vg_slice sector[] = {
	VG_SLICE("energy"),
	VG_SLICE("transport"),
	VG_SLICE("banking"),
	VG_SLICE("financial-market-infrastructures"),
	VG_SLICE("health"),
	VG_SLICE("drinking-water"),
	VG_SLICE("waste-water"),
	VG_SLICE("digital-infrastructure"),
	VG_SLICE("ict-service-management"),
	VG_SLICE("public-administration"),
	VG_SLICE("space"),
	VG_SLICE("postal-and-courier-services"),
	VG_SLICE("waste-management"),
	VG_SLICE("chemicals"),
	VG_SLICE("food"),
	VG_SLICE("manufacturing"),
	VG_SLICE("digital-providers"),
	VG_SLICE("research"),
	VG_SLICE("other"),
};

static const struct vg_slice indicator[] = {
	VG_SLICE("ipv4"),  VG_SLICE("ipv6"),   VG_SLICE("domain"),
	VG_SLICE("url"),   VG_SLICE("sha256"), VG_SLICE("md5"),
	VG_SLICE("email"),
};

#define LIST(a)                                                                \
	{                                                                      \
		(a), sizeof(a) / sizeof((a)[0])                                \
	}

/* Countries have tables of their own. */
static const struct {
	const struct vg_slice *word;
	size_t n;
} list[] = {
	[VG_VOCAB_CATEGORY] = LIST(category),
	[VG_VOCAB_SENSOR_KIND] = LIST(sensor_kind),
	[VG_VOCAB_SECTOR] = LIST(sector),
	[VG_VOCAB_INDICATOR] = LIST(indicator),
};

static int find_country(struct vg_slice s)
{
	if (s.n != 2 || s.p[0] < 'A' || s.p[0] > 'Z' || s.p[1] < 'A' ||
	    s.p[1] > 'Z')
		return -1;
	return country_at[s.p[0] - 'A'][s.p[1] - 'A'];
}

int vg_vocab_find(enum vg_vocab which, struct vg_slice s)
{
	assert(which <= VG_VOCAB_INDICATOR);
	if (which == VG_VOCAB_COUNTRY)
		return find_country(s);
	for (size_t i = 0; i < list[which].n; i++)
		if (vg_slice_eq(list[which].word[i], s))
			return (int)i;
	return -1;
}

const char *vg_vocab_word(enum vg_vocab which, int i)
{
	assert(which <= VG_VOCAB_INDICATOR);
	if (which == VG_VOCAB_COUNTRY)
		return i >= 0 && i < COUNTRIES ? country_code[i] : NULL;
	if (i < 0 || (size_t)i >= list[which].n)
		return NULL;
	return list[which].word[i].p;
}

const char *vg_country_name(struct vg_slice code)
{
	int i = find_country(code);

	return i < 0 ? NULL : country_name[i];
}

/* -1, 0, 1: the order of a spelling and a key, by their bytes. */
static int order(struct vg_slice a, const char *key)
{
	struct vg_slice b = vg_slice_of(key);
	uint32_t n = a.n < b.n ? a.n : b.n;
	int by = memcmp(a.p, b.p, n);

	return by != 0 ? by : (a.n > b.n) - (a.n < b.n);
}

static enum vg_country_kind find_spelling(struct vg_slice key,
					  struct vg_slice *code)
{
	size_t low = 0, high = COUNTRY_KEYS;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int by = order(key, country_key[mid].key);

		if (by == 0 && country_key[mid].index < 0)
			return VG_COUNTRY_NONE;
		if (by == 0) {
			*code = vg_slice_of(
				country_code[country_key[mid].index]);
			return VG_COUNTRY_ONE;
		}
		if (by > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return VG_COUNTRY_UNKNOWN;
}

enum vg_country_kind vg_country_read(struct vg_slice text,
				     struct vg_slice *code)
{
	struct vg_folded folded;
	int i = find_country(text);

	if (i >= 0) {
		*code = vg_slice_of(country_code[i]);
		return VG_COUNTRY_ONE;
	}
	if (text.n == 0)
		return VG_COUNTRY_UNKNOWN;
	if (text.n == 2)
		return find_spelling(text, code);
	if (!vg_fold(text, &folded) || folded.n_squeezed < 2)
		return VG_COUNTRY_UNKNOWN;
	return find_spelling(
		(struct vg_slice){folded.squeezed + 1, folded.n_squeezed - 1},
		code);
}

static bool all_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

bool vg_technique_shape(struct vg_slice s)
{
	if (s.n != 5 && s.n != 9)
		return false;
	if (s.p[0] != 'T' || !all_digits(s.p + 1, 4))
		return false;
	return s.n == 5 || (s.p[5] == '.' && all_digits(s.p + 6, 3));
}
