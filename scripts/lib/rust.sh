# shellcheck shell=bash
# The Rust toolchain itself is the user's; this checks it and adds the standard library's source, without which evcxr
# (its rust-analyzer) cannot tell the type of a `let`.

setup_rust() {
    { command -v cargo && command -v rustc; } >/dev/null ||
        die "cargo is not installed: see https://rustup.rs, then run the script again"
    local have need
    have=$(rustc -V | sed -E 's/^rustc ([0-9]+\.[0-9]+).*/\1/')
    need=$(sed -nE 's/^rust-version = "([0-9]+\.[0-9]+).*/\1/p' "$ROOT/Cargo.toml")
    [ "$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -n 1)" = "$need" ] ||
        die "rustc $have is too old: this project needs $need or later (rustup update stable)"
}

# rust_components NAME…: rustfmt and clippy, which a toolchain of the profile `minimal` lacks; only scripts/test needs them.
rust_components() {
    local name missing=()
    for name in "$@"; do
        case $name in
        rustfmt) cargo fmt --version >/dev/null 2>&1 || missing+=("$name") ;;
        clippy) cargo clippy --version >/dev/null 2>&1 || missing+=("$name") ;;
        *) die "rust_components: $name" ;;
        esac
    done
    [ ${#missing[@]} != 0 ] || return 0
    mkdir -p "$TOOLS"
    if command -v rustup >/dev/null && rustup component add "${missing[@]}" >"$TOOLS/rustup.log" 2>&1; then return 0; fi
    die "${missing[*]} not installed. Type: rustup component add ${missing[*]}  (without rustup: install your distribution's package)"
}

# rust_src: print the folder of the standard library's source, if there is one
rust_src() {
    local folder
    for folder in ${RUST_SRC_PATH:+"$RUST_SRC_PATH"} "$(rustc --print sysroot)/lib/rustlib/src/rust/library" /usr/src/rustc-*/library; do
        if [ -f "$folder/std/src/lib.rs" ]; then
            echo "$folder"
            return 0
        fi
    done
    return 1
}

rust_src_install() {
    if command -v rustup >/dev/null && rustup component add rust-src >"$TOOLS/rustup.log" 2>&1; then return 0; fi
    say "   rustup could not add rust-src: trying the distribution's package"
    command -v apt-get >/dev/null ||
        die "the standard library's source is missing. Type: rustup component add rust-src"
    apt_install rust-web-src
}

setup_rust_src() {
    rust_src >/dev/null || step "Rust's own source (rust-src)" "usually under a minute" rust_src_install
    rust_src >/dev/null || die "the standard library's source is still missing. Type: rustup component add rust-src"
}
