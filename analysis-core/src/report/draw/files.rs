//! PDF and PNG of a drawing. Rasters are laid down here, the rest comes from the drawing's SVG through usvg.

use super::canvas::UNITS;
use super::raster::Raster;
use super::{Drawing, font, png as encoder};
use crate::error::{Error, Result};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use resvg::tiny_skia::{Color, FilterQuality, Pixmap, PixmapPaint, Transform};
use resvg::usvg::{Options, Tree};
use std::collections::HashMap;
use std::io::Write;

fn failed(what: &str, reason: impl std::fmt::Display) -> Error {
    Error::Drawing { what: what.to_string(), reason: reason.to_string() }
}

/// One raster as a PNG file, for SVG.
pub(super) fn raster_png(raster: &Raster) -> Result<Vec<u8>> {
    encoder::encode(raster.columns, raster.rows, &raster.rgb, None).map_err(|e| failed("an image", e))
}

fn tree(drawing: &Drawing) -> Result<Tree> {
    let options =
        Options { fontdb: font::database(), font_family: font::FAMILY.to_string(), ..Options::default() };
    Tree::from_str(&drawing.svg(false)?, &options).map_err(|e| failed("a figure as SVG", e))
}

/// The drawing at `dpi` pixels to an inch.
pub(super) fn png(drawing: &Drawing, dpi: f64) -> Result<Vec<u8>> {
    let tree = tree(drawing)?;
    let scale = dpi / (72.0 * UNITS);
    let (width, height) = ((drawing.width * scale).round() as u32, (drawing.height * scale).round() as u32);
    let mut page = Pixmap::new(width, height)
        .ok_or_else(|| failed("a figure as PNG", format!("{width} × {height} pixels")))?;
    page.fill(Color::WHITE);
    for raster in &drawing.rasters {
        let mut image = Pixmap::new(raster.columns as u32, raster.rows as u32)
            .ok_or_else(|| failed("an image", format!("{} × {} pixels", raster.columns, raster.rows)))?;
        for (pixel, rgb) in image.data_mut().chunks_exact_mut(4).zip(raster.rgb.chunks_exact(3)) {
            pixel[..3].copy_from_slice(rgb);
            pixel[3] = 255;
        }
        let place = raster.place;
        let transform = Transform::from_row(
            (place.width() * scale / raster.columns as f64) as f32,
            0.0,
            0.0,
            (place.height() * scale / raster.rows as f64) as f32,
            (place.left * scale) as f32,
            (place.top * scale) as f32,
        );
        let paint = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
        page.draw_pixmap(0, 0, image.as_ref(), &paint, transform, None);
    }
    let to_page =
        Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(&tree, to_page, &mut page.as_mut());
    // The page is opaque: what is premultiplied is plain.
    let rgb: Vec<u8> = page.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    encoder::encode(width as usize, height as usize, &rgb, Some(dpi))
        .map_err(|e| failed("a figure as PNG", e))
}

/// One page of the drawing's size: rasters as image objects, the rest as svg2pdf's form object above them.
pub(super) fn pdf(drawing: &Drawing) -> Result<Vec<u8>> {
    let (chunk, figure) = svg2pdf::to_chunk(&tree(drawing)?, svg2pdf::ConversionOptions::default())
        .map_err(|e| failed("a figure as PDF", e))?;
    let mut next = Ref::new(1);
    let (catalog, pages, page, content, info) =
        (next.bump(), next.bump(), next.bump(), next.bump(), next.bump());
    let images: Vec<Ref> = drawing.rasters.iter().map(|_| next.bump()).collect();
    let mut numbers = HashMap::new();
    let chunk = chunk.renumber(|old| *numbers.entry(old).or_insert_with(|| next.bump()));
    let figure = *numbers.get(&figure).ok_or_else(|| failed("a figure as PDF", "lost its content"))?;

    let points = |units: f64| (units / UNITS) as f32;
    let (width, height) = (points(drawing.width), points(drawing.height));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut writer = pdf.page(page);
    writer.media_box(Rect::new(0.0, 0.0, width, height)).parent(pages).contents(content);
    let mut resources = writer.resources();
    let mut objects = resources.x_objects();
    objects.pair(Name(b"F"), figure);
    for (i, image) in images.iter().enumerate() {
        objects.pair(Name(format!("I{i}").as_bytes()), *image);
    }
    objects.finish();
    resources.finish();
    writer.finish();

    let mut stream = Content::new();
    for (i, raster) in drawing.rasters.iter().enumerate() {
        let p = raster.place;
        let matrix =
            [points(p.width()), 0.0, 0.0, points(p.height()), points(p.left), height - points(p.bottom)];
        stream.save_state().transform(matrix).x_object(Name(format!("I{i}").as_bytes())).restore_state();
    }
    stream.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(Name(b"F")).restore_state();
    pdf.stream(content, &stream.finish());
    for (raster, image) in drawing.rasters.iter().zip(&images) {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(9));
        let packed = zlib.write_all(&raster.rgb).and_then(|()| zlib.finish());
        let packed = packed.map_err(|e| failed("an image", e))?;
        let mut object = pdf.image_xobject(*image, &packed);
        object.filter(Filter::FlateDecode);
        object.width(raster.columns as i32).height(raster.rows as i32);
        object.color_space().device_rgb();
        object.bits_per_component(8).interpolate(false);
    }
    pdf.document_info(info).producer(TextStr("analysis-core, plotters, svg2pdf"));
    pdf.extend(&chunk);
    let mut bytes = pdf.finish();
    in_order(&mut bytes);
    Ok(bytes)
}

/// Sorts the names in each dictionary of resources: svg2pdf writes them in the order of a hash map, another one in every
/// run. Lines change places within their dictionary, so lengths and offsets stay what they were.
fn in_order(pdf: &mut [u8]) {
    let (mut start, mut group): (usize, Vec<Vec<u8>>) = (0, Vec::new());
    let (mut at, end) = (0, pdf.len());
    while at < end {
        let next = pdf[at..].iter().position(|b| *b == b'\n').map_or(end, |length| at + length + 1);
        if is_reference(&pdf[at..next]) {
            if group.is_empty() {
                start = at;
            }
            group.push(pdf[at..next].to_vec());
        } else if !group.is_empty() {
            group.sort();
            pdf[start..at].copy_from_slice(&group.concat());
            group.clear();
        }
        at = next;
    }
}

/// Whether a line reads `/gs0 6 0 R`, indented: letters and digits, a number, `0 R`.
fn is_reference(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let Some(name) = text.strip_prefix("      /").and_then(|t| t.strip_suffix(" 0 R\n")) else {
        return false;
    };
    let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    name.split_once(' ').is_some_and(|(name, number)| plain(name) && number.parse::<u32>().is_ok())
}
