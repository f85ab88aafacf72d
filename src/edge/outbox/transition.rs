//! What can happen to a message, and the state that follows. The table is data: the tests are made
//! from it, and nothing else changes a state.

use crate::model::MessageState;
use MessageState::{Failed, Queued, Sending, Sent, Unknown};
use serde::{Deserialize, Serialize};

/// A step of a message's history. It is stored: the names must not change.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Step {
    /// The state that the message reached.
    pub state: MessageState,
    /// The time, in milliseconds since 1970.
    pub at: i64,
    /// The reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The name of the caller who confirmed that the message arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
}

impl Step {
    /// Makes a step that no caller has confirmed.
    pub const fn new(state: MessageState, at: i64, cause: Option<String>) -> Self {
        Self { state, at, cause, confirmed_by: None }
    }
}

/// An event in the life of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its bytes go out.
    Begin,
    /// Intercom accepted it.
    Accept,
    /// Intercom rejected it.
    Reject,
    /// Intercom's response proves that it did nothing, and it may be sent again: a 429, or a 404 for
    /// a contact that was created seconds ago.
    Postpone,
    /// Its bytes went out, and no response tells what Intercom did.
    Lose,
    /// The attempt ends before its bytes go out.
    Abandon,
    /// Its batch is cancelled.
    Cancel,
    /// A caller retries it.
    Retry,
    /// A caller confirms that it arrived.
    Confirm,
    /// Its idempotency key comes again, and the new request takes its place.
    Renew,
}

/// The events that can happen in each state, with the state that follows.
static TRANSITIONS: [(MessageState, Event, MessageState); 10] = [
    (Queued, Event::Begin, Sending),
    (Queued, Event::Abandon, Failed),
    (Queued, Event::Cancel, Failed),
    (Sending, Event::Accept, Sent),
    (Sending, Event::Reject, Failed),
    (Sending, Event::Postpone, Queued),
    (Sending, Event::Lose, Unknown),
    (Failed, Event::Renew, Queued),
    (Unknown, Event::Retry, Queued),
    (Unknown, Event::Confirm, Sent),
];

/// Returns the state that follows an event; `None` if the event can't happen.
///
/// `failed` means that the message was not sent. One whose outcome was ever unknown can't become
/// `failed` again: if its retry fails, the first attempt may still have been sent.
pub fn next(history: &[Step], event: Event) -> Option<MessageState> {
    let state = &history.last()?.state;
    if event == Event::Renew && was_rejected(history) {
        return None;
    }
    let found = TRANSITIONS.iter().find(|(from, known, _)| (from, *known) == (state, event))?;
    match &found.2 {
        Failed if was_unknown(history) => Some(Unknown),
        next => Some(next.clone()),
    }
}

/// Checks if the message was ever in state `unknown`.
fn was_unknown(history: &[Step]) -> bool {
    history.iter().any(|step| step.state == Unknown)
}

/// Checks if Intercom rejected the message: it failed after its bytes had gone out. One that failed
/// before has not used up its idempotency key.
pub fn was_rejected(history: &[Step]) -> bool {
    matches!(history, [.., before, last] if (&before.state, &last.state) == (&Sending, &Failed))
}

#[cfg(test)]
mod tests {
    use super::{Event, Step, TRANSITIONS, next, was_rejected};
    use crate::model::MessageState;
    use MessageState::{Failed, Queued, Sending, Sent, Unknown};
    use proptest::prelude::*;

    const EVENTS: [Event; 10] = [
        Event::Begin,
        Event::Accept,
        Event::Reject,
        Event::Postpone,
        Event::Lose,
        Event::Abandon,
        Event::Cancel,
        Event::Retry,
        Event::Confirm,
        Event::Renew,
    ];

    fn history(states: &[MessageState]) -> Vec<Step> {
        states.iter().map(|state| Step::new(state.clone(), 0, None)).collect()
    }

    /// A message in each state, by the shortest way.
    fn in_state(state: &MessageState) -> Vec<Step> {
        history(match state {
            Queued => &[Queued],
            Sending => &[Queued, Sending],
            Sent => &[Queued, Sending, Sent],
            Failed => &[Queued, Failed],
            Unknown => &[Queued, Sending, Unknown],
            MessageState::Other(_) => &[],
        })
    }

    #[test]
    fn every_event_in_every_state_is_decided_by_the_table() {
        for state in MessageState::ALL {
            for event in EVENTS {
                let row =
                    TRANSITIONS.iter().find(|(from, known, _)| (from, *known) == (state, event));
                let follows = row.map(|(.., follows)| follows.clone());
                assert_eq!(next(&in_state(state), event), follows, "{event:?} when {state:?}");
            }
        }
        let rows = TRANSITIONS.iter().map(|(from, event, _)| format!("{from:?} {event:?}"));
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        assert!(rows.windows(2).all(|two| two[0] != two[1]), "no row is there twice");
    }

    #[test]
    fn what_was_unknown_never_becomes_failed() {
        let again = history(&[Queued, Sending, Unknown, Queued]);
        assert_eq!(next(&again, Event::Abandon), Some(Unknown));
        assert_eq!(next(&again, Event::Cancel), Some(Unknown));
        let sending = history(&[Queued, Sending, Unknown, Queued, Sending]);
        assert_eq!(next(&sending, Event::Reject), Some(Unknown));
        assert_eq!(next(&sending, Event::Accept), Some(Sent));
    }

    #[test]
    fn a_key_is_used_up_once_intercom_has_rejected_the_message() {
        let rejected = history(&[Queued, Sending, Failed]);
        assert!(was_rejected(&rejected));
        assert_eq!(next(&rejected, Event::Renew), None);
        for states in [&[Queued, Failed][..], &[Queued, Sending, Queued, Failed]] {
            assert!(!was_rejected(&history(states)), "{states:?}");
            assert_eq!(next(&history(states), Event::Renew), Some(Queued), "{states:?}");
        }
    }

    proptest! {
        /// Whatever happens in whatever order: a message is sent at most once by itself, `failed`
        /// means that no attempt was uncertain or accepted, and each state has a way to its end.
        #[test]
        fn no_order_of_events_breaks_the_promises(
            events in proptest::collection::vec(proptest::sample::select(&EVENTS[..]), 0..40),
        ) {
            let mut history = history(&[Queued]);
            let (mut accepted, mut uncertain) = (0, false);
            for event in events {
                let Some(state) = next(&history, event) else { continue };
                accepted += u32::from(event == Event::Accept);
                uncertain |= event == Event::Lose;
                prop_assert!(accepted <= 1);
                prop_assert!(state != Failed || !uncertain);
                history.push(Step::new(state, 0, None));
            }
            let state = history.last().unwrap().state.clone();
            let ends = EVENTS.iter().filter_map(|event| next(&history, *event));
            prop_assert!(state.is_final() || ends.clone().any(|state| state.is_final()));
            prop_assert!(state != Sent || ends.count() == 0);
        }
    }
}
