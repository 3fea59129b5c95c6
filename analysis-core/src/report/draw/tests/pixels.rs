//! What is on the page, pixel by pixel.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::*;
use crate::report::{Axis, Colour, HeatMap, OKABE_ITO, Panel, Rgb, Series, long};
use resvg::tiny_skia::Pixmap;

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
        for (panel, cell) in figure.panels.iter().zip(&layout.cells) {
            let part = inked(&pixmap, &cell.frame, &style);
            assert!(part > if check::has_data(panel) { 0.005 } else { 0.0005 }, "{name}: {part}");
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

#[test]
fn a_colour_bar_points_beyond_its_ends_and_a_cell_without_value_is_white() {
    let style = Style::neurips();
    let values = ndarray::array![[Some(0.001), Some(30.0)], [None, Some(0.1)]];
    let heat = HeatMap::with_gaps([0.0, 1.0], [0.0, 1.0], values.view()).unwrap().log10();
    let figure = |low: f64, high: f64| Figure::single(Panel::new("").heat(heat.clone().limits(low, high)));
    font::prepare().unwrap();
    let bar = |figure: &Figure| {
        let cell = arrange(figure, &style, &check::ranges(figure).unwrap()).unwrap().cells.remove(0);
        (cell.frame, cell.bar.unwrap())
    };
    let (frame, whole) = bar(&figure(0.001, 30.0));
    assert_eq!((whole.place.top, whole.place.bottom), (frame.top, frame.bottom));
    let clipped = figure(0.01, 1.0);
    let (frame, cut) = bar(&clipped);
    assert!(cut.above && cut.below && cut.place.top > frame.top && cut.place.bottom < frame.bottom);
    let pixmap = png_of(&clipped, &style);
    let scale = style.dpi / (72.0 * canvas::UNITS);
    let at = |x: f64, y: f64| {
        let p = pixmap.pixel((x * scale) as u32, (y * scale) as u32).unwrap();
        Rgb::new(p.red(), p.green(), p.blue())
    };
    let (low, high) = (Rgb::new(0x44, 0x01, 0x54), Rgb::new(0xFD, 0xE7, 0x25));
    let middle = (cut.place.left + cut.place.right) / 2.0;
    let third = |a: f64, b: f64| a + (b - a) / 3.0;
    assert_eq!(at(middle, third(cut.place.top, frame.top)), high);
    assert_eq!(at(middle, third(cut.place.bottom, frame.bottom)), low);
    // The upper left cell: white beside its cross.
    let quarter = |f: f64| (frame.left + f * frame.width(), frame.top + 0.25 * frame.height());
    let (x, y) = quarter(0.1);
    assert_eq!(at(x, y), Rgb::new(255, 255, 255));
    let (x, y) = quarter(0.25);
    assert_eq!(at(x, y), style.ink);
    let (x, y) = quarter(0.75);
    assert_ne!(at(x, y), Rgb::new(255, 255, 255));
}

/// The middle of the columns in which this colour is, in points; no other series may have it.
fn middle(pixmap: &Pixmap, colour: Rgb, style: &Style) -> f64 {
    let width = pixmap.width();
    let inked = pixmap
        .pixels()
        .iter()
        .enumerate()
        .filter(|(_, p)| (p.red(), p.green(), p.blue()) == (colour.red, colour.green, colour.blue));
    let columns: Vec<f64> = inked.map(|(at, _)| f64::from(at as u32 % width)).collect();
    columns.iter().sum::<f64>() / columns.len() as f64 * 72.0 / style.dpi
}

/// On both kinds of axes a mark with its bar stands as many marks aside as asked, and what is written beside the figure does not.
#[test]
fn aside_moves_the_drawing_and_not_the_numbers() {
    let style = Style::neurips();
    for x in [Axis::linear("n"), Axis::log10("n")] {
        let figure = |aside: f64| {
            let shown = Series::points("", [200.0], [0.5]).error_bars([0.2], [0.8]).colour(1);
            let shown = Series { aside, ..shown };
            let panel = Panel::new("").x(x.clone()).y(Axis::linear("")).legend(crate::report::Legend::Off);
            Figure::single(panel.series(Series::points("", [100.0, 400.0], [0.1, 0.9])).series(shown))
        };
        let place = |aside: f64| middle(&png_of(&figure(aside), &style), OKABE_ITO[1], &style);
        let pixel = 72.0 / style.dpi;
        for aside in [-1.5, 4.0] {
            let moved = place(aside) - place(0.0);
            assert!(
                (moved - aside * style.mark).abs() < pixel,
                "{moved} for {aside} marks of {}",
                style.mark
            );
        }
        assert_eq!(long::csv(&figure(2.0)), long::csv(&figure(0.0)));
    }
    let far = Series { aside: f64::NAN, ..Series::points("far", [1.0], [1.0]) };
    assert!(
        Figure::single(Panel::new("").series(far)).svg(&style).unwrap_err().to_string().contains("aside")
    );
}
