/*
 * config_read - what the readers of one configuration file share. Private.
 *
 * Owner:   lives on the stack of one load; borrows all but `dir`.
 * Threads: one.
 */
#ifndef VG_CORE_CONFIG_READ_H
#define VG_CORE_CONFIG_READ_H

#include "core/options.h"
#include "core/yaml.h"

enum { VG_LINE_SET = -1 }; /* given by --set */

struct vg_config_read {
	struct vg_config *cfg;
	const struct vg_yaml *yaml;
	const struct vg_yaml_node *root;
	bool kafka_only; /* for a partner's tool: nothing else is asked for */
	char *dir; /* of the file: relative paths start here, "" for "." */
	int line[VG_OPTIONS_MAX]; /* where each option stands; 0 = default */
	struct vg_err *err;
};

/* VG_INVAL with "file:line: name: what", the line being that of `n`. */
enum vg_rc vg_config_fail(const struct vg_config_read *r,
			  const struct vg_yaml_node *n, const char *name,
			  const char *fmt, ...) VG_PRINTF(4, 5);

/* VG_INVAL about option `name`, wherever its value was given: "file:line: name:
 * what" or "--set name: what". */
enum vg_rc vg_config_fail_option(const struct vg_config_read *r,
				 const char *name, const char *fmt, ...)
	VG_PRINTF(3, 4);

/* VG_INVAL about an unknown option, with the nearest that there is. */
enum vg_rc vg_config_unknown(const struct vg_config_read *r,
			     const struct vg_yaml_node *n, const char *name);

/* The text of scalar `n` for row `o`; VG_INVAL when it is a list, a map, null,
 * or a number in quotes. */
enum vg_rc vg_config_scalar(const struct vg_config_read *r,
			    const struct vg_yaml_node *n,
			    const struct vg_option *o,
			    const char **text) VG_MUST_CHECK;

/* Read the lists: the partners, then the caveats, which name them, and the
 * rule files. */
enum vg_rc vg_config_lists(struct vg_config_read *r) VG_MUST_CHECK;

/* How the brokers are reached: what belongs together, and that nothing goes
 * beyond loopback in clear by oversight. */
enum vg_rc vg_config_kafka(const struct vg_config_read *r) VG_MUST_CHECK;

/* Read the list of partners. */
enum vg_rc vg_config_partners(struct vg_config_read *r) VG_MUST_CHECK;

/* Read the list of receivers, which name viewers. */
enum vg_rc vg_config_receivers(struct vg_config_read *r) VG_MUST_CHECK;

/* Read member `n` of a partner, one function for each name: member_from,
 * member_until (behind member_from), identifiers_kept. */
enum vg_rc vg_config_member_from(struct vg_config_read *r,
				 const struct vg_yaml_node *n,
				 const struct vg_option *o, const char *text,
				 struct vg_partner *p) VG_MUST_CHECK;
enum vg_rc vg_config_member_until(struct vg_config_read *r,
				  const struct vg_yaml_node *n,
				  const struct vg_option *o, const char *text,
				  struct vg_partner *p) VG_MUST_CHECK;
enum vg_rc vg_config_identifiers_kept(struct vg_config_read *r,
				      const struct vg_yaml_node *n,
				      const struct vg_option *o,
				      const char *text,
				      struct vg_partner *p) VG_MUST_CHECK;

/* True when `key` names one of a partner's quotas. */
bool vg_config_is_quota(const char *key);

/* Read the quotas of the partner in map `partner`, or their defaults. */
enum vg_rc vg_config_quotas(const struct vg_config_read *r,
			    const struct vg_yaml_node *partner,
			    struct vg_partner *p) VG_MUST_CHECK;

/* Read the keys of the partner in map `partner` into `p`, which owns them. */
enum vg_rc vg_config_keys(const struct vg_config_read *r,
			  const struct vg_yaml_node *partner,
			  struct vg_partner *p) VG_MUST_CHECK;

/* Read `cadence`, and the list of sensors of the partner in map `partner` into
 * `p`, which owns it. */
enum vg_rc vg_config_cadence(struct vg_config_read *r,
			     const struct vg_yaml_node *n,
			     const struct vg_option *o, const char *text,
			     struct vg_partner *p) VG_MUST_CHECK;
enum vg_rc vg_config_sensors(const struct vg_config_read *r,
			     const struct vg_yaml_node *partner,
			     struct vg_partner *p) VG_MUST_CHECK;

/* Read the paths `own_rules` of the partner in map `partner` into `p`, which
 * owns them. */
enum vg_rc vg_config_own_rules(const struct vg_config_read *r,
			       const struct vg_yaml_node *partner,
			       struct vg_partner *p) VG_MUST_CHECK;

/* Free a list of paths. */
void vg_paths_free(char **path, size_t n);

/* One member of the maps of a list: its key, its row of the option table, and
 * what takes its text into `out`. */
struct vg_config_member {
	const char *key, *option;
	enum vg_rc (*read)(const struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   void *out);
};

/* Read the map `entry` of the list `list` into `out`: no other members than
 * these `n`, and each whose row has no default. `form` shows such a map. */
struct vg_config_members {
	const char *list, *form;
	const struct vg_config_member *member;
	size_t n;
};
enum vg_rc vg_config_members(const struct vg_config_read *r,
			     const struct vg_yaml_node *entry,
			     const struct vg_config_members *m,
			     void *out) VG_MUST_CHECK;

/* The list `name` of the file with its length within row `name`'s range; NULL
 * in *list when it is left out or empty. */
enum vg_rc vg_config_list(const struct vg_config_read *r, const char *name,
			  const struct vg_yaml_node **list) VG_MUST_CHECK;

/* Open the files that vocabulary.file and vocabulary.geo_file name; without the
 * former the one that was installed with the program, if there is one. */
enum vg_rc vg_config_vocabulary(struct vg_config *cfg,
				struct vg_err *err) VG_MUST_CHECK;

#endif
