# shellcheck shell=bash
# LaTeX, for the test that compiles every exported table. Nothing else needs it.

latex_there() { command -v pdflatex >/dev/null && kpsewhich booktabs.sty >/dev/null; }

# latex_ready: whether it is there, or could be installed without asking anybody.
latex_ready() {
    latex_there && return 0
    if command -v apt-get >/dev/null && root_is_free; then
        # In a subshell: an installation that fails only means that the test is skipped.
        (step "LaTeX" "usually a minute" apt_install texlive-latex-base texlive-latex-recommended) || true
    fi
    latex_there
}
