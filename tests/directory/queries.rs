//! Generates searches: texts, filters with every operator in two levels, sorts of up to two keys, and counts.

use super::dice::Dice;
use super::json::{Json, quoted};
use super::people::{self, ATTRIBUTES, SETS, TIMES, WORDS};

/// Columns of a search that are not times, attributes or sets.
const FIELDS: [&str; 14] = [
    "name",
    "email",
    "phone",
    "external_id",
    "id",
    "role",
    "owner_id",
    "has_hard_bounced",
    "marked_email_as_spam",
    "unsubscribed_from_emails",
    "location.country",
    "location.city",
    "location.region",
    "location.country_code",
];

const OPERATORS: [&str; 10] = ["=", "!=", "IN", "NIN", ">", "<", "~", "!~", "^", "$"];

/// The fields that a directory keeps: those that its options name, or all.
pub struct Kept(Option<Vec<String>>);

impl Kept {
    /// Reads options.
    pub fn of(options: &str) -> Self {
        let options = Json::parse(options.as_bytes()).unwrap();
        let fields = options.get("fields").and_then(Json::items);
        let text = |field: &Json| String::from_utf8_lossy(field.as_text().unwrap()).into_owned();
        Self(fields.map(|fields| fields.iter().map(text).collect()))
    }

    fn has(&self, field: &str) -> bool {
        let field = field.replace("tag_id", "tags").replace("company_id", "companies");
        let field = field.replace("segment_id", "segments");
        let group = field.split('.').next().unwrap();
        let Some(fields) = &self.0 else { return true };
        field == "id" || fields.iter().any(|kept| *kept == field || kept == group)
    }

    /// Returns a field that is kept, and seldom another one.
    fn choose(&self, dice: &mut Dice, mut one: impl FnMut(&mut Dice) -> String) -> String {
        let mut field = one(dice);
        while !self.has(&field) && !dice.chance(1) {
            field = one(dice);
        }
        field
    }
}

/// Returns the path of a scalar column.
pub fn column(dice: &mut Dice, kept: &Kept) -> String {
    kept.choose(dice, any_column)
}

fn any_column(dice: &mut Dice) -> String {
    match dice.below(10) {
        0..4 => dice.one(&FIELDS).into(),
        4..6 => dice.one(&TIMES).into(),
        6 if dice.chance(10) => "custom_attributes.unknown".into(),
        _ => format!("custom_attributes.{}", dice.one(&ATTRIBUTES)),
    }
}

/// Returns a text to search for: of a name or a word, a part of it, changed in case or with mistakes.
pub fn text(dice: &mut Dice) -> String {
    if dice.chance(20) {
        return dice
            .one(&[
                "", " ", "@", "a", "1", "an", "user-1", "・", "-", "ß", "ss", "が", "か", "\u{0}",
            ])
            .into();
    }
    if dice.chance(20) {
        // A long word with mistakes.
        let whole = people::name(dice).to_lowercase();
        let mut word: Vec<char> =
            whole.split(' ').max_by_key(|word| word.len()).unwrap_or_default().chars().collect();
        for _ in 0..1 + word.len() / 8 {
            mistake(dice, &mut word);
        }
        return word.into_iter().collect();
    }
    let words = 1 + dice.below(10) / 6 + dice.below(20) / 19 * 8;
    let mut out: Vec<String> = Vec::new();
    for _ in 0..words {
        let whole = if dice.chance(60) {
            people::name(dice)
        } else {
            WORDS[dice.below(WORDS.len())].into()
        };
        let mut chars: Vec<char> = whole.chars().collect();
        if dice.chance(50) {
            let from = dice.below(chars.len());
            let length = 1 + dice.below(6);
            chars = chars.into_iter().skip(from).take(length).collect();
        }
        for _ in 0..if dice.chance(25) { 1 + dice.below(2) } else { 0 } {
            mistake(dice, &mut chars);
        }
        let word: String = chars.into_iter().collect();
        out.push(match dice.below(8) {
            0 => word.to_uppercase(),
            1 => word.to_lowercase(),
            _ => word,
        });
    }
    out.join(dice.one(&[" ", " ", "  ", "\u{3000}"]))
}

fn mistake(dice: &mut Dice, chars: &mut Vec<char>) {
    let at = dice.below(chars.len());
    match dice.below(4) {
        0 if !chars.is_empty() => {
            chars.remove(at);
        }
        1 if !chars.is_empty() => chars[at] = ['x', 'e', '-', 'あ'][dice.below(4)],
        2 if at + 1 < chars.len() => chars.swap(at, at + 1),
        _ => chars.insert(at, 'q'),
    }
}

/// Returns a value for comparisons with a column, as JSON.
fn value(dice: &mut Dice, field: &str) -> String {
    if dice.chance(10) {
        return match dice.below(4) {
            0 => "null".into(),
            1 => "true".into(),
            2 => quoted(text(dice).as_bytes()),
            _ => people::number(dice),
        };
    }
    if let Some(set) = SETS.iter().find(|set| field.get(..3) == set.get(..3)) {
        return quoted(people::member_id(dice, set).as_bytes());
    }
    if TIMES.contains(&field) {
        let time = match dice.chance(60) {
            true => 1_600_000_000 + 86_400 * dice.below(40),
            false => 1_500_000_000 + dice.below(250_000_000),
        };
        return if dice.chance(15) { format!("\"{time}\"") } else { time.to_string() };
    }
    match field {
        "id" => quoted(people::id(dice.below(300)).as_bytes()),
        "role" => dice.one(&["\"user\"", "\"lead\"", "\"User\"", "5"]).into(),
        "owner_id" => dice.one(&["1234567", "\"1234567\"", "99", "\"099\"", "\"1.0\"", "1"]).into(),
        "custom_attributes.plan" => {
            dice.one(&["\"pro\"", "\"FREE\"", "\"enterprise\"", "\"p\""]).into()
        }
        "custom_attributes.seats" | "custom_attributes.mrr" => match dice.chance(20) {
            true => format!("\"{}\"", people::number(dice)),
            false => people::number(dice),
        },
        "custom_attributes.json" => dice.one(&["\"[1,2]\"", "\"[1, 2]\"", "\"{}\""]).into(),
        field
            if field.starts_with("has_")
                || field.ends_with("active")
                || field.contains("email") && field != "email" =>
        {
            dice.one(&["true", "false", "null", "\"true\""]).into()
        }
        _ => quoted(text(dice).as_bytes()),
    }
}

fn leaf(dice: &mut Dice, kept: &Kept) -> String {
    let operator = dice.one(&OPERATORS);
    let is_set = dice.chance(45) && OPERATORS[..4].contains(&operator);
    let field = kept.choose(dice, |dice| match is_set {
        true => dice
            .one(&["tags", "companies", "segments", "tag_id", "company_id", "segment_id"])
            .into(),
        false => any_column(dice),
    });
    let value = match operator {
        "IN" | "NIN" => {
            let values: Vec<String> = (0..dice.below(5)).map(|_| value(dice, &field)).collect();
            format!("[{}]", values.join(","))
        }
        _ => value(dice, &field),
    };
    format!(
        "{{\"field\":{},\"operator\":\"{operator}\",\"value\":{value}}}",
        quoted(field.as_bytes())
    )
}

/// Returns a filter of up to two levels of groups.
pub fn filter(dice: &mut Dice, kept: &Kept, levels: usize) -> String {
    if levels == 0 || dice.chance(35) {
        return leaf(dice, kept);
    }
    let children: Vec<String> =
        (0..1 + dice.below(4)).map(|_| filter(dice, kept, levels - 1)).collect();
    format!("{{\"operator\":\"{}\",\"value\":[{}]}}", dice.one(&["AND", "OR"]), children.join(","))
}

/// Returns a query that is rejected.
fn wrong_filter(dice: &mut Dice, kept: &Kept) -> String {
    let leaf = leaf(dice, kept);
    match dice.below(9) {
        0 => "{\"field\":\"nothing\",\"operator\":\"=\",\"value\":1}".into(),
        1 => "{\"field\":\"name\",\"operator\":\"==\",\"value\":\"a\"}".into(),
        2 => "{\"field\":\"name\",\"operator\":\"=\",\"value\":{}}".into(),
        3 => "{\"field\":\"name\",\"operator\":\"IN\",\"value\":\"a\"}".into(),
        4 => "{\"field\":\"tags\",\"operator\":\"~\",\"value\":\"1\"}".into(),
        5 => format!("{{\"operator\":\"AND\",\"value\":[{}]}}", vec![leaf; 16].join(",")),
        6 => {
            let group = |inner: &str| format!("{{\"operator\":\"OR\",\"value\":[{inner}]}}");
            group(&group(&group(&leaf)))
        }
        7 => "[]".into(),
        _ => "{\"operator\":\"AND\"}".into(),
    }
}

/// Returns the request of a search.
pub fn search(dice: &mut Dice, kept: &Kept) -> String {
    let mut members = Vec::new();
    if dice.chance(65) {
        members.push(format!("\"text\":{}", quoted(text(dice).as_bytes())));
    }
    match dice.below(100) {
        0..3 => members.push(format!("\"where\":{}", wrong_filter(dice, kept))),
        3..60 => members.push(format!("\"where\":{}", filter(dice, kept, 2))),
        60..70 => members.push("\"where\":null".into()),
        _ => {}
    }
    if dice.chance(45) {
        let keys: Vec<String> = (0..1 + dice.below(2))
            .map(|_| {
                let field = if dice.chance(2) { "tags".into() } else { column(dice, kept) };
                let order = dice.one(&["ascending", "descending"]);
                format!("{{\"field\":{},\"order\":\"{order}\"}}", quoted(field.as_bytes()))
            })
            .collect();
        members.push(format!("\"sort\":[{}]", keys.join(",")));
    }
    if dice.chance(15) {
        members.push(format!("\"limit\":{}", dice.below(30)));
    }
    format!("{{{}}}", members.join(","))
}

/// Returns the request of counts.
pub fn counts(dice: &mut Dice, kept: &Kept) -> String {
    let by = dice.one(&["value", "value", "day", "week", "month"]);
    let field = kept.choose(dice, |dice| match by {
        "value" if dice.chance(30) => dice.one(&SETS).into(),
        "value" => any_column(dice),
        _ if dice.chance(80) => dice.one(&TIMES).into(),
        _ => any_column(dice),
    });
    let mut members = vec![format!("\"field\":{},\"by\":\"{by}\"", quoted(field.as_bytes()))];
    if dice.chance(50) {
        let offsets = dice.one(&[
            "null",
            "[]",
            "[[0,3600]]",
            "[[-2000000000,3600],[1600000000,7200],[1602000000,-43200]]",
            "[[1601000000,20700]]",
        ]);
        members.push(format!("\"time_zone_offsets\":{offsets}"));
    }
    if dice.chance(30) {
        members.push(format!("\"limit\":{}", dice.below(12)));
    }
    format!("{{{}}}", members.join(","))
}

/// Returns the fields that a request sorts by.
pub fn sorted_by(request: &str) -> Vec<String> {
    let Ok(json) = Json::parse(request.as_bytes()) else { return Vec::new() };
    let keys = json.get("sort").and_then(Json::items).unwrap_or_default();
    let fields = keys.iter().filter_map(|key| key.get("field")?.as_text());
    fields.map(|field| String::from_utf8_lossy(field).into_owned()).collect()
}
