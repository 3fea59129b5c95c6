//! Which columns of a file become features: nothing left aside, or taken, in silence.

use super::own_data::{csv, refusal, y};
use analysis_core::prelude::*;
use ndarray::array;

/// `rows` lines of two measurements and a target, with one more column in front.
fn with_column(name: &str, cells: impl Fn(usize) -> String, rows: usize) -> String {
    let line = |i: usize| format!("{},{},{},{}\n", cells(i), 0.5 * i as f64, (i * i) % 7, i % 5);
    format!("{name},a,b,y\n{}", (0..rows).map(line).collect::<String>())
}

fn notes(text: &str) -> String {
    csv(text, &y()).unwrap().notes().join("\n")
}

#[test]
fn numbers_in_another_dress_are_the_same_numbers() {
    let plain =
        csv("a,b,y\n0.5,-2,3\n1e5,0.25,4\n", &y()).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
    for text in [
        "a, b, y\n 0.5, -2, 3\n 1e5, 0.25, 4\n",
        "  a,b  ,y\n0.5  ,   -2,3 \n100000, .25,4\n",
        "\"a\",\"b\",\"y\"\n\"0.5\",\"-2\",\"3\"\n\"1E5\",\"+0.25\",\"4\"\n",
        "a,b,y\r0.5,-2,3\r1e5,0.25,4\r",
        "\u{feff}a,b,y\r\n0.5,-2.0,3\r\n1e+05,0.25,4.\r\n \r\n",
        "a,b,y,\n0.5,-2,3,\n1e5,0.25,4,\n",
    ] {
        let data = csv(text, &y()).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
        assert_eq!((&data.x, &data.y), (&plain.x, &plain.y), "{text:?}");
    }
    for (separator, text) in
        [('\t', "a\tb\ty\n0.5\t-2\t3\n1e5\t0.25\t4\n"), (' ', "a b y\n0.5 -2 3\n1e5 0.25 4\n")]
    {
        let columns = Columns { separator, ..y() };
        let data = csv(text, &columns).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
        assert_eq!((&data.x, &data.y), (&plain.x, &plain.y), "{text:?}");
    }
}

/// UTF-16 as Excel's "Unicode text" writes it.
#[test]
fn utf_16_with_its_mark_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let units = "\u{feff}größe,y\r\n0.5,1\r\n1.5,2\r\n".encode_utf16();
    std::fs::write(&path, units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let data = Dataset::from_csv(&path, &y()).unwrap().prepare(Scaling::None, Target::Numeric).unwrap();
    assert_eq!(data.x, array![[0.5], [1.5]]);
}

/// Each of these was a feature that is gone, or text that was taken for one.
#[test]
fn a_column_that_is_neither_numbers_nor_text_is_refused_by_its_cell() {
    for (cell, words) in [
        ("nan", "row 3, column 0 is NaN"),
        ("0,5", "write the line"),
        ("\"0,5\"", "row 3 (line 5) is \"0,5\", not a number: write decimal points"),
        ("\"1,234\"", "row 3 (line 5) is \"1,234\""),
        ("5%", "percentages"),
        ("3 kg", "row 3 (line 5) is \"3 kg\""),
        ("n/a", "row 3 (line 5), \"n/a\""),
        ("NA", "row 3 (line 5), \"NA\""),
        ("", "is empty at row 3 (line 5)"),
        ("-", "row 3 (line 5), \"-\""),
        ("true", "mixes numbers with true and false, first at row 3 (line 5) is \"true\""),
        ("T", "row 3 (line 5) is \"T\""),
        ("1e400", "row 3, column 0 is inf"),
        ("1e-400", "too small"),
        ("0x1F", "hexadecimal"),
        ("'0.5", "quotation mark"),
        ("cat", "row 3 (line 5) is \"cat\", not a number, while row 0 (line 2) is a number"),
    ] {
        let text = with_column("x", |i| if i == 3 { cell.to_string() } else { format!("{}", i * i) }, 12);
        if cell == "0,5" {
            assert!(refusal(&text, &y()).contains("line 5 has 5 cells, the header 4"));
            continue;
        }
        let message = refusal(&text, &y());
        assert!(message.contains(words), "{cell:?}: {message:?} lacks {words:?}");
        // Named as no feature, it is none.
        assert_eq!(csv(&text, &y().leave_out(["x"])).unwrap().d(), 2);
        assert_eq!(csv(&text, &y().features(["a", "b"])).unwrap().d(), 2);
    }
    for (cells, words) in [
        (["5%", "7%"], "row 0 (line 2) is \"5%\""),
        (["T", "F"], "only true and false are read"),
        (["yes", "no"], "only true and false are read"),
        (["2020-01-01", "2020-01-02"], "dates and times are not read"),
        (["", ""], "empty in every row"),
        (["NA", ""], "empty in every row"),
        (["nan", "nan"], "row 0, column 0 is NaN"),
        (["12 Main St", "Elm Rd"], "row 0 (line 2) is \"12 Main St\""),
    ] {
        let message = refusal(&with_column("x", |i| cells[i % 2].to_string(), 12), &y());
        assert!(message.contains(words), "{cells:?}: {message:?} lacks {words:?}");
    }
}

#[test]
fn what_is_plainly_text_is_left_aside_and_named() {
    for cells in
        [["cat", "dog"], ["A12", "B7"], ["north", ""], ["yes", "perhaps"], ["Nan", "Ines"], ["NA", "cat"]]
    {
        let text = with_column("x", |i| cells[i % 2].to_string(), 12);
        let samples = csv(&text, &y()).unwrap();
        assert_eq!(samples.d(), 2, "{cells:?}");
        assert_eq!(samples.notes(), ["y is \"y\", x has 2 features: \"a\", \"b\"; left aside: \"x\" (text)"]);
    }
    assert_eq!(
        notes(&with_column("x", |i| (i * i).to_string(), 12)),
        "y is \"y\", x has 3 features: \"x\", \"a\", \"b\""
    );
    assert!(notes("a,y,\n1,2,\n4,3,\n").ends_with("left aside: \"\" (empty)"));
    // Ids and splits are no features: that is said too, unless they were left out by name.
    let own = "ID,split,a,y\n70,train,1,0\n10,test,2,1\n";
    assert!(notes(own).contains("x has 1 feature: \"a\"; left aside: "));
    assert!(notes(own).contains("\"ID\" (the rows' ids)"));
    assert!(notes(own).contains("\"split\" (the rows' splits)"));
    assert!(!csv(own, &y().features(["a"])).unwrap().notes()[0].contains("aside"));
    assert!(
        notes("id,a,y\n5,1,0\n5,2,1\n")
            .contains("left aside: \"id\" (no distinct whole numbers below 2^32, so no ids)")
    );
}

#[test]
fn columns_that_number_the_rows_are_no_features_unless_named() {
    let shuffled = |i: usize| ((i * 7) % 12).to_string();
    for (name, cells) in [
        ("n", &(|i: usize| i.to_string()) as &dyn Fn(usize) -> String),
        ("row", &|i: usize| (i + 1).to_string()),
        ("k", &shuffled),
        ("f", &|i: usize| format!("{i}.0")),
        ("Unnamed: 0", &|i: usize| (i * i).to_string()),
        ("__index_level_0__", &|i: usize| (3 * i).to_string()),
        ("", &|i: usize| (i * i).to_string()),
    ] {
        let text = with_column(name, cells, 12);
        let message = refusal(&text, &y());
        let words = if name.is_empty() { "has no name" } else { "--leave-out" };
        assert!(message.contains(words), "{name}: {message}");
        if !name.is_empty() {
            assert_eq!(csv(&text, &y().features([name, "a"])).unwrap().d(), 2);
            assert_eq!(csv(&text, &y().leave_out([name])).unwrap().d(), 2);
        }
    }
    // Of a part of a longer table, or years: taken, and said.
    for cells in [(|i| (1000 + i).to_string()) as fn(usize) -> String, |i| (500 - i).to_string()] {
        let samples = csv(&with_column("nr", cells, 12), &y()).unwrap();
        assert_eq!(samples.d(), 3);
        assert!(
            samples.notes()[1].starts_with("feature \"nr\" counts the rows from "),
            "{:?}",
            samples.notes()
        );
        let named = csv(&with_column("nr", cells, 12), &y().features(["nr", "a"])).unwrap();
        assert_eq!(named.notes().len(), 1);
    }
    // Not each once, not whole, too few rows to tell, ids by name in any capitals.
    for (name, cells, rows) in [
        ("x", &(|i: usize| (i / 2).to_string()) as &dyn Fn(usize) -> String, 12),
        ("x", &|i: usize| format!("{i}.5"), 12),
        ("x", &|i: usize| (i + 2).to_string(), 12),
        ("x", &|i: usize| i.to_string(), 9),
    ] {
        assert_eq!(csv(&with_column(name, cells, rows), &y()).unwrap().d(), 3);
    }
    let samples = csv(&with_column("ID", |i| (i + 1).to_string(), 12), &y()).unwrap();
    assert_eq!(samples.d(), 2);
    assert_eq!(samples.prepare(Scaling::None, Target::Numeric).unwrap().ids[..2], [1, 2]);
}

#[test]
fn names_that_matter_are_not_given_twice() {
    assert!(refusal("a,y,y\n1,2,3\n", &y()).contains("two columns are called \"y\", number 2 and number 3"));
    assert!(
        refusal("a,b,a,y\n1,2,3,4\n", &y()).contains("two columns are called \"a\", number 1 and number 3")
    );
    assert!(refusal("a, a,y\n1,2,3\n", &y().features(["a"])).contains("two columns are called \"a\""));
    assert_eq!(csv("b,b,a,y\n1,2,3,4\n", &y().features(["a"])).unwrap().d(), 1);
    assert_eq!(csv("b,b,a,y\n1,2,3,4\n", &y().leave_out(["b"])).unwrap().d(), 1);
    for target in ["id", "Split"] {
        let message = refusal(&format!("{target},a\n1,2\n"), &Columns::target(target));
        assert!(message.contains("rename it to make it the target"), "{message}");
    }
    assert!(refusal("a,y\n1,2\n", &y().leave_out(["b"])).contains("no column \"b\" to leave out"));
    assert!(refusal("a,y\n1,2\n", &y().leave_out(["y"])).contains("cannot be left out"));
    assert!(refusal("a,y\n1,2\n", &y().features(["a"]).leave_out(["a"])).contains("not both"));
}

#[test]
fn splits_are_found_in_any_capitals() {
    let samples = csv("a,Split,y\n1,Test,2\n3,Train,4\n5,TRAIN,6\n", &y()).unwrap();
    assert_eq!(samples.split(Split::Train).unwrap().n(), 2);
    assert_eq!(samples.split(Split::Test).unwrap().n(), 1);
}

/// What a message repeats of a file is bounded, whatever the file.
#[test]
fn messages_stay_short() {
    let open = format!("note,a,y\nx,1,2\n\"5 pipe,3,4\n{}", "x,1,2\n".repeat(5000));
    let wide = format!("{}y\n{}1\n", "gene,".repeat(5000), "1.5,".repeat(5000));
    let long = format!("a,y\n{},2\n3,4\n", "9x".repeat(50_000));
    for (text, columns, words) in [
        (&open, y(), "line 3 opens a double quote that is never closed"),
        (&wide, Columns::target("price"), "of the 5001 columns the nearest names are"),
        (&long, y(), "(100000 characters), not a number"),
    ] {
        let message = refusal(text, &columns);
        assert!(message.contains(words) && message.len() < 600, "{message}");
    }
}

#[test]
fn lines_are_named_where_they_are_wrong() {
    for (text, words) in [
        ("a,b,y\n1,2,3\n4,5\n", "line 3 has 2 cells, the header 3"),
        ("a,b,y\n1,2,3,\n4,5,6,\n", "it ends in a separator, the header does not"),
        ("# made by hand\na,b,y\n1,2,3\n", "line 1 looks like a comment"),
        ("a,b,y\n1,2,3\n# half\n4,5,6\n", "line 3 has 1 cells, the header 3; it looks like a comment"),
        ("a,b,y\n1,2,3\n\n4,5,6\n", "line 3 is blank"),
        ("a\tb\ty\n1\t2\t3\n", "are its cells separated by '\\t'?"),
        ("a;b;y\n0,5;2;3\n", "are its cells separated by ';'?"),
        ("a,b,y\n1,\"2\"x,3\n", "line 2 has a cell in double quotes"),
        ("\n\n", "the file is blank"),
    ] {
        let message = refusal(text, &y());
        assert!(message.contains(words), "{text:?}: {message:?} lacks {words:?}");
    }
    for separator in ['"', '\n', '1', '.', '-', 'x', 'é'] {
        assert!(csv("a,y\n1,2\n", &Columns { separator, ..y() }).is_err(), "{separator:?}");
    }
}

#[test]
fn test_rows_are_prepared_like_training_rows() {
    let text = "a,c,y,split\n1,5,3,train\n3,5,0,train\n5,5,0,train\n7,5,1,train\n9,6,3,test\n4,5,1,test\n";
    let both = |target, columns: &Columns| {
        let samples = csv(text, columns).unwrap();
        let test = samples.split(Split::Test).unwrap();
        samples.split(Split::Train).unwrap().prepare_with_test(&test, Scaling::Standardised, target)
    };
    // 1, 3, 5, 7 have mean 4 and deviation √5; c is constant in training.
    let analysis_core::data::TrainTest { training, test } = both(Target::CentredInteger, &y()).unwrap();
    assert!(
        (&test.x - &array![[5.0 / 5_f64.sqrt(), 0.0], [0.0, 0.0]])
            .iter()
            .all(|e| e.abs() < 4.0 * f64::EPSILON)
    );
    assert_eq!(test.y, array![[2.0], [0.0]], "less the training rows' mean, 1");
    assert_eq!(test.origin.prepared_like.as_deref(), Some(&training.origin));
    let json = serde_json::to_string(&test.origin).unwrap();
    assert_eq!(serde_json::from_str::<DatasetOrigin>(&json).unwrap(), test.origin);
    // The classes are the training rows', also where the test rows have fewer.
    let one_hot = both(Target::OneHot, &y()).unwrap();
    assert_eq!(
        (one_hot.test.y, one_hot.test.origin.classes),
        (array![[0., 0., 1.], [0., 1., 0.]], vec![0, 1, 3])
    );
    let unknown = both(Target::OneHot, &Columns::target("a")).unwrap_err().to_string();
    assert!(unknown.contains("none of the classes that the training rows have"), "{unknown}");
    // Prepared alone, the training rows are the same.
    let alone = csv(text, &y()).unwrap().split(Split::Train).unwrap();
    assert_eq!(alone.prepare(Scaling::Standardised, Target::CentredInteger).unwrap(), training);
}

/// 69 of the 256 constant grey values had a deviation of NaN: the root of a negative rounding error.
#[test]
fn constant_images_have_no_deviation() {
    use polars::prelude::df;
    for value in 0..=255_u8 {
        let image = [value; 30];
        let frame = df!("pixels" => [&image[..], &image[..]], "label" => [1_u8, 0]).unwrap();
        let statistics =
            Dataset::from_frame(&frame, &Columns::target("label")).unwrap().pixel_statistics().unwrap();
        let number = |name: &str| statistics.column(name).unwrap().f64().unwrap().get(0).unwrap();
        assert_eq!((number("mean"), number("std")), (f64::from(value) / 255.0, 0.0));
    }
    let frame = df!("pixels" => [&[0_u8, 255][..]], "label" => [1_u8]).unwrap();
    let statistics =
        Dataset::from_frame(&frame, &Columns::target("label")).unwrap().pixel_statistics().unwrap();
    assert_eq!(statistics.column("std").unwrap().f64().unwrap().get(0), Some(0.5));
}

/// Ids or splits twice, in other capitals: one of the two would be left aside without a word.
#[test]
fn ids_and_splits_are_there_once() {
    let refused = refusal("id,a,ID,y\n3,1,5,2\n4,3,6,4\n", &y());
    assert!(refused.contains("\"id\" and \"ID\" both say which row is which"), "{refused}");
    let refused = refusal("Split,a,split,y\ntrain,1,test,2\ntrain,3,test,4\n", &y());
    assert!(refused.contains("\"Split\" and \"split\" both say"), "{refused}");
    let left_out = csv("id,a,ID,y\n3,1,5,2\n4,3,6,4\n", &y().leave_out(["id"])).unwrap();
    assert_eq!(left_out.prepare(Scaling::None, Target::Numeric).unwrap().ids, [5, 6]);
    let alone = csv("id,a,y\n3,1,2\n4,3,4\n", &y().leave_out(["id"])).unwrap();
    assert_eq!(alone.prepare(Scaling::None, Target::Numeric).unwrap().ids, [3, 4]);
}

/// Words beside cells that begin like numbers: both are shown, whichever is right.
#[test]
fn what_speaks_against_plain_text_is_shown() {
    let refused = refusal("place,a,y\nINLAND,1,2\n<1H OCEAN,3,4\n", &y());
    assert!(
        refused.contains("row 0 (line 2) is \"INLAND\", not a number, while row 1 (line 3) is \"<1H OCEAN\""),
        "{refused}"
    );
    let refused = refusal("place,a,y\nmaybe,1,2\ntrue,3,4\n", &y());
    assert!(refused.contains("while row 1 (line 3) is \"true\"; mend"), "{refused}");
}
