//! Secrets: their names, and asking for a value without showing it.

use std::io::{self, BufRead, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::Value;
use zeroize::Zeroizing;

use super::clean;
use super::table::{table, text};

/// The names of secrets, and when each was stored.
pub(crate) fn secrets_text(secrets: &[Value]) -> String {
    if secrets.is_empty() {
        return "no secrets: store one with `segue secrets put NAME`".to_owned();
    }
    let mut rows = table(&["secret", "stored"]);
    for secret in secrets {
        let member = |name: &str| secret.get(name).and_then(Value::as_str).map(clean);
        rows.add_row([
            member("name").unwrap_or_default(),
            member("updatedAt").unwrap_or_default(),
        ]);
    }
    text(&rows)
}

/// Asks on the terminal for one line that is not shown while it is typed.
pub(crate) fn ask_unseen(question: &str) -> io::Result<Zeroizing<String>> {
    let hidden = Hidden::begin()?;
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().lock().read_line(&mut line);
    // The line end was not shown either.
    let _ = writeln!(stderr);
    drop(hidden);
    read?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// The terminal without an echo, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut without = before.clone();
        without.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &without)?;
        Ok(Hidden(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing is left to be tried where the terminal is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}
