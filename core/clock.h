/*
 * clock - where "now" comes from. Made in main.c; everything below takes the
 * time as an argument or this object.
 */
#ifndef VG_CORE_CLOCK_H
#define VG_CORE_CLOCK_H

#include <stdint.h>

struct vg_clock {
	int64_t (*now_ms)(void *ctx);  /* wall clock, UTC               */
	int64_t (*mono_ms)(void *ctx); /* monotonic, for ages and waits */
	void *ctx;
};

/* The machine's clocks. */
struct vg_clock vg_clock_system(void);

/* Wall clock of `c`. */
static inline int64_t vg_now_ms(const struct vg_clock *c)
{
	return c->now_ms(c->ctx);
}

/* Monotonic clock of `c`. */
static inline int64_t vg_mono_ms(const struct vg_clock *c)
{
	return c->mono_ms(c->ctx);
}

#endif
