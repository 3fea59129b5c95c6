//! A store in a folder that several machines share: they write at once, nothing is lost, and what is read is whole. With machines
//! that are namespaces of this one, where the system allows that, and with a file system that has no locks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use analysis_tests::{json, ntk_binary, ntk_line, root, stored, without_provenance};
use serde_json::Value;

const GRID: &str =
    "dispersion --width 8 --depth 1..=20 --networks 20 --sigma-w2 1..=3:0.1 --sigma-b2 0,0.5,1,1.5 --json";

/// A machine of its own as far as the network, the processes' numbers, the mounts and the name go. Its processes' numbers are those of
/// every other such machine: names made of them would meet.
const HOST: &[&str] = &["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child"];

fn allowed() -> bool {
    let [first, rest @ ..] = HOST else { return false };
    Command::new(first)
        .args(rest)
        .arg("true")
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Locks of any kind fail as on a file system without them: first "no locks available", then "not implemented".
const NO_LOCKS: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>
#include <sys/syscall.h>
static int calls;
static int refuse(void) { errno = calls++ % 2 ? ENOSYS : ENOLCK; return -1; }
int flock(int fd, int how) { (void)fd; (void)how; return refuse(); }
int lockf(int fd, int how, off_t size) { (void)fd; (void)how; (void)size; return refuse(); }
static int control(int fd, int command, long argument) {
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK || command == F_OFD_SETLK ||
        command == F_OFD_SETLKW || command == F_OFD_GETLK)
        return refuse();
    return (int)syscall(SYS_fcntl, fd, command, argument);
}
int fcntl(int fd, int command, ...) {
    va_list list; va_start(list, command); long argument = va_arg(list, long); va_end(list);
    return control(fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list list; va_start(list, command); long argument = va_arg(list, long); va_end(list);
    return control(fd, command, argument);
}
"#;

/// A library to be loaded before all others.
fn without_locks(folder: &Path) -> std::path::PathBuf {
    let (source, library) = (folder.join("no_locks.c"), folder.join("no_locks.so"));
    fs::write(&source, NO_LOCKS).unwrap();
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(built.unwrap().success());
    library
}

/// Two machines compute the same grid into one folder, while a third process reads every file that appears.
fn side_by_side(hosts: bool, preload: Option<&Path>, expected: &Value) {
    let shared = tempfile::tempdir().unwrap();
    let host = |name: &str| {
        let line = format!("hostname {name} 2>/dev/null; exec \"$0\" {GRID}");
        let mut command = if hosts { Command::new(HOST[0]) } else { Command::new("env") };
        command.args(if hosts { &HOST[1..] } else { &[] }).args(["sh", "-c", &line]).arg(ntk_binary());
        command.current_dir(root()).env("NTK_STORE_DIR", shared.path()).env("OPENBLAS_NUM_THREADS", "1");
        preload.map(|library| command.env("LD_PRELOAD", library));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let done = AtomicBool::new(false);
    let (reads, outputs) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                for path in stored(shared.path()) {
                    let text = fs::read(&path).expect("a result is never taken away");
                    let value: Value =
                        serde_json::from_slice(&text).expect("a result is whole, or not there");
                    assert!(value["result"] != Value::Null);
                    reads += 1;
                }
            }
            reads
        });
        let children = ["first", "second"].map(host);
        let outputs = children.map(|child| child.wait_with_output().unwrap());
        done.store(true, Ordering::Relaxed);
        (reader.join().unwrap(), outputs)
    });
    for output in outputs {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !told.contains("not kept"), "{told}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(without_provenance(found)["result"], expected["result"]);
    }
    let files = stored(shared.path()).len();
    println!("hosts {hosts}, locks {}: {files} results, read {reads} times", preload.is_none());
    let all = fs::read_dir(shared.path()).unwrap().count();
    assert_eq!(all, files, "nothing half-written stays");
    // All of it is found: nothing is computed again.
    let plan = json(ntk_line(shared.path(), GRID, &["--dry-run"]));
    assert_eq!(plan["result"]["stored"], plan["result"]["cells"], "{plan}");
}

#[test]
fn two_machines_share_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let expected = without_provenance(json(ntk_line(&folder.path().join("own"), GRID, &[])));
    let hosts = allowed();
    if !hosts {
        println!("namespaces are not allowed here: processes instead of machines");
    }
    side_by_side(hosts, None, &expected);
    side_by_side(hosts, Some(&without_locks(folder.path())), &expected);
}
