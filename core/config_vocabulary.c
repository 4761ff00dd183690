#include "core/config_read.h"
#include "core/geo.h"
#include "core/lexicon.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/* Where an installed file may lie, from the program's folder. */
static const char *const places[] = {"vocabulary.bin",
				     "../share/vigie/vocabulary.bin"};

/* The file that was installed with this program, in `out`; false when there is
 * none. */
static bool installed(char out[2 * PATH_ROOM])
{
	char program[PATH_ROOM];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	if (n <= 0)
		return false;
	program[n] = '\0';
	char *slash = strrchr(program, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		(void)snprintf(out, (size_t)2 * PATH_ROOM, "%s%s", program,
			       places[i]);
		if (access(out, F_OK) == 0)
			return true;
	}
	return false;
}

enum vg_rc vg_config_vocabulary(struct vg_config *cfg, struct vg_err *err)
{
	char path[2 * PATH_ROOM];
	const char *lexicon = cfg->vocabulary_file;
	enum vg_rc rc = VG_OK;

	if (lexicon[0] == '\0')
		lexicon = installed(path) ? path : NULL;
	if (lexicon != NULL)
		rc = vg_lexicon_open(&cfg->lexicon, lexicon, err);
	if (rc == VG_OK && cfg->geo_file[0] != '\0')
		rc = vg_geo_open(&cfg->geo, cfg->geo_file, err);
	return rc;
}
