//! Thousands of calls from many tasks at once.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use atlas_exports_testing::{FakeAtlas, Kind, NcPolicy};
use tokio::task::JoinSet;

use crate::common::{exports, job, soak_is_full};

#[tokio::test(flavor = "multi_thread")]
async fn calls_from_64_tasks_use_each_nonce_count_once_and_none_is_refused() {
    let calls = if soak_is_full() { 100_000 } else { 5_000 };
    let atlas = FakeAtlas::builder().nc_policy(NcPolicy::Strict).remember_requests(0).start().await;
    let exports = exports(&atlas);
    let left = Arc::new(AtomicI64::new(calls));
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (exports, id, left) = (exports.clone(), job(&atlas, Kind::Successful), left.clone());
        tasks.spawn(async move {
            while left.fetch_sub(1, Relaxed) > 0 {
                exports.get(&id).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    // One challenge for each thousand responses, and none for a refusal.
    let (calls, challenges) = (usize::try_from(calls).unwrap(), atlas.challenges());
    assert!((calls / 1_000..=calls / 1_000 + 10).contains(&challenges), "{challenges} challenges");
    assert_eq!(atlas.exchanges(), calls + challenges);
}
