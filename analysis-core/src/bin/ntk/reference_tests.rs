//! The command reference is made of the help, so that it cannot say anything else.

#![allow(clippy::unwrap_used)]

use clap::{Command, CommandFactory};

use crate::Arguments;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/COMMANDS.md");

const BEGINNING: &str = "# The `ntk` command

What `ntk --help` and `ntk SUBCOMMAND --help` say, on one page. First, what goes beyond one machine.

## A grid as many small jobs

`dispersion`, `drift`, `learning-curve` and `output-variance` compute a part of their grid with `--shard I/N`. Finished cells are in the
store, which machines may share in one folder: a part that was killed goes on from there when it is started again. `ntk merge` puts
the parts together. As a SLURM job array, with the grid, the folder of the results and the command at the top of
[array.sbatch](../scripts/slurm/array.sbatch):

```sh
sbatch --array=1-8 scripts/slurm/array.sbatch
ntk merge results/part-1.json results/part-2.json --out figures     # and so on: all eight
```

With GNU parallel, on one machine or, with `--sshloginfile`, on several; the same line again repeats what failed and is otherwise
done:

```sh
seq 8 | parallel --joblog jobs --resume-failed 'ntk drift --shard {}/8 --json > part-{}.json'
```

## One matrix on many machines

`ntk-mpi smoothness` has the flags and the result of `ntk smoothness`, and deals the kernel matrix to all processes that `mpirun` or
`srun` starts. `scripts/setup mpi` builds it. `--grid 2x4` and `--block 64` say how the matrix is dealt, `--checkpoint DIR` and
`--checkpoint-seconds 600` where and how often what is under way is written; DIR must be one that all machines see.
[Sizes, times and prices](LARGER.md).

```sh
mpirun -n 4 ntk-mpi smoothness --dataset mnist --rows all --window first:0.1 --checkpoint under-way
```
";

fn reference() -> String {
    let mut root = Arguments::command().term_width(100);
    root.build();
    let mut pages = Vec::new();
    collect(&mut root, "ntk", &mut pages);
    let mut text = BEGINNING.to_string();
    for (name, help) in pages {
        let help: String = help.lines().map(|line| line.trim_end().to_string() + "\n").collect();
        text += &format!("\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    }
    text
}

/// The help of a command and of those below it.
fn collect(command: &mut Command, name: &str, pages: &mut Vec<(String, String)>) {
    pages.push((name.to_string(), command.render_long_help().to_string()));
    for below in command.get_subcommands_mut().filter(|below| below.get_name() != "help") {
        collect(below, &format!("{name} {}", below.get_name()), pages);
    }
}

#[test]
fn the_command_reference_is_current() {
    let now = reference();
    if std::env::var_os("NTK_WRITE_REFERENCE").is_some() {
        std::fs::write(FILE, &now).unwrap();
    }
    assert!(
        std::fs::read_to_string(FILE).unwrap_or_default() == now,
        "analysis-core/COMMANDS.md is not what --help says. Make it anew with: NTK_WRITE_REFERENCE=1 cargo test --release \
         -p analysis-core --features cli --bin ntk reference"
    );
}

/// Help is read in narrow terminals too: no line is longer than they are, but for the usage, which is one word to clap.
#[test]
fn help_fits_a_terminal_of_80_columns() {
    let mut root = Arguments::command().term_width(80);
    root.build();
    for command in root.get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        for line in help.lines().filter(|line| !line.starts_with("Usage:")) {
            assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
        }
    }
}
