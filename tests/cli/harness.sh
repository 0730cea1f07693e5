# What the scripts of this folder share: sourced, never run. A script calls check functions and ends with `finish`, which
# prints "N passed, N failed". RUNNEL is the program under test (default: ./runnel, as in the build folder).
set -u
RUNNEL=$(realpath "${RUNNEL:-./runnel}")
if [ ! -x "$RUNNEL" ]; then
    echo "$RUNNEL is not there; run this from the build folder, or set RUNNEL" >&2
    exit 99
fi
unset RUNNEL_URL
passed=0
failed=0
server=
url=
scratch=$(mktemp -d "${TMPDIR:-/tmp}/runnel-test-XXXXXX")

clean_up() {
    stop_server
    if mountpoint -q "$scratch/mount" 2>/dev/null; then umount "$scratch/mount"; fi
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
cd "$scratch" || exit 1

pass() { passed=$((passed + 1)); }

# fail NAME [DETAIL…]
fail() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    shift
    printf '    %s\n' "$@"
}

# check NAME EXPECTED ACTUAL
check() { if [ "$2" = "$3" ]; then pass; else fail "$1" "expected: $2" "got: $3"; fi; }

# check_match NAME PATTERN TEXT: PATTERN is a pattern of the shell
check_match() {
    # shellcheck disable=SC2254
    case $3 in $2) pass ;; *) fail "$1" "expected a match of: $2" "got: $3" ;; esac
}

# run COMMAND…: sets status, out, err
run() {
    "$@" >stdout.txt 2>stderr.txt
    status=$?
    out=$(tr -d '\0' <stdout.txt)
    err=$(tr -d '\0' <stderr.txt)
}

# fails NAME STATUS PATTERN COMMAND…: the command ends with that status, and says what matches on standard error
fails() {
    local name=$1 expected=$2 pattern=$3
    shift 3
    run "$@"
    check "$name: exit status" "$expected" "$status"
    check_match "$name" "$pattern" "$err"
}

# works NAME EXPECTED COMMAND…: status 0 and exactly this on standard output
works() {
    local name=$1 expected=$2
    shift 2
    run "$@"
    check "$name: exit status" 0 "$status$([ "$status" = 0 ] || echo " ($err)")"
    check "$name" "$expected" "$out"
}

# value DIR-or-URL-option… SQL: the only value of a query
query() { "$RUNNEL" sql "${@:1:$#-1}" --format=tsv "${@:$#}" 2>stderr.txt | tail -n +2; }

# start_server [OPTION…]: `runnel local` on a free port; sets url and server
start_server() {
    : >server.txt # what the server before said is not read for this one's
    "$RUNNEL" local --http 127.0.0.1:0 "$@" 2>server.txt &
    server=$!
    url=
    for _ in $(seq 200); do
        url=$(sed -n 's/^ready: local //p' server.txt)
        if [ -n "$url" ]; then return 0; fi
        if ! kill -0 "$server" 2>/dev/null; then break; fi
        sleep 0.05
    done
    fail "the server starts" "$(cat server.txt)"
    return 1
}

# stop_server [EXPECTED]: SIGTERM; it must end well and say nothing but that it was ready (sanitizers would speak here) and what
# matches EXPECTED
stop_server() {
    if [ -z "$server" ]; then return 0; fi
    kill "$server" 2>/dev/null
    wait "$server"
    check "the server ends well" 0 $?
    check "the server has nothing to complain of" "" \
        "$(grep -v -e '^ready: ' -e ' WARNING ' -e ' INFO ' ${1:+-e "$1"} server.txt)"
    server=
}

finish() {
    stop_server
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# skip WORDS…: nothing can be tested here
skip() {
    echo "SKIPPED: $*"
    exit 77
}
