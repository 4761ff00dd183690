#include "core/vocab.h"

#include "vocab_countries.h"

#include <assert.h>
#include <stddef.h>

/* RSIT, the reference security incident taxonomy: its classes. */
static const char *const category[] = {
	"abusive-content",
	"malicious-code",
	"information-gathering",
	"intrusion-attempts",
	"intrusions",
	"availability",
	"information-content-security",
	"fraud",
	"vulnerable",
	"other",
	"test",
};

static const char *const sensor_kind[] = {
	"honeypot", "ids",  "edr",  "siem",  "netflow",
	"dns",	    "mail", "feed", "human", "other",
};

/* NIS2, annex I and then annex II. */
static const char *const sector[] = {
	"energy",
	"transport",
	"banking",
	"financial-market-infrastructures",
	"health",
	"drinking-water",
	"waste-water",
	"digital-infrastructure",
	"ict-service-management",
	"public-administration",
	"space",
	"postal-and-courier-services",
	"waste-management",
	"chemicals",
	"food",
	"manufacturing",
	"digital-providers",
	"research",
	"other",
};

static const char *const indicator[] = {
	"ipv4", "ipv6", "domain", "url", "sha256", "md5", "email",
};

#define LIST(a)                                                                \
	{                                                                      \
		(a), sizeof(a) / sizeof((a)[0])                                \
	}

static const struct {
	const char *const *word;
	size_t n;
} list[] = {
	[VG_VOCAB_COUNTRY] = LIST(country_code),
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
	for (size_t i = 0; i < list[which].n; i++) {
		const char *word = list[which].word[i];
		if (s.n > 0 && word[0] == s.p[0] &&
		    vg_slice_eq(vg_slice_of(word), s))
			return (int)i;
	}
	return -1;
}

const char *vg_vocab_word(enum vg_vocab which, int i)
{
	assert(which <= VG_VOCAB_INDICATOR);
	if (i < 0 || (size_t)i >= list[which].n)
		return NULL;
	return list[which].word[i];
}

const char *vg_country_name(struct vg_slice code)
{
	int i = find_country(code);

	return i < 0 ? NULL : country_name[i];
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
