#!/usr/bin/env bash
# Does every crate get the same features in the command, the tests and the notebooks? One that does not is compiled again
# for each, with everything that depends on it: minutes, where it lies below polars.
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT" || exit

tree() { cargo tree --locked "$@" -f '{p} {f}' --prefix none | sed 's/ (\*)$//' | grep -vF "($ROOT" | sort -u; }

all=$(tree --workspace --features analysis-core/cli -e normal,build,dev)
for choice in "-p analysis-notebook -e normal,build" "-p analysis-core --features cli -e normal,build" \
    "-p analysis-core --features cli -e normal,build,dev" "-p analysis-tests -e normal,build,dev"; do
    # shellcheck disable=SC2086
    different=$(comm -23 <(tree $choice) <(echo "$all"))
    [ -z "$different" ] || die "cargo build $choice compiles these crates with other features than the whole workspace does:
$different
Ask for all of them in analysis-core/Cargo.toml (see rustix there)."
done

# ntk-mpi has crates of its own, some of them in other versions or for its build script; those that it shares are the same.
different=$(comm -23 <(tree -p analysis-core --features cli -e normal,build) <(tree -p analysis-core --features mpi -e normal,build))
[ -z "$different" ] || die "the feature mpi compiles these crates with other features:
$different"
