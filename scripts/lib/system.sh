# shellcheck shell=bash
# System packages. The library needs a C compiler, pkg-config and OpenBLAS (LAPACK); mold, which links faster, is only wished
# for. Asked for by what they do, so that any way of installing them counts.

system_missing() {
    command -v cc >/dev/null || echo compiler
    command -v pkg-config >/dev/null || echo pkg-config
    if ! pkg-config --exists openblas 2>/dev/null; then echo openblas; fi
}

system_wished() {
    if [ "$(uname)" = Linux ]; then command -v mold >/dev/null || echo mold; fi
}

# root_is_free: can something be done as root without asking for a password?
root_is_free() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }

# apt_install PACKAGE…: with a fresh list of packages if the list at hand does not do.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300) log
    if ! root_is_free && ! { command -v sudo >/dev/null && [ -t 0 ]; }; then
        as_root apt-get install -y "$@"
    fi
    mkdir -p "$TOOLS"
    log=$TOOLS/apt.log
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1 ||
        { as_root "${apt[@]}" update >>"$log" 2>&1 &&
            as_root "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1; } ||
        { tail -n 20 "$log" >&2 && die "apt-get could not install: $*"; }
}

# wish PACKAGE FOR: a package that this project does without. Tried once, without a question and without an error.
wish() {
    local tried=$TOOLS/wished-$1
    [ ! -e "$tried" ] || return 0
    if command -v apt-get >/dev/null && root_is_free; then
        say "── System package: $1 (wished for: $2)"
        if (apt_install "$1") >/dev/null 2>&1; then return 0; fi
    fi
    mkdir -p "$TOOLS"
    touch "$tried"
    say "   $1 is not installed ($2); everything works without it"
}

# one_line WORD…: on one line, whatever was between the words.
one_line() { printf '%s\n' "$*" | tr '\n' ' ' | sed 's/ *$//'; }

system_install() { # MISSING…
    local packages=() one
    if command -v apt-get >/dev/null; then
        for one in "$@"; do
            case $one in
            compiler) packages+=(gcc libc6-dev) ;;
            openblas) packages+=(libopenblas-dev) ;;
            *) packages+=("$one") ;;
            esac
        done
        step "System packages: ${packages[*]}" "usually half a minute" apt_install "${packages[@]}"
    elif command -v brew >/dev/null; then # untested
        step "Homebrew: openblas pkg-config" "usually a minute" brew install openblas pkg-config
        homebrew_openblas
    else # untested
        die "missing: $*. Install a C compiler, pkg-config and OpenBLAS with its headers, for example
    sudo dnf install gcc pkgconf openblas-devel        (Fedora)
    sudo pacman -S gcc pkgconf openblas                (Arch)
and run the script again"
    fi
}

# Homebrew keeps its OpenBLAS where pkg-config does not look.
homebrew_openblas() {
    local folder
    folder=$(brew --prefix)/opt/openblas/lib/pkgconfig
    if [ -d "$folder" ]; then export PKG_CONFIG_PATH="$folder:${PKG_CONFIG_PATH:-}"; fi
}

setup_system() {
    if [ "$(uname)" = Darwin ] && command -v brew >/dev/null; then homebrew_openblas; fi
    local missing one
    missing=$(system_missing)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        system_install $missing
        missing=$(system_missing)
        [ -z "$missing" ] || die "still missing after the installation: $(one_line "$missing")"
    fi
    for one in $(system_wished); do wish "$one" "links faster"; done
}
