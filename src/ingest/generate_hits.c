/* A log of views of web pages: ClickBench's table and the skew of such logs, all of it made up. A few sites,
 * users, pages and phrases make most of the views; most columns are nearly always the same value. */
#include "ingest/generate_table.h"

#include <math.h>
#include <stdio.h>

enum {
    SITES = 6000,
    SITE_OF_REPORTS = 61, /* its counter is 62: what the benchmark's reports are about */
    REGIONS = 5000,
    PHRASE_WORDS_MAX = 5,
    URL_ROOM = 512,
    PARAMETERS_MAX = 16 /* of a page's address; most have few */
};

/* The rows that the benchmark's queries ask for by number. */
#define KNOWN_USER         INT64_C(435090932899640449)
#define KNOWN_URL_HASH     INT64_C(2868770270353813622)
#define KNOWN_REFERER_HASH INT64_C(3594120000172545465)

#define DAY_MICROSECONDS INT64_C(86400000000)
#define FIRST_DAY        INT64_C(4930) /* 2013-07-01, since 2000-01-01 */
#define DAYS             31

/* clang-format off */
static const char *const words[] = {
    "news", "weather", "film", "online", "купить", "дом", "auto", "forum", "games", "скачать", "music",
    "рецепт", "torrent", "работа", "sport", "hotel", "karta", "москва", "photo", "video", "цена", "отзывы",
    "magazin", "билеты", "school", "история", "remont", "кухня", "kredit", "bank", "телефон", "samsung",
    "nokia", "driver", "windows", "ребенок", "платье", "обувь", "garden", "fishing", "книги", "тест", "mail",
    "chat", "love", "гороскоп", "slova", "pesni", "табло", "rasspisanie", "avia", "tour", "egypt", "турция",
    "dacha", "stroy", "окна", "двери", "мебель", "zapchasti", "shiny", "ваз", "bmw", "toyota", "форд",
    "ipad", "android", "игры", "minecraft", "anime", "сериал", "сезон", "смотреть", "бесплатно", "хорошем",
    "качестве", "yandex", "погода", "курс", "доллара", "евро", "новости", "спорт", "футбол", "рубли",
};
static const char *const zones[] = {"ru", "com", "ru", "net", "ru", "org", "ua", "by", "kz", "info"};
static const char *const paths[] = {"catalog", "news", "index", "forum", "topic", "item", "search", "photo",
    "article", "user", "tag", "archive", "video", "shop"};
static const char *const models[] = {"iPad", "iPhone 4", "Galaxy S3", "Lumia 520", "Nexus 7", "HTC One",
    "Xperia Z", "Desire", "Optimus L5", "5230", "C3-00", "N8", "GT-I9300", "GT-P3100", "A500", "IdeaTab"};
static const char *const charsets[] = {"utf-8", "windows-1251", "utf-8", "windows", "koi8-r"};
static const char *const languages[] = {"ru", "ru", "ru", "en", "uk", "kk", "de"};
static const char *const language_countries[] = {"RU", "RU", "UA", "US", "BY", "KZ", "DE"};
static const char *const networks[] = {"vkontakte", "facebook", "twitter", "odnoklassniki"};
static const char *const colors[] = {"F", "E", "g", "n"};
static const char *const minors[] = {"D", "0", "1.3", "4", "28", "12", "17", "6"};
static const uint16_t screen_widths[] = {1366, 1280, 1920, 1024, 1600, 1440, 1680, 768, 320, 800};
static const uint16_t screen_heights[] = {768, 1024, 1080, 768, 900, 900, 1050, 1024, 480, 600};
/* clang-format on */

typedef enum HitColumn {
#define X(name, type, make, a, b) HIT_##name,
#include "ingest/generate_hits_columns.h"
    HIT_COLUMNS
} HitColumn;

/* How the columns are made that say nothing of the others. */
typedef enum Make {
    MAKE_ROW,     /* by make_hit() */
    MAKE_CONST,   /* always a */
    MAKE_RARE,    /* 0, but in a of 65536 rows something from 1 to b */
    MAKE_BETWEEN, /* evenly from a to b */
    MAKE_SKEWED,  /* from 1 to a, the small ones more often (cubed) */
    MAKE_EMPTY,   /* always the empty text */
    MAKE_WORD     /* a word in a of 65536 rows, else the empty text */
} Make;

static const struct {
    uint8_t make;
    int64_t a;
    int64_t b;
} makes[] = {
#define X(name, type, make, a, b) {MAKE_##make, a, b},
#include "ingest/generate_hits_columns.h"
};

static const GenerateColumn hit_columns[] = {
#define X(name, type, make, a, b) {#name, type},
#include "ingest/generate_hits_columns.h"
};

/* What a row is about. */
typedef struct Hit {
    uint64_t row;
    uint64_t random;
    uint64_t user; /* rank */
    uint64_t of_user;
    uint64_t site;
    uint64_t page; /* rank within the site */
    int64_t time;
    bool searched;
} Hit;

/* From 0 to count - 1, the small ones more often: u^power. Exact on every machine, as only multiplication
 * is. */
static uint64_t
skewed(uint64_t random, uint64_t count, int power)
{
    const double u = (double)(random >> 11) * 0x1p-53;
    double product = (double)count;

    for (int i = 0; i < power; i++)
        product *= u;
    const uint64_t value = (uint64_t)product;
    return value < count ? value : count - 1;
}

static const char *
pick(const char *const *list, size_t count, uint64_t random)
{
    return list[((random >> 32) * count) >> 32];
}
#define PICK(list, random) pick((list), GENERATE_COUNT(list), (random))

static uint64_t
at_least_one(uint64_t count)
{
    return count > 0 ? count : 1;
}

/* The second of the month in which `row` of `rows` falls: few come by night, most in the evening. */
static uint64_t
second_of(uint64_t row, uint64_t rows)
{
    static const uint8_t hours[] = {26, 16, 10, 8,  8,  10, 16, 26, 38, 48, 54, 58,
                                    58, 58, 58, 58, 58, 58, 60, 62, 66, 66, 60, 42};
    uint64_t of_day = 0;

    for (uint32_t i = 0; i < GENERATE_COUNT(hours); i++)
        of_day += hours[i];
    const UInt128 place = (UInt128)row * DAYS * of_day * 3600 / rows; /* in weighted seconds */
    const uint64_t day = (uint64_t)(place / (of_day * 3600));
    uint64_t rest = (uint64_t)(place % (of_day * 3600));
    uint32_t hour = 0;
    while (rest >= hours[hour] * UINT64_C(3600))
        rest -= hours[hour++] * UINT64_C(3600);
    return day * 86400 + hour * UINT64_C(3600) + rest / hours[hour];
}

static Hit
draw_hit(const Generator *generator, uint64_t row)
{
    const uint64_t rows = generator->options.rows;
    const uint64_t random = generate_draw(generator, row, 2000);
    const uint64_t slot = second_of(row, rows);
    const uint64_t next = second_of(row + 1, rows);
    Hit hit = {.row = row, .random = random};

    hit.user = skewed(hash_u64(random + 1), at_least_one(rows / 4), 3);
    hit.of_user = hash_u64(generator->options.seed + hit.user * 31 + 17);
    hit.site = skewed(hash_u64(random + 2), SITES, 4);
    if ((random & 127) == 0)
        hit.site = SITE_OF_REPORTS;
    hit.page = skewed(hash_u64(random + 3), at_least_one(rows / 100 / (1 + hit.site / 8)), 4);
    hit.time = FIRST_DAY * DAY_MICROSECONDS +
               (int64_t)(slot + (next > slot ? hash_u64(random + 4) % (next - slot) : 0)) * 1000000;
    hit.searched = hash_u64(random + 5) % 1000 < 131;
    return hit;
}

/* --- texts --- */

/* What some pages have behind their name: a few parameters, or many. */
static int
put_parameters(char *out, size_t room, uint64_t of_page)
{
    const uint64_t count = skewed(hash_u64(of_page + 1), PARAMETERS_MAX, 4);
    int size = snprintf(out, room, "?sort=price&page=2");

    for (uint64_t i = 0; i < count; i++) {
        const uint64_t random = hash_u64(of_page + i);
        size += snprintf(out + size, room - (size_t)size, "&%s=%llx", PICK(paths, random),
                         (unsigned long long)hash_u64(random) >> random % 48);
    }
    return size;
}

static size_t
put_address(char *out, uint64_t site, uint64_t page, bool mentions_google)
{
    const uint64_t of_site = hash_u64(site + 7);
    const uint64_t of_page = hash_u64(site * 1000003 + page);
    static const char *const hosts[] = {"irr",     "smeshariki", "video",      "auto", "komme",      "liver",
                                        "avtodom", "afisha",     "holodilnik", "tutu", "loveplanet", "diary"};
    int size = snprintf(out, URL_ROOM, "http%s://%s%s%llu.%s/", of_site % 8 == 0 ? "s" : "",
                        of_site % 5 == 0 ? "www." : "", PICK(hosts, of_site), (unsigned long long)site,
                        PICK(zones, hash_u64(of_site)));

    if (page > 0)
        size += snprintf(out + size, URL_ROOM - (size_t)size, "%s/%s%llu%s", PICK(paths, of_page),
                         PICK(paths, hash_u64(of_page)), (unsigned long long)page,
                         of_page % 3 == 0   ? ".html"
                         : of_page % 3 == 1 ? ""
                                            : "/");
    if (page > 0 && of_page % 3 == 1)
        size += put_parameters(out + size, URL_ROOM - (size_t)size, of_page);
    if (mentions_google)
        size += snprintf(out + size, URL_ROOM - (size_t)size, "#utm=google");
    return (size_t)size;
}

/* The address of the page, and its hash. */
static void
put_url(Generator *generator, uint32_t column, uint32_t hash_column, uint64_t site, uint64_t page,
        bool google)
{
    char *out = generate_room(generator, URL_ROOM);
    const size_t size = put_address(out, site, page, google);
    const bool known = site == SITE_OF_REPORTS && page == 0;

    generate_text(generator, column, out, size);
    if (hash_column != HIT_COLUMNS)
        generate_i64(generator, hash_column, known ? KNOWN_URL_HASH : (int64_t)(hash_bytes(out, size) >> 1));
}

static void
put_words(Generator *generator, uint32_t column, uint64_t random, uint32_t count, const char *last)
{
    char *out = generate_room(generator, PHRASE_WORDS_MAX * 24 + 32);
    size_t size = 0;

    for (uint32_t i = 0; i < count; i++) {
        random = hash_u64(random + i);
        const char *word = PICK(words, random);
        if (i > 0)
            out[size++] = ' ';
        memcpy(out + size, word, strlen(word));
        size += strlen(word);
    }
    if (last != NULL) {
        memcpy(out + size, last, strlen(last));
        size += strlen(last);
    }
    generate_text(generator, column, out, size);
}

static void
make_texts(Generator *generator, const Hit *hit)
{
    const uint64_t phrases = at_least_one(generator->options.rows / 16);
    const uint64_t phrase = skewed(hash_u64(hit->random + 20), phrases, 3);
    const uint64_t of_page = hash_u64(hit->site * 7919 + hit->page + 1);
    const bool google = hash_u64(hit->random + 21) % 4096 == 0;
    const uint64_t from = hash_u64(hit->random + 22);

    put_url(generator, HIT_url, HIT_urlhash, hit->site, hit->page, google);
    put_words(generator, HIT_title, of_page, 2 + (uint32_t)(of_page % 4),
              of_page % 2048 == 0 ? " - Google" : " :: портал");
    if (hit->searched)
        put_words(generator, HIT_searchphrase, hash_u64(phrase + 99),
                  1 + (uint32_t)(phrase % PHRASE_WORDS_MAX), NULL);
    else
        generate_text(generator, HIT_searchphrase, "", 0);
    generate_i64(generator, HIT_refererhash, KNOWN_REFERER_HASH);
    if (from % 8 < 3) /* from nowhere */
        generate_text(generator, HIT_referer, "", 0);
    else if (from % 8 < 6) /* from the same site */
        put_url(generator, HIT_referer, HIT_refererhash, hit->site, hit->page / 2, false);
    else
        put_url(generator, HIT_referer, HIT_refererhash, skewed(hash_u64(from), SITES, 4), hit->page / 3 + 1,
                google);
    if (from % 97 == 0)
        put_url(generator, HIT_originalurl, HIT_COLUMNS, hit->site, hit->page + 1, false);
    else
        generate_text(generator, HIT_originalurl, "", 0);
}

/* --- what belongs to the user, his machine and the moment --- */

static void
make_user(Generator *generator, const Hit *hit)
{
    const uint64_t of_user = hit->of_user;
    const uint32_t screen = (uint32_t)(of_user % GENERATE_COUNT(screen_widths));
    const bool mobile = of_user / 7 % 100 < 6;
    const uint64_t moved = hash_u64(hit->random + 30) % 16 == 0 ? hit->row : 0;

    generate_i64(generator, HIT_userid,
                 hit->user == 1000 ? KNOWN_USER : (int64_t)(hash_u64(of_user + 1) >> 1));
    generate_i32(generator, HIT_clientip, (int32_t)hash_u64(of_user + 2 + moved));
    generate_i32(generator, HIT_remoteip, (int32_t)hash_u64(of_user + 3 + moved));
    generate_i32(generator, HIT_regionid, 1 + (int64_t)skewed(hash_u64(of_user + 4), REGIONS, 5));
    generate_i32(generator, HIT_os, (int64_t)skewed(hash_u64(of_user + 5), 90, 3));
    generate_i32(generator, HIT_useragent, (int64_t)skewed(hash_u64(of_user + 6), 80, 3));
    generate_i32(generator, HIT_useragentmajor, (int64_t)skewed(hash_u64(of_user + 7), 30, 2));
    generate_string(generator, HIT_useragentminor, PICK(minors, hash_u64(of_user + 8)));
    generate_i32(generator, HIT_resolutionwidth, screen_widths[screen]);
    generate_i32(generator, HIT_resolutionheight, screen_heights[screen]);
    generate_i32(generator, HIT_resolutiondepth, of_user % 9 == 0 ? 24 : 32);
    generate_i32(generator, HIT_windowclientwidth,
                 screen_widths[screen] - (int64_t)(hash_u64(hit->random + 31) % 64));
    generate_i32(generator, HIT_windowclientheight,
                 screen_heights[screen] - (int64_t)(hash_u64(hit->random + 32) % 300) - 90);
    generate_i32(generator, HIT_ismobile, mobile);
    generate_i32(generator, HIT_mobilephone, mobile ? 1 + (int64_t)(of_user % 80) : 0);
    generate_string(generator, HIT_mobilephonemodel, mobile ? PICK(models, hash_u64(of_user + 9)) : "");
    generate_i32(generator, HIT_age, (int64_t)(of_user % 5) * 13);
    generate_i32(generator, HIT_sex, (int64_t)(of_user % 3));
    generate_i32(generator, HIT_income, (int64_t)(of_user % 4));
    generate_i64(generator, HIT_funiqid, (int64_t)(hash_u64(of_user + 10) >> 1));
    generate_string(generator, HIT_browserlanguage, PICK(languages, hash_u64(of_user + 11)));
    generate_string(generator, HIT_browsercountry, PICK(language_countries, hash_u64(of_user + 12)));
    generate_string(generator, HIT_pagecharset, PICK(charsets, hash_u64(hit->site + 13)));
    generate_string(generator, HIT_hitcolor, PICK(colors, hash_u64(hit->random + 33)));
}

static void
make_source(Generator *generator, const Hit *hit)
{
    static const int8_t sources[] = {-1, 0, 1, 2, 3, 4, 6, 0, 1, 6};
    const uint64_t random = hash_u64(hit->random + 40);

    generate_i32(generator, HIT_traficsourceid,
                 hit->searched ? 2 : sources[random % GENERATE_COUNT(sources)]);
    generate_i32(generator, HIT_searchengineid,
                 hit->searched ? 1 + (int64_t)skewed(hash_u64(random), 60, 4) : 0);
    generate_i32(generator, HIT_advengineid,
                 random % 159 == 0 ? 1 + (int64_t)skewed(hash_u64(random + 1), 30, 3) : 0);
    generate_string(generator, HIT_socialnetwork,
                    random % 400 == 0 ? PICK(networks, hash_u64(random + 2)) : "");
}

static void
make_moment(Generator *generator, const Hit *hit)
{
    const int64_t zone = (int64_t)(hit->of_user % 9);
    const int64_t hour = INT64_C(3600000000);

    generate_i64(generator, HIT_watchid, (int64_t)(hash_u64(hit->random + 50) >> 1));
    generate_i64(generator, HIT_eventtime, hit->time);
    generate_i32(generator, HIT_eventdate, hit->time / DAY_MICROSECONDS);
    generate_i64(generator, HIT_clienteventtime, hit->time + zone * hour);
    generate_i64(generator, HIT_localeventtime, hit->time + 4 * hour);
    generate_i32(generator, HIT_clienttimezone, zone);
    generate_i32(generator, HIT_counterid, (int64_t)hit->site + 1);
    generate_i32(generator, HIT_counterclass, (int64_t)(hit->site % 3) - 1);
    generate_i32(generator, HIT_urlregionid, (int64_t)(hash_u64(hit->site + 14) % 500));
    generate_i32(generator, HIT_urlcategoryid, (int64_t)(hash_u64(hit->site + 15) % 20));
}

static void
make_independent(Generator *generator, const Hit *hit, uint32_t column)
{
    const uint64_t random = hash_u64(hit->random + 1000 + column);
    const bool rare = (int64_t)(random & 0xFFFF) < makes[column].a;
    const uint64_t other = hash_u64(random);
    int64_t value = 0;

    switch ((Make)makes[column].make) {
    case MAKE_ROW: return;
    case MAKE_EMPTY: generate_text(generator, column, "", 0); return;
    case MAKE_WORD: generate_string(generator, column, rare ? PICK(words, other) : ""); return;
    case MAKE_CONST: value = makes[column].a; break;
    case MAKE_RARE: value = rare ? generate_between(other, 1, makes[column].b) : 0; break;
    case MAKE_BETWEEN: value = generate_between(random, makes[column].a, makes[column].b); break;
    case MAKE_SKEWED: value = 1 + (int64_t)skewed(random, (uint64_t)makes[column].a, 3); break;
    }
    if (hit_columns[column].type.id == TYPE_INT8)
        generate_i64(generator, column, value);
    else
        generate_i32(generator, column, value);
}

static void
make_hit(Generator *generator, uint64_t row)
{
    const Hit hit = draw_hit(generator, row);

    make_texts(generator, &hit);
    make_user(generator, &hit);
    make_source(generator, &hit);
    make_moment(generator, &hit);
    for (uint32_t i = 0; i < HIT_COLUMNS; i++)
        make_independent(generator, &hit, i);
    generate_end_row(generator);
}

static uint64_t
row_units(const GenerateOptions *options)
{
    return options->rows;
}

const GenerateTable generate_hits = {.set = "hits",
                                     .name = "hits",
                                     .column_count = HIT_COLUMNS,
                                     .columns = hit_columns,
                                     .default_rows = 1000000,
                                     .batch_units = BATCH_ROWS,
                                     .units = row_units,
                                     .make = make_hit};
