//! Sends calls from a page, or from any runtime that has `fetch` (feature `browser`): [`Fetch`] is
//! a transport on gloo-net, [`Clock`] is the runtime's clock. A front end in Rust uses both
//! unchanged; the npm package's exports (feature `package`) add the page's hooks. Nothing here
//! depends on the Worker's code.
//!
//! ```no_run
//! use intercom_edge::browser::{Clock, Fetch};
//! use intercom_edge::call::contact;
//! use intercom_edge::client::{Client, Retry};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let fetch = Fetch::new("https://intercom-edge.example.workers.dev", "a-caller-key")?;
//! let client = Client::new(fetch, Clock, Retry::default());
//! let contact = client.send(&contact::get("63a07ddf05a32042dffac965")).await?;
//! # Ok(())
//! # }
//! ```

mod clock;
mod fetch;
#[cfg(feature = "package")]
mod package;

pub use clock::Clock;
pub use fetch::{CallerKey, Fetch, FetchResponse, Hooks};
