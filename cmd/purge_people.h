/*
 * purge_people - what a purged partner's people left (own rules and watchlists,
 * silences, words on alerts), removed by way of the topic of what people do: so
 * it does not come back when Redis is lost and all is applied anew.
 *
 * Time: waits some seconds for an alert leader to come to the record.
 */
#ifndef VG_CMD_PURGE_PEOPLE_H
#define VG_CMD_PURGE_PEOPLE_H

#include "cmd/partner.h"

/* Write the record of the purge of `partner` that began at `begun`: the same
 * each time, so that it counts once. *done is false when it is in the log and
 * no leader has come to it. VG_RETRY when the brokers do not confirm it. */
enum vg_rc vg_purge_people(const struct vg_desk *d, const char *partner,
			   const char *begun, bool *done,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
