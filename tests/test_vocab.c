#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static int find(enum vg_vocab which, const char *word)
{
	return vg_vocab_find(which, vg_slice_of(word));
}

Test(vocab, finds_every_word_at_its_own_index)
{
	const int count[] = {250, 11, 10, 19, 7};

	for (int v = VG_VOCAB_COUNTRY; v <= VG_VOCAB_INDICATOR; v++) {
		int i = 0;
		for (; vg_vocab_word((enum vg_vocab)v, i) != NULL; i++)
			cr_assert(eq(int,
				     find((enum vg_vocab)v,
					  vg_vocab_word((enum vg_vocab)v, i)),
				     i));
		cr_assert(eq(int, i, count[v]));
		cr_assert(eq(ptr, (void *)vg_vocab_word((enum vg_vocab)v, -1),
			     NULL));
	}
}

Test(vocab, knows_the_first_partners_countries_and_kosovo)
{
	const char *code[] = {"MA", "IL", "AE", "US", "BH", "XK"};

	for (size_t i = 0; i < 6; i++)
		cr_assert(ge(int, find(VG_VOCAB_COUNTRY, code[i]), 0));
	cr_assert(
		eq(str, (char *)vg_country_name(vg_slice_of("MA")), "Morocco"));
	cr_assert(
		eq(str, (char *)vg_country_name(vg_slice_of("XK")), "Kosovo"));
}

Test(vocab, has_exactly_250_codes_of_two_letters)
{
	int n = 0;

	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char code[2] = {(char)a, (char)b};
			n += vg_vocab_find(VG_VOCAB_COUNTRY,
					   (struct vg_slice){code, 2}) >= 0;
		}
	cr_assert(eq(int, n, 250));
}

Test(vocab, refuses_what_is_no_country)
{
	const char *bad[] = {"",   "M",	 "ma", "MAR", "ZZ",
			     "EU", "UK", "M ", "@A"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_assert(eq(int, find(VG_VOCAB_COUNTRY, bad[i]), -1), "%s",
			  bad[i]);
		cr_assert(eq(ptr, (void *)vg_country_name(vg_slice_of(bad[i])),
			     NULL));
	}
	cr_assert(eq(int, vg_vocab_find(VG_VOCAB_COUNTRY, (struct vg_slice){0}),
		     -1));
}

Test(vocab, takes_a_word_whole_and_in_its_case)
{
	cr_assert(ge(int, find(VG_VOCAB_CATEGORY, "fraud"), 0));
	cr_assert(eq(int, find(VG_VOCAB_CATEGORY, "Fraud"), -1));
	cr_assert(eq(int, find(VG_VOCAB_CATEGORY, "frau"), -1));
	cr_assert(eq(int, find(VG_VOCAB_CATEGORY, "frauds"), -1));
	cr_assert(eq(int, find(VG_VOCAB_CATEGORY, ""), -1));
	cr_assert(eq(int, find(VG_VOCAB_SECTOR, "waste"), -1));
	cr_assert(eq(int, find(VG_VOCAB_SENSOR_KIND, "fraud"), -1));
	/* a NUL inside must not end the comparison early */
	cr_assert(eq(int,
		     vg_vocab_find(VG_VOCAB_SENSOR_KIND,
				   (struct vg_slice){"ids\0x", 5}),
		     -1));
	cr_assert(eq(int,
		     vg_vocab_find(VG_VOCAB_SENSOR_KIND,
				   (struct vg_slice){"ids\0", 4}),
		     -1));
}

Test(vocab, tells_the_shape_of_a_technique)
{
	const char *bad[] = {"",	  "T123",	"T12345", "T1234.",
			     "T1234.56",  "T1234.5678", "t1234",  "T12a4",
			     "T1234,567", "T1234.56x",	"TA0001", "X1234"};

	cr_assert(vg_technique_shape(vg_slice_of("T1190")));
	cr_assert(vg_technique_shape(vg_slice_of("T1059.001")));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(not(vg_technique_shape(vg_slice_of(bad[i]))), "%s",
			  bad[i]);
}

static const char *read_country(const char *text)
{
	static char code[3];
	struct vg_slice out = {0};

	switch (vg_country_read(vg_slice_of(text), &out)) {
	case VG_COUNTRY_NONE:
		return "none";
	case VG_COUNTRY_ONE:
		memcpy(code, out.p, 2);
		return code;
	default:
		return "unknown";
	}
}

#define READS(text, want)                                                      \
	cr_expect(eq(str, (char *)read_country(text), (char *)want), "%s", text)

Test(vocab, reads_countries_as_people_write_them)
{
	READS("GB", "GB");
	READS("UK", "GB");
	READS("United Kingdom", "GB");
	READS("UAE", "AE");
	READS("united arab emirates", "AE");
	READS("ARE", "AE");
	READS("usa", "US");
	READS("U.S.A.", "US");
	READS("Kosovo", "XK");
	READS("XKX", "XK");
	READS("EL", "GR");
	READS("C\u00f4te d'Ivoire", "CI");
	READS("CO\u0302TE D\u2019IVOIRE", "CI");
}

Test(vocab, knows_what_is_no_country)
{
	READS("EU", "none");
	READS("AP", "none");
	READS("T1", "none");
	READS("Europe", "none");
	READS("N/A", "none");
	READS("ma", "unknown");
	READS("uk", "unknown");
	READS("Atlantis", "unknown");
	READS("", "unknown");
	READS("-", "unknown");
	READS("\xff\xff\xff", "unknown");
}
