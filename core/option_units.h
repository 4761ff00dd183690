/*
 * option_units - what rows of the option table are written with. Private.
 */
#ifndef VG_CORE_OPTION_UNITS_H
#define VG_CORE_OPTION_UNITS_H

#include "core/options.h"

#include <stddef.h>

#define AT(field) offsetof(struct vg_config, field)

#define MS   INT64_C(1)
#define SEC  (1000 * MS)
#define MIN  (60 * SEC)
#define HOUR (60 * MIN)
#define DAY  (24 * HOUR)

#endif
