//! What is said where a job ends early.
//!
//! The launcher ends all ranks when one is lost, names it, and tells nothing of checkpoints: it sends SIGTERM, as SLURM does at
//! the end of a job's time.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// The last checkpoint.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

pub(super) fn kept(what: String) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
}

/// From here on a SIGTERM ends the process with status 143 after one of the job's processes has said what the last checkpoint is. To
/// be called first in `main`, before there is any other thread.
pub fn say_what_is_kept() {
    // SAFETY: the set is made before it is read, and the signal is a constant. Threads made later inherit the mask, so that only
    // the one below receives it.
    let signals = unsafe {
        let mut signals = std::mem::zeroed();
        libc::sigemptyset(&mut signals);
        libc::sigaddset(&mut signals, libc::SIGTERM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &signals, std::ptr::null_mut());
        signals
    };
    let wait = move || {
        let mut signal = 0;
        // SAFETY: as above.
        if unsafe { libc::sigwait(&signals, &mut signal) } != 0 {
            return;
        }
        if let Some(_speaker) = chosen() {
            let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let text = kept.map_or("no checkpoint was written".into(), |what| {
                format!("the last checkpoint is {what}: the same command goes on from there")
            });
            let line = format!(
                "the job was ended before its time (the launcher says which rank was lost, if one was); {text}\n"
            );
            // Not by way of `progress`: rank 1 has nothing else to say.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
            // The others must find that somebody has spoken.
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        // SAFETY: nothing of this process is wanted any more; exit handlers would wait for the other ranks.
        unsafe { libc::_exit(143) };
    };
    // Without the thread SIGTERM does nothing and the launcher's SIGKILL follows.
    let _ = std::thread::Builder::new().name("stop".into()).spawn(wait);
}

/// A name that only one process of the job can have: held by whoever is first to ask, among ranks 0 and 1 (one of which is there
/// even if the other is the one that was lost).
fn chosen() -> Option<impl Sized> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let variable = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok());
    let rank = variable(&["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"]).unwrap_or("0".into());
    if rank != "0" && rank != "1" {
        return None;
    }
    let job = variable(&["PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid", "SLURM_JOB_ID"]);
    let job = job.unwrap_or_else(|| std::process::id().to_string());
    let address = SocketAddr::from_abstract_name(format!("ntk-mpi-{job}")).ok()?;
    UnixListener::bind_addr(&address).ok()
}
