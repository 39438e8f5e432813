//! The progress of a watched job: one line that is redrawn on a terminal, a line for each change elsewhere.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use atlas_exports::ExportJob;
use chrono::{DateTime, Utc};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{job, plain};
use crate::{
    console::{self, Console},
    reporter::Reporter,
    session::Session,
};

/// Time between two redraws of a job that does not change.
const TICK: Duration = Duration::from_millis(200);

const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// Widest bar, and the narrowest that is worth drawing.
const BAR: usize = 30;
const LEAST_BAR: usize = 8;

/// Shows the progress of a job.
pub(crate) enum Display<'a> {
    /// One line on stderr, which leaves stdout to the result.
    Redrawn(Box<Redrawn>),
    /// A line for each update on stdout, or nothing.
    Lines(&'a Console),
}

impl<'a> Display<'a> {
    pub(crate) fn start(session: &'a Session) -> Self {
        if session.console.is_talkative() && console::redrawable().is_some() {
            Self::Redrawn(Box::new(Redrawn::start(session.reporter.clone())))
        } else {
            Self::Lines(&session.console)
        }
    }

    /// Shows an update of the job.
    pub(crate) fn show(&mut self, job: &ExportJob) {
        match self {
            Self::Redrawn(line) => line.show(job),
            Self::Lines(console) => console.progress(&changed(job)),
        }
    }

    /// Waits for the next redraw and does it; never returns where nothing is redrawn.
    pub(crate) async fn tick(&mut self) {
        match self {
            Self::Redrawn(line) => {
                line.ticks.tick().await;
                line.draw();
            }
            Self::Lines(_) => std::future::pending().await,
        }
    }

    /// Clears the line.
    pub(crate) fn clear(&mut self) {
        if let Self::Redrawn(line) = self
            && line.drawn > 0
        {
            // With room for an echo of Ctrl-C.
            line.drawn = Redrawn::width() + 2;
            line.overwrite("");
        }
    }
}

/// The line on a terminal.
pub(crate) struct Redrawn {
    ticks: Interval,
    reporter: Arc<Reporter>,
    frame: usize,
    started: Instant,
    /// Age of the job at the first update.
    age: Duration,
    job: Option<View>,
    /// Width of the line as it was last drawn.
    drawn: usize,
}

/// What is shown of a job.
struct View {
    state: String,
    /// Collections exported and in total.
    collections: Option<(u64, u64)>,
}

impl Redrawn {
    fn start(reporter: Arc<Reporter>) -> Self {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { ticks, reporter, frame: 0, started: Instant::now(), age: Duration::ZERO, job: None, drawn: 0 }
    }

    fn show(&mut self, job: &ExportJob) {
        if self.job.is_none() {
            self.started = Instant::now();
            self.age = job.created_at.and_then(|created| (now() - created).to_std().ok()).unwrap_or_default();
        }
        let collections = job.progress().filter(|progress| progress.total > 0);
        self.job = Some(View {
            state: job::state(job),
            collections: collections.map(|progress| (progress.exported, progress.total)),
        });
        self.draw();
    }

    fn draw(&mut self) {
        self.frame = self.frame.wrapping_add(1);
        let width = Self::width();
        let spinner = SPINNER.get(self.frame % SPINNER.len()).copied().unwrap_or(' ');
        let elapsed = clock(self.age + self.started.elapsed());
        let trouble = self.reporter.trouble();
        self.overwrite(&line(width, spinner, self.job.as_ref(), trouble.as_deref(), &elapsed));
    }

    /// Columns to use: Ctrl-C may echo `^C` behind the line, and a full last column makes some terminals go on to the
    /// next line.
    fn width() -> usize {
        console::redrawable().unwrap_or(80).saturating_sub(3)
    }

    /// Overwrites the line, with blanks over its rest, which works on every terminal.
    fn overwrite(&mut self, text: &str) {
        let width = text.width();
        let blanks = self.drawn.saturating_sub(width);
        if width + blanks > 0 {
            console::stderr(&format!("\r{text}{:blanks$}{}", "", if text.is_empty() { "\r" } else { "" }));
        }
        self.drawn = width;
    }
}

/// Returns what fits into `width` columns: the state and the time, then the collections, then a bar; or why polling fails.
fn line(width: usize, spinner: char, job: Option<&View>, trouble: Option<&str>, elapsed: &str) -> String {
    let state = job.map_or("asking Atlas", |job| &job.state);
    if let Some(trouble) = trouble {
        return cut(&format!("{spinner} {state}  {elapsed}  {}", plain(trouble)), width);
    }
    let Some(job) = job else { return cut(&format!("{spinner} {state}  {elapsed}"), width) };
    let short = format!("{spinner} {}  {elapsed}", job.state);
    let Some((exported, total)) = job.collections else { return cut(&short, width) };
    let counted = |count: &str, bar: &str| format!("{spinner} {}  {bar}{count}  {elapsed}", job.state);
    let (long, brief) = (format!("{exported} of {total} collections"), format!("{exported}/{total}"));
    // The bar comes with brackets and a blank.
    let room = |count: &str| width.saturating_sub(counted(count, "").width() + 3);
    for count in [&long, &brief] {
        if room(count) >= LEAST_BAR {
            let bar = format!("[{}] ", bar(room(count).min(BAR), exported, total));
            return counted(count, &bar);
        }
    }
    let without_bar = [counted(&long, ""), counted(&brief, "")].into_iter().find(|text| text.width() <= width);
    without_bar.unwrap_or_else(|| cut(&short, width))
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

/// Returns the time, the state and the progress of the job.
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

    fn view(state: &str, collections: Option<(u64, u64)>) -> View {
        View { state: state.to_owned(), collections }
    }

    #[test]
    fn a_wide_terminal_shows_a_bar_and_the_collections() {
        let job = view("InProgress", Some((20, 40)));
        let expected = "| InProgress  [===============>              ] 20 of 40 collections  00:01:02";
        assert_eq!(line(119, '|', Some(&job), None, "00:01:02"), expected);
    }

    #[test]
    fn a_narrow_terminal_shows_what_fits() {
        let job = view("InProgress", Some((1234, 5678)));
        for (width, expected) in [
            (79, "| InProgress  [======>                     ] 1234 of 5678 collections  00:01:02"),
            (59, "| InProgress  [=>      ] 1234 of 5678 collections  00:01:02"),
            (49, "| InProgress  [==>          ] 1234/5678  00:01:02"),
            (40, "| InProgress  1234/5678  00:01:02"),
            (30, "| InProgress  00:01:02"),
            (10, "| InProgre"),
            (0, ""),
        ] {
            assert_eq!(line(width, '|', Some(&job), None, "00:01:02"), expected, "{width}");
        }
    }

    #[test]
    fn trouble_is_shown_in_place_of_collections() {
        let job = view("InProgress", Some((20, 40)));
        let trouble = Some("could not connect to the server");
        let expected = "| InProgress  00:01:02  could not connect to the server";
        assert_eq!(line(79, '|', Some(&job), trouble, "00:01:02"), expected);
        assert_eq!(line(40, '|', None, trouble, "00:01:02"), "| asking Atlas  00:01:02  could not conn");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let jobs =
            [view("Queued", None), view("凍結 (unknown state)", Some((0, u64::MAX))), view("InProgress", Some((7, 3)))];
        for width in 0..150 {
            for job in jobs.iter().map(Some).chain([None]) {
                let line = line(width, '/', job, None, "106d 23:59:59");
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
