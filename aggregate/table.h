/*
 * table - private to cells: what its tables need beyond aggregate/cells.h.
 *
 * A slot is {32 bits of the hash, where the record is}; a record, in the
 * table's one arena, is {int64[width], key length, key}, padded to 8. A cell
 * so costs 8 bytes a slot at a load of 3/8 to 3/4, 12 and its key: some 60
 * bytes for a typical series cell.
 *
 * Owner, threads: as cells.
 */
#ifndef VG_AGGREGATE_TABLE_H
#define VG_AGGREGATE_TABLE_H

#include "aggregate/cells.h"

/* Keep `*total` up by the bytes of `t` from now on, until it is freed. */
void vg_table_charge(struct vg_table *t, size_t *total);

#endif
