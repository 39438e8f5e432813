//! The whole resource in every setting: each version of the API, each kind of credentials, with and without the envelope.
//!
//! A test's name says what fails and where: `v2_account_enveloped::jobs_are_listed_over_pages`.

mod buckets;
mod jobs;
mod setting;
mod tokens;
mod v2;

/// Makes a module for each setting with a test for each case, which is a function of [`setting::Fixture`].
macro_rules! matrix {
    ($($setting:ident: $version:ident, $who:ident, $envelope:literal;)+ => $cases:tt) => {
        $(matrix!(@setting $setting, $version, $who, $envelope, $cases);)+
    };
    (@setting $setting:ident, $version:ident, $who:ident, $envelope:literal, { $($file:ident: $($case:ident)+;)+ }) => {
        mod $setting {
            const CELL: crate::matrix::setting::Setting = crate::matrix::setting::Setting {
                version: atlas_exports::ApiVersion::$version,
                who: crate::matrix::setting::Who::$who,
                envelope: $envelope,
            };

            $($(
                #[tokio::test(start_paused = true)]
                async fn $case() {
                    let fixture = CELL.start().await;
                    crate::matrix::$file::$case(&fixture).await;
                    fixture.check();
                }
            )+)+
        }
    };
}

matrix! {
    v1_key_plain: V1, ApiKey, false;
    v1_key_enveloped: V1, ApiKey, true;
    v1_account_plain: V1, Account, false;
    v1_account_enveloped: V1, Account, true;
    v2_key_plain: V2, ApiKey, false;
    v2_key_enveloped: V2, ApiKey, true;
    v2_account_plain: V2, Account, false;
    v2_account_enveloped: V2, Account, true;
    => {
        jobs:
            every_kind_of_job_is_got
            jobs_are_listed_over_pages
            a_created_job_is_the_one_that_was_asked_for
            a_job_is_followed_to_its_success
            jobs_that_do_not_succeed_are_told_apart
            many_jobs_are_waited_for
            a_lost_answer_makes_no_second_job
            a_wait_outlives_what_it_authenticates_with
            what_may_pass_is_ridden_out_by_one_call
            the_wait_that_atlas_asks_for_is_obeyed
            a_creation_is_not_repeated_after_a_503
            jobs_that_are_not_there_are_told;
        buckets:
            a_bucket_lives_from_creation_to_deletion
            buckets_are_listed_over_pages
            a_bucket_in_use_is_not_deleted
            buckets_that_are_not_there_are_told
            a_refusal_names_the_role_and_the_credentials;
    }
}
