/* partner - `vigie partner VERB`: members join, leave, and are removed. */
#include "cmd/partner.h"

#include "cmd/commands.h"
#include "cmd/report.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <stdio.h>
#include <string.h>

enum vg_rc vg_desk_init(struct vg_desk *d, const char *path,
			const struct vg_arg_list *set, struct vg_err *err)
{
	memset(d, 0, sizeof *d);
	d->path = path;
	const struct vg_clock clock = vg_clock_system();
	d->now_ms = vg_now_ms(&clock);
	enum vg_rc rc = vg_world_init(&d->world, path, set->v, set->n, err);
	if (rc != VG_OK)
		return rc;
	rc = vg_store_new(&d->store, d->world.cfg, &d->world.metrics, err);
	if (rc == VG_OK)
		rc = vg_store_check(d->store, d->world.fingerprint,
				    d->world.series, err);
	if (rc == VG_OK)
		rc = vg_slots_note(d->store, d->world.cfg, err);
	if (rc == VG_OK)
		rc = vg_slots_read(d->store, &d->slots, err);
	if (rc != VG_OK)
		vg_desk_term(d);
	return rc;
}

void vg_desk_term(struct vg_desk *d)
{
	vg_store_free(d->store);
	d->store = NULL;
	vg_world_term(&d->world);
}

enum vg_rc vg_desk_partner(const struct vg_desk *d, const char *id,
			   const struct vg_partner **out, struct vg_err *err)
{
	*out = vg_config_partner(d->world.cfg, vg_slice_of(id));
	if (*out != NULL)
		return VG_OK;
	for (unsigned i = 0; i < VG_PARTNERS_MAX; i++)
		if (strcmp(d->slots.use[i].id, id) == 0)
			return vg_err_set(
				err, VG_INVAL,
				"%.100s: %.16s is no longer there (it had slot "
				"%u); put its entry back first, with that slot "
				"and its topic",
				d->path, id, i);
	return vg_err_set(err, VG_INVAL,
			  "%.100s: no partner is called %.40s; `vigie partner "
			  "list` shows them",
			  d->path, id);
}

enum vg_rc vg_desk_text(const struct vg_desk *d, struct vg_buf *out,
			struct vg_err *err)
{
	char block[4096];
	size_t n;
	FILE *in = fopen(d->path, "rb");

	if (in == NULL)
		return vg_err_set(err, VG_INVAL, "%.100s: cannot be read",
				  d->path);
	while ((n = fread(block, 1, sizeof block, in)) > 0 &&
	       out->n <= VG_CONFIG_FILE_MAX)
		vg_buf_add(out, block, n);
	bool good = ferror(in) == 0 && out->n <= VG_CONFIG_FILE_MAX;
	fclose(in);
	if (!good)
		return vg_err_set(err, VG_INVAL, "%.100s: cannot be read",
				  d->path);
	return out->failed ? vg_err_set(err, VG_FATAL, "out of memory") : VG_OK;
}

enum vg_rc vg_desk_instant(const struct vg_desk *d, const char *name,
			   const char *text, int64_t *out, struct vg_err *err)
{
	if (strcmp(text, "now") == 0) {
		*out = d->now_ms;
		return VG_OK;
	}
	if (vg_time_parse(vg_slice_of(text), out))
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "%s: %.40s is no instant; write for example "
			  "2026-03-01T00:00:00Z, or now",
			  name, text);
}

bool vg_partner_help(const char *usage, const struct vg_arg *table, size_t n,
		     int argc, char **argv, const char *more)
{
	if (!vg_asks_for_help(argc, argv))
		return false;
	printf("usage: vigie partner %s\n\n", usage);
	vg_args_help(table, n, stdout);
	printf("\n%s", more);
	return true;
}

static const struct verb {
	const char *name, *words, *help;
	int (*run)(int argc, char **argv);
} VERBS[] = {
	{"list", "-c FILE", "who is a member, since when, and where it stands",
	 vg_partner_list},
	{"add", "ID --country CC -c FILE",
	 "a new member: slot, topics, where counting begins", vg_partner_add},
	{"retire", "ID --at TIME -c FILE", "a member leaves; its past stays",
	 vg_partner_retire},
	{"purge", "ID --sign KEYFILE --report FILE -c FILE",
	 "remove all that is stored of it, with a signed report",
	 vg_partner_purge},
	{"check-report", "FILE --key BASE64", "check such a report's signature",
	 vg_partner_check_report},
};

enum { N_VERBS = sizeof VERBS / sizeof VERBS[0] };

static void usage(FILE *out)
{
	fputs("usage: vigie partner VERB, one of\n\n", out);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(out, "  %-12s %-42s\n%15s%s\n", VERBS[i].name,
			VERBS[i].words, "", VERBS[i].help);
	fputs("\nvigie partner VERB --help says more; docs/operations.md has "
	      "the whole course.\n",
	      out);
}

int vg_cmd_partner(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < N_VERBS; i++)
		if (strcmp(argv[0], VERBS[i].name) == 0)
			return VERBS[i].run(argc - 1, argv + 1);
	bool asked = argc > 0 && vg_asks_for_help(argc, argv);
	if (argc > 0 && !asked)
		fprintf(stderr, "vigie: partner: '%.40s' is no verb\n",
			argv[0]);
	usage(asked ? stdout : stderr);
	return asked ? VG_EXIT_OK : VG_EXIT_USAGE;
}
