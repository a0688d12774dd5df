//! What every store promises, as tests that each driver runs.

mod api_keys;
mod audit;
mod deployments;
mod events;
mod invocations;
mod messages;
mod publications;
mod resources;
mod usage;

pub use api_keys::*;
pub use audit::*;
pub use deployments::*;
pub use events::*;
pub use invocations::*;
pub use messages::*;
pub use publications::*;
pub use resources::*;
pub use usage::*;

/// Makes a test of each promise, run against the store that `$open` gives: an async closure without
/// arguments, which gives a box or the like of a store that is new and empty each time. Needs `tokio`
/// among the dependencies.
#[macro_export]
macro_rules! conformance {
    ($open:expr) => {
        $crate::conformance!(@each $open;
            keys_come_back_as_they_were_kept
            a_key_is_replaced_by_its_id
            forgotten_keys_are_gone_and_their_names_free
            names_and_values_belong_to_one_key
            changes_of_keys_happen_together_or_not_at_all
            values_move_between_keys_in_one_change
            audit_lines_come_latest_first
            audit_lines_are_found_by_subject
            a_change_of_keys_leaves_its_lines
            deployments_come_back_by_name_and_latest_first
            who_deploys_on_an_older_revision_is_told
            a_destroyed_deployment_is_forgotten_whole
            only_the_latest_revisions_are_kept
            resources_come_back_as_they_were_kept
            a_resource_is_replaced_by_the_revision_after_it
            who_decided_on_an_older_revision_is_told
            changes_of_resources_happen_together_or_not_at_all
            marks_and_events_come_back_as_they_were_put_out
            a_mark_is_replaced_and_a_repeated_event_is_not
            settled_events_and_forgotten_schedules_are_gone
            a_publication_is_due_for_each_subscription
            a_delivery_stays_until_it_is_settled
            a_forgotten_subscription_waits_for_nothing
            accepted_ids_are_kept_for_a_while
            figures_of_usage_only_grow
            grants_add_up_beside_the_figures
            usage_is_found_by_key_plan_and_day
            concurrent_changes_are_all_kept
            invocations_come_back_as_they_were_kept
            invocations_are_due_in_their_order_and_by_function
            invocations_under_way_are_passed_over
            invocations_are_postponed_and_forgotten
            backlogs_are_counted_by_function
            queues_come_back_as_they_were_made
            a_dropped_queue_takes_its_messages_along
            messages_come_back_whole
            claims_take_the_lowest_numbers_first
            a_claimed_message_is_hidden_and_then_counted_again
            only_so_many_are_in_flight
            a_delayed_message_waits
            a_receipt_deletes_its_message
            visibility_changes_in_flight_alone
            a_transfer_moves_a_message_once
            a_transfer_moves_what_its_claim_hid_for_no_time
            a_purge_leaves_nothing_but_what_comes_after
            old_messages_expire
            peeking_changes_nothing
            a_claim_empties_one_group_before_the_next
            one_in_flight_blocks_its_group_alone
            a_group_waits_for_the_last_of_its_batch
            what_returns_comes_before_what_followed_it
            a_delayed_message_holds_up_its_group_alone
            a_delay_counts_from_the_sending
            a_receipt_of_a_fifo_queue_ends_with_its_visibility
            copies_are_dropped_while_the_first_is_remembered
            copies_within_one_batch_are_dropped
        );
    };
    (@each $open:expr; $($promise:ident)+) => {$(
        #[test]
        fn $promise() {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
            runtime.expect("a runtime").block_on(async {
                let open = $open;
                let store = open().await;
                $crate::conformance::$promise(&*store).await;
            });
        }
    )+};
}
