#include "runtime/mailbox.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Mailbox {
    pthread_mutex_t lock;
    Letter *first;
    Letter **last;
    int descriptor;
};

Mailbox *
mailbox_new(void)
{
    Mailbox *mailbox = calloc(1, sizeof *mailbox);

    if (mailbox == NULL)
        return NULL;
    mailbox->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mailbox->descriptor < 0) {
        free(mailbox);
        return NULL;
    }
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->last = &mailbox->first;
    return mailbox;
}

void
mailbox_destroy(Mailbox **self)
{
    Mailbox *mailbox = *self;

    if (mailbox == NULL)
        return;
    close(mailbox->descriptor);
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox);
    *self = NULL;
}

int
mailbox_descriptor(const Mailbox *mailbox)
{
    return mailbox->descriptor;
}

void
mailbox_post(Mailbox *mailbox, Letter *letter)
{
    letter->next = NULL;
    pthread_mutex_lock(&mailbox->lock);
    const bool was_empty = mailbox->first == NULL;
    *mailbox->last = letter;
    mailbox->last = &letter->next;
    pthread_mutex_unlock(&mailbox->lock);

    if (was_empty) {
        const uint64_t one = 1;
        /* The counter cannot overflow: the reader empties it with the letters. */
        const ssize_t written = write(mailbox->descriptor, &one, sizeof one);
        (void)written;
    }
}

Letter *
mailbox_take(Mailbox *mailbox)
{
    uint64_t count;
    const ssize_t got = read(mailbox->descriptor, &count, sizeof count);
    (void)got;

    pthread_mutex_lock(&mailbox->lock);
    Letter *letters = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
    pthread_mutex_unlock(&mailbox->lock);
    return letters;
}
