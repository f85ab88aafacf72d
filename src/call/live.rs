//! Live events of the Worker.

use super::{Body, Call, Stream};
use crate::model::LiveTicket;

/// Creates a ticket for a connection that receives live events. The body is a
/// [`LiveTicketRequest`](crate::model::LiveTicketRequest). The ticket opens one WebSocket, at
/// `/edge/live?ticket=…`, within 30 seconds.
pub fn ticket(request: &impl Body) -> Call<LiveTicket> {
    Call::post("/edge/live/tickets", &[]).with_body(request)
}

/// Opens a connection by a ticket. A WebSocket sends this call, to its target.
///
/// ```
/// let call = intercom_edge::call::live::connect("33b7bfda035942a48d5cd15ed274741e");
/// assert_eq!(call.target(), Ok("/edge/live?ticket=33b7bfda035942a48d5cd15ed274741e"));
/// ```
pub fn connect(ticket: &str) -> Call<Stream> {
    Call::get("/edge/live", &[]).with_query("ticket", Some(ticket))
}
