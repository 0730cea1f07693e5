/* Bit operators of integers: none can fail. Shift counts are taken modulo the width, as the machine does. */
#include "expr/kernel.h"
#include "expr/kernels_arithmetic.h"

#define K_NAME                  bit_and_i32
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (a) & (b)
#include "expr/binary_tmpl.h"

#define K_NAME                  bit_or_i32
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (a) | (b)
#include "expr/binary_tmpl.h"

#define K_NAME                  bit_xor_i32
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (a) ^ (b)
#include "expr/binary_tmpl.h"

#define K_NAME               bit_not_i32
#define K_ARGUMENT           int32_t
#define K_RESULT             int32_t
#define K_BAD                uint32_t
#define K_COMPUTE(a, r, bad) r = ~(a)
#include "expr/unary_tmpl.h"

#define K_NAME                  bit_and_i64
#define K_LEFT                  int64_t
#define K_RIGHT                 int64_t
#define K_RESULT                int64_t
#define K_BAD                   uint64_t
#define K_COMPUTE(a, b, r, bad) r = (a) & (b)
#include "expr/binary_tmpl.h"

#define K_NAME                  bit_or_i64
#define K_LEFT                  int64_t
#define K_RIGHT                 int64_t
#define K_RESULT                int64_t
#define K_BAD                   uint64_t
#define K_COMPUTE(a, b, r, bad) r = (a) | (b)
#include "expr/binary_tmpl.h"

#define K_NAME                  bit_xor_i64
#define K_LEFT                  int64_t
#define K_RIGHT                 int64_t
#define K_RESULT                int64_t
#define K_BAD                   uint64_t
#define K_COMPUTE(a, b, r, bad) r = (a) ^ (b)
#include "expr/binary_tmpl.h"

#define K_NAME               bit_not_i64
#define K_ARGUMENT           int64_t
#define K_RESULT             int64_t
#define K_BAD                uint64_t
#define K_COMPUTE(a, r, bad) r = ~(a)
#include "expr/unary_tmpl.h"

#define K_NAME                  shift_left_i16
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (int16_t)((uint32_t)(a) << ((b)&31))
#include "expr/binary_tmpl.h"

#define K_NAME                  shift_right_i16
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (a) >> ((b)&31)
#include "expr/binary_tmpl.h"

#define K_NAME                  shift_left_i32
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (int32_t)((uint32_t)(a) << ((b)&31))
#include "expr/binary_tmpl.h"

#define K_NAME                  shift_right_i32
#define K_LEFT                  int32_t
#define K_RIGHT                 int32_t
#define K_RESULT                int32_t
#define K_BAD                   uint32_t
#define K_COMPUTE(a, b, r, bad) r = (a) >> ((b)&31)
#include "expr/binary_tmpl.h"

#define K_NAME                  shift_left_i64
#define K_LEFT                  int64_t
#define K_RIGHT                 int32_t
#define K_RESULT                int64_t
#define K_BAD                   uint64_t
#define K_COMPUTE(a, b, r, bad) r = (int64_t)((uint64_t)(a) << ((b)&63))
#include "expr/binary_tmpl.h"

#define K_NAME                  shift_right_i64
#define K_LEFT                  int64_t
#define K_RIGHT                 int32_t
#define K_RESULT                int64_t
#define K_BAD                   uint64_t
#define K_COMPUTE(a, b, r, bad) r = (a) >> ((b)&63)
#include "expr/binary_tmpl.h"
