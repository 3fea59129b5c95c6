# shellcheck shell=bash
# Sourced by every script here: where things are, how to speak, one lock, a clean environment for cargo.
set -euo pipefail

# A script that is asked for help says what its first lines say, and does nothing.
case ${1:-} in
-h | --help)
    sed -n '2,/^[^#]/ { /^# shellcheck/d; s/^# \{0,1\}//p; }' "$0"
    exit 0
    ;;
esac

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TOOLS=$ROOT/.tools
# shellcheck disable=SC2034
LIB=$ROOT/scripts/lib
# Programs in this folder are always called as `$PYTHON -m NAME`: their first line, which names the interpreter, cannot hold
# every path.
# shellcheck disable=SC2034
PYTHON=$TOOLS/python/bin/python

case $ROOT in
*:* | *$'\n'*)
    printf 'error: %s\n' "this project lies in a folder whose path has a colon or a line break; cargo and the linker take these" \
        "for separators. Move it to another folder: $ROOT" >&2
    exit 1
    ;;
esac

# A relative path counts from where the user is; scripts and kernels run in folders of their own.
for name in NTK_DATA_DIR NTK_STORE_DIR; do
    case ${!name:-} in '' | /*) ;; *) export "$name=$PWD/${!name}" ;; esac
done
unset name

# Settings that would make cargo compile everything again, in another folder or with other flags.
clean_cargo_environment() {
    unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_TARGET_DIR CARGO_INCREMENTAL
    local name
    while IFS='=' read -r name _; do
        case $name in CARGO_BUILD_* | CARGO_PROFILE_* | CARGO_TARGET_*) unset "$name" ;; esac
    done < <(env)
}
clean_cargo_environment

say() { printf '%s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step TITLE EXPECTED COMMAND…: say what starts and how long it usually takes, run it, say how long it took.
step() {
    local title=$1 expected=$2 start=$SECONDS
    shift 2
    say "── $title ($expected)"
    "$@"
    say "   done in $((SECONDS - start)) s"
}

# One set-up at a time. Processes that this shell starts inherit the open lock, and SETUP_LOCK_HELD keeps a script that
# calls another from waiting for itself. Without flock (macOS) there is no lock: do not start two set-ups at once there.
lock() {
    [ -z "${SETUP_LOCK_HELD:-}" ] || return 0
    mkdir -p "$TOOLS"
    command -v flock >/dev/null || return 0
    exec 9>"$TOOLS/setup.lock"
    if ! flock -n 9; then
        say "   another set-up of this project is running: waiting for it"
        flock 9
    fi
    export SETUP_LOCK_HELD=1
}
unlock() {
    exec 9>&-
    unset SETUP_LOCK_HELD
}

host_triple() { rustc -vV | sed -n 's/^host: //p'; }
ntk() { echo "$ROOT/target/$(host_triple)/release/ntk"; }

# The linker mold only saves time: with or without it, cargo reuses the same compiled crates (for kernels: lib/kernel.py).
cargo_fast() {
    if command -v mold >/dev/null; then mold -run cargo "$@"; else cargo "$@"; fi
}

# as_root COMMAND…: run it as root, or say what to type and stop.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        say "   (sudo $*)"
        sudo "$@"
    else
        die "this needs root, and sudo cannot be used here. Type this as root, then run the script again:
    $*"
    fi
}
