/*
 * fuzz_action - any bytes as a record of the actions' topic, as what a request
 * to say something holds, and as a rule of one's own: refused, or what was read
 * is written, and then reads as the same.
 */
#include "alert/action.h"
#include "core/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1772366400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_action: %s\n", complaint);
	abort();
}

/* What a record says is written, read and written: twice the same. */
static void check_again(const struct vg_action *a)
{
	struct vg_action again = {.kind = VG_ACT_KINDS};
	struct vg_buf first = {.n = 0}, second = {.n = 0};

	if (vg_action_print(&first, a, NULL) != VG_OK)
		stop("a record that cannot be written");
	if (vg_action_read(&again,
			   (struct vg_slice){first.p, (uint32_t)first.n},
			   NULL) != VG_OK)
		stop("what was written is refused");
	if (vg_action_print(&second, &again, NULL) != VG_OK ||
	    first.n != second.n || memcmp(first.p, second.p, first.n) != 0)
		stop("written again it says something else");
	vg_action_term(&again);
	vg_buf_term(&first);
	vg_buf_term(&second);
}

/* As a request's: the server adds who and when, then it is a record. */
static void complete(struct vg_action *a)
{
	(void)strcpy(a->id, "0123456789abcdef0123456789abcdef");
	a->id[VG_ACTION_ID] = '\0';
	(void)strcpy(a->viewer, "MA");
	(void)strcpy(a->author, "amal");
	if (a->target[0] == '\0')
		(void)strcpy(a->target, "0123456789abcdef-1772366399500");
	if (a->kind == VG_ACT_AGREE || a->kind == VG_ACT_CONFIRM)
		memcpy(a->digest, a->id, sizeof a->digest);
	a->at_ms = NOW_MS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vg_action a = {.kind = VG_ACT_KINDS};
	/* A block of the exact size: a step outside is seen. */
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	struct vg_slice whole = {text, (uint32_t)size};
	if (vg_action_read(&a, whole, NULL) == VG_OK)
		check_again(&a);
	vg_action_term(&a);
	for (int place = VG_BODY_ALERT; place <= VG_BODY_RELEASE; place++) {
		if (vg_action_body(&a, whole, (enum vg_action_place)place,
				   NOW_MS, NULL) == VG_OK) {
			complete(&a);
			check_again(&a);
		}
		vg_action_term(&a);
	}
	if (vg_action_keep(&a, whole, NULL) == VG_OK) {
		complete(&a);
		(void)strcpy(a.target, "own");
		check_again(&a);
	}
	vg_action_term(&a);
	free(text);
	return 0;
}
