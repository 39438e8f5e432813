//! Which pages of the list to read in a round of polls, and which jobs to get one by one.
//!
//! A page shows many jobs for one request, so it is read as soon as two of them are expected there. Each job is expected
//! on page 1 at first, and later where it was last seen. A job that is not where it was expected is looked for on the
//! nearest pages, as long as such jobs outnumber the pages that are left. All other jobs are polled one by one. No order
//! of the list is assumed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{ExportId, pagination::MAX_PAGE_SIZE};

/// What to request next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NextPoll {
    Page(u32),
    Job(ExportId),
}

/// Where a job is expected.
#[derive(Debug, Clone, Copy)]
struct Expected {
    page: u32,
    /// Whether it was seen there, so that it cannot be far if it is missing.
    was_seen: bool,
}

/// The requests of one round after the other.
#[derive(Debug, Default)]
pub(super) struct PagePlan {
    /// Jobs that are polled one by one are not in here.
    expected: HashMap<ExportId, Expected>,
    /// Number of all jobs of the list, as the server estimated it.
    total: Option<u64>,
    round: Round,
}

#[derive(Debug, Default)]
struct Round {
    /// Jobs that were not seen yet in this round.
    unseen: BTreeSet<ExportId>,
    read: BTreeSet<u32>,
    /// The last page of the list, once it was read.
    last: Option<u32>,
    /// At most so many pages are read, which bounds the requests to twice those of polling one by one.
    max_pages: usize,
    /// Whether the rest of the jobs is polled one by one.
    pages_done: bool,
}

impl PagePlan {
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a ExportId> + Clone) -> Self {
        let expected = ids.clone().map(|id| (id.clone(), Expected { page: 1, was_seen: false })).collect();
        let mut plan = Self { expected, ..Self::default() };
        plan.begin_round(ids);
        plan
    }

    /// Begins a round in which each of the jobs is polled once.
    pub(super) fn begin_round<'a>(&mut self, ids: impl Iterator<Item = &'a ExportId>) {
        let unseen: BTreeSet<_> = ids.cloned().collect();
        self.round = Round { max_pages: unseen.len(), unseen, ..Round::default() };
    }

    /// Returns the estimate of the number of all jobs.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns what to request next; `None` at the end of the round. The same page is returned until it was read.
    pub(super) fn next(&mut self) -> Option<NextPoll> {
        if !self.round.pages_done {
            if let Some(page) = self.next_page() {
                return Some(NextPoll::Page(page));
            }
            self.round.pages_done = true;
            self.move_missing();
        }
        self.round.unseen.pop_first().map(NextPoll::Job)
    }

    fn next_page(&self) -> Option<u32> {
        let Round { unseen, read, last, max_pages, .. } = &self.round;
        if read.len() >= *max_pages {
            return None;
        }
        // Jobs by the page where they are expected.
        let (mut unread_pages, mut missing) = (BTreeMap::new(), BTreeMap::new());
        for expected in unseen.iter().filter_map(|id| self.expected.get(id)) {
            let jobs = if read.contains(&expected.page) { &mut missing } else { &mut unread_pages };
            *jobs.entry(expected.page).or_insert(0_u64) += 1;
        }
        if let Some((page, _)) = unread_pages.into_iter().find(|(_, jobs)| *jobs > 1) {
            return Some(page);
        }
        let pages = last.map(u64::from).or(self.total.map(|total| total.div_ceil(MAX_PAGE_SIZE.into())));
        // There may be another page, whatever the estimate.
        let left = pages.map_or(1, |pages| pages.saturating_sub(read.len() as u64).max(1));
        let nearest = self.nearest_unread(missing.keys())?;
        (missing.values().sum::<u64>() > left).then_some(nearest)
    }

    /// Returns the unread page nearest to any of these, the next one rather than the one before: where the newest jobs come
    /// first, they push others there.
    fn nearest_unread<'a>(&self, pages: impl Iterator<Item = &'a u32> + Clone) -> Option<u32> {
        let Round { read, last, .. } = &self.round;
        let last = last.unwrap_or_else(|| read.last().map_or(1, |last| last.saturating_add(1)));
        let distance = |page: u32| pages.clone().map(|from| (page.abs_diff(*from), page < *from)).min();
        (1..=last).filter(|page| !read.contains(page)).min_by_key(|page| distance(*page))
    }

    /// Expects those jobs on the nearest page in the next round that are missing from the page where they were last seen,
    /// and none that were looked for in vain.
    fn move_missing(&mut self) {
        for id in &self.round.unseen {
            let Some(expected) = self.expected.get(id).filter(|at| self.round.read.contains(&at.page)) else {
                continue;
            };
            match self.nearest_unread(std::iter::once(&expected.page)).filter(|_| expected.was_seen) {
                Some(page) => self.expected.insert(id.clone(), Expected { page, was_seen: false }),
                None => self.expected.remove(id),
            };
        }
    }

    /// Notes that a job is on a page. Returns whether it is waited for and was not seen before in this round.
    pub(super) fn see(&mut self, id: &ExportId, page: u32) -> bool {
        let is_unseen = self.round.unseen.remove(id);
        if is_unseen {
            self.expected.insert(id.clone(), Expected { page, was_seen: true });
        }
        is_unseen
    }

    /// Notes that a page was read, after [`see`](Self::see) for each of its jobs. `more` tells whether another one follows.
    pub(super) fn finish_page(&mut self, page: u32, more: bool, total: Option<u64>) {
        self.total = total.or(self.total);
        self.round.read.insert(page);
        if !more {
            self.round.last = Some(self.round.last.map_or(page, |last| last.min(page)));
        }
    }

    /// Polls all jobs one by one from now on.
    pub(super) fn stop_reading(&mut self) {
        self.expected.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{NextPoll::*, *};

    fn id(number: usize) -> ExportId {
        format!("{number:024x}").parse().unwrap()
    }

    /// A plan for jobs that do not end, unless a test removes them.
    struct Fixture {
        plan: PagePlan,
        pending: HashSet<ExportId>,
        counts: bool,
    }

    impl Fixture {
        fn new(jobs: impl IntoIterator<Item = usize>) -> Self {
            let pending: HashSet<_> = jobs.into_iter().map(id).collect();
            Self { plan: PagePlan::new(pending.iter()), pending, counts: true }
        }

        /// Plays a round against a list of jobs, in its order. Returns the requests, after a check that each job was seen
        /// once.
        fn round(&mut self, list: &[usize]) -> Vec<NextPoll> {
            let (mut polls, mut seen) = (Vec::new(), HashMap::new());
            while let Some(next) = self.plan.next() {
                match &next {
                    Page(number) => {
                        let pages: Vec<_> = list.chunks(500).collect();
                        for job in pages.get(*number as usize - 1).into_iter().copied().flatten() {
                            if self.plan.see(&id(*job), *number) {
                                *seen.entry(id(*job)).or_default() += 1;
                            }
                        }
                        let total = self.counts.then_some(list.len() as u64);
                        self.plan.finish_page(*number, (*number as usize) < pages.len(), total);
                    }
                    Job(id) => *seen.entry(id.clone()).or_default() += 1,
                }
                polls.push(next);
                assert!(polls.len() < 100_000, "the round does not end");
            }
            assert_eq!(seen, self.pending.iter().map(|id| (id.clone(), 1)).collect());
            self.plan.begin_round(self.pending.iter());
            polls
        }

        fn remove(&mut self, job: usize) {
            self.pending.remove(&id(job));
            self.plan.begin_round(self.pending.iter());
        }
    }

    #[test]
    fn one_job_is_polled_by_itself() {
        let mut plan = Fixture::new([7]);
        assert_eq!(plan.round(&[7]), [Job(id(7))]);
        assert_eq!(plan.round(&[7]), [Job(id(7))]);
    }

    #[test]
    fn two_jobs_on_one_page_take_one_request_a_round() {
        let list: Vec<_> = (0..400).collect();
        let mut plan = Fixture::new([3, 399]);
        assert_eq!(plan.round(&list), [Page(1)]);
        assert_eq!(plan.round(&list), [Page(1)]);
    }

    #[test]
    fn thousands_of_jobs_take_as_many_requests_as_they_have_pages() {
        let list: Vec<_> = (0..10_000).collect();
        let mut plan = Fixture::new(0..10_000);
        for _ in 0..3 {
            assert_eq!(plan.round(&list), (1..=20).map(Page).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pages_without_any_of_the_jobs_are_left_out_from_the_second_round_on() {
        let list: Vec<_> = (0..5000).collect();
        let mut plan = Fixture::new(4000..4100);
        assert_eq!(plan.round(&list), (1..=9).map(Page).collect::<Vec<_>>());
        assert_eq!(plan.round(&list), [Page(9)]);
    }

    #[test]
    fn two_jobs_in_a_long_list_are_not_searched_for() {
        let list: Vec<_> = (0..1_000_000).collect();
        let mut plan = Fixture::new([700_000, 900_000]);
        assert_eq!(
            plan.round(&list),
            [Page(1), Job(id(700_000)), Job(id(900_000))],
            "page 1 tells how long the list is"
        );
        assert_eq!(plan.round(&list), [Job(id(700_000)), Job(id(900_000))]);
    }

    #[test]
    fn jobs_are_searched_for_as_long_as_they_outnumber_the_pages_that_are_left() {
        let list: Vec<_> = (0..2_000).collect();
        let far = [1_600, 1_700, 1_800, 1_900];
        assert_eq!(Fixture::new(far).round(&list), [1, 2, 3, 4].map(Page), "four jobs, three pages");
        let polls = Fixture::new(far[1..].iter().copied()).round(&list);
        assert_eq!(polls, [Page(1), Job(id(1_700)), Job(id(1_800)), Job(id(1_900))], "three jobs, three pages");
    }

    #[test]
    fn without_a_count_no_more_pages_are_read_than_there_are_jobs() {
        let list: Vec<_> = (0..100_000).collect();
        let mut plan = Fixture { counts: false, ..Fixture::new([90_000, 90_001, 90_002]) };
        assert_eq!(plan.round(&list)[..3], [1, 2, 3].map(Page));
        assert_eq!(plan.round(&list).len(), 3);
    }

    #[test]
    fn jobs_that_new_ones_push_to_the_next_page_are_found_there() {
        let mut list: Vec<_> = (0..900).collect();
        let mut plan = Fixture::new(0..600);
        plan.round(&list);
        for new in 1..20 {
            list.splice(0..0, (0..40).map(|job| 10_000 * new + job));
            let polls = plan.round(&list).len();
            assert!(polls <= 3, "{polls} requests after {new} batches of new jobs");
        }
    }

    /// Each time only one job is missing, which is not worth a page.
    #[test]
    fn jobs_that_leave_a_page_one_by_one_are_found_together() {
        let mut list: Vec<_> = (0..500).collect();
        let mut plan = Fixture::new(400..500);
        plan.round(&list);
        for new in 1..90 {
            list.insert(0, 10_000 + new);
            let polls = plan.round(&list).len();
            assert!(polls <= 3, "{polls} requests after {new} new jobs");
        }
        // The oldest jobs are deleted, at the other end.
        for deleted in 1..90 {
            list.remove(0);
            let polls = plan.round(&list).len();
            assert!(polls <= 3, "{polls} requests after {deleted} deleted jobs");
        }
    }

    #[test]
    fn jobs_that_cannot_be_found_are_searched_for_once() {
        let list: Vec<_> = (0..1_000).collect();
        let mut plan = Fixture::new([1, 2, 5_000, 5_001]);
        assert_eq!(plan.round(&list).len(), 4);
        assert_eq!(plan.round(&list), [Page(1), Job(id(5_000)), Job(id(5_001))]);
    }

    #[test]
    fn jobs_that_have_ended_take_no_more_requests() {
        let list: Vec<_> = (0..400).collect();
        let mut plan = Fixture::new([1, 2]);
        plan.round(&list);
        plan.remove(1);
        assert_eq!(plan.round(&list), [Job(id(2))]);
        plan.remove(2);
        assert_eq!(plan.round(&list), []);
    }

    #[test]
    fn a_page_that_was_not_read_is_next_again() {
        let mut plan = Fixture::new([1, 2]);
        assert_eq!((plan.plan.next(), plan.plan.next()), (Some(Page(1)), Some(Page(1))));
    }

    #[test]
    fn when_pages_cannot_be_read_jobs_are_polled_one_by_one() {
        let mut plan = Fixture::new([1, 2, 3]);
        assert_eq!(plan.plan.next(), Some(Page(1)));
        plan.plan.stop_reading();
        for _ in 0..2 {
            assert_eq!(plan.round(&[1, 2, 3]), [1, 2, 3].map(|job| Job(id(job))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Each job is seen once a round, wherever it is in the list and however the list changes in between, for never
        /// more than twice the requests of polling one by one, and no more than that from the second round on when the
        /// list stays as it is.
        #[test]
        fn each_job_is_seen_once_a_round_for_few_requests(
            (mut list, chosen) in (1..3000_usize).prop_flat_map(|jobs| {
                (Just((0..jobs).collect::<Vec<_>>()).prop_shuffle(), prop::collection::hash_set(0..jobs + 5, 1..200))
            }),
            changes in prop::collection::vec((0..300_usize, 0..300_usize), 1..6),
            counts in any::<bool>(),
        ) {
            let jobs = chosen.len();
            let mut plan = Fixture { counts, ..Fixture::new(chosen) };
            prop_assert!(plan.round(&list).len() <= 2 * jobs);
            prop_assert!(plan.round(&list).len() <= jobs);
            for (batch, (new, deleted)) in changes.into_iter().enumerate() {
                list.truncate(list.len().saturating_sub(deleted));
                list.splice(0..0, (0..new).map(|job| 10_000 * (batch + 1) + job));
                prop_assert!(plan.round(&list).len() <= 2 * jobs);
            }
        }
    }
}
