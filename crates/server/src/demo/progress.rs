//! Live bars on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Without a terminal, a line is written each time this many percent are passed.
const STEP: u8 = 25;

/// Wide enough for the longest label.
const TEMPLATE: &str = "{prefix:42} {bar:30} {pos:>3} % {msg}";

/// Where progress is shown.
pub(super) struct Progress {
    bars: Option<MultiProgress>,
}

/// The progress of one request.
pub(super) struct Bar {
    label: &'static str,
    bar: Option<ProgressBar>,
    shown: u8,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            bars: stderr().is_terminal().then(MultiProgress::new),
        }
    }

    /// One more bar, below the others.
    pub(super) fn bar(&self, label: &'static str) -> Bar {
        let bar = self.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template(TEMPLATE)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = bars.add(ProgressBar::new(100).with_style(style));
            bar.set_prefix(label);
            bar
        });
        Bar {
            label,
            bar,
            shown: 0,
        }
    }

    /// A line of its own.
    pub(super) fn say(&self, line: &str) {
        match &self.bars {
            // An error means that the terminal has gone; so has the reader.
            Some(bars) => drop(bars.println(line)),
            None => eprintln!("{line}"),
        }
    }
}

impl Bar {
    /// Shows how far it is.
    pub(super) fn at(&mut self, percent: u8) {
        match &self.bar {
            Some(bar) => bar.set_position(percent.into()),
            None if percent / STEP > self.shown / STEP => {
                eprintln!("{}: {percent} %", self.label);
            }
            None => {}
        }
        self.shown = percent;
    }

    /// Shows how it ended.
    pub(super) fn end(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.finish_with_message(words.to_owned()),
            None => eprintln!("{}: {words}", self.label),
        }
    }
}
