/* expr/compare_tmpl.h: =, <>, <, <= over FLAT and CONSTANT arguments of one C type; > and >= are < and <=
 * with the arguments exchanged.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   K_SUFFIX      names the instance: i64 gives kernel_eq_i64, kernel_ne_i64, kernel_lt_i64, …
 *   K_CTYPE       element type
 *   K_EQ(x, y)    true where equal
 *   K_LT(x, y)    true where x comes before y
 *   K_LE(x, y)    true where x does not come after y
 * The results of all rows are computed unless few are selected. */

#define K_JOIN2(a, b, c) a##b##c
#define K_JOIN(a, b, c)  K_JOIN2(a, b, c)
#define K_NE(x, y)       (!K_EQ(x, y))

#define K_OPERATION(operation, TEST)                                                                         \
    KERNEL_CLONES static void K_JOIN(operation, _rows_, K_SUFFIX)(const K_CTYPE *a, const K_CTYPE *b,        \
                                                                  uint8_t *restrict out, uint32_t n)         \
    {                                                                                                        \
        for (uint32_t i = 0; i < n; i++)                                                                     \
            out[i] = TEST(a[i], b[i]);                                                                       \
    }                                                                                                        \
    KERNEL_CLONES static void K_JOIN(operation, _right_, K_SUFFIX)(const K_CTYPE *a, const K_CTYPE *b,       \
                                                                   uint8_t *restrict out, uint32_t n)        \
    {                                                                                                        \
        const K_CTYPE y = *b;                                                                                \
        for (uint32_t i = 0; i < n; i++)                                                                     \
            out[i] = TEST(a[i], y);                                                                          \
    }                                                                                                        \
    KERNEL_CLONES static void K_JOIN(operation, _left_, K_SUFFIX)(const K_CTYPE *a, const K_CTYPE *b,        \
                                                                  uint8_t *restrict out, uint32_t n)         \
    {                                                                                                        \
        const K_CTYPE x = *a;                                                                                \
        for (uint32_t i = 0; i < n; i++)                                                                     \
            out[i] = TEST(x, b[i]);                                                                          \
    }                                                                                                        \
    static void K_JOIN(operation, _selected_, K_SUFFIX)(const KernelCall *call, const Vector *left,          \
                                                        const Vector *right)                                 \
    {                                                                                                        \
        const K_CTYPE *a = left->data;                                                                       \
        const K_CTYPE *b = right->data;                                                                      \
        for (uint32_t i = 0; i < call->count; i++) {                                                         \
            const uint32_t row = kernel_row(call, i);                                                        \
            ((uint8_t *)call->result)[row] = TEST(a[kernel_index(left, row)], b[kernel_index(right, row)]);  \
        }                                                                                                    \
    }                                                                                                        \
    static Status K_JOIN(operation, _of_, K_SUFFIX)(KernelCall * call, const Vector *left,                   \
                                                    const Vector *right)                                     \
    {                                                                                                        \
        if (kernel_is_sparse(call))                                                                          \
            K_JOIN(operation, _selected_, K_SUFFIX)(call, left, right);                                      \
        else if (right->form == VECTOR_CONSTANT)                                                             \
            K_JOIN(operation, _right_, K_SUFFIX)(left->data, right->data, call->result, call->rows);         \
        else if (left->form == VECTOR_CONSTANT)                                                              \
            K_JOIN(operation, _left_, K_SUFFIX)(left->data, right->data, call->result, call->rows);          \
        else                                                                                                 \
            K_JOIN(operation, _rows_, K_SUFFIX)(left->data, right->data, call->result, call->rows);          \
        return STATUS_OK;                                                                                    \
    }

K_OPERATION(eq, K_EQ)
K_OPERATION(ne, K_NE)
K_OPERATION(lt, K_LT)
K_OPERATION(le, K_LE)

#define K_ENTRY(name, operation, left, right)                                                                \
    Status K_JOIN(kernel_, name##_, K_SUFFIX)(KernelCall * call)                                             \
    {                                                                                                        \
        return K_JOIN(operation, _of_, K_SUFFIX)(call, &call->arguments[left], &call->arguments[right]);     \
    }

K_ENTRY(eq, eq, 0, 1)
K_ENTRY(ne, ne, 0, 1)
K_ENTRY(lt, lt, 0, 1)
K_ENTRY(le, le, 0, 1)
K_ENTRY(gt, lt, 1, 0)
K_ENTRY(ge, le, 1, 0)

#undef K_SUFFIX
#undef K_CTYPE
#undef K_EQ
#undef K_NE
#undef K_LT
#undef K_LE
#undef K_JOIN
#undef K_JOIN2
#undef K_OPERATION
#undef K_ENTRY
