# System packages: a C compiler, pkg-config and OpenBLAS (LAPACK) for the library, mold to link faster.
# Asked for by what they do, so that any way of installing them counts.

system_missing() {
    command -v cc >/dev/null || echo compiler
    command -v pkg-config >/dev/null || echo pkg-config
    if ! pkg-config --exists openblas 2>/dev/null; then echo openblas; fi
    if [ "$(uname)" = Linux ]; then command -v mold >/dev/null || echo mold; fi
}

# apt_install PACKAGE…: with a fresh list of packages if the list at hand does not do.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300) log
    if [ "$(id -u)" != 0 ] && ! { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; then
        as_root apt-get install -y "$@"
    fi
    mkdir -p "$TOOLS"
    log=$TOOLS/apt.log
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1 ||
        { as_root "${apt[@]}" update >>"$log" 2>&1 &&
            as_root "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1; } ||
        { tail -n 20 "$log" >&2 && die "apt-get could not install: $*"; }
}

setup_system() {
    # Homebrew keeps its OpenBLAS where pkg-config does not look.
    if [ "$(uname)" = Darwin ] && command -v brew >/dev/null && [ -d "$(brew --prefix)/opt/openblas" ]; then
        export PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
    fi
    local missing packages=() one
    missing=$(system_missing)
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null; then
        for one in $missing; do
            case $one in
            compiler) packages+=(gcc libc6-dev) ;;
            openblas) packages+=(libopenblas-dev) ;;
            *) packages+=("$one") ;;
            esac
        done
        step "System packages: ${packages[*]}" "usually half a minute" apt_install "${packages[@]}"
    elif command -v brew >/dev/null; then # untested
        step "Homebrew: openblas pkg-config" "usually a minute" brew install openblas pkg-config
        export PKG_CONFIG_PATH="$(brew --prefix)/opt/openblas/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
    else # untested
        die "missing: $(echo $missing). Install a C compiler, pkg-config, OpenBLAS with its headers and (Linux) mold, for example
    sudo dnf install gcc pkgconf openblas-devel mold        (Fedora)
    sudo pacman -S gcc pkgconf openblas mold                (Arch)
and run the script again"
    fi
    # mold may be missing from an old distribution; nothing depends on it.
    missing=$(system_missing | grep -v '^mold$' || true)
    [ -z "$missing" ] || die "still missing after the installation: $(echo $missing)"
}
