/* audit - `vigie audit verify`: is an audit log whole? */
#include "api/audit_chain.h"
#include "cmd/commands.h"
#include "cmd/report.h"

#include <string.h>

int vg_cmd_audit(int argc, char **argv)
{
	const char *key = NULL;
	struct vg_arg_list words = {0};
	const struct vg_arg table[] = {
		{"--key", NULL, VG_ARG_TEXT, &key, "KEYFILE",
		 "the file of audit.key_file, when the chain is keyed", false,
		 0, 0},
		{"", NULL, VG_ARG_MANY, &words, "verify FILE...",
		 "the log's files, oldest first: audit.log.* audit.log", true,
		 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("audit verify [--key KEYFILE] FILE...", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (words.n < 2 || strcmp(words.v[0], "verify") != 0) {
		(void)vg_err_set(&err, VG_INVAL,
				 "audit: say `vigie audit verify FILE...`");
		return vg_report(&err);
	}
	if (vg_audit_verify(words.v + 1, words.n - 1, key, stdout, &err) !=
	    VG_OK)
		return vg_report(&err);
	return VG_EXIT_OK;
}
