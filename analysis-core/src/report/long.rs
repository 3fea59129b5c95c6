//! A figure's numbers in long form: one row a point, cell or pixel. CSV holds them exactly (shortest text that reads
//! back to the same number), Parquet as they are.

use super::figure::Figure;
use crate::error::{Error, Result};
use crate::frame::Frame;
use polars::prelude::DataFrame;
use std::path::Path;

/// The columns. `panel` and `item` count from 0; `part` says what a row is: `series`, `heat`, or the channel of a
/// picture's pixel (`grey`, `red`, `green`, `blue`; x its column, y its row from the top, value 0 to 255).
const COLUMNS: [&str; 9] = ["panel", "part", "item", "label", "x", "y", "lower", "upper", "value"];
const CHANNELS: [&str; 3] = ["red", "green", "blue"];

/// One row; what does not apply is absent.
#[derive(Debug, Clone, PartialEq, Default)]
struct Row {
    panel: usize,
    part: String,
    item: usize,
    label: String,
    /// x, y, lower, upper, value.
    numbers: [Option<f64>; 5],
}

fn rows(figure: &Figure) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, panel) in figure.panels.iter().enumerate() {
        let row = |part: &str, item: usize, label: &str, numbers: [Option<f64>; 5]| Row {
            panel: index,
            part: part.into(),
            item,
            label: super::text::plain(label),
            numbers,
        };
        for (item, series) in panel.series.iter().enumerate() {
            for i in 0..series.x.len().max(series.y.len()) {
                let at = |values: &[f64]| values.get(i).copied();
                let numbers = [at(&series.x), at(&series.y), at(&series.lower), at(&series.upper), None];
                rows.push(row("series", item, &series.label, numbers));
            }
        }
        if let Some(heat) = &panel.heat {
            for (j, y) in heat.y.iter().enumerate() {
                for (i, x) in heat.x.iter().enumerate() {
                    let value = heat.values.get(j * heat.x.len() + i).copied().flatten();
                    rows.push(row("heat", 0, &heat.label, [Some(*x), Some(*y), None, None, value]));
                }
            }
        }
        for (item, picture) in panel.pictures.iter().flat_map(|p| p.pictures.iter().enumerate()) {
            for (i, &byte) in picture.pixels.iter().enumerate() {
                let pixel = i / picture.channels;
                let channel = if picture.channels == 3 { CHANNELS[i % 3] } else { "grey" };
                let (x, y) = ((pixel % picture.width) as f64, (pixel / picture.width) as f64);
                let numbers = [Some(x), Some(y), None, None, Some(f64::from(byte))];
                rows.push(row(channel, item, &picture.caption, numbers));
            }
        }
    }
    rows
}

/// The figure's numbers as CSV.
pub(crate) fn csv(figure: &Figure) -> String {
    let mut out = COLUMNS.join(",");
    out.push('\n');
    for row in rows(figure) {
        out.push_str(&format!("{},{},{},{}", row.panel, row.part, row.item, quoted(&row.label)));
        for number in row.numbers {
            out.push(',');
            if let Some(v) = number {
                out.push_str(&float(v));
            }
        }
        out.push('\n');
    }
    out
}

/// The shortest text that reads back to the same number.
pub(crate) fn float(v: f64) -> String {
    format!("{v:?}")
}

/// A CSV field, quoted where it must be (RFC 4180).
pub(crate) fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// The figure's numbers as a frame.
///
/// # Errors
/// [`Error::Frame`] if polars refuses.
pub(crate) fn frame(figure: &Figure) -> Result<DataFrame> {
    let rows = rows(figure);
    let mut frame = Frame::of(&rows)
        .whole("panel", |row| row.panel)
        .text("part", |row| &row.part)
        .whole("item", |row| row.item)
        .text("label", |row| &row.label);
    for k in 0..5 {
        frame = frame.known(COLUMNS[4 + k], |row| row.numbers[k]);
    }
    frame.build("the numbers of a figure")
}

/// The figure without its numbers.
pub(crate) fn skeleton(figure: &Figure) -> Figure {
    let mut bare = figure.clone();
    for panel in &mut bare.panels {
        for series in &mut panel.series {
            [&mut series.x, &mut series.y, &mut series.lower, &mut series.upper]
                .into_iter()
                .for_each(Vec::clear);
        }
        if let Some(heat) = &mut panel.heat {
            [&mut heat.x, &mut heat.y].into_iter().for_each(Vec::clear);
            heat.values.clear();
        }
        for picture in panel.pictures.iter_mut().flat_map(|p| &mut p.pictures) {
            picture.pixels.clear();
        }
    }
    bare
}

/// Puts the numbers of a CSV back into a figure without numbers.
///
/// # Errors
/// [`Error::Format`] naming the byte where a line is not one of this figure's.
pub(crate) fn filled(mut figure: Figure, csv: &str, path: &Path) -> Result<Figure> {
    let mut offset = 0;
    for (index, line) in records(csv).into_iter().enumerate() {
        let problem = |problem: String| Error::Format { path: path.into(), offset: offset as u64, problem };
        let fields = fields(line);
        if index == 0 {
            if fields != COLUMNS {
                return Err(problem(format!("expected the header {:?}, found {line:?}", COLUMNS.join(","))));
            }
        } else {
            put(&mut figure, &fields).map_err(|reason| problem(format!("{reason}, in {line:?}")))?;
        }
        offset += line.len() + 1;
    }
    Ok(figure)
}

fn put(figure: &mut Figure, fields: &[String]) -> Result<(), String> {
    if fields.len() != COLUMNS.len() {
        return Err(format!("expected {} fields, found {}", COLUMNS.len(), fields.len()));
    }
    let index = |k: usize| fields[k].parse::<usize>().map_err(|e| format!("{}: {e}", COLUMNS[k]));
    let (panel, item) = (index(0)?, index(2)?);
    let mut numbers = [None; 5];
    for (k, number) in numbers.iter_mut().enumerate() {
        let text = &fields[4 + k];
        if !text.is_empty() {
            *number = Some(text.parse::<f64>().map_err(|e| format!("{}: {e}", COLUMNS[4 + k]))?);
        }
    }
    let panel = figure.panels.get_mut(panel).ok_or("no such panel in the manifest")?;
    let [x, y, lower, upper, value] = numbers;
    match fields[1].as_str() {
        "series" => {
            let series = panel.series.get_mut(item).ok_or("no such series in the manifest")?;
            series.x.extend(x);
            series.y.extend(y);
            series.lower.extend(lower);
            series.upper.extend(upper);
        }
        "heat" => {
            let heat = panel.heat.as_mut().ok_or("no heat map in the manifest")?;
            let (x, y) = x.zip(y).ok_or("a number is missing")?;
            if heat.y.last() != Some(&y) {
                heat.y.push(y);
            }
            if heat.y.len() == 1 {
                heat.x.push(x);
            }
            heat.values.push(value);
        }
        "grey" | "red" | "green" | "blue" => {
            let pictures = panel.pictures.as_mut().ok_or("no pictures in the manifest")?;
            let picture = pictures.pictures.get_mut(item).ok_or("no such picture in the manifest")?;
            let byte = value.filter(|v| (0.0..=255.0).contains(v) && v.fract() == 0.0);
            picture.pixels.push(byte.ok_or("a pixel is not a whole number from 0 to 255")? as u8);
        }
        other => return Err(format!("unknown part {other:?}")),
    }
    Ok(())
}

/// The records of a CSV text: lines, but for newlines inside quotes.
fn records(csv: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut inside) = (0, false);
    for (at, byte) in csv.bytes().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside => {
                found.push(&csv[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < csv.len() {
        found.push(&csv[start..]);
    }
    found
}

/// The fields of a record, unquoted.
fn fields(record: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut inside = false;
    let mut letters = record.chars().peekable();
    while let Some(c) = letters.next() {
        let last = found.len() - 1;
        match c {
            '"' if inside && letters.peek() == Some(&'"') => {
                letters.next();
                found[last].push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => found.push(String::new()),
            '\r' if !inside && letters.peek().is_none() => {}
            c => found[last].push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::{HeatMap, Panel, Picture, Series};

    fn every_part() -> Figure {
        let values = [0.1, 1.0 / 3.0, 5e-324, 1.797e308, -0.0];
        let heat = ndarray::array![[1.0, 2.0, 3.0], [4.0, 5.0, 0.1 + 0.2]];
        let awkward = Series::band("a \"quoted\", label\nof two lines", values, values, values);
        Figure::row([
            Panel::new("a")
                .series(awkward)
                .series(Series::points("b", [1.0], [2.0]).error_bars([1.5], [2.5]))
                .series(Series::vertical("", 2.0))
                .series(Series::horizontal("", 3.0)),
            Panel::new("b").heat(HeatMap::new([0.0, 1.0, 2.0], [0.0, 1.0], heat.view()).unwrap()),
            Panel::new("c").pictures(
                [
                    Picture::grey("g", 1, 2, &[0, 255]).unwrap(),
                    Picture::planes("p", 1, 2, &[1, 2, 3, 4, 5, 6]).unwrap(),
                ],
                2,
            ),
        ])
    }

    #[test]
    fn numbers_come_back_bit_for_bit() {
        let figure = every_part();
        let text = csv(&figure);
        let bare = skeleton(&figure);
        assert_ne!(bare, figure);
        let back = filled(bare, &text, Path::new("f.csv")).unwrap();
        assert_eq!(back, figure);
        let bits = |f: &Figure| f.panels[0].series[0].x.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&back), bits(&figure));
        assert_eq!(frame(&figure).unwrap().shape(), (5 + 1 + 1 + 1 + 6 + 2 + 6, 9));
    }

    #[test]
    fn a_line_that_does_not_fit_is_named() {
        let figure = every_part();
        let bare = || skeleton(&figure);
        let header = COLUMNS.join(",");
        for (line, problem) in [
            ("9,series,0,,1,1,,,", "no such panel"),
            ("0,series,9,,1,1,,,", "no such series"),
            ("0,series,0,,x,1,,,", "x: invalid float"),
            ("0,series,0", "expected 9 fields"),
            ("2,grey,0,,0,0,,,256", "whole number"),
            ("0,pie,0,,0,0,,,1", "unknown part"),
        ] {
            let error = filled(bare(), &format!("{header}\n{line}\n"), Path::new("f.csv")).unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
            assert!(error.to_string().contains(&format!("byte {}", header.len() + 1)), "{error}");
        }
        assert!(filled(bare(), "a,b\n", Path::new("f.csv")).is_err());
    }
}
