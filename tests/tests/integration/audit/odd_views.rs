//! Audits of lists and documents that are odd without hiding anything, which has to change no verdict.

use atlas_exports_testing::Paging;

use super::{
    alone::draw_moment,
    score::{Fault, Score},
    through_fake::{Way, audit, grown, score, verdicts, views, worlds},
    views::{add_members, add_old_jobs, forget_member, rename_states, shuffle},
};
use crate::world::{
    answers::{Answer, Kind},
    served::serve,
    view::View,
};

/// Ways to be odd, each of them in which nothing is hidden.
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
    for seed in 100..100 + worlds() {
        let world = grown(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let at = draw_moment(&world, &world.projects[0], &mut random);
        let plain = views(&world, at);
        let atlas = serve(&world, at, &plain).await;
        let wanted = verdicts(&audit(&Way::KeyOnV2.client(&atlas), &world, at, true).await);
        for (name, views, paging) in odd(&plain, world.start, &mut random) {
            let atlas = serve(&world, at, &views).await;
            atlas.set_paging(paging);
            for way in [Way::KeyOnV2, Way::AccountOnV2] {
                let report = audit(&way.client(&atlas), &world, at, true).await;
                assert_eq!(verdicts(&report), wanted, "seed {seed}, {name}, {way:?}: {report:#?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_null_is_told_from_elsewhere_or_makes_unreadable() {
    let mut sum = Score::default();
    for seed in 200..200 + worlds() {
        let world = grown(seed);
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
            let report = audit(&Way::KeyOnV2.client(&atlas), &world, at, false).await;
            let relaxed = |answers: Vec<Answer>| {
                let mut answers: Vec<_> = answers.into_iter().map(|answer| answer.kind.into()).collect();
                answers.push(Kind::Unreadable.into());
                answers
            };
            score(&mut sum, &report, &world, at, Way::KeyOnV2.sources(false), member, relaxed);
        }
    }
    for fault in [Fault::FalseFine, Fault::FalseAlarm, Fault::MissedAlarm] {
        assert_eq!(sum.count(fault), 0, "{fault:?}\n{}", sum.report());
    }
}
