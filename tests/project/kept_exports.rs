//! The committed figures and tables are those of the committed results.

use analysis_core::prelude::*;
use analysis_tests::root;

use crate::notebook_numbers::kept;

/// Exports `result` and compares every CSV with the committed one of its name; how many there are. Numbers may differ by what another
/// machine's libm makes of them.
fn compared(result: &impl Report) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let exported = result.export(&Style::neurips(), folder.path()).unwrap();
    let tables = exported.files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "csv"));
    let mut found = 0;
    for file in tables {
        let committed = root().join("notebooks/results").join(file.file_name().unwrap());
        let Ok(before) = std::fs::read_to_string(&committed) else { continue };
        let now = std::fs::read_to_string(file).unwrap();
        let [before, now] = [&before, &now].map(|text| text.split([',', '\n']).collect::<Vec<_>>());
        assert_eq!(before.len(), now.len(), "{committed:?} is not of the kept result: scripts/refresh");
        for (before, now) in before.into_iter().zip(now) {
            let same = match (before.parse::<f64>(), now.parse::<f64>()) {
                (Ok(before), Ok(now)) => (before - now).abs() <= 1e-9 * before.abs().max(1e-3),
                _ => before == now,
            };
            assert!(same, "{committed:?}: {before} committed, {now} of the kept result: scripts/refresh");
        }
        found += 1;
    }
    found
}

#[test]
fn committed_tables_are_of_the_committed_results() {
    assert_eq!(compared(&kept(LabelsAgainstF0Result::read, "labels-against-f0.json")), 4);
    assert_eq!(compared(&kept(CalibrationResult::read, "calibration.json")), 4);
    assert_eq!(compared(&kept(ForecastResult::read, "forecast.json")), 3);
}
