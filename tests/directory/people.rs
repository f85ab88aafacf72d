//! Generates contacts as JSON texts: names of many scripts, values that change their type, unusual ids and numbers.

use super::dice::Dice;
use super::json::quoted;
use std::fmt::Write;

const NAMES: [&[&str]; 17] = [
    &[
        "Ann",
        "Lee",
        "O'Neil",
        "Jean-Luc",
        "Müller",
        "José",
        "Zoë",
        "Jose\u{301}",
        "Ørsted",
        "Æsa",
        "Smith",
        "ANNA",
    ],
    &["İsmail", "Işık", "ılgaz", "Çağlar", "Şule", "ISPARTA"],
    &["Dvořák", "Čapek", "Přemysl", "Chalupa", "Cook", "Hák"],
    &["Łukasz", "Żółć", "Wałęsa", "Grzegorz"],
    &["Weiß", "Straße", "STRASSE", "Größer", "ẞtern"],
    &["Nguyễn", "Đặng", "Thị", "Ngọc", "Ánh", "Nguye\u{302}\u{303}n"],
    &[
        "田中",
        "太郎",
        "さくら",
        "ガブリエル",
        "ｶﾞﾌﾞﾘｴﾙ",
        "か\u{3099}く",
        "カク",
        "ヴィー",
        "山・田",
        "ﾀﾅｶ",
    ],
    &["김", "민준", "\u{1112}\u{1161}\u{11ab}", "\u{1100}\u{1175}\u{11b7}", "한"],
    &["王", "小明", "歐陽", "𠮷野"],
    &["محمد", "مُحَمَّد", "علي", "سارة"],
    &["שלום", "שָׁלוֹם", "כהן"],
    &["प्रिया", "हिन्दी", "शर्मा", "क़ासिम"],
    &["สมชาย", "ที่นี่", "น้ำ"],
    &["Фёдор", "Андрей", "Йона", "ЁЛКА", "Иван"],
    &["Σίσυφος", "ΣΊΣΥΦΟΣ", "Ελένη", "Άννα"],
    &["👩‍💻", "😀", "🇹🇷", "e\u{301}\u{327}😀"],
    &["Ｆｕｌｌ", "Ｗｉｄｔｈ", "ﬁne", "Ⅳ", "①", "½", "ANN"],
];

/// Words of the texts that are not names. Each is also searched for.
pub const WORDS: [&str; 24] = [
    "example",
    "user-123",
    "a.b@example.com",
    "acme",
    "Acme GmbH",
    "plan",
    "pro",
    "enterprise",
    "free trial",
    "+49 151",
    "x",
    "ex",
    "exam",
    "Germany",
    "Türkiye",
    "日本",
    "São Paulo",
    "new york",
    "gmail.com",
    "1.0",
    "1e3",
    "42",
    "Enterpriise",
    "tanaka",
];

/// The names of attributes that contacts often have.
pub const ATTRIBUTES: [&str; 14] = [
    "plan", "seats", "mrr", "active", "notes", "signed", "a.b", "", "name", "größe", "quote\"d",
    "mixed", "json", "rare",
];

pub const SETS: [&str; 3] = ["tags", "companies", "segments"];

pub const TIMES: [&str; 9] = [
    "created_at",
    "updated_at",
    "signed_up_at",
    "last_seen_at",
    "last_replied_at",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "custom_attributes.signed",
];

/// Returns one of the ids of contacts, most of which Intercom could give.
pub fn id(number: usize) -> String {
    let mixed = Dice::new(number as u64).bits();
    match number % 20 {
        3 => format!("{mixed:024X}"),
        4 => format!("user-{number}"),
        5 => number.to_string(),
        6 => format!("{:023x}", mixed >> 4),
        7 => format!("{mixed:025x}"),
        8 => format!("{mixed:024x}").replacen('0', "g", 1),
        9 => format!("id/ü{number}\"\\"),
        10 => format!("00000000000000000000{:04x}", number & 0xffff),
        11 => format!("{mixed:016x}{mixed:016x}"),
        _ => format!("{:08x}{mixed:016x}", 0x5f00_0000 + number),
    }
}

/// Returns one of the ids of members of a set.
pub fn member_id(dice: &mut Dice, set: &str) -> String {
    let number = dice.below(14);
    match set {
        "tags" if number < 12 => (100 + number * 7).to_string(),
        "companies" if number < 10 => format!("6a{number:022x}"),
        _ => format!("{}-{number}", &set[..1]),
    }
}

/// Returns the name of a member of a set.
pub fn member_name(dice: &mut Dice) -> String {
    match dice.chance(40) {
        true => WORDS[dice.below(WORDS.len())].into(),
        false => name(dice),
    }
}

/// Returns a name of one to three parts, mostly of one script.
pub fn name(dice: &mut Dice) -> String {
    let mut script = dice.below(NAMES.len());
    let mut out = String::new();
    for part in 0..1 + dice.below(3) {
        if part > 0 {
            out.push_str(dice.one(&[" ", " ", " ", "  ", "-", "\u{3000}", "\u{a0}", "\t"]));
            script = if dice.chance(15) { dice.below(NAMES.len()) } else { script };
        }
        out.push_str(dice.one(NAMES[script]));
    }
    if dice.chance(3) { out.to_uppercase() } else { out }
}

fn time(dice: &mut Dice) -> String {
    match dice.below(40) {
        0 => "0".into(),
        1 => "-1".into(),
        2 => format!("-{}", dice.below(3_000_000_000)),
        3 => format!("{}.5", 1_600_000_000 + dice.below(1_000)),
        4 => format!("{}", 253_402_300_799 + dice.below(2)),
        5 => format!("1.6{:03}e9", dice.below(1_000)),
        6 => format!("\"{}\"", 1_600_000_000 + dice.below(10)),
        7 => "-62167219201".into(),
        8..20 => format!("{}", 1_600_000_000 + 86_400 * dice.below(40)),
        _ => format!("{}", 1_500_000_000 + dice.below(250_000_000)),
    }
}

/// Returns a number as JSON.
pub fn number(dice: &mut Dice) -> String {
    let numbers = [
        "0",
        "-0",
        "1",
        "1.0",
        "1e0",
        "10",
        "1e1",
        "2",
        "3",
        "42",
        "1000",
        "1e3",
        "1E3",
        "1e+3",
        "0.1",
        "0.10",
        "-5",
        "2.5",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "12345678901234567890",
        "18446744073709551616",
        "1e308",
        "1e400",
        "-1e400",
        "5e-324",
        "1e-400",
        "4294967295",
        "4294967296",
        "2147483648",
        "-2147483649",
        "123456789012345678901234567890.123456789",
        "255",
        "256",
        "65535",
        "65536",
        "16777216",
    ];
    match dice.chance(60) {
        true => dice.one(&numbers).into(),
        false => (dice.below(300) as i64 - 20).to_string(),
    }
}

/// Writes a text as JSON, some characters as escapes.
fn written(dice: &mut Dice, text: &str) -> String {
    if dice.chance(85) {
        return quoted(text.as_bytes());
    }
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        let _ = write!(out, "\\u{unit:04x}");
    }
    out.push('"');
    out
}

fn text(dice: &mut Dice) -> String {
    let word = |dice: &mut Dice| WORDS[dice.below(WORDS.len())];
    let text = match dice.below(12) {
        0 => String::new(),
        1 => " ".into(),
        2 => return "\"a\\ud800b\"".into(),
        3 => return "\"\\udc00\\ud83d\\ude00\\ud83d\"".into(),
        4 => name(dice),
        5 => return format!("\"{}\"", number(dice)),
        6 => format!("{} {}", word(dice), word(dice)),
        7 => format!("  {}\u{0}{}\n", word(dice), word(dice)),
        _ => word(dice).into(),
    };
    written(dice, &text)
}

/// Returns a value of any type as JSON.
fn scalar(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 | 1 => "null".into(),
        2 | 3 => dice.one(&["true", "false"]).into(),
        4..9 => number(dice),
        9 => dice.one(&["[]", "{}", "[1, 2]", "[1,2]", "{\"a\":{\"b\":[null]}}", "[\"x\"]"]).into(),
        10 => time(dice),
        _ => text(dice),
    }
}

fn text_field(dice: &mut Dice, usual: &str) -> String {
    match dice.below(40) {
        0 => "null".into(),
        1 => scalar(dice),
        2 => text(dice),
        _ => written(dice, usual),
    }
}

fn set(dice: &mut Dice, name: &str) -> String {
    let many = match dice.below(4) {
        0 => 0,
        1 => 1,
        2 => dice.below(4),
        _ => dice.below(13),
    };
    let entries: Vec<String> = (0..many)
        .map(|_| {
            let id = member_id(dice, name);
            let number = dice.chance(10) && id.parse::<u32>().is_ok();
            let id = if number { id } else { quoted(id.as_bytes()) };
            format!("{{\"id\":{id},\"type\":\"{name}\",\"url\":\"/{name}\"}}")
        })
        .collect();
    let has_more = dice.chance(if many > 8 { 60 } else { 8 });
    format!(
        "{{\"type\":\"list\",\"data\":[{}],\"total_count\":{},\"has_more\":{has_more}}}",
        entries.join(","),
        many + usize::from(has_more)
    )
}

fn location(dice: &mut Dice) -> String {
    let countries =
        ["Germany", "Türkiye", "Japan", "日本", "United States", "germany", "Österreich"];
    let cities = ["Berlin", "São Paulo", "İzmir", "New York", "東京"];
    let mut members = Vec::new();
    for (name, values) in [
        ("country", &countries[..]),
        ("city", &cities),
        ("region", &cities),
        ("country_code", &["DEU", "TUR"]),
    ] {
        if dice.chance(80) {
            let value = dice.one(values);
            members.push(format!("\"{name}\":{}", text_field(dice, value)));
        }
    }
    if dice.chance(50) {
        members.push("\"continent_code\":\"EU\"".into());
    }
    format!("{{\"type\":\"location\",{}}}", members.join(",")).replace(",}", "}")
}

fn attribute(dice: &mut Dice, name: &str) -> String {
    if dice.chance(12) {
        return scalar(dice);
    }
    match name {
        "plan" => dice.one(&["\"pro\"", "\"free\"", "\"Pro\"", "\"enterprise\"", "null"]).into(),
        "seats" | "mrr" => number(dice),
        "active" => dice.one(&["true", "false"]).into(),
        "signed" => time(dice),
        "json" => dice.one(&["[1,2]", "[1, 2]", "{\"a\":1}", "{}", "\"[1,2]\""]).into(),
        _ => scalar(dice),
    }
}

fn attributes(dice: &mut Dice) -> String {
    let mut members = Vec::new();
    for name in ATTRIBUTES {
        if dice.chance(if name == "rare" { 2 } else { 45 }) {
            members.push(format!("{}:{}", quoted(name.as_bytes()), attribute(dice, name)));
        }
    }
    if dice.chance(5) {
        members.push(format!("\"own {}\":{}", dice.below(40), scalar(dice)));
    }
    if dice.chance(2) {
        members.push("\"lone \\ud800\":1".into());
    }
    format!("{{{}}}", members.join(","))
}

/// Returns a contact as JSON. Most have most fields.
pub fn contact(dice: &mut Dice, id: &str) -> String {
    let mut members = vec![
        match id.parse::<u32>() {
            Ok(number) if dice.chance(30) => format!("\"id\":{number}"),
            _ => format!("\"id\":{}", quoted(id.as_bytes())),
        },
        "\"type\":\"contact\"".into(),
    ];
    let full = name(dice);
    let ascii: String = full.chars().filter(char::is_ascii_alphanumeric).collect();
    let email = format!(
        "{}{}@{}",
        ascii.to_lowercase(),
        dice.below(50),
        dice.one(&["example.com", "gmail.com", "bücher.de"])
    );
    let phone = format!("+{} {}", dice.below(99), dice.below(100_000_000));
    let external = format!("user-{}", dice.below(500));
    for (name, usual) in
        [("name", &full), ("email", &email), ("phone", &phone), ("external_id", &external)]
    {
        if dice.chance(85) {
            members.push(format!("\"{name}\":{}", text_field(dice, usual)));
        }
    }
    for name in &TIMES[..8] {
        if dice.chance(70) {
            members.push(format!(
                "\"{name}\":{}",
                if dice.chance(90) { time(dice) } else { scalar(dice) }
            ));
        }
    }
    for name in ["has_hard_bounced", "marked_email_as_spam", "unsubscribed_from_emails"] {
        if dice.chance(80) {
            members.push(format!("\"{name}\":{}", dice.one(&["true", "false", "false", "null"])));
        }
    }
    members
        .push(format!("\"role\":{}", dice.one(&["\"user\"", "\"user\"", "\"lead\"", "null", "5"])));
    members.push(format!(
        "\"owner_id\":{}",
        dice.one(&["null", "1234567", "\"1234567\"", "99", "\"99\"", "1.0"])
    ));
    for (name, percent) in [("browser", 40), ("avatar", 30)] {
        if dice.chance(percent) {
            members.push(format!("\"{name}\":{}", scalar(dice)));
        }
    }
    for name in ["tags", "companies"] {
        match dice.below(10) {
            0 => {}
            1 => members.push(format!("\"{name}\":null")),
            _ => members.push(format!("\"{name}\":{}", set(dice, name))),
        }
    }
    if dice.chance(4) {
        // Rows of a directory can have segments, and can be stored again.
        members.push(format!("\"segments\":{}", set(dice, "segments")));
    }
    match dice.below(10) {
        0 => members.push("\"location\":null".into()),
        1 => {}
        _ => members.push(format!("\"location\":{}", location(dice))),
    }
    match dice.below(12) {
        0 => members.push("\"custom_attributes\":null".into()),
        1 => {}
        _ => members.push(format!("\"custom_attributes\":{}", attributes(dice))),
    }
    members.push(
        r#""social_profiles":{"data":[{"name":"x","url":"y"}]},"utm_term":"\ud83d\ude00""#.into(),
    );
    if dice.chance(3) {
        // A duplicate key: the last wins.
        members.push(format!(
            "\"{}\":{}",
            dice.one(&["name", "email", "created_at", "role"]),
            scalar(dice)
        ));
    }
    for at in (1..members.len()).rev() {
        if dice.chance(30) {
            members.swap(at, dice.below(at + 1));
        }
    }
    let comma = dice.one(&[",", ",", ",", ", ", "\t,\r "]);
    format!("{{{}}}", members.join(comma))
}

/// Returns a line that is no contact, or not one that is stored.
pub fn bad_line(dice: &mut Dice) -> Vec<u8> {
    let lines: [&[u8]; 22] = [
        b"",
        b"   ",
        b"\r",
        b"nothing",
        b"{",
        b"{\"id\":\"5\"",
        b"{\"id\":\"x1\",}",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b"{\"id\":null}",
        b"{\"id\":\"\"}",
        b"{\"id\":true}",
        b"{\"id\":{}}",
        b"{\"id\":\"a\xff\"}",
        b"{\"id\":\"a\nb\"}",
        b"{\"id\":\"q\",\"name\":\"\\x\"}",
        b"{\"id\":\"q\",\"name\":01}",
        b"{\"id\":\"q\",\"name\":\"\x00\"}",
        b"\xef\xbb\xbf{\"id\":\"q\"}",
        b"{\"id\":\"q\"} x",
    ];
    lines[dice.below(lines.len())].to_vec()
}
