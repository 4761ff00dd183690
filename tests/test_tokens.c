#include "api/api.h"
#include "api/token_edit.h"
#include "api/token_file.h"
#include "api/tokens.h"
#include "api_fixture.h"
#include "core/hash.h"
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
	return vg_tokens_find(f.service.tokens, vg_slice_of(token), NULL,
			      now_ms, who);
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
		{HASH " MA scopes=write\n", "tokens:1: scopes= is not"},
		{HASH " MA scopes=read,\n", "tokens:1: scopes= is not"},
		{HASH " MA from=10.0.0.1/8\n", "tokens:1: from= is not"},
		{HASH " MA from=home\n", "tokens:1: from= is not"},
		{HASH " MA rate=fast\n", "tokens:1: rate= is not"},
		{HASH " MA rate=-1\n", "tokens:1: rate= is not"},
		{HASH " MA rate=1000001\n", "tokens:1: rate= is not"},
		{HASH " MA rate=5/0\n", "tokens:1: rate= is not"},
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

Test(tokens, are_found_again_only_as_they_are_sent_and_as_the_file_has_them)
{
	struct vg_token_memo memo = {.n = 0};
	struct vg_asker who;
	const char *const sent[] = {API_MA, API_MA, API_IL,  "vg_m",
				    API_MA, "",	    "vg_mb", API_MA};

	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		struct vg_slice token = vg_slice_of(sent[i]);
		bool known =
			vg_tokens_find(f.service.tokens, token, NULL, 0, &who);

		cr_assert(eq(int,
			     vg_tokens_find_again(f.service.tokens, token,
						  &memo, NULL, 0, &who),
			     known),
			  "%s", sent[i]);
		if (strcmp(sent[i], API_IL) == 0)
			cr_assert(eq(uint, who.viewer, 1));
		else if (known)
			cr_assert(eq(uint, who.viewer, 0));
	}
	/* What was withdrawn is not found, however often it was. */
	api_write_tokens(&f, "# none\n");
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK));
	cr_assert(not(vg_tokens_find_again(
		f.service.tokens, vg_slice_of(API_MA), &memo, NULL, 0, &who)));
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
	cr_assert(not(vg_tokens_find(t, vg_slice_of(API_MA), NULL, 0, &who)));
	cr_assert(eq(int, vg_tokens_refresh(t, 0, true, &err), VG_OK));
	vg_tokens_free(t);
}

static char printed[4096];

/* Run one edit with what it prints in `printed`. */
static enum vg_rc rotate(const char *which, int64_t until_ms)
{
	FILE *out = fmemopen(printed, sizeof printed, "w");
	enum vg_rc rc = vg_token_rotate(f.cfg, which, until_ms, out, &err);

	(void)fclose(out);
	printed[strcspn(printed, "\n")] = '\0';
	return rc;
}

static void refresh(void)
{
	cr_assert(eq(int, vg_tokens_refresh(f.service.tokens, 0, true, &err),
		     VG_OK),
		  "%s", err.text);
}

Test(tokens, rotates_a_token_and_keeps_its_words)
{
	struct vg_asker who;

	give_words("role=analyst name=amal scopes=read rate=3/9 from=10.0.0.1");
	cr_assert(eq(int, rotate("amal", 0), VG_OK), "%s", err.text);
	refresh();
	cr_assert(not(finds(API_MA, 0)));
	cr_assert(finds_at(printed, API_NOW_MS, &who));
	cr_assert(eq(str, who.name, "amal"));
	cr_assert(eq(int, (int)who.role, VG_ROLE_ANALYST));
	cr_assert(eq(int, (int)who.rate, 3));
	cr_assert(not(who.is_here));
}

Test(tokens, lets_the_old_token_go_on_for_a_while)
{
	struct vg_asker who;

	give_words("role=analyst name=amal expires=2026-03-20");
	cr_assert(eq(int, rotate("amal", API_NOW_MS + 1000), VG_OK));
	refresh();
	cr_assert(finds_at(API_MA, API_NOW_MS, &who));
	cr_assert(not(finds_at(API_MA, API_NOW_MS + 1000, &who)));
	cr_assert(finds_at(printed, API_NOW_MS + 1000, &who));
	cr_assert(who.expires_ms > API_NOW_MS + 1000, "its own end");
	cr_assert(eq(int, rotate("amal", 0), VG_INVAL), "there are two");
	cr_assert(strstr(err.text, "by its 16 digits") != NULL);
}

Test(tokens, an_old_token_lives_no_longer_for_being_kept)
{
	struct vg_asker who;

	give_words("name=amal expires=2026-03-01T12:00:02Z");
	cr_assert(eq(int, rotate("amal", API_NOW_MS + 3600000), VG_OK));
	refresh();
	cr_assert(not(finds_at(API_MA, API_NOW_MS + 3000, &who)));
}

Test(tokens, withdraws_what_it_is_told_and_leaves_all_else)
{
	char line[160], text[1024] = "# ours\n\n", *left;
	size_t n = 0;
	FILE *in;

	api_token_line(line, API_MA, "MA name=amal");
	(void)strcat(text, line);
	api_token_line(line, API_IL, "IL");
	(void)strcat(text, line);
	(void)strcat(text, "# amal left\n");
	api_write_tokens(&f, text);
	cr_assert(eq(int, vg_token_revoke(f.cfg, "noor", &n, &err), VG_INVAL));
	cr_assert(eq(int, vg_token_revoke(f.cfg, "amal", &n, &err), VG_OK));
	cr_assert(eq(int, (int)n, 1));
	refresh();
	cr_assert(not(finds(API_MA, 0)));
	cr_assert(finds(API_IL, 1));
	left = calloc(1, 1024);
	in = fopen(f.token_path, "r");
	(void)fread(left, 1, 1023, in);
	(void)fclose(in);
	cr_assert(strncmp(left, "# ours\n\n", 8) == 0);
	cr_assert(strstr(left, "# amal left\n") != NULL);
	free(left);
}

Test(tokens, lists_what_there_is_without_secrets)
{
	FILE *out = fmemopen(printed, sizeof printed, "w");
	char hash[65];

	vg_sha256_hex(hash, API_MA, strlen(API_MA));
	give_words("role=analyst name=amal scopes=promql expires=2026-01-01");
	cr_assert(eq(int, vg_token_list(f.cfg, API_NOW_MS, out, &err), VG_OK));
	(void)fclose(out);
	cr_assert(strstr(printed, "expired") != NULL);
	cr_assert(strstr(printed, "amal") != NULL);
	cr_assert(strstr(printed, "promql") != NULL);
	cr_assert(strstr(printed, hash) == NULL);
	hash[16] = '\0';
	cr_assert(strstr(printed, hash) != NULL);
	/* By these digits it can be called. */
	cr_assert(eq(int, rotate(hash, 0), VG_OK), "%s", err.text);
}

Test(tokens, makes_a_token_with_all_that_it_may_have)
{
	struct vg_token_wish wish = {.viewer = "MA",
				     .role = "analyst",
				     .name = "amal",
				     .scopes = "read,promql",
				     .from = "192.0.2.0/24,2001:db8::/32",
				     .rate = "5/50"};
	FILE *out = fmemopen(printed, sizeof printed, "w");
	struct vg_asker who;

	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_OK), "%s",
		  err.text);
	(void)fclose(out);
	printed[strcspn(printed, "\n")] = '\0';
	refresh();
	cr_assert(finds_at(printed, API_NOW_MS, &who));
	cr_assert(eq(int, (int)who.burst, 50));
	out = fopen("/dev/null", "w");
	wish.scopes = "read,dance";
	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_INVAL));
	cr_assert(strstr(err.text, "scopes= is not") == err.text, "%s",
		  err.text);
	wish.scopes = "read\nx";
	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_INVAL));
	wish.scopes = NULL;
	wish.from = "192.0.2.1/24";
	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_INVAL));
	(void)fclose(out);
}

Test(tokens, keeps_names_of_certificates_and_tokens_apart)
{
	const char *name = "URI:spiffe://ma.example/siem";
	struct vg_asker who;

	api_write_tokens(&f, "cert:URI:spiffe://ma.example/siem MA name=siem "
			     "expires=2027-01-01\n");
	refresh();
	cr_assert(vg_tokens_find_certificate(
		f.service.tokens, vg_slice_of(name), NULL, API_NOW_MS, &who));
	cr_assert(eq(str, who.name, "siem"));
	cr_assert(not(finds_at("cert:URI:spiffe://ma.example/siem", API_NOW_MS,
			       &who)));
	cr_assert(vg_service_admits(&f.service,
				    "Certificate URI:spiffe://ma.example/siem",
				    0, API_NOW_MS));
	cr_assert(not(vg_service_admits(&f.service,
					"Certificate URI:spiffe://ma.example/"
					"other",
					0, API_NOW_MS)));
	cr_assert(eq(int, rotate("siem", 0), VG_INVAL));
	give_words("");
	cr_assert(not(vg_tokens_find_certificate(f.service.tokens,
						 vg_slice_of(API_MA), NULL,
						 API_NOW_MS, &who)));
}

Test(tokens, an_admission_that_a_header_claims_is_none)
{
	struct vg_call call = {.method = "GET",
			       .target = "/v1/me",
			       .authorization =
				       "Certificate URI:spiffe://ma.example/x",
			       .now_ms = API_NOW_MS};
	struct vg_answer a;

	api_write_tokens(&f, "cert:URI:spiffe://ma.example/x MA\n");
	refresh();
	vg_api_dispatch(&f.service, &call, &a);
	cr_assert(eq(int, a.status, 401));
	vg_answer_term(&a);
}

Test(tokens, takes_names_of_certificates_up_to_their_length)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "cert:URI:");
	while (b.n < 5 + VG_CERT_NAME_MAX)
		vg_buf_str(&b, "x");
	vg_buf_str(&b, " MA\n");
	cr_assert(eq(int, parse(b.p), VG_OK), "%s", err.text);
	b.n = 5 + VG_CERT_NAME_MAX;
	vg_buf_str(&b, "x MA\n");
	cr_assert(eq(int, parse(b.p), VG_INVAL));
	cr_assert(eq(int, parse("cert:OU:x MA\n"), VG_INVAL));
	cr_assert(eq(int, parse("cert:URI: MA\n"), VG_INVAL));
	cr_assert(eq(int, parse("cert: MA\n"), VG_INVAL));
	vg_buf_term(&b);
}

Test(tokens, writes_the_line_of_a_certificate_and_prints_no_token)
{
	struct vg_token_wish wish = {.viewer = "MA",
				     .name = "siem",
				     .certificate = "DNS:siem.ma.example"};
	FILE *out = fmemopen(printed, sizeof printed, "w");
	struct vg_asker who;

	printed[0] = '\0';
	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_OK), "%s",
		  err.text);
	(void)fclose(out);
	cr_assert(eq(str, printed, ""));
	refresh();
	cr_assert(vg_tokens_find_certificate(f.service.tokens,
					     vg_slice_of(wish.certificate),
					     NULL, API_NOW_MS, &who));
	out = fopen("/dev/null", "w");
	wish.certificate = "siem";
	cr_assert(eq(int, vg_token_add(f.cfg, &wish, out, &err), VG_INVAL));
	(void)fclose(out);
}
