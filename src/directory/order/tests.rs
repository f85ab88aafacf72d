use super::*;
use crate::directory::segment::Draft;
use proptest::prelude::*;
use std::cmp::Ordering;

/// The value of a generated contact.
#[derive(Clone, Debug)]
enum Generated {
    Missing,
    Bool(bool),
    Number(f64),
    Text(String),
    Json(String),
}

impl Generated {
    fn intern(&self, dictionary: &mut Dictionary) -> Cell {
        let text = match self {
            Self::Number(number) => format!("{number:?}"),
            Self::Text(text) | Self::Json(text) => text.clone(),
            _ => String::new(),
        };
        let value = match self {
            Self::Missing => Value::Missing,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(*number, text.as_bytes()),
            Self::Text(_) => Value::Text(text.as_bytes()),
            Self::Json(_) => Value::Json(text.as_bytes()),
        };
        dictionary.intern(value).unwrap()
    }

    fn compare(&self, other: &Self, is_descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.partial_cmp(right).unwrap(),
            (Self::Text(left), Self::Text(right)) => {
                (left.to_lowercase(), left).cmp(&(right.to_lowercase(), right))
            }
            (Self::Json(left), Self::Json(right)) => left.cmp(right),
            (left, right) => left.kind().cmp(&right.kind()),
        };
        if is_descending { order.reverse() } else { order }
    }

    fn kind(&self) -> u32 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Json(_) | Self::Missing => 3,
        }
    }
}

fn value() -> impl Strategy<Value = Generated> {
    prop_oneof![
        Just(Generated::Missing),
        any::<bool>().prop_map(Generated::Bool),
        prop_oneof![(0u32..5).prop_map(f64::from), Just(2_147_483_647.0), Just(2_147_483_648.0)]
            .prop_map(Generated::Number),
        prop_oneof![Just(-0.0), Just(0.5), Just(-3.0), Just(3.5), Just(f64::INFINITY)]
            .prop_map(Generated::Number),
        "[abAB]{0,2}".prop_map(Generated::Text),
        Just(Generated::Json("[1]".into())),
    ]
}

/// A store of people with a name and the column `custom_attributes.x`.
fn store(people: &[(u32, Generated, Option<String>)]) -> (Store, Field) {
    let mut store = Store::new(Schema::new(None, &[]).unwrap(), 1 << 30).unwrap();
    let column = store.parts_mut().column(b"custom_attributes.x").unwrap().unwrap();
    for (id, value, name) in people {
        let id = if id % 7 == 0 { id.to_string() } else { format!("{id:024x}") };
        let mut draft = Draft { id: id.into_bytes(), ..Draft::default() };
        let [text, ..] = &mut draft.texts;
        text.is_given = name.is_some();
        text.text = name.clone().unwrap_or_default().into_bytes();
        let cell = value.intern(store.parts_mut().dictionary(column).unwrap());
        draft.cells.push((column, cell));
        store.append(&draft).unwrap();
    }
    (store, Field::Column(column))
}

proptest! {
    #[test]
    fn rows_are_ordered_by_keys_and_then_by_id(
        people in proptest::collection::vec((any::<u16>(), value(), proptest::option::of("[abAB]{0,2}")), 0..700),
        by_name in any::<bool>(),
        descending in any::<[bool; 2]>(),
        steps in proptest::collection::vec(1usize..300, 1..4),
    ) {
        let people: Vec<_> = people.into_iter().zip(0u32..)
            .map(|((id, value, name), place)| (u32::from(id) << 10 | place, value, name)).collect();
        let (store, column) = store(&people);
        let mut fields = [column, Field::Text(TextField::Name)];
        if by_name {
            fields.reverse();
        }
        let keys = fields.into_iter().zip(descending);
        let keys = keys.map(|(field, is_descending)| SortKey { field: Some(field), is_descending });
        let keys: Vec<_> = keys.collect();
        let name = |row: u32| match &people[row as usize].2 {
            Some(name) => Generated::Text(name.clone()),
            None => Generated::Missing,
        };
        let by = |place: usize, left: u32, right: u32| match keys[place].field {
            Some(Field::Text(_)) => name(left).compare(&name(right), keys[place].is_descending),
            _ => people[left as usize].1.compare(&people[right as usize].1, keys[place].is_descending),
        };
        let rows: Vec<u32> = (0..people.len() as u32).collect();
        let mut expected = rows.clone();
        expected.sort_by(|left, right| by(0, *left, *right)
            .then_with(|| by(1, *left, *right))
            .then_with(|| store.id(*right).cmp(&store.id(*left))));
        let order = Order::Keys(keys.into_iter().collect());
        let mut orders = Orders::default();
        let mut sorted = rows;
        let (mut ordered, mut to) = (0, 0);
        for step in steps {
            to += step;
            ordered = orders.arrange(&store, &order, &mut sorted, ordered, to).unwrap();
            prop_assert!(ordered >= to.min(sorted.len()));
            prop_assert_eq!(&sorted[..ordered], &expected[..ordered]);
            prop_assert!(sorted[ordered..].is_sorted());
        }
        orders.arrange(&store, &order, &mut sorted, ordered, usize::MAX).unwrap();
        prop_assert_eq!(sorted, expected);
    }

    #[test]
    fn classes_are_ordered_by_id_also_after_more_rows(
        ids in proptest::collection::vec(0u32..1 << 20, 1..300),
        first in 0usize..300,
    ) {
        let people: Vec<_> = ids.iter().map(|id| (*id, Generated::Missing, None)).collect();
        let (mut store, _) = store(&people[..first.min(people.len())]);
        let mut orders = Orders::default();
        orders.newest(&store).unwrap();
        for (id, _, _) in people.iter().skip(first) {
            let id = if id % 7 == 0 { id.to_string() } else { format!("{id:024x}") };
            store.append(&Draft { id: id.into_bytes(), ..Draft::default() }).unwrap();
        }
        let mut rows: Vec<u32> = RowSet::all_live(&store).unwrap().iter().collect();
        let end = rows.len();
        let mut expected = rows.clone();
        expected[end / 2..].sort_by(|left, right| store.id(*right).cmp(&store.id(*left)));
        expected[..end / 2].sort_by(|left, right| store.id(*right).cmp(&store.id(*left)));
        let order = Order::Classes([0, end / 2, end]);
        let ordered = orders.arrange(&store, &order, &mut rows, 0, 1).unwrap();
        prop_assert!(ordered >= 1);
        orders.arrange(&store, &order, &mut rows, ordered, end).unwrap();
        prop_assert_eq!(rows, expected);
    }
}

#[test]
fn ranks_and_ids_stay_after_a_compaction() {
    let people: Vec<_> = (0..3_000u32)
        .map(|id| (id * 7_919 % 4_096, Generated::Number(f64::from(id % 10)), Some(id.to_string())))
        .collect();
    let (mut store, column) = store(&people);
    let keys = |field| vec![SortKey { field: Some(field), is_descending: true }];
    let mut orders = Orders::default();
    let orders_of = |orders: &mut Orders, store: &Store| {
        [
            Order::Keys(keys(column)),
            Order::Keys(keys(Field::Text(TextField::Name))),
            Order::Keys(keys(Field::Id)),
        ]
        .map(|order| {
            let mut rows: Vec<u32> = RowSet::all_live(store).unwrap().iter().collect();
            orders.arrange(store, &order, &mut rows, 0, usize::MAX).unwrap();
            rows
        })
    };
    orders_of(&mut orders, &store);
    for (id, ..) in people.iter().step_by(2) {
        store.remove(format!("{id:024x}").as_bytes());
    }
    let numbers = store.compact(&[]).unwrap();
    orders.renumber(&numbers, &store);
    store.append(&Draft { id: b"new".to_vec(), ..Draft::default() }).unwrap();
    assert_eq!(orders_of(&mut orders, &store), orders_of(&mut Orders::default(), &store));
}

#[test]
fn sort_keys_are_checked() {
    let schema = Schema::new(None, &[]).unwrap();
    let cases = [
        ("{}", "sort"),
        (r#"[{"field":"name"},{"field":"name"},{"field":"name"}]"#, "sort"),
        (r#"[{"field":"nome"}]"#, "sort[0].field"),
        (r#"[{"field":"name"},{"field":"tags"}]"#, "sort[1].field"),
        (r#"[{"field":"name","order":"down"}]"#, "sort[0].order"),
        (r#"["name"]"#, "sort[0]"),
    ];
    for (json, path) in cases {
        match SortKey::read(Some(json), &schema) {
            Err(Error::Query { field, .. }) => assert_eq!(field, path),
            other => panic!("{json}: {other:?}"),
        }
    }
    assert_eq!(SortKey::read(Some("null"), &schema).unwrap().len(), 0);
    assert_eq!(
        SortKey::read(Some(r#"[{"field":"custom_attributes.y"}]"#), &schema).unwrap().len(),
        1
    );
}
