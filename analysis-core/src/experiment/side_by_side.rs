//! Independent pieces of an experiment, as many at a time as there are processors and memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::linalg::OneThread;
use crate::memory;
use crate::origin::Origins;
use crate::progress::{Event, Part};
use crate::session::Session;

/// What one job has made.
pub(super) struct Piece<T> {
    pub(super) value: T,
    /// What computed it: now, or when it was stored.
    pub(super) origins: Origins,
    /// What the observer is told; empty: nothing.
    pub(super) line: String,
}

/// What all jobs have made, in their order.
pub(super) struct Pieces<T> {
    pub(super) values: Vec<T>,
    pub(super) computed_by: Origins,
}

/// How many jobs that need so many bytes each run at a time.
///
/// # Errors
/// Those of [`memory::available`].
pub(super) fn workers(jobs: usize, bytes: u64) -> Result<usize> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    // A fifth stays free: what is available changes while the work goes on.
    let fitting = usize::try_from(memory::available()? / 5 * 4 / bytes.max(1)).unwrap_or(usize::MAX);
    Ok(processors.min(fitting).min(jobs).max(1))
}

/// The session of each of these jobs. Where several run at a time the observer is not told of their steps: the share of one
/// job's step says nothing of the others'.
///
/// # Errors
/// Those of [`memory::available`].
pub(super) fn session_of_each(jobs: usize, bytes: u64, session: &Session) -> Result<Session> {
    Ok(if workers(jobs, bytes)? > 1 { session.silent() } else { session.clone() })
}

/// As [`parallel`], for experiments that are no grid: a shard of them means nothing.
///
/// # Errors
/// [`Error::Parameter`] for a session with a shard; those of [`parallel`].
pub(super) fn side_by_side<J, T>(
    jobs: &[J],
    bytes: u64,
    session: &Session,
    work: impl Fn(J) -> Result<Piece<T>> + Sync,
) -> Result<Pieces<T>>
where
    J: Copy + Sync,
    T: Send,
{
    session.refuse_shard("this experiment")?;
    parallel(jobs, bytes, session, work)
}

/// Runs `work` on every job, each decomposition on one BLAS thread, and returns the results in the jobs' order, which
/// do not depend on how many run at a time. The session's observer is told of each. `bytes` is what one job needs. After an
/// error no other job is begun, and those under way are finished (and stored by `work`). After a cancellation those under way
/// are finished too, or end where they look at the session's cancellation: a training between two epochs.
///
/// # Errors
/// Those of `work` (the first in the order of jobs), of [`memory::available`] and of [`Session::check_cancelled`].
pub(super) fn parallel<J, T>(
    jobs: &[J],
    bytes: u64,
    session: &Session,
    work: impl Fn(J) -> Result<Piece<T>> + Sync,
) -> Result<Pieces<T>>
where
    J: Copy + Sync,
    T: Send,
{
    let workers = workers(jobs.len(), bytes)?;
    let _one_thread = OneThread::new();
    let next = AtomicUsize::new(0);
    let mut results: Vec<Option<Result<T>>> = jobs.iter().map(|_| None).collect();
    let (mut computed_by, mut finished) = (Origins::default(), 0);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { break };
                    let outcome = session.check_cancelled().and_then(|()| work(*job));
                    if outcome.is_err() {
                        next.store(jobs.len(), Ordering::Relaxed);
                    }
                    if sender.send((place, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (place, outcome) in receiver {
            results[place] = Some(outcome.map(|piece| {
                finished += 1;
                if !piece.line.is_empty() {
                    let part = Part { done: finished, of: jobs.len(), line: &piece.line };
                    session.tell(&Event::Part(part));
                }
                computed_by.unite(&piece.origins);
                piece.value
            }));
        }
    });
    // A job that was not begun has an error before or after it: `flatten` drops it, the error ends the collection.
    let values = results.into_iter().flatten().collect::<Result<_>>()?;
    Ok(Pieces { values, computed_by })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::sync::{Arc, Mutex};

    use crate::session::Cancellation;

    #[test]
    fn results_keep_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..50).collect();
        let parts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&parts);
        let session = Session::default().observer(move |event| {
            if let Event::Part(part) = event {
                seen.lock().unwrap().push((part.done, part.of));
            }
        });
        let pieces = side_by_side(&jobs, 1, &session, |job| {
            std::thread::sleep(std::time::Duration::from_micros(50 - job));
            Ok(Piece { value: job * job, origins: Origins::now(), line: "done".into() })
        })
        .unwrap();
        assert_eq!(pieces.values, jobs.iter().map(|j| j * j).collect::<Vec<_>>());
        assert_eq!(pieces.computed_by, Origins::now());
        assert_eq!(*parts.lock().unwrap(), (1..=50).map(|done| (done, 50)).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_work() {
        let jobs: Vec<u64> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let piece = |value| Piece { value, origins: Origins::default(), line: String::new() };
        let result = side_by_side(&jobs, 1, &Session::default(), |job| {
            begun.fetch_add(1, Ordering::Relaxed);
            if job == 3 { Err(Error::parameter("job", job, "fails")) } else { Ok(piece(job)) }
        });
        assert!(matches!(result, Err(Error::Parameter { .. })));
        assert!(begun.into_inner() < 1000);
        let cancellation = Cancellation::new();
        let session = Session::default().cancellation(&cancellation);
        let result = side_by_side(&jobs, 1, &session, |job| {
            if job == 5 {
                cancellation.cancel();
            }
            assert!(job < 900, "no job is begun after the wish to stop");
            Ok(piece(job))
        });
        assert!(matches!(result, Err(Error::Cancelled)));
    }
}
