/*
 * config_fix - a configuration of MA alone, with what a test gives it more.
 *
 * Every failure ends the test.
 */
#ifndef VG_TESTS_CONFIG_FIX_H
#define VG_TESTS_CONFIG_FIX_H

#include "core/config.h"

struct config_fix {
	struct vg_config *cfg;
	struct vg_err err;
};

/* Read a configuration of MA with `own` members more. */
enum vg_rc config_fix_read(struct config_fix *f, const char *own);

/* MA as such a configuration that is good says it. */
const struct vg_partner *config_fix_partner(struct config_fix *f,
					    const char *own);

/* Such a configuration is refused, and the message has `words`. */
void config_fix_refused(struct config_fix *f, const char *own,
			const char *words);

/* Free what was read last. */
void config_fix_close(struct config_fix *f);

#endif
