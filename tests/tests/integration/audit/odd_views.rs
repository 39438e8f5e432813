//! Audits of unusual lists and documents that hide nothing, which must not change a verdict.

use atlas_exports_testing::Paging;

use super::{
    alone::draw_moment,
    score::Score,
    seeds::seeds,
    through_fake::{Access, audit, score, simulated, verdicts, views},
    views::{add_members, add_old_jobs, forget_member, rename_states, shuffle},
};
use crate::world::{
    answers::{Answer, Kind},
    served::serve,
    view::View,
};

/// Unusual views that hide nothing.
fn odd(views: &[View], oldest: i64, random: &mut fastrand::Rng) -> Vec<(&'static str, Vec<View>, Paging)> {
    let mut with_old_jobs = views.to_vec();
    add_old_jobs(&mut with_old_jobs, 1200, oldest, random);
    let mut odd = vec![("new members", views.to_vec(), Paging::new()), ("new states", views.to_vec(), Paging::new())];
    add_members(&mut odd[0].1);
    rename_states(&mut odd[1].1);
    for (name, paging) in [
        ("pages", Paging::new()),
        ("no next without a count", Paging::new().next_only_with_count()),
        ("neither next nor count", Paging::new().without_next().without_count()),
        ("no next and a count of 0", Paging::new().without_next().count(0)),
        ("a wrong count", Paging::new().count(7)),
        ("a list that moves", Paging::new().repeating(3)),
        ("an empty page first", Paging::new().empty_page(1)),
        ("an empty page between", Paging::new().empty_page(2)),
    ] {
        let mut views = with_old_jobs.clone();
        shuffle(&mut views, random);
        odd.push((name, views, paging));
    }
    odd
}

#[tokio::test]
async fn neither_order_nor_pages_nor_what_is_new_change_a_verdict() {
    let mut sum = Score::default();
    for seed in seeds(1, 200) {
        let world = simulated(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let at = draw_moment(&world, &world.projects[0], &mut random);
        let plain = views(&world, at);
        let atlas = serve(&world, at, &plain).await;
        let mut wanted = Vec::new();
        for access in Access::ALL {
            let report = audit(&access.client(&atlas), &world, at, true).await;
            score(&mut sum, &report, &world, at, access.sources(true), "plain lists", |answers| answers);
            wanted.push((access, verdicts(&report)));
        }
        for (name, views, paging) in odd(&plain, world.start, &mut random) {
            let atlas = serve(&world, at, &views).await;
            atlas.set_paging(paging);
            let (access, wanted) = &wanted[random.usize(0..wanted.len())];
            let report = audit(&access.client(&atlas), &world, at, true).await;
            assert_eq!(verdicts(&report), *wanted, "seed {seed}, {name}, {access:?}: {report:#?}");
        }
    }
    sum.assert_no_grave_mistake();
}

#[tokio::test]
async fn what_is_null_is_known_from_elsewhere_or_makes_unreadable() {
    let mut sum = Score::default();
    for seed in seeds(1, 100) {
        let world = simulated(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        for (of_jobs, member) in [
            (true, "createdAt"),
            (true, "prefix"),
            (true, "snapshotId"),
            (true, "exportBucketId"),
            (true, "state"),
            (false, "createdAt"),
            (false, "policyItems"),
            (false, "frequencyType"),
            (false, "status"),
            (false, "snapshotType"),
        ] {
            let at = draw_moment(&world, &world.projects[0], &mut random);
            let mut views = views(&world, at);
            forget_member(&mut views, of_jobs, member, &mut random);
            let atlas = serve(&world, at, &views).await;
            let report = audit(&Access::KeyOnV2.client(&atlas), &world, at, false).await;
            let relaxed = |answers: Vec<Answer>| {
                let mut answers: Vec<_> = answers.into_iter().map(|answer| answer.kind.into()).collect();
                answers.push(Kind::Unreadable.into());
                answers
            };
            score(&mut sum, &report, &world, at, Access::KeyOnV2.sources(false), member, relaxed);
        }
    }
    sum.assert_no_grave_mistake();
}
