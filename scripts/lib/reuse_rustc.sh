#!/bin/sh
# RUSTC_WRAPPER of the seed (seed.py): a crate of the registry that the workspace has compiled with the same features,
# profile, flags and compiler is linked from there instead of being compiled again. Cargo puts a hash of all of these into
# the file name (`-C extra-filename`), so an equal name is an equal crate. Crates of this project, whose content is not in
# that hash, are always compiled.
rustc=$1
shift
name= out= hash= source=
previous=
for argument in "$@"; do
    case $previous in
    --crate-name) name=$argument ;;
    --out-dir) out=$argument ;;
    esac
    case $argument in
    extra-filename=*) hash=${argument#extra-filename=} ;;
    */registry/src/*.rs) source=$argument ;;
    esac
    previous=$argument
done

relative=${out#"$NTK_REUSE_TO"/}
if [ -z "$hash" ] || [ -z "$source" ] || [ "$relative" = "$out" ]; then exec "$rustc" "$@"; fi
# The workspace compiles with the profile `release`, evcxr with `dev` (folder `debug`), both of the same content.
case /$relative/ in
*/debug/*) ;;
*) exec "$rustc" "$@" ;;
esac
release=$(printf '/%s/' "$relative" | sed 's#/debug/#/release/#; s#^/##; s#/$##')
from=$NTK_REUSE_FROM/$release
[ -f "$from/$name$hash.d" ] || exec "$rustc" "$@"

for file in "$from/$name$hash" "$from/lib$name$hash".*; do
    [ -f "$file" ] || continue
    ln -f "$file" "$out/" 2>/dev/null || cp -p "$file" "$out/" || exec "$rustc" "$@"
done
# What the crate's build script wrote is in the seed too, at the same place.
sed -E "s#[^ ]*/target/(([^/ ]+/)?)release/build/#$NTK_REUSE_TO/\1debug/build/#g" "$from/$name$hash.d" >"$out/$name$hash.d"
if [ -f "$out/lib$name$hash.rmeta" ]; then
    printf '{"$message_type":"artifact","artifact":"%s","emit":"metadata"}\n' "$out/lib$name$hash.rmeta" >&2
fi
