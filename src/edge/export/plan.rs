//! The plan of an export: which ranges are to be read, and which columns a file has.

use crate::call::export::Exported;
use crate::call::{Format, data_attribute};
use crate::client::DEADLINE;
use crate::edge::config::Config;
use crate::edge::export::fields;
use crate::edge::export::pending::Pending;
use crate::edge::export::protocol::Job;
use crate::edge::export::range::{DAY, Span};
use crate::edge::export::search::Scope;
use crate::edge::export::token::{Origin, Resume};
use crate::edge::intercom::upstream::Intercom;
use crate::edge::request::context::Trace;
use crate::edge::response::{Rejection, StoredResponse};
use crate::edge::runtime;
use crate::model::{Field, List, Object, Order, Timestamp};
use futures_util::future;

/// An export that is ready to run.
#[derive(Debug)]
pub struct Plan {
    /// The export, with its columns.
    pub job: Job,
    /// The origin of its tokens.
    pub origin: Origin,
    /// The ranges that are left.
    pub pending: Pending,
    /// The number of rows that were written before.
    pub rows: u64,
    /// The expected number of rows.
    pub total: Option<u64>,
}

/// Makes the plan by the first requests to Intercom, which find most errors before the response begins.
pub async fn prepare(config: &Config, job: Job) -> Result<Plan, StoredResponse> {
    let trace = Trace::default();
    let intercom = Intercom::until(runtime::now() + DEADLINE, config, &trace);
    plan(&intercom, job).await.map_err(Rejection::into_stored)
}

async fn plan(intercom: &Intercom<'_>, mut job: Job) -> Result<Plan, Rejection> {
    let began = runtime::now().as_secs().try_into().unwrap_or(i64::MAX);
    let resumes = job.resume.is_some();
    let extent = async {
        match job.of {
            Exported::Companies => Ok(None),
            _ if resumes => Ok(None),
            _ => extent(intercom, &job, began).await.map(Some),
        }
    };
    let (workspace, names, extent) =
        future::join3(intercom.workspace(), attributes(intercom, &job), extent).await;
    let (workspace, names, extent) = (workspace?.unwrap_or_default(), names?, extent?);
    choose_columns(&mut job, names)?;
    for (name, origin) in [
        ("since", job.earlier.as_ref()),
        ("resume", job.resume.as_ref().map(|resume| &resume.origin)),
    ] {
        if origin.is_some_and(|origin| origin.workspace != workspace) {
            let words =
                format!("This token of {name} is of another workspace: begin again without it");
            return Err(Rejection::parameter(name, words));
        }
    }
    let query = job.query.clone();
    if let Some(Resume { origin, rows, total, remainder, .. }) = job.resume.take() {
        let pending = Pending::resume(remainder).ok_or_else(|| {
            Rejection::parameter(
                "resume",
                "This marker is damaged: use the last one that is complete",
            )
        })?;
        return Ok(Plan { job, origin, pending, rows, total });
    }
    let origin = Origin { workspace, query, began };
    let (pending, total) = match extent {
        None => (Pending::single(), None),
        Some((_, 0)) => (Pending::default(), Some(0)),
        Some((span, total)) => (Pending::of(vec![span]), Some(total)),
    };
    Ok(Plan { job, origin, pending, rows: 0, total })
}

/// Returns the dates of all objects, divided by their number, and the number.
async fn extent(intercom: &Intercom<'_>, job: &Job, now: i64) -> Result<(Span, u64), Rejection> {
    let scope = Scope { of: job.of, role: job.role.as_deref(), since: job.selection.since };
    let ends = [Order::Ascending, Order::Descending].map(|order| scope.end(order));
    let [first, last] = ends.each_ref().map(|end| intercom.ask(end));
    let (first, last) = future::join(first, last).await;
    let (first, last) = (first?, last?);
    let total = first.total_count.get().and_then(|total| u64::try_from(*total).ok());
    let total = total.ok_or_else(|| Rejection::unreadable("the search has no total_count"))?;
    let (Some(first), Some(last)) = (created_at(&first), created_at(&last)) else {
        return match total {
            0 => Ok((Span::of_all(0, 0, 0), 0)),
            _ => Err(Rejection::unreadable("an object has no created_at")),
        };
    };
    // Time zones differ by 26 hours at most, and a clock may be wrong.
    let after = first.saturating_sub(2 * DAY);
    let days = last.max(now).saturating_add(2 * DAY).saturating_sub(after) / DAY + 1;
    Ok((Span::of_all(after, after.saturating_add(days * DAY), total), total))
}

fn created_at(list: &List<Object>) -> Option<i64> {
    Field::<Timestamp>::of(list.items.first()?, "created_at").get()?.seconds()
}

/// Returns the names of the custom attributes, if the columns of a file or the choice of fields need them.
async fn attributes(intercom: &Intercom<'_>, job: &Job) -> Result<Option<Vec<String>>, Rejection> {
    let is_needed = match &job.selection.fields {
        None => job.selection.format == Format::Csv,
        Some(fields) => fields.iter().any(|field| field.attribute().is_some()),
    };
    if !is_needed {
        return Ok(None);
    }
    let call = data_attribute::list(Some(fields::data_model(job.of)), false);
    let list = intercom.ask(&call).await?;
    let custom = list.items.into_iter().filter(|attribute| attribute.custom.get() == Some(&true));
    Ok(Some(custom.filter_map(|attribute| attribute.name.into_known()).collect()))
}

/// Sets the columns of a file in CSV, and checks the names of custom attributes.
fn choose_columns(job: &mut Job, attributes: Option<Vec<String>>) -> Result<(), Rejection> {
    let Some(attributes) = attributes else { return Ok(()) };
    match &job.selection.fields {
        None => job.selection.fields = Some(fields::columns(job.of, attributes)),
        Some(fields) => {
            let is_known = |name: &str| attributes.iter().any(|known| known == name);
            let unknown =
                fields.iter().find(|field| field.attribute().is_some_and(|name| !is_known(name)));
            if let Some(unknown) = unknown {
                return Err(fields::unknown(job.of, unknown));
            }
        }
    }
    Ok(())
}
