//! How far a run has come: bars on a terminal, plain lines otherwise, nothing for programs.

mod lines;
mod live;
mod story;

use crate::client::StreamEvent;
use crate::config::Settings;
use lines::Lines;
use live::Live;
use story::{Story, Turn};

/// Follows one run on stderr.
pub(crate) struct Progress {
    story: Story,
    view: View,
}

enum View {
    Live(Live),
    Lines(Lines),
    Silent,
}

impl Progress {
    /// What fits the settings.
    pub(crate) fn new(settings: &Settings) -> Self {
        let view = if settings.json {
            View::Silent
        } else if settings.progress.live {
            View::Live(Live::new(settings.progress.color))
        } else {
            View::Lines(Lines::new(settings.progress.color))
        };
        Progress {
            story: Story::default(),
            view,
        }
    }

    /// Shows an event.
    pub(crate) fn event(&mut self, event: &StreamEvent) {
        if let Some(turn) = self.story.turn(event) {
            match &mut self.view {
                View::Live(live) => live.show(&turn),
                View::Lines(lines) => lines.show(&turn),
                View::Silent => {}
            }
        }
    }

    /// Shows a line of its own.
    pub(crate) fn say(&self, text: &str) {
        match &self.view {
            View::Live(live) => live.say(text),
            View::Lines(_) => super::out::note(text),
            View::Silent => {}
        }
    }

    /// Leaves the terminal as it should be.
    pub(crate) fn finish(self) {
        if let View::Live(live) = self.view {
            live.finish();
        }
    }
}

/// A turn as one line; `None` where it is only drawn, not told.
fn sentence(turn: &Turn, color: bool) -> Option<String> {
    use anstyle::{AnsiColor, Style};
    let paint = |text: &str, hue: AnsiColor| {
        let style = match color {
            true => Style::new().fg_color(Some(hue.into())),
            false => Style::new(),
        };
        format!("{style}{text}{style:#}")
    };
    Some(match turn {
        Turn::Began { .. } | Turn::Progress { .. } => return None,
        Turn::Ended { ok: true, text, .. } => {
            format!("{} {text}", paint("done ", AnsiColor::Green))
        }
        Turn::Ended {
            ok: false, text, ..
        } => format!("{} {text}", paint("fail ", AnsiColor::Red)),
        Turn::Told { mark, text } => format!("{} {text}", paint(mark, AnsiColor::Yellow)),
        Turn::Log { text } => format!("{} {text}", paint("log  ", AnsiColor::Cyan)),
    })
}
