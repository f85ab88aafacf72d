//! The columns of a directory: which fields of a contact it keeps, and where.

use super::buffer;
use super::error::Error;
use super::positions::Positions;
use super::sets::SetKind;
use super::texts::TextField;

/// The fields of each contact that a directory keeps without a choice.
pub const DEFAULT_FIELDS: [&str; 25] = [
    "role",
    "name",
    "email",
    "phone",
    "external_id",
    "owner_id",
    "created_at",
    "updated_at",
    "signed_up_at",
    "last_seen_at",
    "last_replied_at",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "has_hard_bounced",
    "marked_email_as_spam",
    "unsubscribed_from_emails",
    "location.country",
    "location.region",
    "location.city",
    "location.country_code",
    "tags",
    "companies",
    "segments",
    ATTRIBUTES,
];

/// The object of the custom attributes.
pub const ATTRIBUTES: &str = "custom_attributes";
/// The most custom attributes. Those of later contacts are not kept.
const MAX_ATTRIBUTES: usize = 10_000;

/// A field of a contact, by which it can be filtered, sorted and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Intercom's id.
    Id,
    /// A text of its own for each contact.
    Text(TextField),
    /// A column of cells.
    Column(u32),
    /// A set of ids.
    Set(SetKind),
}

/// A member of a contact's JSON, as far as the directory keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A field.
    Field(Field),
    /// An object with fields.
    Object,
}

/// The fields of a directory.
pub struct Schema {
    /// The members of a contact, with their names.
    members: Vec<(Vec<u8>, Member)>,
    member_index: Positions,
    /// The path of each column.
    paths: Vec<Vec<u8>>,
    path_index: Positions,
    /// The columns that the text search covers.
    searched: Vec<u32>,
    searched_paths: Vec<Vec<u8>>,
    /// True if all custom attributes are kept.
    all_attributes: bool,
    attributes: usize,
}

impl Schema {
    /// Creates the schema of the fields, and of the fields that the text search covers besides
    /// names, e-mail addresses, phone numbers, external ids and companies.
    pub fn new(fields: Option<&[String]>, searched: &[String]) -> Result<Self, Error> {
        let mut schema = Self {
            members: Vec::new(),
            member_index: Positions::default(),
            paths: Vec::new(),
            path_index: Positions::default(),
            searched: Vec::new(),
            searched_paths: searched.iter().map(|path| path.clone().into_bytes()).collect(),
            all_attributes: false,
            attributes: 0,
        };
        schema.add_member("id", Member::Field(Field::Id))?;
        match fields {
            None => DEFAULT_FIELDS.iter().try_for_each(|path| schema.keep(path, 0))?,
            Some(fields) => {
                let mut places = fields.iter().enumerate();
                places.try_for_each(|(place, path)| schema.keep(path, place))?;
            }
        }
        for (place, path) in searched.iter().enumerate() {
            let field = schema.field(path.as_bytes());
            let is_kept = matches!(field, Some(Field::Column(_) | Field::Text(_)));
            if !is_kept && !schema.may_have(path.as_bytes()) {
                let expected = "a field of the directory that is not a set";
                return Err(Error::query(format!("search[{place}]"), expected));
            }
        }
        Ok(schema)
    }

    /// Keeps a field, which is at a place in the list of fields.
    fn keep(&mut self, path: &str, place: usize) -> Result<(), Error> {
        let invalid = |expected: &str| Err(Error::query(format!("fields[{place}]"), expected));
        if path == ATTRIBUTES {
            self.all_attributes = true;
            self.add_member(path, Member::Object)?;
            return Ok(());
        }
        let field = match (path, TextField::of(path.as_bytes()), SetKind::of(path.as_bytes())) {
            ("id", ..) => return Ok(()),
            (_, Some(field), _) => Field::Text(field),
            (_, _, Some(kind)) => {
                self.add_member(kind.path(), Member::Field(Field::Set(kind)))?;
                return Ok(());
            }
            ("location", ..) => {
                let fields = DEFAULT_FIELDS.iter().filter(|path| path.starts_with("location."));
                return fields.copied().try_for_each(|path| self.keep(path, place));
            }
            _ => Field::Column(self.add_column(path.as_bytes())?),
        };
        let (name, member) = match path.split_once('.') {
            None => (path, Member::Field(field)),
            Some(("", _) | (_, "")) => return invalid("the path of a field"),
            Some((object, member)) if object != ATTRIBUTES && member.contains('.') => {
                return invalid("a field of an object that is not in another object");
            }
            Some((object, _)) => (object, Member::Object),
        };
        if name.is_empty() {
            return invalid("the path of a field");
        }
        match self.member(name.as_bytes()) {
            Some(before) if before != member => invalid("either a whole object or fields of it"),
            Some(_) => Ok(()),
            None => self.add_member(name, member),
        }
    }

    fn add_member(&mut self, name: &str, member: Member) -> Result<(), Error> {
        if self.member(name.as_bytes()).is_some() {
            return Ok(());
        }
        let members = &self.members;
        let name_of = |place: u32| members.get(place as usize).map_or(&[][..], |(name, _)| name);
        self.member_index.reserve(&|index, place| index.hash(0, name_of(place)))?;
        self.member_index.insert(self.member_index.hash(0, name.as_bytes()), members.len() as u32);
        self.members.push((name.into(), member));
        Ok(())
    }

    fn add_column(&mut self, path: &[u8]) -> Result<u32, Error> {
        if let Some(column) = self.find_column(path) {
            return Ok(column);
        }
        let mut kept = Vec::new();
        buffer::extend(&mut kept, path)?;
        buffer::reserve(&mut self.paths, 1)?;
        let paths = &self.paths;
        let path_of = |column: u32| paths.get(column as usize).map_or(&[][..], Vec::as_slice);
        self.path_index.reserve(&|index, column| index.hash(0, path_of(column)))?;
        let column = self.paths.len() as u32;
        self.path_index.insert(self.path_index.hash(0, path), column);
        self.paths.push(kept);
        if self.searched_paths.iter().any(|searched| searched == path) {
            buffer::push(&mut self.searched, column)?;
        }
        Ok(column)
    }

    fn find_column(&self, path: &[u8]) -> Option<u32> {
        let is_path =
            |column: u32| self.paths.get(column as usize).is_some_and(|kept| kept == path);
        self.path_index.find(self.path_index.hash(0, path), &is_path)
    }

    /// Finds a member of a contact.
    pub fn member(&self, name: &[u8]) -> Option<Member> {
        let is_name =
            |place: u32| self.members.get(place as usize).is_some_and(|(kept, _)| kept == name);
        let place = self.member_index.find(self.member_index.hash(0, name), &is_name)?;
        self.members.get(place as usize).map(|(_, member)| *member)
    }

    /// Finds the column of a path such as `custom_attributes.plan`. Adds it if it is a custom
    /// attribute that is kept.
    pub fn column(&mut self, path: &[u8]) -> Result<Option<u32>, Error> {
        if let Some(column) = self.find_column(path) {
            return Ok(Some(column));
        }
        let is_kept =
            self.all_attributes && self.attributes < MAX_ATTRIBUTES && attribute_of(path).is_some();
        if !is_kept {
            return Ok(None);
        }
        let column = self.add_column(path)?;
        self.attributes += 1;
        Ok(Some(column))
    }

    /// Finds a field by its path.
    pub fn field(&self, path: &[u8]) -> Option<Field> {
        if let Some(kind) = SetKind::of(path) {
            return self.member(kind.path().as_bytes()).map(|_| Field::Set(kind));
        }
        match self.member(path) {
            Some(Member::Field(field)) => Some(field),
            _ => self.find_column(path).map(Field::Column),
        }
    }

    /// Returns true if a path is a custom attribute that would be kept, so that no contact has it
    /// if there is no such field.
    pub fn may_have(&self, path: &[u8]) -> bool {
        let may_be_kept = self.all_attributes && self.attributes < MAX_ATTRIBUTES;
        may_be_kept && attribute_of(path).is_some()
    }

    /// Returns the paths of the columns.
    pub fn paths(&self) -> &[Vec<u8>] {
        &self.paths
    }

    /// Returns the columns that the text search covers.
    pub fn searched(&self) -> &[u32] {
        &self.searched
    }

    /// Returns true if the text search covers a column.
    pub fn is_searched(&self, column: u32) -> bool {
        self.searched.contains(&column)
    }
}

fn attribute_of(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(ATTRIBUTES.as_bytes())?.strip_prefix(b".")
}
