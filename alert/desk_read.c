/*
 * The entries about one alert, for readers.
 */
#include "alert/desk.h"

#include "core/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
	int64_t n;
	struct vg_slice rest; /* behind the number: {...} */
};

struct entries {
	struct entry e[VG_DESK_ENTRIES_MAX];
	size_t n;
};

/* "3 {...}". What is not so was not written by us, and is passed over. */
static bool split(struct vg_slice text, struct entry *out)
{
	uint32_t i = 0;

	*out = (struct entry){0};
	for (; i < text.n && i < 9 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		out->n = out->n * 10 + (text.p[i] - '0');
	if (i == 0 || i + 2 >= text.n || text.p[i] != ' ' ||
	    text.p[i + 1] != '{')
		return false;
	out->rest = (struct vg_slice){text.p + i + 1, text.n - i - 1};
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

enum vg_rc vg_desk_entries(struct vg_store *s, const char *alert,
			   struct vg_buf *out, struct vg_err *err)
{
	struct entries *all = calloc(1, sizeof *all);
	struct vg_reply *r = NULL;
	char key[96];
	enum vg_rc rc;

	if (all == NULL)
		return vg_err_set(err, VG_FATAL, "desk: out of memory");
	snprintf(key, sizeof key, VG_KEY_DESK_OF "%.*s", VG_ACTION_TARGET,
		 alert);
	rc = vg_store_callf(s, &r, err, "HVALS", key, (char *)NULL);
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r) &&
			   all->n < VG_DESK_ENTRIES_MAX;
	     i++)
		if (split(vg_reply_text(vg_reply_at(r, i)), &all->e[all->n]))
			all->n++;
	if (rc == VG_OK) {
		qsort(all->e, all->n, sizeof *all->e, by_number);
		vg_buf_str(out, "[");
		for (size_t i = 0; i < all->n; i++) {
			vg_buf_str(out, i > 0 ? ",{\"n\":" : "{\"n\":");
			vg_buf_i64(out, all->e[i].n);
			vg_buf_str(out, ",");
			vg_buf_add(out, all->e[i].rest.p + 1,
				   all->e[i].rest.n - 1);
		}
		vg_buf_str(out, "]");
		if (out->failed)
			rc = vg_err_set(err, VG_FATAL, "desk: out of memory");
	}
	vg_reply_free(r);
	free(all);
	return rc;
}
