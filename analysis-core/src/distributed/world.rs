//! The ranks of a run, and what they tell each other.

use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use mpi::{Rank, Threading};

use super::scalapack::Context;
use crate::error::{Error, Result};
use crate::linalg::use_blas_threads;
use crate::progress;

/// All processes that `mpirun` or `srun` started; one alone without them. Every rank must call the same of its functions in the same
/// order: each waits for the others.
pub struct World {
    ranks: SimpleCommunicator,
    /// How many are on this machine.
    here: usize,
    // Dropped last: it ends MPI.
    _universe: Universe,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("rank", &self.rank()).field("size", &self.size()).finish()
    }
}

impl World {
    /// Joins the other processes, and shares the machine's processors with those on it.
    ///
    /// # Errors
    /// [`Error::Parameter`] where MPI was started before in this process, or lets no thread of it call MPI.
    pub fn join() -> Result<World> {
        let fault = |why: &str| Error::parameter("mpi", "a second start", why);
        let (universe, threading) = mpi::initialize_with_threading(Threading::Funneled)
            .ok_or_else(|| fault("MPI can be started once in a process"))?;
        if threading < Threading::Funneled {
            return Err(fault("this MPI was built without threads: install another"));
        }
        let ranks = universe.world();
        let here = ranks.split_shared(0).size() as usize;
        let world = World { ranks, here, _universe: universe };
        world.share_processors();
        if !world.is_first() {
            progress::be_silent();
        }
        Ok(world)
    }

    /// This process's number, from 0.
    pub fn rank(&self) -> usize {
        self.ranks.rank() as usize
    }

    /// How many processes there are.
    pub fn size(&self) -> usize {
        self.ranks.size() as usize
    }

    /// Whether this is rank 0, which prints and keeps results.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// How many of the processes run on this machine.
    pub fn on_this_machine(&self) -> usize {
        self.here
    }

    /// As many threads as this process has processors to itself. Two ranks with the threads of a whole machine each would only be
    /// in each other's way.
    fn share_processors(&self) {
        let mine = std::thread::available_parallelism().map_or(1, usize::from);
        // SAFETY: it takes a constant and returns a number.
        let all = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }.max(1) as usize;
        // A launcher that binds its processes to processors has shared them already.
        let threads = if mine < all { mine } else { (mine / self.on_this_machine()).max(1) };
        let asked = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let own = asked("RAYON_NUM_THREADS").unwrap_or(threads);
        // It fails where somebody has made the pool already: then that is what was wanted.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(own).build_global();
        use_blas_threads(asked("OPENBLAS_NUM_THREADS").unwrap_or(threads));
    }

    /// Ends all processes at once, for what one of them alone has met.
    pub fn abort(&self) -> ! {
        self.ranks.abort(101)
    }

    /// A grid of all ranks for ScaLAPACK.
    pub(super) fn context(&self, grid: super::Grid) -> Context {
        Context::new(grid)
    }

    /// The same outcome everywhere: that of all ranks, or the error of the first that failed. So that one message is printed, and
    /// nobody waits for a rank that has given up.
    ///
    /// # Errors
    /// This rank's own; [`Error::Rank`] where another one failed.
    pub fn agree<T>(&self, found: Result<T>) -> Result<T> {
        let own = if found.is_err() { self.ranks.rank() } else { Rank::MAX };
        let mut first = Rank::MAX;
        self.ranks.all_reduce_into(&own, &mut first, SystemOperation::min());
        if first == Rank::MAX {
            return found;
        }
        let reason = self.text_of(first, || found.as_ref().err().map_or(String::new(), Error::to_string));
        found.and(Err(Error::Rank { rank: first as usize, reason }))
    }

    /// Refuses where the ranks' texts differ.
    pub(super) fn same(&self, what: &'static str, own: &str, requirement: &str) -> Result<()> {
        let first = self.text_of(0, || own.to_string());
        let differ = if first == own {
            Ok(())
        } else {
            Err(Error::parameter(what, format!("{own} (rank 0 has {first})"), requirement))
        };
        self.agree(differ)
    }

    /// The text of one rank.
    fn text_of(&self, rank: Rank, text: impl FnOnce() -> String) -> String {
        let mut bytes = if self.ranks.rank() == rank { text().into_bytes() } else { Vec::new() };
        let root = self.ranks.process_at_rank(rank);
        let mut length = bytes.len() as u64;
        root.broadcast_into(&mut length);
        bytes.resize(length as usize, 0);
        root.broadcast_into(&mut bytes[..]);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What rank 0 says.
    pub(super) fn first_says(&self, what: bool) -> bool {
        let mut said = u8::from(what);
        self.ranks.process_at_rank(0).broadcast_into(&mut said);
        said == 1
    }

    /// The largest of all ranks' numbers.
    pub(super) fn largest(&self, own: f64) -> f64 {
        let mut all = 0.0;
        self.ranks.all_reduce_into(&own, &mut all, SystemOperation::max());
        all
    }

    /// Every rank's list, one after the other; all of one length.
    pub(super) fn everybodys(&self, own: &[u64]) -> Vec<u64> {
        let mut all = vec![0; own.len() * self.size()];
        self.ranks.all_gather_into(own, &mut all[..]);
        all
    }

    /// Adds up the ranks' lists, for all of them.
    pub(super) fn sum(&self, values: &mut [f64]) {
        let own = values.to_vec();
        self.ranks.all_reduce_into(&own[..], values, SystemOperation::sum());
    }

    /// Adds up the ranks' lists on rank 0, whose list becomes the sum.
    pub(super) fn sum_on_first(&self, values: &mut [f64]) {
        let root = self.ranks.process_at_rank(0);
        if self.is_first() {
            let own = values.to_vec();
            root.reduce_into_root(&own[..], values, SystemOperation::sum());
        } else {
            root.reduce_into(values, SystemOperation::sum());
        }
    }
}
