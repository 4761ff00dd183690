/*
 * timefmt - instants and durations as text.
 *
 * Time: everything is int64 milliseconds since 1970-01-01 UTC. No function
 *       here reads a clock.
 */
#ifndef VG_CORE_TIMEFMT_H
#define VG_CORE_TIMEFMT_H

#include "core/slice.h"

enum { VG_TIME_TEXT = 32 };

/* RFC 3339 date-time, zone required, years 1970 to 9999, fraction cut to ms,
 * leap second 60 read as 59.999. False when it is anything else. */
bool vg_time_parse(struct vg_slice s, int64_t *ms);

/* "2026-01-02T03:04:05Z", with ".678" only when the ms are not 0. */
void vg_time_print(char out[VG_TIME_TEXT], int64_t ms);

/* As vg_time_print(), always with three digits of ms. */
void vg_time_print_ms(char out[VG_TIME_TEXT], int64_t ms);

/* "90s", "10m", "6h", "7d", "250ms" or a plain number of seconds, to ms. False
 * when malformed, negative or beyond 100 years. */
bool vg_duration_parse(struct vg_slice s, int64_t *ms);

/* The shortest of the above forms. */
void vg_duration_print(char out[VG_TIME_TEXT], int64_t ms);

#endif
