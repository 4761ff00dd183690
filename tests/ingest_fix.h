/*
 * ingest_fix - the configuration that the ingest suites share: three members
 * and one caveat.
 */
#ifndef VG_TESTS_INGEST_FIX_H
#define VG_TESTS_INGEST_FIX_H

#include "core/config.h"
#include "ingest/decode.h"

#include <string.h>

enum { FIX_SPAN = 100, FIX_FUTURE_MS = 300000 };
#define FIX_KEEP_MS INT64_C(94608000000) /* 3 years */

static inline struct vg_config fix_config(void)
{
	static struct vg_partner partners[] = {
		{.id = "MA",
		 .country = "MA",
		 .topic = "alerts.ma",
		 .slot = 0,
		 .tlp = VG_TLP_GREEN},
		{.id = "US",
		 .country = "US",
		 .topic = "alerts.us",
		 .slot = 3,
		 .tlp = VG_TLP_AMBER},
		{.id = "BH",
		 .country = "BH",
		 .topic = "alerts.bh",
		 .slot = 60,
		 .tlp = VG_TLP_AMBER},
	};
	static struct vg_caveat caveats[] = {
		{.name = "MA+US", .slots = 1 << 0 | 1 << 3},
	};

	return (struct vg_config){.partners = partners,
				  .n_partners = 3,
				  .caveats = caveats,
				  .n_caveats = 1,
				  .dedup_span = FIX_SPAN,
				  .future_ms = FIX_FUTURE_MS,
				  .keep_1d_ms = FIX_KEEP_MS};
}

#endif
