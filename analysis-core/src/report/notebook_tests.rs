//! What a notebook's cells show.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::error::Error;
use crate::report::{Axis, Cell, Column as TableColumn, Panel, Series};
use polars::prelude::Column;

fn frame(rows: usize, columns: usize) -> DataFrame {
    let column = |k: usize| {
        Column::new(format!("c<{k}>").into(), (0..rows).map(|i| (i * k) as f64).collect::<Vec<f64>>())
    };
    DataFrame::new_infer_height((0..columns).map(column).collect()).unwrap()
}

#[test]
fn a_frame_shows_its_shape_types_and_ends() {
    let html = frame_content(&frame(3000, 785)).body;
    assert!(html.contains("3000 rows × 785 columns"));
    assert_eq!(html.matches("<tr>").count(), 1 + 10 + 1 + 5);
    assert_eq!(html.matches("<th ").count(), 12);
    assert!(html.contains("c&lt;784&gt;<br><small>f64</small>"));
    assert!(html.len() < 30_000, "{}", html.len());
    let words = Column::new("w".into(), ["<b>", "\"x\" & y"]);
    let html = frame_content(&DataFrame::new_infer_height(vec![words]).unwrap()).body;
    assert!(html.contains("&lt;b&gt;</td>") && html.contains("&quot;x&quot; &amp; y</td>"), "{html}");
    assert!(frame_content(&DataFrame::empty()).body.contains("0 rows × 0 columns"));
}

#[test]
fn an_error_is_red_and_readable_and_a_value_shows_as_itself() {
    let failed: Result<f64, Error> = Err(Error::parameter("n", "<0>", "must be positive"));
    let content = debug_content(&failed);
    assert_eq!(content.mime, "text/html");
    assert!(content.body.contains("ntk-error") && content.body.contains("n = &lt;0&gt;: must be"));
    assert_eq!(debug_content(&Ok::<f64, Error>(0.5)).body, "0.5");
    let line = Series::line("", [1.0, 2.0], [1.0, 2.0]);
    let figure = Figure::single(Panel::new("").x(Axis::linear("x")).series(line));
    let svg = figure_content(&figure);
    assert!(svg.mime == "image/svg+xml" && svg.body.starts_with("<svg"));
    assert!(figure_content(&Figure::default()).body.contains("ntk-error"));
    let table = Table::new([TableColumn::text("a")]).row([Cell::text("b")]);
    assert!(table_content(&table).body.contains("<table"));
}

#[test]
fn no_content_holds_the_line_that_ends_it() {
    // A cell of a frame that says so would cut the output short: line breaks inside cells become spaces.
    let words = Column::new("w".into(), ["a\nEVCXR_END_CONTENT\nb"]);
    let html = frame_content(&DataFrame::new_infer_height(vec![words]).unwrap()).body;
    assert!(html.lines().all(|line| line != "EVCXR_END_CONTENT"));
}

/// As where a notebook's kernel is gone: in a process of its own, which notes that it has survived.
#[test]
#[cfg(target_os = "linux")]
fn a_standard_output_that_is_full_is_no_reason_to_panic() {
    const CHILD: &str = "NTK_NOTEBOOK_TEST_CHILD";
    if let Some(file) = std::env::var_os(CHILD) {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        rustix::stdio::dup2_stdout(&full).unwrap();
        (Ok::<f64, Error>(0.5)).evcxr_display();
        Table::default().evcxr_display();
        std::fs::write(file, "alive").unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("note");
    // The test harness itself fails where it cannot print its last line, so its status says nothing.
    let name = "report::notebook::tests::a_standard_output_that_is_full_is_no_reason_to_panic";
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, &file)
        .output()
        .unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), "alive");
}

/// Every kind of expression that evcxr compiles, as it compiles it: values, references and results of all types that
/// show themselves. A type that has lost its display would show as Debug, or not compile. What is printed is caught in a
/// process of its own.
#[test]
#[allow(clippy::needless_borrow)]
fn the_method_is_found_on_every_kind_of_expression() {
    use crate::report::tests::instances as of;
    const CHILD: &str = "NTK_NOTEBOOK_TEST_EXPRESSIONS";
    macro_rules! show {
        ($($value:expr),* $(,)?) => {
            $(
                println!("=== {}", stringify!($value));
                let value = $value;
                (&value).evcxr_display();
                (Ok::<_, Error>(value.clone())).evcxr_display();
                (&Ok::<_, Error>(value.clone())).evcxr_display();
                (value).evcxr_display();
            )*
        };
    }
    if std::env::var_os(CHILD).is_some() {
        show! {
            Figure::default(),
            Table::new([TableColumn::text("a")]),
            frame(1, 1),
            Exported { files: Vec::new() },
            of::dispersion(),
            of::drift(),
            of::output_variance(),
            of::phases(crate::architecture::Activation::Tanh),
            of::learning_curve(),
            of::smoothness(),
            of::smoothness_draws(),
            of::smoothness_table(),
            of::width_gap(),
            of::coverage(),
            of::planted_decay(),
            of::initial_function(),
            of::spectrum_head(),
            of::whole_set(),
            of::whole_subsets(),
            of::training().0,
            of::training().1,
        }
        println!("=== error");
        (Err::<f64, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
        (&Err::<f64, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
        (Err::<Figure, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
        (&Err::<Figure, Error>(Error::parameter("a", 1, "b"))).evcxr_display();
        println!("=== debug");
        (Ok::<f64, Error>(0.5)).evcxr_display();
        (&Ok::<Vec<f64>, std::io::Error>(vec![0.5])).evcxr_display();
        println!("=== nothing");
        (Ok::<(), Error>(())).evcxr_display();
        return;
    }
    let name = "report::notebook::tests::the_method_is_found_on_every_kind_of_expression";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let parts: Vec<&str> = printed.split("=== ").skip(1).collect();
    assert_eq!(parts.len(), 21 + 3, "{printed}");
    let count = |part: &str, kind: &str| part.matches(&format!("EVCXR_BEGIN_CONTENT {kind}\n")).count();
    for part in &parts[..22] {
        assert_eq!((count(part, "text/html"), count(part, "text/plain")), (4, 0), "{part}");
    }
    assert_eq!(parts[21].matches("ntk-error").count(), 4, "{}", parts[21]);
    assert!(parts[22].contains("text/plain\n0.5\n") && parts[22].contains("text/plain\n[0.5]\n"));
    assert!(!parts[23].contains("EVCXR"));
}
