/* The mailbox: letters come whole and in each sender's order, from many threads, and wake a sleeping reader.
 */
#include "runtime/mailbox.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum { SENDERS = 4, LETTERS = 5000 };

typedef struct Note {
    Letter letter;
    int sender;
    int number;
} Note;

typedef struct Sender {
    pthread_t thread;
    Mailbox *mailbox;
    Note *notes;
    int index;
} Sender;

static void *
send_notes(void *argument)
{
    Sender *sender = argument;

    for (int i = 0; i < LETTERS; i++) {
        sender->notes[i] = (Note){.sender = sender->index, .number = i};
        mailbox_post(sender->mailbox, &sender->notes[i].letter);
    }
    return NULL;
}

static bool
is_readable(const Mailbox *mailbox, int timeout_ms)
{
    struct pollfd descriptor = {.fd = mailbox_descriptor(mailbox), .events = POLLIN};

    return poll(&descriptor, 1, timeout_ms) == 1;
}

START_TEST(letters_wait_in_order)
{
    Mailbox *mailbox = mailbox_new();
    Note notes[3] = {{.number = 0}, {.number = 1}, {.number = 2}};

    ck_assert_ptr_null(mailbox_take(mailbox));
    ck_assert(!is_readable(mailbox, 0));
    for (int i = 0; i < 3; i++)
        mailbox_post(mailbox, &notes[i].letter);
    ck_assert(is_readable(mailbox, 0));

    Letter *letter = mailbox_take(mailbox);
    for (int i = 0; i < 3; i++, letter = letter->next)
        ck_assert_int_eq(((Note *)letter)->number, i);
    ck_assert_ptr_null(letter);
    ck_assert(!is_readable(mailbox, 0));
    ck_assert_ptr_null(mailbox_take(mailbox));
    mailbox_destroy(&mailbox);
    ck_assert_ptr_null(mailbox);
}
END_TEST

START_TEST(nothing_is_lost_between_threads)
{
    Mailbox *mailbox = mailbox_new();
    Sender senders[SENDERS];
    int next[SENDERS] = {0};
    int received = 0;

    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (Sender){.mailbox = mailbox, .index = i, .notes = calloc(LETTERS, sizeof(Note))};
        ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, send_notes, &senders[i]), 0);
    }
    while (received < SENDERS * LETTERS) {
        ck_assert_msg(is_readable(mailbox, 10000), "asleep with %d letters", received);
        for (Letter *letter = mailbox_take(mailbox); letter != NULL; letter = letter->next, received++) {
            const Note *note = (const Note *)letter;

            ck_assert_int_eq(note->number, next[note->sender]++);
        }
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        free(senders[i].notes);
    }
    ck_assert(!is_readable(mailbox, 0));
    mailbox_destroy(&mailbox);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mailbox");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, letters_wait_in_order);
    tcase_add_test(cases, nothing_is_lost_between_threads);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
