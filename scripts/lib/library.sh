# The library and the `ntk` command. Everything that is compiled later (tests, notebooks) reuses these crates.

library_build() { (cd "$ROOT" && cargo_fast build --release --locked -p analysis-core --features cli); }

setup_library() {
    if [ -x "$(ntk)" ]; then
        # Nothing to say when nothing is to do; what cargo compiles, it says itself.
        (cd "$ROOT" && cargo_fast build --release --locked -q -p analysis-core --features cli)
    else
        step "The library and the ntk command, with everything they depend on" "usually 8 to 12 minutes on two cores" library_build
    fi
}
