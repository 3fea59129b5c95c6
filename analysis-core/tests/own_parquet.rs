//! The user's own Parquet files and frames: what is read, and what is refused in which words.

use super::own_data::y;
use analysis_core::prelude::*;
use ndarray::array;
use polars::prelude::{DataFrame, IntoColumn, ListChunked, NamedFrom, df};
use polars_io::prelude::*;
use std::path::PathBuf;

fn parquet(frame: &mut DataFrame) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(frame).unwrap();
    (folder, path)
}

#[test]
fn parquet_with_odd_other_columns_loads() {
    let mut frame = df!(
        "small" => [1_i8, -2], "single" => [0.5_f32, 1.5], "flag" => [true, false], "note" => ["a", "b"],
        "blob" => [&b"xy"[..], &b"z"[..]], "y" => [7_u16, 9]
    )
    .unwrap();
    let one = polars::prelude::Series::new("".into(), [1_i64, 2]);
    let lists: ListChunked = [Some(one.clone()), Some(one)].into_iter().collect();
    let mut lists = lists.into_column();
    lists.rename("lists".into());
    frame.with_column(lists).unwrap();
    let (_folder, path) = parquet(&mut frame);
    let message = Dataset::from_parquet(&path, &y()).unwrap_err().to_string();
    assert!(
        message.contains("column \"lists\" is of the type") && message.contains("--leave-out"),
        "{message}"
    );
    let samples = Dataset::from_parquet(&path, &y().leave_out(["lists"])).unwrap();
    assert!(
        samples.notes()[0].ends_with("left aside: \"note\" (text), \"blob\" (bytes)"),
        "{:?}",
        samples.notes()
    );
    let data = samples.prepare(Scaling::None, Target::Integer).unwrap();
    assert_eq!(data.x, array![[1.0, 0.5, 1.0], [-2.0, 1.5, 0.0]]);
    let message = Dataset::from_parquet(&path, &Columns::target("price")).unwrap_err().to_string();
    assert!(message.contains("blob") && message.contains("lists"), "all columns are named: {message}");
    let message = Dataset::from_parquet(&path, &y().features(["blob", "small"])).unwrap_err().to_string();
    assert!(message.contains("\"blob\" holds"), "{message}");
}

/// Truncated and overwritten Parquet: an error, never a panic.
#[test]
fn damaged_parquet_is_an_error() {
    let mut frame =
        df!("a" => (0..500).map(|i| 0.5 * f64::from(i)).collect::<Vec<_>>(), "y" => (0..500).collect::<Vec<i32>>())
            .unwrap();
    let (_folder, path) = parquet(&mut frame);
    let good = std::fs::read(&path).unwrap();
    std::panic::set_hook(Box::new(|_| {}));
    let mut refused = 0;
    for i in 0..good.len().min(400) {
        let mut bytes = good.clone();
        let tail = good.len() - 1 - i;
        bytes[tail] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        refused += usize::from(Dataset::from_parquet(&path, &y()).is_err());
        std::fs::write(&path, &good[..tail]).unwrap();
        assert!(Dataset::from_parquet(&path, &y()).is_err(), "truncated to {tail} bytes");
    }
    let _ = std::panic::take_hook();
    std::fs::write(&path, &good).unwrap();
    assert!(Dataset::from_parquet(&path, &y()).is_ok());
    assert!(refused > 100, "{refused}");
}

#[test]
fn frames_give_the_same_numbers_and_an_origin_of_their_own() {
    let frame = df!("id" => [4_u32, 2, 9], "a" => [1.0, 2.0, 3.0], "y" => [0, 1, 1]).unwrap();
    let prepared = |frame: &DataFrame| {
        Dataset::from_frame(frame, &y()).unwrap().prepare(Scaling::None, Target::Integer).unwrap()
    };
    let data = prepared(&frame);
    assert_eq!((data.ids.as_slice(), &data.x), (&[4, 2, 9][..], &array![[1.0], [2.0], [3.0]]));
    assert_ne!(
        data.origin,
        prepared(&df!("id" => [4_u32, 2, 8], "a" => [1.0, 2.0, 3.0], "y" => [0, 1, 1]).unwrap()).origin
    );
    assert_ne!(
        data.origin,
        prepared(&df!("id" => [4_u32, 2, 9], "a" => [1.0, 2.0, 4.0], "y" => [0, 1, 1]).unwrap()).origin
    );
    assert_eq!(data.origin, prepared(&frame).origin);
    let json = serde_json::to_string(&data.origin).unwrap();
    assert_eq!(serde_json::from_str::<DatasetOrigin>(&json).unwrap(), data.origin);
    // Pixels: a binary column of equally long rows.
    let pixels = df!("pixels" => [&[0_u8, 255][..], &[7, 8][..]], "label" => [1_u8, 0]).unwrap();
    let data = Dataset::from_frame(&pixels, &Columns::target("label")).unwrap();
    assert_eq!(data.prepare(Scaling::None, Target::Integer).unwrap().x, array![[0.0, 255.0], [7.0, 8.0]]);
    let ragged = df!("pixels" => [&[0_u8, 255][..], &[7][..]], "label" => [1_u8, 0]).unwrap();
    assert!(
        Dataset::from_frame(&ragged, &Columns::target("label"))
            .unwrap_err()
            .to_string()
            .contains("row 1 has 1 bytes")
    );
}

fn from_parquet(mut frame: DataFrame, columns: &Columns) -> Result<Samples> {
    let (_folder, path) = parquet(&mut frame);
    Dataset::from_parquet(path, columns)
}

#[test]
fn columns_of_numbers_as_text_or_without_values_are_not_left_aside() {
    for (frame, words) in [
        (df!("a" => ["0.5", "1.5"], "b" => [1.5, 2.5], "y" => [1, 2]), "column \"a\" holds numbers as text"),
        (
            df!("a" => ["x", "1.5"], "b" => [1.5, 2.5], "y" => [1, 2]),
            "column \"a\", row 0 is \"x\", not a number",
        ),
        (df!("a" => ["5%", "7%"], "b" => [1.5, 2.5], "y" => [1, 2]), "percentages are not read"),
        (df!("a" => ["T", "F"], "b" => [1.5, 2.5], "y" => [1, 2]), "only true and false are read"),
        (df!("a" => [Some(1_i64), None], "b" => [1.5, 2.5], "y" => [1, 2]), "column \"a\" is empty at row 1"),
        (
            df!("a" => [Some("x"), None], "y" => [1, 2]),
            "no numeric column beside the target (left aside: \"a\")",
        ),
        (df!("a" => [None::<&str>, None], "b" => [1.5, 2.5], "y" => [1, 2]), "\"a\" is empty in every row"),
        (df!("a" => [1_u64 << 53, 1], "b" => [1.5, 2.5], "y" => [1, 2]), "2^53"),
        (df!("a" => [1.5_f32, f32::NAN], "y" => [1, 2]), "row 1, column 0 is NaN"),
        (df!("split" => [0, 1], "b" => [1.5, 2.5], "y" => [1, 2]), "which row is of which split"),
    ] {
        let frame = frame.unwrap();
        for message in [
            Dataset::from_frame(&frame, &y()).unwrap_err().to_string(),
            from_parquet(frame, &y()).unwrap_err().to_string(),
        ] {
            assert!(message.contains(words), "{message:?} lacks {words:?}");
        }
    }
}

#[test]
fn every_type_of_number_is_read() {
    let frame = df!(
        "a" => [1_i8, -2], "b" => [1_i16, -2], "c" => [1_i32, -2], "d" => [1_i64, -2], "e" => [1_u8, 2], "f" => [1_u16, 2],
        "g" => [1_u32, 2], "h" => [1_u64, 2], "i" => [1.5_f32, 2.5], "j" => [1.5, 2.5], "k" => [true, false], "y" => [0, 1]
    );
    let data = from_parquet(frame.unwrap(), &y()).unwrap().prepare(Scaling::None, Target::Integer).unwrap();
    let rows =
        [[1., 1., 1., 1., 1., 1., 1., 1., 1.5, 1.5, 1.], [-2., -2., -2., -2., 2., 2., 2., 2., 2.5, 2.5, 0.]];
    assert_eq!(data.x, ndarray::arr2(&rows));
}

#[test]
fn csv_given_as_parquet_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "a,y\n1,2\n").unwrap();
    assert!(Dataset::from_parquet(&path, &y()).unwrap_err().to_string().contains("--csv"));
}
