//! The files: size, sameness, and back again.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::*;
use crate::report::{Manifest, Reference};
use flate2::read::ZlibDecoder;
use std::io::Read;

#[test]
fn inline_svg_is_small_and_thinning_changes_hardly_a_pixel() {
    let style = Style::notebook();
    let svg = gallery::decays().svg(&style).unwrap();
    assert!(svg.len() < 120_000, "9000 points in {} bytes", svg.len());
    // The same figure with every point drawn twice must give the same file.
    let mut doubled = gallery::decays();
    for series in &mut doubled.panels[0].series {
        series.x = series.x.iter().flat_map(|x| [*x, *x]).collect();
        series.y = series.y.iter().flat_map(|y| [*y, *y]).collect();
    }
    assert_eq!(doubled.svg(&style).unwrap(), svg);
}

/// Every stream of a PDF, unpacked where it is packed.
fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
    let find = |from: usize, word: &[u8]| {
        pdf[from..].windows(word.len()).position(|w| w == word).map(|at| from + at)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(at, b"stream\n") {
        let start = start + 7;
        let Some(end) = find(start, b"endstream") else { break };
        let packed = &pdf[start..end];
        let mut plain = Vec::new();
        if ZlibDecoder::new(packed).read_to_end(&mut plain).is_err() || plain.is_empty() {
            plain = packed.to_vec();
        }
        found.push(plain);
        at = end + 9;
    }
    found
}

#[test]
fn pdf_has_text_as_text_and_is_the_same_each_time() {
    let style = Style::neurips();
    // Drawn twice in one process, hash maps differ as they do between two runs.
    for (name, figure) in gallery::all() {
        assert!(figure.pdf(&style).unwrap() == figure.pdf(&style).unwrap(), "{name}");
    }
    let figure = gallery::decays();
    let pdf = figure.pdf(&style).unwrap();
    let outline = String::from_utf8_lossy(&pdf).into_owned();
    assert!(outline.starts_with("%PDF-"));
    assert!(outline.contains("/MediaBox [0 0 396 244.75]"), "5.5 in are 396 pt");
    assert!(outline.contains("/FontFile2") && outline.contains("DejaVuSans"), "the font is inside");
    assert!(!outline.contains("/CreationDate") && !outline.contains("/ModDate"));
    let streams = streams(&pdf);
    let texts: Vec<String> = streams.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect();
    assert!(
        texts.iter().any(|s| s.contains("BT\n") && (s.contains(" Tj") || s.contains(" TJ"))),
        "shows text"
    );
    // The map back to Unicode names every letter of a label.
    let map = texts.iter().find(|s| s.contains("beginbfchar")).expect("a ToUnicode map").to_uppercase();
    for letter in "MNIST CIFAR-10 Σ≥".chars().filter(|c| *c != ' ') {
        assert!(map.contains(&format!("<{:04X}>", letter as u32)), "{letter}");
    }
}

fn first_difference(a: &str, b: &str) -> String {
    let at = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let piece = |s: &str| s.chars().skip(at.saturating_sub(80)).take(160).collect::<String>();
    format!("{} != {}", piece(a), piece(b))
}

#[test]
fn a_figure_is_drawn_again_from_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = Manifest::new(&serde_json::json!({"n": 3000})).unwrap().seed(7).cite(Reference::Mnist);
    for (name, figure) in gallery::all() {
        let style = Style::neurips();
        let exported = figure.export(&style, folder.path(), name, &manifest).unwrap();
        let extensions: Vec<_> =
            exported.files.iter().map(|f| f.extension().unwrap().to_str().unwrap()).collect();
        assert_eq!(extensions, ["svg", "pdf", "png", "csv", "parquet", "bib", "json"]);
        let again = Figure::read(folder.path(), name).unwrap();
        assert!(
            again == figure,
            "{name}: {}",
            first_difference(&format!("{again:?}"), &format!("{figure:?}"))
        );
        let read = Manifest::read(folder.path(), name).unwrap();
        assert_eq!((read.seed, &read.name[..], read.style.as_ref()), (Some(7), name, Some(&style)));
        let file = std::fs::read_to_string(exported.file("svg").unwrap()).unwrap();
        assert_eq!(again.svg(&read.style.unwrap()).unwrap(), file, "{name}");
        let json = std::fs::read_to_string(exported.file("json").unwrap()).unwrap();
        assert!(
            ![": null", "[null", " null,"].iter().any(|n| json.replace("\"null,", "").contains(n)),
            "{name}"
        );
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 6 * gallery::all().len() + 1, "no half file stays: {left:?}");
    for bad in ["", "a/b", "..", ".hidden", "/x"] {
        assert!(gallery::fit().export(&Style::neurips(), folder.path(), bad, &manifest).is_err(), "{bad}");
    }
    assert!(Figure::read(folder.path(), "absent").unwrap_err().to_string().contains("absent.json"));
}
