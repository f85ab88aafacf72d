//! Live events of the Worker.

use super::{Body, Call};
use crate::model::LiveTicket;

/// Creates a ticket for a connection that receives live events. The body is a
/// [`LiveTicketRequest`](crate::model::LiveTicketRequest). The ticket opens one WebSocket, at
/// `/edge/live?ticket=…`, within 30 seconds.
pub fn ticket(request: &impl Body) -> Call<LiveTicket> {
    Call::post("/edge/live/tickets", &[]).with_body(request)
}
