/* The tables of TPC-H, by clause 4.2.3 of the specification. */
#include "ingest/generate_table.h"
#include "ingest/generate_tpch_text.h"

#include <math.h>

enum {
    PARTS = 200000, /* at scale factor 1 */
    SUPPLIERS = 10000,
    CUSTOMERS = 150000,
    ORDERS = 1500000,
    CLERKS = 1000,
    SUPPLIERS_A_PART = 4,
    LINES_MAX = 7,
    NATIONS = 25,
    /* Days since 2000-01-01. */
    FIRST_DAY = -2922,             /* 1992-01-01 */
    LAST_ORDER_DAY = -2922 + 2405, /* 1998-12-31 less 151 days */
    CURRENT_DAY = -1659            /* 1995-06-17 */
};

/* What is drawn has a number of its own in every table. */
enum {
    STREAM_PART = 1000,
    STREAM_PARTSUPP = 1100,
    STREAM_SUPPLIER = 1200,
    STREAM_CUSTOMER = 1300,
    STREAM_ORDER = 1400,
    STREAM_LINE = 1500,
    STREAM_NATION = 1600,
    STREAM_REGION = 1700,
    STREAMS_A_LINE = 16
};

/* clang-format off */
static const char *const colors[] = {
    "almond", "antique", "aquamarine", "azure", "beige", "bisque", "black", "blanched", "blue", "blush",
    "brown", "burlywood", "burnished", "chartreuse", "chiffon", "chocolate", "coral", "cornflower",
    "cornsilk", "cream", "cyan", "dark", "deep", "dim", "dodger", "drab", "firebrick", "floral", "forest",
    "frosted", "gainsboro", "ghost", "goldenrod", "green", "grey", "honeydew", "hot", "indian", "ivory",
    "khaki", "lace", "lavender", "lawn", "lemon", "light", "lime", "linen", "magenta", "maroon", "medium",
    "metallic", "midnight", "mint", "misty", "moccasin", "navajo", "navy", "olive", "orange", "orchid",
    "pale", "papaya", "peach", "peru", "pink", "plum", "powder", "puff", "purple", "red", "rose", "rosy",
    "royal", "saddle", "salmon", "sandy", "seashell", "sienna", "sky", "slate", "smoke", "snow", "spring",
    "steel", "tan", "thistle", "tomato", "turquoise", "violet", "wheat", "white", "yellow",
};
static const char *const type_sizes[] = {"STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"};
static const char *const type_finishes[] = {"ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"};
static const char *const type_metals[] = {"TIN", "NICKEL", "BRASS", "STEEL", "COPPER"};
static const char *const container_sizes[] = {"SM", "LG", "MED", "JUMBO", "WRAP"};
static const char *const container_kinds[] = {"CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"};
static const char *const segments[] = {"AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"};
static const char *const priorities[] = {"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"};
static const char *const instructions[] = {"DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"};
static const char *const modes[] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};
static const char *const regions[] = {"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"};
static const struct {
    const char *name;
    uint8_t region;
} nations[NATIONS] = {
    {"ALGERIA", 0}, {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1}, {"EGYPT", 4}, {"ETHIOPIA", 0},
    {"FRANCE", 3}, {"GERMANY", 3}, {"INDIA", 2}, {"INDONESIA", 2}, {"IRAN", 4}, {"IRAQ", 4}, {"JAPAN", 2},
    {"JORDAN", 4}, {"KENYA", 0}, {"MOROCCO", 0}, {"MOZAMBIQUE", 0}, {"PERU", 1}, {"CHINA", 2},
    {"ROMANIA", 3}, {"SAUDI ARABIA", 4}, {"VIETNAM", 2}, {"RUSSIA", 3}, {"UNITED KINGDOM", 3},
    {"UNITED STATES", 1},
};
/* clang-format on */

/* --- what several tables share --- */

static uint64_t
scaled(const GenerateOptions *options, uint64_t at_one)
{
    const uint64_t count = (uint64_t)llround((double)at_one * options->scale);

    return count > 0 ? count : 1;
}

static const char *
choose(const char *const *list, size_t count, uint64_t random)
{
    return list[((random >> 32) * count) >> 32];
}
#define CHOOSE(list, random) choose((list), GENERATE_COUNT(list), (random))

/* A piece of the text, `least` to `most` bytes long. */
static void
put_comment(Generator *generator, uint32_t column, uint64_t random, uint32_t least, uint32_t most)
{
    const uint32_t size = least + (uint32_t)((random & UINT32_MAX) * (most - least + 1) >> 32);
    const size_t at = (random >> 32) * (TPCH_TEXT_BYTES - most) >> 32;

    generate_text(generator, column, tpch_text() + at, size);
}

/* Letters, digits, a comma and a blank, `least` to `most` of them. */
static void
put_random_letters(Generator *generator, uint32_t column, uint64_t random, uint32_t least, uint32_t most)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,";
    const uint32_t size = (uint32_t)generate_between(random, least, most);
    char *out = generate_room(generator, size);

    for (uint32_t i = 0; i < size; i++) {
        if (i % 10 == 0)
            random = hash_u64(random + 1);
        out[i] = letters[random >> (i % 10 * 6) & 63];
    }
    generate_text(generator, column, out, size);
}

static void
put_phone(Generator *generator, uint32_t column, uint64_t random, uint64_t nation)
{
    char *out = generate_room(generator, 15);

    generate_digits(out, nation + 10, 2);
    generate_digits(out + 3, (uint64_t)generate_between(hash_u64(random + 1), 100, 999), 3);
    generate_digits(out + 7, (uint64_t)generate_between(hash_u64(random + 2), 100, 999), 3);
    generate_digits(out + 11, (uint64_t)generate_between(hash_u64(random + 3), 1000, 9999), 4);
    out[2] = out[6] = out[10] = '-';
    generate_text(generator, column, out, 15);
}

/* "Supplier#000000001" */
static void
put_numbered(Generator *generator, uint32_t column, const char *name, uint64_t number)
{
    const size_t size = strlen(name);
    const uint32_t digits = number < UINT64_C(1000000000) ? 9 : 12;
    char *out = generate_room(generator, size + digits);

    memcpy(out, name, size);
    generate_digits(out + size, number, digits);
    generate_text(generator, column, out, size + digits);
}

/* The i-th of the four suppliers of a part. */
static int64_t
supplier_of(uint64_t part, uint64_t i, uint64_t suppliers)
{
    return (int64_t)((part + i * (suppliers / SUPPLIERS_A_PART + (part - 1) / suppliers)) % suppliers) + 1;
}

static int64_t
retail_price(uint64_t part)
{
    return (int64_t)(90000 + part / 10 % 20001 + 100 * (part % 1000));
}

/* --- part, partsupp, supplier, customer --- */

static uint64_t
part_units(const GenerateOptions *options)
{
    return scaled(options, PARTS);
}

/* Five different words. */
static void
put_part_name(Generator *generator, uint32_t column, uint64_t random)
{
    const uint32_t count = GENERATE_COUNT(colors);
    uint32_t chosen[5];
    char room[80];
    size_t size = 0;

    for (uint32_t i = 0; i < 5; i++) {
        bool again = true;
        while (again) {
            random = hash_u64(random + 1);
            chosen[i] = (uint32_t)((random >> 32) * count >> 32);
            again = false;
            for (uint32_t j = 0; j < i; j++)
                again |= chosen[j] == chosen[i];
        }
        const char *word = colors[chosen[i]];
        if (i > 0)
            room[size++] = ' ';
        memcpy(room + size, word, strlen(word));
        size += strlen(word);
    }
    generate_text(generator, column, memcpy(generate_room(generator, size), room, size), size);
}

static void
put_joined(Generator *generator, uint32_t column, const char *const *words, uint32_t count)
{
    char *out = generate_room(generator, 32);
    size_t size = 0;

    for (uint32_t i = 0; i < count; i++) {
        const size_t length = strlen(words[i]);
        if (i > 0)
            out[size++] = ' ';
        memcpy(out + size, words[i], length);
        size += length;
    }
    generate_text(generator, column, out, size);
}

static void
make_part(Generator *generator, uint64_t unit)
{
    const uint64_t key = unit + 1;
    const uint64_t random = generate_draw(generator, unit, STREAM_PART);
    const char maker = (char)('1' + generate_between(random, 0, 4));
    const char *const type[] = {CHOOSE(type_sizes, hash_u64(random + 2)),
                                CHOOSE(type_finishes, hash_u64(random + 3)),
                                CHOOSE(type_metals, hash_u64(random + 4))};
    const char *const container[] = {CHOOSE(container_sizes, hash_u64(random + 5)),
                                     CHOOSE(container_kinds, hash_u64(random + 6))};
    char *made_by = memcpy(generate_room(generator, 14), "Manufacturer#", 13);
    char *brand = memcpy(generate_room(generator, 8), "Brand#", 6);

    made_by[13] = brand[6] = maker;
    brand[7] = (char)('1' + generate_between(hash_u64(random + 1), 0, 4));
    generate_i32(generator, 0, (int64_t)key);
    put_part_name(generator, 1, hash_u64(random + 7));
    generate_text(generator, 2, made_by, 14);
    generate_text(generator, 3, brand, 8);
    put_joined(generator, 4, type, 3);
    generate_i32(generator, 5, generate_between(hash_u64(random + 8), 1, 50));
    put_joined(generator, 6, container, 2);
    generate_i64(generator, 7, retail_price(key));
    put_comment(generator, 8, hash_u64(random + 9), 5, 22);
    generate_end_row(generator);
}

static void
make_partsupp(Generator *generator, uint64_t unit)
{
    const uint64_t suppliers = scaled(&generator->options, SUPPLIERS);

    for (uint64_t i = 0; i < SUPPLIERS_A_PART; i++) {
        const uint64_t random = generate_draw(generator, unit * SUPPLIERS_A_PART + i, STREAM_PARTSUPP);
        generate_i32(generator, 0, (int64_t)unit + 1);
        generate_i32(generator, 1, supplier_of(unit + 1, i, suppliers));
        generate_i32(generator, 2, generate_between(random, 1, 9999));
        generate_i64(generator, 3, generate_between(hash_u64(random + 1), 100, 100000));
        put_comment(generator, 4, hash_u64(random + 2), 49, 198);
        generate_end_row(generator);
    }
}

static uint64_t
supplier_units(const GenerateOptions *options)
{
    return scaled(options, SUPPLIERS);
}

/* Five suppliers of 10,000 have had complaints, five others are recommended: both words stand somewhere in
 * the comment, in this order. */
static void
put_supplier_comment(Generator *generator, uint32_t column, uint64_t unit, uint64_t random)
{
    enum { LEAST = 25, MOST = 100, EVERY = 2000 };
    const uint64_t group = unit / EVERY;
    const uint64_t place = unit % EVERY;
    const uint64_t angry = generate_draw(generator, group, STREAM_SUPPLIER + 1) % EVERY;
    const uint64_t happy =
        (angry + 1 + generate_draw(generator, group, STREAM_SUPPLIER + 2) % (EVERY - 1)) % EVERY;

    put_comment(generator, column, random, LEAST, MOST);
    if (place != angry && place != happy)
        return;
    const char *second = place == angry ? "Complaints" : "Recommends";
    const StringView *view = &((const StringView *)generator->data[column])[generator->rows];
    const uint32_t size = view->size < LEAST + 5 ? LEAST + 5 : view->size;
    char *out = generate_room(generator, size);
    memcpy(out, tpch_text(), size);
    memcpy(out, string_view_data(view), view->size);
    const size_t gap = (hash_u64(random + 1) >> 32) * (size - 18 + 1) >> 32;
    memcpy(out, "Customer", 8);
    memcpy(out + 8 + gap, second, 10);
    generate_text(generator, column, out, size);
}

static void
make_supplier(Generator *generator, uint64_t unit)
{
    const uint64_t random = generate_draw(generator, unit, STREAM_SUPPLIER);
    const uint64_t nation = (uint64_t)generate_between(hash_u64(random + 1), 0, NATIONS - 1);

    generate_i32(generator, 0, (int64_t)unit + 1);
    put_numbered(generator, 1, "Supplier#", unit + 1);
    put_random_letters(generator, 2, hash_u64(random + 2), 10, 40);
    generate_i32(generator, 3, (int64_t)nation);
    put_phone(generator, 4, hash_u64(random + 3), nation);
    generate_i64(generator, 5, generate_between(hash_u64(random + 4), -99999, 999999));
    put_supplier_comment(generator, 6, unit, hash_u64(random + 5));
    generate_end_row(generator);
}

static uint64_t
customer_units(const GenerateOptions *options)
{
    return scaled(options, CUSTOMERS);
}

static void
make_customer(Generator *generator, uint64_t unit)
{
    const uint64_t random = generate_draw(generator, unit, STREAM_CUSTOMER);
    const uint64_t nation = (uint64_t)generate_between(hash_u64(random + 1), 0, NATIONS - 1);

    generate_i32(generator, 0, (int64_t)unit + 1);
    put_numbered(generator, 1, "Customer#", unit + 1);
    put_random_letters(generator, 2, hash_u64(random + 2), 10, 40);
    generate_i32(generator, 3, (int64_t)nation);
    put_phone(generator, 4, hash_u64(random + 3), nation);
    generate_i64(generator, 5, generate_between(hash_u64(random + 4), -99999, 999999));
    generate_string(generator, 6, CHOOSE(segments, hash_u64(random + 5)));
    put_comment(generator, 7, hash_u64(random + 6), 29, 116);
    generate_end_row(generator);
}

/* --- orders and their lines --- */

typedef struct Order {
    int64_t key;
    int32_t day;
    uint32_t lines;
    uint64_t random;
} Order;

typedef struct Line {
    uint64_t random;
    uint64_t part;
    int64_t supplier;
    int64_t quantity; /* pieces */
    int64_t price;    /* cents, like what follows hundredths */
    int64_t discount;
    int64_t tax;
    int32_t shipped;
    int32_t committed;
    int32_t received;
} Line;

static uint64_t
order_units(const GenerateOptions *options)
{
    return scaled(options, ORDERS);
}

/* Only the first eight of every 32 keys are used. */
static Order
draw_order(const Generator *generator, uint64_t unit)
{
    const uint64_t random = generate_draw(generator, unit, STREAM_ORDER);

    return (Order){.key = (int64_t)(unit / 8 * 32 + unit % 8) + 1,
                   .day = (int32_t)generate_between(hash_u64(random + 1), FIRST_DAY, LAST_ORDER_DAY),
                   .lines = (uint32_t)generate_between(hash_u64(random + 2), 1, LINES_MAX),
                   .random = random};
}

static Line
draw_line(const Generator *generator, uint64_t unit, uint32_t number, const Order *order)
{
    const uint64_t random = generate_draw(generator, unit * 8 + number, STREAM_LINE);
    const uint64_t parts = scaled(&generator->options, PARTS);
    const uint64_t suppliers = scaled(&generator->options, SUPPLIERS);
    Line line = {.random = random,
                 .part = (uint64_t)generate_between(random, 1, (int64_t)parts),
                 .quantity = generate_between(hash_u64(random + 1), 1, 50),
                 .discount = generate_between(hash_u64(random + 2), 0, 10),
                 .tax = generate_between(hash_u64(random + 3), 0, 8)};

    line.supplier = supplier_of(line.part, hash_u64(random + 4) >> 62, suppliers);
    line.price = line.quantity * retail_price(line.part);
    line.shipped = order->day + (int32_t)generate_between(hash_u64(random + 5), 1, 121);
    line.committed = order->day + (int32_t)generate_between(hash_u64(random + 6), 30, 90);
    line.received = line.shipped + (int32_t)generate_between(hash_u64(random + 7), 1, 30);
    return line;
}

/* A third of the customers never orders. */
static int64_t
draw_customer(uint64_t random, uint64_t customers)
{
    int64_t key = generate_between(random, 1, (int64_t)customers);

    if (key % 3 == 0)
        key += (uint64_t)key < customers ? 1 : -1;
    return key > 0 ? key : 1;
}

static void
make_order(Generator *generator, uint64_t unit)
{
    const Order order = draw_order(generator, unit);
    uint32_t open = 0;
    int64_t total = 0; /* ten thousandths of a cent */

    for (uint32_t i = 0; i < order.lines; i++) {
        const Line line = draw_line(generator, unit, i, &order);
        open += line.shipped > CURRENT_DAY;
        total += line.price * (100 + line.tax) * (100 - line.discount);
    }
    generate_i64(generator, 0, order.key);
    generate_i32(generator, 1,
                 draw_customer(hash_u64(order.random + 3), scaled(&generator->options, CUSTOMERS)));
    generate_string(generator, 2, open == 0 ? "F" : open == order.lines ? "O" : "P");
    generate_i64(generator, 3, (total + 5000) / 10000);
    generate_i32(generator, 4, order.day);
    generate_string(generator, 5, CHOOSE(priorities, hash_u64(order.random + 4)));
    put_numbered(generator, 6, "Clerk#",
                 (uint64_t)generate_between(hash_u64(order.random + 5), 1,
                                            (int64_t)scaled(&generator->options, CLERKS)));
    generate_i32(generator, 7, 0);
    put_comment(generator, 8, hash_u64(order.random + 6), 19, 78);
    generate_end_row(generator);
}

static void
make_lines(Generator *generator, uint64_t unit)
{
    const Order order = draw_order(generator, unit);

    for (uint32_t i = 0; i < order.lines; i++) {
        const Line line = draw_line(generator, unit, i, &order);
        const char *returned = (hash_u64(line.random + 8) & 1) != 0 ? "R" : "A";
        generate_i64(generator, 0, order.key);
        generate_i32(generator, 1, (int64_t)line.part);
        generate_i32(generator, 2, line.supplier);
        generate_i32(generator, 3, i + 1);
        generate_i64(generator, 4, line.quantity * 100);
        generate_i64(generator, 5, line.price);
        generate_i64(generator, 6, line.discount);
        generate_i64(generator, 7, line.tax);
        generate_string(generator, 8, line.received <= CURRENT_DAY ? returned : "N");
        generate_string(generator, 9, line.shipped > CURRENT_DAY ? "O" : "F");
        generate_i32(generator, 10, line.shipped);
        generate_i32(generator, 11, line.committed);
        generate_i32(generator, 12, line.received);
        generate_string(generator, 13, CHOOSE(instructions, hash_u64(line.random + 9)));
        generate_string(generator, 14, CHOOSE(modes, hash_u64(line.random + 10)));
        put_comment(generator, 15, hash_u64(line.random + 11), 10, 43);
        generate_end_row(generator);
    }
}

/* --- nation and region --- */

static uint64_t
nation_units(const GenerateOptions *options)
{
    (void)options;
    return NATIONS;
}

static uint64_t
region_units(const GenerateOptions *options)
{
    (void)options;
    return GENERATE_COUNT(regions);
}

static void
make_nation(Generator *generator, uint64_t unit)
{
    generate_i32(generator, 0, (int64_t)unit);
    generate_string(generator, 1, nations[unit].name);
    generate_i32(generator, 2, nations[unit].region);
    put_comment(generator, 3, generate_draw(generator, unit, STREAM_NATION), 31, 114);
    generate_end_row(generator);
}

static void
make_region(Generator *generator, uint64_t unit)
{
    generate_i32(generator, 0, (int64_t)unit);
    generate_string(generator, 1, regions[unit]);
    put_comment(generator, 2, generate_draw(generator, unit, STREAM_REGION), 31, 115);
    generate_end_row(generator);
}

/* --- the tables --- */

#define KEY   GENERATE_TYPE(INT4)
#define MONEY GENERATE_DECIMAL(15, 2)

static const GenerateColumn part_columns[] = {
    {"p_partkey", KEY},
    {"p_name", GENERATE_VARCHAR(55)},
    {"p_mfgr", GENERATE_CHAR(25)},
    {"p_brand", GENERATE_CHAR(10)},
    {"p_type", GENERATE_VARCHAR(25)},
    {"p_size", KEY},
    {"p_container", GENERATE_CHAR(10)},
    {"p_retailprice", MONEY},
    {"p_comment", GENERATE_VARCHAR(23)},
};
static const GenerateColumn partsupp_columns[] = {
    {"ps_partkey", KEY},
    {"ps_suppkey", KEY},
    {"ps_availqty", KEY},
    {"ps_supplycost", MONEY},
    {"ps_comment", GENERATE_VARCHAR(199)},
};
static const GenerateColumn supplier_columns[] = {
    {"s_suppkey", KEY},
    {"s_name", GENERATE_CHAR(25)},
    {"s_address", GENERATE_VARCHAR(40)},
    {"s_nationkey", KEY},
    {"s_phone", GENERATE_CHAR(15)},
    {"s_acctbal", MONEY},
    {"s_comment", GENERATE_VARCHAR(101)},
};
static const GenerateColumn customer_columns[] = {
    {"c_custkey", KEY},
    {"c_name", GENERATE_VARCHAR(25)},
    {"c_address", GENERATE_VARCHAR(40)},
    {"c_nationkey", KEY},
    {"c_phone", GENERATE_CHAR(15)},
    {"c_acctbal", MONEY},
    {"c_mktsegment", GENERATE_CHAR(10)},
    {"c_comment", GENERATE_VARCHAR(117)},
};
static const GenerateColumn order_columns[] = {
    {"o_orderkey", GENERATE_TYPE(INT8)},  {"o_custkey", KEY},
    {"o_orderstatus", GENERATE_CHAR(1)},  {"o_totalprice", MONEY},
    {"o_orderdate", GENERATE_TYPE(DATE)}, {"o_orderpriority", GENERATE_CHAR(15)},
    {"o_clerk", GENERATE_CHAR(15)},       {"o_shippriority", KEY},
    {"o_comment", GENERATE_VARCHAR(79)},
};
static const GenerateColumn line_columns[] = {
    {"l_orderkey", GENERATE_TYPE(INT8)},
    {"l_partkey", KEY},
    {"l_suppkey", KEY},
    {"l_linenumber", KEY},
    {"l_quantity", MONEY},
    {"l_extendedprice", MONEY},
    {"l_discount", MONEY},
    {"l_tax", MONEY},
    {"l_returnflag", GENERATE_CHAR(1)},
    {"l_linestatus", GENERATE_CHAR(1)},
    {"l_shipdate", GENERATE_TYPE(DATE)},
    {"l_commitdate", GENERATE_TYPE(DATE)},
    {"l_receiptdate", GENERATE_TYPE(DATE)},
    {"l_shipinstruct", GENERATE_CHAR(25)},
    {"l_shipmode", GENERATE_CHAR(10)},
    {"l_comment", GENERATE_VARCHAR(44)},
};
static const GenerateColumn nation_columns[] = {
    {"n_nationkey", KEY},
    {"n_name", GENERATE_CHAR(25)},
    {"n_regionkey", KEY},
    {"n_comment", GENERATE_VARCHAR(152)},
};
static const GenerateColumn region_columns[] = {
    {"r_regionkey", KEY},
    {"r_name", GENERATE_CHAR(25)},
    {"r_comment", GENERATE_VARCHAR(152)},
};

#define TABLE(table, count_units, rows_a_unit, make_rows)                                                    \
    {                                                                                                        \
        .set = "tpch", .name = #table, .column_count = GENERATE_COUNT(table##_columns),                      \
        .columns = table##_columns, .batch_units = BATCH_ROWS / (rows_a_unit), .units = count_units,         \
        .make = make_rows                                                                                    \
    }

#define lineitem_columns line_columns
#define orders_columns   order_columns
const GenerateTable generate_tpch[GENERATE_TPCH_TABLES] = {
    TABLE(region, region_units, 1, make_region),
    TABLE(nation, nation_units, 1, make_nation),
    TABLE(part, part_units, 1, make_part),
    TABLE(supplier, supplier_units, 1, make_supplier),
    TABLE(partsupp, part_units, SUPPLIERS_A_PART, make_partsupp),
    TABLE(customer, customer_units, 1, make_customer),
    TABLE(orders, order_units, 1, make_order),
    TABLE(lineitem, order_units, LINES_MAX, make_lines),
};
