/*
 * partner - what the verbs of `vigie partner` share: the world of one file, a
 * checked connection to Redis, and the partner that is meant.
 *
 * Owner: the caller embeds it and ends it with vg_desk_term().
 */
#ifndef VG_CMD_PARTNER_H
#define VG_CMD_PARTNER_H

#include "aggregate/slots.h"
#include "cmd/args.h"
#include "cmd/world.h"

struct vg_buf;

/* Where a partner's matters are settled. */
struct vg_desk {
	const char *path; /* of the configuration */
	struct vg_world world;
	struct vg_store *store;
	struct vg_slots slots;
	int64_t now_ms;
};

/* Read -c FILE and --set, and connect to a Redis that is fit. */
enum vg_rc vg_desk_init(struct vg_desk *d, const char *path,
			const struct vg_arg_list *set,
			struct vg_err *err) VG_MUST_CHECK;
void vg_desk_term(struct vg_desk *d);

/* The partner called `id`; VG_INVAL with what to do when there is none. */
enum vg_rc vg_desk_partner(const struct vg_desk *d, const char *id,
			   const struct vg_partner **out,
			   struct vg_err *err) VG_MUST_CHECK;

/* The text of the configuration's file, freed with vg_buf_term(). */
enum vg_rc vg_desk_text(const struct vg_desk *d, struct vg_buf *out,
			struct vg_err *err) VG_MUST_CHECK;

/* "now", or an instant, in `text`; VG_INVAL names option `name`. */
enum vg_rc vg_desk_instant(const struct vg_desk *d, const char *name,
			   const char *text, int64_t *out,
			   struct vg_err *err) VG_MUST_CHECK;

/* Print help with `more` behind the options. True when it was asked for. */
bool vg_partner_help(const char *usage, const struct vg_arg *table, size_t n,
		     int argc, char **argv, const char *more);

/* The verbs; as commands.h. */
int vg_partner_add(int argc, char **argv);
int vg_partner_retire(int argc, char **argv);
int vg_partner_purge(int argc, char **argv);
int vg_partner_list(int argc, char **argv);
int vg_partner_check_report(int argc, char **argv);

#endif
