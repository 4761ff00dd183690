/*
 * alert_rows - alerts as a table: what a spreadsheet shows of each, a line an
 * alert. Lists within a cell are separated by spaces.
 *
 * Threads: pure.
 */
#ifndef VG_API_ALERT_ROWS_H
#define VG_API_ALERT_ROWS_H

#include "alert/book.h"
#include "api/rows.h"

/* Name the columns of `t`. */
void vg_alert_columns(struct vg_rows *t);

/* Write `alert` as a row; *marking rises to its label. False when the stored
 * text is no JSON object: nothing is written then. */
bool vg_alert_row(struct vg_rows *t, const struct vg_book_alert *alert,
		  int64_t now_ms, int *marking);

#endif
