EXTRA_DIST += bench/README.md bench/run bench/report bench/scale bench/package.json bench/main.mjs bench/suites.mjs bench/generate.mjs bench/answers.mjs \
	bench/csv.mjs bench/files.mjs bench/figures.mjs bench/latency.mjs bench/report.mjs \
	bench/suites/events.mjs bench/suites/hits.mjs bench/suites/tpch.mjs \
	bench/engines/runnel.mjs bench/engines/duckdb.mjs bench/engines/chdb.mjs
