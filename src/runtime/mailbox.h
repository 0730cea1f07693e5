/* runtime/mailbox.h: letters from any thread to one thread that sleeps in a poll. */
#ifndef RUNNEL_RUNTIME_MAILBOX_H
#define RUNNEL_RUNTIME_MAILBOX_H

#include <stdbool.h>

/* Embed as the first member of what is sent. */
typedef struct Letter {
    struct Letter *next;
} Letter;

typedef struct Mailbox Mailbox;

Mailbox *mailbox_new(void);           /* NULL where no file descriptor is left */
void mailbox_destroy(Mailbox **self); /* letters still in it are the owner's loss: take them first */

int mailbox_descriptor(const Mailbox *mailbox); /* readable while letters wait */

/* Hand over a letter; wakes the reader. Any thread. */
void mailbox_post(Mailbox *mailbox, Letter *letter);

/* All waiting letters, oldest first, or NULL. The reader's thread only. */
Letter *mailbox_take(Mailbox *mailbox);

#endif
