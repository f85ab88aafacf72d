//! The workspace that all resources belong to.

/// The id of the workspace.
pub(crate) const APP_ID: &str = "bdguin94";

/// When the workspace was created, in seconds since 1970: 2018-01-01.
pub(crate) const CREATED_AT: i64 = 1_514_764_800;

/// Returns the name of a time zone with a fixed difference from UTC. The IANA names exist for whole
/// hours only, and have the opposite sign: `Etc/GMT-9` is nine hours ahead of UTC. Any other zone is
/// an ISO 8601 offset, as `+05:30`.
pub(crate) fn time_zone(utc_offset_minutes: i64) -> String {
    let sign = |is_positive| if is_positive { '+' } else { '-' };
    let (hours, minutes) = (utc_offset_minutes.abs() / 60, utc_offset_minutes.abs() % 60);
    match (hours, minutes) {
        (0, 0) => "Etc/UTC".to_owned(),
        (hours, 0) => format!("Etc/GMT{}{hours}", sign(utc_offset_minutes < 0)),
        (hours, minutes) => format!("{}{hours:02}:{minutes:02}", sign(utc_offset_minutes > 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_has_the_name_of_its_offset() {
        for (utc_offset_minutes, name) in [
            (0, "Etc/UTC"),
            (540, "Etc/GMT-9"),
            (-480, "Etc/GMT+8"),
            (330, "+05:30"),
            (-30, "-00:30"),
            (840, "Etc/GMT-14"),
            (-720, "Etc/GMT+12"),
        ] {
            assert_eq!(time_zone(utc_offset_minutes), name);
        }
    }
}
