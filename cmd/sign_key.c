/* sign_key - `vigie sign-key new`: a key pair for signing records. */
#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "core/sign.h"

#include <string.h>

int vg_cmd_sign_key(int argc, char **argv)
{
	const char *id = NULL;
	struct vg_arg_list words = {0};
	const struct vg_arg table[] = {
		{"--id", NULL, VG_ARG_TEXT, &id, "ID",
		 "what the key is called in signatures; a new key, a new id",
		 true, 0, 0},
		{"", NULL, VG_ARG_MANY, &words, "new KEYFILE",
		 "the file to write the private key to", true, 0, 0},
		VG_ARG_HELP};
	char key[VG_SIGN_BASE64];
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("sign-key new --id ID KEYFILE", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (words.n != 2 || strcmp(words.v[0], "new") != 0) {
		(void)vg_err_set(&err, VG_INVAL,
				 "sign-key: say `vigie sign-key new --id ID "
				 "KEYFILE`");
		return vg_report(&err);
	}
	if (vg_signer_new(words.v[1], id, key, &err) != VG_OK)
		return vg_report(&err);
	printf("- {id: %s, key: \"%s\"}\n", id, key);
	fprintf(stderr,
		"The line above is public: it goes under partners.keys in "
		"vigie's configuration.\n%s is not: it stays here.\n",
		words.v[1]);
	return VG_EXIT_OK;
}
