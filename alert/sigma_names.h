/*
 * sigma_names - fields that Sigma and the event format call differently.
 * Private to alert.
 *
 * A name of Sigma's taxonomy is looked up as it stands, and as the ECS name
 * under which decoders put the same thing.
 */
#ifndef VG_ALERT_SIGMA_NAMES_H
#define VG_ALERT_SIGMA_NAMES_H

#include "core/slice.h"

/* The other name of `field`; NULL when it has none. */
const char *vg_sigma_other_name(struct vg_slice field);

#endif
