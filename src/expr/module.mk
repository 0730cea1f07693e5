# Files of src/expr; tests of it in tests/unit/expr.
libengine_la_SOURCES += \
	src/expr/aggregate.h \
	src/expr/coerce.c \
	src/expr/collection.c src/expr/collection.h src/expr/collection_finish.c \
	src/expr/compile.c \
	src/expr/dictionary_call.c \
	src/expr/evaluate.c \
	src/expr/expr.c src/expr/expr.h src/expr/expr_format.c \
	src/expr/function.h \
	src/expr/functions_arithmetic.c \
	src/expr/functions_cast.c \
	src/expr/functions_comparison.c \
	src/expr/functions_logic.c \
	src/expr/instruction.h \
	src/expr/lazy.c \
	src/expr/array_kernel.h src/expr/kernels_array.h \
	src/expr/functions_array.c src/expr/kernels_array.c src/expr/kernels_array_value.c \
	src/expr/kernels_array_gather.c src/expr/kernels_identifier.c src/expr/kernels_size.c \
	src/expr/text_list.c src/expr/text_list.h \
	src/expr/record.c src/expr/record.h src/expr/text_record.c src/expr/text_record.h \
	src/expr/functions_record.c src/expr/kernels_record.c src/expr/kernels_record.h \
	src/expr/functions_json.c src/expr/kernels_json.c src/expr/kernels_json.h src/expr/kernels_json_build.c \
	src/expr/kernels_json_record.c src/expr/kernels_json_object.c \
	src/expr/json_kernel.h src/expr/kernels_json_edit.c src/expr/json_path.h src/expr/kernels_json_path.c src/expr/json_order.c \
	src/expr/json_order.h src/expr/kernels_json_order.c \
	src/expr/json_canonical.c src/expr/json_canonical.h src/expr/json_write.c src/expr/json_write.h \
	src/expr/numeric.c src/expr/numeric.h \
	src/expr/program.c src/expr/program.h \
	src/expr/registry.c src/expr/registry.h src/expr/registry_topics.h \
	src/expr/resolve.c \
	src/expr/session.h

libkernels_la_SOURCES += \
	src/expr/binary_tmpl.h src/expr/narrow_integer_tmpl.h src/expr/unary_tmpl.h \
	src/expr/compare_tmpl.h \
	src/expr/kernel.h \
	src/expr/kernels_arithmetic.h \
	src/expr/kernels_bits.c \
	src/expr/kernels_float.c \
	src/expr/kernels_integer.c \
	src/expr/kernels_numeric.c \
	src/expr/kernels_cast.h \
	src/expr/kernels_cast_datetime.c \
	src/expr/kernels_cast_number.c \
	src/expr/kernels_cast_numeric.c \
	src/expr/kernels_cast_string.c \
	src/expr/kernels_compare.c src/expr/kernels_compare.h \
	src/expr/kernels_compare_rare.c \
	src/expr/kernels_logic.c src/expr/kernels_logic.h \
	src/expr/in_set.c src/expr/in_set.h \
	src/expr/json_scan.c src/expr/json_scan.h src/expr/json_string.c \
	src/expr/selection.c src/expr/selection.h \
	src/expr/truth.c src/expr/truth.h

check_PROGRAMS += tests/unit/expr/test_record
tests_unit_expr_test_record_SOURCES = tests/unit/expr/test_record.c
tests_unit_expr_test_record_LDADD = $(TEST_LIBS)
tests_unit_expr_test_record_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_registry
tests_unit_expr_test_registry_SOURCES = tests/unit/expr/test_registry.c
tests_unit_expr_test_registry_LDADD = $(TEST_LIBS)
tests_unit_expr_test_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_resolution
tests_unit_expr_test_resolution_SOURCES = tests/unit/expr/test_resolution.c
tests_unit_expr_test_resolution_LDADD = $(TEST_LIBS)
tests_unit_expr_test_resolution_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_casts
tests_unit_expr_test_casts_SOURCES = tests/unit/expr/test_casts.c
tests_unit_expr_test_casts_LDADD = $(TEST_LIBS)
tests_unit_expr_test_casts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_expr
tests_unit_expr_test_expr_SOURCES = tests/unit/expr/test_expr.c
tests_unit_expr_test_expr_LDADD = $(TEST_LIBS)
tests_unit_expr_test_expr_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# Values as text and back.
libengine_la_SOURCES += \
	src/expr/calendar.h \
	src/expr/datetime.c src/expr/datetime.h \
	src/expr/functions_datetime.c \
	src/expr/functions_format.c \
	src/expr/functions_math.c \
	src/expr/functions_string.c \
	src/expr/power10.h \
	src/expr/text.c src/expr/text.h \
	src/expr/text_datetime.c \
	src/expr/text_datetime_parse.c \
	src/expr/text_float.c \
	src/expr/text_interval.c \
	src/expr/time_digits.c src/expr/time_digits.h \
	src/expr/text_number.c \
	src/expr/text_parts.h \
	src/expr/time_zone.c src/expr/time_zone.h

check_PROGRAMS += tests/unit/expr/test_text
tests_unit_expr_test_text_SOURCES = tests/unit/expr/test_text.c tests/unit/expr/text_cases.h
tests_unit_expr_test_text_LDADD = $(TEST_LIBS)
tests_unit_expr_test_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_program
tests_unit_expr_test_program_SOURCES = tests/unit/expr/test_program.c
tests_unit_expr_test_program_LDADD = $(TEST_LIBS)
tests_unit_expr_test_program_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_kernels
tests_unit_expr_test_kernels_SOURCES = tests/unit/expr/test_kernels.c
tests_unit_expr_test_kernels_LDADD = $(TEST_LIBS)
tests_unit_expr_test_kernels_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# Aggregates.
libengine_la_SOURCES += \
	src/expr/aggregate.c src/expr/aggregate_parts.h \
	src/expr/aggregate_array_extreme.c \
	src/expr/aggregate_bits.c \
	src/expr/aggregate_collect.c \
	src/expr/aggregate_distinct.c \
	src/expr/aggregate_quantile.c \
	src/expr/aggregate_regression.c \
	src/expr/order_key.c src/expr/order_key.h \
	src/expr/aggregate_interval.c \
	src/expr/aggregate_moments.c \
	src/expr/natural.c src/expr/natural.h \
	src/expr/numeric_inexact.c src/expr/numeric_inexact.h

libkernels_la_SOURCES += \
	src/expr/aggregate_count.c \
	src/expr/aggregate_extreme.c src/expr/aggregate_extreme_tmpl.h \
	src/expr/aggregate_float.c \
	src/expr/aggregate_set.c \
	src/expr/aggregate_sum.c \
	src/expr/aggregate_update_tmpl.h \
	src/expr/exact_sum.c src/expr/exact_sum.h \
	src/expr/kernels_datetime.c src/expr/kernels_datetime.h \
	src/expr/kernels_extract.c \
	src/expr/kernels_like.c \
	src/expr/kernels_math.c src/expr/kernels_math.h \
	src/expr/kernels_bytes.c \
	src/expr/kernels_format.c src/expr/kernels_format.h \
	src/expr/kernels_overlaps.c \
	src/expr/kernels_trigonometry.c \
	src/expr/format_datetime.c src/expr/format_number.c src/expr/parse_datetime.c \
	src/expr/template.c src/expr/template.h \
	src/expr/kernels_digest.c \
	src/expr/kernels_quote.c \
	src/expr/kernels_regex.c \
	src/expr/kernels_series.c \
	src/expr/kernels_similar.c \
	src/expr/kernels_unicode.c \
	src/expr/regex.c src/expr/regex.h src/expr/regex_syntax.c \
	src/expr/string_kernel.h \
	src/expr/kernels_string.c src/expr/kernels_string.h \
	src/expr/row_kernel.h \
	src/expr/utf8.h

check_PROGRAMS += tests/unit/expr/test_functions
tests_unit_expr_test_functions_SOURCES = tests/unit/expr/test_functions.c tests/unit/expr/function_cases.h
tests_unit_expr_test_functions_LDADD = $(TEST_LIBS)
tests_unit_expr_test_functions_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/expr/test_aggregate
tests_unit_expr_test_aggregate_SOURCES = tests/unit/expr/test_aggregate.c
tests_unit_expr_test_aggregate_LDADD = $(TEST_LIBS)
tests_unit_expr_test_aggregate_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/expr/README.md

check_PROGRAMS += tests/unit/expr/test_json_scan
tests_unit_expr_test_json_scan_SOURCES = tests/unit/expr/test_json_scan.c
tests_unit_expr_test_json_scan_LDADD = $(TEST_LIBS)
tests_unit_expr_test_json_scan_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
