//! The user's own CSV: what is read, and what is refused in which words.

use analysis_core::prelude::*;
use ndarray::array;

pub(super) fn csv(text: &str, columns: &Columns) -> Result<Samples> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    std::fs::write(&path, text).unwrap();
    Dataset::from_csv(&path, columns)
}

pub(super) fn refusal(text: &str, columns: &Columns) -> String {
    csv(text, columns).unwrap_err().to_string()
}

pub(super) fn y() -> Columns {
    Columns::target("y")
}

#[test]
fn numeric_columns_are_features_in_the_files_order() {
    let samples = csv("b,name,y,flag,a\n1,u,0.5,true,2.5\n3,v,1.5,false,4\n", &y()).unwrap();
    let data = samples.prepare(Scaling::None, Target::Numeric).unwrap();
    assert_eq!(data.x, array![[1.0, 1.0, 2.5], [3.0, 0.0, 4.0]]);
    assert_eq!(data.y, array![[0.5], [1.5]]);
    assert_eq!(data.ids, [0, 1]);
    let DataOrigin::File { name, sha256, features, target, left_aside } = &data.origin.data else { panic!() };
    assert_eq!((name.as_str(), sha256.len(), target.as_str()), ("own.csv", 64, "y"));
    assert_eq!(
        (&features[..], &left_aside[..]),
        (&["b", "flag", "a"].map(String::from)[..], &["name".to_string()][..])
    );
}

#[test]
fn chosen_features_keep_the_order_asked_for() {
    let data = csv("a,b,c,y\n1,2,3,4\n", &y().features(["c", "a"])).unwrap();
    assert_eq!(data.prepare(Scaling::None, Target::Numeric).unwrap().x, array![[3.0, 1.0]]);
    let semicolons = Columns { separator: ';', ..y() };
    assert_eq!(csv("a;y\n1;2\n", &semicolons).unwrap().n(), 1);
}

#[test]
fn a_late_fraction_does_not_spoil_a_column_of_integers() {
    let mut text = "a,y\n".to_string();
    (0..1000).for_each(|i| text.push_str(&format!("{i},0\n")));
    text.push_str("0.25,1\n");
    let data = csv(&text, &y()).unwrap().prepare(Scaling::None, Target::Integer).unwrap();
    assert_eq!(data.x[(1000, 0)], 0.25);
}

#[test]
fn byte_order_marks_and_windows_line_ends_do_no_harm() {
    let data =
        csv("\u{feff}a,y\r\n1,2\r\n3,4\r\n", &y()).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
    assert_eq!((data.x, data.y), (array![[1.0], [3.0]], array![[2.0], [4.0]]));
}

#[test]
fn blank_lines_at_the_end_are_no_rows_and_ragged_lines_are_named() {
    assert_eq!(csv("a,y\n1,2\n3,4\n\n\n", &y()).unwrap().n(), 2);
    assert_eq!(csv("a,y\r\n1,2\r\n3,4\r\n\r\n", &y()).unwrap().n(), 2);
    let ragged = refusal("a,y\n1,2\n\"p,q\",2\n1,2,3\n", &y());
    assert!(ragged.contains("line 4 has 3 cells, the header 2"), "{ragged}");
}

#[test]
fn rows_in_errors_are_named_by_their_ids_where_some_were_chosen() {
    let rows = (0..10).map(|i| if i == 7 { "0,0,1.5\n".into() } else { format!("{i},1,{i}\n") });
    let text = format!("a,b,y\n{}", rows.collect::<String>());
    let chosen = |scaling, target| {
        csv(&text, &y()).unwrap().rows(5..10).unwrap().prepare(scaling, target).unwrap_err().to_string()
    };
    let zero = chosen(Scaling::UnitNorm, Target::Numeric);
    assert!(zero.contains("row 2 ") && zero.contains("id 7"), "{zero}");
    let half = chosen(Scaling::None, Target::Integer);
    assert!(half.contains("row 2 of the chosen (its id is 7) is 1.5"), "{half}");
}

/// A CSV of random bytes: an error or rows, never a panic.
#[test]
fn bytes_that_are_no_csv_are_an_error() {
    use rand::RngExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let mut stream = Seed(5).stream("bytes", 0);
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..stream.random_range(1..400)).map(|_| stream.random()).collect();
        std::fs::write(&path, bytes).unwrap();
        assert!(Dataset::from_csv(&path, &y()).is_err());
    }
}

#[test]
fn refusals_say_what_is_wrong_and_where() {
    for (text, columns, words) in [
        ("", y(), "empty"),
        ("a,y\n", y(), "no rows"),
        ("a,y", y(), "no rows"),
        ("a,b\n1,2\n", y(), "no column \"y\"; the columns are: \"a\", \"b\""),
        ("a,y\n1,2\n", y().features(["z"]), "no column \"z\"; the columns are: \"a\", \"y\""),
        ("a,y\n1,2\nNaN,3\n", y(), "row 1, column 0 is NaN"),
        ("a,y\n1,2\ninf,3\n", y(), "row 1, column 0 is inf"),
        ("a,y\n1,2\n1,-inf\n", y(), "row 1, column 1 is -inf"),
        ("a,y\n1,2\n,3\n", y(), "column \"a\" is empty at row 1"),
        ("a,y\n1,\n2,3\n", y(), "column \"y\" is empty at row 0"),
        ("a,y\n1,cat\n2,dog\n", y(), "target column \"y\" is text (row 0 (line 2) is \"cat\")"),
        ("a,y\n1,2\nx,3\n", y().features(["a"]), "column \"a\", row 1 (line 3) is \"x\", not a number"),
        (
            "a,b,y\n1,1,2\n2,n/a,3\n3,2,4\n",
            y(),
            "column \"b\" has no number at row 1 (line 3), \"n/a\", (1 such cells)",
        ),
        ("name,y\nu,2\nv,3\n", y(), "no numeric column beside the target"),
        ("a,y\n1,2\n", y().features(["a", "a"]), "named twice"),
        ("a,y\n1,2\n", y().features(["a", "y"]), "is the target"),
        (",a,y\n0,5,2\n1,6,3\n", y(), "has no name"),
        ("a,y\n12345678901234567,2\n", y(), "2^53"),
        ("a,y\n1,2\n3,4,5\n", y(), "CSV"),
    ] {
        let message = refusal(text, &columns);
        assert!(message.contains(words), "{text:?}: {message:?} lacks {words:?}");
    }
    let missing = Dataset::from_csv("/no/such/file.csv", &y()).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
}

#[test]
fn labels_without_an_encoding_are_refused() {
    let prepared = |target| csv("a,y\n1,0.5\n2,1\n", &y()).unwrap().prepare(Scaling::None, target);
    for target in [
        Target::Integer,
        Target::CentredInteger,
        Target::OneHot,
        Target::Parity,
        Target::OneVsRest { class: 1 },
    ] {
        let message = prepared(target).unwrap_err().to_string();
        assert!(message.contains("row 0 is 0.5") && message.contains("`numeric`"), "{message}");
    }
    assert_eq!(prepared(Target::Numeric).unwrap().y, array![[0.5], [1.0]]);
}

#[test]
fn encodings_of_a_small_set_by_hand() {
    let prepared =
        |target| csv("a,y\n1,3\n2,0\n3,-1\n4,2\n", &y()).unwrap().prepare(Scaling::None, target).unwrap();
    assert_eq!(prepared(Target::Integer).y, array![[3.0], [0.0], [-1.0], [2.0]]);
    assert_eq!(prepared(Target::CentredInteger).y, array![[2.0], [-1.0], [-2.0], [1.0]]);
    assert_eq!(prepared(Target::Parity).y, array![[-1.0], [1.0], [-1.0], [1.0]]);
    assert_eq!(prepared(Target::OneVsRest { class: 2 }).y, array![[-1.0], [-1.0], [-1.0], [1.0]]);
    let one_hot = prepared(Target::OneHot);
    assert_eq!(one_hot.origin.classes, [-1, 0, 2, 3]);
    let expected = array![[0., 0., 0., 1.], [0., 1., 0., 0.], [1., 0., 0., 0.], [0., 0., 1., 0.]];
    assert_eq!(one_hot.y, expected);
    let absent = csv("a,y\n1,3\n2,0\n", &y()).unwrap().prepare(Scaling::None, Target::OneVsRest { class: 7 });
    assert!(absent.unwrap_err().to_string().contains("label 7"));
}

#[test]
fn scalings_of_a_small_set_by_hand() {
    let prepared = |text, scaling| csv(text, &y()).unwrap().prepare(scaling, Target::Numeric);
    let x = prepared("a,b,y\n3,4,0\n0,-2,0\n", Scaling::UnitNorm).unwrap().x;
    assert_eq!(x, array![[0.6, 0.8], [0.0, -1.0]]);
    // Squares of these overflow or vanish; the direction (3, 4) is kept to rounding.
    let x = prepared("a,b,y\n3e200,4e200,0\n3e-200,4e-200,0\n", Scaling::UnitNorm).unwrap().x;
    assert!((x - array![[0.6, 0.8], [0.6, 0.8]]).iter().all(|e| e.abs() < 4.0 * f64::EPSILON));
    let error = prepared("a,b,y\n1,1,0\n0,0,1\n", Scaling::UnitNorm).unwrap_err();
    assert!(matches!(error, Error::ZeroRow { row: 1, .. }), "{error}");
    let x = prepared("a,b,y\n51,255,0\n0,102,0\n", Scaling::UnitInterval).unwrap().x;
    assert_eq!(x, array![[0.2, 1.0], [0.0, 0.4]]);
    assert!(
        prepared("a,y\n256,0\n", Scaling::UnitInterval)
            .unwrap_err()
            .to_string()
            .contains("row 0, column 0 is 256")
    );
    assert!(prepared("a,y\n-1,0\n", Scaling::UnitInterval).is_err());
    // 1, 3, 5, 7 have mean 4 and deviation √((9 + 1 + 1 + 9)/4) = √5.
    let x = prepared("a,b,y\n1,0.1,0\n3,0.1,0\n5,0.1,0\n7,0.1,0\n", Scaling::Standardised).unwrap().x;
    for (row, expected) in x.rows().into_iter().zip([-3.0, -1.0, 1.0, 3.0]) {
        assert!((row[0] - expected / 5_f64.sqrt()).abs() < 4.0 * f64::EPSILON);
        assert_eq!(row[1], 0.0, "a constant column");
    }
    assert!(prepared("a,y\n1,0\n", Scaling::Standardised).is_err());
}

#[test]
fn ids_and_splits_of_the_users_own_are_kept() {
    let text = "id,split,a,y\n70,train,1,0\n10,test,2,1\n30,train,3,1\n";
    let data = csv(text, &y())
        .unwrap()
        .split(Split::Train)
        .unwrap()
        .prepare(Scaling::None, Target::Numeric)
        .unwrap();
    assert_eq!((data.ids.as_slice(), &data.x), (&[70, 30][..], &array![[1.0], [3.0]]));
    let repeated =
        csv("id,a,y\n5,1,0\n5,2,1\n", &y()).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
    assert_eq!(repeated.ids, [0, 1], "not distinct, so not ids");
    assert!(refusal(text, &y().features(["id"])).contains("rename it"));
    let unsplit = csv("a,y\n1,2\n", &y()).unwrap().split(Split::Test).unwrap_err().to_string();
    assert!(unsplit.starts_with("split = test: these data have no column \"split\""), "{unsplit}");
    assert!(csv(text, &y()).unwrap().rows(0..2).unwrap().split(Split::Test).is_err(), "split after rows");
    assert!(csv(text, &y()).unwrap().rows(0..2).unwrap().rows(0..1).is_err(), "rows twice");
    assert!(csv(text, &y()).unwrap().rows(0..4).unwrap_err().to_string().contains("3 rows"));
}
