//! Batches: one template to many people.

use super::{Call, IdempotencyKey, Method};
use crate::model::{Batch, Cursor, List, NewBatch};

/// Makes a batch (`POST /edge/messages/batch`), which begins to send at once.
pub fn create(batch: &NewBatch, key: Option<IdempotencyKey>) -> Call<Batch> {
    Call::post(&["edge", "messages", "batch"], batch).with_key(key)
}

/// Lists batches (`GET /edge/messages/batch`), the newest first.
pub fn list(page: &Cursor) -> Call<List<Batch>> {
    Call::get(&["edge", "messages", "batch"])
        .with_query("per_page", page.per_page.get())
        .with_query("starting_after", page.starting_after.get())
}

/// Gets how a batch is getting on (`GET /edge/messages/batch/{id}`).
pub fn get(id: &str) -> Call<Batch> {
    Call::get(&["edge", "messages", "batch", id])
}

/// Stops a batch until it is resumed (`POST /edge/messages/batch/{id}/pause`).
pub fn pause(id: &str) -> Call<Batch> {
    turn(id, "pause")
}

/// Lets a batch go on (`POST /edge/messages/batch/{id}/resume`).
pub fn resume(id: &str) -> Call<Batch> {
    turn(id, "resume")
}

/// Gives up what a batch has not sent yet (`POST /edge/messages/batch/{id}/cancel`).
pub fn cancel(id: &str) -> Call<Batch> {
    turn(id, "cancel")
}

fn turn(id: &str, verb: &str) -> Call<Batch> {
    Call::new(Method::Post, &["edge", "messages", "batch", id, verb])
}

/// A file in place of JSON: [`Client::fetch`](crate::client::Client::fetch) gives it, no type reads
/// it.
#[derive(Clone, Copy, Debug)]
pub enum File {}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table with a line of names, as spreadsheets read it.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// Gets what became of each recipient (`GET /edge/messages/batch/{id}/result.csv`, `.ndjson`).
pub fn result(id: &str, format: Format) -> Call<File> {
    let name = match format {
        Format::Csv => "result.csv",
        Format::Ndjson => "result.ndjson",
    };
    Call::get(&["edge", "messages", "batch", id, name])
}
