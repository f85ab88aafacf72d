//! Operations on a directory, as data: they are generated, compared, shrunk, written to a file and repeated.

use super::json::{Json, push_point};

/// An operation. Results are kept in slots, so that an operation does not depend on handles.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    Feed(Vec<u8>),
    Flush,
    Discard,
    Put(Vec<u8>),
    Remove(String),
    Names {
        set: String,
        json: Vec<u8>,
    },
    Members {
        segment: String,
        json: Vec<u8>,
    },
    BeginLoad,
    EndLoad,
    Open {
        slot: usize,
        request: String,
    },
    Slice {
        slot: usize,
        from: usize,
        to: usize,
    },
    Ids {
        slot: usize,
    },
    /// Counts a result, or all contacts.
    Counts {
        slot: Option<usize>,
        request: String,
    },
    Changes {
        slot: usize,
    },
    Refresh {
        slot: usize,
    },
    Close {
        slot: usize,
    },
    /// Orders the texts of a field by the weights of a seed from now on.
    Weigh {
        field: String,
        seed: u64,
    },
    Compact,
    Stats,
    /// Replaces the directory by a new one that reads the snapshot.
    Restore,
}

/// An error of a directory, as far as it is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    Memory,
    Query,
    Result,
}

/// The outcome of an operation: its answer in the form that is compared, or its error.
pub type Answer = Result<String, Failure>;

/// A directory: the reference or the core.
pub trait Engine {
    /// Does an operation.
    fn apply(&mut self, operation: &Operation) -> Answer;
}

/// Returns the weight of a character for a seed. Some characters have the same.
pub fn weight(seed: u64, point: u32) -> u32 {
    match seed {
        // The order by code point.
        0 => point,
        _ => (super::dice::Dice::new(seed ^ u64::from(point)).bits() % 4_096) as u32,
    }
}

impl Operation {
    /// Writes the operation as one line of JSON.
    pub fn line(&self) -> String {
        // A byte is a character from U+0000 to U+00FF, so that invalid UTF-8 is kept.
        let bytes = |bytes: &[u8]| {
            let mut text = Vec::new();
            bytes.iter().for_each(|byte| push_point(&mut text, (*byte).into()));
            Json::Text(text)
        };
        let number = |number: &usize| Json::number(*number);
        let members = match self {
            Self::Feed(json) => vec![("feed", bytes(json))],
            Self::Flush => vec![("flush", Json::Null)],
            Self::Discard => vec![("discard", Json::Null)],
            Self::Put(json) => vec![("put", bytes(json))],
            Self::Remove(id) => vec![("remove", Json::text(id))],
            Self::Names { set, json } => vec![("names", bytes(json)), ("set", Json::text(set))],
            Self::Members { segment, json } => {
                vec![("members", bytes(json)), ("segment", Json::text(segment))]
            }
            Self::BeginLoad => vec![("begin_load", Json::Null)],
            Self::EndLoad => vec![("end_load", Json::Null)],
            Self::Open { slot, request } => {
                vec![("open", Json::text(request)), ("slot", number(slot))]
            }
            Self::Slice { slot, from, to } => {
                vec![("slice", Json::list([number(from), number(to)])), ("slot", number(slot))]
            }
            Self::Ids { slot } => vec![("ids", Json::Null), ("slot", number(slot))],
            Self::Counts { slot, request } => {
                let slot = slot.as_ref().map_or(Json::Null, number);
                vec![("counts", Json::text(request)), ("slot", slot)]
            }
            Self::Changes { slot } => vec![("changes", Json::Null), ("slot", number(slot))],
            Self::Refresh { slot } => vec![("refresh", Json::Null), ("slot", number(slot))],
            Self::Close { slot } => vec![("close", Json::Null), ("slot", number(slot))],
            Self::Weigh { field, seed } => {
                vec![("weigh", Json::text(field)), ("seed", Json::number(*seed as usize))]
            }
            Self::Compact => vec![("compact", Json::Null)],
            Self::Stats => vec![("stats", Json::Null)],
            Self::Restore => vec![("restore", Json::Null)],
        };
        Json::object(members).write()
    }

    /// Reads an operation from its line.
    pub fn parse(line: &str) -> Option<Self> {
        let json = Json::parse(line.as_bytes()).ok()?;
        let (name, argument) = json.members().first()?;
        let text = |value: &Json| String::from_utf8(value.as_text()?.to_vec()).ok();
        let bytes = || -> Option<Vec<u8>> {
            text(argument)?.chars().map(|char| u8::try_from(char).ok()).collect()
        };
        let member = |name: &str| text(json.get(name)?);
        let slot = || json.get("slot")?.as_number();
        Some(match std::str::from_utf8(name).ok()? {
            "feed" => Self::Feed(bytes()?),
            "flush" => Self::Flush,
            "discard" => Self::Discard,
            "put" => Self::Put(bytes()?),
            "remove" => Self::Remove(text(argument)?),
            "names" => Self::Names { set: member("set")?, json: bytes()? },
            "members" => Self::Members { segment: member("segment")?, json: bytes()? },
            "begin_load" => Self::BeginLoad,
            "end_load" => Self::EndLoad,
            "open" => Self::Open { slot: slot()?, request: text(argument)? },
            "slice" => {
                let [from, to] = argument.items()? else { return None };
                Self::Slice { slot: slot()?, from: from.as_number()?, to: to.as_number()? }
            }
            "ids" => Self::Ids { slot: slot()? },
            "counts" => Self::Counts { slot: slot(), request: text(argument)? },
            "changes" => Self::Changes { slot: slot()? },
            "refresh" => Self::Refresh { slot: slot()? },
            "close" => Self::Close { slot: slot()? },
            "weigh" => {
                Self::Weigh { field: text(argument)?, seed: json.get("seed")?.as_number()? as u64 }
            }
            "compact" => Self::Compact,
            "stats" => Self::Stats,
            "restore" => Self::Restore,
            _ => return None,
        })
    }
}

#[test]
fn operations_are_read_back() {
    for operation in [
        Operation::Feed(b"{\"id\":\"\xff\xc3\xa9\n\"}".to_vec()),
        Operation::Counts { slot: None, request: "{}".into() },
        Operation::Slice { slot: 3, from: 0, to: 50 },
        Operation::Weigh { field: "name".into(), seed: 7 },
    ] {
        assert_eq!(Operation::parse(&operation.line()), Some(operation));
    }
}
