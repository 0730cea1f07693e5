# Sourced after cluster.sh: tables of many rows and queries of several stages over them, with the answers of an undisturbed run.
queries=(
    "SELECT k % 997 AS g, count(*), sum(v), min(k), max(k) FROM facts GROUP BY k % 997 ORDER BY g"
    "SELECT p.name, count(*) AS n, sum(f.v) AS s FROM facts f JOIN people p ON f.u = p.u GROUP BY p.name ORDER BY p.name"
    "SELECT count(*), sum(n), max(s) FROM (SELECT k, count(*) AS n, sum(v) AS s FROM facts GROUP BY k) AS q"
    "SELECT f.k, f.v, p.name FROM facts f JOIN people p ON f.u = p.u WHERE f.v > 20 ORDER BY f.v DESC, f.k, p.name LIMIT 500"
    "SELECT count(*), sum(a.v) FROM facts a JOIN facts b ON a.k = b.k"
)
declare -a answers

# make_tables DOUBLINGS: facts has 10,000 rows, doubled so often; a tablet or more for each doubling.
make_tables() {
    local i shift=10000
    query "CREATE TABLE digits (d int)" && query "CREATE TABLE facts (k bigint, u int, v bigint, x double precision)" &&
        query "CREATE TABLE people (u int, name text)" &&
        query "INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)" &&
        query "INSERT INTO people SELECT a.d * 100 + b.d * 10 + c.d, 'name ' || (a.d * 100 + b.d * 10 + c.d) FROM digits a CROSS JOIN digits b CROSS JOIN digits c" &&
        query "INSERT INTO facts SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d, b.d * 100 + c.d * 10 + e.d, a.d * c.d % 29, a.d * 0.1::float8 - c.d FROM digits a CROSS JOIN digits b CROSS JOIN digits c CROSS JOIN digits e" || return 1
    for ((i = 0; i < $1; i++)); do
        query "INSERT INTO facts SELECT k + $shift, (u * 7 + 1) % 1100, (v + 3) % 31, x * -1.5 FROM facts" || return 1
        shift=$((shift * 2))
    done
}

learn_answers() {
    local i
    for i in "${!queries[@]}"; do
        answers[i]=$(query_within 60 "${queries[i]}") || return 1
        [ "$(wc -l <<<"${answers[i]}")" -ge 2 ] || return 1
    done
}

# run_checked I SECONDS: query I must give its answer in time; says what it gave else.
run_checked() {
    local got status
    got=$(query_within "$2" "${queries[$1]}" 2>"$work/query.err")
    status=$?
    [ "$status" -eq 0 ] && [ "$got" = "${answers[$1]}" ] && return 0
    echo "query $1: status $status, $(wc -l <<<"$got") lines: $(head -c 300 "$work/query.err")" >&2
    return 1
}
