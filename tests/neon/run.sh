#!/bin/sh
# Runs the unit tests of src/scan on the NEON back end: cross-compiled, in qemu's user mode.
#
#   tests/neon/run.sh [--include-ignored]     further words go to the tests
#
# Needs a Rust compiler with the standard library of aarch64-unknown-linux-gnu, a linker for it, and qemu-aarch64. What is missing is
# installed where this runs as root on a Debian that apt can reach. Where that fails the tests are skipped, which is no
# error; a failing test is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=aarch64-unknown-linux-gnu
work=${CARGO_TARGET_DIR:-$here/../../target}/neon
mkdir -p "$work"

skip() {
    echo "neon: skipped ($1)"
    exit 0
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# Whether the compiler $1 finds that standard library in the folder $2, or by itself where there is no $2.
can_compile() {
    echo 'fn main() {}' >"$work/empty.rs"
    "$1" --target "$target" ${2:+-L "$2"} -C linker=aarch64-linux-gnu-gcc -o "$work/empty" "$work/empty.rs" >/dev/null 2>&1
}

install_packages() {
    [ "$(id -u)" = 0 ] || skip "$* not installed, and not root"
    has apt-get || skip "$* not installed, and no apt-get"
    apt-get update -qq >"$work/apt.log" 2>&1 || skip "apt-get update failed"
    apt-get install -y -qq --no-install-recommends "$@" >>"$work/apt.log" 2>&1 || skip "apt-get install $* failed"
}

# Debian's compiler for the web has a standard library for each architecture; that of arm64 is unpacked beside it, not installed.
fetch_library() {
    [ -x /usr/bin/rustc ] && dpkg -s rustc-web >/dev/null 2>&1 || install_packages rustc-web
    [ "$(id -u)" = 0 ] || skip "no standard library for $target, and not root"
    dpkg --add-architecture arm64 && apt-get update -qq >"$work/apt.log" 2>&1 || skip "no packages for arm64"
    version=$(dpkg-query -W -f '${Version}' rustc-web)
    rm -rf "$work/sysroot"
    (cd "$work" && apt-get download -qq "libstd-rust-web-dev:arm64=$version") >>"$work/apt.log" 2>&1 ||
        skip "no standard library for arm64 to download"
    dpkg -x "$work"/libstd-rust-web-dev_*_arm64.deb "$work/sysroot"
    rm -f "$work"/libstd-rust-web-dev_*_arm64.deb
}

case $(uname -m) in
aarch64 | arm64) skip "this machine has NEON: cargo test runs it" ;;
esac

has qemu-aarch64 && has aarch64-linux-gnu-gcc ||
    install_packages qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross

rustc=rustc
library=
if ! can_compile rustc; then
    rustc=/usr/bin/rustc
    library=$work/sysroot/usr/lib/rustlib/$target/lib
    can_compile "$rustc" "$library" || fetch_library
    can_compile "$rustc" "$library" || skip "no compiler for $target"
fi

"$rustc" --edition 2024 -O --test --target "$target" ${library:+-L "$library"} -C linker=aarch64-linux-gnu-gcc \
    -o "$work/scan" "$here/scan.rs"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/scan" --nocapture "$@" | tee "$work/tests.log" || true
grep -q '^back ends: neon, portable$' "$work/tests.log" || {
    echo "neon: the back end did not run"
    exit 1
}
grep -q '^test result: ok\.' "$work/tests.log" || {
    echo "neon: failed"
    exit 1
}
echo "neon: passed"
