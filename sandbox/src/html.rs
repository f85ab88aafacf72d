//! Converts plain text to HTML, and HTML to plain text.

/// Returns a text as a paragraph, unless it is HTML already.
pub(crate) fn paragraph(text: &str) -> String {
    if text.starts_with('<') { text.to_owned() } else { format!("<p>{text}</p>") }
}

/// Returns the text of HTML: elements that end a line become line feeds, and all other tags are
/// removed.
pub(crate) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let is_tag =
            after.starts_with(|letter: char| letter == '/' || letter.is_ascii_alphabetic());
        let tag = after.split_once('>').filter(|_| is_tag);
        let Some((tag, after)) = tag else {
            text.push('<');
            rest = after;
            continue;
        };
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or_default();
        if matches!(name, "br" | "/p" | "/div" | "/li" | "/h1" | "/h2" | "/h3" | "/h4" | "/tr") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    // `&amp;` is last, so that `&amp;lt;` becomes `&lt;`.
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    for (entity, letter) in entities {
        text = text.replace(entity, letter);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_tags_and_no_entities() {
        for (html, text) in [
            ("<p>Hi <b>there</b></p>", "Hi there"),
            ("<p class=\"no-margin\">One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
            ("<p>Is 3 < 4 &amp;&amp; 5 &gt; 4?</p>", "Is 3 < 4 && 5 > 4?"),
            ("&amp;lt;", "&lt;"),
            ("no HTML <", "no HTML <"),
            ("", ""),
        ] {
            assert_eq!(plain_text(html), text, "{html}");
        }
    }

    #[test]
    fn html_is_unchanged() {
        assert_eq!(paragraph("Hi"), "<p>Hi</p>");
        assert_eq!(paragraph("<h2>Hi</h2>"), "<h2>Hi</h2>");
    }
}
