//! What cannot be drawn is refused here, by the name of its panel and series.

use super::ruler::{Range, opened};
use crate::error::{Error, Result};
use crate::report::axis::{Axis, Limits, Scale};
use crate::report::figure::{Figure, Panel};
use crate::report::series::{Mark, Series};

/// The ranges of one panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranges {
    pub x: Range,
    pub y: Range,
    /// The range of the colours of a heat map.
    pub colour: Option<Range>,
    /// Whether nothing says where an axis' ends are (no data, no limits): it then gets no ticks.
    pub bare: Bare,
}

/// Axes without ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bare {
    pub x: bool,
    pub y: bool,
}

/// Whether a panel shows anything but reference lines.
pub(crate) fn has_data(panel: &Panel) -> bool {
    let drawn =
        |series: &Series| !matches!(series.mark, Mark::Vertical | Mark::Horizontal) && !series.x.is_empty();
    panel.heat.is_some() || panel.pictures.is_some() || panel.series.iter().any(drawn)
}

/// Checks the whole figure and finds the limits of every axis, shared ones included.
pub(crate) fn ranges(figure: &Figure) -> Result<Vec<Ranges>> {
    if figure.panels.is_empty() || figure.columns == 0 {
        return Err(refuse(
            "a figure",
            format!("it has {} panels in {} columns", figure.panels.len(), figure.columns),
        ));
    }
    let mut found = Vec::with_capacity(figure.panels.len());
    for (index, panel) in figure.panels.iter().enumerate() {
        found.push(panel_ranges(panel, &panel_name(panel, index))?);
    }
    if figure.share_x {
        let (all, bare) = shared(found.iter().map(|r| (r.x, r.bare.x)))
            .ok_or_else(|| refuse("a figure", "share_x mixes scales".into()))?;
        found.iter_mut().for_each(|r| (r.x, r.bare.x) = (all, bare));
    }
    if figure.share_y {
        let (all, bare) = shared(found.iter().map(|r| (r.y, r.bare.y)))
            .ok_or_else(|| refuse("a figure", "share_y mixes scales".into()))?;
        found.iter_mut().for_each(|r| (r.y, r.bare.y) = (all, bare));
    }
    if figure.share_colours {
        let colours = found.iter().filter_map(|r| Some((r.colour?, false))).collect::<Vec<_>>();
        if !colours.is_empty() {
            let (all, _) = shared(colours.into_iter())
                .ok_or_else(|| refuse("a figure", "share_colours mixes scales".into()))?;
            found.iter_mut().for_each(|r| r.colour = r.colour.map(|_| all));
        }
    }
    Ok(found)
}

/// The range that all share, of those that have ends where some do.
fn shared(mut ranges: impl Iterator<Item = (Range, bool)>) -> Option<(Range, bool)> {
    let first = ranges.next()?;
    ranges.try_fold(first, |(all, none), (range, bare)| {
        let both = match (none, bare) {
            (true, false) => range,
            (false, true) => all,
            _ => all.union(&range),
        };
        (range.log == all.log).then_some((both, none && bare))
    })
}

fn refuse(what: &str, reason: String) -> Error {
    Error::Drawing { what: what.to_string(), reason }
}

fn panel_name(panel: &Panel, index: usize) -> String {
    format!("panel {} {:?}", index + 1, panel.title)
}

fn panel_ranges(panel: &Panel, name: &str) -> Result<Ranges> {
    if let Some(pictures) = &panel.pictures {
        if pictures.pictures.is_empty() || pictures.columns == 0 {
            return Err(refuse(name, "it has no pictures, or 0 in a row".into()));
        }
        for (index, picture) in pictures.pictures.iter().enumerate() {
            let expected = picture.width * picture.height * picture.channels;
            if expected == 0 || picture.pixels.len() != expected || !matches!(picture.channels, 1 | 3) {
                let reason = format!("{} bytes, expected {expected}", picture.pixels.len());
                return Err(refuse(&format!("{name}, picture {}", index + 1), reason));
            }
        }
        let unit = Range { low: 0.0, high: 1.0, log: false };
        return Ok(Ranges { x: unit, y: unit, colour: None, bare: Bare::default() });
    }
    let mut x = Extent::default();
    let mut y = Extent::default();
    for (index, series) in panel.series.iter().enumerate() {
        let name = format!("{name}, series {} {:?}", index + 1, series.label);
        check_series(series, panel, &name)?;
        x.add(&series.x);
        [&series.y, &series.lower, &series.upper].into_iter().for_each(|values| y.add(values));
    }
    let mut colour = None;
    let mut tight = false;
    if let Some(heat) = &panel.heat {
        let name = format!("{name}, heat map");
        if heat.values.is_empty() || heat.values.len() != heat.x.len() * heat.y.len() {
            let reason =
                format!("{} values for {} × {} cells", heat.values.len(), heat.x.len(), heat.y.len());
            return Err(refuse(&name, reason));
        }
        for (axis, centres, extent) in [(&panel.x, &heat.x, &mut x), (&panel.y, &heat.y, &mut y)] {
            check_values(centres, axis.scale, &name, "cell centres")?;
            if centres.windows(2).any(|w| w[1] <= w[0]) {
                return Err(refuse(&name, "its cell centres must increase".into()));
            }
            extent.add(&super::raster::edges(centres, axis.scale));
        }
        let mut extent = Extent::default();
        for (index, value) in heat.values.iter().enumerate() {
            if let Some(value) = value {
                check_value(*value, heat.scale, &name, "values", index)?;
                extent.add(&[*value]);
            }
        }
        colour = Some(resolve(&extent, heat.limits, heat.scale, 0.0, &format!("{name}, colours"))?);
        tight = true;
    }
    for note in &panel.notes {
        if !(note.x.is_finite() && note.y.is_finite()) {
            return Err(refuse(&format!("{name}, note {:?}", note.text), "its place is not finite".into()));
        }
    }
    let pad = if tight { 0.0 } else { 0.04 };
    let range = |extent: &Extent, axis: &Axis, which: &str| {
        resolve(extent, axis.limits, axis.scale, pad, &format!("{name}, {which} axis"))
    };
    let bare = |extent: &Extent, axis: &Axis| {
        extent.ends.is_none() && (axis.limits.low.is_none() || axis.limits.high.is_none())
    };
    let bare = Bare { x: bare(&x, &panel.x), y: bare(&y, &panel.y) };
    Ok(Ranges { x: range(&x, &panel.x, "x")?, y: range(&y, &panel.y, "y")?, colour, bare })
}

fn check_series(series: &Series, panel: &Panel, name: &str) -> Result<()> {
    let (nx, ny) = (series.x.len(), series.y.len());
    let fits = match series.mark {
        Mark::Vertical => nx > 0 && ny == 0,
        Mark::Horizontal => ny > 0 && nx == 0,
        // Without a point there is nothing to draw; the legend says so.
        Mark::Band => ny == nx && series.upper.len() == nx,
        Mark::Points | Mark::Line | Mark::LinePoints => {
            ny == nx
                && series.lower.len() == series.upper.len()
                && (series.lower.is_empty() || series.lower.len() == nx)
        }
    };
    if !fits {
        let reason = if nx == 0 && ny == 0 {
            "it has no points".to_string()
        } else {
            format!(
                "lengths do not fit: x {nx}, y {ny}, lower {}, upper {}",
                series.lower.len(),
                series.upper.len()
            )
        };
        return Err(refuse(name, reason));
    }
    check_values(&series.x, panel.x.scale, name, "x")?;
    for (what, values) in [("y", &series.y), ("lower", &series.lower), ("upper", &series.upper)] {
        check_values(values, panel.y.scale, name, what)?;
    }
    let opacity = series.opacity.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&opacity) || !(0.0..=100.0).contains(&series.size) {
        let reason =
            format!("opacity {opacity} must be within 0 and 1, size {} within 0 and 100", series.size);
        return Err(refuse(name, reason));
    }
    if !(-100.0..=100.0).contains(&series.aside) {
        return Err(refuse(name, format!("aside {} must be within −100 and 100 marks", series.aside)));
    }
    Ok(())
}

fn check_values(values: &[f64], scale: Scale, name: &str, what: &str) -> Result<()> {
    values.iter().enumerate().try_for_each(|(index, value)| check_value(*value, scale, name, what, index))
}

fn check_value(value: f64, scale: Scale, name: &str, what: &str, index: usize) -> Result<()> {
    if !value.is_finite() {
        let reason = format!("{what}[{index}] is {value}; every value must be finite");
        return Err(refuse(name, reason));
    }
    if scale.is_log() && value <= 0.0 {
        let reason = format!(
            "{what}[{index}] is {value}: a logarithmic axis shows positive values only; leave the point out, or choose a linear axis"
        );
        return Err(refuse(name, reason));
    }
    Ok(())
}

/// The smallest and the largest value seen.
#[derive(Debug, Default)]
struct Extent {
    ends: Option<(f64, f64)>,
}

impl Extent {
    fn add(&mut self, values: &[f64]) {
        for &v in values {
            self.ends = Some(self.ends.map_or((v, v), |(low, high)| (low.min(v), high.max(v))));
        }
    }
}

fn resolve(extent: &Extent, limits: Limits, scale: Scale, pad: f64, name: &str) -> Result<Range> {
    for limit in [limits.low, limits.high].into_iter().flatten() {
        if !limit.is_finite() || (scale.is_log() && limit <= 0.0) {
            let reason = format!("the limit {limit} must be finite, and positive on a logarithmic axis");
            return Err(refuse(name, reason));
        }
    }
    // A panel may hold only horizontal or only vertical lines: the other axis then needs limits, or gets [0, 1] or [1, 10].
    let (low, high) = extent.ends.unwrap_or(if scale.is_log() { (1.0, 10.0) } else { (0.0, 1.0) });
    let range = match (limits.low, limits.high) {
        (Some(low), Some(high)) => Range { low, high, log: scale.is_log() },
        (Some(low), None) => {
            let open = opened(low, high.max(low), scale);
            Range { low, ..open.padded(0.0, pad) }
        }
        (None, Some(high)) => {
            let open = opened(low.min(high), high, scale);
            Range { high, ..open.padded(pad, 0.0) }
        }
        (None, None) => opened(low, high, scale).padded(pad, pad),
    };
    let length = range.seen(range.high) - range.seen(range.low);
    let size = range.seen(range.high).abs().max(range.seen(range.low).abs());
    let usable = range.low.is_finite() && range.high.is_finite() && length.is_finite();
    if !usable || length <= 1e-11 * size || (range.log && range.low <= 0.0) {
        let reason = format!("its limits {} and {} cannot make an axis", range.low, range.high);
        return Err(refuse(name, reason));
    }
    Ok(range)
}
