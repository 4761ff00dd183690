#include "core/fold.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static const char *key_of(const char *name)
{
	static char key[VG_FOLD_ROOM];
	struct vg_folded f;

	if (!vg_fold(vg_slice_of(name), &f))
		return "none";
	memcpy(key, f.key, f.n);
	key[f.n] = '\0';
	return key;
}

static const char *squeezed_of(const char *name)
{
	static char key[VG_FOLD_ROOM];
	struct vg_folded f;

	if (!vg_fold(vg_slice_of(name), &f) || f.n_squeezed == 0)
		return "none";
	cr_assert(eq(int, f.squeezed[0], VG_FOLD_SQUEEZED));
	memcpy(key, f.squeezed + 1, f.n_squeezed - 1);
	key[f.n_squeezed - 1] = '\0';
	return key;
}

#define KEY(name, want)	     cr_expect(eq(str, (char *)key_of(name), want))
#define SQUEEZED(name, want) cr_expect(eq(str, (char *)squeezed_of(name), want))

Test(fold, folds_ascii_and_runs_of_spaces)
{
	KEY("APT28", "apt28");
	KEY("  Fancy   Bear ", "fancy bear");
	KEY("APT-C-36", "apt-c-36");
	SQUEEZED("APT-C-36", "aptc36");
	SQUEEZED("Fancy Bear", "fancybear");
	SQUEEZED("LAPSUS$", "lapsus$");
	SQUEEZED("!\"#%&'()*,-./:;?@[\\]_{}x", "x");
	SQUEEZED("$+<=>^`|~", "$+<=>^`|~");
}

Test(fold, folds_sharp_s_and_final_sigma)
{
	KEY("Stra\u00dfe", "strasse");
	KEY("STRA\u1e9eE", "strasse");
	KEY("STRASSE", "strasse");
	/* ΟΔΥΣΣΕΥΣ and Οδυσσεύς differ by the accent; the sigma does not. */
	KEY("\u039f\u0394\u03a5\u03a3", "\u03bf\u03b4\u03c5\u03c3");
	KEY("\u03bf\u03b4\u03c5\u03c2", "\u03bf\u03b4\u03c5\u03c3");
}

Test(fold, a_turkish_name_meets_itself_in_each_casing)
{
	char *key = "ayyildiz tim";

	KEY("Ayy\u0131ld\u0131z Tim", key);
	KEY("AYYILDIZ T\u0130M", key);
	KEY("ayy\u0131ld\u0131z tim", key);
	KEY("AYYILDIZ TIM", key);
	KEY("i\u0307", "i");
	/* a dot above another letter is part of it: Ż */
	KEY("Z\u0307", "\u017c");
}

Test(fold, names_of_other_scripts_keep_keys_of_their_own)
{
	const char *name[] = {
		"\u0627\u0644\u0645\u062e\u0644\u0628", /* Arabic */
		"\u05e9\u05d5\u05e2\u05dc",		/* Hebrew */
		"\u72fc\u6bd2\u8349",			/* Chinese */
		"\u30e9\u30b6\u30eb\u30b9",		/* Katakana */
		"\u0930\u0941\u0926\u094d\u0930",	/* Devanagari */
		"\u041c\u0435\u0434\u0432\u0435\u0434\u044c"};

	for (size_t i = 0; i < 6; i++) {
		char first[VG_FOLD_ROOM];

		(void)strcpy(first, key_of(name[i]));
		cr_expect(ne(str, first, ""));
		cr_expect(eq(str, first, (char *)squeezed_of(name[i])), "%zu",
			  i);
		for (size_t k = 0; k < i; k++)
			cr_expect(ne(str, first, (char *)key_of(name[k])));
	}
	KEY("\u041c\u0415\u0414\u0412\u0415\u0414\u042c",
	    "\u043c\u0435\u0434\u0432\u0435\u0434\u044c");
}

Test(fold, full_width_and_ligatures_and_combining_are_one)
{
	KEY("\uff21\uff30\uff34\uff12\uff18", "apt28");
	KEY("o\ufb03ce", "office");
	KEY("\u00c5ngstro\u0308m", "\u00e5ngstr\u00f6m");
	KEY("A\u030angstr\u00f6m", "\u00e5ngstr\u00f6m");
	KEY("\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m");
	KEY("Fancy\u00a0Bear", "fancy bear");
	KEY("Fancy\u3000 Bear", "fancy bear");
	SQUEEZED("Fancy\u2010Bear\u2019s", "fancybears");
}

Test(fold, what_is_invisible_is_gone)
{
	KEY("AP\u200bT28", "apt28");
	KEY("A\u00adPT28", "apt28");
	KEY("\ufeffAPT28\u2060", "apt28");
}

Test(fold, only_an_empty_name_has_an_empty_key)
{
	struct vg_folded f;

	KEY("", "");
	KEY("\u200b", "\u200b");
	KEY("   ", "   ");
	KEY("---", "---");
	SQUEEZED("---", "none");
	SQUEEZED("\u3000", "none");
	cr_assert(vg_fold((struct vg_slice){"a\0b", 3}, &f));
	cr_assert(eq(int, (int)f.n, 3));
}

Test(fold, takes_names_up_to_the_limit_and_none_that_is_not_utf8)
{
	struct vg_folded f;
	char name[VG_FOLD_NAME_MAX + 1];
	const char *bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80",
			     "\xf4\x90\x80\x80"};

	memset(name, 'A', sizeof name);
	cr_assert(vg_fold((struct vg_slice){name, VG_FOLD_NAME_MAX}, &f));
	cr_assert(eq(int, (int)f.n, VG_FOLD_NAME_MAX));
	cr_assert(not(
		vg_fold((struct vg_slice){name, VG_FOLD_NAME_MAX + 1}, &f)));
	for (size_t i = 0; i < 5; i++)
		cr_assert(not(vg_fold(vg_slice_of(bad[i]), &f)), "%zu", i);
}

/* U+FDFA becomes 18 code points, the most of any. */
Test(fold, the_longest_key_fits)
{
	char name[VG_FOLD_NAME_MAX];
	struct vg_folded f;

	for (int i = 0; i < 42; i++)
		memcpy(name + 3 * i, "\ufdfa", 3);
	cr_assert(vg_fold((struct vg_slice){name, 126}, &f));
	cr_assert(lt(int, (int)f.n, VG_FOLD_ROOM));
	cr_assert(gt(int, (int)f.n, 126 * 10));
}

Test(fold, any_bytes_fold_or_do_not_and_folding_again_changes_nothing)
{
	struct vg_folded f, again;

	srand(7);
	for (int round = 0; round < 200000; round++) {
		char name[VG_FOLD_NAME_MAX];
		uint32_t n = (uint32_t)(rand() % 24);

		for (uint32_t i = 0; i < n; i++)
			name[i] = (char)(rand() % 4 == 0 ? rand() % 256
							 : rand() % 128);
		if (!vg_fold((struct vg_slice){name, n}, &f) ||
		    f.n > VG_FOLD_NAME_MAX)
			continue;
		cr_assert(vg_fold((struct vg_slice){f.key, f.n}, &again));
		cr_assert(eq(int, (int)again.n, (int)f.n));
		cr_assert(memcmp(again.key, f.key, f.n) == 0);
	}
}
