//! Numbers that notebooks 22 and 24 show, computed again, and the kept trainings beside those of another program.

use analysis_core::experiment::DriftCell;
use analysis_core::prelude::*;

use crate::notebook_numbers::{kept, rows, shown};

/// All networks of M = 256 on rows of mean square 1 that notebook 22 reads.
fn drifts(activation: &str) -> DriftResult {
    // Twenty layers of ReLU from σ_w² = 1.7 on are another program's.
    let names = match activation {
        "relu" => vec!["relu", "relu-20", "plain-steps-edge", "plain-steps"],
        _ => vec!["tanh", "tanh-20"],
    };
    let parts: Vec<DriftResult> =
        names.iter().map(|name| kept(DriftResult::read, &format!("drift-{name}.json"))).collect();
    DriftResult::join(&parts).unwrap()
}

#[test]
fn of_22_how_trainings_ended_and_what_they_learnt() {
    // (H, ending, loss below 0.01, networks, those below the mean class).
    let relu = [
        (3, "steps", false, [250, 248]),
        (10, "steps", false, [154, 151]),
        (10, "steps", true, [33, 33]),
        (10, "plateau", false, [63, 21]),
        (20, "steps", false, [96, 91]),
        (20, "steps", true, [39, 39]),
        (20, "plateau", false, [107, 25]),
        (20, "plateau", true, [8, 8]),
    ];
    let tanh = [
        (3, "steps", false, [350, 349]),
        (10, "plateau", false, [66, 21]),
        (10, "steps", false, [266, 261]),
        (10, "steps", true, [18, 18]),
        (20, "plateau", false, [125, 26]),
        (20, "plateau", true, [2, 2]),
        (20, "steps", false, [180, 180]),
        (20, "steps", true, [43, 43]),
    ];
    for (activation, expected, most) in [("relu", relu, 0.911), ("tanh", tanh, 1.164)] {
        let grid = drifts(activation);
        let text = shown(
            "22-kernel-in-training.ipynb",
            &format!("{activation}.frame()?.lazy().filter(col(\"step\").eq(lit(0))).group_by"),
        );
        for (depth, ending, learnt, counts) in expected {
            let own = grid.cells.iter().filter(|c| {
                (c.depth, c.ending.to_string().as_str(), c.smallest_loss < 0.01) == (depth, ending, learnt)
            });
            let losses: Vec<f64> = own.map(|c| c.smallest_loss).collect();
            let below = losses.iter().filter(|loss| **loss < 0.0891).count();
            assert_eq!([losses.len(), below], counts, "{activation}, H = {depth}, {ending}, {learnt}");
            let shown = rows(&text, &[&format!(">{depth}<"), &format!(">{ending}<"), &format!(">{learnt}<")]);
            let [row] = &shown[..] else { panic!("{text}") };
            let counts = counts.map(|count| count.to_string());
            // The largest σ_w² stands between them.
            let same = |three: &[String]| [&three[0], &three[2]] == counts.each_ref();
            assert!(row.windows(3).any(same), "{row:?}: {counts:?}");
        }
        assert_eq!(expected.iter().map(|(.., counts)| counts[0]).sum::<usize>(), grid.cells.len());
        let looks = grid.cells.iter().flat_map(|cell| &cell.looks);
        assert!(looks.map(|look| look.one.drift.max(look.full.drift)).fold(0.0, f64::max) < most);
    }
}

#[test]
fn of_22_the_papers_numbers() {
    for (activation, medians) in [("relu", [0.36, 0.61, 0.82]), ("tanh", [0.19, 0.34, 0.58])] {
        let readings = drifts(activation).readings();
        let found: Vec<f64> = readings.iter().filter_map(|reading| reading.one).collect();
        assert!(readings.iter().all(|reading| (reading.cells, reading.ended) == (10, 10)));
        assert_eq!(found.len(), 3);
        found
            .into_iter()
            .zip(medians)
            .for_each(|(found, median)| assert!((found - median).abs() < 0.005, "{found}"));
    }
    // The 1.27 is out of reach under every scaling of pixels.
    for pixels in ["", "-unit-interval", "-unit-norm"] {
        let plain = kept(DriftResult::read, &format!("drift-plain-steps{pixels}.json"));
        let edge: Vec<_> = plain.cells.iter().filter(|cell| cell.sigma_w2 == 2.5).collect();
        assert_eq!(edge.len(), 10);
        let looks = edge.iter().flat_map(|cell| &cell.looks);
        assert!(looks.map(|l| l.one.drift.max(l.full.drift).max(l.trace.drift)).fold(0.0, f64::max) < 0.911);
    }
}

/// The same networks by another program, step by step in double precision, and as gradient flow by this one: networks, those at
/// their end in both, and the most that a change of the kernel differs after 1000 steps, 10,000, and at the end.
#[test]
fn of_24_the_flow_beside_another_programs_steps() {
    for (steps, plane, networks, ended, most) in [
        ("short-tanh", "tanh", 21, 0, [1e-3, 1e-3, 0.0]),
        ("whole-tanh", "tanh-20", 20, 20, [1e-3, 1e-3, 4e-3]),
        ("whole-relu", "relu-20", 20, 20, [1e-2, 1.2e-2, 1.2e-2]),
        ("128", "relu-128-20", 3, 3, [3e-3, 5e-3, 1.2e-2]),
        ("edge", "relu-20-edge", 16, 16, [2e-3, 5e-3, 2e-2]),
    ] {
        let steps = kept(DriftResult::read, &format!("drift-plain-steps-{steps}.json"));
        let flow = kept(DriftResult::read, &format!("drift-{plane}.json"));
        let mut compared = [0, 0];
        for cell in &steps.cells {
            let there = flow.networks(cell.width, cell.depth, cell.sigma_w2, cell.sigma_b2);
            let Some(there) = there.first() else { continue };
            let [start, theirs] = [cell.at(0).unwrap(), there.at(0).unwrap()];
            assert!((start.loss / theirs.loss - 1.0).abs() < 1e-6, "another network");
            compared[0] += 1;
            let looked =
                [1000, 10_000].map(|step| cell.at(step).filter(|l| l.step == step).zip(there.at(step)));
            let same_steps = steps.parameters.steps == flow.parameters.steps;
            let ends = cell.end().zip(there.end()).filter(|_| same_steps);
            compared[1] += usize::from(ends.is_some());
            for (place, pair) in [looked[0], looked[1], ends].into_iter().enumerate() {
                let Some((plain, long)) = pair else { continue };
                let apart = [(plain.one, long.one), (plain.full, long.full), (plain.trace, long.trace)];
                let apart = apart.map(|(plain, long)| (plain.drift - long.drift).abs());
                assert!(apart.iter().all(|apart| *apart < most[place]), "{plane}, {place}: {apart:?}");
            }
        }
        assert_eq!(compared, [networks, ended]);
    }
}

/// The planes at three widths: what 24 says of them, and how many places move less at each doubling.
#[test]
fn of_24_wider_networks_move_less() {
    let by_width = |activation: &str| {
        let [narrow, middle, wide] = ["-128", "", "-512"]
            .map(|width| kept(DriftResult::read, &format!("drift-{activation}{width}.json")));
        let grid = narrow.parameters.clone();
        DriftResult::join(&[narrow, middle.part(&grid.sigma_w2, &grid.sigma_b2).unwrap(), wide]).unwrap()
    };
    for (activation, places, slopes) in [
        ("relu", 15, ["−0.84 [−1.11, −0.56]", "−0.67 [−0.80, −0.53]", "−0.48 [−0.60, −0.37]"]),
        ("tanh", 21, ["−1.23 [−1.43, −1.03]", "−1.04 [−1.18, −0.91]", "−0.76 [−0.96, −0.55]"]),
    ] {
        let joined = by_width(activation);
        assert_eq!((joined.missing(), joined.cells.len()), (0, 2 * 3 * places));
        let table = joined.widths_table().unwrap().markdown().unwrap();
        for slope in slopes {
            assert!(table.contains(slope), "{table}");
        }
        let change = |width: usize, cell: &DriftCell| {
            let there = joined.networks(width, cell.depth, cell.sigma_w2, cell.sigma_b2);
            there[0].end().unwrap().one.drift
        };
        let narrow = joined.cells.iter().filter(|cell| cell.width == 128);
        let less = narrow.filter(|cell| change(512, cell) < change(128, cell)).count();
        assert!(less >= 2 * places - 4, "{less}");
    }
}

/// With twenty layers one network says little in the ordered phase; beyond the edge tanh's kernel moves less the wider it is.
#[test]
fn of_24_twenty_layers_at_two_widths() {
    for (activation, [places, less], [beyond, less_beyond]) in
        [("relu", [15, 13], [3, 3]), ("tanh", [21, 14], [7, 7])]
    {
        let [narrow, wide] = ["128", "512"].map(|width| {
            let read = |name: &str| kept(DriftResult::read, &format!("drift-{name}.json"));
            let flow = read(&format!("{activation}-{width}-20"));
            // At the edge and beyond, ReLU's networks are another program's.
            if activation == "relu" {
                return DriftResult::join(&[flow, read(&format!("plain-steps-{width}"))]).unwrap();
            }
            flow
        });
        let change = |plane: &DriftResult, width: usize, cell: &DriftCell| {
            plane.networks(width, 20, cell.sigma_w2, cell.sigma_b2)[0].end().unwrap().one.drift
        };
        let falls = |cell: &&&DriftCell| change(&wide, 512, cell) < change(&narrow, 128, cell);
        let all: Vec<&DriftCell> = wide.cells.iter().collect();
        assert_eq!([all.len(), all.iter().filter(falls).count()], [places, less], "{activation}");
        let edge = |cell: &&&DriftCell| {
            let at =
                analysis_core::kernel::edge_of_chaos(&wide.parameters.activation, cell.sigma_b2).unwrap();
            cell.sigma_w2 > at.sigma_w2
        };
        let far: Vec<&DriftCell> = all.iter().filter(edge).copied().collect();
        assert_eq!([far.len(), far.iter().filter(falls).count()], [beyond, less_beyond], "{activation}");
    }
}
