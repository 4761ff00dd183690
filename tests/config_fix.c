#include "config_fix.h"

#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum vg_rc config_fix_read(struct config_fix *f, const char *own)
{
	struct vg_buf text = {0};

	vg_buf_printf(&text,
		      "kafka: {brokers: \"127.0.0.1:9092\"}\n"
		      "hash_key_file: hash.key\n"
		      "partners:\n"
		      "  - {id: MA, country: MA, slot: 0%s}\n",
		      own);
	enum vg_rc rc =
		vg_config_parse(&f->cfg, "test.yaml", text.p, text.n, &f->err);
	vg_buf_term(&text);
	return rc;
}

const struct vg_partner *config_fix_partner(struct config_fix *f,
					    const char *own)
{
	cr_assert(config_fix_read(f, own) == VG_OK, "%s", f->err.text);
	return &f->cfg->partners[0];
}

void config_fix_refused(struct config_fix *f, const char *own,
			const char *words)
{
	cr_assert(eq(int, config_fix_read(f, own), VG_INVAL), "%s", own);
	cr_assert(strstr(f->err.text, words) != NULL, "%s", f->err.text);
}

void config_fix_close(struct config_fix *f)
{
	vg_config_free(f->cfg);
	f->cfg = NULL;
}
