/* What clients ask the coordinator for, and get a document for an answer: the client's side, any thread. */
#include "front/state.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

FrontQuestion *
front_question_new(Front *front, const char *document, int64_t timeout_us, void (*wake)(void *context),
                   void *context)
{
    FrontQuestion *question = MEMORY_NEW(FrontQuestion);

    question->front = front;
    question->document = memory_copy(document, strlen(document) + 1, 1);
    question->deadline = clock_monotonic_us() + timeout_us;
    question->wake = wake;
    question->wake_context = context;
    pthread_mutex_init(&question->lock, NULL);
    pthread_cond_init(&question->changed, NULL);
    front_post(front, FRONT_LETTER_ASK, NULL, question);
    return question;
}

/* With the lock held, and an answer there. */
static Status
take(FrontQuestion *question, uint32_t *http_status, char **body, size_t *size, Error *error)
{
    *http_status = question->status;
    *body = question->body;
    *size = question->size;
    question->body = NULL;
    return question->status != 0 ? STATUS_OK
                                 : error_set(error, STATUS_UNAVAILABLE, "the coordinator does not answer");
}

bool
front_question_take(FrontQuestion *question, uint32_t *http_status, char **body, size_t *size, Error *error)
{
    pthread_mutex_lock(&question->lock);
    const bool answered = question->answered;
    if (answered)
        take(question, http_status, body, size, error);
    pthread_mutex_unlock(&question->lock);
    return answered;
}

void
front_question_free(FrontQuestion *question)
{
    pthread_cond_destroy(&question->changed);
    pthread_mutex_destroy(&question->lock);
    free(question->document);
    free(question->body);
    free(question);
}

void
front_question_close(FrontQuestion **self)
{
    FrontQuestion *question = *self;

    *self = NULL;
    if (question == NULL)
        return;
    pthread_mutex_lock(&question->lock);
    const bool answered = question->answered;
    question->abandoned = !answered;
    question->wake = NULL;
    pthread_mutex_unlock(&question->lock);
    if (answered)
        front_question_free(question);
}

Status
front_ask(Front *front, const char *document, int64_t timeout_us, uint32_t *http_status, char **body,
          size_t *size, Error *error)
{
    FrontQuestion *question = front_question_new(front, document, timeout_us, NULL, NULL);
    Status status;

    pthread_mutex_lock(&question->lock);
    while (!question->answered)
        pthread_cond_wait(&question->changed, &question->lock);
    status = take(question, http_status, body, size, error);
    pthread_mutex_unlock(&question->lock);
    front_question_close(&question);
    return status;
}
