//! Sweeps behind one another: which step is done when, and by which thread.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::lanes::Lane;
use super::step::{InstructionSet, Sweep, step, steps};
use super::store::Shared;

/// Below this width the lanes of one step are not always those of its rows alone, so that one thread does all.
const MIN_PARALLEL_WIDTH: usize = 8;

/// The most sweeps in a group, measured: 8 of b = 64 have half a MiB of the band under way, which the second-level cache
/// holds; that of wider blocks is in the third level anyway (8 MiB for 16 of b = 128), so that fewer groups are better.
fn most_sweeps(width: usize) -> usize {
    if width > 64 { 16 } else { 8 }
}

/// All sweeps. Sweep s + 1 may do step r once sweep s has done step r + 1, the last that changes what step r reads: its rows
/// are those of sweep s moved by one, so it ends in the first row of the next block of sweep s.
///
/// ```text
///              time →
/// sweep s      0 1 2 3 4 5 6 …
/// sweep s + 1      0 1 2 3 4 …
/// sweep s + 2          0 1 2 …
/// ```
///
/// A thread takes a group of sweeps at a time and goes through this table column by column, so that the blocks under way
/// stay in its cache. Groups are taken in order, and a group only waits for the one before, which some thread is at work
/// on: it always goes on, however many threads there are. Steps at the same time have no row in common, and a step changes
/// what belongs to its own rows only; so every number is the result of the same operations for any number of threads.
pub(super) struct Pipeline<'a> {
    store: Shared<'a>,
    set: InstructionSet,
    threads: usize,
    /// Sweeps, and how many of them are a group.
    sweeps: usize,
    group: usize,
    taken: AtomicUsize,
    /// How many steps the last sweep of each group has done.
    done: Vec<AtomicUsize>,
    failed: AtomicBool,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(store: Shared<'a>, set: InstructionSet, group: Option<usize>) -> Self {
        let sweeps = store.size.saturating_sub(2);
        let threads = match store.width {
            ..MIN_PARALLEL_WIDTH => 1,
            _ => rayon::current_num_threads(),
        };
        // A group is two blocks a sweep behind the one before, and the threads together have but a part of the band.
        let blocks = store.size / store.width.max(1);
        let group = group.unwrap_or((blocks / (8 * threads)).clamp(1, most_sweeps(store.width)));
        let done = (0..sweeps.div_ceil(group)).map(|_| AtomicUsize::new(0)).collect();
        Pipeline {
            store,
            set,
            threads,
            sweeps,
            group,
            taken: AtomicUsize::new(0),
            done,
            failed: AtomicBool::new(false),
        }
    }

    /// All of it, on the threads of the current pool.
    pub(super) fn run(&self, told: &(dyn Fn(f64) + Sync)) {
        rayon::scope(|scope| {
            for _ in 1..self.threads.min(self.done.len()) {
                scope.spawn(|_| self.work(told));
            }
            self.work(told);
        });
    }

    /// Groups, one after another, until none is left.
    fn work(&self, told: &(dyn Fn(f64) + Sync)) {
        let width = self.store.width;
        let mut sweeps: Vec<Sweep> = (0..self.group).map(|_| Sweep::new(width)).collect();
        let mut room = [(); 2].map(|()| vec![Lane::ZERO; (width + 14) / 8]);
        let guard = Guard(&self.failed);
        loop {
            let group = self.taken.fetch_add(1, Ordering::Relaxed);
            let first = group * self.group;
            if first >= self.sweeps || !self.group(group, first, &mut sweeps, &mut room) {
                break;
            }
            let left = (self.sweeps - first).saturating_sub(self.group) as f64 / self.sweeps as f64;
            told(1.0 - left * left);
        }
        drop(guard);
    }

    /// The sweeps of a group; false where the group before will never end, because its thread panicked.
    fn group(&self, group: usize, first: usize, sweeps: &mut [Sweep], room: &mut [Vec<Lane>; 2]) -> bool {
        let (size, width) = (self.store.size, self.store.width);
        let count = self.group.min(self.sweeps - first);
        for (i, sweep) in sweeps[..count].iter_mut().enumerate() {
            sweep.s = first + i;
        }
        let last = 2 * (count - 1);
        for time in 0..steps(size, width, first) + last {
            if group > 0 && time < steps(size, width, first) {
                let wanted = (time + 2).min(steps(size, width, first - 1));
                if !self.wait(group - 1, wanted) {
                    return false;
                }
            }
            for (i, sweep) in sweeps[..count].iter_mut().enumerate().take(time / 2 + 1) {
                let r = time - 2 * i;
                if r < steps(size, width, sweep.s) {
                    // SAFETY: the set is one that `available` found. Steps that run at the same time are at least two steps
                    // of one sweep apart, so that at least b − 1 ≥ 7 rows lie between theirs and no lane has rows of
                    // both; where b is less there is one thread.
                    unsafe { step(self.set, &self.store, sweep, r, room) };
                }
            }
            if time >= last {
                self.done[group].store(time - last + 1, Ordering::Release);
            }
        }
        self.done[group].store(usize::MAX, Ordering::Release);
        true
    }

    /// Until the last sweep of the group has done so many steps.
    fn wait(&self, group: usize, steps: usize) -> bool {
        let mut tries = 0;
        while self.done[group].load(Ordering::Acquire) < steps {
            if self.failed.load(Ordering::Relaxed) {
                return false;
            }
            if tries < 200 {
                tries += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        true
    }
}

/// Tells the threads that wait when the one that owns this panics.
struct Guard<'a>(&'a AtomicBool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
