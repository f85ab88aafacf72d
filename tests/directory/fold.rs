//! Folds a text for search, whole texts at once, by Unicode's own tables (unicode-normalization, std).

use super::json::{points, push_point};
use unicode_normalization::UnicodeNormalization;

/// Returns the folded form of a WTF-8 text.
pub fn fold(wtf8: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut run = String::new();
    for point in points(wtf8) {
        match char::from_u32(point) {
            Some(char) => run.push(char),
            None => {
                out.extend(fold_str(&std::mem::take(&mut run)).bytes());
                push_point(&mut out, point);
            }
        }
    }
    out.extend(fold_str(&run).bytes());
    // Spaces at last: a lone surrogate does not separate them.
    let words: Vec<&[u8]> =
        out.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

fn fold_str(text: &str) -> String {
    let decomposed: String = text.nfkd().collect();
    let lower: String = decomposed.chars().flat_map(char::to_lowercase).flat_map(letters).collect();
    let bare = lower
        .nfkd()
        .filter(|char| !is_accent(*char) && !is_invisible(*char))
        .map(hiragana)
        .collect::<String>();
    bare.nfc().map(|char| if is_space(char) { ' ' } else { char }).collect()
}

/// Returns the letters that a letter is folded to.
fn letters(char: char) -> impl Iterator<Item = char> {
    let mut own = [0; 4];
    let letters = match char {
        'ß' => "ss",
        'ς' => "σ",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        other => other.encode_utf8(&mut own),
    };
    letters.chars().collect::<Vec<_>>().into_iter()
}

/// Tests for the marks that the contract removes: not the voiced marks of Japanese, nor the vowels of Devanagari.
fn is_accent(char: char) -> bool {
    matches!(char,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}'
        | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}')
}

/// Tests for the characters that are dropped because they are not seen (Unicode's Default_Ignorable_Code_Point).
fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}')
}

fn hiragana(char: char) -> char {
    match char {
        '\u{30a1}'..='\u{30f6}' | '\u{30fd}' | '\u{30fe}' => {
            char::from_u32(u32::from(char) - 0x60).unwrap_or(char)
        }
        other => other,
    }
}

fn is_space(char: char) -> bool {
    char.is_whitespace() || char.is_control() || matches!(char, '\u{b7}' | '\u{30fb}' | '\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::fold;

    fn folded(text: &str) -> String {
        String::from_utf8(fold(text.as_bytes())).unwrap()
    }

    #[test]
    fn folds_many_scripts() {
        for (text, expected) in [
            ("", ""),
            ("  Ann \t\n LEE\u{0} ", "ann lee"),
            ("José Ñandú", "jose nandu"),
            ("Jose\u{301}", "jose"),
            ("Straße STRASSE ẞ", "strasse strasse ss"),
            ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
            ("Łódź Đặng Ngọc Ánh", "lodz dang ngoc anh"),
            ("Ærø Œuvre Þór Eiður", "aero oeuvre thor eidur"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ１２", "full width12"),
            ("ﬁne Ⅳ ①", "fine iv 1"),
            ("タナカ ｶﾞｷﾞ か\u{3099}", "たなか がぎ が"),
            ("カ・ガ·x", "か が x"),
            ("ヴィー", "ゔぃー"),
            ("\u{1112}\u{1161}\u{11ab} 한", "한 한"),
            ("ΣΊΣΥΦΟΣ ς", "σισυφοσ σ"),
            ("Ёлка Й", "елка и"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("हिन्दी", "हिन्दी"),
            ("ที่นี่", "ที่นี่"),
            ("👩\u{200d}💻 a\u{ad}b❤\u{fe0f}", "👩💻 ab❤"),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
            assert_eq!(folded(expected), expected, "again: {text:?}");
        }
    }

    #[test]
    fn keeps_lone_surrogates() {
        assert_eq!(fold(b"A\xed\xa0\x80 \xed\xb0\x80B"), b"a\xed\xa0\x80 \xed\xb0\x80b");
    }
}
