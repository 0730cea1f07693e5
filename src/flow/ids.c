#include "flow/ids.h"

static void
format_words(uint64_t high, uint64_t low, char text[ID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        text[i] = digits[high >> (60 - 4 * i) & 15];
        text[16 + i] = digits[low >> (60 - 4 * i) & 15];
    }
    text[32] = '\0';
}

static int
digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool
parse_words(const char *text, uint64_t *high, uint64_t *low)
{
    uint64_t words[2] = {0, 0};

    for (int i = 0; i < 32; i++) {
        const int value = digit_value(text[i]);

        if (value < 0)
            return false;
        words[i / 16] = words[i / 16] << 4 | (uint64_t)value;
    }
    if (text[32] != '\0' || (words[0] | words[1]) == 0)
        return false;
    *high = words[0];
    *low = words[1];
    return true;
}

void
query_id_format(QueryId id, char text[ID_TEXT_SIZE])
{
    format_words(id.high, id.low, text);
}

void
incarnation_format(Incarnation incarnation, char text[ID_TEXT_SIZE])
{
    format_words(incarnation.high, incarnation.low, text);
}

bool
query_id_parse(const char *text, QueryId *id)
{
    return parse_words(text, &id->high, &id->low);
}

bool
incarnation_parse(const char *text, Incarnation *incarnation)
{
    return parse_words(text, &incarnation->high, &incarnation->low);
}
