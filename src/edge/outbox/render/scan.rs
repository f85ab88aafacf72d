//! Checks a template before it is compiled: it has no tag that could render itself again and again, and no
//! expression that could make a long text.

/// The longest expression or tag, in bytes.
const MAX_EXPRESSION_BYTES: usize = 500;

/// The deepest nesting of tags, their branches and parentheses.
const MAX_DEPTH: usize = 32;

/// Checks a text of at most `limit` bytes.
pub fn check(text: &str, limit: usize) -> Result<(), String> {
    if text.len() > limit {
        return Err(format!("A template has at most {} KB", limit >> 10));
    }
    let mut rest = text;
    // The number of branches of each open tag. A parser nests each branch in the one before.
    let mut open: Vec<usize> = Vec::new();
    while let Some(start) =
        rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min()
    {
        let line = 1 + text
            .len()
            .checked_sub(rest.len())
            .and_then(|at| text.get(..at + start))
            .map_or(0, |before| before.matches('\n').count());
        let fault = |what: &str| Err(format!("The template can't be read (line {line}): {what}"));
        let (opening, inside) =
            rest.get(start..).and_then(|tag| tag.split_at_checked(2)).unwrap_or_default();
        if opening == "{#" {
            let Some(end) = inside.find("#}") else { return fault("the comment has no end") };
            rest = inside.get(end + 2..).unwrap_or_default();
            continue;
        }
        let closing = if opening == "{{" { "}}" } else { "%}" };
        let Some(inner) = until(inside, closing) else {
            return fault("the tag has no end");
        };
        if inner.len() > MAX_EXPRESSION_BYTES {
            return fault("an expression has at most 500 characters");
        }
        if opening == "{%" {
            let word = inner.trim_start_matches(['-', '+']).trim_start();
            let word = word.split(|it: char| !it.is_alphanumeric() && it != '_').next();
            match word.unwrap_or_default() {
                "if" | "for" => open.push(1),
                "elif" | "else" => open.last_mut().into_iter().for_each(|branches| *branches += 1),
                "endif" | "endfor" => drop(open.pop()),
                _ => return fault("the tags are if, elif, else and for"),
            }
        }
        let mut nested: usize = open.iter().sum();
        for (_, mark) in outside_texts(inner) {
            match mark {
                '*' => return fault("* isn't taken: it could make a text without end"),
                '(' | '[' | '{' => nested += 1,
                ')' | ']' | '}' => nested = nested.saturating_sub(1),
                _ => {}
            }
            if nested > MAX_DEPTH {
                return fault("it is nested too deep");
            }
        }
        rest = inside.get(inner.len() + 2..).unwrap_or_default();
    }
    Ok(())
}

/// Returns the text before the end of a tag. An end within a quoted text doesn't count.
fn until<'a>(inside: &'a str, closing: &str) -> Option<&'a str> {
    let ends = |at: usize| inside.get(at..).is_some_and(|rest| rest.starts_with(closing));
    let (at, _) = outside_texts(inside).find(|(at, _)| ends(*at))?;
    inside.get(..at)
}

/// Lists the characters outside quoted texts, with their positions.
fn outside_texts(inner: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut escaped = false;
    inner.char_indices().filter(move |(_, mark)| match quote {
        Some(_) if escaped => {
            escaped = false;
            false
        }
        Some(_) if *mark == '\\' => {
            escaped = true;
            false
        }
        Some(open) => {
            if *mark == open {
                quote = None;
            }
            false
        }
        None => {
            if matches!(*mark, '"' | '\'') {
                quote = Some(*mark);
            }
            true
        }
    })
}
