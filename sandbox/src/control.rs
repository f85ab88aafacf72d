//! `/_sandbox/`: what a test asks of the sandbox itself, but for a reset. It needs no token, and no
//! limit holds.

use super::answer::{Answer, Refusal};
use super::arrival::Arrival;
use super::fault::Fault;
use super::faults;
use super::ledger::{self, Recorded};
use super::settings::Settings;
use super::store::Store;
use serde::Serialize;

/// Answers what is asked under a name.
pub(super) fn answer(
    method: &str,
    name: &str,
    arrival: &Arrival,
    store: &Store,
    settings: &Settings,
) -> Result<Answer, Refusal> {
    match (method, name) {
        ("GET", "health") => Answer::ok(&Health { ok: true, settings }),
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
}
