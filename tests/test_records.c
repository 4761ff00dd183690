/* The records of a file, as check event reads them. */
#include "cmd/records.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct vg_records records;
static FILE *in;

static void open_text(const char *text, bool tsv)
{
	in = tmpfile();
	cr_assert(in != NULL);
	fputs(text, in);
	rewind(in);
	cr_assert(eq(int, vg_records_init(&records, in, NULL), VG_OK));
	records.tsv = tsv;
}

static void close_text(void)
{
	vg_records_term(&records);
	fclose(in);
}

static void next_is(const char *want, uint64_t line)
{
	struct vg_slice r = {NULL, 0};

	cr_assert(vg_records_next(&records, &r), "%s is not there", want);
	cr_expect(vg_slice_eq(r, vg_slice_of(want)), "%.*s is not %s", (int)r.n,
		  r.p, want);
	cr_expect(eq(u64, records.first, line));
}

static void ends(void)
{
	struct vg_slice r;

	cr_assert(not(vg_records_next(&records, &r)));
	close_text();
}

Test(records, are_lines_and_empty_ones_are_none)
{
	open_text("{\"a\": 1}\r\n\n{\"b\":\nrest", false);
	next_is("{\"a\": 1}", 1);
	next_is("{\"b\":", 3);
	next_is("rest", 4);
	ends();
	open_text("", false);
	ends();
}

Test(records, are_the_elements_of_a_list_without_white_space)
{
	open_text(
		"[\n {\n  \"a\": \"x ]\\\" }\"\n },\n {\"b\": [1, 2]}, 7\n]\n",
		false);
	next_is("{\"a\":\"x ]\\\" }\"}", 2);
	next_is("{\"b\":[1,2]}", 5);
	next_is("7", 5);
	ends();
	open_text("[]", false);
	ends();
}

Test(records, are_objects_one_after_another)
{
	open_text("{\n \"a\": 1\n}\n{\n \"b\": 2\n}{\"c\":", false);
	next_is("{\"a\":1}", 1);
	next_is("{\"b\":2}", 4);
	next_is("{\"c\":", 6);
	ends();
}

Test(records, of_tsv_come_with_their_header)
{
	open_text("#separator \\x09\n#fields\ta\n1\n2\n#fields\tb\n3\n", true);
	next_is("#separator \\x09\n#fields\ta\n1", 3);
	next_is("#separator \\x09\n#fields\ta\n2", 4);
	next_is("#fields\tb\n3", 6);
	ends();
	open_text("#fields\ta\n1\n", false);
	next_is("#fields\ta", 1);
	next_is("1", 2);
	ends();
	open_text("# a remark\nx\n", true);
	next_is("# a remark", 1);
	next_is("x", 2);
	ends();
}

Test(records, that_are_too_long_come_cut_and_tell_it)
{
	struct vg_slice r = {NULL, 0};
	size_t n = VG_RECORD_MAX + 100;
	char *text = malloc(n + 4);

	memset(text, 'x', n);
	memcpy(text + n, "\ny\n", 4);
	open_text(text, false);
	cr_assert(vg_records_next(&records, &r));
	cr_assert(eq(u32, r.n, VG_RECORD_MAX + 1));
	next_is("y", 2);
	ends();
	text[VG_RECORD_MAX] = '\0';
	open_text(text, false);
	cr_assert(vg_records_next(&records, &r));
	cr_assert(eq(u32, r.n, VG_RECORD_MAX));
	ends();
	free(text);
}
