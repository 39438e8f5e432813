//! Which requests show all jobs that are waited for: no time passes in here, and nothing is sent.
//!
//! A page of the list shows many jobs for the price of one request, so a page is worth it as soon as it shows two of them.
//! Where the jobs are in the list is found out in the first round and remembered; nothing is assumed of its order, and a
//! job that has moved is looked for on the pages beside.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{ExportId, pagination::MAX_PAGE_SIZE};

/// Jobs that were not where they were expected so often are asked for one by one.
const MOST_MISSES: u8 = 2;

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// A page of the list, and whether the server shall count all jobs.
    Page { number: u32, count: bool },
    /// One job.
    One(ExportId),
}

/// Where a job is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Unknown,
    /// On this page, and so often in a row it was not.
    Page(u32, u8),
    /// It is not looked for in the list.
    Apart,
}

/// The requests of one round after the other.
#[derive(Debug)]
pub(super) struct Plan {
    /// All jobs that are waited for.
    places: HashMap<ExportId, Place>,
    /// How many jobs the list has, as the server estimates it.
    total: Option<u64>,
    list_is_usable: bool,
    round: Round,
}

#[derive(Debug, Default)]
struct Round {
    /// Jobs that were neither seen nor asked for in this round.
    unseen: HashSet<ExportId>,
    /// Pages, and which of the jobs are expected there.
    expected: BTreeMap<u32, Vec<ExportId>>,
    unknown: Vec<ExportId>,
    singles: Vec<ExportId>,
    /// Pages that were read in this round.
    read: HashSet<u32>,
    /// Number of the last page, once one was read that has no next.
    last: Option<u32>,
    /// Pages that may still be read in search of jobs: at worst a search doubles what asking one by one takes.
    searches: usize,
}

impl Plan {
    pub(super) fn new(ids: impl IntoIterator<Item = ExportId>) -> Self {
        let places = ids.into_iter().map(|id| (id, Place::Unknown)).collect();
        let mut plan = Self { places, total: None, list_is_usable: true, round: Round::default() };
        plan.begin();
        plan
    }

    /// Begins a round in which each job is shown once.
    pub(super) fn begin(&mut self) {
        let mut round = Round { unseen: self.places.keys().cloned().collect(), ..Round::default() };
        for (id, place) in &self.places {
            let list = match place {
                _ if !self.list_is_usable => &mut round.singles,
                Place::Unknown => &mut round.unknown,
                Place::Page(number, _) => round.expected.entry(*number).or_default(),
                Place::Apart => &mut round.singles,
            };
            list.push(id.clone());
        }
        round.searches = round.unknown.len();
        self.round = round;
    }

    /// Returns the estimate of the number of all jobs.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// What to ask for next; `None` when the round is over.
    pub(super) fn next(&mut self) -> Option<Ask> {
        while let Some((number, mut ids)) = self.round.expected.pop_first() {
            ids.retain(|id| self.round.unseen.contains(id));
            if ids.len() > 1 && self.list_is_usable {
                self.round.expected.insert(number, ids);
                return Some(Ask::Page { number, count: false });
            }
            self.round.singles.append(&mut ids);
        }
        if let Some(number) = self.search() {
            return Some(Ask::Page { number, count: self.total.is_none() });
        }
        while let Some(id) = self.round.singles.pop() {
            if self.round.unseen.remove(&id) {
                return Some(Ask::One(id));
            }
        }
        None
    }

    /// The page on which to look for jobs whose place is not known, as long as that promises to take fewer requests than
    /// asking for each of them.
    fn search(&mut self) -> Option<u32> {
        let Round { unseen, unknown, singles, read, last, searches, .. } = &mut self.round;
        unknown.retain(|id| unseen.contains(id));
        let number = (1..).find(|number| !read.contains(number))?;
        let left = self.total.map(|total| {
            let pages = usize::try_from(total.div_ceil(MAX_PAGE_SIZE.into())).unwrap_or(usize::MAX);
            // Having come so far, there is at least one more, whatever the estimate.
            pages.saturating_sub(read.len()).max(1)
        });
        let worth_it = self.list_is_usable
            && *searches > 0
            && last.is_none_or(|last| number < last)
            && unknown.len() > left.unwrap_or(1);
        if worth_it {
            return Some(number);
        }
        for id in unknown.drain(..) {
            // A single one may still be met on a page that is read for others.
            self.places.insert(id.clone(), Place::Apart);
            singles.push(id);
        }
        None
    }

    /// A job was met on a page. Whether it is waited for, and was not seen in this round.
    pub(super) fn met(&mut self, id: &ExportId, page: u32) -> bool {
        let Some(place) = self.places.get_mut(id) else { return false };
        *place = Place::Page(page, 0);
        self.round.unseen.remove(id)
    }

    /// A page was read, and [`Plan::met`] was told all that is on it.
    pub(super) fn read(&mut self, number: u32, more: bool, total: Option<u64>) {
        self.total = total.or(self.total);
        self.round.read.insert(number);
        if !more {
            self.round.last = Some(self.round.last.map_or(number, |last| last.min(number)));
        }
        let Some(missing) = self.round.expected.remove(&number) else {
            self.round.searches = self.round.searches.saturating_sub(1);
            return;
        };
        for id in missing {
            if self.round.unseen.contains(&id) {
                self.look_beside(id, number, more);
            }
        }
    }

    /// A job was not on the page where it was. New jobs push others to the next page where the newest come first, and what
    /// is deleted lets them move up.
    fn look_beside(&mut self, id: ExportId, number: u32, more: bool) {
        let Some(place) = self.places.get_mut(&id) else { return };
        let misses = if let Place::Page(_, misses) = place { *misses + 1 } else { 1 };
        let beside = [Some(number + 1).filter(|_| more), number.checked_sub(1).filter(|number| *number > 0)];
        let beside = beside.into_iter().flatten().find(|number| !self.round.read.contains(number));
        match beside.filter(|_| misses <= MOST_MISSES) {
            Some(beside) => {
                *place = Place::Page(beside, misses);
                self.round.expected.entry(beside).or_default().push(id);
            }
            None => {
                *place = Place::Apart;
                self.round.singles.push(id);
            }
        }
    }

    /// The list cannot be used; jobs are asked for one by one from now on.
    pub(super) fn without_list(&mut self) {
        self.list_is_usable = false;
        let unknown = std::mem::take(&mut self.round.unknown);
        self.round.singles.extend(unknown);
    }

    /// A job has ended.
    pub(super) fn forget(&mut self, id: &ExportId) {
        self.places.remove(id);
        self.round.unseen.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> ExportId {
        format!("{number:024x}").parse().unwrap()
    }

    /// Answers one round from a list of jobs in its order, and gives the requests and how often each job was shown.
    fn round(plan: &mut Plan, list: &[usize], counts: bool) -> (Vec<Ask>, HashMap<ExportId, usize>) {
        let (mut asks, mut shown) = (Vec::new(), HashMap::new());
        while let Some(ask) = plan.next() {
            match &ask {
                Ask::Page { number, .. } => {
                    let pages: Vec<_> = list.chunks(500).collect();
                    for job in pages.get(*number as usize - 1).into_iter().copied().flatten() {
                        if plan.met(&id(*job), *number) {
                            *shown.entry(id(*job)).or_default() += 1;
                        }
                    }
                    plan.read(*number, (*number as usize) < pages.len(), counts.then_some(list.len() as u64));
                }
                Ask::One(id) => *shown.entry(id.clone()).or_default() += 1,
            }
            asks.push(ask);
            assert!(asks.len() < 100_000, "the round does not end");
        }
        plan.begin();
        (asks, shown)
    }

    fn requests(plan: &mut Plan, list: &[usize]) -> usize {
        round(plan, list, true).0.len()
    }

    #[test]
    fn one_job_is_asked_for_by_itself() {
        let mut plan = Plan::new([id(7)]);
        assert_eq!(round(&mut plan, &[7], true).0, [Ask::One(id(7))]);
        assert_eq!(round(&mut plan, &[7], true).0, [Ask::One(id(7))]);
    }

    #[test]
    fn jobs_on_one_page_take_one_request_each_round() {
        let list: Vec<_> = (0..400).collect();
        let mut plan = Plan::new([id(3), id(5), id(399)]);
        assert_eq!(round(&mut plan, &list, true).0, [Ask::Page { number: 1, count: true }]);
        assert_eq!(round(&mut plan, &list, true).0, [Ask::Page { number: 1, count: false }]);
    }

    #[test]
    fn thousands_of_jobs_take_as_many_requests_as_they_have_pages() {
        let list: Vec<_> = (0..10_000).collect();
        let mut plan = Plan::new((0..10_000).map(id));
        for _ in 0..3 {
            assert_eq!(requests(&mut plan, &list), 20);
        }
    }

    #[test]
    fn pages_without_any_of_the_jobs_are_left_out_from_the_second_round_on() {
        let list: Vec<_> = (0..5000).collect();
        let mut plan = Plan::new((4000..4100).map(id));
        assert_eq!(requests(&mut plan, &list), 9);
        assert_eq!(requests(&mut plan, &list), 1);
    }

    #[test]
    fn two_jobs_in_a_long_list_are_not_searched_for() {
        let list: Vec<_> = (0..1_000_000).collect();
        let mut plan = Plan::new([id(700_000), id(900_000)]);
        assert_eq!(requests(&mut plan, &list), 3, "one page to see how long the list is");
        assert_eq!(requests(&mut plan, &list), 2);
    }

    #[test]
    fn jobs_that_are_pushed_to_the_next_page_by_new_ones_are_found_there() {
        let mut list: Vec<_> = (0..900).collect();
        let mut plan = Plan::new((0..600).map(id));
        requests(&mut plan, &list);
        for new in 1..20 {
            list.splice(0..0, (0..40).map(|job| 10_000 * new + job));
            let requests = requests(&mut plan, &list);
            assert!(requests <= 4, "{requests} requests after {new} batches of new jobs");
        }
    }

    #[test]
    fn what_has_ended_takes_no_more_requests() {
        let list: Vec<_> = (0..400).collect();
        let mut plan = Plan::new([id(1), id(2)]);
        requests(&mut plan, &list);
        plan.forget(&id(1));
        plan.begin();
        assert_eq!(round(&mut plan, &list, true).0, [Ask::One(id(2))]);
        plan.forget(&id(2));
        plan.begin();
        assert_eq!(plan.next(), None);
    }

    #[test]
    fn without_the_list_jobs_are_asked_for_one_by_one() {
        let mut plan = Plan::new([id(1), id(2), id(3)]);
        assert!(matches!(plan.next(), Some(Ask::Page { .. })));
        plan.without_list();
        let (asks, shown) = round(&mut plan, &[], true);
        assert_eq!((asks.len(), shown.len()), (3, 3));
        assert_eq!(requests(&mut plan, &[1, 2, 3]), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Each job is shown once a round, wherever it is in the list and however the list changes in between, for never
        /// more than twice the requests of asking for each, and no more than that from the second round on when the list
        /// stays as it is.
        #[test]
        fn each_job_is_shown_once_a_round_for_few_requests(
            (mut list, chosen) in (1..3000_usize).prop_flat_map(|jobs| {
                (Just((0..jobs).collect::<Vec<_>>()).prop_shuffle(), prop::collection::hash_set(0..jobs + 5, 1..200))
            }),
            pushed in prop::collection::vec(0..300_usize, 1..6),
            counts in any::<bool>(),
        ) {
            let mut plan = Plan::new(chosen.iter().copied().map(id));
            let all_once: HashMap<_, _> = chosen.iter().map(|job| (id(*job), 1)).collect();
            let (asks, shown) = round(&mut plan, &list, counts);
            prop_assert_eq!(&shown, &all_once);
            prop_assert!(asks.len() <= 2 * chosen.len());
            let (asks, shown) = round(&mut plan, &list, counts);
            prop_assert_eq!(&shown, &all_once);
            prop_assert!(asks.len() <= chosen.len());
            for (batch, new) in pushed.into_iter().enumerate() {
                list.splice(0..0, (0..new).map(|job| 10_000 * (batch + 1) + job));
                let (_, shown) = round(&mut plan, &list, counts);
                prop_assert_eq!(&shown, &all_once);
            }
        }
    }
}
