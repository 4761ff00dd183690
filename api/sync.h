/*
 * sync - what a new or renamed file needs to survive a crash.
 *
 * Threads: any.
 */
#ifndef VG_API_SYNC_H
#define VG_API_SYNC_H

/* Have the folder of `path` on the disk, with the names in it; as far as it
 * goes. */
void vg_sync_folder(const char *path);

#endif
