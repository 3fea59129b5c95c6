//! BibTeX of the papers, the data sets and this software.

use serde::{Deserialize, Serialize};

/// Something a result rests on.
///
/// # Examples
/// ```
/// use analysis_core::report::Reference;
/// assert!(Reference::ChenLiLin2024.bibtex().contains("2410.05626"));
/// assert_eq!(Reference::Mnist.key(), "lecun1998gradient");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// Chen, Li, Lin (NeurIPS 2024): random initialisation in NTK theory; the smoothness table.
    ChenLiLin2024,
    /// Seleznova, Kutyniok (MSML 2021): finite networks and NTK theory.
    SeleznovaKutyniok2021,
    /// Jacot, Gabriel, Hongler (NeurIPS 2018): the Neural Tangent Kernel.
    Jacot2018,
    /// Karkada, Turnbull, Liu, Simon (2025): the Hermite eigenstructure ansatz.
    Karkada2025,
    /// Arora, Du, Hu, Li, Salakhutdinov, Wang (NeurIPS 2019): the NTK of convolutional networks.
    Arora2019,
    /// Novak et al. (ICLR 2019): convolutional networks with many channels as Gaussian processes.
    Novak2019,
    /// Garriga-Alonso, Aitchison, Rasmussen (ICLR 2019): the same, by the variances of patches.
    GarrigaAlonso2019,
    /// Simon, Karkada, Ghosh, Belkin (2023): exponents of images under convolutional kernels.
    Simon2023,
    /// LeCun, Bottou, Bengio, Haffner (1998): MNIST.
    Mnist,
    /// Xiao, Rasul, Vollgraf (2017): Fashion-MNIST.
    FashionMnist,
    /// Krizhevsky (2009): CIFAR-10.
    Cifar10,
    /// This software, in this version.
    Software,
}

impl Reference {
    /// The key to cite it by.
    pub fn key(self) -> &'static str {
        match self {
            Reference::ChenLiLin2024 => "chen2024impacts",
            Reference::SeleznovaKutyniok2021 => "seleznova2021analyzing",
            Reference::Jacot2018 => "jacot2018neural",
            Reference::Karkada2025 => "karkada2025predicting",
            Reference::Arora2019 => "arora2019exact",
            Reference::Novak2019 => "novak2019bayesian",
            Reference::GarrigaAlonso2019 => "garriga2019deep",
            Reference::Simon2023 => "simon2023more",
            Reference::Mnist => "lecun1998gradient",
            Reference::FashionMnist => "xiao2017fashion",
            Reference::Cifar10 => "krizhevsky2009learning",
            Reference::Software => "analysis-core",
        }
    }

    /// The BibTeX entry, ending in a newline.
    pub fn bibtex(self) -> String {
        let (kind, fields): (&str, &[(&str, &str)]) = match self {
            Reference::ChenLiLin2024 => (
                "inproceedings",
                &[
                    ("author", "Chen, Guhan and Li, Yicheng and Lin, Qian"),
                    (
                        "title",
                        "On the Impacts of the Random Initialization in the {Neural Tangent Kernel} Theory",
                    ),
                    ("booktitle", "Advances in Neural Information Processing Systems"),
                    ("volume", "37"),
                    ("year", "2024"),
                    ("eprint", "2410.05626"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::SeleznovaKutyniok2021 => (
                "inproceedings",
                &[
                    ("author", "Seleznova, Mariia and Kutyniok, Gitta"),
                    (
                        "title",
                        "Analyzing Finite Neural Networks: Can We Trust {Neural Tangent Kernel} Theory?",
                    ),
                    ("booktitle", "Mathematical and Scientific Machine Learning (MSML)"),
                    ("year", "2021"),
                    ("eprint", "2012.04477"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Jacot2018 => (
                "inproceedings",
                &[
                    ("author", "Jacot, Arthur and Gabriel, Franck and Hongler, Cl{\\'e}ment"),
                    ("title", "{Neural Tangent Kernel}: Convergence and Generalization in Neural Networks"),
                    ("booktitle", "Advances in Neural Information Processing Systems"),
                    ("volume", "31"),
                    ("year", "2018"),
                    ("eprint", "1806.07572"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Karkada2025 => (
                "misc",
                &[
                    ("author", "Karkada, Dhruva and Turnbull, Joseph and Liu, Yuxi and Simon, James B."),
                    ("title", "Predicting Kernel Regression Learning Curves from Only Raw Data Statistics"),
                    ("year", "2025"),
                    ("eprint", "2510.14878"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Arora2019 => (
                "inproceedings",
                &[
                    (
                        "author",
                        "Arora, Sanjeev and Du, Simon S. and Hu, Wei and Li, Zhiyuan and Salakhutdinov, Ruslan and Wang, Ruosong",
                    ),
                    ("title", "On Exact Computation with an Infinitely Wide Neural Net"),
                    ("booktitle", "Advances in Neural Information Processing Systems"),
                    ("volume", "32"),
                    ("year", "2019"),
                    ("eprint", "1904.11955"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Novak2019 => (
                "inproceedings",
                &[
                    (
                        "author",
                        "Novak, Roman and Xiao, Lechao and Bahri, Yasaman and Lee, Jaehoon and Yang, Greg and Hron, Jiri and \
                         Abolafia, Daniel A. and Pennington, Jeffrey and Sohl-Dickstein, Jascha",
                    ),
                    (
                        "title",
                        "{Bayesian} Deep Convolutional Networks with Many Channels are {Gaussian} Processes",
                    ),
                    ("booktitle", "International Conference on Learning Representations"),
                    ("year", "2019"),
                    ("eprint", "1810.05148"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::GarrigaAlonso2019 => (
                "inproceedings",
                &[
                    (
                        "author",
                        "Garriga-Alonso, Adri{\\`a} and Rasmussen, Carl Edward and Aitchison, Laurence",
                    ),
                    ("title", "Deep Convolutional Networks as shallow {Gaussian} Processes"),
                    ("booktitle", "International Conference on Learning Representations"),
                    ("year", "2019"),
                    ("eprint", "1808.05587"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Simon2023 => (
                "misc",
                &[
                    ("author", "Simon, James B. and Karkada, Dhruva and Ghosh, Nikhil and Belkin, Mikhail"),
                    (
                        "title",
                        "More is Better in Modern Machine Learning: when Infinite Overparameterization is Optimal and Overfitting is \
                         Obligatory",
                    ),
                    ("year", "2023"),
                    ("eprint", "2311.14646"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Mnist => (
                "article",
                &[
                    ("author", "LeCun, Yann and Bottou, L{\\'e}on and Bengio, Yoshua and Haffner, Patrick"),
                    ("title", "Gradient-Based Learning Applied to Document Recognition"),
                    ("journal", "Proceedings of the IEEE"),
                    ("volume", "86"),
                    ("number", "11"),
                    ("pages", "2278--2324"),
                    ("year", "1998"),
                    ("doi", "10.1109/5.726791"),
                ],
            ),
            Reference::FashionMnist => (
                "misc",
                &[
                    ("author", "Xiao, Han and Rasul, Kashif and Vollgraf, Roland"),
                    (
                        "title",
                        "{Fashion-MNIST}: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
                    ),
                    ("year", "2017"),
                    ("eprint", "1708.07747"),
                    ("archiveprefix", "arXiv"),
                ],
            ),
            Reference::Cifar10 => (
                "techreport",
                &[
                    ("author", "Krizhevsky, Alex"),
                    ("title", "Learning Multiple Layers of Features from Tiny Images"),
                    ("institution", "University of Toronto"),
                    ("year", "2009"),
                ],
            ),
            // Plain BibTeX styles know no @software.
            Reference::Software => (
                "misc",
                &[
                    ("author", "{The ntk-analysis authors}"),
                    (
                        "title",
                        "analysis-core: spectral analysis of {Neural Tangent Kernel} matrices and the smoothness of targets",
                    ),
                    ("year", "2026"),
                    ("version", env!("CARGO_PKG_VERSION")),
                ],
            ),
        };
        let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("  {name:width$} = {{{value}}}")).collect();
        format!("@{kind}{{{},\n{}\n}}\n", self.key(), fields.join(",\n"))
    }
}

/// What the kernels of convolutional networks rest on.
pub(super) const CONVOLUTIONAL: [Reference; 3] =
    [Reference::Arora2019, Reference::Novak2019, Reference::GarrigaAlonso2019];

/// The entries of `references` and of this software, each once, in the order of [`Reference`]: those that `present`, a
/// bibliography, has already are left out, and stand before them.
pub(crate) fn bibliography(present: &str, references: &[Reference]) -> String {
    let mut all = references.to_vec();
    all.push(Reference::Software);
    all.sort_unstable();
    all.dedup();
    // BibTeX refuses a key that comes twice, and entry types may be written in any case.
    let missing = all.into_iter().filter(|reference| !present.contains(&format!("{{{},", reference.key())));
    let entries = missing.map(Reference::bibtex).collect::<Vec<_>>().join("\n");
    match (present.is_empty(), entries.is_empty()) {
        (true, _) => entries,
        (false, true) => present.to_string(),
        (false, false) => format!("{}\n\n{entries}", present.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_balanced_and_listed_once() {
        let all = bibliography("", &[Reference::Mnist, Reference::ChenLiLin2024, Reference::Mnist]);
        assert_eq!(all.matches('{').count(), all.matches('}').count());
        assert_eq!(all.matches('@').count(), 3);
        assert!(all.starts_with("@inproceedings{chen2024impacts,\n  author        = {Chen, Guhan"));
        let version = format!("version = {{{}}}", env!("CARGO_PKG_VERSION"));
        assert!(all.contains("@misc{analysis-core,") && all.contains(&version), "{all}");
        assert!(all.contains("{The ntk-analysis authors}") && all.contains("{2026}"), "{all}");
        let more = bibliography(&all, &[Reference::Cifar10, Reference::Mnist]);
        assert!(more.starts_with(all.trim_end()) && more.matches('@').count() == 4, "{more}");
        assert_eq!(bibliography(&more, &[Reference::Cifar10]), more);
        let kernels = bibliography("", &CONVOLUTIONAL);
        assert_eq!(kernels.matches('{').count(), kernels.matches('}').count(), "{kernels}");
        assert!(kernels.matches('@').count() == 4 && kernels.contains("Adri{\\`a}"), "{kernels}");
    }
}
