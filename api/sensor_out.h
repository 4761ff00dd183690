/*
 * sensor_out - what the owner of a partner's slot reads of its sensors.
 *
 * Threads: as the view's readers.
 */
#ifndef VG_API_SENSOR_OUT_H
#define VG_API_SENSOR_OUT_H

#include "aggregate/health.h"
#include "api/json_out.h"

enum { VG_SENSORS_SHOWN = 1000 };

/* Write the members `sensors`, `sensors_omitted` and `records_folded` of
 * partner `p` at `at_ms`. The view's read lock is held. */
void vg_sensors_write_locked(struct vg_jout *j, const struct vg_view *v,
			     const struct vg_config *cfg,
			     const struct vg_partner *p, int64_t at_ms);

/* Append a label's value as the text format has it, without quotes: a partner
 * names its sensors as it likes. */
void vg_label_text(struct vg_buf *b, struct vg_slice s);

/* Write the member `canary` of `p`: its newest one and what that took; null
 * when there was none. The view's read lock is held. */
void vg_canary_write_locked(struct vg_jout *j, const struct vg_view *v,
			    const struct vg_partner *p);

/* Append the gauges vigie_partner_state, vigie_sensor_state and vigie_canary_*
 * of all partners, as OpenMetrics text. The view's read lock is held. */
void vg_health_metrics_locked(struct vg_buf *b, const struct vg_view *v,
			      const struct vg_config *cfg, int64_t at_ms);

#endif
