//! The files of exports: CSV, compressed as gzip. The data is in stored (uncompressed) blocks,
//! which needs no library.

/// Packs bytes as a gzip file.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Magic, method deflate, no flags, no time, no extra flags, unknown system.
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for block in bytes.chunks(usize::from(u16::MAX)) {
        let length = block.len() as u16;
        file.push(0);
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    // An empty last block.
    file.extend([1, 0, 0, 0xff, 0xff]);
    file.extend(crc32(bytes).to_le_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

/// Returns rows as CSV; a value with a comma, a quote or a line feed is quoted.
pub(crate) fn csv(rows: &[Vec<String>]) -> String {
    let cell = |value: &String| {
        if value.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.clone()
        }
    };
    let line =
        |row: &Vec<String>| format!("{}\n", row.iter().map(cell).collect::<Vec<_>>().join(","));
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn long_files_have_several_blocks() {
        let file = gzip(&vec![7; 70_000]);
        assert_eq!(file.len(), 10 + 2 * 5 + 70_000 + 5 + 8);
        assert_eq!(file.get(10..15), Some([0, 0xff, 0xff, 0, 0].as_slice()));
    }

    #[test]
    fn values_with_special_characters_are_quoted() {
        let rows =
            [vec!["a".to_owned(), "b, \"c\"".to_owned()], vec![String::new(), "d\n".to_owned()]];
        assert_eq!(csv(&rows), "a,\"b, \"\"c\"\"\"\n,\"d\n\"\n");
    }
}
