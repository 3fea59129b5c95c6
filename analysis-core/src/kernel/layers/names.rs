//! How layers and networks are written and read.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::{DEEPEST, Layer, WideNetwork};
use crate::error::{Error, Result};
use crate::text::written;

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Dense { sigma_w2, sigma_b2 } => {
                write!(f, "dense({}, {})", written(*sigma_w2), written(*sigma_b2))
            }
            Layer::Activation(activation) => activation.fmt(f),
            Layer::Residual { block, scale } => {
                write!(f, "residual({}: ", written(*scale))?;
                list(block, f)?;
                f.write_str(")")
            }
            Layer::LayerNorm => f.write_str("layer-norm"),
        }
    }
}

impl Display for WideNetwork {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(&self.layers, f)
    }
}

/// Separated by commas.
fn list(layers: &[Layer], f: &mut Formatter<'_>) -> fmt::Result {
    for (place, layer) in layers.iter().enumerate() {
        f.write_str(if place > 0 { ", " } else { "" })?;
        layer.fmt(f)?;
    }
    Ok(())
}

impl FromStr for Layer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read(text, 0)
    }
}

impl FromStr for WideNetwork {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(WideNetwork { layers: read_list(text, 0)? })
    }
}

/// A layer in a block that is nested so deep.
fn read(text: &str, depth: usize) -> Result<Layer> {
    let text = text.trim();
    let wrong = |why: &str| Error::parameter("layer", format!("{text:?}"), why);
    let within = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let number =
        |text: &str| text.trim().parse::<f64>().map_err(|_| wrong(&format!("{text:?} is not a number")));
    if text == "layer-norm" {
        return Ok(Layer::LayerNorm);
    }
    if let Some(inside) = within("dense") {
        let (w, b) = inside.split_once(',').ok_or_else(|| wrong("must be dense(W, B), of σ_w² and σ_b²"))?;
        return Ok(Layer::dense(number(w)?, number(b)?));
    }
    if let Some(inside) = within("residual") {
        if depth >= DEEPEST {
            return Err(wrong(&format!("blocks are nested at most {DEEPEST} deep")));
        }
        let why = "must be residual(C: LAYER, …), with the scale C of its block";
        let (scale, block) = inside.split_once(':').ok_or_else(|| wrong(why))?;
        return Ok(Layer::Residual { scale: number(scale)?, block: read_list(block, depth + 1)? });
    }
    text.parse().map(Layer::Activation).map_err(|error| {
        wrong(&format!("must be dense(W, B), layer-norm, residual(C: LAYER, …) or an activation ({error})"))
    })
}

/// What stands between the commas that are in no parenthesis.
fn read_list(text: &str, depth: usize) -> Result<Vec<Layer>> {
    let mut open = 0_usize;
    let outside = |letter: char| {
        match letter {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        letter == ',' && open == 0
    };
    text.split(outside).map(|layer| read(layer, depth)).collect()
}
