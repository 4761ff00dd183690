/*
 * option_fault - what can be wrong with the text of an option. Private.
 *
 * Each returns NULL when `text` is right, or a static text of what is wrong and
 * the remedy. Length is the option table's matter.
 *
 * Threads: all pure.
 */
#ifndef VG_CORE_OPTION_FAULT_H
#define VG_CORE_OPTION_FAULT_H

#include "core/slice.h"

/* Comma-separated host:port, no spaces. */
const char *vg_fault_brokers(const char *text);

/* A word of printable ASCII. */
const char *vg_fault_word(const char *text);

/* Letters, digits, ".", "_" and "-", as Kafka has it, and not "." or "..". */
const char *vg_fault_topic(const char *text);

/* host:port or unix:/path. */
const char *vg_fault_redis(const char *text);

/* IPv4:port or [IPv6]:port. */
const char *vg_fault_http(const char *text);
const char *vg_fault_http_or_none(const char *text); /* empty is good */

/* "https://host/path": http or https, and nothing that ends a link. Empty is
 * good. */
const char *vg_fault_link(const char *text);

/* True when every host of what vg_fault_brokers() found right is this one:
 * localhost, 127.x.y.z or [::1]. */
bool vg_brokers_are_loopback(const char *text);

/* A security protocol of Kafka, in lower case. */
const char *vg_fault_security(const char *text);

/* A SASL mechanism that we can speak. */
const char *vg_fault_mechanism(const char *text);

/* A level of core/log.h. */
const char *vg_fault_level(const char *text);
const char *vg_fault_log_format(const char *text);

/* True when an address that vg_fault_http() found right is a loopback one. */
bool vg_http_is_loopback(const char *address);

#endif
