# Sourced by the cluster tests: nodes as processes of this script, on loopback and free ports, in a folder that goes away.
#
# RUNNEL names the program, SLT the runner of SQL tests, both below the build directory by default. Every node is one entry of
# `pid`; where it listens is in `endpoint`. Only these processes are ever ended, by their ids.
runnel=${RUNNEL:-$PWD/runnel}
slt=${SLT:-$PWD/tests/sql/slt}
tools=${TOOLS:-$PWD/tests/cluster}
sql_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/../sql" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/runnel-test-XXXXXX")
data=$work/data
declare -A pid endpoint
passed=0
failed=0
coordinator_bind=tcp://127.0.0.1:0
front_bind=127.0.0.1:0

# stop NAME…: SIGTERM, and SIGKILL after 10 seconds.
stop() {
    local name
    for name in "$@"; do
        kill -CONT "${pid[$name]}" 2>/dev/null
        kill -TERM "${pid[$name]}" 2>/dev/null
    done
    for name in "$@"; do
        wait_end "$name" 100 || kill -KILL "${pid[$name]}" 2>/dev/null
        wait "${pid[$name]}" 2>/dev/null
        unset "pid[$name]"
    done
}

# Executors before the coordinator, so that they need not wait for it.
stop_all() {
    local name others=()
    for name in "${!pid[@]}"; do [ "$name" = coordinator ] || others+=("$name"); done
    stop "${others[@]}"
    [ -z "${pid[coordinator]:-}" ] || stop coordinator
}

clean_up() {
    local status=$?
    stop_all
    if [ "$status" -ne 0 ] && [ -n "${KEEP:-}" ]; then
        echo "kept: $work" >&2
    else
        rm -rf "$work"
    fi
}
trap clean_up EXIT

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAILED: $*" >&2
}
# check WHAT COMMAND…: counts the command's outcome.
check() {
    local what=$1
    shift
    if "$@"; then pass; else fail "$what"; fi
}
# check_end WHAT PROCESS FILE: the process must end well; FILE has what it said.
check_end() {
    if wait "$2"; then pass; else fail "$1: $(head -c 500 "$3")"; fi
}
summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

alive() { kill -0 "${pid[$1]}" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/${pid[$1]}/status" 2>/dev/null; }

# wait_end NAME TENTHS: until the node has ended by itself.
wait_end() {
    local i
    for ((i = 0; i < $2; i++)); do
        alive "$1" || return 0
        sleep 0.1
    done
    ! alive "$1"
}

# spawn NAME ARGUMENT…: a node; returns at once.
spawn() {
    local name=$1
    shift
    : >"$work/$name.log"
    "$runnel" "$@" 2>>"$work/$name.log" >/dev/null </dev/null &
    pid[$name]=$!
}

# wait_ready NAME: until it says so; sets endpoint[NAME].
wait_ready() {
    local i line
    for ((i = 0; i < 600; i++)); do
        line=$(grep -m1 '^ready: ' "$work/$1.log")
        if [ -n "$line" ]; then
            endpoint[$1]=$(cut -d' ' -f3- <<<"$line")
            return 0
        fi
        if ! alive "$1"; then
            break
        fi
        sleep 0.05
    done
    echo "$1 is not ready:" >&2
    cat "$work/$1.log" >&2
    return 1
}

start_coordinator() {
    spawn coordinator coordinator --data "$data" --bind "$coordinator_bind" "$@"
    wait_ready coordinator || return 1
    coordinator_bind=${endpoint[coordinator]}
}

# spawn_executor worker|reducer NAME ARGUMENT…
spawn_executor() {
    local role=$1 name=$2
    shift 2
    spawn "$name" "$role" --join "${JOIN:-$coordinator_bind}" --data "$data" --scratch "$work/scratch-$name" --name "$name" \
        --slots 2 --threads 2 "$@"
}

start_front() {
    spawn front front --join "$coordinator_bind" --data "$data" --http "$front_bind" "$@"
    wait_ready front || return 1
    url=${endpoint[front]}
    front_bind=${url#http://}
}

# start_cluster WORKERS REDUCERS COORDINATOR-ARGUMENT…
start_cluster() {
    local workers=$1 reducers=$2 i
    shift 2
    start_coordinator "$@" || return 1
    for ((i = 1; i <= workers; i++)); do spawn_executor worker "worker-$i"; done
    for ((i = 1; i <= reducers; i++)); do spawn_executor reducer "reducer-$i"; done
    start_front || return 1
    for ((i = 1; i <= workers; i++)); do wait_ready "worker-$i" || return 1; done
    for ((i = 1; i <= reducers; i++)); do wait_ready "reducer-$i" || return 1; done
}

# query SQL: rows as CSV on standard output.
query() { "$runnel" sql -u "$url" --format csv -c "$1"; }
# The same, waiting at most so long.
query_within() { timeout "$1" "$runnel" sql -u "$url" --format csv -c "$2"; }

# tablets_in_catalog, files_in_store: the two are one, once garbage is swept.
tablets_in_catalog() { curl -s "$url/tables" | grep -o '"tablets":[0-9]*' | awk -F: '{ sum += $2 } END { print sum + 0 }'; }
files_in_store() { find "$data/store" -type f | wc -l; }

# swept SECONDS: until no file is left that no table names.
swept() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -le "$until" ]; do
        [ "$(files_in_store)" = "$(tablets_in_catalog)" ] && return 0
        sleep 0.2
    done
    echo "$(files_in_store) files, $(tablets_in_catalog) tablets" >&2
    return 1
}

# random_pause MILLISECONDS: a random part of it.
random_pause() {
    local pause=$((RANDOM % $1))
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
}
