/* What was meant, when a word is none of those there are. */
#include "core/near.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const char *const WORDS[] = {"serve", "check", "token", "topics"};

static const char *nearest(const char *word)
{
	struct vg_near n = vg_near_to(vg_slice_of(word));
	const char *best = "none";

	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (vg_near_is(&n, vg_slice_of(WORDS[i])))
			best = WORDS[i];
	return best;
}

Test(near, is_the_word_with_the_fewest_wrong_letters)
{
	cr_assert(eq(str, (char *)nearest("chekc"), "check"));
	cr_assert(eq(str, (char *)nearest("sereve"), "serve"));
	cr_assert(eq(str, (char *)nearest("topic"), "topics"));
	cr_assert(eq(str, (char *)nearest("token"), "token"));
}

Test(near, is_the_first_of_two_that_are_as_near)
{
	struct vg_near n = vg_near_to(vg_slice_of("mat"));

	cr_assert(vg_near_is(&n, vg_slice_of("cat")));
	cr_assert(not(vg_near_is(&n, vg_slice_of("bat"))));
}

Test(near, is_none_past_a_quarter_of_the_letters_and_one)
{
	cr_assert(eq(str, (char *)nearest("chxxk"), "check"));
	cr_assert(eq(str, (char *)nearest("cxxxk"), "none"));
	cr_assert(eq(str, (char *)nearest("fly"), "none"));
	cr_assert(eq(str, (char *)nearest(""), "none"));
}

Test(near, is_none_past_four_letters_however_long_the_word)
{
	struct vg_near n =
		vg_near_to(vg_slice_of("abcdefghijklmnopqrstuvwxyz"));

	cr_assert(not(vg_near_is(&n, vg_slice_of("fghijklmnopqrstuvwxyz"))));
	cr_assert(vg_near_is(&n, vg_slice_of("efghijklmnopqrstuvwxyz")));
}

Test(near, is_none_of_a_word_over_64_bytes)
{
	char word[66];

	memset(word, 'x', sizeof word);
	word[64] = '\0';
	struct vg_near n = vg_near_to(vg_slice_of(word));
	cr_assert(vg_near_is(&n, vg_slice_of(word)));
	word[64] = 'x';
	word[65] = '\0';
	n = vg_near_to(vg_slice_of(word));
	cr_assert(not(vg_near_is(&n, vg_slice_of(word))));
}
