//! SHA-256 hashes as hexadecimal text.

use sha2::{Digest, Sha256};

/// Gives the hash of several parts, one after the other, in 64 hexadecimal digits.
pub fn hex(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    digits(&hash.finalize())
}

/// Gives the first `length` bytes of the hash, in two hexadecimal digits each.
pub fn short_hex(bytes: &[u8], length: usize) -> String {
    digits(Sha256::digest(bytes).get(..length).unwrap_or_default())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a hash from 64 hexadecimal digits.
pub fn parse(hex: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit))
        .collect();
    if hex.len() == 64 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{hex, parse, short_hex};

    #[test]
    fn a_hash_is_hexadecimal_text_and_back() {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&[]), EMPTY);
        assert_eq!(hex(&[b"a", b"bc"]), hex(&[b"abc"]));
        assert_eq!(short_hex(b"", 4), "e3b0c442");
        assert_eq!(parse(EMPTY).map(|hash| hash[..2].to_vec()), Some(vec![0xe3, 0xb0]));
        assert_eq!(parse(&EMPTY.to_uppercase()), parse(EMPTY));
        for text in ["", "e3", &EMPTY[1..], &format!("{EMPTY}00"), &EMPTY.replace('e', "g")] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
