/* base/log.h: lines for operators, on standard error: time, level, who, what. Thread-safe. */
#ifndef RUNNEL_BASE_LOG_H
#define RUNNEL_BASE_LOG_H

typedef enum LogLevel { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } LogLevel;

/* Lines above `level` are dropped. The default is LOG_WARNING; $RUNNEL_LOG (error, warning, info, debug) sets
 * it. */
void log_set_level(LogLevel level);

/* `who` names the actor or module ("worker", "coordinator"). */
void log_line(LogLevel level, const char *who, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
