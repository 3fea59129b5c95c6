//! The smoothness of a target on all ranks.

use ndarray::ArrayView2;

use super::layout::Distribution;
use super::local::Inputs;
use super::reduce::Job;
use super::saving::Saving;
use super::world::World;
use crate::check;
use crate::checksum::{self, Numbers};
use crate::data::{DatasetOrigin, Samples, Scaling, Target};
use crate::error::{Error, Result};
use crate::precision::Precision;
use crate::session::Session;
use crate::smoothness::{CurvesOrigin, Smoothness, SmoothnessResult};
use crate::spectrum::SpectralMeasure;
use crate::store::Store;

/// Rows that are hashed at a time.
const ROWS: usize = 4096;

impl Smoothness {
    /// As [`Smoothness::run_in`] for `samples` prepared with this scaling and target, with K dealt to all ranks of `world`: the same
    /// result to rounding, under the same key in the store. Every rank must call it with the same arguments; rank 0 has the result.
    ///
    /// The samples are read by every rank; of x, each keeps and scales its own rows only (but for [`Scaling::Standardised`], whose
    /// means need all of them once). A checkpoint of the session names a folder that all ranks share.
    ///
    /// # Errors
    /// As [`Smoothness::run_in`] and [`Distribution::check`], the same on every rank: [`Error::Rank`] where another one failed first.
    /// [`Error::Parameter`] in single precision or with a second decomposition, and for ranks that read different data.
    pub fn run_on(
        &self,
        (samples, scaling, target): (Samples, Scaling, Target),
        world: &World,
        distribution: &Distribution,
        session: &Session,
    ) -> Result<Option<SmoothnessResult>> {
        let quiet = session.silent().store(Store::none());
        let session = if world.is_first() { session } else { &quiet };
        world.agree(self.can_be_dealt().and_then(|()| session.refuse_shard("a smoothness")))?;
        let (n, place) = (samples.n(), world.rank());
        let layout = world.agree(distribution.layout(n, world.size()))?;
        let read = || {
            let (y, origin) = samples.targets(scaling, target)?;
            self.refuse_early(y.view())?;
            let inputs = Inputs::read(&samples, scaling, layout, layout.grid.place(place))?;
            Ok((y, origin, inputs))
        };
        let (y, origin, inputs) = world.agree(read())?;
        let contents =
            checksum::sha256(format!("{origin:?} {}", checksum::numbers_sha256([y.view()])).as_bytes());
        let requirement =
            "every rank must read the same data: is a file on this machine another one than elsewhere?";
        world.same("data", &contents, requirement)?;
        let job = Job { world, layout, kernel: &self.kernel, inputs: &inputs, session };
        if !world.is_first() {
            let mut outcome = Ok(None);
            while world.first_says(false) {
                outcome = self.dealt(&job, y.view(), &origin);
            }
            return outcome.map(|_| None);
        }
        // Rank 0 may find the curves in the store; else it calls the others.
        let compute = || {
            world.first_says(true);
            let measure = self.dealt(&job, y.view(), &origin)?;
            let curves = |measure| self.curves_of(measure, y.ncols(), CurvesOrigin::Data(origin.clone()));
            measure.map_or(Err(Error::parameter("rank", 0, "has no result: a fault of this program")), curves)
        };
        let whole = || contents_of(&samples, scaling, y.view());
        let result = self.stored((y.view(), &origin), whole, session, compute);
        world.first_says(false);
        result.map(Some)
    }

    /// Refuses what only one machine can do.
    fn can_be_dealt(&self) -> Result<()> {
        self.check()?;
        let single = self.reduction.precision != Precision::Double;
        let why = "ranks compute in double precision (more of them have more memory): leave it out";
        check::refuse(single, "precision", self.reduction.precision, why)?;
        let why = "a second decomposition with eigenvectors is for one machine's memory: leave it out, or take ntk smoothness";
        check::refuse(self.reduction.verify, "verify", true, why)
    }

    /// The measure of the targets and their permutations, on rank 0.
    fn dealt(
        &self,
        job: &Job,
        y: ArrayView2<f64>,
        origin: &DatasetOrigin,
    ) -> Result<Option<SpectralMeasure>> {
        let world = job.world;
        let stacked = world.agree(self.stacked(y))?;
        let saving = job.session.checkpoint_file().map(|folder| {
            let parameters = (&self.kernel, origin, checksum::numbers_sha256([stacked.view()]));
            Saving::new(folder, &parameters, job.layout, world.rank(), job.session.checkpoint_pause())
        });
        let saving = world.agree(saving.transpose())?;
        // Rank 0 has more to do than the others, whose files are still wanted until it is done.
        let measure = world.agree(job.measure(stacked.view(), saving.as_ref()))?;
        saving.iter().for_each(Saving::remove);
        Ok(measure)
    }
}

/// The checksum of x and y as [`Smoothness::run_in`] has it, without all of x at once.
fn contents_of(samples: &Samples, scaling: Scaling, y: ArrayView2<f64>) -> Result<String> {
    let (n, d) = (samples.n(), samples.d());
    let mut numbers = Numbers::default();
    numbers.sides(n, d);
    // Standardised rows are made all at once whatever is asked for.
    let rows = if scaling == Scaling::Standardised { n } else { ROWS };
    for start in (0..n).step_by(rows) {
        let places: Vec<usize> = (start..n.min(start + rows)).collect();
        numbers.rows(samples.inputs_at(scaling, &places)?.view());
    }
    numbers.sides(n, y.ncols());
    numbers.rows(y);
    Ok(numbers.finish())
}
