//! The progress of a watched job: one line that is drawn over on a terminal, a line for each change elsewhere.

use std::time::{Duration, SystemTime};

use atlas_exports::ExportJob;
use chrono::{DateTime, Utc};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::job;
use crate::console::{self, Console};

/// Time between two pictures of a job that does not change.
const TICK: Duration = Duration::from_millis(200);

const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// Widest bar, and the narrowest that is worth drawing.
const BAR: usize = 30;
const LEAST_BAR: usize = 8;

/// Where progress goes.
pub(crate) enum Display<'a> {
    /// On stderr, which leaves stdout to the result.
    Redrawn(Box<Redrawn>),
    /// On stdout, or nowhere.
    Lines(&'a Console),
}

impl<'a> Display<'a> {
    pub(crate) fn start(console: &'a Console) -> Self {
        if console.is_talkative() && console::redrawable().is_some() {
            Self::Redrawn(Box::new(Redrawn::start()))
        } else {
            Self::Lines(console)
        }
    }

    /// Shows the job as it is now.
    pub(crate) fn show(&mut self, job: &ExportJob) {
        match self {
            Self::Redrawn(line) => line.show(job),
            Self::Lines(console) => console.progress(&changed(job)),
        }
    }

    /// Draws again when it is time to; never, where nothing is drawn over.
    pub(crate) async fn tick(&mut self) {
        match self {
            Self::Redrawn(line) => {
                line.ticks.tick().await;
                line.draw();
            }
            Self::Lines(_) => std::future::pending().await,
        }
    }

    /// Leaves the terminal to what comes next.
    pub(crate) fn clear(&mut self) {
        if let Self::Redrawn(line) = self {
            line.overwrite("");
        }
    }
}

/// The line of a terminal.
pub(crate) struct Redrawn {
    ticks: Interval,
    frame: usize,
    started: Instant,
    /// How old the job was when it was first seen.
    age: Duration,
    job: Option<Picture>,
    /// Columns that the last picture took.
    drawn: usize,
}

/// What is shown of a job.
struct Picture {
    state: String,
    /// Collections exported and in total.
    collections: Option<(u64, u64)>,
}

impl Redrawn {
    fn start() -> Self {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { ticks, frame: 0, started: Instant::now(), age: Duration::ZERO, job: None, drawn: 0 }
    }

    fn show(&mut self, job: &ExportJob) {
        if self.job.is_none() {
            self.started = Instant::now();
            self.age = job.created_at.and_then(|created| (now() - created).to_std().ok()).unwrap_or_default();
        }
        let collections = job.progress().filter(|progress| progress.total > 0);
        self.job = Some(Picture {
            state: job::state(job),
            collections: collections.map(|progress| (progress.exported, progress.total)),
        });
        self.draw();
    }

    fn draw(&mut self) {
        self.frame = self.frame.wrapping_add(1);
        // A line that fills the last column makes some terminals go on to the next one.
        let width = console::redrawable().unwrap_or(80).saturating_sub(1);
        let spinner = SPINNER.get(self.frame % SPINNER.len()).copied().unwrap_or(' ');
        let elapsed = clock(self.age + self.started.elapsed());
        self.overwrite(&line(width, spinner, self.job.as_ref(), &elapsed));
    }

    /// Blanks over the last picture work on every terminal.
    fn overwrite(&mut self, text: &str) {
        let width = text.width();
        let blanks = self.drawn.saturating_sub(width);
        if width + blanks > 0 {
            console::stderr(&format!("\r{text}{:blanks$}{}", "", if text.is_empty() { "\r" } else { "" }));
        }
        self.drawn = width;
    }
}

/// What fits into `width` columns: the state and the time, then the collections, then a bar.
fn line(width: usize, spinner: char, job: Option<&Picture>, elapsed: &str) -> String {
    let Some(job) = job else { return cut(&format!("{spinner} asking Atlas  {elapsed}"), width) };
    let plain = format!("{spinner} {}  {elapsed}", job.state);
    let Some((exported, total)) = job.collections else { return cut(&plain, width) };
    let counted = |count: &str, bar: &str| format!("{spinner} {}  {bar}{count}  {elapsed}", job.state);
    let (long, short) = (format!("{exported} of {total} collections"), format!("{exported}/{total}"));
    // Brackets and a blank stand around the bar.
    let room = |count: &str| width.saturating_sub(counted(count, "").width() + 3);
    for count in [&long, &short] {
        if room(count) >= LEAST_BAR {
            let bar = format!("[{}] ", bar(room(count).min(BAR), exported, total));
            return counted(count, &bar);
        }
    }
    let without_bar = [counted(&long, ""), counted(&short, "")].into_iter().find(|text| text.width() <= width);
    without_bar.unwrap_or_else(|| cut(&plain, width))
}

fn bar(width: usize, exported: u64, total: u64) -> String {
    let share = u128::from(exported.min(total)) * width as u128 / u128::from(total.max(1));
    let done = usize::try_from(share).unwrap_or(width);
    let head = if done < width { ">" } else { "" };
    format!("{:width$}", format!("{}{head}", "=".repeat(done)))
}

fn cut(text: &str, width: usize) -> String {
    let mut left = width;
    text.chars()
        .take_while(|char| {
            let room = char.width().unwrap_or(0);
            let fits = room <= left;
            left = left.saturating_sub(room);
            fits
        })
        .collect()
}

fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days > 0 { format!("{days}d ") } else { String::new() };
    format!("{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// A moment, the state and how far the job is.
fn changed(job: &ExportJob) -> String {
    let mut line = format!("{}  {:<11}", job::moment(now()), job::state(job));
    if let Some(progress) = job::progress(job) {
        line.push_str("  ");
        line.push_str(&progress);
    }
    line.trim_end().to_owned()
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(state: &str, collections: Option<(u64, u64)>) -> Picture {
        Picture { state: state.to_owned(), collections }
    }

    #[test]
    fn a_wide_terminal_shows_a_bar_and_the_collections() {
        let job = picture("InProgress", Some((20, 40)));
        let expected = "| InProgress  [===============>              ] 20 of 40 collections  00:01:02";
        assert_eq!(line(119, '|', Some(&job), "00:01:02"), expected);
    }

    #[test]
    fn a_narrow_terminal_shows_what_fits() {
        let job = picture("InProgress", Some((1234, 5678)));
        for (width, expected) in [
            (79, "| InProgress  [======>                     ] 1234 of 5678 collections  00:01:02"),
            (59, "| InProgress  [=>      ] 1234 of 5678 collections  00:01:02"),
            (49, "| InProgress  [==>          ] 1234/5678  00:01:02"),
            (40, "| InProgress  1234/5678  00:01:02"),
            (30, "| InProgress  00:01:02"),
            (10, "| InProgre"),
            (0, ""),
        ] {
            assert_eq!(line(width, '|', Some(&job), "00:01:02"), expected, "{width}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let jobs = [
            picture("Queued", None),
            picture("凍結 (unknown state)", Some((0, u64::MAX))),
            picture("InProgress", Some((7, 3))),
        ];
        for width in 0..150 {
            for job in jobs.iter().map(Some).chain([None]) {
                let line = line(width, '/', job, "106d 23:59:59");
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_bar_is_full_only_at_the_end() {
        assert_eq!(bar(4, 0, 3), ">   ");
        assert_eq!(bar(4, 2, 3), "==> ");
        assert_eq!(bar(4, 3, 3), "====");
        assert_eq!(bar(4, 9, 3), "====");
        assert_eq!(bar(4, 0, 0), ">   ");
    }

    #[test]
    fn elapsed_time_has_hours_and_where_needed_days() {
        assert_eq!(clock(Duration::from_secs(3_723)), "01:02:03");
        assert_eq!(clock(Duration::from_secs(90_061)), "1d 01:01:01");
    }
}
