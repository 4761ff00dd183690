#include "api/audit_file.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1772366400500)

static char folder[64], path[96], key_path[96];
static struct vg_audit_key key;
static struct vg_audit_opts opts;
static struct vg_audit_file *file;
static struct vg_err err;
static char said[2048];

static void start(void)
{
	(void)strcpy(folder, "/tmp/vigie-audit-XXXXXX");
	cr_assert(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof path, "%s/log", folder);
	(void)snprintf(key_path, sizeof key_path, "%s/key", folder);
	opts = (struct vg_audit_opts){.path = path,
				      .writer = "host:1:2",
				      .key = &key,
				      .rotate_bytes = 1 << 20,
				      .sync_ms = 1000};
}

static void finish(void)
{
	char words[128];

	vg_audit_file_close(file);
	(void)snprintf(words, sizeof words, "rm -rf %s", folder);
	cr_assert(system(words) == 0);
}

TestSuite(audit, .init = start, .fini = finish);

static void open_log(void)
{
	cr_assert(
		eq(int, vg_audit_file_open(&file, &opts, NOW_MS, &err), VG_OK),
		"%s", err.text);
}

static void close_log(void)
{
	vg_audit_file_close(file);
	file = NULL;
}

static enum vg_rc put(const char *members)
{
	return vg_audit_file_put(file, "read", vg_slice_of(members), false,
				 NOW_MS, &err);
}

static void put_many(int n)
{
	for (int i = 0; i < n; i++)
		cr_assert(eq(int, put(",\"route\":\"/v1/top\""), VG_OK));
}

/* What `vigie audit verify` says of the files, or in `err`. */
static enum vg_rc verify_files(const char *const *files, size_t n,
			       const char *key_file)
{
	FILE *out = fmemopen(said, sizeof said, "w");
	enum vg_rc rc = vg_audit_verify(files, n, key_file, out, &err);

	(void)fclose(out);
	return rc;
}

static enum vg_rc verify(void)
{
	const char *files[] = {path};

	return verify_files(files, 1, NULL);
}

static char *read_log(size_t *n)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	*n = fread(text, 1, (1 << 20) - 1, in);
	(void)fclose(in);
	return text;
}

static void write_log(const char *text, size_t n)
{
	FILE *out = fopen(path, "w");

	(void)fwrite(text, 1, n, out);
	(void)fclose(out);
}

#define SAYS(what) cr_assert(strstr(said, what) != NULL, "%s", said)
#define ERRS(what) cr_assert(strstr(err.text, what) != NULL, "%s", err.text)

Test(audit, numbers_and_chains_its_entries)
{
	open_log();
	put_many(9);
	cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
	SAYS("10 entries, chain whole: 1 to 10, ");
}

Test(audit, goes_on_after_a_restart)
{
	open_log();
	put_many(2);
	close_log();
	open_log();
	put_many(1);
	cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
	SAYS("5 entries, chain whole");
}

/* Each byte of an entry but its line end, one after the other. */
Test(audit, finds_every_changed_byte_and_names_its_line)
{
	size_t n, from;
	char *text;

	open_log();
	put_many(3);
	close_log();
	text = read_log(&n);
	from = (size_t)(strchr(text, '\n') + 1 - text);
	for (size_t i = from; text[i] != '\n'; i++) {
		text[i] ^= 1;
		write_log(text, n);
		cr_expect(eq(int, verify(), VG_DROP), "byte %zu", i);
		cr_expect(strstr(err.text, "log:2: ") != NULL, "%s", err.text);
		text[i] ^= 1;
	}
	free(text);
}

Test(audit, finds_a_line_that_is_gone_added_or_moved)
{
	size_t n;
	char *text, *second, *third, *all;

	open_log();
	put_many(3);
	close_log();
	text = read_log(&n);
	second = strchr(text, '\n') + 1;
	third = strchr(second, '\n') + 1;
	all = calloc(1, 2 * n);

	(void)sprintf(all, "%.*s%s", (int)(second - text), text, third);
	write_log(all, strlen(all));
	cr_assert(eq(int, verify(), VG_DROP));
	ERRS("log:2: its number is not the next one");

	(void)sprintf(all, "%.*s%.*s%s", (int)(third - text), text,
		      (int)(third - second), second, third);
	write_log(all, strlen(all));
	cr_assert(eq(int, verify(), VG_DROP));
	ERRS("log:3: ");

	write_log(second, strlen(second));
	cr_assert(eq(int, verify(), VG_DROP));
	ERRS("log:1: a log begins with an entry \"opened\"");
	(void)sprintf(all, "%sgarbage\n", text);
	write_log(all, strlen(all));
	cr_assert(eq(int, verify(), VG_DROP));
	ERRS("log:5: no entry of an audit log");
	free(all);
	free(text);
}

Test(audit, goes_on_with_no_file_whose_chain_breaks)
{
	size_t n;
	char *text;

	open_log();
	put_many(3);
	close_log();
	text = read_log(&n);
	*strstr(text, "/v1/top") = '+';
	write_log(text, n);
	cr_assert(eq(int, vg_audit_file_open(&file, &opts, NOW_MS, &err),
		     VG_INVAL));
	ERRS("log:2: ");
	ERRS("move it away");
	free(text);
}

/* A process that is killed leaves any beginning of its last line. */
Test(audit, accounts_for_a_last_line_cut_anywhere)
{
	size_t n, at;
	char *text;

	open_log();
	put_many(2);
	close_log();
	text = read_log(&n);
	at = (size_t)(strrchr(text, '{') - text);
	for (size_t cut = at + 1; cut < n - 1; cut++) {
		write_log(text, cut);
		cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
		SAYS("2 entries, chain whole");
		SAYS("the last line is torn");
		open_log();
		put_many(1);
		close_log();
		cr_assert(eq(int, verify(), VG_OK), "cut %zu: %s", cut,
			  err.text);
		SAYS("5 entries, chain whole");
		SAYS("1 torn lines, accounted for");
	}
	free(text);
}

Test(audit, takes_a_last_line_that_lacks_its_end_alone)
{
	size_t n;
	char *text;

	open_log();
	put_many(2);
	close_log();
	text = read_log(&n);
	write_log(text, n - 1);
	open_log();
	put_many(1);
	cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
	SAYS("5 entries, chain whole");
	free(text);
}

Test(audit, begins_again_when_not_even_its_first_line_was_written)
{
	write_log("{\"n\":1,\"at\"", 11);
	open_log();
	put_many(1);
	cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
	SAYS("2 entries, chain whole");
}

/* A forged "torn" must not hide what stood there. */
Test(audit, lets_a_torn_line_stand_for_its_own_bytes_alone)
{
	size_t n;
	char *text, *torn;

	open_log();
	put_many(2);
	close_log();
	text = read_log(&n);
	write_log(text, n - 20);
	free(text);
	open_log();
	close_log();
	text = read_log(&n);
	cr_assert(eq(int, verify(), VG_OK), "%s", err.text);
	torn = strstr(text, "\"torn\"");
	while (*torn != '\n')
		torn--;
	torn[-1] ^= 1;
	write_log(text, n);
	cr_assert(eq(int, verify(), VG_DROP));
	ERRS("log:3: ");
	free(text);
}

static void limit_size(rlim_t most)
{
	struct rlimit l;

	cr_assert(getrlimit(RLIMIT_FSIZE, &l) == 0);
	l.rlim_cur = most;
	cr_assert(setrlimit(RLIMIT_FSIZE, &l) == 0);
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* A limit on the file's size writes what fits, as a full disk does. */
Test(audit, refuses_while_the_disk_is_full_and_goes_on_after)
{
	size_t n;

	for (size_t room = 0; room < 300; room += 7) {
		open_log();
		free(read_log(&n));
		limit_size(n + room);
		while (put(",\"route\":\"/v1/top\"") == VG_OK)
			;
		ERRS("cannot be written");
		cr_assert(eq(int, put(",\"x\":1"), VG_RETRY));
		cr_assert(eq(int, put(",\"x\":1"), VG_RETRY));
		limit_size(RLIM_INFINITY);
		put_many(2);
		cr_assert(eq(int, verify(), VG_OK), "room %zu: %s", room,
			  err.text);
		close_log();
		cr_assert(eq(int, unlink(path), 0));
	}
}

Test(audit, goes_on_in_new_files_without_breaking_the_chain)
{
	const char *some[] = {NULL, path};
	char words[256], old[128];
	FILE *list;

	opts.rotate_bytes = 4096;
	open_log();
	put_many(60);
	close_log();
	open_log();
	put_many(60);
	(void)snprintf(words, sizeof words, "ls %s/log.*", folder);
	list = popen(words, "r");
	cr_assert(fgets(old, sizeof old, list) != NULL);
	while (fgets(said, sizeof said, list) != NULL)
		(void)strcpy(old, said); /* the newest of them */
	(void)pclose(list);
	old[strcspn(old, "\n")] = '\0';
	some[0] = old;
	cr_assert(eq(int, verify_files(some, 2, NULL), VG_OK), "%s", err.text);
	SAYS("are in older files");
	some[0] = path;
	some[1] = old;
	cr_assert(eq(int, verify_files(some, 2, NULL), VG_DROP));
	ERRS("oldest first");

	/* The file is gone with the process: the newest old one is gone on. */
	close_log();
	cr_assert(eq(int, rename(path, old) == 0 ? 0 : 1, 0));
	open_log();
	some[0] = old;
	some[1] = path;
	cr_assert(eq(int, verify_files(some, 2, NULL), VG_OK), "%s", err.text);
}

Test(audit, is_one_process_own)
{
	struct vg_audit_file *second = NULL;

	open_log();
	cr_assert(eq(int, vg_audit_file_open(&second, &opts, NOW_MS, &err),
		     VG_INVAL));
	ERRS("another process writes it");
}

static void write_key(const char *text)
{
	FILE *out = fopen(key_path, "w");

	(void)fputs(text, out);
	(void)fclose(out);
	(void)chmod(key_path, 0600);
}

Test(audit, holds_with_its_key_and_with_no_other)
{
	const char *files[] = {path};

	write_key("0123456789abcdef\n");
	cr_assert(eq(int, vg_audit_key_read(&key, key_path, &err), VG_OK));
	open_log();
	put_many(3);
	cr_assert(eq(int, verify_files(files, 1, key_path), VG_OK));
	cr_assert(eq(int, verify_files(files, 1, NULL), VG_INVAL));
	ERRS("give the key");
	write_key("0123456789abcdeX\n");
	cr_assert(eq(int, verify_files(files, 1, key_path), VG_DROP));
	ERRS("log:1: the chain breaks");
	write_key("0123456789abcde\n");
	cr_assert(eq(int, verify_files(files, 1, key_path), VG_INVAL));
}

Test(audit, takes_a_key_of_as_many_bytes_as_the_limit_and_not_one_more)
{
	char text[VG_AUDIT_KEY_MAX + 2];

	memset(text, 'k', sizeof text);
	text[VG_AUDIT_KEY_MAX] = '\0';
	write_key(text);
	cr_assert(eq(int, vg_audit_key_read(&key, key_path, &err), VG_OK));
	text[VG_AUDIT_KEY_MAX] = 'k';
	text[VG_AUDIT_KEY_MAX + 1] = '\0';
	write_key(text);
	cr_assert(eq(int, vg_audit_key_read(&key, key_path, &err), VG_INVAL));
}

Test(audit, says_that_a_file_is_missing)
{
	cr_assert(eq(int, verify(), VG_INVAL));
	write_log("", 0);
	cr_assert(eq(int, verify(), VG_OK));
	SAYS("0 entries, chain whole");
}
