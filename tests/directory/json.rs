//! Reads and writes JSON in the plainest way. serde_json has no lone surrogates and no texts of numbers.
//!
//! Texts are WTF-8: UTF-8, where a lone surrogate has three bytes.

use std::fmt::Write;

/// A JSON value. Lists and objects also keep their text as it was written.
#[derive(Clone, Debug)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(Vec<u8>),
    List(Vec<Json>, Vec<u8>),
    Object(Vec<(Vec<u8>, Json)>, Vec<u8>),
}

/// The text is not JSON, or has more than 128 levels.
#[derive(Debug)]
pub struct Malformed;

const DEPTH: usize = 128;

impl Json {
    /// Reads a JSON text.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        std::str::from_utf8(bytes).map_err(|_| Malformed)?;
        let mut parser = Parser { bytes, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        if parser.at == bytes.len() { Ok(value) } else { Err(Malformed) }
    }

    /// Returns a text.
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Text(text.as_ref().to_vec())
    }

    /// Returns a whole number.
    pub fn number(number: usize) -> Self {
        Self::Number(number.to_string())
    }

    /// Returns an object of members, in order.
    pub fn object<K: AsRef<[u8]>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        let members = members.into_iter().map(|(key, value)| (key.as_ref().to_vec(), value));
        Self::Object(members.collect(), Vec::new())
    }

    /// Returns a list.
    pub fn list(items: impl IntoIterator<Item = Json>) -> Self {
        Self::List(items.into_iter().collect(), Vec::new())
    }

    /// Returns the member of an object. Of duplicate keys the last counts.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.members().iter().rev().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }

    /// Returns the members of an object, or none.
    pub fn members(&self) -> &[(Vec<u8>, Json)] {
        if let Self::Object(members, _) = self { members } else { &[] }
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Option<&[Json]> {
        if let Self::List(items, _) = self { Some(items) } else { None }
    }

    /// Returns the bytes of a text.
    pub fn as_text(&self) -> Option<&[u8]> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns a whole number.
    pub fn as_number(&self) -> Option<usize> {
        if let Self::Number(text) = self { text.parse().ok() } else { None }
    }

    /// Writes the value without white space, members in their order.
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_into(&mut out);
        out
    }

    fn write_into(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(items, _) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write_into(out);
                }
                out.push(']');
            }
            Self::Object(members, _) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(&quoted(key));
                    out.push(':');
                    value.write_into(out);
                }
                out.push('}');
            }
        }
    }

    /// Sorts the members of all objects by key. Of duplicate keys the last stays.
    pub fn sorted(&self) -> Self {
        match self {
            Self::List(items, _) => Self::list(items.iter().map(Self::sorted)),
            Self::Object(members, _) => {
                let sorted: std::collections::BTreeMap<_, _> =
                    members.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                Self::object(sorted)
            }
            other => other.clone(),
        }
    }
}

/// Returns the code points of a WTF-8 text.
pub fn points(wtf8: &[u8]) -> Vec<u32> {
    let mut points = Vec::new();
    let mut rest = wtf8;
    while let [first, ..] = rest {
        let (length, mask) = match first {
            0..0x80 => (1, 0x7f),
            0x80..0xe0 => (2, 0x1f),
            0xe0..0xf0 => (3, 0x0f),
            0xf0.. => (4, 0x07),
        };
        let mut point = u32::from(first & mask);
        for byte in &rest[1..length] {
            point = point << 6 | u32::from(byte & 0x3f);
        }
        points.push(point);
        rest = &rest[length..];
    }
    points
}

/// Appends a code point, which can be a surrogate.
pub fn push_point(out: &mut Vec<u8>, point: u32) {
    match char::from_u32(point) {
        Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xe0 | (point >> 12) as u8,
            0x80 | (point >> 6 & 0x3f) as u8,
            0x80 | (point & 0x3f) as u8,
        ]),
    }
}

/// Writes a WTF-8 text as JSON.
pub fn quoted(wtf8: &[u8]) -> String {
    let mut out = String::from("\"");
    for point in points(wtf8) {
        match char::from_u32(point) {
            Some(char @ ('"' | '\\')) => out.extend(['\\', char]),
            Some(char) if char >= ' ' => out.push(char),
            _ => {
                let _ = write!(out, "\\u{point:04x}");
            }
        }
    }
    out.push('"');
    out
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self) -> Result<u8, Malformed> {
        let byte = self.peek().ok_or(Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, text: &str) -> Result<(), Malformed> {
        text.bytes().try_for_each(|byte| if self.take()? == byte { Ok(()) } else { Err(Malformed) })
    }

    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.peek() == Some(byte);
        self.at += usize::from(accepted);
        accepted
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Malformed> {
        self.space();
        let start = self.at;
        match self.peek().ok_or(Malformed)? {
            b'n' => self.expect("null").map(|()| Json::Null),
            b't' => self.expect("true").map(|()| Json::Bool(true)),
            b'f' => self.expect("false").map(|()| Json::Bool(false)),
            b'"' => self.text().map(Json::Text),
            b'[' if depth < DEPTH => {
                let items = self.list(depth + 1)?;
                Ok(Json::List(items, self.bytes[start..self.at].to_vec()))
            }
            b'{' if depth < DEPTH => {
                let members = self.object(depth + 1)?;
                Ok(Json::Object(members, self.bytes[start..self.at].to_vec()))
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(Malformed),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Json>, Malformed> {
        self.expect("[")?;
        let mut items = Vec::new();
        self.space();
        if self.accept(b']') {
            return Ok(items);
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.accept(b']') {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(Vec<u8>, Json)>, Malformed> {
        self.expect("{")?;
        let mut members = Vec::new();
        self.space();
        if self.accept(b'}') {
            return Ok(members);
        }
        loop {
            self.space();
            let key = self.text()?;
            self.space();
            self.expect(":")?;
            members.push((key, self.value(depth)?));
            self.space();
            if self.accept(b'}') {
                return Ok(members);
            }
            self.expect(",")?;
        }
    }

    fn number(&mut self) -> Result<Json, Malformed> {
        let start = self.at;
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            let _ = self.accept(b'+') || self.accept(b'-');
            self.digits()?;
        }
        Ok(Json::Number(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()))
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Malformed) }
    }

    fn text(&mut self) -> Result<Vec<u8>, Malformed> {
        self.expect("\"")?;
        // UTF-16 units, because that is what escapes are.
        let mut units: Vec<u16> = Vec::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            units.extend(String::from_utf8_lossy(&self.bytes[start..self.at]).encode_utf16());
            match self.take()? {
                b'"' => break,
                b'\\' => units.push(self.escape()?),
                _ => return Err(Malformed),
            }
        }
        let mut out = Vec::new();
        for unit in char::decode_utf16(units) {
            push_point(
                &mut out,
                unit.map_or_else(|lone| lone.unpaired_surrogate().into(), u32::from),
            );
        }
        Ok(out)
    }

    fn escape(&mut self) -> Result<u16, Malformed> {
        Ok(match self.take()? {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4).ok_or(Malformed)?;
                self.at += 4;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Malformed);
                }
                u16::from_str_radix(&String::from_utf8_lossy(digits), 16).map_err(|_| Malformed)?
            }
            _ => return Err(Malformed),
        })
    }
}
