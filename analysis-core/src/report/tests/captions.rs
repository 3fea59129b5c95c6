//! Every figure of every result says what is drawn, in its manifest and for LaTeX.
#![allow(clippy::unwrap_used)]

use super::instances;
use crate::architecture::Activation;
use crate::report::{Manifest, Report, Style};

/// The figures' captions are whole sentences that pdflatex can set.
fn captioned<R: Report>(result: &R) {
    for (name, figure) in result.parts().figures {
        let figure = figure.unwrap();
        let caption = &figure.caption;
        assert!(caption.len() > 40 && caption.ends_with('.'), "{} {name}: {caption:?}", R::NAME);
        assert!(!caption.contains("  ") && !caption.ends_with(".."), "{} {name}: {caption:?}", R::NAME);
        let tex = figure.latex("name_1").unwrap();
        assert!(
            tex.contains("\\includegraphics{name_1.pdf}") && tex.contains("\\label{fig:name_1}"),
            "{tex}"
        );
    }
}

#[test]
fn every_figure_has_a_caption() {
    captioned(&instances::dispersion());
    captioned(&instances::coverage());
    captioned(&instances::sphere_oracle());
    captioned(&instances::risk_in_time());
    captioned(&instances::calibration());
    captioned(&instances::drift());
    captioned(&instances::learning_curve());
    captioned(&instances::output_variance());
    captioned(&instances::phases(Activation::Tanh));
    captioned(&instances::smoothness());
    captioned(&instances::smoothness_draws());
    captioned(&instances::smoothness_table());
    captioned(&instances::width_gap());
    captioned(&instances::spectrum_head());
    captioned(&instances::whole_set());
    captioned(&instances::whole_subsets());
    captioned(&instances::training().1);
    captioned(&instances::forecast());
    captioned(&instances::bootstrap());
}

#[test]
fn an_export_carries_the_caption() {
    let folder = tempfile::tempdir().unwrap();
    instances::width_gap().export(&Style::neurips(), folder.path()).unwrap();
    let manifest = Manifest::read(folder.path(), "width-gap").unwrap();
    let caption = manifest.figure.unwrap().caption;
    let tex = std::fs::read_to_string(folder.path().join("width-gap.tex")).unwrap();
    assert!(tex.contains(&format!("\\caption{{{}", &caption[..20])), "{tex}");
    assert!(manifest.files.iter().any(|file| file.name == "width-gap.tex"));
}
