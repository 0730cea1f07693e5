# Reads Prometheus' text format 0.0.4 strictly: prints what is wrong, a line each, and nothing where all is well.
function wrong(what) { print FNR ": " what ": " $0 }
function is_number(text) { return text ~ /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/ || text ~ /^([-+]Inf|NaN)$/ }

# Takes labels off the front of `rest`, to the closing brace; false: they are malformed.
function read_labels(    name, seen) {
    split("", seen)
    le = ""
    labels = ""
    while (rest !~ /^}/) {
        if (!match(rest, /^[a-zA-Z_][a-zA-Z0-9_]*="/)) return 0
        name = substr(rest, 1, RLENGTH - 2)
        rest = substr(rest, RLENGTH + 1)
        if (!match(rest, /^([^"\\]|\\[\\"n])*"/)) return 0
        if (name in seen) return 0
        seen[name] = 1
        if (name == "le") le = substr(rest, 1, RLENGTH - 1)
        else labels = labels name "=" substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        if (rest ~ /^,/) rest = substr(rest, 2)
        else if (rest !~ /^}/) return 0
    }
    rest = substr(rest, 2)
    return 1
}

function read_bucket() {
    if (!is_number(le)) wrong("a bucket's bound is no number")
    if (labels in bucket && value + 0 < bucket[labels] + 0) wrong("buckets are not cumulative")
    if (labels in bound && bound[labels] != "+Inf" && le != "+Inf" && le + 0 <= bound[labels] + 0) wrong("bounds do not grow")
    bucket[labels] = value
    bound[labels] = le
}

function check_suffix() {
    if (type[family] != "histogram") { if (name != family) wrong("a sample outside its family"); return }
    if (name == family "_bucket") { read_bucket(); return }
    if (name == family "_count") {
        if (bound[labels] != "+Inf") wrong("the last bucket is not +Inf")
        if (bucket[labels] != value) wrong("the count is not the last bucket's")
        return
    }
    if (name != family "_sum") wrong("no sample of a histogram")
}

/^# HELP / {
    if ($3 !~ /^[a-zA-Z_:][a-zA-Z0-9_:]*$/) wrong("a bad name")
    if ($3 in helped) wrong("a second HELP")
    if (NF < 4) wrong("HELP without words")
    helped[$3] = 1
    next
}
/^# TYPE / {
    family = $3
    if (family in type) wrong("a second TYPE")
    if (!(family in helped)) wrong("TYPE without HELP")
    if (NF != 4 || $4 !~ /^(counter|gauge|histogram|summary|untyped)$/) wrong("no type")
    if ($4 == "counter" && family !~ /_total$/) wrong("a counter that is not called _total")
    type[family] = $4
    split("", bucket)
    split("", bound)
    next
}
{
    rest = $0
    labels = ""
    le = ""
    if (!match(rest, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) { wrong("no sample"); next }
    name = substr(rest, 1, RLENGTH)
    rest = substr(rest, RLENGTH + 1)
    if (rest ~ /^{/) {
        rest = substr(rest, 2)
        if (!read_labels()) { wrong("bad labels"); next }
    }
    if (rest !~ /^ [^ ]+$/) { wrong("no value"); next }
    value = substr(rest, 2)
    if (!is_number(value)) wrong("the value is no number")
    if (type[family] == "counter" && value + 0 < 0) wrong("a negative counter")
    series = substr($0, 1, length($0) - length(value))
    if (series in seen_series) wrong("a second time")
    seen_series[series] = 1
    check_suffix()
    samples++
}
END { if (samples == 0) print "no samples" }
