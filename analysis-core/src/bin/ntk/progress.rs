//! How far a long step is, on standard error.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use analysis_core::progress::{Step, say, show};

/// Steps shorter than this say nothing; from then on a terminal's line is rewritten, other readers get a line, so often.
const ON_A_TERMINAL: Duration = Duration::from_millis(500);
const ELSEWHERE: Duration = Duration::from_secs(10);
/// A step that has run so long, and has LONG before it, says so at once.
const ESTIMATED: Duration = Duration::from_secs(2);
const LONG: f64 = 20.0;

/// Tells the user how far a computation is.
pub struct Progress {
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    what: &'static str,
    percent: f64,
    began: Instant,
    said: Instant,
    /// Whether a line is on the terminal that the next one replaces.
    open: bool,
}

impl Progress {
    /// From now on.
    pub fn new() -> Self {
        let now = Instant::now();
        let state = State { what: "", percent: 0.0, began: now, said: now, open: false };
        Progress { terminal: std::io::stderr().is_terminal(), state: Mutex::new(state) }
    }

    /// A step is there.
    pub fn at(&self, step: Step) {
        // Who cannot have the lock leaves the word to the one who has it: workers must not wait for a terminal.
        let Ok(mut state) = self.state.try_lock() else { return };
        match step {
            Step::Rows { done } => self.part(&mut state, "preparing the rows", done),
            Step::Gram { done } => self.part(&mut state, "kernel matrix", done),
            Step::Decomposition { n } => {
                self.end(&mut state);
                // dsyevd and its check: so long at n = 3000 on two cores that have nothing else to do.
                let seconds = SECONDS_AT_3000 * (n as f64 / 3000.0).powi(3);
                if seconds >= 1.0 {
                    let time = spoken(seconds);
                    say(&format!("decomposition of K ({n} by {n}): usually about {time}"));
                }
            }
        }
    }

    fn part(&self, state: &mut State, what: &'static str, done: f64) {
        if state.what != what {
            (state.what, state.percent, state.began) = (what, 0.0, Instant::now());
        }
        state.percent = state.percent.max(100.0 * done);
        let left = seconds_left(state.percent, state.began.elapsed());
        let first = state.said <= state.began && left.is_some_and(|seconds| seconds >= LONG);
        let pause = if self.terminal { ON_A_TERMINAL } else { ELSEWHERE };
        if (state.said.elapsed() < pause && !first) || done >= 1.0 {
            return;
        }
        state.said = Instant::now();
        let left = left.map_or(String::new(), |seconds| format!(", about {} left", spoken(seconds)));
        if self.terminal {
            show(&format!("\r{what}: {:.0} %{left} \u{1b}[K", state.percent));
            state.open = true;
        } else {
            say(&format!("{what}: {:.0} %{left}", state.percent));
        }
    }

    fn end(&self, state: &mut State) {
        if std::mem::take(&mut state.open) {
            show("\r\u{1b}[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let open = self.state.get_mut().is_ok_and(|state| std::mem::take(&mut state.open));
        if open {
            show("\r\u{1b}[K");
        }
    }
}

/// Seconds of a decomposition of n = 3000, its check included.
const SECONDS_AT_3000: f64 = 6.0;

/// What a step of which so much is done has before it, if it goes on as it went; nothing where it has hardly begun.
fn seconds_left(percent: f64, gone: Duration) -> Option<f64> {
    let known = percent > 0.0 && gone >= ESTIMATED;
    known.then(|| gone.as_secs_f64() * (100.0 - percent) / percent)
}

fn spoken(seconds: f64) -> String {
    if seconds < 120.0 { format!("{seconds:.0} seconds") } else { format!("{:.0} minutes", seconds / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_goes_on_as_it_went() {
        let left = |percent, seconds| seconds_left(percent, Duration::from_secs(seconds));
        assert_eq!(left(25.0, 10), Some(30.0));
        assert_eq!(left(100.0, 10), Some(0.0));
        assert_eq!((left(25.0, 1), left(0.0, 100)), (None, None));
        assert_eq!((spoken(30.0).as_str(), spoken(1800.0).as_str()), ("30 seconds", "30 minutes"));
    }
}
