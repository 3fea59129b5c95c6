//! Downloads over HTTP that go on where they were cut off.

use super::place::Missing;
use super::reporter::Reporter;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Response, StatusCode, header};

/// How often in a row a connection may break without progress.
const BREAKS: u32 = 3;
/// How much longer than its contents a packed file may be.
const SLACK: u64 = 1 << 20;

/// Downloads into one folder.
pub(super) struct Downloads<'a> {
    agent: Agent,
    scratch: &'a Path,
}

impl Downloads<'_> {
    pub(super) fn new(connect: Duration, read: Duration, scratch: &Path) -> Downloads<'_> {
        let config = Agent::config_builder()
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_recv_response(Some(read))
            .timeout_per_read(Some(read))
            .http_status_as_error(false)
            .build();
        Downloads { agent: config.into(), scratch }
    }

    /// Fetches `base` + name + `.gz` for each missing file.
    pub(super) fn gzipped(
        &self,
        base: &str,
        missing: &mut Missing,
        reporter: &mut dyn Reporter,
    ) -> Result<(), String> {
        for file in missing.files() {
            let address = format!("{base}{}.gz", file.name);
            self.part(&address, file.bytes).fetch_then(reporter, |path, from| {
                let input = File::open(path).map_err(|cause| cause.to_string())?;
                missing.place(&file, input, from)
            })?;
        }
        Ok(())
    }

    /// Fetches an archive that holds all missing files.
    pub(super) fn archive(
        &self,
        address: &str,
        missing: &mut Missing,
        reporter: &mut dyn Reporter,
    ) -> Result<(), String> {
        self.part(address, missing.all_bytes())
            .fetch_then(reporter, |path, from| missing.take_from_archive(path, from))
    }

    /// A file that holds `bytes` bytes when it is unpacked.
    fn part<'a>(&'a self, address: &'a str, bytes: u64) -> Part<'a> {
        // Two servers may pack the same file differently: a part is continued only from its own address.
        let tag = &crate::checksum::sha256(address.as_bytes())[..16];
        let name = address.rsplit('/').next().unwrap_or_default();
        let path = self.scratch.join(format!("{name}.{tag}.part"));
        Part { address, path, limit: bytes + SLACK, agent: &self.agent }
    }
}

/// A file being downloaded.
struct Part<'a> {
    address: &'a str,
    path: PathBuf,
    limit: u64,
    agent: &'a Agent,
}

/// How one request ended.
enum Outcome {
    Complete,
    /// The connection broke.
    Broken(String),
    /// What was there before is of no use; begin at byte 0.
    Restart,
}

impl Part<'_> {
    /// Fetches, then hands the packed file to `unpack`, which verifies it. If a continued file turns out wrong, it is
    /// fetched once more from its beginning: the server's file may have changed since.
    fn fetch_then(
        &self,
        reporter: &mut dyn Reporter,
        mut unpack: impl FnMut(&Path, &str) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut attempt = |reporter: &mut dyn Reporter| {
            let continued = self.fetch(reporter)?;
            let result = unpack(&self.path, self.address);
            let _ = fs::remove_file(&self.path);
            Ok::<_, String>((continued, result))
        };
        match attempt(reporter)? {
            (true, Err(reason)) => {
                let again = "once more from its beginning";
                reporter.line(&format!("{}: continued, but {reason}; {again}", self.address));
                attempt(reporter)?.1
            }
            (_, result) => result,
        }
    }

    /// Returns whether it continued what an earlier run had begun.
    fn fetch(&self, reporter: &mut dyn Reporter) -> Result<bool, String> {
        let continued = self.length() > 0;
        // Only bytes beyond all that came before count as progress: a server that cannot continue begins anew each time.
        let (mut breaks, mut restarts, mut most) = (0, 0, self.length());
        loop {
            let outcome = self.request(reporter);
            reporter.finish();
            match outcome? {
                Outcome::Complete => return Ok(continued),
                Outcome::Restart => {
                    restarts += 1;
                    let _ = fs::remove_file(&self.path);
                    if restarts > 1 {
                        return Err("refuses to send the file from its beginning".to_string());
                    }
                }
                Outcome::Broken(reason) => {
                    breaks = if self.length() > most { 0 } else { breaks + 1 };
                    most = most.max(self.length());
                    reporter.line(&format!(
                        "{}: broken off at byte {} ({reason})",
                        self.address,
                        self.length()
                    ));
                    if breaks == BREAKS {
                        return Err(reason);
                    }
                }
            }
        }
    }

    fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    fn request(&self, reporter: &mut dyn Reporter) -> Result<Outcome, String> {
        let have = self.length();
        // Sizes and offsets must be those of the file itself.
        let mut request = self.agent.get(self.address).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let mut response = request.call().map_err(|cause| cause.to_string())?;
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if have > 0 && first_byte(&response) == Some(have) => have,
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                // "bytes */N": N is the whole length. All of it may be here already.
                let complete = text(&response, header::CONTENT_RANGE) == format!("bytes */{have}");
                return Ok(if complete { Outcome::Complete } else { Outcome::Restart });
            }
            StatusCode::PARTIAL_CONTENT => return Ok(Outcome::Restart),
            status => return Err(format!("answered {status}")),
        };
        let length = text(&response, header::CONTENT_LENGTH).parse::<u64>().ok();
        let announced = length.map(|length| length.saturating_add(start));
        if let Some(total) = announced.filter(|total| *total > self.limit) {
            return Err(format!("announces {total} bytes, more than the file can have"));
        }
        self.receive(&mut response, start, announced, reporter)
    }

    fn receive(
        &self,
        response: &mut Response<ureq::Body>,
        start: u64,
        announced: Option<u64>,
        reporter: &mut dyn Reporter,
    ) -> Result<Outcome, String> {
        let disk = |cause: std::io::Error| format!("{}: {cause}", self.path.display());
        let append = start > 0;
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(append).truncate(!append);
        let mut file = options.open(&self.path).map_err(disk)?;
        reporter.start(self.address, announced);
        let mut body = response.body_mut().as_reader();
        let mut buffer = vec![0_u8; 64 * 1024];
        let mut at = start;
        loop {
            let count = match body.read(&mut buffer) {
                Ok(count) => count,
                Err(cause) => return Ok(Outcome::Broken(cause.to_string())),
            };
            if count == 0 {
                break;
            }
            file.write_all(&buffer[..count]).map_err(disk)?;
            at += count as u64;
            reporter.at(at);
            if at > self.limit {
                return Err("sends more bytes than the file can have".to_string());
            }
        }
        match announced {
            Some(total) if at < total => Ok(Outcome::Broken(format!("{total} bytes were announced"))),
            _ => Ok(Outcome::Complete),
        }
    }
}

fn text(response: &Response<ureq::Body>, name: header::HeaderName) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_string()
}

/// FIRST of "bytes FIRST-LAST/TOTAL".
fn first_byte(response: &Response<ureq::Body>) -> Option<u64> {
    let text = text(response, header::CONTENT_RANGE);
    text.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}
