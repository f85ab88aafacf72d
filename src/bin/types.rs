//! Writes the models' TypeScript declarations to the file in the first argument.

fn main() -> std::io::Result<()> {
    let file = std::env::args_os().nth(1).ok_or(std::io::ErrorKind::InvalidInput)?;
    std::fs::write(file, intercom_edge::model::types::declarations())
}
