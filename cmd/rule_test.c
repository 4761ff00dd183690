/* `vigie test`: the tests of rules, and whether each rule has one. */
#include "cmd/case_file.h"
#include "cmd/commands.h"
#include "cmd/report.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096 };

struct testing {
	struct vg_offline_words words;
	struct vg_case_tally tally;
};

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static int is_yaml(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in(entry->d_name, ".yaml");
}

/* With --strict every file of rules has a file of tests beside it. */
static void check_tested(struct testing *t, const char *path)
{
	char test[PATH_SIZE];
	struct stat st;
	int n = snprintf(test, sizeof test, "%.*s.test.yaml",
			 (int)(strlen(path) - strlen(".yaml")), path);

	if (n > 0 && (size_t)n < sizeof test && stat(test, &st) == 0)
		return;
	t->tally.failed++;
	printf("FAILED %s: it has no tests; write them to %s\n", path, test);
}

static enum vg_rc run_folder(struct testing *t, const char *folder,
			     struct vg_err *err)
{
	struct dirent **entry = NULL;
	char path[PATH_SIZE];
	int n = scandir(folder, &entry, is_yaml, alphasort);
	size_t before = t->tally.passed + t->tally.failed;
	enum vg_rc rc = VG_OK;

	for (int i = 0; i < n; i++) {
		int len = snprintf(path, sizeof path, "%s%s%s", folder,
				   ends_in(folder, "/") ? "" : "/",
				   entry[i]->d_name);

		if (len < 0 || (size_t)len >= sizeof path)
			rc = vg_err_set(err, VG_INVAL, "%.100s: too long",
					folder);
		else if (ends_in(path, ".test.yaml"))
			vg_case_file(path, &t->words, &t->tally);
		else if (t->tally.strict)
			check_tested(t, path);
		free(entry[i]);
	}
	free(entry);
	if (n < 0 ||
	    (rc == VG_OK && before == t->tally.passed + t->tally.failed))
		rc = vg_err_set(err, VG_INVAL,
				"%.100s: no tests; they are files called "
				"NAME.test.yaml",
				folder);
	return rc;
}

static enum vg_rc run_path(struct testing *t, const char *path,
			   struct vg_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return vg_err_set(err, VG_INVAL,
				  "%.100s: no such file or "
				  "folder",
				  path);
	if (S_ISDIR(st.st_mode))
		return run_folder(t, path, err);
	vg_case_file(path, &t->words, &t->tally);
	return VG_OK;
}

int vg_cmd_rule_test(int argc, char **argv)
{
	struct testing t = {.tally = {.passed = 0}};
	struct vg_arg_list paths = {0};
	const struct vg_arg table[] = {
		{"--config", "-c", VG_ARG_TEXT, &t.words.config, "FILE",
		 "a configuration file; five partners when not given", false, 0,
		 0},
		VG_ARG_SET(&t.words.set),
		{"--strict", NULL, VG_ARG_FLAG, &t.tally.strict, "",
		 "each rule must have tests, one that fires and one that does "
		 "not",
		 false, 0, 0},
		{"", NULL, VG_ARG_MANY, &paths, "PATH...",
		 "folders, or files of tests (NAME.test.yaml)", true, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("test PATH...", table, VG_ROWS(table), argc, argv,
			     &status))
		return status;
	for (size_t i = 0; i < paths.n; i++)
		if (run_path(&t, paths.v[i], &err) != VG_OK)
			return vg_report(&err);
	printf("%zu passed, %zu failed\n", t.tally.passed, t.tally.failed);
	return t.tally.failed == 0 ? VG_EXIT_OK : VG_EXIT_FAILED;
}
