/*
 * args - the command line of one vigie command, from a table of its options.
 *
 * Owner:   values point into argv. Threads: main only.
 */
#ifndef VG_CMD_ARGS_H
#define VG_CMD_ARGS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum vg_arg_kind { VG_ARG_FLAG, VG_ARG_TEXT, VG_ARG_NUMBER, VG_ARG_MANY };

enum { VG_ARG_MANY_MAX = 64 };

struct vg_arg_list {
	const char *v[VG_ARG_MANY_MAX];
	size_t n;
};

struct vg_arg {
	const char *name;  /* "--topic"; "" is a word without dashes      */
	const char *brief; /* "-c", or NULL                               */
	enum vg_arg_kind kind;
	void *out;	  /* bool, const char *, int64_t, vg_arg_list    */
	const char *meta; /* "FILE", for help                            */
	const char *help; /* one line                                    */
	bool required;
	int64_t min, max; /* of a number                                    */
};

/* Read `argv` (after the command's name) by the `n` rows of `table`. VG_INVAL
 * with what is wrong and the remedy. */
enum vg_rc vg_args_read(const struct vg_arg *table, size_t n, int argc,
			char **argv, struct vg_err *err) VG_MUST_CHECK;

/* Print the rows as help. */
void vg_args_help(const struct vg_arg *table, size_t n, FILE *out);

#endif
