//! A spinner for every attempt that runs, below the lines of those that ended.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::sentence;
use super::story::{Key, Turn};

/// Between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(100);
/// Spinners at once: more would fill the screen and scroll away what is being read.
const BARS_MAX: usize = 16;

/// Draws turns as they come.
pub(super) struct Live {
    all: MultiProgress,
    bars: HashMap<Key, ProgressBar>,
    style: ProgressStyle,
    color: bool,
}

impl Live {
    pub(super) fn new(color: bool) -> Self {
        let template = match color {
            true => "{spinner:.cyan} {prefix}  {elapsed}  {msg}",
            false => "{spinner} {prefix}  {elapsed}  {msg}",
        };
        // The template is a constant that a test parses.
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        Live {
            all: MultiProgress::new(),
            bars: HashMap::new(),
            style,
            color,
        }
    }

    pub(super) fn show(&mut self, turn: &Turn) {
        match turn {
            Turn::Began { key, text } if self.bars.len() < BARS_MAX => {
                let bar = self.all.add(ProgressBar::new_spinner());
                bar.set_style(self.style.clone());
                bar.set_prefix(text.clone());
                bar.enable_steady_tick(TICK);
                self.bars.insert(key.clone(), bar);
            }
            Turn::Progress {
                key,
                fraction,
                text,
            } => {
                if let Some(bar) = self.bars.get(key) {
                    let percent = fraction.map(|f| format!("{:.0} %  ", f.clamp(0.0, 1.0) * 100.0));
                    bar.set_message(format!("{}{text}", percent.unwrap_or_default()));
                }
            }
            Turn::Ended { key, .. } => {
                if let Some(bar) = self.bars.remove(key) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
        if let Some(text) = sentence(turn, self.color) {
            self.say(&text);
        }
    }

    /// A line above the spinners.
    pub(super) fn say(&self, text: &str) {
        // Nobody is helped by failing where they do not listen.
        let _ = self.all.println(text);
    }

    pub(super) fn finish(self) {
        for bar in self.bars.values() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_can_be_drawn() {
        for color in [true, false] {
            let mut live = Live::new(color);
            let key = ("/do/0/a".to_owned(), 1);
            live.show(&Turn::Began {
                key: key.clone(),
                text: "a".to_owned(),
            });
            assert_eq!(live.bars.len(), 1);
            live.show(&Turn::Ended {
                key,
                ok: true,
                text: "a".to_owned(),
            });
            assert!(live.bars.is_empty());
            live.finish();
        }
        for template in [
            "{spinner:.cyan} {prefix}  {elapsed}  {msg}",
            "{spinner} {prefix}  {elapsed}  {msg}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
