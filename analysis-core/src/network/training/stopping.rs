//! When to stop, and which epoch counts.

use std::fmt;
use std::str::FromStr;

use crate::check;
use crate::error::{Error, Result};
use crate::text::serde_as_text;

/// Which epoch of a training is its result.
///
/// `Display` and `FromStr` speak "oracle", "never", "hold-out:FRACTION:PATIENCE", "plateau:FALL:EPOCHS"; serde writes the
/// same.
///
/// # Examples
/// ```
/// use analysis_core::network::Stopping;
/// assert_eq!("hold-out:0.2:50".parse::<Stopping>()?, Stopping::HoldOut { fraction: 0.2, patience: 50 });
/// assert_eq!(Stopping::default(), Stopping::Oracle);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Stopping {
    /// Every epoch is run, and the one with the least test error is taken, epoch 0 among them: what Chen, Li and Lin
    /// (2024, Fig. 1) report. No practitioner can do it: it looks at the truth.
    #[default]
    Oracle,
    /// A random part of the training rows is kept out of the training (stream `("hold-out", 0)` of the training's seed);
    /// the epoch with the least squared error on it is taken, and training ends `patience` epochs after it.
    HoldOut {
        /// The part kept out, in (0, 1); at least one row either way.
        fraction: f64,
        /// How many epochs without a new minimum end the training, ≥ 1.
        patience: usize,
    },
    /// Every epoch is run and the last one taken.
    Never,
    /// Training ends, and the last epoch is taken, once the loss has not fallen by `fall` over `epochs` epochs in a row
    /// (Seleznova and Kutyniok 2021, §4: 10⁻⁷ over 100 steps).
    Plateau {
        /// What counts as a fall, ≥ 0.
        fall: f64,
        /// How many epochs to wait for it, ≥ 1.
        epochs: usize,
    },
}

impl Stopping {
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Stopping::HoldOut { fraction, patience } => {
                let why = "of the rows held out: must be in (0, 1)";
                check::that(fraction > 0.0 && fraction < 1.0, "fraction", fraction, why)?;
                check::at_least_one("patience", patience)
            }
            Stopping::Plateau { fall, epochs } => {
                check::not_negative("fall", fall)?;
                check::at_least_one("epochs", epochs)
            }
            Stopping::Oracle | Stopping::Never => Ok(()),
        }
    }
}

impl fmt::Display for Stopping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopping::Oracle => f.write_str("oracle"),
            Stopping::HoldOut { fraction, patience } => write!(f, "hold-out:{fraction}:{patience}"),
            Stopping::Never => f.write_str("never"),
            Stopping::Plateau { fall, epochs } => write!(f, "plateau:{fall}:{epochs}"),
        }
    }
}

impl FromStr for Stopping {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let choices = "must be oracle, never, hold-out:FRACTION:PATIENCE or plateau:FALL:EPOCHS";
            Error::parameter("stopping", text, choices)
        };
        let parts: Vec<&str> = text.split(':').collect();
        let stopping = match parts[..] {
            ["oracle"] => Stopping::Oracle,
            ["never"] => Stopping::Never,
            ["hold-out", fraction, patience] => Stopping::HoldOut {
                fraction: fraction.parse().map_err(|_| wrong())?,
                patience: patience.parse().map_err(|_| wrong())?,
            },
            ["plateau", fall, epochs] => Stopping::Plateau {
                fall: fall.parse().map_err(|_| wrong())?,
                epochs: epochs.parse().map_err(|_| wrong())?,
            },
            _ => return Err(wrong()),
        };
        stopping.check()?;
        Ok(stopping)
    }
}

serde_as_text!(Stopping);
