# shellcheck shell=bash
# The library and the `ntk` command. Everything that is compiled later (tests, notebooks) reuses these crates.

library_build() { (cd "$ROOT" && cargo_fast build --release --locked -p analysis-core --features cli); }

setup_library() {
    if [ -x "$(ntk)" ]; then
        library_build # cargo says what has changed, if anything has
    else
        step "The library and the ntk command, with everything they depend on" "usually 10 minutes on two cores" library_build
    fi
}
