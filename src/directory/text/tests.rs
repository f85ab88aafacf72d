use super::*;
use crate::directory::cell::Value;
use crate::directory::schema::Schema;
use crate::directory::segment::Draft;
use crate::directory::texts::TextField;
use proptest::prelude::*;

/// A contact: its texts, its companies' ids, and its searched attributes.
#[derive(Clone, Debug, Default)]
struct Person {
    texts: [Option<String>; 4],
    companies: Vec<u8>,
    attributes: [Attribute; 2],
}

#[derive(Clone, Debug, Default)]
enum Attribute {
    #[default]
    Missing,
    Text(String),
    Json(String),
    Bool,
    Number(u32),
}

const NAMES: [(&[u8], &str); 3] = [(b"0", "Acme Inc"), (b"1", "Bee & Ann Lee"), (b"2", "Łódź 12")];

fn store(people: &[Person]) -> Store {
    let searched = ["custom_attributes.a", "custom_attributes.b"].map(str::to_owned);
    let mut store = Store::new(Schema::new(None, &searched).unwrap(), 1 << 30).unwrap();
    for (id, person) in people.iter().enumerate() {
        let mut draft = Draft { id: id.to_string().into_bytes(), ..Draft::default() };
        for (text, given) in draft.texts.iter_mut().zip(&person.texts) {
            text.is_given = given.is_some();
            text.text = given.clone().unwrap_or_default().into_bytes();
        }
        let mut parts = store.parts_mut();
        for (path, attribute) in searched.iter().zip(&person.attributes) {
            let column = parts.column(path.as_bytes()).unwrap().unwrap();
            let value = match attribute {
                Attribute::Missing => Value::Missing,
                Attribute::Text(text) => Value::Text(text.as_bytes()),
                Attribute::Json(text) => Value::Json(text.as_bytes()),
                Attribute::Bool => Value::Bool(true),
                Attribute::Number(number) => Value::Whole(*number),
            };
            draft.cells.push((column, parts.dictionary(column).unwrap().intern(value).unwrap()));
        }
        let sets = parts.sets(SetKind::Companies).unwrap();
        let ids = person.companies.iter().map(|company| company.to_string());
        let mut members = ids.map(|id| sets.member(id.as_bytes()).unwrap()).collect();
        draft.sets[SetKind::Companies as usize] =
            sets.table_mut().intern(&mut members, false).unwrap();
        store.append(&draft).unwrap();
    }
    let names = NAMES.iter().map(|(id, name)| (*id, name.as_bytes()));
    store.set_names(SetKind::Companies, names).unwrap();
    store
}

fn fold(text: &str) -> String {
    let mut folded = Vec::new();
    fold_into(text.as_bytes(), &mut folded).unwrap();
    String::from_utf8(folded).unwrap()
}

fn find(store: &Store, text: &str) -> Hits {
    let query = TextQuery::new(text.as_bytes()).unwrap();
    search(store, &query, &RowSet::all_live(store).unwrap()).unwrap()
}

/// The search as the interface describes it, over texts.
fn naive(people: &[Person], text: &str, among: &[u32]) -> Hits {
    let query = fold(text);
    let words: Vec<&str> = query.split(' ').filter(|word| !word.is_empty()).collect();
    let values: Vec<Vec<String>> = people.iter().map(values).collect();
    let mut hits = Hits::default();
    for row in among {
        let values = &values[*row as usize];
        let all = |occurs: fn(&str, &str) -> bool| {
            words.iter().all(|word| values.iter().any(|value| occurs(value, word)))
        };
        let class = match () {
            () if words.is_empty() => 2,
            () if values.contains(&query) => 0,
            () if all(occurs_at_start) => 1,
            () if all(|value, word| value.contains(word)) => 2,
            () => continue,
        };
        hits.classes[class].push(*row);
    }
    if hits.classes.iter().all(Vec::is_empty) {
        for row in among {
            let values = &values[*row as usize];
            let occurs = |word: &&str| {
                values.iter().any(|value| value.contains(*word) || has_similar(value, word))
            };
            if words.iter().all(occurs) {
                hits.classes[2].push(*row);
                hits.typo = true;
            }
        }
    }
    hits
}

fn values(person: &Person) -> Vec<String> {
    let texts = person.texts.iter().flatten().map(|text| fold(text));
    let names = person.companies.iter().map(|company| fold(NAMES[*company as usize].1));
    let attributes = person.attributes.iter().filter_map(|attribute| match attribute {
        Attribute::Text(text) => Some(fold(text)),
        Attribute::Number(number) => Some(number.to_string()),
        _ => None,
    });
    texts.chain(names).chain(attributes).collect()
}

fn occurs_at_start(value: &str, word: &str) -> bool {
    let starts = |at: usize| match value.as_bytes()[..at].last() {
        None => true,
        Some(before) => before.is_ascii() && !before.is_ascii_alphanumeric(),
    };
    (0..value.len()).any(|at| value.as_bytes()[at..].starts_with(word.as_bytes()) && starts(at))
}

fn has_similar(value: &str, word: &str) -> bool {
    let word: Vec<char> = word.chars().collect();
    let most = match word.len() {
        0..4 => return false,
        4..8 => 1,
        _ => 2,
    };
    value.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()).any(|candidate| {
        let candidate: Vec<char> = candidate.chars().collect();
        let start = &candidate[..candidate.len().min(word.len())];
        distance(&word, &candidate) <= most || distance(&word, start) <= most
    })
}

fn distance(left: &[char], right: &[char]) -> usize {
    let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, j) in (0..=left.len()).flat_map(|i| (0..=right.len()).map(move |j| (i, j))) {
        table[i][j] = if i == 0 || j == 0 {
            i + j
        } else {
            let replaced = table[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                least = least.min(table[i - 2][j - 2] + 1);
            }
            least
        };
    }
    table[left.len()][right.len()]
}

/// Texts that have much in common.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ab1@. -]{0,6}",
        2 => "(ann|lee|anna|bee|user|12)( |-|@|\\.)?(ann|lee|use|3)?",
        2 => "(alexander|jonathan|michelle|李小龙李|łódź)( lee| ann)?",
        1 => "[aé李日]{1,5}",
    ]
}

fn person() -> impl Strategy<Value = Person> {
    let attribute = prop_oneof![
        3 => Just(Attribute::Missing),
        3 => text().prop_map(Attribute::Text),
        1 => text().prop_map(Attribute::Json),
        1 => Just(Attribute::Bool),
        2 => (0u32..500).prop_map(Attribute::Number),
        1 => Just(Attribute::Number(2_147_483_647)),
    ];
    let texts = proptest::array::uniform4(proptest::option::of(text()));
    let attributes = proptest::array::uniform2(attribute);
    let companies = proptest::collection::btree_set(0u8..3, 0..3);
    (texts, companies, attributes).prop_map(|(texts, companies, attributes)| Person {
        texts,
        companies: companies.into_iter().collect(),
        attributes,
    })
}

fn question() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ab1@.李é2-]",
        3 => text(),
        3 => (text(), text()).prop_map(|(left, right)| format!("{left} {right}")),
        2 => "(alexnader|alexandr|jonhatan|mchele|micchele|anxn|leee|ussr|lodx|小李龙李|acem)( le)?",
        1 => "[0-9]{1,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn the_search_is_like_a_naive_one(
        people in proptest::collection::vec(person(), 0..70),
        questions in proptest::collection::vec(question(), 8),
        removed in 0u64..3,
    ) {
        let store = store(&people);
        let mut among = RowSet::empty(&store).unwrap();
        let rows = (0..people.len() as u32).filter(|row| u64::from(*row) % 3 >= removed);
        rows.for_each(|row| among.insert(row));
        let rows: Vec<u32> = among.iter().collect();
        for question in questions {
            let hits = search(&store, &TextQuery::new(question.as_bytes()).unwrap(), &among);
            prop_assert_eq!(hits.unwrap(), naive(&people, &question, &rows), "{:?}", question);
        }
    }
}

fn named(name: &str) -> Person {
    Person { texts: [Some(name.to_owned()), None, None, None], ..Person::default() }
}

#[test]
fn whole_values_come_before_word_starts_and_other_places() {
    let people = ["Joann", "Ann", "Jo-Ann", "Ann Lee", "ann", "Bob"].map(named);
    let hits = find(&store(&people), "aNN");
    assert_eq!(hits, Hits { classes: [vec![1, 4], vec![2, 3], vec![0]], typo: false });
}

#[test]
fn words_may_occur_in_different_fields() {
    let mut person = named("Ann Lee");
    person.texts[TextField::Email as usize] = Some("xann@example.com".to_owned());
    person.companies = vec![0];
    person.attributes[0] = Attribute::Number(2024);
    let store = store(&[person]);
    for (class, questions) in [
        (0, &["ann lee", "acme inc", "2024", "xann@example.com"][..]),
        (1, &["lee ann", "acme ann", "20 ann exam", "lee 2024", "inc a", "acme"]),
        (2, &["nn acme", "cme", "02 ann", "me"]),
    ] {
        for question in questions {
            let hits = find(&store, question);
            assert_eq!(hits.classes[class], [0], "{question}");
            assert!(!hits.typo);
        }
    }
    for question in ["ann bob", "2024 3", "acme llc", "true"] {
        assert_eq!(find(&store, question), Hits::default(), "{question}");
    }
}

#[test]
fn a_single_letter_finds_whole_values_in_neighbouring_rows() {
    let mut first = named("x");
    first.texts[TextField::ExternalId as usize] = Some("A".to_owned());
    let mut last = named("a b");
    last.texts[TextField::ExternalId as usize] = Some("A".to_owned());
    let store = store(&[first, named("a"), named("ba"), named("b-a"), last]);
    let hits = find(&store, "a");
    assert_eq!(hits, Hits { classes: [vec![0, 1, 4], vec![3], vec![2]], typo: false });
    assert_eq!(find(&store, "a b").classes, [vec![4], vec![3], vec![2]]);
    assert_eq!(find(&store, "b a").classes, [vec![], vec![3, 4], vec![2]]);
}

#[test]
fn similar_words_count_only_if_nothing_else_is_found() {
    let store = store(&["Alexander Lee", "Aleksandr", "Alexandra", "Bob Stone"].map(named));
    let rows = |text: &str| {
        let hits = find(&store, text);
        assert!(hits.typo && hits.classes[0].is_empty() && hits.classes[1].is_empty());
        hits.classes[2].clone()
    };
    assert_eq!(rows("alexnader"), [0]);
    assert_eq!(rows("alexandxr lee"), [0]);
    assert_eq!(rows("stoen"), [3]);
    assert_eq!(rows("stne bob"), [3]);
    assert!(!find(&store, "alexander").typo);
    for text in ["bop", "stnoa", "tonee", "bbo"] {
        assert_eq!(find(&store, text), Hits::default(), "{text}");
    }
}

#[test]
fn long_words_may_be_similar() {
    let word = "pneumonoultramicroscopicsilicovolcanoconiosis".repeat(2);
    let mut person = named(&format!("xyz {word}s"));
    person.texts[TextField::Email as usize] =
        Some("first.second.third.fourth@x.example".to_owned());
    let store = store(&[person]);
    let edited = |edits: &[(usize, &str)]| {
        let mut word = word.clone();
        edits.iter().rev().for_each(|(at, text)| word.replace_range(*at..at + 1, text));
        find(&store, &word)
    };
    let similar = Hits { classes: [vec![], vec![], vec![0]], typo: true };
    for edits in [[(0, ""), (89, "q")], [(40, "iq"), (70, "")], [(88, "q"), (89, "q")]] {
        assert_eq!(edited(&edits), similar, "{edits:?}");
    }
    assert_eq!(edited(&[(0, "q"), (40, "q"), (89, "q")]), Hits::default());
    assert_eq!(find(&store, "foruth"), similar);
    assert_eq!(find(&store, "exampel"), similar);
}

#[test]
fn a_lone_surrogate_is_a_character() {
    let mut store = store(&[]);
    for (id, name) in [&b"ab\xed\xa0\x80c"[..], b"ann \xed\xa0\x80bcd"].into_iter().enumerate() {
        let mut draft = Draft { id: vec![id as u8], ..Draft::default() };
        let [text, ..] = &mut draft.texts;
        text.is_given = true;
        text.text.extend(name);
        store.append(&draft).unwrap();
    }
    let among = RowSet::all_live(&store).unwrap();
    let find = |text: &[u8]| search(&store, &TextQuery::new(text).unwrap(), &among).unwrap();
    assert_eq!(find(b"ab\xed\xa0\x80c").classes, [vec![0], vec![], vec![]]);
    assert_eq!(find(b"\xed\xa0\x80").classes, [vec![], vec![1], vec![0]]);
    assert_eq!(find(b"xbcd\xed\xa0\x80 ann"), Hits::default());
    let similar = find(b"\xed\xa0\x80bce ann");
    assert_eq!(similar, Hits { classes: [vec![], vec![], vec![1]], typo: true });
}

#[test]
fn rows_of_several_segments_are_found() {
    let mut people = vec![named("Bob"); ROWS + 100];
    for (row, name) in [(0, "Ann"), (ROWS - 1, "ann"), (ROWS, "Joann"), (ROWS + 99, "a")] {
        people[row] = named(name);
    }
    people[ROWS + 1].companies = vec![1];
    let store = store(&people);
    let all: Vec<u32> = (0..people.len() as u32).collect();
    for question in ["ann", "a", "b", "bob", "bee ann", "nn", "aann", "bob lee"] {
        assert_eq!(find(&store, question), naive(&people, question, &all), "{question}");
    }
}

#[test]
fn only_the_given_rows_are_searched() {
    let store = store(&["Ann", "Anna", "Ann"].map(named));
    let mut among = RowSet::empty(&store).unwrap();
    among.insert(2);
    let find =
        |text: &str| search(&store, &TextQuery::new(text.as_bytes()).unwrap(), &among).unwrap();
    assert_eq!(find("ann").classes, [vec![2], vec![], vec![]]);
    assert_eq!(find("").classes, [vec![], vec![], vec![2]]);
    assert_eq!(find("anna"), Hits { classes: [vec![], vec![], vec![2]], typo: true });
}

#[test]
fn a_query_has_limits() {
    assert!(TextQuery::new(b" \t ").unwrap().is_empty());
    assert!(TextQuery::new(b"1 2 3 4 5 6 7 8").is_ok());
    assert!(TextQuery::new(&[b'x'; 256]).is_ok());
    for text in [&b"1 2 3 4 5 6 7 8 9"[..], &[b'x'; 257]] {
        assert!(matches!(TextQuery::new(text), Err(Error::Query { field, .. }) if field == "text"));
    }
}
