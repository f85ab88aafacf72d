//! stand-in
use crate::model::Object;
pub struct Source<'a> {
    pub subject: &'a str,
    pub body: &'a str,
}
pub struct Rendered {
    pub subject: String,
    pub body: String,
}
pub struct Fault {
    pub field: &'static str,
    pub message: String,
}
pub struct Context<'a> {
    pub contact: Option<&'a Object>,
    pub admin: Option<&'a Object>,
    pub variables: &'a Object,
}
impl Source<'_> {
    pub fn asks_for(&self, name: &str) -> bool {
        self.subject.contains(name) || self.body.contains(name)
    }
}
pub fn check(_s: &Source<'_>) -> Result<(), Fault> {
    Ok(())
}
pub fn render(s: &Source<'_>, _c: &Context<'_>) -> Result<Rendered, Fault> {
    Ok(Rendered { subject: s.subject.to_owned(), body: s.body.to_owned() })
}
