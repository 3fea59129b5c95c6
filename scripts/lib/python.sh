# shellcheck shell=bash
# The project's own Python environment: JupyterLab and the tools that run notebooks, at pinned versions.
# .tools/python is a link to .tools/python-KEY, switched only when KEY is complete; KEY covers everything that matters.

python_key() {
    { cat "$ROOT/scripts/requirements.txt" && python3 -c 'import sys; print(sys.version, sys.base_prefix)' && echo "$TOOLS"; } |
        cksum | tr -d ' '
}

python_install() {
    local folder=$1
    rm -rf "$folder"
    if ! python3 -m venv "$folder" >"$TOOLS/python.log" 2>&1; then
        rm -rf "$folder"
        command -v apt-get >/dev/null || { cat "$TOOLS/python.log" >&2 && die "python3 -m venv failed"; }
        apt_install python3-venv
        python3 -m venv "$folder"
    fi
    "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$ROOT/scripts/requirements.txt"
    touch "$folder/complete"
}

setup_python() {
    command -v python3 >/dev/null || { command -v apt-get >/dev/null && apt_install python3 python3-venv; } ||
        die "python3 is not installed"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "Python 3.10 or later is needed: $(python3 -V)"
    local folder
    folder=$TOOLS/python-$(python_key)
    [ -f "$folder/complete" ] ||
        step "Python environment (JupyterLab, nbclient)" "usually a minute" python_install "$folder"
    if [ "$(readlink "$TOOLS/python" 2>/dev/null)" != "$folder" ]; then
        ln -sfn "$folder" "$TOOLS/python"
        local old
        for old in "$TOOLS"/python-*; do [ "$old" = "$folder" ] || rm -rf "$old"; done
    fi
}
