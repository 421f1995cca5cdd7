//! The conformance suite: what every store must do, run over each of them.
//!
//! A store passes it with one line in its tests:
//! `segue_store::conformance_suite!(MyHarness);`, where `MyHarness` implements [`Harness`].

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test suite: a panic is how a case fails"
)]

pub mod cancelling;
pub mod children;
pub mod commits;
pub mod deployments;
pub mod events;
mod fixtures;
pub mod forgetting;
pub mod journal;
pub mod keys;
pub mod lists;
pub mod model;
pub mod outbox;
pub mod payloads;
pub mod recovery;
pub mod rows;
pub mod secrets;
pub mod timers;

pub use fixtures::{change, digest, event, new_run, payload, plugin, put_row, run_id, workflow};

use crate::{ManualClock, Store};

/// A store under test, and the way to stop and start its host.
pub trait Harness: Sized + Send + 'static {
    /// The store.
    type Store: Store + Clone + Send + Sync + 'static;

    /// An empty store that takes its time from `clock`.
    fn fresh(clock: ManualClock) -> Self;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// Ends this owner and opens the same data again, as a restarted host does.
    #[must_use]
    fn reopened(self) -> Self;
}

/// Makes one test of each case, for a [`Harness`]. Cases are named once, here.
#[macro_export]
macro_rules! conformance_suite {
    ($harness:ty) => {
        $crate::conformance_suite!($harness;
            commits: [
                a_run_is_created_and_goes_on
                one_bad_run_never_fails_its_batch
                results_stand_in_the_order_of_the_batch
                a_run_may_stand_in_a_batch_more_than_once
                a_refused_commit_leaves_nothing_behind
                tokens_of_earlier_owners_are_refused
                what_is_too_large_is_refused
                an_empty_batch_is_no_error
                a_store_says_that_it_takes_writes
            ],
            rows: [
                rows_are_put_replaced_and_deleted
                the_last_change_of_a_row_in_a_commit_counts
                a_run_keeps_its_many_rows_apart_from_other_runs
            ],
            journal: [
                entries_are_read_by_range
                entries_of_several_commits_follow_each_other
                entries_keep_every_byte
            ],
            timers: [
                timers_are_due_by_the_stores_time
                timers_are_replaced_and_cleared
                timers_belong_to_the_shard_of_their_run
                timers_far_away_are_held_at_the_last_date
                many_timers_come_earliest_first
            ],
            lists: [
                runs_are_listed_newest_first_page_by_page
                filters_narrow_a_list
                paging_works_under_a_filter
                a_page_of_nothing_is_empty
            ],
            keys: [
                a_key_belongs_to_its_first_run
                a_key_is_taken_within_a_batch
                a_refused_run_takes_no_key
            ],
            payloads: [
                payloads_are_stored_once
                a_payload_that_is_not_stored_is_damage
                payloads_go_with_their_last_run
            ],
            recovery: [
                runs_in_flight_are_found_after_a_restart
                recoveries_are_counted_until_a_commit
                recovery_goes_page_by_page
            ],
            forgetting: [
                only_runs_that_ended_are_forgotten
                a_forgotten_run_leaves_nothing_behind
                runs_that_ended_before_a_time_are_found
            ],
            children: [
                a_run_keeps_its_parent_and_its_role
                lists_are_narrowed_by_role_and_by_parent
                children_outlive_a_forgotten_parent
            ],
            events: [
                events_are_accepted_once
                source_and_id_are_kept_apart
                the_inbox_is_read_by_number_and_type
                what_a_run_emits_is_in_the_inbox
                a_run_is_offered_what_came_after_it_began
                offers_are_paged_and_need_their_listener
                what_was_consumed_before_a_listener_is_not_offered
                listeners_are_found_by_type
                many_listeners_are_found_page_by_page
                old_events_expire
                events_that_are_too_large_are_refused
            ],
            outbox: [
                items_stay_in_order_until_they_are_done
                numbers_of_items_are_never_given_out_twice
                a_refused_commit_puts_nothing_out
                a_run_with_items_is_not_forgotten
            ],
            secrets: [
                secrets_are_kept_replaced_and_deleted
                secrets_that_are_too_large_are_refused
            ],
            deployments: [
                plugins_are_stored_once
                another_component_of_the_same_version_is_a_conflict
                plugins_are_listed_by_name_and_version
                large_components_come_back_whole
                the_last_workflow_of_a_version_is_current
                workflows_come_back_whole
            ],
            cancelling: [
                a_dropped_commit_is_whole_or_absent
                a_dropped_accept_is_whole_or_absent
                dropped_reads_do_no_harm
            ],
        );

        #[test]
        fn random_operations_agree_with_the_store_in_memory() {
            $crate::conformance::model::agrees_with_memory::<$harness>();
        }
    };
    ($harness:ty; $($module:ident: [$($case:ident)*],)*) => {
        $($(
            #[tokio::test]
            async fn $case() {
                $crate::conformance::$module::$case::<$harness>().await;
            }
        )*)*
    };
}
