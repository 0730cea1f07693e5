#include "ingest/generate_tpch_text.h"

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

/* clang-format off */
static const char *const nouns[] = {
    "packages", "requests", "accounts", "deposits", "foxes", "ideas", "theodolites", "pinto beans",
    "instructions", "dependencies", "excuses", "platelets", "asymptotes", "courts", "dolphins", "multipliers",
    "sauternes", "warthogs", "frets", "dinos", "attainments", "somas", "Tiresias'", "patterns", "forges",
    "braids", "hockey players", "frays", "warhorses", "dugouts", "notornis", "epitaphs", "pearls", "tithes",
    "waters", "orbits", "gifts", "sheaves", "depths", "sentiments", "decoys", "realms", "pains", "grouches",
    "escapades",
};
static const char *const verbs[] = {
    "sleep", "wake", "are", "cajole", "haggle", "nag", "use", "boost", "affix", "detect", "integrate",
    "maintain", "nod", "was", "lose", "sublate", "solve", "thrash", "promise", "engage", "hinder", "print",
    "x-ray", "breach", "eat", "grow", "impress", "mold", "poach", "serve", "run", "dazzle", "snooze", "doze",
    "unwind", "kindle", "play", "hang", "believe", "doubt",
};
static const char *const adjectives[] = {
    "special", "pending", "unusual", "express", "furious", "sly", "careful", "blithe", "quick", "fluffy",
    "slow", "quiet", "ruthless", "thin", "close", "dogged", "daring", "brave", "stealthy", "permanent",
    "enticing", "idle", "busy", "regular", "final", "ironic", "even", "bold", "silent",
};
static const char *const adverbs[] = {
    "sometimes", "always", "never", "furiously", "slyly", "carefully", "blithely", "quickly", "fluffily",
    "slowly", "quietly", "ruthlessly", "thinly", "closely", "doggedly", "daringly", "bravely", "stealthily",
    "permanently", "enticingly", "idly", "busily", "regularly", "finally", "ironically", "evenly", "boldly",
    "silently",
};
static const char *const prepositions[] = {
    "about", "above", "according to", "across", "after", "against", "along", "alongside of", "among",
    "around", "at", "atop", "before", "behind", "beneath", "beside", "besides", "between", "beyond", "by",
    "despite", "during", "except", "for", "from", "in place of", "inside", "instead of", "into", "near", "of",
    "on", "outside", "over", "past", "since", "through", "throughout", "to", "toward", "under", "until", "up",
    "upon", "without", "with", "within",
};
static const char *const auxiliaries[] = {
    "do", "may", "might", "shall", "will", "would", "can", "could", "should", "ought to", "must",
    "will have to", "shall have to", "could have to", "should have to", "must have to", "need to", "try to",
};
static const char *const terminators[] = {".", ";", ":", "?", "!", "--"};
/* clang-format on */

/* The grammar: N noun phrase, V verb phrase, P prepositional phrase, T terminator; within phrases n noun,
 * v verb, j adjective, d adverb, x auxiliary, p preposition; a comma stands for itself. */
static const char *const sentences[] = {"NVT", "NVPT", "NVNT", "NPVNT", "NPVPT"};
static const char *const noun_phrases[] = {"n", "jn", "j,jn", "djn"};
static const char *const verb_phrases[] = {"v", "xv", "vd", "xvd"};

typedef struct Writer {
    char *text;
    size_t size;
    uint64_t random;
} Writer;

static uint32_t
pick(Writer *writer, size_t count)
{
    writer->random = hash_u64(writer->random + UINT64_C(0x9E3779B97F4A7C15));
    return (uint32_t)(((writer->random >> 32) * count) >> 32);
}

/* What does not fit any more is cut off: the text ends in the middle of a word. */
static void
put(Writer *writer, const char *text, size_t size)
{
    const size_t room = TPCH_TEXT_BYTES - writer->size;

    memcpy(writer->text + writer->size, text, size < room ? size : room);
    writer->size += size < room ? size : room;
}

static void
put_word(Writer *writer, const char *word)
{
    if (writer->size > 0)
        put(writer, " ", 1);
    put(writer, word, strlen(word));
}

#define PICK(writer, list) (list)[pick((writer), sizeof(list) / sizeof((list)[0]))]

static void
write_words(Writer *writer, const char *phrase)
{
    for (; *phrase != '\0'; phrase++)
        switch (*phrase) {
        case 'n': put_word(writer, PICK(writer, nouns)); break;
        case 'v': put_word(writer, PICK(writer, verbs)); break;
        case 'j': put_word(writer, PICK(writer, adjectives)); break;
        case 'd': put_word(writer, PICK(writer, adverbs)); break;
        case 'x': put_word(writer, PICK(writer, auxiliaries)); break;
        case 'p': put_word(writer, PICK(writer, prepositions)); break;
        default: put(writer, phrase, 1); break;
        }
}

static void
write_sentence(Writer *writer)
{
    for (const char *part = PICK(writer, sentences); *part != '\0'; part++)
        switch (*part) {
        case 'N': write_words(writer, PICK(writer, noun_phrases)); break;
        case 'V': write_words(writer, PICK(writer, verb_phrases)); break;
        case 'P':
            put_word(writer, PICK(writer, prepositions));
            put_word(writer, "the");
            write_words(writer, PICK(writer, noun_phrases));
            break;
        default: {
            const char *terminator = PICK(writer, terminators);
            put(writer, terminator, strlen(terminator));
            break;
        }
        }
}

static char *text;

static void
write_text(void)
{
    Writer writer = {.text = memory_alloc_zero(TPCH_TEXT_BYTES, 1), .random = 19620718};

    while (writer.size < TPCH_TEXT_BYTES)
        write_sentence(&writer);
    text = writer.text;
}

const char *
tpch_text(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, write_text);
    return text;
}
