#include "api/api.h"
#include "api/token_file.h"
#include "api/tokens.h"
#include "api_fixture.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct api_fixture f;
static struct vg_err err;

static void start(void)
{
	api_fixture_init(&f);
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(tokens, .init = start, .fini = finish);

static enum vg_rc parse(const char *text)
{
	struct vg_token_set set = {0};
	enum vg_rc rc =
		vg_token_parse(&set, f.cfg, "tokens", vg_slice_of(text), &err);

	if (rc == VG_OK)
		free(set.token);
	return rc;
}

static bool finds_at(const char *token, int64_t now_ms, struct vg_asker *who)
{
	return vg_tokens_find(f.service.tokens, vg_slice_of(token), now_ms,
			      who);
}

static bool finds(const char *token, unsigned wanted)
{
	struct vg_asker who = {.viewer = 99};

	return finds_at(token, API_NOW_MS, &who) && who.viewer == wanted;
}

/* The token API_MA with `words` behind its viewer. */
static void give_words(const char *words)
{
	char line[160], viewer[128];

	(void)snprintf(viewer, sizeof viewer, "MA %s", words);
	api_token_line(line, API_MA, viewer);
	api_write_tokens(&f, line);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

Test(tokens, reads_comments_blank_lines_and_known_options)
{
	cr_assert(eq(int, parse(""), VG_OK));
	cr_assert(eq(int, parse("# c\n\n  \t\r\n" HASH " MA\r\n"), VG_OK));
	cr_assert(eq(int,
		     parse("\t" HASH "  coalition role=operator scopes=read "
			   "expires=2027-01-01 name=a.b-C_9@x"),
		     VG_OK));
}

Test(tokens, refuses_each_fault_with_its_line_and_a_remedy)
{
	static const struct {
		const char *text, *at;
	} bad[] = {
		{"#\nx MA\n", "tokens:2: a line starts"},
		{HASH "0 MA\n", "tokens:1: a line starts"},
		{"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789ab"
		 "cdef MA\n",
		 "tokens:1: a line starts"},
		{HASH "\n", "tokens:1: no viewer"},
		{HASH " XX\n", "tokens:1: unknown viewer"},
		{HASH " ma\n", "tokens:1: unknown viewer"},
		{HASH " MA IL\n", "tokens:1: unknown word"},
		{HASH " MA color=red\n", "tokens:1: unknown word"},
		{HASH " MA role=\n", "tokens:1: unknown word"},
		{HASH " MA role=soc\n", "tokens:1: role= is not"},
		{HASH " MA expires=soon\n", "tokens:1: expires= is no"},
		{HASH " MA expires=2027-02-30\n", "tokens:1: expires= is no"},
		{HASH " MA name=a/b\n", "tokens:1: name= is not"},
		{HASH " MA role=admin role=reader\n", "tokens:1: a word"},
		{HASH " MA\n" HASH " IL\n", "tokens:2: this hash"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect(eq(int, parse(bad[i].text), VG_INVAL), "%s",
			  bad[i].text);
		cr_expect(strstr(err.text, bad[i].at) == err.text, "%s",
			  err.text);
	}
}

Test(tokens, takes_as_many_as_the_limit_and_not_one_more)
{
	struct vg_buf text = {0};

	for (int i = 0; i < VG_TOKENS_MAX; i++)
		vg_buf_printf(&text, "%064x MA\n", i);
	cr_assert(eq(int, parse(text.p), VG_OK));
	vg_buf_printf(&text, "%064x MA\n", VG_TOKENS_MAX);
	cr_assert(eq(int, parse(text.p), VG_INVAL));
	vg_buf_term(&text);
}

static enum vg_rc read_file(void)
{
	struct vg_token_set set = {0};
	struct stat stamp;
	enum vg_rc rc = vg_token_read(&set, f.cfg, f.token_path, &stamp, &err);

	if (rc == VG_OK)
		free(set.token);
	return rc;
}

Test(tokens, takes_a_file_of_the_largest_size_and_not_a_byte_more)
{
	char *text = malloc(VG_TOKEN_FILE_MAX + 2);

	memset(text, '\n', VG_TOKEN_FILE_MAX + 1);
	text[VG_TOKEN_FILE_MAX] = '\0';
	api_write_tokens(&f, text);
	cr_assert(eq(int, read_file(), VG_OK), "%s", err.text);

	text[VG_TOKEN_FILE_MAX] = '\n';
	text[VG_TOKEN_FILE_MAX + 1] = '\0';
	api_write_tokens(&f, text);
	cr_assert(eq(int, read_file(), VG_INVAL));
	free(text);
}

Test(tokens, refuses_a_file_that_is_absent_or_that_others_may_write)
{
	cr_assert(eq(int, chmod(f.token_path, 0620), 0));
	cr_assert(eq(int, read_file(), VG_INVAL));
	cr_assert(strstr(err.text, "chmod 600") != NULL);

	cr_assert(eq(int, unlink(f.token_path), 0));
	cr_assert(eq(int, read_file(), VG_INVAL));
	cr_assert(strstr(err.text, "vigie token add") != NULL);
}

Test(tokens, finds_the_viewer_of_a_token_and_of_nothing_else)
{
	char longest[VG_TOKEN_TEXT_MAX + 2];

	cr_assert(finds(API_MA, 0));
	cr_assert(finds(API_IL, 1));
	cr_assert(finds(API_SOC, VG_SLOT_COALITION));
	cr_assert(not(finds("", 0)));
	cr_assert(not(finds("vg_m", 0)));
	cr_assert(not(finds("vg_ma ", 0)));
	cr_assert(not(finds(HASH, 0)));

	memset(longest, 'x', sizeof longest);
	longest[VG_TOKEN_TEXT_MAX + 1] = '\0';
	cr_assert(not(finds(longest, 0)));
}

Test(tokens, takes_a_token_of_the_largest_length_and_not_a_byte_more)
{
	char line[160], longest[VG_TOKEN_TEXT_MAX + 2];

	memset(longest, 'x', sizeof longest);
	longest[VG_TOKEN_TEXT_MAX] = '\0';
	api_token_line(line, longest, "AE");
	api_write_tokens(&f, line);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	cr_assert(finds(longest, 2));

	longest[VG_TOKEN_TEXT_MAX] = 'x';
	longest[VG_TOKEN_TEXT_MAX + 1] = '\0';
	api_token_line(line, longest, "AE");
	api_write_tokens(&f, line);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	cr_assert(not(finds(longest, 2)));
}

Test(tokens, are_read_again_when_the_file_changes_but_not_every_time)
{
	char line[160];

	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 5000, false, &err),
		     VG_OK));
	api_token_line(line, "vg_new", "BH");
	api_write_tokens(&f, line);
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 5999, false, &err),
		     VG_OK));
	cr_assert(finds(API_MA, 0));

	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 6000, false, &err),
		     VG_OK));
	cr_assert(finds("vg_new", 4));
	cr_assert(not(finds(API_MA, 0)));
}

Test(tokens, stay_in_force_when_the_file_turns_bad_and_it_is_said_once)
{
	api_write_tokens(&f, "nonsense\n");

	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 2000, false, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, ":1: ") != NULL);
	cr_assert(finds(API_MA, 0));
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 4000, false, &err),
		     VG_OK));

	cr_assert(eq(int, unlink(f.token_path), 0));
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 6000, false, &err),
		     VG_INVAL));
	cr_assert(eq(int,
		     vg_tokens_refresh(f.service.tokens, 8000, false, &err),
		     VG_OK));
	cr_assert(eq(sz, vg_tokens_count(f.service.tokens), 3));
}

Test(tokens, have_a_role_which_is_reader_unless_said)
{
	struct vg_asker who;

	cr_assert(finds_at(API_MA, API_NOW_MS, &who));
	cr_assert(eq(int, who.role, VG_ROLE_READER));
	cr_assert(eq(int, strncmp(who.name, "token:", 6), 0));
	cr_assert(eq(sz, strlen(who.name), 6 + 16));

	give_words("role=analyst name=alice");
	cr_assert(finds_at(API_MA, API_NOW_MS, &who));
	cr_assert(eq(int, who.role, VG_ROLE_ANALYST));
	cr_assert(eq(str, who.name, "alice"));
	for (int i = VG_ROLE_READER; i <= VG_ROLE_ADMIN; i++)
		cr_assert(eq(int,
			     vg_role_find(vg_slice_of(
				     vg_role_name((enum vg_role)i))),
			     i));
}

Test(tokens, are_in_force_until_they_expire_and_not_a_millisecond_longer)
{
	struct vg_asker who;
	const int64_t end_ms = INT64_C(1772366400000); /* 2026-03-01T12:00Z */

	give_words("expires=2026-03-01T12:00:00Z");
	cr_assert(finds_at(API_MA, end_ms - 1, &who));
	cr_assert(not(finds_at(API_MA, end_ms, &who)));
	give_words("expires=2026-03-01");
	cr_assert(not(finds_at(API_MA, end_ms - 43200000, &who)));
	cr_assert(finds_at(API_MA, end_ms - 43200001, &who));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/partners"), 401));
}

Test(tokens, have_names_up_to_the_limit_and_not_a_byte_more)
{
	char name[VG_TOKEN_NAME_MAX + 2], text[256];

	memset(name, 'n', sizeof name);
	name[VG_TOKEN_NAME_MAX] = '\0';
	(void)snprintf(text, sizeof text, HASH " MA name=%s\n", name);
	cr_assert(eq(int, parse(text), VG_OK));
	name[VG_TOKEN_NAME_MAX] = 'n';
	name[VG_TOKEN_NAME_MAX + 1] = '\0';
	(void)snprintf(text, sizeof text, HASH " MA name=%s\n", name);
	cr_assert(eq(int, parse(text), VG_INVAL));
}

static enum vg_rc add_wish(const struct vg_token_wish *w, char token[64])
{
	FILE *out = tmpfile();
	enum vg_rc rc = vg_token_add(f.cfg, w, out, &err);

	rewind(out);
	if (fgets(token, 64, out) == NULL)
		token[0] = '\0';
	token[strcspn(token, "\n")] = '\0';
	cr_expect(eq(int, fgetc(out), EOF), "printed once only");
	(void)fclose(out);
	return rc;
}

static enum vg_rc add(const char *viewer, char token[64])
{
	const struct vg_token_wish w = {.viewer = viewer};

	return add_wish(&w, token);
}

Test(tokens, that_are_added_have_the_role_the_name_and_the_end_asked_for)
{
	const struct vg_token_wish w = {.viewer = "AE",
					.role = "analyst",
					.name = "amal",
					.expires_ms = API_NOW_MS + 501};
	const struct vg_token_wish bad[] = {{.viewer = "AE", .role = "root"},
					    {.viewer = "AE", .name = "a b"}};
	struct vg_asker who;
	char token[64];

	cr_assert(eq(int, add_wish(&w, token), VG_OK), "%s", err.text);
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(finds_at(token, API_NOW_MS, &who));
	cr_assert(eq(int, who.role, VG_ROLE_ANALYST));
	cr_assert(eq(str, who.name, "amal"));
	cr_assert(not(finds_at(token, API_NOW_MS + 501, &who)));
	for (size_t i = 0; i < 2; i++)
		cr_assert(eq(int, add_wish(&bad[i], token), VG_INVAL));
}

Test(tokens, that_are_added_work_and_are_not_kept_in_the_file)
{
	char token[64], other[64], text[1024] = "";
	FILE *file;

	cr_assert(eq(int, add("AE", token), VG_OK), "%s", err.text);
	cr_assert(eq(int, add("AE", other), VG_OK));
	cr_assert(eq(sz, strlen(token), 46));
	cr_assert(eq(int, strncmp(token, "vg_", 3), 0));
	cr_assert(ne(str, token, other));

	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	cr_assert(finds(token, 2) && finds(other, 2) && finds(API_MA, 0));
	file = fopen(f.token_path, "r");
	(void)!fread(text, 1, sizeof text - 1, file);
	(void)fclose(file);
	cr_assert(strstr(text, token) == NULL &&
		  strstr(text, token + 3) == NULL);
}

Test(tokens, are_added_to_a_new_file_that_only_the_owner_can_read)
{
	struct stat st;
	char token[64];

	cr_assert(eq(int, unlink(f.token_path), 0));
	cr_assert(eq(int, add("coalition", token), VG_OK), "%s", err.text);
	cr_assert(eq(int, stat(f.token_path, &st), 0));
	cr_assert(eq(uint, st.st_mode & 0777, 0600));
}

Test(tokens, are_added_on_a_line_of_their_own)
{
	char line[160], token[64];

	api_token_line(line, API_MA, "MA");
	line[strlen(line) - 1] = '\0';
	api_write_tokens(&f, line);
	cr_assert(eq(int, add("IL", token), VG_OK));
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(finds(API_MA, 0) && finds(token, 1));
}

Test(tokens, are_not_added_for_an_unknown_viewer_or_to_a_bad_file)
{
	char token[64];

	cr_assert(eq(int, add("XX", token), VG_INVAL));
	cr_assert(eq(str, token, ""));
	api_write_tokens(&f, "nonsense\n");
	cr_assert(eq(int, add("MA", token), VG_INVAL));
	cr_assert(eq(str, token, ""));
}

Test(tokens, are_none_without_a_file)
{
	struct vg_tokens *t = NULL;
	struct vg_asker who;

	f.cfg->http_token_file[0] = '\0';
	cr_assert(eq(int, vg_tokens_new(&t, f.cfg, &err), VG_OK));
	cr_assert(eq(sz, vg_tokens_count(t), 0));
	cr_assert(not(vg_tokens_find(t, vg_slice_of(API_MA), 0, &who)));
	cr_assert(eq(int, vg_tokens_refresh(t, 0, true, &err), VG_OK));
	vg_tokens_free(t);
}
