/*
 * sigma_writer - nodes of a rule file that nobody wrote: what a Sigma document
 * is as a map of ours. Private to alert.
 *
 * Each node has the line of what it was made of, so that an error that a
 * reader of rules finds in it names the right place. Memory that is out shows
 * in the writer's `failed`.
 */
#ifndef VG_ALERT_SIGMA_WRITER_H
#define VG_ALERT_SIGMA_WRITER_H

#include "alert/sigma_parts.h"

struct vg_sigma_writer {
	struct vg_sigma_rule *r;
	struct vg_arena *arena;
	bool failed;
};

/* A map or list that is being written. */
struct vg_sigma_made {
	struct vg_yaml_node *node, *last;
};

/* An empty map or list in the place of `like`. */
struct vg_sigma_made vg_sigma_start(struct vg_sigma_writer *w,
				    const struct vg_yaml_node *like,
				    enum vg_yaml_type type);

/* Hang `child` behind the others, as `key` of a map (NULL: of a list). */
void vg_sigma_hang(struct vg_sigma_made *m, const char *key,
		   struct vg_yaml_node *child);

/* Hang a scalar with a copy of `text`, in the place of `like`. */
void vg_sigma_put_text(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		       const char *key, const struct vg_yaml_node *like,
		       const char *text);

/* Hang the node itself, under another key. */
void vg_sigma_put_node(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		       const char *key, const struct vg_yaml_node *of);

/* What is for people, and whose alerts they are: id, title, severity, tags. */
enum vg_rc vg_sigma_put_head(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			     const struct vg_sigma_doc *d,
			     struct vg_err *err) VG_MUST_CHECK;

#endif
