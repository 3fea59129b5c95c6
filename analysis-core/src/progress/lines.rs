//! Progress as lines of text.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Epoch, Event, Part, Step, show};

/// A terminal's line is rewritten so often, other readers get a new line so often.
const ON_A_TERMINAL: Duration = Duration::from_millis(500);
const ELSEWHERE: Duration = Duration::from_secs(10);
/// A step that has run so long, and has LONG seconds before it, says so at once.
const ESTIMATED: Duration = Duration::from_secs(2);
const LONG: f64 = 20.0;
/// Seconds of a decomposition of n = 3000 on two cores that have nothing else to do, its check included.
const SECONDS_AT_3000: f64 = 6.0;

/// Writes events as lines: every part of a grid on standard error ([`Lines::on_stderr`], for a command), or a line every ten
/// seconds on standard output ([`Lines::on_stdout`], for a notebook). A computation that is over before that says nothing.
///
/// # Examples
/// ```
/// use analysis_core::progress::{Event, Lines, Step};
/// let lines = Lines::on_stderr();
/// lines.show(&Event::Step(Step::Gram { done: 0.5 })); // too early to say anything
/// ```
#[derive(Debug)]
pub struct Lines {
    /// A command's standard error; else a notebook's standard output.
    command: bool,
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The step under way, none: "".
    what: &'static str,
    percent: f64,
    /// Where the step stood when its clock began: a step that goes on from a checkpoint does not begin at 0.
    from: f64,
    steps: Clock,
    parts: Parts,
    epochs: Clock,
    /// Whether a line is on the terminal that the next one replaces.
    open: bool,
}

/// When something began, and when a line was last said of it. Steps, parts and epochs have one each: a step within a part,
/// or a training, does not set back what is known of the parts.
#[derive(Debug, Clone, Copy)]
struct Clock {
    began: Instant,
    said: Instant,
}

impl Clock {
    fn new(now: Instant) -> Clock {
        Clock { began: now, said: now }
    }
}

/// The finished parts of a grid.
#[derive(Debug)]
struct Parts {
    clock: Clock,
    /// Which one was told first, when the clock began: how long the parts before it took is not known.
    first: usize,
    done: usize,
    of: usize,
}

impl Parts {
    /// On to this part, the first of another grid where it does not follow the last one.
    fn step(&mut self, part: &Part, now: Instant) {
        if part.done <= self.done || part.of != self.of {
            (self.first, self.clock.began) = (part.done, now);
        }
        (self.done, self.of) = (part.done, part.of);
    }

    fn percent(&self) -> f64 {
        100.0 * (self.done - self.first) as f64 / (self.of - self.first).max(1) as f64
    }
}

impl Lines {
    fn new(command: bool, terminal: bool) -> Lines {
        let now = Instant::now();
        let clock = Clock::new(now);
        let parts = Parts { clock, first: 0, done: 0, of: 0 };
        let state =
            State { what: "", percent: 0.0, from: 0.0, steps: clock, parts, epochs: clock, open: false };
        Lines { command, terminal, state: Mutex::new(state) }
    }

    /// For a command: every finished part has a line; a terminal's line is rewritten.
    pub fn on_stderr() -> Lines {
        Lines::new(true, io::stderr().is_terminal())
    }

    /// For a notebook: at most one line every ten seconds.
    pub fn on_stdout() -> Lines {
        Lines::new(false, false)
    }

    /// Shows an event, where it is time to.
    pub fn show(&self, event: &Event) {
        // Who cannot have the lock for a step leaves the word to the one who has it: workers must not wait for a terminal.
        let state = match event {
            Event::Step(_) => self.state.try_lock().ok(),
            _ => Some(self.state.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        let Some(mut state) = state else { return };
        match event {
            Event::Step(Step::Rows { done }) => self.share(&mut state, "preparing the rows", *done),
            Event::Step(Step::Gram { done }) => self.share(&mut state, "kernel matrix", *done),
            Event::Step(Step::Reduction { done, .. }) => self.share(&mut state, "eigenvalues", *done),
            Event::Step(Step::Passes { done }) => {
                self.share(&mut state, "passes over the kernel matrix", *done);
            }
            Event::Step(Step::Decomposition { n }) => {
                self.close(&mut state);
                state.what = "";
                let seconds = SECONDS_AT_3000 * (*n as f64 / 3000.0).powi(3);
                if seconds >= if self.command { 1.0 } else { LONG } {
                    self.line(&format!("decomposition of K ({n} by {n}): usually about {}", spoken(seconds)));
                }
            }
            Event::Part(part) => self.part(&mut state, part),
            Event::Epoch(epoch) => self.epoch(&mut state, epoch),
            Event::Note(text) if self.command => {
                self.close(&mut state);
                self.line(text);
            }
            Event::Note(_) => {}
        }
    }

    fn part(&self, state: &mut State, part: &Part) {
        state.parts.step(part, Instant::now());
        state.what = "";
        if self.command {
            self.close(state);
            self.line(part.line);
        } else if state.parts.clock.said.elapsed() >= ELSEWHERE && part.done < part.of {
            state.parts.clock.said = Instant::now();
            let left = left(state.parts.percent(), state.parts.clock.began.elapsed());
            self.line(&format!("{} of {}: {}{left}", part.done, part.of, part.line));
        }
    }

    fn epoch(&self, state: &mut State, epoch: &Epoch) {
        let pause = if self.command { Duration::from_secs(5) } else { ELSEWHERE };
        if epoch.epoch == 0 {
            state.epochs = Clock::new(Instant::now());
        } else if state.epochs.said.elapsed() >= pause {
            state.epochs.said = Instant::now();
            let error =
                |name: &str, value: Option<f64>| value.map_or(String::new(), |v| format!(", {name} {v:.6}"));
            self.line(&format!(
                "epoch {} of {}: loss {:.6}{}{}",
                epoch.epoch,
                epoch.epochs,
                epoch.loss,
                error("test error", epoch.test_error),
                error("hold-out error", epoch.hold_out_error)
            ));
        }
    }

    fn share(&self, state: &mut State, what: &'static str, done: f64) {
        if state.what != what {
            (state.what, state.percent, state.steps) = (what, 0.0, Clock::new(Instant::now()));
            state.from = 100.0 * done;
        }
        state.percent = state.percent.max(100.0 * done);
        // As parts of what was left when the clock began.
        let share = 100.0 * (state.percent - state.from) / (100.0 - state.from).max(f64::MIN_POSITIVE);
        let seconds = seconds_left(share, state.steps.began.elapsed());
        let first = state.steps.said == state.steps.began && seconds.is_some_and(|seconds| seconds >= LONG);
        let pause = if self.terminal { ON_A_TERMINAL } else { ELSEWHERE };
        if (state.steps.said.elapsed() < pause && !first) || done >= 1.0 {
            return;
        }
        state.steps.said = Instant::now();
        let left = left(share, state.steps.began.elapsed());
        if self.terminal {
            show(&format!("\r{what}: {:.0} %{left} \u{1b}[K", state.percent));
            state.open = true;
        } else {
            self.line(&format!("{what}: {:.0} %{left}", state.percent));
        }
    }

    /// Takes away the line that would have been replaced.
    fn close(&self, state: &mut State) {
        if std::mem::take(&mut state.open) {
            show("\r\u{1b}[K");
        }
    }

    fn line(&self, text: &str) {
        if self.command {
            super::say(text);
        } else {
            // Where nobody reads it there is nobody to tell.
            let mut out = io::stdout().lock();
            let _ = out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush());
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let open = self.state.get_mut().is_ok_and(|state| std::mem::take(&mut state.open));
        if open {
            show("\r\u{1b}[K");
        }
    }
}

/// Seconds that a step of which so much is done has before it, if it goes on as it went; nothing where it has hardly begun.
fn seconds_left(percent: f64, gone: Duration) -> Option<f64> {
    let known = percent > 0.0 && gone >= ESTIMATED;
    known.then(|| gone.as_secs_f64() * (100.0 - percent) / percent)
}

fn left(percent: f64, gone: Duration) -> String {
    seconds_left(percent, gone).map_or(String::new(), |seconds| format!(", about {} left", spoken(seconds)))
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
    /// Parts keep their clock while steps and epochs come between them, and have a new one with another grid.
    #[test]
    fn steps_and_epochs_do_not_set_back_the_clock_of_parts() {
        let lines = Lines::new(false, false);
        let part = |done, of| Event::Part(Part { done, of, line: "" });
        let began = || lines.state.lock().unwrap_or_else(PoisonError::into_inner).parts.clock.began;
        lines.show(&part(1, 9));
        let first = began();
        lines.show(&Event::Step(Step::Gram { done: 0.5 }));
        let epoch = Epoch { epoch: 0, epochs: 3, loss: 1.0, test_error: None, hold_out_error: None };
        lines.show(&Event::Epoch(epoch));
        lines.show(&part(5, 9));
        assert_eq!(began(), first);
        {
            let state = lines.state.lock().unwrap_or_else(PoisonError::into_inner);
            assert_eq!((state.parts.percent(), state.what), (50.0, ""));
        }
        lines.show(&part(3, 9));
        assert!(began() > first, "another grid");
        lines.show(&part(6, 9));
        let state = lines.state.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(state.parts.percent(), 50.0, "three of the six whose time is known");
    }
}
