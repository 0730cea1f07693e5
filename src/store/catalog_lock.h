/* store/catalog_lock.h: one process owns a catalog directory.
 *
 * The lock is flock() on DIRECTORY/lock, so it ends with its process. The file says who holds it: "pid N",
 * and from the first contact on "contact TEXT", the endpoint at which other processes can join the owner. */
#ifndef RUNNEL_STORE_CATALOG_LOCK_H
#define RUNNEL_STORE_CATALOG_LOCK_H

#include "base/buffer.h"
#include "base/error.h"

/* UNAVAILABLE, naming the owner, where another process (or this one) holds the directory. */
Status catalog_lock_take(const char *directory, int *lock, Error *error);
/* The same for a directory that cannot be written: the file does not say who holds it. */
Status catalog_lock_take_to_read(const char *directory, int *lock, Error *error);
void catalog_lock_release(int *lock); /* -1: none */

/* Write the owner's contact (one line) into the file of a lock that is held. */
Status catalog_lock_set_contact(int lock, const char *contact, Error *error);

#endif
