# shellcheck shell=bash
# MPI, ScaLAPACK and libclang (which the `mpi` crate reads MPI's header with), and the `ntk-mpi` command. Nothing else needs them.

mpi_missing() {
    command -v mpicc >/dev/null && command -v mpirun >/dev/null || echo mpi
    [ -n "${NTK_SCALAPACK:-}" ] || pkg-config --exists scalapack-openmpi 2>/dev/null ||
        pkg-config --exists scalapack 2>/dev/null || echo scalapack
    # The library alone is not enough: bindgen also reads the compiler's own headers.
    [ -n "${LIBCLANG_PATH:-}" ] || command -v clang >/dev/null || ls /usr/lib/llvm-*/lib/libclang.so* >/dev/null 2>&1 || echo libclang
}

mpi_install() { # MISSING…
    local packages=() one
    command -v apt-get >/dev/null || die "missing: $*. Install an MPI with mpicc and mpirun, ScaLAPACK built for it and libclang (on a
    cluster: load their modules, and name the library: NTK_SCALAPACK=scalapack), and run the script again"
    for one in "$@"; do
        case $one in
        mpi) packages+=(libopenmpi-dev openmpi-bin) ;;
        scalapack) packages+=(libscalapack-openmpi-dev) ;;
        libclang) packages+=(libclang-dev) ;;
        esac
    done
    step "System packages: ${packages[*]}" "usually a minute" apt_install "${packages[@]}"
}

ntk_mpi() { echo "$ROOT/target/$(host_triple)/release/ntk-mpi"; }
mpi_build() { (cd "$ROOT" && cargo_fast build --release --locked -p analysis-core --features mpi --bin ntk-mpi); }

setup_mpi() {
    local missing
    missing=$(mpi_missing)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        mpi_install $missing
        missing=$(mpi_missing)
        [ -z "$missing" ] || die "still missing after the installation: $(one_line "$missing")"
    fi
    step "The ntk-mpi command" "usually two minutes" mpi_build
}

# mpi_ready: whether it is there, or could be installed without asking anybody.
mpi_ready() {
    [ -z "$(mpi_missing)" ] && return 0
    # shellcheck disable=SC2046
    if command -v apt-get >/dev/null && root_is_free; then (mpi_install $(mpi_missing)) || true; fi
    [ -z "$(mpi_missing)" ]
}
