# shellcheck shell=bash
# evcxr_jupyter, the Rust kernel for Jupyter, at one version, in .tools/evcxr; the same version already on PATH is reused.

EVCXR_VERSION=0.22.0

# evcxr_is FOLDER: does `cargo install` say that FOLDER holds this version?
evcxr_is() { [ -x "$1/bin/evcxr_jupyter" ] && grep -q "\"evcxr_jupyter $EVCXR_VERSION " "$1/.crates.toml" 2>/dev/null; }

evcxr_install() {
    local new=$TOOLS/evcxr.new
    rm -rf "$new"
    # The build folder survives an interruption, so the next try goes on from there.
    CARGO_TARGET_DIR=$TOOLS/evcxr.build cargo_fast install evcxr_jupyter --version "$EVCXR_VERSION" --locked --root "$new"
    rm -rf "$TOOLS/evcxr"
    mv "$new" "$TOOLS/evcxr"
    rm -rf "$TOOLS/evcxr.build"
}

setup_evcxr() {
    if evcxr_is "$TOOLS/evcxr"; then return 0; fi
    local found
    if found=$(command -v evcxr_jupyter) && found=$(cd "$(dirname "$found")/.." && pwd -P) && evcxr_is "$found"; then
        say "── evcxr_jupyter $EVCXR_VERSION: the one in $found/bin is reused"
        rm -rf "$TOOLS/evcxr"
        ln -s "$found" "$TOOLS/evcxr"
        return 0
    fi
    step "The Rust kernel: evcxr_jupyter $EVCXR_VERSION, compiled once" "usually 6 to 10 minutes on two cores" evcxr_install
}
