//! Batches: one template to many people.

use super::{Accept, Body, Call, Format, PageRequest, Stream};
use crate::model::{Batch, List};

/// Creates a batch, which starts to send at once. The body is a
/// [`NewBatch`](crate::model::NewBatch).
pub fn create(batch: &impl Body) -> Call<Batch> {
    Call::post("/edge/messages/batch", &[]).with_body(batch)
}

/// Lists batches, newest first. A page holds 50 items by default, and 150 at most.
pub fn list(page: &PageRequest<'_>) -> Call<List<Batch>> {
    Call::get("/edge/messages/batch", &[]).with_page(page)
}

/// Gets a batch with its progress.
pub fn get(id: &str) -> Call<Batch> {
    Call::get("/edge/messages/batch/{id}", &[id])
}

/// Watches a batch: the response is a stream of events, one for each change of its progress.
pub fn watch(id: &str) -> Call<Stream> {
    get(id).accepting(Accept::Events).answering()
}

/// Pauses a batch until it is resumed.
pub fn pause(id: &str) -> Call<Batch> {
    Call::post("/edge/messages/batch/{id}/pause", &[id])
}

/// Resumes a batch after a pause.
pub fn resume(id: &str) -> Call<Batch> {
    Call::post("/edge/messages/batch/{id}/resume", &[id])
}

/// Cancels what a batch has not sent yet.
pub fn cancel(id: &str) -> Call<Batch> {
    Call::post("/edge/messages/batch/{id}/cancel", &[id])
}

/// Gets the state of each recipient's message, as a file with one line for each recipient.
pub fn result(id: &str, format: Format) -> Call<Stream> {
    let pattern = match format {
        Format::Csv => "/edge/messages/batch/{id}/result.csv",
        Format::Ndjson => "/edge/messages/batch/{id}/result.ndjson",
    };
    Call::get(pattern, &[id]).accepting(Accept::File)
}
