//! Files that a user brings, as the `ntk` command meets them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use analysis_core::ndarray::{Array1, Array2, Array4};
use analysis_core::polars::prelude::{Column, DataFrame};
use analysis_core::prelude::*;
use analysis_tests::{failure, json, ntk};
use polars_io::parquet::write::ParquetWriter;
use serde_json::Value;

/// Lines of four measurements and a target; `cell` writes a number.
fn rows(cell: impl Fn(f64) -> String, separator: &str) -> Vec<String> {
    let line = |i: u32| {
        let t = f64::from(i);
        let x = [(0.7 * t).sin(), (1.3 * t).cos(), (0.37 * t).sin(), (2.1 * t).cos()];
        let y = (x[0] - x[1] * x[2]).exp() + (7.7 * t).sin();
        x.iter()
            .chain([&y])
            .map(|value| cell((value * 1e4).round() / 1e4))
            .collect::<Vec<_>>()
            .join(separator)
    };
    (0..120).map(line).collect()
}

fn plain() -> String {
    format!("a,b,c,d,y\n{}\n", rows(|value| value.to_string(), ",").join("\n"))
}

fn smoothness(folder: &Path, bytes: &[u8], more: &[&str]) -> std::process::Command {
    let path = folder.join("own.csv");
    fs::write(&path, bytes).unwrap();
    let own =
        ["smoothness", "--csv", path.to_str().unwrap(), "--target", "y", "--window", "1..=40", "--json"];
    ntk(folder, &[&own[..], more].concat())
}

#[test]
fn the_same_data_in_another_dress_give_the_same_exponent() {
    let folder = tempfile::tempdir().unwrap();
    let exponent =
        |bytes: &[u8], more: &[&str]| json(smoothness(folder.path(), bytes, more))["result"]["r"].clone();
    let wanted = exponent(plain().as_bytes(), &[]);
    let table = |cell: &dyn Fn(f64) -> String, separator: &str, header: &str, end: &str| {
        format!("{header}{end}{}{end}", rows(cell, separator).join(end))
    };
    let number = |value: f64| value.to_string();
    for (text, more) in [
        (table(&|value| format!("{value:9.4} "), ",", "a, b, c, d, y", "\n"), &[][..]),
        (table(&|value| format!("\"{value:+}\""), ",", "\"a\",\"b\",\"c\",\"d\",\"y\"", "\r\n"), &[]),
        (table(&|value| format!("{value:e}"), ",", "a,b,c,d,y", "\r"), &[]),
        (table(&number, "\t", "a\tb\tc\td\ty", "\n"), &["--separator", "\\t"]),
        (table(&number, "\t", "a\tb\tc\td\ty", "\n"), &["--separator", "\t"]),
        (table(&number, "\t", "a\tb\tc\td\ty", "\n"), &["--separator", "tab"]),
        (table(&number, ";", "a;b;c;d;y", "\n"), &["--separator", ";"]),
    ] {
        assert_eq!(exponent(text.as_bytes(), more), wanted, "{}", &text[..60]);
    }
    let utf16: Vec<u8> = format!("\u{feff}{}", plain()).encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(exponent(&utf16, &[]), wanted);
    let counted: String = plain().lines().enumerate().map(|(i, line)| format!("{i},{line}\n")).collect();
    let counted = counted.replacen("0,a", "row,a", 1);
    assert!(failure(smoothness(folder.path(), counted.as_bytes(), &[])).contains("numbers the rows"));
    assert_eq!(exponent(counted.as_bytes(), &["--leave-out", "row"]), wanted);
    assert_eq!(exponent(counted.as_bytes(), &["--features", "a,b,c,d"]), wanted);
}

#[test]
fn what_is_left_aside_and_what_is_used_is_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let noted: String = plain().lines().map(|line| format!("word,{line}\n")).collect();
    let noted = noted.replacen("word", "note", 1);
    let output = smoothness(folder.path(), noted.as_bytes(), &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(
            "y is \"y\", x has 4 features: \"a\", \"b\", \"c\", \"d\"; left aside: \"note\" (text)"
        ),
        "{said}"
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let columns = &result["written_by"]["columns"];
    assert_eq!(columns["left_aside"], serde_json::json!(["note"]));
    assert_eq!(columns["features"], serde_json::json!(["a", "b", "c", "d"]));
    assert_eq!(columns["target"], "y");
}

#[test]
fn refusals_name_the_cell_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str, more: &[&str]| failure(smoothness(folder.path(), text.as_bytes(), more));
    let spoilt = |cell: &str| {
        let mut lines: Vec<String> = plain().lines().map(str::to_string).collect();
        lines[18] = format!("1,{cell},2,3,4");
        lines.join("\n")
    };
    for (cell, words) in [
        ("nan", "column \"b\", line 19: row 17, column 1 is NaN"),
        ("\"0,5\"", "column \"b\", row 17 (line 19) is \"0,5\""),
        ("5%", "column \"b\", row 17 (line 19) is \"5%\""),
        ("T", "column \"b\", row 17 (line 19) is \"T\""),
        ("", "column \"b\" is empty at row 17 (line 19)"),
        ("\"open", "line 19 opens a double quote that is never closed"),
    ] {
        let message = refused(&spoilt(cell), &[]);
        assert!(message.contains(words) && message.len() < 600, "{cell}: {message}");
    }
    let commas = plain().replacen("a,b", "\"a,b\",b", 1);
    let message = refused(&commas, &["--features", "a,b"]);
    assert!(message.contains("--feature \"a,b\""), "{message}");
    let spaces = plain().replace(',', ";");
    assert!(refused(&spaces, &[]).contains("separated by ';'"));
    assert!(refused(&plain(), &["--separator", "ab"]).contains("one character, or tab"));
    assert!(refused(&plain(), &["--features", "a", "--leave-out", "b"]).contains("cannot be used with"));
}

/// Test rows take the training rows' means: the message of old named a flag that was refused.
#[test]
fn training_rows_and_test_rows_are_standardised_alike() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let split = |i: usize| if i % 3 == 2 { "test" } else { "train" };
    let lines: String =
        plain().lines().enumerate().map(|(i, line)| format!("{line},{}\n", split(i))).collect();
    fs::write(&path, lines.replacen("y,train", "y,Split", 1)).unwrap();
    let train = |more: &[&str]| {
        let own = ["train", "--csv", path.to_str().unwrap(), "--target", "y", "--scaling", "standardised"];
        let small = ["--width", "20", "--epochs", "3", "--rate", "0.1", "--json"];
        ntk(folder.path(), &[&own[..], &small[..], more].concat())
    };
    // Without a word on splits the test rows would be trained on in silence.
    for (more, n, said) in
        [(&[][..], 120, true), (&["--split", "all"], 120, false), (&["--split", "train"], 80, false)]
    {
        let output = train(more).output().unwrap();
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["result"]["n"], n, "{more:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.contains("rows of every split are used"), said, "{more:?}: {stderr}");
    }
    let result = json(train(&["--test", "all"]));
    let parameters = &result["parameters"];
    assert_eq!((&parameters["data"]["n"], &parameters["test"]["n"]), (&80.into(), &40.into()));
    assert_eq!(parameters["test"]["prepared_like"], parameters["data"]);
    let mnist =
        ["train", "--dataset", "mnist", "--rows", "0..50", "--scaling", "standardised", "--width", "20"];
    let few = ["--epochs", "2", "--rate", "0.001", "--json"];
    let result = json(ntk(folder.path(), &[&mnist[..], &few[..]].concat()));
    assert_eq!(result["parameters"]["test"]["prepared_like"]["n"], 50);
}

#[test]
fn a_gram_matrix_may_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let n = 60;
    let x = Array2::from_shape_fn((n, 3), |(i, j)| ((i * 3 + j) as f64 * 0.77).sin());
    let gram: Gram = Kernel::default().gram(x.view()).unwrap();
    let (k, y) = (folder.path().join("k.npy"), folder.path().join("y.npy"));
    gram.write_npy(&k).unwrap();
    let targets = Array1::from_shape_fn(n, |i| (i * i % 11) as f64);
    analysis_core::npy::write(&y, targets.view()).unwrap();
    let run = |gram: &str| {
        let target = y.to_str().unwrap();
        let own = ["smoothness", "--gram", gram, "--target-npy", target, "--window", "1..=20", "--json"];
        ntk(folder.path(), &own)
    };
    let wanted = json(run(k.to_str().unwrap()))["result"]["r"].clone();
    let mut piped = run("/dev/stdin");
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(&k).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["result"]["r"], wanted);
}

/// Images as (n, h, w, c), and as rows of a table that --image gives their shape back to: channel by channel, line by line.
#[test]
fn the_same_images_as_an_array_and_as_a_table_give_the_same_exponent() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (n, h, w, c) = (50, 4, 3, 2);
    let pixel = |i: usize, row: usize, column: usize, channel: usize| {
        ((((i * h + row) * w + column) * c + channel) as f64 * 0.7713).sin()
    };
    let images =
        Array4::from_shape_fn((n, h, w, c), |(i, row, column, channel)| pixel(i, row, column, channel));
    let y = Array1::from_shape_fn(n, |i| (i * i % 7) as f64);
    analysis_core::npy::write(path("x.npy"), images.view()).unwrap();
    analysis_core::npy::write(path("y.npy"), y.view()).unwrap();

    let mut columns: Vec<Column> = Vec::new();
    for channel in 0..c {
        for (row, column) in (0..h).flat_map(|row| (0..w).map(move |column| (row, column))) {
            let values: Vec<f64> = (0..n).map(|i| pixel(i, row, column, channel)).collect();
            columns.push(Column::new(format!("p{channel}{row}{column}").into(), values));
        }
    }
    columns.push(Column::new("y".into(), y.to_vec()));
    let names: Vec<String> = columns.iter().map(|column| column.name().to_string()).collect();
    let line =
        |i: usize| columns.iter().map(|c| c.f64().unwrap().get(i).unwrap().to_string()).collect::<Vec<_>>();
    let lines: Vec<String> = (0..n).map(|i| line(i).join(",")).collect();
    fs::write(path("x.csv"), format!("{}\n{}\n", names.join(","), lines.join("\n"))).unwrap();
    let mut frame = DataFrame::new(n, columns).unwrap();
    ParquetWriter::new(fs::File::create(path("x.parquet")).unwrap()).finish(&mut frame).unwrap();

    let exponent = |input: &[&str], conv: &str| {
        let own = ["smoothness", "--conv", conv, "--window", "1..=15", "--json"];
        json(ntk(folder.path(), &[&own[..], input].concat()))["result"]["r"].as_f64().unwrap()
    };
    let (x, targets, csv, parquet) = (path("x.npy"), path("y.npy"), path("x.csv"), path("x.parquet"));
    let table = ["--target", "y", "--labels", "numeric", "--scaling", "none", "--image", "4x3x2"];
    for conv in ["3:zero:flatten", "3:circular:pool"] {
        let wanted = exponent(&["--images", &x, "--target-npy", &targets], conv);
        assert_eq!(exponent(&[&["--csv", &csv][..], &table].concat(), conv), wanted);
        assert_eq!(exponent(&[&["--parquet", &parquet][..], &table].concat(), conv), wanted);
        // In another order the pixels are other images; rounding is 1e-14.
        let turned = [&["--parquet", &parquet][..], &table[..6], &["--image", "3x4x2"]].concat();
        let other = exponent(&turned, conv);
        assert!((other - wanted).abs() > 1e-8, "{conv}: {other} {wanted}");
    }
    let missing = ["smoothness", "--conv", "3", "--parquet", &parquet];
    let refusal = failure(ntk(folder.path(), &[&missing[..], &table[..6]].concat()));
    assert!(refusal.contains("--image HEIGHTxWIDTHxCHANNELS"), "{refusal}");
}

/// A plain stack by its layers is the kernel of the flags; residual layers are the library's, and what is no network is refused.
#[test]
fn a_network_by_its_layers_is_read_as_the_library_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let exponent = |more: &[&str]| {
        json(smoothness(folder.path(), plain().as_bytes(), more))["result"]["r"].as_f64().unwrap()
    };
    let flags =
        exponent(&["--parametrisation", "ntk", "--sigma-w2", "2", "--sigma-b2", "0.1", "--depth", "2"]);
    let stack = "dense(2, 0.1), relu, dense(2, 0.1), relu, dense(2, 0.1)";
    // K to some ε, and r by its condition.
    assert!((exponent(&["--network", stack]) - flags).abs() < 1e-9);

    let layers = "dense(2, 0.1), residual(0.5: layer-norm, relu, dense(2, 0)), relu, dense(2, 0.1)";
    let found =
        json(smoothness(folder.path(), plain().as_bytes(), &["--network", layers, "--kernel", "nngp"]));
    let rows = Dataset::from_csv(folder.path().join("own.csv"), &Columns::target("y")).unwrap();
    let data = rows.prepare(Scaling::UnitNorm, Target::Numeric).unwrap();
    let network: WideNetwork = layers.parse().unwrap();
    let gram = network.gram(KernelKind::Nngp, data.x.view()).unwrap();
    let own = Smoothness { window: "1..=40".parse().unwrap(), ..Smoothness::default() };
    let wanted = own.run((&gram, data.y.view())).unwrap();
    assert_eq!(found["result"]["r"].as_f64().unwrap(), wanted.r());
    // The file that the rows are from is named, and K of other rows is refused beside them.
    let named = found["written_by"]["data"].as_array().unwrap();
    assert!(named.iter().any(|data| data["name"] == "own.csv"), "{named:?}");
    assert_eq!(own.run((&data, &gram)).unwrap().curves.tail, wanted.curves.tail);
    let scaled = network.gram(KernelKind::Nngp, (&data.x * 0.5).view()).unwrap();
    assert!(own.run((&data, &scaled)).unwrap_err().to_string().contains("on these very rows x"));
    assert_eq!(
        found["parameters"]["origin"]["gram"]["gram"]["network"]["network"]["layers"]
            .as_array()
            .unwrap()
            .len(),
        4,
        "{found}"
    );

    for (more, says) in [
        (&["--network", stack, "--depth", "2"][..], "--depth is not read with --network"),
        (&["--network", stack, "--conv", "3"], "--conv is not read with --network"),
        (&["--network", "dense(2, 0), dence(2, 0)"], "dence"),
        (&["--network", "relu"], "the first layer must be Dense"),
    ] {
        let refusal = failure(smoothness(folder.path(), plain().as_bytes(), more));
        assert!(refusal.contains(says), "{refusal}");
    }
}
