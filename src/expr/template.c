#include "expr/template.h"

#include "expr/utf8.h"

#include <ctype.h>
#include <string.h>

typedef struct Cutter {
    const char *at;
    const char *end;
    const TemplateKeyword *keywords;
    TemplateNode *node;
} Cutter;

static bool
begins(const Cutter *cutter, const char *word)
{
    const size_t size = strlen(word);

    return (size_t)(cutter->end - cutter->at) >= size && memcmp(cutter->at, word, size) == 0;
}

static const TemplateKeyword *
find_keyword(const Cutter *cutter)
{
    for (const TemplateKeyword *keyword = cutter->keywords; keyword->text != NULL; keyword++) {
        if (begins(cutter, keyword->text))
            return keyword;
    }
    return NULL;
}

/* FM and TM in front of a field; names of months are the same in every language here. */
static uint32_t
take_prefix(Cutter *cutter)
{
    const bool fill = begins(cutter, "FM") || begins(cutter, "fm");

    if (!fill && !begins(cutter, "TM") && !begins(cutter, "tm"))
        return 0;
    cutter->at += 2;
    return fill ? TEMPLATE_FILL : TEMPLATE_TRANSLATED;
}

static uint32_t
take_suffix(Cutter *cutter)
{
    const uint32_t flag = begins(cutter, "TH")   ? TEMPLATE_ORDINAL_UP
                          : begins(cutter, "th") ? TEMPLATE_ORDINAL
                                                 : 0;

    if (flag != 0 || begins(cutter, "SP"))
        cutter->at += 2;
    return flag;
}

static void
put_character(Cutter *cutter, TemplateKind kind)
{
    const size_t size = utf8_size(cutter->at, (size_t)(cutter->end - cutter->at));

    *cutter->node++ = (TemplateNode){.kind = kind, .size = (uint32_t)size, .character = cutter->at};
    cutter->at += size;
}

/* "…": all of it is text, \ keeps the next character from ending it. */
static void
take_quoted(Cutter *cutter)
{
    cutter->at++;
    while (cutter->at < cutter->end) {
        if (*cutter->at == '"') {
            cutter->at++;
            return;
        }
        if (*cutter->at == '\\' && cutter->at + 1 < cutter->end)
            cutter->at++;
        put_character(cutter, TEMPLATE_TEXT);
    }
}

static void
take_plain(Cutter *cutter, bool dates)
{
    if (*cutter->at == '\\' && cutter->at + 1 < cutter->end && cutter->at[1] == '"')
        cutter->at++;
    const unsigned char c = (unsigned char)*cutter->at;
    if (dates && c > 0x20 && c < 0x7F && !isalnum(c))
        put_character(cutter, TEMPLATE_SEPARATOR);
    else
        put_character(cutter, isspace(c) ? TEMPLATE_SPACE : TEMPLATE_TEXT);
}

Status
template_parse(const StringView *text, const TemplateKeyword *keywords, bool dates, Arena *arena,
               Template *template, Error *error)
{
    char *copy = arena_copy_bytes(arena, string_view_data(text), text->size);
    TemplateNode *nodes = arena_alloc_zero(arena, (text->size + 1) * sizeof *nodes);
    Cutter cutter = {.at = copy, .end = copy + text->size, .keywords = keywords, .node = nodes};

    if (copy == NULL || nodes == NULL)
        return error_set_memory(error);
    *template = (Template){.nodes = nodes, .text = copy, .size = text->size};
    while (cutter.at < cutter.end) {
        const uint32_t flags = dates ? take_prefix(&cutter) : 0;
        const TemplateKeyword *keyword = cutter.at < cutter.end ? find_keyword(&cutter) : NULL;
        if (keyword != NULL) {
            cutter.at += strlen(keyword->text);
            const uint32_t suffix = dates ? take_suffix(&cutter) : 0;
            *cutter.node++ =
                (TemplateNode){.kind = TEMPLATE_FIELD, .flags = flags | suffix, .keyword = keyword};
        } else if (cutter.at < cutter.end && *cutter.at == '"') {
            take_quoted(&cutter);
        } else if (cutter.at < cutter.end) {
            take_plain(&cutter, dates);
        }
    }
    return STATUS_OK;
}
