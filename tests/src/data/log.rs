//! The log of requests.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{Recorded, lock::lock};

/// The latest requests, and the number of all.
#[derive(Debug)]
pub(crate) struct Log {
    limit: usize,
    entries: Mutex<Entries>,
    exchanges: AtomicUsize,
}

#[derive(Debug, Default)]
struct Entries {
    /// The number of the oldest request that is kept.
    first: u64,
    requests: VecDeque<Recorded>,
    /// How many requests were answered with each status; `None` for no response.
    by_status: BTreeMap<Option<u16>, usize>,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: Mutex::default(), exchanges: AtomicUsize::new(0) }
    }

    /// Adds a request and returns its number for [`Log::close`].
    pub(crate) fn open(&self, request: Recorded) -> u64 {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let mut entries = lock(&self.entries);
        let number = entries.first + entries.requests.len() as u64;
        entries.requests.push_back(request);
        while entries.requests.len() > self.limit {
            entries.requests.pop_front();
            entries.first += 1;
        }
        number
    }

    pub(crate) fn close(&self, number: u64, status: Option<u16>, refusal: Option<&'static str>) {
        let mut entries = lock(&self.entries);
        *entries.by_status.entry(status).or_default() += 1;
        let Some(index) = number.checked_sub(entries.first).and_then(|index| usize::try_from(index).ok()) else {
            return;
        };
        if let Some(request) = entries.requests.get_mut(index) {
            request.status = status;
            request.refusal = refusal;
        }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        lock(&self.entries).requests.iter().cloned().collect()
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// The number of requests that were answered with a status.
    pub(crate) fn response_count(&self, status: u16) -> usize {
        lock(&self.entries).by_status.get(&Some(status)).copied().unwrap_or_default()
    }

    pub(crate) fn reset(&self) {
        let mut entries = lock(&self.entries);
        entries.first += entries.requests.len() as u64;
        entries.requests.clear();
        entries.by_status.clear();
        self.exchanges.store(0, Ordering::Relaxed);
    }
}
