//! Drawn figures: pixels, texts, files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::gallery;
use super::*;
use crate::report::{Axis, Colour, HeatMap, Manifest, OKABE_ITO, Panel, Picture, Reference, Rgb, Series};
use flate2::read::ZlibDecoder;
use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Group, Node, Options, Tree};
use std::io::Read;

fn png_of(figure: &Figure, style: &Style) -> Pixmap {
    Pixmap::decode_png(&figure.png(style).unwrap()).unwrap()
}

/// Pixels of exactly this colour.
fn count(pixmap: &Pixmap, colour: Rgb) -> usize {
    let same = |p: &&resvg::tiny_skia::PremultipliedColorU8| {
        (p.red(), p.green(), p.blue()) == (colour.red, colour.green, colour.blue)
    };
    pixmap.pixels().iter().filter(same).count()
}

/// The part of pixels inside a panel's frame that are not white.
fn inked(pixmap: &Pixmap, frame: &Rect, style: &Style) -> f64 {
    let scale = style.dpi / (72.0 * canvas::UNITS);
    let (mut inked, mut all) = (0, 0);
    for y in (frame.top * scale) as u32 + 3..(frame.bottom * scale) as u32 - 3 {
        for x in (frame.left * scale) as u32 + 3..(frame.right * scale) as u32 - 3 {
            let p = pixmap.pixel(x, y).unwrap();
            all += 1;
            inked += usize::from((p.red(), p.green(), p.blue()) != (255, 255, 255));
        }
    }
    f64::from(inked as u32) / f64::from(all)
}

#[test]
fn every_panel_of_every_figure_shows_something_in_its_colours() {
    let style = Style::neurips();
    for (name, figure) in gallery::all() {
        font::prepare().unwrap();
        let pixmap = png_of(&figure, &style);
        assert_eq!(pixmap.width(), 1650, "5.5 in at 300 dpi");
        let ranges = check::ranges(&figure).unwrap();
        let layout = arrange(&figure, &style, &ranges).unwrap();
        for cell in &layout.cells {
            let part = inked(&pixmap, &cell.frame, &style);
            assert!(part > 0.005, "{name}: {part}");
            assert!(part < 0.5 || figure.panels[0].heat.is_some() || name == "images", "{name}: {part}");
        }
        let used = match name {
            "decays" | "row" => 3,
            "curves" => 4,
            "full" => 5,
            _ => 0,
        };
        for colour in &OKABE_ITO[..used] {
            assert!(count(&pixmap, *colour) > 50, "{name}: {colour:?} {}", count(&pixmap, *colour));
        }
    }
    // A null band is the style's grey, a quarter opaque, over white: 255 − 0.25·(255 − 128) = 223.25.
    assert!(count(&png_of(&gallery::fit(), &style), Rgb::new(223, 223, 223)) > 2000);
}

#[test]
fn a_series_covers_the_pixels_its_numbers_ask_for() {
    let style = Style::neurips();
    let square = Series::points("", [0.25], [0.75])
        .colour(Colour::Index(1))
        .size(8.0)
        .shape(crate::report::Shape::Square);
    let line = Series::line("", [0.0, 1.0], [0.25, 0.25]);
    let panel = Panel::new("").x(Axis::linear("").limits(0.0, 1.0)).y(Axis::linear("").limits(0.0, 1.0));
    let figure = Figure::single(panel.series(square).series(line));
    font::prepare().unwrap();
    let cell = &arrange(&figure, &style, &check::ranges(&figure).unwrap()).unwrap().cells[0];
    let pixmap = png_of(&figure, &style);
    let at = |x: f64, y: f64| {
        let scale = style.dpi / (72.0 * canvas::UNITS);
        let px = (cell.frame.left + x * cell.frame.width()) * scale;
        let py = (cell.frame.bottom - y * cell.frame.height()) * scale;
        let p = pixmap.pixel(px as u32, py as u32).unwrap();
        Rgb::new(p.red(), p.green(), p.blue())
    };
    assert_eq!(at(0.25, 0.75), OKABE_ITO[1]);
    assert_eq!(at(0.6, 0.25), OKABE_ITO[0]);
    assert_eq!(at(0.75, 0.75), Rgb::new(255, 255, 255));
}

#[test]
fn a_heat_map_has_its_colours_where_its_values_are() {
    let values = ndarray::array![[0.0, 1.0], [1.0, 0.0]];
    let heat = HeatMap::new([0.0, 1.0], [0.0, 1.0], values.view()).unwrap();
    let figure = Figure::single(Panel::new("").heat(heat));
    let style = Style::neurips();
    font::prepare().unwrap();
    let frame = arrange(&figure, &style, &check::ranges(&figure).unwrap()).unwrap().cells[0].frame;
    let pixmap = png_of(&figure, &style);
    let scale = style.dpi / (72.0 * canvas::UNITS);
    let at = |fx: f64, fy: f64| {
        let p = pixmap
            .pixel(
                ((frame.left + fx * frame.width()) * scale) as u32,
                ((frame.top + fy * frame.height()) * scale) as u32,
            )
            .unwrap();
        Rgb::new(p.red(), p.green(), p.blue())
    };
    let (low, high) = (Rgb::new(0x44, 0x01, 0x54), Rgb::new(0xFD, 0xE7, 0x25));
    // values[row][column], the row's y upwards.
    assert_eq!((at(0.25, 0.75), at(0.75, 0.75), at(0.25, 0.25), at(0.75, 0.25)), (low, high, high, low));
    let pdf = String::from_utf8_lossy(&figure.pdf(&style).unwrap()).into_owned();
    assert_eq!(pdf.matches("/Subtype /Image").count(), 2, "the cells and the colour bar");
}

/// The boxes of all texts, as the renderer sets them in the bundled font.
fn text_boxes(figure: &Figure, style: &Style) -> (Vec<(String, resvg::tiny_skia::Rect)>, f32, f32) {
    fn walk(group: &Group, found: &mut Vec<(String, resvg::tiny_skia::Rect)>) {
        for node in group.children() {
            match node {
                Node::Group(group) => walk(group, found),
                Node::Text(text) => {
                    let words: String = text.chunks().iter().map(|c| c.text()).collect();
                    found.push((words, text.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }
    let options = Options { fontdb: font::database(), ..Options::default() };
    let tree = Tree::from_str(&figure.svg(style).unwrap(), &options).unwrap();
    let mut found = Vec::new();
    walk(tree.root(), &mut found);
    (found, tree.size().width(), tree.size().height())
}

#[test]
fn no_text_is_cut_off_or_lies_on_another() {
    for style in [Style::neurips(), Style::icml_column(), Style::icml_page(), Style::notebook()] {
        for (name, figure) in gallery::all() {
            if style.width < 4.0 && figure.panels.len() > 1 {
                continue;
            }
            let (texts, width, height) = text_boxes(&figure, &style);
            assert!(texts.len() > 3, "{name}");
            for (i, (text, a)) in texts.iter().enumerate() {
                let inside = a.left() >= 0.0 && a.top() >= 0.0 && a.right() <= width && a.bottom() <= height;
                assert!(inside, "{name} at {} in: {text:?} {a:?} of {width} × {height}", style.width);
                for (other, b) in &texts[..i] {
                    let apart = a.right() <= b.left()
                        || b.right() <= a.left()
                        || a.bottom() <= b.top()
                        || b.bottom() <= a.top();
                    assert!(apart, "{name} at {} in: {text:?} lies on {other:?}", style.width);
                }
            }
        }
    }
}

#[test]
fn widths_are_what_the_renderer_sets() {
    let label = "Fashion-MNIST Σ c 0.123";
    let figure = Figure::single(Panel::new(label).series(Series::line("", [0.0, 1.0], [0.0, 1.0])));
    let style = Style::neurips();
    let (texts, ..) = text_boxes(&figure, &style);
    let (_, area) = texts.iter().find(|(text, _)| text == label).unwrap();
    // CSS pixels (96 to an inch) to canvas units; side bearings and kerning explain 2 %.
    let set = f64::from(area.width()) / 96.0 * 72.0 * canvas::UNITS;
    let measured = font::width(label, style.font * canvas::UNITS);
    assert!((set / measured - 1.0).abs() < 0.02, "{set} {measured}");
}

#[test]
fn legends_cover_nothing_where_there_is_room() {
    font::prepare().unwrap();
    let style = Style::neurips();
    for (name, figure) in gallery::all() {
        if figure.panels[0].pictures.is_some() || figure.panels[0].heat.is_some() {
            continue;
        }
        let (_, last) = settled(&figure, &style).unwrap();
        for placed in last.legends.iter().flatten() {
            assert_eq!(placed.covered, 0, "{name}");
        }
    }
}

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
    let figure = gallery::decays();
    let pdf = figure.pdf(&style).unwrap();
    assert_eq!(pdf, figure.pdf(&style).unwrap());
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
    assert_eq!(left.len(), 7 * gallery::all().len(), "no half file stays: {left:?}");
    for bad in ["", "a/b", "..", ".hidden", "/x"] {
        assert!(gallery::fit().export(&Style::neurips(), folder.path(), bad, &manifest).is_err(), "{bad}");
    }
    assert!(Figure::read(folder.path(), "absent").unwrap_err().to_string().contains("absent.json"));
}

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let style = Style::neurips();
    let on_log = |series: Series| Panel::new("decay").x(Axis::log10("i")).y(Axis::log10("c")).series(series);
    let refused = |panel: Panel| {
        let error = Figure::row([gallery::fit().panels.remove(0), panel]).svg(&style).unwrap_err();
        assert!(matches!(error, crate::error::Error::Drawing { .. }), "{error}");
        error.to_string()
    };
    for (panel, words) in [
        (on_log(Series::line("a", [1.0, 2.0], [1.0, f64::NAN])), "y[1] is NaN"),
        (on_log(Series::line("a", [1.0, f64::INFINITY], [1.0, 1.0])), "x[1] is inf"),
        (on_log(Series::line("a", [0.0, 2.0], [1.0, 1.0])), "x[0] is 0: a logarithmic axis"),
        (on_log(Series::points("a", [1.0], [-3.0])), "y[0] is -3: a logarithmic axis"),
        (on_log(Series::line("a", [0.0; 0], [0.0; 0])), "no points"),
        (on_log(Series::line("a", [1.0, 2.0], [1.0])), "lengths do not fit: x 2, y 1"),
        (on_log(Series::band("a", [1.0], [1.0], [0.0; 0])), "lengths do not fit"),
        (on_log(Series::points("a", [1.0], [1.0]).error_bars([0.0], [2.0])), "lower[0] is 0"),
        (on_log(Series::points("a", [1.0], [1.0]).opacity(f64::NAN)), "opacity"),
    ] {
        let error = refused(panel);
        assert!(error.contains("panel 2 \"decay\", series 1 \"a\"") && error.contains(words), "{error}");
    }
    let fine = || Series::line("a", [1.0, 2.0], [1.0, 2.0]);
    assert!(refused(Panel::new("decay")).contains("nothing to draw"));
    for (low, high) in [(2.0, 2.0), (3.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let error = refused(Panel::new("decay").x(Axis::linear("").limits(low, high)).series(fine()));
        assert!(error.contains("panel 2 \"decay\", x axis"), "{error}");
    }
    let error = refused(Panel::new("decay").x(Axis::log10("").limits(0.0, 1.0)).series(fine()));
    assert!(error.contains("x axis"), "{error}");
    let error = refused(Panel::new("decay").y(Axis::linear("").from(5.0).to(5.0)).series(fine()));
    assert!(error.contains("y axis"), "{error}");
    let huge = Series::line("a", [-1.7e308, 1.7e308], [0.0, 1.0]);
    assert!(refused(Panel::new("decay").series(huge)).contains("x axis"));
    let heat = HeatMap::new([0.0, 1.0], [0.0], ndarray::array![[1.0, f64::NAN]].view()).unwrap();
    assert!(refused(Panel::new("decay").heat(heat)).contains("heat map"));
    assert!(Figure::default().svg(&style).is_err());
    assert!(Figure { columns: 0, ..gallery::fit() }.svg(&style).is_err());
    let narrow = Style { width: 0.6, ..Style::neurips() };
    assert!(gallery::row().svg(&narrow).unwrap_err().to_string().contains("labels leave"));
    assert!(gallery::row().svg(&Style { font: f64::NAN, ..Style::neurips() }).is_err());
    assert!(Picture::grey("p", 2, 2, &[0; 3]).is_err());
}

#[test]
fn data_without_extent_is_drawn() {
    let style = Style::neurips();
    for (x, y) in
        [(vec![3.0], vec![7.0]), (vec![0.0, 0.0], vec![0.0, 0.0]), (vec![1.0, 2.0], vec![1e-300; 2])]
    {
        for mark in [Series::points("a", &x, &y), Series::line_points("a", &x, &y)] {
            let svg = Figure::single(Panel::new("").series(mark)).svg(&style).unwrap();
            assert!(svg.contains("<path") && !svg.contains("NaN"), "{x:?}");
        }
    }
    let wide = Series::line("a", [1e-320, 1e300], [1e-320, 1e300]);
    let log = Panel::new("").x(Axis::log10("x")).y(Axis::log10("y")).series(wide);
    assert!(Figure::single(log).svg(&style).is_ok());
    let only_lines = Panel::new("").series(Series::vertical("here", 2.0));
    assert!(Figure::single(only_lines).svg(&style).is_ok());
}

#[test]
fn markup_in_labels_cannot_break_the_svg() {
    let label = "</text><script>alert(1)</script> & \"q\" 'q' _{<b>} \u{0} ]]> 中文 🎉";
    let panel = Panel::new(label).x(Axis::linear(label)).y(Axis::linear(label));
    let figure =
        Figure::single(panel.series(Series::line(label, [0.0, 1.0], [0.0, 1.0])).note(label, 0.5, 0.5));
    let svg = figure.svg(&Style::neurips()).unwrap();
    assert!(!svg.contains("<script>"));
    let options = Options { fontdb: font::database(), ..Options::default() };
    Tree::from_str(&svg, &options).unwrap();
    assert!(figure.pdf(&Style::neurips()).is_ok() && figure.png(&Style::neurips()).is_ok());
}
