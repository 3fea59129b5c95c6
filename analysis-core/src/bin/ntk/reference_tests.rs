//! The command reference is made of the help, so that it cannot say anything else.

#![allow(clippy::unwrap_used)]

use clap::{Command, CommandFactory};

use crate::Arguments;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/COMMANDS.md");

fn reference() -> String {
    let mut root = Arguments::command().term_width(100);
    root.build();
    let mut pages = Vec::new();
    collect(&mut root, "ntk", &mut pages);
    let mut text = "# The `ntk` command\n\nWhat `ntk --help` and `ntk SUBCOMMAND --help` say, on one page.\n"
        .to_string();
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
