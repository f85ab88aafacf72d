use super::{Context, Fault, Source, check, render};
use crate::model::Object;
use proptest::prelude::*;
use serde_json::{Value, json};

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap()
}

fn fill(subject: &str, body: &str, variables: Value) -> Result<(String, String), Fault> {
    let contact = object(json!({
        "id": "5bb2", "name": "Ann <b>", "email": "ann@example.com", "phone": null, "created_at": 1_763_900_000,
        "custom_attributes": {"plan": "pro", "seats": 5, "note": null},
    }));
    let admin = object(json!({"name": "Joe & Co"}));
    let variables = object(variables);
    let source = Source { subject, body };
    check(&source)?;
    let context = Context { contact: Some(&contact), admin: Some(&admin), variables: &variables };
    render(&source, &context).map(|rendered| (rendered.subject, rendered.body))
}

fn body(text: &str) -> Result<String, Fault> {
    let variables = json!({
        "plan": "free", "list": ["a", "<b>", 3], "price": 12.6, "yes": true, "none": null, "deep": {"er": null},
        "url": "\" onclick=\"x",
    });
    fill("Hi", text, variables).map(|(_, body)| body)
}

#[test]
fn a_body_is_escaped_and_a_subject_is_not() {
    let (subject, body) = fill("Hi {{ contact.name }}", "{{ contact.name }}", json!({})).unwrap();
    assert_eq!(subject, "Hi Ann <b>");
    assert_eq!(body, "Ann &lt;b&gt;");
}

#[test]
fn what_there_is_to_fill_in() {
    for (text, filled) in [
        (
            "{{ contact.custom_attributes.plan }} {{ variables.plan }} {{ admin.name }}",
            "pro free Joe &amp; Co",
        ),
        ("{{ contact.custom_attributes.seats + 1 }}", "6"),
        ("{{ variables.price | round }} {{ variables.price }}", "13 12.6"),
        (
            "{% for item in variables.list %}{{ loop.index }}{{ item }} {% endfor %}",
            "1a 2&lt;b&gt; 33 ",
        ),
        ("{{ variables.list | join(', ') }}", "a, &lt;b&gt;, 3"),
        ("{{ variables.list | length }}{{ variables.list | first }}", "3a"),
        ("{% if variables.yes %}y{% else %}n{% endif %}", "y"),
        ("{% if contact.phone is defined %}y{% else %}n{% endif %}", "n"),
        ("{{ contact.created_at | date }}", "2025-11-23"),
        ("{{ contact.name | upper | safe }}", "ANN <B>"),
        ("{{ 'ann MARIE' | title }}{{ 'aB' | capitalize }}{{ ' x ' | trim }}", "Ann MarieAbx"),
        ("<a title=\"{{ variables.url }}\">", "<a title=\"&quot; onclick=&quot;x\">"),
        ("a {# not this #}b {{ '{{ %}' }}", "a b {{ %}"),
    ] {
        assert_eq!(body(text), Ok(filled.to_owned()), "{text}");
    }
}

#[test]
fn what_is_missing_or_null_needs_a_default() {
    for text in [
        "{{ contact.phone }}",
        "{{ contact.nam }}",
        "{{ nobody.name }}",
        "{{ contact.custom_attributes.note }}",
        "{{ contact.custom_attributes.other }}",
        "{{ variables.none }}",
        "{{ variables.deep.er }}",
        "{% if contact.phone %}x{% endif %}",
        "{% for x in variables.none %}x{% endfor %}",
        "{{ contact.phone | upper }}",
        "x{{ contact['phone'] }}",
    ] {
        let fault = body(text).unwrap_err();
        assert_eq!(fault.field, "body");
        assert!(
            fault.message.contains("missing") && fault.message.contains("line 1"),
            "{text}: {}",
            fault.message
        );
    }
    let message = body("\n\n{{ contact.name }} {{ contact.phone }}").unwrap_err().message;
    assert!(message.contains("(line 3): contact.phone is missing"), "{message}");
    for text in [
        "{{ contact.phone | default('x') }}",
        "{{ contact.custom_attributes.other | default('x') }}",
        "{{ contact.custom_attributes.note | default('x') }}",
        "{{ variables.deep.er | default('x') }}",
        "{% if contact.phone is undefined %}x{% endif %}",
    ] {
        assert_eq!(body(text), Ok("x".to_owned()), "{text}");
    }
}

#[test]
fn nobody_is_needed_where_nobody_is_asked_for() {
    let variables = Object::new();
    let context = Context { contact: None, admin: None, variables: &variables };
    let render = |body| render(&Source { subject: "Hi", body }, &context).map(|it| it.body);
    assert_eq!(render("Hello").unwrap(), "Hello");
    assert_eq!(render("{{ contact.custom_attributes.plan | default('x') }}").unwrap(), "x");
    assert!(render("{{ contact.name }}").is_err());
}

#[test]
fn a_subject_is_one_line_with_something_in_it() {
    for variables in [
        json!({"x": "a\nb"}),
        json!({"x": "a\r\nBcc: b"}),
        json!({"x": "\u{0}"}),
        json!({"x": " "}),
    ] {
        assert_eq!(fill("{{ variables.x }}", "Hello", variables).unwrap_err().field, "subject");
    }
    assert_eq!(fill("Hi", "{{ variables.x }}", json!({"x": ""})).unwrap_err().field, "body");
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    for text in [
        "{{ contact.name",
        "{{ }}",
        "{% if x %}",
        "{% endif %}",
        "{{ 'x }}",
        "{# x",
        "{% %}",
        "{{ x | }}",
        "{{ x..y }}",
    ] {
        let fault = check(&Source { subject: "Hi", body: text }).unwrap_err();
        assert!(fault.message.contains("line"), "{text}: {}", fault.message);
    }
}

#[test]
fn no_tag_or_operator_can_grow_a_text() {
    for text in [
        "{% set a = 'x' %}",
        "{% macro a() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{%- with a = 1 -%}{% endwith %}",
        "{% filter upper %}{% endfilter %}",
        "{% raw %}{% endraw %}",
        "{% autoescape false %}{% endautoescape %}",
        "{% block a %}{% endblock %}",
        "{{ 'x' * 99999999 }}",
        "{{ 9 ** 99 }}",
        "{% if 'x' * 9 %}{% endif %}",
    ] {
        assert!(check(&Source { subject: "Hi", body: text }).is_err(), "{text}");
        assert!(check(&Source { subject: text, body: "x" }).is_err(), "{text}");
    }
    assert_eq!(body("{{ '5 * 3' }}"), Ok("5 * 3".to_owned()));
}

#[test]
fn attacks_end_soon() {
    let long = "x".repeat(60_000);
    let variables = json!({"a": long, "list": vec!["y"; 300]});
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let loops = nested("{% for x in variables.list %}", "{{ x }}", "{% endfor %}", 4);
    for text in [
        format!("{{{{ variables.a{} }}}}", " ~ variables.a".repeat(33)),
        "{{ variables.a }}".repeat(10),
        loops,
        nested("{% if 1 %}", "x", "{% endif %}", 200),
        format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}x".repeat(4000)),
        format!("{{{{ {} }}}}", nested("(", "1", ")", 150)),
        format!("{{{{ {} }}}}", nested("[", "1", "]", 150)),
        format!("{{{{ 1{} }}}}", ".a".repeat(200)),
        "{% for x in variables.list recursive %}{{ loop(variables.list) }}{% endfor %}".to_owned(),
        "{{ 9223372036854775807 + 9223372036854775807 + contact.phone }}".to_owned(),
        "{{ 1 / 0 }}".to_owned(),
        "{{ 1 % 0 }}".to_owned(),
        "{{ range(99999999) }}".to_owned(),
        "{{ '\\uD800' }}{{ contact.phone }}".to_owned(),
        "x".repeat(70_000),
    ] {
        assert!(
            fill("Hi", &text, variables.clone()).is_err(),
            "{}",
            text.get(..60).unwrap_or(&text)
        );
    }
}

#[test]
fn what_is_deep_but_short_is_read() {
    assert_eq!(body(&format!("{{{{ {}true }}}}", "not ".repeat(100))), Ok("True".to_owned()));
    assert_eq!(body(&format!("{{{{ {}1 }}}}", "-".repeat(100))), Ok("1".to_owned()));
}

#[test]
fn errors_quote_nobody() {
    for text in [
        "{{ contact.name + 1 }}",
        "{{ contact.name | round }}",
        "{{ contact.name.x.y }}",
        "{{ contact.name() }}",
        "{{ contact | date }}",
    ] {
        let fault = body(text).unwrap_err();
        assert!(!fault.message.contains("Ann"), "{text}: {}", fault.message);
    }
}

#[test]
fn dates_are_right_far_from_now() {
    for (seconds, date) in [
        (0, "1970-01-01"),
        (951_782_400, "2000-02-29"),
        (-1, "1969-12-31"),
        (4_107_542_400_i64, "2100-03-01"),
    ] {
        assert_eq!(body(&format!("{{{{ {seconds} | date }}}}")), Ok(date.to_owned()));
    }
}

proptest! {
    #[test]
    fn whatever_the_text_nothing_panics(
        text in concat!(
            "(\\{\\{|\\}\\}|\\{%|%\\}|\\{#|#\\}| if | for x in |endif|endfor|else|contact|\\.name|variables|\\|",
            "|default|'|\"|\\(|\\)|\\[|\\]|[a-z0-9 \\n~+*<&-]|\\PC){0,40}",
        )
    ) {
        let _ = fill("Hi", &text, json!({"a": [1, "x", {"b": null}]}));
        let _ = fill(&text, "x", json!({}));
    }

    #[test]
    fn whatever_the_values_a_subject_is_one_line(value in "\\PC{0,20}|[\\x00-\\x20]{0,5}") {
        if let Ok((subject, _)) = fill("{{ variables.x }}", "y", json!({"x": value})) {
            prop_assert!(!subject.chars().any(char::is_control) && !subject.trim().is_empty());
        }
    }
}

/// A text of a person one of whose attributes is this JSON.
fn with_value(json: &str, text: &str) -> Result<String, Fault> {
    let contact = object(serde_json::from_str(&format!(r#"{{"value":{json}}}"#)).unwrap());
    let variables = Object::new();
    let context = Context { contact: Some(&contact), admin: None, variables: &variables };
    render(&Source { subject: "Hi", body: text }, &context).map(|rendered| rendered.body)
}

#[test]
fn a_day_is_printed_of_every_form_of_time() {
    for (time, day) in [
        ("1420520395", "2015-01-06"),
        ("\"1420520395\"", "2015-01-06"),
        ("1420520395.9", "2015-01-06"),
        ("\"1420520395.9\"", "2015-01-06"),
        ("1420520395000", "2015-01-06"),
        ("\"1420520395000\"", "2015-01-06"),
        ("\"2015-01-06\"", "2015-01-06"),
        ("\"2015-01-06T04:59:55Z\"", "2015-01-06"),
        ("\"2015-01-06T23:59:59.999-00:30\"", "2015-01-07"),
        ("\"2015-01-06 04:59:55 +0900\"", "2015-01-05"),
        ("0", "1970-01-01"),
        ("-1", "1969-12-31"),
        ("\"-1\"", "1969-12-31"),
        ("253402300799", "9999-12-31"),
        ("-62167219200", "0000-01-01"),
        ("-62167219201", "-0001-12-31"),
        ("-62169984561", "-0001-11-29"),
        ("\"-0001-11-29T00:00:00Z\"", "-0001-11-29"),
    ] {
        assert_eq!(with_value(time, "{{ contact.value | date }}"), Ok(day.to_owned()), "{time}");
    }
    for none in [
        "true",
        "\"soon\"",
        "\"\"",
        "[1420520395]",
        "{}",
        "1e400",
        "18446744073709551615",
        "99999999999999999999999",
        "\"2015-02-30\"",
        "\"2015-13-01\"",
        "\"2015-01-06T25:00\"",
        "\"06/01/2015\"",
    ] {
        let fault = with_value(none, "{{ contact.value | date }}").unwrap_err();
        assert!(fault.message.contains("doesn't fit"), "{none}: {}", fault.message);
    }
}

#[test]
fn a_whole_number_is_printed_whole_with_all_its_digits() {
    for (number, printed) in [
        ("7", "7"),
        ("-0", "0"),
        ("1E5", "100000"),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("12.50e1", "125"),
        ("1200e-2", "12"),
        ("1e-2", "0.01"),
        ("9223372036854775808", "9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e20", "100000000000000000000"),
        (
            "1234567890123456789012345678901234567890123",
            "1234567890123456789012345678901234567890123",
        ),
        ("9007199254740993.5", "9007199254740993.5"),
    ] {
        assert_eq!(with_value(number, "{{ contact.value }}"), Ok(printed.to_owned()), "{number}");
        assert_eq!(
            with_value(number, "{{ [contact.value] | join }}"),
            Ok(printed.to_owned()),
            "{number}"
        );
    }
    assert_eq!(with_value("1e400", "{{ contact.value }}"), Ok("1e+400".to_owned()));
    assert_eq!(
        with_value("10", "{{ contact.value / 4 }} {{ contact.value / 5 }}"),
        Ok("2.5 2".to_owned())
    );
    assert_eq!(
        with_value("18446744073709551615", "{{ contact.value + 1 }}"),
        Ok("18446744073709551616".to_owned())
    );
    assert_eq!(with_value("10", "{{ contact.value | round }}"), Ok("10".to_owned()));
}
