/* Windows: PARTITION BY, ORDER BY and a frame, by name, as written, or copied from a named one and refined.
 */
#include "sql/bind.h"

#include <string.h>

enum { KEYS_MAX = 1664 };

static const BoundWindow *
find_named(const WindowList *list, const char *name)
{
    for (uint32_t i = 0; i < list->named_count; i++) {
        if (strcmp(list->windows[i]->name, name) == 0)
            return list->windows[i];
    }
    return NULL;
}

static Status
raise_unknown(Binder *binder, const AstWindow *ast, const char *name)
{
    return error_set_at(binder->error, STATUS_UNDEFINED_OBJECT, ast->position, "window \"%s\" does not exist",
                        name);
}

static Status
bind_key(Binder *binder, const ExprPlace *place, const AstExpr *ast, const char *clause, Expr **key)
{
    ExprPlace inner = *place;

    inner.clause = clause;
    inner.in_window = false;
    inner.windows = NULL;
    TRY(bind_expr(binder, &inner, ast, key));
    return bind_known(binder, key);
}

static Status
bind_partition(Binder *binder, const ExprPlace *place, const AstWindow *ast, BoundWindow *window)
{
    window->partition = ARENA_ARRAY(binder->arena, Expr *, ast->partition_count + 1);
    for (uint32_t i = 0; i < ast->partition_count; i++) {
        TRY(bind_key(binder, place, ast->partition[i], "window definitions", &window->partition[i]));
        TRY(bind_key_value(binder, ast->partition[i]->position, &window->partition[i]));
    }
    window->partition_count = ast->partition_count;
    return STATUS_OK;
}

static Status
bind_sorts(Binder *binder, const ExprPlace *place, const AstWindow *ast, BoundWindow *window)
{
    window->order = ARENA_ARRAY(binder->arena, BoundOrder, ast->sort_count + 1);
    for (uint32_t i = 0; i < ast->sort_count; i++) {
        const AstSort *sort = &ast->sorts[i];
        BoundOrder *order = &window->order[i];
        TRY(bind_sort_operator(binder, sort));
        *order = (BoundOrder){.descending = sort->descending, .nulls_first = sort->nulls_first};
        TRY(bind_key(binder, place, sort->expr, "window definitions", &order->expr));
        TRY(bind_sort_value(binder, sort->expr->position, &order->expr));
    }
    window->order_count = ast->sort_count;
    return STATUS_OK;
}

/* What the window takes from the one that it names. */
static Status
copy_reference(Binder *binder, const AstWindow *ast, const BoundWindow *from, BoundWindow *window)
{
    if (ast->partition_count > 0)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "cannot override PARTITION BY clause of window \"%s\"", ast->reference);
    if (ast->sort_count > 0 && from->order_count > 0)
        return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                            "cannot override ORDER BY clause of window \"%s\"", ast->reference);
    if (from->ast->framed) {
        error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                     "cannot copy window \"%s\" because it has a frame clause", ast->reference);
        if (ast->name == NULL && ast->sort_count == 0 && !ast->framed)
            return error_hint(binder->error, "Omit the parentheses in this OVER clause.");
        return STATUS_WINDOWING;
    }
    window->partition_count = from->partition_count;
    window->partition = ARENA_ARRAY(binder->arena, Expr *, from->partition_count + 1);
    memcpy(window->partition, from->partition, from->partition_count * sizeof(Expr *));
    if (ast->sort_count > 0)
        return STATUS_OK;
    window->order_count = from->order_count;
    window->order = ARENA_ARRAY(binder->arena, BoundOrder, from->order_count + 1);
    memcpy(window->order, from->order, from->order_count * sizeof(BoundOrder));
    return STATUS_OK;
}

static Status
bind_definition(Binder *binder, const ExprPlace *place, const AstWindow *ast, const WindowList *list,
                BoundWindow *window)
{
    const BoundWindow *from = ast->reference == NULL ? NULL : find_named(list, ast->reference);

    if (ast->reference != NULL && from == NULL)
        return raise_unknown(binder, ast, ast->reference);
    if (ast->partition_count > KEYS_MAX || ast->sort_count > KEYS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, ast->position,
                            "a window can have at most %d keys", (int)KEYS_MAX);
    *window = (BoundWindow){.ast = ast};
    TRY(bind_partition(binder, place, ast, window));
    TRY(bind_sorts(binder, place, ast, window));
    if (from != NULL)
        TRY(copy_reference(binder, ast, from, window));
    return bind_frame(binder, ast, window);
}

static BoundWindow *
add_window(Binder *binder, WindowList *list, const BoundWindow *window)
{
    if (list->window_count == list->window_capacity) {
        BoundWindow **grown = ARENA_ARRAY(binder->arena, BoundWindow *, list->window_capacity * 2 + 8);
        if (list->window_count > 0)
            memcpy(grown, list->windows, list->window_count * sizeof *grown);
        list->windows = grown;
        list->window_capacity = list->window_capacity * 2 + 8;
    }
    list->windows[list->window_count] = ARENA_NEW(binder->arena, BoundWindow);
    *list->windows[list->window_count] = *window;
    return list->windows[list->window_count++];
}

Status
bind_named_windows(Binder *binder, const AstSelect *select, const ExprPlace *place, WindowList *list)
{
    for (uint32_t i = 0; i < select->window_count; i++) {
        const AstWindow *ast = &select->windows[i];
        BoundWindow window;
        if (find_named(list, ast->name) != NULL)
            return error_set_at(binder->error, STATUS_WINDOWING, ast->position,
                                "window \"%s\" is already defined", ast->name);
        TRY(bind_definition(binder, place, ast, list, &window));
        window.name = ast->name;
        add_window(binder, list, &window);
        list->named_count++;
    }
    return STATUS_OK;
}

Status
bind_window(Binder *binder, const ExprPlace *place, const AstWindow *ast, WindowList *list,
            const BoundWindow **window)
{
    BoundWindow written;

    if (ast->name != NULL) {
        *window = find_named(list, ast->name);
        return *window != NULL ? STATUS_OK : raise_unknown(binder, ast, ast->name);
    }
    TRY(bind_definition(binder, place, ast, list, &written));
    *window = add_window(binder, list, &written);
    return STATUS_OK;
}
