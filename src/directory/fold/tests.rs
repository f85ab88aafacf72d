use std::fmt::Write;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

fn fold(text: &str) -> String {
    let mut out = b"x".to_vec();
    fold_into(text.as_bytes(), &mut out).unwrap();
    String::from_utf8(out[1..].to_vec()).unwrap()
}

#[test]
fn folds_what_people_take_for_equal() {
    for (text, expected) in [
        ("", ""),
        ("  \t\u{0} ", ""),
        ("Ann  LEE\u{7f}\u{85}x ", "ann lee x"),
        ("Zoë Łęcka", "zoe lecka"),
        ("Straße ẞ", "strasse ss"),
        ("Øre Đại Ðþ Æœı", "ore dai dth aeoei"),
        ("Σίσυφος", "σισυφοσ"),
        ("Ёлка", "елка"),
        ("ＡＢＣ　１２", "abc 12"),
        ("ｶﾞｷﾞﾊﾟ ガギパ がぎぱ", "がぎぱ がぎぱ がぎぱ"),
        ("か\u{200d}\u{3099}か", "がか"),
        ("ヴ・ヷ", "ゔ わ\u{3099}"),
        ("한글 \u{1112}\u{1161}\u{11ab} ㄱㅏ", "한글 한 가"),
        ("ﬁ ① ²", "fi 1 2"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("न\u{93c} ऩ", "ऩ ऩ"),
        ("a\u{ad}b\u{202a}c", "abc"),
        // A mark keeps the next one of its class from composing.
        ("か\u{309a}\u{3099}", "か\u{309a}\u{3099}"),
        ("न\u{94d}\u{93c}", "ऩ\u{94d}"),
        // Spaces at the edges of the 8 bytes that are folded at once.
        ("abcdefg  bcdefgh i", "abcdefg bcdefgh i"),
        ("abcdefgh  cdefgh  k", "abcdefgh cdefgh k"),
        (" bcdefgh ", "bcdefgh"),
    ] {
        assert_eq!(fold(text), expected, "{text:?}");
        assert_eq!(fold(expected), expected);
    }
}

/// Folds by the rules alone, with the tables of another crate and of the standard library.
fn by_the_rules(text: &str) -> String {
    let mut text: Vec<char> = text.chars().collect();
    loop {
        let next: Vec<char> = text.iter().flat_map(|character| rule(*character)).collect();
        if next == text {
            break;
        }
        text = next;
    }
    let words: String = text.iter().collect();
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").nfc().collect()
}

fn rule(character: char) -> Vec<char> {
    match character {
        '\u{b7}' | '\u{30fb}' | '\u{ff65}' => return vec![' '],
        _ if character.is_whitespace() || character.is_control() => return vec![' '],
        _ if is_invisible(character) || is_accent(character) => return vec![],
        'ø' => return vec!['o'],
        'ł' => return vec!['l'],
        'đ' | 'ð' => return vec!['d'],
        'þ' => return vec!['t', 'h'],
        'æ' => return vec!['a', 'e'],
        'œ' => return vec!['o', 'e'],
        'ı' => return vec!['i'],
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => {
            return char::from_u32(u32::from(character) - 0x60).unwrap().nfd().collect();
        }
        _ => {}
    }
    let decomposed: Vec<char> = [character].into_iter().nfkd().collect();
    if decomposed != [character] {
        return decomposed;
    }
    character.to_uppercase().flat_map(char::to_lowercase).collect()
}

/// Unicode's Default_Ignorable_Code_Point.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The blocks of marks of Latin, Greek, Cyrillic, Arabic, Hebrew and of several scripts.
fn is_accent(character: char) -> bool {
    let in_blocks = matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{897}'..='\u{8ff}'
            | '\u{951}'..='\u{954}' | '\u{1ab0}'..='\u{1aff}' | '\u{1cd0}'..='\u{1cf9}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20f0}' | '\u{2de0}'..='\u{2dff}'
            | '\u{302a}'..='\u{302d}' | '\u{a66f}'..='\u{a67d}' | '\u{a69e}'..='\u{a69f}' | '\u{fb1e}'
            | '\u{fe20}'..='\u{fe2f}' | '\u{101fd}' | '\u{102e0}' | '\u{10ec0}'..='\u{10eff}'
            | '\u{1133b}' | '\u{1cf00}'..='\u{1cf46}' | '\u{1d165}'..='\u{1d1ad}'
            | '\u{1d242}'..='\u{1d244}' | '\u{1e08f}'
    );
    // The spacing marks among them are letters.
    let spacing = matches!(character, '\u{1ce1}' | '\u{1cf7}' | '\u{1d165}'..='\u{1d166}' | '\u{1d16d}'..='\u{1d172}');
    in_blocks && !spacing && unicode_normalization::char::is_combining_mark(character)
}

#[test]
fn folds_every_character_by_the_rules() {
    let mut different = String::new();
    for character in '\0'..=char::MAX {
        let text = character.to_string();
        let folded = fold(&text);
        if folded != by_the_rules(&text) {
            writeln!(different, "{character:?} {folded:?} {:?}", by_the_rules(&text)).unwrap();
        }
        assert_eq!(fold(&folded), folded, "{character:?}");
    }
    assert_eq!(different, "");
}

/// Texts whose characters interact: parts of syllables, letters with marks, marks in any order.
fn texts() -> impl Strategy<Value = String> {
    let kana = ['ぁ'..='ヿ', 'ｦ'..='\u{ff9f}'];
    let jamo = ['\u{1100}'..='\u{11ff}', 'ㄱ'..='ㆎ', 'ﾡ'..='ￜ'];
    let accents = ['\u{300}'..='\u{36f}', '\u{591}'..='\u{5c7}', '\u{610}'..='\u{65f}'];
    let characters = prop_oneof![
        4 => one_of(" aZ7.\u{7f}\t\u{a0}\u{3000}・\u{ad}\u{200d}"),
        4 => prop::char::ranges(kana.to_vec().into()),
        3 => one_of("\u{3099}\u{309a}ﾞﾟ゛かﾊワ"),
        3 => prop::char::ranges(jamo.to_vec().into()),
        2 => one_of("가각힣한\u{1112}\u{1161}\u{11ab}\u{11a7}\u{11c2}\u{11c3}"),
        3 => prop::char::ranges(accents.to_vec().into()),
        2 => one_of("न\u{93c}\u{94d}\u{951}\u{9c7}\u{9be}\u{9d7}\u{9cb}"),
        2 => one_of("\u{cc6}\u{cc2}\u{cd5}\u{ccb}\u{302e}"),
        2 => one_of("ก\u{e38}\u{e48}\u{f71}\u{f72}\u{f74}\u{730}\u{731}\u{711}"),
        3 => prop::char::range('\u{80}', '\u{2ff}'),
        1 => prop::char::range('\u{fb00}', '\u{feff}'),
        1 => any::<char>(),
    ];
    prop::collection::vec(characters, 0..24).prop_map(String::from_iter)
}

fn one_of(characters: &str) -> impl Strategy<Value = char> {
    prop::sample::select(Vec::from_iter(characters.chars()))
}

proptest! {
    #[test]
    fn folds_texts_by_the_rules(text in texts()) {
        let folded = fold(&text);
        prop_assert_eq!(&folded, &by_the_rules(&text));
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn folds_equivalent_texts_alike(text in texts()) {
        let folded = fold(&text);
        prop_assert_eq!(&fold(&text.nfd().to_string()), &folded);
        prop_assert_eq!(&fold(&text.nfc().to_string()), &folded);
    }

    #[test]
    fn folds_ascii_by_the_rules(text in "( {1,2}|[ A-Z@a-z\\[`{~!/0-9\t\x00\x1f\x7f]){0,40}") {
        prop_assert_eq!(fold(&text), by_the_rules(&text));
    }

    #[test]
    fn accepts_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut out = Vec::new();
        fold_into(&bytes, &mut out).unwrap();
        prop_assert!(out.iter().all(|byte| *byte >= 0x20));
    }
}

#[test]
fn leaves_what_is_in_the_output_already() {
    for (before, text, expected) in [
        ("か", "\u{3099}", "か\u{3099}"),
        ("가", "\u{11a8}b", "가\u{11a8}b"),
        ("a", " B ", "ab"),
        ("a ", " \u{3099}", "a \u{3099}"),
    ] {
        let mut out = before.as_bytes().to_vec();
        fold_into(text.as_bytes(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn leaves_lone_surrogates_as_they_are() {
    let mut out = Vec::new();
    fold_into(b"A\xed\xa0\x80\xc3\x89\xed\xbf\xbf", &mut out).unwrap();
    assert_eq!(out, b"a\xed\xa0\x80e\xed\xbf\xbf");
}

#[test]
fn folds_many_marks_in_linear_time() {
    // Marks of two classes in turns, which have to be sorted.
    let marks = "\u{e48}\u{e38}".repeat(100_000);
    let sorted = ["\u{e38}", "\u{e48}"].map(|mark| mark.repeat(100_000)).concat();
    assert!(fold(&format!("ก{marks}")) == format!("ก{sorted}"));
}
