EXTRA_DIST += bench/README.md bench/run bench/report bench/package.json bench/main.mjs bench/queries.mjs bench/tables.mjs bench/answers.mjs \
	bench/csv.mjs bench/files.mjs bench/figures.mjs bench/latency.mjs bench/report.mjs \
	bench/engines/runnel.mjs bench/engines/duckdb.mjs bench/engines/chdb.mjs
