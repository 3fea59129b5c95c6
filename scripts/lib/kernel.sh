# shellcheck shell=bash
# The notebooks' kernel: the seed (lib/seed.py) and its entry in JupyterLab's list, in the project's own environment only.

KERNEL=ntk-rust

kernel_seed() { (cd "$ROOT" && "$PYTHON" "$LIB/seed.py"); }

kernel_spec() {
    "$PYTHON" -E -c 'import json, sys
python, kernel = sys.argv[1:]
spec = dict(argv=[python, "-E", kernel, "{connection_file}"], display_name="Rust (NTK)", language="rust", interrupt_mode="message")
print(json.dumps(spec, indent=2))' "$PYTHON" "$LIB/kernel.py"
}

setup_kernel() {
    local folder=$TOOLS/python/share/jupyter/kernels/$KERNEL spec
    spec=$(kernel_spec)
    if [ "$(cat "$folder/kernel.json" 2>/dev/null)" != "$spec" ]; then
        mkdir -p "$folder"
        printf '%s\n' "$spec" >"$folder/kernel.json.new"
        mv "$folder/kernel.json.new" "$folder/kernel.json"
        say "── The kernel is registered as \"Rust (NTK)\" in .tools/python"
    fi
    kernel_seed
}
