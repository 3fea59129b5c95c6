//! What grids of parameters have in common: their lists, the part of them that is computed, results put together, and what a
//! run would have to do.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::side_by_side::{Piece, Pieces, parallel, workers};
use crate::check;
use crate::error::{Error, Result};
use crate::memory::Bytes;
use crate::session::Session;
use crate::store::Key;

/// Refuses a grid whose list of cells would not fit into memory, before it is made. `axes` are how many values each axis has,
/// `place` what a cell takes in the list.
pub(super) fn refuse_large(what: &str, axes: &[usize], place: Bytes) -> Result<()> {
    let cells = axes.iter().fold(1usize, |cells, axis| cells.saturating_mul(*axis));
    (place * cells).require(&format!("a grid of {cells} {what}"))
}

/// The places of a grid and what each of them takes.
pub(super) struct Places<J> {
    /// What a place is, for messages: "trainings".
    pub(super) what: &'static str,
    pub(super) all: Vec<J>,
    /// Bytes while one is computed.
    pub(super) work: Bytes,
    /// Bytes of what comes out of one.
    pub(super) result: Bytes,
}

impl<J: Copy + Sync> Places<J> {
    /// Those of the session's shard.
    fn own(&self, session: &Session) -> Result<Vec<J>> {
        let shard = session.part();
        shard.check()?;
        let own = shard.part(self.all.clone());
        (self.result * own.len()).require(&format!("the results of {} {}", own.len(), self.what))?;
        Ok(own)
    }

    /// Computes them, several at a time. A shard that has nothing to do says so; that is no error: there are fewer places than
    /// shards.
    pub(super) fn run<T: Send>(
        &self,
        session: &Session,
        work: impl Fn(J) -> Result<Piece<T>> + Sync,
    ) -> Result<Pieces<T>> {
        let own = self.own(session)?;
        if own.is_empty() {
            let (shard, what, count) = (session.part(), self.what, self.all.len());
            session.note(&format!("shard {shard} has none of the grid's {what}: there are only {count}"));
        }
        parallel(&own, self.work.0, session, work)
    }

    /// What [`Places::run`] would have to do, where `keys` says under which keys a place is stored.
    pub(super) fn plan(&self, session: &Session, keys: impl Fn(J) -> Result<Vec<Key>>) -> Result<Plan> {
        let own = self.own(session)?;
        let (mut stored, mut known, mut missing) = (0, Vec::new(), 0);
        for place in &own {
            let mut whole = true;
            for key in keys(*place)? {
                match session.results().kept::<serde_json::Value>(&key) {
                    Some(kept) => known.extend(kept.seconds),
                    None => (whole, missing) = (false, missing + 1),
                }
            }
            stored += usize::from(whole);
        }
        let workers = workers(own.len() - stored, self.work.0)?;
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        let seconds = match missing {
            0 => Some(0.0),
            _ => mean.map(|mean| mean * missing as f64 / workers as f64),
        };
        let (what, cells, bytes) = (self.what.into(), own.len(), self.work.0);
        Ok(Plan { what, cells, stored, bytes, workers, seconds, kept: true })
    }

    /// As [`Places::plan`] where nothing is kept.
    pub(super) fn plan_unkept(&self, session: &Session) -> Result<Plan> {
        let cells = self.own(session)?.len();
        let workers = workers(cells, self.work.0)?;
        Ok(Plan {
            what: self.what.into(),
            cells,
            stored: 0,
            bytes: self.work.0,
            workers,
            seconds: None,
            kept: false,
        })
    }
}

/// What a run would have to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What a cell is: "trainings".
    pub what: String,
    /// How many there are in this shard of the grid.
    pub cells: usize,
    /// How many of them are in the store: have a file there under their key. One that cannot be read is computed again all
    /// the same.
    pub stored: usize,
    /// Bytes that one needs while it is computed.
    pub bytes: u64,
    /// How many are computed at a time.
    pub workers: usize,
    /// About how long those take that are not stored, in seconds, if they take as long as the stored ones of this grid did;
    /// left out where none is stored, or none of them says how long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Whether such cells are kept in the store at all.
    pub kept: bool,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { what, cells, stored, bytes, workers, seconds, kept } = self;
        // "trainings", "blocks of depths": the first word is the plural.
        let (noun, of) = what.split_at(what.find(' ').unwrap_or(what.len()));
        let noun = if *cells == 1 { noun.trim_end_matches('s') } else { noun };
        let each = Bytes(*bytes);
        let found = if *kept { format!("{stored} of them in the store") } else { "never kept".into() };
        write!(f, "{cells} {noun}{of}, {found}; {workers} at a time, {each} each; ")?;
        let unknown = "how long it takes is not known";
        match seconds {
            Some(seconds) if *seconds < 0.5 => write!(f, "less than a second"),
            Some(seconds) if seconds.round() == 1.0 => write!(f, "about 1 second"),
            Some(seconds) if *seconds < 120.0 => write!(f, "about {seconds:.0} seconds"),
            Some(seconds) => write!(f, "about {:.0} minutes", seconds / 60.0),
            None if !kept => write!(f, "{unknown}"),
            None if *stored == 0 => write!(f, "{unknown}: none is in the store"),
            None => write!(f, "{unknown}: none of the stored ones says how long it took"),
        }
    }
}

/// The parameters of results that belong together.
///
/// # Errors
/// [`Error::Parameter`] for no result, or one whose parameters are not those of the first.
pub(super) fn common<'a, P: PartialEq + Serialize + 'a>(
    all: impl IntoIterator<Item = &'a P>,
) -> Result<&'a P> {
    let mut all = all.into_iter();
    let Some(first) = all.next() else {
        return Err(Error::parameter("merge", "[]", "name at least one result"));
    };
    match all.enumerate().find(|(_, other)| *other != first) {
        None => Ok(first),
        Some((place, other)) => {
            let which = format!("result {}", place + 2);
            let why = "its parameters are not those of the first one";
            let difference = difference(first, other).map(|what| format!(": {what}")).unwrap_or_default();
            Err(Error::parameter("merge", which, format!("{why}{difference}")))
        }
    }
}

/// The first parameter by which two differ, and both its values.
fn difference(first: &impl Serialize, other: &impl Serialize) -> Option<String> {
    let (first, other) = (serde_json::to_value(first).ok()?, serde_json::to_value(other).ok()?);
    let names = first.as_object()?.keys().chain(other.as_object()?.keys());
    let text = |value: Option<&serde_json::Value>| value.map_or("not set".into(), ToString::to_string);
    let name = names.into_iter().find(|name| first.get(*name) != other.get(*name))?;
    Some(format!("{name} is {}, there {}", text(other.get(name)), text(first.get(name))))
}

/// Cells of results that belong together, each once, in the order of `expected`, the names of all cells of their grid. A cell that
/// several have must be the same in all; one that none has is left out.
///
/// # Errors
/// [`Error::Parameter`] for a cell that two results have with different numbers, or that is none of the grid's.
pub(super) fn union<'a, C: Clone + PartialEq + 'a>(
    expected: &[String],
    cells: impl IntoIterator<Item = &'a C>,
    name: impl Fn(&C) -> String,
) -> Result<Vec<C>> {
    let grid: HashSet<&str> = expected.iter().map(String::as_str).collect();
    let mut known: HashMap<String, &C> = HashMap::new();
    for cell in cells {
        let own = name(cell);
        let why = "is none of the grid that the parameters describe";
        check::refuse(!grid.contains(own.as_str()), "cell", &own, why)?;
        let why = "two results have it with different numbers";
        check::refuse(known.get(&own).is_some_and(|other| *other != cell), "cell", &own, why)?;
        known.insert(own, cell);
    }
    Ok(expected.iter().filter_map(|name| known.get(name).map(|cell| (*cell).clone())).collect())
}

/// Refuses a list that is not the whole of what the parameters describe, in its order: what is read from a file may be anything.
/// `what` is what one is: "point".
pub(super) fn whole(
    what: &str,
    expected: impl IntoIterator<Item = String>,
    found: impl IntoIterator<Item = String>,
) -> Result<()> {
    let (mut expected, mut found) = (expected.into_iter(), found.into_iter());
    loop {
        let (own, there) = (expected.next(), found.next());
        if own == there {
            if own.is_none() {
                return Ok(());
            }
            continue;
        }
        let why = match own {
            Some(own) => format!("the parameters have {own} at this place"),
            None => "the parameters have no more".into(),
        };
        return Err(Error::parameter(what, there.unwrap_or("nothing".into()), why));
    }
}

/// Every `step`-th value, the first among them.
pub(super) fn every<T: Copy>(values: &[T], step: usize) -> Vec<T> {
    values.iter().copied().step_by(step).collect()
}

/// Refuses a list that is empty or does not ascend.
pub(super) fn ascending<T: PartialOrd + fmt::Debug>(name: &str, values: &[T]) -> Result<()> {
    let text = || format!("{values:?}");
    check::refuse(values.is_empty(), name, text(), "name at least one value")?;
    // A NaN is in no order.
    if values.windows(2).any(|pair| pair[0].partial_cmp(&pair[1]) != Some(std::cmp::Ordering::Less)) {
        return Err(Error::parameter(name, text(), "must ascend, each value once"));
    }
    Ok(())
}
