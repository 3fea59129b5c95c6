//! Independent pieces of an experiment, as many at a time as there are processors and memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::error::Result;
use crate::linalg::OneThread;
use crate::memory;

/// Runs `work` on every job, each decomposition on one BLAS thread, and returns the results in the jobs' order, which
/// do not depend on how many run at a time. `work` returns its result and a line for `say`; `bytes` is what one job
/// needs. After an error the jobs under way are finished (and stored by `work`), no other is begun.
///
/// # Errors
/// Those of `work` (the first in the order of jobs), and of [`memory::available`].
pub(super) fn side_by_side<J, T>(
    jobs: &[J],
    bytes: u64,
    say: &mut dyn FnMut(&str),
    work: impl Fn(J) -> Result<(T, String)> + Sync,
) -> Result<Vec<T>>
where
    J: Copy + Sync,
    T: Send,
{
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    // A fifth stays free: what is available changes while the work goes on.
    let fitting = usize::try_from(memory::available()? / 5 * 4 / bytes.max(1)).unwrap_or(usize::MAX);
    let workers = processors.min(fitting).min(jobs.len()).max(1);
    let _one_thread = OneThread::new();
    let next = AtomicUsize::new(0);
    let mut results: Vec<Option<Result<T>>> = jobs.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { break };
                    let outcome = work(*job);
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
            results[place] = Some(outcome.map(|(result, line)| {
                say(&line);
                result
            }));
        }
    });
    // A job that was not begun has an error before or after it: `flatten` drops it, the error ends the collection.
    results.into_iter().flatten().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn results_keep_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..50).collect();
        let mut lines = 0;
        let results = side_by_side(&jobs, 1, &mut |_| lines += 1, |job| {
            std::thread::sleep(std::time::Duration::from_micros(50 - job));
            Ok((job * job, String::new()))
        });
        assert_eq!(results.unwrap(), jobs.iter().map(|j| j * j).collect::<Vec<_>>());
        assert_eq!(lines, 50);
    }

    #[test]
    fn an_error_ends_the_work() {
        let jobs: Vec<u64> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let result = side_by_side(&jobs, 1, &mut |_| (), |job| {
            begun.fetch_add(1, Ordering::Relaxed);
            if job == 3 { Err(Error::parameter("job", job, "fails")) } else { Ok((job, String::new())) }
        });
        assert!(matches!(result, Err(Error::Parameter { .. })));
        assert!(begun.into_inner() < 1000);
    }
}
