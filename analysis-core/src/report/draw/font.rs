//! The one bundled font, so that every machine measures and draws text alike without fontconfig.

use crate::error::{Error, Result};
use crate::report::text::{Piece, Place, drawn, pieces};
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};
use resvg::usvg::fontdb;
use std::sync::{Arc, OnceLock};

/// DejaVu Sans 2.37, unmodified; its licence is beside it.
static BYTES: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");

/// The name of the bundled font.
pub(crate) const FAMILY: &str = "DejaVu Sans";

/// plotters' font size is ascent − descent; this is that height of DejaVu Sans in em ((1901 + 483)/2048 units).
pub(crate) const HEIGHT: f64 = 2384.0 / 2048.0;

/// Size of indices and exponents, in em of the text around them.
pub(crate) const SMALL: f64 = 0.7;
/// How far an exponent is raised, in em.
pub(crate) const RAISE_SUPER: f64 = 0.42;
/// How far an index is lowered, in em.
pub(crate) const RAISE_SUB: f64 = 0.22;

/// The height of a capital letter, in em (1493/2048 units).
pub(crate) const CAPITAL: f64 = 0.729;

/// How far letters reach below the line, in em.
pub(crate) const DESCENT: f64 = 0.236;

/// Registers the font with plotters, once for the process.
pub(crate) fn prepare() -> Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    if *DONE.get_or_init(|| register_font(FAMILY, FontStyle::Normal, BYTES).is_ok()) {
        Ok(())
    } else {
        Err(Error::Drawing { what: "text".into(), reason: "the bundled font could not be read".into() })
    }
}

/// The font for plotters at `em` canvas units.
pub(crate) fn font(em: f64) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(FAMILY), em * HEIGHT, FontStyle::Normal)
}

/// The width of `text` (with markup) set at `em` canvas units, in canvas units. An exponent right after an index
/// stands above it.
pub(crate) fn width(text: &str, em: f64) -> f64 {
    let mut total = 0.0;
    let mut index = None;
    for piece in &pieces(text) {
        let wide = piece_width(piece, em);
        let stacked = if piece.place == Place::Super { index.take() } else { None };
        total += (wide - stacked.unwrap_or(0.0)).max(0.0);
        index = (piece.place == Place::Sub).then_some(wide);
    }
    total
}

/// The width of one piece of text set at `em` canvas units.
pub(crate) fn piece_width(piece: &Piece, em: f64) -> f64 {
    // Measured at a large size: plotters rounds widths down to whole units.
    const FINE: f64 = 1000.0;
    let scale = if piece.place == Place::Base { 1.0 } else { SMALL };
    font(FINE).layout_box(&drawn(piece)).map_or(0.0, |(_, (right, _))| f64::from(right)) * scale * em / FINE
}

/// How far `text` reaches above its line, in em: capitals, or a raised exponent.
pub(crate) fn ascent(text: &str) -> f64 {
    if pieces(text).iter().any(|piece| piece.place == Place::Super) {
        RAISE_SUPER + SMALL * CAPITAL
    } else {
        CAPITAL
    }
}

/// How far `text` reaches below its line, in em.
pub(crate) fn descent(text: &str) -> f64 {
    if pieces(text).iter().any(|piece| piece.place == Place::Sub) {
        RAISE_SUB + SMALL * DESCENT
    } else {
        DESCENT
    }
}

/// The fonts usvg may use: the bundled one alone, for every family asked for.
pub(crate) fn database() -> Arc<fontdb::Database> {
    static DATABASE: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    DATABASE
        .get_or_init(|| {
            let mut database = fontdb::Database::new();
            database.load_font_source(fontdb::Source::Binary(Arc::new(BYTES)));
            database.set_sans_serif_family(FAMILY);
            Arc::new(database)
        })
        .clone()
}
