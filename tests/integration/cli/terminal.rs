//! What a person sees: colors, and progress that is drawn.

use super::{COUNT, counter, does, place};
use crate::host::segue;

#[test]
fn colors_are_used_when_asked_for_and_only_then() {
    let bad = COUNT.replace("with:", "wth:");
    let here = place(&[("bad.yaml", &bad)]);
    let escapes = |arguments: &[&str]| does(here.path(), arguments).out.contains('\u{1b}');
    assert!(!escapes(&["check", "bad.yaml"]));
    assert!(escapes(&["check", "bad.yaml", "--color", "always"]));
    assert!(!escapes(&["check", "bad.yaml", "--color", "never"]));
    assert!(!escapes(&[
        "check", "bad.yaml", "--color", "always", "--output", "json"
    ]));
}

#[test]
fn on_a_terminal_progress_is_drawn_and_the_output_stays_plain() {
    let here = place(&[("count.yaml", COUNT)]);
    let terminal = Terminal::open();
    let output = segue(here.path())
        .args(["run", "count.yaml", "-i", "{\"n\": 1}", "-p", &counter()])
        .env("TERM", "xterm-256color")
        .stderr(terminal.side())
        .output()
        .unwrap();
    let drawn = terminal.read();
    assert_eq!(output.status.code(), Some(0), "{drawn}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "{\n  \"n\": 2\n}\n"
    );
    assert!(drawn.contains("\u{1b}[32mdone"), "colors: {drawn:?}");
    for part in [
        "/do/0/first",
        "counter/run:0.1.0",
        "attempt 1",
        "fuel",
        "memory",
        "completed",
    ] {
        assert!(drawn.contains(part), "{part} in {drawn:?}");
    }
}

/// A terminal of the test's own.
struct Terminal {
    reader: std::thread::JoinHandle<String>,
    side: std::fs::File,
}

impl Terminal {
    fn open() -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&main).unwrap();
        unlockpt(&main).unwrap();
        let name = ptsname(&main, Vec::new()).unwrap().into_string().unwrap();
        let side = std::fs::File::options()
            .read(true)
            .write(true)
            .open(name)
            .unwrap();
        let mut main = std::fs::File::from(main);
        let reader = std::thread::spawn(move || {
            let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
            // Reading fails when the last writer has closed the other side.
            while let Ok(n @ 1..) = std::io::Read::read(&mut main, &mut buffer) {
                all.extend_from_slice(&buffer[..n]);
            }
            String::from_utf8_lossy(&all).into_owned()
        });
        Terminal { reader, side }
    }

    fn side(&self) -> std::fs::File {
        self.side.try_clone().unwrap()
    }

    /// All that was written, once nobody writes any more.
    fn read(self) -> String {
        drop(self.side);
        self.reader.join().unwrap()
    }
}
