"""RUSTC_WRAPPER of the seed (seed.py): a crate of the registry that the workspace has compiled with the same features,
profile, flags and compiler is linked from there instead of being compiled again. Cargo puts a hash of all of these into the
file name (`-C extra-filename`), so an equal name is an equal crate. Crates of this project, whose content is not in that
hash, are always compiled.

    NTK_REUSE_FROM=…/target NTK_REUSE_TO=…/seed/target reuse_rustc.py RUSTC ARGUMENT…

Started for every crate, so it imports little."""

import os
import re
import sys


def wanted(arguments):
    """(crate, folder, hash) of a crate of the registry, else None."""
    name = folder = suffix = None
    registry = False
    for previous, argument in zip([None, *arguments], arguments):
        if previous == "--crate-name":
            name = argument
        elif previous == "--out-dir":
            folder = argument
        if argument.startswith("extra-filename="):
            suffix = argument.removeprefix("extra-filename=")
        registry = registry or (argument.endswith(".rs") and "/registry/src/" in argument)
    return (name, folder, suffix) if name and folder and suffix and registry else None


def counterpart(folder, from_target, to_target):
    """The workspace's folder for a folder of the seed. The workspace compiles with the profile `release`, evcxr with `dev`
    (folder `debug`), both of the same content."""
    relative = folder.removeprefix(to_target + "/")
    if relative == folder or "debug" not in relative.split("/"):
        return None
    return os.path.join(from_target, re.sub(r"(^|/)debug(/|$)", r"\1release\2", relative, count=1))


def moved(text, to_target):
    """A list of what a crate was made from (cargo's `.d` file), with what build scripts wrote looked for in the seed, at the
    same place. A blank in a path has a backslash before it there; in the lines on environment variables, only a backslash."""
    in_lists = re.compile(r"(?:(?<=^)|(?<=[^\\] ))(?:\\ |[^ \n])*/target/((?:(?:\\ |[^/ \n])+/)?)release/build/")
    in_variables = re.compile(r"(?<==).*/target/((?:[^/]+/)?)release/build/")
    lines = []
    for line in text.split("\n"):
        variable = line.startswith("# env-dep:")
        target = to_target.replace("\\", "\\\\") if variable else to_target.replace(" ", "\\ ")
        place = in_variables if variable else in_lists
        lines.append(place.sub(lambda match: f"{target}/{match[1]}debug/build/", line))
    return "\n".join(lines)


def link(source, target):
    try:
        if os.path.lexists(target):
            os.unlink(target)
        os.link(source, target)
    except OSError:
        import shutil

        shutil.copy2(source, target)


def reuse(name, folder, suffix, from_target, to_target):
    """Link one crate's files; False if the workspace has none."""
    origin = counterpart(folder, from_target, to_target)
    made_from = f"{name}{suffix}.d"
    if origin is None or not os.path.isfile(os.path.join(origin, made_from)):
        return False
    for file in os.listdir(origin):
        if file == f"{name}{suffix}" or file.startswith(f"lib{name}{suffix}."):
            link(os.path.join(origin, file), os.path.join(folder, file))
    with open(os.path.join(origin, made_from), encoding="utf-8", errors="surrogateescape") as handle:
        text = moved(handle.read(), to_target)
    with open(os.path.join(folder, made_from), "w", encoding="utf-8", errors="surrogateescape") as handle:
        handle.write(text)
    metadata = os.path.join(folder, f"lib{name}{suffix}.rmeta")
    if os.path.isfile(metadata):
        import json

        print(json.dumps({"$message_type": "artifact", "artifact": metadata, "emit": "metadata"}), file=sys.stderr)
    return True


def main():
    rustc, *arguments = sys.argv[1:]
    crate = wanted(arguments)
    try:
        if crate and reuse(*crate, os.environ["NTK_REUSE_FROM"], os.environ["NTK_REUSE_TO"]):
            return
    except OSError:
        pass  # then it is compiled
    os.execvp(rustc, [rustc, *arguments])


if __name__ == "__main__":
    main()
