//! How a job goes, while one waits: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, SystemTime},
};

use atlas_exports::ExportJob;
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};

use super::{args::Format, outcome::Problem, show};

/// Time between two pictures of a bar whose job does not move.
const TICK: Duration = Duration::from_millis(200);

pub(crate) enum Display {
    /// On stderr, which leaves stdout to the result.
    Bar(Bar),
    /// On stdout.
    Lines,
    /// On stderr, because stdout is for JSON alone.
    Messages,
}

impl Display {
    pub(crate) fn start(format: Format) -> Result<Self, Problem> {
        Ok(match format {
            _ if io::stderr().is_terminal() => Self::Bar(Bar::start()?),
            Format::Text => Self::Lines,
            Format::Json => Self::Messages,
        })
    }

    pub(crate) fn show(&mut self, job: &ExportJob) -> Result<(), Problem> {
        match self {
            Self::Bar(bar) => bar.show(job)?,
            Self::Lines => writeln!(io::stdout(), "{}", line(job))?,
            Self::Messages => eprintln!("{}", line(job)),
        }
        Ok(())
    }

    /// Leaves the terminal to what comes next.
    pub(crate) fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.bar.finish_and_clear();
        }
    }
}

pub(crate) struct Bar {
    bar: ProgressBar,
    /// Whether the job was seen.
    begun: bool,
}

impl Bar {
    fn start() -> Result<Self, Problem> {
        let bar = ProgressBar::no_length().with_style(style("{spinner} asking Atlas  {elapsed_precise}")?);
        bar.enable_steady_tick(TICK);
        Ok(Self { bar, begun: false })
    }

    fn show(&mut self, job: &ExportJob) -> Result<(), Problem> {
        if !std::mem::replace(&mut self.begun, true) {
            // The time runs from the job's beginning, where that is known.
            let age = job.created_at.and_then(|created| (now() - created).to_std().ok());
            self.bar = self.bar.clone().with_elapsed(age.unwrap_or_default());
        }
        self.bar.set_message(show::state(job));
        match job.progress().filter(|progress| progress.total > 0) {
            Some(progress) => {
                self.bar.set_length(progress.total);
                self.bar.set_position(progress.exported);
                self.bar.set_style(style("{spinner} {msg}  [{bar:30}] {pos} of {len} collections  {elapsed_precise}")?);
            }
            None => self.bar.set_style(style("{spinner} {msg}  {elapsed_precise}")?),
        }
        Ok(())
    }
}

fn style(template: &str) -> Result<ProgressStyle, Problem> {
    Ok(ProgressStyle::with_template(template).map_err(io::Error::other)?.progress_chars("=> "))
}

/// A moment, a state and how far it is.
fn line(job: &ExportJob) -> String {
    let mut line = format!("{}  {:<11}", show::moment(now()), show::state(job));
    if let Some(progress) = show::progress(job) {
        line.push_str("  ");
        line.push_str(&progress);
    }
    line.trim_end().to_owned()
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
