//! Fetching against a server of our own on the loopback: resume after kill -9, wrong bytes, nobody there, files by hand.

use super::fetch_server::{Answer, Server, at, file, params, run, whole};
use analysis_core::data::fetch::Fetch;
use analysis_core::data::{Source, Supply};
use analysis_core::error::Error;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};

#[test]
fn files_come_once_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let (a, a_bytes, a_packed) = file("a", 300_000);
    let (b, b_bytes, b_packed) = file("b", 1000);
    let server =
        Server::start(HashMap::from([("a.gz".into(), whole(&a_packed)), ("b.gz".into(), whole(&b_packed))]));
    let fetch = params(folder.path(), &[a, b], vec![at(&server)]);
    let report = run(&fetch).0.unwrap();
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), a_bytes);
    assert_eq!(std::fs::read(folder.path().join("mnist/b")).unwrap(), b_bytes);
    assert!(report.failed.is_empty() && report.files.iter().all(|file| file.from.starts_with(&server.base)));
    let again = run(&fetch).0.unwrap();
    assert!(again.files.iter().all(|file| file.from == "already there"), "{again:?}");
    assert_eq!(server.requests().len(), 2, "nothing is fetched twice");
    // A file damaged on disk is fetched again, and only that one.
    std::fs::write(folder.path().join("mnist/a"), b"damaged").unwrap();
    run(&fetch).0.unwrap();
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), a_bytes);
    assert_eq!(server.requests().len(), 3);
    assert!(!folder.path().join("mnist/.download").exists());
}

/// Run by the next test as a process of its own.
#[test]
#[ignore = "the process that `killed_midway_it_goes_on_from_the_byte_reached` kills"]
fn victim() {
    let text = std::env::var("NTK_TEST_FETCH").unwrap();
    let fetch: Fetch = serde_json::from_str(&text).unwrap();
    let _ = run(&fetch);
}

#[test]
fn killed_midway_it_goes_on_from_the_byte_reached() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, bytes, packed) = file("a", 3_000_000);
    let half = packed.len() / 2;
    let server = Server::start(HashMap::from([("a.gz".into(), Answer::HalfThenSilent { bytes: packed })]));
    let mut fetch = params(folder.path(), &[raw], vec![at(&server)]);
    fetch.read_timeout = Duration::from_secs(60);
    let mut victim = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetch::victim", "--ignored"])
        .env("NTK_TEST_FETCH", serde_json::to_string(&fetch).unwrap())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let scratch = folder.path().join("mnist/.download");
    let length = || -> usize {
        let entries = std::fs::read_dir(&scratch).into_iter().flatten().flatten();
        entries.map(|entry| entry.metadata().map_or(0, |m| m.len() as usize)).sum()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while length() < half && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_eq!(length(), half, "killed with half of the file there");
    assert!(!folder.path().join("mnist/a").exists(), "no half file in its place");
    let report = run(&fetch).0.unwrap();
    assert_eq!(server.requests(), [("a.gz".to_string(), 0), ("a.gz".to_string(), half)]);
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), bytes);
    assert!(report.failed.is_empty());
}

#[test]
fn wrong_bytes_are_passed_over_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, bytes, packed) = file("a", 50_000);
    let (_, _, other) = file("other", 50_000);
    let mut damaged = packed.clone();
    damaged[25_000] ^= 1;
    let page = b"<html>please log in to this network</html>";
    let servers: Vec<Server> = [&other[..], &damaged, page, &packed]
        .into_iter()
        .map(|bytes| Server::start(HashMap::from([("a.gz".into(), whole(bytes))])))
        .collect();
    let absent = Server::start(HashMap::new());
    let mut supplies: Vec<Supply> = servers.iter().map(at).collect();
    supplies.insert(0, at(&absent));
    let (report, lines) = run(&params(folder.path(), &[raw], supplies));
    let report = report.unwrap();
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), bytes);
    assert!(report.files[0].from.starts_with(&servers[3].base));
    for (failure, words) in report.failed.iter().zip(["404", "SHA-256", "not a: ", "42 bytes, not 50000"]) {
        assert!(failure.contains(words), "{failure}");
        assert!(lines.iter().any(|line| line.contains(failure)), "{lines:?}");
    }
    assert_eq!(report.failed.len(), 4);
}

/// What was begun is continued only if the whole is right; else it is fetched from its beginning.
#[test]
fn a_part_of_another_file_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, bytes, packed) = file("a", 100_000);
    let server = Server::start(HashMap::from([("a.gz".into(), whole(&packed))]));
    let fetch = params(folder.path(), std::slice::from_ref(&raw), vec![at(&server)]);
    let tag: String = Sha256::digest(format!("{}a.gz", server.base))
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = folder.path().join(format!("mnist/.download/a.gz.{tag}.part"));
    for (contents, requests) in [
        (vec![7; 4000], vec![4000, 0]),        // other bytes
        (vec![7; 500_000], vec![500_000, 0]),  // longer than the file
        (packed.clone(), vec![packed.len()]),  // complete: killed before it was unpacked
        (packed[..5000].to_vec(), vec![5000]), // a right beginning
    ] {
        let before = server.requests().len();
        let _ = std::fs::remove_file(folder.path().join("mnist/a"));
        std::fs::create_dir_all(part.parent().unwrap()).unwrap();
        std::fs::write(&part, contents).unwrap();
        run(&fetch).0.unwrap();
        assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), bytes);
        let starts: Vec<usize> = server.requests()[before..].iter().map(|(_, start)| *start).collect();
        assert_eq!(starts, requests);
    }
    // A server that cannot continue sends everything.
    let plain = Server::start(HashMap::from([(
        "a.gz".into(),
        Answer::Whole { bytes: packed.clone(), ranges: false },
    )]));
    let other = tempfile::tempdir().unwrap();
    let fetch = params(other.path(), &[raw], vec![at(&plain)]);
    run(&fetch).0.unwrap();
    assert_eq!(std::fs::read(other.path().join("mnist/a")).unwrap(), bytes);
}

#[test]
fn a_line_that_breaks_off_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, bytes, packed) = file("a", 100_000);
    let answer = Answer::BreaksOff { bytes: packed, after: 30_000 };
    let server = Server::start(HashMap::from([("a.gz".into(), answer)]));
    run(&params(folder.path(), std::slice::from_ref(&raw), vec![at(&server)])).0.unwrap();
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), bytes);
    assert_eq!(
        server.requests().iter().map(|(_, start)| *start).collect::<Vec<_>>(),
        [0, 30_000, 60_000, 90_000]
    );
    // One that sends nothing is given up.
    let (_, _, packed) = file("a", 100_000);
    let silent =
        Server::start(HashMap::from([("a.gz".into(), Answer::BreaksOff { bytes: packed, after: 0 })]));
    let other = tempfile::tempdir().unwrap();
    assert!(run(&params(other.path(), &[raw], vec![at(&silent)])).0.is_err());
    assert_eq!(silent.requests().len(), 3);
}

#[test]
fn when_nobody_answers_everything_tried_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, _, _) = file("a", 1000);
    let closed = {
        // A port that was free a moment ago.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let nowhere = "http://no-such-host.invalid/".to_string();
    let archive = format!("{closed}all.tar.gz");
    let supplies = vec![
        Supply::Gzipped { base: closed.clone() },
        Supply::Gzipped { base: nowhere.clone() },
        Supply::TarGz { address: archive.clone() },
    ];
    let begun = Instant::now();
    let error = run(&params(folder.path(), &[raw], supplies)).0.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let Error::Download { name, tried } = &error else { panic!("{error}") };
    assert_eq!((name.as_str(), tried.len()), ("mnist", 4));
    let text = error.to_string();
    for words in [&closed, &nowhere, &archive, "still missing"] {
        assert!(text.contains(words), "{text}");
    }
}

fn tar_gz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[test]
fn archives_are_taken_apart() {
    let (a, a_bytes, _) = file("data_batch_1.bin", 20_000);
    let (b, b_bytes, _) = file("test_batch.bin", 20_000);
    let members: [(&str, &[u8]); 3] = [
        ("cifar-10-batches-bin/readme.html", b"x"),
        ("cifar-10-batches-bin/data_batch_1.bin", &a_bytes),
        ("cifar-10-batches-bin/test_batch.bin", &b_bytes),
    ];
    let good = Server::start(HashMap::from([("c.tar.gz".into(), whole(&tar_gz(&members)))]));
    let half = Server::start(HashMap::from([("c.tar.gz".into(), whole(&tar_gz(&members[..2])))]));
    let folder = tempfile::tempdir().unwrap();
    let supplies = [&half, &good].map(|server| Supply::TarGz { address: format!("{}c.tar.gz", server.base) });
    let mut fetch = params(folder.path(), &[a, b], supplies.to_vec());
    fetch.source = Source::Cifar10;
    let report = run(&fetch).0.unwrap();
    assert!(report.failed[0].contains("does not hold test_batch.bin"), "{report:?}");
    assert_eq!(std::fs::read(folder.path().join("cifar-10/data_batch_1.bin")).unwrap(), a_bytes);
    assert_eq!(std::fs::read(folder.path().join("cifar-10/test_batch.bin")).unwrap(), b_bytes);
}

#[test]
fn files_put_there_by_hand_are_taken() {
    let (a, a_bytes, a_packed) = file("data_batch_1.bin", 20_000);
    let (b, b_bytes, _) = file("test_batch.bin", 20_000);
    let archive = tar_gz(&[
        ("cifar-10-batches-bin/data_batch_1.bin", &a_bytes),
        ("cifar-10-batches-bin/test_batch.bin", &b_bytes),
    ]);
    let by_hand: [&[(&str, &[u8])]; 5] = [
        &[("cifar-10/data_batch_1.bin.gz", &a_packed), ("cifar-10/test_batch.bin", &b_bytes)],
        &[
            ("cifar-10/cifar-10-batches-bin/data_batch_1.bin", &a_bytes),
            ("cifar-10-batches-bin/test_batch.bin", &b_bytes),
        ],
        &[("cifar-10-binary.tar.gz", &archive)],
        &[("cifar-10/cifar-10-binary.tar.gz", &archive)],
        &[("cifar-10/data_batch_1.bin", &a_packed), ("cifar-10/test_batch.bin", &b_bytes)],
    ];
    for files in by_hand {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let fetch =
            Fetch { source: Source::Cifar10, ..params(folder.path(), &[a.clone(), b.clone()], Vec::new()) };
        let report = run(&fetch).0.unwrap();
        assert!(
            report.files.iter().all(|file| file.from.contains("hand") || file.from.contains("already")),
            "{report:?}"
        );
        assert_eq!(std::fs::read(folder.path().join("cifar-10/data_batch_1.bin")).unwrap(), a_bytes);
        assert_eq!(std::fs::read(folder.path().join("cifar-10/test_batch.bin")).unwrap(), b_bytes);
    }
}

#[test]
fn two_fetches_at_once_end_with_the_right_files() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, bytes, packed) = file("a", 2_000_000);
    let server = Server::start(HashMap::from([("a.gz".into(), whole(&packed))]));
    let fetch = params(folder.path(), &[raw], vec![at(&server)]);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&fetch).0.unwrap())).collect();
        workers.into_iter().for_each(|worker| drop(worker.join().unwrap()));
    });
    assert_eq!(std::fs::read(folder.path().join("mnist/a")).unwrap(), bytes);
    assert_eq!(server.requests().len(), 1, "the others wait and find it there");
}

#[test]
fn file_names_cannot_leave_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (mut raw, _, _) = file("a", 10);
    raw.name = "../a".to_string();
    assert!(matches!(run(&params(folder.path(), &[raw], Vec::new())).0, Err(Error::Parameter { .. })));
}

/// A shared data folder that nobody may write into: what is there and right needs no writing.
#[test]
fn where_nothing_is_missing_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (file, bytes, _) = file("train-images-idx3-ubyte", 1000);
    let own = folder.path().join("mnist");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join(&file.name), bytes).unwrap();
    let listed = || {
        let entries = std::fs::read_dir(&own).unwrap().flatten();
        entries.map(|entry| entry.file_name()).collect::<Vec<_>>()
    };
    // Also for root, whom permissions do not stop: there is no lock and no scratch folder afterwards.
    let (report, lines) = run(&params(folder.path(), &[file], Vec::new()));
    assert_eq!((listed().len(), lines), (1, Vec::<String>::new()));
    assert_eq!(report.unwrap().files[0].from, "already there");
}

/// As Keras and torchvision spell and place them.
#[test]
fn files_of_other_tools_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (images, bytes, packed) = file("t10k-images-idx3-ubyte", 1000);
    let (labels, more, _) = file("t10k-labels-idx1-ubyte", 100);
    let raw = folder.path().join("MNIST/raw");
    std::fs::create_dir_all(&raw).unwrap();
    std::fs::write(raw.join("t10k-images.idx3-ubyte.gz"), packed).unwrap();
    std::fs::write(raw.join("t10k-labels-idx1-ubyte"), &more).unwrap();
    let (report, _) = run(&params(folder.path(), &[images.clone(), labels.clone()], Vec::new()));
    assert!(report.unwrap().files.iter().all(|file| file.from == "put there by hand"));
    assert_eq!(std::fs::read(folder.path().join("mnist").join(images.name)).unwrap(), bytes);
    assert_eq!(std::fs::read(folder.path().join("mnist").join(labels.name)).unwrap(), more);
}
