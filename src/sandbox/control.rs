//! `/_sandbox/`: what a test asks of the sandbox itself. It needs no token and no limit holds.

use super::answer::{Answer, Refusal};
use super::arrival::Arrival;
use super::fault::Fault;
use super::ledger::{self, Recorded};
use super::settings::Settings;
use super::store::Store;
use super::{faults, people};
use serde::Serialize;

/// What a control call answers, and the settings if it made the sandbox anew.
pub(super) type Controlled = Result<(Answer, Option<Settings>), Refusal>;

/// Answers a control call.
pub(super) fn answer(arrival: &Arrival, store: &Store, settings: &Settings) -> Controlled {
    let name = arrival.url.path().strip_prefix("/_sandbox/").unwrap_or_default();
    match (arrival.method.as_str(), name) {
        ("POST", "reset") => {
            let settings = Settings::read(&arrival.object()?, settings.generation + 1)?;
            settings.apply(store)?;
            Ok((Answer::ok(&settings)?, Some(settings)))
        }
        (method, name) => Ok((read_or_fault(method, name, arrival, store, settings)?, None)),
    }
}

fn read_or_fault(
    method: &str,
    name: &str,
    arrival: &Arrival,
    store: &Store,
    settings: &Settings,
) -> Result<Answer, Refusal> {
    match (method, name) {
        ("GET", "health") => Answer::ok(&Health { ok: true, settings, john: people::JOHN_ID }),
        ("GET", "messages") => Answer::ok(&ledger::messages(store)?),
        ("GET", "requests") => Answer::ok(&ledger::arrivals(store)?),
        ("GET", "faults") => Answer::ok(&Recorded::new(faults::all(store)?)),
        ("POST", "faults") => {
            let fault = Fault::read(&arrival.object()?)?;
            faults::add(store, &fault)?;
            Answer::ok(&fault)
        }
        ("DELETE", "faults") => {
            faults::clear(store)?;
            Answer::ok(&Recorded::new(faults::all(store)?))
        }
        _ => Err(Refusal::not_found()),
    }
}

#[derive(Serialize)]
struct Health<'a> {
    ok: bool,
    #[serde(flatten)]
    settings: &'a Settings,
    john: &'static str,
}
