#!/usr/bin/env bash
# Builds every fuzz target with the stable compiler and runs each for SECONDS, two at a time; then builds some with
# AddressSanitizer and runs them for a quarter of that. Fails on the first finding and says how to repeat it.
#
#   tests/fuzz/run.sh SECONDS
set -euo pipefail
seconds=${1:?usage: tests/fuzz/run.sh SECONDS}
target=${CARGO_TARGET_DIR:+$(realpath -m "$CARGO_TARGET_DIR")/fuzz}
cd "$(dirname "$0")"
target=${target:-$PWD/target}
host=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz passes; none of it needs the nightly compiler.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"

fuzz() { # folder of the program, target, seconds
    mkdir -p "corpus/$2" "artifacts/$2"
    local log="artifacts/$2/log" program="$1/$host/release/$2"
    if ! "$program" -max_total_time="$3" -max_len=1000 -len_control=0 -timeout=60 -rss_limit_mb=4096 -dict=csv.dict -verbosity=1 \
        -artifact_prefix="artifacts/$2/" "corpus/$2" >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "FOUND by $2: repeat with $program and the file that the lines above name"
        return 1
    fi
    echo "$2: $(grep -E '^Done|DONE' "$log" | tail -n 1)"
}

fuzz_all() { # folder of the programs, seconds, targets
    local folder=$1 time=$2 found=0
    shift 2
    while (($#)); do
        local running=()
        for name in "${@:1:2}"; do
            fuzz "$folder" "$name" "$time" &
            running+=($!)
        done
        for job in "${running[@]}"; do
            wait "$job" || found=1
        done
        shift $(($# > 1 ? 2 : 1))
    done
    return $found
}

CARGO_TARGET_DIR=$target RUSTFLAGS=$coverage cargo build --release --locked --target "$host"
fuzz_all "$target" "$seconds" scan tokenize split decode types reader sniff checks

# The flag is unstable, the sanitizer is not. Rounded up, so that a short run is still one.
CARGO_TARGET_DIR=$target/asan RUSTC_BOOTSTRAP=1 RUSTFLAGS="$coverage -Zsanitizer=address" \
    cargo build --release --locked --target "$host" --bin scan --bin decode --bin types
fuzz_all "$target/asan" $(((seconds + 3) / 4)) scan decode types
echo "no findings"
