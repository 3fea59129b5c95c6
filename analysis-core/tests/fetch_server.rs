//! A server of our own on the loopback, files for it, and fetches from it.

use analysis_core::data::fetch::{Fetch, FetchReport, Reporter};
use analysis_core::data::{RawFile, Source, Split, Supply};
use analysis_core::error::Error;
use flate2::{Compression, write::GzEncoder};
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a server does with a path.
#[derive(Clone)]
pub(super) enum Answer {
    /// Sends the bytes, from where the client asks if `ranges`.
    Whole { bytes: Vec<u8>, ranges: bool },
    /// The first request gets half, then nothing more while the connection stays open; later ones are answered well.
    HalfThenSilent { bytes: Vec<u8> },
    /// Every request breaks off after so many bytes.
    BreaksOff { bytes: Vec<u8>, after: usize },
}

pub(super) struct Server {
    pub(super) base: String,
    /// Path and first byte asked for, of each request.
    pub(super) requests: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Server {
    pub(super) fn start(answers: HashMap<String, Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = requests.clone();
        std::thread::spawn(move || {
            let answers = Arc::new(answers);
            for stream in listener.incoming().flatten() {
                let (answers, log) = (answers.clone(), log.clone());
                std::thread::spawn(move || drop(serve(stream, &answers, &log)));
            }
        });
        Server { base, requests }
    }

    pub(super) fn requests(&self) -> Vec<(String, usize)> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &HashMap<String, Answer>,
    log: &Mutex<Vec<(String, usize)>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_string();
    let mut start = 0;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap_or(0);
        }
    }
    let earlier = {
        let mut log = log.lock().unwrap();
        log.push((path.clone(), start));
        log.iter().filter(|(asked, _)| *asked == path).count() - 1
    };
    let Some(answer) = answers.get(&path) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let (bytes, ranges, send) = match answer {
        Answer::Whole { bytes, ranges } => (bytes, *ranges, usize::MAX),
        Answer::HalfThenSilent { bytes } => {
            (bytes, true, if earlier == 0 { bytes.len() / 2 } else { usize::MAX })
        }
        Answer::BreaksOff { bytes, after } => (bytes, true, *after),
    };
    let total = bytes.len();
    let head = if ranges && start >= total {
        format!(
            "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    } else if ranges && start > 0 {
        let (last, length) = (total - 1, total - start);
        format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{last}/{total}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
    } else {
        start = 0;
        format!("HTTP/1.1 200 OK\r\nContent-Length: {total}\r\nConnection: close\r\n\r\n")
    };
    stream.write_all(head.as_bytes())?;
    let rest = bytes.get(start..).unwrap_or_default();
    stream.write_all(&rest[..rest.len().min(send)])?;
    stream.flush()?;
    if matches!(answer, Answer::HalfThenSilent { .. }) && earlier == 0 {
        std::thread::sleep(Duration::from_secs(60));
    }
    Ok(())
}

/// A file of random bytes with its gzipped form.
pub(super) fn file(name: &str, length: usize) -> (RawFile, Vec<u8>, Vec<u8>) {
    let mut stream = analysis_core::prelude::Seed(length as u64).stream(name, 0);
    let bytes: Vec<u8> = (0..length).map(|_| stream.random()).collect();
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let raw = RawFile { name: name.to_string(), split: Split::Train, bytes: length as u64, sha256 };
    let packed = gzipped(&bytes);
    (raw, bytes, packed)
}

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn params(folder: &Path, files: &[RawFile], supplies: Vec<Supply>) -> Fetch {
    Fetch {
        files: files.to_vec(),
        supplies,
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(2),
        ..Fetch::new(Source::Mnist, folder)
    }
}

/// Remembers every line.
#[derive(Default)]
pub(super) struct Lines(pub(super) Vec<String>);

impl Reporter for Lines {
    fn line(&mut self, text: &str) {
        self.0.push(text.to_string());
    }
    fn start(&mut self, _what: &str, _total: Option<u64>) {}
    fn at(&mut self, _bytes: u64) {}
    fn finish(&mut self) {}
}

pub(super) fn run(fetch: &Fetch) -> (Result<FetchReport, Error>, Vec<String>) {
    let mut lines = Lines::default();
    (fetch.run(&mut lines), lines.0)
}

pub(super) fn whole(bytes: &[u8]) -> Answer {
    Answer::Whole { bytes: bytes.to_vec(), ranges: true }
}

pub(super) fn at(server: &Server) -> Supply {
    Supply::Gzipped { base: server.base.clone() }
}
