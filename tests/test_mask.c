/* Credentials are masked by their bytes. */
#include "ingest/mask.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static char text[512];

static char *masked(const char *in, bool record)
{
	size_t n = strlen(in);

	cr_assert(n < sizeof text);
	memcpy(text, in, n + 1);
	(void)(record ? vg_mask_record(text, n) : vg_mask(text, n));
	cr_assert(eq(sz, strlen(text), n));
	return text;
}

struct row {
	const char *in, *out;
};

Test(mask, hides_what_follows_a_credentials_name)
{
	static const struct row rows[] = {
		{"{\"password\": \"abc\", \"x\": 1}",
		 "{\"password\": \"***\", \"x\": 1}"},
		{"{\"PassWord\":\"a\\\"c\"}", "{\"PassWord\":\"****\"}"},
		{"{\\\"pwd\\\":\\\"abc\\\",\\\"y\\\":1}",
		 "{\\\"pwd\\\":\\\"***\\\",\\\"y\\\":1}"},
		{"{\"token\":123,\"y\":1}", "{\"token\":***,\"y\":1}"},
		{"{\"api_key\":[\"a\",\"b\"],\"y\":1}",
		 "{\"api_key\":[\"*\",\"*\"],\"y\":1}"},
		{"user=x passwd=abc id=5", "user=x passwd=*** id=5"},
		{"Authorization: Basic YTpi\r\nHost: h",
		 "Authorization: **********\r\nHost: h"},
		{"run --password abc --user x", "run --password *** --user x"},
		{"get http://u:p@h/x?a=1", "get http://***@h/x?a=1"},
		{"{\"secret\":\"cut o", "{\"secret\":\"*****"},
		{"{\"p\\u0061ss\":\"abc\"}", "{\"p\\u0061ss\":\"***\"}"},
		{"{\"message\":\"kept\"}", "{\"message\":\"kept\"}"},
		{"no passwords here", "no passwords here"},
		{"", ""}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(strcmp(masked(rows[i].in, false), rows[i].out) == 0,
			  "%s: %s", rows[i].in, text);
}

Test(mask, hides_in_a_record_what_quotes_what_was_typed)
{
	static const struct row rows[] = {
		{"{\"message\":\"login [root/abc]\",\"id\":1}",
		 "{\"message\":\"****************\",\"id\":1}"},
		{"{\"input\":\"echo abc\"}", "{\"input\":\"********\"}"},
		{"{\"full_log\":\"cut off", "{\"full_log\":\"*******"},
		{"{\"object_relation\":\"password\",\"value\":\"abc\"}",
		 "{\"object_relation\":\"password\",\"value\":\"***\"}"},
		{"{\"Attach\":[{\"Content\":\"abc\",\"Note\":\"ab\"}]}",
		 "{\"Attach\":[{\"Content\":\"***\",\"Note\":\"**\"}]}"},
		{"{\"sensor\":\"pot\"}", "{\"sensor\":\"pot\"}"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(strcmp(masked(rows[i].in, true), rows[i].out) == 0,
			  "%s: %s", rows[i].in, text);
}

Test(mask, hides_columns_with_a_credentials_name)
{
	cr_assert(eq(str,
		     masked("#fields\tts\tuser\tpassword\targ\n1\tu\tabc\tx\n",
			    true),
		     "#fields\tts\tuser\tpassword\targ\n1\tu\t***\tx\n"));
	cr_assert(eq(str, masked("#path\tftp\n1\tu\tabc", true),
		     "#path\tftp\n*\t*\t***"));
	cr_assert(eq(str, masked("#fields\tts\n1\tmore", true),
		     "#fields\tts\n1\t****"));
}

Test(mask, hides_all_of_a_record_it_cannot_read)
{
	char zero[] = "{\0\"a\":1}";

	cr_assert(eq(str, masked("1\tu\tabc\tx", true), "*********"));
	cr_assert(vg_mask_record(zero, sizeof zero - 1));
	for (size_t i = 0; i < sizeof zero - 1; i++)
		cr_assert(zero[i] == '*');
}

Test(mask, says_whether_a_byte_changed)
{
	char plain[] = "{\"sensor\":\"a\"}", secret[] = "{\"pwd\":\"a\"}";

	cr_assert(not(vg_mask_record(plain, sizeof plain - 1)));
	cr_assert(vg_mask_record(secret, sizeof secret - 1));
	cr_assert(not(vg_mask_record(secret, sizeof secret - 1)));
	cr_assert(vg_mask_needed(vg_slice_of("a password=x")));
	cr_assert(not(vg_mask_needed(vg_slice_of("ET SCAN: a=b"))));
}

Test(mask, hides_in_a_cef_event_what_only_its_label_explains)
{
	static const struct row rows[] = {
		{"CEF:0|a|b|c|d|e|5|msg=ab c cs1=a\\=c cs1Label=Pass src=x",
		 "CEF:0|a|b|c|d|e|5|msg=**** cs1=**** cs1Label=Pass src=x"},
		{"<1>Jan  2 03:04:05 h CEF:0|a|b|c|d|e|5|reason=abc  ",
		 "<1>Jan  2 03:04:05 h CEF:0|a|b|c|d|e|5|reason=***  "},
		{"CEF:0|a|b|c|d|e|5|cs7=abc deviceCustomString2=",
		 "CEF:0|a|b|c|d|e|5|cs7=abc deviceCustomString2="},
		{"CEF: msg=abc", "CEF: msg=abc"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(strcmp(masked(rows[i].in, true), rows[i].out) == 0,
			  "%s: %s", rows[i].in, text);
}
