/* A configuration file with one thing more in it, and all else as it was. */
#include "core/config_edit.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                                   \
	"# ours\nkafka: {brokers: \"127.0.0.1:9092\"}\n"                       \
	"hash_key_file: hash.key\n"

#define ENTRY "{id: AE, country: AE, slot: 2}"

static struct vg_buf out;
static struct vg_err err;

static void finish(void)
{
	vg_buf_term(&out);
}

TestSuite(config_edit, .fini = finish);

static void adds(const char *text, const char *want)
{
	vg_buf_reset(&out);
	enum vg_rc rc = vg_config_add_partner(&out, "v.yaml", vg_slice_of(text),
					      ENTRY, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
	vg_buf_add(&out, "", 1);
	cr_assert(eq(str, out.p, (char *)want));
}

static enum vg_rc retire(const char *text, const char *id)
{
	const char *const what[2] = {"member_until", "2026-03-01T00:00:00Z"};

	vg_buf_reset(&out);
	enum vg_rc rc = vg_config_add_member(&out, "v.yaml", vg_slice_of(text),
					     id, what, &err);
	vg_buf_add(&out, "", 1);
	return rc;
}

static void retires(const char *text, const char *want)
{
	cr_assert(retire(text, "MA") == VG_OK, "%s", err.text);
	cr_assert(eq(str, out.p, (char *)want));
}

Test(config_edit, adds_an_entry_behind_the_last)
{
	adds(HEAD "partners:\n  - {id: MA, country: MA, slot: 0}\n",
	     HEAD "partners:\n  - {id: MA, country: MA, slot: 0}\n"
		  "  - " ENTRY "\n");
	adds(HEAD "partners:\n- id: MA\n  country: MA\n  slot: 0",
	     HEAD "partners:\n- id: MA\n  country: MA\n  slot: 0\n"
		  "- " ENTRY "\n");
}

Test(config_edit, adds_an_entry_before_what_follows_the_list)
{
	adds("partners:\n  - {id: MA, country: MA, slot: 0}\n\n# "
	     "brokers\n" HEAD,
	     "partners:\n  - {id: MA, country: MA, slot: 0}\n  - " ENTRY
	     "\n\n# brokers\n" HEAD);
}

Test(config_edit, refuses_to_guess)
{
	cr_assert(eq(int,
		     vg_config_add_partner(
			     &out, "v.yaml",
			     vg_slice_of(HEAD "partners: [{id: MA, country: "
					      "MA, slot: 0}]\n"),
			     ENTRY, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "by hand") != NULL, "%s", err.text);
	cr_assert(eq(int,
		     vg_config_add_partner(&out, "v.yaml", vg_slice_of(HEAD),
					   ENTRY, &err),
		     VG_INVAL));
}

Test(config_edit, refuses_an_entry_that_the_configuration_would)
{
	cr_assert(eq(int,
		     vg_config_add_partner(
			     &out, "v.yaml",
			     vg_slice_of(HEAD "partners:\n  - {id: MA, "
					      "country: MA, slot: 2}\n"),
			     ENTRY, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "slot") != NULL, "%s", err.text);
}

Test(config_edit, adds_a_member_to_an_entry_in_braces)
{
	retires(HEAD "partners:\n  - {id: MA, country: MA, slot: 0 } # x\n",
		HEAD "partners:\n  - {id: MA, country: MA, slot: 0, "
		     "member_until: \"2026-03-01T00:00:00Z\" } # x\n");
	retires(HEAD "partners:\n  - {id: MA, country: MA,\n     slot: 0}\n",
		HEAD "partners:\n  - {id: MA, country: MA,\n     slot: 0, "
		     "member_until: \"2026-03-01T00:00:00Z\"}\n");
}

Test(config_edit, adds_a_member_as_a_line_of_its_own)
{
	retires(HEAD "partners:\n  - id: MA # ours\n    country: MA\n    slot: "
		     "0\n  - {id: IL, country: IL, slot: 1}\n",
		HEAD "partners:\n  - id: MA # ours\n    member_until: "
		     "\"2026-03-01T00:00:00Z\"\n    country: MA\n    slot: "
		     "0\n  - {id: IL, country: IL, slot: 1}\n");
	retires(HEAD "partners:\n  - country: MA\n    slot: 0\n    id: MA",
		HEAD "partners:\n  - country: MA\n    slot: 0\n    id: MA\n"
		     "    member_until: \"2026-03-01T00:00:00Z\"\n");
}

Test(config_edit, changes_nothing_that_is_said_already)
{
	cr_assert(eq(int,
		     retire(HEAD "partners:\n  - {id: MA, country: MA, slot: "
				 "0, member_until: \"2026-01-01T00:00:00Z\"}\n",
			    "MA"),
		     VG_INVAL));
	cr_assert(strstr(err.text, "already") != NULL, "%s", err.text);
	cr_assert(eq(int,
		     retire(HEAD "partners:\n  - {id: MA, country: MA, slot: "
				 "0}\n",
			    "US"),
		     VG_INVAL));
	cr_assert(strstr(err.text, "US") != NULL, "%s", err.text);
}

Test(config_edit, a_replaced_file_keeps_its_rights)
{
	char path[] = "/tmp/vigie-edit-XXXXXX";
	char have[16] = "";
	struct stat s;
	int fd = mkstemp(path);

	cr_assert(ge(int, fd, 0));
	cr_assert(eq(int, fchmod(fd, 0640), 0));
	close(fd);
	cr_assert(vg_config_replace(path, vg_slice_of("new"), &err) == VG_OK,
		  "%s", err.text);
	cr_assert(eq(int, stat(path, &s), 0));
	cr_assert(eq(int, (int)(s.st_mode & 0777), 0640));
	FILE *in = fopen(path, "r");
	cr_assert(fgets(have, sizeof have, in) != NULL);
	cr_assert(eq(str, have, "new"));
	fclose(in);
	unlink(path);
}
