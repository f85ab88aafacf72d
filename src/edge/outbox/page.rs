//! Pages of the outbox's lists.

use crate::model::{Cursor, Field, List, Next, Pages};

/// Checks for more items than a page has. One more was read, and is removed.
pub fn has_more<T>(items: &mut Vec<T>, per_page: i64) -> bool {
    let more = usize::try_from(per_page).is_ok_and(|most| items.len() > most);
    if more {
        items.pop();
    }
    more
}

/// Makes a list in Intercom's format. `next`: the cursor of the next page.
pub fn list_page<T>(items: Vec<T>, per_page: i64, next: Option<String>) -> List<T> {
    let next = next.map(|id| {
        Next::Cursor(Cursor {
            per_page: per_page.into(),
            starting_after: id.into(),
            ..Cursor::default()
        })
    });
    let pages = Pages {
        r#type: "pages".into(),
        per_page: per_page.into(),
        next: Field::nullable(next),
        ..Pages::default()
    };
    List { pages: pages.into(), ..List::new("list", "data", items) }
}
