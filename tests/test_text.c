#include "core/err.h"
#include "core/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static char out[64];

static char *shown(const char *in)
{
	size_t n = vg_text_show(out, sizeof out, in, strlen(in));

	cr_assert(eq(sz, n, strlen(out)));
	return out;
}

Test(text, shows_what_can_be_read_as_it_is)
{
	cr_assert(eq(str, shown(""), ""));
	cr_assert(eq(str, shown("plain \\ \"text\""), "plain \\ \"text\""));
	cr_assert(eq(str, shown("été 東京 \U0001f600"), "été 東京 \U0001f600"));
}

Test(text, escapes_what_a_terminal_would_obey)
{
	cr_assert(eq(str, shown("\x1b[2J\r\n\t\x7f"),
		     "\\x1b[2J\\x0d\\x0a\\x09\\x7f"));
	cr_assert(eq(str, shown("\xc2\x9b"), "\\xc2\\x9b"));
	cr_assert(eq(str, shown("a\u2028b\u2029"),
		     "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9"));
	cr_assert(eq(str, shown("\u202e"), "\\xe2\\x80\\xae"));
	cr_assert(eq(str, shown("\u2066\u2069"),
		     "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"));
}

Test(text, shows_the_neighbours_of_what_it_escapes)
{
	cr_assert(eq(str, shown(" ~\u00a0\u2027\u202f\u2065\u206a"),
		     " ~\u00a0\u2027\u202f\u2065\u206a"));
}

Test(text, escapes_what_is_not_utf8_byte_by_byte)
{
	cr_assert(eq(str, shown("\xff\xc3"), "\\xff\\xc3"));
	cr_assert(eq(str, shown("\xed\xa0\x80"), "\\xed\\xa0\\x80"));
}

Test(text, is_cut_between_characters_and_never_within_an_escape)
{
	char five[5], four[4], one[1];

	cr_assert(eq(sz, vg_text_show(five, 5, "\n", 1), 4));
	cr_assert(eq(str, five, "\\x0a"));
	cr_assert(eq(sz, vg_text_show(four, 4, "\n", 1), 0));
	cr_assert(eq(sz, vg_text_show(four, 4, "éé", 4), 2));
	cr_assert(eq(str, four, "é"));
	cr_assert(eq(sz, vg_text_show(four, 4, "abcd", 4), 3));
	cr_assert(eq(str, four, "abc"));
	cr_assert(eq(sz, vg_text_show(one, 1, "a", 1), 0));
	cr_assert(eq(str, one, ""));
}

Test(text, knows_the_22_hex_digits_and_no_other_byte)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	int n = 0;

	for (int c = 0; c < 256; c++) {
		const char *at = c != 0 ? strchr(digits, c) : NULL;
		int want = at == NULL ? -1 : (int)(at - digits);

		if (want > 15)
			want -= 6;
		cr_assert(eq(int, vg_text_hex((char)c), want), "%d", c);
		n += want >= 0;
	}
	cr_assert(eq(int, n, 22));
}

Test(err, shows_a_peers_bytes_and_may_quote_itself)
{
	struct vg_err err = {0};

	cr_assert(eq(int, vg_err_set(&err, VG_DROP, "bad %s", "\x1b]0;x\a"),
		     VG_DROP));
	cr_assert(eq(str, err.text, "bad \\x1b]0;x\\x07"));
	(void)vg_err_set(&err, VG_INVAL, "more: %s", err.text);
	cr_assert(eq(str, err.text, "more: bad \\x1b]0;x\\x07"));
	cr_assert(eq(int, err.rc, VG_INVAL));
	cr_assert(eq(int, vg_err_set(NULL, VG_RETRY, "nobody asks"), VG_RETRY));
}

Test(err, is_cut_to_its_room)
{
	struct vg_err err = {0};
	char text[600];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)vg_err_set(&err, VG_DROP, "%s", text);
	cr_assert(eq(sz, strlen(err.text), sizeof err.text - 1));
}
